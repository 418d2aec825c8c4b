//! Rows 7 and 8: each server is told a router of its own, and whoever asks for the host is told the host's MAC.

use crate::asks::{
    ALL_NODES, ALL_NODES_MAC, HOST_IP, HOST_IP6, NO_IP, ROUTER_A_IP, ROUTER_A_IP6, ROUTER_B_IP,
    ROUTER_B_IP6, SERVER_0_IP6, SERVER_1_IP6, STATION_IP, STATION_IP6, WEB_IP, WEB_IP6,
    advertisement, arp_answer, frame, ip6, nd_answer, reply, request, solicitation, solicits,
    tagged,
};
use crate::frames::BROADCAST;
use flowswitch_driver::image::Pool;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    HOST_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC,
    SERVER_2_MAC, SPARE_BUCKET, STATION_MAC, WEB_MAC, image, one_bucket, pool,
};
use flowswitch_tests::neighbour::Discovery;
use flowswitch_tests::rig::{HostReason, Rig};
use flowswitch_tests::{on_every_card, on_every_layout};

/// A server that has no address but the cluster's asks for a router; it is told `told`.
#[track_caller]
fn told(rig: &mut Rig, (place, server): (u8, &str), asked: &str, told: &str) {
    let request = frame(BROADCAST, server, &request(server, WEB_IP, asked));
    rig.answers(
        place,
        &request,
        &arp_answer(server, "", told, asked, WEB_IP),
    );
}

fn row_07_two_servers_with_one_address_get_different_routers(bed: Bed) {
    let mut rig = bed.rig(&image());
    for asked in [ROUTER_A_IP, ROUTER_B_IP] {
        told(&mut rig, (2, SERVER_0_MAC), asked, ROUTER_A_MAC);
        told(&mut rig, (3, SERVER_1_MAC), asked, ROUTER_B_MAC);
        let other = request(SERVER_2_MAC, "192.31.65.9", asked);
        rig.answers(
            3,
            &frame(BROADCAST, SERVER_2_MAC, &other),
            &arp_answer(SERVER_2_MAC, "", ROUTER_A_MAC, asked, "192.31.65.9"),
        );
    }
}

fn row_07_neighbour_discovery(bed: Bed) {
    let mut rig = bed.rig(&image());
    // From the link-local address, as servers mostly do, and from the cluster's.
    for (place, server, claimed, asked, router, checksum) in [
        (
            2,
            SERVER_0_MAC,
            SERVER_0_IP6,
            ROUTER_A_IP6,
            ROUTER_A_MAC,
            "3472",
        ),
        (
            3,
            SERVER_1_MAC,
            SERVER_1_IP6,
            ROUTER_A_IP6,
            ROUTER_B_MAC,
            "3452",
        ),
        (
            2,
            SERVER_0_MAC,
            SERVER_0_IP6,
            ROUTER_B_IP6,
            ROUTER_A_MAC,
            "93aa",
        ),
        (2, SERVER_0_MAC, WEB_IP6, ROUTER_A_IP6, ROUTER_A_MAC, "06e4"),
        (3, SERVER_1_MAC, WEB_IP6, ROUTER_A_IP6, ROUTER_B_MAC, "06d4"),
    ] {
        let answer = nd_answer((server, claimed), "", (router, asked), "e0000000", checksum);
        rig.answers(place, &solicits(server, claimed, asked), &answer);
        // The same by unicast, to the MAC that it knows.
        let refresh = Discovery {
            destination: ip6(asked),
            ..solicitation(server, claimed, asked)
        };
        let refresh = frame(ROUTER_A_MAC, server, &refresh.bytes());
        rig.answers(place, &refresh, &answer);
    }
}

fn row_07_unicast_and_tagged(bed: Bed) {
    let mut rig = bed.rig(&image());
    for to in [ROUTER_A_MAC, ROUTER_B_MAC, STATION_MAC, HOST_MAC, WEB_MAC] {
        let asked = request(SERVER_1_MAC, WEB_IP, ROUTER_A_IP);
        let asked = tagged(&frame(to, SERVER_1_MAC, &asked), "8100 6005");
        let told = arp_answer(SERVER_1_MAC, "8100 6005", ROUTER_B_MAC, ROUTER_A_IP, WEB_IP);
        rig.answers(3, &asked, &told);
    }
}

fn row_07_next_router(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_A_IP, ROUTER_B_MAC);
    told(&mut rig, (3, SERVER_1_MAC), ROUTER_A_IP, ROUTER_B_MAC);
    let answer = nd_answer(
        (SERVER_0_MAC, SERVER_0_IP6),
        "",
        (ROUTER_B_MAC, ROUTER_A_IP6),
        "e0000000",
        "3462",
    );
    let asked = solicits(SERVER_0_MAC, SERVER_0_IP6, ROUTER_A_IP6);
    rig.answers(2, &asked, &answer);
    rig.member(ROUTER_A, true);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_A_IP, ROUTER_A_MAC);
}

