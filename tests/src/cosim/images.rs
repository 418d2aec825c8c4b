//! Random images.

use super::cast::{CLUSTERS, HOST_ADDRESSES, L4_PORTS, ROUTER_ADDRESSES, SERVER_ADDRESSES, VLANS};
use super::logical_ports::logical_ports;
use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, Image, MacAddress, Member, Pool, PortSetup, SERVERS,
    Service, Vip,
};
use flowswitch_verilated::Corner;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeMap;

/// Member numbers that images draw from: both ends of both ranges among them.
const SERVER_NUMBERS: [u16; 8] = [0, 1, 2, 3, 255, 512, 1022, 1023];
const ROUTER_NUMBERS: [u16; 5] = [
    SERVERS,
    SERVERS + 1,
    SERVERS + 2,
    SERVERS + 31,
    SERVERS + 63,
];
/// A number that no image gives to a member, for buckets that name nobody.
const NOBODY: u16 = 777;
/// Buckets in use, base 2 logarithm; the first half are services', which name servers only, the others pools'.
const BUCKETS_LOG2: u8 = 6;
/// Services in use.
const SERVICES: usize = 12;
/// Clusters in use.
const FLOW_CLUSTERS: usize = 4;

/// What images may use of a card's tables.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    services: usize,
    servers: u16,
    routers: u16,
    buckets_log2: u8,
}

impl Room {
    /// Of a card whose tables are large enough for everything.
    pub const AMPLE: Self = Self {
        services: SERVICES,
        servers: SERVERS,
        routers: 64,
        buckets_log2: BUCKETS_LOG2,
    };

    /// Of a card at the end of its parameters.
    pub fn of(corner: &Corner) -> Self {
        let mut room = Self::AMPLE;
        for &(name, value) in corner.parameters {
            match name {
                "Services" => room.services = room.services.min(value as usize),
                "Servers" => room.servers = value as u16,
                "Routers" => room.routers = value as u16,
                "BucketsLog2" => room.buckets_log2 = room.buckets_log2.min(value as u8),
                _ => {}
            }
        }
        room
    }

    fn servers(self) -> Vec<u16> {
        let numbers = SERVER_NUMBERS.into_iter();
        numbers.filter(|&number| number < self.servers).collect()
    }

    fn routers(self) -> Vec<u16> {
        let numbers = ROUTER_NUMBERS.into_iter();
        numbers
            .filter(|&number| number - SERVERS < self.routers)
            .collect()
    }

    /// A member that no image has, if the card has so many.
    fn nobody(self) -> Option<u16> {
        (NOBODY < self.servers).then_some(NOBODY)
    }

    /// Of services, or of pools.
    fn half_of_buckets(self) -> usize {
        1 << (self.buckets_log2 - 1)
    }
}

