//! What the card announces of its own, and when: simulated time must pass over it alike on every card.

use super::{RtlCard, failed};
use crate::card::{Card, CardError};
use crate::grid::Grid;
use flowswitch_verilated::{Error, VerilatedCard};

/// Clocks from one announcement to the next, at most: the pause between them and the announcer's way through its tables.
const ANNOUNCER_CLOCKS: u64 = 512;
/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;

impl RtlCard {
    fn tick(&self) -> u64 {
        self.now_ns() >> TICK_LOG2
    }

    /// Has everything leave that is to be announced, while time stands still.
    pub(super) fn announce_all(&mut self) -> Result<(), CardError> {
        self.announce(|harness| harness.pause(ANNOUNCER_CLOCKS))
    }

    /// Has clocks run until nothing is left to be announced.
    fn announce(
        &mut self,
        mut run: impl FnMut(&mut VerilatedCard) -> Result<(), Error>,
    ) -> Result<(), CardError> {
        let mut announces = self.announces;
        while announces {
            self.announced_tick = self.tick();
            let left = self.harness().departures().frames.len();
            run(self.harness_mut()).map_err(failed)?;
            announces = self.harness().departures().frames.len() != left;
        }
        Ok(())
    }

    /// Lets time pass to a slot. What ticks that were skipped make due is announced while time stands still there.
    pub(super) fn pass_to(&mut self, slot: u64) -> Result<(), CardError> {
        let now = Grid::new(self.clock_hz).slot_at(self.now_ns());
        let Some(clocks) = slot.checked_sub(now).filter(|&clocks| clocks > 0) else {
            return Ok(());
        };
        self.passing.pass(&mut self.driver, clocks)?;
        if self.tick() == self.announced_tick {
            Ok(())
        } else {
            self.announce_all()
        }
    }

    /// Has everything leave that a tick made due which ended while frames came, in its time; false if there is none.
    pub(super) fn announces_in_its_time(&mut self) -> Result<bool, CardError> {
        let due = self.announces && self.tick() != self.announced_tick;
        if due {
            self.announce(|harness| harness.run(ANNOUNCER_CLOCKS))?;
        }
        Ok(due)
    }
}
