//! Line rate, latency, independence of the queues.

use flowswitch_sim::card::{Card, Departure};
use flowswitch_sim::rtl::{RtlCard, VerdictRecord};
use flowswitch_tests::drops::reason_number;
use flowswitch_tests::measure::{
    LONGEST_BEATS, drops, latency, open, run, stream, to_cluster, to_server,
};

/// Asserts that look-ups ended in consecutive clocks.
#[track_caller]
fn no_bubble(verdicts: &[VerdictRecord]) {
    for pair in verdicts.windows(2) {
        assert_eq!(
            pair[1].clock,
            pair[0].clock + 1,
            "clocks of look-ups that follow each other"
        );
    }
}

#[track_caller]
fn conserved(card: &mut RtlCard) {
    let counters = card.counters().expect("the counters are readable");
    let (into, out) = counters.conservation();
    assert_eq!(
        into, out,
        "conservation: frames in against frames accounted for"
    );
    assert_eq!(counters.in_flight, 0, "frames in flight on an idle card");
}

/// One key a clock in total: `senders` ports take turns; each sends to a port of its own.
fn one_key_a_clock(ports: u8, senders: u8) {
    const FRAMES: u32 = 1000;
    let mut card = open(ports, 1);
    let arrivals = (0..senders)
        .flat_map(|port| {
            let frames = (0..FRAMES).map(|number| to_server((port + 1) % ports, 1, number));
            stream(&card, port, port.into(), senders.into(), frames)
        })
        .collect();
    let departures = run(&mut card, arrivals);
    assert_eq!(departures.len(), FRAMES as usize * usize::from(senders));
    assert_eq!(drops(&mut card).1, 0, "drops at one key a clock");
    let verdicts = card.take_verdicts();
    assert_eq!(verdicts.len(), departures.len());
    no_bubble(&verdicts);
    conserved(&mut card);
}

#[test]
fn one_engine_two_ports_at_half_rate() {
    one_key_a_clock(4, 2);
}

#[test]
fn one_engine_four_ports_at_quarter_rate() {
    one_key_a_clock(4, 4);
}

#[test]
fn one_engine_eight_ports_at_eighth_rate() {
    one_key_a_clock(8, 8);
}

#[test]
fn one_engine_keys_that_come_at_once_are_queued() {
    // All ports together send ten frames back to back, then rest: 16 keys a port are waited for.
    let mut card = open(4, 1);
    let arrivals = (0..4)
        .flat_map(|port| {
            stream(
                &card,
                port,
                0,
                1,
                (0..10).map(|n| to_server((port + 1) % 4, 1, n)),
            )
        })
        .collect();
    assert_eq!(run(&mut card, arrivals).len(), 40);
    assert_eq!(drops(&mut card).1, 0);
    no_bubble(&card.take_verdicts());
}

#[test]
fn one_engine_excess_is_lookup_overrun() {
    const FRAMES: u32 = 1000;
    let mut card = open(4, 1);
    let arrivals = (0..2)
        .flat_map(|port| {
            stream(
                &card,
                port,
                0,
                1,
                (0..FRAMES).map(|n| to_server(port + 2, 1, n)),
            )
        })
        .collect();
    let departures = run(&mut card, arrivals);
    let verdicts = card.take_verdicts();
    no_bubble(&verdicts);
    let (by_reason, all) = drops(&mut card);
    assert_eq!(
        by_reason[reason_number("lookup-overrun")],
        all,
        "drops for another reason"
    );
    assert_eq!(departures.len() as u64 + all, 2 * u64::from(FRAMES));
    // 1,000 clocks of keys, and what the two queues of 16 or 17 hold in the end.
    assert!(
        (1000..=1040).contains(&departures.len()),
        "{} frames were looked up",
        departures.len()
    );
    let from_0 = departures
        .iter()
        .filter(|departure| departure.source == 0)
        .count();
    assert!(
        from_0.abs_diff(departures.len() - from_0) <= 1,
        "round robin gave port 0 {from_0}"
    );
    conserved(&mut card);
}

