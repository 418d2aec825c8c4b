//! The function's two memory windows: sizes, and the MSI-X table with its pending bits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of BAR 0, the register window.
pub(super) const REGISTER_BYTES: u32 = 1 << 20;
/// Bytes of BAR 2, the MSI-X table and the pending bits.
pub(super) const TABLE_BYTES: u32 = 4096;
/// MSI-X vectors: receive, transmit, events.
pub(super) const VECTORS: u8 = 3;

const ENTRY_BYTES: usize = 16;
const TABLE_END: usize = ENTRY_BYTES * VECTORS as usize;
const PENDING_AT: usize = 0x800;
const PENDING_END: usize = PENDING_AT + 8;

/// BAR 2. Its entries are kept for whoever reads them back: messages leave by the client's event file descriptors, and
/// masking is the client's work.
#[derive(Debug)]
pub(super) struct VectorTable {
    entries: [u8; TABLE_END],
    pending: Arc<AtomicU32>,
}

impl VectorTable {
    /// As after a reset, all vectors masked. `pending` holds the vectors that fired and could not be sent yet.
    pub fn new(pending: Arc<AtomicU32>) -> Self {
        let mut table = Self {
            entries: [0; TABLE_END],
            pending,
        };
        table.reset();
        table
    }

    /// Masks all vectors and forgets their messages.
    pub fn reset(&mut self) {
        self.entries = [0; TABLE_END];
        for entry in self.entries.chunks_exact_mut(ENTRY_BYTES) {
            entry[12] = 1;
        }
    }

    /// Bytes from `offset` on; beyond the window they read as ones.
    pub fn read(&self, offset: u64, into: &mut [u8]) {
        let pending = u64::from(self.pending.load(Ordering::Relaxed)).to_le_bytes();
        for (step, byte) in into.iter_mut().enumerate() {
            *byte = match place(offset, step) {
                at if at < TABLE_END => self.entries[at],
                at if (PENDING_AT..PENDING_END).contains(&at) => pending[at - PENDING_AT],
                at if at < TABLE_BYTES as usize => 0,
                _ => 0xff,
            };
        }
    }

    /// Writes bytes from `offset` on; those of no entry are ignored.
    pub fn write(&mut self, offset: u64, from: &[u8]) {
        for (step, byte) in from.iter().enumerate() {
            let at = place(offset, step);
            if let Some(kept) = self.entries.get_mut(at) {
                // Of the vector's control only the mask can be written, of the address all but its alignment.
                let writable = match at % ENTRY_BYTES {
                    0 => 0xfc,
                    12 => 1,
                    13..=15 => 0,
                    _ => 0xff,
                };
                *kept = byte & writable;
            }
        }
    }
}

/// Where a byte of an access stands; one beyond all numbers is beyond the window too.
fn place(offset: u64, step: usize) -> usize {
    usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .saturating_add(step)
}

#[cfg(test)]
mod tests {
    use super::{PENDING_AT, TABLE_END, VectorTable};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn pending_bits_are_read_and_not_written() {
        let pending = Arc::new(AtomicU32::new(0));
        let mut table = VectorTable::new(Arc::clone(&pending));
        pending.store(5, Ordering::Relaxed);
        table.write(PENDING_AT as u64, &[0xff; 8]);
        let mut bytes = [0; 8];
        table.read(PENDING_AT as u64, &mut bytes);
        assert_eq!(u64::from_le_bytes(bytes), 5);
    }

    #[test]
    fn vectors_are_masked_after_a_reset() {
        let mut table = VectorTable::new(Arc::default());
        table.write(0, &[0x55; TABLE_END]);
        table.reset();
        let mut entry = [0xff; 16];
        table.read(32, &mut entry);
        assert_eq!(entry, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn no_access_is_too_far(offset in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut table = VectorTable::new(Arc::default());
            let mut read = bytes.clone();
            for at in [offset, 4080 + offset % 32, u64::MAX - offset % 4] {
                table.write(at, &bytes);
                table.read(at, &mut read);
            }
        }
    }
}
