//! Logical ports that are VLANs: what passes between them, and what changes on the way.

use crate::asks::{STATION_IP, WEB_IP, arp_answer, frame, reply, request, tagged};
use crate::frames::{BROADCAST, REPLY, WEB};
use crate::logical_ports::{plain, with_ports};
use flowswitch_driver::image::LogicalPort;
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, STATION_2_MAC, STATION_MAC, WEB_MAC, whole_port,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::{Leaving, Rig};

/// A tagged logical port, open to all others.
fn vlan(port: u8, vlan: u16, domain: u16) -> LogicalPort {
    LogicalPort {
        port,
        tagged: true,
        vlans: Some((vlan, vlan)),
        domain,
        flood: u64::MAX,
        ..LogicalPort::default()
    }
}

fn retagged(kind: CardKind) {
    let image = with_ports(vec![vlan(0, 10, 1), vlan(1, 20, 1), vlan(0, 30, 1)]);
    let mut rig = Rig::new(kind, &image);
    // Priority and drop eligibility stay; the tag's kind and an inner tag too.
    for (came, by_1, by_0) in [
        ("8100 000a", "8100 0014", "8100 001e"),
        ("8100 f00a", "8100 f014", "8100 f01e"),
        (
            "88a8 300a 8100 0fff",
            "88a8 3014 8100 0fff",
            "88a8 301e 8100 0fff",
        ),
    ] {
        rig.leaves(
            0,
            &plain(BROADCAST, STATION_MAC, came),
            &[
                Leaving::by(0, &plain(BROADCAST, STATION_MAC, by_0)),
                Leaving::by(1, &plain(BROADCAST, STATION_MAC, by_1)),
            ],
        );
        let web = |to: &str, tag: &str| hex60(&[to, ROUTER_A_MAC, tag, WEB]);
        rig.leaves(
            0,
            &web(WEB_MAC, came),
            &[Leaving::by(1, &web(SERVER_0_MAC, by_1))],
        );
        let back = |tag: &str| hex60(&[ROUTER_A_MAC, SERVER_0_MAC, tag, REPLY]);
        rig.leaves(1, &back(by_1), &[Leaving::by(0, &back(came))]);
    }
    for tag in ["", "8100 0000", "8100 000b", "8100 0014"] {
        let frame = plain(BROADCAST, STATION_MAC, tag);
        rig.lost(0, &frame, "vlan-filtered");
    }
    // Frames of every length, so that the tag is in the first beat of many.
    for length in [64, 65, 128, 129, 1518, 9600] {
        let with = |tag: &str| {
            let mut frame = plain(SERVER_1_MAC, STATION_MAC, tag);
            frame.resize(length, 0x5a);
            frame
        };
        rig.leaves(0, &with("8100 600a"), &[Leaving::by(1, &with("8100 6014"))]);
    }
}

fn learned_by_logical_port(kind: CardKind) {
    // Three VLANs of one port in one domain: what one has learned the others know.
    let image = with_ports(vec![vlan(0, 10, 1), vlan(0, 20, 1), vlan(0, 30, 1)]);
    let mut rig = Rig::new(kind, &image);
    let asked = |tag| plain(STATION_MAC, STATION_2_MAC, tag);
    let flood = |frame: &dyn Fn(&str) -> Vec<u8>, tags: [&str; 2]| {
        tags.map(|tag| Leaving::by(0, &frame(tag)))
    };
    let seen = |tag: &str| plain(BROADCAST, STATION_MAC, tag);
    rig.leaves(
        0,
        &seen("8100 000a"),
        &flood(&seen, ["8100 0014", "8100 001e"]),
    );
    // From VLAN 20 to VLAN 10 of the same port it passes, within VLAN 10 it is filtered.
    rig.leaves(
        0,
        &asked("8100 0014"),
        &[Leaving::by(0, &asked("8100 000a"))],
    );
    rig.lost(0, &asked("8100 000a"), "filtered");
    // It moves from one VLAN of the port to the other.
    rig.leaves(
        0,
        &seen("8100 001e"),
        &flood(&seen, ["8100 000a", "8100 0014"]),
    );
    rig.leaves(
        0,
        &asked("8100 0014"),
        &[Leaving::by(0, &asked("8100 001e"))],
    );
    rig.lost(0, &asked("8100 001e"), "filtered");
}