fn row_07_draining_router_is_told_to_nobody_new(bed: Bed) {
    let mut image = image();
    image.members.get_mut(&ROUTER_A).expect("router A").draining = true;
    let mut rig = bed.rig(&image);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_A_IP, ROUTER_B_MAC);
    rig.member(ROUTER_B, false);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_A_IP, ROUTER_A_MAC);
}

fn row_07_no_router(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    rig.member(ROUTER_B, false);
    let asked = request(SERVER_0_MAC, WEB_IP, ROUTER_A_IP);
    rig.drops(2, &frame(BROADCAST, SERVER_0_MAC, &asked), "no-router");
    let asked = solicits(SERVER_0_MAC, SERVER_0_IP6, ROUTER_A_IP6);
    rig.drops(2, &asked, "no-router");
}

fn row_07_router_lost_its_link(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(0, false);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_A_IP, ROUTER_B_MAC);
}

fn row_07_pool_of_the_router_asked_for(bed: Bed) {
    // Router B's pool has an assignment of its own: router B for everyone.
    let mut image = image();
    image.buckets[SPARE_BUCKET as usize].first = Some(ROUTER_B);
    let assignment = one_bucket(SPARE_BUCKET);
    image.pools.insert(
        1,
        Pool {
            assignment,
            ..pool()
        },
    );
    let mut rig = bed.rig(&image);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_A_IP, ROUTER_A_MAC);
    told(&mut rig, (2, SERVER_0_MAC), ROUTER_B_IP, ROUTER_B_MAC);
    told(&mut rig, (3, SERVER_1_MAC), ROUTER_B_IP, ROUTER_B_MAC);
    rig.member(ROUTER_B, false);
    let asked = request(SERVER_0_MAC, WEB_IP, ROUTER_B_IP);
    rig.drops(2, &frame(BROADCAST, SERVER_0_MAC, &asked), "no-router");
}

fn row_07_only_for_servers(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked = request(STATION_MAC, STATION_IP, ROUTER_A_IP);
    rig.floods(1, &frame(BROADCAST, STATION_MAC, &asked), &[0, 2, 3]);
    let asked = solicits(STATION_MAC, STATION_IP6, ROUTER_A_IP6);
    rig.floods(1, &asked, &[0, 2, 3]);
    // Routers ask each other, not by way of servers' ports (row 9).
    let asked = request(ROUTER_A_MAC, ROUTER_A_IP, ROUTER_B_IP);
    rig.floods(0, &frame(BROADCAST, ROUTER_A_MAC, &asked), &[1]);
}

fn row_07_probe_of_a_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked = request(SERVER_0_MAC, NO_IP, ROUTER_B_IP);
    rig.answers(
        2,
        &frame(BROADCAST, SERVER_0_MAC, &asked),
        &arp_answer(SERVER_0_MAC, "", ROUTER_A_MAC, ROUTER_B_IP, NO_IP),
    );
}

fn row_08_host(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (place, from, claimed) in [
        (0, ROUTER_A_MAC, ROUTER_A_IP),
        (1, STATION_MAC, STATION_IP),
        (1, STATION_MAC, NO_IP),
        (2, SERVER_0_MAC, WEB_IP),
        (3, SERVER_1_MAC, STATION_IP),
    ] {
        for to in [BROADCAST, HOST_MAC, WEB_MAC] {
            let asked = frame(to, from, &request(from, claimed, HOST_IP));
            let told = arp_answer(from, "", HOST_MAC, HOST_IP, claimed);
            rig.answers(place, &asked, &told);
        }
    }
    let station = (STATION_MAC, STATION_IP6);
    let told = nd_answer(station, "", (HOST_MAC, HOST_IP6), "60000000", "86ed");
    rig.answers(1, &solicits(STATION_MAC, STATION_IP6, HOST_IP6), &told);
    let all = (ALL_NODES_MAC, ALL_NODES);
    let told = nd_answer(all, "", (HOST_MAC, HOST_IP6), "20000000", "f654");
    rig.answers(1, &solicits(STATION_MAC, "::", HOST_IP6), &told);
}

fn row_08_what_the_host_is_told_goes_to_it(bed: Bed) {
    // Replies and advertisements for the host are not requests: row 18.
    let mut rig = bed.rig(&image());
    let told = reply((STATION_MAC, STATION_IP), (HOST_MAC, HOST_IP));
    let told = frame(HOST_MAC, STATION_MAC, &told);
    rig.to_host(0, &told, HostReason::Addressed);
    let told = advertisement(STATION_MAC, STATION_IP6, HOST_IP6).bytes();
    let told = frame(HOST_MAC, STATION_MAC, &told);
    rig.to_host(0, &told, HostReason::Addressed);
}

on_every_card!(row_07_router_lost_its_link);

on_every_layout!(
    row_07_two_servers_with_one_address_get_different_routers,
    row_07_neighbour_discovery,
    row_07_unicast_and_tagged,
    row_07_next_router,
    row_07_draining_router_is_told_to_nobody_new,
    row_07_no_router,
    row_07_pool_of_the_router_asked_for,
    row_07_only_for_servers,
    row_07_probe_of_a_server,
    row_08_host,
    row_08_what_the_host_is_told_goes_to_it,
);
