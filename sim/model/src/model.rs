//! The card without its clocks: frames in, verdicts, copies and counters out.

mod announcing;
mod remembering;
mod sending;

use crate::announcer::Announcer;
use crate::counters::{Counters, PortCounters};
use crate::fdb::Fdb;
use crate::flows::{FlowKey, Flows};
use crate::fragments::Fragments;
use crate::hash::Hashes;
use crate::keyed_hash::FIRST_SEED;
use crate::leeway::Leeway;
use crate::outcome::{DropReason, LearningRequest, Observed, Outcome, Verdict};
use crate::parse::{Fields, hides_discovery, parse};
use crate::setup::{Setup, SetupError, check_fdb_sets};
use crate::tables::{Station, Tables};
use crate::verdict::{Judge, Judgement, Origin};
use std::collections::BTreeSet;

/// Shortest legal frame, FCS not counted (IEEE 802.3).
const SHORTEST_FRAME: usize = 60;
/// Longest legal frame, FCS not counted.
const LONGEST_FRAME: usize = 9_600;
/// Base-2 logarithm of the forwarding database's sets in a card of the default size.
const FDB_SETS_LOG2: u8 = 11;
/// Base-2 logarithm of a tick in ns.
pub(crate) const TICK_LOG2: u32 = 30;

/// When the forwarding database learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LearningMode {
    /// One look-up engine: every look-up learns before its destination is looked up.
    #[default]
    Immediate,
    /// An engine for each port: a look-up only asks ([`Outcome::learning`]), the caller learns by [`Model::learn`].
    Deferred,
}

/// A call that names something the model does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The setup cannot be held.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No such network port.
    #[error("there is no network port {0}")]
    NoSuchPort(u8),
    /// No such logical port.
    #[error("there is no logical port {0}")]
    NoSuchLogicalPort(u8),
    /// No such member.
    #[error("there is no member {0}")]
    NoSuchMember(u16),
    /// The outcome has no copy for that egress.
    #[error("no copy of the frame was to leave by port {0}")]
    NoSuchCopy(u8),
}

/// The golden model.
///
/// Every copy of an [`Outcome`] counts as transmitted at once, and as sent to its member. A caller that knows of
/// queues or of links takes back what did not leave by [`Model::lose_copies`], once for each egress. An answer may name
/// an egress whose link is down: then it is lost.
#[derive(Clone, Debug)]
pub struct Model {
    tables: Tables,
    fdb: Fdb,
    hashes: Hashes,
    learning: LearningMode,
    announcer: Announcer,
    flows: Flows,
    fragments: Fragments,
    /// Flows that the last two look-ups wrote, the last one first.
    written: [Option<FlowKey>; 2],
    /// Whether the last look-up wrote one.
    writes_flow: bool,
    leeways: BTreeSet<Leeway>,
    counters: Counters,
}

impl Model {
    /// A card of `ports` network ports (1 to 15) at time 0 with all links up, nothing learned, nothing counted.
    ///
    /// # Errors
    /// [`ModelError::Setup`] if no card could hold the setup.
    pub fn new(ports: u8, setup: Setup) -> Result<Self, ModelError> {
        Self::with_fdb_sets(ports, setup, FDB_SETS_LOG2)
    }

    /// As [`Model::new`], with a forwarding database of `2^sets_log2` sets of four instead of 2^11; at most 2^16.
    ///
    /// # Errors
    /// [`ModelError::Setup`] if no card could hold the setup or the forwarding database.
    pub fn with_fdb_sets(ports: u8, setup: Setup, sets_log2: u8) -> Result<Self, ModelError> {
        check_fdb_sets(sets_log2)?;
        Ok(Self::with_tables(Tables::new(ports, setup)?, sets_log2))
    }

    /// As [`Model::new`], with a setup of zeros, as after a reset: frames are dropped or go to the host. A number of
    /// ports outside 1 to 15 counts as the nearest in it.
    pub fn unprogrammed(ports: u8) -> Self {
        Self::with_tables(Tables::unprogrammed(ports), FDB_SETS_LOG2)
    }

