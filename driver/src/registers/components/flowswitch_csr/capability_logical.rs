//! Register: Logical port capability

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Logical port capability
///
/// Entries of the tables of logical ports and virtual addresses.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct CapabilityLogical(u32);

// SAFETY: it is a plain value.
unsafe impl Send for CapabilityLogical {}
// SAFETY: it is a plain value.
unsafe impl Sync for CapabilityLogical {}

impl core::default::Default for CapabilityLogical {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for CapabilityLogical {
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

impl CapabilityLogical {
    pub const LOGICAL_PORTS_OFFSET: usize = 0;
    pub const LOGICAL_PORTS_WIDTH: usize = 8;
    pub const LOGICAL_PORTS_MASK: u32 = 0xFF;

    /// logical_ports
    ///
    /// Logical ports.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn logical_ports(&self) -> u8 {
        let val = (self.0 >> Self::LOGICAL_PORTS_OFFSET) & Self::LOGICAL_PORTS_MASK;
        val as u8
    }

    pub const VIPS_OFFSET: usize = 8;
    pub const VIPS_WIDTH: usize = 8;
    pub const VIPS_MASK: u32 = 0xFF;

    /// vips
    ///
    /// Virtual addresses (VIPs).
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn vips(&self) -> u8 {
        let val = (self.0 >> Self::VIPS_OFFSET) & Self::VIPS_MASK;
        val as u8
    }
}

impl core::fmt::Debug for CapabilityLogical {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CapabilityLogical")
            .field("logical_ports", &self.logical_ports())
            .field("vips", &self.vips())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = CapabilityLogical::default();
        assert_eq!(reg.logical_ports(), 0);
        assert_eq!(reg.vips(), 0);
    }
}
