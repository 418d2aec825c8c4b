//! Register: Host status

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Host status
///
/// State of the rings.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Status(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Status {}
// SAFETY: it is a plain value.
unsafe impl Sync for Status {}

impl core::default::Default for Status {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Status {
    type Regwidth = u32;
    type Accesswidth = u32;
    type Access = peakrdl_rust::access::R;
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

impl Status {
    pub const BUSY_OFFSET: usize = 0;
    pub const BUSY_WIDTH: usize = 1;
    pub const BUSY_MASK: u32 = 0x1;

    /// busy
    ///
    /// Transactions are under way on the bus for a ring that no longer runs.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn busy(&self) -> bool {
        let val = (self.0 >> Self::BUSY_OFFSET) & Self::BUSY_MASK;
        val != 0
    }

    pub const RX_RUNNING_OFFSET: usize = 1;
    pub const RX_RUNNING_WIDTH: usize = 1;
    pub const RX_RUNNING_MASK: u32 = 0x1;

    /// rx_running
    ///
    /// The receive ring takes frames.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn rx_running(&self) -> bool {
        let val = (self.0 >> Self::RX_RUNNING_OFFSET) & Self::RX_RUNNING_MASK;
        val != 0
    }

    pub const TX_RUNNING_OFFSET: usize = 2;
    pub const TX_RUNNING_WIDTH: usize = 1;
    pub const TX_RUNNING_MASK: u32 = 0x1;

    /// tx_running
    ///
    /// The transmit ring takes descriptors.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn tx_running(&self) -> bool {
        let val = (self.0 >> Self::TX_RUNNING_OFFSET) & Self::TX_RUNNING_MASK;
        val != 0
    }

    pub const RX_ERROR_OFFSET: usize = 4;
    pub const RX_ERROR_WIDTH: usize = 4;
    pub const RX_ERROR_MASK: u32 = 0xF;

    /// rx_error
    ///
    /// Why the receive ring stopped: 0 it did not, 1 base or size, 2 doorbell, 3 descriptor unreadable, 4 completion not writable, 5 bus reset or silent.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn rx_error(&self) -> u8 {
        let val = (self.0 >> Self::RX_ERROR_OFFSET) & Self::RX_ERROR_MASK;
        val as u8
    }

    pub const TX_ERROR_OFFSET: usize = 8;
    pub const TX_ERROR_WIDTH: usize = 4;
    pub const TX_ERROR_MASK: u32 = 0xF;

    /// tx_error
    ///
    /// The same of the transmit ring.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn tx_error(&self) -> u8 {
        let val = (self.0 >> Self::TX_ERROR_OFFSET) & Self::TX_ERROR_MASK;
        val as u8
    }
}

impl core::fmt::Debug for Status {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Status")
            .field("busy", &self.busy())
            .field("rx_running", &self.rx_running())
            .field("tx_running", &self.tx_running())
            .field("rx_error", &self.rx_error())
            .field("tx_error", &self.tx_error())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Status::default();
        assert_eq!(reg.busy(), false);
        assert_eq!(reg.rx_running(), false);
        assert_eq!(reg.tx_running(), false);
        assert_eq!(reg.rx_error(), 0);
        assert_eq!(reg.tx_error(), 0);
    }
}
