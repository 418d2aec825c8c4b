//! What a run saw: faults, and how often what it was to try has happened.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The book of a run, written to by all its threads.
#[derive(Debug)]
pub struct Ledger {
    started: Instant,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    /// When first seen, in seconds, and how often.
    faults: BTreeMap<String, (f64, u64)>,
    counts: BTreeMap<String, u64>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            pages: Mutex::default(),
        }
    }
}

impl Ledger {
    /// Seconds since the run began.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Something that must not be.
    pub fn fault(&self, what: impl Into<String>) {
        let seconds = self.seconds();
        let what = what.into();
        let mut pages = self.pages();
        let times = pages.faults.entry(what.clone()).or_insert((seconds, 0));
        times.1 += 1;
        if times.1 == 1 {
            eprintln!("FAULT: {seconds:.1} s: {what}");
        }
    }

    /// Something that was seen or done.
    pub fn count(&self, what: impl Into<String>, times: u64) {
        *self.pages().counts.entry(what.into()).or_default() += times;
    }

    /// How often something was seen or done.
    pub fn times(&self, what: &str) -> u64 {
        self.pages().counts.get(what).copied().unwrap_or_default()
    }

    /// It is a fault if this was not seen or done at least so often: what was not tried proves nothing.
    pub fn require(&self, what: &str, least: u64) {
        let times = self.times(what);
        if times < least {
            self.fault(format!("{what}: {times} times, at least {least} wanted"));
        }
    }

    /// All faults.
    pub fn faults(&self) -> Vec<String> {
        self.pages().faults.keys().cloned().collect()
    }

    /// Whether there was no fault.
    pub fn is_clean(&self) -> bool {
        self.pages().faults.is_empty()
    }

    /// A thread that panicked between two entries has left no half of one.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages = self.pages();
        for (what, times) in &pages.counts {
            writeln!(f, "{times:>8}  {what}")?;
        }
        for (what, (seconds, times)) in &pages.faults {
            writeln!(
                f,
                "   FAULT  {what} (first after {seconds:.1} s, {times} times)"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;

    #[test]
    fn what_was_not_done_often_enough_is_a_fault() {
        let ledger = Ledger::default();
        ledger.count("ping", 2);
        ledger.require("ping", 2);
        assert!(ledger.is_clean());
        ledger.require("ping", 3);
        assert!(!ledger.is_clean());
    }
}
