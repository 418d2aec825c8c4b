//! The host: rings, doorbells, completions.

use super::memory::Arena;
use super::registers::{
    CONTROL, STATUS,
    counter::{LIMITED, RECEIVED, TRUNCATED},
    ring,
};
use crate::measure::{CLOCK_NS, image};
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_verilated::{Access, Memory};
use std::collections::VecDeque;

/// Where the host's memory lies: all of an address's bits count.
const ARENA: u64 = 0x8123_4567_89ab_0000;
/// Its size in bytes.
const ARENA_BYTES: usize = 24 << 20;
/// Clocks between two looks at the bus.
const STRETCH: u64 = 256;
/// Clocks after which what was awaited will not come.
const PATIENCE: u64 = 400_000;
const TABLE_ADDRESS: u32 = 0x080;
const TABLE_COMMAND: u32 = 0x084;
const TABLE_STATUS: u32 = 0x088;
const TABLE_DATA: u32 = 0x0a0;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Card to host.
    Receive,
    /// Host to card.
    Transmit,
}

impl Way {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Receive, Self::Transmit];

    /// Its bit in the control register, and its vector.
    pub fn bit(self) -> u32 {
        match self {
            Self::Receive => 0,
            Self::Transmit => 1,
        }
    }

    /// One of its ring's registers.
    pub fn register(self, register: u32) -> u32 {
        0x1020 + 0x20 * self.bit() + register
    }
}

/// What the card wrote of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the frame.
    pub length: u16,
    /// Port it came in by.
    pub port: u8,
    /// Host reason.
    pub reason: u8,
    /// Status.
    pub status: u8,
    /// Clocks from its arrival until it reached the ring.
    pub waited: u32,
    /// When it reached the ring or was handed to the card.
    pub time_ns: u64,
}

/// A frame from the card, or how it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What the card wrote of it.
    pub completion: Completion,
    /// What the buffer holds of it.
    pub data: Vec<u8>,
}

/// A pair of rings.
struct Rings {
    descriptors: u64,
    completions: u64,
    size: u32,
    posted: u16,
    seen: u16,
    /// Buffers of descriptors that are not completed: address and bytes, or none if the descriptor was bad.
    buffers: VecDeque<Option<(u64, u64)>>,
}

/// A host with a card on a bus. Every access of the card is checked against what was posted; those that a window refuses too.
pub struct Host {
    /// The card.
    pub card: RtlCard,
    /// The memory.
    pub memory: Arena,
    rings: [Option<Rings>; 2],
    control: u32,
}

impl Host {
    /// A card of so many ports and one engine, holding [`image`]; else as [`Self::holding`].
    ///
    /// # Panics
    /// If there is no such card.
    pub fn new(ports: u8, seed: u64) -> Self {
        Self::holding(&image(ports), seed)
    }

    /// A card with the image's ports and one engine, whose clock is 4 ns long, a master of the bus, its rings not running.
    ///
    /// # Panics
    /// If there is no such card.
    pub fn holding(image: &Image, seed: u64) -> Self {
        let options = RtlOptions {
            clock_hz: 1_000_000_000 / CLOCK_NS,
            seed,
            rings: true,
            ..RtlOptions::default()
        };
        let mut card = RtlCard::new(image.ports.len() as u8, 1, options)
            .expect("a Verilated card of this shape");
        card.program(image).expect("the card takes the image");
        let memory = Arena::new(ARENA, ARENA_BYTES);
        let harness = card.harness_mut();
        harness
            .add_window(ARENA, Memory::Pages(memory.pages()), Access::BOTH)
            .expect("a window");
        harness.set_bus_master(true);
        harness.set_bus_log(true);
        Self {
            card,
            memory,
            rings: [None, None],
            control: 0,
        }
    }

    /// Reads a register.
    #[track_caller]
    pub fn read(&mut self, register: u32) -> u32 {
        let value = self.card.harness_mut().read(register);
        value.expect("the register is readable")
    }

    /// Writes a register.
    #[track_caller]
    pub fn write(&mut self, register: u32, value: u32) {
        let harness = self.card.harness_mut();
        let written = harness.write(register, value);
        written.expect("the register is writable");
        harness.finish_writes().expect("the write is taken");
    }

    /// Sets up fresh rings of 2^`size` entries and starts them.
    #[track_caller]
    pub fn start(&mut self, way: Way, size: u32) {
        self.lay(way, size);
        self.set_enable(way, true);
    }

    /// The same for both directions.
    #[track_caller]
    pub fn start_both(&mut self, size: u32) {
        for way in Way::BOTH {
            self.start(way, size);
        }
    }