/// Images for a card of `ports` network ports.
pub fn image(ports: u8, room: Room) -> impl Strategy<Value = Image> {
    let (server_numbers, router_numbers) = (room.servers(), room.routers());
    let (servers, routers) = (server_numbers.len(), router_numbers.len());
    let half = room.half_of_buckets();
    let tables = (
        vec(port(), usize::from(ports)),
        logical_ports(ports),
        vec(vip(), CLUSTERS.len()),
        vec(service(room), room.services.min(2)..=room.services),
        subsequence(server_numbers, 1..=servers),
        subsequence(router_numbers, 0..=routers),
        vec(member(), servers + routers),
        vec(pool(room), routers),
        vec(option::weighted(0.8, any::<u8>()), ROUTER_ADDRESSES.len()),
        vec(option::weighted(0.8, any::<u8>()), SERVER_ADDRESSES.len()),
        vec(bucket(), 2 * half),
    );
    let settings = (
        any::<bool>(),
        prop_oneof![1u16..4, Just(280), Just(32_767)],
        prop_oneof![3 => Just(0u16), 1 => 1u16..4, 1 => Just(32_767)],
        1usize..=4,
        subsequence(HOST_ADDRESSES.to_vec(), 0..=HOST_ADDRESSES.len()),
        any::<bool>(),
        (vec(cluster(), FLOW_CLUSTERS), client_bits()),
        prop::bool::weighted(0.25),
    );
    (tables, settings).prop_map(move |(tables, settings)| {
        let (
            drop_unknown,
            fdb_age,
            announce,
            virtual_macs,
            host_addresses,
            host,
            (clusters, client_bits),
            by_load,
        ) = settings;
        let (
            ports,
            logical_ports,
            vips,
            services,
            servers,
            routers,
            members,
            pools,
            owners,
            server_owners,
            buckets,
        ) = tables;
        let carriers = servers.clone();
        let numbers: Vec<u16> = servers.into_iter().chain(routers).collect();
        let named: BTreeMap<u16, Member> = numbers
            .iter()
            .zip(members)
            .map(|(&number, member)| {
                (
                    number,
                    Member {
                        mac: member_mac(number),
                        logical_port: member.logical_port % logical_ports.len() as u8,
                        ..member
                    },
                )
            })
            .collect();
        let routers: Vec<u16> = named
            .keys()
            .filter_map(|number| number.checked_sub(SERVERS))
            .collect();
        Image {
            ports,
            drop_unknown,
            fdb_age,
            services: services
                .into_iter()
                .map(|service| Service {
                    virtual_mac: service.virtual_mac % virtual_macs as u8,
                    least_load: service.least_load && by_load,
                    // Address and services say the same.
                    client_persistence: CLUSTERS
                        .iter()
                        .zip(&vips)
                        .find_map(|(address, vip)| vip.filter(|_| *address == service.address))
                        .map_or(service.client_persistence, |vip| vip.persistent),
                    ..service
                })
                .collect(),
            clusters,
            client_bits,
            router_addresses: ROUTER_ADDRESSES
                .into_iter()
                .zip(owners)
                .filter_map(|(address, owner)| {
                    let owner = usize::from(owner?) % routers.len().max(1);
                    Some((address, *routers.get(owner)?))
                })
                .collect(),
            server_addresses: SERVER_ADDRESSES
                .into_iter()
                .zip(server_owners)
                .filter_map(|(address, owner)| {
                    let owner = usize::from(owner?) % carriers.len();
                    Some((address, carriers[owner]))
                })
                .collect(),
            pools: routers.iter().copied().zip(pools).collect(),
            host_addresses: if host { host_addresses } else { Vec::new() },
            announce,
            logical_ports,
            vips: CLUSTERS
                .into_iter()
                .zip(vips)
                .filter_map(|(address, vip)| {
                    let DrawnVip {
                        virtual_mac,
                        among,
                        persistent,
                        cluster,
                    } = vip?;
                    let carries = |(index, _): &(usize, u16)| among >> index & 1 == 1;
                    let servers = carriers.iter().copied().enumerate().filter(carries);
                    Some(Vip {
                        address,
                        virtual_mac: virtual_mac % virtual_macs as u8,
                        servers: servers.map(|(_, server)| server).collect(),
                        persistent,
                        cluster,
                    })
                })
                .collect(),
            virtual_macs: (1u8..)
                .take(virtual_macs)
                .map(|n| MacAddress([2, 0, 0x5e, 0, 0x65, n]))
                .collect(),
            host: host.then_some(MacAddress([2, 0, 0, 0, 2, 5])),
            buckets: buckets
                .into_iter()
                .enumerate()
                .map(|(bucket, (first, second))| {
                    let named = if bucket < half { &carriers } else { &numbers };
                    bucket_of(named, room.nobody(), first, second)
                })
                .collect(),
            members: named,
        }
    })
}

fn member_mac(number: u16) -> MacAddress {
    let [high, low] = number.to_be_bytes();
    MacAddress([2, 0, 0, 1, high, low])
}

fn port() -> impl Strategy<Value = PortSetup> {
    prop::bool::weighted(0.3).prop_map(|bpdu_to_host| PortSetup { bpdu_to_host })
}

/// A virtual address before it is known which it is.
#[derive(Clone, Copy, Debug)]
struct DrawnVip {
    virtual_mac: u8,
    /// Which of the servers carry it.
    among: u8,
    persistent: bool,
    cluster: u8,
}

