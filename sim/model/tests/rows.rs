//! The rows of the verdict table, one by one and where they meet.

mod support;

use flowswitch_model::{
    DropReason, FIRST_ROUTER, HostReason, LearningRequest, Mac, Traffic, Verdict,
};
use support::*;

fn dropped(reason: DropReason) -> Verdict {
    Verdict::Drop(reason)
}

fn to(ports: &[u8]) -> Verdict {
    Verdict::Ports(ports.to_vec())
}

#[test]
fn row_1_bad_frames_runts_and_giants_in_this_order() {
    let mut model = card(|_| ());
    for (length, error, reason) in [
        (59, true, DropReason::BadFrame),
        (9_601, true, DropReason::BadFrame),
        (64, true, DropReason::BadFrame),
        (0, false, DropReason::Runt),
        (59, false, DropReason::Runt),
        (9_601, false, DropReason::Giant),
    ] {
        let mut frame = plain([0xff; 6], STRANGER);
        frame.resize(length, 0);
        let outcome = model.receive(2, &frame, error).expect("port 2");
        assert_eq!(
            (outcome.row, outcome.verdict),
            (1, dropped(reason)),
            "{length} bytes"
        );
        assert_eq!(outcome.learning, None);
    }
    assert_eq!(model.counters().drops()[1..4], [3, 2, 1]);
    let bytes = 59 + 9_601 + 64 + 59 + 9_601;
    assert_eq!(
        model.counters().ports[2].received,
        Traffic { frames: 6, bytes }
    );
    for length in [60, 9_600] {
        let mut frame = plain([0xff; 6], STRANGER);
        frame.resize(length, 0);
        expect(&mut model, 2, &frame, 19, to(&[0, 1, 3, 4]), &frame);
    }
}

/// An advertisement of the cluster's address with a chain of headers in front of it.
fn hidden(first: u8, hop_limit: u8, chain: &[u8], message: &[u8]) -> Vec<u8> {
    let mut header = ipv6(first, (chain.len() + message.len()) as u16);
    header[2 + 7] = hop_limit;
    ethernet(OTHER, STRANGER, &[&header, chain, message])
}

#[test]
fn row_1_hidden_neighbour_discovery() {
    let mut model = card(|_| ());
    let options = [58, 0, 1, 4, 0, 0, 0, 0];
    let message = |kind: u8| [&[kind, 0, 0, 0, 0x20, 0, 0, 0][..], &CLUSTER6].concat();
    let to_options = [60, 0, 1, 4, 0, 0, 0, 0];
    let nine = [to_options.repeat(8), options.to_vec()].concat();
    let mut dropped_frames = 0;
    for kind in 0..=255 {
        let frame = hidden(60, 255, &options, &message(kind));
        let outcome = model.receive(2, &frame, false).expect("port 2");
        if (133..=137).contains(&kind) {
            assert_eq!(
                (outcome.row, outcome.verdict, outcome.learning),
                (1, dropped(DropReason::HiddenDiscovery), None),
                "type {kind}"
            );
            dropped_frames += 1;
        } else {
            assert_eq!(outcome.row, 19, "type {kind}");
        }
        for hop_limit in [0, 64, 254] {
            let frame = hidden(60, hop_limit, &options, &message(kind));
            let outcome = model.receive(2, &frame, false).expect("port 2");
            assert_eq!(outcome.row, 19, "hop limit {hop_limit}");
        }
    }
    let fragment = |word: u8, next: u8| [next, 3, 0, word, 0, 0, 0, 7];
    for (frame, hides) in [
        (hidden(0, 255, &nine, &message(128)), true),
        (hidden(60, 255, &options, &[]), true),
        (hidden(60, 255, &options, &[128, 0, 0]), true),
        (hidden(60, 255, &options, &[128, 0, 0, 0]), false),
        (hidden(60, 255, &options[..3], &[]), true),
        (hidden(44, 255, &fragment(0, 58), &message(136)), true),
        (hidden(44, 255, &fragment(1, 58), &message(136)), true),
        (hidden(44, 255, &fragment(1, 58), &message(129)), false),
        (hidden(44, 255, &fragment(8, 58), &message(136)), false),
        (hidden(44, 255, &fragment(1, 60), &[]), true),
        (hidden(44, 255, &fragment(1, 17), &message(136)), false),
        (hidden(51, 255, &options, &message(136)), false),
    ] {
        let outcome = model.receive(2, &frame, false).expect("port 2");
        let expected = if hides { 1 } else { 19 };
        assert_eq!(outcome.row, expected, "{frame:02x?}");
        dropped_frames += u64::from(hides);
    }
    assert_eq!(model.counters().drops()[22], dropped_frames);
    // The host may send what it likes.
    let frame = hidden(60, 255, &options, &message(136));
    let outcome = model.inject(1, &frame, false);
    assert_eq!(outcome.verdict, Verdict::Injected(1));
}

