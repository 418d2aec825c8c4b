//! As `pairs`, for the rows of ARP and neighbour discovery.

use crate::asks::{
    ALL_NODES, HOST_IP, OTHER_IP, OTHER_IP6, ROUTER_A_IP, ROUTER_B_IP, STATION_IP, STATION_IP6,
    WEB_IP, WEB_IP6, advertisement, arp_answer, built_request, frame, ip6, nd_answer, reply,
    request, solicits,
};
use crate::frames::BROADCAST;
use crate::row_04::{claims, probes};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    HOST_MAC, OTHER_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_2_MAC,
    STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::neighbour::Discovery;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::{HostReason, Rig};

/// A frame for each of rows 4 to 10, the place that it comes from before it.
fn of_each_row(to: &str) -> Vec<(u8, Vec<u8>)> {
    let packets = [
        (2, SERVER_0_MAC, request(SERVER_0_MAC, WEB_IP, WEB_IP)),
        (0, STATION_MAC, request(STATION_MAC, STATION_IP, WEB_IP)),
        (0, STATION_MAC, request(STATION_MAC, WEB_IP, STATION_IP)),
        (2, SERVER_0_MAC, request(SERVER_0_MAC, WEB_IP, ROUTER_A_IP)),
        (0, STATION_MAC, request(STATION_MAC, STATION_IP, HOST_IP)),
        (
            0,
            ROUTER_A_MAC,
            request(ROUTER_A_MAC, ROUTER_A_IP, STATION_IP),
        ),
        (2, SERVER_0_MAC, request(SERVER_0_MAC, WEB_IP, STATION_IP)),
    ];
    let framed = |(place, from, packet): (u8, &str, Vec<u8>)| (place, frame(to, from, &packet));
    packets.map(framed).to_vec()
}

fn rows_01_and_04_to_10(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for (place, frame) in of_each_row(BROADCAST) {
        rig.drops_marked(place, &frame, "bad-frame");
        rig.drops(place, &frame[..59], "runt");
        let mut giant = frame;
        giant.resize(9601, 0);
        rig.drops(place, &giant, "giant");
    }
}

fn rows_02_and_04_to_10(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for (place, frame) in of_each_row("0180c2000001") {
        rig.drops(place, &frame, "pause");
    }
    for group in ["0180c2000000", "0180c2000003"] {
        for (place, frame) in of_each_row(group) {
            rig.to_host(place, &frame, HostReason::Control);
        }
    }
}

fn rows_03_and_04_to_10(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for source in [
        SERVER_0_MAC,
        ROUTER_B_MAC,
        WEB_MAC,
        HOST_MAC,
        "030000000a01",
    ] {
        for packet in claims(source).into_iter().chain(probes(source)) {
            rig.drops(3, &frame(BROADCAST, source, &packet), "forged-source");
        }
        for (_, mut frame) in of_each_row(BROADCAST) {
            frame.splice(6..12, flowswitch_tests::fixture::mac(source).0);
            rig.drops(3, &frame, "forged-source");
        }
    }
}

fn rows_04_and_05(kind: CardKind) {
    // Every claim of a server asks for the address too: it is not answered.
    let mut rig = Rig::new(kind, &image());
    for packet in claims(SERVER_0_MAC).into_iter().chain(probes(SERVER_0_MAC)) {
        rig.swallows(2, &frame(BROADCAST, SERVER_0_MAC, &packet));
    }
}

fn rows_04_and_10(kind: CardKind) {
    // A server's reply in the cluster's name to a virtual MAC, asking for a virtual address.
    let mut rig = Rig::new(kind, &image());
    let claim = reply((SERVER_0_MAC, WEB_IP), (OTHER_MAC, OTHER_IP));
    rig.swallows(2, &frame(OTHER_MAC, SERVER_0_MAC, &claim));
    let claim = advertisement(SERVER_0_MAC, WEB_IP6, OTHER_IP6).bytes();
    rig.swallows(2, &frame(OTHER_MAC, SERVER_0_MAC, &claim));
}

