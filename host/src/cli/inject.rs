//! `flowswitch inject`: frames of the host's out of a port of the card.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use flowswitch_driver::rings::{HostPort, HostSettings, Status, Vectors};
use flowswitch_driver::{Card, Device, Error};
use flowswitch_sim::pcap;
use serde_json::json;

use super::failure::Failure;
use super::interrupted::Interrupted;
use super::open::DeviceOption;
use super::print::{print, print_json};
use super::progress::Progress;
use crate::hex;
use crate::input::read_capture;
use crate::report::FORMAT;

/// The longest frame that the card sends.
const LONGEST_FRAME: u16 = 9_600;
/// How long the card may take to fetch a frame.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often, and with what pauses, the counters are asked for the last frame.
const LOOKS: u32 = 200;
const LOOK_INTERVAL: Duration = Duration::from_micros(100);
/// Number of the drop reason `link-down`.
const LINK_DOWN: usize = 13;

/// Sends frames out of a port of the card, as they are.
///
/// Frames under 60 bytes are padded with zeros, as a MAC does. Times of a capture are not kept: frames are sent back to
/// back.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Inject {
    /// The frames: a capture (pcap or pcapng, Ethernet).
    #[arg(
        value_name = "FILE",
        required_unless_present = "hex",
        conflicts_with = "hex"
    )]
    file: Option<PathBuf>,
    /// One frame in hexadecimal, without FCS; blanks and colons do not count.
    #[arg(long, value_name = "BYTES", value_parser = hex_frame)]
    hex: Option<Frame>,
    /// Network port that they leave by, from 0.
    #[arg(long, value_name = "N")]
    port: u8,
    /// Send them all so many times.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    #[command(flatten)]
    device: DeviceOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch inject --device vfio:0000:01:00.0 --port 2 frames.pcap
  flowswitch inject --device vfio:0000:01:00.0 --port 2 --hex \"0180c200000e 020000000001 88b5 00\"";

/// The bytes of a frame.
#[derive(Clone, Debug)]
struct Frame(Vec<u8>);

fn hex_frame(text: &str) -> Result<Frame, String> {
    let bytes = hex::decode(text).map_err(|error| error.to_string())?;
    if bytes.is_empty() {
        return Err("write two hexadecimal digits for each byte".to_owned());
    }
    Ok(Frame(bytes))
}

/// What the card had counted of the frames that the host injects.
#[derive(Clone, Copy)]
struct Counts {
    injected: u64,
    left: u64,
    drops: u64,
    link_down: u64,
}

impl Counts {
    fn read<D: Device>(card: &mut Card<D>, port: u8) -> Result<Self, Error> {
        let host = card.capabilities().ports;
        let drops = card.drop_counters(host)?;
        Ok(Self {
            injected: card.port_counters(host)?.received.frames,
            left: card.port_counters(port)?.transmitted.frames,
            drops: drops.iter().fold(0, |sum, drops| sum.wrapping_add(*drops)),
            link_down: drops[LINK_DOWN],
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            injected: self.injected.wrapping_sub(before.injected),
            left: self.left.wrapping_sub(before.left),
            drops: self.drops.wrapping_sub(before.drops),
            link_down: self.link_down.wrapping_sub(before.link_down),
        }
    }
}

/// What became of the descriptors.
#[derive(Default)]
struct Completed {
    done: u64,
    failed: u64,
}

impl Inject {
    pub(super) fn run(self) -> Result<(), Failure> {
        let frames = self.frames()?;
        let interrupted = Interrupted::listen()?;
        let mut card = self.device.open()?;
        let ports = card.capabilities().ports;
        if self.port >= ports {
            return Err(Failure::wrong(
                format!("the card has no port {}", self.port),
                &format!("name a port from 0 to {}", ports - 1),
            ));
        }
        let before = Counts::read(&mut card, self.port)?;
        let settings = HostSettings {
            transmit_buffer: LONGEST_FRAME,
            ..HostSettings::default()
        };
        let mut host = HostPort::open(&mut card, &settings)?;
        let completed = self.send(&mut host, &frames, &interrupted)?;
        let counted = settled(&mut host, self.port, before, completed.done)?;
        host.close()?;
        self.tell(&completed, counted)
    }

