//! Services, members, pools and buckets: what balancing reads.

use super::bits::{
    bit, decode_address, decode_mac, encode_address, encode_mac, field, low_half, low_octet,
};
use super::{Entry, Table, Words, Writable};
use crate::image::{Bucket, BucketRange, Member, Pool, Service};

fn encode_range(range: BucketRange) -> u32 {
    range.base & 0x1_ffff | u32::from(range.log2 & 0x1f) << 20
}

fn decode_range(word: u32) -> BucketRange {
    BucketRange {
        base: field(word, 0, 17),
        log2: low_octet(field(word, 20, 5)),
    }
}

/// A service, or an empty entry.
impl Entry for Option<Service> {
    const TABLE: Table = Table::Service;
    const VALID: Option<(usize, u32)> = Some((4, 0));

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
            source_virtual: bit(words[7], 16),
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
        words[7] = u32::from(service.cluster & 0x3f)
            | u32::from(service.virtual_mac & 0x3f) << 8
            | u32::from(service.source_virtual) << 16;
        words
    }
}

/// A member, with what its logical port tells of the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEntry {
    /// The member.
    pub member: Member,
    /// Network port of its logical port.
    pub port: u8,
    /// Its logical port is a tagged one.
    pub tagged: bool,
}

/// A member, or an empty entry.
impl Entry for Option<MemberEntry> {
    const TABLE: Table = Table::Member;
    const VALID: Option<(usize, u32)> = Some((1, 20));

    fn decode(words: &Words) -> Self {
        let word = words[1];
        bit(word, 20).then(|| MemberEntry {
            member: Member {
                mac: decode_mac(words, 0),
                logical_port: low_octet(field(words[2], 0, 6)),
                up: bit(word, 21),
                draining: bit(word, 22),
                up_on_link: bit(word, 23),
                weight: low_octet(field(word, 24, 8)),
            },
            port: low_octet(field(word, 16, 4)),
            tagged: bit(words[2], 8),
        })
    }
}

impl Writable for Option<MemberEntry> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(entry) = self else { return words };
        let member = &entry.member;
        let [low, high] = encode_mac(member.mac);
        words[0] = low;
        words[1] = high
            | u32::from(entry.port & 0xf) << 16
            | 1 << 20
            | u32::from(member.up) << 21
            | u32::from(member.draining) << 22
            | u32::from(member.up_on_link) << 23
            | u32::from(member.weight) << 24;
        words[2] = u32::from(member.logical_port & 0x3f) | u32::from(entry.tagged) << 8;
        words
    }
}

impl Entry for Pool {
    const TABLE: Table = Table::Pool;

    fn decode(words: &Words) -> Self {
        Self {
            flows: decode_range(words[0]),
            assignment: decode_range(words[1]),
            drop_advertisements: bit(words[0], 28),
        }
    }
}

impl Writable for Pool {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        words[0] = encode_range(self.flows) | u32::from(self.drop_advertisements) << 28;
        words[1] = encode_range(self.assignment);
        words
    }
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
