//! Rows 4 to 10: ARP and neighbour discovery, a port per station. Bytes are written by hand.

mod support;

use flowswitch_model::{DropReason, Model, Verdict};
use support::*;

const BROADCAST: [u8; 6] = [0xff; 6];
/// A station's IPv4 address in the cluster's network.
const NEIGHBOUR: [u8; 4] = [192, 31, 65, 77];
const NOBODY: [u8; 4] = [0; 4];
const NO_MAC: [u8; 6] = [0; 6];
/// Server 0's link-local address.
const LINK_LOCAL: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x10];
const ALL_NODES: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];

fn dropped(reason: DropReason) -> Verdict {
    Verdict::Drop(reason)
}

fn to(ports: &[u8]) -> Verdict {
    Verdict::Ports(ports.to_vec())
}

/// Solicited-node multicast address of the cluster's, a router's or the client's IPv6 address.
fn solicited_node(of: [u8; 16]) -> [u8; 16] {
    let [.., a, b, c] = of;
    [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c]
}

fn option(kind: u8, mac: [u8; 6]) -> Vec<u8> {
    [&[kind, 1][..], &mac].concat()
}

fn message(kind: u8, flags: u8, target: [u8; 16], options: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, 0, flags, 0, 0, 0][..], &target, options].concat()
}

/// A gratuitous request, a reply, a probe and so on: an ARP frame from `from`.
fn arp_frame(
    to: [u8; 6],
    from: [u8; 6],
    operation: u8,
    claimed: [u8; 4],
    asked: [u8; 4],
) -> Vec<u8> {
    ethernet(
        to,
        from,
        &[&arp(operation, (from, claimed), (NO_MAC, asked))],
    )
}

fn solicitation(from: [u8; 6], source: [u8; 16], target: [u8; 16]) -> Vec<u8> {
    let options = if source == [0; 16] {
        Vec::new()
    } else {
        option(1, from)
    };
    let message = message(135, 0, target, &options);
    let [.., a, b, c] = target;
    let packet = icmpv6(source, solicited_node(target), &message);
    ethernet([0x33, 0x33, 0xff, a, b, c], from, &[&packet])
}

fn advertisement(to: [u8; 6], from: [u8; 6], destination: [u8; 16], target: [u8; 16]) -> Vec<u8> {
    let message = message(136, 0x20, target, &option(2, from));
    ethernet(to, from, &[&icmpv6(target, destination, &message)])
}

/// Drops by this reason, and nothing leaves.
#[track_caller]
fn expect_drop(model: &mut Model, port: u8, frame: &[u8], row: u8, reason: DropReason) {
    expect(model, port, frame, row, dropped(reason), frame);
}

#[test]
fn row_5_an_arp_answer_untagged_tagged_and_double_tagged() {
    let packet = "0806 0001 0800 06 04 0001  020b0c0d0e0f c01f414d  000000000000 c01f4101";
    let answer = "0806 0001 0800 06 04 0002  02005e006501 c01f4101  020b0c0d0e0f c01f414d";
    for (tags, length) in [("", 60), ("81006007", 64), ("88a80005 8100e006", 64)] {
        for destination in ["ffffffffffff", "02005e006501", "020000000210"] {
            let mut model = card(|_| ());
            let request = hex(&format!(
                "{destination} 02aa00000001 {tags} {packet} {}",
                "ee".repeat(60)
            ));
            let expected = padded(
                &format!("02aa00000001 02005e006501 {tags} {answer}"),
                length,
            );
            let outcome = expect(&mut model, 2, &request, 5, Verdict::Answer(2), &expected);
            assert!(outcome.built);
            assert_eq!(
                (outcome.reason(), outcome.egress_mask()),
                (0, 0b100),
                "by the port it came from"
            );
            assert_eq!(model.counters().ports[2].generated, 1);
            assert_eq!(model.counters().consumed(), 1);
        }
    }
}

#[test]
fn row_5_a_probe_is_answered() {
    let mut model = card(|_| ());
    let probe = arp_frame(BROADCAST, STRANGER, 1, NOBODY, CLUSTER);
    let expected = padded(
        "02aa00000001 02005e006501 0806 0001 0800 06 04 0002
         02005e006501 c01f4101  02aa00000001 00000000",
        60,
    );
    expect(&mut model, 2, &probe, 5, Verdict::Answer(2), &expected);
}