#[test]
fn engine_per_port_each_takes_a_key_a_clock() {
    const FRAMES: u32 = 1000;
    let mut card = open(4, 4);
    let arrivals = (0..4)
        .flat_map(|port| {
            stream(
                &card,
                port,
                0,
                1,
                (0..FRAMES).map(|n| to_server((port + 1) % 4, 1, n)),
            )
        })
        .collect();
    let departures = run(&mut card, arrivals);
    assert_eq!(departures.len(), 4 * FRAMES as usize);
    assert_eq!(drops(&mut card).1, 0, "drops at line rate");
    for port in 0..4 {
        let clocks: Vec<u64> = departures
            .iter()
            .filter(|d| d.port == port)
            .map(|d| d.clock)
            .collect();
        assert!(
            clocks.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "a gap at port {port}"
        );
    }
    conserved(&mut card);
}

fn latency_is_constant(ports: u8, engines: u8) {
    let mut card = open(ports, engines);
    let frames = (0..100).map(|number| to_cluster(1, number));
    let arrivals = stream(&card, 0, 0, 7, frames);
    let departures = run(&mut card, arrivals);
    assert_eq!(departures.len(), 100);
    let first = latency(&departures[0]);
    assert!(first <= 28, "{first} clocks");
    assert!(
        departures
            .iter()
            .all(|departure| latency(departure) == first),
        "not the same for all"
    );
    for beats in [2, 3, 10, 24, LONGEST_BEATS] {
        let arrivals = stream(
            &card,
            0,
            0,
            200,
            (0..5).map(|number| to_cluster(beats, number)),
        );
        for departure in run(&mut card, arrivals) {
            assert_eq!(
                latency(&departure),
                first + beats as u64 - 1,
                "frames of {beats} beats"
            );
        }
    }
}

#[test]
fn latency_one_engine() {
    latency_is_constant(4, 1);
}

#[test]
fn latency_one_engine_eight_ports() {
    latency_is_constant(8, 1);
}

#[test]
fn latency_engine_per_port() {
    latency_is_constant(4, 4);
}

#[test]
fn latency_back_to_back_is_that_of_one() {
    let mut card = open(4, 1);
    let arrivals = stream(&card, 0, 0, 1, [to_cluster(1, 0)]);
    let alone = latency(&run(&mut card, arrivals)[0]);
    let arrivals = stream(&card, 0, 0, 1, (0..500).map(|number| to_cluster(1, number)));
    // Each inserts a flow: of 33 keys in a row one waits a clock for the scrubber, and those behind it with it.
    for (number, departure) in (0..).zip(run(&mut card, arrivals)) {
        assert!((alone..=alone + number / 32).contains(&latency(&departure)));
    }
    // Flows that are known write nothing.
    let arrivals = stream(&card, 0, 0, 1, (0..500).map(|number| to_cluster(1, number)));
    let departures = run(&mut card, arrivals);
    assert_eq!(departures.len(), 500);
    assert!(
        departures
            .iter()
            .all(|departure| latency(departure) == alone)
    );
}

#[test]
fn every_size_at_line_rate() {
    // Each beat count from 1 to 150 back to back from two ports, at full rate of the longer ones.
    let mut card = open(4, 4);
    let arrivals = (0..2)
        .flat_map(|port| {
            let frames = (1..=LONGEST_BEATS).map(|beats| to_server(port + 2, beats, beats as u32));
            stream(&card, port, 0, 0, frames)
        })
        .collect();
    let departures = run(&mut card, arrivals);
    assert_eq!(departures.len(), 2 * LONGEST_BEATS);
    assert_eq!(drops(&mut card).1, 0);
    for departure in &departures {
        assert_eq!(
            latency(departure) + 1,
            departures[0].clock - departures[0].arrival_clock + (departure.data.len() / 64) as u64
        );
    }
}

/// Frames that port 0 sends in turn to ports 2 and 3.
fn alternating(count: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(|number| to_server(2 + (number % 2) as u8, 1, number))
}

#[test]
fn blocked_egress_delays_no_frame_to_another() {
    let mut card = open(4, 1);
    card.block_port(2, true).expect("port 2 exists");
    let arrivals = stream(&card, 0, 0, 1, alternating(2000));
    card.offer(arrivals);
    card.run(3000).expect("the card runs");
    let departures = card.take_departures();
    assert_eq!(departures.len(), 1000, "frames to port 3");
    let first = latency(&departures[0]);
    assert!(
        departures
            .iter()
            .all(|departure| departure.port == 3 && latency(departure) == first)
    );
    card.block_port(2, false).expect("port 2 exists");
    card.run_until_idle().expect("the card becomes idle");
    let late = card.take_departures();
    let (by_reason, all) = drops(&mut card);
    assert_eq!(
        by_reason[reason_number("egress-full")],
        all,
        "drops for another reason"
    );
    assert_eq!(late.len() as u64 + all, 1000);
    assert!(late.len() >= 512, "{} frames were kept", late.len());
    conserved(&mut card);
}