    /// As [`Self::start`] without the start.
    pub fn lay(&mut self, way: Way, size: u32) {
        self.forget(way);
        let bytes = 16 << size;
        let descriptors = self.memory.take(bytes);
        let completions = self.memory.take(bytes);
        self.memory.let_read(descriptors, bytes);
        self.memory.let_complete(completions, bytes);
        for (register, address) in [
            (ring::DESCRIPTORS, descriptors),
            (ring::COMPLETIONS, completions),
        ] {
            self.write(way.register(register), address as u32);
            self.write(way.register(register + 4), (address >> 32) as u32);
        }
        self.write(way.register(ring::SIZE), size);
        self.rings[way.bit() as usize] = Some(Rings {
            descriptors,
            completions,
            size,
            posted: 0,
            seen: 0,
            buffers: VecDeque::new(),
        });
    }

    /// Sets or clears a direction's enable bit.
    #[track_caller]
    pub fn set_enable(&mut self, way: Way, enable: bool) {
        self.control = self.control & !(1 << way.bit()) | u32::from(enable) << way.bit();
        self.write(CONTROL, self.control);
    }

    /// Clears both.
    #[track_caller]
    pub fn disable_both(&mut self) {
        for way in Way::BOTH {
            self.set_enable(way, false);
        }
    }

    /// Forgets a direction: the card may touch nothing of it from now on.
    pub fn forget(&mut self, way: Way) {
        if let Some(rings) = self.rings[way.bit() as usize].take() {
            self.memory.forbid(rings.descriptors);
            self.memory.forbid(rings.completions);
            for (address, _) in rings.buffers.into_iter().flatten() {
                self.memory.forbid(address);
            }
        }
    }

    /// After a reset of the host port or the function: no transaction is left, and both directions are forgotten.
    #[track_caller]
    pub fn forget_all(&mut self) {
        self.await_status(0x1, 0);
        self.check_bus();
        self.control = 0;
        for way in Way::BOTH {
            self.forget(way);
        }
    }

    fn rings(&mut self, way: Way) -> &mut Rings {
        self.rings[way.bit() as usize]
            .as_mut()
            .expect("rings were laid")
    }

    /// Places free in a direction's descriptor ring.
    pub fn room(&mut self, way: Way) -> usize {
        let rings = self.rings(way);
        (1 << rings.size) - rings.buffers.len()
    }

    /// Descriptors written since the start, modulo 2^16.
    pub fn posted(&mut self, way: Way) -> u16 {
        self.rings(way).posted
    }

    /// Writes a descriptor, whatever it says, without the doorbell. `buffer` is what the card may touch because of it.
    pub fn post(&mut self, way: Way, words: [u32; 4], buffer: Option<(u64, u64)>) {
        let rings = self.rings(way);
        let place = u64::from(rings.posted) & ((1 << rings.size) - 1);
        let address = rings.descriptors + 16 * place;
        rings.posted = rings.posted.wrapping_add(1);
        rings.buffers.push_back(buffer);
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        self.memory.store(address, pair(words[0], words[1]));
        self.memory.store(address + 8, pair(words[2], words[3]));
    }

    /// Posts a fresh receive buffer, without the doorbell.
    pub fn post_buffer(&mut self, bytes: u64) {
        let address = self.memory.take(bytes);
        self.memory.let_write(address, bytes);
        let words = [address as u32, (address >> 32) as u32, bytes as u32, 0];
        self.post(Way::Receive, words, Some((address, bytes)));
    }

    /// Posts a frame to leave by a port, without the doorbell.
    pub fn post_frame(&mut self, port: u8, frame: &[u8]) {
        let bytes = frame.len() as u64;
        let address = self.memory.take(bytes);
        self.memory.put(address, frame);
        self.memory.let_read(address, bytes);
        let length = bytes as u32 | u32::from(port) << 16;
        let words = [address as u32, (address >> 32) as u32, length, 0];
        self.post(Way::Transmit, words, Some((address, bytes)));
    }

    /// Tells the card of all that was posted.
    #[track_caller]
    pub fn doorbell(&mut self, way: Way) {
        let posted = self.rings(way).posted;
        self.write(way.register(ring::TAIL), posted.into());
    }

    /// The same of both directions.
    #[track_caller]
    pub fn doorbell_both(&mut self) {
        for way in Way::BOTH {
            self.doorbell(way);
        }
    }

    /// Puts frames on a network port, to enter now, one after the other.
    pub fn offer(&mut self, port: u8, frames: impl IntoIterator<Item = Vec<u8>>) {
        let at_ns = self.card.now_ns();
        let arrival = |data| Arrival {
            port,
            at_ns,
            data,
            error: false,
        };
        self.card.offer(frames.into_iter().map(arrival).collect());
    }

    /// Runs that many clocks.
    #[track_caller]
    pub fn run(&mut self, clocks: u64) {
        let mut left = clocks;
        while left > 0 {
            let stretch = left.min(STRETCH);
            self.card.run(stretch).expect("the card runs");
            self.check_bus();
            left -= stretch;
        }
    }

