//! The self-test of a card, from its identity to frames through its rings.
//!
//! It works on a card in service: tables are tested in entries that are not in force, one test frame names a port that no
//! card has, and everything is put back. What a card without rings, interrupts or a link cannot show is skipped.

mod clock;
mod interrupts;
mod memory;
mod state;
mod table_bits;
mod transfer;

use std::time::Duration;

use flowswitch_driver::tables::Table;
use flowswitch_driver::{Card, Device, DeviceError, Error, register_map};
use serde::Serialize;

use crate::remedy::remedy;
use memory::{Fault, Memory};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// Could not be tried here.
    Skip,
}

impl Outcome {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
    /// What to do about it; for all that did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// How a card is examined.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Network port that one test frame leaves by; none: nothing is sent.
    pub port: Option<u8>,
    /// How long the clocks are watched, in the card's time.
    pub watch: Duration,
    /// The card's time passes as the host's does; not so in a simulation that waits for the host.
    pub real_time: bool,
}

/// What an examination tells while it runs.
pub enum Progress<'a> {
    /// A check begins.
    Begins(&'a str),
    /// So many of all steps are done.
    Step(u64, u64),
    /// A check ended.
    Ended(&'a Finding),
}

/// Examines a card, and tells of every check as it ends.
pub fn examine<D: Device>(
    device: D,
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Vec<Finding> {
    let mut report = Report {
        findings: Vec::new(),
        steps: 0,
        progress,
    };
    report.begin("identity");
    match Card::open(device) {
        Ok(mut card) => {
            report.pass("identity", state::identity(&card));
            report.examine(&mut card, options);
        }
        Err(error) => report.failed("identity", &error),
    }
    report.findings
}

/// The findings so far.
struct Report<'a> {
    findings: Vec<Finding>,
    steps: u64,
    progress: &'a mut dyn FnMut(Progress<'_>),
}

impl Report<'_> {
    fn begin(&mut self, check: &str) {
        (self.progress)(Progress::Begins(check));
    }

    fn step(&mut self) {
        self.steps += 1;
        let all = memory::steps() * (table_bits::TABLES.len() as u64 + 1);
        (self.progress)(Progress::Step(self.steps, all));
    }

    fn add(&mut self, check: &str, outcome: Outcome, detail: String, remedy: Option<&str>) {
        self.findings.push(Finding {
            check: check.to_owned(),
            outcome,
            detail,
            remedy: remedy.map(str::to_owned),
        });
        if let Some(finding) = self.findings.last() {
            (self.progress)(Progress::Ended(finding));
        }
    }

    fn pass(&mut self, check: &str, detail: String) {
        self.add(check, Outcome::Pass, detail, None);
    }

    fn fail(&mut self, check: &str, detail: String, remedy: &str) {
        self.add(check, Outcome::Fail, detail, Some(remedy));
    }

    fn skip(&mut self, check: &str, detail: &str, remedy: &str) {
        self.add(check, Outcome::Skip, detail.to_owned(), Some(remedy));
    }

    /// A check that the driver gave up, or that the device has nothing for.
    fn failed(&mut self, check: &str, error: &Error) {
        let detail = error.to_string();
        match error {
            Error::Device(DeviceError::Unsupported(_)) => self.skip(check, &detail, remedy(error)),
            _ => self.fail(check, detail, remedy(error)),
        }
    }

    /// Runs a check whose errors are findings of their own.
    fn check(&mut self, check: &str, run: impl FnOnce(&mut Self) -> Result<(), Error>) {
        self.begin(check);
        if let Err(error) = run(self) {
            self.failed(check, &error);
        }
    }

    fn examine<D: Device>(&mut self, card: &mut Card<D>, options: &Options) {
        self.check("state", |report| state::state(report, card));
        self.check("links", |report| state::links(report, card));
        self.memory(card);
        self.check("clock", |report| clock::clock(report, card, options));
        self.check("interrupts", |report| interrupts::test(report, card));
        self.check("rings", |report| transfer::test(report, card, options));
    }

    fn memory<D: Device>(&mut self, card: &mut Card<D>) {
        let before = match begin_writing(card) {
            Ok(generation) => generation,
            Err(error) => return self.failed("memory", &error),
        };
        let mut put_back = true;
        for bits in &table_bits::TABLES {
            let name = format!("memory {}", bits.table.name());
            self.begin(&name);
            let entries = memory::entries(bits.table, card.capabilities());
            let found = memory::table(card, bits, entries, || self.step());
            put_back &= found.is_ok();
            self.memory_finding(&name, "entries", Some(bits.table), found);
        }
        self.begin("memory bucket");
        let found = memory::buckets(card, || self.step());
        put_back &= found.is_ok();
        self.memory_finding("memory bucket", "buckets", None, found);
        self.check("restored", |report| {
            if !put_back {
                report.fail(
                    "restored",
                    "not every entry could be put back; the generation stays odd to tell"
                        .to_owned(),
                    "apply the configuration again: `flowswitch apply --config FILE`",
                );
                return Ok(());
            }
            set_generation(card, before)?;
            report.pass(
                "restored",
                format!("tables hold what they held, generation {before}"),
            );
            Ok(())
        });
    }

    fn memory_finding(
        &mut self,
        check: &str,
        what: &str,
        table: Option<Table>,
        found: Result<Memory, Error>,
    ) {
        match found {
            Ok(Memory::Good { places, first }) => self.pass(
                check,
                format!("{places} spare {what} from {first} on took all patterns"),
            ),
            Ok(Memory::NoSpare) => self.skip(
                check,
                "all of them are in use",
                "run it with a smaller configuration, or on a card that was cleared",
            ),
            Ok(Memory::Bad(Fault {
                index,
                word,
                written,
                read,
            })) => {
                let place =
                    table.map_or_else(|| index.to_string(), |_| format!("{index} word {word}"));
                self.fail(
                    check,
                    format!("{place}: {written:08x} written, {read:08x} read"),
                    "load the bitstream anew; if it stays, the card's memory or its clock is at fault",
                );
            }
            Err(error) => self.failed(check, &error),
        }
    }
}

/// Marks the tables as being written; returns the generation to put back.
fn begin_writing<D: Device>(card: &mut Card<D>) -> Result<u32, Error> {
    let generation = card.generation()?;
    set_generation(card, generation | 1)?;
    Ok(generation)
}

/// Nothing of what the driver knows of the tables is relied on behind this.
fn set_generation<D: Device>(card: &mut Card<D>, generation: u32) -> Result<(), Error> {
    card.write_register(&register_map::find("generation")?, generation)
}
