//! Lets simulated time pass over an idle card without its clocks.

use super::device::SimDevice;
use crate::card::CardError;
use flowswitch_driver::Card;
use flowswitch_verilated::VerilatedCard;

/// Time skipped at once at most, in ns: the forwarding database's ages count 2^16 ticks of 2^30 ns, and an entry must
/// be seen expired before its age wraps.
const LEARNED_NS: u64 = 1 << 44;
/// Clocks in which the card looks at every learned entry's age.
const LEARNED_CLOCKS: u64 = 5_000;
/// The same for flows, if there are any: their stamps have 13 bits and may lie half of these ahead.
const FLOWS_NS: u64 = 1 << 41;
/// Clocks in which the card looks at every flow's age, 16 for a row.
const FLOWS_CLOCKS: u64 = 65_536;
/// Clocks in which the card takes note of the time.
const NOTICE_CLOCKS: u64 = 32;

/// What was skipped since the last sweep over some ages.
#[derive(Default)]
struct Skipped {
    clocks: u64,
    /// Clock of the last skip.
    at: u64,
}

impl Skipped {
    /// Clocks that may be skipped before a sweep of `sweep` clocks, which may have run by themselves.
    fn left(&mut self, now: u64, most: u64, sweep: u64) -> u64 {
        if now - self.at >= sweep {
            self.clocks = 0;
        }
        most.saturating_sub(self.clocks)
    }

    fn skip(&mut self, now: u64, clocks: u64) {
        self.clocks += clocks;
        self.at = now;
    }
}

/// What was skipped since the ages were looked at.
#[derive(Default)]
pub(super) struct TimePassing {
    learned: Skipped,
    flows: Skipped,
}

impl TimePassing {
    /// Lets the time of that many clocks pass, and the card take note of it.
    pub(super) fn pass(
        &mut self,
        card: &mut Card<SimDevice>,
        clocks: u64,
    ) -> Result<(), CardError> {
        self.skip(card, clocks)?;
        pause(card, NOTICE_CLOCKS)
    }

    /// The same for a card whose clock goes on: it takes note by itself.
    pub(super) fn skip(
        &mut self,
        card: &mut Card<SimDevice>,
        mut clocks: u64,
    ) -> Result<(), CardError> {
        let most_learned = harness(card).clocks_for_ns(LEARNED_NS);
        let most_flows = harness(card).clocks_for_ns(FLOWS_NS);
        // Nothing enters meanwhile: once there are no flows, there are none.
        let mut empty = false;
        while clocks > 0 {
            let now = harness(card).clock();
            let learned = self.learned.left(now, most_learned, LEARNED_CLOCKS);
            let flows = self.flows.left(now, most_flows, FLOWS_CLOCKS);
            // As much at once as can be: for the announcer each step is a tick.
            let most = if empty {
                most_learned
            } else {
                most_learned.min(most_flows)
            };
            let step = clocks.min(most);
            if flows < step && !empty {
                empty |= card.flow_counters()?.live() == 0;
                if !empty {
                    pause(card, FLOWS_CLOCKS)?;
                }
                self.flows = Skipped::default();
            } else if learned < step {
                pause(card, LEARNED_CLOCKS)?;
                self.learned = Skipped::default();
            } else {
                card.device_mut().harness_mut().skip_time(step);
                let now = harness(card).clock();
                self.learned.skip(now, step);
                // Who comes later is as young as the card sees it.
                if !empty {
                    self.flows.skip(now, step);
                }
                clocks -= step;
            }
        }
        Ok(())
    }
}

fn harness(card: &Card<SimDevice>) -> &VerilatedCard {
    card.device().harness()
}

fn pause(card: &mut Card<SimDevice>, clocks: u64) -> Result<(), CardError> {
    let harness = card.device_mut().harness_mut();
    harness.pause(clocks).map_err(super::failed)
}