    /// Everything that the card did on the bus since the last look was posted then.
    #[track_caller]
    pub fn check_bus(&mut self) {
        for access in self.card.harness_mut().take_bus_log() {
            assert!(
                self.memory.allows(&access),
                "the card went where nothing was posted: {access:x?}"
            );
        }
    }

    /// New completions of a direction, which must have the indices that follow.
    #[track_caller]
    pub fn completions(&mut self, way: Way) -> Vec<Completion> {
        self.take(way)
            .into_iter()
            .map(|(completion, _)| completion)
            .collect()
    }

    /// New frames from the card. What the card must not write is as it was.
    #[track_caller]
    pub fn received(&mut self) -> Vec<Received> {
        let taken = self.take(Way::Receive);
        let received = |(completion, buffer): (Completion, Option<(u64, u64)>)| {
            let Some((address, bytes)) = buffer.filter(|_| completion.status < 2) else {
                let data = Vec::new();
                return Received { completion, data };
            };
            let held = u64::from(completion.length).min(bytes);
            assert!(
                self.memory.untouched(address + held, bytes - held),
                "bytes behind the frame's end: {completion:?}"
            );
            let data = self.memory.bytes(address, held as usize);
            Received { completion, data }
        };
        taken.into_iter().map(received).collect()
    }

    #[track_caller]
    fn take(&mut self, way: Way) -> Vec<(Completion, Option<(u64, u64)>)> {
        self.check_bus();
        let mut taken = Vec::new();
        loop {
            let rings = self.rings(way);
            let place = u64::from(rings.seen) & ((1 << rings.size) - 1);
            let phase = u64::from(rings.seen >> rings.size & 1 == 0);
            let (seen, address) = (rings.seen, rings.completions + 16 * place);
            let word = self.memory.load(address);
            if word >> 63 != phase {
                return taken;
            }
            let bits = |low: u32, width: u32| word >> low & ((1 << width) - 1);
            assert_eq!(bits(0, 16) as u16, seen, "a completion's index");
            let time_ns = self.memory.load(address + 8);
            let rings = self.rings(way);
            rings.seen = seen.wrapping_add(1);
            let buffer = rings
                .buffers
                .pop_front()
                .expect("a completion of what was posted");
            if let Some((address, _)) = buffer {
                self.memory.forbid(address);
            }
            let completion = Completion {
                length: bits(16, 16) as u16,
                port: bits(32, 4) as u8,
                reason: bits(36, 4) as u8,
                status: bits(40, 4) as u8,
                waited: bits(44, 19) as u32,
                time_ns,
            };
            taken.push((completion, buffer));
        }
    }

    /// Runs until so many completions of a direction have come.
    #[track_caller]
    pub fn await_completions(&mut self, way: Way, count: usize) -> Vec<Completion> {
        let mut completions = Vec::new();
        self.run_until("completions", |host| {
            completions.extend(host.completions(way));
            completions.len() >= count
        });
        completions
    }

    /// Runs until so many frames have come from the card.
    #[track_caller]
    pub fn await_received(&mut self, count: usize) -> Vec<Received> {
        let mut received = Vec::new();
        self.run_until("frames", |host| {
            received.extend(host.received());
            received.len() >= count
        });
        received
    }

    /// Runs until the status register, masked, has this value.
    #[track_caller]
    pub fn await_status(&mut self, mask: u32, value: u32) {
        self.run_until("the status", |host| host.read(STATUS) & mask == value);
    }

    /// Runs until it has come to pass.
    #[track_caller]
    pub fn run_until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        let end = self.card.clock() + PATIENCE;
        while !done(self) {
            if self.card.clock() > end {
                let status = self.read(STATUS);
                panic!("{what} did not come; the status is {status:#x}");
            }
            self.run(STRETCH);
        }
    }

    /// A counter of table 19.
    #[track_caller]
    pub fn counter(&mut self, number: u32) -> u64 {
        self.write(TABLE_ADDRESS, 19 << 24 | number);
        self.write(TABLE_COMMAND, 2);
        let mut status = self.read(TABLE_STATUS);
        while status & 1 != 0 {
            status = self.read(TABLE_STATUS);
        }
        assert_eq!(status, 0, "the host counters are readable");
        u64::from(self.read(TABLE_DATA)) | u64::from(self.read(TABLE_DATA + 4)) << 32
    }

    /// Frames that the fabric handed to the host are all accounted for. Only when none is under way.
    #[track_caller]
    pub fn check_books(&mut self) {
        let counters = self.card.counters().expect("the counters are readable");
        let handed = counters.ports.last().expect("the host").transmitted.frames;
        let taken: u64 = (RECEIVED..=TRUNCATED)
            .map(|number| self.counter(number))
            .sum();
        let limited: u64 = (LIMITED..LIMITED + 16)
            .map(|number| self.counter(number))
            .sum();
        assert_eq!(handed, taken + limited, "frames handed to the host");
        let (into, out) = counters.conservation();
        assert_eq!(into, out, "frames in against frames accounted for");
    }
}
