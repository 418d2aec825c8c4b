//! Which server has the fragments of which datagram: section 5 of the flows page. Places are those of the keyed hash, names
//! the true ones instead of fingerprints.

use crate::keyed_hash::KeyedHash;
use crate::parse::Ip;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Base-2 logarithm of a table's sets.
const SETS_LOG2: u32 = 9;
/// Places of a set.
const WAYS: usize = 4;
/// Ticks for which an entry lives.
const LIFE_TICKS: u64 = 2;

/// What names a datagram in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    fn hash(&self, hash: &KeyedHash) -> u64 {
        hash.datagram(
            self.source,
            self.destination,
            self.identification,
            self.protocol,
        )
    }
}

/// Where the fragments of a datagram go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FragmentEntry {
    pub(crate) server: u16,
    /// The first fragment did not come first.
    pub(crate) orphan: bool,
}

/// A place that is taken.
#[derive(Clone, Copy, Debug)]
struct Taken {
    key: FragmentKey,
    entry: FragmentEntry,
    /// Tick of the writing.
    written: u64,
}

impl Taken {
    fn lives(&self, tick: u64) -> bool {
        tick.saturating_sub(self.written) < LIFE_TICKS
    }
}

type Set = [Option<Taken>; WAYS];

/// The fragment tables: one, or one for each network port. A set that is not there is empty.
#[derive(Clone, Debug)]
pub(crate) struct Fragments {
    hash: KeyedHash,
    sets: BTreeMap<(Option<u8>, u32), Set>,
}

impl Fragments {
    /// Empty tables whose places a seed decides.
    pub(crate) fn new(seed: [u32; 4]) -> Self {
        Self {
            hash: KeyedHash::new(seed),
            sets: BTreeMap::new(),
        }
    }

    pub(crate) fn live(&self, key: &FragmentKey, tick: u64) -> Option<FragmentEntry> {
        let (set, _) = place(key.hash(&self.hash));
        let ways = self.sets.get(&(key.port, set))?;
        let mut taken = ways.iter().flatten();
        let found = taken.find(|taken| taken.key == *key && taken.lives(tick));
        found.map(|taken| taken.entry)
    }

    /// Writes an entry; true if it took the place of another one that lived.
    pub(crate) fn write(&mut self, key: FragmentKey, entry: FragmentEntry, tick: u64) -> bool {
        let (set, victim) = place(key.hash(&self.hash));
        let ways = self.sets.entry((key.port, set)).or_default();
        let lives = |way: &Option<Taken>| way.filter(|taken| taken.lives(tick));
        let known = ways
            .iter()
            .position(|way| lives(way).is_some_and(|taken| taken.key == key));
        let spare = known.or_else(|| ways.iter().position(|way| lives(way).is_none()));
        ways[spare.unwrap_or(victim)] = Some(Taken {
            key,
            entry,
            written: tick,
        });
        spare.is_none()
    }

    /// Gives up what has expired.
    pub(crate) fn sweep(&mut self, tick: u64) {
        self.sets
            .retain(|_, ways| ways.iter().flatten().any(|taken| taken.lives(tick)));
    }
}

/// The set that a hash names, and the place that is overwritten where all of it are taken.
fn place(hash: u64) -> (u32, usize) {
    let set = hash as u32 & ((1 << SETS_LOG2) - 1);
    (set, (hash >> SETS_LOG2) as usize % WAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyed_hash::FIRST_SEED;

    fn key(identification: u32) -> FragmentKey {
        FragmentKey {
            port: None,
            source: [203, 0, 113, 7].into(),
            destination: [192, 31, 65, 1].into(),
            identification,
            protocol: Some(17),
        }
    }

    fn entry(server: u16) -> FragmentEntry {
        FragmentEntry {
            server,
            orphan: false,
        }
    }

    /// Datagrams whose hashes name one set, and the places that each would take by force.
    fn of_one_set(fragments: &Fragments, count: usize) -> Vec<(FragmentKey, usize)> {
        let with_place = |key: FragmentKey| (key, place(key.hash(&fragments.hash)));
        let (_, (wanted, _)) = with_place(key(0));
        (0..)
            .map(|identification| with_place(key(identification)))
            .filter(|(_, (set, _))| *set == wanted)
            .map(|(key, (_, victim))| (key, victim))
            .take(count)
            .collect()
    }

    #[test]
    fn a_full_set_loses_the_place_the_hash_names() {
        let mut fragments = Fragments::new(FIRST_SEED);
        let keys = of_one_set(&fragments, 6);
        for (server, (key, _)) in (0..).zip(&keys[..4]) {
            assert!(!fragments.write(*key, entry(server), 0));
        }
        // Its own place is not another one.
        assert!(!fragments.write(keys[2].0, entry(9), 0));
        assert!(fragments.write(keys[4].0, entry(4), 1));
        let (lost, _) = keys[keys[4].1];
        assert_eq!(fragments.live(&lost, 1), None);
        assert_eq!(fragments.live(&keys[4].0, 1), Some(entry(4)));
        let others = keys[..4].iter().filter(|(key, _)| *key != lost);
        assert!(
            others.clone().count() == 3 && { others }
                .all(|(key, _)| fragments.live(key, 1).is_some())
        );
        // A tick later those of tick 0 are no more: the lowest of their places is taken.
        assert!(!fragments.write(keys[5].0, entry(5), 2));
        assert_eq!(fragments.live(&keys[4].0, 2), Some(entry(4)));
        fragments.sweep(4);
        assert!(fragments.sets.is_empty());
    }

    #[test]
    fn ports_have_tables_of_their_own() {
        let mut fragments = Fragments::new(FIRST_SEED);
        let by = |port| FragmentKey {
            port: Some(port),
            ..key(1)
        };
        fragments.write(by(0), entry(3), 0);
        assert_eq!(fragments.live(&by(0), 0), Some(entry(3)));
        assert_eq!(fragments.live(&by(1), 0), None);
    }
}
