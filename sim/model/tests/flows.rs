//! The life of a flow over time, row by row and as a whole: sections 1 to 5 of the flows page.

mod support;

use flowswitch_model::{
    Bucket, BucketRange, ClientBits, Cluster, DropReason, FlowEvent, FlowKey, FlowPart, FlowState,
    HostReason, Model, Observed, Outcome, Service, Setup, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use support::*;

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const FIN: u8 = 0x11;
const RST: u8 = 0x04;
/// A link that carries clients only.
const CLIENTS: u8 = 2;

/// The ages of the tests, all different.
fn ages() -> Cluster {
    Cluster {
        tcp: 20,
        udp: 10,
        ipsec: 12,
        other: 14,
        fin: 6,
        rst: 4,
        unconfirmed: 5,
        bypass: false,
        keep: false,
    }
}

/// [`support::setup`] with two services on buckets of their own, and flows that live.
fn flows_setup() -> Setup {
    let mut setup = setup();
    setup.clusters = vec![ages()];
    setup.services = vec![Service {
        protocol: None,
        ports: None,
        ..setup.services[0].clone()
    }];
    setup
}

fn flow_card(change: impl FnOnce(&mut Setup)) -> Model {
    let mut setup = flows_setup();
    change(&mut setup);
    Model::new(5, setup).expect("a setup that a card can hold")
}

/// A TCP segment between a client's port and port 80 of the cluster.
fn segment(to_cluster: bool, client: u16, flags: u8) -> Vec<u8> {
    let rest = [0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0];
    if to_cluster {
        let header = ipv4(6, CLIENT, CLUSTER, 40);
        ethernet(VIRTUAL, STRANGER, &[&header, &ports(client, 80), &rest])
    } else {
        let header = ipv4(6, CLUSTER, CLIENT, 40);
        ethernet(ROUTER0, SERVER0, &[&header, &ports(80, client), &rest])
    }
}

/// The same of server 1.
fn of_server1(frame: &[u8]) -> Vec<u8> {
    [&frame[..6], &SERVER1, &frame[12..]].concat()
}

fn client_sends(model: &mut Model, flags: u8) -> Outcome {
    let frame = segment(true, 40_000, flags);
    model.receive(CLIENTS, &frame, false).expect("a port")
}

fn server_sends(model: &mut Model, flags: u8) -> Outcome {
    let frame = segment(false, 40_000, flags);
    model.receive(3, &frame, false).expect("a port")
}

fn server1_sends(model: &mut Model, flags: u8) -> Outcome {
    let frame = of_server1(&segment(false, 40_000, flags));
    model.receive(4, &frame, false).expect("a port")
}

fn key() -> FlowKey {
    FlowKey {
        client: CLIENT.into(),
        cluster: CLUSTER.into(),
        part: FlowPart::Layer4 {
            protocol: 6,
            client: 40_000,
            cluster: 80,
        },
    }
}

fn state(model: &Model) -> Option<FlowState> {
    model.flow(&key()).map(|flow| flow.state)
}

/// Row, event and the server that gets the frame.
fn told(outcome: &Outcome) -> (u8, FlowEvent, Option<u16>) {
    (outcome.row, outcome.flow, outcome.member_in)
}

#[test]
fn a_connection_from_its_first_frame_to_its_last() {
    let mut model = flow_card(|_| ());
    let first = 0;
    let outcome = client_sends(&mut model, SYN);
    assert_eq!(told(&outcome), (12, FlowEvent::Inserted, Some(first)));
    assert_eq!(state(&model), Some(FlowState::Unconfirmed));
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(first)));
    assert_eq!(state(&model), Some(FlowState::Unconfirmed));
    let outcome = server_sends(&mut model, SYN | ACK);
    assert_eq!((outcome.row, outcome.flow), (16, FlowEvent::Found));
    assert_eq!(state(&model), Some(FlowState::Established));
    client_sends(&mut model, FIN);
    assert_eq!(state(&model), Some(FlowState::Fin));
    server_sends(&mut model, FIN);
    assert_eq!(state(&model), Some(FlowState::Fin));
    client_sends(&mut model, RST);
    assert_eq!(state(&model), Some(FlowState::Rst));
    client_sends(&mut model, RST);
    assert_eq!(state(&model), Some(FlowState::Rst));
    server_sends(&mut model, ACK);
    assert_eq!(
        state(&model),
        Some(FlowState::Established),
        "a spoofed reset"
    );
    let counters = model.flow_counters();
    assert_eq!((counters.inserted, counters.removed), (1, 0));
}

