//! What the driver knows a card to hold.

use std::collections::BTreeMap;

use crate::flow_key::FlowHash;
use crate::image::{MacAddress, SERVERS};
use crate::tables::{Entry, MemberEntry, Table, Words};

/// What the driver knows a card's tables to hold; kept by [`crate::Card::detach`] for [`crate::Card::resume`], so
/// that they need not be read back.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The entries are those of the card; if not, they have to be read first.
    pub(crate) known: bool,
    /// Entries that are not zero.
    entries: BTreeMap<(Table, u32), Words>,
    /// Up bits of members as the driver last wrote them: the card changes those of its entries when links change.
    up: BTreeMap<u32, bool>,
    /// MAC of each server number's last station: flows may be left of it when its entry is gone.
    stations: BTreeMap<u32, MacAddress>,
    /// The flow table's hash, if its seed is known.
    pub(crate) flow_hash: Option<FlowHash>,
    /// Words of the bucket pool, as far as they were written or read.
    buckets: BTreeMap<u32, u32>,
    /// Those that are not listed are zero.
    other_buckets_zero: bool,
}

impl State {
    /// A card whose tables were never written: all zero.
    pub(crate) fn empty() -> Self {
        Self {
            known: true,
            other_buckets_zero: true,
            ..Self::default()
        }
    }

    /// Nothing is known that would be lost if the tables became zero.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.entries.is_empty() && self.buckets.values().all(|word| *word == 0)
    }

    /// The entry, zero if there is none.
    pub(crate) fn entry(&self, table: Table, index: u32) -> Words {
        self.entries
            .get(&(table, index))
            .copied()
            .unwrap_or_default()
    }

    /// Indices and words of the entries of a table that are not zero.
    pub(crate) fn entries(&self, table: Table) -> impl Iterator<Item = (u32, &Words)> {
        self.entries
            .range((table, 0)..=(table, u32::MAX))
            .map(|((_, index), words)| (*index, words))
    }

    /// Notes that the card holds `words`.
    pub(crate) fn set_entry(&mut self, table: Table, index: u32, words: Words) {
        if table == Table::Member
            && index < u32::from(SERVERS)
            && let Some(entry) = <Option<MemberEntry>>::decode(&words)
        {
            self.stations.insert(index, entry.member.mac);
        }
        if words == Words::default() {
            self.entries.remove(&(table, index));
        } else {
            self.entries.insert((table, index), words);
        }
    }

    /// Notes that the driver wrote this member.
    pub(crate) fn note_up(&mut self, member: u32, words: &Words) {
        self.up.insert(member, is_up(words));
    }

    /// The MAC that a server number last had, as far as is known.
    pub(crate) fn last_station(&self, server: u16) -> Option<MacAddress> {
        self.stations.get(&u32::from(server)).copied()
    }

    /// What stays known when the tables may have changed.
    pub(crate) fn forgotten(self) -> Self {
        Self {
            flow_hash: self.flow_hash,
            ..Self::default()
        }
    }

    /// The up bit that the driver last wrote; what the card was found to hold if it wrote none.
    pub(crate) fn last_up(&self, member: u32) -> bool {
        let written = self.up.get(&member).copied();
        written.unwrap_or_else(|| is_up(&self.entry(Table::Member, member)))
    }

    /// The word of a bucket, if known.
    pub(crate) fn bucket(&self, index: u32) -> Option<u32> {
        let zero = self.other_buckets_zero.then_some(0);
        self.buckets.get(&index).copied().or(zero)
    }

    /// Notes that the card holds `word`.
    pub(crate) fn set_bucket(&mut self, index: u32, word: u32) {
        self.buckets.insert(index, word);
    }
}

fn is_up(words: &Words) -> bool {
    <Option<MemberEntry>>::decode(words).is_some_and(|entry| entry.member.up)
}
