//! Register: Table address

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Table address
///
/// Entry that the next command is for.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct TableAddress(u32);

// SAFETY: it is a plain value.
unsafe impl Send for TableAddress {}
// SAFETY: it is a plain value.
unsafe impl Sync for TableAddress {}

impl core::default::Default for TableAddress {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for TableAddress {
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

impl TableAddress {
    pub const INDEX_OFFSET: usize = 0;
    pub const INDEX_WIDTH: usize = 24;
    pub const INDEX_MASK: u32 = 0xFF_FFFF;

    /// index
    ///
    /// Index of the entry in its table.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn index(&self) -> u32 {
        let val = (self.0 >> Self::INDEX_OFFSET) & Self::INDEX_MASK;
        val
    }

    /// index
    ///
    /// Index of the entry in its table.
    #[inline(always)]
    pub fn set_index(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::INDEX_MASK << Self::INDEX_OFFSET))
            | ((val & Self::INDEX_MASK) << Self::INDEX_OFFSET);
    }

    pub const TABLE_OFFSET: usize = 24;
    pub const TABLE_WIDTH: usize = 8;
    pub const TABLE_MASK: u32 = 0xFF;

    /// table
    ///
    /// Number of the table.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn table(&self) -> u8 {
        let val = (self.0 >> Self::TABLE_OFFSET) & Self::TABLE_MASK;
        val as u8
    }

    /// table
    ///
    /// Number of the table.
    #[inline(always)]
    pub fn set_table(&mut self, val: u8) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::TABLE_MASK << Self::TABLE_OFFSET))
            | ((val & Self::TABLE_MASK) << Self::TABLE_OFFSET);
    }
}

impl core::fmt::Debug for TableAddress {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TableAddress")
            .field("index", &self.index())
            .field("table", &self.table())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = TableAddress::default();
        assert_eq!(reg.index(), 0);
        assert_eq!(reg.table(), 0);
    }
}
