//! Card and model side by side without a word between them: the same frames at the same times, and every frame must leave
//! both at the same time. The model is told nothing of what the card did. Only where it says itself that the contract
//! leaves something open ([`Leeway`]) may they differ, and no more than that explains.

use super::case::{Batch, Case, Event, Pace};
use super::cast::Cast;
use super::run::arrivals;
use crate::cards::open_rtl;
use crate::drops::{named_drops, reason_number};
use crate::hex::difference;
use crate::measure;
use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::image::Image;
use flowswitch_model::{Leeway, Leeways, describe};
use flowswitch_sim::card::{Arrival, Card, CardError, Departure, Injection};
use flowswitch_sim::counters::Counters;
use flowswitch_sim::rtl::RtlCard;
use flowswitch_sim::software::SoftwareCard;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::mem;

/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;
/// After so many ticks everything learned is forgotten.
const OBLIVION: u64 = 32_768;

/// Time in ns after which a frame is alone.
const ALONE_NS: u64 = 1_000;
/// The host of [`measure::image`].
const HOST_MAC: [u8; 6] = [2, 0, 0, 0, 2, 5];

/// Why the two are not the same.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// They differ in what they did.
    #[error("{0}")]
    Found(String),
    /// One of them failed.
    #[error("a card failed: {0}")]
    Card(#[from] CardError),
}

impl From<String> for Difference {
    fn from(text: String) -> Self {
        Self::Found(text)
    }
}

/// How much of what two cards do must be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Every frame, its time and every counter.
    All,
    /// Every frame of each source on each port, in order.
    Frames,
    /// Every frame, MACs aside, wherever and whenever it leaves.
    Payloads,
}

/// What a leeway excuses.
fn likeness(leeway: Leeway) -> Likeness {
    match leeway {
        // Times alone.
        Leeway::KeyHeld => Likeness::Frames,
        // Which server gets a frame, or whether an address is still known.
        Leeway::FlowRoom | Leeway::Load | Leeway::TickEdge | Leeway::LongSkip | Leeway::Engines => {
            Likeness::Payloads
        }
    }
}

/// The two cards.
pub struct Pair {
    rtl: RtlCard,
    model: SoftwareCard,
    /// Of the card, when the two were begun with an image.
    before: (Counters, Counters),
    likeness: Likeness,
    /// What was left open since the cards were made.
    leeways: Leeways,
    /// Frames that were compared in everything.
    compared: u64,
    /// Frames that card and model have lost to full queues since the two were begun.
    lost: [u64; 2],
    /// Frames that one of the two alone sent because queues were full.
    excused: u64,
}

/// What left both cards: it is the same.
pub struct Left {
    /// The card's.
    pub rtl: Vec<Departure>,
    /// The model's.
    pub model: Vec<Departure>,
}

impl Pair {
    /// Cards with so many ports and one look-up engine.
    ///
    /// # Panics
    /// If there is no such variant.
    pub fn new(ports: u8) -> Self {
        Self {
            rtl: open_rtl(ports, 1, false),
            model: SoftwareCard::new(ports),
            before: Default::default(),
            likeness: Likeness::All,
            leeways: Leeways::default(),
            compared: 0,
            lost: [0; 2],
            excused: 0,
        }
    }

    /// Frames that one of the two alone sent, because it was left open where others went and queues were full.
    pub fn excused(&self) -> u64 {
        self.excused
    }

    /// Frames that were compared byte for byte and clock by clock.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// What was left open since the cards were made.
    pub fn leeways(&self) -> &Leeways {
        &self.leeways
    }

    /// Whether everything that follows is still the same: a card that has decided otherwise once is another one.
    pub fn is_exact(&self) -> bool {
        self.likeness == Likeness::All
    }

    /// The card.
    pub fn rtl(&mut self) -> &mut RtlCard {
        &mut self.rtl
    }

    /// The model.
    pub fn model(&self) -> &SoftwareCard {
        &self.model
    }