fn one_mac_in_two_domains(kind: CardKind) {
    let image = with_ports(vec![
        vlan(0, 10, 1),
        vlan(1, 20, 1),
        vlan(0, 30, 2),
        vlan(2, 40, 2),
    ]);
    let mut rig = Rig::new(kind, &image);
    let everywhere = |came: &str, to: &str, from: &str| -> Vec<Leaving> {
        [
            (0, "8100 000a"),
            (0, "8100 001e"),
            (1, "8100 0014"),
            (2, "8100 0028"),
        ]
        .into_iter()
        .filter(|(_, tag)| *tag != came)
        .map(|(port, tag)| Leaving::by(port, &plain(to, from, tag)))
        .collect()
    };
    for (port, tag) in [(0, "8100 000a"), (2, "8100 0028")] {
        let seen = plain(BROADCAST, STATION_MAC, tag);
        rig.leaves(port, &seen, &everywhere(tag, BROADCAST, STATION_MAC));
    }
    let asked = |tag| plain(STATION_MAC, STATION_2_MAC, tag);
    rig.leaves(
        1,
        &asked("8100 0014"),
        &[Leaving::by(0, &asked("8100 000a"))],
    );
    rig.leaves(
        0,
        &asked("8100 001e"),
        &[Leaving::by(2, &asked("8100 0028"))],
    );
}

fn static_stations_by_logical_port(kind: CardKind) {
    let image = with_ports(vec![vlan(0, 10, 1), vlan(0, 20, 1), vlan(1, 30, 1)]);
    let mut rig = Rig::new(kind, &image);
    // The right port, but another VLAN of it.
    let forged = |tag| plain(BROADCAST, SERVER_0_MAC, tag);
    rig.lost(0, &forged("8100 000a"), "forged-source");
    rig.lost(1, &forged("8100 001e"), "forged-source");
    rig.leaves(
        0,
        &forged("8100 0014"),
        &[
            Leaving::by(0, &forged("8100 000a")),
            Leaving::by(1, &forged("8100 001e")),
        ],
    );
    let to_server = |tag| plain(SERVER_1_MAC, STATION_MAC, tag);
    rig.lost(0, &to_server("8100 0014"), "filtered");
    rig.leaves(
        0,
        &to_server("8100 000a"),
        &[Leaving::by(0, &to_server("8100 0014"))],
    );
}

fn several_copies_on_one_port_stay_in_order(kind: CardKind) {
    // Logical ports of two network ports, in turn.
    let ports = (0u8..8)
        .map(|n| vlan(n % 2, 10 + u16::from(n), 1))
        .collect();
    let mut rig = Rig::new(kind, &with_ports(ports));
    for length in [64, 65, 200, 1500, 9600] {
        let with = |vlan: u8| {
            let tag = format!("8100 b0{vlan:02x}");
            let mut frame = plain(BROADCAST, STATION_MAC, &tag);
            frame.resize(length, 0xc3);
            frame
        };
        let leaving: Vec<_> = [12, 14, 16, 11, 13, 15, 17]
            .map(|vlan: u8| Leaving::by(vlan % 2, &with(vlan)))
            .to_vec();
        rig.leaves(0, &with(10), &leaving);
    }
}

fn sixty_four_logical_ports(kind: CardKind) {
    let ports = (0u8..64)
        .map(|n| vlan(n % 4, 100 + u16::from(n), 1))
        .collect();
    let mut rig = Rig::new(kind, &with_ports(ports));
    for from in [0u16, 31, 32, 63] {
        let with = |vlan: u16| plain(BROADCAST, STATION_MAC, &format!("8100 {:04x}", 100 + vlan));
        let leaving: Vec<_> = (0..64)
            .filter(|&vlan| vlan != from)
            .map(|vlan| Leaving::by((vlan % 4) as u8, &with(vlan)))
            .collect();
        rig.leaves((from % 4) as u8, &with(from), &leaving);
    }
}

