//! Frames that the host injects: they name their egress and are never looked up.

use crate::frames::{PLAIN, WEB};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A_MAC, SERVER_0_MAC, STATION_2_MAC, STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::Rig;

fn injected_frame_leaves_as_it_is(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for egress in 0..4 {
        rig.injects(egress, &hex60(&[SERVER_0_MAC, HOST_MAC, WEB]));
    }
    // No row applies: not to a virtual MAC, not to a forged source, not to link-local control.
    rig.injects(2, &hex60(&[WEB_MAC, HOST_MAC, WEB]));
    rig.injects(1, &hex60(&["0180c2000001", "ffffffffffff", PLAIN]));
    let long = hex(&[STATION_MAC, HOST_MAC, &"5a".repeat(9588)]);
    rig.injects(3, &long);
}

fn injected_frame_is_not_learned(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.injects(1, &hex60(&[ROUTER_A_MAC, STATION_MAC, PLAIN]));
    rig.floods(0, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[1, 2, 3]);
}

fn injected_runt_and_giant(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_injected(0, &hex(&[STATION_MAC, HOST_MAC, PLAIN]), "runt");
    rig.drops_injected(
        0,
        &hex(&[STATION_MAC, HOST_MAC, &"00".repeat(9589)]),
        "giant",
    );
}

fn injected_for_no_port(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    // The host itself is no port to inject to.
    for egress in [4, 5, 15] {
        rig.drops_injected(egress, &hex60(&[STATION_MAC, HOST_MAC, PLAIN]), "no-port");
    }
}

fn injected_for_a_link_that_is_down(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(2, false);
    rig.drops_injected(2, &hex60(&[SERVER_0_MAC, HOST_MAC, PLAIN]), "link-down");
    rig.link(2, true);
    rig.injects(2, &hex60(&[SERVER_0_MAC, HOST_MAC, PLAIN]));
}

on_every_card!(
    injected_frame_leaves_as_it_is,
    injected_frame_is_not_learned,
    injected_runt_and_giant,
    injected_for_no_port,
    injected_for_a_link_that_is_down,
);
