//! `flowswitch doctor`: does the card work, from end to end?

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::failure::Failure;
use super::open::DeviceOption;
use super::print::{print, print_json};
use super::progress::Progress;
use crate::doctor::{self, Finding, Options, Outcome};
use crate::report::FORMAT;

/// Tests a card from its identity to frames through its rings, and leaves it as it was.
///
/// It may be run while the card forwards: tables are tested in entries that are not in use, and test frames are dropped
/// inside the card. The status is 1 if a check failed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Doctor {
    #[command(flatten)]
    device: DeviceOption,
    /// Let one frame of 60 bytes (type 88b5) leave by this network port; a simulated card's leaves by port 0.
    #[arg(long, value_name = "N")]
    port: Option<u8>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch doctor --device vfio:0000:01:00.0
  flowswitch doctor --device sim";

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let real_time = self.device.real_time();
        let options = Options {
            port: self.port.or((!real_time).then_some(0)),
            // A simulation needs a second for a millisecond.
            watch: if real_time {
                Duration::from_millis(200)
            } else {
                Duration::from_micros(100)
            },
            real_time,
        };
        let device = self.device.open_device()?;
        let bar = Progress::new(1, "of the memory test");
        let mut printed = Ok(());
        let findings = doctor::examine(device, &options, &mut |progress| match progress {
            doctor::Progress::Step(done, all) => {
                bar.set_steps(all);
                bar.done(done);
            }
            doctor::Progress::Ended(finding) if !self.json && printed.is_ok() => {
                printed = bar.aside(|| print(line(finding)));
            }
            _ => {}
        });
        drop(bar);
        printed?;
        let count = |outcome| findings.iter().filter(|f| f.outcome == outcome).count();
        let (passed, failed) = (count(Outcome::Pass), count(Outcome::Fail));
        let skipped = count(Outcome::Skip);
        if self.json {
            print_json(&json!({
                "format": FORMAT,
                "device": self.device.device.to_string(),
                "healthy": failed == 0,
                "passed": passed,
                "failed": failed,
                "skipped": skipped,
                "findings": findings,
            }))?;
        } else {
            print(format_args!(
                "{passed} passed, {failed} failed, {skipped} skipped"
            ))?;
        }
        if failed == 0 {
            Ok(())
        } else {
            Err(Failure::No)
        }
    }
}

/// A finding in a line, and its remedy in another.
fn line(finding: &Finding) -> String {
    let Finding {
        check,
        outcome,
        detail,
        remedy,
    } = finding;
    let remedy = remedy.as_ref().map(|remedy| format!("\n      -> {remedy}"));
    format!(
        "{}  {check:<20} {detail}{}",
        outcome.name(),
        remedy.unwrap_or_default()
    )
}