    fn with_tables(tables: Tables, fdb_sets_log2: u8) -> Self {
        let ports = usize::from(tables.ports()) + 1;
        let mut model = Self {
            fdb: Fdb::new(fdb_sets_log2, tables.setup.fdb_age),
            tables,
            hashes: Hashes::new(),
            learning: LearningMode::default(),
            announcer: Announcer::default(),
            flows: Flows::default(),
            fragments: Fragments::new(FIRST_SEED),
            written: [None; 2],
            writes_flow: false,
            leeways: BTreeSet::new(),
            counters: Counters {
                ports: vec![PortCounters::default(); ports],
                ..Counters::default()
            },
        };
        model.announcer.set_interval(model.tables.setup.announce);
        model.count_members_from_zero();
        model
    }

    /// Replaces the setup. What was learned, flows, the links, the time and the counters stay.
    ///
    /// # Errors
    /// [`ModelError::Setup`] if no card of this size could hold the setup; then nothing has changed.
    pub fn program(&mut self, setup: Setup) -> Result<(), ModelError> {
        let age = setup.fdb_age;
        self.tables.program(setup)?;
        self.fdb.age = age;
        self.announcer.set_interval(self.tables.setup.announce);
        self.count_members_from_zero();
        Ok(())
    }

    fn count_members_from_zero(&mut self) {
        for &member in self.tables.setup.members.keys() {
            self.counters.members.entry(member).or_default();
        }
    }

    /// What it is programmed with, members' up bits as they are now.
    pub fn setup(&self) -> &Setup {
        &self.tables.setup
    }

    /// Number of network ports; the host's port number.
    pub fn ports(&self) -> u8 {
        self.tables.ports()
    }

    /// Sets when the forwarding database learns.
    pub fn set_learning_mode(&mut self, mode: LearningMode) {
        self.learning = mode;
    }

    /// Sets the time in ticks of 2^30 ns. For the announcer a jump counts as one tick.
    pub fn set_tick(&mut self, tick: u64) {
        if tick != self.fdb.tick {
            self.fdb.tick = tick;
            self.announcer.tick();
            self.flows.sweep(&self.tables.setup.clusters, tick);
            self.fragments.sweep(tick);
        }
    }

    /// Sets the time in ns.
    pub fn set_time_ns(&mut self, time_ns: u64) {
        self.set_tick(time_ns >> TICK_LOG2);
    }

    /// Takes a link down or up, with the effects on its members' up bits.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`].
    pub fn set_link(&mut self, port: u8, up: bool) -> Result<(), ModelError> {
        self.check_port(port)?;
        let comes = up && !self.tables.link_is_up(port);
        self.tables.set_link(port, up);
        if comes {
            let own = self.logical_ports(|logical_port| logical_port.port == port);
            self.announcer.begin(own);
        }
        Ok(())
    }

    /// Sets or clears a member's up bit. It is up if its link is up as well.
    ///
    /// # Errors
    /// [`ModelError::NoSuchMember`].
    pub fn set_member_up(&mut self, member: u16, up: bool) -> Result<(), ModelError> {
        if self.tables.set_member_up(member, up) {
            Ok(())
        } else {
            Err(ModelError::NoSuchMember(member))
        }
    }

    /// Whether a member is up: it exists, its up bit is set and its port's link is up.
    pub fn member_is_up(&self, member: u16) -> bool {
        self.tables.member_up(member).is_some()
    }

    /// Whether a network port's link is up; false for a port that does not exist.
    pub fn link_is_up(&self, port: u8) -> bool {
        self.tables.link_is_up(port)
    }

    /// A frame from a network port that is looked up now; `error` if the MAC marked it as damaged.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`]; nothing is counted then.
    pub fn receive(&mut self, port: u8, frame: &[u8], error: bool) -> Result<Outcome, ModelError> {
        self.receive_as(port, frame, error, &Observed::default())
    }

