//! A setup in use: stations and addresses, links, members' up bits.

use crate::mac::Mac;
use crate::setup::{
    Bucket, BucketRange, FIRST_ROUTER, LogicalPort, MOST_PORTS, Member, Pool, PortSetup, Setup,
    SetupError, Vip,
};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// Who a static address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Station {
    /// A server, by member number, on a logical port.
    Server { member: u16, logical_port: u8 },
    /// A router, by member number, on a logical port.
    Router { member: u16, logical_port: u8 },
    /// A virtual MAC.
    Virtual,
    /// The host.
    Host,
}

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A router's, by router number.
    Router(u16),
    /// A cluster's, by the number of the virtual address.
    Vip(u8),
    /// A server's own, by server number.
    Server(u16),
    /// The host's.
    Host,
}

/// What verdicts are looked up in, the forwarding database apart.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub(crate) setup: Setup,
    stations: HashMap<Mac, Station>,
    owners: HashMap<IpAddr, Owner>,
    links: Vec<bool>,
    /// Members that the host last said to be up: it keeps the virtual addresses' live logical ports by this.
    said_up: BTreeSet<u16>,
}

impl Tables {
    /// All links are up.
    pub(crate) fn new(ports: u8, setup: Setup) -> Result<Self, SetupError> {
        setup.check(ports)?;
        let mut tables = Self::unprogrammed(ports);
        tables.program(setup)?;
        Ok(tables)
    }

    /// A card after reset; `ports` is taken to lie in 1 to 15.
    pub(crate) fn unprogrammed(ports: u8) -> Self {
        let ports = usize::from(ports.clamp(1, MOST_PORTS));
        let setup = Setup {
            ports: vec![PortSetup::default(); ports],
            ..Setup::default()
        };
        Self {
            setup,
            stations: HashMap::new(),
            owners: HashMap::new(),
            links: vec![true; ports],
            said_up: BTreeSet::new(),
        }
    }

    /// Another setup; links stay as they are.
    pub(crate) fn program(&mut self, setup: Setup) -> Result<(), SetupError> {
        setup.check(self.ports())?;
        self.stations = stations(&setup);
        self.owners = owners(&setup);
        let members = setup.members.iter().filter(|(_, member)| member.up);
        self.said_up = members.map(|(&number, _)| number).collect();
        self.setup = setup;
        Ok(())
    }

    /// Number of network ports, which is also the number of the host's.
    pub(crate) fn ports(&self) -> u8 {
        self.setup.ports.len() as u8
    }

    pub(crate) fn station(&self, mac: Mac) -> Option<Station> {
        self.stations.get(&mac).copied()
    }

    pub(crate) fn owner(&self, address: IpAddr) -> Option<Owner> {
        self.owners.get(&address).copied()
    }

    pub(crate) fn logical_port(&self, number: u8) -> Option<&LogicalPort> {
        self.setup.logical_ports.get(usize::from(number))
    }

    /// Numbers and settings of the logical ports in `set`, a bit each, ascending.
    pub(crate) fn logical_ports(&self, set: u64) -> impl Iterator<Item = (u8, &LogicalPort)> {
        (0..)
            .zip(&self.setup.logical_ports)
            .filter(move |(number, _)| set >> number & 1 == 1)
    }

    pub(crate) fn vip(&self, number: u8) -> Option<&Vip> {
        self.setup.vips.get(usize::from(number))
    }

    pub(crate) fn virtual_mac(&self, vip: &Vip) -> Mac {
        let macs = &self.setup.virtual_macs;
        macs.get(usize::from(vip.virtual_mac))
            .copied()
            .unwrap_or_default()
    }

    /// The logical ports of the servers that carry the address, a bit each; `up`: of those that the host says are up.
    pub(crate) fn logical_ports_of(&self, vip: &Vip, up: bool) -> u64 {
        vip.servers
            .iter()
            .filter(|&server| !up || self.said_up.contains(server))
            .filter_map(|server| self.setup.members.get(server))
            .fold(0, |set, member| set | 1 << member.logical_port)
    }

