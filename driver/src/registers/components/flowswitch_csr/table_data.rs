//! Register: Table data

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Table data
///
/// One word of an entry; word 0 holds the entry's lowest bits.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct TableData(u32);

// SAFETY: it is a plain value.
unsafe impl Send for TableData {}
// SAFETY: it is a plain value.
unsafe impl Sync for TableData {}

impl core::default::Default for TableData {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for TableData {
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

impl TableData {
    pub const WORD_OFFSET: usize = 0;
    pub const WORD_WIDTH: usize = 32;
    pub const WORD_MASK: u32 = 0xFFFF_FFFF;

    /// word
    ///
    /// Staged for a write, or found by a read.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn word(&self) -> u32 {
        let val = (self.0 >> Self::WORD_OFFSET) & Self::WORD_MASK;
        val
    }

    /// word
    ///
    /// Staged for a write, or found by a read.
    #[inline(always)]
    pub fn set_word(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::WORD_MASK << Self::WORD_OFFSET))
            | ((val & Self::WORD_MASK) << Self::WORD_OFFSET);
    }
}

impl core::fmt::Debug for TableData {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TableData")
            .field("word", &self.word())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = TableData::default();
        assert_eq!(reg.word(), 0);
    }
}
