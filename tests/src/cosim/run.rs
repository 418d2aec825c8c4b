//! Runs a case on the card and the model, batch by batch.

use super::case::{Batch, Case, Event, Pace, Reset};
use super::cast::Cast;
use super::flow_hints::{FlowCheck, Hints};
use super::frames::Likeness;
use super::order::Entered;
use super::replay::{Judged, Observed, Replay, replay};
use super::setup::setup;
use super::{check, tally};
use crate::cards::{open_corner, open_rtl};
use crate::hex::difference;
use flowswitch_driver::flow_key::{self, FlowSeed};
use flowswitch_driver::image::Image;
use flowswitch_model::{
    FIRST_ROUTER, FlowKey, FlowPart, HostReason, LearningMode, Model, ModelError, Outcome, Verdict,
    describe,
};
use flowswitch_sim::card::{Arrival, Card, CardError, Injection};
use flowswitch_sim::rtl::RtlCard;
use flowswitch_verilated::Corner;
use std::collections::{BTreeMap, HashMap};

/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;
/// Half a tick: batches begin there, so that none sees the tick change.
const MID_TICK: u64 = 1 << (TICK_LOG2 - 1);
/// After so many ticks everything learned is forgotten, whatever its age is taken to be.
const OBLIVION: u64 = 32_768;
/// Clocks in which the card clears what has expired, before a new age is set: for its first sets of addresses, and for each.
const SWEEP_CLOCKS: u64 = 5_000;
const SWEEP_CLOCKS_PER_SET: u64 = 2;
/// Clocks for which a blocked egress stays blocked.
const BLOCKED_CLOCKS: u64 = 3_000;
/// Clocks after which both sides of the card know of a reset.
const NOTICE_CLOCKS: u64 = 200;
/// Clocks between two looks at whether all frames have entered.
const ENTRY_CLOCKS: u64 = 256;
/// An egress refuses no more than this share, in 1/65536, once all frames have entered: to drain full queues a beat in fifty
/// clocks took most of the time and met nothing new.
const EASED_STALL: u16 = 32_768;
/// Clocks that an announcement takes at most, its turn among others included, and those before and after the first.
const ANNOUNCEMENT_CLOCKS: u64 = 128;
const ANNOUNCER_CLOCKS: u64 = 6_000;
/// Time in ns that is no shorter than a clock.
const CLOCK_NS: u64 = 4;
/// Ticks that stamps of flows count.
const FLOW_TICKS: u64 = 1 << 13;
/// So many flows are looked for in the card's table at the end of a case, at most.
const SAMPLE_FLOWS: usize = 6;
/// With an engine for each port, clocks after which every look-up sees what a frame did to its flow, and some.
const FLOW_CLOCKS: u64 = 600;

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
    corner: Option<&'static str>,
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
    /// Look-ups by what became of the flow.
    pub flows: BTreeMap<u8, u64>,
    /// Errors whose quote was lost.
    pub lost_quotes: u64,
    /// Announcements.
    pub announcements: u64,
}

/// What holds over the batches of a case.
struct Course {
    /// As it was programmed last.
    image: Image,
    hints: Hints,
    /// Frames so far.
    number: u32,
    /// No batch's flows were compared by legality alone.
    exact: bool,
}

impl Bench {
    /// For a variant; the card is made when it is needed.
    pub fn new(ports: u8, engines: u8) -> Self {
        Self::of(ports, engines, None)
    }

    /// For a card at the end of its parameters.
    pub fn corner(corner: &Corner) -> Self {
        Self::of(corner.ports, corner.engines, Some(corner.name))
    }

    fn of(ports: u8, engines: u8, corner: Option<&'static str>) -> Self {
        Self {
            ports,
            engines,
            corner,
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
            None => match self.corner {
                Some(name) => open_corner(name, self.ports),
                None => open_rtl(self.ports, self.engines, true),
            },
        };
        let result = run_case(&mut card, case, &mut self.seen);
        if !matches!(result, Err(Failure::Card(_))) {
            self.card = Some(card);
        }
        result
    }
}