#[test]
fn row_5_an_advertisement_untagged_and_tagged() {
    let client = "20010db8 00010000 00000000 00000007";
    let cluster = "20010db8 00650000 00000000 00000001";
    for tags in ["", "81000007", "88a80005 81000006"] {
        let mut model = card(|_| ());
        let solicitation = hex(&format!(
            "3333ff000001 02aa00000001 {tags} 86dd 60000000 0020 3a ff
             {client} ff020000 00000000 00000001 ff000001
             87 00 1b13 00000000 {cluster} 0101 02aa00000001 eeeeee"
        ));
        let expected = hex(&format!(
            "02aa00000001 02005e006501 {tags} 86dd 60000000 0020 3a ff
             {cluster} {client}
             88 00 c6a2 60000000 {cluster} 0201 02005e006501"
        ));
        expect(
            &mut model,
            2,
            &solicitation,
            5,
            Verdict::Answer(2),
            &expected,
        );
    }
}

#[test]
fn row_5_duplicate_address_detection_is_answered_to_all_nodes() {
    let mut model = card(|_| ());
    let cluster = "20010db8 00650000 00000000 00000001";
    let detection = hex(&format!(
        "3333ff000001 02aa00000001 86dd 60000000 0018 3a ff
         00000000 00000000 00000000 00000000 ff020000 00000000 00000001 ff000001
         87 00 4c88 00000000 {cluster}"
    ));
    let expected = hex(&format!(
        "333300000001 02005e006501 86dd 60000000 0020 3a ff
         {cluster} ff020000 00000000 00000000 00000001
         88 00 3560 20000000 {cluster} 0201 02005e006501"
    ));
    expect(&mut model, 2, &detection, 5, Verdict::Answer(2), &expected);
    // With a nonce option (RFC 7527) too.
    let nonce = [14, 1, 1, 2, 3, 4, 5, 6];
    let packet = icmpv6(
        [0; 16],
        solicited_node(CLUSTER6),
        &message(135, 0, CLUSTER6, &nonce),
    );
    let detection = ethernet([0x33, 0x33, 0xff, 0, 0, 1], STRANGER, &[&packet]);
    expect(&mut model, 2, &detection, 5, Verdict::Answer(2), &expected);
}

#[test]
fn row_5_learns_from_the_request() {
    let mut model = card(|_| ());
    let request = arp_frame(BROADCAST, STRANGER, 1, NEIGHBOUR, CLUSTER);
    let outcome = model.receive(2, &request, false).expect("port 2");
    assert_eq!((outcome.row, outcome.learning.is_some()), (5, true));
    let back = plain(STRANGER, OTHER);
    expect(&mut model, 1, &back, 19, to(&[2]), &back);
}

#[test]
fn row_5_an_answer_that_finds_no_room_is_not_generated() {
    let mut model = card(|_| ());
    let request = arp_frame(BROADCAST, STRANGER, 1, NEIGHBOUR, CLUSTER);
    for (loss, generated, drops) in [
        (flowswitch_model::Loss::QueueFull, 0, (1, 0)),
        (flowswitch_model::Loss::LinkDown { left: 0 }, 1, (1, 1)),
    ] {
        let outcome = model.receive(2, &request, false).expect("port 2");
        model.lose_copies(&outcome, 2, loss).expect("the answer");
        let counters = model.counters();
        assert_eq!(counters.ports[2].generated, generated);
        assert_eq!(counters.consumed(), generated);
        assert_eq!((counters.drops()[14], counters.drops()[13]), drops);
        assert_eq!(counters.ports[2].transmitted.frames, 0);
        let (into, out) = counters.conservation();
        assert_eq!(into, out);
    }
}