/// Most addresses of clusters are virtual.
fn vip() -> impl Strategy<Value = Option<DrawnVip>> {
    let drawn = (
        any::<u8>(),
        any::<u8>(),
        prop::bool::weighted(0.25),
        0..FLOW_CLUSTERS as u8,
    )
        .prop_map(|(virtual_mac, among, persistent, cluster)| DrawnVip {
            virtual_mac,
            among,
            persistent,
            cluster,
        });
    option::weighted(0.8, drawn)
}

/// Mostly short ages, as time passes by few ticks.
fn cluster() -> impl Strategy<Value = ClusterSetup> {
    let age = || prop_oneof![8 => 1u16..8, 1 => Just(4_095u16)];
    let ages = (age(), age(), age(), age(), age(), age(), age());
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.3));
    (ages, flags).prop_map(
        |((tcp, udp, ipsec, other, fin, rst, unconfirmed), (bypass, keep))| ClusterSetup {
            tcp,
            udp,
            ipsec,
            other,
            fin,
            rst,
            unconfirmed,
            bypass,
            keep,
        },
    )
}

fn client_bits() -> impl Strategy<Value = (u8, u8)> {
    let ipv4 = prop_oneof![3 => Just(32u8), 3 => Just(24), 1 => 0u8..=32];
    let ipv6 = prop_oneof![3 => Just(128u8), 3 => Just(64), 1 => 0u8..=128];
    (ipv4, ipv6)
}

fn pool(room: Room) -> impl Strategy<Value = Pool> {
    let range = || range(room, room.half_of_buckets() as u32);
    (range(), range(), any::<bool>()).prop_map(|(flows, assignment, drop_advertisements)| Pool {
        flows,
        assignment,
        drop_advertisements,
    })
}

/// Half of the buckets in use, from `start` on.
fn range(room: Room, start: u32) -> impl Strategy<Value = BucketRange> {
    let most = room.buckets_log2 - 2;
    (0..=most, 0..room.half_of_buckets() as u32).prop_map(move |(log2, base)| BucketRange {
        base: start | base >> log2 << log2,
        log2,
    })
}

fn service(room: Room) -> impl Strategy<Value = Service> {
    let ports =
        (select(&L4_PORTS[..]), select(&L4_PORTS[..])).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let protocol = prop_oneof![
        4 => Just((None, None)),
        6 => (select(vec![6u8, 17, 132]), option::of(ports)).prop_map(|(protocol, ports)| (Some(protocol), ports)),
        2 => select(vec![50u8, 51, 47, 1, 58, 59]).prop_map(|protocol| (Some(protocol), None)),
    ];
    let flags = (
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
        any::<bool>(),
        any::<u8>(),
        0..FLOW_CLUSTERS as u8,
        prop::bool::weighted(0.6),
    );
    (
        select(&CLUSTERS[..]),
        protocol,
        option::weighted(0.2, select(&VLANS[..])),
        flags,
        range(room, 0),
    )
        .prop_map(|(address, (protocol, ports), vlan, flags, buckets)| {
            let (
                client_persistence,
                source_virtual,
                no_service_to_host,
                virtual_mac,
                cluster,
                least_load,
            ) = flags;
            Service {
                address,
                protocol,
                ports,
                vlan,
                client_persistence,
                no_service_to_host,
                least_load,
                cluster,
                virtual_mac,
                source_virtual,
                buckets,
            }
        })
}

/// A member somewhere: its logical port is taken modulo their number.
fn member() -> impl Strategy<Value = Member> {
    (
        any::<u8>(),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.2),
        any::<bool>(),
        prop_oneof![1 => Just(0u8), 9 => 1u8..],
    )
        .prop_map(|(logical_port, up, draining, up_on_link, weight)| Member {
            mac: MacAddress::default(),
            logical_port,
            up,
            draining,
            up_on_link,
            weight,
        })
}

/// Positions among the members, or beyond them.
fn bucket() -> impl Strategy<Value = (u8, u8)> {
    (any::<u8>(), any::<u8>())
}

/// Mostly two members; one in eight names nobody, one in eight is empty.
fn bucket_of(numbers: &[u16], nobody: Option<u16>, first: u8, second: u8) -> Bucket {
    let one = |choice: u8| match choice % 8 {
        0 => None,
        1 => nobody,
        _ => Some(numbers[usize::from(choice >> 3) % numbers.len()]),
    };
    Bucket {
        first: one(first),
        second: one(second),
    }
}