    /// As [`Model::receive`], where a card is seen to have decided: the model takes over what the contract leaves open
    /// and decides the rest itself, so that what is not legal shows as a difference.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`]; nothing is counted then.
    pub fn receive_as(
        &mut self,
        port: u8,
        frame: &[u8],
        error: bool,
        observed: &Observed,
    ) -> Result<Outcome, ModelError> {
        self.check_port(port)?;
        self.writes_flow = false;
        self.counters.ports[usize::from(port)]
            .received
            .add(counted_bytes(frame));
        if let Some(outcome) = self.refused(port, frame, refusal(frame, error)) {
            return Ok(outcome);
        }
        let Some(fields) = parse(frame) else {
            return Ok(self.dropped(port, frame, DropReason::Runt, "no Ethernet header"));
        };
        let judge = self.judge(port, frame, &fields, observed);
        let origin = judge.origin.logical_port;
        let origin = origin.map(|(number, from)| (number, from.domain_of(fields.vlan())));
        if let Some(judgement) = judge.before_learning() {
            return Ok(self.conclude(port, frame, judgement));
        }
        let source = self.tables.station(fields.source);
        let learning = origin
            .filter(|_| source.is_none())
            .map(|(logical_port, domain)| LearningRequest {
                logical_port,
                domain,
                mac: fields.source,
            });
        if let Some(request) = &learning {
            self.ask_to_learn(port, request);
        }
        let judgement = self.judge(port, frame, &fields, observed).after_learning();
        self.remember(&judgement.effects, observed.view.is_none());
        let mut outcome = self.conclude(port, frame, judgement);
        outcome.learning = learning;
        if let Some(Station::Server { member, .. } | Station::Router { member, .. }) = source {
            outcome.member_out = Some(member);
            self.counters
                .members
                .entry(member)
                .or_default()
                .output
                .add(frame.len());
        }
        Ok(outcome)
    }

    /// A frame from a network port for whose key there was no room: the caller's choice, taken over and counted.
    /// A frame that row 1 drops for itself never asks for room, and is dropped so.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`]; nothing is counted then.
    pub fn lookup_overrun(&mut self, port: u8, frame: &[u8]) -> Result<Outcome, ModelError> {
        self.check_port(port)?;
        self.counters.ports[usize::from(port)]
            .received
            .add(counted_bytes(frame));
        Ok(self
            .refused(port, frame, refusal(frame, false))
            .unwrap_or_else(|| {
                self.dropped(
                    port,
                    frame,
                    DropReason::LookupOverrun,
                    "the port's key queue is full",
                )
            }))
    }

    /// A frame that the host sends out of `egress`; `error` if it marks it as damaged.
    pub fn inject(&mut self, egress: u8, frame: &[u8], error: bool) -> Outcome {
        let host = self.ports();
        self.counters.ports[usize::from(host)]
            .received
            .add(counted_bytes(frame));
        if let Some(outcome) = self.refused(host, frame, malformation(frame, error)) {
            return outcome;
        }
        let (verdict, explanation) = if egress >= host {
            (
                Verdict::Drop(DropReason::NoPort),
                format!("injected for port {egress}, which does not exist"),
            )
        } else if !self.tables.link_is_up(egress) {
            (
                Verdict::Drop(DropReason::LinkDown),
                format!("injected for port {egress}, whose link is down"),
            )
        } else {
            (
                Verdict::Injected(egress),
                format!("injected for port {egress}"),
            )
        };
        self.conclude(host, frame, Judgement::new(0, verdict, explanation))
    }

