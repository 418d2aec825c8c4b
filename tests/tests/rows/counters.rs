//! Section 6: the load vectors. Ports, drops, copies and conservation are judged after every frame of every test.

use crate::frames::{BROADCAST, PLAIN, REPLY, WEB, WEB_8080};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC,
    STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::{HostReason, Rig};

fn member_in_by_rows_12_16_17_and_19(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    // Row 12, 60 bytes.
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]);
    rig.sends(0, &frame, 2, &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, WEB]));
    assert_eq!(rig.load(0), [1, 0, 60, 0]);
    assert_eq!(rig.load(ROUTER_A), [0, 1, 0, 60]);
    // Row 16, 100 bytes.
    let reply = hex(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY, &"00".repeat(46)]);
    rig.sends(2, &reply, 0, &reply);
    assert_eq!(rig.load(0), [1, 1, 60, 100]);
    assert_eq!(rig.load(ROUTER_A), [1, 1, 100, 60]);
    // Row 17: counted for the router that gets it.
    rig.member(ROUTER_A, false);
    rig.sends(
        2,
        &reply,
        1,
        &hex(&[ROUTER_B_MAC, SERVER_0_MAC, REPLY, &"00".repeat(46)]),
    );
    assert_eq!(rig.load(ROUTER_A), [1, 1, 100, 60]);
    assert_eq!(rig.load(ROUTER_B), [1, 0, 100, 0]);
    // Row 19, static.
    let plain = hex60(&[SERVER_1_MAC, STATION_MAC, PLAIN]);
    rig.sends(1, &plain, 3, &plain);
    assert_eq!(rig.load(1), [1, 0, 60, 0]);
}

fn member_in_counts_unicast_only(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.floods(0, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[1, 2, 3]);
    rig.link(2, false);
    rig.drops(0, &hex60(&[SERVER_0_MAC, STATION_MAC, PLAIN]), "link-down");
    rig.drops(
        3,
        &hex60(&["020000000230", SERVER_1_MAC, PLAIN]),
        "filtered",
    );
    for member in [0, 1, 2, ROUTER_A, ROUTER_B] {
        assert_eq!(rig.load(member)[0], 0, "frames in of member {member}");
        assert_eq!(rig.load(member)[2], 0, "bytes in of member {member}");
    }
}

fn member_out_whatever_becomes_of_the_frame(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_8080]), "no-service");
    rig.to_host(
        0,
        &hex60(&[HOST_MAC, ROUTER_A_MAC, PLAIN]),
        HostReason::Addressed,
    );
    rig.floods(0, &hex60(&[BROADCAST, ROUTER_A_MAC, PLAIN]), &[1, 2, 3]);
    assert_eq!(rig.load(ROUTER_A), [0, 3, 0, 180]);
}

fn member_out_not_by_rows_1_to_3(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_marked(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]), "bad-frame");
    rig.drops(0, &hex(&[WEB_MAC, ROUTER_A_MAC, PLAIN]), "runt");
    rig.drops(0, &hex60(&["0180c2000001", ROUTER_A_MAC, PLAIN]), "pause");
    rig.to_host(
        0,
        &hex60(&["0180c2000002", ROUTER_A_MAC, PLAIN]),
        HostReason::Control,
    );
    rig.drops(1, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]), "forged-source");
    assert_eq!(rig.load(ROUTER_A), [0, 0, 0, 0]);
}

fn loads_add_up_over_ingress_ports(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for (port, source) in [
        (0, ROUTER_A_MAC),
        (1, ROUTER_B_MAC),
        (0, ROUTER_A_MAC),
        (3, SERVER_1_MAC),
    ] {
        let frame = hex60(&[WEB_MAC, source, WEB]);
        rig.sends(port, &frame, 2, &hex60(&[SERVER_0_MAC, source, WEB]));
    }
    assert_eq!(rig.load(0), [4, 0, 240, 0]);
    assert_eq!(rig.load(1), [0, 1, 0, 60]);
}

on_every_card!(
    member_in_by_rows_12_16_17_and_19,
    member_in_counts_unicast_only,
    member_out_whatever_becomes_of_the_frame,
    member_out_not_by_rows_1_to_3,
    loads_add_up_over_ingress_ports,
);
