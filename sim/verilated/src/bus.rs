//! What the card reaches on the bus.

use crate::Error;
use crate::bridge::ffi::MemoryTiming;
use flowswitch_driver::dma::{PAGE_BYTES, Page};
use memmap2::MmapRaw;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Memory of this process to show to the card. It may be accessed meanwhile, by atomic words of 8 bytes.
#[derive(Clone)]
pub enum Memory {
    /// Pages of the process.
    Pages(Arc<[Page]>),
    /// Part of a mapped file. If it was mapped for reading alone, the window must not allow writes, and the file must not
    /// become shorter: the process would be killed, as by any access to such memory.
    Mapped {
        /// The mapping.
        mapping: Arc<MmapRaw>,
        /// Bytes of it.
        range: Range<usize>,
    },
}

impl Memory {
    /// Its size in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Pages(pages) => pages.len() * PAGE_BYTES,
            Self::Mapped { range, .. } => range.len(),
        }
    }

    /// Hands beginning and size to `add`, which makes it a window at an address of the bus.
    pub(crate) fn show(
        &self,
        address: u64,
        add: impl FnOnce(*mut u8, u64) -> Result<(), cxx::Exception>,
    ) -> Result<(), Error> {
        let refused = |why: &str| Error::Window {
            address,
            bytes: self.bytes(),
            why: why.into(),
        };
        let base = self
            .base()
            .ok_or_else(|| refused("the mapping has no such range"))?;
        add(base, self.bytes() as u64).map_err(|error| refused(error.what()))
    }

    /// Where it begins, if it exists.
    fn base(&self) -> Option<*mut u8> {
        match self {
            // Pages consist of atomic words, which may be written through a shared reference.
            Self::Pages(pages) => Some(pages.as_ptr().cast_mut().cast()),
            Self::Mapped { mapping, range } => {
                let inside = range.start <= range.end && range.end <= mapping.len();
                inside.then(|| mapping.as_mut_ptr().wrapping_add(range.start))
            }
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

/// What the card may do with a window's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Read it.
    pub read: bool,
    /// Write it.
    pub write: bool,
}

impl Access {
    /// Both.
    pub const BOTH: Self = Self {
        read: true,
        write: true,
    };
}

impl Default for MemoryTiming {
    /// 32 clocks each way, always ready, the oldest first.
    fn default() -> Self {
        Self {
            read_latency: 32,
            write_latency: 32,
            stall: 0,
            shuffle: 0,
        }
    }
}
