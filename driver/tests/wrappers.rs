//! Devices that watch, record and replay, and have faults.

use std::time::Duration;

use flowswitch_driver::event::Event;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::faulty::{Faults, Faulty};
use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::image::{Bucket, Image};
use flowswitch_driver::replay::Replay;
use flowswitch_driver::rings::{HostPort, HostSettings, Vectors};
use flowswitch_driver::trace::Traced;
use flowswitch_driver::{Card, Device, DeviceError, Error};
use proptest::prelude::*;

fn image() -> Image {
    Image {
        fdb_age: 12,
        buckets: vec![
            Bucket {
                first: Some(3),
                second: None
            };
            4
        ],
        ..Image::default()
    }
}

/// What a program does with a card: it programs, receives a frame's worth of time, and resets.
fn session<D: Device>(device: D) -> Result<u64, Error> {
    let mut card = Card::open(device)?.with_flow_seed(FlowSeed::from_number(7));
    card.program(&image())?;
    let mut host = HostPort::open(&mut card, &HostSettings::default())?;
    host.wait(Vectors::all(), Duration::from_millis(1))?;
    host.close()?;
    card.device_mut().reset()?;
    let digest = card.configuration()?;
    // No such register.
    assert!(matches!(
        card.device_mut().read32(0xffc),
        Err(DeviceError::Refused { offset: 0xffc })
    ));
    Ok(digest)
}

fn recorded() -> (Vec<Event>, u64) {
    let mut events = Vec::new();
    let digest = session(Traced::new(FakeDevice::new(4), |event| events.push(event))).unwrap();
    (events, digest)
}

#[test]
fn a_recording_answers_as_the_card_did() {
    let (events, digest) = recorded();
    assert!(events.len() > 60, "{}", events.len());
    let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
    let mut replay = Replay::from_lines(&format!("# a card\n\n{}", lines.join("\n"))).unwrap();
    assert_eq!(replay.left(), events.len());
    assert_eq!(session(&mut replay).unwrap(), digest);
    assert_eq!(replay.left(), 0);
}

#[test]
fn a_driver_that_does_something_else_is_told() {
    let (events, _) = recorded();
    let mut replay = Replay::new(events);
    let error = replay.write32(0x20, 7).unwrap_err();
    let DeviceError::Failed(error) = error else {
        panic!("another error: {error}");
    };
    assert_eq!(
        error.to_string(),
        "the recording has `read 0x00000 0x31575346` next, the driver asks for `write 0x00020 0x00000007`"
    );
    let error = Replay::default().read32(0).unwrap_err();
    assert!(error.to_string().contains("failed"), "{error}");
    for line in [
        "read 1",
        "read 1 2 3",
        "jump",
        "failed 0x0 often",
        "wait-interrupt 1 2",
    ] {
        assert!(Replay::from_lines(line).is_err(), "{line}");
    }
}

#[test]
fn a_trace_names_registers() {
    let (events, _) = recorded();
    let named: Vec<String> = events.iter().map(Event::named).collect();
    let holds = |line: &str| assert!(named.iter().any(|one| one == line), "{line} is missing");
    holds("identity is 0x31575346");
    holds("bucket 3 becomes 0x8003");
    holds("host.rx.tail becomes 0x100");
    holds("enable-interrupts 3");
    holds("reset");
    holds("0x00ffc failed: refused");
}

#[test]
fn a_card_that_is_pulled_is_gone_at_once() {
    let pulled = |after| {
        let faults = Faults {
            gone_after: Some(after),
            ..Faults::default()
        };
        session(Faulty::new(FakeDevice::new(4), faults, 1))
    };
    let mut whole = Faulty::new(FakeDevice::new(4), Faults::default(), 1);
    session(&mut whole).unwrap();
    let all = whole.accesses();
    for after in (0..all - 4).step_by(53) {
        let error = pulled(after).unwrap_err();
        assert!(
            matches!(error, Error::Device(DeviceError::Gone)),
            "after {after} of {all}: {error}"
        );
    }
    pulled(all).unwrap();
}

#[test]
fn lost_interrupts_lose_no_frame() {
    let faults = Faults {
        lost_interrupts: 128,
        ..Faults::default()
    };
    let mut card = Card::open(Faulty::new(FakeDevice::new(4), faults, 5)).unwrap();
    let mut host = HostPort::open(&mut card, &HostSettings::default()).unwrap();
    for number in 0..100u8 {
        host.card().device_mut().inner().host.stalled = true;
        assert!(host.transmit(0, &[number; 60]).unwrap());
        let fake = &mut host.card().device_mut().inner().host;
        fake.release_at_ns = Some(fake.time_ns + 1000);
        let ready = host.wait(Vectors::all(), Duration::from_secs(1)).unwrap();
        assert_eq!(ready, Vectors::TRANSMIT);
        assert_eq!(host.poll_transmit(|_| ()).unwrap(), 1);
    }
    assert_eq!(host.card().device_mut().inner().host.sent.len(), 100);
}

#[test]
fn memory_that_the_card_reaches_in_part_gives_no_false_frame() {
    let faults = Faults {
        // The rings are reached, the buffers behind them are not.
        short_memory: Some(4096),
        ..Faults::default()
    };
    let mut card = Card::open(Faulty::new(FakeDevice::new(4), faults, 5)).unwrap();
    let settings = HostSettings {
        receive_log2: 3,
        transmit_log2: 3,
        ..HostSettings::default()
    };
    let mut host = HostPort::open(&mut card, &settings).unwrap();
    for _ in 0..5 {
        host.card().device_mut().inner().host.punt(1, 1, &[7; 600]);
    }
    let mut frames = Vec::new();
    host.poll_receive(|frame| frames.push(frame.bytes.to_vec()))
        .unwrap();
    // The rings take 256 bytes, the first buffers what is left of the page.
    assert_eq!(frames.len(), 5);
    assert_eq!(frames[0], [7; 600]);
    assert_eq!(frames[4], [0; 600]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn faults_are_borne(
        seed: u64,
        failing_reads in 0u8..3,
        ones in 0u8..3,
        lost_writes in 0u8..3,
        lost_interrupts: u8,
        gone_after in prop::option::of(0u64..3000),
        short_memory in prop::option::of(0usize..8192),
    ) {
        let faults = Faults { failing_reads, ones, lost_writes, lost_interrupts, short_memory, gone_after };
        let faultless = faults == Faults { lost_interrupts, ..Faults::default() };
        let mut device = Faulty::new(FakeDevice::new(4), faults, seed);
        let ended = Card::open(&mut device).and_then(|mut card| {
            card.program(&image())?;
            let mut host = HostPort::open(&mut card, &HostSettings::default())?;
            host.card().device_mut().inner().host.punt(0, 1, &[1; 60]);
            host.wait(Vectors::RECEIVE, Duration::from_millis(1))?;
            host.poll_receive(|frame| assert_eq!(frame.bytes.len(), 60))?;
            host.close()
        });
        // Whatever happened, the memory is not mapped any more.
        prop_assert_eq!(device.inner().host.windows.mapped(), []);
        prop_assert!(!faultless || ended.is_ok());
        // Without faults the same card is brought to hold what it should.
        *device.faults() = Faults::default();
        let mut card = Card::open(&mut device).unwrap();
        card.program(&image()).unwrap();
        prop_assert_eq!(card.verify(&image()).unwrap(), []);
    }
}
