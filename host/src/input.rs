//! Captures as traffic: which frames enter where and when.

use std::path::{Path, PathBuf};

use flowswitch_sim::card::Arrival;
use flowswitch_sim::pcap::{self, Capture, PcapError};

/// Bytes that a port takes in one clock.
const BEAT: u64 = 64;
/// Longest time that is simulated. Captures that span more have wrong time stamps.
pub const LONGEST_NS: u64 = 366 * 86_400 * 1_000_000_000;

/// When frames enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pace {
    /// Back to back at line rate, 512 bits a clock.
    Line,
    /// At their capture's times; the earliest packet of all inputs is time 0.
    Capture,
}

/// A capture that enters at a port.
#[derive(Clone, Debug)]
pub struct Input {
    /// Network port.
    pub port: u8,
    /// Its file.
    pub file: PathBuf,
    /// Its frames.
    pub capture: Capture,
}

/// Captures that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// One file cannot be used.
    #[error("{}: {source}", file.display())]
    Capture {
        /// The file.
        file: PathBuf,
        /// Why.
        source: PcapError,
    },
    /// Their times are too far apart.
    #[error("the time stamps of the captures span {0} days")]
    Span(u64),
}

impl Input {
    /// Reads the capture that is to enter at a port.
    ///
    /// # Errors
    /// When the file is no Ethernet capture.
    pub fn read(port: u8, file: &Path) -> Result<Self, InputError> {
        let failed = |source| InputError::Capture {
            file: file.to_owned(),
            source,
        };
        let capture = pcap::read_file(file).map_err(failed)?;
        Ok(Self {
            port,
            file: file.to_owned(),
            capture,
        })
    }
}

/// The frames of all inputs with their entry times in simulated ns, short ones padded as a MAC would.
///
/// # Errors
/// When the captures' times span more than a year (only with [`Pace::Capture`]).
pub fn arrivals(inputs: Vec<Input>, pace: Pace, clock_hz: u64) -> Result<Vec<Arrival>, InputError> {
    let times = || {
        inputs
            .iter()
            .flat_map(|input| &input.capture.records)
            .map(|record| record.at_ns)
    };
    let first_ns = times().min().unwrap_or_default();
    let span_ns = times().max().unwrap_or_default() - first_ns;
    if pace == Pace::Capture && span_ns > LONGEST_NS {
        return Err(InputError::Span(span_ns / 86_400_000_000_000));
    }
    let mut arrivals = Vec::new();
    for Input { port, capture, .. } in inputs {
        let mut entry = Entry {
            clock_hz,
            clocks: 0,
            last_ns: 0,
        };
        for mut record in capture.records {
            pcap::pad(&mut record.data);
            let at_ns = match pace {
                Pace::Line => entry.back_to_back(record.data.len()),
                Pace::Capture => entry.not_before(record.at_ns - first_ns),
            };
            arrivals.push(Arrival {
                port,
                at_ns,
                data: record.data,
                error: false,
            });
        }
    }
    Ok(arrivals)
}

/// Entry times of one port's frames.
struct Entry {
    clock_hz: u64,
    clocks: u64,
    last_ns: u64,
}

impl Entry {
    /// Start of the clock that follows the last beat of the frame before.
    fn back_to_back(&mut self, length: usize) -> u64 {
        let ns = u128::from(self.clocks) * 1_000_000_000 / u128::from(self.clock_hz);
        self.clocks += (length as u64).div_ceil(BEAT);
        u64::try_from(ns).unwrap_or(u64::MAX)
    }

    /// The capture's time, or that of the frame before if the capture is out of order there.
    fn not_before(&mut self, at_ns: u64) -> u64 {
        self.last_ns = self.last_ns.max(at_ns);
        self.last_ns
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use flowswitch_sim::pcap::{Capture, Record};

    use super::{Input, InputError, Pace, arrivals};

    fn input(port: u8, times_and_lengths: &[(u64, usize)]) -> Input {
        let record = |(at_ns, length): &(u64, usize)| Record {
            at_ns: *at_ns,
            data: vec![7; *length],
        };
        let records = times_and_lengths.iter().map(record).collect();
        Input {
            port,
            file: PathBuf::new(),
            capture: Capture {
                records,
                truncated: 0,
            },
        }
    }

    #[test]
    fn line_pace_is_one_beat_a_clock() {
        let inputs = vec![
            input(0, &[(9, 60), (8, 65), (7, 1)]),
            input(1, &[(0, 128), (0, 60)]),
        ];
        let entered = arrivals(inputs, Pace::Line, 250_000_000).expect("no span to check");
        let times: Vec<_> = entered
            .iter()
            .map(|a| (a.port, a.at_ns, a.data.len()))
            .collect();
        assert_eq!(
            times,
            [(0, 0, 60), (0, 4, 65), (0, 12, 60), (1, 0, 128), (1, 8, 60)]
        );
        assert_eq!(entered[2].data[..2], [7, 0]);
    }

    #[test]
    fn capture_pace_starts_with_the_earliest_packet_and_never_runs_back() {
        let inputs = vec![input(0, &[(1_000, 60), (900, 60)]), input(1, &[(500, 60)])];
        let entered = arrivals(inputs, Pace::Capture, 250_000_000).expect("a short span");
        let times: Vec<_> = entered.iter().map(|a| (a.port, a.at_ns)).collect();
        assert_eq!(times, [(0, 500), (0, 500), (1, 0)]);
        let far = vec![input(0, &[(0, 60), (400 * 86_400_000_000_000, 60)])];
        assert!(matches!(
            arrivals(far, Pace::Capture, 1),
            Err(InputError::Span(400))
        ));
    }
}
