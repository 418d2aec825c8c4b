//! Compares what left the card with what the model says should have.

use super::queues::{Queued, Sendings, check_drops};
use super::replay::Judged;
use crate::hex::difference;
use flowswitch_model::{FrameCopy, HostReason, Loss, Model, Outcome, describe};
use flowswitch_sim::card::Departure;
use std::collections::BTreeMap;

/// Departures by source and port, in order.
type Streams<'a> = BTreeMap<(u8, u8), Vec<&'a Departure>>;

/// Checks a batch's departures: each is a copy that an outcome has, byte for byte and in order per source and port;
/// a frame that does not leave by an egress at all may have found the queue, of so many beats, full, and is taken back from
/// the model.
pub fn departures(
    model: &mut Model,
    judged: &[Vec<Judged>],
    injected: &[(u8, Outcome)],
    departures: &[Departure],
    queue_beats: u16,
) -> Result<(), String> {
    let mut sendings = Sendings::new(queue_beats);
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
    let mut queued = Vec::new();
    for judged in judged {
        let outcome = &judged.outcome;
        let Some(first) = outcome.copies_to(egress).next() else {
            continue;
        };
        let mut left_in: Option<(u64, u64)> = None;
        let mut missing = 0;
        for copy in outcome.copies_to(egress) {
            let departure =
                left.next_if(|departure| departure.arrival_clock == judged.arrival_clock);
            match departure {
                Some(departure) => same_frame(departure, copy)?,
                None => missing += 1,
            }
            if let Some(clock) = departure.map(|departure| departure.clock) {
                let first = left_in.map_or(clock, |(first, _)| first);
                left_in = Some((first, clock));
            }
        }
        if left_in.is_none() && egress < model.ports() && !model.link_is_up(egress) {
            // An answer goes where its request came from, though there be no link: its queue throws it away.
            model
                .lose_copies(outcome, egress, Loss::LinkDown { left: 0 })
                .map_err(|e| e.to_string())?;
            continue;
        }
        if left_in.is_none() {
            model
                .lose_copies(outcome, egress, Loss::QueueFull)
                .map_err(|e| e.to_string())?;
        } else if missing > 0 {
            return Err(format!(
                "{missing} copies are missing of the frame of clock {}\n{}",
                judged.arrival_clock,
                describe(&first.frame)
            ));
        }
        queued.push(Queued {
            verdict_clock: judged.verdict_clock,
            beats: first.frame.len().div_ceil(64) as u64,
            left: left_in,
            several: outcome.copies_to(egress).nth(1).is_some(),
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
    check_drops(egress, &queued, sendings).map(drop)
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
        let frame = &outcome.copies[0].frame;
        if left.next_if(|departure| departure.data == *frame).is_none() {
            model
                .lose_copies(outcome, egress, Loss::QueueFull)
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

fn same_frame(departure: &Departure, copy: &FrameCopy) -> Result<(), String> {
    let told = copy.host_reason.map_or(0, HostReason::number);
    if departure.reason != told {
        return Err(format!(
            "the host is told reason {}, not {told}",
            departure.reason
        ));
    }
    match difference(&departure.data, &copy.frame) {
        Some(text) => Err(format!(
            "the frame of clock {} left the card changed: {text}\n{}",
            departure.arrival_clock,
            describe(&copy.frame)
        )),
        None => Ok(()),
    }
}
