//! Announcements: what the card says about the clusters' addresses unasked, by which logical ports, and when.

use crate::frames::{BROADCAST, PLAIN};
use flowswitch_driver::image::{Image, LogicalPort};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{STATION_MAC, image, vip};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::{Leaving, Rig};

/// Ticks between announcements.
const INTERVAL: u16 = 5;
/// From the middle of a tick no test comes near its end.
const MID_TICK: u64 = 1 << 29;

/// What a logical port sends when it is due: the addresses of the fixture, ascending, behind the tag.
fn all(tag: &str) -> Vec<Vec<u8>> {
    let arp = |mac: &str, address: &str| {
        let mut frame = hex(&[
            BROADCAST,
            mac,
            tag,
            "0806 0001 0800 06 04 0001",
            mac,
            address,
            "000000000000",
            address,
        ]);
        frame.resize(if tag.is_empty() { 60 } else { 64 }, 0);
        frame
    };
    let advertisement = |mac: &str, address: &str, checksum: &str| {
        hex(&[
            "333300000001",
            mac,
            tag,
            "86dd 60000000 0020 3a ff",
            address,
            "ff020000000000000000 000000000001 88 00",
            checksum,
            "20000000",
            address,
            "02 01",
            mac,
        ])
    };
    vec![
        arp("02005e006501", "c01f4101"),
        advertisement("02005e006501", "20010db8006500000000000000000001", "3560"),
        arp("02005e006509", "c01f4109"),
        advertisement("02005e006509", "20010db8006500000000000000000009", "3548"),
    ]
}

/// The same by each of these network ports, untagged.
fn by(ports: &[u8]) -> Vec<Leaving> {
    let each = |port: &u8| {
        let port = *port;
        all("")
            .into_iter()
            .map(move |frame| Leaving::by(port, &frame))
    };
    ports.iter().flat_map(each).collect()
}

fn announcing() -> Image {
    Image {
        announce: INTERVAL,
        ..image()
    }
}

/// A card in the middle of the test's tick 1, silent up to now, then told to announce.
fn started(kind: CardKind, image: &Image) -> Rig {
    let silent = Image {
        announce: 0,
        ..image.clone()
    };
    let mut rig = Rig::new(kind, &silent);
    rig.jump_to_tick(1, MID_TICK);
    rig.announced(&[]);
    rig.program(image);
    rig
}

fn three_times_and_then_at_each_interval(kind: CardKind) {
    let mut rig = started(kind, &announcing());
    for tick in 1..14 {
        rig.jump_to_tick(tick, MID_TICK);
        // Set in tick 1: due in 1, 2 and 3, and every five ticks from 1 on. Routers are at ports 0 and 1.
        let due = [1, 2, 3, 6, 11].contains(&tick);
        rig.announced(&by(if due { &[0, 1] } else { &[] }));
    }
}

fn never_without_an_interval(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for tick in 1..8 {
        rig.jump_to_tick(tick, MID_TICK);
        rig.announced(&[]);
    }
    rig.link(0, false);
    rig.link(0, true);
    rig.announced(&[]);
}

fn when_a_link_comes_up(kind: CardKind) {
    let mut image = announcing();
    image.announce = 1000;
    let mut rig = started(kind, &image);
    for tick in 1..5 {
        rig.jump_to_tick(tick, MID_TICK);
        rig.announced(&by(if tick <= 3 { &[0, 1] } else { &[] }));
    }
    rig.link(1, false);
    rig.announced(&[]);
    rig.link(1, true);
    // By that port alone, a tick apart; a server's port that comes up is told nothing.
    for tick in 4..9 {
        rig.jump_to_tick(tick, MID_TICK);
        rig.announced(&by(if tick <= 6 { &[1] } else { &[] }));
        rig.link(3, false);
        rig.link(3, true);
    }
}

fn not_by_a_link_that_is_down(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.jump_to_tick(1, MID_TICK);
    rig.link(0, false);
    rig.program(&announcing());
    rig.announced(&by(&[1]));
    rig.jump_to_tick(2, MID_TICK);
    rig.announced(&by(&[1]));
    rig.link(0, true);
    rig.announced(&by(&[0]));
    rig.jump_to_tick(3, MID_TICK);
    rig.announced(&by(&[0, 1]));
    rig.jump_to_tick(4, MID_TICK);
    rig.announced(&by(&[0]));
}

fn a_jump_counts_as_one_tick(kind: CardKind) {
    let mut rig = started(kind, &announcing());
    let mut tick = 1;
    for due in [true, true, true, false, false, true, false] {
        rig.jump_to_tick(tick, MID_TICK);
        rig.announced(&by(if due { &[0, 1] } else { &[] }));
        tick += 100;
    }
}

fn set_to_0_it_is_silent_and_begins_anew(kind: CardKind) {
    let mut rig = started(kind, &announcing());
    rig.announced(&by(&[0, 1]));
    rig.program(&image());
    for tick in 2..9 {
        rig.jump_to_tick(tick, MID_TICK);
        rig.announced(&[]);
    }
    rig.program(&announcing());
    rig.announced(&by(&[0, 1]));
}

fn tagged(kind: CardKind) {
    let mut image = announcing();
    let vlan = |vlan, announce| LogicalPort {
        port: 2,
        tagged: true,
        vlans: Some((vlan, vlan)),
        announce,
        ..LogicalPort::default()
    };
    image.logical_ports.truncate(1);
    image.logical_ports[0].announce = false;
    image
        .logical_ports
        .extend([vlan(5, true), vlan(6, false), vlan(4094, true)]);
    for member in image.members.values_mut() {
        member.logical_port = 2;
    }
    let mut rig = started(kind, &image);
    let expected = ["8100 0005", "8100 0ffe"].map(all).concat();
    let expected: Vec<_> = expected.iter().map(|frame| Leaving::by(2, frame)).collect();
    rig.announced(&expected);
}

fn only_addresses_that_there_are(kind: CardKind) {
    let mut image = announcing();
    image.vips = vec![vip("192.31.65.9", 1, &[2])];
    let mut rig = started(kind, &image);
    let one = |port| Leaving::by(port, &all("")[2]);
    rig.announced(&[one(0), one(1)]);
    // Addresses that come later begin anew.
    image.vips = announcing().vips;
    rig.program(&image);
    rig.announced(&by(&[0, 1]));
    rig.jump_to_tick(2, MID_TICK);
    rig.announced(&by(&[0, 1]));
}

fn frames_pass_meanwhile(kind: CardKind) {
    let mut rig = started(kind, &announcing());
    rig.announced(&by(&[0, 1]));
    rig.floods(0, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[1, 2, 3]);
    rig.jump_to_tick(2, MID_TICK);
    rig.announced(&by(&[0, 1]));
    rig.floods(1, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[0, 2, 3]);
}

on_every_card!(
    three_times_and_then_at_each_interval,
    never_without_an_interval,
    when_a_link_comes_up,
    not_by_a_link_that_is_down,
    a_jump_counts_as_one_tick,
    set_to_0_it_is_silent_and_begins_anew,
    tagged,
    only_addresses_that_there_are,
    frames_pass_meanwhile,
);
