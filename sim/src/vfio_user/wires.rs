//! What the card's network ports are connected to: TAP devices, or capture files.

use crate::card::Departure;
use crate::pcap::{self, PcapError, Writer};
use crate::taps::Tap;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind};
use std::path::PathBuf;
use std::str::FromStr;

/// Frames that wait for the card at most; then they wait in the kernel's queues.
const QUEUE: usize = 1024;

/// A frame and the port it came by.
pub(super) type Received = (u8, Vec<u8>);

/// What a network port is connected to: `0=tap:NAME` or `0=pcap:IN[,OUT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The port.
    pub port: u8,
    /// What is at the other end.
    pub end: WireEnd,
}

/// The other end of a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireEnd {
    /// A TAP device of this name.
    Tap(String),
    /// A capture whose frames enter, and a file for those that leave.
    Capture {
        /// pcap or pcapng.
        input: PathBuf,
        /// Nanosecond pcap, written anew.
        output: Option<PathBuf>,
    },
}

impl FromStr for Wire {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not of the form 0=tap:NAME or 0=pcap:IN[,OUT]");
        let (port, end) = text.split_once('=').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        let (kind, end) = end.split_once(':').ok_or_else(wrong)?;
        let end = match kind {
            "tap" if !end.is_empty() => WireEnd::Tap(end.to_owned()),
            "pcap" => {
                let (input, output) = match end.split_once(',') {
                    Some((input, output)) => (input, Some(output)),
                    None => (end, None),
                };
                if input.is_empty() || output == Some("") {
                    return Err(wrong());
                }
                WireEnd::Capture {
                    input: input.into(),
                    output: output.map(Into::into),
                }
            }
            _ => return Err(wrong()),
        };
        Ok(Self { port, end })
    }
}

/// Why a port cannot be connected.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The card has no such port.
    #[error("port {port} is connected, but the card has ports 0 to {last}")]
    NoPort {
        /// The port.
        port: u8,
        /// The card's last.
        last: u8,
    },
    /// Two wires for one port.
    #[error("port {0} is connected twice")]
    Twice(u8),
    /// The TAP device cannot be had.
    #[error(
        "TAP device {name}: {error}; run this as root, or make the device first: \
         sudo ip tuntap add dev {name} mode tap user $USER"
    )]
    Tap {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A capture cannot be read.
    #[error("{}: {error}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: PcapError,
    },
    /// A capture cannot be written.
    #[error("{}: {error}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

type Output = (PathBuf, Writer<BufWriter<File>>);

/// The wires of a card at work.
pub struct Wires {
    taps: BTreeMap<u8, Tap>,
    received: Receiver<Received>,
    /// Held so that a card without TAPs does not take its wires for cut.
    _sender: Sender<Received>,
    /// Frames of captures by time from now on, in ns.
    due: VecDeque<(u64, Received)>,
    outputs: BTreeMap<u8, Output>,
    connected: u16,
    lost: u64,
}

impl Wires {
    /// Connects the wires to a card of so many ports. Frames of captures come with the distances of their time stamps,
    /// the first of all captures at once.
    ///
    /// # Errors
    /// See [`WireError`].
    pub fn connect(wires: &[Wire], ports: u8) -> Result<Self, WireError> {
        let (sender, received) = bounded(QUEUE);
        let mut connected = Self {
            taps: BTreeMap::new(),
            received,
            _sender: sender.clone(),
            due: VecDeque::new(),
            outputs: BTreeMap::new(),
            connected: 0,
            lost: 0,
        };
        let mut frames = Vec::new();
        for &Wire { port, ref end } in wires {
            if port >= ports {
                let last = ports.saturating_sub(1);
                return Err(WireError::NoPort { port, last });
            }
            if connected.connected >> port & 1 == 1 {
                return Err(WireError::Twice(port));
            }
            connected.connected |= 1 << port;
            match end {
                WireEnd::Tap(name) => connected.open_tap(port, name, sender.clone())?,
                WireEnd::Capture { input, output } => {
                    let capture = pcap::read_file(input).map_err(|error| WireError::Input {
                        path: input.clone(),
                        error,
                    })?;
                    frames.extend(capture.records.into_iter().map(|mut record| {
                        pcap::pad(&mut record.data);
                        (record.at_ns, (port, record.data))
                    }));
                    if let Some(path) = output {
                        connected.open_output(port, path)?;
                    }
                }
            }
        }
        frames.sort_by_key(|(at_ns, _)| *at_ns);
        let first = frames.first().map_or(0, |(at_ns, _)| *at_ns);
        let from_first = frames.into_iter().map(|(at, frame)| (at - first, frame));
        connected.due = from_first.collect();
        Ok(connected)
    }

    /// Ports whose links are up, bit 0 is port 0: those of captures, and those of TAP devices that are up.
    pub fn links(&self) -> u16 {
        let down = self.taps.iter().filter(|(_, tap)| !tap.is_up());
        down.fold(self.connected, |links, (port, _)| links & !(1 << port))
    }

    /// Whether links come and go: those of captures do not.
    pub(super) fn have_taps(&self) -> bool {
        !self.taps.is_empty()
    }

    fn open_tap(&mut self, port: u8, name: &str, to: Sender<Received>) -> Result<(), WireError> {
        let tap = Tap::open(name).map_err(|error| WireError::Tap {
            name: name.to_owned(),
            error,
        })?;
        tap.receive(move |frame| to.send((port, frame)).is_ok());
        self.taps.insert(port, tap);
        Ok(())
    }

    fn open_output(&mut self, port: u8, path: &PathBuf) -> Result<(), WireError> {
        let writer = File::create(path).and_then(|file| Writer::new(BufWriter::new(file)));
        let writer = writer.map_err(|error| WireError::Output {
            path: path.clone(),
            error,
        })?;
        self.outputs.insert(port, (path.clone(), writer));
        Ok(())
    }