#[test]
fn each_state_has_its_age() {
    let after = |frames: &[(bool, u8)], ticks: u64| {
        let mut model = flow_card(|_| ());
        model.set_tick(100);
        for &(to_cluster, flags) in frames {
            if to_cluster {
                client_sends(&mut model, flags);
            } else {
                server_sends(&mut model, flags);
            }
        }
        model.set_tick(100 + ticks);
        state(&model)
    };
    let established = [(true, SYN), (false, SYN | ACK)];
    let fin = [&established[..], &[(true, FIN)]].concat();
    let rst = [&established[..], &[(true, RST)]].concat();
    let lives: [(&[_], u64, FlowState); 5] = [
        (&[(true, SYN)], 5, FlowState::Unconfirmed),
        (&established, 20, FlowState::Established),
        (&fin, 6, FlowState::Fin),
        (&rst, 4, FlowState::Rst),
        (&[(false, SYN)], 5, FlowState::Opened),
    ];
    for (frames, age, expected) in lives {
        assert_eq!(after(frames, age - 1), Some(expected), "{frames:?}");
        assert_eq!(after(frames, age), None, "{frames:?}");
    }
}

#[test]
fn a_stamp_never_becomes_earlier_while_the_state_stays() {
    let mut model = flow_card(|_| ());
    client_sends(&mut model, SYN);
    server_sends(&mut model, ACK);
    let mut setup = flows_setup();
    setup.clusters[0].tcp = 2;
    model.program(setup).expect("a setup");
    client_sends(&mut model, ACK);
    model.set_tick(19);
    assert_eq!(state(&model), Some(FlowState::Established));
    client_sends(&mut model, ACK);
    model.set_tick(21);
    assert_eq!(state(&model), None, "ages act from the next frame on");
}

#[test]
fn kinds_of_protocols_have_ages_of_their_own() {
    let lives = |protocol: u8, source: u16, destination: u16| {
        let mut model = flow_card(|setup| setup.clusters[0].bypass = true);
        let header = ipv4(protocol, CLIENT, CLUSTER, 40);
        let word = ports(source, destination);
        let frame = ethernet(VIRTUAL, STRANGER, &[&header, &word, &word, &[0; 12]]);
        for _ in 0..2 {
            model.receive(CLIENTS, &frame, false).expect("a port");
        }
        (1..30)
            .find(|&tick| {
                model.set_tick(tick);
                model.flows().is_empty()
            })
            .expect("it expires")
    };
    assert_eq!(lives(6, 40_000, 80), 20);
    assert_eq!(lives(132, 40_000, 80), 20);
    assert_eq!(lives(17, 40_000, 80), 10);
    for (source, destination) in [(500, 9), (9, 500), (4_500, 9), (9, 4_500)] {
        assert_eq!(lives(17, source, destination), 12);
    }
    assert_eq!((lives(50, 1, 2), lives(51, 1, 2)), (12, 12));
    assert_eq!((lives(47, 1, 2), lives(4, 1, 2)), (14, 14));
}

#[test]
fn only_a_further_frame_confirms_where_replies_bypass() {
    let mut model = flow_card(|setup| setup.clusters[0].bypass = true);
    client_sends(&mut model, SYN);
    client_sends(&mut model, SYN);
    client_sends(&mut model, RST);
    assert_eq!(state(&model), Some(FlowState::Unconfirmed));
    client_sends(&mut model, ACK);
    assert_eq!(state(&model), Some(FlowState::Established));
}

#[test]
fn esp_is_confirmed_by_its_client() {
    let mut model = flow_card(|_| ());
    let header = ipv4(50, CLIENT, CLUSTER, 40);
    let frame = ethernet(VIRTUAL, STRANGER, &[&header, &[1, 2, 3, 4], &[0; 16]]);
    for expected in [FlowState::Unconfirmed, FlowState::Established] {
        model.receive(CLIENTS, &frame, false).expect("a port");
        assert_eq!(model.flows()[0].state, expected);
    }
    let header = ipv4(50, CLUSTER, CLIENT, 40);
    let back = ethernet(ROUTER0, SERVER0, &[&header, &[1, 2, 3, 4], &[0; 16]]);
    let outcome = model.receive(3, &back, false).expect("a port");
    assert_eq!(outcome.flow, FlowEvent::None, "it has another index");
}

