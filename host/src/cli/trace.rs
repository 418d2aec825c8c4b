//! `flowswitch trace`: what the card would do with a frame, and why.

use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

use clap::{Args, ValueEnum};
use flowswitch_api::{Trace, TraceRequest};
use flowswitch_driver::Card;
use flowswitch_driver::image::MacAddress;
use flowswitch_driver::tables::VipEntry;
use flowswitch_sim::pcap;

use super::daemon_socket::NamedPlace;
use super::failure::Failure;
use super::open::AnyDevice;
use super::plain::plain_document;
use super::print::{print, print_document};
use super::text::{table, wrapped};
use crate::config::{Config, parse_mac};
use crate::explain::{self, FiveTuple, FiveTupleError, FrameOptions, Names};
use crate::{hex, image, numbering};

/// Source of a frame that is built for a flow, if none is named: a station that no table has.
const SOMEBODY: MacAddress = MacAddress([0x02, 0, 0, 0, 0, 0xfe]);
/// Captures and texts that are read at most, in bytes.
const MOST_INPUT: u64 = 1 << 30;
/// First bytes of pcap (both byte orders, us and ns) and pcapng files.
const CAPTURES: [[u8; 4]; 5] = [
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

/// Tells what the card would do with a frame, and why: each look into its tables, in the order of the pipeline.
///
/// Nothing is sent and nothing is written. The tables are read while traffic goes on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct TraceCommand {
    /// A frame: hexadecimal digits, a capture (pcap, pcapng), or - for one of these on standard input. Or a flow: PROTOCOL
    /// SOURCE DESTINATION, of tcp, udp and sctp with ports.
    #[arg(value_name = "FRAME|FLOW", required = true, num_args = 1..=3)]
    what: Vec<String>,
    /// Network port by which it comes, by name or number.
    #[arg(long, value_name = "PORT")]
    port: String,
    /// Which frame of the capture, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    frame: u64,
    /// Ethernet source of a flow's frame; a station that no table has if it is not named.
    #[arg(long, value_name = "MAC", value_parser = mac)]
    source_mac: Option<MacAddress>,
    /// Ethernet destination of a flow's frame; the virtual MAC of the address if it is not named.
    #[arg(long, value_name = "MAC", value_parser = mac)]
    destination_mac: Option<MacAddress>,
    /// VLAN of a flow's frame.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=4_095))]
    vlan: Option<u16>,
    /// What a flow's TCP segment says.
    #[arg(long, value_enum, default_value_t = Segment::Syn)]
    segment: Segment,
    /// Index of security parameters of a flow of esp or ah.
    #[arg(long, value_name = "N", default_value = "1", value_parser = index)]
    spi: u32,
    #[command(flatten)]
    place: NamedPlace,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch trace --port r260 tcp 198.51.100.7:40000 192.31.65.1:80
  flowswitch trace --port r260 capture.pcap --frame 12
  flowswitch trace --device vfio:0000:01:00.0 --port 0 \"ffffffffffff 020000000001 0806 0001 ...\"";

/// What to give for a frame.
const FRAME: &str =
    "give hexadecimal digits, or the name of a capture (pcap, pcapng; link type Ethernet)";

/// What a TCP segment says of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Segment {
    /// It opens one.
    Syn,
    /// It is of one.
    Ack,
    /// It closes one.
    Fin,
    /// It resets one.
    Rst,
}

impl Segment {
    fn flags(self) -> u8 {
        match self {
            Self::Syn => 0x02,
            Self::Ack => 0x10,
            Self::Fin => 0x11,
            Self::Rst => 0x04,
        }
    }
}

fn mac(text: &str) -> Result<MacAddress, String> {
    parse_mac(text).ok_or_else(|| "write a MAC as in 02:00:00:00:02:10".to_owned())
}

fn index(text: &str) -> Result<u32, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| "write a number of 32 bits, as in 4097 or 0x1001".to_owned())
}

/// What is to be traced.
enum Subject {
    Frame(Vec<u8>),
    Flow(FiveTuple),
}

