//! Rows 6 and 8 for the addresses of single stations: a router's, the host's, and what a server has beside the cluster's.
//! Nobody else may claim one, and who asks for a server's is told its MAC, which a router's broadcast never comes to.

use crate::asks::{
    ALL_NODES, ALL_NODES_MAC, HOST_IP, HOST_IP6, NO_IP, ROUTER_A_IP, ROUTER_A_IP6, ROUTER_B_IP,
    ROUTER_B_IP6, SERVER_0_OWN, SERVER_0_OWN6, SERVER_1_OWN, SERVER_1_OWN6, STATION_IP,
    STATION_IP6, WEB_IP, WEB_IP6, advertisement, arp_answer, frame, ip6, nd_answer, reply, request,
    solicitation, solicits, tagged,
};
use crate::frames::BROADCAST;
use crate::row_04::claims_of;
use flowswitch_driver::image::LogicalPort;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC, SERVER_2_MAC, STATION_2_MAC,
    STATION_MAC, WEB_MAC, image, ip,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::layout::Layout;
use flowswitch_tests::neighbour::Discovery;
use flowswitch_tests::rig::{HostReason, Rig};
use flowswitch_tests::{on_every_card, on_every_layout};

/// Addresses of single stations, with their owner's place and MAC.
const OWNED: [(&str, &str, u8, &str); 5] = [
    (ROUTER_A_IP, ROUTER_A_IP6, 0, ROUTER_A_MAC),
    (ROUTER_B_IP, ROUTER_B_IP6, 1, ROUTER_B_MAC),
    (SERVER_0_OWN, SERVER_0_OWN6, 2, SERVER_0_MAC),
    (SERVER_1_OWN, SERVER_1_OWN6, 3, SERVER_1_MAC),
    (HOST_IP, HOST_IP6, 0, HOST_MAC),
];

/// Those who claim them: stations, routers and servers of either cluster.
const CLAIMING: [(u8, &str); 7] = [
    (0, STATION_MAC),
    (3, STATION_2_MAC),
    (0, ROUTER_A_MAC),
    (1, ROUTER_B_MAC),
    (2, SERVER_0_MAC),
    (3, SERVER_1_MAC),
    (3, SERVER_2_MAC),
];

/// A request for server 1's address of its own, and the answer.
fn asks_for_server_1(to: &str, from: &str, claimed: &str) -> (Vec<u8>, Vec<u8>) {
    let asked = frame(to, from, &request(from, claimed, SERVER_1_OWN));
    let told = arp_answer(from, "", SERVER_1_MAC, SERVER_1_OWN, claimed);
    (asked, told)
}

fn row_06_claims_by_others(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (ip, of_six, _, owner) in OWNED {
        for (place, from) in CLAIMING.into_iter().filter(|(_, from)| *from != owner) {
            for packet in claims_of(from, ip, of_six) {
                let claim = frame(BROADCAST, from, &packet);
                rig.drops(place, &claim, "address-conflict");
            }
        }
    }
}

fn row_06_whomever_they_are_told(bed: Bed) {
    let mut rig = bed.rig(&image());
    for to in [SERVER_0_MAC, ROUTER_B_MAC, HOST_MAC, WEB_MAC, STATION_2_MAC] {
        for (claimed, six) in [
            (ROUTER_A_IP, ROUTER_A_IP6),
            (SERVER_1_OWN, SERVER_1_OWN6),
            (HOST_IP, HOST_IP6),
        ] {
            let told = reply((STATION_MAC, claimed), (to, STATION_IP));
            rig.drops(0, &frame(to, STATION_MAC, &told), "address-conflict");
            // As a reply to the host's own question, too.
            let told = reply((STATION_MAC, claimed), (to, HOST_IP));
            rig.drops(0, &frame(to, STATION_MAC, &told), "address-conflict");
            let told = advertisement(STATION_MAC, six, "fe80::210");
            let told = frame(to, STATION_MAC, &told.bytes());
            rig.drops(0, &told, "address-conflict");
        }
    }
}

fn row_06_asking_in_the_name_of_another(bed: Bed) {
    let mut rig = bed.rig(&image());
    for asked in [WEB_IP, ROUTER_B_IP, HOST_IP, SERVER_1_OWN, STATION_IP] {
        for claimed in [ROUTER_A_IP, HOST_IP, SERVER_0_OWN] {
            let asked = request(STATION_MAC, claimed, asked);
            let asked = frame(BROADCAST, STATION_MAC, &asked);
            rig.drops(1, &asked, "address-conflict");
        }
    }
    for claimed in [ROUTER_A_IP6, HOST_IP6, SERVER_0_OWN6] {
        let asked = solicits(SERVER_1_MAC, claimed, WEB_IP6);
        rig.drops(3, &asked, "address-conflict");
    }
}