    /// Has both forget everything, and programs them.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn begin(&mut self, image: &Image, seed: u64) -> Result<(), Difference> {
        let silent = Image {
            announce: 0,
            ..image.clone()
        };
        for port in 0..self.rtl.ports() {
            self.both(|card| card.set_link(port, true))?;
        }
        let seed = FlowSeed::from_number(seed);
        let driver = self.rtl.driver_mut();
        driver.set_flow_seed(seed).map_err(CardError::Driver)?;
        self.model.set_flow_seed(seed);
        if !self.is_exact() {
            self.align()?;
        }
        self.both(|card| card.program(&silent))?;
        self.pass_ticks(OBLIVION)?;
        self.both(|card| {
            card.take_departures();
            card.take_leeways();
            Ok(())
        })?;
        self.before = (self.rtl.counters()?, self.model.counters()?);
        self.lost = [0; 2];
        self.program(image)
    }

    /// Brings every arbiter of both to the same state, whatever they did before: each port in turn sends to each.
    fn align(&mut self) -> Result<(), Difference> {
        let ports = self.rtl.ports();
        self.both(|card| card.program(&measure::image(ports)))?;
        self.pass_ticks(1)?;
        let now = self.rtl.now_ns();
        let mut times = (0..).map(|number: u64| now + ALONE_NS * number);
        let mut arrivals = Vec::new();
        let mut injections = Vec::new();
        for egress in 0..=ports {
            for port in 0..ports {
                let mut data = measure::to_server(egress, 1, 0);
                if egress == ports {
                    data[..6].copy_from_slice(&HOST_MAC);
                }
                arrivals.extend(times.next().map(|at_ns| Arrival {
                    port,
                    at_ns,
                    data,
                    error: false,
                }));
            }
            injections.extend(times.next().map(|at_ns| Injection {
                egress,
                at_ns,
                data: measure::to_server(egress, 1, 0),
            }));
        }
        self.both(|card| {
            card.offer(arrivals.clone());
            card.inject(injections.clone());
            card.run_until_idle()
        })?;
        self.likeness = Likeness::All;
        Ok(())
    }

    /// Programs both.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn program(&mut self, image: &Image) -> Result<(), Difference> {
        self.level()?;
        self.both(|card| card.program(image))?;
        self.compare().map(drop)
    }

    /// Programs both; for each whether it took the image.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn program_or_refuse(&mut self, image: &Image) -> Result<(bool, bool), Difference> {
        self.level()?;
        let taken = (
            self.rtl.program(image).is_ok(),
            self.model.program(image).is_ok(),
        );
        self.compare()?;
        Ok(taken)
    }

    /// Does the same to both, and compares what they say of it.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn rtl_and_model(
        &mut self,
        act: impl FnMut(&mut dyn Card) -> Result<(), CardError>,
    ) -> Result<(), Difference> {
        self.level()?;
        self.both(act)?;
        self.compare().map(drop)
    }

    /// Does the same to both.
    fn both(
        &mut self,
        mut act: impl FnMut(&mut dyn Card) -> Result<(), CardError>,
    ) -> Result<(), CardError> {
        act(&mut self.rtl)?;
        act(&mut self.model)
    }

    /// Brings both, which are idle, to one time: they come to rest at different ones.
    fn level(&mut self) -> Result<(), CardError> {
        let then = self.rtl.now_ns().max(self.model.now_ns()) + ALONE_NS;
        self.both(|card| card.jump_to(then))
    }

    /// Lets time pass to the middle of a later tick, so that both come to it alike.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn pass_ticks(&mut self, ticks: u64) -> Result<(), Difference> {
        let now = self.rtl.now_ns().max(self.model.now_ns());
        let then = (((now >> TICK_LOG2) + ticks) << TICK_LOG2) + (1 << (TICK_LOG2 - 1));
        Ok(self.both(|card| card.jump_to(then))?)
    }

    /// The time of both, which are idle: that of the middle of the next tick.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn meet(&mut self) -> Result<u64, Difference> {
        self.pass_ticks(1)?;
        self.compare()?;
        Ok(self.rtl.now_ns())
    }

    /// Runs frames through both, whose times begin where they have met, and compares what left them.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn run(
        &mut self,
        arrivals: Vec<Arrival>,
        injections: Vec<Injection>,
    ) -> Result<Left, Difference> {
        let frames = (arrivals.len() + injections.len()) as u64;
        self.both(|card| {
            card.offer(arrivals.clone());
            card.inject(injections.clone());
            card.run_until_idle()
        })?;
        let left = self.compare()?;
        if self.is_exact() {
            self.compared += frames;
        }
        Ok(left)
    }

    /// Compares what left both since the last time.
    fn compare(&mut self) -> Result<Left, Difference> {
        let leeways = self.model.take_leeways();
        let excused = leeways.iter().map(|(leeway, _)| likeness(leeway)).max();
        self.likeness = self.likeness.max(excused.unwrap_or(Likeness::All));
        self.leeways.extend(&leeways);
        let left = Left {
            rtl: self.rtl.take_departures(),
            model: self.model.take_departures(),
        };
        let before = mem::take(&mut self.lost);
        self.lost = self.lost_by_queues()?;
        if self.likeness == Likeness::Payloads {
            // Where frames went elsewhere, other queues may have filled: as many frames as were lost.
            let lost = [0, 1].map(|card| self.lost[card].saturating_sub(before[card]));
            self.excused += same_payloads(&left, lost).map_err(Difference::Found)?;
        } else {
            same_departures(&left, self.rtl.ports(), self.likeness).map_err(Difference::Found)?;
        }
        Ok(left)
    }

    /// Frames that the two lost to full queues since they were begun. As long as all is compared the model speaks for both.
    fn lost_by_queues(&mut self) -> Result<[u64; 2], CardError> {
        let full = ["egress-full", "host-full", "lookup-overrun"].map(reason_number);
        let lost = |before: &Counters, after: &Counters| -> u64 {
            let gained = |reason: usize| after.drops[reason].wrapping_sub(before.drops[reason]);
            full.iter().copied().map(gained).sum()
        };
        let model = lost(&self.before.1, &self.model.counters()?);
        if self.is_exact() {
            return Ok([model; 2]);
        }
        Ok([lost(&self.before.0, &self.rtl.counters()?), model])
    }

    /// Compares all counters since [`Pair::begin`].
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn compare_counters(&mut self) -> Result<(), Difference> {
        let rtl = self.rtl.counters()?;
        let model = self.model.counters()?;
        for (name, counters) in [("card", &rtl), ("model", &model)] {
            let (into, out) = counters.conservation();
            same(&format!("conservation of the {name}"), into, out)?;
            same(
                &format!("frames in flight in the {name}"),
                counters.in_flight,
                0,
            )?;
        }
        if self.likeness > Likeness::Frames {
            return Ok(());
        }
        let rtl = counted(&self.before.0, &rtl);
        let model = counted(&self.before.1, &model);
        same("counters", rtl, model)?;
        Ok(())
    }

    /// Runs a random case; stalls, blocks and gaps are left out, which the model knows nothing of.
    ///
    /// # Errors
    /// See [`Difference`].
    pub fn run_case(&mut self, case: &Case, seed: u64) -> Result<(), Difference> {
        self.begin(&case.image, seed)?;
        let cast = Cast::of(&case.image);
        let mut image = case.image.clone();
        let mut number = 0;
        for (position, batch) in case.batches.iter().enumerate() {
            self.run_batch(&mut image, &cast, batch, &mut number)
                .map_err(|difference| match difference {
                    Difference::Found(text) => Difference::Found(format!(
                        "batch {position} of {}: {text}",
                        case.batches.len()
                    )),
                    failed => failed,
                })?;
        }
        self.compare_counters()
    }

    fn run_batch(
        &mut self,
        image: &mut Image,
        cast: &Cast,
        batch: &Batch,
        number: &mut u32,
    ) -> Result<(), Difference> {
        for event in &batch.events {
            self.happen(image, event)?;
        }
        let now = self.meet()?;
        let ports = self.rtl.ports();
        let spaced = Batch {
            pace: match batch.pace {
                Pace::Full => Pace::Full,
                Pace::Spaced { .. } => Pace::Spaced { gap: 0 },
            },
            ..batch.clone()
        };
        let (_, arrivals) = arrivals((ports, now), None, cast, &spaced, number);
        let mut injections = Vec::new();
        for (egress, spec) in &batch.injections {
            *number += 1;
            injections.push(Injection {
                egress: egress % (ports + 1),
                at_ns: now,
                data: spec.build(cast, spec.port % ports, *number, &batch.likeness),
            });
        }
        self.run(arrivals, injections).map(drop)
    }

    fn happen(&mut self, image: &mut Image, event: &Event) -> Result<(), Difference> {
        self.level()?;
        match *event {
            Event::Link(port, up) => {
                let port = port % self.rtl.ports();
                self.both(|card| card.set_link(port, up))?;
            }
            Event::Member(position, up) => {
                let members: Vec<u16> = image.members.keys().copied().collect();
                let member = members[usize::from(position) % members.len()];
                self.both(|card| card.set_member_up(member, up))?;
            }
            Event::Ticks(ticks) => self.pass_ticks(ticks.into())?,
            Event::Change(change) => {
                change.apply(image);
                // Who is up stays as it is.
                let now = &self.model.model().setup().members;
                for (number, member) in &mut image.members {
                    member.up = now.get(number).is_some_and(|now| now.up);
                }
                self.both(|card| card.program(image))?;
            }
        }
        self.compare().map(drop)
    }
}

