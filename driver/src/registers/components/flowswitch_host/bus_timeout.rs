//! Register: Bus time-out

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Bus time-out
///
/// When a bus that does nothing is given up: the rings stop with error 5.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct BusTimeout(u32);

// SAFETY: it is a plain value.
unsafe impl Send for BusTimeout {}
// SAFETY: it is a plain value.
unsafe impl Sync for BusTimeout {}

impl core::default::Default for BusTimeout {
    fn default() -> Self {
        Self(0x40)
    }
}

impl peakrdl_rust::reg::Register for BusTimeout {
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

impl BusTimeout {
    pub const TICKS_OFFSET: usize = 0;
    pub const TICKS_WIDTH: usize = 16;
    pub const TICKS_MASK: u32 = 0xFFFF;

    /// ticks
    ///
    /// Intervals of 2^20 ns (1.05 ms) in which something is asked of the bus and nothing passes; 0: never.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ticks(&self) -> u16 {
        let val = (self.0 >> Self::TICKS_OFFSET) & Self::TICKS_MASK;
        val as u16
    }

    /// ticks
    ///
    /// Intervals of 2^20 ns (1.05 ms) in which something is asked of the bus and nothing passes; 0: never.
    #[inline(always)]
    pub fn set_ticks(&mut self, val: u16) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::TICKS_MASK << Self::TICKS_OFFSET))
            | ((val & Self::TICKS_MASK) << Self::TICKS_OFFSET);
    }
}

impl core::fmt::Debug for BusTimeout {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BusTimeout")
            .field("ticks", &self.ticks())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = BusTimeout::default();
        assert_eq!(reg.ticks(), 64);
    }
}
