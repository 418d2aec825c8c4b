//! The order of the rows: for each two rows that one frame can match at once, such a frame. The lower number wins.

use crate::frames::{
    ARP, BROADCAST, CAUGHT, OTHER, PLAIN, REPLY, STRANGER, TO_ROUTER_A, WEB, WEB_8080,
};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    HOST_MAC, OTHER_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC,
    STATION_2_MAC, STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::{HostReason, Rig};

const GROUP_SOURCE: &str = "030000000a01";

fn rows_01_and_02(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_marked(
        0,
        &hex60(&["0180c2000000", STATION_MAC, PLAIN]),
        "bad-frame",
    );
    rig.drops_marked(
        0,
        &hex60(&["0180c2000001", STATION_MAC, PLAIN]),
        "bad-frame",
    );
    rig.drops(0, &hex(&["0180c2000001", STATION_MAC, PLAIN]), "runt");
    rig.drops(0, &hex(&["0180c2000002", STATION_MAC, PLAIN]), "runt");
    let giant = hex(&["0180c2000002", STATION_MAC, &"00".repeat(9589)]);
    rig.drops(0, &giant, "giant");
}

fn rows_01_and_03(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_marked(0, &hex60(&[BROADCAST, GROUP_SOURCE, PLAIN]), "bad-frame");
    rig.drops(1, &hex(&[BROADCAST, SERVER_0_MAC, PLAIN]), "runt");
    rig.drops(1, &hex(&[BROADCAST, WEB_MAC, &"00".repeat(9589)]), "giant");
}

fn rows_01_and_12_to_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for destination in [
        WEB_MAC,
        ROUTER_A_MAC,
        HOST_MAC,
        SERVER_0_MAC,
        STATION_2_MAC,
        BROADCAST,
    ] {
        rig.drops_marked(1, &hex60(&[destination, STATION_MAC, WEB]), "bad-frame");
        // 54 bytes: all of the headers are there, but it is a runt.
        rig.drops(1, &hex(&[destination, STATION_MAC, WEB]), "runt");
        rig.drops(
            1,
            &hex(&[destination, STATION_MAC, WEB, &"00".repeat(9547)]),
            "giant",
        );
    }
    rig.member(ROUTER_A, false);
    rig.drops_marked(2, &hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]), "bad-frame");
}

fn rows_02_and_03(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &hex60(&["0180c2000001", GROUP_SOURCE, PLAIN]), "pause");
    rig.drops(1, &hex60(&["0180c2000001", SERVER_0_MAC, PLAIN]), "pause");
    rig.to_host(
        0,
        &hex60(&["0180c2000002", GROUP_SOURCE, PLAIN]),
        HostReason::Control,
    );
    rig.to_host(
        0,
        &hex60(&["0180c200000e", "000000000000", PLAIN]),
        HostReason::Control,
    );
    rig.to_host(
        1,
        &hex60(&["0180c200000e", SERVER_0_MAC, PLAIN]),
        HostReason::Control,
    );
    rig.floods(0, &hex60(&["0180c2000000", WEB_MAC, PLAIN]), &[1, 2, 3]);
}

fn rows_02_and_19(kind: CardKind) {
    // A link-local destination is a group, which row 19 would flood.
    let mut image = image();
    image.logical_ports[0].flood = 0;
    let mut rig = Rig::new(kind, &image);
    rig.drops(0, &hex60(&["0180c2000001", STATION_MAC, PLAIN]), "pause");
    rig.to_host(
        0,
        &hex60(&["0180c2000003", STATION_MAC, PLAIN]),
        HostReason::Control,
    );
    // Row 2 floods as row 19 does, no port included.
    rig.drops(0, &hex60(&["0180c2000000", STATION_MAC, PLAIN]), "no-port");
}

fn rows_02_and_12(kind: CardKind) {
    // The content is IP to a cluster's address: only the MAC counts in row 2, and only a virtual one in row 12.
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &hex60(&["0180c2000001", STATION_MAC, WEB]), "pause");
    rig.to_host(
        0,
        &hex60(&["0180c2000002", STATION_MAC, WEB]),
        HostReason::Control,
    );
}