fn run_case(card: &mut RtlCard, case: &Case, seen: &mut Seen) -> Result<(), Failure> {
    let cast = Cast::of(&case.image);
    if let Some(reset) = &case.reset {
        reset_under_traffic(card, &cast, reset).map_err(|failure| failure.within("the reset"))?;
    }
    let mut model = prepare(card, &case.image)?;
    let before = card.counters()?;
    if card.engines() > 1 {
        model.set_learning_mode(LearningMode::Deferred);
    }
    model.set_time_ns(card.now_ns());
    card.program(&case.image)?;
    model.program(setup(&case.image))?;
    announcements(card, &mut model)?;
    let mut skipped = 0;
    let mut course = Course {
        image: case.image.clone(),
        hints: Hints::new(FlowCheck::Exact),
        number: 0,
        exact: true,
    };
    let mut found = Seen::default();
    for (position, batch) in case.batches.iter().enumerate() {
        let count = case.batches.len();
        let replay = run_batch(card, &mut model, &mut course, &cast, batch)
            .map_err(|failure| failure.within(&format!("batch {position} of {count}")))?;
        skipped += replay.skipped;
        for Judged { outcome, flow, .. } in replay.judged.iter().flatten() {
            *found.rows.entry(outcome.row).or_default() += 1;
            *found.flows.entry(*flow).or_default() += 1;
            let lost = outcome.verdict == Verdict::Host(HostReason::Quote);
            found.lost_quotes += u64::from(lost);
        }
    }
    let after = card.counters()?;
    tally::compare(&before, &after, model.counters(), skipped)?;
    tally::compare_flows(&before.flows, &after.flows, &model, course.exact)?;
    if course.exact {
        same_flows(card, &model)?;
    }
    seen.frames += case.frames();
    let host = model.counters().ports.last();
    seen.announcements += host.map_or(0, |host| host.generated);
    for (row, count) in found.rows {
        *seen.rows.entry(row).or_default() += count;
    }
    for (event, count) in found.flows {
        *seen.flows.entry(event).or_default() += count;
    }
    seen.lost_quotes += found.lost_quotes;
    for (seen, drops) in seen.drops.iter_mut().zip(model.counters().drops()) {
        *seen += drops;
    }
    Ok(())
}

/// Resets a card while frames pass. What becomes of them is not told here; that they are whole, the harness sees. The card
/// must say what it holds.
fn reset_under_traffic(card: &mut RtlCard, cast: &Cast, reset: &Reset) -> Result<(), Failure> {
    let (ports, at_ns) = (card.ports(), card.now_ns());
    let held = card.driver_mut().generation().map_err(CardError::Driver)?;
    let arrivals = (1..).zip(&reset.frames).map(|(number, spec)| {
        let port = spec.port % ports;
        Arrival {
            port,
            at_ns,
            data: spec.build(cast, port, number, &Likeness::of_all_kinds()),
            error: spec.error,
        }
    });
    card.offer(arrivals.collect());
    card.run(reset.after)?;
    card.harness_mut()
        .pulse_resets(reset.core, reset.registers, reset.clocks)
        .map_err(|error| CardError::Simulation(error.to_string()))?;
    card.run(NOTICE_CLOCKS)?;
    card.run_until_idle()?;
    card.take_departures();
    card.take_verdicts();
    card.take_learns();
    let holds = card.driver_mut().generation().map_err(CardError::Driver)?;
    let wanted = if reset.core { 0 } else { held };
    if holds == wanted {
        Ok(())
    } else {
        Err(Failure::Differ(format!(
            "the card's generation is {holds}, not {wanted}"
        )))
    }
}

