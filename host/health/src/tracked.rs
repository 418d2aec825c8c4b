//! A target and what has been found out about it.

use std::time::Duration;

use crate::check::Kind;
use crate::frame::Place;
use crate::schedule::Planned;
use crate::state::CheckState;
use crate::talk::AgentSaid;
use crate::target::{Agent, Change, CheckReport, Report, Result, Target};

/// A target, its checks, and what they have come to.
#[derive(Debug)]
pub(crate) struct Tracked {
    pub target: Target,
    pub checks: Vec<TrackedCheck>,
    result: Result,
    /// By the caller's clock.
    since_ns: u64,
    why: String,
    agent: Agent,
    slow_start: Option<SlowStart>,
    /// When its weight grows next.
    pub growth: Option<Planned>,
}

/// A check under way.
#[derive(Debug, Default)]
pub(crate) struct TrackedCheck {
    pub state: CheckState,
    /// Its next probe.
    pub planned: Option<Planned>,
    /// Its running probe.
    pub running: Option<u64>,
    /// It has been given its place within the interval.
    pub spread: bool,
}

/// A weight that grows.
#[derive(Debug)]
struct SlowStart {
    since: u64,
    percent: u16,
}

impl TrackedCheck {
    /// Takes its plan and its running probe out; what it has come to stays.
    pub fn take_plans(&mut self) -> Self {
        Self {
            planned: self.planned.take(),
            running: self.running.take(),
            ..Self::default()
        }
    }
}

impl Tracked {
    /// Where it is.
    pub fn place(&self) -> Place {
        self.target.place()
    }

    /// Its state.
    pub fn result(&self) -> Result {
        self.result
    }

    /// A target of which nothing is known.
    pub fn new(target: Target, caller_ns: u64) -> Self {
        Self {
            checks: target
                .checks
                .iter()
                .map(|_| TrackedCheck::default())
                .collect(),
            target,
            result: Result::Unknown,
            since_ns: caller_ns,
            why: "not checked yet".to_owned(),
            agent: Agent::default(),
            slow_start: None,
            growth: None,
        }
    }

    /// The same target with another setup. What was known stays; a check that was there before, and asks the same station,
    /// keeps its state. Also given: the former checks that are no more, for their plans and probes to be cancelled.
    pub fn adopt(mut self, target: Target) -> (Self, Vec<TrackedCheck>) {
        let same_station = (target.mac, target.port, target.vlan, target.address)
            == (
                self.target.mac,
                self.target.port,
                self.target.vlan,
                self.target.address,
            );
        let mut former: Vec<_> = std::mem::take(&mut self.target.checks)
            .into_iter()
            .zip(std::mem::take(&mut self.checks).into_iter().map(Some))
            .enumerate()
            .collect();
        let mut left = Vec::new();
        for (place, check) in target.checks.iter().enumerate() {
            let kept = former
                .iter_mut()
                .filter(|_| same_station)
                .find(|(_, (old, state))| old == check && state.is_some())
                .and_then(|(old_place, (_, state))| Some((*old_place, state.take()?)));
            self.checks.push(match kept {
                Some((old_place, tracked)) if old_place == place => tracked,
                // Plans and probes name a check by its place: those of one that moved begin anew.
                Some((_, tracked)) => {
                    let moved = TrackedCheck {
                        state: tracked.state.clone(),
                        ..TrackedCheck::default()
                    };
                    left.push(tracked);
                    moved
                }
                None => TrackedCheck {
                    state: CheckState::starting_from(self.result),
                    ..TrackedCheck::default()
                },
            });
        }
        left.extend(former.into_iter().filter_map(|(_, (_, state))| state));
        if !target
            .checks
            .iter()
            .any(|check| matches!(check.kind, Kind::Agent { .. }))
        {
            self.agent = Agent::default();
        }
        self.target = target;
        (self, left)
    }

    /// The link of its port is down: so is all that depends on it.
    pub fn link_down(&mut self) {
        for tracked in &mut self.checks {
            tracked.state.force(Result::Down, "the link is down");
        }
    }

    /// The link of its port is up: checks that nobody probes follow it.
    pub fn link_up(&mut self) {
        for (check, tracked) in self.target.checks.iter().zip(&mut self.checks) {
            if check.kind == Kind::Passive {
                tracked.state.force(Result::Up, "the link is up");
            }
        }
    }

    /// Takes what an agent said; true if that is new. What it does not mention stays: a server in maintenance is so until its
    /// agent says `ready`.
    pub fn set_agent(&mut self, said: &AgentSaid) -> bool {
        let agent = Agent {
            weight_percent: said.weight_percent.or(self.agent.weight_percent),
            wish: said.wish.unwrap_or(self.agent.wish),
        };
        let new = agent != self.agent;
        self.agent = agent;
        new
    }