    fn frames(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let mut frames = match (&self.hex, &self.file) {
            (Some(frame), _) => vec![frame.0.clone()],
            (None, Some(file)) => {
                let records = read_capture(file)?.records;
                records.into_iter().map(|record| record.data).collect()
            }
            (None, None) => Vec::new(),
        };
        let name = self
            .file
            .as_ref()
            .map(|file| format!("{}: ", file.display()));
        let name = name.unwrap_or_default();
        if frames.is_empty() {
            return Err(Failure::wrong(
                format!("{name}no frames"),
                "give a capture that holds at least one",
            ));
        }
        for (number, frame) in (1..).zip(&mut frames) {
            pcap::pad(frame);
            if frame.len() > usize::from(LONGEST_FRAME) {
                return Err(Failure::wrong(
                    format!("{name}frame {number} has {} bytes", frame.len()),
                    &format!("leave out frames over {LONGEST_FRAME} bytes: the card sends none"),
                ));
            }
        }
        Ok(frames)
    }

    fn send<D: Device>(
        &self,
        host: &mut HostPort<'_, D>,
        frames: &[Vec<u8>],
        interrupted: &Interrupted,
    ) -> Result<Completed, Failure> {
        let total = (frames.len() as u64).saturating_mul(self.count);
        let progress = Progress::new(total, "of frames");
        let mut completed = Completed::default();
        let mut collect = |host: &mut HostPort<'_, D>| {
            host.poll_transmit(|sent| match sent.status {
                Status::Done => completed.done += 1,
                _ => completed.failed += 1,
            })
        };
        let mut number = 0;
        for frame in (0..self.count).flat_map(|_| frames) {
            if interrupted.wished() {
                break;
            }
            collect(host)?;
            while !host.queue(self.port, frame)? {
                if host.wait(Vectors::TRANSMIT, PATIENCE)?.is_empty() {
                    return Err(stuck());
                }
                collect(host)?;
            }
            number += 1;
            progress.done(number);
        }
        while host.unsent() > 0 {
            if host.wait(Vectors::TRANSMIT, PATIENCE)?.is_empty() {
                return Err(stuck());
            }
            collect(host)?;
        }
        Ok(completed)
    }

    fn tell(&self, completed: &Completed, counted: Counts) -> Result<(), Failure> {
        let port = self.port;
        // Other traffic may leave by the same port.
        let sent = completed.done.saturating_sub(counted.drops);
        if self.json {
            print_json(&json!({
                "format": FORMAT,
                "device": self.device.device.to_string(),
                "port": port,
                "fetched": completed.done,
                "failed": completed.failed,
                "injected": counted.injected,
                "dropped": counted.drops,
                "link_down": counted.link_down,
                "sent": sent,
            }))?;
        } else {
            print(format_args!(
                "{} frames fetched by the card, {sent} sent by port {port}, {} dropped",
                completed.done, counted.drops
            ))?;
        }
        if counted.link_down > 0 {
            return Err(Failure::failed_with(
                format!(
                    "{} frames were dropped: the link of port {port} is down",
                    counted.link_down
                ),
                "connect the port (`flowswitch device info` shows the links)",
            ));
        }
        if completed.failed + counted.drops > 0 {
            return Err(Failure::failed_with(
                format!("{} frames were not sent", completed.failed + counted.drops),
                "see the drops of the host's port: `flowswitch table dump drop-counters`",
            ));
        }
        Ok(())
    }
}

fn stuck() -> Failure {
    Failure::failed_with(
        "the card takes no more frames",
        "reset the card (`flowswitch device reset`) and try again",
    )
}

/// The counts when all that was fetched has left or was dropped, or when that takes too long.
fn settled<D: Device>(
    host: &mut HostPort<'_, D>,
    port: u8,
    before: Counts,
    done: u64,
) -> Result<Counts, Error> {
    let mut counted = Counts::read(host.card(), port)?.since(before);
    for _ in 0..LOOKS {
        if counted.left.saturating_add(counted.drops) >= done {
            break;
        }
        host.card().device_mut().wait(LOOK_INTERVAL)?;
        counted = Counts::read(host.card(), port)?.since(before);
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::hex_frame;

    #[test]
    fn bytes_in_hexadecimal() {
        let frame = hex_frame("01:80 c2\n00").expect("a frame");
        assert_eq!(frame.0, [0x01, 0x80, 0xc2, 0x00]);
        for text in ["", "0", "0g", "0x01", "+1"] {
            assert!(hex_frame(text).is_err(), "{text}");
        }
    }
}
