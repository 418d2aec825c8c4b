//! The PCI function as a client sees it: answers its accesses, keeps its memory windows and interrupt descriptors.

use super::bars::{REGISTER_BYTES, VECTORS, VectorTable};
use super::config_space::{CONFIG_BYTES, ConfigSpace, Effect};
use super::requests::{CardLink, Request};
use super::windows::{PAGE, Rights, Windows};
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_IRQ_SET_DATA_EVENTFD, VFIO_IRQ_SET_DATA_NONE,
    VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_BAR2_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX,
    VFIO_PCI_MSIX_IRQ_INDEX,
};
use vfio_user::{DmaMapFlags, DmaUnmapFlags, ServerBackend};

/// Longest access of a client: the configuration space in one.
const LONGEST_ACCESS: usize = CONFIG_BYTES;
const WORD: usize = 4;

/// The function. What cannot be done is answered as a bus does: reads give ones, writes are lost.
#[derive(Debug)]
pub(super) struct Function {
    config: ConfigSpace,
    table: VectorTable,
    windows: Windows,
    card: CardLink,
}

impl Function {
    /// A function after its reset. `revision` is the major version of the card's registers, `pending` its pending bits.
    pub fn new(card: CardLink, revision: u8, pending: Arc<AtomicU32>) -> Self {
        Self {
            config: ConfigSpace::new(revision),
            table: VectorTable::new(pending),
            windows: Windows::default(),
            card,
        }
    }

    /// What the end of a client means: its memory and descriptors are no longer there, and the function is reset. The
    /// card's tables and traffic live on.
    ///
    /// # Errors
    /// If the card has stopped.
    pub fn detach(&mut self) -> Result<(), Error> {
        self.reset_function()?;
        for vector in 0..VECTORS {
            self.card.ask(Request::Vector(vector, None))?;
        }
        for address in self.windows.clear() {
            self.card.ask(Request::Unmap(address))?;
        }
        self.card.finish()
    }

    fn reset_function(&mut self) -> Result<(), Error> {
        self.config.reset();
        self.table.reset();
        self.card.ask(Request::BusMaster(false))?;
        self.card.ask(Request::Reset)?;
        self.card.finish()
    }

    fn follow(&mut self, effect: Effect) -> Result<(), Error> {
        if effect.reset {
            return self.reset_function();
        }
        if let Some(on) = effect.bus_master {
            self.card.ask(Request::BusMaster(on))?;
            // Who has switched it off sees no access afterwards.
            self.card.finish()?;
        }
        Ok(())
    }

    fn read_registers(&self, offset: u64, data: &mut [u8]) -> Result<(), Error> {
        data.fill(0xff);
        if let Some(first) = first_register(offset, data.len()) {
            for (at, word) in (first..).step_by(WORD).zip(data.chunks_exact_mut(WORD)) {
                word.copy_from_slice(&self.card.read(at)?.to_le_bytes());
            }
        }
        Ok(())
    }

    fn write_registers(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        if let Some(first) = first_register(offset, data.len()) {
            for (at, word) in (first..).step_by(WORD).zip(data.chunks_exact(WORD)) {
                let value = word.try_into().map_or(0, u32::from_le_bytes);
                self.card.ask(Request::Write(at, value))?;
            }
        }
        Ok(())
    }
}

/// Byte of the first register of an access in whole registers, if all of them are in the window.
fn first_register(offset: u64, length: usize) -> Option<u32> {
    let end = offset.checked_add(length as u64)?;
    let whole = offset.is_multiple_of(WORD as u64) && length.is_multiple_of(WORD);
    (whole && end <= REGISTER_BYTES.into()).then_some(offset as u32)
}

fn within_length(length: usize) -> Result<(), Error> {
    if length > LONGEST_ACCESS {
        return Err(invalid("an access of more than 4096 bytes"));
    }
    Ok(())
}

fn invalid(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, why)
}

