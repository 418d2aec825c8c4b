//! Captures as traffic: which frames enter where and when.
//!
//! A capture is read twice, record by record: first from end to end, to refuse it before anything is done if it is no sound
//! one, and to know its earliest time; then as the card takes its frames.

use std::fs::File;
use std::io::{self, Read, Seek, Take, Write};
use std::path::{Path, PathBuf};

use flowswitch_sim::card::Arrival;
use flowswitch_sim::pcap::{self, Capture, PcapError, Reader};

/// Bytes that a port takes in one clock.
const BEAT: u64 = 64;
/// Longest time that is simulated. Captures that span more have wrong time stamps.
pub const LONGEST_NS: u64 = 366 * 86_400 * 1_000_000_000;
/// Bytes of a capture that are looked through between two looks at whether the user still wants it.
const LOOK_BYTES: u64 = 1 << 20;

/// When frames enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pace {
    /// Back to back at line rate, 512 bits a clock.
    Line,
    /// At their capture's times; the earliest packet of all inputs is time 0.
    Capture,
}

/// A capture that enters at a port, looked through.
#[derive(Debug)]
pub struct Input {
    /// Network port.
    pub port: u8,
    /// Its file.
    pub file: PathBuf,
    /// Its bytes, those that were there when it was looked through.
    pub bytes: u64,
    /// Its records.
    pub records: u64,
    /// Those that hold less than the frame had on the wire.
    pub truncated: u64,
    source: File,
    /// Earliest and latest time.
    times: Option<(u64, u64)>,
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
    /// What comes by a pipe cannot be kept.
    #[error("{} comes by a pipe and is copied to {}: {source}", file.display(), folder.display())]
    Copy {
        /// The pipe.
        file: PathBuf,
        /// The folder for temporary files.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Their times are too far apart.
    #[error("the time stamps of the captures span {0} days")]
    Span(u64),
    /// The user did not want to wait for it.
    #[error("interrupted while the captures were looked through; nothing was written")]
    Interrupted,
}

fn unusable(file: &Path) -> impl Fn(PcapError) -> InputError {
    move |source| InputError::Capture {
        file: file.to_owned(),
        source,
    }
}

/// Reads a capture that is known to be short.
///
/// # Errors
/// When the file is no Ethernet capture.
pub fn read_capture(file: &Path) -> Result<Capture, InputError> {
    pcap::read_file(file).map_err(unusable(file))
}

/// A file that is opened to be read twice: one that is none on a disk, such as a pipe, is copied to one.
fn open(file: &Path) -> Result<File, InputError> {
    let unreadable = |error: io::Error| unusable(file)(error.into());
    let mut opened = File::open(file).map_err(unreadable)?;
    if opened.metadata().map_err(unreadable)?.is_file() {
        return Ok(opened);
    }
    let folder = std::env::temp_dir();
    let unwritable = |source| InputError::Copy {
        file: file.to_owned(),
        folder: folder.clone(),
        source,
    };
    let mut copy = tempfile::tempfile_in(&folder).map_err(unwritable)?;
    // A folder can be opened and gives an error only when it is read.
    let mut buffer = vec![0; 1 << 16];
    loop {
        match opened.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => copy.write_all(&buffer[..read]).map_err(unwritable)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    copy.rewind().map_err(unwritable)?;
    Ok(copy)
}

/// A file that is opened to be looked through, and its bytes. A capture that still grows is read as far as it is now.
#[derive(Debug)]
pub struct Opened {
    port: u8,
    file: PathBuf,
    source: File,
    bytes: u64,
}

impl Opened {
    /// Opens the capture that is to enter at a port.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn new(port: u8, file: &Path) -> Result<Self, InputError> {
        let source = open(file)?;
        let about = source
            .metadata()
            .map_err(|error| unusable(file)(error.into()))?;
        let bytes = about.len();
        Ok(Self {
            port,
            file: file.to_owned(),
            source,
            bytes,
        })
    }

    /// Its bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Looks through it. `go_on` is told the bytes that were looked through so far, and whether to go on is asked of it.
    ///
    /// # Errors
    /// When the file is no Ethernet capture, or `go_on` was false.
    pub fn look_through(self, mut go_on: impl FnMut(u64) -> bool) -> Result<Input, InputError> {
        let failed = unusable(&self.file);
        let mut reader = Reader::new((&self.source).take(self.bytes)).map_err(&failed)?;
        let mut times: Option<(u64, u64)> = None;
        let mut look = 0;
        while let Some(packet) = reader.read().map_err(&failed)? {
            let (first, last) = times.unwrap_or((packet.at_ns, packet.at_ns));
            times = Some((first.min(packet.at_ns), last.max(packet.at_ns)));
            if reader.position() >= look {
                look = reader.position() + LOOK_BYTES;
                if !go_on(reader.position()) {
                    return Err(InputError::Interrupted);
                }
            }
        }
        let (records, truncated) = (reader.records() as u64, reader.truncated() as u64);
        drop(failed);
        Ok(Input {
            port: self.port,
            file: self.file,
            bytes: self.bytes,
            records,
            truncated,
            source: self.source,
            times,
        })
    }
}

/// The frames of all inputs, each with its entry time in simulated ns; short ones are padded as a MAC would.
///
/// # Errors
/// When the captures' times span more than a year (only with [`Pace::Capture`]), or a file cannot be read again.
pub fn frames(
    inputs: Vec<Input>,
    pace: Pace,
    clock_hz: u64,
) -> Result<Vec<Frames<Take<File>>>, InputError> {
    let times = || inputs.iter().filter_map(|input| input.times);
    let first_ns = times().map(|(first, _)| first).min().unwrap_or_default();
    let span_ns = times().map(|(_, last)| last).max().unwrap_or_default() - first_ns;
    if pace == Pace::Capture && span_ns > LONGEST_NS {
        return Err(InputError::Span(span_ns / 86_400_000_000_000));
    }
    let frames = inputs.into_iter().map(|mut input| {
        let failed = unusable(&input.file);
        input
            .source
            .rewind()
            .map_err(|error| failed(error.into()))?;
        let reader = Reader::new(input.source.take(input.bytes)).map_err(&failed)?;
        drop(failed);
        let entry = match pace {
            Pace::Line => Entry::back_to_back(clock_hz),
            Pace::Capture => Entry::as_captured(first_ns),
        };
        Ok(Frames::new(input.port, input.file, reader, entry))
    });
    frames.collect()
}

/// The frames that enter at one port, read as they are taken. Their times never run back.
pub struct Frames<R> {
    port: u8,
    file: PathBuf,
    reader: Reader<R>,
    entry: Entry,
    /// The next one, if it was looked at.
    next: Option<Arrival>,
}

impl<R: Read> Frames<R> {
    /// Those of a capture.
    pub fn new(port: u8, file: PathBuf, reader: Reader<R>, entry: Entry) -> Self {
        Self {
            port,
            file,
            reader,
            entry,
            next: None,
        }
    }

