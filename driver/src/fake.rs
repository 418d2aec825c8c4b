//! A card in memory for tests of drivers: registers, table protocol, bucket window and host port, but no forwarding. Tests
//! fill its flow table and punt its frames.
//!
//! Written from the register description and the tables page alone, with offsets of its own, so that a driver whose
//! generated or hand-made part is wrong does not agree with it. Whatever the protocol forbids is refused as
//! the card does, and table commands take a few status reads to end.

mod host;
mod hostile;
mod windows;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::device::{Device, DeviceError};
use crate::dma::DmaBuffer;

pub use host::FakeHost;
pub use hostile::HostileDevice;
pub use windows::Windows;

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
    /// The host port.
    pub host: FakeHost,
    /// The card was pulled: all registers read as ones.
    pub gone: bool,
    /// After so many more commits every access fails with [`DeviceError::NoAnswer`].
    pub fail_after: Option<usize>,
    /// After so many more accesses, reads included, its core is reset, once.
    pub reset_after: Option<usize>,
    /// Status reads that still show the command as busy.
    busy_reads: u32,
    error: bool,
    ports: u32,
    /// Words of the flow table's seed.
    seed: [u32; 4],
    /// Reads of the flow status until the table is clear; none without a seed.
    clearing: Option<u32>,
    /// Reads of the clear status until the card is clear.
    wiping: u32,
}

const GENERATION: u32 = 0x00c;
const CAPABILITY_PORTS: u32 = 0x010;
const CAPABILITY_MEMBERS: u32 = 0x014;
const CAPABILITY_TABLES: u32 = 0x018;
const CAPABILITY_LOGICAL: u32 = 0x01c;
const FORWARDING: u32 = 0x020;
const STATUS: u32 = 0x024;
const ANNOUNCER: u32 = 0x028;
const CONFIGURATION: std::ops::Range<u32> = 0x030..0x038;
const CLEAR: u32 = 0x038;
const CLEAR_STATUS: u32 = 0x03c;
const PORTS: std::ops::Range<u32> = 0x040..0x060;
const CAPABILITY_FLOW: u32 = 0x060;
const FLOW_STATUS: u32 = 0x064;
const PERSISTENCE: u32 = 0x068;
const FLOW_SEED: std::ops::Range<u32> = 0x070..0x080;
const TABLE_ADDRESS: u32 = 0x080;
const TABLE_COMMAND: u32 = 0x084;
const TABLE_STATUS: u32 = 0x088;
const TABLE_DATA: std::ops::Range<u32> = 0x0a0..0x0c0;
const HOST: std::ops::Range<u32> = 0x1000..0x2000;
const BUCKETS: std::ops::Range<u32> = 0x8_0000..0x10_0000;
/// The flow table's number, and its size.
const FLOW: u8 = 16;
const FLOWS_LOG2: u32 = 16;
const HOST_COUNTERS: u8 = 19;
/// What the clear register takes.
const CLEAR_KEY: u32 = u32::from_le_bytes(*b"CLER");

impl FakeDevice {
    /// An untouched card of the default sizes with so many network ports.
    pub fn new(ports: u8) -> Self {
        let registers = BTreeMap::from([
            (0x000, 0x3157_5346),
            (0x004, 0x0004_0001),
            (0x008, 15),
            (GENERATION, 0),
            (CAPABILITY_PORTS, 512 << 16 | 1 << 8 | u32::from(ports)),
            (CAPABILITY_MEMBERS, 64 << 16 | 1024),
            (CAPABILITY_TABLES, 11 << 24 | 17 << 16 | 64),
            (CAPABILITY_LOGICAL, 64 << 8 | 64),
            (CAPABILITY_FLOW, 16 << 8 | FLOWS_LOG2),
            (PERSISTENCE, 128 << 8 | 32),
            (FORWARDING, 279 << 16),
            (ANNOUNCER, 0),
            (STATUS, (1 << ports) - 1),
            (TABLE_ADDRESS, 0),
        ]);
        let zero = PORTS.chain(TABLE_DATA).chain(CONFIGURATION).step_by(4);
        let zero = zero.map(|offset| (offset, 0));
        Self {
            registers: registers.into_iter().chain(zero).collect(),
            entries: BTreeMap::new(),
            buckets: BTreeMap::new(),
            commits: Vec::new(),
            host: FakeHost::default(),
            gone: false,
            fail_after: None,
            reset_after: None,
            busy_reads: 0,
            error: false,
            ports: u32::from(ports),
            seed: [0; 4],
            clearing: None,
            wiping: 0,
        }
    }

