//! The cluster of Fig. 2, and a card in memory to hold it.

use std::net::Ipv4Addr;

use flowswitch_driver::Card;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::image::{
    BucketRange, ClusterSetup, Image, LogicalPort, MacAddress, Member, Pool, PortSetup, Service,
    Vip,
};
use flowswitch_driver::plan::{Allocator, Share, assignment_log2, fill, fill_assignment};

/// An identified card in memory.
pub fn open(device: FakeDevice) -> Card<FakeDevice> {
    Card::open(device).expect("the card in memory is a card")
}

pub fn service(address: &str, protocol: u8, port: Option<u16>, buckets: BucketRange) -> Service {
    Service {
        address: address.parse().expect("an address"),
        protocol: Some(protocol),
        ports: port.map(|port| (port, port)),
        vlan: None,
        client_persistence: false,
        no_service_to_host: false,
        least_load: false,
        cluster: 0,
        virtual_mac: 0,
        source_virtual: false,
        buckets,
    }
}

pub fn member(mac: [u8; 6], logical_port: u8) -> Member {
    Member {
        mac: MacAddress(mac),
        logical_port,
        up: true,
        draining: false,
        up_on_link: true,
        weight: 1,
    }
}

/// All frames of a network port.
pub fn whole_port(port: u8, flood: u64) -> LogicalPort {
    LogicalPort {
        port,
        untagged: true,
        vlans: Some((1, 4094)),
        tagged: false,
        domain: 0,
        server: false,
        announce: true,
        flood,
    }
}

/// The cluster of Fig. 2: five servers, three routers, one address of each family.
pub fn fig2() -> Image {
    let mut pool = Allocator::new(17);
    let web = pool.allot(10).expect("the pool is free");
    let edge = Pool {
        flows: pool.allot(8).expect("the pool is free"),
        assignment: pool.allot(assignment_log2(5)).expect("the pool is free"),
        drop_advertisements: true,
    };
    let mut image = Image {
        ports: (0..8)
            .map(|port| PortSetup {
                bpdu_to_host: port == 2,
            })
            .collect(),
        drop_unknown: true,
        fdb_age: 200,
        announce: 56,
        logical_ports: (0..8)
            .map(|port| LogicalPort {
                server: port >= 3,
                announce: port < 3,
                ..whole_port(port, if port < 3 { 0xff & !(1 << port) } else { 0x07 })
            })
            .collect(),
        vips: ["192.31.65.1", "2001:db8:65::1"]
            .iter()
            .map(|address| Vip {
                address: address.parse().expect("an address"),
                virtual_mac: 0,
                servers: (0..5).collect(),
                persistent: false,
                cluster: 0,
            })
            .collect(),
        services: vec![
            service("192.31.65.1", 6, Some(80), web),
            service("192.31.65.1", 6, Some(443), web),
            service("192.31.65.1", 50, None, web),
            service("2001:db8:65::1", 6, Some(80), web),
        ],
        members: (0..5u8)
            .map(|n| (u16::from(n), member([2, 0, 0, 0, 2, 0x10 * (n + 1)], n + 3)))
            .chain((0..3u8).map(|n| {
                (
                    1024 + u16::from(n),
                    member([2, 0, 0, 0, 2, 0x60 + 0x10 * n], n),
                )
            }))
            .collect(),
        pools: (0..3).map(|router| (router, edge)).collect(),
        router_addresses: (0..)
            .zip(["192.31.65.2", "192.31.65.3", "192.31.65.4"])
            .chain([(0, "fe80::2")])
            .map(|(router, address)| (address.parse().expect("an address"), router))
            .collect(),
        server_addresses: Vec::new(),
        host_addresses: vec![Ipv4Addr::new(192, 31, 65, 5).into()],
        clusters: vec![ClusterSetup {
            keep: true,
            ..ClusterSetup::default()
        }],
        client_bits: (24, 56),
        virtual_macs: vec![MacAddress([2, 0, 0x5e, 0, 0x65, 1])],
        host: Some(MacAddress([2, 0, 0, 0, 2, 5])),
        buckets: Vec::new(),
    };
    let shares = |members: std::ops::Range<u16>, image: &Image| -> Vec<Share> {
        let shares = image.members.range(members);
        let share = shares.map(|(number, member)| Share {
            member: *number,
            name: format!("m{number}"),
            weight: member.weight,
            port: image.logical_ports[usize::from(member.logical_port)].port,
        });
        share.collect()
    };
    let (servers, routers) = (shares(0..1024, &image), shares(1024..1088, &image));
    fill(&mut image, web, &servers).expect("few servers");
    fill(&mut image, edge.flows, &routers).expect("few routers");
    fill_assignment(&mut image, edge.assignment, &[1024, 1025, 1026]);
    image
}
