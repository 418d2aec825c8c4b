//! The rows of the verdict table, rows 1, 4 to 10 and 11 to 15 apart: section 3 of the verdicts page.

use crate::balance::{Choice, choose, flow_hash};
use crate::build::readdressed;
use crate::fdb::Fdb;
use crate::flow_rules::Effects;
use crate::flows::{Entry, FlowKey, Flows};
use crate::fragments::Fragments;
use crate::hash::Hashes;
use crate::mac::Mac;
use crate::outcome::{DropReason, FlowEvent, HostReason, Observed, Verdict};
use crate::parse::{Fields, Ip};
use crate::setup::{FIRST_ROUTER, LogicalPort};
use crate::tables::{Owner, Station, Tables};

/// What the first row that matched says.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) row: u8,
    pub(crate) verdict: Verdict,
    /// The member to whose MAC the frame goes.
    pub(crate) member: Option<u16>,
    /// What is sent, if that is not the frame as it came.
    pub(crate) sent: Option<Vec<u8>>,
    /// What is sent was built by the card.
    pub(crate) built: bool,
    /// What the frame does to flows and fragments.
    pub(crate) effects: Effects,
    pub(crate) explanation: String,
}

impl Judgement {
    pub(crate) fn new(row: u8, verdict: Verdict, explanation: String) -> Self {
        Self {
            row,
            verdict,
            member: None,
            sent: None,
            built: false,
            effects: Effects::default(),
            explanation,
        }
    }

    pub(crate) fn drop(row: u8, reason: DropReason, explanation: String) -> Self {
        Self::new(row, Verdict::Drop(reason), explanation)
    }

    pub(crate) fn for_member(self, member: u16) -> Self {
        Self {
            member: Some(member),
            ..self
        }
    }

    pub(crate) fn with_event(mut self, event: FlowEvent) -> Self {
        self.effects.event = event;
        self
    }

    pub(crate) fn writing(mut self, key: FlowKey, entry: Entry) -> Self {
        self.effects.flow = Some((key, entry));
        self
    }

    pub(crate) fn sending(self, frame: Vec<u8>) -> Self {
        Self {
            sent: Some(frame),
            ..self
        }
    }
}

/// Where a frame came from.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// The network port.
    pub(crate) port: u8,
    /// The logical port with its number, if one holds the frame.
    pub(crate) logical_port: Option<(u8, &'a LogicalPort)>,
}

/// One look-up: the tables, and a frame with what was read from it.
pub(crate) struct Judge<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) fdb: &'a Fdb,
    pub(crate) hashes: &'a Hashes,
    pub(crate) flows: &'a Flows,
    pub(crate) fragments: &'a Fragments,
    /// Each network port has a fragment table of its own.
    pub(crate) fragments_by_port: bool,
    pub(crate) tick: u64,
    pub(crate) observed: &'a Observed,
    pub(crate) frame: &'a [u8],
    pub(crate) fields: &'a Fields,
    pub(crate) origin: Origin<'a>,
}

