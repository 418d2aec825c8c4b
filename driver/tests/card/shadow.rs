//! A second reading of the tables: what a look-up would find in a card in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::hash;
use flowswitch_driver::image::{Image, MacAddress, Member, Service, Vip};

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

    pub fn apply(&mut self, commit: Commit) {
        if let Commit::Entry(table, index, words) = commit {
            self.entries.insert((table, index), words);
        }
    }

    pub fn word(&self, table: u8, index: u32, word: usize) -> u32 {
        self.entries
            .get(&(table, index))
            .map_or(0, |words| words[word])
    }

    /// Kind and index of a static station.
    pub fn station(&self, mac: MacAddress) -> Option<(u32, u32)> {
        let bits = mac_bits(mac);
        let slots = (0..2u32).flat_map(|way| {
            let set = hash::station(way as usize, mac) & 0x3ff;
            [way << 11 | set << 1, way << 11 | set << 1 | 1]
        });
        let holds = |slot: &u32| {
            let (low, high) = (self.word(4, *slot, 0), self.word(4, *slot, 1));
            u64::from(high & 0xffff) << 32 | u64::from(low) == bits && high >> 16 & 1 == 1
        };
        let slot = slots.into_iter().find(holds)?;
        Some((
            self.word(4, slot, 1) >> 17 & 3,
            self.word(4, slot, 2) & 0x7ff,
        ))
    }

    /// Kind and index of an address that is answered for.
    pub fn address(&self, address: IpAddr) -> Option<(u32, u32)> {
        let words = address_words(address);
        let slots = (0..2u32).flat_map(|way| {
            let set = hash::known_address(way as usize, address) & 0x1ff;
            [way << 10 | set << 1, way << 10 | set << 1 | 1]
        });
        let holds = |slot: &u32| {
            let held: Vec<u32> = (0..5).map(|word| self.word(5, *slot, word)).collect();
            held[..4] == words && held[4] & 3 == 1 | u32::from(address.is_ipv6()) << 1
        };
        let entry = self.word(5, slots.into_iter().find(holds)?, 4);
        let kind = entry >> 2 & 3;
        let index = if kind == 3 {
            entry >> 22
        } else {
            entry >> 8 & 0x3f
        };
        Some((kind, index))
    }

    /// Number and virtual MAC of a virtual address that is answered for, which must be its own.
    pub fn vip(&self, address: IpAddr) -> Option<(u32, u64)> {
        let (kind, index) = self.address(address)?;
        let words = self.entries.get(&(12, index)).copied().unwrap_or_default();
        let right = words[..4] == address_words(address) && words[4] & 1 == 1;
        assert!(
            kind != 1 || right,
            "{address} leads to number {index}: {words:x?}"
        );
        let mac = u64::from(words[6]) << 32 | u64::from(words[5]);
        (kind == 1).then_some((index, mac))
    }

    /// Two words, the low one first.
    pub fn pair(&self, table: u8, index: u32, low: usize) -> u64 {
        u64::from(self.word(table, index, low)) | u64::from(self.word(table, index, low + 1)) << 32
    }

    /// The servers below 128 that carry a virtual address by its number.
    pub fn carriers(&self, index: u32) -> BTreeSet<u16> {
        let carries = |server: &u16| self.pair(14, u32::from(*server), 0) >> index & 1 == 1;
        (0..128).filter(carries).collect()
    }

    /// Which frames go on to which by flooding: words 0 and 1 of both logical ports, bits that tell of frames only.
    pub fn floods(&self) -> BTreeSet<[u32; 4]> {
        let frames = |port| [self.word(11, port, 0) & 0xf07, self.word(11, port, 1)];
        let valid = |port: &u32| self.word(11, *port, 0) & 1 == 1;
        let mut floods = BTreeSet::new();
        for from in (0..64).filter(valid) {
            let mask = self.pair(11, from, 4);
            for to in (0..64).filter(|to| mask >> to & 1 == 1).filter(valid) {
                let ([a, b], [c, d]) = (frames(from), frames(to));
                floods.insert([a, b, c, d]);
            }
        }
        floods
    }

    /// The lowest valid entry that matches exactly what `service` does.
    pub fn service(&self, service: &Service) -> Option<[u32; 8]> {
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

    /// A virtual address is answered for with its MAC, and leads to its servers.
    fn holds_vip(&self, image: &Image, vip: &Vip) -> bool {
        let Some((index, mac)) = self.vip(vip.address) else {
            return false;
        };
        mac == mac_bits(image.virtual_macs[usize::from(vip.virtual_mac)])
            && self.carriers(index) == vip.servers
            && self.pair(13, index, 0) == ports_of(image, vip, |_| true)
            && self.pair(13, index, 2) == ports_of(image, vip, |member| member.up)
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
                .all(|(address, router)| self.address(*address) == Some((0, u32::from(*router))))
            && image
                .server_addresses
                .iter()
                .all(|(address, server)| self.address(*address) == Some((3, u32::from(*server))))
            && image
                .host_addresses
                .iter()
                .all(|address| self.address(*address) == Some((2, 0)))
            && image.vips.iter().all(|vip| self.holds_vip(image, vip))
            && image
                .services
                .iter()
                .all(|service| self.service(service).is_some())
    }
}

/// The logical ports of the servers of `vip` that `which` names.
pub fn ports_of(image: &Image, vip: &Vip, which: impl Fn(&Member) -> bool) -> u64 {
    let ports = vip.servers.iter().map(|server| &image.members[server]);
    let ports = ports.filter(|member| which(member));
    let ports: BTreeSet<u8> = ports.map(|member| member.logical_port).collect();
    ports.into_iter().map(|port| 1 << port).sum()
}

pub fn mac_bits(mac: MacAddress) -> u64 {
    mac.0
        .iter()
        .fold(0, |bits, octet| bits << 8 | u64::from(*octet))
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
