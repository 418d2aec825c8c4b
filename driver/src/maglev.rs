//! Maglev hashing: bucket tables that spread flows by weight and change little when a member comes or goes.
//!
//! D. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4. Each
//! member walks the buckets in an order of its own, a [`Permutation`]; in turn each takes the next bucket that is
//! still free. Differences from the paper:
//! - The size of a table is a power of two, not a prime, so that the card finds a bucket by masking; skips are odd,
//!   so that every walk still passes every bucket.
//! - Turns are proportional to weight (the paper's section 3.4 leaves the way open): a member of weight `w` takes
//!   `w` turns while one of the greatest weight `g` takes `g`.
//! - Each bucket gets a second member: the next one whose walk passes it. It is the one that would have taken
//!   the bucket had the first not been there, up to the few that move for other reasons.
//!
//! With `n` members and `m` buckets a population takes about `m ln m` steps.

use std::collections::HashSet;

use xxhash_rust::xxh64::xxh64;

/// The order in which a member walks the buckets: `offset`, `offset + skip`, `offset + 2 skip` and so on,
/// modulo the table's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutation {
    /// First bucket, less than the table's size.
    pub offset: u32,
    /// Distance to the next, without a common divisor with the table's size.
    pub skip: u32,
}

impl Permutation {
    /// The walk of the member called `name` over `1 << log2` buckets (`log2` at most 31): offset and skip are the
    /// low and the high half of the name's XXH64 with seed 0, cut to the size, the skip made odd.
    pub fn of(name: &str, log2: u8) -> Self {
        let hash = xxh64(name.as_bytes(), 0);
        let mask = (1u64 << log2.min(31)) - 1;
        Self {
            offset: (hash & mask) as u32,
            skip: (hash >> 32 & mask) as u32 | 1,
        }
    }
}

/// A member among those that share a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its walk.
    pub permutation: Permutation,
    /// Its share of the buckets, against the others'; with 0 it gets none.
    pub weight: u8,
    /// Its port: a bucket's second member is on another than the first where any member is.
    pub port: u8,
}

/// The members of a bucket, by their place in the list of candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Owner of the bucket; none only if no candidate has a weight.
    pub first: Option<usize>,
    /// The one that takes over; none only if no other candidate has a weight.
    pub second: Option<usize>,
}

/// Why a table cannot be populated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaglevError {
    /// A walk that does not pass every bucket.
    #[error("candidate {candidate} does not walk all of {size} buckets")]
    NotAPermutation {
        /// Place of the candidate in the list.
        candidate: usize,
        /// Size of the table.
        size: u32,
    },
    /// More candidates than a table can name.
    #[error("{0} candidates for one table")]
    TooMany(usize),
}

/// No member: fewer than this many candidates are allowed.
const NONE: u16 = u16::MAX;

