//! The host port of the card in memory: registers from 0x1000 on, rings in its tests' own pages.
//!
//! Written from the rings page alone. Rings are processed at once when something makes work for them: a doorbell, a frame, a
//! start.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::windows::Windows;
use crate::dma::DmaBuffer;

const CAPABILITY: u32 = 0x000;
const CONTROL: u32 = 0x004;
const STATUS: u32 = 0x008;
const INTERRUPT_TEST: u32 = 0x00c;
const RINGS: [u32; 2] = [0x020, 0x040];
const EVENT_STATUS: u32 = 0x060;
const EVENT_ENABLE: u32 = 0x064;
const EVENT_ARM: u32 = 0x068;
const MODERATION: u32 = 0x06c;
const CORE_CLOCK: u32 = 0x070;
const CLOCK_COUNT: u32 = 0x074;
const TIME_LOW: u32 = 0x078;
const TIME_HIGH: u32 = 0x07c;
const PUNT_LIMITS: std::ops::Range<u32> = 0x080..0x0c0;
/// Offsets in a ring's registers.
const SIZE: u32 = 0x10;
const TAIL: u32 = 0x14;
const COMPLETED: u32 = 0x18;
const ARM: u32 = 0x1c;
/// Receive and transmit.
const RX: usize = 0;
const TX: usize = 1;
/// Frames that wait in the fabric at most.
const FABRIC: usize = 64;
const PUNT_INTERVAL: u64 = 1 << 20;
const EVENT_PUNT_DROPPED: u32 = 1 << 9;
const EVENT_RING_ERROR: u32 = 1 << 10;

/// A frame on its way to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Punted {
    port: u8,
    reason: u8,
    arrived_ns: u64,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
struct Ring {
    running: bool,
    error: u32,
    descriptors: u64,
    completions: u64,
    log2: u32,
    tail: u16,
    completed: u16,
    armed: Option<u16>,
}

/// The host port. Clones share memory that was allocated, as copies of a card never do: only one of them may run rings.
#[derive(Clone, Debug)]
pub struct FakeHost {
    /// Memory that was allocated.
    pub windows: Windows,
    /// Port and bytes of the frames sent by the host, in order.
    pub sent: Vec<(u8, Vec<u8>)>,
    /// The transmit ring takes nothing: as if the fabric had no room.
    pub stalled: bool,
    /// When the stall ends, in ns of the card's time.
    pub release_at_ns: Option<u64>,
    /// All vectors fire all the time.
    pub storm: bool,
    /// Interrupts get lost on their way.
    pub deaf: bool,
    /// The device has no interrupts.
    pub no_interrupts: bool,
    /// Time of the card in ns; waiting lets it pass.
    pub time_ns: u64,
    /// Counters by their index in table 19.
    pub counters: [u64; 32],
    /// Frames dropped because too many waited.
    pub host_full: u64,
    rings: [Ring; 2],
    registers: BTreeMap<u32, u32>,
    fabric: VecDeque<Punted>,
    /// Frames admitted, and the interval of the last gain, by reason.
    tokens: [(u32, u64); 16],
    events: u32,
    event_armed: bool,
    vectors: u8,
    pending: u32,
    time_high: u32,
}

impl Default for FakeHost {
    fn default() -> Self {
        let zero = (RINGS[RX]..EVENT_STATUS).chain(PUNT_LIMITS).step_by(4);
        let zero = zero.chain([CONTROL, EVENT_ENABLE, MODERATION]);
        Self {
            windows: Windows::default(),
            sent: Vec::new(),
            stalled: false,
            release_at_ns: None,
            storm: false,
            deaf: false,
            no_interrupts: false,
            time_ns: 1_000_000_000,
            counters: [0; 32],
            host_full: 0,
            rings: Default::default(),
            registers: zero.map(|offset| (offset, 0)).collect(),
            fabric: VecDeque::new(),
            tokens: [(0, 0); 16],
            events: 0,
            event_armed: false,
            vectors: 0,
            pending: 0,
            time_high: 0,
        }
    }
}

impl FakeHost {
    pub(super) fn read(&mut self, offset: u32) -> Option<u32> {
        Some(match offset {
            CAPABILITY => 3 << 16 | 12 << 8 | 1,
            STATUS => {
                let [rx, tx] = &self.rings;
                u32::from(rx.running) << 1
                    | u32::from(tx.running) << 2
                    | rx.error << 4
                    | tx.error << 8
            }
            EVENT_STATUS => self.events,
            CORE_CLOCK => 250_000,
            // One clock in 4 ns.
            CLOCK_COUNT => ((self.time_ns / 4) & 0xffff_ffff) as u32,
            TIME_LOW => {
                self.time_high = (self.time_ns >> 32) as u32;
                (self.time_ns & 0xffff_ffff) as u32
            }
            TIME_HIGH => self.time_high,
            INTERRUPT_TEST | EVENT_ARM => return None,
            _ => match self.ring_register(offset) {
                Some((ring, TAIL)) => self.rings[ring].tail.into(),
                Some((ring, COMPLETED)) => self.rings[ring].completed.into(),
                Some((_, ARM)) => return None,
                _ => *self.registers.get(&offset)?,
            },
        })
    }

