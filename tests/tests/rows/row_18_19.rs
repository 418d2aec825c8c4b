//! Rows 18 and 19: to the host, and the learning switch for all the rest.

use crate::frames::{ARP, BROADCAST, MULTICAST, PLAIN, REPLY, WEB};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC, SERVER_2_MAC,
    STATION_2_MAC, STATION_MAC, image,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::rig::{HostReason, Rig};
use flowswitch_tests::{on_every_card, on_every_layout};

fn row_18_host(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (port, source, rest) in [
        (0, ROUTER_A_MAC, WEB),
        (2, SERVER_0_MAC, ARP),
        (1, STATION_MAC, PLAIN),
        (3, SERVER_1_MAC, "8100 0064 0806 0001"),
    ] {
        rig.to_host(
            port,
            &hex60(&[HOST_MAC, source, rest]),
            HostReason::Addressed,
        );
    }
}

fn row_18_no_host_no_row(bed: Bed) {
    let mut image = image();
    image.host = None;
    image.host_addresses.clear();
    let mut rig = bed.rig(&image);
    rig.floods(0, &hex60(&[HOST_MAC, STATION_MAC, PLAIN]), &[1, 2, 3]);
}

fn row_19_static_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (port, source, destination, egress) in [
        (0, ROUTER_A_MAC, SERVER_0_MAC, 2),
        (0, ROUTER_A_MAC, SERVER_1_MAC, 3),
        (1, STATION_MAC, SERVER_2_MAC, 3),
        (2, SERVER_0_MAC, SERVER_1_MAC, 3),
    ] {
        let frame = hex60(&[destination, source, WEB]);
        rig.sends(port, &frame, egress, &frame);
    }
}

fn row_19_static_server_marked_down_is_still_reached(bed: Bed) {
    // Row 19 asks for the link, not for the member's up bit: probes of a server that is down pass.
    let mut rig = bed.rig(&image());
    rig.member(0, false);
    let frame = hex60(&[SERVER_0_MAC, ROUTER_A_MAC, WEB]);
    rig.sends(0, &frame, 2, &frame);
}

fn row_19_static_router_down(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, ROUTER_B_MAC, PLAIN]);
    rig.sends(1, &frame, 0, &frame);
}

fn row_19_static_link_down(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(2, false);
    rig.drops(0, &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, WEB]), "link-down");
}

fn row_19_static_filtered(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(3, &hex60(&[SERVER_2_MAC, SERVER_1_MAC, REPLY]), "filtered");
    rig.drops(2, &hex60(&[SERVER_0_MAC, STATION_MAC, PLAIN]), "filtered");
}

fn row_19_learned(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods(0, &hex60(&[STATION_2_MAC, STATION_MAC, PLAIN]), &[1, 2, 3]);
    let answer = hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]);
    rig.sends(1, &answer, 0, &answer);
    let again = hex60(&[STATION_2_MAC, STATION_MAC, PLAIN]);
    rig.sends(0, &again, 1, &again);
}

fn row_19_learned_filtered(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods(0, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[1, 2, 3]);
    rig.drops(0, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), "filtered");
    // To itself: one engine learns the source before it looks the destination up, one of several does so later.
    let to_itself = hex60(&["020000000c01", "020000000c01", PLAIN]);
    if bed.kind == CardKind::EnginePerPort {
        rig.floods(1, &to_itself, &[0, 2, 3]);
    }
    rig.drops(1, &to_itself, "filtered");
}

fn row_19_unknown_flooded(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods(0, &hex60(&[STATION_2_MAC, STATION_MAC, WEB]), &[1, 2, 3]);
    rig.floods(1, &hex60(&[STATION_2_MAC, "020000000c01", ARP]), &[0, 2, 3]);
}

fn row_19_unknown_dropped(bed: Bed) {
    let mut image = image();
    image.drop_unknown = true;
    let mut rig = bed.rig(&image);
    rig.drops(
        0,
        &hex60(&[STATION_2_MAC, STATION_MAC, PLAIN]),
        "unknown-destination",
    );
    // Groups are flooded all the same, and what is learned is known.
    rig.floods(1, &hex60(&[BROADCAST, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
    let frame = hex60(&[STATION_2_MAC, STATION_MAC, PLAIN]);
    rig.sends(0, &frame, 1, &frame);
}

fn row_19_group(bed: Bed) {
    let mut rig = bed.rig(&image());
    for group in [BROADCAST, MULTICAST, "333300000001", "010000000000"] {
        rig.floods(0, &hex60(&[group, ROUTER_A_MAC, PLAIN]), &[1, 2, 3]);
        rig.floods(1, &hex60(&[group, ROUTER_B_MAC, PLAIN]), &[0, 2, 3]);
    }
}

fn row_19_flood_follows_the_mask(kind: CardKind) {
    let mut image = image();
    image.logical_ports[0].flood = 0b1010;
    // A port in its own mask is left out all the same.
    image.logical_ports[1].flood = 0b1111;
    let mut rig = Rig::new(kind, &image);
    rig.floods(0, &hex60(&[BROADCAST, ROUTER_A_MAC, PLAIN]), &[1, 3]);
    rig.floods(1, &hex60(&[BROADCAST, ROUTER_B_MAC, PLAIN]), &[0, 2, 3]);
    // Servers of one cluster are kept apart.
    rig.floods(2, &hex60(&[BROADCAST, SERVER_0_MAC, ARP]), &[0, 1]);
}

fn row_19_flood_leaves_out_links_that_are_down(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(2, false);
    rig.floods(0, &hex60(&[BROADCAST, ROUTER_A_MAC, PLAIN]), &[1, 3]);
}

fn row_19_no_port(kind: CardKind) {
    let mut image = image();
    image.logical_ports[0].flood = 0;
    image.logical_ports[1].flood = 0b0010;
    let mut rig = Rig::new(kind, &image);
    rig.drops(0, &hex60(&[BROADCAST, ROUTER_A_MAC, PLAIN]), "no-port");
    rig.drops(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), "no-port");
    rig.link(0, false);
    rig.link(1, false);
    rig.drops(2, &hex60(&[BROADCAST, SERVER_0_MAC, PLAIN]), "no-port");
}

on_every_card!(
    row_19_static_link_down,
    row_19_flood_follows_the_mask,
    row_19_flood_leaves_out_links_that_are_down,
    row_19_no_port,
);

on_every_layout!(
    row_18_host,
    row_18_no_host_no_row,
    row_19_static_server,
    row_19_static_server_marked_down_is_still_reached,
    row_19_static_router_down,
    row_19_static_filtered,
    row_19_learned,
    row_19_learned_filtered,
    row_19_unknown_flooded,
    row_19_unknown_dropped,
    row_19_group,
);