#[test]
fn row_1_a_full_key_queue() {
    let mut model = card(|_| ());
    let frame = plain(OTHER, STRANGER);
    let outcome = model.lookup_overrun(2, &frame).expect("port 2");
    assert_eq!(
        (outcome.row, outcome.verdict),
        (1, dropped(DropReason::LookupOverrun))
    );
    let outcome = model.lookup_overrun(2, &frame[..20]).expect("port 2");
    assert_eq!(
        outcome.verdict,
        dropped(DropReason::Runt),
        "asks for no room"
    );
    assert_eq!(model.counters().ports[2].received.frames, 2);
    let back = plain(STRANGER, OTHER);
    expect(&mut model, 1, &back, 19, to(&[0, 2, 3, 4]), &back);
}

#[test]
fn row_2_link_local_addresses() {
    let mut model = card(|setup| setup.ports[1].bpdu_to_host = true);
    let group = |last| [0x01, 0x80, 0xc2, 0, 0, last];
    let bpdu = plain(group(0), STRANGER);
    expect(&mut model, 2, &bpdu, 2, to(&[0, 1, 3, 4]), &bpdu);
    expect(
        &mut model,
        1,
        &bpdu,
        2,
        Verdict::Host(HostReason::Control),
        &bpdu,
    );
    let pause = plain(group(1), STRANGER);
    expect(&mut model, 2, &pause, 2, dropped(DropReason::Pause), &pause);
    for last in 2..=15 {
        let frame = plain(group(last), STRANGER);
        expect(
            &mut model,
            2,
            &frame,
            2,
            Verdict::Host(HostReason::Control),
            &frame,
        );
    }
    let beyond = plain(group(16), OTHER);
    expect(&mut model, 2, &beyond, 19, to(&[0, 1, 3, 4]), &beyond);
    let back = plain(STRANGER, OTHER);
    expect(&mut model, 1, &back, 19, to(&[0, 2, 3, 4]), &back);
}

#[test]
fn row_2_before_row_3() {
    let mut model = card(|_| ());
    let lldp = plain([0x01, 0x80, 0xc2, 0, 0, 14], VIRTUAL);
    expect(
        &mut model,
        0,
        &lldp,
        2,
        Verdict::Host(HostReason::Control),
        &lldp,
    );
}

#[test]
fn row_3_sources_that_cannot_be() {
    let mut model = card(|_| ());
    let group = [0x03, 0, 0, 0, 0, 1];
    for (port, source) in [
        (2, group),
        (2, [0; 6]),
        (2, VIRTUAL),
        (2, HOST),
        (4, SERVER0),
        (1, ROUTER0),
    ] {
        for destination in [VIRTUAL, HOST, ROUTER1, SERVER1, [0xff; 6]] {
            let frame = tcp(destination, source, CLIENT, CLUSTER, 80);
            expect(
                &mut model,
                port,
                &frame,
                3,
                dropped(DropReason::ForgedSource),
                &frame,
            );
        }
    }
    assert_eq!(model.counters().members[&0].output.frames, 0);
    let frame = plain([0xff; 6], SERVER0);
    let outcome = expect(&mut model, 3, &frame, 19, to(&[0, 1, 2]), &frame);
    assert_eq!((outcome.member_out, outcome.learning), (Some(0), None));
    assert_eq!(
        model.counters().members[&0].output,
        Traffic {
            frames: 1,
            bytes: 60
        }
    );
}

