//! The card without its clocks: frames in, verdicts, copies and counters out.

use crate::counters::{Counters, PortCounters};
use crate::fdb::Fdb;
use crate::hash::Hashes;
use crate::mac::Mac;
use crate::outcome::{DropReason, FrameCopy, HostReason, LearningRequest, Loss, Outcome, Verdict};
use crate::parse::{Fields, parse};
use crate::setup::{Setup, SetupError, check_fdb_sets};
use crate::tables::{Station, Tables};
use crate::verdict::{Judge, Judgement};

/// Shortest legal frame, FCS not counted (IEEE 802.3).
const SHORTEST_FRAME: usize = 60;
/// Longest legal frame, FCS not counted.
const LONGEST_FRAME: usize = 9_600;
/// Base-2 logarithm of the forwarding database's sets in a card of the default size.
const FDB_SETS_LOG2: u8 = 11;
/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;

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
/// queues or of links takes back what did not leave by [`Model::lose_copy`]. A copy may be taken back once.
#[derive(Clone, Debug)]
pub struct Model {
    tables: Tables,
    fdb: Fdb,
    hashes: Hashes,
    learning: LearningMode,
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
            counters: Counters {
                ports: vec![PortCounters::default(); ports],
                ..Counters::default()
            },
        };
        model.count_members_from_zero();
        model
    }

    /// Replaces the setup. What was learned, the links, the time and the counters stay.
    ///
    /// # Errors
    /// [`ModelError::Setup`] if no card of this size could hold the setup; then nothing has changed.
    pub fn program(&mut self, setup: Setup) -> Result<(), ModelError> {
        let age = setup.fdb_age;
        self.tables.program(setup)?;
        self.fdb.age = age;
        self.count_members_from_zero();
        Ok(())
    }

    fn count_members_from_zero(&mut self) {
        for &member in self.tables.setup.members.keys() {
            self.counters.members.entry(member).or_default();
        }
    }

    /// Number of network ports; the host's port number.
    pub fn ports(&self) -> u8 {
        self.tables.ports()
    }

    /// Sets when the forwarding database learns.
    pub fn set_learning_mode(&mut self, mode: LearningMode) {
        self.learning = mode;
    }

    /// Sets the time in ticks of 2^30 ns.
    pub fn set_tick(&mut self, tick: u64) {
        self.fdb.tick = tick;
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
        self.tables.set_link(port, up);
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

    /// Whether a member is up: it exists, its up bit is set and so is its port's link.
    pub fn member_is_up(&self, member: u16) -> bool {
        self.tables.live_member(member).is_some()
    }

    /// A frame from a network port that is looked up now; `error` if the MAC marked it as damaged.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`]; nothing is counted then.
    pub fn receive(&mut self, port: u8, frame: &[u8], error: bool) -> Result<Outcome, ModelError> {
        self.check_port(port)?;
        self.counters.ports[usize::from(port)]
            .received
            .add(frame.len());
        if let Some(outcome) = self.malformed(port, frame, error) {
            return Ok(outcome);
        }
        let Some(fields) = parse(frame) else {
            return Ok(self.dropped(port, frame, DropReason::Runt, "no Ethernet header"));
        };
        if let Some(judgement) = self.judge(port).before_learning(&fields) {
            return Ok(self.conclude(port, frame, judgement));
        }
        let source = self.tables.station(fields.source);
        let learning = self.learn_source(port, &fields, source);
        let judgement = self.judge(port).after_learning(&fields);
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
            .add(frame.len());
        Ok(self.malformed(port, frame, false).unwrap_or_else(|| {
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
            .add(frame.len());
        if let Some(outcome) = self.malformed(host, frame, error) {
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
                Verdict::Ports(vec![egress]),
                format!("injected for port {egress}"),
            )
        };
        let judgement = Judgement {
            row: 0,
            verdict,
            member: None,
            rewrite: None,
            explanation,
        };
        self.conclude(host, frame, judgement)
    }

    /// Learns an address on a port at the present time: the step that [`LearningMode::Deferred`] leaves to the
    /// caller.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`].
    pub fn learn(&mut self, port: u8, vlan: u16, mac: Mac) -> Result<(), ModelError> {
        self.check_port(port)?;
        let hash = self.hashes.fdb(vlan, mac);
        self.fdb.learn(hash, vlan, mac, port);
        self.counters.ports[usize::from(port)].learned += 1;
        Ok(())
    }

    /// Takes back one copy of an outcome of this model: it is dropped instead of transmitted. A copy that found no
    /// room does not count as sent to its member either.
    ///
    /// # Errors
    /// [`ModelError::NoSuchCopy`] if the outcome has no copy for `egress`; nothing is counted then.
    pub fn lose_copy(
        &mut self,
        outcome: &Outcome,
        egress: u8,
        loss: Loss,
    ) -> Result<(), ModelError> {
        if !outcome.copies.iter().any(|copy| copy.egress == egress) {
            return Err(ModelError::NoSuchCopy(egress));
        }
        let host = self.ports();
        let port = self.counters.ports.get_mut(usize::from(egress));
        let port = port.ok_or(ModelError::NoSuchCopy(egress))?;
        port.transmitted.remove(outcome.frame.len());
        let reason = match loss {
            Loss::LinkDown => DropReason::LinkDown,
            Loss::QueueFull if egress == host => DropReason::HostFull,
            Loss::QueueFull => DropReason::EgressFull,
        };
        self.counters.drop_at(outcome.ingress, reason);
        if let (Loss::QueueFull, Some(member)) = (loss, outcome.member_in) {
            self.counters
                .members
                .entry(member)
                .or_default()
                .input
                .remove(outcome.frame.len());
        }
        Ok(())
    }

    /// All counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether row 1 drops a frame for itself: it is never looked up.
    pub fn is_malformed(frame: &[u8], error: bool) -> bool {
        malformation(frame, error).is_some()
    }

    fn check_port(&self, port: u8) -> Result<(), ModelError> {
        if port < self.ports() {
            Ok(())
        } else {
            Err(ModelError::NoSuchPort(port))
        }
    }

    fn judge(&self, ingress: u8) -> Judge<'_> {
        Judge {
            tables: &self.tables,
            fdb: &self.fdb,
            hashes: &self.hashes,
            ingress,
        }
    }

    /// Row 1, a full key queue apart.
    fn malformed(&mut self, port: u8, frame: &[u8], error: bool) -> Option<Outcome> {
        let reason = malformation(frame, error)?;
        let why = match reason {
            DropReason::BadFrame => "marked as damaged".to_owned(),
            _ => format!("{} bytes", frame.len()),
        };
        Some(self.dropped(port, frame, reason, &why))
    }

    /// A drop by row 1.
    fn dropped(&mut self, port: u8, frame: &[u8], reason: DropReason, why: &str) -> Outcome {
        let verdict = Verdict::Drop(reason);
        let explanation = why.to_owned();
        let judgement = Judgement {
            row: 1,
            verdict,
            member: None,
            rewrite: None,
            explanation,
        };
        self.conclude(port, frame, judgement)
    }

    /// Has the source learned, or asks for it, unless it is static.
    fn learn_source(
        &mut self,
        port: u8,
        fields: &Fields,
        station: Option<Station>,
    ) -> Option<LearningRequest> {
        if station.is_some() {
            return None;
        }
        let request = LearningRequest {
            vlan: fields.vlan(),
            mac: fields.source,
        };
        let counters = &mut self.counters.ports[usize::from(port)];
        counters.learning_requested += 1;
        if self.learning == LearningMode::Immediate {
            counters.learned += 1;
            let hash = self.hashes.fdb(request.vlan, request.mac);
            self.fdb.learn(hash, request.vlan, request.mac, port);
        }
        Some(request)
    }

    /// Turns a judgement into copies, and counts them.
    fn conclude(&mut self, ingress: u8, frame: &[u8], judgement: Judgement) -> Outcome {
        let Judgement {
            row,
            verdict,
            member,
            rewrite,
            explanation,
        } = judgement;
        let copies = self.copies(&verdict);
        let mut sent = frame.to_vec();
        if let (Some(Mac(mac)), Some(destination)) = (rewrite, sent.first_chunk_mut()) {
            *destination = mac;
        }
        let member_in = member.filter(|_| !copies.is_empty());
        for copy in &copies {
            self.counters.ports[usize::from(copy.egress)]
                .transmitted
                .add(sent.len());
        }
        if let Some(member) = member_in {
            self.counters
                .members
                .entry(member)
                .or_default()
                .input
                .add(sent.len());
        }
        match verdict {
            Verdict::Drop(reason) => self.counters.drop_at(ingress, reason),
            _ => self.counters.ports[usize::from(ingress)].copies += copies.len() as u64 - 1,
        }
        Outcome {
            ingress,
            row,
            verdict,
            explanation,
            copies,
            frame: sent,
            member_in,
            member_out: None,
            learning: None,
        }
    }

    fn copies(&self, verdict: &Verdict) -> Vec<FrameCopy> {
        let to_host = |reason: HostReason| FrameCopy {
            egress: self.ports(),
            host_reason: Some(reason),
        };
        match verdict {
            Verdict::Drop(_) => Vec::new(),
            Verdict::Host(reason) => vec![to_host(*reason)],
            Verdict::Ports(ports) => ports
                .iter()
                .map(|&egress| FrameCopy {
                    egress,
                    host_reason: None,
                })
                .collect(),
        }
    }
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
