//! The register window, mapped: volatile accesses of 32 bits.

use std::fs::File;
use std::io;
use std::sync::atomic::{Ordering, fence};

use memmap2::{MmapOptions, MmapRaw};

/// A mapped BAR, unmapped when it is dropped.
#[derive(Debug)]
pub(super) struct Window(MmapRaw);

impl Window {
    /// Maps `bytes` of a file from `offset` on.
    pub(super) fn map(file: &File, offset: u64, bytes: usize) -> io::Result<Self> {
        Ok(Self(
            MmapOptions::new().offset(offset).len(bytes).map_raw(file)?,
        ))
    }

    /// Reads a word; none if it is not in the window.
    pub(super) fn read(&self, offset: u32) -> Option<u32> {
        let word = self.word(offset)?;
        // SAFETY: the word lies in the mapping and is aligned. Device memory is only accessed by volatile accesses, and no reference to
        // it is made.
        let value = u32::from_le(unsafe { word.read_volatile() });
        // What the card wrote to memory before it answered is read after this.
        fence(Ordering::SeqCst);
        Some(value)
    }

    /// Writes a word, posted; none if it is not in the window.
    pub(super) fn write(&self, offset: u32, value: u32) -> Option<()> {
        let word = self.word(offset)?;
        // What was stored in memory before a doorbell is there before it.
        fence(Ordering::SeqCst);
        // SAFETY: as for reading.
        unsafe { word.write_volatile(value.to_le()) };
        Some(())
    }

    fn word(&self, offset: u32) -> Option<*mut u32> {
        let offset = usize::try_from(offset).ok()?;
        let inside = offset.is_multiple_of(4) && offset.checked_add(4)? <= self.0.len();
        inside.then(|| self.0.as_mut_ptr().wrapping_add(offset).cast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_window() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(3 * 4096).unwrap();
        let window = Window::map(&file, 4096, 8192).unwrap();
        assert_eq!(window.write(8188, 0x0102_0304), Some(()));
        assert_eq!(window.read(8188), Some(0x0102_0304));
        let mut bytes = [0; 4];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, 4096 + 8188).unwrap();
        assert_eq!(bytes, [4, 3, 2, 1]);
        for offset in [8192, 2, u32::MAX - 3, u32::MAX] {
            assert_eq!((window.read(offset), window.write(offset, 1)), (None, None));
        }
    }
}
