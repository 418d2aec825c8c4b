//! Lets simulated time pass over an idle card without its clocks.

use flowswitch_verilated::{Error, VerilatedCard};

/// Time skipped at once at most, in ns: the forwarding database's ages count 2^16 ticks of 2^30 ns, and an entry must
/// be seen expired before its age wraps.
const SKIP_NS: u64 = 1 << 44;
/// Clocks in which the card looks at every entry's age.
const SWEEP_CLOCKS: u64 = 5_000;
/// Clocks in which the card takes note of the time.
const NOTICE_CLOCKS: u64 = 32;

/// What was skipped since the last sweep over the ages.
#[derive(Default)]
pub(super) struct TimePassing {
    skipped: u64,
    last_skip: u64,
}

impl TimePassing {
    /// Passes to the first clock whose time is not below `ns`.
    pub(super) fn until(&mut self, harness: &mut VerilatedCard, ns: u64) -> Result<(), Error> {
        let Some(left) = ns.checked_sub(harness.now_ns()) else {
            return Ok(());
        };
        self.skip(harness, harness.clocks_for_ns(left))?;
        while harness.now_ns() < ns {
            self.skip(harness, 1)?;
        }
        harness.pause(NOTICE_CLOCKS)
    }

    /// Passes to the last clock whose time is surely below `ns`, so that a frame due then enters in its clock.
    pub(super) fn until_before(
        &mut self,
        harness: &mut VerilatedCard,
        ns: u64,
    ) -> Result<(), Error> {
        let left = ns.saturating_sub(harness.now_ns());
        self.skip(harness, harness.clocks_for_ns(left).saturating_sub(1))?;
        harness.pause(NOTICE_CLOCKS)
    }

    fn skip(&mut self, harness: &mut VerilatedCard, mut clocks: u64) -> Result<(), Error> {
        let most = harness.clocks_for_ns(SKIP_NS);
        if harness.clock() - self.last_skip >= SWEEP_CLOCKS {
            self.skipped = 0;
        }
        while clocks > 0 {
            if self.skipped == most {
                harness.pause(SWEEP_CLOCKS)?;
                self.skipped = 0;
            }
            let step = clocks.min(most - self.skipped);
            harness.skip_time(step);
            self.skipped += step;
            clocks -= step;
        }
        self.last_skip = harness.clock();
        Ok(())
    }
}
