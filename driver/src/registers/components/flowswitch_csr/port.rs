//! Register: Port

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Port
///
/// Settings of one network port; what concerns its logical ports is in their table. Those of a port that the card does not have are without effect.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Port(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Port {}
// SAFETY: it is a plain value.
unsafe impl Sync for Port {}

impl core::default::Default for Port {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Port {
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

impl Port {
    pub const BPDU_TO_HOST_OFFSET: usize = 16;
    pub const BPDU_TO_HOST_WIDTH: usize = 1;
    pub const BPDU_TO_HOST_MASK: u32 = 0x1;

    /// bpdu_to_host
    ///
    /// Frames to 01:80:c2:00:00:00 go to the host (1) or are flooded (0).
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn bpdu_to_host(&self) -> bool {
        let val = (self.0 >> Self::BPDU_TO_HOST_OFFSET) & Self::BPDU_TO_HOST_MASK;
        val != 0
    }

    /// bpdu_to_host
    ///
    /// Frames to 01:80:c2:00:00:00 go to the host (1) or are flooded (0).
    #[inline(always)]
    pub fn set_bpdu_to_host(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::BPDU_TO_HOST_MASK << Self::BPDU_TO_HOST_OFFSET))
            | ((val & Self::BPDU_TO_HOST_MASK) << Self::BPDU_TO_HOST_OFFSET);
    }
}

impl core::fmt::Debug for Port {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Port")
            .field("bpdu_to_host", &self.bpdu_to_host())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Port::default();
        assert_eq!(reg.bpdu_to_host(), false);
    }
}