    pub(super) fn write(&mut self, offset: u32, value: u32) -> Option<()> {
        match offset {
            CAPABILITY | STATUS | CORE_CLOCK | CLOCK_COUNT | TIME_LOW | TIME_HIGH => return None,
            CONTROL if value >> 31 == 1 => self.stop(),
            CONTROL => {
                for ring in [RX, TX] {
                    let enable = value >> ring & 1 == 1;
                    let was = self.registers[&CONTROL] >> ring & 1 == 1;
                    if enable && !was {
                        self.start(ring);
                    } else if !enable {
                        self.rings[ring] = Ring::default();
                    }
                }
                self.registers.insert(CONTROL, value & 3);
            }
            INTERRUPT_TEST => self.pending |= value & 7,
            EVENT_STATUS => self.events &= !value,
            EVENT_ARM => {
                self.event_armed = value & 1 == 1;
            }
            _ => match self.ring_register(offset) {
                Some((ring, TAIL)) => self.rings[ring].tail = value as u16,
                Some((ring, ARM)) => self.rings[ring].armed = Some(value as u16),
                Some((_, COMPLETED)) => return None,
                _ => {
                    *self.registers.get_mut(&offset)? = value;
                    self.fill_bucket(offset, value);
                }
            },
        }
        self.work();
        Some(())
    }

    /// A punt limit that is written begins with a full bucket.
    fn fill_bucket(&mut self, offset: u32, limit: u32) {
        if PUNT_LIMITS.contains(&offset) {
            let reason = (offset - PUNT_LIMITS.start) as usize / 4;
            self.tokens[reason] = (limit >> 16, self.time_ns / PUNT_INTERVAL);
        }
    }

    /// Which ring's register it is, and which.
    fn ring_register(&self, offset: u32) -> Option<(usize, u32)> {
        let ring = RINGS.iter().rposition(|base| offset >= *base)?;
        let register = offset - RINGS[ring];
        (register <= ARM).then_some((ring, register))
    }

    /// Stops everything, as a reset of the function does.
    pub(super) fn stop(&mut self) {
        self.rings = Default::default();
        for offset in [CONTROL, EVENT_ENABLE, MODERATION] {
            self.registers.insert(offset, 0);
        }
        (self.events, self.event_armed, self.pending) = (0, false, 0);
    }

    fn start(&mut self, ring: usize) {
        let register = |offset| u64::from(self.registers[&(RINGS[ring] + offset)]);
        let descriptors = register(4) << 32 | register(0);
        let completions = register(12) << 32 | register(8);
        let log2 = self.registers[&(RINGS[ring] + SIZE)];
        let aligned = [descriptors, completions].map(|base| base.is_multiple_of(64));
        let good = aligned == [true; 2] && (2..=12).contains(&log2);
        self.rings[ring] = Ring {
            running: good,
            error: u32::from(!good),
            descriptors,
            completions,
            log2,
            ..Ring::default()
        };
        self.note_error(ring);
    }

    fn note_error(&mut self, ring: usize) {
        if self.rings[ring].error != 0 {
            self.rings[ring].running = false;
            self.event(EVENT_RING_ERROR);
        }
    }

    /// Something happens; bits as in the event status.
    pub fn event(&mut self, bits: u32) {
        self.events |= bits;
        self.interrupt();
    }

    /// A frame comes from the fabric.
    pub fn punt(&mut self, port: u8, reason: u8, bytes: &[u8]) {
        if !self.admit(reason) {
            self.counters[16 + usize::from(reason)] += 1;
            self.event(EVENT_PUNT_DROPPED);
        } else if !self.rings[RX].running {
            self.counters[1] += 1;
            self.event(EVENT_PUNT_DROPPED);
        } else if self.fabric.len() >= FABRIC {
            self.host_full += 1;
        } else {
            self.fabric.push_back(Punted {
                port,
                reason,
                arrived_ns: self.time_ns,
                bytes: bytes.to_vec(),
            });
        }
        self.work();
    }

    fn admit(&mut self, reason: u8) -> bool {
        let limit = self.registers[&(PUNT_LIMITS.start + 4 * u32::from(reason))];
        let (rate, burst) = (limit & 0xffff, limit >> 16);
        if rate == 0 {
            return true;
        }
        let interval = self.time_ns / PUNT_INTERVAL;
        let (tokens, last) = &mut self.tokens[usize::from(reason)];
        // A clock that jumps gains for one interval.
        if interval != *last {
            *tokens = (*tokens + rate).min(burst);
            *last = interval;
        }
        let admitted = *tokens > 0;
        *tokens = tokens.saturating_sub(1);
        admitted
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, duration: Duration) {
        self.time_ns += u64::try_from(duration.as_nanos()).unwrap_or(0);
        if self.release_at_ns.is_some_and(|at| at <= self.time_ns) {
            (self.stalled, self.release_at_ns) = (false, None);
        }
        self.work();
    }