fn rows_05_and_06(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let both = request(STATION_MAC, WEB_IP, OTHER_IP);
    rig.drops(0, &frame(BROADCAST, STATION_MAC, &both), "address-conflict");
    let both = solicits(STATION_MAC, WEB_IP6, OTHER_IP6);
    rig.drops(0, &both, "address-conflict");
}

fn rows_05_and_09(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let both = request(ROUTER_A_MAC, ROUTER_A_IP, WEB_IP);
    let told = arp_answer(ROUTER_A_MAC, "", WEB_MAC, WEB_IP, ROUTER_A_IP);
    rig.answers(0, &frame(BROADCAST, ROUTER_A_MAC, &both), &told);
}

fn rows_05_and_10(kind: CardKind) {
    // A server asks in its cluster's name for the other cluster's address.
    let mut rig = Rig::new(kind, &image());
    let both = request(SERVER_0_MAC, WEB_IP, OTHER_IP);
    let told = arp_answer(SERVER_0_MAC, "", OTHER_MAC, OTHER_IP, WEB_IP);
    rig.answers(2, &frame(BROADCAST, SERVER_0_MAC, &both), &told);
    // To a virtual MAC, from a station: a request is answered, though a reply would go to the servers.
    let both = request(STATION_MAC, STATION_IP, WEB_IP);
    let told = arp_answer(STATION_MAC, "", WEB_MAC, WEB_IP, STATION_IP);
    rig.answers(0, &frame(WEB_MAC, STATION_MAC, &both), &told);
}

fn rows_05_and_12_to_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.member(ROUTER_A, false);
    let both = Discovery {
        destination: ip6(WEB_IP6),
        ..crate::asks::solicitation(STATION_MAC, STATION_IP6, WEB_IP6)
    };
    for to in [WEB_MAC, ROUTER_A_MAC, ROUTER_B_MAC, HOST_MAC, SERVER_0_MAC] {
        let told = nd_answer(
            (STATION_MAC, STATION_IP6),
            "",
            (WEB_MAC, WEB_IP6),
            "60000000",
            "c5f8",
        );
        rig.answers(1, &frame(to, STATION_MAC, &both.bytes()), &told);
    }
}

fn rows_06_and_07_08(kind: CardKind) {
    // A server asks for a router, or the host, in the name of another cluster.
    let mut rig = Rig::new(kind, &image());
    for asked in [ROUTER_A_IP, ROUTER_B_IP, HOST_IP] {
        let both = request(SERVER_2_MAC, WEB_IP, asked);
        let both = frame(BROADCAST, SERVER_2_MAC, &both);
        rig.drops(3, &both, "address-conflict");
    }
}

fn rows_06_and_09(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for packet in claims(ROUTER_A_MAC) {
        let both = frame(BROADCAST, ROUTER_A_MAC, &packet);
        rig.drops(0, &both, "address-conflict");
    }
    let [vip, target] = [WEB_IP6, STATION_IP6].map(ip6);
    let redirect = Discovery::redirect(vip, target, vip, target).bytes();
    let both = frame(SERVER_0_MAC, ROUTER_A_MAC, &redirect);
    rig.drops(0, &both, "address-conflict");
}

fn rows_06_and_10_to_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for to in [WEB_MAC, ROUTER_B_MAC, HOST_MAC, SERVER_0_MAC, STATION_MAC] {
        for packet in claims(STATION_MAC) {
            let both = frame(to, STATION_MAC, &packet);
            rig.drops(0, &both, "address-conflict");
        }
    }
    // A reply in one cluster's name for the other, from nobody's server.
    let both = reply((STATION_MAC, WEB_IP), (OTHER_MAC, OTHER_IP));
    let both = frame(OTHER_MAC, STATION_MAC, &both);
    rig.drops(0, &both, "address-conflict");
}

