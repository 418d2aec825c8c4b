//! The harness around the Verilated card: time, threads, stalls, blocked ports, register accesses, failures, traces.

use flowswitch_driver::image::{Image, LogicalPort, PortSetup};
use flowswitch_driver::{Device, DeviceError};
use flowswitch_sim::card::{Arrival, Card, CardError, Departure, Injection};
use flowswitch_sim::rtl::{RtlCard, RtlOptions, TraceWindow};
use flowswitch_verilated::{FrameIn, VARIANTS, bench, is_built};
use std::time::Duration;

/// An address of the register window where nothing is.
const NOTHING_THERE: u32 = 0x40000;
/// Core clocks that a 64-byte frame may take through the card.
const LATENCY_LIMIT: u64 = 28;

/// So many ports that flood to one another.
fn flooding(ports: u8) -> Image {
    let whole = |port| LogicalPort {
        port,
        untagged: true,
        vlans: Some((1, 4094)),
        flood: (1 << ports) - 1,
        ..LogicalPort::default()
    };
    Image {
        logical_ports: (0..ports).map(whole).collect(),
        fdb_age: 300,
        ..Image::default()
    }
}

/// A card whose ports flood to one another, with one engine.
fn switch(ports: u8, options: RtlOptions) -> RtlCard {
    let mut card = RtlCard::new(ports, 1, options).expect("a Verilated card");
    let image = flooding(ports);
    card.program(&image).expect("the card takes the image");
    card
}

/// A broadcast frame of `length` bytes from a station of its own for each port.
fn broadcast(port: u8, number: u8, length: usize) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend([0x02, 0, 0, 0, 0, port, 0x88, 0xb5]);
    frame.resize(length, number);
    frame
}

fn arrival(port: u8, at_ns: u64, data: Vec<u8>) -> Arrival {
    Arrival {
        port,
        at_ns,
        data,
        error: false,
    }
}

/// Frames of many lengths on both ports of a card of two.
fn mixture() -> Vec<Arrival> {
    (0..80)
        .flat_map(|number: u8| {
            let length = 60 + usize::from(number) * 37 % 1_500;
            (0..2).map(move |port| arrival(port, 0, broadcast(port, number, length)))
        })
        .collect()
}

/// Bytes that left a port from a source, in order.
fn stream(departures: &[Departure], port: u8, source: u8) -> Vec<Vec<u8>> {
    departures
        .iter()
        .filter(|departure| (departure.port, departure.source) == (port, source))
        .map(|departure| departure.data.clone())
        .collect()
}

/// Each frame of [`mixture`] must have left by the other port, in order.
fn assert_mixture_crossed(departures: &[Departure]) {
    for port in 0..2 {
        let sent = mixture().into_iter().filter(|arrival| arrival.port == port);
        let sent: Vec<_> = sent.map(|arrival| arrival.data).collect();
        assert!(
            stream(departures, 1 - port, port) == sent,
            "frames of port {port} differ"
        );
    }
    assert_eq!(departures.len(), mixture().len());
}

#[test]
fn frames_cross_and_counters_agree() {
    let mut card = switch(2, RtlOptions::default());
    card.offer(mixture());
    card.run_until_idle().unwrap();
    assert_mixture_crossed(&card.take_departures());
    let counters = card.counters().unwrap();
    let (entered, left) = counters.conservation();
    assert_eq!(entered, left);
    assert_eq!(counters.in_flight, 0);
    assert_eq!(counters.ports[0].received.frames, 80);
    assert_eq!(counters.ports[1].transmitted, counters.ports[0].received);
}

#[test]
fn gaps_and_stalls_change_no_frame() {
    for seed in 0..4 {
        let options = RtlOptions {
            seed,
            gap: 12_000,
            stalls: vec![20_000, 5_000],
            ..RtlOptions::default()
        };
        let mut card = switch(2, options);
        card.offer(mixture());
        card.run_until_idle().unwrap();
        assert_mixture_crossed(&card.take_departures());
    }
}

#[test]
fn cards_run_in_parallel_threads() {
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|seed| {
                scope.spawn(move || {
                    let mut card = switch(
                        2,
                        RtlOptions {
                            seed,
                            ..RtlOptions::default()
                        },
                    );
                    card.offer(mixture());
                    card.run_until_idle().unwrap();
                    card.take_departures()
                })
            })
            .collect();
        for run in runs {
            assert_mixture_crossed(&run.join().unwrap());
        }
    });
}

