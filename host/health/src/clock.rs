//! Time as probes feel it.

/// So much later than promised the caller may come before its delay stops counting, in ns.
const PATIENCE_NS: u64 = 100_000_000;

/// Follows the caller's clock, but never goes back and stands still while the caller does not come: a daemon that was
/// stopped for a minute, or a clock that jumped, says nothing about the servers.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    now: u64,
    /// The caller's clock when it came last.
    caller: u64,
    /// When it was to come again, by its clock.
    promised: u64,
    /// Time left out since this was last asked.
    skipped: u64,
}

impl Clock {
    /// Time now, for the caller's.
    pub fn advance(&mut self, caller: u64) -> u64 {
        if let Some(elapsed) = caller.checked_sub(self.caller) {
            let allowed = self
                .promised
                .saturating_sub(self.caller)
                .saturating_add(PATIENCE_NS);
            self.skipped = self.skipped.saturating_add(elapsed.saturating_sub(allowed));
            self.now = self.now.saturating_add(elapsed.min(allowed));
        } else {
            self.promised = caller;
        }
        self.caller = caller;
        self.now
    }

    /// Time now.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The caller's clock when it came last.
    pub fn caller(&self) -> u64 {
        self.caller
    }

    /// Promises that something is due at a time of this clock; gives it by the caller's clock.
    pub fn promise(&mut self, due: u64) -> u64 {
        self.promised = self.caller.saturating_add(due.saturating_sub(self.now));
        self.promised
    }

    /// Time left out since this was last asked, in ns.
    pub fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_pace_with_a_caller_that_comes_as_promised() {
        let mut clock = Clock::default();
        let start = clock.advance(5_000_000_000_000);
        assert_eq!(
            clock.promise(start + 86_400_000_000_000),
            91_400_000_000_000
        );
        assert_eq!(clock.advance(5_000_000_000_007), start + 7);
        assert_eq!(
            clock.advance(91_400_000_000_000 + PATIENCE_NS),
            start + 86_400_000_000_000 + PATIENCE_NS
        );
    }

    #[test]
    fn a_pause_and_a_jump_back_do_not_count() {
        let mut clock = Clock::default();
        let start = clock.advance(1_000_000_000);
        clock.take_skipped();
        clock.promise(start + 1_000);
        let after = clock.advance(61_000_000_000);
        assert_eq!(after, start + 1_000 + PATIENCE_NS);
        assert_eq!(clock.take_skipped(), 60_000_000_000 - 1_000 - PATIENCE_NS);
        assert_eq!(clock.advance(17), after);
        assert_eq!(clock.advance(18), after + 1);
    }
}
