//! Register: Generation

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Generation
///
/// Belongs to software. The card keeps it as it keeps its tables: 0 after configuration and after a reset of the core, untouched by a register reset. While it is 0 it takes 1 alone, and writes of tables and buckets are refused.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Generation(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Generation {}
// SAFETY: it is a plain value.
unsafe impl Sync for Generation {}

impl core::default::Default for Generation {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Generation {
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

impl Generation {
    pub const VALUE_OFFSET: usize = 0;
    pub const VALUE_WIDTH: usize = 32;
    pub const VALUE_MASK: u32 = 0xFFFF_FFFF;

    /// value
    ///
    /// Not 0 once a driver has written tables; odd while it is doing so.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn value(&self) -> u32 {
        let val = (self.0 >> Self::VALUE_OFFSET) & Self::VALUE_MASK;
        val
    }

    /// value
    ///
    /// Not 0 once a driver has written tables; odd while it is doing so.
    #[inline(always)]
    pub fn set_value(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::VALUE_MASK << Self::VALUE_OFFSET))
            | ((val & Self::VALUE_MASK) << Self::VALUE_OFFSET);
    }
}

impl core::fmt::Debug for Generation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Generation")
            .field("value", &self.value())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Generation::default();
        assert_eq!(reg.value(), 0);
    }
}
