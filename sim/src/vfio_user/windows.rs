//! The client's memory that the card may reach: what was mapped, under which address, with which rights.

use memmap2::{MmapOptions, MmapRaw};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Weak};

/// The IOMMU's page: everything is a multiple of it.
pub(super) const PAGE: u64 = 4096;
/// More windows than a guest may map (65,535 by default), so that no client can fill this process.
const MOST_WINDOWS: usize = 1 << 17;

/// What the card may do with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    pub read: bool,
    pub write: bool,
}

/// A piece of the client's memory. Lies wholly within `memory`.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The card's address of its first byte.
    pub address: u64,
    pub bytes: u64,
    pub memory: Arc<MmapRaw>,
    /// Where it begins in `memory`.
    pub offset: u64,
    pub rights: Rights,
}

impl Window {
    fn end(&self) -> u64 {
        self.address + self.bytes
    }
}

/// A file, and whether it is mapped for writing.
type FileKey = (u64, u64, bool);

/// The windows of a client.
#[derive(Debug, Default)]
pub(super) struct Windows {
    by_address: BTreeMap<u64, Window>,
    /// Each file is mapped once, however many windows are in it; unmapped with the last of them.
    files: HashMap<FileKey, Weak<MmapRaw>>,
}

impl Windows {
    /// Maps `bytes` bytes of `file` from `offset` on at `address`; returns the window that the card is to get.
    ///
    /// # Errors
    /// If the numbers are no multiples of a page, the piece is not in the file, or a window is there already.
    pub fn map(
        &mut self,
        (address, bytes): (u64, u64),
        (file, offset): (&File, u64),
        rights: Rights,
    ) -> Result<Window, Error> {
        if [address, bytes, offset].iter().any(|n| n % PAGE != 0) || bytes == 0 {
            return Err(refused(
                "address, size and offset must be multiples of 4096 bytes",
            ));
        }
        let end = address.checked_add(bytes);
        let end = end.ok_or_else(|| refused("the window passes the last address"))?;
        let reach = offset.checked_add(bytes);
        let reach = reach.ok_or_else(|| refused("the window passes the end of its file"))?;
        if self.touching(address, end).next().is_some() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if self.by_address.len() >= MOST_WINDOWS {
            return Err(Error::new(ErrorKind::OutOfMemory, "too many windows"));
        }
        let window = Window {
            address,
            bytes,
            memory: self.memory_of(file, reach, rights.write)?,
            offset,
            rights,
        };
        self.by_address.insert(address, window.clone());
        Ok(window)
    }

    /// Removes the windows within `bytes` bytes from `address` on and returns their addresses.
    ///
    /// # Errors
    /// If a window is in the range only in part; then nothing is removed.
    pub fn unmap(&mut self, address: u64, bytes: u64) -> Result<Vec<u64>, Error> {
        // The last byte may be that of the address space.
        let end = address.saturating_add(bytes);
        let touched: Vec<&Window> = self.touching(address, end).collect();
        if touched
            .iter()
            .any(|window| window.address < address || window.end() > end)
        {
            return Err(refused("the range cuts a window"));
        }
        let addresses: Vec<u64> = touched.iter().map(|window| window.address).collect();
        for address in &addresses {
            self.by_address.remove(address);
        }
        self.forget_files();
        Ok(addresses)
    }

    /// Removes all windows and returns their addresses.
    pub fn clear(&mut self) -> Vec<u64> {
        let addresses = self.by_address.keys().copied().collect();
        self.by_address.clear();
        self.forget_files();
        addresses
    }

    fn touching(&self, address: u64, end: u64) -> impl Iterator<Item = &Window> {
        // A window that begins before `address` may reach into the range; there is one of these at most.
        let before = self.by_address.range(..address).next_back();
        let before = before.filter(|(_, window)| window.end() > address);
        // An empty range is no range of a map.
        let within = self.by_address.range(address..end.max(address));
        before.into_iter().chain(within).map(|(_, window)| window)
    }

    fn memory_of(&mut self, file: &File, reach: u64, write: bool) -> Result<Arc<MmapRaw>, Error> {
        let about = file.metadata()?;
        if !about.is_file() || about.len() < reach {
            return Err(refused("the window passes the end of its file"));
        }
        let key = (about.dev(), about.ino(), write);
        let mapped = self.files.get(&key).and_then(Weak::upgrade);
        // A file that has grown is mapped anew.
        if let Some(memory) = mapped.filter(|memory| memory.len() as u64 >= reach) {
            return Ok(memory);
        }
        let options = MmapOptions::new();
        let memory = Arc::new(if write {
            options.map_raw(file)?
        } else {
            options.map_raw_read_only(file)?
        });
        if (memory.len() as u64) < reach {
            return Err(refused("the file has shrunk"));
        }
        self.files.insert(key, Arc::downgrade(&memory));
        Ok(memory)
    }

    fn forget_files(&mut self) {
        self.files.retain(|_, memory| memory.strong_count() > 0);
    }
}

fn refused(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, why)
}