#[test]
fn a_reset_begins_and_confirms_nothing() {
    let mut model = flow_card(|_| ());
    let outcome = client_sends(&mut model, RST);
    assert_eq!(told(&outcome), (12, FlowEvent::None, Some(0)));
    let outcome = server_sends(&mut model, RST);
    assert_eq!(outcome.flow, FlowEvent::None);
    client_sends(&mut model, SYN);
    model.set_tick(4);
    server_sends(&mut model, RST);
    assert_eq!(state(&model), Some(FlowState::Unconfirmed));
    model.set_tick(5);
    assert_eq!(state(&model), None, "nor is the entry renewed");
}

#[test]
fn a_flow_keeps_its_server_through_tables_and_draining() {
    let mut model = flow_card(|_| ());
    client_sends(&mut model, SYN);
    server_sends(&mut model, ACK);
    let mut setup = flows_setup();
    setup.buckets[0] = Bucket {
        first: Some(1),
        second: Some(1),
    };
    setup.members.get_mut(&0).expect("server 0").draining = true;
    model.program(setup.clone()).expect("a setup");
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(0)));
    setup.services.clear();
    model.program(setup).expect("a setup");
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(0)));
}

#[test]
fn a_start_leaves_a_closing_entry_and_a_server_that_gives_up() {
    let restarts = |close: &[u8], draining, weight| {
        let mut model = flow_card(|_| ());
        client_sends(&mut model, SYN);
        server_sends(&mut model, ACK);
        for &flags in close {
            client_sends(&mut model, flags);
        }
        let mut setup = flows_setup();
        setup.buckets[0].first = Some(1);
        let member = setup.members.get_mut(&0).expect("server 0");
        (member.draining, member.weight) = (draining, weight);
        model.program(setup).expect("a setup");
        let outcome = client_sends(&mut model, SYN);
        (told(&outcome), state(&model))
    };
    let begins = (
        (12, FlowEvent::Restarted, Some(1)),
        Some(FlowState::Unconfirmed),
    );
    let stays = (
        (11, FlowEvent::Found, Some(0)),
        Some(FlowState::Established),
    );
    assert_eq!(restarts(&[], false, 1), stays);
    assert_eq!(restarts(&[FIN], false, 1), begins);
    assert_eq!(restarts(&[RST], false, 1), begins);
    assert_eq!(restarts(&[], true, 1), begins);
    assert_eq!(restarts(&[], false, 0), begins);
}

#[test]
fn an_unconfirmed_flow_does_not_begin_anew() {
    let mut model = flow_card(|_| ());
    client_sends(&mut model, SYN);
    let mut setup = flows_setup();
    setup.members.get_mut(&0).expect("server 0").draining = true;
    model.program(setup).expect("a setup");
    let outcome = client_sends(&mut model, SYN);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(0)));
}

#[test]
fn a_start_on_a_closing_entry_stays_if_there_is_no_service() {
    let mut model = flow_card(|_| ());
    client_sends(&mut model, SYN);
    server_sends(&mut model, ACK);
    client_sends(&mut model, RST);
    let mut setup = flows_setup();
    setup.services.clear();
    model.program(setup).expect("a setup");
    let outcome = client_sends(&mut model, SYN);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(0)));
    assert_eq!(state(&model), Some(FlowState::Established));
}

#[test]
fn a_flow_moves_once_when_its_server_fails_and_does_not_return() {
    let mut model = flow_card(|_| ());
    client_sends(&mut model, SYN);
    server_sends(&mut model, ACK);
    model.set_member_up(0, false).expect("server 0");
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (12, FlowEvent::Reassigned, Some(1)));
    assert_eq!(state(&model), Some(FlowState::Established));
    model.set_member_up(0, true).expect("server 0");
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(1)));
    assert_eq!(model.flows_of_server(0), (1, 1));
    assert_eq!(model.flows_of_server(1), (1, 0));
    let counters = model.flow_counters();
    assert_eq!(
        (counters.inserted, counters.removed, counters.reassigned),
        (1, 0, 1)
    );
}

