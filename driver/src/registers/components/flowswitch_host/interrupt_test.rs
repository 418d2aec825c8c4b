//! Register: Interrupt test

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Interrupt test
///
/// Fires the vectors whose bits are written, armed or not.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct InterruptTest(u32);

// SAFETY: it is a plain value.
unsafe impl Send for InterruptTest {}
// SAFETY: it is a plain value.
unsafe impl Sync for InterruptTest {}

impl core::default::Default for InterruptTest {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for InterruptTest {
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

impl InterruptTest {
    pub const RX_OFFSET: usize = 0;
    pub const RX_WIDTH: usize = 1;
    pub const RX_MASK: u32 = 0x1;

    /// rx
    ///
    /// Receive.
    #[inline(always)]
    pub fn set_rx(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::RX_MASK << Self::RX_OFFSET))
            | ((val & Self::RX_MASK) << Self::RX_OFFSET);
    }

    pub const TX_OFFSET: usize = 1;
    pub const TX_WIDTH: usize = 1;
    pub const TX_MASK: u32 = 0x1;

    /// tx
    ///
    /// Transmit.
    #[inline(always)]
    pub fn set_tx(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::TX_MASK << Self::TX_OFFSET))
            | ((val & Self::TX_MASK) << Self::TX_OFFSET);
    }

    pub const EVENT_OFFSET: usize = 2;
    pub const EVENT_WIDTH: usize = 1;
    pub const EVENT_MASK: u32 = 0x1;

    /// event
    ///
    /// Events.
    #[inline(always)]
    pub fn set_event(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::EVENT_MASK << Self::EVENT_OFFSET))
            | ((val & Self::EVENT_MASK) << Self::EVENT_OFFSET);
    }
}

impl core::fmt::Debug for InterruptTest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("InterruptTest").finish()
    }
}
