//! Programming a card: against a card in memory.

use std::collections::BTreeMap;

use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::image::Image;
use flowswitch_driver::{Card, DeviceError, Error};

use crate::fig2::{fig2, open};
use crate::random::image;
use crate::shadow::Shadow;

#[test]
fn a_card_is_identified_before_anything_is_written() {
    let card = open(FakeDevice::new(8));
    let capabilities = *card.capabilities();
    assert_eq!((capabilities.ports, capabilities.engines), (8, 1));
    assert_eq!(
        (
            capabilities.servers,
            capabilities.routers,
            capabilities.services
        ),
        (1024, 64, 64)
    );
    assert_eq!(
        (capabilities.buckets_log2, capabilities.fdb_sets_log2),
        (17, 11)
    );
    assert_eq!((capabilities.logical_ports, capabilities.vips), (64, 64));
    assert_eq!(capabilities.queue_beats, 512);
    assert_eq!((capabilities.flows_log2, capabilities.flow_store), (16, 16));
    assert_eq!(card.device().commits, []);
}

#[test]
fn strangers_are_refused() {
    let with = |offset, value| {
        let mut device = FakeDevice::new(8);
        device.registers.insert(offset, value);
        let error = Card::open(&mut device).err();
        assert_eq!(device.commits, []);
        error
    };
    assert!(matches!(
        with(0, 0x1234),
        Some(Error::NotACard { found: 0x1234 })
    ));
    assert!(matches!(
        with(4, 2 << 16 | 3),
        Some(Error::Version {
            major: 2,
            minor: 3,
            known: 4
        })
    ));
    assert!(
        with(4, 4 << 16 | 9).is_none(),
        "a newer minor version is fine"
    );
    let nine_ports = with(0x10, 512 << 16 | 1 << 8 | 9);
    assert!(matches!(
        nine_ports,
        Some(Error::Capability {
            what: "ports",
            value: 9
        })
    ));
    assert!(matches!(with(8, 6), Some(Error::NoFlowTable)));
    for log2 in [4, 23] {
        let flows = with(0x60, 16 << 8 | log2);
        assert!(matches!(flows, Some(Error::Capability { value, .. }) if value == log2));
    }
    let pool = with(0x18, 11 << 24 | 18 << 16 | 64);
    assert!(matches!(pool, Some(Error::Capability { value: 18, .. })));
}

#[test]
fn a_card_that_is_gone_is_told() {
    let mut device = FakeDevice::new(8);
    device.gone = true;
    assert!(matches!(
        Card::open(&mut device),
        Err(Error::Device(DeviceError::Gone))
    ));
    let mut card = open(FakeDevice::new(8));
    card.device_mut().gone = true;
    let error = card.port_counters(0);
    assert!(
        matches!(error, Err(Error::Device(DeviceError::Gone))),
        "{error:?}"
    );
}

