//! Rows 1 to 3: broken frames, link-local control, forged sources.

use crate::asks::{advertisement, frame, request, tagged};
use crate::frames::{ARP, BROADCAST, PLAIN, QUIC, WEB};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, STATION_2_MAC, STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::layout::Layout;
use flowswitch_tests::rig::{HostReason, Rig};
use flowswitch_tests::{on_every_card, on_every_layout};

const BPDU_MAC: &str = "0180c2000000";
const PAUSE_MAC: &str = "0180c2000001";

/// A frame of `length` bytes to a station that nobody has learned.
fn of_length(length: usize) -> Vec<u8> {
    let mut frame = hex(&[STATION_2_MAC, STATION_MAC, PLAIN]);
    frame.resize(length, 0xa5);
    frame
}

fn row_01_bad_frame(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_marked(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]), "bad-frame");
    rig.drops_marked(0, &of_length(9600), "bad-frame");
}

fn row_01_bad_frame_is_not_learned(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_marked(0, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), "bad-frame");
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
}

fn row_01_runt(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &of_length(59), "runt");
    rig.drops(0, &[0xff], "runt");
    rig.floods(0, &of_length(60), &[1, 2, 3]);
}

fn row_01_giant(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops(0, &of_length(9601), "giant");
    rig.drops(0, &of_length(20_000), "giant");
    rig.floods(0, &of_length(9600), &[1, 2, 3]);
}

fn row_01_bad_frame_before_runt_and_giant(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.drops_marked(0, &of_length(20), "bad-frame");
    rig.drops_marked(0, &of_length(9700), "bad-frame");
}

fn row_02_bpdu_flood(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods(
        0,
        &hex60(&[BPDU_MAC, STATION_MAC, "0026424203"]),
        &[1, 2, 3],
    );
    rig.floods(2, &hex60(&[BPDU_MAC, STATION_MAC, "0026424203"]), &[0, 1]);
}

fn row_02_bpdu_to_host(kind: CardKind) {
    let mut image = image();
    image.ports[0].bpdu_to_host = true;
    let mut rig = Rig::new(kind, &image);
    rig.to_host(
        0,
        &hex60(&[BPDU_MAC, STATION_MAC, "0026424203"]),
        HostReason::Control,
    );
    rig.floods(
        1,
        &hex60(&[BPDU_MAC, STATION_2_MAC, "0026424203"]),
        &[0, 2, 3],
    );
}

fn row_02_ip_and_arp_are_no_bpdus(bed: Bed) {
    let mut rig = bed.rig(&image());
    // Nobody's claim passes by this way, whatever the port does with bridge protocols.
    let claim = frame(
        BPDU_MAC,
        STATION_MAC,
        &request(STATION_MAC, "192.31.65.1", "192.31.65.1"),
    );
    let advertises = advertisement(STATION_MAC, "2001:db8:65::1", "ff02::1");
    let advertises = frame(BPDU_MAC, STATION_MAC, &advertises.bytes());
    for to_bridges in [&claim, &advertises] {
        rig.to_host(0, to_bridges, HostReason::Control);
    }
    for packet in [ARP, WEB, QUIC] {
        let to_bridges = hex60(&[BPDU_MAC, STATION_MAC, packet]);
        rig.to_host(0, &to_bridges, HostReason::Control);
    }
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
    // By their ethertype alone they are not told: what is no packet of these is flooded.
    for other in [
        "0800 65",
        "86dd 45",
        "0806 0002",
        "0806 0001 0800 06 04 0003",
    ] {
        rig.floods(0, &hex60(&[BPDU_MAC, STATION_MAC, other]), &[1, 2, 3]);
    }
}

fn row_02_bpdu_is_not_learned(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods(
        0,
        &hex60(&[BPDU_MAC, STATION_MAC, "0026424203"]),
        &[1, 2, 3],
    );
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
}

fn row_02_pause(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(
        0,
        &hex60(&[PAUSE_MAC, STATION_MAC, "8808 0001 ffff"]),
        "pause",
    );
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
}

fn row_02_control_to_host(bed: Bed) {
    let mut rig = bed.rig(&image());
    for last in ["02", "03", "07", "08", "0e", "0f"] {
        let frame = hex60(&["0180c20000", last, STATION_MAC, "8809 01"]);
        rig.to_host(0, &frame, HostReason::Control);
    }
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
}

