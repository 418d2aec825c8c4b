//! `flowswitch capture`: frames that the card sends to its host.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use flowswitch_driver::Device;
use flowswitch_driver::rings::{Frame, HostPort, HostSettings, RingStatistics, Vectors};
use flowswitch_sim::pcap::Writer;
use serde_json::json;

use super::failure::Failure;
use super::interrupted::Interrupted;
use super::open::DeviceOption;
use super::print::print_json;
use crate::duration;
use crate::host_reason::{HostReason, describe};
use crate::report::FORMAT;

/// The longest frame that the card passes.
const LONGEST_FRAME: u16 = 9_600;
/// How long a wish to end may go unseen.
const SLICE: Duration = Duration::from_millis(100);

/// Captures the frames that the card sends to its host, until Ctrl-C.
///
/// Times are the card's, to the nanosecond: when a frame's first byte arrived at its port.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Capture {
    #[command(flatten)]
    device: DeviceOption,
    /// Capture file to write (pcap with ns; - is standard output). Without it each frame is a line of text.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End after so many frames.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this time, of the card's: a number and a unit, as in 10s or 500ms.
    #[arg(long, value_name = "TIME", value_parser = time)]
    duration: Option<u64>,
    /// Only frames that came for this reason: control, no-service, addressed, quote, or a number.
    #[arg(long, value_name = "REASON")]
    reason: Option<HostReason>,
    /// Print the statistics as JSON; frames are not printed then.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch capture --device vfio:0000:01:00.0 --output punted.pcap --duration 60s
  flowswitch capture --device vfio:0000:01:00.0 --reason control";

fn time(text: &str) -> Result<u64, String> {
    duration::parse_ns(text).ok_or_else(|| duration::REMEDY.to_owned())
}

/// A file or a pipe that can be flushed while a capture is written to it.
#[derive(Clone)]
struct Output(Rc<RefCell<BufWriter<Box<dyn Write>>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// Where frames go.
enum Sink {
    Pcap(Writer<Output>, Output),
    Lines,
    /// They are counted alone.
    Nowhere,
}

impl Sink {
    fn open(path: Option<&Path>, json: bool) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(if json { Self::Nowhere } else { Self::Lines });
        };
        if json && path == Path::new("-") {
            return Err(Failure::wrong(
                "the capture and the statistics cannot both go to standard output",
                "name a file with --output, or leave out --json",
            ));
        }
        let output: Box<dyn Write> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).map_err(|error| {
                Failure::file(
                    error.kind(),
                    format!("{} cannot be written: {error}", path.display()),
                    "name a file in a folder that you can write to",
                )
            })?)
        };
        let output = Output(Rc::new(RefCell::new(BufWriter::new(output))));
        let writer = Writer::new(output.clone()).map_err(Failure::failed)?;
        Ok(Self::Pcap(writer, output))
    }

    fn write(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        match self {
            Self::Pcap(writer, _) => writer.write(frame.arrived_ns, frame.bytes),
            Self::Lines => writeln!(io::stdout(), "{}", describe(frame)),
            Self::Nowhere => Ok(()),
        }
    }

    /// What was captured can be seen by whoever follows the file.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Pcap(_, output) => output.flush(),
            Self::Lines => io::stdout().flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

/// How far a capture is.
struct Session<'a> {
    options: &'a Capture,
    sink: Sink,
    written: u64,
    left_out: u64,
    failed: Option<io::Error>,
}

impl Session<'_> {
    fn take(&mut self, frame: &Frame<'_>) {
        if self.ended() {
            return;
        }
        let wanted = self.options.reason;
        if wanted.is_some_and(|reason| reason.number() != frame.reason) {
            self.left_out += 1;
            return;
        }
        match self.sink.write(frame) {
            Ok(()) => self.written += 1,
            Err(error) => self.failed = Some(error),
        }
    }

    fn ended(&self) -> bool {
        self.failed.is_some()
            || self
                .options
                .count
                .is_some_and(|count| self.written >= count)
    }

    /// Takes frames until the end that was asked for.
    fn run<D: Device>(
        &mut self,
        host: &mut HostPort<'_, D>,
        interrupted: &Interrupted,
    ) -> Result<(), Failure> {
        let begin = host.card().time_ns()?;
        while !interrupted.wished() && !self.ended() {
            let mut slice = SLICE;
            if let Some(duration) = self.options.duration {
                let passed = host.card().time_ns()?.saturating_sub(begin);
                if passed >= duration {
                    break;
                }
                slice = slice.min(Duration::from_nanos(duration - passed));
            }
            host.wait(Vectors::RECEIVE, slice)?;
            if host.poll_receive(|frame| self.take(frame))? > 0
                && let Err(error) = self.sink.flush()
            {
                self.failed = self.failed.take().or(Some(error));
            }
        }
        match self.failed.take().map_or_else(|| self.sink.flush(), Err) {
            // A reader that went away has seen what it wanted.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::failed(error)),
            _ => Ok(()),
        }
    }
}

impl Capture {
    pub(super) fn run(self) -> Result<(), Failure> {
        let interrupted = Interrupted::listen()?;
        let mut card = self.device.open()?;
        let settings = HostSettings {
            receive_buffer: LONGEST_FRAME,
            ..HostSettings::default()
        };
        let mut session = Session {
            options: &self,
            sink: Sink::open(self.output.as_deref(), self.json)?,
            written: 0,
            left_out: 0,
            failed: None,
        };
        let mut host = HostPort::open(&mut card, &settings)?;
        let by = if host.uses_interrupts() {
            "interrupts"
        } else {
            "polling"
        };
        let outcome = session.run(&mut host, &interrupted);
        let (written, left_out) = (session.written, session.left_out);
        // The rings are stopped whatever happened.
        let statistics = host.close()?;
        outcome?;
        self.tell(&statistics, written, left_out, by)
    }

    fn tell(
        &self,
        statistics: &RingStatistics,
        written: u64,
        left_out: u64,
        by: &str,
    ) -> Result<(), Failure> {
        let odd = statistics.lost + statistics.malformed;
        if self.json {
            return print_json(&json!({
                "format": FORMAT,
                "device": self.device.device.to_string(),
                "frames": written,
                "left_out": left_out,
                "truncated": statistics.truncated,
                "lost": odd,
                "interrupts": statistics.interrupts,
                "lost_interrupts": statistics.lost_interrupts,
            }));
        }
        let line = format!(
            "{written} frames captured, {left_out} left out, {} truncated, {odd} lost; by {by}, {} of them, {} late",
            statistics.truncated, statistics.interrupts, statistics.lost_interrupts
        );
        // Beside the frames, which may be on standard output.
        eprintln!("{line}");
        Ok(())
    }
}
