//! How long a run goes on.

use super::ledger::Ledger;
use std::time::{Duration, Instant};

/// How much longer a run may take than it was given, on a machine that is slow or busy.
const LONGER: u32 = 10;

/// A run's time, and what must have happened in it for the run to prove anything. A slow machine gets more time for that.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    ledger: &'a Ledger,
    required: Vec<(String, u64)>,
    until: Instant,
    limit: Instant,
}

impl<'a> Span<'a> {
    /// A run from now on, by this book; `required` is what has to happen, and how often.
    pub fn new(ledger: &'a Ledger, time: Duration, required: Vec<(String, u64)>) -> Self {
        let now = Instant::now();
        Self {
            ledger,
            required,
            until: now + time,
            limit: now + time * LONGER,
        }
    }

    /// Whether the run goes on: in its time, and longer while there is something left that has to happen and nothing is
    /// wrong.
    pub fn goes_on(&self) -> bool {
        self.goes_on_at(Instant::now())
    }

    fn goes_on_at(&self, now: Instant) -> bool {
        let happened = |(what, least): &(String, u64)| self.ledger.times(what) >= *least;
        let waits = || self.ledger.is_clean() && !self.required.iter().all(happened);
        now < self.until || now < self.limit && waits()
    }

    /// It is a fault if something did not happen.
    pub fn judge(&self) {
        for (what, least) in &self.required {
            self.ledger.require(what, *least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;
    use crate::live::ledger::Ledger;
    use std::time::Duration;

    #[test]
    fn a_run_waits_for_what_has_to_happen_but_not_without_end() {
        let ledger = Ledger::default();
        let second = Duration::from_secs(1);
        let span = Span::new(&ledger, second, vec![("ping".to_owned(), 2)]);
        let over = span.until;
        assert!(span.goes_on_at(over - second / 2));
        ledger.count("ping", 1);
        assert!(span.goes_on_at(over));
        assert!(!span.goes_on_at(span.limit));
        ledger.count("ping", 1);
        assert!(!span.goes_on_at(over));
        assert!(span.goes_on_at(over - second / 2));
        span.judge();
        assert!(ledger.is_clean());
    }

    #[test]
    fn a_run_with_a_fault_is_over_in_time() {
        let ledger = Ledger::default();
        let span = Span::new(
            &ledger,
            Duration::from_secs(1),
            vec![("ping".to_owned(), 1)],
        );
        ledger.fault("lost");
        assert!(!span.goes_on_at(span.until));
    }
}