impl TraceCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        let subject = self.subject()?;
        let trace = match self.place.device() {
            None => {
                let client = self.place.client()?;
                let frame = self.frame_of(subject, |address| {
                    let running = client.configuration()?;
                    let config = Config::parse("the running configuration", &running.text);
                    Ok(config.ok().and_then(|config| virtual_mac(&config, address)))
                })?;
                client.trace(&self.request(&frame))?
            }
            Some(device) => {
                let config = self.place.config()?;
                let (mut card, names) = match &config {
                    None => (device.open()?, Names::default()),
                    Some(config) => {
                        let mut card = device.open_for(config.switch.ports)?;
                        let numbers = numbering::of_card(&mut card, config)?;
                        let plan = image::plan_keeping(config, &numbers)?;
                        (card, Names::of(config, &plan))
                    }
                };
                let frame = self.frame_of(subject, |address| vip_of_card(&mut card, address))?;
                explain::answer(&mut card, &names, &self.request(&frame))?
            }
        };
        if self.json {
            return print_document(&trace);
        }
        print(text(&plain_document(&trace)?))
    }

    fn request(&self, frame: &[u8]) -> TraceRequest {
        TraceRequest {
            frame: hex::encode(frame),
            port: self.port.clone(),
        }
    }

    fn subject(&self) -> Result<Subject, Failure> {
        match &self.what[..] {
            [protocol, source, destination] => Ok(Subject::Flow(FiveTuple::parse(
                protocol,
                source,
                destination,
            )?)),
            [frame] if frame == "-" => {
                let mut bytes = Vec::new();
                let input = std::io::stdin().lock().take(MOST_INPUT);
                { input }.read_to_end(&mut bytes).map_err(Failure::failed)?;
                self.frame_in(&bytes).map(Subject::Frame)
            }
            // No frame has such signs, and most names of files do.
            [frame] if frame.contains(['/', '.']) || Path::new(frame).is_file() => {
                let bytes = std::fs::read(frame).map_err(|error| {
                    let message = format!("{frame} cannot be read: {error}");
                    Failure::file(error.kind(), message, FRAME)
                })?;
                self.frame_in(&bytes).map(Subject::Frame)
            }
            [frame] => self.frame_in(frame.as_bytes()).map(Subject::Frame),
            _ => Err(Failure::wrong(
                "two words are neither a frame nor a flow",
                "name one frame, or a flow: PROTOCOL SOURCE DESTINATION",
            )),
        }
    }

    /// A frame of a capture, or one in hexadecimal digits, padded as a MAC does.
    fn frame_in(&self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut frame = if CAPTURES.iter().any(|magic| bytes.starts_with(magic)) {
            let capture = pcap::read(bytes).map_err(|error| Failure::wrong(error, FRAME))?;
            let count = capture.records.len();
            let position = usize::try_from(self.frame - 1).unwrap_or(usize::MAX);
            let record = capture.records.into_iter().nth(position);
            let record = record.ok_or_else(|| {
                let message = format!("the capture has {count} frames, no frame {}", self.frame);
                Failure::wrong(message, "count from 1, as Wireshark does")
            })?;
            record.data
        } else {
            let text = String::from_utf8_lossy(bytes);
            hex::decode(&text).map_err(|error| Failure::wrong(error, FRAME))?
        };
        pcap::pad(&mut frame);
        Ok(frame)
    }

    /// The frame; `virtual_mac` finds the MAC of an address.
    fn frame_of(
        &self,
        subject: Subject,
        virtual_mac: impl FnOnce(IpAddr) -> Result<Option<MacAddress>, Failure>,
    ) -> Result<Vec<u8>, Failure> {
        let flow = match subject {
            Subject::Frame(frame) => return Ok(frame),
            Subject::Flow(flow) => flow,
        };
        let destination = match self.destination_mac {
            Some(mac) => mac,
            None => virtual_mac(flow.destination())?.ok_or_else(|| {
                let message = format!("{} is no cluster's address", flow.destination());
                Failure::wrong(message, "name where the frame goes: --destination-mac MAC")
            })?,
        };
        Ok(flow.frame(&FrameOptions {
            source: self.source_mac.unwrap_or(SOMEBODY),
            destination,
            vlan: self.vlan,
            flags: self.segment.flags(),
            spi: self.spi,
        }))
    }
}

impl From<FiveTupleError> for Failure {
    fn from(error: FiveTupleError) -> Self {
        Self::wrong(
            error,
            "name a flow as in `tcp 198.51.100.7:40000 192.31.65.1:80`",
        )
    }
}

fn virtual_mac(config: &Config, address: IpAddr) -> Option<MacAddress> {
    let mut clusters = config.clusters.iter();
    let of = clusters.find(|cluster| cluster.addresses.iter().any(|own| own.value == address));
    of.map(|cluster| cluster.virtual_mac.value)
}

fn vip_of_card(card: &mut Card<AnyDevice>, address: IpAddr) -> Result<Option<MacAddress>, Failure> {
    for number in 0..card.capabilities().vips {
        let entry = card.read_entry::<Option<VipEntry>>(number.into())?;
        if let Some(vip) = entry.filter(|vip| vip.address == address) {
            return Ok(Some(vip.virtual_mac));
        }
    }
    Ok(None)
}

fn text(trace: &Trace) -> String {
    let rows = trace.looks.iter().map(|look| {
        let index = look
            .index
            .map_or_else(String::new, |index| index.to_string());
        [look.table.clone(), index, look.found.clone()]
    });
    format!(
        "{}\n{}",
        table(["table", "entry", "found"], rows.collect()),
        wrapped(&sentence(trace))
    )
}

/// The verdict in a sentence.
fn sentence(trace: &Trace) -> String {
    let row = trace.row;
    let ports = trace.egress.join(", ");
    let reason = trace.reason.as_deref().unwrap_or("no reason told");
    let to = trace
        .member
        .as_ref()
        .map_or_else(String::new, |member| format!(" to {member}"));
    let destination = trace.destination_mac.as_deref();
    let destination = destination.map_or_else(String::new, |mac| format!(", destination {mac}"));
    let source = trace.source_mac.as_deref();
    let source = source.map_or_else(String::new, |mac| format!(", source {mac}"));
    match trace.verdict.as_str() {
        "forward" => {
            format!("Row {row}: forwarded{to} by port {ports}{destination}{source}.")
        }
        "flood" => format!("Row {row}: a copy by each of {ports}{destination}{source}."),
        "answer" => {
            format!("Row {row}: answered by the card itself by port {ports}{destination}{source}.")
        }
        "host" => format!("Row {row}: to the host ({reason})."),
        _ => format!("Row {row}: dropped ({reason})."),
    }
}
