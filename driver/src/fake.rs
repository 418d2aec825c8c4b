//! A card in memory for tests of drivers: registers, table protocol and bucket window, but no frames.
//!
//! Written from the register description and the tables page alone, with offsets of its own, so that a driver whose
//! generated or hand-made part is wrong does not agree with it. Whatever the protocol forbids is refused as
//! the card does, and table commands take a few status reads to end.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::device::{Device, DeviceError};

/// One write that reached the core of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// A table entry: number of the table, index, all eight staged words.
    Entry(u8, u32, [u32; 8]),
    /// A word of the bucket pool.
    Bucket(u32, u32),
    /// A register: byte offset and value.
    Register(u32, u32),
}

/// A card in memory.
#[derive(Clone, Debug)]
pub struct FakeDevice {
    /// Registers that read back what they hold, by byte offset; tests may change them.
    pub registers: BTreeMap<u32, u32>,
    /// Table entries by table number and index; those absent are zero. Read-only tables are filled by tests.
    pub entries: BTreeMap<(u8, u32), [u32; 8]>,
    /// Words of the bucket pool that were written.
    pub buckets: BTreeMap<u32, u32>,
    /// Everything that was written, in order. Staging and commands themselves are left out.
    pub commits: Vec<Commit>,
    /// The card was pulled: all registers read as ones.
    pub gone: bool,
    /// After so many more commits every access fails with [`DeviceError::NoAnswer`].
    pub fail_after: Option<usize>,
    /// Status reads that still show the command as busy.
    busy_reads: u32,
    error: bool,
    ports: u32,
}

const GENERATION: u32 = 0x00c;
const CAPABILITY_PORTS: u32 = 0x010;
const CAPABILITY_MEMBERS: u32 = 0x014;
const CAPABILITY_TABLES: u32 = 0x018;
const CAPABILITY_LOGICAL: u32 = 0x01c;
const FORWARDING: u32 = 0x020;
const STATUS: u32 = 0x024;
const ANNOUNCER: u32 = 0x028;
const PORTS: std::ops::Range<u32> = 0x040..0x060;
const TABLE_ADDRESS: u32 = 0x080;
const TABLE_COMMAND: u32 = 0x084;
const TABLE_STATUS: u32 = 0x088;
const TABLE_DATA: std::ops::Range<u32> = 0x0a0..0x0c0;
const BUCKETS: std::ops::Range<u32> = 0x8_0000..0x10_0000;

impl FakeDevice {
    /// An untouched card of the default sizes with so many network ports.
    pub fn new(ports: u8) -> Self {
        let registers = BTreeMap::from([
            (0x000, 0x3157_5346),
            (0x004, 0x0002_0000),
            (0x008, 6),
            (GENERATION, 0),
            (CAPABILITY_PORTS, 512 << 16 | 1 << 8 | u32::from(ports)),
            (CAPABILITY_MEMBERS, 64 << 16 | 1024),
            (CAPABILITY_TABLES, 11 << 24 | 17 << 16 | 64),
            (CAPABILITY_LOGICAL, 64 << 8 | 64),
            (FORWARDING, 279 << 16),
            (ANNOUNCER, 0),
            (STATUS, (1 << ports) - 1),
            (TABLE_ADDRESS, 0),
        ]);
        let zero = PORTS.chain(TABLE_DATA).step_by(4).map(|offset| (offset, 0));
        Self {
            registers: registers.into_iter().chain(zero).collect(),
            entries: BTreeMap::new(),
            buckets: BTreeMap::new(),
            commits: Vec::new(),
            gone: false,
            fail_after: None,
            busy_reads: 0,
            error: false,
            ports: u32::from(ports),
        }
    }

    fn allowed(&self, table: u8, index: u32, write: bool) -> bool {
        match table {
            1 => index < 64,
            2 => index < 1024 + 64,
            3 => index < 64,
            4 => index < 4096,
            5 => index < 512,
            6 => !write && index < 8192,
            7 => !write && index < self.ports << 12,
            8 => !write && index < (self.ports + 1) << 5,
            9 | 10 => !write && index <= self.ports,
            11..=13 => index < 64,
            14 => index < 1024,
            _ => false,
        }
    }

    fn command(&mut self, command: u32) {
        let address = self.registers[&TABLE_ADDRESS];
        let (table, index) = (address.to_be_bytes()[0], address & 0xff_ffff);
        let write = command == 1;
        self.error = self.busy_reads > 0 || command == 3 || !self.allowed(table, index, write);
        if self.error || command == 0 {
            return;
        }
        self.busy_reads = 2;
        if write {
            let words = TABLE_DATA.step_by(4).map(|offset| self.registers[&offset]);
            let mut entry = [0; 8];
            entry
                .iter_mut()
                .zip(words)
                .for_each(|(word, staged)| *word = staged);
            self.entries.insert((table, index), entry);
            self.commit(Commit::Entry(table, index, entry));
        } else {
            let entry = self
                .entries
                .get(&(table, index))
                .copied()
                .unwrap_or_default();
            for (offset, word) in TABLE_DATA.step_by(4).zip(entry) {
                self.registers.insert(offset, word);
            }
        }
    }

    fn commit(&mut self, commit: Commit) {
        self.commits.push(commit);
        if let Some(left) = &mut self.fail_after {
            *left = left.saturating_sub(1);
        }
    }

    fn answers(&self, offset: u32) -> Result<(), DeviceError> {
        if self.fail_after == Some(0) {
            Err(DeviceError::NoAnswer { offset })
        } else {
            Ok(())
        }
    }
}

impl Device for FakeDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.answers(offset)?;
        if self.gone {
            return Ok(u32::MAX);
        }
        if offset == TABLE_STATUS {
            let busy = self.busy_reads > 0;
            self.busy_reads = self.busy_reads.saturating_sub(1);
            return Ok(u32::from(busy) | u32::from(self.error) << 1);
        }
        if BUCKETS.contains(&offset) {
            return Ok(self
                .buckets
                .get(&((offset - BUCKETS.start) / 4))
                .copied()
                .unwrap_or(0));
        }
        self.registers
            .get(&offset)
            .copied()
            .ok_or(DeviceError::Refused { offset })
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.answers(offset)?;
        if self.gone {
            return Ok(());
        }
        if BUCKETS.contains(&offset) {
            let index = (offset - BUCKETS.start) / 4;
            self.buckets.insert(index, value);
            self.commit(Commit::Bucket(index, value));
        } else if offset == TABLE_COMMAND {
            self.command(value & 3);
        } else if offset == TABLE_ADDRESS || TABLE_DATA.contains(&offset) {
            self.registers.insert(offset, value);
        } else if [GENERATION, FORWARDING, ANNOUNCER].contains(&offset) || PORTS.contains(&offset) {
            self.registers.insert(offset, value);
            self.commit(Commit::Register(offset, value));
        } else {
            return Err(DeviceError::Refused { offset });
        }
        Ok(())
    }

    fn wait(&mut self, _duration: Duration) -> Result<(), DeviceError> {
        self.answers(STATUS)
    }
}
