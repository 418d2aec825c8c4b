//! Images, and a second reading of the tables: what a look-up would find in a card in memory.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::image::{BucketRange, Image, MacAddress, Member, PortSetup, Service};
use flowswitch_driver::plan::{Allocator, Share, fill};
use flowswitch_driver::{Card, hash};

/// An identified card in memory.
pub fn open(device: FakeDevice) -> Card<FakeDevice> {
    Card::open(device).expect("the card in memory is a card")
}

fn service(address: &str, protocol: u8, port: Option<u16>, buckets: BucketRange) -> Service {
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
        buckets,
    }
}

fn member(mac: [u8; 6], port: u8) -> Member {
    Member {
        mac: MacAddress(mac),
        port,
        up: true,
        draining: false,
        up_on_link: true,
        weight: 1,
    }
}

/// The cluster of Fig. 2: five servers, three routers, one address of each family.
pub fn fig2() -> Image {
    let mut pool = Allocator::new(17);
    let web = pool.allot(10).expect("the pool is free");
    let edge = pool.allot(8).expect("the pool is free");
    let mut image = Image {
        ports: (0..8)
            .map(|port| PortSetup {
                bpdu_to_host: port == 2,
                flood_mask: if port < 3 { 0xff & !(1 << port) } else { 0x07 },
            })
            .collect(),
        drop_unknown: true,
        fdb_age: 200,
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
        router_addresses: ["192.31.65.2", "192.31.65.3", "192.31.65.4", "fe80::2"]
            .iter()
            .map(|address| address.parse().expect("an address"))
            .collect(),
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
            port: member.port,
        });
        share.collect()
    };
    let (servers, routers) = (shares(0..1024, &image), shares(1024..1088, &image));
    fill(&mut image, web, &servers).expect("few servers");
    fill(&mut image, edge, &routers).expect("few routers");
    image
}

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
            cluster: numbers.below(64) as u8,
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
                ..member(mac, numbers.below(8) as u8)
            },
        );
    }
    let addresses = (0..numbers.below(160)).map(|_| numbers.below(2000) as u32);
    let mut router_addresses: Vec<IpAddr> = addresses
        .map(|n| Ipv4Addr::from_bits(0x0a01_0000 + n).into())
        .collect();
    router_addresses.sort();
    router_addresses.dedup();
    Image {
        ports: (0..numbers.below(9))
            .map(|_| PortSetup {
                bpdu_to_host: numbers.flag(),
                flood_mask: numbers.below(256) as u16,
            })
            .collect(),
        drop_unknown: numbers.flag(),
        fdb_age: 1 + numbers.below(0x7fff) as u16,
        services,
        members,
        pools: (0..numbers.below(5))
            .map(|_| (numbers.below(64) as u16, BucketRange { base: 256, log2: 8 }))
            .collect(),
        router_addresses,
        virtual_macs: (0..3)
            .map(|n| macs(2, n + numbers.below(2) * 3))
            .take(3)
            .collect(),
        host: numbers.flag().then_some(macs(3, 0)),
        buckets: (0..numbers.below(512))
            .map(|_| Default::default())
            .collect(),
    }
}

type ServiceKey = (IpAddr, Option<u8>, Option<(u16, u16)>, Option<u16>);

fn key(service: &Service) -> ServiceKey {
    (
        service.address,
        service.protocol,
        service.ports,
        service.vlan,
    )
}

/// The tables of a card as a look-up reads them.
#[derive(Default)]
pub struct Shadow {
    entries: BTreeMap<(u8, u32), [u32; 8]>,
}

impl Shadow {
    pub fn of(device: &FakeDevice) -> Self {
        Self {
            entries: device.entries.clone(),
        }
    }

    fn apply(&mut self, commit: Commit) {
        if let Commit::Entry(table, index, words) = commit {
            self.entries.insert((table, index), words);
        }
    }

    fn word(&self, table: u8, index: u32, word: usize) -> u32 {
        self.entries
            .get(&(table, index))
            .map_or(0, |words| words[word])
    }

    /// Kind and index of a static station.
    fn station(&self, mac: MacAddress) -> Option<(u32, u32)> {
        let bits = mac
            .0
            .iter()
            .fold(0, |bits, octet| bits << 8 | u64::from(*octet));
        let slots = (0..2u32).flat_map(|way| {
            let set = hash::station(way as usize, mac) & 0x3ff;
            [way << 11 | set << 1, way << 11 | set << 1 | 1]
        });
        let holds = |slot: &u32| {
            let (low, high) = (self.word(4, *slot, 0), self.word(4, *slot, 1));
            u64::from(high & 0xffff) << 32 | u64::from(low) == bits && high >> 16 & 1 == 1
        };
        let slot = slots.into_iter().find(holds)?;
        Some((self.word(4, slot, 1) >> 17 & 3, self.word(4, slot, 2)))
    }