fn rows_07_and_10(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for to in [BROADCAST, ROUTER_A_MAC, STATION_MAC] {
        let both = request(SERVER_0_MAC, WEB_IP, ROUTER_B_IP);
        let told = arp_answer(SERVER_0_MAC, "", ROUTER_A_MAC, ROUTER_B_IP, WEB_IP);
        rig.answers(2, &frame(to, SERVER_0_MAC, &both), &told);
    }
    // With no router up it is still row 7 that decides.
    rig.member(ROUTER_A, false);
    rig.member(ROUTER_A + 1, false);
    let both = request(SERVER_0_MAC, WEB_IP, ROUTER_B_IP);
    rig.drops(2, &frame(BROADCAST, SERVER_0_MAC, &both), "no-router");
}

fn rows_08_and_09_10(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for (place, from, claimed) in [(0, ROUTER_A_MAC, ROUTER_A_IP), (2, SERVER_0_MAC, WEB_IP)] {
        let both = request(from, claimed, HOST_IP);
        let told = arp_answer(from, "", HOST_MAC, HOST_IP, claimed);
        rig.answers(place, &frame(BROADCAST, from, &both), &told);
    }
}

fn rows_09_and_12(kind: CardKind) {
    // A redirect addressed to the cluster, with a service of any protocol there.
    let mut image = image();
    image.services[1].protocol = None;
    image.services[1].ports = None;
    let mut rig = Rig::new(kind, &image);
    let [from, to] = ["fe80::2", WEB_IP6].map(ip6);
    let redirect = Discovery::redirect(from, to, from, ip6(STATION_IP6)).bytes();
    rig.drops(0, &frame(WEB_MAC, ROUTER_A_MAC, &redirect), "isolated");
    // Whoever sends it.
    let other = frame(WEB_MAC, STATION_MAC, &redirect);
    rig.drops(0, &other, "isolated");
}

fn rows_10_and_12_14(kind: CardKind) {
    // An advertisement to the cluster's address and MAC, with a service of any protocol there: for every server.
    let mut image = image();
    image.services[1].protocol = None;
    image.services[1].ports = None;
    let mut rig = Rig::new(kind, &image);
    let both = advertisement(STATION_MAC, STATION_IP6, WEB_IP6).bytes();
    rig.floods_as(
        0,
        &frame(WEB_MAC, STATION_MAC, &both),
        &[2, 3],
        &frame("333300000001", STATION_MAC, &both),
    );
    // None up: row 10's drop, before anything is asked of the host.
    rig.member(0, false);
    rig.member(1, false);
    rig.drops(0, &frame(WEB_MAC, STATION_MAC, &both), "no-server");
}

fn rows_10_and_16_to_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let both = request(SERVER_0_MAC, WEB_IP, STATION_IP);
    let expected = |to| built_request(to, WEB_MAC, WEB_IP, STATION_IP);
    let to_router = frame(ROUTER_A_MAC, SERVER_0_MAC, &both);
    rig.copies(2, &to_router, &[0], &expected(ROUTER_A_MAC));
    rig.link(0, false);
    rig.drops(2, &to_router, "link-down");
    // To the host's MAC it is the host's.
    let to_host = frame(HOST_MAC, SERVER_0_MAC, &both);
    rig.to_host(2, &to_host, HostReason::Addressed);
    // Without a source in the cluster's name it is not row 10's.
    let other = request(SERVER_0_MAC, "192.31.65.50", STATION_IP);
    let other = frame(BROADCAST, SERVER_0_MAC, &other);
    rig.floods(2, &other, &[1]);
    let other = Discovery::router_solicitation(ip6("fe80::210"), ip6(ALL_NODES)).bytes();
    rig.floods(2, &frame("333300000002", SERVER_0_MAC, &other), &[1]);
}

on_every_card!(
    rows_01_and_04_to_10,
    rows_02_and_04_to_10,
    rows_03_and_04_to_10,
    rows_04_and_05,
    rows_04_and_10,
    rows_05_and_06,
    rows_05_and_09,
    rows_05_and_10,
    rows_05_and_12_to_19,
    rows_06_and_07_08,
    rows_06_and_09,
    rows_06_and_10_to_19,
    rows_07_and_10,
    rows_08_and_09_10,
    rows_09_and_12,
    rows_10_and_12_14,
    rows_10_and_16_to_19,
);
