//! Register: Table capability

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Table capability
///
/// Sizes of the other tables.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct CapabilityTables(u32);

// SAFETY: it is a plain value.
unsafe impl Send for CapabilityTables {}
// SAFETY: it is a plain value.
unsafe impl Sync for CapabilityTables {}

impl core::default::Default for CapabilityTables {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for CapabilityTables {
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

impl CapabilityTables {
    pub const SERVICES_OFFSET: usize = 0;
    pub const SERVICES_WIDTH: usize = 16;
    pub const SERVICES_MASK: u32 = 0xFFFF;

    /// services
    ///
    /// Entries of the service table.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn services(&self) -> u16 {
        let val = (self.0 >> Self::SERVICES_OFFSET) & Self::SERVICES_MASK;
        val as u16
    }

    pub const BUCKETS_LOG2_OFFSET: usize = 16;
    pub const BUCKETS_LOG2_WIDTH: usize = 8;
    pub const BUCKETS_LOG2_MASK: u32 = 0xFF;

    /// buckets_log2
    ///
    /// Base-2 logarithm of the bucket pool.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn buckets_log2(&self) -> u8 {
        let val = (self.0 >> Self::BUCKETS_LOG2_OFFSET) & Self::BUCKETS_LOG2_MASK;
        val as u8
    }

    pub const FDB_SETS_LOG2_OFFSET: usize = 24;
    pub const FDB_SETS_LOG2_WIDTH: usize = 8;
    pub const FDB_SETS_LOG2_MASK: u32 = 0xFF;

    /// fdb_sets_log2
    ///
    /// Base-2 logarithm of the forwarding database's sets of four ways.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn fdb_sets_log2(&self) -> u8 {
        let val = (self.0 >> Self::FDB_SETS_LOG2_OFFSET) & Self::FDB_SETS_LOG2_MASK;
        val as u8
    }
}

impl core::fmt::Debug for CapabilityTables {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CapabilityTables")
            .field("services", &self.services())
            .field("buckets_log2", &self.buckets_log2())
            .field("fdb_sets_log2", &self.fdb_sets_log2())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = CapabilityTables::default();
        assert_eq!(reg.services(), 0);
        assert_eq!(reg.buckets_log2(), 0);
        assert_eq!(reg.fdb_sets_log2(), 0);
    }
}
