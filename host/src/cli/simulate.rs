//! `flowswitch simulate`: captures through a card.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use flowswitch_sim::card::Departure;

use super::card::{CardKind, Engines, SEED, clock_hz};
use super::failure::{Failure, read_config};
use super::interrupted::Interrupted;
use super::print::{print, print_json};
use super::progress::{Busy, Progress};
use crate::config::Config;
use crate::event::{Change, Event, changes};
use crate::image::{self, Plan};
use crate::input::{Input, Opened, Pace, frames};
use crate::output::{Captures, Output, OutputError, capture_names};
use crate::report::{Interruption, Passed, Report, tables};
use crate::stream::{End, Observer, Portions, Stream};
use crate::timeline::Timeline;

/// Runs captures through the card and writes what comes out.
#[derive(Debug, Args)]
#[command(after_long_help = EVENTS)]
pub(super) struct Simulate {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A capture (pcap or pcapng, Ethernet) and the port it enters at: a number or a name of the configuration.
    #[arg(long = "input", value_name = "PORT=FILE", required = true, num_args = 1..)]
    inputs: Vec<String>,
    /// Folder for portN.pcap, host.pcap and report.json.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// The Verilated RTL, or the golden model in software.
    #[arg(long, value_enum, default_value_t = CardKind::Rtl)]
    card: CardKind,
    /// Look-up engines: one for all ports, or one for each.
    #[arg(long, value_enum, default_value_t = Engines::One)]
    engines: Engines,
    /// Core clock in MHz.
    #[arg(long, value_name = "MHZ", value_parser = clock_hz, default_value = "322.265625")]
    clock_mhz: u64,
    /// Frames enter back to back at line rate, or at their capture's times.
    #[arg(long, value_enum, default_value_t = Pace::Line)]
    pace: Pace,
    /// An event at a simulated time, as in 1.5ms=link-down:3; may be given again.
    #[arg(long = "at", value_name = "TIME=EVENT")]
    events: Vec<String>,
    /// Seed of the flow table's hash, and of what the RTL holds before reset. A run with the same seed is the same.
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// Print the report as JSON instead of tables.
    #[arg(long)]
    json: bool,
}

const EVENTS: &str = "\
Example:
  flowswitch simulate --config my.toml --input 0=in.pcap --output out

Events: link-down:PORT, link-up:PORT, server-down:NAME, server-up:NAME, server-drain:NAME, server-ready:NAME,
server-weight:NAME:WEIGHT, server-flush:NAME (its flows are forgotten), router-down:NAME, router-up:NAME.
TIME counts from the start of simulated time, in ns, us, ms, s, m or h. An event acts between frames: frames that enter
before TIME are run until the card is idle, then the event takes effect, then the rest follows. Simulated time stands
still while an event takes effect. With --pace line the entry times are those of back-to-back transmission (64 bytes a
clock at every port), with --pace capture the earliest packet of all inputs is time 0.

Frames under 60 bytes are padded with zeros; frames over 9,600 bytes go in, and are counted and dropped at the port.
Records that hold less than the frame had on the wire enter as they are. A frame whose time stamp lies before that of the
frame before it enters right after that one. Captures are read as the card takes their frames, however large they are.

On Ctrl-C the frames that have entered still leave, and the captures and the report hold what there is; the report then has
\"interrupted\", and the status is 1.";

