//! Register: Status

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Status
///
/// Links and the hardware's own change of member entries after a link has changed.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Status(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Status {}
// SAFETY: it is a plain value.
unsafe impl Sync for Status {}

impl core::default::Default for Status {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Status {
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

impl Status {
    pub const LINK_UP_OFFSET: usize = 0;
    pub const LINK_UP_WIDTH: usize = 8;
    pub const LINK_UP_MASK: u32 = 0xFF;

    /// link_up
    ///
    /// Bit per network port: its link is up.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn link_up(&self) -> u8 {
        let val = (self.0 >> Self::LINK_UP_OFFSET) & Self::LINK_UP_MASK;
        val as u8
    }

    pub const MEMBER_SWEEP_OFFSET: usize = 31;
    pub const MEMBER_SWEEP_WIDTH: usize = 1;
    pub const MEMBER_SWEEP_MASK: u32 = 0x1;

    /// member_sweep
    ///
    /// The up bits of members are being set or cleared because a link changed.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn member_sweep(&self) -> bool {
        let val = (self.0 >> Self::MEMBER_SWEEP_OFFSET) & Self::MEMBER_SWEEP_MASK;
        val != 0
    }
}

impl core::fmt::Debug for Status {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Status")
            .field("link_up", &self.link_up())
            .field("member_sweep", &self.member_sweep())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Status::default();
        assert_eq!(reg.link_up(), 0);
        assert_eq!(reg.member_sweep(), false);
    }
}