fn row_06_messages_to_all_and_long_ones(bed: Bed) {
    let mut rig = bed.rig(&image());
    let all = ip6(ALL_NODES);
    for claimed in [ROUTER_B_IP6, HOST_IP6, SERVER_0_OWN6] {
        let claim = ip6(claimed);
        for message in [
            Discovery::router_advertisement(claim, all),
            Discovery::redirect(claim, ip6(STATION_IP6), claim, ip6(WEB_IP6)),
            Discovery::router_solicitation(claim, all),
            // Longer than the window: nobody can check it, and it is kept from nobody less.
            advertisement(STATION_MAC, claimed, ALL_NODES).with_option(14, 10, &[0x5a; 78]),
        ] {
            let claim = frame(ALL_NODES_MAC, STATION_MAC, &message.bytes());
            rig.drops(0, &claim, "address-conflict");
        }
    }
}

fn row_06_owners_may(bed: Bed) {
    let mut rig = bed.rig(&image());
    for packet in claims_of(ROUTER_A_MAC, ROUTER_A_IP, ROUTER_A_IP6) {
        let solicitation = packet[..2] == [0x86, 0xdd] && packet[2 + 40] == 135;
        // Row 9 keeps from servers what tells of a router.
        let to: &[u8] = if solicitation { &[1, 2, 3] } else { &[1] };
        rig.floods(0, &frame(BROADCAST, ROUTER_A_MAC, &packet), to);
    }
    for (place, from, own, six) in [
        (2, SERVER_0_MAC, SERVER_0_OWN, SERVER_0_OWN6),
        (3, SERVER_1_MAC, SERVER_1_OWN, SERVER_1_OWN6),
    ] {
        for packet in claims_of(from, own, six) {
            rig.floods(place, &frame(BROADCAST, from, &packet), &[0, 1]);
        }
        // It tests whether the addresses are taken: answered, it would give them up.
        let probe = request(from, NO_IP, own);
        rig.floods(place, &frame(BROADCAST, from, &probe), &[0, 1]);
        rig.floods(place, &solicits(from, "::", six), &[0, 1]);
        // It asks and answers in their name, the host too.
        let asked = request(from, own, STATION_IP);
        rig.floods(place, &frame(BROADCAST, from, &asked), &[0, 1]);
        let told = reply((from, own), (HOST_MAC, HOST_IP));
        let told = frame(HOST_MAC, from, &told);
        rig.to_host(place, &told, HostReason::Addressed);
        let told = reply((from, own), (ROUTER_B_MAC, ROUTER_B_IP));
        rig.passes(place, &frame(ROUTER_B_MAC, from, &told), 1);
    }
}

fn row_08_whoever_asks_for_a_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (place, from, claimed) in [
        (0, ROUTER_A_MAC, ROUTER_A_IP),
        (1, ROUTER_B_MAC, ROUTER_B_IP),
        (1, STATION_MAC, STATION_IP),
        (0, STATION_MAC, NO_IP),
    ] {
        // By broadcast, and by unicast to renew what it knows.
        for to in [BROADCAST, SERVER_1_MAC, WEB_MAC, HOST_MAC] {
            let (asked, told) = asks_for_server_1(to, from, claimed);
            rig.answers(place, &asked, &told);
        }
    }
    let asked = tagged(
        &asks_for_server_1(BROADCAST, STATION_MAC, STATION_IP).0,
        "8100 6005",
    );
    let told = arp_answer(
        STATION_MAC,
        "8100 6005",
        SERVER_1_MAC,
        SERVER_1_OWN,
        STATION_IP,
    );
    rig.answers(0, &asked, &told);
    // Each its own.
    let asked = request(STATION_MAC, STATION_IP, SERVER_0_OWN);
    let told = arp_answer(STATION_MAC, "", SERVER_0_MAC, SERVER_0_OWN, STATION_IP);
    rig.answers(0, &frame(BROADCAST, STATION_MAC, &asked), &told);
}

fn row_08_neighbour_discovery_for_a_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (place, from, claimed, checksum) in [
        (0, ROUTER_A_MAC, ROUTER_A_IP6, "856f"),
        (1, ROUTER_B_MAC, ROUTER_B_IP6, "b50b"),
        (1, STATION_MAC, STATION_IP6, "8524"),
    ] {
        let told = (SERVER_1_MAC, SERVER_1_OWN6);
        let told = nd_answer((from, claimed), "", told, "60000000", checksum);
        rig.answers(place, &solicits(from, claimed, SERVER_1_OWN6), &told);
        let refresh = Discovery {
            destination: ip6(SERVER_1_OWN6),
            ..solicitation(from, claimed, SERVER_1_OWN6)
        };
        rig.answers(place, &frame(SERVER_1_MAC, from, &refresh.bytes()), &told);
    }
    let all = (ALL_NODES_MAC, ALL_NODES);
    let told = nd_answer(all, "", (SERVER_1_MAC, SERVER_1_OWN6), "20000000", "f48b");
    rig.answers(0, &solicits(STATION_MAC, "::", SERVER_1_OWN6), &told);
}

