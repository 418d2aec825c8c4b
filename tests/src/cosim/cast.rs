//! Who appears in the frames of a case: addresses drawn from small sets, so that rows collide and learning matters.

use flowswitch_driver::image::{Image, LogicalPort, MacAddress, SERVERS};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Layer-4 ports that frames and services draw from.
pub const L4_PORTS: [u16; 6] = [0, 80, 443, 8000, 8100, 65_535];
/// VLANs that frames and services draw from.
pub const VLANS: [u16; 4] = [0, 5, 100, 4095];
/// Addresses that services draw from.
pub const CLUSTERS: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 1)),
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 9)),
    IpAddr::V4(Ipv4Addr::new(192, 31, 193, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0xc01f, 0x4101)),
];
/// Addresses that routers draw from.
pub const ROUTER_ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 2)),
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 3)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 0x22)),
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)),
];
/// Addresses that the host draws from.
pub const HOST_ADDRESSES: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 5)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 5)),
];
/// Addresses that servers have beside the clusters' draw from these.
pub const SERVER_ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 210)),
    IpAddr::V4(Ipv4Addr::new(192, 31, 65, 220)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 0xd2)),
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xdc)),
];
/// Group and link-local control addresses.
const GROUPS: [[u8; 6]; 9] = [
    [0xff; 6],
    [0x01, 0x00, 0x5e, 0, 0, 1],
    [0x33, 0x33, 0, 0, 0, 1],
    [0x01, 0x80, 0xc2, 0, 0, 0x00],
    [0x01, 0x80, 0xc2, 0, 0, 0x01],
    [0x01, 0x80, 0xc2, 0, 0, 0x02],
    [0x01, 0x80, 0xc2, 0, 0, 0x0e],
    [0x01, 0x80, 0xc2, 0, 0, 0x0f],
    [0x01, 0x80, 0xc2, 0, 0, 0x10],
];
/// Kind of destination that is the host.
pub const HOST_KIND: u8 = 11;
/// Last two octets of stations (02:00:00:01 before them) that no table names and whose untagged frames all fall into
/// set 0 of the forwarding database, found by a program written from the contract alone: more than a set has ways.
const CROWD: [u16; 9] = [
    0x0bea, 0x83ce, 0xc15b, 0x4ed3, 0x497f, 0x0c46, 0x8462, 0xc6f7, 0x58f3,
];
/// Other stations that no table names.
const STATIONS: u8 = 7;

/// How a frame comes in by a network port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The logical port that was meant; a lower one may hold the frame instead.
    pub logical_port: u8,
    /// The VLAN of its first tag.
    pub vlan: Option<u16>,
}

/// The stations and addresses of a case.
#[derive(Clone, Debug)]
pub struct Cast {
    /// By network port.
    ways: Vec<Vec<Way>>,
    virtual_macs: Vec<[u8; 6]>,
    /// With the logical port that each is on.
    servers: Vec<(u8, [u8; 6])>,
    routers: Vec<(u8, [u8; 6])>,
    host: [u8; 6],
    /// Virtual addresses with the MACs of their servers.
    pub vips: Vec<(IpAddr, Vec<[u8; 6]>)>,
    /// Addresses of routers and servers alone, each with its owner's MAC.
    pub owned: Vec<(IpAddr, [u8; 6])>,
    /// The virtual addresses' MACs.
    vip_macs: Vec<[u8; 6]>,
}

impl Cast {
    /// Those whom the image names.
    pub fn of(image: &Image) -> Self {
        let members = |routers: bool| {
            let wanted = image
                .members
                .iter()
                .filter(move |(number, _)| (**number >= SERVERS) == routers);
            wanted
                .map(|(_, member)| (member.logical_port, member.mac.0))
                .collect()
        };
        let mut ways = vec![Vec::new(); image.ports.len()];
        for (number, logical_port) in (0u8..).zip(&image.logical_ports) {
            ways[usize::from(logical_port.port)].extend(ways_of(number, logical_port));
        }
        let mac_of = |server: &u16| image.members.get(server).map(|member| member.mac.0);
        Self {
            ways,
            vips: image
                .vips
                .iter()
                .map(|vip| (vip.address, vip.servers.iter().filter_map(mac_of).collect()))
                .collect(),
            owned: (image.router_addresses.iter())
                .map(|(address, router)| (*address, SERVERS + router))
                .chain(image.server_addresses.iter().copied())
                .filter_map(|(address, owner)| Some((address, mac_of(&owner)?)))
                .collect(),
            vip_macs: image
                .vips
                .iter()
                .filter_map(|vip| image.virtual_macs.get(usize::from(vip.virtual_mac)))
                .map(|mac| mac.0)
                .collect(),
            virtual_macs: image.virtual_macs.iter().map(|mac| mac.0).collect(),
            servers: members(false),
            routers: members(true),
            host: image.host.unwrap_or(MacAddress([2, 0, 0, 0, 2, 5])).0,
        }
    }

    /// A destination: one of a kind, each number one of that kind.
    pub fn destination(&self, kind: u8, number: u8) -> [u8; 6] {
        let index = usize::from(number);
        let nth = |of: &[(u8, [u8; 6])]| of.get(index % of.len().max(1)).map(|(_, mac)| *mac);
        let found = match kind % 16 {
            0..=5 => self
                .virtual_macs
                .get(index % self.virtual_macs.len().max(1))
                .copied(),
            6..=8 => nth(&self.routers),
            9..=10 => nth(&self.servers),
            HOST_KIND => Some(self.host),
            12 => Some(GROUPS[index % GROUPS.len()]),
            _ => None,
        };
        found.unwrap_or_else(|| station(number))
    }