#[test]
fn what_was_programmed_is_found_by_look_ups() {
    let mut card = open(FakeDevice::new(8));
    let image = fig2();
    card.program(&image).unwrap();
    assert_eq!(card.verify(&image).unwrap(), []);
    let (device, _) = card.detach();
    // Words written by hand: service tcp/80, server 0, router 1, logical ports 0 and 3, the virtual address, where its servers
    // are, what server 4 carries, BPDUs of port 2, age and unknown, announcements.
    assert_eq!(
        device.entries[&(1, 0)],
        [
            0xc01f_4101,
            0,
            0,
            0,
            0x0000_0611,
            0x0050_0050,
            0x00a0_0000,
            0
        ]
    );
    assert_eq!(device.entries[&(2, 0)][..3], [0x0000_0210, 0x01b3_0200, 3]);
    assert_eq!(
        device.entries[&(2, 1025)][..3],
        [0x0000_0270, 0x01b1_0200, 1]
    );
    assert_eq!(
        device.entries[&(11, 0)][..6],
        [0x0023, 0x0ffe_0001, 0, 0, 0xfe, 0]
    );
    assert_eq!(
        device.entries[&(11, 3)][..6],
        [0x0313, 0x0ffe_0001, 0, 0, 0x07, 0]
    );
    assert_eq!(
        device.entries[&(12, 0)][..7],
        [0xc01f_4101, 0, 0, 0, 1, 0x5e00_6501, 0x0200]
    );
    assert_eq!(device.entries[&(13, 1)][..4], [0xf8, 0, 0xf8, 0]);
    assert_eq!(device.entries[&(14, 4)][..2], [3, 0]);
    // The defaults in ticks of 1.07 s, and servers' flows are kept.
    assert_eq!(
        device.entries[&(15, 0)][..4],
        [0x0118_0347, 0x0038_0d19, 0x000a_0070, 0x8000_0038]
    );
    assert_eq!(device.registers[&0x68], 56 << 8 | 24);
    assert_eq!(device.registers[&0x48], 1 << 16);
    assert_eq!(device.registers[&0x28], 56);
    assert_eq!(device.registers[&0x20], 200 << 16 | 1);
    let shadow = Shadow::of(&device);
    assert!(shadow.holds(&image));
    assert_eq!(device.buckets.len(), image.buckets.len());
    assert_ne!(device.registers[&0x0c], 0);
    assert_eq!(device.registers[&0x0c] % 2, 0, "no update is under way");
}

#[test]
fn what_is_the_same_is_not_written_again() {
    let mut card = open(FakeDevice::new(8));
    let image = fig2();
    card.program(&image).unwrap();
    card.device_mut().commits.clear();
    card.program(&image).unwrap();
    let unneeded = card
        .device()
        .commits
        .iter()
        .filter(|commit| !matches!(commit, Commit::Register(..) | Commit::Entry(2, ..)));
    assert_eq!(unneeded.count(), 0);
}

#[test]
fn a_card_left_by_another_driver_is_taken_over() {
    let (old, new) = (image(1), image(2));
    let mut card = open(FakeDevice::new(8));
    card.program(&old).unwrap();
    let (mut device, _) = card.detach();
    // Strays of an interrupted update: a second copy of a station, and an entry in a slot it cannot be in.
    let station = *device
        .entries
        .iter()
        .find(|((table, _), _)| *table == 4)
        .unwrap()
        .1;
    device.entries.insert((4, 4095), station);
    let mut card = open(device);
    card.program(&new).unwrap();
    assert_eq!(card.verify(&new).unwrap(), []);
    assert!(Shadow::of(card.device()).holds(&new));
}

#[test]
fn detached_state_saves_the_reading() {
    let mut card = open(FakeDevice::new(8));
    card.program(&image(1)).unwrap();
    let (device, state) = card.detach();
    let mut card = Card::resume(device, state).unwrap();
    card.program(&image(3)).unwrap();
    assert_eq!(card.verify(&image(3)).unwrap(), []);
}

#[test]
fn counters_are_summed_over_ingress_ports() {
    let mut device = FakeDevice::new(4);
    for port in 0..4 {
        device.entries.insert(
            (7, port << 12 | 1025),
            [10 + port, 0, 100, port, 0, 0, 0, 0],
        );
        device.entries.insert(
            (7, port << 12 | 1 << 11 | 1025),
            [port, 0, 7, 0, 0, 0, 0, 0],
        );
    }
    for port in 0..=4 {
        device
            .entries
            .insert((10, port), [port, 0, 2, 0, 0, 1, port + 1, 0]);
    }
    device
        .entries
        .insert((8, 4 << 5 | 13), [5, 1, 0, 0, 0, 0, 0, 0]);
    device.entries.insert((9, 4), [1, 0, 2, 0, 3, 0, 4, 0]);
    let mut card = open(device);
    let member = card.member_counters(1025).unwrap();
    assert_eq!(
        (member.input.frames, member.input.bytes),
        (46, 6 << 32 | 400)
    );
    assert_eq!((member.output.frames, member.output.bytes), (6, 28));
    let totals = card.totals().unwrap();
    assert_eq!(
        (totals.copies, totals.in_flight, totals.learning_skipped),
        (10, 10, 5 << 32)
    );
    assert_eq!(totals.generated, 15);
    assert_eq!(card.ingress_totals(4).unwrap().generated, 5);
    assert_eq!(card.drop_counters(4).unwrap()[13], 1 << 32 | 5);
    assert_eq!(card.drop_counters(0).unwrap(), [0; 32]);
    let host = card.port_counters(4).unwrap();
    assert_eq!((host.received.frames, host.received.bytes), (1, 2));
    assert_eq!((host.transmitted.frames, host.transmitted.bytes), (3, 4));
    assert!(matches!(
        card.port_counters(5),
        Err(Error::Refused { index: 5, .. })
    ));
}

