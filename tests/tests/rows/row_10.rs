//! Row 10: a server that has no address but the cluster's asks for others in the cluster's name, and is told.

use crate::asks::{
    ALL_NODES, OTHER_IP6, STATION_2_IP, STATION_IP, STATION_IP6, WEB_IP, WEB_IP6, advertisement,
    built_request, built_solicitation, frame, group_of, ip6, reply, request, solicitation,
    solicits, tagged,
};
use crate::frames::{BROADCAST, MULTICAST, PLAIN};
use flowswitch_driver::image::Image;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    OTHER_MAC, ROUTER_A, ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, SERVER_2_MAC, STATION_2_MAC,
    STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::neighbour::{Arp, Discovery};
use flowswitch_tests::rig::Rig;
use flowswitch_tests::{on_every_card, on_every_layout};

const ALL_NODES_MAC: &str = "333300000001";

/// Floods are bounded by row 10 alone.
fn open() -> Image {
    let mut image = image();
    for port in &mut image.logical_ports {
        port.flood = 0b1111;
    }
    image
}

fn asks(to: &str, from: &str) -> Vec<u8> {
    frame(to, from, &request(from, WEB_IP, STATION_IP))
}

fn built(to: &str) -> Vec<u8> {
    built_request(to, WEB_MAC, WEB_IP, STATION_IP)
}

/// The solicitation to the group of 2001:db8:65::4d, built anew.
fn built_6() -> Vec<u8> {
    let group = (&*group_of(STATION_IP6), "ff02::1:ff00:4d");
    built_solicitation(group, (WEB_MAC, WEB_IP6), STATION_IP6, "57c6")
}

