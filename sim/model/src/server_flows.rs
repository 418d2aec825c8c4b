//! How many flows each server has: what choices by load go by.

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;

/// Clocks after which a card's loads have heard of an insertion.
const GAIN_CLOCKS: u64 = 32;
/// Clocks in which a card has removed what has expired, and its loads have heard of it.
const LOSS_CLOCKS: u64 = 1 << 20;

/// Entries that servers gained and lost.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerFlows {
    totals: HashMap<u16, (u64, u64)>,
    /// The clock and its slot of simulated time, if somebody counts them.
    clock: Option<(u64, u64)>,
    gained: Lately,
    lost: Lately,
}

impl ServerFlows {
    /// Live flows of a server.
    pub(crate) fn live(&self, server: u16) -> u64 {
        let (gained, lost) = self.totals(server);
        gained - lost
    }

    /// The least and the most live flows by which a card may go: its loads are some clocks old.
    pub(crate) fn lately(&self, server: u16) -> RangeInclusive<u64> {
        let live = self.live(server);
        live.saturating_sub(self.gained.of(server))..=live + self.lost.of(server)
    }

    /// Entries that a server ever gained and lost.
    pub(crate) fn totals(&self, server: u16) -> (u64, u64) {
        self.totals.get(&server).copied().unwrap_or_default()
    }

    /// A card's loads hear of insertions as time passes, but it removes what has expired in clocks that it runs: there are
    /// none in time that is skipped.
    pub(crate) fn set_clock(&mut self, clock: u64, slot: u64) {
        self.clock = Some((clock, slot));
        self.gained.forget(slot.saturating_sub(GAIN_CLOCKS));
        self.lost.forget(clock.saturating_sub(LOSS_CLOCKS));
    }

    pub(crate) fn gain(&mut self, server: u16) {
        self.totals.entry(server).or_default().0 += 1;
        self.gained.note(self.clock.map(|(_, slot)| slot), server);
    }

    pub(crate) fn lose(&mut self, server: u16) {
        self.totals.entry(server).or_default().1 += 1;
        self.lost.note(self.clock.map(|(clock, _)| clock), server);
    }

    /// What one server had gained was the other's.
    pub(crate) fn correct(&mut self, from: u16, to: u16) {
        self.totals.entry(from).or_default().0 -= 1;
        self.totals.entry(to).or_default().0 += 1;
    }
}

/// What happened within some clocks, by server.
#[derive(Clone, Debug, Default)]
struct Lately {
    events: VecDeque<(u64, u16)>,
    counts: HashMap<u16, u64>,
}

impl Lately {
    fn note(&mut self, clock: Option<u64>, server: u16) {
        if let Some(clock) = clock {
            self.events.push_back((clock, server));
            *self.counts.entry(server).or_default() += 1;
        }
    }

    /// Forgets what was before a clock.
    fn forget(&mut self, before: u64) {
        while let Some((_, server)) = self.events.pop_front_if(|(clock, _)| *clock < before) {
            if let Some(count) = self.counts.get_mut(&server) {
                *count -= 1;
            }
        }
    }

    fn of(&self, server: u16) -> u64 {
        self.counts.get(&server).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_may_not_be_known_and_what_is_gone_may_still_count() {
        let mut flows = ServerFlows::default();
        flows.gain(1);
        assert_eq!(flows.lately(1), 1..=1, "nobody counts clocks");
        flows.set_clock(100, 7_000);
        flows.gain(1);
        flows.gain(2);
        flows.lose(2);
        assert_eq!((flows.lately(1), flows.lately(2)), (1..=2, 0..=1));
        flows.set_clock(101, 7_000 + GAIN_CLOCKS + 1);
        assert_eq!((flows.lately(1), flows.lately(2)), (2..=2, 0..=1));
        flows.set_clock(100 + LOSS_CLOCKS + 1, 9_000);
        assert_eq!(flows.lately(2), 0..=0);
        assert_eq!((flows.live(1), flows.totals(2)), (2, (1, 1)));
    }
}
