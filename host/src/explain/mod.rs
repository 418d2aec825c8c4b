//! What the card would do with a frame, and why: the page of verdicts followed row by row with entries read from the card.
//!
//! Only the entries that the frame needs are read; nothing is written. Traffic goes on meanwhile, so that a table may change
//! between two looks.

mod discovery;
mod five_tuple;
mod flow;
mod message;
mod names;
mod outcome;
mod parse;
mod probe;
mod service;
mod switching;

use flowswitch_api::{ApiError, Trace, TraceRequest};
use flowswitch_driver::image::LogicalPort;
use flowswitch_driver::tables::{Station, StationKind};
use flowswitch_driver::{Card, Device, Error};

use crate::config::did_you_mean;
use crate::hex;
use crate::remedy::remedy;
use message::Discovery;
use outcome::Outcome;
use parse::Frame;
use probe::Probe;

pub use five_tuple::{FiveTuple, FiveTupleError, FrameOptions};
pub use names::Names;

/// Shortest and longest frame that the card looks up, without FCS.
const SHORTEST: usize = 60;
const LONGEST: usize = 9_600;
/// Group addresses that bridges keep to themselves, less their last byte.
const RESERVED: [u8; 5] = [0x01, 0x80, 0xc2, 0x00, 0x00];

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The card has no such network port.
    #[error("the card has no network port {port}; they are 0 to {last}")]
    NoPort {
        /// What was asked for.
        port: u8,
        /// The last one.
        last: u8,
    },
    /// The card failed.
    #[error(transparent)]
    Card(#[from] Error),
}

/// What the card would do with a frame (without FCS, any length) that comes by a network port, 0 to one less than the card
/// has.
///
/// What cannot be read is told among the looks: the fragment table, insertions that wait for a slot, and the flow table if its seed
/// was given by another program; the verdict is then that of a frame that finds nothing there.
///
/// # Errors
/// See [`ExplainError`].
pub fn trace<D: Device>(
    card: &mut Card<D>,
    names: &Names,
    frame: &[u8],
    port: u8,
) -> Result<Trace, ExplainError> {
    let ports = card.capabilities().ports;
    if port >= ports {
        return Err(ExplainError::NoPort {
            port,
            last: ports.saturating_sub(1),
        });
    }
    let mut probe = Probe::new(card, names)?;
    let frame = Frame::read(frame);
    let outcome = decide(&mut probe, &frame, port)?;
    Ok(outcome.into_trace(frame.destination, probe))
}

/// [`trace`] for a request of the API.
///
/// # Errors
/// 400 if the request names no frame or no port, 503 if the card does not answer.
pub fn answer<D: Device>(
    card: &mut Card<D>,
    names: &Names,
    request: &TraceRequest,
) -> Result<Trace, ApiError> {
    const HEX: &str = "send the frame without FCS as hexadecimal digits, 60 to 9,600 bytes";
    const PORT: &str = "`flowswitch status` shows the ports by name";
    let frame =
        hex::decode(&request.frame).map_err(|error| ApiError::new(400, error.to_string(), HEX))?;
    if !(SHORTEST..=LONGEST).contains(&frame.len()) {
        let message = format!("the frame has {} bytes", frame.len());
        return Err(ApiError::new(400, message, HEX));
    }
    let port = names.port(&request.port).ok_or_else(|| {
        let message = format!("there is no port {:?}", request.port);
        let remedy = match did_you_mean(&request.port, &names.ports()) {
            Some(question) => format!("{question} {PORT}"),
            None => PORT.to_owned(),
        };
        ApiError::new(400, message, remedy)
    })?;
    trace(card, names, &frame, port).map_err(|error| match error {
        ExplainError::NoPort { .. } => ApiError::new(400, error.to_string(), PORT),
        ExplainError::Card(error) => ApiError::new(503, error.to_string(), remedy(&error)),
    })
}

/// The logical port by which a frame came.
#[derive(Clone, Debug)]
struct Ingress {
    number: u8,
    entry: LogicalPort,
}

/// A frame past rows 1 to 3, with what its addresses were found to be.
struct Judge<'p, 'c, 'f, D> {
    probe: &'p mut Probe<'c, D>,
    frame: &'p Frame<'f>,
    ingress: Ingress,
    source: Option<Station>,
    destination: Option<Station>,
    discovery: Discovery,
}

impl<D> Judge<'_, '_, '_, D> {
    /// The kind of station that the frame goes to.
    fn to(&self) -> Option<StationKind> {
        self.destination.as_ref().map(|station| station.kind)
    }

    /// Number of the server that sent it.
    fn server(&self) -> Option<u16> {
        let station = self.source.as_ref();
        station
            .filter(|station| station.kind == StationKind::Server)
            .map(|station| station.index)
    }

    /// Number of the router that sent it.
    fn router(&self) -> Option<u16> {
        let station = self.source.as_ref();
        station
            .filter(|station| station.kind == StationKind::Router)
            .map(|station| station.index)
    }
}

