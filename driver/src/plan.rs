//! Laying out the bucket pool: ranges for clusters and router pools, filled by [`maglev`].

use std::collections::BTreeMap;

use crate::image::{Bucket, BucketRange, Image};
use crate::maglev::{self, Candidate, MaglevError, Permutation};

/// Base-2 logarithm of the size that suits a table of so many members: the least power of two that gives each 128
/// buckets, 256 to 65,536 in all.
pub fn table_log2(members: usize) -> u8 {
    let buckets = members.saturating_mul(128).clamp(256, 65_536);
    buckets.next_power_of_two().trailing_zeros() as u8
}

/// The pool has no free range of the size asked for, or a range is taken already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no free range of 2^{log2} buckets in the pool")]
pub struct PoolFull {
    /// Base-2 logarithm of the size.
    pub log2: u8,
}

/// Allots aligned ranges of the bucket pool.
#[derive(Clone, Debug)]
pub struct Allocator {
    pool_log2: u8,
    /// Ranges in use: base, and the first bucket behind.
    taken: BTreeMap<u32, u32>,
}

impl Allocator {
    /// A pool of `1 << pool_log2` free buckets; `pool_log2` as the card's capabilities tell, at most 17.
    pub fn new(pool_log2: u8) -> Self {
        Self {
            pool_log2: pool_log2.min(17),
            taken: BTreeMap::new(),
        }
    }

    /// Takes the lowest free range of `1 << log2` buckets.
    ///
    /// # Errors
    /// [`PoolFull`] if there is none.
    pub fn allot(&mut self, log2: u8) -> Result<BucketRange, PoolFull> {
        if log2 > self.pool_log2 {
            return Err(PoolFull { log2 });
        }
        let size = 1 << log2;
        let mut base = 0;
        for (taken, end) in &self.taken {
            if base + size <= *taken {
                break;
            }
            base = base.max(end.next_multiple_of(size));
        }
        let range = BucketRange { base, log2 };
        self.reserve(range)?;
        Ok(range)
    }

    /// Takes a given range, such as one that the card uses already.
    ///
    /// # Errors
    /// [`PoolFull`] if a part of it is taken or not in the pool, or if it is not aligned to its size.
    pub fn reserve(&mut self, range: BucketRange) -> Result<(), PoolFull> {
        let BucketRange { base, log2 } = range;
        let full = PoolFull { log2 };
        if log2 > self.pool_log2 || base >= 1 << self.pool_log2 || base & ((1 << log2) - 1) != 0 {
            return Err(full);
        }
        let end = base + (1 << log2);
        let before = self.taken.range(..end).next_back();
        if before.is_some_and(|(_, taken_end)| *taken_end > base) {
            return Err(full);
        }
        self.taken.insert(base, end);
        Ok(())
    }

    /// Gives a range back. One that was not allotted changes nothing.
    pub fn release(&mut self, range: BucketRange) {
        if self.taken.get(&range.base) == Some(&(range.base + (1 << range.log2.min(17)))) {
            self.taken.remove(&range.base);
        }
    }
}

/// A member's part in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Member number.
    pub member: u16,
    /// Name: it decides which buckets the member prefers, so it should last.
    pub name: String,
    /// Share of the load, 0 to 255.
    pub weight: u8,
    /// Network port.
    pub port: u8,
}

/// Fills the buckets of `range` in `image`, which grows as needed, from the members' names and weights. The
/// order of `shares` makes no difference.
///
/// # Errors
/// [`MaglevError::TooMany`].
pub fn fill(image: &mut Image, range: BucketRange, shares: &[Share]) -> Result<(), MaglevError> {
    let mut shares: Vec<&Share> = shares.iter().collect();
    shares.sort_by_key(|share| (&share.name, share.member));
    let candidates: Vec<Candidate> = shares
        .iter()
        .map(|share| Candidate {
            permutation: Permutation::of(&share.name, range.log2),
            weight: share.weight,
            port: share.port,
        })
        .collect();
    let table = maglev::populate(1 << range.log2.min(17), &candidates)?;
    let member = |index: Option<usize>| index.map(|index| shares[index].member);
    let buckets = table.into_iter().map(|choice| Bucket {
        first: member(choice.first),
        second: member(choice.second),
    });
    put(image, range, buckets);
    Ok(())
}

/// Base-2 logarithm of the size that suits an assignment of routers to so many servers: each number has a bucket of
/// its own if numbers are given from 0 on without gaps.
pub fn assignment_log2(servers: usize) -> u8 {
    servers
        .clamp(1, 1 << 17)
        .next_power_of_two()
        .trailing_zeros() as u8
}

