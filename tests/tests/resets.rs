//! Resets of the core, of the register port and of both, at any moment: the card runs what it says it runs, or says that it runs
//! nothing and takes it anew.

use flowswitch_driver::tables::Table;
use flowswitch_driver::{Card as DriverCard, Device, DeviceError};
use flowswitch_sim::card::{Card, Departure};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_tests::measure::{self, CLOCK_NS, server_mac, stream, to_cluster};
use std::time::Duration;

/// Frames that flow while the card is reset, and after it.
const FRAMES: u32 = 400;
const AFTER: u32 = 50;
/// Clocks from frame to frame, as many as the longest has beats.
const SPACING: u64 = 11;
/// Share of clocks, in 1/65536, in which the server's port refuses a beat: some frame is always half out.
const STALL: u16 = 0x4000;
/// Core clocks after which both sides know of a reset, with the slowest register clock.
const NOTICE_CLOCKS: u64 = 200;
/// Accesses between two resets that are tried: a prime, so that all kinds of accesses are met.
const STRIDE: usize = 19;
/// The card's clear register, and what it takes.
const CLEAR: u32 = 0x38;
const CLEAR_KEY: u32 = u32::from_le_bytes(*b"CLER");
/// Register clocks: slower than the core's, as on a board, nearly as fast, and much slower.
const CSR_HZ: [u64; 3] = [125_000_000, 249_000_000, 40_000_000];

/// Which side is reset.
#[derive(Clone, Copy, Debug)]
struct Reset {
    core: bool,
    registers: bool,
    clocks: u64,
}

const CORE: Reset = Reset {
    core: true,
    registers: false,
    clocks: 1,
};
const REGISTERS: Reset = Reset {
    core: false,
    registers: true,
    clocks: 12,
};
const BOTH: Reset = Reset {
    core: true,
    registers: true,
    clocks: 40,
};

fn open(engines: u8, csr_hz: u64, seed: u64) -> RtlCard {
    let options = RtlOptions {
        clock_hz: 1_000_000_000 / CLOCK_NS,
        csr_hz,
        seed,
        ..RtlOptions::default()
    };
    let mut card = RtlCard::new(4, engines, options).expect("a Verilated card of this shape");
    card.program(&measure::image(4))
        .expect("the card takes the image");
    card
}

fn pulse(card: &mut RtlCard, reset: Reset) {
    let Reset {
        core,
        registers,
        clocks,
    } = reset;
    card.harness_mut()
        .pulse_resets(core, registers, clocks)
        .expect("the card runs");
}

/// A frame that flows when the card is reset.
fn frame(number: u32) -> Vec<u8> {
    to_cluster(1 + (number as usize * 5) % SPACING as usize, number)
}

/// Frames to the cluster flow from port 0, and the card is reset so many clocks after the first.
fn reset_under_traffic(card: &mut RtlCard, after: u64, reset: Reset) -> Vec<Departure> {
    card.set_stall(3, STALL).expect("port 3 exists");
    card.offer(stream(card, 0, 0, SPACING, (0..FRAMES).map(frame)));
    card.run(after).expect("the card runs");
    pulse(card, reset);
    card.run(NOTICE_CLOCKS).expect("the card runs");
    card.run_until_idle().expect("the card becomes idle");
    card.take_departures()
}

/// New frames go where the image says, whole, all of them.
fn forwards(card: &mut RtlCard) {
    let frames: Vec<_> = (0..AFTER).map(|number| to_cluster(2, number)).collect();
    card.offer(stream(card, 0, 0, 4, frames.clone()));
    card.run_until_idle().expect("the card becomes idle");
    let departures = card.take_departures();
    assert_eq!(departures.len(), frames.len());
    for (departure, mut frame) in departures.into_iter().zip(frames) {
        frame[..6].copy_from_slice(&server_mac(3));
        assert!(departure.port == 3 && departure.data == frame);
    }
}

/// Each frame that left is one that entered, whole.
fn are_whole(departures: &[Departure]) {
    for departure in departures {
        assert_eq!(departure.port, 3);
        let number = u32::from_be_bytes(
            departure.data[42..46]
                .try_into()
                .expect("the number of a frame"),
        );
        let mut entered = frame(number);
        entered[..6].copy_from_slice(&server_mac(3));
        assert!(departure.data == entered, "frame {number} is not whole");
    }
}

#[test]
fn a_core_that_was_reset_holds_nothing_and_says_so() {
    let image = measure::image(4);
    let longer = Reset { clocks: 3, ..CORE };
    // Either way to look up, every way to be reset and every register clock, but not all with all.
    let courses = [
        (1, CSR_HZ[0], CORE),
        (1, CSR_HZ[1], BOTH),
        (1, CSR_HZ[2], longer),
        (4, CSR_HZ[0], longer),
        (4, CSR_HZ[1], CORE),
        (4, CSR_HZ[2], BOTH),
    ];
    for (seed, (engines, csr_hz, reset)) in (1..).zip(courses) {
        let mut card = open(engines, csr_hz, seed);
        let moment = 20 + 141 * seed;
        are_whole(&reset_under_traffic(&mut card, moment, reset));
        let at = format!("{engines} engines, {csr_hz} Hz, {reset:?}, clock {moment}");
        let driver = card.driver_mut();
        assert_eq!(driver.generation().expect("it answers"), 0, "{at}");
        assert_eq!(driver.configuration().expect("it answers"), 0, "{at}");
        assert!(!driver.runs(&image).expect("it answers"), "{at}");
        // Tables that look-ups have copies of, and those that they read themselves.
        for (table, index) in [
            (Table::Service, 0),
            (Table::Member, 3),
            (Table::LogicalPort, 3),
            (Table::Vip, 0),
            (Table::VipPorts, 0),
        ] {
            let words = driver.read_words(table, index).expect("it answers");
            assert_eq!(words, [0; 8], "{at}, {table:?}");
        }
        assert_eq!(driver.read_bucket_word(0).expect("it answers"), 0, "{at}");
        // Without being told that there was a reset.
        card.program(&image).expect("the card takes the image");
        let differences = card.driver_mut().verify(&image).expect("it answers");
        assert_eq!(differences, [], "{at}");
        forwards(&mut card);
    }
}