#[test]
fn row_4_the_servers_own_claims_are_swallowed() {
    let mut model = card(|_| ());
    let frames = [
        arp_frame(BROADCAST, SERVER0, 1, NOBODY, CLUSTER),
        arp_frame(BROADCAST, SERVER0, 1, CLUSTER, CLUSTER),
        arp_frame(BROADCAST, SERVER0, 2, CLUSTER, CLUSTER),
        arp_frame(ROUTER0, SERVER0, 2, CLUSTER, NEIGHBOUR),
        arp_frame(VIRTUAL, SERVER0, 2, CLUSTER, NEIGHBOUR),
        solicitation(SERVER0, [0; 16], CLUSTER6),
        solicitation(SERVER0, CLUSTER6, CLUSTER6),
        advertisement(ALL_NODES_MAC, SERVER0, ALL_NODES, CLUSTER6),
        advertisement(ROUTER0, SERVER0, CLIENT6, CLUSTER6),
    ];
    for frame in &frames {
        expect_drop(&mut model, 3, frame, 4, DropReason::Swallowed);
    }
    let count = frames.len() as u64;
    assert_eq!(model.counters().consumed(), count);
    assert_eq!(model.counters().drops()[17], count);
    assert_eq!(model.counters().members[&0].output.frames, count);
}

#[test]
fn row_4_is_for_those_who_carry_the_address() {
    let mut model = card(|setup| {
        for vip in &mut setup.vips {
            vip.servers = [1].into();
        }
    });
    let probe = arp_frame(BROADCAST, SERVER0, 1, NOBODY, CLUSTER);
    let outcome = model.receive(3, &probe, false).expect("port 3");
    assert_eq!((outcome.row, outcome.verdict), (5, Verdict::Answer(3)));
    let claim = arp_frame(BROADCAST, SERVER0, 1, CLUSTER, CLUSTER);
    expect_drop(&mut model, 3, &claim, 6, DropReason::AddressConflict);
}

#[test]
fn row_6_anyone_elses_claim_is_dropped() {
    let mut model = card(|_| ());
    for (port, from) in [(2, STRANGER), (0, ROUTER0)] {
        for frame in [
            arp_frame(BROADCAST, from, 1, CLUSTER, CLUSTER),
            arp_frame(BROADCAST, from, 1, CLUSTER, NEIGHBOUR),
            arp_frame(SERVER0, from, 2, CLUSTER, NEIGHBOUR),
            solicitation(from, CLUSTER6, CLIENT6),
            advertisement(ALL_NODES_MAC, from, ALL_NODES, CLUSTER6),
        ] {
            expect_drop(&mut model, port, &frame, 6, DropReason::AddressConflict);
        }
    }
    let back = plain(STRANGER, OTHER);
    expect(&mut model, 1, &back, 19, to(&[2]), &back);
}

#[test]
fn row_7_each_server_has_a_router_of_its_own() {
    let request = |from| arp_frame(BROADCAST, from, 1, CLUSTER, ROUTER1_ADDRESS);
    let mut model = card(|_| ());
    let answer = |server: &str, router: &str| {
        padded(
            &format!(
                "{server} {router} 0806 0001 0800 06 04 0002 {router} c01f4103 {server} c01f4101"
            ),
            60,
        )
    };
    let (server0, router0) = ("020000000210", "020000000260");
    let (server1, router1) = ("020000000220", "020000000270");
    expect(
        &mut model,
        3,
        &request(SERVER0),
        7,
        Verdict::Answer(3),
        &answer(server0, router0),
    );
    expect(
        &mut model,
        4,
        &request(SERVER1),
        7,
        Verdict::Answer(4),
        &answer(server1, router1),
    );
    model.set_member_up(1024, false).expect("router 0");
    expect(
        &mut model,
        3,
        &request(SERVER0),
        7,
        Verdict::Answer(3),
        &answer(server0, router1),
    );
    model.set_link(1, false).expect("port 1");
    expect_drop(&mut model, 3, &request(SERVER0), 7, DropReason::NoRouter);
    // Others ask the router itself.
    let other = arp_frame(BROADCAST, STRANGER, 1, NEIGHBOUR, ROUTER0_ADDRESS);
    expect(&mut model, 2, &other, 19, to(&[0, 3, 4]), &other);
}

