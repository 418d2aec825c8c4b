//! Register: Core clock

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Core clock
///
/// Nominal frequency of the core clock.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct CoreClock(u32);

// SAFETY: it is a plain value.
unsafe impl Send for CoreClock {}
// SAFETY: it is a plain value.
unsafe impl Sync for CoreClock {}

impl core::default::Default for CoreClock {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for CoreClock {
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

impl CoreClock {
    pub const KHZ_OFFSET: usize = 0;
    pub const KHZ_WIDTH: usize = 32;
    pub const KHZ_MASK: u32 = 0xFFFF_FFFF;

    /// khz
    ///
    /// Kilohertz.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn khz(&self) -> u32 {
        let val = (self.0 >> Self::KHZ_OFFSET) & Self::KHZ_MASK;
        val
    }
}

impl core::fmt::Debug for CoreClock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CoreClock")
            .field("khz", &self.khz())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = CoreClock::default();
        assert_eq!(reg.khz(), 0);
    }
}