/// Shares `size` buckets among the candidates. The order of the list matters little, but it does: who comes first
/// has the first turn.
///
/// # Errors
/// See [`MaglevError`].
pub fn populate(size: u32, candidates: &[Candidate]) -> Result<Vec<Choice>, MaglevError> {
    if candidates.len() >= usize::from(NONE) {
        return Err(MaglevError::TooMany(candidates.len()));
    }
    for (candidate, Candidate { permutation, .. }) in candidates.iter().enumerate() {
        if permutation.offset >= size || gcd(permutation.skip, size) != 1 {
            return Err(MaglevError::NotAPermutation { candidate, size });
        }
    }
    let mut population = Population::new(size, candidates);
    population.choose_first();
    population.choose_second();
    let choice = |member: u16| (member != NONE).then_some(usize::from(member));
    let slots = population.slots.into_iter();
    Ok(slots
        .map(|s| Choice {
            first: choice(s.first),
            second: choice(s.second),
        })
        .collect())
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[derive(Clone, Copy)]
struct Slot {
    first: u16,
    second: u16,
}

/// A member on its walk.
struct Walker {
    member: u16,
    port: u8,
    weight: u32,
    /// Turns it has earned, in units of the greatest weight.
    credit: u32,
    /// Next bucket.
    bucket: u32,
    skip: u32,
    /// Buckets it has not yet passed.
    ahead: u32,
}

struct Population {
    size: u32,
    slots: Vec<Slot>,
    walkers: Vec<Walker>,
    greatest_weight: u32,
    /// The members are on more than one port.
    spread: bool,
    /// Port of every candidate.
    ports: Vec<u8>,
    /// Buckets whose second is still open, by the first's port; those without a first are not counted.
    open: [u32; 256],
    open_total: u32,
}

impl Population {
    fn new(size: u32, candidates: &[Candidate]) -> Self {
        let greatest_weight = candidates
            .iter()
            .map(|c| u32::from(c.weight))
            .max()
            .unwrap_or(1);
        let weighted = (0u16..)
            .zip(candidates)
            .filter(|(_, candidate)| candidate.weight > 0);
        let walkers: Vec<Walker> = weighted
            .map(|(member, candidate)| Walker {
                member,
                port: candidate.port,
                weight: u32::from(candidate.weight),
                // Half a turn ahead: turns are rounded, not cut.
                credit: greatest_weight / 2,
                bucket: candidate.permutation.offset,
                skip: candidate.permutation.skip % size,
                ahead: size,
            })
            .collect();
        let ports: HashSet<u8> = walkers.iter().map(|walker| walker.port).collect();
        Self {
            size,
            slots: vec![
                Slot {
                    first: NONE,
                    second: NONE
                };
                size as usize
            ],
            greatest_weight,
            walkers,
            spread: ports.len() > 1,
            ports: candidates.iter().map(|candidate| candidate.port).collect(),
            open: [0; 256],
            open_total: 0,
        }
    }

    /// Gives every bucket its first member, and a second to those that a later walker passes.
    fn choose_first(&mut self) {
        let mut free = if self.walkers.is_empty() {
            0
        } else {
            self.size
        };
        while free > 0 {
            for walker in 0..self.walkers.len() {
                if free > 0 && self.has_turn(walker) {
                    while !self.step(walker, true) {}
                    free -= 1;
                }
            }
        }
    }

    /// Goes on with the walks until every bucket has a second member.
    fn choose_second(&mut self) {
        if self.walkers.len() < 2 {
            return;
        }
        while self.open_total > 0 {
            for walker in 0..self.walkers.len() {
                if self.has_turn(walker) && self.can_claim(walker) {
                    while self.walkers[walker].ahead > 0 && !self.step(walker, false) {}
                }
            }
            // Who finds nothing now never will.
            let (spread, open, total) = (self.spread, &self.open, self.open_total);
            self.walkers.retain(|w| {
                w.ahead > 0 && total > if spread { open[usize::from(w.port)] } else { 0 }
            });
        }
    }

    fn has_turn(&mut self, walker: usize) -> bool {
        let walker = &mut self.walkers[walker];
        walker.credit += walker.weight;
        let turn = walker.credit >= self.greatest_weight;
        if turn {
            walker.credit -= self.greatest_weight;
        }
        turn
    }

    fn can_claim(&self, walker: usize) -> bool {
        let same_port = self.open[usize::from(self.walkers[walker].port)];
        self.open_total > if self.spread { same_port } else { 0 }
    }

    /// One step of a walk. In the first walk a step that takes a free bucket ends the turn, in the second one
    /// that becomes a bucket's second.
    fn step(&mut self, walker: usize, first_walk: bool) -> bool {
        let walker = &mut self.walkers[walker];
        let slot = &mut self.slots[walker.bucket as usize];
        walker.ahead -= 1;
        walker.bucket += walker.skip;
        if walker.bucket >= self.size {
            walker.bucket -= self.size;
        }
        if slot.first == NONE {
            slot.first = walker.member;
            self.open[usize::from(walker.port)] += 1;
            self.open_total += 1;
            return first_walk;
        }
        let port = self.ports[usize::from(slot.first)];
        let claims = slot.second == NONE
            && slot.first != walker.member
            && (!self.spread || port != walker.port);
        if claims {
            slot.second = walker.member;
            self.open[usize::from(port)] -= 1;
            self.open_total -= 1;
        }
        claims && !first_walk
    }
}

#[cfg(test)]
mod tests;
