//! `flowswitch apply` and `flowswitch diff`: a card brought to a configuration by the least of writes, by the daemon or
//! without one.

mod daemon;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use flowswitch_driver::{Card, Report};
use serde_json::{Value, json};

use super::amount::counted;
use super::daemon_socket::DaemonOrDevice;
use super::failure::{Failure, read_config};
use super::open::{AnyDevice, DeviceOption};
use super::print::{print, print_json};
use super::progress::{Busy, Progress};
use super::text::wrapped;
use crate::config::Config;
use crate::duration::{REMEDY, parse_ns};
use crate::image::{self, Plan};
use crate::numbering;
use crate::report::FORMAT;

/// Brings the card to run a configuration: writes what differs, and nothing else.
///
/// The daemon does it, all or nothing; with --device the card is written without one. Traffic goes on meanwhile; flows stay with
/// their servers. Servers that the card knows keep their numbers.
#[derive(Debug, Args)]
#[command(after_help = APPLY_EXAMPLE)]
pub(super) struct Apply {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    place: DaemonOrDevice,
    /// Say what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take it back unless `flowswitch confirm` is run within this time, 1 s to 1 h.
    #[arg(long, value_name = "TIME", value_parser = confirm_timeout, conflicts_with_all = ["device", "dry_run"])]
    confirm_timeout: Option<Duration>,
    /// Yes, even if it removes all clusters, or takes a cluster its last server.
    #[arg(long)]
    yes: bool,
    /// Read all tables back even if the card tells that it runs this configuration.
    #[arg(long, requires = "device", conflicts_with = "socket")]
    thorough: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const APPLY_EXAMPLE: &str = "\
Example:
  flowswitch apply --config my.toml --confirm-timeout 60s
  flowswitch confirm     # when all is well; otherwise it is taken back by itself
  flowswitch apply --config host/examples/least-load.toml --device vfio:0000:01:00.0";

/// Lists where what runs differs from a configuration. Nothing is written.
///
/// The daemon tells by keys of the configuration, a card (--device) by entries of its tables. The status is 0 if they agree and
/// 1 if they differ.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLE)]
pub(super) struct Diff {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    place: DaemonOrDevice,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const DIFF_EXAMPLE: &str = "\
Example:
  flowswitch diff --config my.toml
  flowswitch diff --config host/examples/least-load.toml --device vfio:0000:01:00.0";

/// A configuration, and the card it is for.
pub(super) fn open_with_plan(
    config: &std::path::Path,
    device: &DeviceOption,
) -> Result<(Card<AnyDevice>, Plan), Failure> {
    let config = read_config(config)?;
    let mut card = device.open_for(config.switch.ports)?;
    let plan = plan_for(&mut card, &config)?;
    Ok((card, plan))
}

/// What a card is to hold whose servers have numbers already.
fn plan_for(card: &mut Card<AnyDevice>, config: &Config) -> Result<Plan, Failure> {
    let numbers = numbering::of_card(card, config)?;
    Ok(image::plan_keeping(config, &numbers)?)
}

/// How long a configuration may stay without being confirmed.
fn confirm_timeout(text: &str) -> Result<Duration, String> {
    let ns = parse_ns(text).ok_or(REMEDY)?;
    if (1_000_000_000..=3_600_000_000_000).contains(&ns) {
        Ok(Duration::from_nanos(ns))
    } else {
        Err("use 1s to 1h".to_owned())
    }
}

/// What was written, or would be.
fn sentence(dry_run: bool, entries: u64, buckets: u64, settings: u64, writes: u64) -> String {
    let verb = if dry_run {
        "would be written"
    } else {
        "written"
    };
    format!(
        "{entries} table entries, {buckets} buckets, {settings} settings {verb} by {writes} register writes"
    )
}

impl Apply {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.place.device() {
            Some(device) => self.write(&device),
            None => daemon::apply(&self),
        }
    }

    /// Writes a card without the daemon.
    fn write(&self, option: &DeviceOption) -> Result<(), Failure> {
        let config = read_config(&self.config)?;
        let mut card = option.open_for(config.switch.ports)?;
        if config.clusters.is_empty() && !self.yes && !self.dry_run && card.generation()? != 0 {
            return Err(Failure::wrong(
                "the card is in service, and the configuration has no cluster: traffic to all servers would stop",
                "say --yes if that is what you want; --dry-run says what would be written",
            ));
        }
        let busy = Busy::new("asking the card for its servers");
        let fresh = image::plan(&config)?;
        let report = if !self.thorough && card.runs(&fresh.image)? {
            drop(busy);
            Report {
                unchanged: true,
                ..Report::default()
            }
        } else {
            let plan = plan_for(&mut card, &config)?;
            drop(busy);
            let _progress = Progress::of(&mut card);
            if self.dry_run {
                card.plan(&plan.image)?
            } else {
                card.program(&plan.image)?
            }
        };
        let generation = card.generation()?;
        if self.json {
            let mut result = json!({
                "format": FORMAT,
                "device": option.device.to_string(),
                "config": self.config.display().to_string(),
                "dry_run": self.dry_run,
            });
            result["unchanged"] = report.unchanged.into();
            result["written"] = written(&report);
            result["generation"] = generation.into();
            return print_json(&result);
        }
        let device = &option.device;
        if report.unchanged {
            return print(format_args!(
                "{device} holds this configuration already: nothing to write, generation {generation}"
            ));
        }
        let written = sentence(
            self.dry_run,
            report.entries,
            report.buckets,
            report.settings,
            report.writes,
        );
        print(format_args!("{device}: {written}, generation {generation}"))
    }
}

fn written(report: &Report) -> Value {
    json!({
        "entries": report.entries,
        "buckets": report.buckets,
        "settings": report.settings,
        "writes": report.writes,
    })
}

impl Diff {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.place.device() {
            Some(device) => self.read(&device),
            None => daemon::diff(&self),
        }
    }

    /// Compares a card without the daemon.
    fn read(&self, device: &DeviceOption) -> Result<(), Failure> {
        let (mut card, plan) = open_with_plan(&self.config, device)?;
        let progress = Progress::of(&mut card);
        let differences = card.verify(&plan.image)?;
        drop(progress);
        let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
        if self.json {
            print_json(&json!({
                "format": FORMAT,
                "device": device.device.to_string(),
                "config": self.config.display().to_string(),
                "same": lines.is_empty(),
                "differences": lines,
            }))?;
        } else if lines.is_empty() {
            print(format_args!("{} holds this configuration", device.device))?;
        } else {
            for line in &lines {
                print(wrapped(line))?;
            }
            print(counted(lines.len(), "difference"))?;
        }
        if lines.is_empty() {
            Ok(())
        } else {
            Err(Failure::No)
        }
    }
}