#[test]
fn row_7_an_advertisement_of_a_router() {
    let mut model = card(|_| ());
    let server = "fe800000 00000000 00000000 00000210";
    let router = "fe800000 00000000 00000000 00000003";
    let solicitation = hex(&format!(
        "3333ff000003 020000000210 86dd 60000000 0020 3a ff
         {server} ff020000 00000000 00000001 ff000003
         87 00 7677 00000000 {router} 0101 020000000210"
    ));
    let expected = hex(&format!(
        "020000000210 020000000260 86dd 60000000 0020 3a ff
         {router} {server}
         88 00 93aa e0000000 {router} 0201 020000000260"
    ));
    expect(
        &mut model,
        3,
        &solicitation,
        7,
        Verdict::Answer(3),
        &expected,
    );
}

#[test]
fn row_8_the_hosts_addresses() {
    let mut model = card(|_| ());
    let request = arp_frame(BROADCAST, STRANGER, 1, NEIGHBOUR, HOST_ADDRESS);
    let expected = padded(
        "02aa00000001 020000000205 0806 0001 0800 06 04 0002
         020000000205 c01f4105  02aa00000001 c01f414d",
        60,
    );
    expect(&mut model, 2, &request, 8, Verdict::Answer(2), &expected);
    // By unicast, with the host as the destination.
    let (client, host) = (
        "20010db8 00010000 00000000 00000007",
        "20010db8 00650000 00000000 00000005",
    );
    let solicitation = hex(&format!(
        "020000000205 02aa00000001 86dd 60000000 0020 3a ff
         {client} {host}
         87 00 eaf1 00000000 {host} 0101 02aa00000001"
    ));
    let expected = hex(&format!(
        "02aa00000001 020000000205 86dd 60000000 0020 3a ff
         {host} {client}
         88 00 8797 60000000 {host} 0201 020000000205"
    ));
    expect(
        &mut model,
        2,
        &solicitation,
        8,
        Verdict::Answer(2),
        &expected,
    );
}

fn router_advertisement(to: [u8; 6], from: [u8; 6]) -> Vec<u8> {
    let message = [134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    ethernet(to, from, &[&icmpv6(ROUTER6, ALL_NODES, &message)])
}

#[test]
fn row_9_what_routers_broadcast_is_kept_from_servers() {
    let mut model = card(|_| ());
    for frame in [
        arp_frame(BROADCAST, ROUTER0, 1, ROUTER0_ADDRESS, ROUTER0_ADDRESS),
        arp_frame(BROADCAST, ROUTER0, 2, ROUTER0_ADDRESS, ROUTER0_ADDRESS),
        arp_frame(BROADCAST, ROUTER0, 1, ROUTER0_ADDRESS, NEIGHBOUR),
        advertisement(ALL_NODES_MAC, ROUTER0, ALL_NODES, ROUTER6),
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
        let message = [&[137, 0, 0, 0, 0, 0, 0, 0][..], &ROUTER6, &CLIENT6].concat();
        ethernet(to, from, &[&icmpv6(ROUTER6, CLUSTER6, &message)])
    };
    for destination in [SERVER0, VIRTUAL] {
        let frame = redirect(destination, ROUTER0);
        expect_drop(&mut model, 0, &frame, 9, DropReason::Isolated);
    }
    let frame = redirect(ROUTER1, ROUTER0);
    expect(&mut model, 0, &frame, 16, to(&[1]), &frame);
    let frame = redirect(SERVER0, STRANGER);
    expect(&mut model, 2, &frame, 19, to(&[3]), &frame);
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
    expect_drop(&mut model, 3, &unicast, 10, DropReason::LinkDown);
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
    expect(&mut model, 3, &by_server, 19, to(&[0, 1, 2]), &by_server);
}

#[test]
fn neighbour_discovery_is_no_packet_for_another_router() {
    let mut model = card(|_| ());
    model.set_member_up(1024, false).expect("router 0");
    let message = message(136, 0x40, LINK_LOCAL, &option(2, SERVER0));
    let mut frame = ethernet(ROUTER0, SERVER0, &[&icmpv6(LINK_LOCAL, CLIENT6, &message)]);
    expect(&mut model, 3, &frame, 19, to(&[0]), &frame);
    // With a hop limit of 254 it is an ordinary packet.
    frame[21] = 254;
    let sent = readdressed(&frame, ROUTER1);
    expect(&mut model, 3, &frame, 17, to(&[1]), &sent);
}