#[test]
fn hours_pass_in_few_clocks_and_frames_enter_on_time() {
    let mut card = switch(2, RtlOptions::default());
    assert_eq!(card.now_ns(), 0, "programming takes no simulated time");
    let clock = card.clock();
    let hour = 3_600_000_000_000;
    let times = [1_000, 1_001, 5_000_000, hour, hour + 7];
    card.offer(
        times
            .map(|at_ns| arrival(0, at_ns, broadcast(0, 0, 64)))
            .into(),
    );
    card.run_until_idle().unwrap();
    assert!(
        card.clock() - clock < 10_000,
        "{} clocks",
        card.clock() - clock
    );
    let departures = card.take_departures();
    assert_eq!(departures.len(), times.len());
    let mut free = 0;
    for (departure, at_ns) in departures.iter().zip(times) {
        // On the clock's grid the frame enters in the first slot whose time is not below its own.
        let slot_ns = |slot: u64| u128::from(slot) * 1_000_000_000 / 322_265_625;
        let due = (u128::from(at_ns) * 322_265_625).div_ceil(1_000_000_000);
        let slot = u64::try_from(due).unwrap().max(free);
        free = slot + 1;
        let latency = departure.clock - departure.arrival_clock;
        assert!(latency <= LATENCY_LIMIT, "{latency} clocks");
        assert_eq!(u128::from(departure.at_ns), slot_ns(slot + latency));
    }
}

#[test]
fn a_jump_ends_where_asked() {
    let mut card = switch(2, RtlOptions::default());
    // Longer than the ages of the forwarding database can count.
    let target = 90_000_000_000_000;
    card.jump_to(target).unwrap();
    assert!((target..target + 4).contains(&card.now_ns()));
    card.jump_to(5).unwrap();
    assert!((target..target + 4).contains(&card.now_ns()));
}

#[test]
fn a_blocked_port_is_told_and_holds_up_no_other() {
    let mut card = switch(3, RtlOptions::default());
    card.block_port(1, true).unwrap();
    card.offer(vec![arrival(0, 0, broadcast(0, 1, 200))]);
    assert!(matches!(card.run_until_idle(), Err(CardError::NotIdle(_))));
    let departures = card.take_departures();
    assert_eq!(stream(&departures, 2, 0).len(), 1);
    assert_eq!(stream(&departures, 1, 0).len(), 0);
    card.block_port(1, false).unwrap();
    card.run_until_idle().unwrap();
    assert_eq!(stream(&card.take_departures(), 1, 0).len(), 1);
}

#[test]
fn a_smaller_card_hides_the_ports_of_its_variant() {
    let mut card = RtlCard::new(3, 3, RtlOptions::default()).unwrap();
    assert_eq!((card.ports(), card.engines()), (3, 4));
    let image = Image {
        ports: vec![PortSetup { bpdu_to_host: true }; 3],
        ..flooding(4)
    };
    card.program(&image).unwrap();
    let mut bpdu = broadcast(0, 0, 60);
    bpdu[..6].copy_from_slice(&[0x01, 0x80, 0xc2, 0, 0, 0]);
    card.offer(vec![
        arrival(0, 0, broadcast(0, 0, 60)),
        arrival(1, 0, bpdu),
    ]);
    card.inject(vec![Injection {
        egress: 3,
        at_ns: 0,
        data: broadcast(9, 0, 60),
    }]);
    card.run_until_idle().unwrap();
    let departures = card.take_departures();
    let mut ways: Vec<_> = departures
        .iter()
        .map(|one| (one.source, one.port))
        .collect();
    ways.sort_unstable();
    assert_eq!(ways, [(0, 1), (0, 2), (1, 3)], "the host is port 3");
    let counters = card.counters().unwrap();
    assert_eq!(counters.ports.len(), 4);
    let no_port = 11;
    assert_eq!(
        counters.drops[no_port], 1,
        "the card of 3 has no egress port 3"
    );
}

#[test]
fn links_change_while_time_stands_still() {
    let mut card = switch(3, RtlOptions::default());
    card.set_link(1, false).unwrap();
    assert_eq!(card.now_ns(), 0);
    card.offer(vec![arrival(0, 0, broadcast(0, 1, 60))]);
    card.run_until_idle().unwrap();
    let departures = card.take_departures();
    assert_eq!(departures.len(), 1);
    assert_eq!(departures[0].port, 2);
    card.set_link(1, true).unwrap();
    card.offer(vec![arrival(0, 0, broadcast(0, 1, 60))]);
    card.run_until_idle().unwrap();
    assert_eq!(card.take_departures().len(), 2);
}

#[test]
fn refused_accesses_are_errors_and_the_card_lives_on() {
    let mut card = switch(2, RtlOptions::default());
    let refused = |error| {
        matches!(
            error,
            DeviceError::Refused {
                offset: NOTHING_THERE
            }
        )
    };
    let identity = card.read32(0).unwrap();
    assert!(card.read32(NOTHING_THERE).is_err_and(refused));
    // A write is posted: it is a later access that tells.
    card.write32(NOTHING_THERE, 1).unwrap();
    assert!(card.wait(Duration::from_nanos(1)).is_err_and(refused));
    assert_eq!(card.read32(0).unwrap(), identity);
}

