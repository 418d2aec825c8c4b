//! Co-simulation: random images, frames and events, the Verilated card against the golden model, on every variant.
//!
//! `FLOWSWITCH_COSIM_FRAMES` is the number of frames, over all variants (100,000 if not set).
//! Cards at the ends of their parameters have a test each, and frames of their own number.
//!
//! `FLOWSWITCH_COSIM_SEED` is where the random numbers begin (2 if not set), `FLOWSWITCH_COSIM_CASE` the number of the
//! first case (0 if not set): a failure names both.

use flowswitch_model::FlowEvent;
use flowswitch_sim::counters::DROP_REASONS;
use flowswitch_tests::cosim::{Bench, Case, Seen};
use flowswitch_verilated::{CORNERS, is_built, is_built_as};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;

/// Frames are shared out among the variants by these parts of a hundred: the more a frame costs, the fewer, for a card with an
/// engine for each port takes four times as long for one as a small card. A short run gives to all alike: there coverage counts.
const SHARES: [((u8, u8), u64); 8] = [
    ((2, 1), 15),
    ((3, 1), 15),
    ((4, 1), 15),
    ((6, 1), 13),
    ((8, 1), 12),
    ((2, 2), 12),
    ((4, 4), 11),
    ((8, 8), 7),
];
/// Frames of all variants from which on they are shared out so.
const SHARED: u64 = 1_000_000;
/// Frames of a case, about.
const FRAMES_PER_CASE: usize = 768;
/// The same in long runs: programming and counters take their time by the case.
const FRAMES_PER_LONG_CASE: usize = 6_144;
/// Frames of a variant from which on a run is long.
const LONG: usize = 400_000;
/// Cases between two progress lines.
const PROGRESS: u64 = 16;
/// Frames of a variant from which on everything must have been met.
const COVERING_FRAMES: usize = 12_000;
/// Frames of a card at the ends of its parameters (`FLOWSWITCH_CORNER_FRAMES`).
const CORNER_FRAMES: u64 = 6_000;
/// Time for shrinking a failure, in ms.
const SHRINK_MS: u32 = 120_000;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}, not a number")),
        Err(_) => default,
    }
}

/// Runs the case of that number, a new one for each.
fn run_case(bench: &RefCell<Bench>, ports: u8, engines: u8, frames: usize, seed: u64, case: u64) {
    let name = format!("{ports} ports, {engines} engines");
    let strategy = Case::strategy(ports, frames);
    draw_and_run(bench, strategy, &name, [ports, engines], seed, case);
}

/// Draws the case of that number and runs it.
fn draw_and_run(
    bench: &RefCell<Bench>,
    strategy: impl Strategy<Value = Case>,
    name: &str,
    of: [u8; 2],
    seed: u64,
    case: u64,
) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&case.to_le_bytes());
    bytes[16..18].copy_from_slice(&of);
    let config = Config {
        cases: 1,
        max_shrink_iters: 100_000,
        max_shrink_time: SHRINK_MS,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let result = TestRunner::new_with_rng(config, rng).run(&strategy, |case| {
        let run = bench.borrow_mut().run(&case);
        run.map_err(|failure| TestCaseError::fail(failure.to_string()))
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, shrunk)) => panic!(
            "{name}, FLOWSWITCH_COSIM_SEED={seed} FLOWSWITCH_COSIM_CASE={case}: {reason}\n\n\
             shrunk to {} frames\n{shrunk}",
            shrunk.frames()
        ),
        Err(TestError::Abort(reason)) => panic!("no case was made: {reason}"),
    }
}

fn cosimulate(ports: u8, engines: u8) {
    if !is_built(ports, engines) {
        println!(
            "skipped: the simulated card of {ports} ports and {engines} engines was not built (make card-p{ports}e{engines})"
        );
        return;
    }
    let all = setting("FLOWSWITCH_COSIM_FRAMES", 100_000);
    let wanted = share(all, ports, engines) as usize;
    let seed = setting("FLOWSWITCH_COSIM_SEED", 2);
    let most = if wanted < LONG {
        FRAMES_PER_CASE
    } else {
        FRAMES_PER_LONG_CASE
    };
    let frames = most.min(wanted);
    let bench = RefCell::new(Bench::new(ports, engines));
    for (count, case) in (1u64..).zip(setting("FLOWSWITCH_COSIM_CASE", 0)..) {
        run_case(&bench, ports, engines, frames, seed, case);
        let done = bench.borrow().seen().frames;
        if count.is_multiple_of(PROGRESS) || done >= wanted {
            println!("{ports} ports, {engines} engines: {done} of {wanted} frames, {count} cases");
        }
        if done >= wanted {
            break;
        }
    }
    if wanted >= COVERING_FRAMES {
        covers_everything(bench.borrow().seen(), engines);
    }
}

