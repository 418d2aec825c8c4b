//! Logical ports: which one a frame came from, by which it leaves, and in which VLAN.

mod support;

use flowswitch_model::{
    DropReason, LearningRequest, Loss, Mac, Model, Outcome, Setup, SetupError, Verdict,
};
use support::*;

/// The VLANs of port 0, their logical ports 0, 1 and 2: routers, server 0, server 1.
const VLANS: [u16; 3] = [10, 20, 30];

fn dropped(reason: DropReason) -> Verdict {
    Verdict::Drop(reason)
}

fn to(ports: &[u8]) -> Verdict {
    Verdict::Ports(ports.to_vec())
}

/// Everybody on VLANs of port 0, one domain; logical ports 3 and 4 are transparent, on ports 1 and 2.
fn one_armed(change: impl FnOnce(&mut Setup)) -> Model {
    card(|setup| {
        let all = 0b11111;
        let of_vlan = |number: usize, server| flowswitch_model::LogicalPort {
            domain: 100,
            ..vlan(0, VLANS[number], server, all)
        };
        let mut third = whole(1, false, all);
        (third.vlans, third.domain) = (Some((40, 50)), 40);
        let mut fourth = whole(2, false, all);
        (fourth.vlans, fourth.domain) = (Some((45, 60)), 40);
        setup.logical_ports = vec![
            of_vlan(0, false),
            of_vlan(1, true),
            of_vlan(2, true),
            third,
            fourth,
        ];
        for (member, logical_port) in [(0, 1), (1, 2), (1024, 0), (1025, 0)] {
            let member = setup.members.get_mut(&member).expect("the member");
            member.logical_port = logical_port;
        }
        change(setup);
    })
}

/// The frame with a tag of 16 bits: priority, DEI, VLAN.
fn tagged(frame: &[u8], tag: u16) -> Vec<u8> {
    let tag = [[0x81, 0x00], tag.to_be_bytes()].concat();
    [&frame[..12], &tag, &frame[12..]].concat()
}

/// Egress, logical port and tag of every copy.
fn tags(outcome: &Outcome) -> Vec<(u8, Option<u8>, u16)> {
    let tag = |frame: &[u8]| u16::from_be_bytes([frame[14], frame[15]]);
    let copies = outcome.copies.iter();
    copies
        .map(|copy| (copy.egress, copy.logical_port, tag(&copy.frame)))
        .collect()
}

#[test]
fn a_frame_that_no_logical_port_holds_is_filtered_and_not_learned() {
    let mut model = one_armed(|_| ());
    let plain_frame = plain(OTHER, STRANGER);
    for frame in [
        plain_frame.clone(),
        tagged(&plain_frame, 0xe000),
        tagged(&plain_frame, 11),
    ] {
        let outcome = expect(
            &mut model,
            0,
            &frame,
            3,
            dropped(DropReason::VlanFiltered),
            &frame,
        );
        assert_eq!(outcome.learning, None);
    }
    for (port, frame) in [(1, tagged(&plain_frame, 39)), (3, plain_frame.clone())] {
        let outcome = model.receive(port, &frame, false).expect("the port");
        assert_eq!(
            (outcome.row, outcome.verdict),
            (3, dropped(DropReason::VlanFiltered))
        );
    }
    assert_eq!(model.counters().drops()[19], 5);
    // A bridge protocol frame is no business of a VLAN.
    let bpdu = plain([0x01, 0x80, 0xc2, 0, 0, 0], STRANGER);
    expect(&mut model, 0, &bpdu, 2, dropped(DropReason::NoPort), &bpdu);
}

#[test]
fn the_lowest_logical_port_that_holds_a_frame() {
    let mut model = one_armed(|setup| {
        let mut whole = whole(0, false, 0b11111);
        whole.domain = 7;
        setup.logical_ports.push(whole);
    });
    let of = |model: &mut Model, frame: &[u8]| {
        let outcome = model.receive(0, frame, false).expect("port 0");
        let LearningRequest {
            logical_port,
            domain,
            ..
        } = outcome.learning.expect("a request");
        (logical_port, domain)
    };
    let frame = plain(OTHER, STRANGER);
    assert_eq!(of(&mut model, &tagged(&frame, 20)), (1, 0x1000 | 100));
    assert_eq!(of(&mut model, &tagged(&frame, 21)), (5, 0x1000 | 21));
    assert_eq!(of(&mut model, &tagged(&frame, 0x6000)), (5, 7));
    assert_eq!(of(&mut model, &frame), (5, 7));
}

