//! Memory of this process that a simulated card reaches.

use flowswitch_driver::DeviceError;
use flowswitch_driver::dma::{DmaBuffer, Mapping, PAGE_BYTES, pages_for};
use flowswitch_verilated::{Access, Memory, VerilatedCard};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the first buffer lies: above 4 GiB, so that a card that forgets the high word of an address is found out.
const FIRST_ADDRESS: u64 = 0x12_3400_0000;

/// Buffers whose owners have dropped them, by address. The card's clock only runs while the device is used, so it is soon
/// enough to remove their windows then.
type Dropped = Arc<Mutex<Vec<u64>>>;

/// Gives out memory and addresses.
pub(super) struct Sharing {
    /// Of the next buffer.
    address: u64,
    dropped: Dropped,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            address: FIRST_ADDRESS,
            dropped: Dropped::default(),
        }
    }
}

impl Sharing {
    /// Zeroed pages, at an address that no buffer had before.
    pub(super) fn allocate(
        &mut self,
        card: &mut VerilatedCard,
        bytes: usize,
    ) -> Result<DmaBuffer, DeviceError> {
        self.withdraw(card);
        let pages = pages_for(bytes);
        let address = self.address;
        card.add_window(address, Memory::Pages(pages.clone()), Access::BOTH)
            .map_err(|error| DeviceError::Memory {
                bytes,
                why: error.to_string(),
            })?;
        // A page without memory lies behind each buffer.
        self.address += (pages.len() + 1) as u64 * PAGE_BYTES as u64;
        let mapping = Window {
            address,
            dropped: self.dropped.clone(),
        };
        Ok(DmaBuffer::new(Box::new(pages), address, Box::new(mapping)))
    }

    /// Takes dropped buffers from the card.
    pub(super) fn withdraw(&self, card: &mut VerilatedCard) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        for address in dropped.drain(..) {
            card.remove_window(address);
        }
    }
}

/// A buffer's window.
struct Window {
    address: u64,
    dropped: Dropped,
}

impl Mapping for Window {}

impl Drop for Window {
    fn drop(&mut self) {
        self.dropped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.address);
    }
}
