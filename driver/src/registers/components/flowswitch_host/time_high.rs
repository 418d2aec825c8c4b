//! Register: Time, high word

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Time, high word
///
/// time_ns, bits 63:32, of when the low word was last read.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct TimeHigh(u32);

// SAFETY: it is a plain value.
unsafe impl Send for TimeHigh {}
// SAFETY: it is a plain value.
unsafe impl Sync for TimeHigh {}

impl core::default::Default for TimeHigh {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for TimeHigh {
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

impl TimeHigh {
    pub const NS_OFFSET: usize = 0;
    pub const NS_WIDTH: usize = 32;
    pub const NS_MASK: u32 = 0xFFFF_FFFF;

    /// ns
    ///
    /// Nanoseconds, bits 63:32.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ns(&self) -> u32 {
        let val = (self.0 >> Self::NS_OFFSET) & Self::NS_MASK;
        val
    }
}

impl core::fmt::Debug for TimeHigh {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TimeHigh").field("ns", &self.ns()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = TimeHigh::default();
        assert_eq!(reg.ns(), 0);
    }
}
