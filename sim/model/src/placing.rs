//! Whether a card's hashed tables of stations and addresses can hold all their keys: section 2 of the verdicts page and the
//! tables page. A key stands in one of two sets, one in each half of the table, of two places each.

use crate::hash::{h3, sixteen_bytes};
use crate::mac::Mac;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// Places of a set.
const PLACES: usize = 2;
/// Base-2 logarithm of the sets of half a table.
const STATION_SETS_LOG2: u32 = 10;
const ADDRESS_SETS_LOG2: u32 = 9;
const STATION_SEEDS: [u32; 2] = [0xc2b2_ae35, 0x27d4_eb2f];
const ADDRESS_SEEDS: [u32; 2] = [0x7feb_352d, 0x846c_a68b];

/// Whether all stations have a place.
pub(crate) fn stations_fit(macs: impl Iterator<Item = Mac>) -> bool {
    let hashes: Vec<_> = macs
        .map(|mac| STATION_SEEDS.map(|seed| h3(seed, &mac.0)))
        .collect();
    all_fit(STATION_SETS_LOG2, &hashes)
}

/// Whether all known addresses have a place.
pub(crate) fn addresses_fit(addresses: impl Iterator<Item = IpAddr>) -> bool {
    let hashes: Vec<_> = addresses
        .map(|address| {
            let mut bytes = [0; 17];
            bytes[0] = u8::from(address.is_ipv6());
            bytes[1..].copy_from_slice(&sixteen_bytes(address));
            ADDRESS_SEEDS.map(|seed| h3(seed, &bytes))
        })
        .collect();
    all_fit(ADDRESS_SETS_LOG2, &hashes)
}

/// Whether every key has a place, given its hash for either half: others are moved for it if they can be.
fn all_fit(sets_log2: u32, hashes: &[[u32; 2]]) -> bool {
    let sets = 1 << sets_log2;
    let set_of = |key: usize, half: usize| half * sets + hashes[key][half] as usize % sets;
    let mut held: Vec<Vec<usize>> = vec![Vec::new(); 2 * sets];
    (0..hashes.len()).all(|key| place(&mut held, key, set_of))
}

/// Finds a place for a key by the fewest moves; false if there is none.
fn place(held: &mut [Vec<usize>], key: usize, set_of: impl Fn(usize, usize) -> usize) -> bool {
    // Of each set that can be reached, the key that would come to it and the set which that would leave.
    let mut comes: BTreeMap<usize, (usize, Option<usize>)> = BTreeMap::new();
    let mut reached = VecDeque::new();
    for half in 0..2 {
        let set = set_of(key, half);
        comes.insert(set, (key, None));
        reached.push_back(set);
    }
    while let Some(set) = reached.pop_front() {
        if held[set].len() < PLACES {
            let mut next = Some(set);
            while let Some((to, (moved, from))) = next.map(|to| (to, comes[&to])) {
                held[to].push(moved);
                if let Some(from) = from {
                    held[from].retain(|&other| other != moved);
                }
                next = from;
            }
            return true;
        }
        for &moved in &held[set] {
            let other = (0..2)
                .map(|half| set_of(moved, half))
                .find(|&other| other != set);
            if let Some(other) = other
                && !comes.contains_key(&other)
            {
                comes.insert(other, (moved, Some(set)));
                reached.push_back(other);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_full_sets_take_no_fifth_key() {
        assert!(all_fit(4, &[[3, 5]; 4]));
        assert!(!all_fit(4, &[[3, 5]; 5]));
    }

    #[test]
    fn keys_move_for_others() {
        // The fifth needs a place of set 3; the fourth can go to set 6 instead, but only there.
        let keys = [[3, 5], [3, 5], [3, 5], [3, 6], [3, 5]];
        assert!(all_fit(4, &keys));
        assert!(!all_fit(
            4,
            &[&keys[..], &[[3, 6], [3, 6], [3, 6]]].concat()
        ));
    }

    #[test]
    fn a_card_holds_all_that_it_can_name() {
        let macs = (0..1_153_u32).map(|number| {
            let [_, a, b, c] = number.to_be_bytes();
            Mac([2, 0, 0, a, b, c])
        });
        assert!(stations_fit(macs));
    }
}
