//! Where a card differs from an image.

use std::collections::BTreeMap;
use std::fmt;

use crate::capabilities::Capabilities;
use crate::image::{Image, PortSetup};
use crate::placement::Placement;
use crate::state::State;
use crate::tables::{
    ADDRESS_SETS_LOG2, Address, Entry, STATION_SETS_LOG2, Station, Table, Words, Writable,
};
use crate::{hash, wanted};

/// One place where a card does not hold what an image asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An entry of a table. A station or address that look-ups do not find is listed at the first of its slots.
    Entry {
        /// The table.
        table: Table,
        /// Index of the entry.
        index: u32,
        /// What should be there.
        expected: Words,
        /// What is.
        found: Words,
    },
    /// A word of the bucket window.
    Bucket {
        /// Number of the bucket.
        index: u32,
        /// What should be there.
        expected: u32,
        /// What is.
        found: u32,
    },
    /// Settings of a port.
    Port {
        /// The port.
        port: u8,
        /// What should be set.
        expected: PortSetup,
        /// What is.
        found: PortSetup,
    },
    /// Dropping of unknown destinations, and age of learned ones.
    Forwarding {
        /// What should be set.
        expected: (bool, u16),
        /// What is.
        found: (bool, u16),
    },
    /// Ticks between announcements.
    Announcer {
        /// What should be set.
        expected: u16,
        /// What is.
        found: u16,
    },
    /// First bits of a client's IPv4 and IPv6 address that tell it from others.
    Persistence {
        /// What should be set.
        expected: (u8, u8),
        /// What is.
        found: (u8, u8),
    },
    /// The card has no seed for its flow table, or has not cleared the table yet: no flow is remembered.
    NoFlows,
}

impl Difference {
    /// The table that differs; none for buckets and settings.
    pub fn table(&self) -> Option<Table> {
        match self {
            Self::Entry { table, .. } => Some(*table),
            _ => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry {
                table,
                index,
                expected,
                found,
            } => {
                let words = table.words();
                let (expected, found) = (&expected[..words], &found[..words]);
                write!(
                    f,
                    "{table:?} {index}: {expected:08x?} expected, {found:08x?} found"
                )
            }
            Self::Bucket {
                index,
                expected,
                found,
            } => {
                write!(
                    f,
                    "bucket {index}: {expected:08x} expected, {found:08x} found"
                )
            }
            Self::Port {
                port,
                expected,
                found,
            } => {
                write!(f, "port {port}: {expected:?} expected, {found:?} found")
            }
            Self::Forwarding { expected, found } => {
                write!(
                    f,
                    "drop unknown, age: {expected:?} expected, {found:?} found"
                )
            }
            Self::Announcer { expected, found } => {
                write!(
                    f,
                    "ticks between announcements: {expected} expected, {found} found"
                )
            }
            Self::Persistence { expected, found } => {
                write!(
                    f,
                    "bits of clients' addresses: {expected:?} expected, {found:?} found"
                )
            }
            Self::NoFlows => f.write_str("the flow table is not in use: it has no seed"),
        }
    }
}

/// Differences of the tables; `state` was just read from the card.
pub(crate) fn tables(state: &State, image: &Image, card: &Capabilities) -> Vec<Difference> {
    let mut comparison = Comparison {
        state,
        differences: Vec::new(),
    };
    // Those of clusters no longer wanted stay: they hold for the flows that are left.
    for (number, cluster) in (0..).zip(&image.clusters) {
        comparison.entry(Table::Cluster, number, Some(*cluster).encode());
    }
    comparison.numbered(image.services.iter().cloned().map(Some));
    comparison.numbered(image.logical_ports.iter().cloned().map(Some));
    comparison.numbered(wanted::vips(image).into_iter().map(Some));
    comparison.numbered(wanted::vip_ports(image));
    let members = wanted::members(image);
    comparison.indexed(members.map(|(number, entry)| (number, Some(entry))));
    comparison.indexed(image.pools.iter().map(|(router, pool)| (*router, *pool)));
    comparison.indexed(wanted::server_vips(image));

    let stations = wanted::stations(image, card.ports).into_iter();
    let stations = stations.map(|station| (station.mac, Some(station).encode()));
    let placement = Placement::new(STATION_SETS_LOG2, hash::station);
    comparison.hashed(Table::Station, &placement, stations, |words| {
        <Option<Station>>::decode(words).map(|station| station.mac)
    });
    let vips = wanted::vips(image);
    let vips = (0..).zip(&vips);
    let vips = vips.map(|(number, vip)| wanted::vip_address(image, number, vip));
    let addresses = wanted::other_addresses(image).chain(vips);
    let addresses = addresses.map(|entry| (entry.address, Some(entry).encode()));
    let placement = Placement::new(ADDRESS_SETS_LOG2, hash::known_address);
    comparison.hashed(Table::Address, &placement, addresses, |words| {
        <Option<Address>>::decode(words).map(|entry| entry.address)
    });
    comparison.differences
}

struct Comparison<'a> {
    state: &'a State,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn entry(&mut self, table: Table, index: u32, expected: Words) {
        let found = self.state.entry(table, index);
        if found != expected {
            self.differences.push(Difference::Entry {
                table,
                index,
                expected,
                found,
            });
        }
    }

    /// Compares a table that is filled from its first entry on.
    fn numbered<E: Writable>(&mut self, expected: impl IntoIterator<Item = E>) {
        self.indexed((0..).zip(expected));
    }

    /// Compares a table whose entries have fixed places.
    fn indexed<E: Writable>(&mut self, expected: impl IntoIterator<Item = (u16, E)>) {
        let expected: BTreeMap<u32, Words> = expected
            .into_iter()
            .map(|(index, entry)| (u32::from(index), entry.encode()))
            .collect();
        for (index, words) in &expected {
            self.entry(E::TABLE, *index, *words);
        }
        let strays = self.state.entries(E::TABLE).map(|(index, _)| index);
        let strays: Vec<u32> = strays
            .filter(|index| !expected.contains_key(index))
            .collect();
        for index in strays {
            self.entry(E::TABLE, index, Words::default());
        }
    }

    /// Compares a hashed table: each key must be found in one of its slots, and nothing else be there.
    fn hashed<K: Copy + Eq>(
        &mut self,
        table: Table,
        placement: &Placement<K>,
        expected: impl Iterator<Item = (K, Words)>,
        key_of: impl Fn(&Words) -> Option<K>,
    ) {
        let mut accounted = Vec::new();
        for (key, words) in expected {
            let slots = placement.candidates(key);
            let found = slots
                .into_iter()
                .find(|s| key_of(&self.state.entry(table, *s)) == Some(key));
            let slot = found.unwrap_or(slots[0]);
            self.entry(table, slot, words);
            if found.is_some() {
                accounted.push(slot);
            }
        }
        let strays = self.state.entries(table).map(|(slot, _)| slot);
        let strays: Vec<u32> = strays.filter(|slot| !accounted.contains(slot)).collect();
        for slot in strays {
            self.entry(table, slot, Words::default());
        }
    }
}