#[test]
fn row_12_a_service() {
    let mut model = card(|_| ());
    let frame = tcp(VIRTUAL, ROUTER0, CLIENT, CLUSTER, 80);
    let outcome = expect(
        &mut model,
        0,
        &frame,
        12,
        to(&[3]),
        &readdressed(&frame, SERVER0),
    );
    assert_eq!(
        (outcome.member_in, outcome.member_out),
        (Some(0), Some(FIRST_ROUTER))
    );
    assert_eq!(outcome.egress_mask(), 0b1000);
    // Even back to the port it came from.
    let frame = tcp(VIRTUAL, SERVER0, CLIENT, CLUSTER, 80);
    expect(
        &mut model,
        3,
        &frame,
        12,
        to(&[3]),
        &readdressed(&frame, SERVER0),
    );
    let frame = ethernet(VIRTUAL, STRANGER, &[&ipv6(6, 4), &ports(1, 80)]);
    expect(
        &mut model,
        2,
        &frame,
        12,
        to(&[3]),
        &readdressed(&frame, SERVER0),
    );
    assert_eq!(model.counters().members[&0].input.frames, 3);
}

#[test]
fn rows_12_and_13_match_what_can_be_read() {
    let mut model = card(|_| ());
    // Of IPv6, because behind an offset the protocol is unknown.
    let later_fragment = {
        let header = [17, 0, 0, 8, 0, 0, 0, 1];
        ethernet(VIRTUAL, STRANGER, &[&ipv6(44, 16), &header, &ports(1, 81)])
    };
    expect(
        &mut model,
        2,
        &later_fragment,
        13,
        to(&[3]),
        &readdressed(&later_fragment, SERVER0),
    );
    let broken_chain = ethernet(VIRTUAL, STRANGER, &[&ipv6(0, 0)]);
    expect(
        &mut model,
        2,
        &broken_chain,
        13,
        to(&[3]),
        &readdressed(&broken_chain, SERVER0),
    );
    let udp = ethernet(
        VIRTUAL,
        STRANGER,
        &[&ipv4(17, CLIENT, CLUSTER, 28), &ports(1, 80)],
    );
    expect(
        &mut model,
        2,
        &udp,
        14,
        dropped(DropReason::NoService),
        &udp,
    );
}

#[test]
fn row_12_port_ranges_and_vlans() {
    let mut model = card(|setup| {
        setup.services[0].ports = Some((80, 90));
        setup.services[0].vlan = Some(7);
    });
    for (port, tag, matched) in [
        (79, Some(7), false),
        (80, Some(7), true),
        (90, Some(0xe007), true),
        (91, Some(7), false),
        (80, Some(8), false),
        (80, None, false),
    ] {
        let untagged = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, port);
        let frame = match tag {
            None => untagged,
            Some(tag) => {
                let tag = [[0x81, 0x00], u16::to_be_bytes(tag)].concat();
                [&untagged[..12], &tag, &untagged[12..]].concat()
            }
        };
        let (row, verdict, sent) = if matched {
            (12, to(&[3]), readdressed(&frame, SERVER0))
        } else {
            (14, dropped(DropReason::NoService), frame.clone())
        };
        expect(&mut model, 2, &frame, row, verdict, &sent);
    }
}

#[test]
fn row_12_the_lowest_service_that_matches() {
    let mut model = card(|setup| {
        let mut second = setup.services[0].clone();
        (second.protocol, second.ports) = (None, None);
        second.buckets.base = 1;
        setup.services.push(second.clone());
        second.buckets.base = 0;
        setup.services.push(second);
    });
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 80);
    expect(
        &mut model,
        2,
        &frame,
        12,
        to(&[3]),
        &readdressed(&frame, SERVER0),
    );
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 81);
    expect(
        &mut model,
        2,
        &frame,
        12,
        to(&[0]),
        &readdressed(&frame, ROUTER0),
    );
}

#[test]
fn row_12_first_and_second_member_by_their_state() {
    let choice = |first: (bool, bool), second: (bool, bool)| {
        let mut model = card(|setup| {
            for (member, (up, draining)) in [(0, first), (1, second)] {
                let member = setup.members.get_mut(&member).expect("the member");
                (member.up, member.draining) = (up, draining);
            }
        });
        let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 80);
        model.receive(2, &frame, false).expect("port 2")
    };
    let (up, down, draining) = ((true, false), (false, false), (true, true));
    assert_eq!(choice(up, up).member_in, Some(0));
    assert_eq!(choice(up, draining).member_in, Some(0));
    assert_eq!(choice(draining, up).member_in, Some(1));
    assert_eq!(choice(down, up).member_in, Some(1));
    assert_eq!(choice(draining, draining).member_in, Some(0));
    assert_eq!(choice(down, draining).member_in, Some(1));
    assert_eq!(choice(draining, down).member_in, Some(0));
    let none = choice(down, down);
    assert_eq!(
        (none.row, none.verdict),
        (12, dropped(DropReason::NoServer))
    );
}

