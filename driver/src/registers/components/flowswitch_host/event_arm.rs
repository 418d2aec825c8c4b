//! Register: Event arm

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Event arm
///
/// Arms the event vector: it fires once as soon as an enabled event is in the event status.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct EventArm(u32);

// SAFETY: it is a plain value.
unsafe impl Send for EventArm {}
// SAFETY: it is a plain value.
unsafe impl Sync for EventArm {}

impl core::default::Default for EventArm {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for EventArm {
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

impl EventArm {
    pub const ARM_OFFSET: usize = 0;
    pub const ARM_WIDTH: usize = 1;
    pub const ARM_MASK: u32 = 0x1;

    /// arm
    ///
    /// Write 1.
    #[inline(always)]
    pub fn set_arm(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::ARM_MASK << Self::ARM_OFFSET))
            | ((val & Self::ARM_MASK) << Self::ARM_OFFSET);
    }
}

impl core::fmt::Debug for EventArm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EventArm").finish()
    }
}
