//! Rings stop in the midst of traffic: nothing is touched on the bus afterwards, nothing else notices, and they start anew.

use flowswitch_sim::card::Card;
use flowswitch_tests::flows::{Farm, SYN, SYN_ACK, arrived, reply, segment};
use flowswitch_tests::measure::{LATENCY, image, latency, server_mac, stream, to_server};
use flowswitch_tests::rings::registers::{
    BUS_TIMEOUT, CONTROL, EVENT_ENABLE, EVENT_STATUS, RESET, RX_MODERATION, STATUS, counter, event,
};
use flowswitch_tests::rings::{Host, Way, plain, to_host};
use flowswitch_verilated::MemoryTiming;

/// Frames forwarded while rings stop and start.
const FORWARDED: u32 = 800;
/// Clocks of 4 ns in which a bus that does nothing is given up, after one to two intervals.
const SILENT_CLOCKS: u64 = 600_000;
/// The status of two rings that stopped because of it.
const BUS_GONE: u32 = 0x550;

/// How the rings are stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Register,
    Function,
    Disable,
    Bus,
}

/// Both rings at work: frames of all lengths both ways, the transmitted ones by port 0.
fn busy(host: &mut Host, seed: u32) {
    host.start_both(6);
    for number in 0..60 {
        host.post_buffer(64 * (1 + u64::from(number * 7 + seed) % 24));
        let length = 60 + (number as usize * 131 + seed as usize) % 2_000;
        host.post_frame(0, &plain(server_mac(0), length, number));
    }
    host.doorbell_both();
    host.offer(
        1,
        (0..60).map(|number| to_host(60 + (number as usize * 97) % 1_400, number)),
    );
}

/// Rings started anew begin at index 0 and work.
#[track_caller]
fn works(host: &mut Host) {
    host.start_both(2);
    host.run(2_000);
    host.card.take_departures();
    host.post_buffer(1_536);
    host.doorbell(Way::Receive);
    host.offer(1, [to_host(1_000, 90)]);
    // What waited in the card comes first.
    loop {
        let received = host.await_received(1).remove(0);
        assert_eq!(received.completion.status, 0);
        if received.data == to_host(1_000, 90) {
            break;
        }
        host.post_buffer(1_536);
        host.doorbell(Way::Receive);
    }
    host.post_frame(0, &plain(server_mac(0), 333, 91));
    host.doorbell(Way::Transmit);
    assert_eq!(host.await_completions(Way::Transmit, 1)[0].status, 0);
    host.run(500);
    let left = host.card.take_departures();
    assert_eq!(left.len(), 1, "frames that left");
    assert!(left[0].data == plain(server_mac(0), 333, 91));
}

#[track_caller]
fn stop(host: &mut Host, stop: Stop) {
    match stop {
        Stop::Register => host.write(CONTROL, RESET | 3),
        Stop::Function => host.card.harness_mut().pulse_flr().expect("the card runs"),
        Stop::Disable => host.write(CONTROL, 0),
        Stop::Bus => host
            .card
            .harness_mut()
            .pulse_host_reset(1)
            .expect("the card runs"),
    }
    // From here on every access is one too many, once the port says that none is left.
    host.forget_all();
    assert_eq!(host.read(STATUS), 0, "{stop:?}");
    assert_eq!(host.read(CONTROL), 0, "{stop:?}");
    host.run(1_500);
}

fn stops(kind: Stop, seed: u64) {
    let mut host = Host::new(2, seed);
    let mut moment = 3 * seed;
    let timings = [
        MemoryTiming::default(),
        MemoryTiming {
            read_latency: 100,
            write_latency: 150,
            stall: 0x3000,
            shuffle: 0x4000,
        },
    ];
    for round in 0..12u32 {
        let timing = timings[round as usize % 2];
        host.card.harness_mut().set_memory_timing(&timing);
        host.card.take_departures();
        let frames = (0..FORWARDED).map(|number| to_server(1, 1, number));
        let forwarded = stream(&host.card, 0, 0, 4, frames);
        host.card.offer(forwarded);
        host.write(EVENT_ENABLE, 0x7ff);
        host.write(RX_MODERATION, 5_000);
        busy(&mut host, round);
        // At any clock of what they do.
        moment = (moment * 5 + 97) % 1_201;
        host.run(moment);
        host.check_bus();
        stop(&mut host, kind);
        let kept = kind == Stop::Disable;
        assert_eq!(host.read(EVENT_ENABLE) != 0, kept, "{kind:?}");
        assert_eq!(host.read(RX_MODERATION) != 0, kept, "{kind:?}");
        host.run(2_000);
        let departures = host.card.take_departures();
        let left: Vec<_> = departures.iter().filter(|left| left.source == 0).collect();
        assert_eq!(
            left.len(),
            FORWARDED as usize,
            "frames forwarded in round {round}"
        );
        // The look-up of a frame to the host may come before theirs.
        let on_time = left
            .iter()
            .all(|left| (LATENCY..=LATENCY + 1).contains(&latency(left)));
        assert!(on_time, "frames forwarded in round {round} waited");
        // What left by a stopped ring left whole.
        for left in departures.iter().filter(|left| left.source != 0) {
            let number = u32::from_be_bytes(left.data[14..18].try_into().expect("four bytes"));
            assert!(
                left.data == plain(server_mac(0), left.data.len(), number),
                "round {round}"
            );
        }
        host.check_books();
        works(&mut host);
        host.disable_both();
        host.await_status(0x7, 0);
    }
    let differences = host.card.driver_mut().verify(&image(2));
    assert_eq!(differences.expect("the tables are readable"), []);
    assert_eq!(host.card.harness().bus_faults().count, 0);
    assert!(host.counter(counter::OFF) > 0);
}

