//! Rows 16 to 19: the frame's Ethernet destination, and floods.

use flowswitch_driver::hash;
use flowswitch_driver::image::LogicalPort;
use flowswitch_driver::tables::{AddressKind, Learned, StationKind, Table};
use flowswitch_driver::{Device, Error};

use super::outcome::{Outcome, Verdict};
use super::parse::Frame;
use super::probe::{Probe, member_of_router};
use super::{Ingress, Judge};

/// Ways of a set of the forwarding database.
const WAYS: u32 = 4;
/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;

/// Whether a logical port takes a frame by its tag.
pub(super) fn takes(entry: &LogicalPort, frame: &Frame<'_>) -> bool {
    if frame.numbered() {
        let vlans = entry.vlans.unwrap_or((1, 0));
        (vlans.0..=vlans.1).contains(&frame.vlan)
    } else {
        entry.untagged
    }
}

/// Whether a logical port admits a frame, and its link is up.
pub(super) fn admitted<D: Device>(
    probe: &mut Probe<'_, D>,
    frame: &Frame<'_>,
    ingress: &Ingress,
    port: u8,
) -> Result<bool, Error> {
    Ok(probe.logical_port(port)?.is_some_and(|entry| {
        let kind = entry.tagged == ingress.entry.tagged;
        kind && (entry.tagged || takes(&entry, frame)) && probe.link(entry.port)
    }))
}

/// A flood that leaves out some logical ports.
pub(super) fn flood<D: Device>(
    probe: &mut Probe<'_, D>,
    frame: &Frame<'_>,
    ingress: &Ingress,
    without: u64,
    row: u8,
) -> Result<Outcome, Error> {
    let mask = ingress.entry.flood & !without & !(1 << ingress.number);
    let mut egress = Vec::new();
    for port in (0..64).filter(|port| mask >> port & 1 == 1) {
        if admitted(probe, frame, ingress, port)? {
            egress.push(port);
        }
    }
    let found = format!(
        "flood mask {:#x}{}: {} of {} take the frame",
        ingress.entry.flood,
        if without == 0 {
            String::new()
        } else {
            format!(" less {without:#x}")
        },
        egress.len(),
        mask.count_ones(),
    );
    probe.note(
        Table::LogicalPort.name(),
        Some(ingress.number.into()),
        found,
    );
    Ok(if egress.is_empty() {
        Outcome::drop(row, "no-port")
    } else {
        Outcome::new(row, Verdict::Flood(egress))
    })
}

/// What is known of a MAC that no table names.
enum Lookup {
    Known(Learned),
    Unknown,
}

