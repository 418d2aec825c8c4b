//! What becomes of a frame.

use flowswitch_api::{FORMAT, Trace};
use flowswitch_driver::Device;
use flowswitch_driver::image::MacAddress;

use super::probe::Probe;

/// What becomes of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Dropped, with the reason.
    Drop(&'static str),
    /// To the host, with the reason.
    Host(&'static str),
    /// Answered by the logical port it came from.
    Answer(u8),
    /// One copy by a logical port.
    Forward(u8),
    /// A copy by each of these logical ports.
    Flood(Vec<u8>),
}

/// The verdict, its row, and what is changed in the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub row: u8,
    pub verdict: Verdict,
    /// Who gets it.
    pub member: Option<u16>,
    /// Ethernet destination when it leaves, if that changes.
    pub destination: Option<MacAddress>,
    /// Ethernet source when it leaves, if that changes.
    pub source: Option<MacAddress>,
}

impl Outcome {
    /// A verdict that changes nothing in the frame.
    pub fn new(row: u8, verdict: Verdict) -> Self {
        Self {
            row,
            verdict,
            member: None,
            destination: None,
            source: None,
        }
    }

    pub fn drop(row: u8, reason: &'static str) -> Self {
        Self::new(row, Verdict::Drop(reason))
    }

    pub fn host(row: u8, reason: &'static str) -> Self {
        Self::new(row, Verdict::Host(reason))
    }

    /// The document, for a frame to this destination.
    pub fn into_trace<D: Device>(self, destination: MacAddress, probe: Probe<'_, D>) -> Trace {
        let names = probe.names;
        let (verdict, reason, egress) = match &self.verdict {
            Verdict::Drop(reason) => ("drop", Some(*reason), Vec::new()),
            Verdict::Host(reason) => ("host", Some(*reason), Vec::new()),
            Verdict::Answer(port) => ("answer", None, vec![*port]),
            Verdict::Forward(port) => ("forward", None, vec![*port]),
            Verdict::Flood(ports) => ("flood", None, ports.clone()),
        };
        let leaves = !egress.is_empty();
        let destination = self.destination.unwrap_or(destination);
        Trace {
            format: FORMAT,
            row: self.row,
            verdict: verdict.to_owned(),
            reason: reason.map(str::to_owned),
            member: self
                .member
                .filter(|_| leaves)
                .map(|member| names.member(member)),
            egress: egress
                .into_iter()
                .map(|port| names.logical_port(port))
                .collect(),
            destination_mac: leaves.then(|| destination.to_string()),
            source_mac: self.source.filter(|_| leaves).map(|mac| mac.to_string()),
            looks: probe.looks,
        }
    }
}
