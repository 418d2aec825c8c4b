//! Logical ports that pass tags as they are: which frames they hold, and where these go.

use crate::asks::{STATION_IP, WEB_IP, frame, request};
use crate::frames::{BROADCAST, PLAIN, WEB};
use flowswitch_driver::image::{Image, LogicalPort};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, STATION_2_MAC, STATION_MAC,
    WEB_MAC, image, whole_port,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::{HostReason, Leaving, Rig};

/// Logical ports in place of the fixture's; its routers are on 0, its servers on 1.
pub fn with_ports(ports: Vec<LogicalPort>) -> Image {
    let mut image = image();
    image.logical_ports = ports;
    let all = u64::MAX >> (64 - image.logical_ports.len());
    for port in &mut image.logical_ports {
        port.flood &= all;
    }
    for (&number, member) in &mut image.members {
        member.logical_port = u8::from(number < ROUTER_A);
    }
    image
}

pub fn plain(to: &str, from: &str, tags: &str) -> Vec<u8> {
    hex60(&[to, from, tags, PLAIN])
}

fn allowed_vlans(kind: CardKind) {
    let mut ports = vec![whole_port(0, 0b1110); 4];
    for (port, number) in ports.iter_mut().zip(0..) {
        port.port = number;
    }
    ports[0].vlans = Some((5, 99));
    ports[0].untagged = false;
    let mut rig = Rig::new(kind, &with_ports(ports.clone()));
    for (tag, held) in [
        ("8100 0005", true),
        ("88a8 e063", true),
        ("8100 0005 8100 0fff", true),
        ("8100 0004", false),
        ("8100 0064", false),
        ("8100 0fff", false),
        ("88a8 0064 8100 0005", false),
        // A priority tag names no VLAN; 0x9100 is no tag.
        ("8100 e000", false),
        ("", false),
        ("9100 0005", false),
    ] {
        let frame = plain(BROADCAST, STATION_MAC, tag);
        if held {
            rig.floods(0, &frame, &[1, 2, 3]);
        } else {
            rig.drops(0, &frame, "vlan-filtered");
        }
    }
    // Untagged frames alone.
    ports[0].untagged = true;
    ports[0].vlans = None;
    let mut rig = Rig::new(kind, &with_ports(ports));
    for tag in ["", "8100 e000", "88a8 0000 8100 0005"] {
        rig.floods(0, &plain(BROADCAST, STATION_MAC, tag), &[1, 2, 3]);
    }
    for tag in ["8100 0001", "8100 0ffe"] {
        rig.drops(0, &plain(BROADCAST, STATION_MAC, tag), "vlan-filtered");
    }
}

fn filtered_frames_are_not_learned(kind: CardKind) {
    let mut image = image();
    image.logical_ports[0].vlans = Some((5, 5));
    let mut rig = Rig::new(kind, &image);
    rig.drops(
        0,
        &plain(BROADCAST, STATION_MAC, "8100 0006"),
        "vlan-filtered",
    );
    let asked = plain(STATION_MAC, STATION_2_MAC, "8100 0006");
    rig.floods(1, &asked, &[2, 3]);
    assert_eq!(rig.load(ROUTER_A), [0; 4]);
}

fn filtered_before_all_but_rows_1_and_2(kind: CardKind) {
    let mut image = image();
    image.logical_ports[0].untagged = false;
    let mut rig = Rig::new(kind, &image);
    // Forged, claimed, asked for, to a cluster, to the host.
    let claim = frame(
        BROADCAST,
        STATION_MAC,
        &request(STATION_MAC, WEB_IP, WEB_IP),
    );
    let asked = frame(
        BROADCAST,
        STATION_MAC,
        &request(STATION_MAC, STATION_IP, WEB_IP),
    );
    for frame in [
        plain(BROADCAST, SERVER_0_MAC, ""),
        claim,
        asked,
        hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]),
        plain(HOST_MAC, STATION_MAC, ""),
    ] {
        rig.drops(0, &frame, "vlan-filtered");
    }
    rig.drops(0, &hex(&[BROADCAST, STATION_MAC, PLAIN]), "runt");
    let control = plain("0180c2000002", STATION_MAC, "");
    rig.to_host(0, &control, HostReason::Control);
    // A frame of no logical port is flooded nowhere.
    rig.drops(0, &plain("0180c2000000", STATION_MAC, ""), "no-port");
}