#[test]
fn a_balanced_frame_gets_the_servers_vlan() {
    let mut model = one_armed(|_| ());
    let request = tagged(&tcp(VIRTUAL, ROUTER0, CLIENT, CLUSTER, 80), 0xf000 | 10);
    let mut sent = readdressed(&request, SERVER0);
    sent[14..16].copy_from_slice(&(0xf000_u16 | 20).to_be_bytes());
    let outcome = expect(&mut model, 0, &request, 12, to(&[1]), &sent);
    assert_eq!(outcome.egress_mask(), 1, "by the port it came from");
    let reply = tagged(&tcp(ROUTER0, SERVER0, CLUSTER, CLIENT, 40_000), 0x6000 | 20);
    let outcome = model.receive(0, &reply, false).expect("port 0");
    assert_eq!(
        (outcome.row, tags(&outcome)),
        (16, vec![(0, Some(0), 0x6000 | 10)])
    );
}

#[test]
fn the_inner_tag_is_not_touched() {
    let mut model = one_armed(|_| ());
    let inner = tagged(&tcp(VIRTUAL, ROUTER0, CLIENT, CLUSTER, 80), 10);
    let mut request = tagged(&inner, 10);
    request[12..14].copy_from_slice(&[0x88, 0xa8]);
    let mut sent = readdressed(&request, SERVER0);
    sent[15] = 20;
    expect(&mut model, 0, &request, 12, to(&[1]), &sent);
}

#[test]
fn the_source_becomes_the_virtual_mac_if_the_service_says_so() {
    let mut model = one_armed(|setup| {
        setup.services[0].source_virtual = true;
        for member in setup.members.values_mut() {
            member.logical_port = 0;
        }
    });
    let request = tagged(&tcp(VIRTUAL, ROUTER0, CLIENT, CLUSTER, 80), 10);
    let mut sent = readdressed(&request, SERVER0);
    sent[6..12].copy_from_slice(&VIRTUAL);
    expect(&mut model, 0, &request, 12, to(&[0]), &sent);
}

#[test]
fn addresses_are_learned_by_domain() {
    let mut model = one_armed(|_| ());
    let there = plain(OTHER, STRANGER);
    let back = plain(STRANGER, OTHER);
    let outcome = model
        .receive(0, &tagged(&there, 20), false)
        .expect("port 0");
    let learned = LearningRequest {
        logical_port: 1,
        domain: 0x1000 | 100,
        mac: Mac(STRANGER),
    };
    assert_eq!(outcome.learning, Some(learned));
    // From another VLAN of the domain it is on the same port, but not on the same logical port.
    let outcome = model
        .receive(0, &tagged(&back, 0x2000 | 30), false)
        .expect("port 0");
    assert_eq!(tags(&outcome), [(0, Some(1), 0x2000 | 20)]);
    let same = tagged(&back, 20);
    expect(
        &mut model,
        0,
        &same,
        19,
        dropped(DropReason::Filtered),
        &same,
    );
    // The native VLAN is not the VLAN of that number: no frame gains or loses a tag.
    model.receive(1, &there, false).expect("port 1");
    expect(&mut model, 2, &back, 19, to(&[3]), &back);
    let tagged_back = tagged(&back, 46);
    expect(&mut model, 2, &tagged_back, 19, to(&[3]), &tagged_back);
    let native = tagged(&plain(STRANGER, [2, 0, 0, 0, 0, 9]), 45);
    let outcome = model.receive(1, &native, false).expect("port 1");
    assert_eq!(outcome.verdict, to(&[4]), "not known in VLAN 45: flooded");
}

