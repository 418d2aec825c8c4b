//! Rows 12 to 14: services, and which bucket a frame falls on.

use std::net::IpAddr;

use flowswitch_driver::flow_key::mask;
use flowswitch_driver::hash::h3;
use flowswitch_driver::image::Service;
use flowswitch_driver::tables::{AddressKind, StationKind, Table};
use flowswitch_driver::{Device, Error};

use super::Judge;
use super::outcome::{Outcome, Verdict};
use super::parse::{Part, Quote, Tuple};

const ADDRESS_SEED: u32 = 0x9e37_79b9;
const WORD_SEED: u32 = 0x85eb_ca6b;
/// What is said of the fragment table.
const FRAGMENTS: &str = "fragments";

impl Tuple {
    /// The flow hash.
    pub fn hash(&self) -> u32 {
        let word = self
            .protocol
            .zip(self.word)
            .map_or(0, |(protocol, [a, b, c, d])| {
                h3(WORD_SEED, &[protocol, a, b, c, d])
            });
        address_hash(self.source, self.destination) ^ word
    }
}

fn address_hash(source: IpAddr, destination: IpAddr) -> u32 {
    let octets = |address: IpAddr| match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()).to_be_bytes(),
        IpAddr::V6(v6) => v6.octets(),
    };
    let family = [u8::from(source.is_ipv6())];
    h3(
        ADDRESS_SEED,
        &[&family[..], &octets(source), &octets(destination)].concat(),
    )
}

/// The services of an address, as a frame meets them.
pub(super) struct Matched {
    /// The lowest-numbered one that matches.
    pub service: Option<Service>,
    /// The lowest-numbered one with the address; what it says of frames that match none.
    to_host: Option<bool>,
}