/// Cases on a card at the ends of its parameters.
fn cosimulate_corner(name: &str) {
    if !is_built_as(name) {
        println!("skipped: the simulated card {name} was not built (make card-{name})");
        return;
    }
    let corner = CORNERS.iter().find(|corner| corner.name == name);
    let corner = corner.expect("a corner of that name");
    let wanted = setting("FLOWSWITCH_CORNER_FRAMES", CORNER_FRAMES) as usize;
    let seed = setting("FLOWSWITCH_COSIM_SEED", 2);
    let frames = FRAMES_PER_CASE.min(wanted);
    let bench = RefCell::new(Bench::corner(corner));
    let mut case = setting("FLOWSWITCH_COSIM_CASE", 0);
    while bench.borrow().seen().frames < wanted {
        let strategy = Case::in_corner(corner, frames);
        let of = [corner.ports, 0x80 | corner.engines];
        draw_and_run(&bench, strategy, name, of, seed, case);
        case += 1;
    }
    let bench = bench.borrow();
    let rows: Vec<u8> = bench.seen().rows.keys().copied().collect();
    println!("{name}: {} frames, rows {rows:?}", bench.seen().frames);
    // Few servers and services, but every kind of frame.
    for row in [2, 3, 4, 5, 6, 11, 12, 14, 16, 18, 19] {
        assert!(rows.contains(&row), "no frame met row {row}: {rows:?}");
    }
}

#[test]
fn smallest_tables() {
    cosimulate_corner("smallest");
}

#[test]
fn largest_tables() {
    cosimulate_corner("largest");
}

/// A variant's part of all frames.
fn share(all: u64, ports: u8, engines: u8) -> u64 {
    let parts = if all < SHARED {
        None
    } else {
        SHARES
            .iter()
            .find(|(variant, _)| *variant == (ports, engines))
    };
    match parts {
        Some((_, parts)) => all.div_ceil(100) * parts,
        None => all.div_ceil(SHARES.len() as u64),
    }
}

#[test]
fn all_frames_are_shared_out() {
    for all in [100_000, 10_000_000] {
        let shares = SHARES.map(|((ports, engines), _)| share(all, ports, engines));
        assert_eq!(shares.iter().sum::<u64>(), all);
    }
}

/// From so many frames on even what is rare has happened: an egress that is full without being meant to, a link that
/// falls while its egress has frames, a fragment behind its first one. A variant's share of a short run is less.
const MANY: usize = 50_000;

/// So many frames met everything, or the frames are not random enough.
fn covers_everything(seen: &Seen, engines: u8) {
    println!(
        "look-ups by row: {:?}, drops by reason: {:?}, announcements: {}",
        seen.rows, seen.drops, seen.announcements
    );
    let rows: Vec<u8> = seen.rows.keys().copied().collect();
    assert_eq!(
        rows,
        [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19],
        "rows met"
    );
    println!(
        "look-ups by what became of the flow: {:?}, quotes lost: {}",
        seen.flows, seen.lost_quotes
    );
    for event in [
        FlowEvent::Found,
        FlowEvent::Inserted,
        FlowEvent::Conflict,
        FlowEvent::FollowsFragment,
        FlowEvent::Orphan,
    ] {
        // A table of this size refuses nothing that few frames bring, and a flow seldom restarts or changes its server
        // by chance: these have tests of their own.
        if event == FlowEvent::FollowsFragment && seen.frames < MANY {
            continue;
        }
        assert!(seen.flows.contains_key(&event.number()), "{event:?}");
    }
    assert!(seen.lost_quotes > 0, "no quote was lost");
    assert!(seen.announcements > 0, "nothing was announced");
    for (number, name) in (1..).zip(DROP_REASONS) {
        // An engine for each port is never overrun. Frames for the host seldom meet so often that its queue fills:
        // line_rate.rs fills it.
        let rare = name == "egress-full" || name == "link-down";
        if name == "host-full" || (rare && seen.frames < MANY) {
            continue;
        }
        let wanted = name != "lookup-overrun" || engines == 1;
        assert_eq!(
            seen.drops[number] > 0,
            wanted,
            "whether a frame was dropped as {name}"
        );
    }
}

macro_rules! variants {
    ($($name:ident: $ports:literal ports, $engines:literal engines;)*) => {
        $(#[test] fn $name() { cosimulate($ports, $engines) })*
    };
}

variants! {
    two_ports_one_engine: 2 ports, 1 engines;
    three_ports_one_engine: 3 ports, 1 engines;
    four_ports_one_engine: 4 ports, 1 engines;
    six_of_eight_ports_one_engine: 6 ports, 1 engines;
    eight_ports_one_engine: 8 ports, 1 engines;
    two_ports_two_engines: 2 ports, 2 engines;
    four_ports_four_engines: 4 ports, 4 engines;
    eight_ports_eight_engines: 8 ports, 8 engines;
}