    fn router_address(&self, address: IpAddr) -> bool {
        let words = address_words(address);
        (0..2u32).any(|way| {
            let set = hash::router_address(way as usize, address) & 0x7f;
            [way << 8 | set << 1, way << 8 | set << 1 | 1]
                .iter()
                .any(|slot| {
                    let held: Vec<u32> = (0..5).map(|word| self.word(5, *slot, word)).collect();
                    held[..4] == words && held[4] == 1 | u32::from(address.is_ipv6()) << 1
                })
        })
    }

    /// The lowest valid entry that matches exactly what `service` does.
    fn service(&self, service: &Service) -> Option<[u32; 8]> {
        let matching = |words: &[u32; 8]| {
            let flags = words[4];
            let protocol = (flags >> 2 & 1 == 0).then_some((flags >> 8) as u8);
            let ports = (flags >> 3 & 1 == 0).then_some((words[5] as u16, (words[5] >> 16) as u16));
            let vlan = (flags >> 4 & 1 == 0).then_some((flags >> 16) as u16 & 0xfff);
            flags & 1 == 1
                && (flags >> 1 & 1 == 1) == service.address.is_ipv6()
                && words[..4] == address_words(service.address)
                && (protocol, ports, vlan) == (service.protocol, service.ports, service.vlan)
        };
        (0..64)
            .filter_map(|index| self.entries.get(&(1, index)))
            .find(|words| matching(words))
            .copied()
    }

    /// Every part of `image` is found.
    pub fn holds(&self, image: &Image) -> bool {
        let stations = image.members.iter().all(|(number, member)| {
            let kind = u32::from(*number >= 1024);
            self.station(member.mac) == Some((kind, u32::from(number % 1024)))
                && self.word(2, u32::from(*number), 1) >> 20 & 1 == 1
        });
        let virtual_macs = (0..).zip(&image.virtual_macs);
        stations
            && virtual_macs
                .into_iter()
                .all(|(n, mac)| self.station(*mac) == Some((2, n)))
            && image
                .host
                .is_none_or(|mac| self.station(mac) == Some((3, 0)))
            && image
                .router_addresses
                .iter()
                .all(|address| self.router_address(*address))
            && image
                .services
                .iter()
                .all(|service| self.service(service).is_some())
    }
}

fn address_words(address: IpAddr) -> [u32; 4] {
    match address {
        IpAddr::V4(v4) => [v4.to_bits(), 0, 0, 0],
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            [
                bits as u32,
                (bits >> 32) as u32,
                (bits >> 64) as u32,
                (bits >> 96) as u32,
            ]
        }
    }
}

/// Updates a card from `old` to `new`; after every single write, what both images have must be found, and a service
/// must lead to virtual MACs, buckets and members of one of the two.
pub fn check_update(old: &Image, new: &Image) {
    let mut card = open(FakeDevice::new(8));
    card.program(old).expect("the old image fits");
    let mut shadow = Shadow::of(card.device());
    card.device_mut().commits.clear();
    card.program(new).expect("the new image fits");
    assert_eq!(card.verify(new).expect("the card answers"), []);
    let stations: Vec<MacAddress> = macs(old)
        .filter(|mac| macs(new).any(|other| other == *mac))
        .collect();
    let addresses: Vec<IpAddr> = common(&old.router_addresses, &new.router_addresses);
    let both = |service: &&Service| new.services.iter().any(|other| key(other) == key(service));
    let services: Vec<&Service> = old.services.iter().filter(both).collect();
    for commit in card.device().commits.clone() {
        shadow.apply(commit);
        // A look-up can only be spoiled by the table that was written.
        match commit {
            Commit::Entry(4, ..) => {
                for mac in &stations {
                    assert!(
                        shadow.station(*mac).is_some(),
                        "{mac} is lost at {commit:x?}"
                    );
                }
            }
            Commit::Entry(5, ..) => {
                for address in &addresses {
                    assert!(
                        shadow.router_address(*address),
                        "{address} is lost at {commit:x?}"
                    );
                }
            }
            Commit::Entry(1, ..) => {
                for service in &services {
                    assert!(
                        shadow.service(service).is_some(),
                        "{service:?} is lost at {commit:x?}"
                    );
                }
            }
            Commit::Entry(..) | Commit::Bucket(..) | Commit::Register(..) => {}
        }
    }
    assert!(shadow.holds(new));
}

fn macs(image: &Image) -> impl Iterator<Item = MacAddress> {
    let members = image.members.values().map(|member| member.mac);
    members
        .chain(image.virtual_macs.iter().copied())
        .chain(image.host)
}

fn common<T: Copy + PartialEq>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().copied().filter(|item| b.contains(item)).collect()
}
