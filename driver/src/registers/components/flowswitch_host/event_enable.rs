//! Register: Event enable

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Event enable
///
/// Which events fire the event vector; bits as in the event status.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct EventEnable(u32);

// SAFETY: it is a plain value.
unsafe impl Send for EventEnable {}
// SAFETY: it is a plain value.
unsafe impl Sync for EventEnable {}

impl core::default::Default for EventEnable {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for EventEnable {
    type Regwidth = u32;
    type Accesswidth = u32;
    type Access = peakrdl_rust::access::RW;
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

impl EventEnable {
    pub const MASK_OFFSET: usize = 0;
    pub const MASK_WIDTH: usize = 11;
    pub const MASK_MASK: u32 = 0x7FF;

    /// mask
    ///
    /// A bit for each event.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn mask(&self) -> u16 {
        let val = (self.0 >> Self::MASK_OFFSET) & Self::MASK_MASK;
        val as u16
    }

    /// mask
    ///
    /// A bit for each event.
    #[inline(always)]
    pub fn set_mask(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::MASK_MASK << Self::MASK_OFFSET))
            | ((val & Self::MASK_MASK) << Self::MASK_OFFSET);
    }
}

impl core::fmt::Debug for EventEnable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EventEnable")
            .field("mask", &self.mask())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = EventEnable::default();
        assert_eq!(reg.mask(), 0);
    }
}