/// Fills the buckets of `range` in `image`, which grows as needed, with routers in turn, by member number: the router that
/// a server is told, and the next one in its place when it is down. Without routers the buckets are empty.
pub fn fill_assignment(image: &mut Image, range: BucketRange, routers: &[u16]) {
    let turn = |i: usize| i.checked_rem(routers.len()).map(|i| routers[i]);
    let buckets = (0..1usize << range.log2.min(17)).map(|i| Bucket {
        first: turn(i),
        second: turn(i + 1).filter(|_| routers.len() > 1),
    });
    put(image, range, buckets);
}

/// Puts buckets into the pool from the first of `range` on.
fn put(image: &mut Image, range: BucketRange, buckets: impl ExactSizeIterator<Item = Bucket>) {
    let base = range.base as usize;
    if image.buckets.len() < base + buckets.len() {
        let behind = base + buckets.len();
        image.buckets.resize(behind, Bucket::default());
    }
    for (bucket, new) in image.buckets[base..].iter_mut().zip(buckets) {
        *bucket = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_sizes() {
        let sizes = [
            (0, 8),
            (1, 8),
            (2, 8),
            (3, 9),
            (5, 10),
            (512, 16),
            (513, 16),
            (1024, 16),
        ];
        for (members, log2) in sizes {
            assert_eq!(table_log2(members), log2, "{members} members");
        }
    }

    #[test]
    fn ranges_are_aligned_and_apart() {
        let mut pool = Allocator::new(10);
        let a = pool.allot(8).unwrap();
        let b = pool.allot(4).unwrap();
        let c = pool.allot(9).unwrap();
        assert_eq!((a.base, b.base, c.base), (0, 256, 512));
        // The room between b and c.
        assert_eq!(pool.allot(4).unwrap().base, 272);
        assert_eq!(pool.allot(7).unwrap().base, 384);
        assert_eq!(pool.allot(8), Err(PoolFull { log2: 8 }));
        pool.release(a);
        assert_eq!(pool.allot(8).unwrap(), a);
        assert_eq!(pool.allot(11), Err(PoolFull { log2: 11 }));
    }

    #[test]
    fn reserved_ranges_are_kept() {
        let mut pool = Allocator::new(10);
        pool.reserve(BucketRange { base: 256, log2: 8 }).unwrap();
        assert!(pool.reserve(BucketRange { base: 256, log2: 4 }).is_err());
        assert!(pool.reserve(BucketRange { base: 0, log2: 9 }).is_err());
        assert!(
            pool.reserve(BucketRange { base: 300, log2: 4 }).is_err(),
            "not aligned"
        );
        assert_eq!(pool.allot(8).unwrap().base, 0);
        assert_eq!(pool.allot(8).unwrap().base, 512);
    }

    #[test]
    fn fill_names_members_in_their_range_only() {
        let share = |member, name: &str, weight| Share {
            member,
            name: name.into(),
            weight,
            port: (member % 8) as u8,
        };
        let mut shares = [
            share(3, "s210", 1),
            share(9, "s220", 3),
            share(1024, "r260", 0),
        ];
        let mut image = Image::default();
        fill(&mut image, BucketRange { base: 256, log2: 8 }, &shares).unwrap();
        assert_eq!(image.buckets.len(), 512);
        assert_eq!(image.buckets[..256], [Bucket::default(); 256]);
        let count = |member| {
            image
                .buckets
                .iter()
                .filter(|b| b.first == Some(member))
                .count()
        };
        assert_eq!((count(3), count(9), count(1024)), (64, 192, 0));
        let other = |b: &Bucket| b.second == if b.first == Some(3) { Some(9) } else { Some(3) };
        assert!(image.buckets[256..].iter().all(other));
        shares.reverse();
        let mut again = Image::default();
        fill(&mut again, BucketRange { base: 256, log2: 8 }, &shares).unwrap();
        assert_eq!(again.buckets, image.buckets);
    }

    #[test]
    fn assignment_sizes() {
        let sizes = [(0, 0), (1, 0), (2, 1), (3, 2), (5, 3), (8, 3), (1024, 10)];
        for (servers, log2) in sizes {
            assert_eq!(assignment_log2(servers), log2, "{servers} servers");
        }
    }

    #[test]
    fn routers_are_assigned_in_turn() {
        let range = BucketRange { base: 4, log2: 2 };
        let assigned = |routers: &[u16]| {
            let mut image = Image::default();
            fill_assignment(&mut image, range, routers);
            assert_eq!(image.buckets[..4], [Bucket::default(); 4]);
            let buckets = image.buckets[4..].iter();
            buckets.map(|b| (b.first, b.second)).collect::<Vec<_>>()
        };
        let both = |first, second| (Some(first), Some(second));
        assert_eq!(
            assigned(&[1024, 1030, 1026]),
            [
                both(1024, 1030),
                both(1030, 1026),
                both(1026, 1024),
                both(1024, 1030)
            ]
        );
        assert_eq!(assigned(&[1024]), [(Some(1024), None); 4]);
        assert_eq!(assigned(&[]), [(None, None); 4]);
    }
}
