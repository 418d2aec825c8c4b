//! Runs a case on the card and the model, batch by batch.

use super::case::{Batch, Case, Event, Pace};
use super::cast::Cast;
use super::order::Entered;
use super::replay::{Observed, Replay, replay};
use super::setup::setup;
use super::{check, tally};
use crate::cards::open_rtl;
use crate::hex::difference;
use flowswitch_driver::image::Image;
use flowswitch_model::{LearningMode, Model, ModelError, Outcome, describe};
use flowswitch_sim::card::{Arrival, Card, CardError, Injection};
use flowswitch_sim::rtl::RtlCard;
use std::collections::BTreeMap;

/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;
/// Half a tick: batches begin there, so that none sees the tick change.
const MID_TICK: u64 = 1 << (TICK_LOG2 - 1);
/// After so many ticks everything learned is forgotten, whatever its age is taken to be.
const OBLIVION: u64 = 32_768;
/// Clocks in which the card clears what has expired, before a new age is set.
const SWEEP_CLOCKS: u64 = 5_000;
/// Clocks for which a blocked egress stays blocked.
const BLOCKED_CLOCKS: u64 = 3_000;
/// Clocks that an announcement takes at most, its turn among others included, and those before and after the first.
const ANNOUNCEMENT_CLOCKS: u64 = 128;
const ANNOUNCER_CLOCKS: u64 = 6_000;
/// Time in ns that is no shorter than a clock.
const CLOCK_NS: u64 = 4;

/// Why a case failed, for people.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Card and model differ. The card is idle and can be used again.
    #[error("{0}")]
    Differ(String),
    /// The card failed.
    #[error("the card failed: {0}")]
    Card(#[from] CardError),
}

impl Failure {
    fn within(self, place: &str) -> Self {
        match self {
            Self::Differ(text) => Self::Differ(format!("{place}: {text}")),
            Self::Card(error) => Self::Card(error),
        }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self::Differ(text)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::Differ(format!("the model refuses what the card takes: {error}"))
    }
}

/// A card that is used for one case after the other. A case leaves nothing behind but counters, which are compared
/// by what they gain; a card that has failed is given up.
pub struct Bench {
    ports: u8,
    engines: u8,
    card: Option<RtlCard>,
    seen: Seen,
}

/// How often cases have met what can become of a frame.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Frames, injected ones included.
    pub frames: usize,
    /// Look-ups by the row that matched.
    pub rows: BTreeMap<u8, u64>,
    /// Drops by reason number.
    pub drops: [u64; 32],
    /// Announcements.
    pub announcements: u64,
}

impl Bench {
    /// For a variant; the card is made when it is needed.
    pub fn new(ports: u8, engines: u8) -> Self {
        Self {
            ports,
            engines,
            card: None,
            seen: Seen::default(),
        }
    }

    /// What the cases that passed have met.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Runs a case.
    ///
    /// # Errors
    /// If card and model differ or the card fails, with everything a reader needs to see why.
    pub fn run(&mut self, case: &Case) -> Result<(), Failure> {
        let mut card = match self.card.take() {
            Some(card) => card,
            None => open_rtl(self.ports, self.engines, true),
        };
        let result = run_case(&mut card, case, &mut self.seen);
        if !matches!(result, Err(Failure::Card(_))) {
            self.card = Some(card);
        }
        result
    }
}

fn run_case(card: &mut RtlCard, case: &Case, seen: &mut Seen) -> Result<(), Failure> {
    let mut model = prepare(card, &case.image)?;
    let before = card.counters()?;
    if card.engines() > 1 {
        model.set_learning_mode(LearningMode::Deferred);
    }
    model.set_time_ns(card.now_ns());
    card.program(&case.image)?;
    model.program(setup(&case.image))?;
    announcements(card, &mut model)?;
    let cast = Cast::of(&case.image);
    let mut skipped = 0;
    let mut number = 0;
    let mut rows: BTreeMap<u8, u64> = BTreeMap::new();
    for (position, batch) in case.batches.iter().enumerate() {
        let count = case.batches.len();
        let replay = run_batch(card, &mut model, case, &cast, batch, &mut number)
            .map_err(|failure| failure.within(&format!("batch {position} of {count}")))?;
        skipped += replay.skipped;
        for judged in replay.judged.iter().flatten() {
            *rows.entry(judged.outcome.row).or_default() += 1;
        }
    }
    let after = card.counters()?;
    tally::compare(&before, &after, model.counters(), skipped)?;
    seen.frames += case.frames();
    let host = model.counters().ports.last();
    seen.announcements += host.map_or(0, |host| host.generated);
    for (row, count) in rows {
        *seen.rows.entry(row).or_default() += count;
    }
    for (seen, drops) in seen.drops.iter_mut().zip(model.counters().drops()) {
        *seen += drops;
    }
    Ok(())
}

/// Brings the card to the state that a new model has.
fn prepare(card: &mut RtlCard, image: &Image) -> Result<Model, Failure> {
    let ports = card.ports();
    for port in 0..ports {
        card.set_link(port, true)?;
    }
    pass_ticks(card, OBLIVION)?;
    card.run(SWEEP_CLOCKS)?;
    // What the image before had to announce is nobody's any more.
    let silent = Image {
        announce: 0,
        ..image.clone()
    };
    card.program(&silent)?;
    card.run_until_idle()?;
    card.take_departures();
    Ok(Model::new(ports, setup(&silent))?)
}

/// Lets time pass to the middle of a later tick.
fn pass_ticks(card: &mut RtlCard, ticks: u64) -> Result<(), Failure> {
    let tick = (card.now_ns() >> TICK_LOG2) + ticks;
    Ok(card.jump_to((tick << TICK_LOG2) + MID_TICK)?)
}

