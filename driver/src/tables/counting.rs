//! Counters, which can only be read.

use super::bits::decode_pair;
use super::{Entry, Table, Words};
use crate::counters::{PortCounters, Totals, Traffic};

fn traffic(words: &Words, low: usize) -> Traffic {
    Traffic {
        frames: decode_pair(words, low),
        bytes: decode_pair(words, low + 2),
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
        decode_pair(words, 0)
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
            copies: decode_pair(words, 0),
            in_flight: decode_pair(words, 2),
            learning_skipped: decode_pair(words, 4),
            generated: decode_pair(words, 6),
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
