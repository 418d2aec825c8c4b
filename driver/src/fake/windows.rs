//! Memory that the card in memory reaches, as an IOMMU would let it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::dma::{DmaBuffer, Mapping, PAGE_BYTES, Page, pages_for};

/// Memory that the card may access, by its address.
#[derive(Clone, Debug, Default)]
pub struct Windows(Arc<Mutex<BTreeMap<u64, Arc<[Page]>>>>);

impl Windows {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<u64, Arc<[Page]>>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Address and bytes of each piece of memory that is mapped.
    pub fn mapped(&self) -> Vec<(u64, usize)> {
        self.with(|windows| {
            let windows = windows.iter();
            windows
                .map(|(address, pages)| (*address, pages.len() * PAGE_BYTES))
                .collect()
        })
    }

    /// Maps zeroed memory.
    pub(super) fn map(&self, bytes: usize) -> DmaBuffer {
        let pages = pages_for(bytes);
        let address = self.with(|windows| {
            let last = windows.last_key_value();
            let end = last.map_or(1 << 32, |(address, pages)| {
                address + (pages.len() * PAGE_BYTES) as u64
            });
            // A gap, so that what runs over an end meets nothing.
            let address = end + PAGE_BYTES as u64;
            windows.insert(address, pages.clone());
            address
        });
        let mapping = Window {
            windows: self.clone(),
            address,
        };
        DmaBuffer::new(Box::new(pages), address, Box::new(mapping))
    }

    /// Runs over the 64-bit words from an address on; false if any of them is not mapped.
    fn words(&self, address: u64, bytes: usize, mut each: impl FnMut(&AtomicU64)) -> bool {
        let pages = self.with(|windows| {
            let (base, pages) = windows.range(..=address).next_back()?;
            let offset = usize::try_from(address - base).ok()?;
            let end = offset.checked_add(bytes)?;
            (end <= pages.len() * PAGE_BYTES).then(|| (offset, pages.clone()))
        });
        let Some((offset, pages)) = pages else {
            return false;
        };
        for word in offset / 8..(offset + bytes).div_ceil(8) {
            each(&pages[word / (PAGE_BYTES / 8)].words()[word % (PAGE_BYTES / 8)]);
        }
        true
    }

    /// Reads bytes; none if they are not mapped. The address is a multiple of 8.
    pub fn read(&self, address: u64, bytes: usize) -> Option<Vec<u8>> {
        let mut found = Vec::with_capacity(bytes + 8);
        let mapped = self.words(address, bytes, |word| {
            found.extend(word.load(Ordering::Acquire).to_ne_bytes());
        });
        found.truncate(bytes);
        mapped.then_some(found)
    }

    /// Writes bytes, the last word in whole; false if they are not mapped. The address is a multiple of 8.
    pub fn write(&self, address: u64, bytes: &[u8]) -> bool {
        let mut chunks = bytes.chunks(8);
        self.words(address, bytes.len(), |word| {
            let chunk = chunks.next().unwrap_or_default();
            let mut octets = [0; 8];
            octets[..chunk.len()].copy_from_slice(chunk);
            word.store(u64::from_ne_bytes(octets), Ordering::Release);
        })
    }
}

#[derive(Debug)]
struct Window {
    windows: Windows,
    address: u64,
}

impl Mapping for Window {}

impl Drop for Window {
    fn drop(&mut self) {
        self.windows.with(|windows| windows.remove(&self.address));
    }
}
