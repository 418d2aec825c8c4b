//! Storms of requests: the card answers as fast as they come, and nothing else loses its place.

use flowswitch_sim::card::{Card, Departure};
use flowswitch_sim::rtl::RtlCard;
use flowswitch_tests::measure::{
    answered, asks, drops, latency, open, run, solicits, stream, to_cluster, to_server,
};

/// Requests or frames that a port sends.
const FRAMES: u32 = 1000;

/// Nothing was dropped, and what was answered is accounted for.
#[track_caller]
fn nothing_is_lost(card: &mut RtlCard, answers: u64) {
    assert_eq!(drops(card).1, 0, "drops");
    let counters = card.counters().expect("the counters are readable");
    assert_eq!((counters.generated, counters.consumed), (answers, answers));
    let (into, out) = counters.conservation();
    assert_eq!(
        into, out,
        "conservation: frames in against frames accounted for"
    );
}

/// The numbers of the requests whose answers left by a port, which must be in order and the port's own.
#[track_caller]
fn answers_by(departures: &[Departure], port: u8) -> Vec<u32> {
    let by_port = departures
        .iter()
        .filter(|departure| departure.port == port && departure.source == port);
    by_port
        .map(|departure| answered(&departure.data).expect("an answer"))
        .collect()
}

/// Back to back at one port, `beats` clocks each: an answer for each, at the same pace.
fn storm(ports: u8, engines: u8, request: fn(u32) -> Vec<u8>, beats: u64) {
    let mut card = open(ports, engines);
    let arrivals = stream(&card, 0, 0, beats, (0..FRAMES).map(request));
    let departures = run(&mut card, arrivals);
    assert_eq!(
        answers_by(&departures, 0),
        (0..FRAMES).collect::<Vec<_>>(),
        "requests answered"
    );
    assert_eq!(departures.len(), FRAMES as usize, "frames that left");
    for pair in departures.windows(2) {
        assert_eq!(
            pair[1].clock - pair[0].clock,
            beats,
            "clocks from answer to answer"
        );
    }
    let first = latency(&departures[0]);
    assert!(
        departures
            .iter()
            .all(|departure| latency(departure) == first),
        "the same latency for all"
    );
    nothing_is_lost(&mut card, u64::from(FRAMES));
}

#[test]
fn one_engine_requests() {
    storm(4, 1, asks, 1);
}

#[test]
fn one_engine_solicitations() {
    storm(4, 1, solicits, 2);
}

#[test]
fn engine_per_port_requests() {
    storm(4, 4, asks, 1);
}

#[test]
fn engine_per_port_solicitations() {
    storm(4, 4, solicits, 2);
}

/// Requests at some ports, frames between servers at the others, all at the same spacing; none waits for another.
fn beside_traffic(engines: u8, request: fn(u32) -> Vec<u8>, spacing: u64) {
    let mut card = open(4, engines);
    let delay = |port: u8| if engines == 1 { u64::from(port) } else { 0 };
    let arrivals = (0..4u8)
        .flat_map(|port| {
            let frames = (0..FRAMES).map(move |number| match port {
                0 | 1 => request(number),
                2 => to_server(3, 1, number),
                _ => to_server(2, 1, number),
            });
            stream(&card, port, delay(port), spacing, frames)
        })
        .collect();
    let departures = run(&mut card, arrivals);
    for port in [0, 1] {
        let all: Vec<u32> = (0..FRAMES).collect();
        assert_eq!(
            answers_by(&departures, port),
            all,
            "answered at port {port}"
        );
    }
    for port in [2, 3] {
        let passed: Vec<_> = departures.iter().filter(|d| d.port == port).collect();
        assert_eq!(passed.len(), FRAMES as usize, "frames to port {port}");
        let first = latency(passed[0]);
        assert!(
            passed.iter().all(|departure| latency(departure) == first),
            "frames to port {port} waited"
        );
    }
    nothing_is_lost(&mut card, 2 * u64::from(FRAMES));
}