    /// An address of a cluster, mostly a virtual one, with its virtual MAC.
    pub fn vip(&self, number: u8) -> (IpAddr, Option<[u8; 6]>) {
        let index = usize::from(number);
        let known = self.vips.get(index % self.vips.len().max(1));
        match known.filter(|_| !number.is_multiple_of(16)) {
            Some((address, _)) => (
                *address,
                self.vip_macs.get(index % self.vips.len()).copied(),
            ),
            None => {
                let mac = self.virtual_macs.first().copied();
                (CLUSTERS[index % CLUSTERS.len()], mac)
            }
        }
    }

    /// A server on a logical port, with a virtual address that it carries.
    pub fn carrier(&self, logical_port: Option<u8>, number: u8) -> Option<([u8; 6], IpAddr)> {
        let here: Vec<_> = self
            .servers
            .iter()
            .filter(|(at, _)| Some(*at) == logical_port)
            .flat_map(|(_, mac)| {
                let carried = self.vips.iter().filter(|(_, macs)| macs.contains(mac));
                carried.map(|(address, _)| (*mac, *address))
            })
            .collect();
        here.get(usize::from(number) % here.len().max(1)).copied()
    }

    /// A way into a network port; `None` if it has no logical port.
    pub fn way(&self, port: u8, number: u8) -> Option<Way> {
        let ways = &self.ways[usize::from(port)];
        ways.get(usize::from(number) % ways.len().max(1)).copied()
    }

    /// A source that frames of a logical port may have, or, of the last kinds, must not.
    pub fn source(&self, logical_port: Option<u8>, kind: u8, number: u8) -> [u8; 6] {
        let index = usize::from(number);
        let on_port = |of: &[(u8, [u8; 6])]| {
            let here: Vec<_> = of
                .iter()
                .filter(|(at, _)| Some(*at) == logical_port)
                .map(|(_, mac)| *mac)
                .collect();
            here.get(index % here.len().max(1)).copied()
        };
        let anywhere = |of: &[(u8, [u8; 6])]| of.get(index % of.len().max(1)).map(|(_, mac)| *mac);
        let found = match kind % 16 {
            0..=4 => on_port(&self.servers),
            5..=7 => on_port(&self.routers),
            13 => anywhere(&self.servers),
            14 => anywhere(&self.routers),
            15 => match number % 4 {
                0 => Some([0; 6]),
                1 => Some(self.host),
                2 => self.virtual_macs.first().copied(),
                _ => Some(GROUPS[index % GROUPS.len()]),
            },
            _ => None,
        };
        found.unwrap_or_else(|| station(number))
    }
}

fn ways_of(number: u8, logical_port: &LogicalPort) -> Vec<Way> {
    let LogicalPort {
        untagged, vlans, ..
    } = *logical_port;
    let (first, last) = vlans.unwrap_or((1, 0));
    let vlans = [first, VLANS[1], VLANS[2]]
        .into_iter()
        .filter(|vlan| (first..=last).contains(vlan));
    let untagged = untagged.then_some(None);
    untagged
        .into_iter()
        .chain(vlans.map(Some))
        .map(|vlan| Way {
            logical_port: number,
            vlan,
        })
        .collect()
}

/// A source: a cluster, a router or a client.
pub fn ipv4(number: u8) -> Ipv4Addr {
    let known: Vec<Ipv4Addr> = CLUSTERS
        .iter()
        .chain(&ROUTER_ADDRESSES)
        .chain(&SERVER_ADDRESSES)
        .filter_map(|address| v4(*address))
        .collect();
    let client = Ipv4Addr::new(10, 0, number >> 5, number & 31);
    if number.is_multiple_of(3) {
        client
    } else {
        known[usize::from(number) % known.len()]
    }
}

/// A destination: mostly a cluster.
pub fn destination_ipv4(number: u8) -> Ipv4Addr {
    let clusters: Vec<Ipv4Addr> = CLUSTERS.iter().filter_map(|address| v4(*address)).collect();
    if number < 64 {
        ipv4(number)
    } else {
        clusters[usize::from(number) % clusters.len()]
    }
}

/// As [`ipv4`].
pub fn ipv6(number: u8) -> Ipv6Addr {
    let known: Vec<Ipv6Addr> = CLUSTERS
        .iter()
        .chain(&ROUTER_ADDRESSES)
        .chain(&SERVER_ADDRESSES)
        .filter_map(|address| v6(*address))
        .collect();
    let (high, low) = (u16::from(number >> 5), u16::from(number & 31));
    let client = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, high, low);
    if number.is_multiple_of(3) {
        client
    } else {
        known[usize::from(number) % known.len()]
    }
}

/// As [`destination_ipv4`].
pub fn destination_ipv6(number: u8) -> Ipv6Addr {
    let clusters: Vec<Ipv6Addr> = CLUSTERS.iter().filter_map(|address| v6(*address)).collect();
    if number < 64 {
        ipv6(number)
    } else {
        clusters[usize::from(number) % clusters.len()]
    }
}

fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn v6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(address),
    }
}

fn station(number: u8) -> [u8; 6] {
    match CROWD.get(usize::from(number % 16)) {
        Some(crowded) => {
            let [high, low] = crowded.to_be_bytes();
            [2, 0, 0, 1, high, low]
        }
        None => [2, 0, 0, 0, 0x0a, number % STATIONS],
    }
}
