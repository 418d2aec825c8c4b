//! The driver against cards that lie: errors with a type, no panic, an end.

use std::time::Duration;

use flowswitch_driver::fake::{FakeDevice, HostileDevice};
use flowswitch_driver::image::{Image, LogicalPort};
use flowswitch_driver::rings::{HostPort, HostSettings, RingError, Vectors};
use flowswitch_driver::{Card, Device, DeviceError, Error};
use proptest::prelude::*;

use super::{card, frame, receive, small};

/// Some settings, few enough that a card that answers is programmed quickly.
fn image() -> Image {
    let port = |port| LogicalPort {
        port,
        untagged: true,
        flood: 3,
        ..LogicalPort::default()
    };
    Image {
        fdb_age: 10,
        logical_ports: vec![port(0), port(1)],
        buckets: vec![Default::default(); 32],
        ..Image::default()
    }
}

/// Passes frames both ways as a program would, whatever happens.
fn exercise(device: HostileDevice) -> Result<(), Error> {
    let mut card = Card::open(device)?;
    let mut host = HostPort::open(&mut card, &small())?;
    let mut received = 0;
    for number in 0..40 {
        let fake = &mut host.card().device_mut().inner.host;
        fake.punt((number % 4) as u8, 1, &frame(number, 40 * (number % 5)));
        host.poll_receive(|frame| {
            received += frame.bytes.len();
            assert!(frame.bytes.len() <= 128 && frame.port < 8);
        })?;
        let _ = host.transmit(1, &frame(number, 60))?;
        host.poll_transmit(|sent| assert!(sent.index < 40))?;
        host.wait(Vectors::all(), Duration::from_millis(1))?;
        host.events()?;
    }
    host.card().host_counters()?;
    host.close()?;
    Ok(())
}

