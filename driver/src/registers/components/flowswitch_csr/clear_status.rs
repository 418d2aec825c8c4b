//! Register: Clear status

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Clear status
///
/// State of the last clearing; a reset of the core begins one.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct ClearStatus(u32);

// SAFETY: it is a plain value.
unsafe impl Send for ClearStatus {}
// SAFETY: it is a plain value.
unsafe impl Sync for ClearStatus {}

impl core::default::Default for ClearStatus {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for ClearStatus {
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

impl ClearStatus {
    pub const BUSY_OFFSET: usize = 0;
    pub const BUSY_WIDTH: usize = 1;
    pub const BUSY_MASK: u32 = 0x1;

    /// busy
    ///
    /// Clearing is under way: table commands, bucket accesses and a flow seed wait, frames are judged by what is left.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn busy(&self) -> bool {
        let val = (self.0 >> Self::BUSY_OFFSET) & Self::BUSY_MASK;
        val != 0
    }
}

impl core::fmt::Debug for ClearStatus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ClearStatus")
            .field("busy", &self.busy())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = ClearStatus::default();
        assert_eq!(reg.busy(), false);
    }
}