#[test]
fn with_nobody_left_the_entry_stays_as_it_is() {
    let mut model = flow_card(|_| ());
    client_sends(&mut model, SYN);
    server_sends(&mut model, ACK);
    for server in [0, 1] {
        model.set_member_up(server, false).expect("a server");
    }
    let outcome = client_sends(&mut model, FIN);
    assert_eq!(outcome.row, 12);
    assert_eq!(outcome.verdict, Verdict::Drop(DropReason::NoServer));
    assert_eq!(state(&model), Some(FlowState::Established));
    assert_eq!(model.flow(&key()).map(|flow| flow.server), Some(0));
    let mut setup = flows_setup();
    setup.services.clear();
    for server in [0, 1] {
        setup.members.get_mut(&server).expect("a server").up = false;
    }
    model.program(setup).expect("a setup");
    let outcome = client_sends(&mut model, FIN);
    assert_eq!(outcome.row, 14);
    assert_eq!(state(&model), Some(FlowState::Established));
}

#[test]
fn kept_flows_stay_while_the_link_is_there() {
    let mut model = flow_card(|setup| setup.clusters[0].keep = true);
    client_sends(&mut model, SYN);
    model.set_member_up(0, false).expect("server 0");
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(0)));
    model.set_link(3, false).expect("port 3");
    let outcome = client_sends(&mut model, ACK);
    assert_eq!(told(&outcome), (12, FlowEvent::Reassigned, Some(1)));
}

#[test]
fn a_server_opens_a_connection_and_its_answers_return() {
    let mut model = flow_card(|setup| setup.services.clear());
    let outcome = server1_sends(&mut model, SYN);
    assert_eq!((outcome.row, outcome.flow), (16, FlowEvent::Inserted));
    assert_eq!(state(&model), Some(FlowState::Opened));
    let outcome = server_sends(&mut model, SYN);
    assert_eq!((outcome.row, outcome.flow), (16, FlowEvent::Conflict));
    let outcome = client_sends(&mut model, RST);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(1)));
    assert_eq!(state(&model), Some(FlowState::Opened));
    let outcome = client_sends(&mut model, SYN | ACK);
    assert_eq!(told(&outcome), (11, FlowEvent::Found, Some(1)));
    assert_eq!(state(&model), Some(FlowState::Established));
    assert_eq!(model.flow_counters().conflicts, 1);
    server1_sends(&mut model, FIN);
    let outcome = server_sends(&mut model, SYN);
    assert_eq!(outcome.flow, FlowEvent::Restarted);
    assert_eq!(state(&model), Some(FlowState::Opened));
    assert_eq!(model.flow(&key()).map(|flow| flow.server), Some(0));
}

#[test]
fn what_a_server_says_to_a_router_is_no_flow() {
    let mut model = flow_card(|_| ());
    let header = ipv4(6, CLUSTER, ROUTER0_ADDRESS, 40);
    let frame = ethernet(ROUTER0, SERVER0, &[&header, &ports(80, 179), &[0; 16]]);
    let outcome = model.receive(3, &frame, false).expect("a port");
    assert_eq!((outcome.flow, model.flows().len()), (FlowEvent::None, 0));
    let foreign = ipv4(6, [192, 31, 65, 77], CLIENT, 40);
    let frame = ethernet(ROUTER0, SERVER0, &[&foreign, &ports(80, 179), &[0; 16]]);
    let outcome = model.receive(3, &frame, false).expect("a port");
    assert_eq!(outcome.flow, FlowEvent::None, "no virtual address");
}

#[test]
fn a_server_without_the_address_makes_no_flow() {
    let mut model = flow_card(|setup| setup.vips[0].servers = [1].into());
    assert_eq!(server_sends(&mut model, ACK).flow, FlowEvent::None);
    assert_eq!(server1_sends(&mut model, ACK).flow, FlowEvent::Inserted);
}