#[test]
fn one_engine_beside_traffic() {
    beside_traffic(1, asks, 4);
    beside_traffic(1, solicits, 4);
}

#[test]
fn engine_per_port_beside_traffic() {
    beside_traffic(4, asks, 1);
    beside_traffic(4, solicits, 2);
}

/// Every port sends requests and frames in turn, back to back, and every egress sends answers and frames in turn.
fn among_traffic(engines: u8, spacing: u64) {
    let mut card = open(4, engines);
    let delay = |port: u8| if engines == 1 { u64::from(port) } else { 0 };
    let arrivals = (0..4u8)
        .flat_map(|port| {
            let frames = (0..2 * FRAMES).map(move |number| match number % 2 {
                0 => asks(number),
                _ => to_server((port + 1) % 4, 1, number),
            });
            stream(&card, port, delay(port), spacing, frames)
        })
        .collect();
    let departures = run(&mut card, arrivals);
    for port in 0..4u8 {
        let asked: Vec<u32> = (0..2 * FRAMES).step_by(2).collect();
        assert_eq!(
            answers_by(&departures, port),
            asked,
            "answered at port {port}"
        );
        let from = (port + 3) % 4;
        let passed: Vec<_> = departures
            .iter()
            .filter(|departure| (departure.source, departure.port) == (from, port))
            .map(|departure| departure.data.clone())
            .collect();
        let sent = (1..2 * FRAMES).step_by(2);
        let sent: Vec<_> = sent.map(|number| to_server(port, 1, number)).collect();
        assert_eq!(passed.len(), sent.len(), "frames from {from} to {port}");
        assert!(passed == sent, "frames from {from} to {port} in order");
    }
    nothing_is_lost(&mut card, 4 * u64::from(FRAMES));
}

#[test]
fn one_engine_among_traffic() {
    among_traffic(1, 4);
}

#[test]
fn engine_per_port_among_traffic() {
    among_traffic(4, 1);
}

#[test]
fn long_requests_cost_no_more_than_their_beats() {
    // Requests that trail 9,000 bytes, each followed at once by a frame for the cluster.
    let mut card = open(4, 1);
    let frames = (0..40).map(|number| match number % 2 {
        0 => {
            let mut request = asks(number);
            request.resize(9_000, 0xa5);
            request
        }
        _ => to_cluster(1, number),
    });
    let arrivals = stream(&card, 0, 0, 0, frames);
    let departures = run(&mut card, arrivals);
    let asked: Vec<u32> = (0..40).step_by(2).collect();
    assert_eq!(answers_by(&departures, 0), asked);
    assert_eq!(departures.len(), 40);
    nothing_is_lost(&mut card, 20);
}

#[test]
fn a_blocked_egress_bounds_answers_alone() {
    // Nothing leaves by port 0: its answers fill their queue, while what it sends elsewhere passes.
    let mut card = open(4, 1);
    card.block_port(0, true).expect("port 0 exists");
    let frames = (0..2 * FRAMES).map(|number| match number % 2 {
        0 => asks(number),
        _ => to_server(3, 1, number),
    });
    let arrivals = stream(&card, 0, 0, 1, frames);
    card.offer(arrivals);
    card.run(3 * u64::from(FRAMES)).expect("the card runs");
    let passed = card.take_departures();
    assert_eq!(passed.len(), FRAMES as usize, "frames to port 3");
    let first = latency(&passed[0]);
    assert!(
        passed.iter().all(|departure| latency(departure) == first),
        "frames to port 3 waited"
    );
    card.block_port(0, false).expect("port 0 exists");
    card.run_until_idle().expect("the card becomes idle");
    let answers = card.take_departures().len() as u64;
    let (by_reason, all) = drops(&mut card);
    let full = flowswitch_tests::drops::reason_number("egress-full");
    assert_eq!(by_reason[full], all, "drops for another reason");
    assert!(answers >= 512, "{answers} answers were kept");
    assert_eq!(answers + all, u64::from(FRAMES));
    let counters = card.counters().expect("the counters are readable");
    assert_eq!((counters.generated, counters.consumed), (answers, answers));
}
