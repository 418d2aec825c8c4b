//! A number that tells configurations apart: 64 bits of what a card would hold.

use std::collections::BTreeMap;

use xxhash_rust::xxh64::Xxh64;

use crate::capabilities::Capabilities;
use crate::error::Error;
use crate::image::Image;
use crate::state::State;
use crate::tables::Words;
use crate::update::{self, Step};

/// The digest of an image on a card of these sizes: xxHash64 with seed 0 over the entries, buckets and settings that an untouched card
/// would get, each as a kind, a number and its words, little-endian, in order of kind and number. Never 0, which a
/// card holds that nobody programmed.
pub(crate) fn digest(image: &Image, card: &Capabilities) -> Result<u64, Error> {
    let mut held: BTreeMap<(u8, u32), Words> = BTreeMap::new();
    let mut pool = BTreeMap::new();
    // Kinds of settings are numbers that no table has.
    for step in update::steps(&State::empty(), image, card)? {
        let one = |word: u32| [word, 0, 0, 0, 0, 0, 0, 0];
        match step {
            Step::Entry(table, index, words) => {
                held.insert((table as u8, index), words);
            }
            Step::Bucket(index, word) => {
                pool.insert(index, word);
            }
            Step::Port(port, setup) => {
                held.insert((0xf0, port.into()), one(setup.bpdu_to_host.into()));
            }
            Step::Forwarding {
                drop_unknown,
                fdb_age,
            } => {
                let word = u32::from(fdb_age) << 16 | u32::from(drop_unknown);
                held.insert((0xf1, 0), one(word));
            }
            Step::Announcer(interval) => {
                held.insert((0xf2, 0), one(interval.into()));
            }
            Step::Persistence(ipv4, ipv6) => {
                held.insert((0xf3, 0), one(u32::from(ipv6) << 8 | u32::from(ipv4)));
            }
        }
    }
    let mut hash = Xxh64::new(0);
    for ((kind, index), words) in held {
        hash.update(&[kind]);
        hash.update(&index.to_le_bytes());
        for word in words {
            hash.update(&word.to_le_bytes());
        }
    }
    for (index, word) in pool {
        hash.update(&index.to_le_bytes());
        hash.update(&word.to_le_bytes());
    }
    Ok(hash.digest().max(1))
}