impl Judge<'_> {
    /// Rows 2 and 3: what is decided before anything is learned.
    pub(crate) fn before_learning(&self) -> Option<Judgement> {
        self.link_local().or_else(|| self.forged())
    }

    /// Rows 4 to 19.
    pub(crate) fn after_learning(&self) -> Judgement {
        if let Some(judgement) = self.discovery() {
            return judgement;
        }
        let destination = self.tables.station(self.fields.destination);
        if destination == Some(Station::Virtual) {
            return self.virtual_mac();
        }
        Judgement {
            effects: self.server_sends(),
            ..self.rows_from_16(destination)
        }
    }

    /// Rows 16 to 19.
    fn rows_from_16(&self, destination: Option<Station>) -> Judgement {
        match destination {
            Some(Station::Host) => Judgement::new(
                18,
                Verdict::Host(HostReason::Addressed),
                "the destination is the host".into(),
            ),
            Some(Station::Router { member, .. })
                if self.tables.live_member(member, self.is_tagged()).is_none() =>
            {
                self.other_router(member).unwrap_or_else(|| self.forward(0))
            }
            _ => self.forward(0),
        }
    }

    /// The kind of the logical port that the frame came from.
    pub(crate) fn is_tagged(&self) -> bool {
        let logical_port = self.origin.logical_port;
        logical_port.is_some_and(|(_, logical_port)| logical_port.tagged)
    }

    /// Row 2: the addresses that no bridge forwards (IEEE 802.1Q table 8-1).
    fn link_local(&self) -> Option<Judgement> {
        let destination = self.fields.destination;
        let Mac([0x01, 0x80, 0xc2, 0x00, 0x00, last @ 0x00..=0x0f]) = destination else {
            return None;
        };
        // What tells of addresses is no bridge protocol.
        let of_bridges = self.fields.ip.is_none() && !self.fields.is_discovery();
        let bpdu_to_host = self
            .tables
            .setup
            .ports
            .get(usize::from(self.origin.port))
            .is_some_and(|port| port.bpdu_to_host);
        Some(match last {
            0 if of_bridges && !bpdu_to_host => {
                self.flood(2, u64::MAX, "a bridge protocol frame, flooded".into())
            }
            1 => Judgement::drop(2, DropReason::Pause, "a pause frame".into()),
            _ => Judgement::new(
                2,
                Verdict::Host(HostReason::Control),
                format!("control address {destination}"),
            ),
        })
    }

    /// Row 3.
    fn forged(&self) -> Option<Judgement> {
        let Some((origin, _)) = self.origin.logical_port else {
            let (port, vlan) = (self.origin.port, self.fields.vlan());
            let why = if self.fields.third_tag {
                "more than two tags".to_owned()
            } else {
                format!("no logical port of port {port} takes VLAN {vlan:?}")
            };
            return Some(Judgement::drop(3, DropReason::VlanFiltered, why));
        };
        let source = self.fields.source;
        let why = match self.tables.station(source) {
            _ if source.is_group() => format!("source {source} is a group address"),
            _ if source.is_zero() => "the source is zero".into(),
            Some(Station::Virtual) => format!("source {source} is a virtual MAC"),
            Some(Station::Host) => format!("source {source} is the host's"),
            Some(
                Station::Server {
                    member,
                    logical_port,
                }
                | Station::Router {
                    member,
                    logical_port,
                },
            ) if logical_port != origin => {
                format!("source {source} is member {member}, on logical port {logical_port}")
            }
            _ => return None,
        };
        Some(Judgement::drop(3, DropReason::ForgedSource, why))
    }

    /// Row 17, for the MAC of a router that is not up.
    fn other_router(&self, member: u16) -> Option<Judgement> {
        let ip = self.fields.ip.as_ref()?;
        if !self.needs_other_router(ip) {
            return None;
        }
        let hash = flow_hash(self.hashes, ip, None);
        let pool = self.tables.pool(member.saturating_sub(FIRST_ROUTER));
        let choice = choose(self.tables, pool.flows, hash, self.is_tagged(), None);
        let why = format!("router member {member} is not up, flow hash {hash:#010x}");
        Some(self.send_to_choice(17, &choice, why))
    }

    /// Row 17 asks for a server's packet that is not for a router itself.
    fn needs_other_router(&self, ip: &Ip) -> bool {
        let source = self.tables.station(self.fields.source);
        matches!(source, Some(Station::Server { .. }))
            && !self.fields.is_discovery()
            && !matches!(self.tables.owner(ip.destination), Some(Owner::Router(_)))
    }

    /// Sends to the router that was chosen, by its logical port even if the frame came from there.
    fn send_to_choice(&self, row: u8, choice: &Choice<'_>, why: String) -> Judgement {
        let why = format!("{why}, bucket {}", choice.bucket);
        let Some((number, member)) = choice.member else {
            return Judgement::drop(row, DropReason::NoRouter, format!("{why}: no member up"));
        };
        let explanation = format!("{why}: member {number}");
        Judgement::new(row, Verdict::Ports(vec![member.logical_port]), explanation)
            .sending(readdressed(self.frame, member.mac))
            .for_member(number)
    }

    /// Rows 16 and 19, but to none of the logical ports in `kept_out`.
    pub(crate) fn forward(&self, kept_out: u64) -> Judgement {
        let destination = self.fields.destination;
        match self.tables.station(destination) {
            Some(
                Station::Server {
                    member,
                    logical_port,
                }
                | Station::Router {
                    member,
                    logical_port,
                },
            ) => {
                let live = self.tables.live_member(member, self.is_tagged()).is_some();
                let row = if live && member >= FIRST_ROUTER {
                    16
                } else {
                    19
                };
                let why = format!("member {member} is on logical port {logical_port}");
                self.to_one(row, logical_port, kept_out, why)
                    .for_member(member)
            }
            _ if destination.is_group() => self.flood(19, !kept_out, "a group address".into()),
            _ => self.learned(kept_out),
        }
    }

    /// Row 19 for a unicast address that is not static.
    fn learned(&self, kept_out: u64) -> Judgement {
        let mac = self.fields.destination;
        let vlan = self.fields.vlan();
        let domain = self
            .origin
            .logical_port
            .map_or(0, |(_, logical_port)| logical_port.domain_of(vlan));
        let found = self
            .fdb
            .logical_port(self.hashes.fdb(domain, mac), domain, mac)
            .filter(|&number| {
                let logical_port = self.tables.logical_port(number);
                logical_port.is_some_and(|found| self.tables.link_is_up(found.port))
            });
        if let Some(number) = found {
            let why = format!("{mac} in domain {domain:#06x} is on logical port {number}");
            return self.to_one(19, number, kept_out, why);
        }
        let why = format!("{mac} in domain {domain:#06x} is not known");
        if self.tables.setup.drop_unknown {
            Judgement::drop(19, DropReason::UnknownDestination, why)
        } else {
            self.flood(19, !kept_out, why)
        }
    }

    /// A single copy to a logical port, unless there is something against it.
    fn to_one(&self, row: u8, number: u8, kept_out: u64, why: String) -> Judgement {
        let Some(logical_port) = self.tables.logical_port(number) else {
            return Judgement::drop(row, DropReason::NoPort, why);
        };
        let came_from = self.origin.logical_port.map(|(origin, _)| origin);
        let against = if logical_port.tagged != self.is_tagged() {
            Some(DropReason::VlanFiltered)
        } else if kept_out >> number & 1 == 1 {
            Some(DropReason::Isolated)
        } else if !self.tables.link_is_up(logical_port.port) {
            Some(DropReason::LinkDown)
        } else if came_from == Some(number) {
            Some(DropReason::Filtered)
        } else {
            None
        };
        let verdict = against.map_or_else(|| Verdict::Ports(vec![number]), Verdict::Drop);
        Judgement::new(row, verdict, why)
    }

    /// One copy to every logical port of `within` that the ingress's mask has, that admits the frame and whose link is
    /// up, the ingress excepted.
    pub(crate) fn flood(&self, row: u8, within: u64, why: String) -> Judgement {
        let mask = self.origin.logical_port.map_or(0, |(_, from)| from.flood);
        let to = self.admitting(mask & within);
        self.to_all(row, to, DropReason::NoPort, why)
    }

    /// The logical ports of `set`, the ingress excepted, that admit the frame and whose link is up.
    pub(crate) fn admitting(&self, set: u64) -> Vec<u8> {
        let Some((origin, from)) = self.origin.logical_port else {
            return Vec::new();
        };
        let vlan = self.fields.vlan();
        self.tables
            .logical_ports(set)
            .filter(|(number, to)| *number != origin && to.admits(from, vlan))
            .filter(|(_, to)| self.tables.link_is_up(to.port))
            .map(|(number, _)| number)
            .collect()
    }

    /// One copy to each of these, or a drop if there are none.
    pub(crate) fn to_all(&self, row: u8, to: Vec<u8>, none: DropReason, why: String) -> Judgement {
        let verdict = if to.is_empty() {
            Verdict::Drop(none)
        } else {
            Verdict::Ports(to)
        };
        Judgement::new(row, verdict, why)
    }
}
