//! Register: Clear

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Clear
///
/// Brings the card to the state after configuration: all tables zero, generation and configuration 0, forwarding, announcer, port and persistence settings reset, no flow, no seed, nothing learned. Counters, links and the rings go on.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Clear(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Clear {}
// SAFETY: it is a plain value.
unsafe impl Sync for Clear {}

impl core::default::Default for Clear {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Clear {
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

impl Clear {
    pub const KEY_OFFSET: usize = 0;
    pub const KEY_WIDTH: usize = 32;
    pub const KEY_MASK: u32 = 0xFFFF_FFFF;

    /// key
    ///
    /// Writing 0x52454c43 ("CLER") clears; anything else does nothing.
    #[inline(always)]
    pub fn set_key(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::KEY_MASK << Self::KEY_OFFSET))
            | ((val & Self::KEY_MASK) << Self::KEY_OFFSET);
    }
}

impl core::fmt::Debug for Clear {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Clear").finish()
    }
}