#[cfg(test)]
mod tests {
    use super::{PAGE, Rights, Windows};
    use proptest::prelude::*;
    use std::fs::File;

    const BOTH: Rights = Rights {
        read: true,
        write: true,
    };

    fn file(pages: u64) -> File {
        let file = tempfile::tempfile().expect("a temporary file");
        file.set_len(pages * PAGE).expect("its length");
        file
    }

    #[test]
    fn a_file_is_mapped_once_and_unmapped_with_its_last_window() {
        let (file, mut windows) = (file(8), Windows::default());
        let first = windows.map((0, PAGE), (&file, 0), BOTH).expect("mapped");
        let second = windows
            .map((1 << 40, 4 * PAGE), (&file, 4 * PAGE), BOTH)
            .expect("mapped");
        assert!(std::ptr::eq(first.memory.as_ptr(), second.memory.as_ptr()));
        drop((first, second));
        assert_eq!(windows.unmap(0, u64::MAX).expect("all"), [0, 1 << 40]);
        assert!(windows.files.is_empty());
    }

    #[test]
    fn what_is_not_in_the_file_is_refused() {
        let (file, mut windows) = (file(8), Windows::default());
        for (bytes, offset) in [(9, 0), (1, 8), (0, 0), (8, 1), (1, u64::MAX / PAGE)] {
            let asked = windows.map((PAGE, bytes * PAGE), (&file, offset * PAGE), BOTH);
            assert!(asked.is_err(), "{bytes} pages at {offset}");
        }
        for (address, bytes, offset) in [(1, PAGE, 0), (0, 100, 0), (0, PAGE, 8)] {
            let asked = windows.map((address, bytes), (&file, offset), BOTH);
            assert!(asked.is_err(), "not in pages");
        }
        let last = u64::MAX - PAGE + 1;
        assert!(windows.map((last, PAGE), (&file, 0), BOTH).is_err());
        assert!(windows.by_address.is_empty());
    }

    #[test]
    fn no_directory_and_no_device_is_mapped() {
        let mut windows = Windows::default();
        for path in ["/", "/dev/zero"] {
            let file = File::open(path).expect("it is there");
            assert!(windows.map((0, PAGE), (&file, 0), BOTH).is_err(), "{path}");
        }
    }

    #[test]
    fn windows_are_neither_doubled_nor_cut() {
        let (file, mut windows) = (file(8), Windows::default());
        let four = (4 * PAGE, 4 * PAGE);
        windows.map(four, (&file, 0), BOTH).expect("mapped");
        for (at, pages) in [(3, 2), (4, 4), (5, 1), (7, 2), (0, 20)] {
            let asked = windows.map((at * PAGE, pages * PAGE), (&file, 0), BOTH);
            assert!(asked.is_err(), "{pages} pages at {at}");
        }
        assert!(windows.unmap(5 * PAGE, PAGE).is_err());
        assert!(windows.unmap(0, 5 * PAGE).is_err());
        assert!(windows.unmap(0, 4 * PAGE).expect("none").is_empty());
        assert_eq!(windows.unmap(four.0, four.1).expect("whole"), [4 * PAGE]);
    }

    #[test]
    fn memory_without_the_right_to_write_is_mapped_for_reading() {
        let path = tempfile::NamedTempFile::new().expect("a file");
        path.as_file().set_len(PAGE).expect("its length");
        let file = File::open(path.path()).expect("opened for reading");
        let mut windows = Windows::default();
        assert!(windows.map((0, PAGE), (&file, 0), BOTH).is_err());
        let read = Rights {
            read: true,
            write: false,
        };
        windows.map((0, PAGE), (&file, 0), read).expect("mapped");
    }

    proptest! {
        /// After any course of maps and unmaps no two windows touch and each is within its memory.
        #[test]
        fn windows_are_apart_and_within_their_memory(
            asks in prop::collection::vec((any::<bool>(), 0..40u64, 0..9u64, 0..9u64), 0..60)
        ) {
            let (file, mut windows) = (file(8), Windows::default());
            for (map, at, pages, offset) in asks {
                if map {
                    let _ = windows.map((at * PAGE, pages * PAGE), (&file, offset * PAGE), BOTH);
                } else {
                    let _ = windows.unmap(at * PAGE, pages * PAGE);
                }
                let mut end = 0;
                for window in windows.by_address.values() {
                    prop_assert!(window.address >= end);
                    end = window.end();
                    prop_assert!(window.offset + window.bytes <= window.memory.len() as u64);
                }
            }
        }

        #[test]
        fn no_number_is_too_large(
            address in any::<u64>(), bytes in any::<u64>(), offset in any::<u64>(), mask in any::<bool>()
        ) {
            let mask = if mask { !(PAGE - 1) } else { u64::MAX };
            let (file, mut windows) = (file(1), Windows::default());
            let _ = windows.map((address & mask, bytes & mask), (&file, offset & mask), BOTH);
            let _ = windows.unmap(address & mask, bytes & mask);
        }
    }
}
