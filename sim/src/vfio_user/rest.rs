//! How an idle card is kept in time without its clocks.
//!
//! Nothing in the card moves by itself, but a few things wait for time: announcements and ages for a tick of its slow time,
//! received frames for the interrupt that tells of several, limits of frames to the host for their next gain. The clock runs
//! for each tick, and at some times after work; else the card sleeps until something comes from outside.

use crate::card::next_tick;
use std::time::Duration;

/// Times after work at which the clock runs, each twice as far away as the one before: an interrupt is held back for less than
/// 2^24 ns.
const FIRST_NS: u64 = 1 << 20;
const LAST_NS: u64 = 1 << 24;

/// When an idle card is to be woken; times are the card's, in ns.
#[derive(Debug)]
pub(super) struct Rest {
    /// Since when it is idle.
    since_ns: u64,
    /// How long after that it is woken next, ticks aside; 0 if it is not any more.
    after_ns: u64,
}

impl Rest {
    /// An idle card that has just worked.
    pub fn new(now_ns: u64) -> Self {
        Self {
            since_ns: now_ns,
            after_ns: FIRST_NS,
        }
    }

    /// When it is to be woken, if its time stands at `card_ns`.
    pub fn wakes_ns(&self, card_ns: u64) -> u64 {
        let tick = next_tick(card_ns);
        match self.after_ns {
            0 => tick,
            after => tick.min(self.since_ns.saturating_add(after)),
        }
    }

    /// It was woken.
    pub fn woken(&mut self, now_ns: u64) {
        while self.after_ns != 0 && self.since_ns.saturating_add(self.after_ns) <= now_ns {
            self.after_ns = match self.after_ns {
                LAST_NS => 0,
                after => after * 2,
            };
        }
    }

    /// How long it may sleep from now on.
    pub fn sleeps(&self, card_ns: u64, now_ns: u64) -> Duration {
        Duration::from_nanos(self.wakes_ns(card_ns).saturating_sub(now_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_NS, LAST_NS, Rest};
    use crate::card::TICK_NS;

    /// When a card that is idle from `from_ns` on is woken in the next `for_ns`.
    fn woken(from_ns: u64, for_ns: u64) -> Vec<u64> {
        let mut rest = Rest::new(from_ns);
        let mut at = from_ns;
        let mut times = Vec::new();
        loop {
            at += u64::try_from(rest.sleeps(at, at).as_nanos()).expect("not so long");
            if at >= from_ns + for_ns {
                return times;
            }
            rest.woken(at);
            times.push(at);
        }
    }

    #[test]
    fn an_idle_card_is_woken_by_each_tick_and_a_few_times_after_work() {
        let from = 5 * TICK_NS + 1_000;
        let after = [0, 1, 2, 3, 4].map(|times| from + (FIRST_NS << times));
        assert_eq!(after[4], from + LAST_NS);
        let ticks = [6, 7, 8].map(|tick| tick * TICK_NS);
        let wanted = [&after[..], &ticks].concat();
        assert_eq!(woken(from, 3 * TICK_NS), wanted);
    }

    #[test]
    fn a_card_that_was_busy_for_long_is_woken_at_once() {
        let mut rest = Rest::new(0);
        let late = 10 * TICK_NS;
        assert!(rest.sleeps(1, late).is_zero());
        rest.woken(late);
        assert_eq!(rest.wakes_ns(late), late + TICK_NS);
    }
}