#[test]
fn a_persistent_client_is_one_flow_whatever_it_sends() {
    let mut model = flow_card(|setup| {
        setup.vips[0].persistent = true;
        setup.services[0].client_persistence = true;
        setup.client_bits = ClientBits { ipv4: 24, ipv6: 64 };
        setup.services[0].buckets = BucketRange { base: 0, log2: 0 };
    });
    let outcome = client_sends(&mut model, RST);
    assert_eq!(told(&outcome), (12, FlowEvent::Inserted, Some(0)), "no end");
    let everything = FlowKey {
        client: [203, 0, 113, 0].into(),
        cluster: CLUSTER.into(),
        part: FlowPart::Everything,
    };
    assert_eq!(model.flows()[0].key, everything);
    let mut setup = flows_setup();
    setup.vips[0].persistent = true;
    setup.client_bits = ClientBits { ipv4: 24, ipv6: 64 };
    setup.buckets[0].first = Some(1);
    model.program(setup).expect("a setup");
    let neighbour = [203, 0, 113, 99];
    for (protocol, word) in [(17, 0_u16), (1, 0), (47, 0), (17, 0x2000), (17, 1)] {
        let mut header = ipv4(protocol, neighbour, CLUSTER, 40);
        header[8..10].copy_from_slice(&word.to_be_bytes());
        let frame = ethernet(VIRTUAL, STRANGER, &[&header, &ports(7, 9), &[0; 16]]);
        let outcome = model.receive(CLIENTS, &frame, false).expect("a port");
        // A later fragment is looked up only.
        let row = if word == 1 { 13 } else { 11 };
        assert_eq!(
            told(&outcome),
            (row, FlowEvent::Found, Some(0)),
            "{protocol}"
        );
    }
    assert_eq!(model.flows()[0].state, FlowState::Unconfirmed);
    server_sends(&mut model, RST);
    assert_eq!(model.flows()[0].state, FlowState::Established, "no end");
}

#[test]
fn least_load_goes_by_flows_for_weight() {
    let balance = |weights: [u8; 2]| {
        let mut model = flow_card(|setup| {
            setup.services[0].least_load = true;
            for server in [0, 1] {
                let member = setup.members.get_mut(&server).expect("a server");
                member.weight = weights[usize::from(server)];
            }
        });
        for client in 0..300 {
            let frame = segment(true, 10_000 + client, SYN);
            model.receive(CLIENTS, &frame, false).expect("a port");
        }
        [0, 1].map(|server| model.flows_of_server(server).0)
    };
    assert_eq!(balance([1, 1]), [150, 150]);
    assert_eq!(balance([1, 2]), [100, 200]);
    assert_eq!(balance([4, 1]), [240, 60]);
}

#[test]
fn what_is_no_beginning_goes_to_the_buckets_first() {
    let mut model = flow_card(|setup| setup.services[0].least_load = true);
    client_sends(&mut model, SYN);
    let other = segment(true, 41_000, ACK);
    let outcome = model.receive(CLIENTS, &other, false).expect("a port");
    assert_eq!(told(&outcome), (12, FlowEvent::Inserted, Some(0)));
    let other = segment(true, 41_001, SYN);
    let outcome = model.receive(CLIENTS, &other, false).expect("a port");
    assert_eq!(told(&outcome), (12, FlowEvent::Inserted, Some(1)));
}

#[test]
fn what_a_card_is_seen_to_choose_is_taken_over_if_it_may() {
    let seen = |least_load, server| {
        let mut model = flow_card(|setup| setup.services[0].least_load = least_load);
        let observed = Observed {
            server: Some(server),
            flow: Some(FlowEvent::Refused),
            ..Observed::default()
        };
        let frame = segment(true, 40_000, SYN);
        let outcome = model.receive_as(CLIENTS, &frame, false, &observed);
        told(&outcome.expect("a port"))
    };
    // An empty table refuses nothing.
    assert_eq!(seen(true, 1), (12, FlowEvent::Inserted, Some(1)));
    assert_eq!(seen(false, 1), (12, FlowEvent::Inserted, Some(0)));
    assert_eq!(seen(true, 7), (12, FlowEvent::Inserted, Some(0)));
}