fn nothing_between_tagged_and_transparent(kind: CardKind) {
    // Port 0 is whole, VLAN 20 of port 1 is tagged; routers on the former, servers on the latter.
    let image = with_ports(vec![
        whole_port(0, u64::MAX),
        vlan(1, 20, 0),
        whole_port(2, u64::MAX),
    ]);
    let mut rig = Rig::new(kind, &image);
    for tag in ["", "8100 0014"] {
        let seen = plain(BROADCAST, STATION_MAC, tag);
        rig.leaves(0, &seen, &[Leaving::by(2, &seen)]);
        rig.lost(0, &plain(SERVER_0_MAC, STATION_MAC, tag), "vlan-filtered");
        // A server behind the other kind is not up.
        rig.lost(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, tag, WEB]), "no-server");
    }
    let seen = plain(BROADCAST, SERVER_0_MAC, "8100 0014");
    rig.lost(1, &seen, "no-port");
    let to_router = plain(ROUTER_A_MAC, SERVER_0_MAC, "8100 0014");
    rig.lost(1, &to_router, "vlan-filtered");
    // Before link-down.
    rig.link(0, false);
    rig.lost(1, &to_router, "vlan-filtered");
}

fn answers_leave_where_the_request_came(kind: CardKind) {
    let image = with_ports(vec![vlan(0, 10, 1), vlan(0, 20, 1)]);
    let mut rig = Rig::new(kind, &image);
    for tag in ["8100 700a", "88a8 f014", "8100 000a 8100 0014"] {
        let asked = frame(
            BROADCAST,
            STATION_MAC,
            &request(STATION_MAC, STATION_IP, WEB_IP),
        );
        rig.answers(
            0,
            &tagged(&asked, tag),
            &arp_answer(STATION_MAC, tag, WEB_MAC, WEB_IP, STATION_IP),
        );
    }
}

fn answers_for_all_servers_by_vlan(kind: CardKind) {
    let mut image = with_ports(vec![vlan(0, 10, 1), vlan(0, 20, 1), vlan(1, 30, 1)]);
    for (number, logical_port) in [(0, 1), (1, 2), (2, 2)] {
        image
            .members
            .get_mut(&number)
            .expect("a server")
            .logical_port = logical_port;
    }
    let mut rig = Rig::new(kind, &image);
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, WEB_IP));
    let with = |to: &str, tag: &str| tagged(&frame(to, STATION_MAC, &answer), tag);
    rig.leaves(
        0,
        &with(WEB_MAC, "8100 a00a"),
        &[
            Leaving::by(0, &with(BROADCAST, "8100 a014")),
            Leaving::by(1, &with(BROADCAST, "8100 a01e")),
        ],
    );
}

fn link_down_takes_all_logical_ports(kind: CardKind) {
    let image = with_ports(vec![
        vlan(0, 10, 1),
        vlan(0, 20, 1),
        vlan(1, 30, 1),
        vlan(2, 40, 1),
    ]);
    let mut rig = Rig::new(kind, &image);
    rig.link(1, false);
    let with = |tag: &str| plain(BROADCAST, STATION_MAC, tag);
    rig.leaves(
        0,
        &with("8100 000a"),
        &[
            Leaving::by(0, &with("8100 0014")),
            Leaving::by(2, &with("8100 0028")),
        ],
    );
    rig.link(0, false);
    rig.lost(2, &with("8100 0028"), "no-port");
}

on_every_card!(
    retagged,
    learned_by_logical_port,
    one_mac_in_two_domains,
    static_stations_by_logical_port,
    several_copies_on_one_port_stay_in_order,
    sixty_four_logical_ports,
    nothing_between_tagged_and_transparent,
    answers_leave_where_the_request_came,
    answers_for_all_servers_by_vlan,
    link_down_takes_all_logical_ports,
);