fn row_02_ends_at_0f(bed: Bed) {
    let mut rig = bed.rig(&image());
    for neighbour in [
        "0180c2000010",
        "0180c2000100",
        "0180c3000001",
        "0080c2000001",
        "0180c2000020",
    ] {
        rig.floods(0, &hex60(&[neighbour, STATION_2_MAC, PLAIN]), &[1, 2, 3]);
    }
}

fn row_03_a_third_tag(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let plain = hex60(&[BROADCAST, STATION_MAC, PLAIN]);
    let asks = frame(
        BROADCAST,
        STATION_MAC,
        &request(STATION_MAC, "192.31.65.77", "192.31.65.1"),
    );
    let claims = frame(
        BROADCAST,
        STATION_MAC,
        &request(STATION_MAC, "192.31.65.1", "192.31.65.1"),
    );
    for third in ["8100 0003", "88a8 e000", "8100 0000 8100 0000"] {
        for outer in [
            "8100 0001 8100 0002",
            "88a8 0001 8100 0002",
            "8100 0000 88a8 0000",
        ] {
            for frame in [&plain, &asks, &claims] {
                let tags = [outer, third].concat();
                rig.drops(0, &tagged(frame, &tags), "vlan-filtered");
            }
        }
    }
    // Nothing was learned. Two tags pass, and so does what is no tag of ours behind them.
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
    for tags in ["8100 0001 8100 0002", "88a8 0001 88a8 0002 9100 0003"] {
        rig.floods(0, &tagged(&plain, tags), &[1, 2, 3]);
    }
    // To bridges it is flooded by nobody.
    let bpdu = hex60(&[BPDU_MAC, STATION_MAC, "8100 0001 8100 0002 8100 0003 0806"]);
    rig.drops(0, &bpdu, "no-port");
}

fn row_03_forged_source(bed: Bed) {
    let mut rig = bed.rig(&image());
    for source in [
        BROADCAST,
        "01005e000001",
        "030000000a01",
        "000000000000",
        WEB_MAC,
        HOST_MAC,
    ] {
        rig.drops(0, &hex60(&[STATION_MAC, source, PLAIN]), "forged-source");
    }
    rig.drops(
        0,
        &hex60(&[STATION_MAC, SERVER_0_MAC, PLAIN]),
        "forged-source",
    );
    rig.drops(
        0,
        &hex60(&[STATION_MAC, SERVER_1_MAC, ARP]),
        "forged-source",
    );
    rig.drops(
        2,
        &hex60(&[STATION_MAC, ROUTER_A_MAC, PLAIN]),
        "forged-source",
    );
    // The other server's place and the other router's, if these are logical ports of their own.
    for (place, source) in [(3, SERVER_0_MAC), (1, ROUTER_A_MAC)] {
        if bed.layout != Layout::PortByRole {
            rig.drops(
                place,
                &hex60(&[STATION_MAC, source, PLAIN]),
                "forged-source",
            );
        }
    }
}

fn row_03_station_on_its_own_port_is_no_forgery(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods(2, &hex60(&[STATION_MAC, SERVER_0_MAC, PLAIN]), &[0, 1]);
    rig.floods(3, &hex60(&[STATION_MAC, SERVER_1_MAC, PLAIN]), &[0, 1]);
    rig.floods(0, &hex60(&[STATION_MAC, ROUTER_A_MAC, PLAIN]), &[1, 2, 3]);
    // One bit away from zero, from the group bit and from the virtual MAC.
    rig.floods(0, &hex60(&[STATION_MAC, "000000000001", PLAIN]), &[1, 2, 3]);
    rig.floods(0, &hex60(&[STATION_MAC, "02005e006500", PLAIN]), &[1, 2, 3]);
}

fn row_03_forged_source_is_not_learned(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(
        2,
        &hex60(&[BROADCAST, ROUTER_A_MAC, PLAIN]),
        "forged-source",
    );
    rig.passes(2, &hex60(&[ROUTER_A_MAC, STATION_MAC, PLAIN]), 0);
}

on_every_card!(
    row_03_a_third_tag,
    row_01_bad_frame,
    row_01_bad_frame_is_not_learned,
    row_01_runt,
    row_01_giant,
    row_01_bad_frame_before_runt_and_giant,
    row_02_bpdu_to_host,
);

on_every_layout!(
    row_02_bpdu_flood,
    row_02_bpdu_is_not_learned,
    row_02_ip_and_arp_are_no_bpdus,
    row_02_pause,
    row_02_control_to_host,
    row_02_ends_at_0f,
    row_03_forged_source,
    row_03_station_on_its_own_port_is_no_forgery,
    row_03_forged_source_is_not_learned,
);