#[test]
fn row_12_spreads_by_flow_or_by_client() {
    let spread = |client_persistence| {
        let mut model = card(|setup| {
            setup.services[0].buckets = flowswitch_model::BucketRange { base: 4, log2: 2 };
            setup.services[0].client_persistence = client_persistence;
            setup.services[0].ports = None;
            setup.buckets.resize(8, setup.buckets[0]);
            setup.buckets[4].first = Some(1);
            setup.buckets[6].first = Some(1);
        });
        let mut servers = [0; 2];
        for port in 0..64 {
            let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, port);
            let outcome = model.receive(2, &frame, false).expect("port 2");
            servers[usize::from(outcome.member_in.expect("a server"))] += 1;
        }
        servers
    };
    assert_eq!(spread(true).iter().filter(|&&flows| flows == 64).count(), 1);
    assert!(
        spread(false).iter().all(|&flows| flows >= 16),
        "{:?}",
        spread(false)
    );
}

#[test]
fn row_14_no_service_and_not_ours() {
    let mut model = card(|_| ());
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 81);
    expect(
        &mut model,
        2,
        &frame,
        14,
        dropped(DropReason::NoService),
        &frame,
    );
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER_TO_HOST, 81);
    let outcome = expect(
        &mut model,
        2,
        &frame,
        14,
        Verdict::Host(HostReason::NoService),
        &frame,
    );
    assert_eq!((outcome.egress_mask(), outcome.reason()), (1 << 5, 2));
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, [192, 31, 65, 77], 80);
    expect(
        &mut model,
        2,
        &frame,
        14,
        dropped(DropReason::NotOurs),
        &frame,
    );
    let frame = plain(VIRTUAL, STRANGER);
    expect(
        &mut model,
        2,
        &frame,
        14,
        dropped(DropReason::NotOurs),
        &frame,
    );
}

#[test]
fn row_14_asks_the_lowest_service_of_the_address() {
    let mut model = card(|setup| {
        let mut second = setup.services[0].clone();
        second.no_service_to_host = true;
        setup.services.push(second);
    });
    let frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 81);
    expect(
        &mut model,
        2,
        &frame,
        14,
        dropped(DropReason::NoService),
        &frame,
    );
}

#[test]
fn row_16_a_router_that_is_up() {
    let mut model = card(|_| ());
    let frame = tcp(ROUTER0, SERVER0, CLUSTER, CLIENT, 40_000);
    let outcome = expect(&mut model, 3, &frame, 16, to(&[0]), &frame);
    assert_eq!(
        (outcome.member_in, outcome.member_out),
        (Some(FIRST_ROUTER), Some(0))
    );
    let frame = plain(ROUTER0, STRANGER);
    expect(&mut model, 2, &frame, 16, to(&[0]), &frame);
    let outcome = expect(
        &mut model,
        0,
        &frame,
        16,
        dropped(DropReason::Filtered),
        &frame,
    );
    assert_eq!(outcome.member_in, None);
}

#[test]
fn row_17_a_router_that_is_down() {
    let mut model = card(|_| ());
    model.set_member_up(FIRST_ROUTER, false).expect("router 0");
    let frame = tcp(ROUTER0, SERVER0, CLUSTER, CLIENT, 40_000);
    expect(
        &mut model,
        3,
        &frame,
        17,
        to(&[1]),
        &readdressed(&frame, ROUTER1),
    );
    // Rows 17's conditions one by one: each that fails leaves the frame to row 19.
    let not_a_server = tcp(ROUTER0, STRANGER, CLUSTER, CLIENT, 40_000);
    expect(&mut model, 2, &not_a_server, 19, to(&[0]), &not_a_server);
    let not_ip = plain(ROUTER0, SERVER0);
    let outcome = expect(&mut model, 3, &not_ip, 19, to(&[0]), &not_ip);
    assert_eq!(outcome.member_in, Some(FIRST_ROUTER));
    let to_router = tcp(ROUTER0, SERVER0, CLUSTER, ROUTER0_ADDRESS, 179);
    expect(&mut model, 3, &to_router, 19, to(&[0]), &to_router);
    model
        .set_member_up(FIRST_ROUTER + 1, false)
        .expect("router 1");
    expect(
        &mut model,
        3,
        &frame,
        17,
        dropped(DropReason::NoRouter),
        &frame,
    );
}

