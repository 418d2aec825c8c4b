//! Register: Host control

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Host control
///
/// Starts and stops the rings.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Control(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Control {}
// SAFETY: it is a plain value.
unsafe impl Sync for Control {}

impl core::default::Default for Control {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Control {
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

impl Control {
    pub const RX_ENABLE_OFFSET: usize = 0;
    pub const RX_ENABLE_WIDTH: usize = 1;
    pub const RX_ENABLE_MASK: u32 = 0x1;

    /// rx_enable
    ///
    /// The receive ring runs.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn rx_enable(&self) -> bool {
        let val = (self.0 >> Self::RX_ENABLE_OFFSET) & Self::RX_ENABLE_MASK;
        val != 0
    }

    /// rx_enable
    ///
    /// The receive ring runs.
    #[inline(always)]
    pub fn set_rx_enable(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::RX_ENABLE_MASK << Self::RX_ENABLE_OFFSET))
            | ((val & Self::RX_ENABLE_MASK) << Self::RX_ENABLE_OFFSET);
    }

    pub const TX_ENABLE_OFFSET: usize = 1;
    pub const TX_ENABLE_WIDTH: usize = 1;
    pub const TX_ENABLE_MASK: u32 = 0x1;

    /// tx_enable
    ///
    /// The transmit ring runs.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn tx_enable(&self) -> bool {
        let val = (self.0 >> Self::TX_ENABLE_OFFSET) & Self::TX_ENABLE_MASK;
        val != 0
    }

    /// tx_enable
    ///
    /// The transmit ring runs.
    #[inline(always)]
    pub fn set_tx_enable(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::TX_ENABLE_MASK << Self::TX_ENABLE_OFFSET))
            | ((val & Self::TX_ENABLE_MASK) << Self::TX_ENABLE_OFFSET);
    }

    pub const RESET_OFFSET: usize = 31;
    pub const RESET_WIDTH: usize = 1;
    pub const RESET_MASK: u32 = 0x1;

    /// reset
    ///
    /// Stops both rings and clears enables, events, arms and moderation.
    #[inline(always)]
    pub fn set_reset(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::RESET_MASK << Self::RESET_OFFSET))
            | ((val & Self::RESET_MASK) << Self::RESET_OFFSET);
    }
}

impl core::fmt::Debug for Control {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Control")
            .field("rx_enable", &self.rx_enable())
            .field("tx_enable", &self.tx_enable())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Control::default();
        assert_eq!(reg.rx_enable(), false);
        assert_eq!(reg.tx_enable(), false);
    }
}