#[test]
fn a_full_table_refuses_and_serves_without_an_entry() {
    let mut model = flow_card(|_| ());
    for client in 0..flowswitch_model::FLOWS {
        let [_, _, high, low] = (client as u32).to_be_bytes();
        let header = ipv4(17, [10, 0, high, low], CLUSTER, 40);
        let frame = ethernet(VIRTUAL, STRANGER, &[&header, &ports(1, 9), &[0; 16]]);
        let outcome = model.receive(CLIENTS, &frame, false).expect("a port");
        assert_eq!(outcome.flow, FlowEvent::Inserted);
    }
    let outcome = client_sends(&mut model, SYN);
    assert_eq!(told(&outcome), (12, FlowEvent::Refused, Some(0)));
    assert_eq!(model.flow_counters().refused, 1);
    // Under pressure they leave after three ticks instead of five.
    model.set_tick(2);
    assert_eq!(client_sends(&mut model, SYN).flow, FlowEvent::Refused);
    model.set_tick(3);
    assert_eq!(client_sends(&mut model, SYN).flow, FlowEvent::Inserted);
    assert_eq!(model.flows().len(), 1);
}

/// A fragment of a UDP datagram of the client's, or of a TCP segment.
fn fragment(protocol: u8, identification: u8, word: u16, payload: &[u8]) -> Vec<u8> {
    let mut header = ipv4(protocol, CLIENT, CLUSTER, 20 + payload.len() as u16);
    header[7] = identification;
    header[8..10].copy_from_slice(&word.to_be_bytes());
    ethernet(VIRTUAL, STRANGER, &[&header, payload])
}

#[test]
fn later_fragments_follow_the_first() {
    let mut model = flow_card(|_| ());
    let first = fragment(17, 1, 0x2000, &[&ports(7, 80)[..], &[0; 20]].concat());
    let later = fragment(17, 1, 3, &[0; 24]);
    let outcome = model.receive(CLIENTS, &first, false).expect("a port");
    assert_eq!(told(&outcome), (12, FlowEvent::Inserted, Some(0)));
    let mut setup = flows_setup();
    setup.buckets[0].first = Some(1);
    model.program(setup).expect("a setup");
    let outcome = model.receive(CLIENTS, &later, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::FollowsFragment, Some(0)));
    let stranger = fragment(17, 2, 3, &[0; 24]);
    let outcome = model.receive(CLIENTS, &stranger, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::Orphan, Some(1)));
    model.set_tick(1);
    let outcome = model.receive(CLIENTS, &later, false).expect("a port");
    assert_eq!(outcome.flow, FlowEvent::FollowsFragment);
    model.set_tick(2);
    let outcome = model.receive(CLIENTS, &later, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::Orphan, Some(1)));
    assert_eq!(model.flow_counters().orphans, 2);
}

#[test]
fn a_first_fragment_follows_an_orphan_and_leaves_its_flow_alone() {
    let mut model = flow_card(|_| ());
    let first = fragment(17, 1, 0x2000, &[&ports(7, 80)[..], &[0; 20]].concat());
    let later = fragment(17, 1, 3, &[0; 24]);
    let outcome = model.receive(CLIENTS, &later, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::Orphan, Some(0)));
    let outcome = model.receive(CLIENTS, &first, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::FollowsFragment, Some(0)));
    assert_eq!(model.flows(), []);
    // Its server gone, it is as if there were no entry.
    model.set_member_up(0, false).expect("server 0");
    let outcome = model.receive(CLIENTS, &first, false).expect("a port");
    assert_eq!(told(&outcome), (12, FlowEvent::Inserted, Some(1)));
    let outcome = model.receive(CLIENTS, &later, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::FollowsFragment, Some(1)));
}

#[test]
fn later_fragments_of_tcp_are_dropped_without_a_first() {
    let mut model = flow_card(|_| ());
    let dropped = Verdict::Drop(DropReason::Fragment);
    for frame in [fragment(6, 1, 3, &[0; 24]), fragment(6, 1, 0x2000, &[0; 3])] {
        let outcome = model.receive(CLIENTS, &frame, false).expect("a port");
        assert_eq!(
            (outcome.row, &outcome.verdict),
            (13, &dropped),
            "later, tiny"
        );
    }
    assert_eq!(model.counters().drops()[21], 2);
    let first = fragment(6, 1, 0x2000, &[&ports(7, 80)[..], &[0; 20]].concat());
    model.receive(CLIENTS, &first, false).expect("a port");
    let outcome = model.receive(CLIENTS, &fragment(6, 1, 3, &[0; 24]), false);
    assert_eq!(outcome.expect("a port").member_in, Some(0));
    let mut model = flow_card(|setup| setup.services.clear());
    let outcome = model.receive(CLIENTS, &fragment(17, 1, 3, &[0; 24]), false);
    assert_eq!(outcome.expect("a port").row, 14, "no service");
}