/// Brings the card to the state that a new model has.
fn prepare(card: &mut RtlCard, image: &Image) -> Result<Model, Failure> {
    let ports = card.ports();
    for port in 0..ports {
        card.set_link(port, true)?;
    }
    let silent = Image {
        announce: 0,
        ..image.clone()
    };
    let sets_log2 = card.driver_mut().capabilities().fdb_sets_log2;
    let mut model = Model::with_fdb_sets(ports, setup(&silent), sets_log2)?;
    forget_flows(card, &mut model, image.services.len() as u64)?;
    pass_ticks(card, OBLIVION)?;
    card.run(SWEEP_CLOCKS.max(SWEEP_CLOCKS_PER_SET << sets_log2))?;
    // What the image before had to announce is nobody's any more.
    card.program(&silent)?;
    card.run_until_idle()?;
    card.take_departures();
    Ok(model)
}

/// Has card and model forget all flows and fragments.
fn forget_flows(card: &mut RtlCard, model: &mut Model, seed: u64) -> Result<(), Failure> {
    let seed = FlowSeed::from_number(seed);
    let driver = card.driver_mut();
    driver.set_flow_seed(seed).map_err(CardError::Driver)?;
    model.set_flow_seed(seed.words());
    Ok(())
}

/// Some of the model's flows are looked for in the card's table, and every server's number is compared.
fn same_flows(card: &mut RtlCard, model: &Model) -> Result<(), Failure> {
    let flows = model.flows();
    let step = flows.len().div_ceil(SAMPLE_FLOWS).max(1);
    for flow in flows.iter().step_by(step) {
        let found = card.driver_mut().find_flow(&driver_key(&flow.key));
        let found = found.map_err(CardError::Driver)?.map(|found| found.entry);
        let held = found.map(|entry| {
            let stamp = u64::from(entry.stamp);
            (entry.server, entry.state as u8, entry.cluster, stamp)
        });
        let stamp = flow.stamp % FLOW_TICKS;
        let wanted = Some((flow.server, flow.state.number(), flow.cluster, stamp));
        if held != wanted {
            return Err(Failure::Differ(format!(
                "the card's table has {held:?} for {flow:?} (server, state, cluster, stamp)"
            )));
        }
    }
    let servers = model.setup().members.keys().copied();
    for server in servers.filter(|&server| server < FIRST_ROUTER) {
        let counted = card.driver_mut().server_flows(server);
        let counted = counted.map_err(CardError::Driver)?;
        let (gained, lost) = model.flows_of_server(server);
        // What has expired may still be there.
        if u64::from(counted.inserted) != gained || u64::from(counted.removed) > lost {
            return Err(Failure::Differ(format!(
                "server {server} gained {gained} flows and lost {lost}, but the card counts {counted:?}"
            )));
        }
    }
    Ok(())
}

fn driver_key(key: &FlowKey) -> flow_key::FlowKey {
    let FlowKey {
        client,
        cluster: vip,
        part,
    } = *key;
    let flow = |protocol, halves| flow_key::FlowKey::Flow {
        client,
        vip,
        protocol,
        halves,
    };
    match part {
        FlowPart::Everything => flow_key::FlowKey::Client { client, vip },
        FlowPart::Protocol(protocol) => flow(protocol, None),
        FlowPart::Layer4 {
            protocol,
            client,
            cluster,
        } => flow(protocol, Some((client, cluster))),
    }
}

/// Lets time pass to the middle of a later tick.
fn pass_ticks(card: &mut RtlCard, ticks: u64) -> Result<(), Failure> {
    let tick = (card.now_ns() >> TICK_LOG2) + ticks;
    Ok(card.jump_to((tick << TICK_LOG2) + MID_TICK)?)
}

