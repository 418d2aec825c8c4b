//! The engine: targets, what is due, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use crate::check::{Check, Kind};
use crate::clock::Clock;
use crate::connection::Connection;
use crate::exec::Programs;
use crate::frame::Place;
use crate::outbox::Outbox;
use crate::probe::{Key, Probe};
use crate::schedule::{Due, Schedule};
use crate::statistics::ProberStatistics;
use crate::target::{Change, Report, Station, Target, TargetId};
use crate::tracked::{Tracked, TrackedCheck, nanoseconds};

/// So long the caller may rest when nothing is due, in ns.
const LONGEST_REST_NS: u64 = 1_000_000_000;
/// When to try again if the host ring is full, in ns.
const RING_REST_NS: u64 = 1_000_000;
/// How often to look whether a program has ended, in ns.
const PROGRAM_REST_NS: u64 = 10_000_000;
/// Shortest time between two probes of a check, in ns.
const SHORTEST_INTERVAL_NS: u64 = 1_000_000;

/// Checks targets: the engine, without input, output and threads (programs excepted).
///
/// Times are in ns of a clock of the caller's that should not go back; one that does, or a caller that does not come in
/// time, changes no state. The order within a turn: give all frames that came to [`receive`](Self::receive), then
/// [`poll`](Self::poll), which also sends the answers to them, then [`take_changes`](Self::take_changes).
pub struct Prober {
    pub(crate) station: Station,
    pub(crate) clock: Clock,
    pub(crate) schedule: Schedule,
    pub(crate) targets: BTreeMap<TargetId, Tracked>,
    /// Where the targets are.
    pub(crate) places: BTreeSet<Place>,
    /// Ports whose link is down.
    down: BTreeSet<u8>,
    changes: Vec<Change>,
    pub(crate) probes: BTreeMap<u64, Probe>,
    /// What the running probes wait for.
    pub(crate) waiting: BTreeSet<(Key, u64)>,
    /// Connections at rest.
    pub(crate) pool: Vec<Connection>,
    pub(crate) programs: Programs,
    pub(crate) outbox: Outbox,
    pub(crate) random: Rng,
    /// The next source port or echo identifier.
    pub(crate) next_port: u16,
    /// Where the next check begins within its interval, in 2^32 of it.
    phase: u32,
    pub(crate) statistics: ProberStatistics,
}

impl Prober {
    /// A prober without targets. `seed` makes its random numbers: another one at each start.
    pub fn new(station: Station, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        Self {
            station,
            clock: Clock::default(),
            schedule: Schedule::default(),
            targets: BTreeMap::new(),
            places: BTreeSet::new(),
            down: BTreeSet::new(),
            changes: Vec::new(),
            probes: BTreeMap::new(),
            waiting: BTreeSet::new(),
            pool: Vec::new(),
            programs: Programs::new(),
            outbox: Outbox::default(),
            next_port: random.u16(..),
            phase: random.u32(..),
            random,
            statistics: ProberStatistics::default(),
        }
    }