#[test]
fn an_error_reaches_the_server_of_the_flow_that_it_quotes() {
    let mut model = flow_card(|_| ());
    let quote = |client| [&ipv4(6, CLUSTER, CLIENT, 1_500)[2..], &ports(80, client)].concat();
    let error = |quote: &[u8]| {
        let header = ipv4(1, [10, 9, 9, 9], CLUSTER, 28 + quote.len() as u16);
        let start = [3, 4, 0, 0, 0, 0, 5, 0];
        ethernet(VIRTUAL, STRANGER, &[&header, &start, quote])
    };
    client_sends(&mut model, SYN);
    let mut setup = flows_setup();
    setup.buckets[0].first = Some(1);
    model.program(setup).expect("a setup");
    let outcome = model.receive(CLIENTS, &error(&quote(40_000)), false);
    assert_eq!(
        told(&outcome.expect("a port")),
        (13, FlowEvent::Found, Some(0))
    );
    assert_eq!(state(&model), Some(FlowState::Unconfirmed));
    let outcome = model.receive(CLIENTS, &error(&quote(40_001)), false);
    assert_eq!(
        told(&outcome.expect("a port")),
        (13, FlowEvent::None, Some(1))
    );
    let mut lost = quote(40_000);
    lost[0] = 0x46;
    let outcome = model
        .receive(CLIENTS, &error(&lost), false)
        .expect("a port");
    assert_eq!(outcome.row, 13);
    assert_eq!(outcome.verdict, Verdict::Host(HostReason::Quote));
    assert_eq!(model.flow_counters().inserted, 1);
}

#[test]
fn echo_goes_by_addresses_and_is_not_remembered() {
    let mut model = flow_card(|_| ());
    let header = ipv4(1, CLIENT, CLUSTER, 40);
    let frame = ethernet(VIRTUAL, STRANGER, &[&header, &[8, 0, 0, 0], &[0; 16]]);
    let outcome = model.receive(CLIENTS, &frame, false).expect("a port");
    assert_eq!(told(&outcome), (13, FlowEvent::None, Some(0)));
    assert_eq!(model.flows(), []);
}

#[test]
fn flows_can_be_deleted_and_flushed() {
    let mut model = flow_card(|_| ());
    for client in 40_000..40_010 {
        let frame = segment(true, client, SYN);
        model.receive(CLIENTS, &frame, false).expect("a port");
    }
    assert!(model.delete_flow(&key()));
    assert!(!model.delete_flow(&key()));
    assert_eq!(model.flush_flows(1), 0);
    assert_eq!(model.flush_flows(0), 9);
    assert_eq!(model.flows_of_server(0), (10, 10));
}

