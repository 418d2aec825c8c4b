//! A number that tells configurations apart: 64 bits of what a card would hold.

use std::collections::BTreeMap;

use xxhash_rust::xxh64::Xxh64;

use crate::capabilities::Capabilities;
use crate::error::Error;
use crate::image::Image;
use crate::state::State;
use crate::tables::{Words, encode_bucket};
use crate::update::{self, Step};

/// The digest of an image on a card of these sizes: xxHash64 with seed 0 over the entries, buckets and settings that an untouched card
/// would get, each as a kind, a number and its words, little-endian, in order of kind and number. Never 0, which a
/// card holds that nobody programmed.
pub(crate) fn digest(image: &Image, card: &Capabilities) -> Result<u64, Error> {
    let mut held: BTreeMap<(u8, u32), Words> = BTreeMap::new();
    // The pool is as long as all else together, and needs no planning.
    let without_pool = Image {
        buckets: Vec::new(),
        ..image.clone()
    };
    // Kinds of settings are numbers that no table has.
    for step in update::steps(&State::empty(), &without_pool, card)? {
        let one = |word: u32| [word, 0, 0, 0, 0, 0, 0, 0];
        let (kind, words) = match step {
            Step::Entry(table, index, words) => ((table as u8, index), words),
            Step::Bucket(index, word) => ((0, index), one(word)),
            Step::Port(port, setup) => ((0xf0, port.into()), one(setup.bpdu_to_host.into())),
            Step::Forwarding {
                drop_unknown,
                fdb_age,
            } => {
                let word = u32::from(fdb_age) << 16 | u32::from(drop_unknown);
                ((0xf1, 0), one(word))
            }
            Step::Announcer(interval) => ((0xf2, 0), one(interval.into())),
            Step::Persistence(ipv4, ipv6) => {
                let word = u32::from(ipv6) << 8 | u32::from(ipv4);
                ((0xf3, 0), one(word))
            }
        };
        held.insert(kind, words);
    }
    let pool = (0u32..).zip(image.buckets.iter().map(|bucket| encode_bucket(*bucket)));
    let pool = pool.filter(|(_, word)| *word != 0);
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
