//! The writes that bring a card from what it holds to an image, in an order that leaves no hole.
//!
//! Every frame that both the old and the new setting would deliver is delivered all the while, as long as logical ports
//! keep their numbers:
//! 1. settings of the ports; servers' own addresses whose number goes to another station; ages of flows, those of clusters no longer wanted being kept for the flows they have left;
//!    logical ports, whose flood masks narrow before any of them changes and widen behind
//!    it, so that no frame is flooded where neither setting would; then members, and what each server carries;
//! 2. buckets and pools, which name members;
//! 3. stations of members and of the host, which lead to them;
//! 4. services, which lead to buckets; a service that moves to another index is written there first;
//! 5. stations of virtual MACs: from then on frames reach the services;
//! 6. virtual addresses and the address table: only now anybody is told those MACs. A number is taken from an address
//!    before it is given to another;
//! 7. what is no longer wanted: addresses, stations, pools, members, in this order; at last announcements,
//!    which stop while what they tell changes.

mod hashed;
mod relocate;

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::capabilities::Capabilities;
use crate::error::Error;
use crate::hash;
use crate::image::{Image, LogicalPort, MacAddress, PortSetup, Service};
use crate::state::State;
use crate::tables::{
    ADDRESS_SETS_LOG2, Address, AddressKind, Entry, MemberEntry, STATION_SETS_LOG2, ServerVips,
    Station, StationKind, Table, VipEntry, VipPorts, Words, Writable, encode_bucket,
};
use crate::wanted;
use hashed::Hashed;
use relocate::relocate;

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Settings of a port.
    Port(u8, PortSetup),
    /// Settings of all ports.
    Forwarding { drop_unknown: bool, fdb_age: u16 },
    /// Ticks between announcements.
    Announcer(u16),
    /// First bits of a client's IPv4 and IPv6 address that tell it from others.
    Persistence(u8, u8),
    /// An entry of a table.
    Entry(Table, u32, Words),
    /// A word of the bucket window.
    Bucket(u32, u32),
}

/// The writes that bring a card that holds `state` to hold `image`.
///
/// # Errors
/// [`Error::Full`] if a hashed table cannot take all keys.
pub(crate) fn steps(state: &State, image: &Image, card: &Capabilities) -> Result<Vec<Step>, Error> {
    let mut plan = Plan {
        state: state.clone(),
        steps: Vec::new(),
    };
    for port in 0..card.ports {
        let setup = image.ports.get(usize::from(port));
        let setup = setup.cloned().unwrap_or_default();
        plan.steps.push(Step::Port(port, setup));
    }
    plan.steps.push(Step::Forwarding {
        drop_unknown: image.drop_unknown,
        fdb_age: image.fdb_age,
    });
    let (ipv4, ipv6) = image.client_bits;
    plan.steps.push(Step::Persistence(ipv4, ipv6));
    for (number, cluster) in (0..).zip(&image.clusters) {
        plan.put_entry(number, &Some(*cluster));
    }
    plan.logical_ports(&image.logical_ports, card.logical_ports);
    let mut address_table = plan.address_table(image);
    plan.take_addresses_of_others(image, &mut address_table);
    for (number, entry) in wanted::members(image) {
        plan.put_entry(u32::from(number), &Some(entry));
    }
    let server_vips = wanted::server_vips(image);
    for (server, vips) in &server_vips {
        let old: ServerVips = plan.entry(u32::from(*server));
        plan.put_entry(u32::from(*server), &ServerVips(old.0 | vips.0));
    }
    for (index, bucket) in (0..).zip(&image.buckets) {
        plan.bucket(index, encode_bucket(*bucket));
    }
    for (router, pool) in &image.pools {
        plan.put_entry(u32::from(*router), pool);
    }

    let stations = wanted::stations(image, card.ports);
    let macs = stations.iter().map(|station| station.mac);
    let mut station_table =
        Hashed::<MacAddress>::new(Table::Station, STATION_SETS_LOG2, hash::station, macs);
    station_table.adopt(&plan.state, |words| {
        <Option<Station>>::decode(words).map(|station| station.mac)
    });
    let (virtual_macs, others): (Vec<_>, Vec<_>) = stations
        .into_iter()
        .partition(|station| station.kind == StationKind::Virtual);
    for station in others {
        station_table.place(&mut plan, station.mac, Some(station).encode())?;
    }
    plan.services(&image.services, card.services);
    for station in virtual_macs {
        station_table.place(&mut plan, station.mac, Some(station).encode())?;
    }

    for entry in wanted::other_addresses(image) {
        address_table.place(&mut plan, entry.address, Some(entry).encode())?;
    }
    plan.vips(
        image,
        wanted::vips(image),
        &wanted::vip_ports(image),
        card.vips,
        &mut address_table,
    )?;

    address_table.clear(&mut plan);
    for (server, vips) in &server_vips {
        plan.put_entry(u32::from(*server), vips);
    }
    plan.clear(Table::ServerVips, |index| {
        u16::try_from(index).is_ok_and(|server| server_vips.contains_key(&server))
    });
    station_table.clear(&mut plan);
    plan.clear(Table::Pool, |index| {
        u16::try_from(index).is_ok_and(|router| image.pools.contains_key(&router))
    });
    plan.clear(Table::Member, |index| {
        u16::try_from(index).is_ok_and(|member| image.members.contains_key(&member))
    });
    Ok(plan.finish(image.announce))
}