/// What is done to a card with flows.
#[derive(Clone, Debug)]
enum Step {
    Client(u16, u8),
    Server(u16, u16, u8),
    Ticks(u64),
    Member(u16, bool),
    Link(u8, bool),
    Draining(u16, bool),
    Buckets(u16, u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let flags = || select(vec![SYN, SYN | ACK, ACK, ACK, FIN, RST]);
    let server = || 0..2_u16;
    let step = prop_oneof![
        12 => (0..4_u16, flags()).prop_map(|(client, flags)| Step::Client(client, flags)),
        8 => (server(), 0..4_u16, flags())
            .prop_map(|(server, client, flags)| Step::Server(server, client, flags)),
        3 => (1..7_u64).prop_map(Step::Ticks),
        1 => (server(), any::<bool>()).prop_map(|(server, up)| Step::Member(server, up)),
        1 => (3..5_u8, any::<bool>()).prop_map(|(port, up)| Step::Link(port, up)),
        1 => (server(), any::<bool>()).prop_map(|(server, on)| Step::Draining(server, on)),
        1 => (server(), server()).prop_map(|(first, second)| Step::Buckets(first, second)),
    ];
    vec(step, 1..120)
}

/// What is known of a flow without the model: its server, and how long ago either side spoke.
#[derive(Clone, Copy, Debug)]
struct Known {
    server: u16,
    last: u64,
}

proptest! {
    /// A flow whose server can take it never changes it but by a start, however tables change; every entry is
    /// accounted for.
    #[test]
    fn a_flow_stays_where_it_is(keep: bool, bypass: bool, steps in steps()) {
        let mut setup = flows_setup();
        setup.clusters[0].keep = keep;
        setup.clusters[0].bypass = bypass;
        let mut model = Model::new(5, setup.clone()).expect("a setup");
        let mut tick = 0;
        let mut known: BTreeMap<u16, Known> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Client(client, flags) => {
                    let frame = segment(true, 40_000 + client, flags);
                    let outcome = model.receive(CLIENTS, &frame, false)?;
                    let up = |server: u16| model.member_is_up(server);
                    match outcome.flow {
                        FlowEvent::Found => prop_assert!(known.contains_key(&client)),
                        FlowEvent::Inserted => {
                            prop_assert!(flags != RST);
                            // Whatever there was has expired: the shortest age is that after a reset.
                            let old = known.get(&client);
                            prop_assert!(old.is_none_or(|old| old.last + 4 <= tick));
                        }
                        FlowEvent::Restarted => prop_assert_eq!(flags, SYN),
                        FlowEvent::Reassigned => {
                            let old = known[&client].server;
                            prop_assert!(!up(old));
                            let port = 3 + old as u8;
                            prop_assert!(!keep || !model.link_is_up(port));
                        }
                        FlowEvent::None => prop_assert!(outcome.member_in.is_none() || flags == RST),
                        other => prop_assert!(false, "{:?}", other),
                    }
                    if let (FlowEvent::Found, Some(server)) = (outcome.flow, outcome.member_in) {
                        prop_assert_eq!(outcome.row, 11);
                        prop_assert_eq!(server, known[&client].server, "it moved");
                    }
                    if let (true, Some(server)) = (outcome.flow != FlowEvent::None, outcome.member_in) {
                        // A reset may change nothing.
                        let last = if flags == RST { known[&client].last } else { tick };
                        known.insert(client, Known { server, last });
                    }
                }
                Step::Server(server, client, flags) => {
                    let frame = segment(false, 40_000 + client, flags);
                    let frame = if server == 0 { frame } else { of_server1(&frame) };
                    let outcome = model.receive(3 + server as u8, &frame, false)?;
                    prop_assert!(outcome.row >= 16);
                    match outcome.flow {
                        FlowEvent::Inserted | FlowEvent::Restarted => {
                            known.insert(client, Known { server, last: tick });
                        }
                        FlowEvent::Conflict => prop_assert!(known[&client].server != server),
                        FlowEvent::Found => {
                            prop_assert_eq!(known[&client].server, server);
                            if flags != RST {
                                known.insert(client, Known { server, last: tick });
                            }
                        }
                        other => prop_assert_eq!((other, flags), (FlowEvent::None, RST)),
                    }
                }
                Step::Ticks(ticks) => {
                    tick += ticks;
                    model.set_tick(tick);
                }
                Step::Member(server, up) => {
                    model.set_member_up(server, up)?;
                    setup.members.get_mut(&server).expect("a server").up = up;
                }
                Step::Link(port, up) => {
                    model.set_link(port, up)?;
                    setup = model.setup().clone();
                }
                Step::Draining(server, draining) => {
                    setup.members.get_mut(&server).expect("a server").draining = draining;
                    model.program(setup.clone())?;
                }
                Step::Buckets(first, second) => {
                    setup.buckets[0] = Bucket { first: Some(first), second: Some(second) };
                    model.program(setup.clone())?;
                }
            }
            let flows = model.flows();
            for flow in &flows {
                let FlowPart::Layer4 { client, .. } = flow.key.part else { panic!("TCP") };
                prop_assert_eq!(known[&(client - 40_000)].server, flow.server);
            }
            let counters = *model.flow_counters();
            let of_servers = [0, 1].map(|server| model.flows_of_server(server));
            prop_assert_eq!(counters.inserted - counters.removed, flows.len() as u64);
            for (server, (inserted, removed)) in (0..).zip(of_servers) {
                let live = flows.iter().filter(|flow| flow.server == server).count() as u64;
                // Ages that a changed setup has not changed: what has expired was swept with the tick.
                prop_assert_eq!(inserted - removed, live);
            }
        }
    }
}
