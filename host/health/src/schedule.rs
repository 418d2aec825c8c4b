//! What is due when.

use std::collections::BTreeSet;

use crate::target::TargetId;

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A probe of this check of the target begins.
    Check(TargetId, usize),
    /// A running probe has something to do, or its time is over.
    Probe(u64),
    /// The weight of a target in slow start grows.
    SlowStart(TargetId),
}

/// Something planned; with it the plan can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Planned {
    /// When, by the prober's clock in ns.
    pub at: u64,
    number: u64,
    pub due: Due,
}

/// Plans in the order of their times; those of one time in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    plans: BTreeSet<Planned>,
    made: u64,
}

impl Schedule {
    /// Plans something.
    pub fn plan(&mut self, at: u64, due: Due) -> Planned {
        self.made += 1;
        let planned = Planned {
            at,
            number: self.made,
            due,
        };
        self.plans.insert(planned);
        planned
    }

    /// Takes a plan back; one that has been carried out already is no error.
    pub fn cancel(&mut self, planned: Option<Planned>) {
        if let Some(planned) = planned {
            self.plans.remove(&planned);
        }
    }

    /// The next that is due at `now`.
    pub fn pop(&mut self, now: u64) -> Option<Planned> {
        (self.next()? <= now).then(|| self.plans.pop_first())?
    }

    /// When the next is due.
    pub fn next(&self) -> Option<u64> {
        self.plans.first().map(|planned| planned.at)
    }
}