fn same_departures(left: &Left, ports: u8, likeness: Likeness) -> Result<(), String> {
    match likeness {
        Likeness::All => {
            for port in 0..=ports {
                let whole = |departure: &Departure| departure.port == port;
                let (rtl, model) = (select(&left.rtl, whole), select(&left.model, whole));
                let all = |departure: &Departure| {
                    // Frames of the host's and announcements have no arrival that counts.
                    let way = (departure.source < ports)
                        .then(|| departure.clock - departure.arrival_clock);
                    (Some(departure.at_ns), way)
                };
                same_stream(&format!("port {port}"), &rtl, &model, all)?;
            }
            Ok(())
        }
        Likeness::Frames => {
            for (port, source) in (0..=ports).flat_map(|port| (0..=ports).map(move |s| (port, s))) {
                let of =
                    |departure: &Departure| (departure.port, departure.source) == (port, source);
                let (rtl, model) = (select(&left.rtl, of), select(&left.model, of));
                let name = format!("port {port} from port {source}");
                same_stream(&name, &rtl, &model, |_| (None, None))?;
            }
            Ok(())
        }
        Likeness::Payloads => same_payloads(left, [0; 2]).map(drop),
    }
}

/// What both sent, wherever it went and however often. What one alone sent the other has lost: it has lost no fewer (`lost`:
/// card and model). How many these are.
fn same_payloads(left: &Left, lost: [u64; 2]) -> Result<u64, String> {
    let (rtl, model) = (payloads(&left.rtl), payloads(&left.model));
    let alone = |name: &str, sent: Vec<&&[u8]>, lost: u64| match sent.first() {
        Some(payload) if sent.len() as u64 > lost => Err(format!(
            "the {name} alone sent {} frames, and the other lost {lost} to full queues; the first: {payload:02x?}",
            sent.len()
        )),
        _ => Ok(sent.len() as u64),
    };
    let by_card = alone("card", rtl.difference(&model).collect(), lost[1])?;
    let by_model = alone("model", model.difference(&rtl).collect(), lost[0])?;
    Ok(by_card + by_model)
}

