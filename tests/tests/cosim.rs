//! Co-simulation: random images, frames and events, the Verilated card against the golden model, on every variant.
//!
//! `FLOWSWITCH_COSIM_FRAMES` is the number of frames, over all variants (100,000 if not set).
//! `FLOWSWITCH_COSIM_SEED` is where the random numbers begin (1 if not set).

use flowswitch_tests::cosim::{Bench, Case};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;

/// Variants that are run; the number of frames is shared out among them.
const VARIANTS: u64 = 8;
/// Frames of a case, about.
const FRAMES_PER_CASE: usize = 1_536;
/// Cases between two progress lines.
const PROGRESS: u64 = 16;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}, not a number")),
        Err(_) => default,
    }
}

fn cosimulate(ports: u8, engines: u8) {
    let wanted = setting("FLOWSWITCH_COSIM_FRAMES", 100_000).div_ceil(VARIANTS) as usize;
    let seed = setting("FLOWSWITCH_COSIM_SEED", 1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..10].copy_from_slice(&[ports, engines]);
    let config = Config {
        cases: 1,
        max_shrink_time: 120_000,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let bench = RefCell::new(Bench::new(ports, engines));
    let strategy = Case::strategy(ports, FRAMES_PER_CASE.min(wanted));
    let mut done = 0;
    let mut cases = 0u64;
    while done < wanted {
        let frames = RefCell::new(0);
        let result = runner.run(&strategy, |case| {
            let run = bench.borrow_mut().run(&case);
            *frames.borrow_mut() =
                run.map_err(|failure| TestCaseError::fail(failure.to_string()))?;
            Ok(())
        });
        match result {
            Ok(()) => {}
            Err(TestError::Fail(reason, case)) => panic!(
                "{ports} ports, {engines} engines, seed {seed}, case {cases}: {reason}\n\nimage: {:#?}\n\nbatches: {:#?}",
                case.image, case.batches
            ),
            Err(TestError::Abort(reason)) => panic!("no cases: {reason}"),
        }
        done += frames.into_inner();
        cases += 1;
        if cases.is_multiple_of(PROGRESS) || done >= wanted {
            println!("{ports} ports, {engines} engines: {done} of {wanted} frames, {cases} cases");
        }
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
