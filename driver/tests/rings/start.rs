//! Starting and stopping: settings, what was left behind, memory.

use std::time::Duration;

use flowswitch_driver::rings::{Events, HostPort, HostSettings, RingError};
use flowswitch_driver::{Device, DeviceError, Error};

use super::{card, frame, receive, small};

#[test]
fn settings_that_cannot_be_are_refused_before_anything_is_written() {
    let bad = [
        HostSettings {
            receive_log2: 1,
            ..small()
        },
        HostSettings {
            transmit_log2: 13,
            ..small()
        },
        HostSettings {
            receive_buffer: 100,
            ..small()
        },
        HostSettings {
            transmit_buffer: 0,
            ..small()
        },
        HostSettings {
            receive_buffer: 16_384,
            ..small()
        },
        HostSettings {
            moderation: Duration::from_millis(17),
            ..small()
        },
    ];
    for settings in bad {
        let mut card = card();
        assert!(matches!(
            HostPort::open(&mut card, &settings),
            Err(Error::Ring(RingError::Setting { .. }))
        ));
        assert_eq!(card.device().host.windows.mapped(), []);
    }
}

#[test]
fn a_card_without_rings_is_told() {
    let mut device = flowswitch_driver::fake::FakeDevice::new(4);
    device.registers.insert(8, 7);
    let mut card = flowswitch_driver::Card::open(device).unwrap();
    assert!(!card.capabilities().rings);
    assert!(matches!(
        HostPort::open(&mut card, &small()),
        Err(Error::NoRings)
    ));
}

#[test]
fn memory_is_one_piece_and_gone_with_the_rings() {
    let mut card = card();
    let windows = card.device().host.windows.clone();
    let host = HostPort::open(&mut card, &HostSettings::default()).unwrap();
    let mapped = windows.mapped();
    assert_eq!(mapped.len(), 1);
    // Two rings of 256, each with 2 x 16 bytes and a buffer of 2,048 for a descriptor.
    assert_eq!(mapped[0].1, 2 * 256 * (32 + 2048));
    drop(host);
    assert_eq!(windows.mapped(), []);
    assert!(!card.host_status().unwrap().receive_running);
    card.device_mut().host.punt(0, 1, &frame(0, 60));
    assert_eq!(card.host_counters().unwrap().off, 1);
}

#[test]
fn rings_left_by_a_driver_that_died_are_stopped() {
    let mut card = card();
    let host = HostPort::open(&mut card, &small()).unwrap();
    // Its memory is freed, its rings run: nobody stopped them.
    std::mem::forget(host);
    assert!(card.host_status().unwrap().receive_running);
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    host.card().device_mut().host.punt(2, 3, &frame(7, 99));
    assert_eq!(
        receive(&mut host).unwrap(),
        [(2, 3, 99, false, frame(7, 99))]
    );
}

#[test]
fn a_ring_that_stopped_by_itself_is_told_when_it_is_waited_for() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    // A doorbell that no driver would ring.
    host.card().device_mut().write32(0x1054, 9).unwrap();
    let all = flowswitch_driver::rings::Vectors::TRANSMIT;
    let error = host.wait(all, Duration::from_millis(1)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("transmit ring stopped: more was posted"),
        "{error}"
    );
    assert_eq!(host.events().unwrap(), Events::RING_ERROR);
    drop(host);
    // Opened again it runs.
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    assert!(host.transmit(0, &frame(0, 60)).unwrap());
}

#[test]
fn a_card_that_is_gone_is_told() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    host.card().device_mut().gone = true;
    let all = flowswitch_driver::rings::Vectors::all();
    let error = host.wait(all, Duration::from_millis(1)).unwrap_err();
    assert!(matches!(error, Error::Device(DeviceError::Gone)), "{error}");
    assert!(matches!(
        host.close(),
        Err(Error::Device(DeviceError::Gone))
    ));
}