#[test]
fn a_flood_leaves_by_every_vlan_of_a_port() {
    let mut model = one_armed(|_| ());
    let frame = tagged(&plain([0xff; 6], STRANGER), 0x4000 | 20);
    let outcome = model.receive(0, &frame, false).expect("port 0");
    assert_eq!(outcome.verdict, to(&[0, 2]), "tagged ones alone");
    assert_eq!(
        tags(&outcome),
        [(0, Some(0), 0x4000 | 10), (0, Some(2), 0x4000 | 30)]
    );
    assert_eq!(outcome.copies_to(0).count(), 2);
    assert_eq!((outcome.egress_mask(), model.counters().copies()), (1, 1));
    let bytes = 2 * frame.len() as u64;
    assert_eq!(model.counters().ports[0].transmitted.bytes, bytes);
}

#[test]
fn copies_are_in_the_order_of_egresses_and_then_of_logical_ports() {
    let mut model = card(|setup| {
        let ports = [(1, 10), (0, 20), (1, 30), (0, 40), (2, 50)];
        setup.logical_ports = ports
            .map(|(port, number)| vlan(port, number, false, 0b11111))
            .to_vec();
    });
    let frame = tagged(&plain([0xff; 6], STRANGER), 50);
    let outcome = model.receive(2, &frame, false).expect("port 2");
    assert_eq!(outcome.verdict, to(&[0, 1, 2, 3]));
    let expected = [
        (0, Some(1), 20),
        (0, Some(3), 40),
        (1, Some(0), 10),
        (1, Some(2), 30),
    ];
    assert_eq!(tags(&outcome), expected);
}

#[test]
fn transparent_logical_ports_admit_what_they_would_hold() {
    let mut model = one_armed(|_| ());
    let group = plain([0xff; 6], STRANGER);
    for (frame, verdict) in [
        (group.clone(), to(&[4])),
        (tagged(&group, 0xe000), to(&[4])),
        (tagged(&group, 45), to(&[4])),
        (tagged(&group, 44), dropped(DropReason::NoPort)),
    ] {
        expect(&mut model, 1, &frame, 19, verdict, &frame);
    }
}

#[test]
fn nothing_passes_between_tagged_and_transparent() {
    let mut model = one_armed(|setup| {
        let router1 = setup.members.get_mut(&1025).expect("router 1");
        router1.logical_port = 3;
    });
    let filtered = dropped(DropReason::VlanFiltered);
    let frame = tcp(SERVER0, STRANGER, CLIENT, CLUSTER, 80);
    expect(&mut model, 1, &frame, 19, filtered.clone(), &frame);
    model.set_link(0, false).expect("port 0");
    expect(&mut model, 1, &frame, 19, filtered.clone(), &frame);
    model.set_link(0, true).expect("port 0");
    // A service has no server that the frame could reach.
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 80);
    expect(
        &mut model,
        1,
        &frame,
        12,
        dropped(DropReason::NoServer),
        &frame,
    );
    // For a tagged server the transparent router is not up, the other one is.
    let frame = tagged(&tcp(ROUTER1, SERVER0, CLUSTER, CLIENT, 80), 20);
    let outcome = model.receive(0, &frame, false).expect("port 0");
    assert_eq!((outcome.row, tags(&outcome)), (17, vec![(0, Some(0), 10)]));
    let frame = tagged(&plain(ROUTER1, SERVER0), 20);
    expect(&mut model, 0, &frame, 19, filtered, &frame);
}

#[test]
fn a_station_belongs_to_its_logical_port() {
    let mut model = one_armed(|_| ());
    for tag in [10, 30] {
        let frame = tagged(&plain(ROUTER0, SERVER0), tag);
        expect(
            &mut model,
            0,
            &frame,
            3,
            dropped(DropReason::ForgedSource),
            &frame,
        );
    }
}

