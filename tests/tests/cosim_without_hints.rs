//! Co-simulation without hints: the Verilated card and the golden model get the same frames at the same times and nothing
//! from each other; every frame leaves both at the same time, byte for byte. Where they may differ is listed in
//! `docs/src/card/leeway.md`. Every bounded table is filled past its brim.
//!
//! `FLOWSWITCH_UNHINTED_FRAMES` is the number of random frames (12,000 if not set, on the smallest variant that was
//! built and whose queues can be filled;
//! from 200,000 on every variant with one engine has them). `FLOWSWITCH_COSIM_SEED` is where the random numbers begin.

use flowswitch_tests::cosim::{FILLS, PORTS_TO_FILL, Pair, one_engine, random_cases};

/// Random frames from which on a run is long.
const LONG: u64 = 200_000;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}, not a number")),
        Err(_) => default,
    }
}

/// Random frames, and the ports of the cards on which they run, so many at least: one card in short runs.
fn run(least: u8) -> (u64, Vec<u8>) {
    let frames = setting("FLOWSWITCH_UNHINTED_FRAMES", 12_000);
    let mut ports: Vec<u8> = one_engine().filter(|ports| *ports >= least).collect();
    if frames < LONG {
        ports.retain(|ports| *ports >= PORTS_TO_FILL);
        ports.truncate(1);
    }
    if ports.is_empty() {
        println!(
            "skipped: no variant of {PORTS_TO_FILL} ports or more with one engine was built (make card-p8e1)"
        );
    }
    (frames, ports)
}

#[test]
fn every_bounded_table_past_its_brim() {
    for ports in run(PORTS_TO_FILL).1 {
        let mut pair = Pair::new(ports);
        for (name, fill) in FILLS {
            fill(&mut pair).unwrap_or_else(|error| panic!("{ports} ports, {name}: {error}"));
            println!("{ports} ports, {name}: {} frames compared", pair.compared());
        }
    }
}

#[test]
fn random_frames_and_events() {
    let (frames, variants) = run(2);
    let share = frames.div_ceil(variants.len().max(1) as u64);
    for ports in variants {
        let mut pair = Pair::new(ports);
        let seed = setting("FLOWSWITCH_COSIM_SEED", 1);
        random_cases(&mut pair, share, seed).unwrap_or_else(|error| panic!("{error}"));
        println!(
            "{ports} ports: {} frames compared, {} excused by full queues, left open: {:?}",
            pair.compared(),
            pair.excused(),
            pair.leeways()
        );
        assert!(
            pair.compared() >= share / 2,
            "most of what is left open leaves nothing to compare"
        );
    }
}