fn rows_03_and_12(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for source in [
        GROUP_SOURCE,
        "000000000000",
        WEB_MAC,
        OTHER_MAC,
        HOST_MAC,
        ROUTER_B_MAC,
        SERVER_0_MAC,
    ] {
        rig.drops(0, &hex60(&[WEB_MAC, source, WEB]), "forged-source");
    }
}

fn rows_03_and_14(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for content in [WEB_8080, CAUGHT, STRANGER, ARP] {
        rig.drops(
            0,
            &hex60(&[WEB_MAC, GROUP_SOURCE, content]),
            "forged-source",
        );
    }
}

fn rows_03_and_16_17(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    // A server's MAC on the wrong port, to a router that is up and to one that is down.
    rig.drops(
        3,
        &hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]),
        "forged-source",
    );
    rig.member(ROUTER_A, false);
    rig.drops(
        3,
        &hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]),
        "forged-source",
    );
    // A router's to itself, from another port: forged before it is filtered or forwarded.
    rig.drops(
        1,
        &hex60(&[ROUTER_A_MAC, ROUTER_A_MAC, REPLY]),
        "forged-source",
    );
}

fn rows_03_and_18(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &hex60(&[HOST_MAC, HOST_MAC, PLAIN]), "forged-source");
    rig.drops(
        0,
        &hex60(&[HOST_MAC, "010000000a01", PLAIN]),
        "forged-source",
    );
}

fn rows_03_and_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &hex60(&[BROADCAST, BROADCAST, ARP]), "forged-source");
    rig.drops(
        0,
        &hex60(&[SERVER_0_MAC, SERVER_1_MAC, PLAIN]),
        "forged-source",
    );
    rig.drops(0, &hex60(&[STATION_2_MAC, WEB_MAC, PLAIN]), "forged-source");
    rig.link(2, false);
    rig.drops(
        0,
        &hex60(&[SERVER_0_MAC, SERVER_1_MAC, PLAIN]),
        "forged-source",
    );
}

fn rows_12_and_14(kind: CardKind) {
    // Service 5's address sends what no service has to the host; what service 5 has goes to its server.
    let mut rig = Rig::new(kind, &image());
    let web =
        "0800 4500002800010000 40066fa5 0a000001 c01f410a 9c400050 00000001 00000000 50020400";
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, web]);
    rig.sends(0, &frame, 2, &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, web]));
    // With no server up it is still row 12 that decides.
    rig.member(0, false);
    rig.member(1, false);
    rig.drops(0, &frame, "no-server");
    rig.to_host(
        0,
        &hex60(&[WEB_MAC, ROUTER_A_MAC, CAUGHT]),
        HostReason::NoService,
    );
}

fn rows_12_and_19_cluster_address_to_a_servers_mac(kind: CardKind) {
    // The cluster's address alone makes no row 12: here the destination MAC is a server's, a station's, the host's.
    let mut rig = Rig::new(kind, &image());
    let frame = hex60(&[SERVER_1_MAC, ROUTER_A_MAC, WEB]);
    rig.sends(0, &frame, 3, &frame);
    rig.floods(0, &hex60(&[STATION_2_MAC, ROUTER_A_MAC, WEB]), &[1, 2, 3]);
    rig.to_host(
        0,
        &hex60(&[HOST_MAC, ROUTER_A_MAC, OTHER]),
        HostReason::Addressed,
    );
    rig.floods(0, &hex60(&[BROADCAST, ROUTER_A_MAC, WEB]), &[1, 2, 3]);
}

fn rows_12_and_15_17_server_opens_a_connection_to_a_cluster(kind: CardKind) {
    // From a server, with the cluster's address as source, to a virtual MAC: row 12, whatever the source.
    let mut rig = Rig::new(kind, &image());
    let to_other =
        "0800 4500002800010000 4006b0a1 c01f4101 c01f4109 9c400050 00000001 00000000 50020400";
    let frame = hex60(&[OTHER_MAC, SERVER_0_MAC, to_other]);
    rig.sends(
        2,
        &frame,
        3,
        &hex60(&["020000000230", SERVER_0_MAC, to_other]),
    );
}

