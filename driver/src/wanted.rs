//! What an image asks the tables to hold, where an entry takes more than one part of the image.
//!
//! The image was checked: what it refers to exists.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::image::{Image, LogicalPort, Member, SERVERS};
use crate::tables::{
    Address, AddressKind, MemberEntry, ServerVips, Station, StationKind, VipEntry, VipPorts,
};

fn logical_port(image: &Image, number: u8) -> LogicalPort {
    image
        .logical_ports
        .get(usize::from(number))
        .cloned()
        .unwrap_or_default()
}

/// Members by number.
pub(crate) fn members(image: &Image) -> impl Iterator<Item = (u16, MemberEntry)> {
    let numbers = image.members.keys();
    numbers.filter_map(|number| Some((*number, member(image, *number)?)))
}

/// One member.
pub(crate) fn member(image: &Image, number: u16) -> Option<MemberEntry> {
    let member = image.members.get(&number)?;
    let port = logical_port(image, member.logical_port);
    Some(MemberEntry {
        member: Member {
            draining: member.drains(),
            ..member.clone()
        },
        port: port.port,
        tagged: port.tagged,
    })
}

/// The static stations; those of members first, virtual MACs last.
pub(crate) fn stations(image: &Image, host_port: u8) -> Vec<Station> {
    let members = members(image).map(|(number, entry)| {
        let (kind, index) = if number < SERVERS {
            (StationKind::Server, number)
        } else {
            (StationKind::Router, number - SERVERS)
        };
        Station {
            mac: entry.member.mac,
            kind,
            port: entry.port,
            index,
            logical_port: entry.member.logical_port,
            tagged: entry.tagged,
        }
    });
    let own = |mac, kind, index| Station {
        mac,
        kind,
        port: host_port,
        index,
        logical_port: 0,
        tagged: false,
    };
    let host = image.host.iter();
    let host = host.map(|mac| own(*mac, StationKind::Host, 0));
    let virtual_macs = (0..).zip(&image.virtual_macs);
    let virtual_macs = virtual_macs.map(|(index, mac)| own(*mac, StationKind::Virtual, index));
    members.chain(host).chain(virtual_macs).collect()
}

/// Virtual addresses by number.
pub(crate) fn vips(image: &Image) -> Vec<VipEntry> {
    let virtual_mac = |number: u8| image.virtual_macs.get(usize::from(number));
    let entries = image.vips.iter().map(|vip| VipEntry {
        address: vip.address,
        virtual_mac: virtual_mac(vip.virtual_mac).copied().unwrap_or_default(),
    });
    entries.collect()
}

/// Addresses of routers, of servers beside the virtual ones, and of the host.
pub(crate) fn other_addresses(image: &Image) -> impl Iterator<Item = Address> {
    let of = |address: IpAddr, kind, index| Address {
        address,
        kind,
        index,
        persistent: false,
        cluster: 0,
    };
    let routers = image.router_addresses.iter();
    let routers = routers.map(move |(address, router)| of(*address, AddressKind::Router, *router));
    let servers = image.server_addresses.iter();
    let servers = servers.map(move |(address, server)| of(*address, AddressKind::Server, *server));
    let host = image.host_addresses.iter();
    let host = host.map(move |address| of(*address, AddressKind::Host, 0));
    routers.chain(servers).chain(host)
}

/// The entry of the address table for a virtual address of the image, which may have another number meanwhile.
pub(crate) fn vip_address(image: &Image, index: u8, vip: &VipEntry) -> Address {
    let wanted = image.vips.iter().find(|other| other.address == vip.address);
    Address {
        address: vip.address,
        kind: AddressKind::Vip,
        index: index.into(),
        persistent: wanted.is_some_and(|vip| vip.persistent),
        cluster: wanted.map_or(0, |vip| vip.cluster),
    }
}

/// Logical ports of each virtual address's servers, by its number.
pub(crate) fn vip_ports(image: &Image) -> Vec<VipPorts> {
    let ports = image.vips.iter().map(|vip| {
        let servers = vip.servers.iter();
        ports_of(servers.filter_map(|server| image.members.get(server)))
    });
    ports.collect()
}

fn ports_of<'a>(servers: impl Iterator<Item = &'a Member>) -> VipPorts {
    servers.fold(VipPorts::default(), |ports, server| {
        let port = 1 << (server.logical_port & 0x3f);
        VipPorts {
            servers: ports.servers | port,
            live: ports.live | if server.up { port } else { 0 },
        }
    })
}

/// The virtual addresses of each server that carries any.
pub(crate) fn server_vips(image: &Image) -> BTreeMap<u16, ServerVips> {
    let mut servers: BTreeMap<u16, ServerVips> = BTreeMap::new();
    for (index, vip) in image.vips.iter().enumerate() {
        for server in &vip.servers {
            servers.entry(*server).or_default().0 |= 1 << (index & 0x3f);
        }
    }
    servers
}
