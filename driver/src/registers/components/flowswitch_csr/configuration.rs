//! Register: Configuration

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Configuration
///
/// Belongs to software, as the generation does: 64 bits that tell which configuration the tables hold.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Configuration(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Configuration {}
// SAFETY: it is a plain value.
unsafe impl Sync for Configuration {}

impl core::default::Default for Configuration {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Configuration {
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

impl Configuration {
    pub const WORD_OFFSET: usize = 0;
    pub const WORD_WIDTH: usize = 32;
    pub const WORD_MASK: u32 = 0xFFFF_FFFF;

    /// word
    ///
    /// Word 0 holds the lowest bits.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn word(&self) -> u32 {
        let val = (self.0 >> Self::WORD_OFFSET) & Self::WORD_MASK;
        val
    }

    /// word
    ///
    /// Word 0 holds the lowest bits.
    #[inline(always)]
    pub fn set_word(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::WORD_MASK << Self::WORD_OFFSET))
            | ((val & Self::WORD_MASK) << Self::WORD_OFFSET);
    }
}

impl core::fmt::Debug for Configuration {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Configuration")
            .field("word", &self.word())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Configuration::default();
        assert_eq!(reg.word(), 0);
    }
}