    /// False for a port that does not exist.
    pub(crate) fn link_is_up(&self, port: u8) -> bool {
        self.links.get(usize::from(port)).copied().unwrap_or(false)
    }

    /// Section 7: a link that goes clears its members' up bits, one that comes sets those of the members with the
    /// flag. Nothing happens without a change.
    pub(crate) fn set_link(&mut self, port: u8, up: bool) {
        let Some(link) = self.links.get_mut(usize::from(port)) else {
            return;
        };
        if *link == up {
            return;
        }
        *link = up;
        let Setup {
            members,
            logical_ports,
            ..
        } = &mut self.setup;
        for member in members.values_mut().filter(|member| {
            let on = logical_ports.get(usize::from(member.logical_port));
            on.is_some_and(|logical_port| logical_port.port == port)
        }) {
            member.up = if up {
                member.up || member.up_on_link
            } else {
                false
            };
        }
    }

    pub(crate) fn set_member_up(&mut self, member: u16, up: bool) -> bool {
        let Some(entry) = self.setup.members.get_mut(&member) else {
            return false;
        };
        entry.up = up;
        if up {
            self.said_up.insert(member);
        } else {
            self.said_up.remove(&member);
        }
        true
    }

    /// The member, if it is up and so is its link, with its logical port.
    pub(crate) fn member_up(&self, member: u16) -> Option<(&Member, &LogicalPort)> {
        let member = self.setup.members.get(&member)?;
        let logical_port = self.logical_port(member.logical_port)?;
        (member.up && self.link_is_up(logical_port.port)).then_some((member, logical_port))
    }

    /// The member, if it is up for frames that came by a logical port of this kind.
    pub(crate) fn live_member(&self, member: u16, tagged: bool) -> Option<&Member> {
        self.member_up(member)
            .filter(|(_, logical_port)| logical_port.tagged == tagged)
            .map(|(member, _)| member)
    }

    /// The member, if it is there for frames that came by a logical port of this kind, whether it is said to be up or
    /// not.
    pub(crate) fn usable_member(&self, member: u16, tagged: bool) -> Option<&Member> {
        let member = self.setup.members.get(&member)?;
        let logical_port = self.logical_port(member.logical_port)?;
        (self.link_is_up(logical_port.port) && logical_port.tagged == tagged).then_some(member)
    }

    /// The bucket of `range` that a flow hash selects, with its number.
    pub(crate) fn bucket(&self, range: BucketRange, hash: u32) -> (u32, Bucket) {
        let number = range.base | (hash & ((1 << range.log2) - 1));
        let bucket = self
            .setup
            .buckets
            .get(number as usize)
            .copied()
            .unwrap_or_default();
        (number, bucket)
    }

    /// The pool of a router, by router number.
    pub(crate) fn pool(&self, router: u16) -> Pool {
        self.setup.pools.get(&router).copied().unwrap_or_default()
    }
}

fn stations(setup: &Setup) -> HashMap<Mac, Station> {
    let members = setup.members.iter().map(|(&member, entry)| {
        let &Member {
            mac, logical_port, ..
        } = entry;
        let station = if member < FIRST_ROUTER {
            Station::Server {
                member,
                logical_port,
            }
        } else {
            Station::Router {
                member,
                logical_port,
            }
        };
        (mac, station)
    });
    let virtual_macs = setup
        .virtual_macs
        .iter()
        .map(|&mac| (mac, Station::Virtual));
    let host = setup.host.map(|mac| (mac, Station::Host));
    members.chain(virtual_macs).chain(host).collect()
}

fn owners(setup: &Setup) -> HashMap<IpAddr, Owner> {
    let routers = setup.router_addresses.iter();
    let routers = routers.map(|&(address, router)| (address, Owner::Router(router)));
    let vips = (0..).zip(&setup.vips);
    let vips = vips.map(|(number, vip)| (vip.address, Owner::Vip(number)));
    let host = setup.host_addresses.iter();
    let host = host.map(|&address| (address, Owner::Host));
    let servers = setup.server_addresses.iter();
    let servers = servers.map(|&(address, server)| (address, Owner::Server(server)));
    routers.chain(vips).chain(servers).chain(host).collect()
}
