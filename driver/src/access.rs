//! The table protocol: stage words, name an entry, command, wait.

use std::time::Duration;

use crate::device::{Device, DeviceError};
use crate::error::Error;
use crate::register_io::RegisterWindow;
use crate::tables::{Table, Words};

/// First byte of the bucket window.
const BUCKET_WINDOW: u32 = 0x8_0000;
/// Status reads without waiting in between: a command takes less than a microsecond.
const QUICK_POLLS: u32 = 16;
/// Status reads with [`POLL_INTERVAL`] in between, before the card is given up.
const SLOW_POLLS: u32 = 1000;
const POLL_INTERVAL: Duration = Duration::from_micros(1);

/// Commits `words` to an entry, in one step.
pub(crate) fn write_entry<D: Device>(
    device: &mut D,
    table: Table,
    index: u32,
    words: &Words,
) -> Result<(), Error> {
    let window = RegisterWindow::new(device);
    let registers = window.registers();
    for (data, word) in registers.table_data().iter().zip(words).take(table.words()) {
        data.try_write(|r| r.set_word(*word))?;
    }
    registers.table_address().try_write(|r| {
        r.set_table(table as u8);
        r.set_index(index);
    })?;
    registers
        .table_command()
        .try_write(|r| r.set_write_entry(true))?;
    finish(device, table, index)
}

/// Reads an entry; words without bits are zero. With the word and bit that make an entry `valid` one that is not is zero, and
/// the other words are not read.
pub(crate) fn read_entry<D: Device>(
    device: &mut D,
    table: Table,
    index: u32,
    valid: Option<(usize, u32)>,
) -> Result<Words, Error> {
    let window = RegisterWindow::new(device);
    let registers = window.registers();
    registers.table_address().try_write(|r| {
        r.set_table(table as u8);
        r.set_index(index);
    })?;
    registers
        .table_command()
        .try_write(|r| r.set_read_entry(true))?;
    finish(device, table, index)?;
    let window = RegisterWindow::new(device);
    let registers = window.registers();
    let data = registers.table_data();
    let mut words = Words::default();
    if let Some((word, bit)) = valid {
        words[word] = data[word].try_read()?.word();
        if words[word] >> bit & 1 == 0 {
            return Ok(Words::default());
        }
    }
    let known = valid.map(|(word, _)| word);
    let places = (0..table.words()).filter(|place| Some(*place) != known);
    for place in places {
        words[place] = data[place].try_read()?.word();
    }
    Ok(words)
}

/// Waits for the end of a command and tells what became of it.
fn finish<D: Device>(device: &mut D, table: Table, index: u32) -> Result<(), Error> {
    if await_idle(device)? {
        Err(Error::Refused { table, index })
    } else {
        Ok(())
    }
}

/// Waits until no command is under way; returns the error bit of the last one.
pub(crate) fn await_idle<D: Device>(device: &mut D) -> Result<bool, Error> {
    for poll in 0..QUICK_POLLS + SLOW_POLLS {
        if poll >= QUICK_POLLS {
            device.wait(POLL_INTERVAL)?;
        }
        let status = RegisterWindow::new(device)
            .registers()
            .table_status()
            .try_read()?;
        if !status.busy() {
            return Ok(status.error());
        }
    }
    // A card that is gone reads as all ones, so as busy.
    present(device)?;
    Err(Error::Timeout("a table command"))
}

/// Tells whether the card still answers.
pub(crate) fn present<D: Device>(device: &mut D) -> Result<(), DeviceError> {
    let identity = RegisterWindow::new(device)
        .registers()
        .identity()
        .try_read()?;
    if identity.magic() == u32::MAX {
        Err(DeviceError::Gone)
    } else {
        Ok(())
    }
}

/// Writes a word of the bucket pool; the write is posted.
pub(crate) fn write_bucket<D: Device>(
    device: &mut D,
    index: u32,
    word: u32,
) -> Result<(), DeviceError> {
    device.write32(BUCKET_WINDOW + 4 * index, word)
}

/// Reads a word of the bucket pool.
pub(crate) fn read_bucket<D: Device>(device: &mut D, index: u32) -> Result<u32, DeviceError> {
    device.read32(BUCKET_WINDOW + 4 * index)
}