    /// Learns an address on a logical port at the present time: the step that [`LearningMode::Deferred`] leaves to the
    /// caller.
    ///
    /// # Errors
    /// [`ModelError::NoSuchLogicalPort`].
    pub fn learn(&mut self, request: &LearningRequest) -> Result<(), ModelError> {
        let &LearningRequest {
            logical_port,
            domain,
            mac,
        } = request;
        let port = self.tables.logical_port(logical_port);
        let port = port
            .ok_or(ModelError::NoSuchLogicalPort(logical_port))?
            .port;
        let hash = self.hashes.fdb(domain, mac);
        self.fdb.learn(hash, domain, mac, logical_port);
        self.counters.ports[usize::from(port)].learned += 1;
        Ok(())
    }

    /// All counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether row 1 drops a frame for itself: it is never looked up.
    pub fn is_malformed(frame: &[u8], error: bool) -> bool {
        refusal(frame, error).is_some()
    }

    fn check_port(&self, port: u8) -> Result<(), ModelError> {
        if port < self.ports() {
            Ok(())
        } else {
            Err(ModelError::NoSuchPort(port))
        }
    }

    fn judge<'a>(
        &'a self,
        port: u8,
        frame: &'a [u8],
        fields: &'a Fields,
        observed: &'a Observed,
    ) -> Judge<'a> {
        let mut logical_ports = self.tables.logical_ports(u64::MAX);
        let logical_port = logical_ports.find(|(_, logical_port)| {
            !fields.third_tag && logical_port.port == port && logical_port.holds(fields.vlan())
        });
        Judge {
            tables: &self.tables,
            fdb: &self.fdb,
            hashes: &self.hashes,
            flows: &self.flows,
            fragments: &self.fragments,
            fragments_by_port: self.learning == LearningMode::Deferred,
            tick: self.fdb.tick,
            observed,
            frame,
            fields,
            origin: Origin { port, logical_port },
        }
    }

    /// Row 1, a full key queue apart.
    fn refused(&mut self, port: u8, frame: &[u8], reason: Option<DropReason>) -> Option<Outcome> {
        let reason = reason?;
        let why = match reason {
            DropReason::BadFrame => "marked as damaged".to_owned(),
            DropReason::HiddenDiscovery => {
                "neighbour discovery behind extension headers, or what may be".to_owned()
            }
            _ => format!("{} bytes", frame.len()),
        };
        Some(self.dropped(port, frame, reason, &why))
    }

    /// A drop by row 1.
    fn dropped(&mut self, port: u8, frame: &[u8], reason: DropReason, why: &str) -> Outcome {
        let judgement = Judgement::drop(1, reason, why.to_owned());
        self.conclude(port, frame, judgement)
    }

    /// Has an address learned, or leaves that to the caller.
    fn ask_to_learn(&mut self, port: u8, request: &LearningRequest) {
        let counters = &mut self.counters.ports[usize::from(port)];
        counters.learning_requested += 1;
        if self.learning == LearningMode::Immediate {
            counters.learned += 1;
            let &LearningRequest {
                logical_port,
                domain,
                mac,
            } = request;
            let hash = self.hashes.fdb(domain, mac);
            self.fdb.learn(hash, domain, mac, logical_port);
        }
    }
}

/// The bytes of a frame as a port counts them on their way in: of what has more than 1,023 beats of 64 bytes, 1,023 and the
/// last one's share.
fn counted_bytes(frame: &[u8]) -> usize {
    const MOST: usize = 1_023;
    let beats = frame.len().div_ceil(64);
    frame.len() - 64 * beats.saturating_sub(MOST)
}

/// Why row 1 drops a frame of a network port for itself, the first reason in its order.
fn refusal(frame: &[u8], error: bool) -> Option<DropReason> {
    let hides = || hides_discovery(frame).then_some(DropReason::HiddenDiscovery);
    malformation(frame, error).or_else(hides)
}

/// What is wrong with a frame by itself, the first in the order of row 1.
fn malformation(frame: &[u8], error: bool) -> Option<DropReason> {
    if error {
        Some(DropReason::BadFrame)
    } else if frame.len() < SHORTEST_FRAME {
        Some(DropReason::Runt)
    } else if frame.len() > LONGEST_FRAME {
        Some(DropReason::Giant)
    } else {
        None
    }
}