/// What the frames carry behind their MACs.
fn payloads(departures: &[Departure]) -> BTreeSet<&[u8]> {
    let payloads = departures.iter().map(|departure| &departure.data[12..]);
    payloads.collect()
}

fn select(departures: &[Departure], which: impl Fn(&Departure) -> bool) -> Vec<&Departure> {
    departures
        .iter()
        .filter(|departure| which(departure))
        .collect()
}

fn same_stream(
    name: &str,
    rtl: &[&Departure],
    model: &[&Departure],
    times: impl Fn(&Departure) -> (Option<u64>, Option<u64>),
) -> Result<(), String> {
    let told = |departure: &Departure| (times(departure), departure.source, departure.reason);
    let frames = rtl.len();
    for (position, (rtl, model)) in rtl.iter().zip(model).enumerate() {
        let bytes = difference(&rtl.data, &model.data);
        if told(rtl) != told(model) || bytes.is_some() {
            return Err(format!(
                "{name}, frame {position} of {frames}\n\
                 (time in ns, source, reason to the host, clocks inside)\n\
                 card:  {:?}\nmodel: {:?}\n{}\ncard:  {}\nmodel: {}",
                (
                    rtl.at_ns,
                    rtl.source,
                    rtl.reason,
                    rtl.clock - rtl.arrival_clock
                ),
                (
                    model.at_ns,
                    model.source,
                    model.reason,
                    model.clock - model.arrival_clock
                ),
                bytes.unwrap_or_else(|| "the bytes are the same".to_owned()),
                describe(&rtl.data),
                describe(&model.data),
            ));
        }
    }
    let more = |whose: &str, departure: &Departure| {
        Err(format!(
            "{name}: the {whose} sent more, from port {} at {} ns: {}",
            departure.source,
            departure.at_ns,
            describe(&departure.data)
        ))
    };
    match (rtl.get(model.len()), model.get(rtl.len())) {
        (Some(departure), _) => more("card", departure),
        (_, Some(departure)) => more("model", departure),
        _ => Ok(()),
    }
}

