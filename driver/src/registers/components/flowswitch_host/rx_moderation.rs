//! Register: Receive moderation

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Receive moderation
///
/// How long completions may gather before the receive vector fires.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct RxModeration(u32);

// SAFETY: it is a plain value.
unsafe impl Send for RxModeration {}
// SAFETY: it is a plain value.
unsafe impl Sync for RxModeration {}

impl core::default::Default for RxModeration {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for RxModeration {
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

impl RxModeration {
    pub const NS_OFFSET: usize = 0;
    pub const NS_WIDTH: usize = 24;
    pub const NS_MASK: u32 = 0xFF_FFFF;

    /// ns
    ///
    /// Nanoseconds.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ns(&self) -> u32 {
        let val = (self.0 >> Self::NS_OFFSET) & Self::NS_MASK;
        val
    }

    /// ns
    ///
    /// Nanoseconds.
    #[inline(always)]
    pub fn set_ns(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::NS_MASK << Self::NS_OFFSET))
            | ((val & Self::NS_MASK) << Self::NS_OFFSET);
    }
}

impl core::fmt::Debug for RxModeration {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RxModeration")
            .field("ns", &self.ns())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = RxModeration::default();
        assert_eq!(reg.ns(), 0);
    }
}
