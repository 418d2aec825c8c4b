//! One ring: where it stands in memory, and how far it has come.

use super::error::{Direction, RingError};
use super::format::{Completion, descriptor, phase};
use crate::dma::DmaBuffer;

/// Bytes of a descriptor and of a completion.
const ENTRY: usize = 16;

/// A pair of descriptor and completion ring with one buffer for each place, all in one piece of memory.
#[derive(Debug)]
pub(super) struct Ring {
    direction: Direction,
    log2: u8,
    /// Offsets in the memory.
    descriptors: usize,
    completions: usize,
    buffers: usize,
    buffer_bytes: u16,
    /// Descriptors filled since the start, modulo 2^16.
    filled: u16,
    /// Those of them that the card was told of.
    pub(super) posted: u16,
    /// Completions read since the start, modulo 2^16.
    pub(super) seen: u16,
}

impl Ring {
    /// A ring that takes memory from `start` on, a multiple of 64, and the first byte behind it.
    pub(super) fn layout(
        direction: Direction,
        log2: u8,
        buffer_bytes: u16,
        start: usize,
    ) -> (Self, usize) {
        let entries = 1usize << log2;
        let completions = start + entries * ENTRY;
        let buffers = completions + entries * ENTRY;
        let ring = Self {
            direction,
            log2,
            descriptors: start,
            completions,
            buffers,
            buffer_bytes,
            filled: 0,
            posted: 0,
            seen: 0,
        };
        (ring, buffers + entries * usize::from(buffer_bytes))
    }

    pub(super) fn log2(&self) -> u8 {
        self.log2
    }

    pub(super) fn buffer_bytes(&self) -> u16 {
        self.buffer_bytes
    }

    /// The card's addresses of both rings.
    pub(super) fn addresses(&self, memory: &DmaBuffer) -> [u64; 2] {
        [self.descriptors, self.completions].map(|offset| memory.address() + offset as u64)
    }

    fn place(&self, index: u16) -> usize {
        usize::from(index) & ((1 << self.log2) - 1)
    }

    /// Offset of the buffer of a descriptor.
    pub(super) fn buffer(&self, index: u16) -> usize {
        self.buffers + self.place(index) * usize::from(self.buffer_bytes)
    }

    /// Descriptors that are filled, and whose completions were not read.
    pub(super) fn outstanding(&self) -> u16 {
        self.filled.wrapping_sub(self.seen)
    }

    /// The next descriptor to fill, if its place is free.
    pub(super) fn free(&self) -> Option<u16> {
        (self.outstanding() < 1 << self.log2).then_some(self.filled)
    }

    /// Fills the next descriptor, whose place is free, with so many bytes of its buffer.
    pub(super) fn fill(&mut self, memory: &DmaBuffer, bytes: u16, port: u8) {
        let address = memory.address() + self.buffer(self.filled) as u64;
        let at = self.descriptors + self.place(self.filled) * ENTRY;
        let [first, second] = descriptor(address, bytes, port);
        memory.store(at, first);
        memory.store(at + 8, second);
        self.filled = self.filled.wrapping_add(1);
    }

    /// Fills the next descriptor as it was before: its place keeps its buffer.
    pub(super) fn refill(&mut self) {
        self.filled = self.filled.wrapping_add(1);
    }

    /// Descriptors that the card was not told of.
    pub(super) fn unposted(&self) -> u16 {
        self.filled.wrapping_sub(self.posted)
    }

    /// What the doorbell takes; the card knows all filled descriptors behind this.
    pub(super) fn tail(&mut self) -> u16 {
        self.posted = self.filled;
        self.filled
    }

    /// Whether the card has written the next completion.
    pub(super) fn has_completion(&self, memory: &DmaBuffer) -> bool {
        self.posted != self.seen && phase(self.first_word(memory)) == self.expected_phase()
    }

    /// The next completion, if the card has written it.
    pub(super) fn completion(&self, memory: &DmaBuffer) -> Result<Option<Completion>, RingError> {
        // Nothing is posted: whatever stands there is not a completion.
        if self.posted == self.seen {
            return Ok(None);
        }
        let first = self.first_word(memory);
        if phase(first) != self.expected_phase() {
            return Ok(None);
        }
        let time_ns = memory.load(self.completion_offset() + 8);
        let completion = Completion::from_words(first, time_ns);
        if completion.index != self.seen {
            return Err(RingError::OutOfOrder {
                direction: self.direction,
                expected: self.seen,
                found: completion.index,
            });
        }
        Ok(Some(completion))
    }

    /// Gives the place of the completion that was read back.
    pub(super) fn advance(&mut self) {
        self.seen = self.seen.wrapping_add(1);
    }

    /// 1 in the first round, then alternating.
    fn expected_phase(&self) -> bool {
        self.seen >> self.log2 & 1 == 0
    }

    fn completion_offset(&self) -> usize {
        self.completions + self.place(self.seen) * ENTRY
    }

    fn first_word(&self, memory: &DmaBuffer) -> u64 {
        memory.load(self.completion_offset())
    }
}