/// Programs, verifies and reads, whatever happens.
fn program(device: HostileDevice) -> Result<(), Error> {
    let mut card = Card::open(device)?;
    let image = image();
    card.program(&image)?;
    card.verify(&image)?;
    card.totals()?;
    card.flow_counters()?;
    card.member_counters(3)?;
    card.wait_link(0, true)?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_lying_card_is_survived(
        seed: u64,
        lying_reads in prop_oneof![Just(0u8), 1u8..40, Just(255)],
        scribbles in prop_oneof![Just(0u8), 1u8..100, Just(255)],
        false_interrupts in prop_oneof![Just(0u8), Just(255), any::<u8>()],
        gone_after in prop::option::of(0u64..400),
    ) {
        let mut device = HostileDevice::new(FakeDevice::new(4), seed);
        device.lying_reads = lying_reads;
        device.scribbles = scribbles;
        device.false_interrupts = false_interrupts;
        device.gone_after = gone_after;
        // Whether it ends well is the card's business; an error must read as one.
        if let Err(error) = exercise(device.clone()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

proptest! {
    // Reading all tables of a card takes some ten milliseconds.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn tables_of_a_lying_card_are_survived(seed: u64, lying_reads in 0u8..4) {
        let mut device = HostileDevice::new(FakeDevice::new(4), seed);
        device.lying_reads = lying_reads;
        if let Err(error) = program(device) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

/// Answers each register with a word of a fixed list, in turn.
struct Answers(Vec<u32>, usize);

impl Device for Answers {
    fn read32(&mut self, _: u32) -> Result<u32, DeviceError> {
        self.1 += 1;
        Ok(self.0[self.1 % self.0.len()])
    }

    fn write32(&mut self, _: u32, _: u32) -> Result<(), DeviceError> {
        Ok(())
    }

    fn wait(&mut self, _: Duration) -> Result<(), DeviceError> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn arbitrary_answers_are_no_card(answers in prop::collection::vec(any::<u32>(), 1..20)) {
        let magic = u32::from_le_bytes(*b"FSW1");
        prop_assume!(answers.iter().all(|word| *word != magic));
        prop_assert!(Card::open(Answers(answers, 0)).is_err());
    }

    #[test]
    fn a_card_of_arbitrary_sizes_is_taken_or_refused(
        sizes in prop::collection::vec((0u32..32, any::<u32>()), 0..6),
    ) {
        let mut device = FakeDevice::new(4);
        for (register, word) in sizes {
            if register > 1 {
                device.registers.insert(4 * register, word);
            }
        }
        if let Ok(mut card) = Card::open(device) {
            if let Ok(mut host) = HostPort::open(&mut card, &small()) {
                let _ = host.transmit(0, &frame(0, 60));
                let _ = host.wait(Vectors::all(), Duration::from_micros(10));
            }
            let _ = card.host_counters();
        }
    }
}

/// Where the first receive completion stands: behind four descriptors.
fn first_completion(card: &mut Card<FakeDevice>) -> u64 {
    card.device().host.windows.mapped()[0].0 + 64
}

#[test]
fn a_completion_out_of_order_stops_the_ring() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    let at = first_completion(host.card());
    // Index 5 where 0 belongs, phase 1.
    let word = 1u64 << 63 | 60 << 16 | 5;
    assert!(
        host.card()
            .device()
            .host
            .windows
            .write(at, &word.to_le_bytes())
    );
    for _ in 0..2 {
        assert!(matches!(
            receive(&mut host),
            Err(Error::Ring(RingError::OutOfOrder {
                expected: 0,
                found: 5,
                ..
            }))
        ));
    }
}

#[test]
fn completions_that_cannot_be_are_left_out_and_counted() {
    let impossible: [u64; 6] = [
        129 << 16,           // longer than its buffer
        0,                   // no bytes
        60 << 16 | 1 << 40,  // truncated, but shorter than its buffer
        60 << 16 | 4 << 40,  // a status without a meaning
        60 << 16 | 15 << 40, // the last of them
        60 << 16 | 9 << 32,  // a port that is not there
    ];
    for word in impossible {
        let mut card = card();
        let mut host = HostPort::open(&mut card, &small()).unwrap();
        let at = first_completion(host.card());
        let word = 1u64 << 63 | word;
        assert!(
            host.card()
                .device()
                .host
                .windows
                .write(at, &word.to_le_bytes())
        );
        assert_eq!(receive(&mut host).unwrap(), [], "{word:#x}");
        assert_eq!(host.statistics().malformed, 1, "{word:#x}");
        assert_eq!(host.statistics().received, 0, "{word:#x}");
    }
}

#[test]
fn errors_of_descriptors_are_counted() {
    for (status, refused, lost) in [(2u64, 1, 0), (3, 0, 1)] {
        let mut card = card();
        let mut host = HostPort::open(&mut card, &small()).unwrap();
        let at = first_completion(host.card());
        let word = 1u64 << 63 | status << 40;
        assert!(
            host.card()
                .device()
                .host
                .windows
                .write(at, &word.to_le_bytes())
        );
        assert_eq!(receive(&mut host).unwrap(), []);
        let statistics = host.statistics();
        assert_eq!((statistics.refused, statistics.lost), (refused, lost));
    }
}

#[test]
fn a_completion_of_nothing_posted_is_not_read() {
    let mut card = card();
    let mut host = HostPort::open(
        &mut card,
        &HostSettings {
            receive_log2: 3,
            ..small()
        },
    )
    .unwrap();
    // The first transmit completion, before anything was sent: behind the receive ring, its buffers and four descriptors.
    let base = host.card().device().host.windows.mapped()[0].0;
    let at = base + 8 * (32 + 128) + 64;
    assert!(
        host.card()
            .device()
            .host
            .windows
            .write(at, &(1u64 << 63).to_le_bytes())
    );
    assert_eq!(host.poll_transmit(|_| ()).unwrap(), 0);
    assert_eq!(host.unsent(), 0);
}