fn run_batch(
    card: &mut RtlCard,
    model: &mut Model,
    case: &Case,
    cast: &Cast,
    batch: &Batch,
    number: &mut u32,
) -> Result<Replay, Failure> {
    for event in &batch.events {
        happen(card, model, &case.image, event)?;
        announcements(card, model)?;
    }
    for (port, &share) in (0..=card.ports()).zip(&batch.stalls) {
        card.set_stall(port, share)?;
    }
    model.set_time_ns(card.now_ns());
    let (frames, arrivals) = arrivals(card, cast, batch, number);
    let injected = inject(card, model, cast, batch, number);
    card.offer(arrivals);
    if let Some(port) = batch.blocked {
        card.block_port(port, true)?;
        card.run(BLOCKED_CLOCKS)?;
        card.block_port(port, false)?;
    }
    card.run_until_idle()?;
    let departures = card.take_departures();
    let observed = Observed {
        verdicts: card.take_verdicts(),
        learns: card.take_learns(),
    };
    let back_to_back = matches!(batch.pace, Pace::Full);
    let replay = replay(
        model,
        &case.image.logical_ports,
        &frames,
        &observed,
        back_to_back,
        card.engines() > 1,
    )?;
    check::departures(model, &replay.judged, &injected, &departures)?;
    Ok(replay)
}

fn happen(
    card: &mut RtlCard,
    model: &mut Model,
    image: &Image,
    event: &Event,
) -> Result<(), Failure> {
    match *event {
        Event::Link(port, up) => {
            let port = port % card.ports();
            card.set_link(port, up)?;
            model.set_link(port, up)?;
        }
        Event::Member(position, up) => {
            let members: Vec<u16> = image.members.keys().copied().collect();
            let member = members[usize::from(position) % members.len()];
            card.set_member_up(member, up)?;
            model.set_member_up(member, up)?;
        }
        Event::Ticks(ticks) => pass_ticks(card, ticks.into())?,
    }
    Ok(())
}

/// Lets the card announce what is due, and compares that with what the model says is.
fn announcements(card: &mut RtlCard, model: &mut Model) -> Result<(), Failure> {
    model.set_time_ns(card.now_ns());
    let mut wanted: BTreeMap<u8, Vec<Vec<u8>>> = BTreeMap::new();
    let mut clocks = 0;
    while let Some(outcome) = model.announce() {
        clocks += ANNOUNCEMENT_CLOCKS;
        for copy in outcome.copies {
            wanted.entry(copy.egress).or_default().push(copy.frame);
        }
    }
    if clocks > 0 {
        for port in 0..=card.ports() {
            card.set_stall(port, 0)?;
        }
        card.run(clocks + ANNOUNCER_CLOCKS)?;
    }
    card.run_until_idle()?;
    for departure in card.take_departures() {
        let egress = departure.port;
        let frames = wanted.entry(egress).or_default();
        if frames.is_empty() {
            return Err(Failure::Differ(format!(
                "port {egress} announced what is not due\n{}",
                describe(&departure.data)
            )));
        }
        let due = frames.remove(0);
        if let Some(text) = difference(&departure.data, &due) {
            let due = describe(&due);
            return Err(Failure::Differ(format!(
                "port {egress} announced something else: {text}\n{due}"
            )));
        }
    }
    match wanted.iter().find(|(_, frames)| !frames.is_empty()) {
        Some((egress, frames)) => Err(Failure::Differ(format!(
            "port {egress} did not announce\n{}",
            describe(&frames[0])
        ))),
        None => Ok(()),
    }
}

/// The batch's frames, by port for the model and in order of entry for the card.
fn arrivals(
    card: &mut RtlCard,
    cast: &Cast,
    batch: &Batch,
    number: &mut u32,
) -> (Vec<Vec<Entered>>, Vec<Arrival>) {
    let ports = card.ports();
    let now = card.now_ns();
    card.set_gap(match batch.pace {
        Pace::Full => 0,
        Pace::Spaced { gap } => gap,
    });
    let mut frames = vec![Vec::new(); usize::from(ports)];
    let mut next_ns = vec![now; usize::from(ports)];
    let mut arrivals = Vec::new();
    for spec in batch.bursts.iter().flatten() {
        let port = spec.port % ports;
        *number += 1;
        let frame = Entered {
            data: spec.build(cast, port, *number, &batch.likeness),
            error: spec.error,
        };
        let next = &mut next_ns[usize::from(port)];
        arrivals.push(Arrival {
            port,
            at_ns: *next,
            data: frame.data.clone(),
            error: frame.error,
        });
        if matches!(batch.pace, Pace::Spaced { .. }) {
            // Twice the clocks that the frame takes, and a clock of the engine for every port.
            *next += CLOCK_NS * (2 * frame.beats() + u64::from(ports));
        }
        frames[usize::from(port)].push(frame);
    }
    (frames, arrivals)
}

fn inject(
    card: &mut RtlCard,
    model: &mut Model,
    cast: &Cast,
    batch: &Batch,
    number: &mut u32,
) -> Vec<(u8, Outcome)> {
    let ports = card.ports();
    let at_ns = card.now_ns();
    let mut outcomes = Vec::new();
    let mut injections = Vec::new();
    for (egress, spec) in &batch.injections {
        // One more than there are: no such port.
        let egress = egress % (ports + 1);
        *number += 1;
        let data = spec.build(cast, spec.port % ports, *number, &batch.likeness);
        outcomes.push((egress, model.inject(egress, &data, false)));
        injections.push(Injection {
            egress,
            at_ns,
            data,
        });
    }
    card.inject(injections);
    outcomes
}
