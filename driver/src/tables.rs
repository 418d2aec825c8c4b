//! The tables' entries and their bits, as `docs/src/card/tables.md` gives them.
//!
//! Encoding keeps only what fits the bits of a field; [`crate::check`] refuses an image whose values do not.
//! Decoding takes any words.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::counters::{PortCounters, Totals, Traffic};
use crate::image::{Bucket, BucketRange, MacAddress, Member, Service};

/// An entry as it passes through the table data registers, lowest word first.
pub type Words = [u32; 8];

/// Buckets in the pool of the default size, and the most the mapped window can hold.
pub const BUCKETS: u32 = 1 << 17;
/// Base-2 logarithm of the station table's sets; it has two ways of two slots.
pub const STATION_SETS_LOG2: u8 = 10;
/// Base-2 logarithm of the router-address table's sets; it has two ways of two slots.
pub const ROUTER_ADDRESS_SETS_LOG2: u8 = 7;

/// The tables behind the table registers, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Services.
    Service = 1,
    /// Servers and routers.
    Member = 2,
    /// Bucket range of each router's pool.
    Pool = 3,
    /// Static stations, by the hash of their MAC.
    Station = 4,
    /// Addresses of routers, by their hash.
    RouterAddress = 5,
    /// Learned stations.
    Fdb = 6,
    /// Counters of members, by ingress port.
    MemberCounters = 7,
    /// Drops by ingress port and reason.
    DropCounters = 8,
    /// Counters of ports.
    PortCounters = 9,
    /// Counts of the whole card, by ingress port.
    Totals = 10,
}

impl Table {
    /// Words of an entry that carry bits.
    pub const fn words(self) -> usize {
        match self {
            Self::Service | Self::PortCounters => 8,
            Self::Member | Self::DropCounters => 2,
            Self::Pool => 1,
            Self::Station | Self::Fdb => 3,
            Self::RouterAddress => 5,
            Self::MemberCounters => 4,
            Self::Totals => 6,
        }
    }
}

/// An entry of a table.
pub trait Entry: Sized {
    /// The table.
    const TABLE: Table;
    /// The entry that `words` hold.
    fn decode(words: &Words) -> Self;
}

/// An entry of a table that can be written.
pub trait Writable: Entry {
    /// The words that hold the entry.
    fn encode(&self) -> Words;
}

fn bit(word: u32, position: u32) -> bool {
    word >> position & 1 == 1
}

fn field(word: u32, low: u32, width: u32) -> u32 {
    word >> low & ((1 << width) - 1)
}