    pub(super) fn enable_interrupts(&mut self, vectors: u8) {
        self.vectors = vectors;
    }

    pub(super) fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> u32 {
        let reach = (1u32 << self.vectors) - 1;
        if self.storm {
            return mask & reach;
        }
        if self.deaf {
            self.pending = 0;
        }
        if self.pending & mask & reach == 0 {
            self.pass(timeout);
        }
        let fired = if self.deaf {
            0
        } else {
            self.pending & mask & reach
        };
        self.pending &= !fired;
        fired
    }

    pub(super) fn allocate(&self, bytes: usize) -> DmaBuffer {
        self.windows.map(bytes)
    }

    /// Lets the rings do what they can.
    fn work(&mut self) {
        for ring in [RX, TX] {
            while self.step(ring) {}
        }
        self.interrupt();
    }

    /// Completes one descriptor; false if there is nothing to do.
    fn step(&mut self, number: usize) -> bool {
        let ring = &mut self.rings[number];
        let posted = ring.tail.wrapping_sub(ring.completed);
        if !ring.running {
            return false;
        }
        if u32::from(posted) > 1 << ring.log2 {
            ring.error = 2;
            self.note_error(number);
            return false;
        }
        let nothing = match number {
            RX => self.fabric.is_empty(),
            _ => self.stalled,
        };
        if posted == 0 || nothing {
            return false;
        }
        let place = 16 * (u64::from(ring.completed) & ((1 << ring.log2) - 1));
        let (from, to) = (
            ring.descriptors.wrapping_add(place),
            ring.completions.wrapping_add(place),
        );
        let Some(descriptor) = self.windows.read(from, 16) else {
            ring.error = 3;
            self.note_error(number);
            return false;
        };
        let word = |at: usize| {
            let octets = descriptor[at..at + 4].try_into();
            u32::from_le_bytes(octets.unwrap_or_default())
        };
        let address = u64::from(word(4)) << 32 | u64::from(word(0));
        let (bytes, port) = (word(8) & 0xffff, (word(8) >> 16 & 15) as u8);
        let (length, rest) = match number {
            RX => self.receive(address, bytes),
            _ => self.transmit(address, bytes, port),
        };
        let ring = &mut self.rings[number];
        let index = ring.completed;
        let phase = u32::from(index) >> ring.log2 & 1 ^ 1;
        let words = [
            length << 16 | u32::from(index),
            phase << 31 | rest,
            (self.time_ns & 0xffff_ffff) as u32,
            (self.time_ns >> 32) as u32,
        ];
        let octets: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        // Word 1 must not be seen before words 2 and 3.
        if !self.windows.write(to + 8, &octets[8..]) || !self.windows.write(to, &octets[..8]) {
            ring.error = 4;
            self.note_error(number);
            return false;
        }
        ring.completed = index.wrapping_add(1);
        true
    }

    /// Length, and the bits of word 1 but for the phase.
    fn receive(&mut self, address: u64, bytes: u32) -> (u32, u32) {
        if !address.is_multiple_of(64)
            || !bytes.is_multiple_of(64)
            || !(64..=16_320).contains(&bytes)
        {
            self.counters[6] += 1;
            return (0, 2 << 8);
        }
        let Some(frame) = self.fabric.pop_front() else {
            return (0, 2 << 8);
        };
        let clocks = ((self.time_ns - frame.arrived_ns) / 4).min(0x7_ffff) as u32;
        let origin = clocks << 12 | u32::from(frame.reason) << 4 | u32::from(frame.port);
        let length = frame.bytes.len() as u32;
        let part = &frame.bytes[..frame.bytes.len().min(bytes as usize)];
        let status = if !self.windows.write(address, part) {
            self.counters[2] += 1;
            3
        } else if length > bytes {
            self.counters[3] += 1;
            1
        } else {
            self.counters[0] += 1;
            0
        };
        (length, status << 8 | origin)
    }

    fn transmit(&mut self, address: u64, bytes: u32, port: u8) -> (u32, u32) {
        let good = address.is_multiple_of(64) && (1..=16_320).contains(&bytes);
        let frame = good.then(|| self.windows.read(address, bytes as usize));
        let status = match frame {
            None => 2,
            Some(None) => 3,
            Some(Some(frame)) => {
                self.sent.push((port, frame));
                0
            }
        };
        self.counters[if status == 0 { 4 } else { 5 }] += 1;
        (bytes, status << 8)
    }

    /// Fires what is armed and due.
    fn interrupt(&mut self) {
        for (vector, ring) in self.rings.iter_mut().enumerate() {
            if ring.armed.is_some_and(|seen| seen != ring.completed) {
                ring.armed = None;
                self.pending |= 1 << vector;
            }
        }
        if self.event_armed && self.events & self.registers[&EVENT_ENABLE] != 0 {
            self.event_armed = false;
            self.pending |= 4;
        }
    }
}
