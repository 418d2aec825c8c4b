//! Where keys stand in a hashed table of two ways with two slots a set: cuckoo placement.
//!
//! A key has four slots, two in the set its hash names in each way. When all are taken, keys are moved to
//! their other way, the last one first, so that a reader always finds every key in one of its slots
//! (copy, then overwrite). The table pages count slots as `way << (log2 + 1) | set << 1 | slot`.

use std::collections::VecDeque;

/// Slots of one set.
const SLOTS: u32 = 2;

/// A key that is written to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<K> {
    /// The key.
    pub key: K,
    /// Its new slot.
    pub slot: u32,
}

/// No slot can be freed for a key: the table is too full for its hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hashed table is full")]
pub struct Full;

/// The keys of one table.
#[derive(Clone, Debug)]
pub struct Placement<K> {
    sets_log2: u8,
    hash: fn(usize, K) -> u32,
    slots: Vec<Option<K>>,
}

impl<K: Copy + Eq> Placement<K> {
    /// An empty table of two ways of `1 << sets_log2` sets; `hash` gives a key's hash for a way.
    pub fn new(sets_log2: u8, hash: fn(usize, K) -> u32) -> Self {
        let slots = vec![None; (2 * SLOTS as usize) << sets_log2];
        Self {
            sets_log2,
            hash,
            slots,
        }
    }

    /// The slots that `key` may stand in, way 0 first.
    pub fn candidates(&self, key: K) -> [u32; 4] {
        let first = |way: usize| {
            let set = (self.hash)(way, key) & ((1 << self.sets_log2) - 1);
            ((way as u32) << self.sets_log2 | set) * SLOTS
        };
        let [a, b] = [first(0), first(1)];
        [a, a + 1, b, b + 1]
    }

    /// The slot in which a look-up finds `key`.
    pub fn find(&self, key: K) -> Option<u32> {
        self.candidates(key)
            .into_iter()
            .find(|slot| self.slots[*slot as usize] == Some(key))
    }

    /// Notes that `key` stands in `slot`.
    pub(crate) fn occupy(&mut self, slot: u32, key: K) {
        self.slots[slot as usize] = Some(key);
    }

    /// Notes that `slot` is empty.
    pub(crate) fn vacate(&mut self, slot: u32) {
        self.slots[slot as usize] = None;
    }

    /// Finds a slot for `key`, which is not in the table, and returns what to write, in this order: keys
    /// that make room, then `key` itself.
    ///
    /// # Errors
    /// [`Full`] if no chain of moves ends in an empty slot; nothing has changed then.
    pub fn insert(&mut self, key: K) -> Result<Vec<Placed<K>>, Full> {
        // Breadth first, so that the fewest keys move: each slot reached remembers the slot whose key would come.
        let mut reached: Vec<Option<Option<u32>>> = vec![None; self.slots.len()];
        let mut queue = VecDeque::new();
        for slot in self.candidates(key) {
            if reached[slot as usize].is_none() {
                reached[slot as usize] = Some(None);
                queue.push_back(slot);
            }
        }
        while let Some(slot) = queue.pop_front() {
            let Some(resident) = self.slots[slot as usize] else {
                return Ok(self.shift(key, slot, &reached));
            };
            for next in self.candidates(resident) {
                if reached[next as usize].is_none() {
                    reached[next as usize] = Some(Some(slot));
                    queue.push_back(next);
                }
            }
        }
        Err(Full)
    }

    /// Moves keys along the path that ends in the empty slot `hole`, from the hole backwards.
    fn shift(&mut self, key: K, mut hole: u32, reached: &[Option<Option<u32>>]) -> Vec<Placed<K>> {
        let mut placed = Vec::new();
        while let Some(Some(from)) = reached[hole as usize] {
            if let Some(moved) = self.slots[from as usize] {
                self.slots[hole as usize] = Some(moved);
                placed.push(Placed {
                    key: moved,
                    slot: hole,
                });
            }
            hole = from;
        }
        self.slots[hole as usize] = Some(key);
        placed.push(Placed { key, slot: hole });
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Way 0 by the low bits, way 1 by the bits above.
    fn nibbles(way: usize, key: u32) -> u32 {
        key >> (4 * way)
    }

    #[test]
    fn slots_are_numbered_as_the_tables_page_says() {
        let placement = Placement::new(10, crate::hash::station);
        let mac = crate::image::MacAddress([0x02, 0, 0, 0, 0x02, 0x10]);
        let set = |way| crate::hash::station(way, mac) & 0x3ff;
        let [a, b] = [set(0) << 1, 1 << 11 | set(1) << 1];
        assert_eq!(placement.candidates(mac), [a, a | 1, b, b | 1]);
    }

    #[test]
    fn a_full_set_makes_room_from_the_hole_backwards() {
        let mut placement = Placement::new(4, nibbles);
        // Four keys of set 3 in way 0 and set 5 in way 1 fill both sets; the fifth shares only set 3.
        for tag in 0..4 {
            placement.insert(0x53 | tag << 8).unwrap();
        }
        assert_eq!(placement.insert(0x53 | 4 << 8), Err(Full));
        placement.vacate(placement.find(0x153).unwrap());
        placement.insert(0x63).unwrap();
        let placed = placement.insert(0x453).unwrap();
        // 0x63 moves to set 6 of way 1, then 0x453 takes its slot.
        assert_eq!(placed.len(), 2);
        assert_eq!(placed[0].key, 0x63);
        assert_eq!(placed[0].slot, 1 << 5 | 6 << 1);
        assert_eq!(placed[1].slot, 3 << 1 | 1);
        for key in [0x53, 0x253, 0x353, 0x453, 0x63] {
            assert!(placement.find(key).is_some(), "{key:#x}");
        }
    }

    #[test]
    fn every_write_leaves_every_key_findable() {
        let mut placement = Placement::new(7, crate::hash::known_address);
        let mut card = vec![None; 512];
        let mut inserted = Vec::new();
        for number in 0..400u32 {
            let key = std::net::IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number));
            let Ok(placed) = placement.insert(key) else {
                break;
            };
            for step in placed {
                card[step.slot as usize] = Some(step.key);
                for key in &inserted {
                    let found = placement
                        .candidates(*key)
                        .iter()
                        .any(|s| card[*s as usize] == Some(*key));
                    assert!(found, "{key} is lost after {number} insertions");
                }
            }
            inserted.push(key);
        }
        assert!(
            inserted.len() >= 384,
            "only {} of 512 slots were usable",
            inserted.len()
        );
    }
}
