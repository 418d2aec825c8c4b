//! Virtual addresses and their servers.

use std::net::IpAddr;

use super::bits::{
    bit, decode_address, decode_mac, decode_pair, encode_address, encode_mac, encode_pair,
};
use super::{Entry, Table, Words, Writable};
use crate::image::MacAddress;

/// A virtual address and the MAC that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VipEntry {
    /// The address.
    pub address: IpAddr,
    /// The virtual MAC.
    pub virtual_mac: MacAddress,
}

/// A virtual address, or an empty entry.
impl Entry for Option<VipEntry> {
    const TABLE: Table = Table::Vip;
    const VALID: Option<(usize, u32)> = Some((4, 0));

    fn decode(words: &Words) -> Self {
        bit(words[4], 0).then(|| VipEntry {
            address: decode_address(words, bit(words[4], 1)),
            virtual_mac: decode_mac(words, 5),
        })
    }
}

impl Writable for Option<VipEntry> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(vip) = self else { return words };
        encode_address(vip.address, &mut words);
        words[4] = 1 | u32::from(vip.address.is_ipv6()) << 1;
        [words[5], words[6]] = encode_mac(vip.virtual_mac);
        words
    }
}

/// Logical ports of a virtual address's servers, bit 0 is logical port 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VipPorts {
    /// Those that have one of its servers.
    pub servers: u64,
    /// Those that have one that is up, links left aside.
    pub live: u64,
}

impl Entry for VipPorts {
    const TABLE: Table = Table::VipPorts;

    fn decode(words: &Words) -> Self {
        Self {
            servers: decode_pair(words, 0),
            live: decode_pair(words, 2),
        }
    }
}

impl Writable for VipPorts {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        [words[0], words[1]] = encode_pair(self.servers);
        [words[2], words[3]] = encode_pair(self.live);
        words
    }
}

/// The virtual addresses that a server carries, bit 0 is number 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerVips(pub u64);

impl Entry for ServerVips {
    const TABLE: Table = Table::ServerVips;

    fn decode(words: &Words) -> Self {
        Self(decode_pair(words, 0))
    }
}

impl Writable for ServerVips {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        [words[0], words[1]] = encode_pair(self.0);
        words
    }
}