fn row_08_a_server_asks_for_another(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for claimed in [WEB_IP, SERVER_0_OWN, NO_IP, STATION_IP] {
        let (asked, told) = asks_for_server_1(BROADCAST, SERVER_0_MAC, claimed);
        rig.answers(2, &asked, &told);
    }
    let told = (SERVER_1_MAC, SERVER_1_OWN6);
    let told = nd_answer((SERVER_0_MAC, SERVER_0_OWN6), "", told, "60000000", "849f");
    let asked = solicits(SERVER_0_MAC, SERVER_0_OWN6, SERVER_1_OWN6);
    rig.answers(2, &asked, &told);
    // One of the same port hears the request itself.
    let asked = request(SERVER_2_MAC, STATION_IP, SERVER_1_OWN);
    rig.floods(3, &frame(BROADCAST, SERVER_2_MAC, &asked), &[0, 1]);
    let layout = Layout::PortByRole;
    let mut rig = Bed { kind, layout }.rig(&image());
    let asked = request(SERVER_0_MAC, STATION_IP, SERVER_1_OWN);
    rig.floods(2, &frame(BROADCAST, SERVER_0_MAC, &asked), &[0, 1]);
}

fn row_08_only_of_a_server_that_can_be_reached(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let (asked, told) = asks_for_server_1(BROADCAST, ROUTER_A_MAC, ROUTER_A_IP);
    // Taken out of service it is still there for whoever wants to mend it.
    rig.member(1, false);
    rig.answers(0, &asked, &told);
    rig.link(3, false);
    rig.floods(0, &asked, &[1]);
    rig.link(3, true);
    rig.answers(0, &asked, &told);
    // In another place, with another card, its number the same.
    rig.program(&{
        let mut image = image();
        let member = image.members.get_mut(&1).expect("server 1");
        member.mac.0[5] = 0x21;
        image
    });
    let told = arp_answer(ROUTER_A_MAC, "", "020000000221", SERVER_1_OWN, ROUTER_A_IP);
    rig.answers(0, &asked, &told);
    // Nobody can reach it from a port that cannot retag.
    let mut image = image();
    image.logical_ports[3] = LogicalPort {
        untagged: false,
        vlans: Some((7, 7)),
        tagged: true,
        domain: 1,
        ..image.logical_ports[3].clone()
    };
    rig.program(&image);
    let asked = request(STATION_MAC, STATION_IP, SERVER_1_OWN);
    rig.floods(0, &frame(BROADCAST, STATION_MAC, &asked), &[1, 2]);
}

fn row_08_only_whole_requests(bed: Bed) {
    let mut rig = bed.rig(&image());
    let long = solicitation(STATION_MAC, STATION_IP6, SERVER_1_OWN6);
    let long = long.with_option(14, 10, &[0x5a; 78]);
    let long = frame(ALL_NODES_MAC, STATION_MAC, &long.bytes());
    rig.floods(0, &long, &[1, 2, 3]);
    let told = reply((STATION_MAC, STATION_IP), (SERVER_1_MAC, SERVER_1_OWN));
    rig.passes(0, &frame(SERVER_1_MAC, STATION_MAC, &told), 3);
}

fn row_08_addresses_come_and_go(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked = frame(
        BROADCAST,
        STATION_MAC,
        &request(STATION_MAC, STATION_IP, SERVER_1_OWN),
    );
    let mut moved = image();
    moved
        .server_addresses
        .retain(|(own, _)| *own != ip(SERVER_1_OWN));
    rig.program(&moved);
    rig.floods(0, &asked, &[1, 2, 3]);
    moved.server_addresses.push((ip(SERVER_1_OWN), 0));
    rig.program(&moved);
    let told = arp_answer(STATION_MAC, "", SERVER_0_MAC, SERVER_1_OWN, STATION_IP);
    rig.answers(0, &asked, &told);
    let claim = request(SERVER_1_MAC, SERVER_1_OWN, STATION_IP);
    let claim = frame(BROADCAST, SERVER_1_MAC, &claim);
    rig.drops(3, &claim, "address-conflict");
}

/// What goes to a server's own address, or comes from it, is no flow of the cluster's.
fn rows_14_16_and_19_traffic(bed: Bed) {
    let mut rig = bed.rig(&image());
    // TCP, SYN: from 203.0.113.7:20000 to 192.31.65.220:80, and the answer.
    let asked = "0800 45000028000100004006 0000 cb007107 c01f41dc 4e20 0050 00000001 00000000 5002 ffff 0000 0000";
    let told = "0800 45000028000100004006 0000 c01f41dc cb007107 0050 4e20 00000001 00000002 5012 ffff 0000 0000";
    for _ in 0..2 {
        rig.passes(0, &hex60(&[SERVER_1_MAC, ROUTER_A_MAC, asked]), 3);
        rig.passes(3, &hex60(&[ROUTER_B_MAC, SERVER_1_MAC, told]), 1);
    }
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, asked]), "not-ours");
}

on_every_card!(
    row_08_a_server_asks_for_another,
    row_08_only_of_a_server_that_can_be_reached,
);

on_every_layout!(
    row_06_claims_by_others,
    row_06_whomever_they_are_told,
    row_06_asking_in_the_name_of_another,
    row_06_messages_to_all_and_long_ones,
    row_06_owners_may,
    row_08_whoever_asks_for_a_server,
    row_08_neighbour_discovery_for_a_server,
    row_08_only_whole_requests,
    row_08_addresses_come_and_go,
    rows_14_16_and_19_traffic,
);
