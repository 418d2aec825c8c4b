//! The writes that bring a card from what it holds to an image, in an order that leaves no hole.
//!
//! Every frame that both the old and the new setting would deliver is delivered all the while:
//! 1. settings of the ports (isolation stands before anything new is reachable), then members;
//! 2. buckets, pools and router addresses, which name members;
//! 3. stations of members and of the host, which lead to them;
//! 4. services, which lead to buckets; a service that moves to another index is written there first;
//! 5. stations of virtual MACs: from then on frames reach the services;
//! 6. what is no longer wanted: stations, router addresses, pools, members, in this order.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::net::IpAddr;

use crate::capabilities::Capabilities;
use crate::error::Error;
use crate::hash;
use crate::image::{Image, MacAddress, PortSetup, SERVERS, Service};
use crate::placement::Placement;
use crate::state::State;
use crate::tables::{
    Entry, ROUTER_ADDRESS_SETS_LOG2, STATION_SETS_LOG2, Station, StationKind, Table, Words,
    Writable, encode_bucket,
};

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Settings of a port.
    Port(u8, PortSetup),
    /// Settings of all ports.
    Forwarding { drop_unknown: bool, fdb_age: u16 },
    /// An entry of a table.
    Entry(Table, u32, Words),
    /// A word of the bucket window.
    Bucket(u32, u32),
}

/// The static stations that `image` asks for; those of members first, virtual MACs last.
pub(crate) fn stations(image: &Image, host_port: u8) -> Vec<Station> {
    let members = image.members.iter().map(|(number, member)| Station {
        mac: member.mac,
        kind: if *number < SERVERS {
            StationKind::Server
        } else {
            StationKind::Router
        },
        port: member.port,
        index: if *number < SERVERS {
            *number
        } else {
            number - SERVERS
        },
    });
    let host = image.host.iter().map(|mac| Station {
        mac: *mac,
        kind: StationKind::Host,
        port: host_port,
        index: 0,
    });
    let virtual_macs = (0..).zip(&image.virtual_macs).map(|(index, mac)| Station {
        mac: *mac,
        kind: StationKind::Virtual,
        port: host_port,
        index,
    });
    members.chain(host).chain(virtual_macs).collect()
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
        let setup = image
            .ports
            .get(usize::from(port))
            .cloned()
            .unwrap_or_default();
        plan.steps.push(Step::Port(port, setup));
    }
    plan.steps.push(Step::Forwarding {
        drop_unknown: image.drop_unknown,
        fdb_age: image.fdb_age,
    });
    for (number, member) in &image.members {
        // Always written: the card changes the up bits by itself.
        plan.write(
            Table::Member,
            u32::from(*number),
            Some(member.clone()).encode(),
        );
    }
    for (index, bucket) in (0..).zip(&image.buckets) {
        plan.bucket(index, encode_bucket(*bucket));
    }
    for (router, range) in &image.pools {
        plan.put(Table::Pool, u32::from(*router), range.encode());
    }
    let addresses: Vec<(IpAddr, Words)> = image
        .router_addresses
        .iter()
        .map(|address| (*address, Some(*address).encode()))
        .collect();
    let mut router_table = Hashed::new(
        Table::RouterAddress,
        ROUTER_ADDRESS_SETS_LOG2,
        hash::router_address,
        &addresses,
    );
    router_table.adopt(&plan.state, Entry::decode);
    router_table.place(&mut plan, &addresses)?;

    let wanted = stations(image, card.ports);
    let (virtual_macs, others): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .partition(|station| station.kind == StationKind::Virtual);
    let keyed = |stations: &[Station]| -> Vec<(MacAddress, Words)> {
        stations
            .iter()
            .map(|station| (station.mac, Some(*station).encode()))
            .collect()
    };
    let (virtual_macs, others) = (keyed(&virtual_macs), keyed(&others));
    let all = [others.as_slice(), virtual_macs.as_slice()].concat();
    let mut station_table = Hashed::new(Table::Station, STATION_SETS_LOG2, hash::station, &all);
    station_table.adopt(&plan.state, |words| {
        <Option<Station> as Entry>::decode(words).map(|station| station.mac)
    });
    station_table.place(&mut plan, &others)?;
    plan.services(&image.services, card.services);
    station_table.place(&mut plan, &virtual_macs)?;

    station_table.clear(&mut plan);
    router_table.clear(&mut plan);
    plan.clear(Table::Pool, |index| {
        u16::try_from(index).is_ok_and(|router| image.pools.contains_key(&router))
    });
    plan.clear(Table::Member, |index| {
        u16::try_from(index).is_ok_and(|member| image.members.contains_key(&member))
    });
    Ok(plan.steps)
}

