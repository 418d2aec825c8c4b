//! A hashed table on its way to an image.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::Plan;
use crate::error::Error;
use crate::placement::Placement;
use crate::state::State;
use crate::tables::{Table, Words};

/// A hashed table, by key.
pub(super) struct Hashed<K> {
    table: Table,
    placement: Placement<K>,
    /// Keys that the card holds or will hold, and their words.
    held: HashMap<K, Words>,
    wanted: HashSet<K>,
}

impl<K: Copy + Eq + Hash> Hashed<K> {
    pub(super) fn new(
        table: Table,
        sets_log2: u8,
        hash: fn(usize, K) -> u32,
        wanted: impl Iterator<Item = K>,
    ) -> Self {
        Self {
            table,
            placement: Placement::new(sets_log2, hash),
            held: HashMap::new(),
            wanted: wanted.collect(),
        }
    }

    /// Takes over the keys that look-ups in the card find; second copies and strays count as empty slots.
    pub(super) fn adopt(&mut self, state: &State, key: impl Fn(&Words) -> Option<K>) {
        for (slot, words) in state.entries(self.table) {
            let Some(key) = key(words) else { continue };
            if self.placement.candidates(key).contains(&slot) && !self.held.contains_key(&key) {
                self.placement.occupy(slot, key);
                self.held.insert(key, *words);
            }
        }
    }

    /// Gives `key` these words, in its slot or in a new one.
    pub(super) fn place(&mut self, plan: &mut Plan, key: K, words: Words) -> Result<(), Error> {
        self.held.insert(key, words);
        if let Some(slot) = self.placement.find(key) {
            plan.put(self.table, slot, words);
            return Ok(());
        }
        let placed = self.placement.insert(key).or_else(|_| {
            // Only what is no longer wanted can make room now.
            self.clear(plan);
            self.placement
                .insert(key)
                .map_err(|_| Error::Full { table: self.table })
        })?;
        for placed in placed {
            plan.put(self.table, placed.slot, self.held[&placed.key]);
        }
        Ok(())
    }

    /// Takes out the keys whose words `unwanted` names.
    pub(super) fn remove(&mut self, plan: &mut Plan, unwanted: impl Fn(&Words) -> bool) {
        let keys: Vec<K> = self
            .held
            .iter()
            .filter(|(_, words)| unwanted(words))
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.held.remove(&key);
            if let Some(slot) = self.placement.find(key) {
                self.placement.vacate(slot);
                plan.put(self.table, slot, Words::default());
            }
        }
    }

    /// Clears the slots that hold no wanted key, or one that look-ups find elsewhere.
    pub(super) fn clear(&mut self, plan: &mut Plan) {
        let unwanted: Vec<K> = self
            .held
            .keys()
            .copied()
            .filter(|key| !self.wanted.contains(key))
            .collect();
        for key in unwanted {
            self.held.remove(&key);
            if let Some(slot) = self.placement.find(key) {
                self.placement.vacate(slot);
            }
        }
        let live: HashSet<u32> = self
            .held
            .keys()
            .filter_map(|key| self.placement.find(*key))
            .collect();
        plan.clear(self.table, |slot| live.contains(&slot));
    }
}
