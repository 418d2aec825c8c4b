//! What the card announces of its own, and when: simulated time must pass over it alike on every card.

use super::{RtlCard, failed};
use crate::card::{Card, CardError, TICK_NS};
use crate::grid::Grid;
use flowswitch_verilated::{Error, VerilatedCard};

/// Clocks from one announcement to the next, at most: the pause between them and the announcer's way through its tables.
const ANNOUNCER_CLOCKS: u64 = 512;

impl RtlCard {
    fn tick(&self) -> u64 {
        self.now_ns() / TICK_NS
    }

    /// Has everything leave that is to be announced, while time stands still.
    pub(super) fn announce_all(&mut self) -> Result<(), CardError> {
        while self.announces && !self.announce(VerilatedCard::pause)? {}
        Ok(())
    }

    /// Has clocks run in which the next announcement leaves, if there is one; true if nothing left, so that there is none.
    fn announce(
        &mut self,
        run: fn(&mut VerilatedCard, u64) -> Result<(), Error>,
    ) -> Result<bool, CardError> {
        let tick = self.tick();
        let left = self.harness().departures().frames.len();
        run(self.harness_mut(), ANNOUNCER_CLOCKS).map_err(failed)?;
        let none = self.harness().departures().frames.len() == left;
        if none {
            self.announced_tick = tick;
        }
        Ok(none)
    }

    /// Lets time pass to a slot. What ticks that were skipped make due is announced while time stands still there.
    pub(super) fn pass_to(&mut self, slot: u64) -> Result<(), CardError> {
        let clocks = self.clocks_to(slot);
        if clocks == 0 {
            return Ok(());
        }
        self.passing.pass(&mut self.driver, clocks)?;
        if self.tick() == self.announced_tick {
            Ok(())
        } else {
            self.announce_all()
        }
    }

    /// Clocks from now to a slot of simulated time; 0 if that is past.
    pub(super) fn clocks_to(&self, slot: u64) -> u64 {
        let now = Grid::new(self.clock_hz).slot_at(self.now_ns());
        slot.saturating_sub(now)
    }

    /// Has the next of what a tick made due leave in its time which ended while frames came; false if all has. The caller
    /// feeds the card between two.
    pub(super) fn announces_in_its_time(&mut self) -> Result<bool, CardError> {
        let due = self.announces && self.tick() != self.announced_tick;
        if due {
            self.announce(VerilatedCard::run)?;
        }
        Ok(due)
    }
}