#[test]
fn a_reset_of_the_register_port_ends_accesses_and_nothing_else() {
    let image = measure::image(4);
    for (seed, csr_hz) in (1..).zip(CSR_HZ) {
        for clocks in [1, 300] {
            let mut card = open(1, csr_hz, seed);
            let generation = card.driver_mut().generation().expect("it answers");
            let reset = Reset {
                clocks,
                ..REGISTERS
            };
            let departures = reset_under_traffic(&mut card, 100 + clocks, reset);
            are_whole(&departures);
            assert_eq!(departures.len(), FRAMES as usize, "no frame is lost");
            let driver = card.driver_mut();
            assert_eq!(driver.generation().expect("it answers"), generation);
            assert!(driver.runs(&image).expect("it answers"));
            assert!(driver.flow_status().expect("it answers").ready);
            assert_eq!(driver.verify(&image).expect("it answers"), []);
            let report = driver.program(&image).expect("the card takes the image");
            assert!(report.unchanged, "{report}");
            forwards(&mut card);
        }
    }
}

#[test]
fn a_clearing_that_is_cut_off_is_done_all_the_same() {
    let image = measure::image(4);
    // On the way, at its beginning, within it, near its end.
    let courses = [
        (20, REGISTERS),
        (60, CORE),
        (80, REGISTERS),
        (200, BOTH),
        (30_000, REGISTERS),
        (30_000, CORE),
        (131_000, REGISTERS),
    ];
    for (seed, (after, reset)) in (1..).zip(courses) {
        let mut card = open(1, CSR_HZ[0], seed);
        let at = format!("{reset:?} {after} clocks after the order");
        card.write32(CLEAR, CLEAR_KEY).expect("the card runs");
        card.run(after).expect("the card runs");
        pulse(&mut card, reset);
        card.run(NOTICE_CLOCKS).expect("the card runs");
        let cleared = card.driver_mut().generation().expect("it answers") == 0;
        // An order that the reset overtook on the bus never was.
        assert!(cleared || !reset.core && after < 100, "{at}");
        if cleared {
            let driver = card.driver_mut();
            for (table, index) in [(Table::Member, 3), (Table::LogicalPort, 3)] {
                let words = driver.read_words(table, index).expect("it answers");
                assert_eq!(words, [0; 8], "{at}, {table:?}");
            }
            assert_eq!(driver.read_bucket_word(0).expect("it answers"), 0, "{at}");
        }
        card.program(&image).expect("the card takes the image");
        let differences = card.driver_mut().verify(&image).expect("it answers");
        assert_eq!(differences, [], "{at}");
        forwards(&mut card);
    }
}

/// A card that is reset within one of its register accesses.
struct Resetting {
    card: RtlCard,
    /// Accesses left until then.
    left: Option<usize>,
    reset: Reset,
}

impl Resetting {
    fn count(&mut self) {
        match &mut self.left {
            Some(0) => {
                self.left = None;
                pulse(&mut self.card, self.reset);
            }
            Some(left) => *left -= 1,
            None => {}
        }
    }
}

impl Device for Resetting {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.count();
        self.card.read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        // Behind the write: it may be on its way.
        let written = self.card.write32(offset, value);
        self.count();
        written
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        Device::wait(&mut self.card, duration)
    }
}

#[test]
fn an_update_outlives_a_reset_of_the_core_at_any_access() {
    let old = measure::image(4);
    let mut new = old.clone();
    new.members.remove(&1);
    new.buckets = vec![new.buckets[0]; 64];
    let mut device = Resetting {
        card: open(1, CSR_HZ[0], 1),
        left: None,
        reset: CORE,
    };
    let mut resets = 0;
    for accesses in (0..).step_by(STRIDE) {
        let (from, to) = (&old, &new);
        let mut driver = DriverCard::attach(&mut device).expect("the card answers");
        driver.program(from).expect("the card takes the image");
        driver.device_mut().left = Some(accesses);
        let at = format!("a reset behind {accesses} accesses");
        driver
            .program(to)
            .unwrap_or_else(|error| panic!("{at}: {error}"));
        let over = driver.device_mut().left.take().is_some();
        // What was reset behind the last access is noticed by the next one who looks.
        driver
            .program(to)
            .unwrap_or_else(|error| panic!("{at}: {error}"));
        assert_eq!(driver.verify(to).expect("it answers"), [], "{at}");
        assert!(driver.runs(to).expect("it answers"), "{at}");
        if over {
            break;
        }
        resets += 1;
    }
    assert!(resets > 3, "{resets} resets came before the end");
}
