//! What a clock of a simulated card costs in instructions, counted by callgrind: no other load of the machine changes
//! that. The program that asks runs itself under callgrind, and there only the clocks are counted.

use clap::ValueEnum;
use flowswitch::config::Config;
use flowswitch::demo::{self, CONFIG, CONFIG_NAME, ROUND_NS};
use flowswitch::image::plan;
use flowswitch::timeline::Timeline;
use flowswitch_sim::card::{Arrival, Card};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_sim::software::SoftwareCard;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{self, Command};

/// Ports of the card.
const PORTS: u8 = 8;
/// Clocks that are counted.
const CLOCKS: u64 = 6_000;
/// Clocks in which a card comes to rest.
const REST_CLOCKS: u64 = 6_000;
/// The round of the demo whose traffic is taken: all flows have begun, none has ended.
const ROUND: u64 = 9;
/// Seed of the demo's frames.
const SEED: u64 = 5;
/// The function that runs clocks, as callgrind knows it.
const COUNTED: &str = "flowswitch::Card::run(unsigned long)";

/// What the card does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Load {
    /// Nothing comes.
    Idle,
    /// The traffic of a round of the demo.
    Demo,
}

impl Load {
    /// All.
    pub const ALL: [Self; 2] = [Self::Idle, Self::Demo];

    /// Its name, in metrics too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Demo => "demo",
        }
    }
}

/// Runs the clocks that are counted. Under callgrind, which begins to count then.
///
/// # Errors
/// If the card fails, or callgrind does not listen.
pub fn run_clocks(load: Load) -> Result<(), Box<dyn Error>> {
    let mut card = RtlCard::new(PORTS, 1, RtlOptions::default())?;
    if load == Load::Demo {
        let plan = plan(&Config::parse(CONFIG_NAME, CONFIG)?)?;
        card.program(&plan.image)?;
    }
    let arrivals = match load {
        Load::Idle => Vec::new(),
        Load::Demo => demo_traffic(card.now_ns())?,
    };
    if load == Load::Idle {
        card.harness_mut().run(REST_CLOCKS)?;
    }
    card.offer(arrivals);
    let listening = Command::new("callgrind_control")
        .arg("--instr=on")
        .arg(process::id().to_string())
        .output()?;
    if !listening.status.success() {
        return Err(String::from_utf8_lossy(&listening.stderr).into());
    }
    card.harness_mut().run(CLOCKS)?;
    Ok(())
}

/// What enters in a round of the demo, the golden model in place of the card; the round begins at `now_ns`.
fn demo_traffic(now_ns: u64) -> Result<Vec<Arrival>, Box<dyn Error>> {
    let config = Config::parse(CONFIG_NAME, CONFIG)?;
    let plan = plan(&config)?;
    let mut card = SoftwareCard::new(PORTS);
    card.program(&plan.image)?;
    let mut timeline = Timeline::start(&mut card)?;
    let outcome = demo::run(&mut timeline, &config, &plan, SEED, |_| {})?;
    let first = outcome.arrivals.iter().map(|arrival| arrival.at_ns).min();
    let begins = first.ok_or("the demo has no frames")? + ROUND * ROUND_NS;
    let mut arrivals = outcome.arrivals;
    arrivals.retain(|arrival| (begins..begins + ROUND_NS).contains(&arrival.at_ns));
    for arrival in &mut arrivals {
        arrival.at_ns += now_ns;
        arrival.at_ns -= begins;
    }
    Ok(arrivals)
}

/// Instructions of a clock under this load. `program` is this program, which calls [`run_clocks`] when it is called with
/// `--clocks` and the load's name; `folder` takes callgrind's file.
///
/// # Errors
/// If valgrind is missing, or the card fails under it.
pub fn instructions_per_clock(
    program: &Path,
    folder: &Path,
    load: Load,
) -> Result<f64, Box<dyn Error>> {
    let counts = folder.join(format!("callgrind.{}", load.name()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--instr-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(program)
        .args(["--clocks", load.name()])
        .output()
        .map_err(|error| {
            format!("cannot run valgrind: {error}; install it: sudo apt-get install valgrind")
        })?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = fs::read_to_string(&counts)?;
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .ok_or_else(|| format!("{} has no total", counts.display()))?;
    let total: u64 = total.trim().parse()?;
    if total == 0 {
        return Err(format!("{}: {COUNTED} was not seen", counts.display()).into());
    }
    Ok(total as f64 / CLOCKS as f64)
}
