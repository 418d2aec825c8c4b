//! Register: Member capability

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Member capability
///
/// Entries of the member table.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct CapabilityMembers(u32);

// SAFETY: it is a plain value.
unsafe impl Send for CapabilityMembers {}
// SAFETY: it is a plain value.
unsafe impl Sync for CapabilityMembers {}

impl core::default::Default for CapabilityMembers {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for CapabilityMembers {
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

impl CapabilityMembers {
    pub const SERVERS_OFFSET: usize = 0;
    pub const SERVERS_WIDTH: usize = 16;
    pub const SERVERS_MASK: u32 = 0xFFFF;

    /// servers
    ///
    /// Servers; members from 0 on.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn servers(&self) -> u16 {
        let val = (self.0 >> Self::SERVERS_OFFSET) & Self::SERVERS_MASK;
        val as u16
    }

    pub const ROUTERS_OFFSET: usize = 16;
    pub const ROUTERS_WIDTH: usize = 16;
    pub const ROUTERS_MASK: u32 = 0xFFFF;

    /// routers
    ///
    /// Routers; members from 1024 on.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn routers(&self) -> u16 {
        let val = (self.0 >> Self::ROUTERS_OFFSET) & Self::ROUTERS_MASK;
        val as u16
    }
}

impl core::fmt::Debug for CapabilityMembers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CapabilityMembers")
            .field("servers", &self.servers())
            .field("routers", &self.routers())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = CapabilityMembers::default();
        assert_eq!(reg.servers(), 0);
        assert_eq!(reg.routers(), 0);
    }
}