/// The steps so far, and what the card holds after them.
struct Plan {
    state: State,
    steps: Vec<Step>,
}

impl Plan {
    fn entry<E: Entry>(&self, index: u32) -> E {
        E::decode(&self.state.entry(E::TABLE, index))
    }

    /// The first `count` entries of a table.
    fn entries<E: Entry>(&self, count: u16) -> Vec<E> {
        (0..u32::from(count)).map(|i| self.entry(i)).collect()
    }

    fn put_entry<E: Writable>(&mut self, index: u32, entry: &E) {
        self.put(E::TABLE, index, entry.encode());
    }

    fn write(&mut self, table: Table, index: u32, words: Words) {
        self.state.set_entry(table, index, words);
        self.steps.push(Step::Entry(table, index, words));
    }

    fn put(&mut self, table: Table, index: u32, words: Words) {
        if self.state.entry(table, index) != words {
            self.write(table, index, words);
        }
    }

    fn bucket(&mut self, index: u32, word: u32) {
        if self.state.bucket(index) != Some(word) {
            self.state.set_bucket(index, word);
            self.steps.push(Step::Bucket(index, word));
        }
    }

    /// Clears the entries of a table that are not to be kept.
    fn clear(&mut self, table: Table, keep: impl Fn(u32) -> bool) {
        let unwanted: Vec<u32> = self
            .state
            .entries(table)
            .map(|(index, _)| index)
            .filter(|index| !keep(*index))
            .collect();
        for index in unwanted {
            self.write(table, index, Words::default());
        }
    }

    /// The address table as the card holds it.
    fn address_table(&self, image: &Image) -> Hashed<IpAddr> {
        let addresses = wanted::other_addresses(image).map(|entry| entry.address);
        let addresses = addresses.chain(image.vips.iter().map(|vip| vip.address));
        let mut table = Hashed::new(
            Table::Address,
            ADDRESS_SETS_LOG2,
            hash::known_address,
            addresses,
        );
        table.adopt(&self.state, |words| {
            <Option<Address>>::decode(words).map(|entry| entry.address)
        });
        table
    }

    /// Takes out the addresses of servers whose numbers become those of others: nobody may be told the others' MACs.
    fn take_addresses_of_others(&mut self, image: &Image, addresses: &mut Hashed<IpAddr>) {
        let mac = |entry: Option<MemberEntry>| entry.map(|entry| entry.member.mac);
        let taken: BTreeSet<u16> = wanted::members(image)
            .filter(|(number, wanted)| {
                let held = mac(self.entry((*number).into()));
                held.is_some_and(|held| held != wanted.member.mac)
            })
            .map(|(number, _)| number)
            .collect();
        addresses.remove(self, |words| {
            <Option<Address>>::decode(words).is_some_and(|held| {
                held.kind == AddressKind::Server
                    && taken.contains(&held.index)
                    && !image.server_addresses.contains(&(held.address, held.index))
            })
        });
    }

    fn logical_ports(&mut self, ports: &[LogicalPort], entries: u8) {
        let old: Vec<Option<LogicalPort>> = self.entries(u16::from(entries));
        let mut new: Vec<Option<LogicalPort>> = ports.iter().cloned().map(Some).collect();
        new.resize(old.len(), None);
        let frames = |port: &LogicalPort| (port.port, port.untagged, port.vlans, port.tagged);
        let same: Vec<bool> = (old.iter().zip(&new))
            .map(|(old, new)| old.is_some() && old.as_ref().map(frames) == new.as_ref().map(frames))
            .collect();
        let stable = (0..)
            .zip(&same)
            .fold(0, |mask, (i, same)| mask | u64::from(*same) << i);
        for (index, (old, new)) in (0..).zip(old.iter().zip(&new)) {
            if let Some(old) = old {
                let flood = old.flood & new.as_ref().map_or(0, |new| new.flood) & stable;
                self.put_entry(
                    index,
                    &Some(LogicalPort {
                        flood,
                        ..old.clone()
                    }),
                );
            }
        }
        for (index, (same, new)) in (0..).zip(same.iter().zip(&new)) {
            let narrow = |port: &LogicalPort| LogicalPort {
                flood: port.flood & stable,
                ..port.clone()
            };
            if !same {
                self.put_entry(index, &new.as_ref().map(narrow));
            }
        }
        for (index, new) in (0..).zip(&new) {
            self.put_entry(index, new);
        }
    }