    /// The port.
    pub fn port(&self) -> u8 {
        self.port
    }

    /// Bytes of the capture that were read.
    pub fn bytes_read(&self) -> u64 {
        self.reader.position()
    }

    /// The next frame, if it enters before `until_ns`.
    ///
    /// # Errors
    /// When the file is no longer what it was.
    pub fn next_before(&mut self, until_ns: u64) -> Result<Option<Arrival>, InputError> {
        let waits = self.waits_before(until_ns)?;
        Ok(if waits { self.next.take() } else { None })
    }

    /// Whether a frame is left that enters before `until_ns`.
    ///
    /// # Errors
    /// As [`Frames::next_before`].
    pub fn waits_before(&mut self, until_ns: u64) -> Result<bool, InputError> {
        if self.next.is_none() {
            let packet = self.reader.read().map_err(unusable(&self.file))?;
            self.next = packet.map(|packet| {
                let mut data = packet.data.to_vec();
                pcap::pad(&mut data);
                Arrival {
                    port: self.port,
                    at_ns: self.entry.of(packet.at_ns, data.len()),
                    data,
                    error: false,
                }
            });
        }
        let next = self.next.as_ref();
        Ok(next.is_some_and(|arrival| arrival.at_ns < until_ns))
    }
}

/// Entry times of one port's frames.
#[derive(Clone, Copy, Debug)]
pub struct Entry(EntryKind);

#[derive(Clone, Copy, Debug)]
enum EntryKind {
    /// Clock of the next frame's first beat.
    BackToBack { clock_hz: u64, clocks: u64 },
    /// The capture's time that is time 0, and the time of the frame before.
    AsCaptured { first_ns: u64, last_ns: u64 },
}

impl Entry {
    /// Each frame starts in the clock that follows the last beat of the one before.
    pub fn back_to_back(clock_hz: u64) -> Self {
        let clocks = 0;
        Self(EntryKind::BackToBack { clock_hz, clocks })
    }

