//! Rows 4 to 8, a port per station: whose claims are swallowed or dropped, and what the card answers. Bytes are written
//! by hand.

mod support;

use flowswitch_model::{DropReason, Model, Verdict};
use support::discovery::*;
use support::*;

fn to(ports: &[u8]) -> Verdict {
    Verdict::Ports(ports.to_vec())
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

#[test]
fn row_6_a_station_s_address_is_claimed_by_that_station_alone() {
    let mut model = card(|_| ());
    let conflict = |model: &mut Model, port, frame: &[u8]| {
        expect_drop(model, port, frame, 6, DropReason::AddressConflict);
    };
    for (port, from, claimed) in [
        (2, STRANGER, ROUTER0_ADDRESS),
        (1, ROUTER1, ROUTER0_ADDRESS),
        (3, SERVER0, ROUTER0_ADDRESS),
        (2, STRANGER, HOST_ADDRESS),
        (0, ROUTER0, HOST_ADDRESS),
        (2, STRANGER, OWN1),
        (3, SERVER0, OWN1),
        (0, ROUTER0, OWN1),
    ] {
        for (operation, asked) in [(1, claimed), (1, CLUSTER), (2, NEIGHBOUR)] {
            for to in [BROADCAST, SERVER0, HOST] {
                let frame = arp_frame(to, from, operation, claimed, asked);
                conflict(&mut model, port, &frame);
            }
        }
    }
    for target in [ROUTER6, HOST6, OWN6] {
        for (to, destination) in [(ALL_NODES_MAC, ALL_NODES), (SERVER0, LINK_LOCAL)] {
            let frame = advertisement(to, STRANGER, destination, target);
            conflict(&mut model, 2, &frame);
        }
        conflict(&mut model, 2, &solicitation(STRANGER, target, CLUSTER6));
    }
    // Their owners may, whatever becomes of the frames then.
    let own = arp_frame(BROADCAST, ROUTER0, 1, ROUTER0_ADDRESS, ROUTER0_ADDRESS);
    let outcome = model.receive(0, &own, false).expect("port 0");
    assert_eq!(outcome.row, 9);
    for claimed in [[0; 4], OWN1] {
        let own = arp_frame(BROADCAST, SERVER1, 1, claimed, OWN1);
        let outcome = model.receive(4, &own, false).expect("port 4");
        assert_eq!(outcome.row, 19, "it is not told that the address is taken");
    }
    let own = advertisement(ALL_NODES_MAC, SERVER1, ALL_NODES, OWN6);
    let outcome = model.receive(4, &own, false).expect("port 4");
    assert_eq!(outcome.row, 19);
}

#[test]
fn row_8_a_server_s_own_address_has_its_mac() {
    let mut model = card(|_| ());
    let answer = "020000000220 0806 0001 0800 06 04 0002 020000000220 c01f41dc";
    for (port, from, mac, claimed, ip) in [
        (0, ROUTER0, "020000000260", ROUTER0_ADDRESS, "c01f4102"),
        (2, STRANGER, "02aa00000001", NEIGHBOUR, "c01f414d"),
        (2, STRANGER, "02aa00000001", NOBODY, "00000000"),
        (3, SERVER0, "020000000210", CLUSTER, "c01f4101"),
    ] {
        for to in [BROADCAST, SERVER1] {
            let request = arp_frame(to, from, 1, claimed, OWN1);
            let expected = padded(&format!("{mac} {answer} {mac} {ip}"), 60);
            let verdict = Verdict::Answer(port);
            expect(&mut model, port, &request, 8, verdict, &expected);
        }
    }
    let request = arp_frame(BROADCAST, STRANGER, 1, NEIGHBOUR, OWN1);
    // It hears this itself.
    let outcome = model.receive(4, &request, false).expect("port 4");
    assert_eq!(outcome.row, 19);
    // Out of service, it can be reached all the same; behind a dead link it cannot.
    model.set_member_up(1, false).expect("server 1");
    let outcome = model.receive(2, &request, false).expect("port 2");
    assert_eq!(outcome.row, 8);
    model.set_link(4, false).expect("port 4");
    let outcome = model.receive(2, &request, false).expect("port 2");
    assert_eq!(outcome.row, 19);
}