impl ServerBackend for Function {
    fn region_read(&mut self, region: u32, offset: u64, data: &mut [u8]) -> Result<(), Error> {
        within_length(data.len())?;
        match region {
            VFIO_PCI_CONFIG_REGION_INDEX => self.config.read(offset, data),
            VFIO_PCI_BAR0_REGION_INDEX => self.read_registers(offset, data)?,
            VFIO_PCI_BAR2_REGION_INDEX => self.table.read(offset, data),
            _ => data.fill(0xff),
        }
        Ok(())
    }

    fn region_write(&mut self, region: u32, offset: u64, data: &[u8]) -> Result<(), Error> {
        within_length(data.len())?;
        match region {
            VFIO_PCI_CONFIG_REGION_INDEX => {
                let effect = self.config.write(offset, data);
                self.follow(effect)
            }
            VFIO_PCI_BAR0_REGION_INDEX => self.write_registers(offset, data),
            VFIO_PCI_BAR2_REGION_INDEX => {
                self.table.write(offset, data);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn dma_map(
        &mut self,
        flags: DmaMapFlags,
        offset: u64,
        address: u64,
        size: u64,
        file: Option<File>,
    ) -> Result<(), Error> {
        // Windows without a file are other functions' registers, which this one does not reach.
        let Some(file) = file else { return Ok(()) };
        let rights = Rights {
            read: flags.contains(DmaMapFlags::READ),
            write: flags.contains(DmaMapFlags::WRITE),
        };
        let window = self.windows.map((address, size), (&file, offset), rights)?;
        self.card.ask(Request::Map(window))?;
        self.card.finish()
    }

    fn dma_unmap(&mut self, flags: DmaUnmapFlags, address: u64, size: u64) -> Result<(), Error> {
        let gone = if flags.contains(DmaUnmapFlags::UNMAP_ALL) {
            self.windows.clear()
        } else if [address, size].iter().all(|n| n.is_multiple_of(PAGE)) {
            self.windows.unmap(address, size)?
        } else {
            return Err(invalid("address and size must be multiples of 4096 bytes"));
        };
        for address in gone {
            self.card.ask(Request::Unmap(address))?;
        }
        // Once this is answered the client may use the memory for something else.
        self.card.finish()
    }

    fn reset(&mut self) -> Result<(), Error> {
        self.reset_function()
    }

    fn set_irqs(
        &mut self,
        index: u32,
        flags: u32,
        start: u32,
        count: u32,
        files: Vec<File>,
    ) -> Result<(), Error> {
        if index != VFIO_PCI_MSIX_IRQ_INDEX {
            // Switching off what is not there is no mistake.
            return match count {
                0 => Ok(()),
                _ => Err(invalid("the function has no interrupts but MSI-X")),
            };
        }
        let end = start.checked_add(count);
        let end = end.and_then(|end| u8::try_from(end).ok());
        let end = end
            .filter(|end| *end <= VECTORS)
            .ok_or_else(|| invalid("the function has three vectors"))?;
        if flags & VFIO_IRQ_SET_ACTION_TRIGGER == 0 {
            return Err(invalid("vectors are masked by the client"));
        }
        // At most `end`, so that it fits.
        let vectors = start as u8..end;
        if flags & VFIO_IRQ_SET_DATA_EVENTFD != 0 {
            // Fewer files than vectors take the others' away.
            let mut files = files.into_iter();
            for vector in vectors {
                self.card.ask(Request::Vector(vector, files.next()))?;
            }
        } else if flags & VFIO_IRQ_SET_DATA_NONE != 0 && count == 0 {
            for vector in 0..VECTORS {
                self.card.ask(Request::Vector(vector, None))?;
            }
        } else if flags & VFIO_IRQ_SET_DATA_NONE != 0 {
            let mask = vectors.fold(0, |mask, vector| mask | 1 << vector);
            self.card.ask(Request::Send(mask))?;
        } else {
            return Err(invalid("vectors are given by event file descriptors"));
        }
        self.card.finish()
    }
}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