#[test]
fn by_the_register() {
    stops(Stop::Register, 71);
}

#[test]
fn by_a_reset_of_the_function() {
    stops(Stop::Function, 72);
}

#[test]
fn by_their_enable_bits() {
    stops(Stop::Disable, 73);
}

#[test]
fn by_a_reset_of_the_bus() {
    stops(Stop::Bus, 77);
}

/// A bus that neither takes nor answers: the rings give it up, nothing else notices, and they work again when it does.
#[test]
fn by_a_bus_that_does_nothing() {
    for (seed, by_reset) in [(78, true), (79, false)] {
        let mut host = Host::new(2, seed);
        busy(&mut host, 1);
        host.run(150);
        host.card.harness_mut().set_bus_silent(true);
        host.write(BUS_TIMEOUT, 1);
        let frames = (0..FORWARDED).map(|number| to_server(1, 1, number));
        let forwarded = stream(&host.card, 0, 0, 4, frames);
        host.card.offer(forwarded);
        // Two intervals of 2^20 ns.
        host.run(SILENT_CLOCKS);
        assert_eq!(host.read(STATUS), BUS_GONE, "both rings stopped by error 5");
        assert_ne!(host.read(EVENT_STATUS) & event::RING_ERROR, 0);
        let departures = host.card.take_departures();
        let left = departures.iter().filter(|left| left.source == 0).count();
        assert_eq!(left, FORWARDED as usize);
        // No ring begins on it.
        host.write(CONTROL, 0);
        host.run(100);
        host.write(CONTROL, 3);
        host.run(100);
        assert_eq!(host.read(STATUS), BUS_GONE);
        host.write(CONTROL, 0);
        host.card.harness_mut().set_bus_silent(false);
        if by_reset {
            host.card
                .harness_mut()
                .pulse_host_reset(3)
                .expect("the card runs");
        }
        host.run(3_000);
        host.forget_all();
        assert_eq!(host.read(STATUS), 0);
        works(&mut host);
        host.disable_both();
        host.await_status(0x7, 0);
        let differences = host.card.driver_mut().verify(&image(2));
        assert_eq!(differences.expect("the tables are readable"), []);
    }
}

/// One direction stops; the other does not lose a frame by it.
#[test]
fn one_at_a_time() {
    let mut host = Host::new(2, 74);
    for round in 0..6u32 {
        busy(&mut host, round);
        host.run(100 + 77 * u64::from(round));
        let (stopped, other) = match round % 2 {
            0 => (Way::Receive, Way::Transmit),
            _ => (Way::Transmit, Way::Receive),
        };
        host.set_enable(stopped, false);
        host.await_status(1, 0);
        host.check_bus();
        host.forget(stopped);
        host.run(8_000);
        let good = |status: u8| status < 2;
        if other == Way::Transmit {
            let completions = host.completions(other);
            assert_eq!(completions.len(), 60);
            assert!(completions.iter().all(|completion| good(completion.status)));
        } else {
            assert_eq!(host.received().len(), 60);
        }
        host.set_enable(other, false);
        host.await_status(1, 0);
        host.check_bus();
        host.run(3_000);
    }
    host.check_books();
}

/// A reset of the function does not touch flows: established ones keep their server though its buckets are another's.
#[test]
fn flows_outlive_a_reset_of_the_function() {
    let mut farm = Farm::new(2);
    let mut host = Host::holding(&farm.image(), 75);
    let mut homes = Vec::new();
    for flow in 0..50 {
        host.card.take_departures();
        host.offer(0, [segment(flow, SYN)]);
        host.run(200);
        let (_, server) = arrived(&host.card.take_departures()[0]).expect("a server's");
        host.offer(1, [reply(server, flow, SYN_ACK)]);
        host.run(200);
        homes.push(server);
    }
    farm.turned = 1;
    host.card
        .program(&farm.image())
        .expect("the card takes the image");
    busy(&mut host, 3);
    host.run(150);
    stop(&mut host, Stop::Function);
    for (flow, home) in (0..).zip(homes) {
        host.card.take_departures();
        host.offer(0, [segment(flow, flowswitch_tests::flows::ACK)]);
        host.run(200);
        let left = arrived(&host.card.take_departures()[0]).expect("a server's");
        assert_eq!(left, (flow, home));
    }
}
