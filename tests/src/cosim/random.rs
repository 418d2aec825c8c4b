//! Random cases on card and model without hints.

use super::brims::{FILLS, PORTS_TO_FILL};
use super::case::Case;
use super::unhinted::Pair;
use flowswitch_sim::card::Card;
use flowswitch_verilated::{VARIANTS, is_built};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;

/// Frames of a case, about.
const FRAMES_PER_CASE: usize = 768;
/// The same in long runs: programming and counters take their time by the case.
const FRAMES_PER_LONG_CASE: usize = 6_144;
/// Frames from which on a run is long.
const LONG: u64 = 50_000;
/// Time for shrinking a failure, in ms.
const SHRINK_MS: u32 = 120_000;
/// Of so many cases one keeps its services that choose by load: what they come to hangs on clocks.
const BY_LOAD: u64 = 4;

/// Fills every bounded table of the smallest card that was built and can be filled, then runs random cases: the frames that
/// card and model agreed on, byte for byte and clock by clock, without a word between them.
///
/// # Errors
/// What differs, or that no such card was built.
pub fn frames_without_hints(frames: u64) -> Result<u64, String> {
    let ports = one_engine()
        .find(|ports| *ports >= PORTS_TO_FILL)
        .ok_or("no card of three ports or more with one engine was built (make card-p8e1)")?;
    let mut pair = Pair::new(ports);
    for (name, fill) in FILLS {
        fill(&mut pair).map_err(|difference| format!("{name}: {difference}"))?;
    }
    random_cases(&mut pair, frames, 1)?;
    Ok(pair.compared())
}

/// Numbers of ports of the cards with one engine that were built, smallest first.
pub fn one_engine() -> impl Iterator<Item = u8> {
    let mut ports: Vec<u8> = VARIANTS
        .into_iter()
        .filter(|&(ports, engines)| engines == 1 && is_built(ports, engines))
        .map(|(ports, _)| ports)
        .collect();
    ports.sort_unstable();
    ports.into_iter()
}

/// Runs cases until so many frames have entered.
///
/// # Errors
/// What differs, with the case shrunk and all that is needed to run it again.
pub fn random_cases(pair: &mut Pair, frames: u64, seed: u64) -> Result<(), String> {
    let ports = pair.rtl().ports();
    let most = if frames < LONG {
        FRAMES_PER_CASE
    } else {
        FRAMES_PER_LONG_CASE
    };
    let done = RefCell::new(0);
    let pair = RefCell::new(pair);
    for number in 0u64.. {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&number.to_le_bytes());
        bytes[16..18].copy_from_slice(&[ports, 0x55]);
        let config = Config {
            cases: 1,
            max_shrink_iters: 100_000,
            max_shrink_time: SHRINK_MS,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let result = runner.run(&Case::strategy(ports, most), |mut case| {
            if number % BY_LOAD != 0 {
                for service in &mut case.image.services {
                    service.least_load = false;
                }
            }
            let run = pair.borrow_mut().run_case(&case, number + 1);
            *done.borrow_mut() += case.frames() as u64;
            run.map_err(|difference| TestCaseError::fail(difference.to_string()))
        });
        match result {
            Ok(()) => {}
            Err(TestError::Fail(reason, shrunk)) => {
                return Err(format!(
                    "{ports} ports, FLOWSWITCH_COSIM_SEED={seed}, case {number}: {reason}\n\nshrunk to {} frames\n{shrunk}",
                    shrunk.frames()
                ));
            }
            Err(TestError::Abort(reason)) => return Err(format!("no case was made: {reason}")),
        }
        if *done.borrow() >= frames {
            break;
        }
    }
    Ok(())
}
