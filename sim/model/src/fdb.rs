//! The forwarding database: section 4 of the verdicts page.

use crate::mac::Mac;

const WAYS: usize = 4;

/// A learned address.
#[derive(Clone, Copy, Debug)]
struct Entry {
    domain: u16,
    mac: Mac,
    logical_port: u8,
    stamp: u64,
}

impl Entry {
    fn is_expired(&self, tick: u64, age: u16) -> bool {
        tick.saturating_sub(self.stamp) >= u64::from(age)
    }
}

/// Sets of four ways. The caller gives the hash of domain and MAC with each.
#[derive(Clone, Debug)]
pub(crate) struct Fdb {
    sets: Vec<[Option<Entry>; WAYS]>,
    /// Age in ticks at which an entry counts for nothing.
    pub(crate) age: u16,
    /// The present time in ticks of 2^30 ns. The card keeps 16 bits of it, and clears what is expired before that
    /// would show.
    pub(crate) tick: u64,
}

impl Fdb {
    pub(crate) fn new(sets_log2: u8, age: u16) -> Self {
        Self {
            sets: vec![[None; WAYS]; 1 << sets_log2],
            age,
            tick: 0,
        }
    }

    fn set(&self, hash: u32) -> usize {
        hash as usize & (self.sets.len() - 1)
    }

    /// The logical port on which the address was last seen, unless that is too long ago.
    pub(crate) fn logical_port(&self, hash: u32, domain: u16, mac: Mac) -> Option<u8> {
        self.sets[self.set(hash)]
            .iter()
            .flatten()
            .find(|entry| {
                entry.domain == domain && entry.mac == mac && !entry.is_expired(self.tick, self.age)
            })
            .map(|entry| entry.logical_port)
    }

    /// Notes that the address was seen on `logical_port` now.
    pub(crate) fn learn(&mut self, hash: u32, domain: u16, mac: Mac, logical_port: u8) {
        let (tick, age) = (self.tick, self.age);
        let set = self.set(hash);
        let ways = &mut self.sets[set];
        let live = |way: &Option<Entry>| way.filter(|entry| !entry.is_expired(tick, age));
        let known = ways.iter().position(|way| {
            live(way).is_some_and(|entry| (entry.domain, entry.mac) == (domain, mac))
        });
        let way = known
            .or_else(|| ways.iter().position(|way| live(way).is_none()))
            .unwrap_or((hash >> 30) as usize);
        ways[way] = Some(Entry {
            domain,
            mac,
            logical_port,
            stamp: tick,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(last: u8) -> Mac {
        Mac([2, 0, 0, 0, 0, last])
    }

    #[test]
    fn an_address_is_known_by_domain_and_mac_until_its_age() {
        let mut fdb = Fdb::new(2, 10);
        fdb.tick = 65_530;
        fdb.learn(1, 7, mac(1), 3);
        assert_eq!(fdb.logical_port(1, 7, mac(1)), Some(3));
        assert_eq!(fdb.logical_port(1, 8, mac(1)), None);
        assert_eq!(fdb.logical_port(1, 7, mac(2)), None);
        fdb.tick = 65_539;
        assert_eq!(fdb.logical_port(1, 7, mac(1)), Some(3), "nine ticks later");
        fdb.tick = 65_540;
        assert_eq!(fdb.logical_port(1, 7, mac(1)), None, "ten ticks later");
        fdb.tick = 65_530 + 65_536;
        assert_eq!(
            fdb.logical_port(1, 7, mac(1)),
            None,
            "16 bits are the same again"
        );
    }

    #[test]
    fn seen_again_it_moves_and_stays_young() {
        let mut fdb = Fdb::new(2, 10);
        fdb.learn(1, 0, mac(1), 3);
        fdb.tick = 9;
        fdb.learn(1, 0, mac(1), 4);
        fdb.tick = 18;
        assert_eq!(fdb.logical_port(1, 0, mac(1)), Some(4));
    }

    #[test]
    fn a_full_set_loses_the_way_the_hash_names() {
        let mut fdb = Fdb::new(2, 10);
        for last in 0..4 {
            fdb.learn(1, 0, mac(last), last);
        }
        fdb.learn(2 << 30 | 1, 0, mac(9), 9);
        let ports = [0, 1, 2, 3, 9].map(|last| fdb.logical_port(1, 0, mac(last)));
        assert_eq!(ports, [Some(0), Some(1), None, Some(3), Some(9)]);
        assert_eq!(fdb.logical_port(2, 0, mac(9)), None, "another set");
    }

    #[test]
    fn the_lowest_expired_way_is_taken_before_a_live_one() {
        let mut fdb = Fdb::new(0, 10);
        fdb.learn(0, 0, mac(0), 0);
        fdb.learn(0, 0, mac(1), 1);
        fdb.tick = 5;
        fdb.learn(0, 0, mac(0), 0);
        fdb.learn(0, 0, mac(2), 2);
        fdb.learn(0, 0, mac(3), 3);
        fdb.tick = 12;
        fdb.learn(3 << 30, 0, mac(4), 4);
        let ports = [0, 1, 2, 3, 4].map(|last| fdb.logical_port(0, 0, mac(last)));
        assert_eq!(ports, [Some(0), None, Some(2), Some(3), Some(4)]);
    }
}