#[test]
fn what_cannot_be_is_refused() {
    assert!(RtlCard::new(9, 1, RtlOptions::default()).is_err());
    let mut card = switch(2, RtlOptions::default());
    card.offer(vec![arrival(2, 0, broadcast(0, 0, 60))]);
    assert!(
        card.run_until_idle().is_err(),
        "the host is no network port"
    );
    card.offer(vec![arrival(0, 0, Vec::new())]);
    assert!(card.run_until_idle().is_err(), "a frame of no bytes");
    card.run_until_idle().unwrap();
    assert!(card.set_link(2, false).is_err());
    assert!(card.set_stall(3, 0).is_err());
}

#[test]
fn a_trace_is_written_for_its_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("window.fst");
    let mut card = switch(2, RtlOptions::default());
    card.trace(&path, 20);
    card.run(10).unwrap();
    card.run(100).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size > 1_000, "{size} bytes");
    card.run(100).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), size);
}

#[test]
fn a_trace_that_cannot_be_written_fails_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let trace = TraceWindow {
        path: folder.path().join("missing/window.fst"),
        from_clock: 0,
        clocks: 10,
    };
    let options = RtlOptions {
        trace: Some(trace),
        ..RtlOptions::default()
    };
    let error = RtlCard::new(2, 1, options).err().expect("a failure");
    assert!(error.to_string().contains("cannot write"), "{error}");
}

#[test]
fn verdicts_and_learning_steps_are_recorded_on_request() {
    let options = RtlOptions {
        monitoring: true,
        ..RtlOptions::default()
    };
    let mut card = switch(2, options);
    card.offer(vec![arrival(1, 0, broadcast(1, 0, 130))]);
    card.run_until_idle().unwrap();
    let verdicts = card.take_verdicts();
    let departures = card.take_departures();
    assert_eq!(verdicts.len(), 1);
    let verdict = verdicts[0];
    assert_eq!((verdict.port, verdict.row, verdict.reason), (1, 19, 0));
    assert_eq!(verdict.egress, 0b01);
    assert_eq!(verdict.arrival_clock, departures[0].arrival_clock);
    assert!(verdict.arrival_clock < verdict.clock && verdict.clock < departures[0].clock);
    assert!(card.take_verdicts().is_empty());
}

#[test]
fn learning_steps_are_recorded_with_an_engine_per_port() {
    let options = RtlOptions {
        monitoring: true,
        ..RtlOptions::default()
    };
    let mut card = RtlCard::new(2, 2, options).unwrap();
    card.program(&flooding(2)).unwrap();
    card.offer(vec![arrival(1, 0, broadcast(1, 0, 64))]);
    card.run_until_idle().unwrap();
    let learns = card.take_learns();
    assert_eq!(learns.len(), 1);
    assert_eq!((learns[0].logical_port, learns[0].domain), (1, 0));
    assert_eq!(learns[0].mac, 0x0200_0000_0001);
    let [verdict] = card.take_verdicts()[..] else {
        panic!("one verdict")
    };
    assert_eq!((verdict.engine, verdict.port), (1, 1));
}

#[test]
fn the_plain_loop_sees_what_the_harness_sees() {
    let mut card = switch(2, RtlOptions::default());
    let arrivals = mixture();
    let bytes: Vec<u8> = arrivals
        .iter()
        .flat_map(|arrival| arrival.data.clone())
        .collect();
    let frames: Vec<_> = arrivals
        .iter()
        .map(|arrival| FrameIn {
            port: arrival.port,
            egress: 0,
            error: false,
            length: u32::try_from(arrival.data.len()).unwrap(),
            at_ns: 0,
        })
        .collect();
    let plain = bench::cpp_loop(card.harness_mut(), &frames, &bytes).unwrap();
    card.offer(arrivals);
    card.run_until_idle().unwrap();
    let departures = card.take_departures();
    assert_mixture_crossed(&departures);
    let sum: usize = departures
        .iter()
        .map(|departure| departure.data.len())
        .sum();
    assert_eq!(plain.frames, departures.len() as u64);
    assert_eq!(plain.bytes, sum as u64);
}

#[test]
fn every_variant_built_opens() {
    for (ports, engines) in VARIANTS {
        if !is_built(ports, engines) {
            continue;
        }
        let mut card = RtlCard::new(ports, engines, RtlOptions::default()).unwrap();
        let told = *card.driver_mut().capabilities();
        assert_eq!((told.ports, told.engines), (ports, engines));
    }
}
