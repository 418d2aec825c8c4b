//! Which server has the fragments of which datagram: section 5 of the flows page, by the true keys.

use crate::parse::Ip;
use std::collections::HashMap;
use std::net::IpAddr;

/// Entries of a card's fragment table.
const FRAGMENTS: usize = 2_048;
/// Ticks for which an entry lives.
const LIFE_TICKS: u64 = 2;

/// What names a datagram in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FragmentKey {
    /// The network port, if each has a table of its own.
    port: Option<u8>,
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// IPv4: the protocol.
    protocol: Option<u8>,
}

impl FragmentKey {
    pub(crate) fn new(port: Option<u8>, ip: &Ip, identification: u32) -> Self {
        Self {
            port,
            source: ip.source,
            destination: ip.destination,
            identification,
            protocol: ip.protocol.filter(|_| ip.destination.is_ipv4()),
        }
    }
}

/// Where the fragments of a datagram go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FragmentEntry {
    pub(crate) server: u16,
    /// The first fragment did not come first.
    pub(crate) orphan: bool,
}

/// The fragment table. A card's sets of 4 fill before all of it is full; the model takes over which entries that cost.
/// Beyond [`FRAGMENTS`] live ones it writes no more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fragments {
    /// With the tick of the writing.
    entries: HashMap<FragmentKey, (FragmentEntry, u64)>,
}

impl Fragments {
    pub(crate) fn live(&self, key: &FragmentKey, tick: u64) -> Option<FragmentEntry> {
        let (entry, written) = self.entries.get(key)?;
        (tick.saturating_sub(*written) < LIFE_TICKS).then_some(*entry)
    }

    pub(crate) fn write(&mut self, key: FragmentKey, entry: FragmentEntry, tick: u64) {
        if self.entries.len() < FRAGMENTS || self.entries.contains_key(&key) {
            self.entries.insert(key, (entry, tick));
        }
    }

    /// Whether so many others are there that one can have been overwritten.
    pub(crate) fn may_be_overwritten(&self) -> bool {
        self.entries.len() > 4
    }

    pub(crate) fn remove(&mut self, key: &FragmentKey) {
        self.entries.remove(key);
    }

    /// Gives up what has expired.
    pub(crate) fn sweep(&mut self, tick: u64) {
        self.entries
            .retain(|_, (_, written)| tick.saturating_sub(*written) < LIFE_TICKS);
    }
}
