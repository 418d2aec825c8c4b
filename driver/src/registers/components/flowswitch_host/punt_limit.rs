//! Register: Punt limit

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Punt limit
///
/// Frames to the host, by host reason. Not reset by host_control.reset.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct PuntLimit(u32);

// SAFETY: it is a plain value.
unsafe impl Send for PuntLimit {}
// SAFETY: it is a plain value.
unsafe impl Sync for PuntLimit {}

impl core::default::Default for PuntLimit {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for PuntLimit {
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

impl PuntLimit {
    pub const RATE_OFFSET: usize = 0;
    pub const RATE_WIDTH: usize = 16;
    pub const RATE_MASK: u32 = 0xFFFF;

    /// rate
    ///
    /// Frames that each 2^20 ns (1.05 ms) admit; 0: no limit.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn rate(&self) -> u16 {
        let val = (self.0 >> Self::RATE_OFFSET) & Self::RATE_MASK;
        val as u16
    }

    /// rate
    ///
    /// Frames that each 2^20 ns (1.05 ms) admit; 0: no limit.
    #[inline(always)]
    pub fn set_rate(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::RATE_MASK << Self::RATE_OFFSET))
            | ((val & Self::RATE_MASK) << Self::RATE_OFFSET);
    }

    pub const BURST_OFFSET: usize = 16;
    pub const BURST_WIDTH: usize = 16;
    pub const BURST_MASK: u32 = 0xFFFF;

    /// burst
    ///
    /// Frames admitted at once at most; also how many are admitted before the first interval ends.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn burst(&self) -> u16 {
        let val = (self.0 >> Self::BURST_OFFSET) & Self::BURST_MASK;
        val as u16
    }

    /// burst
    ///
    /// Frames admitted at once at most; also how many are admitted before the first interval ends.
    #[inline(always)]
    pub fn set_burst(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::BURST_MASK << Self::BURST_OFFSET))
            | ((val & Self::BURST_MASK) << Self::BURST_OFFSET);
    }
}

impl core::fmt::Debug for PuntLimit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PuntLimit")
            .field("rate", &self.rate())
            .field("burst", &self.burst())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = PuntLimit::default();
        assert_eq!(reg.rate(), 0);
        assert_eq!(reg.burst(), 0);
    }
}