fn low_octet(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

fn low_half(value: u32) -> u16 {
    let [a, b, ..] = value.to_le_bytes();
    u16::from_le_bytes([a, b])
}

fn encode_address(address: IpAddr, words: &mut Words) {
    match address {
        IpAddr::V4(v4) => words[0] = v4.to_bits(),
        IpAddr::V6(v6) => {
            for (word, octets) in words.iter_mut().zip(v6.octets().rchunks_exact(4)) {
                *word = octets
                    .iter()
                    .fold(0, |word, octet| word << 8 | u32::from(*octet));
            }
        }
    }
}

fn decode_address(words: &Words, ipv6: bool) -> IpAddr {
    if !ipv6 {
        return Ipv4Addr::from_bits(words[0]).into();
    }
    let bits = words[..4]
        .iter()
        .rev()
        .fold(0, |bits, word| bits << 32 | u128::from(*word));
    Ipv6Addr::from_bits(bits).into()
}

/// Word 0 and the low half of word 1.
fn encode_mac(mac: MacAddress) -> [u32; 2] {
    let [a, b, c, d, e, f] = mac.0;
    [
        u32::from_be_bytes([c, d, e, f]),
        u32::from_be_bytes([0, 0, a, b]),
    ]
}

fn decode_mac(words: &Words) -> MacAddress {
    let [c, d, e, f] = words[0].to_be_bytes();
    let [_, _, a, b] = words[1].to_be_bytes();
    MacAddress([a, b, c, d, e, f])
}

fn encode_range(range: BucketRange) -> u32 {
    range.base & 0x1_ffff | u32::from(range.log2 & 0x1f) << 20
}

fn decode_range(word: u32) -> BucketRange {
    BucketRange {
        base: field(word, 0, 17),
        log2: low_octet(field(word, 20, 5)),
    }
}

fn counter(words: &Words, low: usize) -> u64 {
    u64::from(words[low]) | u64::from(words[low + 1]) << 32
}

fn traffic(words: &Words, low: usize) -> Traffic {
    Traffic {
        frames: counter(words, low),
        bytes: counter(words, low + 2),
    }
}

/// A service, or an empty entry.
impl Entry for Option<Service> {
    const TABLE: Table = Table::Service;

    fn decode(words: &Words) -> Self {
        let flags = words[4];
        bit(flags, 0).then(|| Service {
            address: decode_address(words, bit(flags, 1)),
            protocol: (!bit(flags, 2)).then(|| low_octet(field(flags, 8, 8))),
            ports: (!bit(flags, 3)).then(|| (low_half(words[5]), low_half(words[5] >> 16))),
            vlan: (!bit(flags, 4)).then(|| low_half(field(flags, 16, 12))),
            client_persistence: bit(flags, 5),
            no_service_to_host: bit(flags, 6),
            least_load: bit(flags, 7),
            cluster: low_octet(field(words[7], 0, 6)),
            virtual_mac: low_octet(field(words[7], 8, 6)),
            buckets: decode_range(words[6]),
        })
    }
}

impl Writable for Option<Service> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(service) = self else { return words };
        encode_address(service.address, &mut words);
        words[4] = 1
            | u32::from(service.address.is_ipv6()) << 1
            | u32::from(service.protocol.is_none()) << 2
            | u32::from(service.ports.is_none()) << 3
            | u32::from(service.vlan.is_none()) << 4
            | u32::from(service.client_persistence) << 5
            | u32::from(service.no_service_to_host) << 6
            | u32::from(service.least_load) << 7
            | u32::from(service.protocol.unwrap_or(0)) << 8
            | u32::from(service.vlan.unwrap_or(0) & 0xfff) << 16;
        let (low, high) = service.ports.unwrap_or((0, 0));
        words[5] = u32::from(low) | u32::from(high) << 16;
        words[6] = encode_range(service.buckets);
        words[7] = u32::from(service.cluster & 0x3f) | u32::from(service.virtual_mac & 0x3f) << 8;
        words
    }
}

/// A member, or an empty entry.
impl Entry for Option<Member> {
    const TABLE: Table = Table::Member;

    fn decode(words: &Words) -> Self {
        let word = words[1];
        bit(word, 20).then(|| Member {
            mac: decode_mac(words),
            port: low_octet(field(word, 16, 4)),
            up: bit(word, 21),
            draining: bit(word, 22),
            up_on_link: bit(word, 23),
            weight: low_octet(field(word, 24, 8)),
        })
    }
}

impl Writable for Option<Member> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(member) = self else { return words };
        let [low, high] = encode_mac(member.mac);
        words[0] = low;
        words[1] = high
            | u32::from(member.port & 0xf) << 16
            | 1 << 20
            | u32::from(member.up) << 21
            | u32::from(member.draining) << 22
            | u32::from(member.up_on_link) << 23
            | u32::from(member.weight) << 24;
        words
    }
}

/// The buckets of the pool a router belongs to.
impl Entry for BucketRange {
    const TABLE: Table = Table::Pool;

    fn decode(words: &Words) -> Self {
        decode_range(words[0])
    }
}

impl Writable for BucketRange {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        words[0] = encode_range(*self);
        words
    }
}

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
    /// The port it is on; the host's is the number of network ports.
    pub port: u8,
    /// Server number, router number or virtual MAC number; 0 for the host.
    pub index: u16,
}

