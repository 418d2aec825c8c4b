//! Rows 9 and 10, a port per station: what is kept from servers, and what is forwarded in another's name. Bytes are
//! written by hand.

mod support;

use flowswitch_model::{DropReason, Verdict};
use support::discovery::{self, *};
use support::*;

fn to(ports: &[u8]) -> Verdict {
    Verdict::Ports(ports.to_vec())
}

fn router_advertisement(to: [u8; 6], from: [u8; 6]) -> Vec<u8> {
    let message = [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    ethernet(to, from, &[&icmpv6(ROUTER0_LINK, ALL_NODES, &message)])
}

#[test]
fn row_9_what_routers_broadcast_is_kept_from_servers() {
    let mut model = card(|_| ());
    for frame in [
        arp_frame(BROADCAST, ROUTER0, 1, ROUTER0_ADDRESS, ROUTER0_ADDRESS),
        arp_frame(BROADCAST, ROUTER0, 2, ROUTER0_ADDRESS, ROUTER0_ADDRESS),
        arp_frame(BROADCAST, ROUTER0, 1, ROUTER0_ADDRESS, NEIGHBOUR),
        advertisement(ALL_NODES_MAC, ROUTER0, ALL_NODES, ROUTER0_LINK),
    ] {
        expect(&mut model, 0, &frame, 9, to(&[1, 2]), &frame);
    }
    let unicast = arp_frame(SERVER0, ROUTER0, 2, ROUTER0_ADDRESS, NEIGHBOUR);
    expect(&mut model, 0, &unicast, 19, to(&[3]), &unicast);
    let others = arp_frame(BROADCAST, STRANGER, 1, NEIGHBOUR, NEIGHBOUR);
    expect(&mut model, 2, &others, 19, to(&[0, 1, 3, 4]), &others);
    for port in [1, 2] {
        model.set_link(port, false).expect("the port");
    }
    let gratuitous = arp_frame(BROADCAST, ROUTER0, 1, ROUTER0_ADDRESS, ROUTER0_ADDRESS);
    expect_drop(&mut model, 0, &gratuitous, 9, DropReason::NoPort);
}

#[test]
fn row_9_router_advertisements_by_the_pools_policy() {
    let to_all = router_advertisement(ALL_NODES_MAC, ROUTER0);
    let to_server = router_advertisement(SERVER0, ROUTER0);
    let mut model = card(|_| ());
    expect(&mut model, 0, &to_all, 19, to(&[1, 2, 3, 4]), &to_all);
    expect(&mut model, 0, &to_server, 19, to(&[3]), &to_server);
    let mut model = card(|setup| {
        let pool = setup.pools.get_mut(&0).expect("router 0's pool");
        pool.drop_advertisements = true;
    });
    expect(&mut model, 0, &to_all, 9, to(&[1, 2]), &to_all);
    expect_drop(&mut model, 0, &to_server, 9, DropReason::Isolated);
    let of_router1 = router_advertisement(ALL_NODES_MAC, ROUTER1);
    expect(
        &mut model,
        1,
        &of_router1,
        19,
        to(&[0, 2, 3, 4]),
        &of_router1,
    );
}

#[test]
fn row_9_redirects_to_servers() {
    let mut model = card(|_| ());
    let redirect = |to, from| {
        let message = [&[137, 0, 0, 0, 0, 0, 0, 0][..], &ROUTER0_LINK, &CLIENT6].concat();
        ethernet(to, from, &[&icmpv6(ROUTER0_LINK, CLUSTER6, &message)])
    };
    for destination in [SERVER0, VIRTUAL] {
        let frame = redirect(destination, ROUTER0);
        expect_drop(&mut model, 0, &frame, 9, DropReason::Isolated);
    }
    let frame = redirect(ROUTER1, ROUTER0);
    expect(&mut model, 0, &frame, 16, to(&[1]), &frame);
    let frame = redirect(SERVER0, STRANGER);
    expect_drop(&mut model, 2, &frame, 9, DropReason::Isolated);
}

#[test]
fn row_10_a_servers_request_goes_out_with_the_virtual_mac() {
    let mut model = card(|_| ());
    let packet = "0806 0001 0800 06 04 0001  020000000210 c01f4101  0b0b0b0b0b0b c01f414d";
    let expected = "0806 0001 0800 06 04 0001  02005e006501 c01f4101  000000000000 c01f414d";
    for (tags, length) in [("", 60), ("81006007", 64), ("88a80005 8100e006", 64)] {
        let request = hex(&format!(
            "ffffffffffff 020000000210 {tags} {packet} {}",
            "ee".repeat(40)
        ));
        let expected = padded(
            &format!("ffffffffffff 02005e006501 {tags} {expected}"),
            length,
        );
        let outcome = expect(&mut model, 3, &request, 10, to(&[0, 1, 2]), &expected);
        assert!(outcome.built);
    }
}

#[test]
fn row_10_not_to_the_same_clusters_servers() {
    let every_port = |setup: &mut flowswitch_model::Setup| {
        setup.logical_ports[3].flood = 0b11111;
        setup.vips[1].servers = [0].into();
    };
    let mut model = card(every_port);
    let request = arp_frame(BROADCAST, SERVER0, 1, CLUSTER, NEIGHBOUR);
    let outcome = model.receive(3, &request, false).expect("port 3");
    assert_eq!(outcome.verdict, to(&[0, 1, 2]));
    let alone = arp_frame(BROADCAST, SERVER0, 1, CLUSTER_TO_HOST, NEIGHBOUR);
    let outcome = model.receive(3, &alone, false).expect("port 3");
    assert_eq!(outcome.verdict, to(&[0, 1, 2, 4]), "its other address");
    let unicast = arp_frame(SERVER1, SERVER0, 1, CLUSTER, NEIGHBOUR);
    expect_drop(&mut model, 3, &unicast, 10, DropReason::Isolated);
    model.set_link(4, false).expect("port 4");
    expect_drop(&mut model, 3, &unicast, 10, DropReason::Isolated);
    let itself = arp_frame(SERVER0, SERVER0, 1, CLUSTER, NEIGHBOUR);
    expect_drop(&mut model, 3, &itself, 10, DropReason::Isolated);
}

#[test]
fn row_10_a_request_by_unicast() {
    let mut model = card(|_| ());
    let expected = |destination: &str| {
        padded(
            &format!(
                "{destination} 02005e006501 0806 0001 0800 06 04 0001
                 02005e006501 c01f4101 000000000000 c01f414d"
            ),
            60,
        )
    };
    let request = arp_frame(ROUTER0, SERVER0, 1, CLUSTER, NEIGHBOUR);
    let outcome = expect(
        &mut model,
        3,
        &request,
        10,
        to(&[0]),
        &expected("020000000260"),
    );
    assert_eq!(outcome.member_in, Some(1024));
    assert_eq!(model.counters().members[&1024].input.bytes, 60);
    // Not the router's own: it asks nobody in its place.
    model.set_member_up(1024, false).expect("router 0");
    expect(
        &mut model,
        3,
        &request,
        10,
        to(&[0]),
        &expected("020000000260"),
    );
    let known = plain(OTHER, STRANGER);
    model.receive(2, &known, false).expect("port 2");
    let request = arp_frame(STRANGER, SERVER0, 1, CLUSTER, NEIGHBOUR);
    expect(
        &mut model,
        3,
        &request,
        10,
        to(&[2]),
        &expected("02aa00000001"),
    );
    for to_card in [VIRTUAL, HOST] {
        let request = arp_frame(to_card, SERVER0, 1, CLUSTER, NEIGHBOUR);
        let outcome = model.receive(3, &request, false).expect("port 3");
        assert_ne!(outcome.row, 10);
    }
}

#[test]
fn row_10_a_servers_solicitation() {
    let cluster = "20010db8 00650000 00000000 00000001";
    let client = "20010db8 00010000 00000000 00000007";
    let group = "ff020000 00000000 00000001 ff000007";
    let mut model = card(|_| ());
    // The nonce option and what trails behind are gone.
    let option = [option(1, SERVER0), vec![14, 1, 1, 2, 3, 4, 5, 6]].concat();
    let asked = message(135, 0, CLIENT6, &option);
    let to_group = icmpv6(CLUSTER6, solicited_node(CLIENT6), &asked);
    let request = ethernet(
        [0x33, 0x33, 0xff, 0, 0, 7],
        SERVER0,
        &[&to_group, &[0xee; 9]],
    );
    let expected = hex(&format!(
        "3333ff000007 02005e006501 86dd 60000000 0020 3a ff {cluster} {group}
         87 00 58b6 00000000 {client} 0101 02005e006501"
    ));
    expect(&mut model, 3, &request, 10, to(&[0, 1, 2]), &expected);
    let request = ethernet(ROUTER1, SERVER0, &[&icmpv6(CLUSTER6, CLIENT6, &asked)]);
    let expected = hex(&format!(
        "020000000270 02005e006501 86dd 60000000 0020 3a ff {cluster} {client}
         87 00 2901 00000000 {client} 0101 02005e006501"
    ));
    expect(&mut model, 3, &request, 10, to(&[1]), &expected);
}

#[test]
fn row_10_the_answer_goes_to_every_live_server() {
    let mut model = card(|_| ());
    let reply = ethernet(
        VIRTUAL,
        STRANGER,
        &[&arp(2, (STRANGER, NEIGHBOUR), (VIRTUAL, CLUSTER))],
    );
    let broadcast = readdressed(&reply, BROADCAST);
    let outcome = expect(&mut model, 2, &reply, 10, to(&[3, 4]), &broadcast);
    assert_eq!((outcome.built, outcome.member_in), (false, None));
    let message = message(136, 0x60, CLIENT6, &option(2, STRANGER));
    let advertisement = ethernet(VIRTUAL, STRANGER, &[&icmpv6(CLIENT6, CLUSTER6, &message)]);
    let to_all = readdressed(&advertisement, ALL_NODES_MAC);
    expect(&mut model, 2, &advertisement, 10, to(&[3, 4]), &to_all);
    model.set_member_up(0, false).expect("server 0");
    expect(&mut model, 2, &reply, 10, to(&[4]), &broadcast);
    model.set_link(4, false).expect("port 4");
    expect_drop(&mut model, 2, &reply, 10, DropReason::NoServer);
    model.set_link(4, true).expect("port 4");
    // Not back to where it came from.
    let reply = ethernet(
        VIRTUAL,
        SERVER1,
        &[&arp(2, (SERVER1, NEIGHBOUR), (VIRTUAL, CLUSTER))],
    );
    expect_drop(&mut model, 4, &reply, 10, DropReason::NoServer);
    assert_eq!(model.counters().copies(), 2);
}

#[test]
fn what_could_not_be_checked_is_not_answered_but_kept_in_bounds() {
    // Ten options of 8 bytes reach beyond the window.
    let message = |source: [u8; 16], target| {
        let options = option(14, STRANGER).repeat(10);
        icmpv6(
            source,
            solicited_node(target),
            &message(135, 0, target, &options),
        )
    };
    let mut model = card(|_| ());
    let group = [0x33, 0x33, 0xff, 0, 0, 1];
    let detection = ethernet(group, SERVER0, &[&message([0; 16], CLUSTER6)]);
    expect_drop(&mut model, 3, &detection, 4, DropReason::Swallowed);
    let conflict = ethernet(group, STRANGER, &[&message(CLUSTER6, CLIENT6)]);
    expect_drop(&mut model, 2, &conflict, 6, DropReason::AddressConflict);
    for target in [CLUSTER6, HOST6] {
        let asked = ethernet(group, STRANGER, &[&message(CLIENT6, target)]);
        expect(&mut model, 2, &asked, 19, to(&[0, 1, 3, 4]), &asked);
    }
    let for_router = ethernet(group, SERVER0, &[&message(LINK_LOCAL, ROUTER6)]);
    expect(&mut model, 3, &for_router, 19, to(&[0, 1, 2]), &for_router);
    let by_server = ethernet(group, SERVER0, &[&message(CLUSTER6, CLIENT6)]);
    expect_drop(&mut model, 3, &by_server, 4, DropReason::Swallowed);
    let told = [&option(2, STRANGER)[..], &option(14, STRANGER).repeat(9)].concat();
    let told = discovery::message(136, 0x60, CLIENT6, &told);
    let told = ethernet(VIRTUAL, STRANGER, &[&icmpv6(CLIENT6, CLUSTER6, &told)]);
    expect_drop(&mut model, 2, &told, 14, DropReason::NoService);
}

#[test]
fn neighbour_discovery_is_no_packet_for_another_router() {
    let mut model = card(|_| ());
    model.set_member_up(1024, false).expect("router 0");
    let message = message(136, 0x40, LINK_LOCAL, &option(2, SERVER0));
    let mut frame = ethernet(ROUTER0, SERVER0, &[&icmpv6(LINK_LOCAL, CLIENT6, &message)]);
    expect(&mut model, 3, &frame, 19, to(&[0]), &frame);
    // One that is found invalid as a whole is none either.
    frame[56] ^= 1;
    expect(&mut model, 3, &frame, 19, to(&[0]), &frame);
    // With a hop limit of 254 it is an ordinary packet.
    frame[21] = 254;
    let sent = readdressed(&frame, ROUTER1);
    expect(&mut model, 3, &frame, 17, to(&[1]), &sent);
}