impl<D: Device> Judge<'_, '_, '_, D> {
    /// What rows 11 to 14 say of the frame: those of frames to a virtual MAC.
    pub(super) fn service_rows(&mut self) -> Result<Option<Outcome>, Error> {
        if self.to() != Some(StationKind::Virtual) {
            return Ok(None);
        }
        let Some(packet) = self.frame.packet.clone() else {
            return Ok(Some(Outcome::drop(14, "not-ours")));
        };
        let address = self
            .probe
            .address("destination", packet.tuple.destination)?;
        let vip = address.filter(|address| {
            address.kind == AddressKind::Vip && !self.discovery.is_neighbour_discovery()
        });
        if vip.is_some() && packet.quote == Quote::Unreadable {
            return Ok(Some(Outcome::host(13, "quote")));
        }
        let tuple = packet.effective();
        let matched = self.services(&tuple)?;
        let Some(vip) = vip else {
            return self.stateless(13, &matched, &tuple).map(Some);
        };
        match packet.part {
            Part::Later { tcp } if !vip.persistent => {
                let found = "cannot be read: if an earlier fragment of the datagram left its entry, this one follows it";
                self.probe.note(FRAGMENTS, None, found);
                return if tcp {
                    Ok(Some(Outcome::drop(13, "fragment")))
                } else {
                    self.stateless(13, &matched, &tuple).map(Some)
                };
            }
            Part::First if !vip.persistent => {
                let found =
                    "cannot be read: if a later fragment came first, this one follows it (row 13)";
                self.probe.note(FRAGMENTS, None, found);
            }
            _ => {}
        }
        let outcome = if self.is_tracked(&packet, vip.persistent, false) {
            self.forward(&packet, &vip, &matched, false)?
        } else if packet.is_later() || self.is_looked_up(&packet, vip.persistent) {
            self.forward(&packet, &vip, &matched, true)?
        } else {
            self.stateless(13, &matched, &tuple)?
        };
        Ok(Some(outcome))
    }

    /// Reads services until one matches.
    fn services(&mut self, tuple: &Tuple) -> Result<Matched, Error> {
        let mut matched = Matched {
            service: None,
            to_host: None,
        };
        for number in 0..u32::from(self.probe.card.capabilities().services) {
            let service = self.probe.read::<Option<Service>>(number)?.flatten();
            let Some(service) = service.filter(|service| service.address == tuple.destination)
            else {
                continue;
            };
            matched.to_host.get_or_insert(service.no_service_to_host);
            let why = self.mismatch(&service, tuple);
            let found = format!("{}: {}", describe(&service), why.unwrap_or("matches"));
            self.probe.note(Table::Service.name(), Some(number), found);
            if why.is_none() {
                matched.service = Some(service);
                return Ok(matched);
            }
        }
        if matched.to_host.is_none() {
            let found = format!("none has the address {}", tuple.destination);
            self.probe.note(Table::Service.name(), None, found);
        }
        Ok(matched)
    }

    /// What keeps a service of the frame's address from matching.
    fn mismatch(&self, service: &Service, tuple: &Tuple) -> Option<&'static str> {
        let other = |wanted: u8| tuple.protocol.is_some_and(|protocol| protocol != wanted);
        if service.protocol.is_some_and(other) {
            return Some("another protocol");
        }
        let outside = |(low, high): (u16, u16)| {
            let ports = tuple.ports();
            ports.is_some_and(|(_, port)| !(low..=high).contains(&port))
        };
        if service.ports.is_some_and(outside) {
            return Some("another port");
        }
        let frame = self.frame;
        let elsewhere = |vlan: u16| !frame.tagged || frame.vlan != vlan;
        service
            .vlan
            .is_some_and(elsewhere)
            .then_some("another VLAN")
    }

    /// Row 14: no service matches.
    pub(super) fn no_service(&self, matched: &Matched) -> Outcome {
        match matched.to_host {
            Some(true) => Outcome::host(14, "no-service"),
            Some(false) => Outcome::drop(14, "no-service"),
            None => Outcome::drop(14, "not-ours"),
        }
    }

    /// The bucket's first: section 5.
    pub(super) fn stateless(
        &mut self,
        row: u8,
        matched: &Matched,
        tuple: &Tuple,
    ) -> Result<Outcome, Error> {
        let Some(service) = &matched.service else {
            return Ok(self.no_service(matched));
        };
        let bucket = self.service_bucket(service, tuple)?;
        let chosen = self.probe.choose(bucket, self.ingress.entry.tagged)?;
        Ok(self.give_server(row, chosen, matched))
    }

    /// The bucket of a service that a frame falls on.
    pub(super) fn service_bucket(
        &mut self,
        service: &Service,
        tuple: &Tuple,
    ) -> Result<flowswitch_driver::image::Bucket, Error> {
        let number = if service.client_persistence {
            let client = mask(tuple.source, self.probe.card.persistence()?);
            address_hash(client, tuple.destination)
        } else {
            tuple.hash()
        };
        self.probe.bucket(service.buckets, number)
    }

    /// To a server, with the source that its service asks for.
    pub(super) fn give_server(&self, row: u8, server: Option<u16>, matched: &Matched) -> Outcome {
        let mut outcome = self.give_member(row, server, "no-server");
        let renamed = matched
            .service
            .as_ref()
            .is_some_and(|service| service.source_virtual);
        if renamed && matches!(outcome.verdict, Verdict::Forward(_)) {
            outcome.source = Some(self.frame.destination);
        }
        outcome
    }
}

fn describe(service: &Service) -> String {
    let protocol = match service.protocol {
        None => "any protocol".to_owned(),
        Some(6) => "tcp".to_owned(),
        Some(17) => "udp".to_owned(),
        Some(50) => "esp".to_owned(),
        Some(51) => "ah".to_owned(),
        Some(132) => "sctp".to_owned(),
        Some(number) => format!("protocol {number}"),
    };
    let ports = match service.ports {
        Some((low, high)) if low == high => format!("/{low}"),
        Some((low, high)) => format!("/{low}-{high}"),
        None => String::new(),
    };
    let vlan = service
        .vlan
        .map_or_else(String::new, |vlan| format!(" VLAN {vlan}"));
    format!("{} {protocol}{ports}{vlan}", service.address)
}
