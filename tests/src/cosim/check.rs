//! Compares what left the card with what the model says should have.

use super::queues::{Copy, Sendings, check_drops};
use super::replay::Judged;
use crate::hex::difference;
use flowswitch_model::{HostReason, Loss, Model, Outcome, describe};
use flowswitch_sim::card::Departure;
use std::collections::BTreeMap;

/// Departures by source and port, in order.
type Streams<'a> = BTreeMap<(u8, u8), Vec<&'a Departure>>;

/// Checks a batch's departures: each is a copy that an outcome has, byte for byte and in order per source and port;
/// each copy that is missing may have found its queue full, and is taken back from the model.
pub fn departures(
    model: &mut Model,
    judged: &[Vec<Judged>],
    injected: &[(u8, Outcome)],
    departures: &[Departure],
) -> Result<(), String> {
    let mut sendings = Sendings::default();
    let mut streams = Streams::new();
    for departure in departures {
        sendings.note(departure.port, departure.clock);
        streams
            .entry((departure.source, departure.port))
            .or_default()
            .push(departure);
    }
    let host = model.ports();
    for (source, judged) in (0..host).zip(judged) {
        for egress in 0..=host {
            let left = streams.remove(&(source, egress)).unwrap_or_default();
            network_stream(model, judged, egress, &left, &sendings)
                .map_err(|error| format!("from port {source} to port {egress}: {error}"))?;
        }
    }
    for egress in 0..host {
        let left = streams.remove(&(host, egress)).unwrap_or_default();
        injected_stream(model, injected, egress, &left)
            .map_err(|error| format!("from the host to port {egress}: {error}"))?;
    }
    match streams.into_keys().next() {
        Some((source, egress)) => Err(format!(
            "frames from port {source} left by port {egress}: no such way"
        )),
        None => Ok(()),
    }
}

fn network_stream(
    model: &mut Model,
    judged: &[Judged],
    egress: u8,
    left: &[&Departure],
    sendings: &Sendings,
) -> Result<(), String> {
    let mut left = left.iter().peekable();
    let mut copies = Vec::new();
    for judged in judged {
        let Some(copy) = judged
            .outcome
            .copies
            .iter()
            .find(|copy| copy.egress == egress)
        else {
            continue;
        };
        let departure = left.next_if(|departure| departure.arrival_clock == judged.arrival_clock);
        if let Some(departure) = departure {
            same_frame(departure, &judged.outcome, copy.host_reason)?;
        } else {
            model
                .lose_copy(&judged.outcome, egress, Loss::QueueFull)
                .map_err(|e| e.to_string())?;
        }
        copies.push(Copy {
            verdict_clock: judged.verdict_clock,
            beats: judged.outcome.frame.len().div_ceil(64) as u64,
            left: departure.map(|departure| departure.clock),
        });
    }
    if let Some(departure) = left.next() {
        return Err(format!(
            "the frame of clock {} left in clock {}, out of order or without a verdict that says so\n{}",
            departure.arrival_clock,
            departure.clock,
            describe(&departure.data)
        ));
    }
    check_drops(egress, &copies, sendings).map(drop)
}

/// Injected frames have no record of their clocks: they are told by their bytes, in order.
fn injected_stream(
    model: &mut Model,
    injected: &[(u8, Outcome)],
    egress: u8,
    left: &[&Departure],
) -> Result<(), String> {
    let mut left = left.iter().peekable();
    for (_, outcome) in injected
        .iter()
        .filter(|(to, outcome)| *to == egress && !outcome.copies.is_empty())
    {
        if left
            .next_if(|departure| departure.data == outcome.frame)
            .is_none()
        {
            model
                .lose_copy(outcome, egress, Loss::QueueFull)
                .map_err(|e| e.to_string())?;
        }
    }
    match left.next() {
        Some(departure) => Err(format!(
            "what left was not injected\n{}",
            describe(&departure.data)
        )),
        None => Ok(()),
    }
}

fn same_frame(
    departure: &Departure,
    outcome: &Outcome,
    reason: Option<HostReason>,
) -> Result<(), String> {
    let told = reason.map_or(0, HostReason::number);
    if departure.reason != told {
        return Err(format!(
            "the host is told reason {}, not {told}",
            departure.reason
        ));
    }
    match difference(&departure.data, &outcome.frame) {
        Some(text) => Err(format!(
            "the frame of clock {} left the card changed: {text}\n{}",
            departure.arrival_clock,
            describe(&outcome.frame)
        )),
        None => Ok(()),
    }
}