impl Simulate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = read_config(&self.config)?;
        let plan = image::plan(&config)?;
        let events = self.events(&config, &plan)?;
        // What comes by a pipe is waited for.
        let busy = Busy::new("opening the captures");
        let opened = self.opened(&config)?;
        drop(busy);
        // From here on: a pipe is waited for until the user has enough of it.
        let interrupted = Interrupted::listen()?;
        let inputs = look_through(opened, &interrupted)?;
        warn_of_truncated(&inputs);
        let bytes = inputs.iter().map(|input| input.bytes).sum();
        let of_frames = inputs.iter().map(|input| input.records).sum();
        let mut output = Output::new(&self.output)?;
        inputs.iter().for_each(|input| output.keep(&input.file));
        let frames = frames(inputs, self.pace, self.clock_mhz)?;

        let busy = Busy::new("setting up the card");
        let mut card = self
            .card
            .create(&plan.image, self.engines, self.clock_mhz, self.seed, None)
            .map_err(Failure::failed)?;
        let mut timeline = Timeline::start(&mut *card).map_err(Failure::failed)?;
        drop(busy);
        let mut run = Run {
            captures: output.captures(config.switch.ports)?,
            passed: Passed::new(config.switch.ports),
            progress: Progress::new(bytes, "of the captures"),
            interrupted,
        };
        let mut stream = Stream::new(frames, Portions::default());
        let end = stream.run(&mut timeline, &events, &mut run)?;
        let Run {
            captures,
            passed,
            progress,
            ..
        } = run;
        drop(progress);
        let at_ns = timeline.now_ns();
        let busy = Busy::new("reading the card's counters");
        let mut report = Report::new(self.card.name(), &mut timeline, &plan, &passed)
            .map_err(Failure::failed)?;
        drop(busy);
        require_conservation(&report)?;
        report.interrupted = (end == End::Interrupted).then_some(Interruption {
            at_ns,
            frames: report.frames_in,
            of_frames,
        });

        captures.finish()?;
        output.report(&report)?;
        finish(output)?;
        if self.json {
            print_json(&report)?;
        } else {
            print(format_args!("{}", tables(&report, &config)))?;
            print(format_args!("\nwritten to {}", self.output.display()))?;
        }
        report.interrupted.map_or(Ok(()), |interruption| {
            Err(Failure::failed(format!(
                "interrupted after {} of {of_frames} frames; what had left until then is in {}",
                interruption.frames,
                self.output.display()
            )))
        })
    }

    fn events(&self, config: &Config, plan: &Plan) -> Result<Vec<(u64, Change)>, Failure> {
        let read = |text: &String| {
            Event::parse(text, config, plan)
                .map_err(|error| Failure::wrong(format!("--at {text}: {error}"), &error.remedy))
        };
        let events: Result<Vec<Event>, Failure> = self.events.iter().map(read).collect();
        Ok(changes(events?, config)?)
    }

    fn opened(&self, config: &Config) -> Result<Vec<Opened>, Failure> {
        let mut taken = BTreeSet::new();
        let mut opened = Vec::new();
        for text in &self.inputs {
            let wrong = |message: String, remedy: &str| {
                Failure::wrong(format!("--input {text}: {message}"), remedy)
            };
            let Some((port, file)) = text.split_once('=') else {
                return Err(wrong(
                    "not PORT=FILE".to_owned(),
                    "write it as in \"0=clients.pcap\"",
                ));
            };
            let Some(number) = config.port(port) else {
                let remedy = config.port_remedy(port);
                return Err(wrong(format!("there is no port \"{port}\""), &remedy));
            };
            if !taken.insert(number) {
                let remedy = "join the captures of one port first (mergecap)";
                return Err(wrong(format!("port {number} has an input already"), remedy));
            }
            if self.writes(file.as_ref(), config.switch.ports) {
                let message = "it would be written over by what leaves".to_owned();
                return Err(wrong(message, "choose another folder for --output"));
            }
            opened.push(Opened::new(number, file.as_ref())?);
        }
        Ok(opened)
    }

    /// Whether a file, by whatever name, is one of those that are written.
    fn writes(&self, file: &Path, ports: u8) -> bool {
        let written = capture_names(ports).map(|name| self.output.join(name));
        file.canonicalize().is_ok_and(|file| {
            written
                .flat_map(|path| path.canonicalize())
                .any(|path| path == file)
        })
    }
}

/// What becomes of a run while it goes on.
struct Run {
    captures: Captures,
    passed: Passed,
    progress: Progress,
    interrupted: Interrupted,
}

impl Observer for Run {
    fn left(&mut self, departures: &[Departure]) -> Result<(), OutputError> {
        for departure in departures {
            self.passed.add(departure);
            self.captures.write(departure)?;
        }
        Ok(())
    }

    fn go_on(&mut self, bytes_read: u64) -> bool {
        self.progress.done(bytes_read);
        !self.interrupted.wished()
    }
}

fn look_through(opened: Vec<Opened>, interrupted: &Interrupted) -> Result<Vec<Input>, Failure> {
    let progress = Progress::new(
        opened.iter().map(Opened::bytes).sum(),
        "of the captures looked through",
    );
    let mut before = 0;
    let mut inputs = Vec::new();
    for opened in opened {
        let bytes = opened.bytes();
        inputs.push(opened.look_through(|looked_through| {
            progress.done(before + looked_through);
            !interrupted.wished()
        })?);
        before += bytes;
    }
    Ok(inputs)
}

fn warn_of_truncated(inputs: &[Input]) {
    for input in inputs.iter().filter(|input| input.truncated != 0) {
        eprintln!(
            "warning: {}: {} of {} records hold less than the frame had on the wire; they enter as they are",
            input.file.display(),
            input.truncated,
            input.records,
        );
    }
}

/// Gives the results their names, and says which captures in their folder are not among them.
pub(super) fn finish(output: Output) -> Result<(), Failure> {
    let folder = output.folder().to_owned();
    for name in output.finish()? {
        eprintln!(
            "warning: {} was there before and is not of this run; it was left as it is",
            folder.join(name).display()
        );
    }
    Ok(())
}

/// A card that loses frames uncounted has failed, whatever it sent.
pub(super) fn require_conservation(report: &Report) -> Result<(), Failure> {
    match report.conservation() {
        (into, out) if into == out => Ok(()),
        (into, out) => Err(Failure::failed(format!(
            "the card's counters do not add up: {into} frames came into being and {out} are accounted for"
        ))),
    }
}
