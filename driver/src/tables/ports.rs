//! Logical ports.

use super::bits::{bit, decode_pair, encode_pair, field, low_half, low_octet};
use super::{Entry, Table, Words, Writable};
use crate::image::LogicalPort;

/// The word of a port that takes no VLAN: the first is above the last.
const NO_VLAN: u32 = 1;

/// A logical port, or an empty entry.
impl Entry for Option<LogicalPort> {
    const TABLE: Table = Table::LogicalPort;
    const VALID: Option<(usize, u32)> = Some((0, 0));

    fn decode(words: &Words) -> Self {
        let flags = words[0];
        let first = low_half(field(words[1], 0, 12));
        let last = low_half(field(words[1], 16, 12));
        bit(flags, 0).then(|| LogicalPort {
            port: low_octet(field(flags, 8, 4)),
            untagged: bit(flags, 1),
            vlans: (first <= last).then_some((first, last)),
            tagged: bit(flags, 2),
            domain: low_half(field(words[2], 0, 12)),
            server: bit(flags, 4),
            announce: bit(flags, 5),
            flood: decode_pair(words, 4),
        })
    }
}

impl Writable for Option<LogicalPort> {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        let Some(port) = self else { return words };
        words[0] = 1
            | u32::from(port.untagged) << 1
            | u32::from(port.tagged) << 2
            | u32::from(port.server) << 4
            | u32::from(port.announce) << 5
            | u32::from(port.port & 0xf) << 8;
        words[1] = port.vlans.map_or(NO_VLAN, |(first, last)| {
            u32::from(first & 0xfff) | u32::from(last & 0xfff) << 16
        });
        words[2] = u32::from(port.domain & 0xfff);
        [words[4], words[5]] = encode_pair(port.flood);
        words
    }
}
