//! The timed card: latency, order, overrun, full queues, jumps.

mod support;

use flowswitch_model::{Departure, TimedCard};
use support::*;

const CLOCK_HZ: u64 = 250_000_000;
const PERIOD_NS: u64 = 4;

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
fn latency_is_22_clocks_and_one_a_beat() {
    for (length, beats) in [(60, 1), (64, 1), (65, 2), (1_518, 24), (9_600, 150)] {
        let mut card = timed();
        offer(&mut card, 2, 0, &of_length(length));
        let departures = run(&mut card);
        let [departure] = &departures[..] else {
            panic!("one copy, not {departures:?}")
        };
        assert_eq!(
            departure.clock - departure.arrival_clock,
            22 + beats,
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
    assert_eq!(clocks, (23..623).collect::<Vec<u64>>());
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
    assert_eq!(to_server1.clock, 23);
}

#[test]
fn a_frame_waits_for_the_one_before_it() {
    let mut card = timed();
    offer(&mut card, 2, 0, &of_length(9_600));
    offer(&mut card, 2, 0, &plain(SERVER1, STRANGER));
    let departures = run(&mut card);
    let clocks: Vec<u64> = departures.iter().map(|copy| copy.clock).collect();
    // The long frame is stored wholly, and released in 150 clocks; then comes the short one.
    assert_eq!(clocks, [22 + 150, 22 + 150 + 150]);
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
    let latency = 23 * PERIOD_NS;
    assert_eq!(times, [10 + latency, hour + latency, hour + 12 + latency]);
    assert!(card.clock() < 100, "{} clocks", card.clock());
    assert!(card.now_ns() >= hour);
    let before = card.now_ns();
    card.jump_to(5);
    assert_eq!(card.now_ns(), before);
}

#[test]
fn learned_addresses_age_across_a_jump() {
    let mut card = timed();
    offer(&mut card, 2, 0, &plain(OTHER, STRANGER));
    run(&mut card);
    card.jump_to(280 << 30);
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
