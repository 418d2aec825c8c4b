//! Looks into the card's tables, each written down.

use std::collections::BTreeMap;
use std::net::IpAddr;

use flowswitch_api::Look;
use flowswitch_driver::image::{Bucket, BucketRange, LogicalPort, MacAddress};
use flowswitch_driver::tables::{
    ADDRESS_SETS_LOG2, Address, AddressKind, Entry, MemberEntry, Station, StationKind, Table,
};
use flowswitch_driver::{Card, Device, Error, hash};

use super::names::Names;

/// Ways of the hashed tables, and slots of each.
const WAYS: usize = 2;
const SLOTS: u32 = 2;

/// A card that is being asked.
pub(super) struct Probe<'c, D> {
    pub card: &'c mut Card<D>,
    pub names: &'c Names,
    pub looks: Vec<Look>,
    /// Links that are up, bit 0 is network port 0.
    links: u8,
    /// Entries that were read before: a look sees each as it was when it was first read.
    logical_ports: BTreeMap<u8, Option<LogicalPort>>,
    members: BTreeMap<u16, Option<MemberEntry>>,
}

/// What a member can take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ability {
    /// Valid, its link up, its logical port of the frame's kind.
    pub usable: bool,
    /// Usable and marked up.
    pub up: bool,
    /// Takes nothing new while another can.
    pub drains: bool,
}

impl Ability {
    /// Takes new flows by preference.
    pub fn fresh(self) -> bool {
        self.up && !self.drains
    }
}

impl<'c, D: Device> Probe<'c, D> {
    pub fn new(card: &'c mut Card<D>, names: &'c Names) -> Result<Self, Error> {
        let links = card.link_up()?;
        Ok(Self {
            card,
            names,
            looks: Vec::new(),
            links,
            logical_ports: BTreeMap::new(),
            members: BTreeMap::new(),
        })
    }

    /// Writes down what was found.
    pub fn note(&mut self, table: &str, index: Option<u32>, found: impl Into<String>) {
        self.looks.push(Look {
            table: table.to_owned(),
            index,
            found: found.into(),
        });
    }

