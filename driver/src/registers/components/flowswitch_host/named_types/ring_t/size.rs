//! Register: Size

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Size
///
/// Entries of both rings. Taken over when the ring starts.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Size(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Size {}
// SAFETY: it is a plain value.
unsafe impl Sync for Size {}

impl core::default::Default for Size {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Size {
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

impl Size {
    pub const LOG2_OFFSET: usize = 0;
    pub const LOG2_WIDTH: usize = 4;
    pub const LOG2_MASK: u32 = 0xF;

    /// log2
    ///
    /// Base-2 logarithm, 2 to 12.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn log2(&self) -> u8 {
        let val = (self.0 >> Self::LOG2_OFFSET) & Self::LOG2_MASK;
        val as u8
    }

    /// log2
    ///
    /// Base-2 logarithm, 2 to 12.
    #[inline(always)]
    pub fn set_log2(&mut self, val: u8) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::LOG2_MASK << Self::LOG2_OFFSET))
            | ((val & Self::LOG2_MASK) << Self::LOG2_OFFSET);
    }
}

impl core::fmt::Debug for Size {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Size").field("log2", &self.log2()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Size::default();
        assert_eq!(reg.log2(), 0);
    }
}
