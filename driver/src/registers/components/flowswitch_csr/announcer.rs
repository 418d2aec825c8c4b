//! Register: Announcer

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Announcer
///
/// Announcements of the virtual addresses by the card itself.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Announcer(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Announcer {}
// SAFETY: it is a plain value.
unsafe impl Sync for Announcer {}

impl core::default::Default for Announcer {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Announcer {
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

impl Announcer {
    pub const INTERVAL_OFFSET: usize = 0;
    pub const INTERVAL_WIDTH: usize = 15;
    pub const INTERVAL_MASK: u32 = 0x7FFF;

    /// interval
    ///
    /// Ticks of 2^30 ns (1.07 s) from one announcement of all virtual addresses to the next; 0: none are made.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn interval(&self) -> u16 {
        let val = (self.0 >> Self::INTERVAL_OFFSET) & Self::INTERVAL_MASK;
        val as u16
    }

    /// interval
    ///
    /// Ticks of 2^30 ns (1.07 s) from one announcement of all virtual addresses to the next; 0: none are made.
    #[inline(always)]
    pub fn set_interval(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::INTERVAL_MASK << Self::INTERVAL_OFFSET))
            | ((val & Self::INTERVAL_MASK) << Self::INTERVAL_OFFSET);
    }
}

impl core::fmt::Debug for Announcer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Announcer")
            .field("interval", &self.interval())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Announcer::default();
        assert_eq!(reg.interval(), 0);
    }
}