/// Rows 1 to 3, then the others in their order.
fn decide<D: Device>(
    probe: &mut Probe<'_, D>,
    frame: &Frame<'_>,
    port: u8,
) -> Result<Outcome, Error> {
    let length = format!("{} bytes", frame.length);
    probe.note("frame", None, length);
    if frame.length < SHORTEST {
        return Ok(Outcome::drop(1, "runt"));
    }
    if frame.length > LONGEST {
        return Ok(Outcome::drop(1, "giant"));
    }
    if frame
        .packet
        .as_ref()
        .is_some_and(|packet| packet.hides_discovery)
    {
        let found = "neighbour discovery behind extension headers, or what may be";
        probe.note("frame", None, found);
        return Ok(Outcome::drop(1, "hidden-discovery"));
    }
    let ingress = ingress(probe, frame, port)?;
    let octets = frame.destination.0;
    if octets[..5] == RESERVED && octets[5] < 0x10 {
        return match octets[5] {
            0 => bridge_group(probe, frame, port, ingress),
            1 => Ok(Outcome::drop(2, "pause")),
            _ => Ok(Outcome::host(2, "control")),
        };
    }
    let Some(ingress) = ingress else {
        return Ok(Outcome::drop(3, "vlan-filtered"));
    };
    if frame.source.0[0] & 1 == 1 || frame.source.0 == [0; 6] {
        let found = format!("source {}: no station's", frame.source);
        probe.note("frame", None, found);
        return Ok(Outcome::drop(3, "forged-source"));
    }
    let source = probe.station("source", frame.source)?;
    let forged = source.as_ref().is_some_and(|station| match station.kind {
        StationKind::Virtual | StationKind::Host => true,
        StationKind::Server | StationKind::Router => station.logical_port != ingress.number,
    });
    if forged {
        return Ok(Outcome::drop(3, "forged-source"));
    }
    let destination = if frame.destination.0[0] & 1 == 1 {
        None
    } else {
        probe.station("destination", frame.destination)?
    };
    let discovery = Discovery::read(frame);
    probe.note("frame", None, frame.describe(&discovery));
    let mut judge = Judge {
        probe,
        frame,
        ingress,
        source,
        destination,
        discovery,
    };
    if let Some(outcome) = judge.discovery_rows()? {
        return Ok(outcome);
    }
    if let Some(outcome) = judge.service_rows()? {
        return Ok(outcome);
    }
    judge.reverse_row()?;
    judge.switching_rows()
}

/// The logical port that holds a frame.
fn ingress<D: Device>(
    probe: &mut Probe<'_, D>,
    frame: &Frame<'_>,
    port: u8,
) -> Result<Option<Ingress>, Error> {
    if frame.third_tag {
        probe.note(
            "frame",
            None,
            "more than two tags: no logical port holds it",
        );
        return Ok(None);
    }
    for number in 0..probe.card.capabilities().logical_ports {
        let entry = probe.logical_port(number)?;
        let holds = |entry: &LogicalPort| entry.port == port && switching::takes(entry, frame);
        if let Some(entry) = entry.filter(holds) {
            let kind = if entry.tagged {
                "tagged"
            } else {
                "transparent"
            };
            let name = probe.names.logical_port(number);
            let found = format!("{name}, {kind}, holds the frame of network port {port}");
            probe.note("logical-port", Some(number.into()), found);
            return Ok(Some(Ingress { number, entry }));
        }
    }
    let found = format!("none of network port {port} takes the frame");
    probe.note("logical-port", None, found);
    Ok(None)
}

/// Row 2 for 01:80:c2:00:00:00.
fn bridge_group<D: Device>(
    probe: &mut Probe<'_, D>,
    frame: &Frame<'_>,
    port: u8,
    ingress: Option<Ingress>,
) -> Result<Outcome, Error> {
    if frame.packet.is_some() || Discovery::read(frame) != Discovery::None {
        probe.note("frame", None, "no bridge protocol: IP or ARP");
        return Ok(Outcome::host(2, "control"));
    }
    let to_host = probe.card.port(port)?.bpdu_to_host;
    let found = if to_host {
        "bpdu to the host"
    } else {
        "bpdu flooded"
    };
    probe.note("port", Some(port.into()), found);
    if to_host {
        return Ok(Outcome::host(2, "control"));
    }
    match ingress {
        Some(ingress) => switching::flood(probe, frame, &ingress, 0, 2),
        None => Ok(Outcome::drop(2, "no-port")),
    }
}
