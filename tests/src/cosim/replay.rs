//! Leads the golden model along the card's order of look-ups and compares each verdict.

use super::flow_hints::{Hints, Looked};
use super::order::{Entered, LookedUp, match_records};
use super::queues::check_overrun;
use flowswitch_driver::image::LogicalPort;
use flowswitch_model::{LearningRequest, Mac, Model, Outcome, describe};
use flowswitch_sim::card::Departure;
use flowswitch_sim::rtl::{LearnRecord, VerdictRecord};
use std::collections::HashMap;

/// A frame that was looked up, with the model's word on it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Clock of its first beat: with the port it names the frame in departures.
    pub arrival_clock: u64,
    /// Clock of its verdict.
    pub verdict_clock: u64,
    /// What became of its flow, by the record.
    pub flow: u8,
    /// What the model makes of it.
    pub outcome: Outcome,
}

/// What a batch came to.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// By ingress port, in order.
    pub judged: Vec<Vec<Judged>>,
    /// Learning steps that the card left out.
    pub skipped: u64,
}

/// The card's side of a batch.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Verdict records in order.
    pub verdicts: Vec<VerdictRecord>,
    /// Learning steps in order; none with one engine.
    pub learns: Vec<LearnRecord>,
    /// Where frames went: the destination of the first copy that left, by ingress and clock of arrival.
    sent_to: HashMap<(u8, u64), Mac>,
}

impl Observed {
    /// What was seen of a batch.
    pub fn new(
        verdicts: Vec<VerdictRecord>,
        learns: Vec<LearnRecord>,
        departures: &[Departure],
    ) -> Self {
        let mut sent_to = HashMap::new();
        for departure in departures {
            if let Some(mac) = departure.data.first_chunk() {
                let frame = (departure.source, departure.arrival_clock);
                sent_to.entry(frame).or_insert(Mac(*mac));
            }
        }
        Self {
            verdicts,
            learns,
            sent_to,
        }
    }
}

/// Replays a batch. `back_to_back`: the frames of each port entered in consecutive clocks, so that keys may have been
/// refused. `deferred`: learning steps are apart from look-ups. `hints` tell what the model takes over of flows.
pub fn replay(
    model: &mut Model,
    logical_ports: &[LogicalPort],
    frames: &[Vec<Entered>],
    observed: &Observed,
    back_to_back: bool,
    deferred: bool,
    hints: &mut Hints,
) -> Result<Replay, String> {
    let looked_up = match_ports(frames, observed, back_to_back)?;
    let mut replay = Replay {
        judged: vec![Vec::new(); frames.len()],
        skipped: 0,
    };
    let mut learns = observed.learns.iter().peekable();
    for record in &observed.verdicts {
        while let Some(learn) = learns.next_if(|learn| learn.clock < record.clock) {
            apply(model, learn)?;
        }
        let port = usize::from(record.port);
        let judged = &mut replay.judged[port];
        let frame = &frames[port][looked_up[port].frames[judged.len()]];
        let looked = Looked {
            record,
            frame: &frame.data,
            sent_to: observed
                .sent_to
                .get(&(record.port, record.arrival_clock))
                .copied(),
        };
        let hint = hints.observe(model, looked);
        let outcome = model
            .receive_as(record.port, &frame.data, frame.error, &hint)
            .map_err(|e| e.to_string())?;
        let with_event = hints.compares_event(model, looked, outcome.flow);
        compare(record, frame, &outcome, with_event)
            .map_err(|text| format!("{text}{}", steps_of(&frame.data, &observed.learns)))?;
        judged.push(Judged {
            arrival_clock: record.arrival_clock,
            verdict_clock: record.clock,
            flow: record.flow,
            outcome,
        });
    }
    for learn in learns {
        apply(model, learn)?;
    }
    if deferred {
        replay.skipped = check_learns(&replay.judged, logical_ports, &observed.learns)?;
    }
    for ((port, frames), (looked_up, judged)) in (0u8..)
        .zip(frames)
        .zip(looked_up.iter().zip(&replay.judged))
    {
        for frame in frames.iter().filter(|frame| frame.malformed()) {
            model
                .receive(port, &frame.data, frame.error)
                .map_err(|e| e.to_string())?;
        }
        overruns(model, port, frames, looked_up, judged)?;
    }
    Ok(replay)
}

fn match_ports(
    frames: &[Vec<Entered>],
    observed: &Observed,
    back_to_back: bool,
) -> Result<Vec<LookedUp>, String> {
    let port = |(port, frames): (usize, &Vec<Entered>)| {
        let records: Vec<_> = observed
            .verdicts
            .iter()
            .filter(|record| usize::from(record.port) == port)
            .collect();
        // The first frame that wants a look-up finds an empty queue, so the first record is its.
        let before: u64 = frames
            .iter()
            .take_while(|frame| frame.malformed())
            .map(Entered::beats)
            .sum();
        let start = records
            .first()
            .map_or(0, |record| record.arrival_clock.saturating_sub(before));
        match_records(frames, &records, back_to_back.then_some(start))
            .map_err(|error| format!("port {port}: {error}"))
    };
    if let Some(record) = observed
        .verdicts
        .iter()
        .find(|record| usize::from(record.port) >= frames.len())
    {
        return Err(format!(
            "a verdict for port {}, which does not exist",
            record.port
        ));
    }
    frames.iter().enumerate().map(port).collect()
}