    /// Each frame starts at the capture's time, or at that of the frame before if the capture is out of order there.
    pub fn as_captured(first_ns: u64) -> Self {
        let last_ns = 0;
        Self(EntryKind::AsCaptured { first_ns, last_ns })
    }

    /// Of the next frame, with its time in the capture and its length.
    fn of(&mut self, captured_ns: u64, length: usize) -> u64 {
        match &mut self.0 {
            EntryKind::BackToBack { clock_hz, clocks } => {
                let ns = u128::from(*clocks) * 1_000_000_000 / u128::from(*clock_hz);
                *clocks += (length as u64).div_ceil(BEAT);
                u64::try_from(ns).unwrap_or(u64::MAX)
            }
            EntryKind::AsCaptured { first_ns, last_ns } => {
                *last_ns = captured_ns.saturating_sub(*first_ns).max(*last_ns);
                *last_ns
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use flowswitch_sim::card::Arrival;
    use flowswitch_sim::pcap::Writer;
    use tempfile::TempDir;

    use super::{Input, InputError, Opened, Pace, frames};

    fn input(folder: &TempDir, port: u8, times_and_lengths: &[(u64, usize)]) -> Input {
        let file = folder.path().join(format!("{port}.pcap"));
        let mut writer = Writer::new(Vec::new()).expect("memory");
        for (at_ns, length) in times_and_lengths {
            writer.write(*at_ns, &vec![7; *length]).expect("memory");
        }
        std::fs::write(&file, writer.finish().expect("memory")).expect("a temporary file");
        opened(port, &file)
            .look_through(|_| true)
            .expect("a capture")
    }

    fn opened(port: u8, file: &Path) -> Opened {
        Opened::new(port, file).expect("a file")
    }

    fn entered(inputs: Vec<Input>, pace: Pace) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        for mut frames in frames(inputs, pace, 250_000_000).expect("captures") {
            while let Some(arrival) = frames.next_before(u64::MAX).expect("a capture") {
                arrivals.push(arrival);
            }
        }
        arrivals
    }

    #[test]
    fn line_pace_is_one_beat_a_clock() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inputs = vec![
            input(&folder, 0, &[(9, 60), (8, 65), (7, 1)]),
            input(&folder, 1, &[(0, 128), (0, 60)]),
        ];
        let entered = entered(inputs, Pace::Line);
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
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inputs = vec![
            input(&folder, 0, &[(1_000, 60), (900, 60)]),
            input(&folder, 1, &[(500, 60)]),
        ];
        let entered = entered(inputs, Pace::Capture);
        let times: Vec<_> = entered.iter().map(|a| (a.port, a.at_ns)).collect();
        assert_eq!(times, [(0, 500), (0, 500), (1, 0)]);
        let far = vec![input(
            &folder,
            0,
            &[(0, 60), (400 * 86_400_000_000_000, 60)],
        )];
        assert!(matches!(
            frames(far, Pace::Capture, 1),
            Err(InputError::Span(400))
        ));
    }

    #[test]
    fn frames_wait_for_their_time() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inputs = vec![input(&folder, 0, &[(5, 60), (7, 60)])];
        let mut frames = frames(inputs, Pace::Capture, 1).expect("captures");
        let frames = &mut frames[0];
        assert!(!frames.waits_before(0).expect("a capture"));
        assert!(frames.next_before(0).expect("a capture").is_none());
        assert!(frames.waits_before(1).expect("a capture"));
        let next = |until, frames: &mut super::Frames<_>| {
            let arrival = frames.next_before(until).expect("a capture");
            arrival.map(|arrival| arrival.at_ns)
        };
        assert_eq!(next(2, frames), Some(0));
        assert_eq!(next(2, frames), None);
        assert_eq!(next(3, frames), Some(2));
        assert_eq!(next(u64::MAX, frames), None);
    }

    #[test]
    fn looking_through_ends_when_it_is_no_longer_wanted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = input(&folder, 0, &[(0, 60)]).file;
        let looked = opened(0, &file).look_through(|_| false);
        assert!(matches!(looked, Err(InputError::Interrupted)));
    }

    #[test]
    fn what_is_appended_later_is_not_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let input = input(&folder, 0, &[(0, 60)]);
        let mut longer = std::fs::read(&input.file).expect("a file");
        longer.extend([0; 5]);
        std::fs::write(&input.file, longer).expect("a temporary file");
        assert_eq!(entered(vec![input], Pace::Line).len(), 1);
    }
}