    fn services(&mut self, services: &[Service], entries: u16) {
        let old: Vec<Option<Service>> = self.entries(entries);
        let mut new: Vec<Option<Service>> = services.iter().cloned().map(Some).collect();
        new.resize(old.len(), None);
        let frames = |service: &Service| {
            let Service {
                address,
                protocol,
                ports,
                vlan,
                ..
            } = *service;
            (address, protocol, ports, vlan)
        };
        for (index, service) in relocate(&old, &new, frames) {
            self.put_entry(index as u32, &service);
        }
    }

    /// Writes the virtual addresses, with their servers' logical ports before and their entries of the address table
    /// behind each. Servers already carry the numbers of the new addresses besides those of the old.
    fn vips(
        &mut self,
        image: &Image,
        vips: Vec<VipEntry>,
        ports: &[VipPorts],
        entries: u8,
        addresses: &mut Hashed<IpAddr>,
    ) -> Result<(), Error> {
        let old: Vec<Option<VipEntry>> = self.entries(u16::from(entries));
        let mut new: Vec<Option<VipEntry>> = vips.into_iter().map(Some).collect();
        new.resize(old.len(), None);
        for (index, vip) in relocate(&old, &new, |vip| vip.address) {
            let number = index.to_le_bytes()[0];
            let ports = match vip {
                None => VipPorts::default(),
                Some(_) if new[index] == vip => ports[index],
                // It only waits here: what belongs to its old number does so to this one.
                Some(vip) => self.lend(vip.address, number),
            };
            addresses.remove(self, |words| {
                <Option<Address>>::decode(words).is_some_and(|held| {
                    held.kind == AddressKind::Vip
                        && held.index == u16::from(number)
                        && vip.is_none_or(|vip| vip.address != held.address)
                })
            });
            self.put_entry(u32::from(number), &ports);
            self.put_entry(u32::from(number), &vip);
            if let Some(vip) = vip {
                let address = wanted::vip_address(image, number, &vip);
                addresses.place(self, vip.address, Some(address).encode())?;
            }
        }
        // Those that kept their numbers.
        for (number, (vip, ports)) in (0..).zip(new.iter().flatten().zip(ports)) {
            self.put_entry(u32::from(number), ports);
            let address = wanted::vip_address(image, number, vip);
            addresses.place(self, vip.address, Some(address).encode())?;
        }
        let strays = new.iter().filter(|vip| vip.is_some()).count();
        self.clear(Table::VipPorts, |index| (index as usize) < strays);
        Ok(())
    }

    /// Gives the servers of a virtual address a second number for it, and tells their logical ports.
    fn lend(&mut self, address: IpAddr, number: u8) -> VipPorts {
        let holds = |words: &Words| {
            <Option<VipEntry>>::decode(words).is_some_and(|vip| vip.address == address)
        };
        let held = (self.state.entries(Table::Vip))
            .find(|(_, words)| holds(words))
            .map(|(old, _)| old);
        let Some(old) = held else {
            return VipPorts::default();
        };
        let servers: Vec<(u32, ServerVips)> = (self.state.entries(Table::ServerVips))
            .map(|(server, words)| (server, ServerVips::decode(words)))
            .filter(|(_, vips)| vips.0 >> old & 1 == 1)
            .collect();
        for (server, vips) in servers {
            self.put_entry(server, &ServerVips(vips.0 | 1 << number));
        }
        self.entry(old)
    }

    /// The steps, with announcements stopped as long as what they tell changes.
    fn finish(self, interval: u16) -> Vec<Step> {
        let told = |step: &Step| matches!(step, Step::Entry(Table::LogicalPort | Table::Vip, ..));
        let stop = self.steps.iter().any(told).then_some(Step::Announcer(0));
        let steps = stop.into_iter().chain(self.steps);
        steps.chain([Step::Announcer(interval)]).collect()
    }
}
