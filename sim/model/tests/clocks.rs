//! The timed card: latency, order, overrun, full queues, jumps.

mod support;

use flowswitch_model::{Departure, TimedCard};
use support::*;

const CLOCK_HZ: u64 = 250_000_000;
const PERIOD_NS: u64 = 4;
/// Clocks from the first beat of a frame of one beat in to its first beat out.
const LATENCY: u64 = 27;

fn timed() -> TimedCard {
    TimedCard::new(card(|_| ()), CLOCK_HZ)
}

fn run(card: &mut TimedCard) -> Vec<Departure> {
    card.run_until_idle().expect("ports that exist");
    let (into, out) = card.model().counters().conservation();
    assert_eq!(into, out, "conservation");
    card.take_departures()
}

fn offer(card: &mut TimedCard, port: u8, at_ns: u64, frame: &[u8]) {
    card.offer(port, at_ns, frame.to_vec(), false)
        .expect("a port that exists");
}

fn of_length(length: usize) -> Vec<u8> {
    let mut frame = tcp(VIRTUAL, STRANGER, CLIENT, CLUSTER, 80);
    frame.resize(length, 0);
    frame
}

#[test]
fn latency_is_the_same_for_all_and_one_more_a_beat() {
    for (length, beats) in [(60, 1), (64, 1), (65, 2), (1_518, 24), (9_600, 150)] {
        let mut card = timed();
        offer(&mut card, 2, 0, &of_length(length));
        let departures = run(&mut card);
        let [departure] = &departures[..] else {
            panic!("one copy, not {departures:?}")
        };
        assert_eq!(
            departure.clock - departure.arrival_clock,
            LATENCY - 1 + beats,
            "{length} bytes"
        );
        assert_eq!((departure.ingress, departure.egress), (2, 3));
        assert_eq!(departure.at_ns, departure.clock * PERIOD_NS);
    }
}

#[test]
fn one_port_at_line_rate_is_neither_delayed_nor_lost() {
    let mut card = timed();
    for _ in 0..600 {
        offer(&mut card, 2, 0, &of_length(64));
    }
    let departures = run(&mut card);
    let clocks: Vec<u64> = departures.iter().map(|departure| departure.clock).collect();
    assert_eq!(clocks, (LATENCY..LATENCY + 600).collect::<Vec<u64>>());
}

#[test]
fn keys_beyond_one_a_clock_are_overrun_when_the_queues_are_full() {
    let mut card = timed();
    for _ in 0..200 {
        for port in [0, 2] {
            offer(&mut card, port, 0, &of_length(64));
        }
    }
    run(&mut card);
    let counters = card.model().counters();
    // 400 keys come in 200 clocks. Before the last clock's two, 198 were taken (none in the first clock, and the
    // last one's is taken behind them); the queues hold 17 each.
    let overruns = [0, 2].map(|port| counters.ports[port].drops[16]);
    assert_eq!(overruns.iter().sum::<u64>(), 400 - 198 - 2 * 17);
    assert!(
        overruns[0].abs_diff(overruns[1]) <= 1,
        "served in turn: {overruns:?}"
    );
}

#[test]
fn the_engine_serves_ports_in_turn() {
    // The first look-up of the two learns; port 1's frame is looked up before port 2's of the same clock.
    let mut card = timed();
    offer(&mut card, 2, 0, &plain(OTHER, STRANGER));
    offer(&mut card, 1, 0, &plain(STRANGER, OTHER));
    let departures = run(&mut card);
    let of = |ingress| {
        departures
            .iter()
            .filter(|copy| copy.ingress == ingress)
            .count()
    };
    assert_eq!((of(1), of(2)), (4, 1));
}

#[test]
fn a_queue_takes_512_beats_and_drops_whole_frames() {
    let mut card = timed();
    for _ in 0..40 {
        for port in [0, 1, 2] {
            offer(&mut card, port, 0, &of_length(6_400));
        }
    }
    let departures = run(&mut card);
    let drops = card.model().counters().drops();
    assert_eq!(drops[14] + departures.len() as u64, 120);
    assert!(drops[14] > 50, "three ports into one: {}", drops[14]);
    assert!(departures.iter().all(|copy| copy.frame.len() == 6_400));
    assert_eq!(
        card.model().counters().members[&0].input.frames,
        departures.len() as u64
    );
}