    /// Gives it another address or MAC. Probes under way are given up and begun anew.
    pub fn set_station(&mut self, station: Station) {
        if self.station == station {
            return;
        }
        self.station = station;
        for id in self.targets.keys().copied().collect::<Vec<_>>() {
            self.stop_checks(id);
            self.start_checks(id, false);
        }
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
        }
        for tracked in former.into_values() {
            self.schedule.cancel(tracked.growth);
            self.give_up(tracked.checks);
        }
        self.places = self
            .targets
            .values()
            .map(|tracked| tracked.place())
            .collect();
        for id in self.targets.keys().copied().collect::<Vec<_>>() {
            self.follow_link(id, false);
        }
    }

    /// Does what is due. `send` puts a frame for a network port into the host ring; false: the ring is full, and the frame
    /// is tried again soon. Gives the time in ns at which this must be called again at the latest.
    pub fn poll(&mut self, now_ns: u64, send: &mut dyn FnMut(u8, &[u8]) -> bool) -> u64 {
        let now = self.clock.advance(now_ns);
        let skipped = self.clock.take_skipped();
        self.flush(send);
        while let Some(ended) = self.programs.ended() {
            self.finish(ended.probe, ended.verdict, Some(ended.took_us));
        }
        while let Some(planned) = self.schedule.pop(now) {
            match planned.due {
                Due::SlowStart(id) => {
                    if let Some(tracked) = self.targets.get_mut(&id) {
                        self.changes.extend(tracked.grow(now));
                    }
                    self.plan_growth(id);
                }
                Due::Check(id, check) => {
                    let late = now - planned.at + skipped;
                    self.statistics.lateness.record(late);
                    self.begin(id, check, planned.at);
                }
                Due::Probe(serial) => self.go_on(serial),
            }
        }
        self.flush(send);
        let mut next = now.saturating_add(LONGEST_REST_NS);
        if !self.outbox.is_empty() {
            next = now.saturating_add(RING_REST_NS);
        } else if self.programs.any() {
            next = now.saturating_add(PROGRAM_REST_NS);
        }
        let next = self.schedule.next().map_or(next, |at| at.min(next));
        self.clock.promise(next)
    }

    fn flush(&mut self, send: &mut dyn FnMut(u8, &[u8]) -> bool) {
        let probes = &mut self.probes;
        self.outbox.flush(send, &mut |serial| {
            if let Some(probe) = probes.get_mut(&serial) {
                probe.sent = true;
            }
        });
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
                self.follow_link(id, true);
            }
        }
    }

    /// What has changed since this was last called, in the order in which it did. What is not taken stays.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// How a target stands; none if there is no such target. `now_ns` is the caller's time, of which the report's are.
    pub fn report(&self, id: TargetId, now_ns: u64) -> Option<Report> {
        let mut report = self.targets.get(&id)?.report();
        // A clock that went back must not show a state that begins in the future.
        report.since_ns = report.since_ns.min(now_ns);
        Some(report)
    }

    /// What has been counted.
    pub fn statistics(&self) -> ProberStatistics {
        let mut statistics = self.statistics.clone();
        statistics.ring_full = self.outbox.ring_full;
        statistics.frames_lost = self.outbox.lost;
        statistics
    }

    /// Sets a target's checks to what its link is, and begins or ends their probes.
    fn follow_link(&mut self, id: TargetId, at_once: bool) {
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        if self.down.contains(&tracked.target.port) {
            tracked.link_down();
            self.stop_checks(id);
        } else {
            tracked.link_up();
            self.start_checks(id, at_once);
        }
        self.settle(id);
    }

    /// Plans the first probe of each check of a target that has none yet.
    fn start_checks(&mut self, id: TargetId, at_once: bool) {
        let now = self.clock.now();
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        if self.down.contains(&tracked.target.port) {
            return;
        }
        let checks = tracked.target.checks.iter().zip(&mut tracked.checks);
        for (place, (check, tracked)) in checks.enumerate() {
            if check.kind == Kind::Passive || tracked.planned.is_some() || tracked.running.is_some()
            {
                continue;
            }
            // Steps of the golden ratio spread any number of checks evenly.
            self.phase = self.phase.wrapping_add(0x9e37_79b9);
            let within = check.interval.min(check.fast_interval);
            let wait = if at_once {
                0
            } else {
                share(nanoseconds(within), self.phase)
            };
            let at = now.saturating_add(wait);
            tracked.planned = Some(self.schedule.plan(at, Due::Check(id, place)));
        }
    }

    /// Takes back the plans and probes of a target.
    fn stop_checks(&mut self, id: TargetId) {
        if let Some(tracked) = self.targets.get_mut(&id) {
            let checks = tracked.checks.iter_mut();
            let left = checks.map(TrackedCheck::take_plans).collect();
            self.give_up(left);
        }
    }

    /// Takes back the plans and probes of checks.
    fn give_up(&mut self, checks: Vec<TrackedCheck>) {
        for check in checks {
            self.schedule.cancel(check.planned);
            if let Some(serial) = check.running {
                self.finish(serial, None, None);
            }
        }
    }

    /// Plans the next probe of a check after one that was to begin at `planned_at`.
    pub(crate) fn plan_next(&mut self, id: TargetId, place: usize, planned_at: u64) {
        let now = self.clock.now();
        let Some(target) = self.targets.get_mut(&id) else {
            return;
        };
        let (Some(check), Some(tracked)) = (
            target.target.checks.get(place),
            target.checks.get_mut(place),
        ) else {
            return;
        };
        let interval = interval(check, tracked, &mut self.random);
        let at = planned_at.saturating_add(interval).max(now);
        self.schedule.cancel(tracked.planned.take());
        tracked.planned = Some(self.schedule.plan(at, Due::Check(id, place)));
    }

    /// Draws the conclusion for a target.
    pub(crate) fn settle(&mut self, id: TargetId) {
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        let up = !self.down.contains(&tracked.target.port);
        self.changes
            .extend(tracked.settle(up, self.clock.now(), self.clock.caller()));
        self.plan_growth(id);
    }

    /// Tells the caller of something new about a target beside its state.
    pub(crate) fn tell(&mut self, id: TargetId, why: String) {
        if let Some(tracked) = self.targets.get(&id) {
            self.changes.push(tracked.change(why));
        }
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
}

/// Time until the next probe of a check, in ns.
fn interval(check: &Check, tracked: &mut TrackedCheck, random: &mut Rng) -> u64 {
    let (normal, fast) = (
        nanoseconds(check.interval),
        nanoseconds(check.fast_interval),
    );
    let interval = if tracked.state.changing() {
        fast.min(normal)
    } else if tracked.spread {
        normal
    } else {
        // The first probes of all checks came soon after another: from here on they spread over the whole interval.
        tracked.spread = true;
        share(normal, random.u32(..)).max(fast.min(normal))
    };
    let jitter = u64::from(check.jitter_percent.min(50));
    let percent = random.u64(100 - jitter..=100 + jitter);
    // In 128 bits: an interval may be a day.
    let varied = u128::from(interval) * u128::from(percent) / 100;
    u64::try_from(varied)
        .unwrap_or(u64::MAX)
        .max(SHORTEST_INTERVAL_NS)
}

/// So many 2^32 of a time.
fn share(whole: u64, part: u32) -> u64 {
    // The part is below one, so the result is below the whole.
    ((u128::from(whole) * u128::from(part)) >> 32) as u64
}