    /// Draws the conclusion from its link and checks. Some: its state changed.
    pub fn settle(&mut self, link_up: bool, now: u64, caller_ns: u64) -> Option<Change> {
        let (result, why) = self.conclude(link_up);
        let former = std::mem::replace(&mut self.result, result);
        if former == result {
            if result != Result::Up {
                self.why = why;
            }
            return None;
        }
        self.why = why;
        self.since_ns = caller_ns;
        let grows =
            former == Result::Down && result == Result::Up && !self.target.slow_start.is_zero();
        self.slow_start = grows.then_some(SlowStart {
            since: now,
            percent: 10,
        });
        Some(self.change(self.why.clone()))
    }

    fn conclude(&self, link_up: bool) -> (Result, String) {
        let target = &self.target;
        if !link_up {
            return (
                Result::Down,
                format!("the link of port {} is down", target.port),
            );
        }
        let mut unknown = None;
        for (check, tracked) in target.checks.iter().zip(&self.checks) {
            let kind = check.kind.name();
            let state = &tracked.state;
            match state.result {
                Result::Down => {
                    let why = if state.message.is_empty() {
                        format!("{kind} check: not passed yet")
                    } else if state.streak < 0 {
                        format!("{kind} check failed: {}", state.message)
                    } else {
                        format!(
                            "{kind} check: {}, but not {} times in a row yet",
                            state.message, check.rise
                        )
                    };
                    return (Result::Down, why);
                }
                Result::Unknown if unknown.is_none() => unknown = Some(kind),
                Result::Unknown | Result::Up => {}
            }
        }
        if let Some(kind) = unknown {
            return (Result::Unknown, format!("{kind} check: nothing known yet"));
        }
        let why = match (&target.checks[..], &self.checks[..]) {
            ([], _) => format!(
                "the link of port {} is up, and nothing else is checked",
                target.port
            ),
            ([check], [tracked]) => format!(
                "{} check passed: {}",
                check.kind.name(),
                tracked.state.message
            ),
            _ => "all checks pass".to_owned(),
        };
        (Result::Up, why)
    }

    /// What is told to the caller.
    pub fn change(&self, why: String) -> Change {
        Change {
            id: self.target.id,
            result: self.result,
            agent: self.agent.clone(),
            why,
        }
    }

    /// When its weight grows next, if it does.
    pub fn next_growth(&self) -> Option<u64> {
        let slow = self.slow_start.as_ref()?;
        let steps = u64::from(slow.percent / 10);
        Some(
            slow.since.saturating_add(
                nanoseconds(self.target.slow_start)
                    .saturating_mul(steps)
                    .div_ceil(9),
            ),
        )
    }

    /// Lets its weight grow, if that is due. Some: it did.
    pub fn grow(&mut self, now: u64) -> Option<Change> {
        let slow = self.slow_start.as_mut()?;
        let whole = nanoseconds(self.target.slow_start);
        let elapsed = now.saturating_sub(slow.since);
        let percent = if elapsed >= whole {
            100
        } else {
            // Below 100, for elapsed < whole.
            (10 + u128::from(elapsed) * 90 / u128::from(whole)) as u16 / 10 * 10
        };
        if percent <= slow.percent {
            return None;
        }
        slow.percent = percent;
        if percent == 100 {
            self.slow_start = None;
        }
        Some(self.change(format!("slow start: {percent} % of its weight")))
    }

    /// Per cent of its weight that it is to have: slow start and agent multiplied.
    fn weight_percent(&self) -> u16 {
        let slow = self.slow_start.as_ref().map_or(100, |slow| slow.percent);
        let agent = self.agent.weight_percent.unwrap_or(100);
        let percent = u32::from(slow) * u32::from(agent) / 100;
        percent.min(256) as u16
    }

    /// For users.
    pub fn report(&self) -> Report {
        let checks: Vec<CheckReport> = self
            .target
            .checks
            .iter()
            .zip(&self.checks)
            .map(|(check, tracked)| tracked.state.report(check))
            .collect();
        Report {
            result: self.result,
            since_ns: self.since_ns,
            weight_percent: self.weight_percent(),
            why: self.why.clone(),
            checks,
        }
    }
}

impl Target {
    /// Where it is.
    pub(crate) fn place(&self) -> Place {
        Place {
            port: self.port,
            vlan: self.vlan,
            mac: self.mac,
        }
    }
}

/// A duration in ns, the longest that fits if it does not.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