#[test]
fn a_busy_egress_delays_no_frame_to_another() {
    let mut card = timed();
    for _ in 0..10 {
        for port in [0, 1] {
            offer(&mut card, port, 0, &of_length(6_400));
        }
    }
    offer(&mut card, 2, 0, &plain(SERVER1, STRANGER));
    let departures = run(&mut card);
    let to_server1 = departures
        .iter()
        .find(|copy| copy.egress == 4)
        .expect("the frame");
    assert_eq!(to_server1.clock, LATENCY);
}

#[test]
fn a_frame_waits_for_the_one_before_it() {
    let mut card = timed();
    offer(&mut card, 2, 0, &of_length(9_600));
    offer(&mut card, 2, 0, &plain(SERVER1, STRANGER));
    let departures = run(&mut card);
    let clocks: Vec<u64> = departures.iter().map(|copy| copy.clock).collect();
    // The long frame is stored wholly, and released in 150 clocks; then comes the short one.
    assert_eq!(clocks, [LATENCY - 1 + 150, LATENCY - 1 + 150 + 150]);
}

#[test]
fn frames_enter_at_their_times_and_idle_time_costs_no_clocks() {
    let mut card = timed();
    let hour = 3_600_000_000_000;
    offer(&mut card, 2, 10, &of_length(64));
    offer(&mut card, 2, hour, &of_length(64));
    offer(&mut card, 2, hour + 9, &of_length(64));
    let departures = run(&mut card);
    let times: Vec<u64> = departures.iter().map(|copy| copy.at_ns).collect();
    let latency = LATENCY * PERIOD_NS;
    // The grid has 12 ns, not 10.
    assert_eq!(times, [12 + latency, hour + latency, hour + 12 + latency]);
    assert!(card.clock() < 100, "{} clocks", card.clock());
    assert!(card.now_ns() >= hour);
    let before = card.now_ns();
    card.jump_to(5).expect("an idle card");
    assert_eq!(card.now_ns(), before);
}

#[test]
fn learned_addresses_age_across_a_jump() {
    let mut card = timed();
    offer(&mut card, 2, 0, &plain(OTHER, STRANGER));
    run(&mut card);
    card.jump_to(280 << 30).expect("an idle card");
    let now = card.now_ns();
    offer(&mut card, 1, now, &plain(STRANGER, OTHER));
    assert_eq!(run(&mut card).len(), 4, "flooded again");
}

#[test]
fn injected_frames_leave_in_order() {
    let mut card = timed();
    for last in 0..5 {
        card.inject(3, 0, plain(SERVER0, [2, 0, 0, 0, 0, last]));
    }
    let departures = run(&mut card);
    assert!(
        departures
            .iter()
            .all(|copy| (copy.ingress, copy.egress) == (5, 3))
    );
    let order: Vec<u8> = departures.iter().map(|copy| copy.frame[11]).collect();
    assert_eq!(order, [0, 1, 2, 3, 4]);
}

#[test]
fn a_port_that_does_not_exist_is_refused() {
    let refused = timed().offer(5, 0, of_length(64), false);
    assert_eq!(refused, Err(flowswitch_model::ModelError::NoSuchPort(5)));
}

/// An ARP request for the cluster's address, `length` bytes long.
fn request(length: usize) -> Vec<u8> {
    let packet = arp(1, (STRANGER, [192, 31, 65, 77]), ([0; 6], CLUSTER));
    let mut frame = ethernet([0xff; 6], STRANGER, &[&packet]);
    frame.resize(length, 0);
    frame
}

