//! Rise and fall: what the results of probes make of a check.

use crate::check::Check;
use crate::target::{CheckReport, Result};

/// How a check of a target stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckState {
    pub result: Result,
    /// Results of one kind in a row, passed positive, failed negative.
    pub streak: i64,
    passed: u64,
    failed: u64,
    last_us: u64,
    pub message: String,
}

impl CheckState {
    /// A check that has found nothing yet and starts from `result`.
    pub fn starting_from(result: Result) -> Self {
        Self {
            result,
            ..Self::default()
        }
    }

    /// Takes a probe's result into account.
    pub fn record(&mut self, check: &Check, passed: bool, took_us: u64, message: String) {
        self.last_us = took_us;
        self.message = message;
        if passed {
            self.passed += 1;
            self.streak = self.streak.max(0).saturating_add(1);
            if self.streak >= i64::from(check.rise) {
                self.result = Result::Up;
            }
        } else {
            self.failed += 1;
            self.streak = self.streak.min(0).saturating_sub(1);
            if self.streak <= -i64::from(check.fall) {
                self.result = Result::Down;
            }
        }
    }

    /// Something other than a probe says what it is.
    pub fn force(&mut self, result: Result, message: &str) {
        self.result = result;
        self.streak = 0;
        message.clone_into(&mut self.message);
    }

    /// The last results speak against the state, or there is none yet: probes come faster.
    pub fn changing(&self) -> bool {
        match self.result {
            Result::Unknown => true,
            Result::Up => self.streak < 0,
            Result::Down => self.streak > 0,
        }
    }

    /// For users.
    pub fn report(&self, check: &Check) -> CheckReport {
        CheckReport {
            kind: check.kind.name(),
            result: self.result,
            streak: self.streak,
            passed: self.passed,
            failed: self.failed,
            last_us: self.last_us,
            message: self.message.clone(),
        }
    }
}
