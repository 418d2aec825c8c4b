//! Images from numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flowswitch_driver::image::{
    BucketRange, ClusterSetup, Image, LogicalPort, MacAddress, Member, Pool, PortSetup, Service,
    Vip,
};

use crate::fig2::{member, service, whole_port};

/// Clusters of every image.
const CLUSTERS: u64 = 20;

/// Numbers from a seed: xorshift by Marsaglia, 64 bits.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }
}

/// An arbitrary image; those of two seeds have much in common, at other places.
pub fn image(seed: u64) -> Image {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        numbers.flag();
    }
    let macs = |kind: u8, n: u64| MacAddress([2, kind, 0, 0, (n >> 8) as u8, n as u8]);
    let mut services: Vec<Service> = Vec::new();
    for _ in 0..numbers.below(60) {
        let address = match numbers.below(6) {
            n if n < 3 => Ipv4Addr::new(10, 0, 0, n as u8).into(),
            n => IpAddr::from(Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(n))),
        };
        let port = numbers.below(30) as u16;
        let new = Service {
            address,
            protocol: numbers.flag().then_some(6),
            ports: numbers.flag().then_some((port, port + 100)),
            cluster: numbers.below(CLUSTERS) as u8,
            virtual_mac: numbers.below(3) as u8,
            client_persistence: numbers.flag(),
            buckets: BucketRange {
                base: numbers.below(16) as u32 * 16,
                log2: 4,
            },
            ..service("::1", 6, None, BucketRange::default())
        };
        if services.iter().all(|other| key(other) != key(&new)) {
            services.push(new);
        }
    }
    let logical_ports: Vec<LogicalPort> = logical_ports(&mut numbers);
    let mut members = BTreeMap::new();
    for _ in 0..numbers.below(40) {
        let number = numbers.below(100) as u16;
        let number = if numbers.below(4) == 0 {
            1024 + number % 64
        } else {
            number
        };
        let mac = macs(1, u64::from(number)).0;
        let up = numbers.flag();
        members.insert(
            number,
            Member {
                up,
                ..member(mac, numbers.below(logical_ports.len() as u64) as u8)
            },
        );
    }
    let servers: Vec<u16> = members.range(..1024).map(|(number, _)| *number).collect();
    let vips = vips(&mut numbers, &servers);
    let host = numbers.flag().then_some(macs(3, 0));
    let mut used: BTreeSet<IpAddr> = vips.iter().map(|vip| vip.address).collect();
    let mut addresses = |numbers: &mut Numbers, most| -> Vec<IpAddr> {
        let addresses = (0..numbers.below(most)).map(|_| known_address(numbers.below(2000)));
        let addresses: Vec<IpAddr> = addresses.collect();
        addresses
            .into_iter()
            .filter(|address| used.insert(*address))
            .collect()
    };
    let router_addresses = addresses(&mut numbers, 160);
    let router_addresses = router_addresses.into_iter();
    let router_addresses = router_addresses.map(|address| (address, numbers.below(64) as u16));
    let router_addresses = router_addresses.collect();
    let mut server_addresses = Vec::new();
    if !servers.is_empty() {
        let own = addresses(&mut numbers, 60).into_iter();
        server_addresses.extend(own.map(|address| {
            let server = numbers.below(servers.len() as u64) as usize;
            (address, servers[server])
        }));
    }
    let host_addresses = addresses(&mut numbers, if host.is_some() { 8 } else { 1 });
    Image {
        ports: (0..numbers.below(9))
            .map(|_| PortSetup {
                bpdu_to_host: numbers.flag(),
            })
            .collect(),
        drop_unknown: numbers.flag(),
        fdb_age: 1 + numbers.below(0x7fff) as u16,
        announce: numbers.below(0x8000) as u16,
        logical_ports,
        vips,
        services,
        members,
        pools: (0..numbers.below(5))
            .map(|_| {
                let pool = Pool {
                    flows: BucketRange { base: 256, log2: 8 },
                    assignment: BucketRange { base: 64, log2: 6 },
                    drop_advertisements: numbers.flag(),
                };
                (numbers.below(64) as u16, pool)
            })
            .collect(),
        router_addresses,
        server_addresses,
        host_addresses,
        clusters: (0..CLUSTERS)
            .map(|_| ClusterSetup {
                tcp: 1 + numbers.below(4095) as u16,
                unconfirmed: 1 + numbers.below(4095) as u16,
                bypass: numbers.flag(),
                keep: numbers.flag(),
                ..ClusterSetup::default()
            })
            .collect(),
        client_bits: (numbers.below(33) as u8, numbers.below(129) as u8),
        virtual_macs: (0..3)
            .map(|n| macs(2, n + numbers.below(2) * 3))
            .take(3)
            .collect(),
        host,
        buckets: (0..numbers.below(512))
            .map(|_| Default::default())
            .collect(),
    }
}

/// Some logical ports of 8 network ports, at least one; most of them are the same for all seeds.
fn logical_ports(numbers: &mut Numbers) -> Vec<LogicalPort> {
    let count = 1 + numbers.below(64);
    let all = u64::MAX >> (64 - count);
    let ports = (0..count).map(|n| {
        let n = if numbers.below(8) == 0 {
            numbers.below(64)
        } else {
            n
        };
        let vlan = 1 + n as u16 * 7;
        let tagged = n % 3 == 0;
        LogicalPort {
            untagged: n % 3 == 1,
            vlans: (tagged || n % 2 == 0).then_some((vlan, vlan)),
            tagged,
            domain: numbers.below(4096) as u16,
            server: numbers.flag(),
            announce: numbers.flag(),
            ..whole_port((n % 8) as u8, numbers.below(u64::MAX) & all)
        }
    });
    ports.collect()
}

/// Virtual addresses in any order, sometimes all that a card can hold but one.
fn vips(numbers: &mut Numbers, servers: &[u16]) -> Vec<Vip> {
    let count = [63, 40, 6, 0][numbers.below(4) as usize];
    let mut addresses: Vec<IpAddr> = Vec::new();
    for _ in 0..count {
        let at = numbers.below(addresses.len() as u64 + 1) as usize;
        addresses.insert(at, known_address(addresses.len() as u64));
    }
    let vips = addresses.into_iter().map(|address| Vip {
        address,
        virtual_mac: numbers.below(3) as u8,
        servers: servers.iter().copied().filter(|_| numbers.flag()).collect(),
        persistent: numbers.flag(),
        cluster: numbers.below(CLUSTERS) as u8,
    });
    vips.collect()
}

/// Addresses of both families.
fn known_address(number: u64) -> IpAddr {
    if number.is_multiple_of(3) {
        Ipv6Addr::from_bits(0xfe80 << 112 | u128::from(number)).into()
    } else {
        Ipv4Addr::from_bits(0x0a01_0000 + number as u32).into()
    }
}

/// What a service is matched by.
type ServiceKey = (IpAddr, Option<u8>, Option<(u16, u16)>, Option<u16>);

pub fn key(service: &Service) -> ServiceKey {
    (
        service.address,
        service.protocol,
        service.ports,
        service.vlan,
    )
}