#[test]
fn row_18_the_host() {
    let mut model = card(|_| ());
    let frame = tcp(HOST, SERVER0, CLUSTER, CLIENT, 80);
    expect(
        &mut model,
        3,
        &frame,
        18,
        Verdict::Host(HostReason::Addressed),
        &frame,
    );
    assert_eq!(
        model.counters().ports[5].transmitted,
        Traffic {
            frames: 1,
            bytes: 60
        }
    );
}

#[test]
fn row_19_static_stations() {
    let mut model = card(|_| ());
    let frame = plain(SERVER1, STRANGER);
    let outcome = expect(&mut model, 2, &frame, 19, to(&[4]), &frame);
    assert_eq!(outcome.member_in, Some(1));
    expect(
        &mut model,
        4,
        &frame,
        19,
        dropped(DropReason::Filtered),
        &frame,
    );
    model.set_link(4, false).expect("port 4");
    expect(
        &mut model,
        2,
        &frame,
        19,
        dropped(DropReason::LinkDown),
        &frame,
    );
    let frame = plain(SERVER1, SERVER0);
    expect(
        &mut model,
        3,
        &frame,
        19,
        dropped(DropReason::LinkDown),
        &frame,
    );
}

#[test]
fn row_19_learned_stations() {
    let mut model = card(|setup| setup.fdb_age = 10);
    let there = plain(OTHER, STRANGER);
    let back = plain(STRANGER, OTHER);
    let outcome = expect(&mut model, 2, &there, 19, to(&[0, 1, 3, 4]), &there);
    assert_eq!(
        outcome.learning,
        Some(LearningRequest {
            logical_port: 2,
            domain: 0,
            mac: Mac(STRANGER)
        })
    );
    expect(&mut model, 1, &back, 19, to(&[2]), &back);
    expect(
        &mut model,
        2,
        &back,
        19,
        dropped(DropReason::Filtered),
        &back,
    );
    expect(
        &mut model,
        2,
        &there,
        19,
        dropped(DropReason::Filtered),
        &there,
    );
    model.set_link(2, false).expect("port 2");
    expect(&mut model, 1, &back, 19, to(&[0, 3, 4]), &back);
    model.set_link(2, true).expect("port 2");
    expect(&mut model, 1, &back, 19, to(&[2]), &back);
    model.set_time_ns(10 << 30);
    expect(&mut model, 1, &back, 19, to(&[0, 2, 3, 4]), &back);
    assert_eq!(model.counters().copies(), 3 + 2 + 3);
}

#[test]
fn row_19_learns_before_it_looks_and_by_vlan() {
    let mut model = card(|_| ());
    let itself = plain(STRANGER, STRANGER);
    expect(
        &mut model,
        2,
        &itself,
        19,
        dropped(DropReason::Filtered),
        &itself,
    );
    let tagged = ethernet(STRANGER, OTHER, &[&[0x81, 0, 0, 7, 0x88, 0xb5]]);
    expect(&mut model, 1, &tagged, 19, to(&[0, 2, 3, 4]), &tagged);
    let priority = ethernet(STRANGER, OTHER, &[&[0x81, 0, 0xe0, 0, 0x88, 0xb5]]);
    expect(&mut model, 1, &priority, 19, to(&[2]), &priority);
}

#[test]
fn row_19_unknown_destinations_and_groups() {
    let mut model = card(|setup| setup.drop_unknown = true);
    let unknown = plain(OTHER, STRANGER);
    expect(
        &mut model,
        2,
        &unknown,
        19,
        dropped(DropReason::UnknownDestination),
        &unknown,
    );
    let broadcast = plain([0xff; 6], SERVER0);
    expect(&mut model, 3, &broadcast, 19, to(&[0, 1, 2]), &broadcast);
    for port in [0, 1, 2] {
        model.set_link(port, false).expect("the port");
    }
    expect(
        &mut model,
        3,
        &broadcast,
        19,
        dropped(DropReason::NoPort),
        &broadcast,
    );
}
