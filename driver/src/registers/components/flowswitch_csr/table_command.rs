//! Register: Table command

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Table command
///
/// Starts an access to the entry named by the table address. Both bits at once, or a command while busy, is refused with the error bit.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct TableCommand(u32);

// SAFETY: it is a plain value.
unsafe impl Send for TableCommand {}
// SAFETY: it is a plain value.
unsafe impl Sync for TableCommand {}

impl core::default::Default for TableCommand {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for TableCommand {
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

impl TableCommand {
    pub const WRITE_ENTRY_OFFSET: usize = 0;
    pub const WRITE_ENTRY_WIDTH: usize = 1;
    pub const WRITE_ENTRY_MASK: u32 = 0x1;

    /// write_entry
    ///
    /// Commits the table data to the entry, in one step.
    #[inline(always)]
    pub fn set_write_entry(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::WRITE_ENTRY_MASK << Self::WRITE_ENTRY_OFFSET))
            | ((val & Self::WRITE_ENTRY_MASK) << Self::WRITE_ENTRY_OFFSET);
    }

    pub const READ_ENTRY_OFFSET: usize = 1;
    pub const READ_ENTRY_WIDTH: usize = 1;
    pub const READ_ENTRY_MASK: u32 = 0x1;

    /// read_entry
    ///
    /// Loads the table data from the entry.
    #[inline(always)]
    pub fn set_read_entry(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::READ_ENTRY_MASK << Self::READ_ENTRY_OFFSET))
            | ((val & Self::READ_ENTRY_MASK) << Self::READ_ENTRY_OFFSET);
    }
}

impl core::fmt::Debug for TableCommand {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TableCommand").finish()
    }
}
