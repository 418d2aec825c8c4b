//! The rows of the verdict table, from row 2 on: section 3 of the verdicts page.

use crate::balance::{Choice, choose, flow_hash, matching_service};
use crate::fdb::Fdb;
use crate::hash::Hashes;
use crate::mac::Mac;
use crate::outcome::{DropReason, HostReason, Verdict};
use crate::parse::{Fields, Ip};
use crate::tables::{Station, Tables};

/// What the first row that matched says.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) row: u8,
    pub(crate) verdict: Verdict,
    /// The member to whose MAC the frame goes.
    pub(crate) member: Option<u16>,
    /// The destination to be written into the frame.
    pub(crate) rewrite: Option<Mac>,
    pub(crate) explanation: String,
}

impl Judgement {
    fn new(row: u8, verdict: Verdict, explanation: String) -> Self {
        Self {
            row,
            verdict,
            member: None,
            rewrite: None,
            explanation,
        }
    }

    fn drop(row: u8, reason: DropReason, explanation: String) -> Self {
        Self::new(row, Verdict::Drop(reason), explanation)
    }

    fn for_member(self, member: u16) -> Self {
        Self {
            member: Some(member),
            ..self
        }
    }
}

/// One look-up: the tables and the port the frame came from.
pub(crate) struct Judge<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) fdb: &'a Fdb,
    pub(crate) hashes: &'a Hashes,
    pub(crate) ingress: u8,
}