    /// What TAPs bring, to wait on.
    pub(super) fn received(&self) -> &Receiver<Received> {
        &self.received
    }

    /// When the next frame of a capture is due, in ns after the start.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.due.front().map(|(due, _)| *due)
    }

    /// The next frame of a capture that is due `at_ns` after the start.
    pub(super) fn due(&mut self, at_ns: u64) -> Option<Received> {
        let is_due = self.due.front().is_some_and(|(due, _)| *due <= at_ns);
        self.due.pop_front_if(|_| is_due).map(|(_, frame)| frame)
    }

    /// Sends what left the card. A TAP that is down loses it, as a wire does, and an unconnected port has none.
    ///
    /// # Errors
    /// If a capture cannot be written.
    pub(super) fn send(&mut self, departure: &Departure) -> Result<(), WireError> {
        if let Some(tap) = self.taps.get(&departure.port) {
            self.lost += u64::from(!tap.send(&departure.data));
        }
        if let Some((path, writer)) = self.outputs.get_mut(&departure.port) {
            let written = writer.write(departure.at_ns, &departure.data);
            written.map_err(|error| WireError::Output {
                path: path.clone(),
                error,
            })?;
        }
        Ok(())
    }

    /// Completes the captures; returns how many frames TAPs did not take.
    ///
    /// # Errors
    /// If a capture cannot be written.
    pub(super) fn finish(self) -> Result<u64, WireError> {
        for (path, writer) in self.outputs.into_values() {
            let finished = writer.finish().and_then(|file| {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                // A pipe cannot be synchronised and need not be.
                file.sync_data().or_else(|error| match error.kind() {
                    ErrorKind::InvalidInput => Ok(()),
                    _ => Err(error),
                })
            });
            finished.map_err(|error| WireError::Output { path, error })?;
        }
        Ok(self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::{Wire, WireEnd, WireError, Wires};
    use crate::card::Departure;
    use crate::pcap::{Writer, read_file};
    use std::fs::File;

    fn capture(path: &std::path::Path, times: &[u64], byte: u8) {
        let mut writer = Writer::new(File::create(path).expect("made")).expect("a header");
        for &at in times {
            writer.write(at, &[byte; 64]).expect("written");
        }
        writer.finish().expect("complete");
    }

    #[test]
    fn wires_are_named_by_port_and_end() {
        let tap = Wire {
            port: 3,
            end: WireEnd::Tap("a-tap".into()),
        };
        assert_eq!("3=tap:a-tap".parse(), Ok(tap));
        let capture = Wire {
            port: 0,
            end: WireEnd::Capture {
                input: "in.pcap".into(),
                output: Some("out.pcap".into()),
            },
        };
        assert_eq!("0=pcap:in.pcap,out.pcap".parse(), Ok(capture));
        for wrong in [
            "",
            "0",
            "0=",
            "x=tap:a",
            "0=tap:",
            "0=pcap:",
            "0=pcap:a,",
            "0=tun:a",
            "256=tap:a",
        ] {
            assert!(wrong.parse::<Wire>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn captures_come_in_the_order_of_their_times() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        capture(&a, &[1_000, 3_000], 0xa);
        capture(&b, &[2_000], 0xb);
        let wires = [
            format!("0=pcap:{}", a.display()),
            format!("1=pcap:{}", b.display()),
        ];
        let wires = wires.map(|wire| wire.parse().expect("a wire"));
        let mut wires = Wires::connect(&wires, 2).expect("connected");
        assert_eq!(wires.links(), 3);
        assert!(!wires.have_taps());
        assert_eq!(wires.next_due(), Some(0));
        let mut ports =
            |at| std::iter::from_fn(|| wires.due(at).map(|(port, _)| port)).collect::<Vec<_>>();
        assert_eq!(ports(999), [0]);
        assert_eq!(ports(1_999), [1]);
        assert_eq!(ports(u64::MAX), [0]);
        assert!(ports(u64::MAX).is_empty());
        assert_eq!(wires.next_due(), None);
    }

    #[test]
    fn what_leaves_is_in_the_capture() {
        let folder = tempfile::tempdir().expect("a folder");
        let (input, output) = (folder.path().join("in"), folder.path().join("out"));
        capture(&input, &[], 0);
        let wire = format!("1=pcap:{},{}", input.display(), output.display());
        let mut wires = Wires::connect(&[wire.parse().expect("a wire")], 2).expect("connected");
        for port in [1, 0] {
            let left = Departure {
                port,
                source: 0,
                arrival_clock: 0,
                clock: 0,
                at_ns: 77,
                reason: 0,
                data: vec![port; 60],
            };
            wires.send(&left).expect("written");
        }
        assert_eq!(wires.finish().expect("complete"), 0);
        let records = read_file(&output).expect("a capture").records;
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].at_ns, &records[0].data[..]), (77, &[1; 60][..]));
    }

    #[test]
    fn a_port_has_one_wire_and_exists() {
        let wire: Wire = "2=pcap:/dev/null".parse().expect("a wire");
        let none = Wires::connect(std::slice::from_ref(&wire), 2);
        assert!(matches!(none, Err(WireError::NoPort { port: 2, last: 1 })));
        let folder = tempfile::tempdir().expect("a folder");
        capture(&folder.path().join("a"), &[], 0);
        let wire: Wire = format!("0=pcap:{}", folder.path().join("a").display())
            .parse()
            .expect("a wire");
        let twice = Wires::connect(&[wire.clone(), wire], 2);
        assert!(matches!(twice, Err(WireError::Twice(0))));
    }
}
