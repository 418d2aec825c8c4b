//! Row 4: a server's own claims of its address are swallowed: answered, it would give the address up; forwarded, it
//! would poison the routers.

use crate::asks::{
    ALL_NODES, ALL_NODES_MAC, HOST_IP, HOST_IP6, NO_IP, OTHER_IP, OTHER_IP6, STATION_IP, WEB_IP,
    WEB_IP6, advertisement, arp_answer, frame, ip6, nd_answer, reply, request, solicitation,
    solicits, tagged,
};
use crate::frames::{BROADCAST, PLAIN};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    HOST_MAC, OTHER_MAC, ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, SERVER_2_MAC, STATION_MAC,
    WEB_MAC, image,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::neighbour::Discovery;
use flowswitch_tests::rig::{HostReason, Rig};
use flowswitch_tests::{on_every_card, on_every_layout};

/// Claims of the web cluster's addresses by a station, all valid.
pub fn claims(from: &str) -> Vec<Vec<u8>> {
    claims_of(from, WEB_IP, WEB_IP6)
}

/// Claims of an address of either family by a station, all valid.
pub fn claims_of(from: &str, ip: &str, of_six: &str) -> Vec<Vec<u8>> {
    let own = solicitation(from, of_six, of_six);
    vec![
        request(from, ip, ip),
        reply((from, ip), (BROADCAST, ip)),
        reply((from, ip), ("000000000000", ip)),
        reply((from, ip), (STATION_MAC, STATION_IP)),
        advertisement(from, of_six, ALL_NODES).bytes(),
        advertisement(from, of_six, "fe80::2").bytes(),
        own.bytes(),
        Discovery {
            destination: ip6(of_six),
            ..own
        }
        .bytes(),
    ]
}

/// Probes for the web cluster's addresses: RFC 5227, and duplicate address detection.
pub fn probes(from: &str) -> Vec<Vec<u8>> {
    vec![
        request(from, NO_IP, WEB_IP),
        solicitation(from, "::", WEB_IP6).bytes(),
    ]
}

fn row_04_claims(bed: Bed) {
    let mut rig = bed.rig(&image());
    for packet in claims(SERVER_0_MAC) {
        rig.swallows(2, &frame(BROADCAST, SERVER_0_MAC, &packet));
    }
    for packet in claims(SERVER_1_MAC) {
        rig.swallows(3, &frame(BROADCAST, SERVER_1_MAC, &packet));
    }
    // Routers take a neighbour's address from one that seeks them.
    let [vip, routers] = [WEB_IP6, "ff02::2"].map(ip6);
    let seeking = Discovery::router_solicitation(vip, routers).bytes();
    rig.swallows(2, &frame("333300000002", SERVER_0_MAC, &seeking));
    // ARP of IEEE 802's hardware type is taken for Ethernet's.
    let mut other_type = request(SERVER_0_MAC, WEB_IP, WEB_IP);
    other_type[3] = 6;
    rig.swallows(2, &frame(BROADCAST, SERVER_0_MAC, &other_type));
}

fn row_04_probes(bed: Bed) {
    let mut rig = bed.rig(&image());
    for packet in probes(SERVER_0_MAC) {
        rig.swallows(2, &frame(ALL_NODES_MAC, SERVER_0_MAC, &packet));
    }
    for packet in probes(SERVER_1_MAC) {
        rig.swallows(3, &frame(ALL_NODES_MAC, SERVER_1_MAC, &packet));
    }
    let other = request(SERVER_2_MAC, NO_IP, OTHER_IP);
    rig.swallows(3, &frame(BROADCAST, SERVER_2_MAC, &other));
    rig.swallows(3, &solicits(SERVER_2_MAC, "::", OTHER_IP6));
}

fn row_04_whatever_the_ethernet_destination(bed: Bed) {
    let mut rig = bed.rig(&image());
    for to in [
        WEB_MAC,
        OTHER_MAC,
        HOST_MAC,
        ROUTER_A_MAC,
        SERVER_1_MAC,
        STATION_MAC,
    ] {
        let gratuitous = request(SERVER_0_MAC, WEB_IP, WEB_IP);
        rig.swallows(2, &frame(to, SERVER_0_MAC, &gratuitous));
        let unsolicited = advertisement(SERVER_0_MAC, WEB_IP6, ALL_NODES);
        rig.swallows(2, &frame(to, SERVER_0_MAC, &unsolicited.bytes()));
    }
}

