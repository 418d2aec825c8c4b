//! Register: Persistence

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Persistence
///
/// How much of a client's address tells it from others, for virtual addresses that keep a client's flows together.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Persistence(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Persistence {}
// SAFETY: it is a plain value.
unsafe impl Sync for Persistence {}

impl core::default::Default for Persistence {
    fn default() -> Self {
        Self(0x8020)
    }
}

impl peakrdl_rust::reg::Register for Persistence {
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

impl Persistence {
    pub const IPV4_BITS_OFFSET: usize = 0;
    pub const IPV4_BITS_WIDTH: usize = 6;
    pub const IPV4_BITS_MASK: u32 = 0x3F;

    /// ipv4_bits
    ///
    /// First bits of an IPv4 address, 0 to 32.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ipv4_bits(&self) -> u8 {
        let val = (self.0 >> Self::IPV4_BITS_OFFSET) & Self::IPV4_BITS_MASK;
        val as u8
    }

    /// ipv4_bits
    ///
    /// First bits of an IPv4 address, 0 to 32.
    #[inline(always)]
    pub fn set_ipv4_bits(&mut self, val: u8) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::IPV4_BITS_MASK << Self::IPV4_BITS_OFFSET))
            | ((val & Self::IPV4_BITS_MASK) << Self::IPV4_BITS_OFFSET);
    }

    pub const IPV6_BITS_OFFSET: usize = 8;
    pub const IPV6_BITS_WIDTH: usize = 8;
    pub const IPV6_BITS_MASK: u32 = 0xFF;

    /// ipv6_bits
    ///
    /// First bits of an IPv6 address, 0 to 128.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ipv6_bits(&self) -> u8 {
        let val = (self.0 >> Self::IPV6_BITS_OFFSET) & Self::IPV6_BITS_MASK;
        val as u8
    }

    /// ipv6_bits
    ///
    /// First bits of an IPv6 address, 0 to 128.
    #[inline(always)]
    pub fn set_ipv6_bits(&mut self, val: u8) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::IPV6_BITS_MASK << Self::IPV6_BITS_OFFSET))
            | ((val & Self::IPV6_BITS_MASK) << Self::IPV6_BITS_OFFSET);
    }
}

impl core::fmt::Debug for Persistence {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Persistence")
            .field("ipv4_bits", &self.ipv4_bits())
            .field("ipv6_bits", &self.ipv6_bits())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Persistence::default();
        assert_eq!(reg.ipv4_bits(), 32);
        assert_eq!(reg.ipv6_bits(), 128);
    }
}