fn where_not_admitted_nothing_is_flooded(kind: CardKind) {
    let mut image = image();
    image.logical_ports[1].vlans = Some((1, 99));
    image.logical_ports[2].untagged = false;
    let mut rig = Rig::new(kind, &image);
    rig.floods(0, &plain(BROADCAST, STATION_MAC, ""), &[1, 3]);
    rig.floods(0, &plain(BROADCAST, STATION_MAC, "8100 0063"), &[1, 2, 3]);
    rig.floods(0, &plain(BROADCAST, STATION_MAC, "8100 0064"), &[2, 3]);
    rig.floods(0, &plain(BROADCAST, STATION_MAC, "8100 0000"), &[1, 3]);
    // What is known goes there all the same: who was learned in the VLAN was held by its port, and a member is where
    // it is.
    let frame = plain(SERVER_0_MAC, STATION_MAC, "");
    rig.sends(0, &frame, 2, &frame);
}

fn lowest_that_holds_a_frame(kind: CardKind) {
    // On port 0: VLANs 10 to 20, then everything; the first floods to port 1 alone.
    let mut ports: Vec<_> = (0..4).map(|port| whole_port(port, 0b1_1111)).collect();
    let first = LogicalPort {
        untagged: false,
        vlans: Some((10, 20)),
        flood: 0b0100,
        ..whole_port(0, 0)
    };
    ports.insert(0, first);
    let mut image = image();
    image.logical_ports = ports;
    for member in image.members.values_mut() {
        member.logical_port += 1;
    }
    let mut rig = Rig::new(kind, &image);
    let leaving = |frame: &[u8], ports: &[u8]| -> Vec<Leaving> {
        ports.iter().map(|&port| Leaving::by(port, frame)).collect()
    };
    for (tag, ports) in [
        ("8100 000a", &[1][..]),
        ("8100 0014", &[1]),
        ("8100 0009", &[1, 2, 3]),
        ("8100 0015", &[1, 2, 3]),
        ("", &[1, 2, 3]),
    ] {
        let frame = plain(BROADCAST, STATION_MAC, tag);
        rig.leaves(0, &frame, &leaving(&frame, ports));
    }
    // A frame of VLAN 10 from port 1 is admitted by both logical ports of port 0: a copy by each.
    let frame = plain(BROADCAST, STATION_2_MAC, "8100 000a");
    rig.leaves(1, &frame, &leaving(&frame, &[0, 0, 2, 3]));
    let frame = plain(BROADCAST, STATION_2_MAC, "8100 0009");
    rig.leaves(1, &frame, &leaving(&frame, &[0, 2, 3]));
}

fn native_vlan(kind: CardKind) {
    let mut image = image();
    for port in &mut image.logical_ports {
        port.domain = 7;
    }
    image.logical_ports[1].domain = 8;
    let mut rig = Rig::new(kind, &image);
    // Learned untagged under native VLAN 7, known to untagged frames of ports with the same native VLAN.
    rig.floods(0, &plain(BROADCAST, STATION_MAC, ""), &[1, 2, 3]);
    rig.passes(2, &plain(STATION_MAC, SERVER_0_MAC, ""), 0);
    rig.passes(2, &plain(STATION_MAC, SERVER_0_MAC, "8100 e000"), 0);
    rig.floods(1, &plain(STATION_MAC, ROUTER_B_MAC, ""), &[0, 2, 3]);
    // A tag of the same number is another domain: it would have to be taken off.
    rig.floods(2, &plain(STATION_MAC, SERVER_0_MAC, "8100 0007"), &[0, 1]);
}

on_every_card!(
    allowed_vlans,
    filtered_frames_are_not_learned,
    filtered_before_all_but_rows_1_and_2,
    where_not_admitted_nothing_is_flooded,
    lowest_that_holds_a_frame,
    native_vlan,
);