    /// The seed that the card was given, if any.
    pub fn flow_seed(&self) -> Option<[u32; 4]> {
        self.clearing.map(|_| self.seed)
    }

    fn allowed(&self, table: u8, index: u32, write: bool) -> bool {
        match table {
            1 => index < 64,
            2 => index < 1024 + 64,
            3 => index < 64,
            4 => index < 4096,
            5 => index < 2048,
            6 => !write && index < 8192,
            7 => !write && index < self.ports << 12,
            8 => !write && index < (self.ports + 1) << 5,
            9 | 10 => !write && index <= self.ports,
            11..=13 | 15 => index < 64,
            14 => index < 1024,
            16 => index < 1 << FLOWS_LOG2,
            17 => !write && index < 8,
            18 => !write && index < 1024,
            19 => !write && index < 32,
            _ => false,
        }
    }

    fn command(&mut self, command: u32) {
        let address = self.registers[&TABLE_ADDRESS];
        let (table, index) = (address.to_be_bytes()[0], address & 0xff_ffff);
        let write = command == 1;
        // Tables are not written while the generation tells that they are zero.
        let refused = write && self.registers[&GENERATION] == 0;
        self.error =
            self.busy_reads > 0 || command == 3 || refused || !self.allowed(table, index, write);
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
            if table == FLOW {
                self.remove_flow(index, &entry);
            } else {
                self.entries.insert((table, index), entry);
            }
            self.commit(Commit::Entry(table, index, entry));
        } else {
            let entry = if table == FLOW {
                self.search_flow(index)
            } else if table == HOST_COUNTERS {
                let count = self.host.counters.get(index as usize).copied();
                let count = count.unwrap_or(0);
                let mut words = [0; 8];
                words[0] = (count & 0xffff_ffff) as u32;
                words[1] = (count >> 32) as u32;
                words
            } else {
                let entry = self.entries.get(&(table, index));
                entry.copied().unwrap_or_default()
            };
            for (offset, word) in TABLE_DATA.step_by(4).zip(entry) {
                self.registers.insert(offset, word);
            }
        }
    }

    /// The first flow at or behind an index, in at most 32 rows of both banks.
    fn search_flow(&self, index: u32) -> [u32; 8] {
        let limit = (index & !15) + 32 * 16;
        let end = 1 << FLOWS_LOG2;
        let mut flows = self.entries.range((FLOW, index)..(FLOW, limit.min(end)));
        if let Some(((_, found), words)) = flows.next() {
            let [a, b, c, ..] = *words;
            return [a, b, c, 1 << 31 | found, 0, 0, 0, 0];
        }
        let next = if limit >= end { 1 << 30 } else { limit };
        [0, 0, 0, next, 0, 0, 0, 0]
    }

    /// Removes the flow at an index if it has the fingerprint of `words`, and counts it.
    fn remove_flow(&mut self, index: u32, words: &[u32; 8]) {
        let held = self.entries.get(&(FLOW, index)).copied();
        let Some(held) =
            held.filter(|held| held[0] == words[0] && (held[1] ^ words[1]) & 0xff == 0)
        else {
            return;
        };
        self.entries.remove(&(FLOW, index));
        let server = held[1] >> 8 & 0x3ff;
        let removed = self.entries.entry((18, server)).or_default();
        removed[1] = removed[1].wrapping_add(1);
        let removed = self.entries.entry((17, 1)).or_default();
        removed[0] = removed[0].wrapping_add(1);
    }

    /// Puts a flow into its place, as the card does when its first frame comes. `words` are an entry's.
    pub fn insert_flow(&mut self, index: u32, words: [u32; 8]) {
        self.entries.insert((FLOW, index), words);
        let server = words[1] >> 8 & 0x3ff;
        let inserted = self.entries.entry((18, server)).or_default();
        inserted[0] = inserted[0].wrapping_add(1);
        let inserted = self.entries.entry((17, 0)).or_default();
        inserted[0] = inserted[0].wrapping_add(1);
    }

    /// Brings the tables and what belongs to software to the state after configuration.
    fn wipe(&mut self) {
        // Read-only tables are counters and what was learned: the counters stay.
        self.entries
            .retain(|(table, _), _| (7..=10).contains(table) || (17..=18).contains(table));
        self.buckets.clear();
        let zero = CONFIGURATION.chain(PORTS).step_by(4);
        for offset in zero.chain([GENERATION, ANNOUNCER]) {
            self.registers.insert(offset, 0);
        }
        self.registers.insert(PERSISTENCE, 128 << 8 | 32);
        self.registers.insert(FORWARDING, 279 << 16);
        (self.seed, self.clearing, self.wiping) = ([0; 4], None, 3);
    }

    /// Counts an access towards the reset of the core: the one in which that comes is lost.
    fn outlives(&mut self, offset: u32) -> Result<(), DeviceError> {
        match &mut self.reset_after {
            None => Ok(()),
            Some(left) if *left > 0 => {
                *left -= 1;
                Ok(())
            }
            Some(_) => {
                self.reset_after = None;
                self.wipe();
                (self.busy_reads, self.error) = (0, true);
                Err(DeviceError::Refused { offset })
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
        self.outlives(offset)?;
        if self.gone {
            return Ok(u32::MAX);
        }
        if offset == TABLE_STATUS {
            let busy = self.busy_reads > 0;
            self.busy_reads = self.busy_reads.saturating_sub(1);
            return Ok(u32::from(busy) | u32::from(self.error) << 1);
        }
        if offset == FLOW_STATUS {
            let ready = self.clearing == Some(0);
            self.clearing = self.clearing.map(|reads| reads.saturating_sub(1));
            return Ok(u32::from(ready));
        }
        if offset == CLEAR_STATUS {
            let busy = self.wiping > 0;
            self.wiping = self.wiping.saturating_sub(1);
            return Ok(u32::from(busy));
        }
        if HOST.contains(&offset) {
            let found = self.host.read(offset - HOST.start);
            return found.ok_or(DeviceError::Refused { offset });
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
        self.outlives(offset)?;
        if self.gone {
            return Ok(());
        }
        if BUCKETS.contains(&offset) {
            if self.registers[&GENERATION] == 0 {
                return Err(DeviceError::Refused { offset });
            }
            let index = (offset - BUCKETS.start) / 4;
            self.buckets.insert(index, value);
            self.commit(Commit::Bucket(index, value));
        } else if offset == TABLE_COMMAND {
            self.command(value & 3);
        } else if offset == TABLE_ADDRESS || TABLE_DATA.contains(&offset) {
            self.registers.insert(offset, value);
        } else if FLOW_SEED.contains(&offset) {
            let word = (offset - FLOW_SEED.start) as usize / 4;
            self.seed[word] = value;
            if word == 3 {
                self.clearing = Some(2);
                self.entries.retain(|(table, _), _| *table != FLOW);
            }
            self.commit(Commit::Register(offset, value));
        } else if offset == CLEAR {
            if value == CLEAR_KEY {
                self.wipe();
            }
            self.commit(Commit::Register(offset, value));
        } else if HOST.contains(&offset) {
            let taken = self.host.write(offset - HOST.start, value);
            return taken.ok_or(DeviceError::Refused { offset });
        } else if offset == GENERATION && self.registers[&GENERATION] == 0 && value != 1 {
            // An update that began before a reset does not end after it.
        } else if [GENERATION, FORWARDING, ANNOUNCER, PERSISTENCE].contains(&offset)
            || PORTS.contains(&offset)
            || CONFIGURATION.contains(&offset)
        {
            self.registers.insert(offset, value);
            self.commit(Commit::Register(offset, value));
        } else {
            return Err(DeviceError::Refused { offset });
        }
        Ok(())
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.host.pass(duration);
        self.answers(STATUS)
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        Ok(self.host.allocate(bytes))
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        if self.host.no_interrupts {
            return Err(DeviceError::Unsupported("interrupts"));
        }
        self.host.enable_interrupts(vectors);
        Ok(())
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        self.answers(STATUS)?;
        Ok(self.host.wait_interrupt(mask, timeout))
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.host.stop();
        self.answers(STATUS)
    }
}
