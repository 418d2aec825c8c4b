//! Memory that others write: mapped pages of this process or of a file, accessed by atomic words alone.

use std::fs::File;
use std::io;
use std::sync::atomic::AtomicU64;

use memmap2::{Advice, MmapMut, MmapOptions, MmapRaw};

use super::iova::HUGE_PAGE;
use crate::dma::{DmaMemory, PAGE_BYTES};

const HUGE: usize = HUGE_PAGE as usize;
const WORD: usize = size_of::<AtomicU64>();

/// Zeroed memory of whole pages, unmapped when it is dropped.
#[derive(Debug)]
pub(crate) struct MappedMemory {
    map: MmapRaw,
    /// First byte that is used.
    start: usize,
    bytes: usize,
}

impl MappedMemory {
    /// Bytes that a request for so many takes: whole pages, and huge ones where they pay.
    pub(crate) fn round(bytes: usize) -> Option<usize> {
        let unit = if bytes > HUGE / 2 { HUGE } else { PAGE_BYTES };
        bytes.max(1).checked_next_multiple_of(unit)
    }

    /// Memory of this process: `bytes` as [`MappedMemory::round`] gives them. It begins at a huge page, and the kernel is asked to use
    /// such.
    pub(crate) fn anonymous(bytes: usize) -> io::Result<Self> {
        let whole = bytes.checked_add(HUGE).ok_or(io::ErrorKind::OutOfMemory)?;
        let map = MmapMut::map_anon(whole)?;
        // A wish: without huge pages it works as well.
        let _ = map.advise(Advice::HugePage);
        let map = MmapRaw::from(map);
        let start = map.as_ptr().addr().next_multiple_of(HUGE) - map.as_ptr().addr();
        Ok(Self { map, start, bytes })
    }

    /// Memory of a file, so that another process can map it too: all of its `bytes`, whole pages.
    pub(crate) fn of_file(file: &File, bytes: usize) -> io::Result<Self> {
        let map = MmapOptions::new().len(bytes).map_raw(file)?;
        Ok(Self {
            map,
            start: 0,
            bytes,
        })
    }

    /// Its first byte.
    pub(crate) fn pointer(&self) -> *mut u8 {
        self.map.as_mut_ptr().wrapping_add(self.start)
    }

    /// Its size.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl DmaMemory for MappedMemory {
    fn count(&self) -> usize {
        self.bytes / WORD
    }

    fn word(&self, number: usize) -> &AtomicU64 {
        assert!(number < self.count(), "the memory has no word {number}");
        let word = self
            .pointer()
            .wrapping_add(number * WORD)
            .cast::<AtomicU64>();
        // SAFETY: the word lies in the mapping, which lives as long as `self`: start + bytes is at most its length by
        // construction. Mappings begin at pages, so it is aligned. It is accessed by atomics only, here; what a card or
        // another process writes meanwhile is another thread's store to an atomic.
        unsafe { &*word }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn sizes_are_whole_pages() {
        assert_eq!(MappedMemory::round(0), Some(4096));
        assert_eq!(MappedMemory::round(4097), Some(8192));
        assert_eq!(MappedMemory::round(HUGE / 2 + 1), Some(HUGE));
        assert_eq!(MappedMemory::round(HUGE + 1), Some(2 * HUGE));
        assert_eq!(MappedMemory::round(usize::MAX), None);
    }

    #[test]
    fn all_words_are_there_and_zero() {
        let memory = MappedMemory::anonymous(3 * PAGE_BYTES).unwrap();
        assert!(memory.pointer().addr().is_multiple_of(HUGE));
        assert_eq!(memory.count(), 3 * 512);
        for number in 0..memory.count() {
            assert_eq!(memory.word(number).load(Ordering::Relaxed), 0);
            memory.word(number).store(number as u64, Ordering::Relaxed);
        }
        for number in 0..memory.count() {
            assert_eq!(memory.word(number).load(Ordering::Relaxed), number as u64);
        }
    }

    #[test]
    #[should_panic(expected = "no word 512")]
    fn a_word_behind_the_end_is_refused() {
        MappedMemory::anonymous(PAGE_BYTES).unwrap().word(512);
    }
}
