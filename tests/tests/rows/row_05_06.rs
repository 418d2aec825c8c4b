//! Rows 5 and 6: the card answers for the clusters' addresses, and nobody else may claim one.

use crate::asks::{
    ALL_NODES, ALL_NODES_MAC, NO_IP, OTHER_IP, OTHER_IP6, STATION_IP, STATION_IP6, WEB_IP, WEB_IP6,
    advertisement, arp_answer, frame, ip4, ip6, nd_answer, request, solicitation, solicits, tagged,
};
use crate::frames::{BROADCAST, MULTICAST, PLAIN};
use crate::row_04::claims;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    HOST_MAC, OTHER_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC,
    SERVER_2_MAC, STATION_2_MAC, STATION_MAC, WEB_MAC, image, mac,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::neighbour::{Arp, Discovery};
use flowswitch_tests::rig::Rig;
use flowswitch_tests::{on_every_card, on_every_layout};

/// The station's request for the web cluster's address.
fn station_asks(to: &str) -> Vec<u8> {
    frame(to, STATION_MAC, &request(STATION_MAC, STATION_IP, WEB_IP))
}

fn told_station(tags: &str) -> Vec<u8> {
    arp_answer(STATION_MAC, tags, WEB_MAC, WEB_IP, STATION_IP)
}

fn told_station_6(tags: &str) -> Vec<u8> {
    let station = (STATION_MAC, STATION_IP6);
    nd_answer(station, tags, (WEB_MAC, WEB_IP6), "60000000", "c5f8")
}

