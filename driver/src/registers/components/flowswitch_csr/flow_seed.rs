//! Register: Flow seed

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Flow seed
///
/// Seed of the flow table's keyed hash. Writing word 3 hands all four words to the card, which then clears its flow table. Not readable.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct FlowSeed(u32);

// SAFETY: it is a plain value.
unsafe impl Send for FlowSeed {}
// SAFETY: it is a plain value.
unsafe impl Sync for FlowSeed {}

impl core::default::Default for FlowSeed {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for FlowSeed {
    type Regwidth = u32;
    type Accesswidth = u32;
    type Access = peakrdl_rust::access::W;
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

impl FlowSeed {
    pub const WORD_OFFSET: usize = 0;
    pub const WORD_WIDTH: usize = 32;
    pub const WORD_MASK: u32 = 0xFFFF_FFFF;

    /// word
    ///
    /// A word of the seed.
    #[inline(always)]
    pub fn set_word(&mut self, val: u32) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::WORD_MASK << Self::WORD_OFFSET))
            | ((val & Self::WORD_MASK) << Self::WORD_OFFSET);
    }
}

impl core::fmt::Debug for FlowSeed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FlowSeed").finish()
    }
}