    /// An entry; none if the table is not that long.
    pub fn read<E: Entry>(&mut self, index: u32) -> Result<Option<E>, Error> {
        match self.card.read_entry::<E>(index) {
            Ok(entry) => Ok(Some(entry)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn link(&self, port: u8) -> bool {
        u32::from(self.links) >> port & 1 == 1
    }

    /// The static station with this MAC; `what` tells whose it is in the frame.
    pub fn station(&mut self, what: &str, mac: MacAddress) -> Result<Option<Station>, Error> {
        for way in 0..WAYS {
            let set = hash::station(way, mac) & 0x3ff;
            for slot in 0..SLOTS {
                let index = (way as u32) << 11 | set << 1 | slot;
                let entry = self.read::<Option<Station>>(index)?.flatten();
                if let Some(station) = entry.filter(|station| station.mac == mac) {
                    let who = self.station_text(&station);
                    self.note(
                        Table::Station.name(),
                        Some(index),
                        format!("{what} {mac}: {who}"),
                    );
                    return Ok(Some(station));
                }
            }
        }
        let found = format!("{what} {mac}: no static station");
        self.note(Table::Station.name(), None, found);
        Ok(None)
    }

    fn station_text(&self, station: &Station) -> String {
        let port = self.names.logical_port(station.logical_port);
        match station.kind {
            StationKind::Server => {
                let name = self.names.member(station.index);
                format!("server {name}, logical port {port}")
            }
            StationKind::Router => {
                let name = self.names.member(member_of_router(station.index));
                format!("router {name}, logical port {port}")
            }
            StationKind::Virtual => format!("virtual MAC {}", station.index),
            StationKind::Host => "the host".to_owned(),
        }
    }

    /// Whose an address is.
    pub fn address(&mut self, what: &str, address: IpAddr) -> Result<Option<Address>, Error> {
        for way in 0..WAYS {
            let set = hash::known_address(way, address) & ((1 << ADDRESS_SETS_LOG2) - 1);
            for slot in 0..SLOTS {
                let index = (way as u32) << (ADDRESS_SETS_LOG2 + 1) | set << 1 | slot;
                let entry = self.read::<Option<Address>>(index)?.flatten();
                if let Some(entry) = entry.filter(|entry| entry.address == address) {
                    let who = match entry.kind {
                        AddressKind::Router => {
                            let router = member_of_router(entry.index);
                            format!("of router {}", self.names.member(router))
                        }
                        AddressKind::Vip if entry.persistent => {
                            format!("VIP {}, a client's flows are kept together", entry.index)
                        }
                        AddressKind::Vip => format!("VIP {}", entry.index),
                        AddressKind::Host => "of the host".to_owned(),
                        AddressKind::Server => {
                            format!("of server {}", self.names.member(entry.index))
                        }
                    };
                    let found = format!("{what} {address}: {who}");
                    self.note(Table::Address.name(), Some(index), found);
                    return Ok(Some(entry));
                }
            }
        }
        let found = format!("{what} {address}: not of a router, a server or the host, and no VIP");
        self.note(Table::Address.name(), None, found);
        Ok(None)
    }

    /// A logical port; it is not written down.
    pub fn logical_port(&mut self, number: u8) -> Result<Option<LogicalPort>, Error> {
        if let Some(known) = self.logical_ports.get(&number) {
            return Ok(known.clone());
        }
        let entry = self.read::<Option<LogicalPort>>(number.into())?.flatten();
        self.logical_ports.insert(number, entry.clone());
        Ok(entry)
    }

    /// What a member can take of a frame that came by a tagged logical port, or one that is not.
    pub fn ability(&mut self, member: u16, tagged: bool) -> Result<Ability, Error> {
        let known = self.members.get(&member).cloned();
        let entry = match &known {
            Some(entry) => entry.clone(),
            None => {
                let entry = self.read::<Option<MemberEntry>>(member.into())?.flatten();
                self.members.insert(member, entry.clone());
                entry
            }
        };
        let (ability, words) = match &entry {
            None => {
                let nobody = Ability {
                    drains: true,
                    ..Ability::default()
                };
                (nobody, "no valid entry")
            }
            Some(entry) => {
                let link = self.link(entry.port);
                let usable = link && entry.tagged == tagged;
                let ability = Ability {
                    usable,
                    up: usable && entry.member.up,
                    drains: entry.member.drains(),
                };
                let words = match (link, ability) {
                    (false, _) => "its link is down",
                    (true, Ability { usable: false, .. }) => {
                        "its port is of the other kind (tagged, transparent)"
                    }
                    (true, Ability { up: false, .. }) => "marked down",
                    (true, Ability { drains: true, .. }) => "up, takes nothing new",
                    _ => "up",
                };
                (ability, words)
            }
        };
        if known.is_none() {
            let found = match &entry {
                Some(entry) => {
                    let port = self.names.logical_port(entry.member.logical_port);
                    let (name, mac) = (self.names.member(member), entry.member.mac);
                    format!("{name}, {mac}, logical port {port}: {words}")
                }
                None => format!("{}: {words}", self.names.member(member)),
            };
            self.note(Table::Member.name(), Some(member.into()), found);
        }
        Ok(ability)
    }

    /// MAC and logical port of a member that was asked for its ability and has an entry.
    pub fn place(&self, member: u16) -> Option<(MacAddress, u8)> {
        let entry = self.members.get(&member)?.as_ref()?;
        Some((entry.member.mac, entry.member.logical_port))
    }

    /// Weight of a member that was asked for its ability.
    pub fn weight(&self, member: u16) -> u8 {
        let entry = self.members.get(&member).and_then(Option::as_ref);
        entry.map_or(0, |entry| entry.member.weight)
    }

    /// The bucket that a number falls on.
    pub fn bucket(&mut self, range: BucketRange, number: u32) -> Result<Bucket, Error> {
        let mask = 1u32
            .checked_shl(range.log2.into())
            .unwrap_or(0)
            .wrapping_sub(1);
        let index = range.base | number & mask;
        let bucket = match self.card.read_bucket(index) {
            Ok(bucket) => bucket,
            Err(Error::NoSuchBucket(_)) => Bucket::default(),
            Err(error) => return Err(error),
        };
        let name = |member: Option<u16>| {
            member.map_or_else(|| "nobody".to_owned(), |member| self.names.member(member))
        };
        let found = format!(
            "first {}, second {}",
            name(bucket.first),
            name(bucket.second)
        );
        self.note("bucket", Some(index), found);
        Ok(bucket)
    }

    /// The member of a bucket that takes a frame.
    pub fn choose(&mut self, bucket: Bucket, tagged: bool) -> Result<Option<u16>, Error> {
        let mut known = Vec::new();
        for member in [bucket.first, bucket.second].into_iter().flatten() {
            known.push((member, self.ability(member, tagged)?));
        }
        let known_in = |wanted: fn(Ability) -> bool| {
            let mut fitting = known.iter().filter(|(_, ability)| wanted(*ability));
            fitting.next().map(|(member, _)| *member)
        };
        Ok(known_in(Ability::fresh).or_else(|| known_in(|ability| ability.up)))
    }
}

/// Member number of a router.
pub(super) fn member_of_router(router: u16) -> u16 {
    flowswitch_driver::image::SERVERS + router
}