#[test]
fn an_answer_leaves_in_the_vlan_it_was_asked_in() {
    let mut model = one_armed(|_| ());
    let request = arp(1, (ROUTER0, ROUTER0_ADDRESS), ([0; 6], CLUSTER));
    let request = tagged(
        &ethernet([0xff; 6], ROUTER0, &[&request]),
        0x6000 | VLANS[0],
    );
    let expected = padded(
        "020000000260 02005e006501 8100600a 0806 0001 0800 06 04 0002
         02005e006501 c01f4101  020000000260 c01f4102",
        64,
    );
    expect(&mut model, 0, &request, 5, Verdict::Answer(0), &expected);
}

#[test]
fn row_10_in_vlans() {
    let mut model = one_armed(|_| ());
    let neighbour = [192, 31, 65, 77];
    let request = arp(1, (SERVER0, CLUSTER), ([0; 6], neighbour));
    let request = tagged(&ethernet([0xff; 6], SERVER0, &[&request]), 0x2000 | 20);
    let expected = padded(
        "ffffffffffff 02005e006501 8100200a 0806 0001 0800 06 04 0001
         02005e006501 c01f4101  000000000000 c01f414d",
        64,
    );
    expect(&mut model, 0, &request, 10, to(&[0]), &expected);
    let reply = arp(2, (STRANGER, neighbour), (VIRTUAL, CLUSTER));
    let reply = tagged(&ethernet(VIRTUAL, STRANGER, &[&reply]), 10);
    let outcome = model.receive(0, &reply, false).expect("port 0");
    assert_eq!((outcome.row, outcome.verdict.clone()), (10, to(&[1, 2])));
    assert_eq!(tags(&outcome), [(0, Some(1), 20), (0, Some(2), 30)]);
    assert!(
        outcome
            .copies
            .iter()
            .all(|copy| copy.frame[..6] == [0xff; 6])
    );
}

#[test]
fn copies_of_one_egress_are_lost_together() {
    let frame = tagged(&plain([0xff; 6], STRANGER), 10);
    let left = [Loss::QueueFull, Loss::LinkDown { left: 1 }].map(|loss| {
        let mut model = one_armed(|_| ());
        let outcome = model.receive(0, &frame, false).expect("port 0");
        assert_eq!(outcome.verdict, to(&[1, 2]));
        model.lose_copies(&outcome, 0, loss).expect("the copies");
        let counters = model.counters();
        let (into, out) = counters.conservation();
        assert_eq!(into, out);
        let sent = counters.ports[0].transmitted.frames;
        let drops = counters.drops();
        (sent, counters.copies(), drops[13], drops[14])
    });
    assert_eq!(left, [(0, 0, 0, 1), (1, 1, 1, 0)]);
    let mut model = one_armed(|_| ());
    let outcome = model.receive(0, &frame, false).expect("port 0");
    assert!(
        model
            .lose_copies(&outcome, 0, Loss::LinkDown { left: 2 })
            .is_err(),
        "all had left"
    );
}

#[test]
fn setups_of_logical_ports_that_no_card_holds() {
    let mut model = one_armed(|_| ());
    let mut refused = |change: fn(&mut Setup), error| {
        let mut setup = setup();
        change(&mut setup);
        assert_eq!(
            model.program(setup),
            Err(flowswitch_model::ModelError::Setup(error))
        );
    };
    refused(
        |setup| setup.logical_ports[1].port = 5,
        SetupError::LogicalPortPort {
            logical_port: 1,
            port: 5,
        },
    );
    refused(
        |setup| setup.logical_ports.resize(65, whole(0, false, 0)),
        SetupError::TableSize(65),
    );
    refused(
        |setup| setup.logical_ports[1].tagged = true,
        SetupError::TaggedPort(1),
    );
    refused(
        |setup| setup.vips[0].virtual_mac = 1,
        SetupError::NoVirtualMac(1),
    );
    refused(|setup| setup.host = None, SetupError::HostWithoutMac);
    refused(
        |setup| setup.host_addresses[0] = CLUSTER.into(),
        SetupError::SharedAddress(CLUSTER.into()),
    );
    refused(
        |setup| setup.server_addresses[0].0 = CLUSTER.into(),
        SetupError::SharedAddress(CLUSTER.into()),
    );
}