#[test]
fn links() {
    let mut device = FakeDevice::new(8);
    device.registers.insert(0x24, 1 << 31 | 0xfe);
    let mut card = open(device);
    assert_eq!(card.link_up().unwrap(), 0xfe);
    assert!(
        matches!(card.wait_link(0, false), Err(Error::Timeout(_))),
        "the sweep goes on"
    );
    card.device_mut().registers.insert(0x24, 0xfe);
    card.wait_link(0, false).unwrap();
    assert!(matches!(card.wait_link(0, true), Err(Error::Timeout(_))));
}

#[test]
fn an_update_that_fails_can_be_repeated() {
    let (old, new) = (image(4), image(5));
    let mut first = open(FakeDevice::new(8));
    first.program(&old).unwrap();
    let (device, _) = first.detach();
    let mut whole = open(device.clone());
    whole.device_mut().commits.clear();
    whole.program(&new).unwrap();
    let all = whole.device().commits.len();
    for commits in [1, 2, all / 3, all / 2, all - 1] {
        let mut card = open(device.clone());
        card.device_mut().fail_after = Some(commits);
        let error = card.program(&new);
        assert!(
            matches!(error, Err(Error::Device(DeviceError::NoAnswer { .. }))),
            "{error:?}"
        );
        card.device_mut().fail_after = None;
        card.program(&new).unwrap();
        assert_eq!(card.verify(&new).unwrap(), []);
        // The same for a driver that knows nothing of the failure.
        let mut card = open(device.clone());
        card.device_mut().fail_after = Some(commits);
        card.program(&new).unwrap_err();
        card.device_mut().fail_after = None;
        let mut card = open(card.detach().0);
        card.program(&new).unwrap();
        assert_eq!(card.verify(&new).unwrap(), []);
    }
}

#[test]
fn an_address_table_too_full_is_refused() {
    let mut card = open(FakeDevice::new(8));
    let addresses = (0..2_049u32).map(|n| std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).into());
    let image = Image {
        fdb_age: 1,
        router_addresses: addresses.map(|address| (address, 0)).collect(),
        ..Image::default()
    };
    assert!(matches!(card.program(&image), Err(Error::Full { .. })));
    assert_eq!(card.device().commits, []);
}

#[test]
fn stale_keys_make_room_for_new_ones() {
    let addresses = |network: u32| -> Image {
        let addresses = (0..1_200u32).map(|n| std::net::Ipv4Addr::from_bits(network + n).into());
        Image {
            fdb_age: 1,
            router_addresses: addresses.map(|address| (address, 0)).collect(),
            ..Image::default()
        }
    };
    let mut card = open(FakeDevice::new(8));
    card.program(&addresses(0x0a00_0000)).unwrap();
    let new = addresses(0x0b00_0000);
    card.program(&new).unwrap();
    assert_eq!(card.verify(&new).unwrap(), []);
    let held: BTreeMap<_, _> = card
        .device()
        .entries
        .iter()
        .filter(|(_, words)| words[4] == 1)
        .collect();
    assert_eq!(held.len(), 1_200);
}
