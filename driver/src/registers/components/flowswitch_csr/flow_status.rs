//! Register: Flow status

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Flow status
///
/// State of the flow table.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct FlowStatus(u32);

// SAFETY: it is a plain value.
unsafe impl Send for FlowStatus {}
// SAFETY: it is a plain value.
unsafe impl Sync for FlowStatus {}

impl core::default::Default for FlowStatus {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for FlowStatus {
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

impl FlowStatus {
    pub const READY_OFFSET: usize = 0;
    pub const READY_WIDTH: usize = 1;
    pub const READY_MASK: u32 = 0x1;

    /// ready
    ///
    /// The card has a seed, and the table was cleared since it came: flows are looked up and inserted. 0 from the write of the seed's last word on.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ready(&self) -> bool {
        let val = (self.0 >> Self::READY_OFFSET) & Self::READY_MASK;
        val != 0
    }

    pub const PRESSURE_OFFSET: usize = 1;
    pub const PRESSURE_WIDTH: usize = 1;
    pub const PRESSURE_MASK: u32 = 0x1;

    /// pressure
    ///
    /// More than three quarters of the table are in use: unconfirmed flows expire after 3 ticks.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn pressure(&self) -> bool {
        let val = (self.0 >> Self::PRESSURE_OFFSET) & Self::PRESSURE_MASK;
        val != 0
    }
}

impl core::fmt::Debug for FlowStatus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FlowStatus")
            .field("ready", &self.ready())
            .field("pressure", &self.pressure())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = FlowStatus::default();
        assert_eq!(reg.ready(), false);
        assert_eq!(reg.pressure(), false);
    }
}