/// Has egress 2 busy with a long frame of port 1 that does not get on, so that nothing leaves the queue from 0 to 2.
fn with_egress_2_stuck() -> RtlCard {
    let mut card = open(4, 1);
    card.block_port(2, true).expect("port 2 exists");
    let arrivals = stream(&card, 1, 0, 1, [to_server(2, LONGEST_BEATS, 0)]);
    card.offer(arrivals);
    card.run(300).expect("the card runs");
    card
}

fn released(mut card: RtlCard) -> (Vec<Departure>, u64) {
    card.block_port(2, false).expect("port 2 exists");
    card.run_until_idle().expect("the card becomes idle");
    conserved(&mut card);
    let departures = card
        .take_departures()
        .into_iter()
        .filter(|departure| departure.source == 0);
    let departures = departures.collect();
    let (by_reason, all) = drops(&mut card);
    assert_eq!(
        by_reason[reason_number("egress-full")],
        all,
        "drops for another reason"
    );
    (departures, all)
}

#[test]
fn tail_drop_after_exactly_512_single_beats() {
    let mut card = with_egress_2_stuck();
    let arrivals = stream(
        &card,
        0,
        0,
        1,
        (0..600).map(|number| to_server(2, 1, number)),
    );
    card.offer(arrivals);
    card.run(1000).expect("the card runs");
    let (departures, dropped) = released(card);
    assert_eq!((departures.len(), dropped), (512, 88));
    for (number, departure) in (0..).zip(&departures) {
        assert_eq!(
            departure.data,
            to_server(2, 1, number),
            "the first come are kept, in order"
        );
    }
}

#[test]
fn tail_drop_is_of_whole_frames() {
    let mut card = with_egress_2_stuck();
    // 170 x 3 beats leave room for 2: a frame of 3 is dropped, one of 2 still fits, then not even one of 1.
    let beats = [[3; 170].as_slice(), &[3, 2, 1, 2]].concat();
    let frames = (0..)
        .zip(&beats)
        .map(|(number, &beats)| to_server(2, beats, number));
    let arrivals = stream(&card, 0, 0, 3, frames);
    card.offer(arrivals);
    card.run(1500).expect("the card runs");
    let (departures, dropped) = released(card);
    let kept: Vec<usize> = departures
        .iter()
        .map(|departure| departure.data.len() / 64)
        .collect();
    assert_eq!(kept, [[3; 170].as_slice(), &[2]].concat());
    assert_eq!(dropped, 3);
}

#[test]
fn every_pair_has_a_queue_of_its_own() {
    // Both other ports fill their queues to the stuck egress: neither takes room from the other.
    let mut card = with_egress_2_stuck();
    let arrivals = [0, 3]
        .into_iter()
        .flat_map(|port| {
            let frames = (0..512).map(|number| to_server(2, 1, number));
            stream(&card, port, u64::from(port == 3), 2, frames)
        })
        .collect();
    card.offer(arrivals);
    card.run(1500).expect("the card runs");
    card.block_port(2, false).expect("port 2 exists");
    card.run_until_idle().expect("the card becomes idle");
    assert_eq!(card.take_departures().len(), 1 + 2 * 512);
    assert_eq!(drops(&mut card).1, 0);
}

#[test]
fn blocked_host_fills_only_its_own_queue() {
    let mut card = open(4, 1);
    card.block_port(4, true).expect("the host's port");
    let host = [0x02, 0, 0, 0, 2, 5];
    let frames = (0..1400).map(|number| {
        let mut frame = to_server(3, 1, number);
        if number % 2 == 0 {
            frame[..6].copy_from_slice(&host);
        }
        frame
    });
    let arrivals = stream(&card, 0, 0, 1, frames);
    card.offer(arrivals);
    card.run(2000).expect("the card runs");
    assert_eq!(card.take_departures().len(), 700, "frames to port 3");
    card.block_port(4, false).expect("the host's port");
    card.run_until_idle().expect("the card becomes idle");
    let kept = card.take_departures().len() as u64;
    let (by_reason, all) = drops(&mut card);
    assert_eq!(
        by_reason[reason_number("host-full")],
        all,
        "drops for another reason"
    );
    assert!(all > 0 && kept >= 512);
    assert_eq!(kept + all, 700);
    conserved(&mut card);
}
