//! Register: Forwarding

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Forwarding
///
/// What holds for frames of all ports.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Forwarding(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Forwarding {}
// SAFETY: it is a plain value.
unsafe impl Sync for Forwarding {}

impl core::default::Default for Forwarding {
    fn default() -> Self {
        Self(0x117_0000)
    }
}

impl peakrdl_rust::reg::Register for Forwarding {
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

impl Forwarding {
    pub const DROP_UNKNOWN_OFFSET: usize = 0;
    pub const DROP_UNKNOWN_WIDTH: usize = 1;
    pub const DROP_UNKNOWN_MASK: u32 = 0x1;

    /// drop_unknown
    ///
    /// A unicast destination that was not learned is dropped (1) or flooded (0).
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn drop_unknown(&self) -> bool {
        let val = (self.0 >> Self::DROP_UNKNOWN_OFFSET) & Self::DROP_UNKNOWN_MASK;
        val != 0
    }

    /// drop_unknown
    ///
    /// A unicast destination that was not learned is dropped (1) or flooded (0).
    #[inline(always)]
    pub fn set_drop_unknown(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::DROP_UNKNOWN_MASK << Self::DROP_UNKNOWN_OFFSET))
            | ((val & Self::DROP_UNKNOWN_MASK) << Self::DROP_UNKNOWN_OFFSET);
    }

    pub const FDB_AGE_OFFSET: usize = 16;
    pub const FDB_AGE_WIDTH: usize = 15;
    pub const FDB_AGE_MASK: u32 = 0x7FFF;

    /// fdb_age
    ///
    /// Age in ticks of 2^30 ns (1.07 s) at which a learned address is forgotten.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn fdb_age(&self) -> u16 {
        let val = (self.0 >> Self::FDB_AGE_OFFSET) & Self::FDB_AGE_MASK;
        val as u16
    }

    /// fdb_age
    ///
    /// Age in ticks of 2^30 ns (1.07 s) at which a learned address is forgotten.
    #[inline(always)]
    pub fn set_fdb_age(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::FDB_AGE_MASK << Self::FDB_AGE_OFFSET))
            | ((val & Self::FDB_AGE_MASK) << Self::FDB_AGE_OFFSET);
    }
}

impl core::fmt::Debug for Forwarding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Forwarding")
            .field("drop_unknown", &self.drop_unknown())
            .field("fdb_age", &self.fdb_age())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Forwarding::default();
        assert_eq!(reg.drop_unknown(), false);
        assert_eq!(reg.fdb_age(), 279);
    }
}
