//! Register: Arm

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Arm
///
/// Arms the ring's vector: it fires once as soon as the completions written differ from those seen.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Arm(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Arm {}
// SAFETY: it is a plain value.
unsafe impl Sync for Arm {}

impl core::default::Default for Arm {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Arm {
    type Regwidth = u32;
    type Accesswidth = u32;
    type Access = peakrdl_rust::access::W;
    type ByteEndian = peakrdl_rust::endian::LittleEndian;
    type WordEndian = peakrdl_rust::endian::LittleEndian;

    // SAFETY: asks nothing of the caller: every word is a value.
    unsafe fn from_raw(val: Self::Regwidth) -> Self {
        Self(val)
    }

    fn to_raw(self) -> Self::Regwidth {
        self.0
    }
}

impl Arm {
    pub const SEEN_OFFSET: usize = 0;
    pub const SEEN_WIDTH: usize = 16;
    pub const SEEN_MASK: u32 = 0xFFFF;

    /// seen
    ///
    /// Completions that the host has seen, modulo 2^16.
    #[inline(always)]
    pub fn set_seen(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::SEEN_MASK << Self::SEEN_OFFSET))
            | ((val & Self::SEEN_MASK) << Self::SEEN_OFFSET);
    }
}

impl core::fmt::Debug for Arm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Arm").finish()
    }
}
