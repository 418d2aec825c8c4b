//! Register: Host capability

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Host capability
///
/// What the host port can do.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Capability(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Capability {}
// SAFETY: it is a plain value.
unsafe impl Sync for Capability {}

impl core::default::Default for Capability {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Capability {
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

impl Capability {
    pub const RINGS_OFFSET: usize = 0;
    pub const RINGS_WIDTH: usize = 4;
    pub const RINGS_MASK: u32 = 0xF;

    /// rings
    ///
    /// Descriptor rings each way; 0 if the shell has a DMA engine of its own.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn rings(&self) -> u8 {
        let val = (self.0 >> Self::RINGS_OFFSET) & Self::RINGS_MASK;
        val as u8
    }

    pub const SIZE_OFFSET: usize = 8;
    pub const SIZE_WIDTH: usize = 4;
    pub const SIZE_MASK: u32 = 0xF;

    /// size
    ///
    /// Largest base-2 logarithm of a ring's entries.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn size(&self) -> u8 {
        let val = (self.0 >> Self::SIZE_OFFSET) & Self::SIZE_MASK;
        val as u8
    }

    pub const VECTORS_OFFSET: usize = 16;
    pub const VECTORS_WIDTH: usize = 4;
    pub const VECTORS_MASK: u32 = 0xF;

    /// vectors
    ///
    /// MSI-X vectors.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn vectors(&self) -> u8 {
        let val = (self.0 >> Self::VECTORS_OFFSET) & Self::VECTORS_MASK;
        val as u8
    }
}

impl core::fmt::Debug for Capability {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Capability")
            .field("rings", &self.rings())
            .field("size", &self.size())
            .field("vectors", &self.vectors())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Capability::default();
        assert_eq!(reg.rings(), 0);
        assert_eq!(reg.size(), 0);
        assert_eq!(reg.vectors(), 0);
    }
}
