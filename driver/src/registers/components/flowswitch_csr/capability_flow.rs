//! Register: Flow capability

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Flow capability
///
/// Sizes of the flow table.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct CapabilityFlow(u32);

// SAFETY: it is a plain value.
unsafe impl Send for CapabilityFlow {}
// SAFETY: it is a plain value.
unsafe impl Sync for CapabilityFlow {}

impl core::default::Default for CapabilityFlow {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for CapabilityFlow {
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

impl CapabilityFlow {
    pub const ENTRIES_LOG2_OFFSET: usize = 0;
    pub const ENTRIES_LOG2_WIDTH: usize = 8;
    pub const ENTRIES_LOG2_MASK: u32 = 0xFF;

    /// entries_log2
    ///
    /// Base-2 logarithm of the flow table's entries.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn entries_log2(&self) -> u8 {
        let val = (self.0 >> Self::ENTRIES_LOG2_OFFSET) & Self::ENTRIES_LOG2_MASK;
        val as u8
    }

    pub const STORE_OFFSET: usize = 8;
    pub const STORE_WIDTH: usize = 8;
    pub const STORE_MASK: u32 = 0xFF;

    /// store
    ///
    /// Insertions that can wait for a slot, and are found there.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn store(&self) -> u8 {
        let val = (self.0 >> Self::STORE_OFFSET) & Self::STORE_MASK;
        val as u8
    }
}

impl core::fmt::Debug for CapabilityFlow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CapabilityFlow")
            .field("entries_log2", &self.entries_log2())
            .field("store", &self.store())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = CapabilityFlow::default();
        assert_eq!(reg.entries_log2(), 0);
        assert_eq!(reg.store(), 0);
    }
}
