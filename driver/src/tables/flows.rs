//! Clusters' ages, the flow table, and what is counted of flows.

use super::bits::{bit, decode_pair, encode_pair, field, low_half, low_octet};
use super::{Entry, Table, Words, Writable};
use crate::image::ClusterSetup;

/// Bits of a fingerprint.
const FINGERPRINT_BITS: u32 = 40;

fn encode_ages(low: u16, high: u16) -> u32 {
    u32::from(low & 0x1fff) | u32::from(high & 0x1fff) << 16
}

fn decode_ages(word: u32) -> (u16, u16) {
    (low_half(field(word, 0, 13)), low_half(field(word, 16, 13)))
}

/// What holds for a cluster's flows, or an entry of no cluster: one that was never written.
impl Entry for Option<ClusterSetup> {
    const TABLE: Table = Table::Cluster;

    fn decode(words: &Words) -> Self {
        let (tcp, udp) = decode_ages(words[0]);
        let (ipsec, other) = decode_ages(words[1]);
        let (fin, rst) = decode_ages(words[2]);
        let setup = ClusterSetup {
            tcp,
            udp,
            ipsec,
            other,
            fin,
            rst,
            unconfirmed: low_half(field(words[3], 0, 13)),
            bypass: bit(words[3], 30),
            keep: bit(words[3], 31),
        };
        (setup.encode() != Words::default()).then_some(setup)
    }
}

impl ClusterSetup {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        words[0] = encode_ages(self.tcp, self.udp);
        words[1] = encode_ages(self.ipsec, self.other);
        words[2] = encode_ages(self.fin, self.rst);
        words[3] = u32::from(self.unconfirmed & 0x1fff)
            | u32::from(self.bypass) << 30
            | u32::from(self.keep) << 31;
        words
    }
}

impl Writable for Option<ClusterSetup> {
    fn encode(&self) -> Words {
        self.as_ref()
            .map_or_else(Words::default, ClusterSetup::encode)
    }
}

/// How far a flow has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FlowState {
    /// Begun by a client, no answer yet.
    Unconfirmed = 1,
    /// Both sides have spoken.
    Established = 2,
    /// Being closed.
    Fin = 3,
    /// Reset.
    Rst = 4,
    /// Begun by a server, no answer yet.
    Opened = 5,
}

impl FlowState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Unconfirmed,
        Self::Established,
        Self::Fin,
        Self::Rst,
        Self::Opened,
    ];

    /// The state that a field of three bits names; none if it names a free slot or nothing.
    fn from_bits(bits: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u32 == bits)
    }
}

/// An entry of the flow table. It does not hold the flow's addresses: [`crate::flow_key`] tells where a flow's entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowEntry {
    /// Upper 40 of the 60 bits of the flow's keyed hash.
    pub fingerprint: u64,
    /// The server that has the flow.
    pub server: u16,
    /// How far the flow has come.
    pub state: FlowState,
    /// The cluster whose ages hold.
    pub cluster: u8,
    /// Tick (2^30 ns, 13 bits) of the last frame of an unconfirmed or opened flow, else the tick in which it expires.
    pub stamp: u16,
}

/// What a read of the flow table gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowSearch {
    /// The first entry at or behind the index asked for; none if none is near or the table ends.
    pub found: Option<FlowEntry>,
    /// Index of the entry; without one, where to go on.
    pub index: u32,
    /// Nothing is in use at or behind the index asked for.
    pub end: bool,
}

impl Entry for FlowSearch {
    const TABLE: Table = Table::Flow;

    fn decode(words: &Words) -> Self {
        let low = decode_pair(words, 0);
        let state = FlowState::from_bits((low >> 50) as u32 & 0x7);
        let entry = state.map(|state| FlowEntry {
            fingerprint: low & ((1 << FINGERPRINT_BITS) - 1),
            server: low_half((low >> 40) as u32 & 0x3ff),
            state,
            cluster: low_octet((low >> 53) as u32 & 0x3f),
            stamp: low_half((low >> 59) as u32 | field(words[2], 0, 8) << 5),
        });
        Self {
            found: entry.filter(|_| bit(words[3], 31)),
            index: field(words[3], 0, 24),
            end: bit(words[3], 30),
        }
    }
}

/// Removal of an entry of the flow table, written to the entry's index: without effect if another flow stands there
/// by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowRemoval {
    /// The fingerprint of the entry to remove.
    pub fingerprint: u64,
}

impl Entry for FlowRemoval {
    const TABLE: Table = Table::Flow;

    fn decode(words: &Words) -> Self {
        Self {
            fingerprint: decode_pair(words, 0) & ((1 << FINGERPRINT_BITS) - 1),
        }
    }
}

impl Writable for FlowRemoval {
    fn encode(&self) -> Words {
        let mut words = Words::default();
        [words[0], words[1]] = encode_pair(self.fingerprint & ((1 << FINGERPRINT_BITS) - 1));
        words
    }
}

/// One of the counters of flows; their order is that of [`crate::counters::FlowCounters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowCount(pub u64);

impl Entry for FlowCount {
    const TABLE: Table = Table::FlowCounters;

    fn decode(words: &Words) -> Self {
        Self(decode_pair(words, 0))
    }
}

/// A server's flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerFlows {
    /// Entries inserted for it, modulo 2^32.
    pub inserted: u32,
    /// Entries of it removed, modulo 2^32.
    pub removed: u32,
}

impl ServerFlows {
    /// Entries that it has; exact while none is being inserted or removed.
    pub fn live(&self) -> u32 {
        self.inserted.wrapping_sub(self.removed)
    }
}

impl Entry for ServerFlows {
    const TABLE: Table = Table::ServerFlows;

    fn decode(words: &Words) -> Self {
        Self {
            inserted: words[0],
            removed: words[1],
        }
    }
}