fn row_10_by_hand(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.floods_as(
        2,
        &hex60(&["ffffffffffff 020000000210 0806 0001 0800 06 04 0001
            020000000210 c01f4101 000000000000 c01f414d"]),
        &[0, 1],
        &hex60(&["ffffffffffff 02005e006501 0806 0001 0800 06 04 0001
            02005e006501 c01f4101 000000000000 c01f414d"]),
    );
    rig.floods_as(
        2,
        &hex(&["3333ff00004d 020000000210 86dd 60000000 0020 3a ff
            20010db8006500000000 000000000001 ff02000000000000000000 01ff00004d
            87 00 18b8 00000000 20010db8006500000000 00000000004d 01 01 020000000210"]),
        &[0, 1],
        &hex(&["3333ff00004d 02005e006501 86dd 60000000 0020 3a ff
            20010db8006500000000 000000000001 ff02000000000000000000 01ff00004d
            87 00 57c6 00000000 20010db8006500000000 00000000004d 01 01 02005e006501"]),
    );
}

fn row_10_not_to_the_clusters_servers(bed: Bed) {
    let mut rig = bed.rig(&open());
    rig.floods_as(
        2,
        &asks(BROADCAST, SERVER_0_MAC),
        &[0, 1],
        &built(BROADCAST),
    );
    rig.floods_as(
        3,
        &asks(MULTICAST, SERVER_1_MAC),
        &[0, 1],
        &built(MULTICAST),
    );
    let asked = solicits(SERVER_0_MAC, WEB_IP6, STATION_IP6);
    rig.floods_as(2, &asked, &[0, 1], &built_6());
    // Server 2 stands beside server 1; that its own cluster has no server at place 2 opens this to it.
    let asked = request(SERVER_2_MAC, "192.31.65.9", STATION_IP);
    let expected = built_request(BROADCAST, OTHER_MAC, "192.31.65.9", STATION_IP);
    let asked = frame(BROADCAST, SERVER_2_MAC, &asked);
    rig.floods_as(3, &asked, &[0, 1, 2], &expected);
}

fn row_10_flood_follows_the_mask(kind: CardKind) {
    let mut image = open();
    image.logical_ports[2].flood = 0b1010;
    let mut rig = Rig::new(kind, &image);
    let asked = asks(BROADCAST, SERVER_0_MAC);
    rig.copies(2, &asked, &[1], &built(BROADCAST));
    rig.link(1, false);
    rig.drops(2, &asked, "no-port");
}

fn row_10_by_unicast(bed: Bed) {
    let mut rig = bed.rig(&open());
    // To a router, for something that is no router's.
    let to_router = asks(ROUTER_A_MAC, SERVER_0_MAC);
    rig.copies(2, &to_router, &[0], &built(ROUTER_A_MAC));
    assert_eq!(rig.load(ROUTER_A)[0], 1, "frames to router A");
    let length = to_router.len() as u64;
    let tag = u64::from(bed.layout == flowswitch_tests::layout::Layout::OnePort) * 4;
    assert_eq!(rig.load(ROUTER_A)[2], length + tag, "bytes as they came");
    // To a station that was learned.
    rig.floods(1, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[0, 2, 3]);
    rig.copies(
        2,
        &asks(STATION_MAC, SERVER_0_MAC),
        &[1],
        &built(STATION_MAC),
    );
    let unicast = Discovery {
        destination: ip6(STATION_IP6),
        ..solicitation(SERVER_0_MAC, WEB_IP6, STATION_IP6)
    };
    let unicast = frame(STATION_MAC, SERVER_0_MAC, &unicast.bytes());
    let station = (STATION_MAC, STATION_IP6);
    let expected = built_solicitation(station, (WEB_MAC, WEB_IP6), STATION_IP6, "27ad");
    rig.copies(2, &unicast, &[1], &expected);
    // To one that was not.
    let unknown = asks(STATION_2_MAC, SERVER_0_MAC);
    rig.floods_as(2, &unknown, &[0, 1], &built(STATION_2_MAC));
}

fn row_10_isolated(bed: Bed) {
    let mut rig = bed.rig(&open());
    for to in [SERVER_0_MAC, SERVER_1_MAC, SERVER_2_MAC] {
        rig.drops(2, &asks(to, SERVER_0_MAC), "isolated");
    }
    // A station that was learned where a server is.
    rig.floods(3, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[0, 1, 2]);
    rig.drops(2, &asks(STATION_MAC, SERVER_0_MAC), "isolated");
}

fn row_10_router_that_is_down(bed: Bed) {
    // Row 19: a static entry whose link is up.
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    let asked = asks(ROUTER_A_MAC, SERVER_0_MAC);
    rig.copies(2, &asked, &[0], &built(ROUTER_A_MAC));
}

fn row_10_unknown_dropped(bed: Bed) {
    let mut image = image();
    image.drop_unknown = true;
    let mut rig = bed.rig(&image);
    let asked = asks(STATION_2_MAC, SERVER_0_MAC);
    rig.drops(2, &asked, "unknown-destination");
    rig.floods_as(
        2,
        &asks(BROADCAST, SERVER_0_MAC),
        &[0, 1],
        &built(BROADCAST),
    );
}

fn row_10_nothing_of_the_server_remains(bed: Bed) {
    let mut rig = bed.rig(&image());
    // Hardware addresses, padding, what trails, other options, flags; with an option of the source and without one.
    let odd = Arp {
        target: ([0xee; 6], [192, 31, 65, 77].into()),
        ..Arp::request(
            [2, 0, 0, 0, 2, 0x11],
            [192, 31, 65, 1].into(),
            [192, 31, 65, 77].into(),
        )
    };
    let mut odd = frame(BROADCAST, SERVER_0_MAC, &odd.bytes());
    for length in [60, 128, 1500] {
        odd.resize(length, 0xa5);
        odd[42..].fill(0xa5);
        rig.floods_as(2, &odd, &[0, 1], &built(BROADCAST));
    }
    let bare = Discovery {
        options: Vec::new(),
        ..solicitation(SERVER_0_MAC, WEB_IP6, STATION_IP6)
    };
    let nonce = [0x11; 6];
    let messages = [
        bare.clone(),
        bare.clone().with_option(14, 1, &nonce),
        solicitation(SERVER_0_MAC, WEB_IP6, STATION_IP6).with_option(14, 1, &nonce),
        bare.clone()
            .with_option(14, 1, &nonce)
            .with_mac(1, [2, 0, 0, 0, 2, 0x11]),
        bare.clone().with_option(253, 4, &[0x22; 30]),
        Discovery {
            word: 0x1234_5678,
            ..bare
        },
    ];
    for message in messages {
        let mut asked = frame(&group_of(STATION_IP6), SERVER_0_MAC, &message.bytes());
        rig.floods_as(2, &asked, &[0, 1], &built_6());
        asked.extend([0xa5; 77]);
        rig.floods_as(2, &asked, &[0, 1], &built_6());
    }
}

fn row_10_tagged(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for tags in ["8100 e005", "88a8 0064", "88a8 6064 8100 e007"] {
        let mut expected = tagged(&built(BROADCAST), tags);
        // Zeros to 64 bytes with a tag, however many.
        expected.truncate(64);
        let asked = tagged(&asks(BROADCAST, SERVER_0_MAC), tags);
        rig.floods_as(2, &asked, &[0, 1], &expected);
        let asked = tagged(&solicits(SERVER_0_MAC, WEB_IP6, STATION_IP6), tags);
        rig.floods_as(2, &asked, &[0, 1], &tagged(&built_6(), tags));
    }
}

fn row_10_not_to_a_virtual_mac(bed: Bed) {
    // Row 14: a request to a virtual MAC that nobody answers.
    let mut rig = bed.rig(&image());
    rig.drops(2, &asks(WEB_MAC, SERVER_0_MAC), "not-ours");
    rig.drops(2, &asks(OTHER_MAC, SERVER_0_MAC), "not-ours");
}

fn row_10_solicited_group_comes_from_the_target(bed: Bed) {
    // To a group MAC, but addressed to the target itself: built with the group of the target.
    let mut rig = bed.rig(&image());
    let odd = Discovery {
        destination: ip6(STATION_IP6),
        ..solicitation(SERVER_0_MAC, WEB_IP6, STATION_IP6)
    };
    let group = group_of(STATION_IP6);
    let asked = frame(&group, SERVER_0_MAC, &odd.bytes());
    rig.floods_as(2, &asked, &[0, 1], &built_6());
}

fn row_10_answers_go_to_every_live_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, WEB_IP));
    rig.floods_as(
        0,
        &frame(WEB_MAC, STATION_MAC, &answer),
        &[2, 3],
        &frame(BROADCAST, STATION_MAC, &answer),
    );
    let answer = advertisement(STATION_MAC, STATION_IP6, WEB_IP6).bytes();
    rig.floods_as(
        1,
        &frame(WEB_MAC, STATION_MAC, &answer),
        &[2, 3],
        &frame(ALL_NODES_MAC, STATION_MAC, &answer),
    );
    // Of a router as of anyone, and to another cluster's virtual MAC.
    let answer = reply((ROUTER_A_MAC, "192.31.65.2"), (WEB_MAC, WEB_IP));
    rig.floods_as(
        0,
        &frame(OTHER_MAC, ROUTER_A_MAC, &answer),
        &[2, 3],
        &frame(BROADCAST, ROUTER_A_MAC, &answer),
    );
    for server in [0, 1, 2] {
        assert_eq!(rig.load(server), [0; 4], "copies for all are nobody's load");
    }
}

fn row_10_answers_tagged_and_long(bed: Bed) {
    let mut rig = bed.rig(&image());
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, WEB_IP));
    for length in [60, 61, 64, 65, 200, 1500] {
        let with = |to: &str| {
            let mut frame = tagged(&frame(to, STATION_MAC, &answer), "8100 0000");
            frame.resize(length.max(64), 0xa5);
            frame
        };
        rig.floods_as(0, &with(WEB_MAC), &[2, 3], &with(BROADCAST));
    }
}

fn row_10_answers_to_live_servers_only(bed: Bed) {
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, WEB_IP));
    let told = frame(WEB_MAC, STATION_MAC, &answer);
    let expected = frame(BROADCAST, STATION_MAC, &answer);
    let mut rig = bed.rig(&image());
    rig.member(0, false);
    rig.copies(0, &told, &[3], &expected);
    // Server 2 is at place 3 too, but of another cluster.
    rig.member(1, false);
    rig.drops(0, &told, "no-server");
    rig.member(0, true);
    rig.copies(0, &told, &[2], &expected);
}

fn row_10_answers_not_where_they_came_from(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(1, false);
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, WEB_IP));
    rig.drops(2, &frame(WEB_MAC, STATION_MAC, &answer), "no-server");
}