/// Every counter by name, less what it was before. What has expired the card removes some time later.
fn counted(before: &Counters, after: &Counters) -> BTreeMap<String, u64> {
    let named = |counters: &Counters| -> BTreeMap<String, u64> {
        let ports = counters.ports.iter().enumerate();
        let ports = ports.flat_map(|(number, port)| {
            [
                (format!("port {number} received"), port.received),
                (format!("port {number} transmitted"), port.transmitted),
            ]
        });
        let members = counters.members.iter().flat_map(|(number, member)| {
            [
                (format!("member {number} input"), member.input),
                (format!("member {number} output"), member.output),
            ]
        });
        let traffic = ports.chain(members).flat_map(|(name, traffic)| {
            [
                (format!("{name} frames"), traffic.frames),
                (format!("{name} bytes"), traffic.bytes),
            ]
        });
        let flows = counters.flows;
        let others = [
            ("copies", counters.copies),
            ("generated", counters.generated),
            ("consumed", counters.consumed),
            ("flows inserted", flows.inserted),
            ("flows refused", flows.refused),
            ("flows reassigned", flows.reassigned),
            ("flows restarted", flows.restarted),
            ("flow conflicts", flows.conflicts),
            ("orphan fragments", flows.orphan_fragments),
            ("fragments overwritten", flows.fragments_overwritten),
        ];
        traffic
            .chain(named_drops(counters))
            .chain(others.map(|(name, count)| (name.to_owned(), count)))
            .collect()
    };
    let before = named(before);
    let gain = |(name, count): (String, u64)| {
        let gained = count.wrapping_sub(before.get(&name).copied().unwrap_or_default());
        (name, gained)
    };
    let gained = named(after).into_iter().map(gain);
    gained.filter(|(_, gained)| *gained != 0).collect()
}

fn same<T: Debug + PartialEq>(what: &str, card: T, model: T) -> Result<(), String> {
    if card == model {
        Ok(())
    } else {
        Err(format!("{what} differ\ncard:  {card:?}\nmodel: {model:?}"))
    }
}
