//! The host's memory, and which of it the card may touch.

use flowswitch_driver::dma::{DmaMemory, PAGE_BYTES, Page, pages_for};
use flowswitch_verilated::BusAccess;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What fills memory that the card may write: what it leaves alone keeps it.
const FILLER: u64 = 0x5a5a_5a5a_5a5a_5a5a;

/// Memory that is given out once and never again, so that an access to what was given back is found out.
pub struct Arena {
    pages: Arc<[Page]>,
    address: u64,
    taken: u64,
    /// What the card may read and write now: first byte and the byte behind the last.
    readable: BTreeMap<u64, u64>,
    writable: BTreeMap<u64, u64>,
}

impl Arena {
    /// Memory of at least `bytes` bytes at an address of the bus.
    pub fn new(address: u64, bytes: usize) -> Self {
        Self {
            pages: pages_for(bytes),
            address,
            taken: 0,
            readable: BTreeMap::new(),
            writable: BTreeMap::new(),
        }
    }

    /// Its pages.
    pub fn pages(&self) -> Arc<[Page]> {
        self.pages.clone()
    }

    /// Where it begins on the bus.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// The address of `bytes` bytes, rounded up to 64, that nobody had before.
    ///
    /// # Panics
    /// If there are no more: the test asks for more than it has provided for.
    pub fn take(&mut self, bytes: u64) -> u64 {
        let address = self.address + self.taken;
        self.taken += bytes.next_multiple_of(64);
        let all = (self.pages.len() * PAGE_BYTES) as u64;
        assert!(self.taken <= all, "the arena is used up");
        address
    }

    /// Leaves out what is left of a page and `bytes` less than the next, so that what is taken then crosses a page.
    pub fn approach_page(&mut self, bytes: u64) {
        let page = PAGE_BYTES as u64;
        self.taken = self.taken.next_multiple_of(page) + page - bytes;
    }

    /// The card may read from `address` up to the end of the beat in which the last byte is.
    pub fn let_read(&mut self, address: u64, bytes: u64) {
        self.readable
            .insert(address, (address + bytes).next_multiple_of(64));
    }

    /// The card may write these bytes, which are filled with what a frame does not hold.
    pub fn let_write(&mut self, address: u64, bytes: u64) {
        for word in 0..bytes / 8 {
            self.store(address + 8 * word, FILLER);
        }
        self.writable.insert(address, address + bytes);
    }

    /// As [`Self::let_write`], without filling it.
    pub fn let_complete(&mut self, address: u64, bytes: u64) {
        self.writable.insert(address, address + bytes);
    }

    /// The card has no business there any more.
    pub fn forbid(&mut self, address: u64) {
        self.readable.remove(&address);
        self.writable.remove(&address);
    }

    /// An access that the card was not allowed.
    pub fn allows(&self, access: &BusAccess) -> bool {
        let ranges = if access.write {
            &self.writable
        } else {
            &self.readable
        };
        let range = ranges.range(..=access.address).next_back();
        range.is_some_and(|(_, end)| access.address + u64::from(access.bytes) <= *end)
    }

    /// The word at an address, a multiple of 8.
    pub fn load(&self, address: u64) -> u64 {
        let number =
            usize::try_from((address - self.address) / 8).expect("an address of the arena");
        u64::from_le(
            self.pages
                .word(number)
                .load(std::sync::atomic::Ordering::Acquire),
        )
    }

    /// Sets the word at an address, a multiple of 8.
    pub fn store(&self, address: u64, value: u64) {
        let number =
            usize::try_from((address - self.address) / 8).expect("an address of the arena");
        self.pages
            .word(number)
            .store(value.to_le(), std::sync::atomic::Ordering::Release);
    }

    /// Copies bytes in at an address, a multiple of 8.
    pub fn put(&self, address: u64, bytes: &[u8]) {
        for (number, chunk) in (0..).zip(bytes.chunks(8)) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.store(address + 8 * number, u64::from_le_bytes(word));
        }
    }

    /// The bytes at an address, a multiple of 8.
    pub fn bytes(&self, address: u64, length: usize) -> Vec<u8> {
        let words = (0..length.div_ceil(8) as u64).map(|word| self.load(address + 8 * word));
        let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
        bytes.truncate(length);
        bytes
    }

    /// Whether memory from an address on still is as [`Self::let_write`] filled it.
    pub fn untouched(&self, address: u64, bytes: u64) -> bool {
        let start = address.next_multiple_of(8);
        let head = usize::try_from(start - address).expect("less than a word");
        let kept = |byte: &u8| *byte == FILLER as u8;
        let head_kept = head == 0 || self.bytes(start - 8, 8)[8 - head..].iter().all(kept);
        let words = (address + bytes - start.min(address + bytes)) / 8;
        head_kept && (0..words).all(|word| self.load(start + 8 * word) == FILLER)
    }
}