/// A station, or an empty slot.
impl Entry for Option<Station> {
    const TABLE: Table = Table::Station;

    fn decode(words: &Words) -> Self {
        let word = words[1];
        bit(word, 16).then(|| Station {
            mac: decode_mac(words),
            kind: match field(word, 17, 2) {
                0 => StationKind::Server,
                1 => StationKind::Router,
                2 => StationKind::Virtual,
                _ => StationKind::Host,
            },
            port: low_octet(field(word, 20, 4)),
            index: low_half(field(words[2], 0, 11)),
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
        words[2] = u32::from(station.index & 0x7ff);
        words
    }
}

/// A router's address, or an empty slot.
impl Entry for Option<IpAddr> {
    const TABLE: Table = Table::RouterAddress;

    fn decode(words: &Words) -> Self {
        bit(words[4], 0).then(|| decode_address(words, bit(words[4], 1)))
    }
}

impl Writable for Option<IpAddr> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(address) = self else { return words };
        encode_address(*address, &mut words);
        words[4] = 1 | u32::from(address.is_ipv6()) << 1;
        words
    }
}

/// A learned station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Its MAC.
    pub mac: MacAddress,
    /// VLAN it was seen in, 0 for untagged.
    pub vlan: u16,
    /// Port it was last seen on.
    pub port: u8,
    /// Tick (2^30 ns, 16 bits) in which it was last seen.
    pub stamp: u16,
}

/// A learned station, or an empty way.
impl Entry for Option<Learned> {
    const TABLE: Table = Table::Fdb;

    fn decode(words: &Words) -> Self {
        bit(words[1], 28).then(|| Learned {
            mac: decode_mac(words),
            vlan: low_half(field(words[1], 16, 12)),
            port: low_octet(field(words[2], 0, 4)),
            stamp: low_half(words[2] >> 16),
        })
    }
}

/// One ingress port's and one direction's share of a member's counters.
impl Entry for Traffic {
    const TABLE: Table = Table::MemberCounters;

    fn decode(words: &Words) -> Self {
        traffic(words, 0)
    }
}

/// Drops of one reason.
impl Entry for u64 {
    const TABLE: Table = Table::DropCounters;

    fn decode(words: &Words) -> Self {
        counter(words, 0)
    }
}

impl Entry for PortCounters {
    const TABLE: Table = Table::PortCounters;

    fn decode(words: &Words) -> Self {
        Self {
            received: traffic(words, 0),
            transmitted: traffic(words, 4),
        }
    }
}

/// One ingress port's share of the totals.
impl Entry for Totals {
    const TABLE: Table = Table::Totals;

    fn decode(words: &Words) -> Self {
        Self {
            copies: counter(words, 0),
            in_flight: counter(words, 2),
            learning_skipped: counter(words, 4),
        }
    }
}

/// Which way the frames of a member-counter entry went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Frames sent to the member.
    Input,
    /// Frames sent by the member.
    Output,
}

/// Index of a member's counters of one ingress port.
pub fn member_counters_index(port: u8, direction: Direction, member: u16) -> u32 {
    u32::from(port) << 12 | (direction as u32) << 11 | u32::from(member & 0x7ff)
}

/// Index of the drops of one ingress port for one reason, 0 to 31.
pub fn drop_counters_index(port: u8, reason: u8) -> u32 {
    u32::from(port) << 5 | u32::from(reason & 0x1f)
}

/// The word of the bucket window that holds `bucket`.
pub fn encode_bucket(bucket: Bucket) -> u32 {
    let member = |member: Option<u16>| member.map_or(0, |m| u32::from(m & 0x7ff) | 1 << 15);
    member(bucket.first) | member(bucket.second) << 16
}

/// The bucket that a word of the bucket window holds.
pub fn decode_bucket(word: u32) -> Bucket {
    let member = |half: u32| bit(half, 15).then(|| low_half(field(half, 0, 11)));
    Bucket {
        first: member(word),
        second: member(word >> 16),
    }
}
