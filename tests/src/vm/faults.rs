//! Many boots on one card, each with a fault of another kind at another time: whatever dies, traffic goes on, and who comes
//! next finds all as it should be.

use super::failure::Failure;
use super::guest::PATIENCE;
use super::installation::{Driver, Installation};
use super::scenario::{CONFIG, Scenario, writes};
use crate::live::stations::Stations;
use std::thread;
use std::time::{Duration, Instant};

/// Where the guest has the configuration that fills the card.
pub const LARGE_CONFIG: &str = "/large.toml";
/// How long the guest has for a command to a card that is dead.
const DEAD: Duration = Duration::from_secs(30);
/// Latest time of a fault, from the start of what it hits.
const LATEST: u64 = 3_000;

/// A program reads the whole card before it writes: so many times as long its fault may come.
const READING: u32 = 25;

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// A program that has rings and interrupts at work.
    Program,
    /// A program that brings another configuration onto the card.
    Programming,
    /// The virtual machine.
    Machine,
    /// The card's process, and all around it.
    Card,
}

const FAULTS: [Fault; 4] = [
    Fault::Program,
    Fault::Machine,
    Fault::Programming,
    Fault::Card,
];

/// What many boots came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Boots {
    /// That did what they should.
    pub well: u64,
    /// Datagrams lost when a program or a machine was killed.
    pub lost: u64,
}

/// Boots so many times. `seed` draws the times of the faults.
///
/// # Errors
/// If it cannot go on; a boot that goes wrong is a fault in the ledger.
pub fn run(scenario: &Scenario<'_>, boots: u64, seed: u64) -> Result<Boots, Failure> {
    let mut installation = Installation::new(scenario.places)?;
    let mut done = Boots::default();
    let mut fresh = true;
    for (boot, fault) in (0..boots).zip(FAULTS.into_iter().cycle()) {
        let at = Duration::from_millis(time_of(seed, boot));
        println!(
            "vm: boot {} of {boots}: {fault:?} dies after {} ms",
            boot + 1,
            at.as_millis()
        );
        let one = one_boot(scenario, &mut installation, fresh, fault, at);
        let alive = installation.runs();
        match one {
            Ok(lost) => {
                done.well += 1;
                done.lost += lost;
            }
            Err(failure) => scenario
                .ledger
                .fault(format!("boot {}: {failure}", boot + 1)),
        }
        fresh = fault == Fault::Card || !alive;
        if fresh {
            // The names of its wires must be free for the next.
            drop(installation);
            installation = Installation::new(scenario.places)?;
        }
    }
    installation.stop()?;
    Ok(done)
}

/// Programs a fresh card with the configuration that fills it; returns the milliseconds that took, from the command's start
/// to its end.
///
/// # Errors
/// If it cannot be programmed.
pub fn program_large(scenario: &Scenario<'_>) -> Result<f64, Failure> {
    let installation = Installation::new(scenario.places)?;
    let mut driver = installation.boot(scenario.places, scenario.initrd)?;
    driver.bind()?;
    let (report, took) = driver.apply(LARGE_CONFIG)?;
    println!(
        "vm: a full card is programmed by {} writes in {:.1} s",
        writes(&report),
        took.as_secs_f64()
    );
    driver.guest.power_off()?;
    installation.stop()?;
    Ok(took.as_secs_f64() * 1_000.0)
}

/// Some number below [`LATEST`].
fn time_of(seed: u64, boot: u64) -> u64 {
    // SplitMix64.
    let mut z = seed.wrapping_add((boot + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ z >> 31) % LATEST
}

/// Returns the datagrams lost.
fn one_boot(
    scenario: &Scenario<'_>,
    installation: &mut Installation,
    fresh: bool,
    fault: Fault,
    at: Duration,
) -> Result<u64, Failure> {
    let mut driver = installation.boot(scenario.places, scenario.initrd)?;
    driver.bind()?;
    let (report, _) = driver.apply(CONFIG)?;
    if !fresh && writes(&report) != 0 {
        let told = format!("a card that nobody changed was written: {report}");
        scenario.ledger.fault(told);
    }
    installation.populate(scenario.cluster, &scenario.places.own)?;
    let Some(stations) = installation.stations() else {
        unreachable!("they were set up")
    };
    match fault {
        Fault::Program => {
            let lost = scenario.kill(&mut driver, stations, at)?;
            scenario.unchanged(&mut driver)?;
            driver.guest.power_off()?;
            Ok(lost)
        }
        Fault::Machine => scenario.kill_machine(driver, stations, at),
        Fault::Programming => programming(scenario, driver, stations, at).map(|()| 0),
        Fault::Card => {
            thread::sleep(at);
            installation.kill_card()?;
            dead_card(driver)
        }
    }
}

/// A program that writes another configuration is killed; the next brings the card back to the first.
fn programming(
    scenario: &Scenario<'_>,
    mut driver: Driver,
    stations: &Stations,
    at: Duration,
) -> Result<(), Failure> {
    let process = driver.start(&format!("apply --config {LARGE_CONFIG}"), "/tmp/large")?;
    thread::sleep(at * READING);
    // It may have ended before.
    driver.guest.run(&format!("kill -9 {process}"), PATIENCE)?;
    driver.apply(CONFIG)?;
    driver
        .guest
        .must(&driver.command(&format!("diff --config {CONFIG}")))?;
    scenario.lossless(
        &scenario.traffic(stations, scenario.cluster.addresses[0])?,
        "balanced after half a change",
    );
    driver.guest.power_off()
}

/// With the card's process dead the guest may hang, but not the harness.
fn dead_card(mut driver: Driver) -> Result<u64, Failure> {
    let begun = Instant::now();
    let command = driver.command("device info");
    if let Ok(answer) = driver.guest.run(&command, DEAD)
        && answer.status == 0
    {
        return Err(answer.lacks("complaint about a dead card"));
    }
    println!(
        "vm: a dead card was noticed after {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    driver.guest.kill()?;
    Ok(0)
}