fn row_04_what_a_server_tells_the_host(bed: Bed) {
    // The host asks each server whether it is there: nobody but the host hears the answer.
    let mut rig = bed.rig(&image());
    for (place, server) in [(2, SERVER_0_MAC), (3, SERVER_1_MAC)] {
        let answers = [
            reply((server, WEB_IP), (HOST_MAC, HOST_IP)),
            advertisement(server, WEB_IP6, HOST_IP6).bytes(),
        ];
        for answer in answers {
            let told = frame(HOST_MAC, server, &answer);
            rig.to_host(place, &told, HostReason::Addressed);
            // Told to others, or about another question, it is a claim like any.
            for to in [WEB_MAC, BROADCAST, STATION_MAC] {
                rig.swallows(place, &frame(to, server, &answer));
            }
        }
        let others = reply((server, WEB_IP), (HOST_MAC, STATION_IP));
        rig.swallows(place, &frame(HOST_MAC, server, &others));
        let bent = Discovery {
            checksum_damage: 1,
            ..advertisement(server, WEB_IP6, HOST_IP6)
        };
        rig.to_host(
            place,
            &frame(HOST_MAC, server, &bent.bytes()),
            HostReason::Addressed,
        );
    }
    // A cluster that is not the server's.
    let foreign = reply((SERVER_0_MAC, OTHER_IP), (HOST_MAC, HOST_IP));
    rig.drops(
        2,
        &frame(HOST_MAC, SERVER_0_MAC, &foreign),
        "address-conflict",
    );
}

fn row_04_tags_padding_and_what_trails(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for packet in claims(SERVER_0_MAC).into_iter().chain(probes(SERVER_0_MAC)) {
        let claim = frame(BROADCAST, SERVER_0_MAC, &packet);
        for tags in ["8100 e000", "88a8 0005", "8100 0005 8100 0006"] {
            rig.swallows(2, &tagged(&claim, tags));
        }
        let mut trailed = claim;
        trailed.resize(1000, 0xa5);
        rig.swallows(2, &trailed);
    }
}

fn row_04_only_of_a_vip_of_its_own(bed: Bed) {
    let mut rig = bed.rig(&image());
    // A claim of another cluster's address is a conflict, a probe for it is answered.
    for packet in claims(SERVER_2_MAC) {
        let claim = frame(BROADCAST, SERVER_2_MAC, &packet);
        rig.drops(3, &claim, "address-conflict");
    }
    rig.answers(
        2,
        &frame(
            BROADCAST,
            SERVER_0_MAC,
            &request(SERVER_0_MAC, NO_IP, OTHER_IP),
        ),
        &arp_answer(SERVER_0_MAC, "", OTHER_MAC, OTHER_IP, NO_IP),
    );
    rig.answers(
        2,
        &solicits(SERVER_0_MAC, "::", OTHER_IP6),
        &nd_answer(
            (ALL_NODES_MAC, ALL_NODES),
            "",
            (OTHER_MAC, OTHER_IP6),
            "20000000",
            "3548",
        ),
    );
}

fn row_04_a_server_of_two_clusters(bed: Bed) {
    let mut image = image();
    image.vips[2].servers.insert(0);
    let mut rig = bed.rig(&image);
    for address in [WEB_IP, OTHER_IP] {
        let probe = request(SERVER_0_MAC, NO_IP, address);
        rig.swallows(2, &frame(BROADCAST, SERVER_0_MAC, &probe));
    }
    // Servers 1 and 2 have one each, as before.
    let probe = request(SERVER_2_MAC, NO_IP, WEB_IP);
    rig.answers(
        3,
        &frame(BROADCAST, SERVER_2_MAC, &probe),
        &arp_answer(SERVER_2_MAC, "", WEB_MAC, WEB_IP, NO_IP),
    );
}

fn row_04_source_is_counted(bed: Bed) {
    let mut rig = bed.rig(&image());
    let probe = frame(
        BROADCAST,
        SERVER_0_MAC,
        &request(SERVER_0_MAC, NO_IP, WEB_IP),
    );
    rig.swallows(2, &probe);
    assert_eq!(rig.load(0)[..2], [0, 1], "frames to and of server 0");
    // Another server that is marked down has its claims swallowed all the same.
    rig.member(1, false);
    let claim = request(SERVER_1_MAC, WEB_IP, WEB_IP);
    rig.swallows(3, &frame(BROADCAST, SERVER_1_MAC, &claim));
    rig.floods(2, &hex60(&[BROADCAST, SERVER_0_MAC, PLAIN]), &[0, 1]);
}

on_every_card!(row_04_tags_padding_and_what_trails);

on_every_layout!(
    row_04_claims,
    row_04_probes,
    row_04_whatever_the_ethernet_destination,
    row_04_what_a_server_tells_the_host,
    row_04_only_of_a_vip_of_its_own,
    row_04_a_server_of_two_clusters,
    row_04_source_is_counted,
);