fn row_10_answers_follow_links(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, WEB_IP));
    let told = frame(WEB_MAC, STATION_MAC, &answer);
    let expected = frame(BROADCAST, STATION_MAC, &answer);
    rig.link(2, false);
    rig.copies(0, &told, &[3], &expected);
    rig.link(3, false);
    rig.drops(0, &told, "no-server");
    rig.link(2, true);
    rig.copies(0, &told, &[2], &expected);
}

fn row_10_answers_for_nobody(bed: Bed) {
    // To a virtual MAC, but for no virtual address: row 14, whatever the family.
    let mut rig = bed.rig(&image());
    let answer = reply((STATION_MAC, STATION_IP), (WEB_MAC, STATION_2_IP));
    rig.drops(0, &frame(WEB_MAC, STATION_MAC, &answer), "not-ours");
    let answer = advertisement(STATION_MAC, STATION_IP6, "2001:db8:65::4e");
    rig.drops(0, &frame(WEB_MAC, STATION_MAC, &answer.bytes()), "not-ours");
    // An advertisement to the cluster's other address is that other cluster's: its server alone.
    let answer = advertisement(STATION_MAC, STATION_IP6, OTHER_IP6).bytes();
    rig.copies(
        0,
        &frame(WEB_MAC, STATION_MAC, &answer),
        &[3],
        &frame(ALL_NODES_MAC, STATION_MAC, &answer),
    );
    // To everyone it is flooded as it is.
    let told = advertisement(STATION_MAC, STATION_IP6, ALL_NODES).bytes();
    rig.floods(0, &frame(ALL_NODES_MAC, STATION_MAC, &told), &[1, 2, 3]);
}

on_every_card!(
    row_10_flood_follows_the_mask,
    row_10_tagged,
    row_10_answers_follow_links,
);

on_every_layout!(
    row_10_by_hand,
    row_10_not_to_the_clusters_servers,
    row_10_by_unicast,
    row_10_isolated,
    row_10_router_that_is_down,
    row_10_unknown_dropped,
    row_10_nothing_of_the_server_remains,
    row_10_not_to_a_virtual_mac,
    row_10_solicited_group_comes_from_the_target,
    row_10_answers_go_to_every_live_server,
    row_10_answers_tagged_and_long,
    row_10_answers_to_live_servers_only,
    row_10_answers_not_where_they_came_from,
    row_10_answers_for_nobody,
);