fn rows_16_and_17(kind: CardKind) {
    // From a server to a router: up, it is not re-addressed although its pool has another first member.
    let mut image = image();
    image.buckets[2].first = Some(ROUTER_A + 1);
    let mut rig = Rig::new(kind, &image);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]);
    rig.sends(2, &frame, 0, &frame);
}

fn rows_16_and_19(kind: CardKind) {
    // A router's entry is static: a frame to it is row 16, and a station cannot take it away.
    let mut rig = Rig::new(kind, &image());
    rig.drops(1, &hex60(&[BROADCAST, ROUTER_A_MAC, ARP]), "forged-source");
    let frame = hex60(&[ROUTER_A_MAC, STATION_MAC, ARP]);
    rig.sends(1, &frame, 0, &frame);
}

fn rows_17_and_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(0, false);
    // IP from a server: re-addressed although the router's port is down ...
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]);
    rig.sends(2, &frame, 1, &hex60(&[ROUTER_B_MAC, SERVER_0_MAC, REPLY]));
    // ... but not to a router's own address, not if it is no IP, and not from anyone else: row 19, and its link is down.
    rig.drops(
        2,
        &hex60(&[ROUTER_A_MAC, SERVER_0_MAC, TO_ROUTER_A]),
        "link-down",
    );
    rig.drops(2, &hex60(&[ROUTER_A_MAC, SERVER_0_MAC, ARP]), "link-down");
    rig.drops(1, &hex60(&[ROUTER_A_MAC, STATION_MAC, REPLY]), "link-down");
}

fn rows_17_and_19_on_the_routers_own_port(kind: CardKind) {
    // A server on router A's port: row 17 re-addresses what row 19 would filter.
    let mut image = image();
    image
        .members
        .insert(7, flowswitch_tests::fixture::member("020000000277", 0));
    let mut rig = Rig::new(kind, &image);
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, "020000000277", REPLY]);
    rig.sends(0, &frame, 1, &hex60(&[ROUTER_B_MAC, "020000000277", REPLY]));
    rig.drops(
        0,
        &hex60(&[ROUTER_A_MAC, "020000000277", TO_ROUTER_A]),
        "filtered",
    );
}

fn rows_18_and_19(kind: CardKind) {
    // The host's MAC is static: the frame is neither flooded nor kept from the host by `unknown = "drop"`.
    let mut image = image();
    image.drop_unknown = true;
    let mut rig = Rig::new(kind, &image);
    rig.drops(1, &hex60(&[BROADCAST, HOST_MAC, ARP]), "forged-source");
    rig.to_host(
        0,
        &hex60(&[HOST_MAC, STATION_MAC, PLAIN]),
        HostReason::Addressed,
    );
}

fn rows_19_static_and_learned(kind: CardKind) {
    // A station that was learned and is then made a server goes by its entry, not by what was learned.
    let mut rig = Rig::new(kind, &image());
    rig.floods(0, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[1, 2, 3]);
    let frame = hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]);
    rig.sends(1, &frame, 0, &frame);
    let mut image = image();
    image
        .members
        .insert(9, flowswitch_tests::fixture::member(STATION_MAC, 3));
    rig.program(&image);
    rig.sends(1, &frame, 3, &frame);
}

on_every_card!(
    rows_01_and_02,
    rows_01_and_03,
    rows_01_and_12_to_19,
    rows_02_and_03,
    rows_02_and_12,
    rows_02_and_19,
    rows_03_and_12,
    rows_03_and_14,
    rows_03_and_16_17,
    rows_03_and_18,
    rows_03_and_19,
    rows_12_and_14,
    rows_12_and_19_cluster_address_to_a_servers_mac,
    rows_12_and_15_17_server_opens_a_connection_to_a_cluster,
    rows_16_and_17,
    rows_16_and_19,
    rows_17_and_19,
    rows_17_and_19_on_the_routers_own_port,
    rows_18_and_19,
    rows_19_static_and_learned,
);