/// The steps so far, and what the card holds after them.
struct Plan {
    state: State,
    steps: Vec<Step>,
}

impl Plan {
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

    /// Writes the services. An entry is overwritten only when its old service stands elsewhere or is not
    /// wanted any more. Where services change places in a circle, one of them waits in a free entry
    /// meanwhile; if there is none it is missing for the time of the other writes.
    fn services(&mut self, services: &[Service], entries: u16) {
        let mut new: Vec<Option<Service>> = services.iter().cloned().map(Some).collect();
        new.resize(usize::from(entries), None);
        let old: Vec<Option<Service>> = (0..u32::from(entries))
            .map(|index| self.service(index))
            .collect();
        let home = |service: &Option<Service>| {
            let key = service.as_ref().map(Match::of)?;
            new.iter()
                .position(|other| other.as_ref().map(Match::of) == Some(key))
        };
        let mut waiting: Vec<usize> = (0..new.len()).filter(|i| old[*i] != new[*i]).collect();
        let mut parked = Vec::new();
        while !waiting.is_empty() {
            let safe = |i: usize| home(&old[i]).is_none_or(|j| i == j || !waiting.contains(&j));
            let next = waiting
                .iter()
                .copied()
                .find(|i| safe(*i))
                .unwrap_or_else(|| {
                    let first = waiting[0];
                    let free = (0..new.len()).rev().find(|i| {
                        new[*i].is_none()
                            && !parked.contains(i)
                            && self.service(*i as u32).is_none()
                    });
                    if let Some(free) = free {
                        self.put(Table::Service, free as u32, old[first].encode());
                        parked.push(free);
                    }
                    first
                });
            self.put(Table::Service, next as u32, new[next].encode());
            waiting.retain(|i| *i != next);
        }
        for index in parked {
            self.put(Table::Service, index as u32, Words::default());
        }
    }

    fn service(&self, index: u32) -> Option<Service> {
        Entry::decode(&self.state.entry(Table::Service, index))
    }
}

/// The frames that a service is for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Match {
    address: IpAddr,
    protocol: Option<u8>,
    ports: Option<(u16, u16)>,
    vlan: Option<u16>,
}

impl Match {
    fn of(service: &Service) -> Self {
        Self {
            address: service.address,
            protocol: service.protocol,
            ports: service.ports,
            vlan: service.vlan,
        }
    }
}

/// A hashed table, by key.
struct Hashed<K> {
    table: Table,
    placement: Placement<K>,
    /// Keys that the card holds or will hold, and their words.
    held: HashMap<K, Words>,
    wanted: HashSet<K>,
}

impl<K: Copy + Eq + Hash> Hashed<K> {
    fn new(table: Table, sets_log2: u8, hash: fn(usize, K) -> u32, wanted: &[(K, Words)]) -> Self {
        Self {
            table,
            placement: Placement::new(sets_log2, hash),
            held: HashMap::new(),
            wanted: wanted.iter().map(|(key, _)| *key).collect(),
        }
    }

    /// Takes over the keys that look-ups in the card find; second copies and strays count as empty slots.
    fn adopt(&mut self, state: &State, key: impl Fn(&Words) -> Option<K>) {
        for (slot, words) in state.entries(self.table) {
            let Some(key) = key(words) else { continue };
            if self.placement.candidates(key).contains(&slot) && !self.held.contains_key(&key) {
                self.placement.occupy(slot, key);
                self.held.insert(key, *words);
            }
        }
    }

    fn place(&mut self, plan: &mut Plan, entries: &[(K, Words)]) -> Result<(), Error> {
        for (key, words) in entries {
            self.held.insert(*key, *words);
            if let Some(slot) = self.placement.find(*key) {
                plan.put(self.table, slot, *words);
                continue;
            }
            let placed = self.placement.insert(*key).or_else(|_| {
                // Only what is no longer wanted can make room now.
                self.clear(plan);
                self.placement
                    .insert(*key)
                    .map_err(|_| Error::Full { table: self.table })
            })?;
            for placed in placed {
                plan.put(self.table, placed.slot, self.held[&placed.key]);
            }
        }
        Ok(())
    }

    /// Clears the slots that hold no wanted key, or one that look-ups find elsewhere.
    fn clear(&mut self, plan: &mut Plan) {
        let unwanted: Vec<K> = self
            .held
            .keys()
            .copied()
            .filter(|key| !self.wanted.contains(key))
            .collect();
        for key in unwanted {
            self.held.remove(&key);
            if let Some(slot) = self.placement.find(key) {
                self.placement.vacate(slot);
            }
        }
        let live: HashSet<u32> = self
            .held
            .keys()
            .filter_map(|key| self.placement.find(*key))
            .collect();
        plan.clear(self.table, |slot| live.contains(&slot));
    }
}