fn apply(model: &mut Model, learn: &LearnRecord) -> Result<(), String> {
    model
        .learn(&request(learn))
        .map_err(|error| error.to_string())
}

fn request(learn: &LearnRecord) -> LearningRequest {
    LearningRequest {
        logical_port: learn.logical_port,
        domain: learn.domain,
        mac: mac(learn.mac),
    }
}

fn mac(address: u64) -> Mac {
    let [_, _, mac @ ..] = address.to_be_bytes();
    Mac(mac)
}

fn compare(
    record: &VerdictRecord,
    frame: &Entered,
    outcome: &Outcome,
    with_event: bool,
) -> Result<(), String> {
    let same_event = !with_event || record.flow == outcome.flow.number();
    if (record.row, record.reason, record.egress)
        == (outcome.row, outcome.reason(), outcome.egress_mask())
        && same_event
    {
        return Ok(());
    }
    Err(format!(
        "verdicts differ on a frame that port {} got in clock {} (engine {}, verdict in clock {})\n{}\n\
         card:  row {:2}, reason {:2}, egress {:#011b}, flow {}\n\
         model: row {:2}, reason {:2}, egress {:#011b}, flow {}: {}, because {}",
        record.port,
        record.arrival_clock,
        record.engine,
        record.clock,
        describe(&frame.data),
        record.row,
        record.reason,
        record.egress,
        record.flow,
        outcome.row,
        outcome.reason(),
        outcome.egress_mask(),
        outcome.flow.number(),
        outcome.verdict,
        outcome.explanation,
    ))
}

/// The learning steps that concern a frame's destination, for readers.
fn steps_of(frame: &[u8], learns: &[LearnRecord]) -> String {
    let to_destination = |learn: &&LearnRecord| frame.first_chunk() == Some(&mac(learn.mac).0);
    let steps = learns.iter().filter(to_destination).map(|learn| {
        let LearnRecord {
            logical_port,
            domain,
            clock,
            ..
        } = learn;
        format!(
            "\nits destination was learned on logical port {logical_port} in domain {domain:#06x} in clock {clock}"
        )
    });
    steps.collect()
}

/// Each learning step of a port must be one that a frame asked for, in the order of the frames and after the frame
/// came; the others were left out. Returns their number.
fn check_learns(
    judged: &[Vec<Judged>],
    logical_ports: &[LogicalPort],
    learns: &[LearnRecord],
) -> Result<u64, String> {
    let network_port = |learn: &LearnRecord| {
        let logical_port = logical_ports.get(usize::from(learn.logical_port));
        logical_port.map(|logical_port| usize::from(logical_port.port))
    };
    if let Some(learn) = learns.iter().find(|learn| network_port(learn).is_none()) {
        return Err(format!(
            "logical port {} learned in clock {}, but does not exist",
            learn.logical_port, learn.clock
        ));
    }
    let mut skipped = 0;
    for (port, judged) in judged.iter().enumerate() {
        let mut asked = judged
            .iter()
            .filter_map(|judged| judged.outcome.learning.map(|learning| (judged, learning)));
        for learn in learns
            .iter()
            .filter(|learn| network_port(learn) == Some(port))
        {
            let found = asked.by_ref().find(|(_, learning)| {
                let same = *learning == request(learn);
                skipped += u64::from(!same);
                same
            });
            match found {
                Some((judged, _)) if judged.arrival_clock < learn.clock => {}
                _ => {
                    return Err(format!(
                        "port {port} learned {} on logical port {} in domain {:#06x} in clock {}, which no frame had \
                         asked for",
                        mac(learn.mac),
                        learn.logical_port,
                        learn.domain,
                        learn.clock
                    ));
                }
            }
        }
        skipped += asked.count() as u64;
    }
    Ok(skipped)
}

fn overruns(
    model: &mut Model,
    port: u8,
    frames: &[Entered],
    looked_up: &LookedUp,
    judged: &[Judged],
) -> Result<(), String> {
    if looked_up.overrun.is_empty() {
        return Ok(());
    }
    // There are refused keys only where frames came back to back: their clocks follow from any other's.
    let mut ends = Vec::with_capacity(frames.len());
    let mut clock = 0;
    for frame in frames {
        clock += frame.beats();
        ends.push(clock);
    }
    let Some((first, position)) = judged.first().zip(looked_up.frames.first()) else {
        return Err(format!("port {port}: every key was refused"));
    };
    let origin = first.arrival_clock - (ends[*position] - frames[*position].beats());
    for &index in &looked_up.overrun {
        let before = looked_up.frames.partition_point(|&frame| frame < index);
        let waiting: Vec<_> = looked_up.frames[..before]
            .iter()
            .zip(judged)
            .map(|(&frame, judged)| (origin + ends[frame], judged.verdict_clock))
            .collect();
        check_overrun(&waiting, origin + ends[index])
            .map_err(|error| format!("port {port}: {error}"))?;
        model
            .lookup_overrun(port, &frames[index].data)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
