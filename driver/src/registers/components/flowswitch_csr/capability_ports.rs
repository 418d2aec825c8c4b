//! Register: Port capability

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Port capability
///
/// Parameters of the data path.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct CapabilityPorts(u32);

// SAFETY: it is a plain value.
unsafe impl Send for CapabilityPorts {}
// SAFETY: it is a plain value.
unsafe impl Sync for CapabilityPorts {}

impl core::default::Default for CapabilityPorts {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for CapabilityPorts {
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

impl CapabilityPorts {
    pub const PORTS_OFFSET: usize = 0;
    pub const PORTS_WIDTH: usize = 8;
    pub const PORTS_MASK: u32 = 0xFF;

    /// ports
    ///
    /// Network ports, 2 to 8; the host is the port with this number.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ports(&self) -> u8 {
        let val = (self.0 >> Self::PORTS_OFFSET) & Self::PORTS_MASK;
        val as u8
    }

    pub const ENGINES_OFFSET: usize = 8;
    pub const ENGINES_WIDTH: usize = 8;
    pub const ENGINES_MASK: u32 = 0xFF;

    /// engines
    ///
    /// Look-up engines: 1, or as many as network ports.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn engines(&self) -> u8 {
        let val = (self.0 >> Self::ENGINES_OFFSET) & Self::ENGINES_MASK;
        val as u8
    }

    pub const QUEUE_BEATS_OFFSET: usize = 16;
    pub const QUEUE_BEATS_WIDTH: usize = 16;
    pub const QUEUE_BEATS_MASK: u32 = 0xFFFF;

    /// queue_beats
    ///
    /// Beats of 64 bytes that the queue of each ingress and egress holds.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn queue_beats(&self) -> u16 {
        let val = (self.0 >> Self::QUEUE_BEATS_OFFSET) & Self::QUEUE_BEATS_MASK;
        val as u16
    }
}

impl core::fmt::Debug for CapabilityPorts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CapabilityPorts")
            .field("ports", &self.ports())
            .field("engines", &self.engines())
            .field("queue_beats", &self.queue_beats())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = CapabilityPorts::default();
        assert_eq!(reg.ports(), 0);
        assert_eq!(reg.engines(), 0);
        assert_eq!(reg.queue_beats(), 0);
    }
}