impl Judge<'_> {
    /// Rows 2 and 3: what is decided before anything is learned.
    pub(crate) fn before_learning(&self, fields: &Fields) -> Option<Judgement> {
        self.link_local(fields.destination)
            .or_else(|| self.forged(fields.source))
    }

    /// Rows 12 to 19.
    pub(crate) fn after_learning(&self, fields: &Fields) -> Judgement {
        match self.tables.station(fields.destination) {
            Some(Station::Virtual) => self.virtual_mac(fields),
            Some(Station::Router { member, port }) => self.router(fields, member, port),
            Some(Station::Host) => Judgement::new(
                18,
                Verdict::Host(HostReason::Addressed),
                "the destination is the host".into(),
            ),
            Some(Station::Server { member, port }) => self.to_station(member, port),
            None if fields.destination.is_group() => self.flood(19, "a group address".into()),
            None => self.learned(fields),
        }
    }

    /// Row 2: the addresses that no bridge forwards (IEEE 802.1Q table 8-1).
    fn link_local(&self, destination: Mac) -> Option<Judgement> {
        let Mac([0x01, 0x80, 0xc2, 0x00, 0x00, last @ 0x00..=0x0f]) = destination else {
            return None;
        };
        let bpdu_to_host = self
            .tables
            .setup
            .ports
            .get(usize::from(self.ingress))
            .is_some_and(|port| port.bpdu_to_host);
        Some(match last {
            0 if !bpdu_to_host => self.flood(2, "a bridge protocol frame, flooded".into()),
            1 => Judgement::drop(2, DropReason::Pause, "a pause frame".into()),
            _ => Judgement::new(
                2,
                Verdict::Host(HostReason::Control),
                format!("control address {destination}"),
            ),
        })
    }

    /// Row 3.
    fn forged(&self, source: Mac) -> Option<Judgement> {
        let why = match self.tables.station(source) {
            _ if source.is_group() => format!("source {source} is a group address"),
            _ if source.is_zero() => "the source is zero".into(),
            Some(Station::Virtual) => format!("source {source} is a virtual MAC"),
            Some(Station::Host) => format!("source {source} is the host's"),
            Some(Station::Server { member, port } | Station::Router { member, port })
                if port != self.ingress =>
            {
                format!("source {source} is member {member}, which is on port {port}")
            }
            _ => return None,
        };
        Some(Judgement::drop(3, DropReason::ForgedSource, why))
    }

    /// Rows 12 and 14.
    fn virtual_mac(&self, fields: &Fields) -> Judgement {
        let not_ours = |why| Judgement::drop(14, DropReason::NotOurs, why);
        let Some(ip) = &fields.ip else {
            return not_ours("not IP, for a virtual MAC".into());
        };
        if let Some((number, service)) = matching_service(self.tables, fields, ip) {
            let hash = flow_hash(self.hashes, ip, service.client_persistence);
            let choice = choose(self.tables, service.buckets, hash);
            let why = format!("service {number}, flow hash {hash:#010x}");
            return self.send_to_choice(12, choice, DropReason::NoServer, why);
        }
        let mut services = self.tables.setup.services.iter();
        match services.find(|service| service.address == ip.destination) {
            None => not_ours(format!("{} is the address of no service", ip.destination)),
            Some(service) => Judgement::new(
                14,
                if service.no_service_to_host {
                    Verdict::Host(HostReason::NoService)
                } else {
                    Verdict::Drop(DropReason::NoService)
                },
                format!("{} has services, but not this one", ip.destination),
            ),
        }
    }

    /// Rows 16, 17 and 19 for the MAC of a router.
    fn router(&self, fields: &Fields, member: u16, port: u8) -> Judgement {
        if self.tables.live_member(member).is_some() {
            let why = format!("router member {member} is up on port {port}");
            return self.to_other_port(16, port, why).for_member(member);
        }
        match &fields.ip {
            Some(ip) if self.needs_other_router(fields.source, ip) => {
                let hash = flow_hash(self.hashes, ip, false);
                let choice = choose(self.tables, self.tables.pool(member), hash);
                let why = format!("router member {member} is down, flow hash {hash:#010x}");
                self.send_to_choice(17, choice, DropReason::NoRouter, why)
            }
            _ => self.to_station(member, port),
        }
    }

    /// Row 17 asks for a server's packet that is not for a router itself.
    fn needs_other_router(&self, source: Mac, ip: &Ip) -> bool {
        matches!(self.tables.station(source), Some(Station::Server { .. }))
            && !self.tables.setup.router_addresses.contains(&ip.destination)
    }

    /// Sends to the member that was chosen, by its port even if the frame came from there.
    fn send_to_choice(
        &self,
        row: u8,
        choice: Choice<'_>,
        none: DropReason,
        why: String,
    ) -> Judgement {
        let why = format!("{why}, bucket {}", choice.bucket);
        let Some((number, member)) = choice.member else {
            return Judgement::drop(row, none, format!("{why}: no member up"));
        };
        let explanation = format!("{why}: member {number}");
        Judgement {
            rewrite: Some(member.mac),
            ..Judgement::new(row, Verdict::Ports(vec![member.port]), explanation)
        }
        .for_member(number)
    }

    /// Row 19 for a server's or router's MAC.
    fn to_station(&self, member: u16, port: u8) -> Judgement {
        let why = format!("member {member} is on port {port}");
        if !self.tables.link_is_up(port) {
            return Judgement::drop(19, DropReason::LinkDown, why);
        }
        self.to_other_port(19, port, why).for_member(member)
    }

    /// Row 19 for a unicast address that is not static.
    fn learned(&self, fields: &Fields) -> Judgement {
        let (vlan, mac) = (fields.vlan(), fields.destination);
        let port = self
            .fdb
            .port(self.hashes.fdb(vlan, mac), vlan, mac)
            .filter(|&port| self.tables.link_is_up(port));
        match port {
            Some(port) => {
                self.to_other_port(19, port, format!("{mac} in VLAN {vlan} is on port {port}"))
            }
            None => {
                let why = format!("{mac} in VLAN {vlan} is not known");
                if self.tables.setup.drop_unknown {
                    Judgement::drop(19, DropReason::UnknownDestination, why)
                } else {
                    self.flood(19, why)
                }
            }
        }
    }

    /// To `port`, unless the frame came from there.
    fn to_other_port(&self, row: u8, port: u8, why: String) -> Judgement {
        let verdict = if port == self.ingress {
            Verdict::Drop(DropReason::Filtered)
        } else {
            Verdict::Ports(vec![port])
        };
        Judgement::new(row, verdict, why)
    }

    /// One copy to every port of the ingress's mask whose link is up, the ingress excepted.
    fn flood(&self, row: u8, why: String) -> Judgement {
        let mask = self
            .tables
            .setup
            .ports
            .get(usize::from(self.ingress))
            .map_or(0, |port| port.flood_mask);
        let ports: Vec<u8> = (0..self.tables.ports())
            .filter(|&port| mask >> port & 1 == 1 && port != self.ingress)
            .filter(|&port| self.tables.link_is_up(port))
            .collect();
        let verdict = if ports.is_empty() {
            Verdict::Drop(DropReason::NoPort)
        } else {
            Verdict::Ports(ports)
        };
        Judgement::new(row, verdict, why)
    }
}
