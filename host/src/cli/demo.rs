//! `flowswitch demo`: the cluster of Fig. 2 under load.

use std::path::PathBuf;

use clap::Args;
use flowswitch_sim::card::Arrival;
use serde::Serialize;

use super::card::{self, CardKind, Engines, Wave};
use super::failure::Failure;
use super::print::{print, print_json};
use super::progress::{Busy, Progress};
use super::simulate::{finish, require_conservation};
use crate::config::Config;
use crate::demo::{self, Account, CONFIG, CONFIG_NAME, ROUNDS};
use crate::image;
use crate::output::{Output, OutputError};
use crate::report::{Passed, Report, tables};
use crate::timeline::Timeline;

/// Clock of a 100G Ethernet core.
const CLOCK_HZ: u64 = 322_265_625;
const SEED: u64 = 5;
/// Clocks in the waveform: long enough for some hundred frames, short enough to be looked at.
const WAVE_CLOCKS: u64 = 3_000;

/// Runs the cluster of Fig. 2 under load, with a server and a router lost on the way.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  flowswitch demo --out target/demo")]
pub(super) struct Demo {
    /// Folder for the captures, report.json and share.svg.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    out: PathBuf,
    /// Write wave.fst, a waveform of the first frames.
    #[arg(long)]
    wave: bool,
    /// Print the report as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// The Verilated RTL, or the golden model in software.
    #[arg(long, value_enum, default_value_t = CardKind::Rtl)]
    card: CardKind,
    /// Look-up engines: one for all ports, or one for each.
    #[arg(long, value_enum, default_value_t = Engines::One)]
    engines: Engines,
}

/// The report, and what the demo found in its captures.
#[derive(Serialize)]
struct DemoReport<'a> {
    #[serde(flatten)]
    report: &'a Report,
    demo: &'a Account,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.wave && self.card == CardKind::Model {
            return Err(Failure::wrong(
                "the model has no waveform",
                "leave out --wave or --card model",
            ));
        }
        let config = Config::parse(CONFIG_NAME, CONFIG)?;
        let plan = image::plan(&config)?;
        let mut output = Output::new(&self.out)?;
        output
            .unfinished()
            .clear_on_signals()
            .map_err(Failure::failed)?;
        let wave = self.wave.then(|| Wave {
            file: output.place("wave.fst"),
            clocks: WAVE_CLOCKS,
        });
        let busy = Busy::new("setting up the card");
        let mut card = self
            .card
            .create(&plan.image, self.engines, CLOCK_HZ, card::SEED, wave)
            .map_err(Failure::failed)?;
        let mut timeline = Timeline::start(&mut *card).map_err(Failure::failed)?;
        drop(busy);
        let progress = Progress::new(ROUNDS.into(), "of simulated time");
        let outcome = demo::run(&mut timeline, &config, &plan, SEED, |round| {
            progress.done(round.into())
        })
        .map_err(Failure::failed)?;
        drop(progress);
        let mut captures = output.captures(config.switch.ports)?;
        let mut passed = Passed::new(config.switch.ports);
        for departure in &outcome.departures {
            captures.write(departure)?;
            passed.add(departure);
        }
        captures.finish()?;
        let report = Report::new(self.card.name(), &mut timeline, &plan, &passed)
            .map_err(Failure::failed)?;
        require_conservation(&report)?;

        let account = &outcome.account;
        let mut misfits = account.addresses.misfits(&report.address_resolution);
        misfits.extend(account.misfits());
        let whole = DemoReport {
            report: &report,
            demo: account,
        };
        let plot = demo::draw(account).map_err(Failure::failed)?;
        inputs(&mut output, &outcome.arrivals, config.switch.ports)?;
        output.file("share.svg", |file| file.write_all(plot.as_bytes()))?;
        output.report(&whole)?;
        // It completes its waveform when it goes.
        drop(card);
        finish(output)?;
        if self.json {
            print_json(&whole)?;
        } else {
            print(format_args!(
                "{}\n\n{}",
                tables(&report, &config),
                demo::describe(account)
            ))?;
            print(format_args!("\nwritten to {}", self.out.display()))?;
        }
        if misfits.is_empty() {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "what the captures tell does not fit: {}",
            misfits.join("; ")
        )))
    }
}

/// What entered by each port, as captures that `flowswitch simulate` takes.
fn inputs(output: &mut Output, arrivals: &[Arrival], ports: u8) -> Result<(), OutputError> {
    for port in 0..ports {
        let frames = arrivals.iter().filter(|arrival| arrival.port == port);
        let frames = frames.map(|arrival| (arrival.at_ns, arrival.data.as_slice()));
        output.capture(&format!("input{port}.pcap"), frames)?;
    }
    Ok(())
}
