//! Memory that a card can reach: pages that both sides access by atomic words, mapped for as long as they live.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a page.
pub const PAGE_BYTES: usize = 4096;
const WORD_BYTES: usize = 8;
const PAGE_WORDS: usize = PAGE_BYTES / WORD_BYTES;

/// A page, aligned as the IOMMU wants it. Its words are those of the machine; byte k of the page is byte k of memory.
#[repr(C, align(4096))]
#[derive(Debug)]
pub struct Page([AtomicU64; PAGE_WORDS]);

impl Default for Page {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Page {
    /// Its words.
    pub fn words(&self) -> &[AtomicU64; PAGE_WORDS] {
        &self.0
    }
}

/// Memory in whole pages, accessed by atomic words because a card may write at any time. Byte k of word n is byte 8n + k.
pub trait DmaMemory: Send + Sync {
    /// Its words, a multiple of those of a page.
    fn count(&self) -> usize;

    /// A word.
    ///
    /// # Panics
    /// If there is no such word.
    fn word(&self, number: usize) -> &AtomicU64;
}

/// Pages of this process alone.
impl DmaMemory for [Page] {
    fn count(&self) -> usize {
        self.len() * PAGE_WORDS
    }

    fn word(&self, number: usize) -> &AtomicU64 {
        &self[number / PAGE_WORDS].0[number % PAGE_WORDS]
    }
}

impl DmaMemory for Arc<[Page]> {
    fn count(&self) -> usize {
        (**self).count()
    }

    fn word(&self, number: usize) -> &AtomicU64 {
        (**self).word(number)
    }
}

/// As many zeroed pages as `bytes` need, at least one.
pub fn pages_for(bytes: usize) -> Arc<[Page]> {
    let count = bytes.div_ceil(PAGE_BYTES).max(1);
    (0..count).map(|_| Page::default()).collect()
}

/// What keeps memory mapped; unmaps them when it is dropped.
pub trait Mapping: Send {}

/// Zeroed memory that a card reaches at [`DmaBuffer::address`]. Unmapped before it is freed.
///
/// Accesses are atomic, so the card may write at any time; offsets beyond the buffer panic, as those of a slice do.
pub struct DmaBuffer {
    // Dropped first.
    mapping: Box<dyn Mapping>,
    address: u64,
    memory: Box<dyn DmaMemory>,
}

impl std::fmt::Debug for DmaBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DmaBuffer")
            .field("address", &self.address)
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

impl DmaBuffer {
    /// Memory that is mapped at `address` while `mapping` lives. For implementors of [`Device`](crate::Device).
    pub fn new(memory: Box<dyn DmaMemory>, address: u64, mapping: Box<dyn Mapping>) -> Self {
        Self {
            mapping,
            address,
            memory,
        }
    }

    /// The address under which the card reaches its first byte: an IOVA where there is an IOMMU. A multiple of
    /// [`PAGE_BYTES`].
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Its size in bytes, a multiple of [`PAGE_BYTES`].
    pub fn bytes(&self) -> usize {
        self.memory.count() * WORD_BYTES
    }

    /// Memory, address and mapping, to put something in between.
    pub(crate) fn into_parts(self) -> (Box<dyn DmaMemory>, u64, Box<dyn Mapping>) {
        (self.memory, self.address, self.mapping)
    }

    /// What keeps it mapped.
    pub fn mapping(&self) -> &dyn Mapping {
        &*self.mapping
    }

    /// The 64-bit little-endian word at byte `offset`, a multiple of 8. Later accesses are not made before it.
    pub fn load(&self, offset: usize) -> u64 {
        u64::from_le(self.word(offset).load(Ordering::Acquire))
    }

    /// Stores a 64-bit little-endian word at byte `offset`, a multiple of 8. Earlier accesses are made before it.
    pub fn store(&self, offset: usize, value: u64) {
        self.word(offset).store(value.to_le(), Ordering::Release);
    }

    /// Copies bytes out, from byte `offset` on, a multiple of 8.
    pub fn read(&self, offset: usize, into: &mut [u8]) {
        for (number, chunk) in into.chunks_mut(WORD_BYTES).enumerate() {
            let word = self.word(offset + number * WORD_BYTES);
            let bytes = word.load(Ordering::Relaxed).to_ne_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }

    /// Copies bytes in, from byte `offset` on, a multiple of 8; what is left of the last word becomes zero.
    pub fn write(&self, offset: usize, from: &[u8]) {
        for (number, chunk) in from.chunks(WORD_BYTES).enumerate() {
            let mut bytes = [0; WORD_BYTES];
            bytes[..chunk.len()].copy_from_slice(chunk);
            self.word(offset + number * WORD_BYTES)
                .store(u64::from_ne_bytes(bytes), Ordering::Relaxed);
        }
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(
            offset.is_multiple_of(WORD_BYTES),
            "byte {offset} begins no word"
        );
        self.memory.word(offset / WORD_BYTES)
    }
}
