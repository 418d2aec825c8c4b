//! The engine: what is due, what has come, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Clock;
use crate::schedule::{Due, Schedule};
use crate::statistics::ProberStatistics;
use crate::target::{Change, Report, Station, Target, TargetId};
use crate::tracked::{Tracked, TrackedCheck};

/// So long the caller may rest when nothing is due, in ns.
const LONGEST_REST_NS: u64 = 1_000_000_000;

/// Checks targets: the engine, without input, output and threads (programs excepted).
///
/// Times are in ns of a clock of the caller's that should not go back; one that does, or a caller that does not come in
/// time, changes no state. The order within a turn: give all frames that came to [`receive`](Self::receive), then
/// [`poll`](Self::poll), which also sends the answers to them, then [`take_changes`](Self::take_changes).
pub struct Prober {
    station: Station,
    clock: Clock,
    schedule: Schedule,
    targets: BTreeMap<TargetId, Tracked>,
    /// Ports whose link is down.
    down: BTreeSet<u8>,
    changes: Vec<Change>,
    statistics: ProberStatistics,
}

impl Prober {
    /// A prober without targets. `seed` makes its random numbers: another one at each start.
    pub fn new(station: Station, seed: u64) -> Self {
        let _ = seed;
        Self {
            station,
            clock: Clock::default(),
            schedule: Schedule::default(),
            targets: BTreeMap::new(),
            down: BTreeSet::new(),
            changes: Vec::new(),
            statistics: ProberStatistics::default(),
        }
    }

    /// Gives it another address or MAC. Probes under way are given up and begun anew.
    pub fn set_station(&mut self, station: Station) {
        self.station = station;
    }

    /// Replaces all targets. One whose setup is the same keeps its state and its running probes; one with the same number and
    /// other checks keeps its result and since when, until the new checks say otherwise; of two with one number the last counts.
    pub fn configure(&mut self, targets: Vec<Target>, now_ns: u64) {
        self.clock.advance(now_ns);
        let mut former = std::mem::take(&mut self.targets);
        for target in targets {
            let id = target.id;
            let tracked = match former.remove(&id).or_else(|| self.targets.remove(&id)) {
                Some(tracked) => {
                    let (tracked, left) = tracked.adopt(target);
                    self.give_up(left);
                    tracked
                }
                None => Tracked::new(target, now_ns),
            };
            self.targets.insert(id, tracked);
            self.follow_link(id);
        }
        for tracked in former.into_values() {
            self.schedule.cancel(tracked.growth);
            self.give_up(tracked.checks);
        }
    }

    /// Takes a frame that came by the host ring from this network port, with its tag if it has one. True if it was the
    /// answer of a probe or otherwise for the station; what is to be answered leaves with the next [`poll`](Self::poll).
    pub fn receive(&mut self, now_ns: u64, _port: u8, _frame: &[u8]) -> bool {
        self.clock.advance(now_ns);
        false
    }

    /// Does what is due. `send` puts a frame for a network port into the host ring; false: the ring is full, and the frame
    /// is tried again soon. Gives the time in ns at which this must be called again at the latest.
    pub fn poll(&mut self, now_ns: u64, _send: &mut dyn FnMut(u8, &[u8]) -> bool) -> u64 {
        let now = self.clock.advance(now_ns);
        while let Some(planned) = self.schedule.pop(now) {
            match planned.due {
                Due::SlowStart(id) => {
                    if let Some(tracked) = self.targets.get_mut(&id) {
                        self.changes.extend(tracked.grow(now));
                    }
                    self.plan_growth(id);
                }
                Due::Check(..) | Due::Probe(_) => {}
            }
        }
        let rest = now.saturating_add(LONGEST_REST_NS);
        self.clock
            .promise(self.schedule.next().map_or(rest, |at| at.min(rest)))
    }

    /// The link of a network port is up or down, which is also what it counts as until this is called: up. Down: targets on it
    /// are down at once. Up: they are probed at once, and up when their checks have passed often enough; those without at once.
    pub fn link(&mut self, port: u8, up: bool, now_ns: u64) {
        self.clock.advance(now_ns);
        let changed = if up {
            self.down.remove(&port)
        } else {
            self.down.insert(port)
        };
        if changed {
            let on_it: Vec<_> = self
                .targets
                .values()
                .filter(|tracked| tracked.target.port == port)
                .map(|tracked| tracked.target.id)
                .collect();
            for id in on_it {
                self.follow_link(id);
            }
        }
    }

    /// What has changed since this was last called, in the order in which it did.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// How a target stands; none if there is no such target.
    pub fn report(&self, id: TargetId, _now_ns: u64) -> Option<Report> {
        Some(self.targets.get(&id)?.report())
    }

    /// What has been counted.
    pub fn statistics(&self) -> ProberStatistics {
        self.statistics.clone()
    }

    /// Sets a target's checks to what its link is.
    fn follow_link(&mut self, id: TargetId) {
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        if self.down.contains(&tracked.target.port) {
            tracked.link_down();
        } else {
            tracked.link_up();
        }
        self.settle(id);
    }

    /// Draws the conclusion for a target.
    fn settle(&mut self, id: TargetId) {
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        let up = !self.down.contains(&tracked.target.port);
        self.changes
            .extend(tracked.settle(up, self.clock.now(), self.clock.caller()));
        self.plan_growth(id);
    }

    /// Plans the next step of its slow start.
    fn plan_growth(&mut self, id: TargetId) {
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        self.schedule.cancel(tracked.growth.take());
        if let Some(at) = tracked.next_growth() {
            tracked.growth = Some(self.schedule.plan(at, Due::SlowStart(id)));
        }
    }

    /// Takes back the plans of checks.
    fn give_up(&mut self, checks: Vec<TrackedCheck>) {
        for check in checks {
            self.schedule.cancel(check.planned);
        }
    }
}