impl<D: Device> Judge<'_, '_, '_, D> {
    /// Rows 16 to 19.
    pub(super) fn switching_rows(&mut self) -> Result<Outcome, Error> {
        if let (Some(StationKind::Router), Some(station)) = (self.to(), self.destination) {
            let member = member_of_router(station.index);
            if !self.probe.ability(member, self.ingress.entry.tagged)?.up
                && let Some(outcome) = self.replaced_router(station.index)?
            {
                return Ok(outcome);
            }
        }
        self.switched(19, 0)
    }

    /// Row 17: a server's frame for a router that is down.
    fn replaced_router(&mut self, router: u16) -> Result<Option<Outcome>, Error> {
        let Some(packet) = &self.frame.packet else {
            return Ok(None);
        };
        if self.server().is_none() || self.discovery.is_neighbour_discovery() {
            return Ok(None);
        }
        let tuple = packet.effective();
        let address = self
            .probe
            .address("destination", packet.tuple.destination)?;
        if address.is_some_and(|address| address.kind == AddressKind::Router) {
            return Ok(None);
        }
        let range = self.pool(router)?.flows;
        let bucket = self.probe.bucket(range, tuple.hash())?;
        let chosen = self.probe.choose(bucket, self.ingress.entry.tagged)?;
        Ok(Some(self.give_member(17, chosen, "no-router")))
    }

    /// To a member with its MAC; if there is none, a drop for this reason.
    pub(super) fn give_member(
        &self,
        row: u8,
        member: Option<u16>,
        reason: &'static str,
    ) -> Outcome {
        let place = member.and_then(|member| self.probe.place(member));
        match place {
            None => Outcome::drop(row, reason),
            Some((mac, port)) => Outcome {
                member,
                destination: Some(mac),
                ..Outcome::new(row, Verdict::Forward(port))
            },
        }
    }

    /// By the Ethernet destination alone, as rows 16, 18 and 19 say; for row 10 not to some logical ports.
    pub(super) fn switched(&mut self, row: u8, isolated: u64) -> Result<Outcome, Error> {
        if self.frame.destination.0[0] & 1 == 1 {
            return flood(self.probe, self.frame, &self.ingress, isolated, row);
        }
        let Some(station) = self.destination else {
            return self.learned(row, isolated);
        };
        let tagged = self.ingress.entry.tagged;
        let (row, member) = match station.kind {
            StationKind::Host => return Ok(Outcome::host(18, "addressed")),
            // Rows before this one have taken all frames to a virtual MAC.
            StationKind::Virtual => return Ok(Outcome::drop(14, "not-ours")),
            StationKind::Server => (row, station.index),
            StationKind::Router => {
                let member = member_of_router(station.index);
                let up = self.probe.ability(member, tagged)?.up;
                (if row == 19 && up { 16 } else { row }, member)
            }
        };
        let place = Place {
            logical_port: station.logical_port,
            tagged: station.tagged,
            link: self.probe.link(station.port),
        };
        let outcome = self.single(row, place, isolated);
        Ok(Outcome {
            member: Some(member),
            ..outcome
        })
    }

    fn single(&self, row: u8, place: Place, isolated: u64) -> Outcome {
        if place.tagged != self.ingress.entry.tagged {
            Outcome::drop(row, "vlan-filtered")
        } else if isolated >> place.logical_port & 1 == 1 {
            Outcome::drop(row, "isolated")
        } else if !place.link {
            Outcome::drop(row, "link-down")
        } else if place.logical_port == self.ingress.number {
            Outcome::drop(row, "filtered")
        } else {
            Outcome::new(row, Verdict::Forward(place.logical_port))
        }
    }

    /// To a unicast MAC that no table names.
    fn learned(&mut self, row: u8, isolated: u64) -> Result<Outcome, Error> {
        let (drop_unknown, age) = self.probe.card.forwarding()?;
        if let Lookup::Known(learned) = self.look_up(age)? {
            let entry = self.probe.logical_port(learned.logical_port)?;
            let place = Place {
                logical_port: learned.logical_port,
                tagged: entry.is_some_and(|entry| entry.tagged),
                link: true,
            };
            return Ok(self.single(row, place, isolated));
        }
        let found = if drop_unknown {
            "unknown: dropped"
        } else {
            "unknown: flooded"
        };
        self.probe.note("forwarding", None, found);
        if drop_unknown {
            return Ok(Outcome::drop(row, "unknown-destination"));
        }
        flood(self.probe, self.frame, &self.ingress, isolated, row)
    }

    /// The forwarding database, as it is after the frame's own source was learned.
    fn look_up(&mut self, age: u16) -> Result<Lookup, Error> {
        let tick = (self.probe.card.time_ns()? >> TICK_LOG2) as u16;
        let capabilities = *self.probe.card.capabilities();
        let vlan = if self.frame.numbered() && !self.ingress.entry.tagged {
            self.frame.vlan
        } else {
            self.ingress.entry.domain
        };
        let domain = u16::from(self.frame.numbered()) << 12 | vlan;
        let sets = 1u32.checked_shl(capabilities.fdb_sets_log2.into());
        let sets = sets.unwrap_or(0).wrapping_sub(1);
        let set = |mac| hash::fdb(domain, mac) & sets;
        let mac = self.frame.destination;
        let mut ways = Vec::new();
        for way in 0..WAYS {
            let entry = self
                .probe
                .read::<Option<Learned>>(set(mac) << 2 | way)?
                .flatten();
            ways.push(entry.filter(|entry| tick.wrapping_sub(entry.stamp) < age));
        }
        let source = self.frame.source;
        // With an engine per port the source is learned later, by a writer of its own.
        if self.source.is_none() && capabilities.engines == 1 && set(source) == set(mac) {
            let own = ways
                .iter()
                .position(|way| way.is_some_and(|way| way.mac == source && way.domain == domain));
            let free = ways.iter().position(Option::is_none);
            let last = (hash::fdb(domain, source) >> 30) as usize;
            ways[own.or(free).unwrap_or(last)] = Some(Learned {
                mac: source,
                domain,
                port: self.ingress.entry.port,
                logical_port: self.ingress.number,
                stamp: tick,
            });
        }
        let place = ways
            .iter()
            .position(|way| way.is_some_and(|way| way.mac == mac && way.domain == domain));
        let index = |way: usize| set(mac) << 2 | way as u32;
        let Some((way, entry)) = place.and_then(|way| Some((way, ways[way]?))) else {
            let found = format!("{mac} in domain {domain:#x}: not learned, or too old");
            self.probe.note(Table::Fdb.name(), Some(index(0)), found);
            return Ok(Lookup::Unknown);
        };
        let link = self.probe.link(entry.port);
        let found = format!(
            "{mac} in domain {domain:#x}: logical port {}, {} ticks old{}",
            self.probe.names.logical_port(entry.logical_port),
            tick.wrapping_sub(entry.stamp),
            if link { "" } else { ", its link is down" },
        );
        self.probe.note(Table::Fdb.name(), Some(index(way)), found);
        Ok(if link {
            Lookup::Known(entry)
        } else {
            Lookup::Unknown
        })
    }
}

/// Where one copy would go.
struct Place {
    logical_port: u8,
    tagged: bool,
    link: bool,
}