fn row_05_by_hand(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.answers(
        0,
        &hex60(&["ffffffffffff 020000000a01 0806 0001 0800 06 04 0001
            020000000a01 c01f414d 000000000000 c01f4101"]),
        &hex60(&["020000000a01 02005e006501 0806 0001 0800 06 04 0002
            02005e006501 c01f4101 020000000a01 c01f414d"]),
    );
    rig.answers(
        0,
        &hex(&["3333ff000001 020000000a01 86dd 60000000 0020 3a ff
            20010db8006500000000 00000000004d ff02000000000000000000 01ff000001
            87 00 1113 00000000 20010db8006500000000 000000000001 01 01 020000000a01"]),
        &hex(&["020000000a01 02005e006501 86dd 60000000 0020 3a ff
            20010db8006500000000 000000000001 20010db8006500000000 00000000004d
            88 00 c5f8 60000000 20010db8006500000000 000000000001 02 01 02005e006501"]),
    );
}

fn row_05_whoever_asks(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (place, from) in [
        (0, ROUTER_A_MAC),
        (1, ROUTER_B_MAC),
        (1, STATION_MAC),
        (2, STATION_2_MAC),
        (3, SERVER_2_MAC),
        // A server of the cluster too, if it asks as somebody else.
        (2, SERVER_0_MAC),
    ] {
        let asked = frame(BROADCAST, from, &request(from, STATION_IP, WEB_IP));
        let told = arp_answer(from, "", WEB_MAC, WEB_IP, STATION_IP);
        rig.answers(place, &asked, &told);
        let asked = solicits(from, STATION_IP6, WEB_IP6);
        let station = (from, STATION_IP6);
        let told = nd_answer(station, "", (WEB_MAC, WEB_IP6), "60000000", "c5f8");
        rig.answers(place, &asked, &told);
    }
}

fn row_05_each_address_its_own_mac(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked = request(STATION_MAC, STATION_IP, OTHER_IP);
    let told = arp_answer(STATION_MAC, "", OTHER_MAC, OTHER_IP, STATION_IP);
    rig.answers(0, &frame(BROADCAST, STATION_MAC, &asked), &told);
    let station = (STATION_MAC, STATION_IP6);
    let told = nd_answer(station, "", (OTHER_MAC, OTHER_IP6), "60000000", "c5e0");
    rig.answers(0, &solicits(STATION_MAC, STATION_IP6, OTHER_IP6), &told);
}

fn row_05_probes(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked = request(STATION_MAC, NO_IP, WEB_IP);
    let told = arp_answer(STATION_MAC, "", WEB_MAC, WEB_IP, NO_IP);
    rig.answers(1, &frame(BROADCAST, STATION_MAC, &asked), &told);
    let all_nodes = (ALL_NODES_MAC, ALL_NODES);
    let told = nd_answer(all_nodes, "", (WEB_MAC, WEB_IP6), "20000000", "3560");
    rig.answers(1, &solicits(STATION_MAC, "::", WEB_IP6), &told);
}

fn row_05_whatever_the_ethernet_destination(bed: Bed) {
    let mut rig = bed.rig(&image());
    for to in [
        WEB_MAC,
        OTHER_MAC,
        HOST_MAC,
        ROUTER_B_MAC,
        SERVER_1_MAC,
        STATION_2_MAC,
        STATION_MAC,
        MULTICAST,
    ] {
        rig.answers(0, &station_asks(to), &told_station(""));
        let asked = solicitation(STATION_MAC, STATION_IP6, WEB_IP6).bytes();
        rig.answers(0, &frame(to, STATION_MAC, &asked), &told_station_6(""));
    }
}

fn row_05_refreshed_by_unicast(bed: Bed) {
    // Linux asks the address itself, with or without its own MAC.
    let mut rig = bed.rig(&image());
    let refresh = Discovery {
        destination: ip6(WEB_IP6),
        ..solicitation(STATION_MAC, STATION_IP6, WEB_IP6)
    };
    let bare = Discovery {
        options: Vec::new(),
        ..refresh.clone()
    };
    for asked in [refresh, bare] {
        let asked = frame(WEB_MAC, STATION_MAC, &asked.bytes());
        rig.answers(0, &asked, &told_station_6(""));
    }
}

fn row_05_tagged(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked6 = solicits(STATION_MAC, STATION_IP6, WEB_IP6);
    for tags in ["8100 0005", "88a8 f064", "8100 e000"] {
        let asked = tagged(&station_asks(BROADCAST), tags);
        rig.answers(0, &asked, &told_station(tags));
        rig.answers(0, &tagged(&asked6, tags), &told_station_6(tags));
    }
}

fn row_05_two_tags(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let asked6 = solicits(STATION_MAC, STATION_IP6, WEB_IP6);
    for tags in ["88a8 6064 8100 e007", "8100 e000 88a8 0005"] {
        let asked = tagged(&station_asks(BROADCAST), tags);
        rig.answers(0, &asked, &told_station(tags));
        rig.answers(0, &tagged(&asked6, tags), &told_station_6(tags));
    }
    // Behind a third tag nobody looks, so nothing passes (row 3).
    let tags = "8100 0001 8100 0002 8100 0003";
    let unseen = tagged(&station_asks(BROADCAST), tags);
    rig.drops(0, &unseen, "vlan-filtered");
}

fn row_05_padding_and_what_trails(bed: Bed) {
    let mut rig = bed.rig(&image());
    for length in [63, 64, 65, 86, 87, 128, 129, 500, 1500, 9596] {
        let trailed = |mut frame: Vec<u8>| {
            frame.resize(length.max(frame.len()), 0xa5);
            frame
        };
        rig.answers(0, &trailed(station_asks(BROADCAST)), &told_station(""));
        let asked6 = solicits(STATION_MAC, STATION_IP6, WEB_IP6);
        rig.answers(0, &trailed(asked6), &told_station_6(""));
    }
    // Padding that is not zero.
    let mut padded = station_asks(BROADCAST);
    padded[42..].fill(0xff);
    rig.answers(0, &padded, &told_station(""));
}

fn row_05_hardware_address_of_another(bed: Bed) {
    // The answer goes where the frame came from; what it says is copied from the request.
    let mut rig = bed.rig(&image());
    let inner = mac("020000000c0c").0;
    let asked = Arp {
        target: ([0xee; 6], ip4(WEB_IP)),
        ..Arp::request(inner, ip4(STATION_IP), ip4(WEB_IP))
    };
    let told = hex(&["020000000a01 02005e006501 0806 0001 0800 06 04 0002
        02005e006501 c01f4101 020000000c0c c01f414d"]);
    rig.answers(0, &frame(BROADCAST, STATION_MAC, &asked.bytes()), &told);
}

fn row_05_source_is_learned_and_counted(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.answers(1, &station_asks(BROADCAST), &told_station(""));
    rig.passes(0, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), 1);
    let asked = request(ROUTER_A_MAC, "192.31.65.2", WEB_IP);
    let told = arp_answer(ROUTER_A_MAC, "", WEB_MAC, WEB_IP, "192.31.65.2");
    rig.answers(0, &frame(BROADCAST, ROUTER_A_MAC, &asked), &told);
    assert_eq!(rig.load(ROUTER_A)[..2], [0, 1], "frames to and of router A");
}

fn row_06_claims_of_anyone_else(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (place, from) in [
        (0, STATION_MAC),
        (1, ROUTER_B_MAC),
        (3, SERVER_2_MAC),
        (2, STATION_2_MAC),
    ] {
        for packet in claims(from) {
            let claim = frame(BROADCAST, from, &packet);
            rig.drops(place, &claim, "address-conflict");
        }
    }
}

fn row_06_asking_in_the_name_of_a_vip(bed: Bed) {
    let mut rig = bed.rig(&image());
    for asked in [STATION_IP, OTHER_IP, "192.31.65.2", "192.31.65.5"] {
        let asked = request(STATION_MAC, WEB_IP, asked);
        let asked = frame(BROADCAST, STATION_MAC, &asked);
        rig.drops(0, &asked, "address-conflict");
    }
    let asked = solicits(ROUTER_A_MAC, WEB_IP6, STATION_IP6);
    rig.drops(0, &asked, "address-conflict");
    // A server asks in the name of another cluster.
    let asked = request(SERVER_0_MAC, OTHER_IP, WEB_IP);
    let asked = frame(BROADCAST, SERVER_0_MAC, &asked);
    rig.drops(2, &asked, "address-conflict");
}

fn row_06_whatever_the_ethernet_destination(bed: Bed) {
    let mut rig = bed.rig(&image());
    for to in [WEB_MAC, HOST_MAC, ROUTER_B_MAC, SERVER_0_MAC, STATION_2_MAC] {
        let claim = advertisement(STATION_MAC, WEB_IP6, "fe80::2").bytes();
        rig.drops(0, &frame(to, STATION_MAC, &claim), "address-conflict");
        let claim = request(STATION_MAC, WEB_IP, WEB_IP);
        rig.drops(0, &frame(to, STATION_MAC, &claim), "address-conflict");
    }
}

fn row_06_router_messages_from_a_vip(bed: Bed) {
    let mut rig = bed.rig(&image());
    let [vip, all] = [WEB_IP6, ALL_NODES].map(ip6);
    for message in [
        Discovery::router_advertisement(vip, all),
        Discovery::redirect(vip, ip6(STATION_IP6), vip, ip6(OTHER_IP6)),
        Discovery::router_solicitation(vip, all),
    ] {
        let claim = frame(ALL_NODES_MAC, ROUTER_A_MAC, &message.bytes());
        rig.drops(0, &claim, "address-conflict");
    }
}

on_every_card!(row_05_two_tags);

on_every_layout!(
    row_05_by_hand,
    row_05_whoever_asks,
    row_05_each_address_its_own_mac,
    row_05_probes,
    row_05_whatever_the_ethernet_destination,
    row_05_refreshed_by_unicast,
    row_05_tagged,
    row_05_padding_and_what_trails,
    row_05_hardware_address_of_another,
    row_05_source_is_learned_and_counted,
    row_06_claims_of_anyone_else,
    row_06_asking_in_the_name_of_a_vip,
    row_06_whatever_the_ethernet_destination,
    row_06_router_messages_from_a_vip,
);
