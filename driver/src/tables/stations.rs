//! Stations and addresses: the tables that are found by hashes.

use std::net::IpAddr;

use super::bits::{
    bit, decode_address, decode_mac, encode_address, encode_mac, field, low_half, low_octet,
};
use super::{Entry, Table, Words, Writable};
use crate::image::MacAddress;

/// What a static station is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StationKind {
    /// A server, by number.
    Server,
    /// A router, by number.
    Router,
    /// A cluster's virtual MAC, by number.
    Virtual,
    /// The host.
    Host,
}

/// A static station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Station {
    /// Its MAC.
    pub mac: MacAddress,
    /// What it is.
    pub kind: StationKind,
    /// The network port it is on; the number of network ports for a virtual MAC and for the host.
    pub port: u8,
    /// Server number, router number or virtual MAC number; 0 for the host.
    pub index: u16,
    /// The logical port it is on; 0 for a virtual MAC and for the host.
    pub logical_port: u8,
    /// Its logical port is a tagged one.
    pub tagged: bool,
}

/// A station, or an empty slot.
impl Entry for Option<Station> {
    const TABLE: Table = Table::Station;
    const VALID: Option<(usize, u32)> = Some((1, 16));

    fn decode(words: &Words) -> Self {
        let word = words[1];
        bit(word, 16).then(|| Station {
            mac: decode_mac(words, 0),
            kind: match field(word, 17, 2) {
                0 => StationKind::Server,
                1 => StationKind::Router,
                2 => StationKind::Virtual,
                _ => StationKind::Host,
            },
            port: low_octet(field(word, 20, 4)),
            index: low_half(field(words[2], 0, 11)),
            logical_port: low_octet(field(words[2], 16, 6)),
            tagged: bit(words[2], 24),
        })
    }
}

impl Writable for Option<Station> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(station) = self else { return words };
        let [low, high] = encode_mac(station.mac);
        words[0] = low;
        words[1] =
            high | 1 << 16 | (station.kind as u32) << 17 | u32::from(station.port & 0xf) << 20;
        words[2] = u32::from(station.index & 0x7ff)
            | u32::from(station.logical_port & 0x3f) << 16
            | u32::from(station.tagged) << 24;
        words
    }
}

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AddressKind {
    /// A router's, by router number.
    Router,
    /// A virtual address, by number.
    Vip,
    /// The host's.
    Host,
    /// A server's own, by server number.
    Server,
}

/// An address that ARP and neighbour discovery are looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub address: IpAddr,
    /// Whose it is.
    pub kind: AddressKind,
    /// Router number, number of the virtual address or server number; 0 for the host.
    pub index: u16,
    /// A virtual address: all flows of a client to it are one.
    pub persistent: bool,
    /// A virtual address: the cluster whose ages hold for flows that servers open from it; else 0.
    pub cluster: u8,
}

/// An address, or an empty slot.
impl Entry for Option<Address> {
    const TABLE: Table = Table::Address;
    const VALID: Option<(usize, u32)> = Some((4, 0));

    fn decode(words: &Words) -> Self {
        let flags = words[4];
        let kind = match field(flags, 2, 2) {
            0 => AddressKind::Router,
            1 => AddressKind::Vip,
            2 => AddressKind::Host,
            _ => AddressKind::Server,
        };
        let index = match kind {
            AddressKind::Server => field(flags, 22, 10),
            _ => field(flags, 8, 6),
        };
        bit(flags, 0).then(|| Address {
            address: decode_address(words, bit(flags, 1)),
            kind,
            index: low_half(index),
            persistent: bit(flags, 14),
            cluster: low_octet(field(flags, 16, 6)),
        })
    }
}

impl Writable for Option<Address> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(entry) = self else { return words };
        encode_address(entry.address, &mut words);
        let index = match entry.kind {
            AddressKind::Server => u32::from(entry.index & 0x3ff) << 22,
            _ => u32::from(entry.index & 0x3f) << 8,
        };
        words[4] = 1
            | u32::from(entry.address.is_ipv6()) << 1
            | (entry.kind as u32) << 2
            | index
            | u32::from(entry.persistent) << 14
            | u32::from(entry.cluster & 0x3f) << 16;
        words
    }
}

/// A learned station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Its MAC.
    pub mac: MacAddress,
    /// Domain it was seen in: bit 12 is set for frames with a VLAN number; below it stands the VLAN or the logical
    /// port's domain.
    pub domain: u16,
    /// Network port it was last seen on.
    pub port: u8,
    /// Logical port it was last seen on.
    pub logical_port: u8,
    /// Tick (2^30 ns, 16 bits) in which it was last seen.
    pub stamp: u16,
}

/// A learned station, or an empty way.
impl Entry for Option<Learned> {
    const TABLE: Table = Table::Fdb;
    const VALID: Option<(usize, u32)> = Some((1, 29));

    fn decode(words: &Words) -> Self {
        bit(words[1], 29).then(|| Learned {
            mac: decode_mac(words, 0),
            domain: low_half(field(words[1], 16, 13)),
            port: low_octet(field(words[2], 0, 4)),
            logical_port: low_octet(field(words[2], 4, 6)),
            stamp: low_half(words[2] >> 16),
        })
    }
}