#[test]
fn requests_at_line_rate_are_answered_at_line_rate() {
    let mut card = timed();
    for _ in 0..600 {
        offer(&mut card, 2, 0, &request(64));
    }
    let departures = run(&mut card);
    assert_eq!(departures.len(), 600);
    let counters = card.model().counters();
    assert_eq!((counters.generated(), counters.consumed()), (600, 600));
    let clocks: Vec<u64> = departures.iter().map(|departure| departure.clock).collect();
    assert!(clocks.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn a_long_request_takes_its_own_beats_before_and_the_answers_behind() {
    let mut card = timed();
    for _ in 0..100 {
        offer(&mut card, 2, 0, &request(6_400));
    }
    let departures = run(&mut card);
    assert_eq!(departures.len(), 100, "the queue holds the answers' beats");
    let apart = |pair: &[Departure]| pair[1].clock - pair[0].clock;
    assert!(departures.windows(2).all(|pair| apart(pair) == 100));
}

#[test]
fn an_answer_by_a_link_that_is_down_is_lost() {
    let mut card = timed();
    card.model_mut().set_link(2, false).expect("port 2");
    offer(&mut card, 2, 0, &request(64));
    assert!(run(&mut card).is_empty());
    let counters = card.model().counters();
    assert_eq!((counters.generated(), counters.consumed()), (1, 1));
    assert_eq!(counters.drops()[13], 1);
}

#[test]
fn copies_by_one_egress_leave_one_after_the_other() {
    let model = support::card(|setup| {
        setup.logical_ports = [10, 20, 30]
            .map(|number| vlan(0, number, false, 0b1111))
            .to_vec();
        setup.logical_ports.push(vlan(1, 40, false, 0b1111));
        setup.members.clear();
    });
    let mut card = TimedCard::new(model, CLOCK_HZ);
    let frame = |last: u8| {
        let source = [2, 0xaa, 0, 0, 0, last];
        let mut frame = ethernet([0xff; 6], source, &[&[0x81, 0, 0, 40, 0x88, 0xb5]]);
        frame.resize(128, last);
        frame
    };
    offer(&mut card, 1, 0, &frame(1));
    offer(&mut card, 1, 0, &frame(2));
    let departures = run(&mut card);
    let left: Vec<(u8, u8, u64)> = departures
        .iter()
        .map(|copy| (copy.frame[11], copy.frame[15], copy.clock))
        .collect();
    // What comes next, another copy or the next frame, is read five clocks after the last of two beats.
    let clocks = [28, 34, 40, 46, 52, 58];
    let order = [(1, 10), (1, 20), (1, 30), (2, 10), (2, 20), (2, 30)];
    let expected: Vec<_> = order
        .iter()
        .zip(clocks)
        .map(|((frame, vlan), clock)| (*frame, *vlan, clock))
        .collect();
    assert_eq!(left, expected);
    assert_eq!(card.model().counters().copies(), 4);
}

#[test]
fn several_copies_take_the_place_of_one() {
    let model = support::card(|setup| {
        setup.logical_ports = (0..60)
            .map(|number| vlan(0, 100 + number, false, u64::MAX))
            .collect();
        setup.logical_ports.push(vlan(1, 40, false, u64::MAX));
        setup.members.clear();
    });
    let mut card = TimedCard::new(model, CLOCK_HZ);
    for _ in 0..600 {
        let mut frame = ethernet([0xff; 6], STRANGER, &[&[0x81, 0, 0, 40, 0x88, 0xb5]]);
        frame.resize(64, 0);
        offer(&mut card, 1, 0, &frame);
    }
    let departures = run(&mut card);
    let counters = card.model().counters();
    let full = counters.drops()[14];
    // 512 have room, and a few more while the first ones leave.
    assert!((60..=88).contains(&full), "{full} found no room");
    assert_eq!(departures.len() as u64, (600 - full) * 60);
    assert_eq!(counters.copies(), (600 - full) * 59);
}

#[test]
fn places_of_several_copies_come_free_while_the_next_frame_is_copied() {
    let model = support::card(|setup| {
        setup.logical_ports = (0..2)
            .map(|number| vlan(0, 100 + number, false, u64::MAX))
            .collect();
        setup.logical_ports.push(vlan(1, 40, false, u64::MAX));
        setup.members.clear();
    });
    let mut card = TimedCard::new(model, CLOCK_HZ);
    let mut frame = ethernet([0xff; 6], STRANGER, &[&[0x81, 0, 0, 40, 0x88, 0xb5]]);
    frame.resize(9_600, 0);
    // Three fill the queue. The first has left twice after some 480 clocks, its 150 places are free 150 clocks later, in the
    // midst of the second one's copies: the fourth, which asks for room after 710, finds it.
    for at_ns in [0, 0, 0, 540 * PERIOD_NS] {
        offer(&mut card, 1, at_ns, &frame);
    }
    assert_eq!(run(&mut card).len(), 8);
    assert_eq!(card.model().counters().drops()[14], 0, "egress-full");
}

#[test]
fn a_long_frame_that_is_dropped_delays_none_that_comes_later() {
    let mut card = timed();
    let mut dropped = of_length(9_600);
    // A station of another logical port.
    dropped[6..12].copy_from_slice(&SERVER0);
    offer(&mut card, 2, 0, &dropped);
    let later = 1_000_000;
    offer(&mut card, 2, later, &of_length(64));
    let departures = run(&mut card);
    let times: Vec<u64> = departures.iter().map(|copy| copy.at_ns).collect();
    assert_eq!(times, [later + LATENCY * PERIOD_NS]);
}
