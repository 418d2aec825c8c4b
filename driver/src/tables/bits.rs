//! Fields of words, and what several tables write the same way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Words;
use crate::image::MacAddress;

pub(super) fn bit(word: u32, position: u32) -> bool {
    word >> position & 1 == 1
}

pub(super) fn field(word: u32, low: u32, width: u32) -> u32 {
    word >> low & ((1 << width) - 1)
}

pub(super) fn low_octet(value: u32) -> u8 {
    value.to_le_bytes()[0]
}

pub(super) fn low_half(value: u32) -> u16 {
    let [a, b, ..] = value.to_le_bytes();
    u16::from_le_bytes([a, b])
}

pub(super) fn encode_address(address: IpAddr, words: &mut Words) {
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

pub(super) fn decode_address(words: &Words, ipv6: bool) -> IpAddr {
    if !ipv6 {
        return Ipv4Addr::from_bits(words[0]).into();
    }
    let bits = words[..4]
        .iter()
        .rev()
        .fold(0, |bits, word| bits << 32 | u128::from(*word));
    Ipv6Addr::from_bits(bits).into()
}

/// The low word, and the low half of the one behind.
pub(super) fn encode_mac(mac: MacAddress) -> [u32; 2] {
    let [a, b, c, d, e, f] = mac.0;
    [
        u32::from_be_bytes([c, d, e, f]),
        u32::from_be_bytes([0, 0, a, b]),
    ]
}

/// The MAC in the words from `low` on.
pub(super) fn decode_mac(words: &Words, low: usize) -> MacAddress {
    let [c, d, e, f] = words[low].to_be_bytes();
    let [_, _, a, b] = words[low + 1].to_be_bytes();
    MacAddress([a, b, c, d, e, f])
}

/// Two words, the low one first.
pub(super) fn encode_pair(value: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    [
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
    ]
}

/// The value in the words from `low` on.
pub(super) fn decode_pair(words: &Words, low: usize) -> u64 {
    u64::from(words[low]) | u64::from(words[low + 1]) << 32
}