fn run_batch(
    card: &mut RtlCard,
    model: &mut Model,
    course: &mut Course,
    cast: &Cast,
    batch: &Batch,
) -> Result<Replay, Failure> {
    for event in &batch.events {
        happen(card, model, &mut course.image, event)?;
        announcements(card, model)?;
    }
    for (port, &share) in (0..=card.ports()).zip(&batch.stalls) {
        card.set_stall(port, share)?;
    }
    model.set_time_ns(card.now_ns());
    let several = card.engines() > 1;
    let back_to_back = matches!(batch.pace, Pace::Full);
    let (check, spacing) = match (several, back_to_back) {
        (false, _) => (FlowCheck::Exact, None),
        (true, false) => (FlowCheck::Exact, Some(&*model)),
        (true, true) => (FlowCheck::Legal, None),
    };
    course.hints.set_check(check);
    card.set_gap(match batch.pace {
        Pace::Full => 0,
        Pace::Spaced { gap } => gap,
    });
    let place = (card.ports(), card.now_ns());
    let (frames, arrivals) = arrivals(place, spacing, cast, batch, &mut course.number);
    let injected = inject(card, model, cast, batch, &mut course.number);
    card.offer(arrivals);
    if let Some(port) = batch.blocked {
        card.block_port(port, true)?;
        card.run(BLOCKED_CLOCKS)?;
        card.block_port(port, false)?;
    }
    until_entered(card)?;
    for (port, &share) in (0..=card.ports()).zip(&batch.stalls) {
        card.set_stall(port, share.min(EASED_STALL))?;
    }
    card.run_until_idle()?;
    let departures = card.take_departures();
    let observed = Observed::new(card.take_verdicts(), card.take_learns(), &departures);
    let replay = replay(
        model,
        &course.image.logical_ports,
        &frames,
        &observed,
        back_to_back,
        several,
        &mut course.hints,
    )?;
    let queue_beats = card.driver_mut().capabilities().queue_beats;
    check::departures(model, &replay.judged, &injected, &departures, queue_beats)?;
    if course.hints.check() == FlowCheck::Legal {
        // What became of the entries is not known.
        course.exact = false;
        course.hints.clear();
        forget_flows(card, model, course.number.into())?;
    }
    Ok(replay)
}

/// Runs until every frame has entered: then queues are as full as they get.
fn until_entered(card: &mut RtlCard) -> Result<(), Failure> {
    while (0..card.ports()).any(|port| card.queued_beats(port) > 0) {
        card.run_while_fed(0, ENTRY_CLOCKS)?;
    }
    Ok(())
}

fn happen(
    card: &mut RtlCard,
    model: &mut Model,
    image: &mut Image,
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
        Event::Change(change) => {
            change.apply(image);
            // Who is up stays as it is.
            for (number, member) in &mut image.members {
                let now = model.setup().members.get(number);
                member.up = now.is_some_and(|now| now.up);
            }
            card.program(image)?;
            model.program(setup(image))?;
        }
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

/// The batch's frames, by port for the model and in order of entry for the card of so many ports and that time. Frames of
/// one flow by that `model` keep a distance, so that each sees what those before it did.
pub(super) fn arrivals(
    (ports, now): (u8, u64),
    spacing: Option<&Model>,
    cast: &Cast,
    batch: &Batch,
    number: &mut u32,
) -> (Vec<Vec<Entered>>, Vec<Arrival>) {
    let mut frames = vec![Vec::new(); usize::from(ports)];
    let mut next_ns = vec![now; usize::from(ports)];
    let mut arrivals = Vec::new();
    let mut flows: HashMap<FlowKey, u64> = HashMap::new();
    for spec in batch.bursts.iter().flatten() {
        let port = spec.port % ports;
        *number += 1;
        let frame = Entered {
            data: spec.build(cast, port, *number, &batch.likeness),
            error: spec.error,
        };
        let next = &mut next_ns[usize::from(port)];
        let key = spacing.and_then(|model| model.flow_key(port, &frame.data));
        if let Some(key) = key {
            let free = flows.get(&key).copied().unwrap_or_default();
            *next = free.max(*next);
            flows.insert(key, *next + CLOCK_NS * (2 * frame.beats() + FLOW_CLOCKS));
        }
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
