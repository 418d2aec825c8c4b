//! Probes: how they begin, go on and end.

use crate::check::{Check, Kind};
use crate::connection::Connection;
use crate::echo;
use crate::neighbour;
use crate::probe::{ECHO_BYTES, Ends, Exchange, Key, Probe};
use crate::prober::Prober;
use crate::schedule::Due;
use crate::talk::{Transport, Verdict};
use crate::talks;
use crate::target::{Target, TargetId};
use crate::tracked::nanoseconds;

/// Connections kept at rest; more are made and dropped.
const POOL: usize = 64;
/// Source ports, and echo identifiers: those that systems take for themselves.
const PORTS: std::ops::RangeInclusive<u16> = 32768..=60999;

/// Why a probe did not begin.
enum NotBegun {
    /// It has failed.
    Failed(String),
    /// There was no room for it: it counts for nothing.
    NoRoom,
}

impl Prober {
    /// Begins the probe of a check that was planned for `planned_at`.
    pub(crate) fn begin(&mut self, id: TargetId, place: usize, planned_at: u64) {
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        let (Some(check), Some(state)) = (
            tracked.target.checks.get(place),
            tracked.checks.get_mut(place),
        ) else {
            return;
        };
        state.planned = None;
        let (target, check) = (tracked.target.clone(), check.clone());
        self.statistics.probes += 1;
        let serial = self.statistics.probes;
        match self.open(serial, &target, &check) {
            Ok((exchange, ends, frames)) => {
                let now = self.clock.now();
                let mut probe = Probe {
                    target: id,
                    check: place,
                    planned_at,
                    started: now,
                    deadline: now.saturating_add(nanoseconds(check.timeout)),
                    planned: None,
                    sent: false,
                    ends,
                    exchange,
                };
                for frame in frames {
                    self.outbox.push(serial, ends.place.port, frame);
                }
                if let Some(key) = probe.key() {
                    self.waiting.insert((key, serial));
                    let at = probe.next(now);
                    probe.planned = Some(self.schedule.plan(at, Due::Probe(serial)));
                }
                self.probes.insert(serial, probe);
                if let Some(tracked) = self.targets.get_mut(&id) {
                    tracked.checks[place].running = Some(serial);
                }
            }
            Err(NotBegun::Failed(message)) => {
                self.record(id, place, Verdict::fail(message), 0);
                self.plan_next(id, place, planned_at);
            }
            Err(NotBegun::NoRoom) => {
                self.statistics.abandoned += 1;
                self.plan_next(id, place, planned_at);
            }
        }
    }

    /// Opens the exchange of a probe; gives the frames that begin it.
    fn open(
        &mut self,
        serial: u64,
        target: &Target,
        check: &Check,
    ) -> Result<(Exchange, Ends, Vec<Vec<u8>>), NotBegun> {
        let address = check.address.unwrap_or(target.address);
        let own = self.station.address_like(address);
        let own_address = match (own, &check.kind) {
            (Some(own), _) => own,
            // A program asks by itself, with an address of this machine.
            (None, Kind::Exec(_)) => address,
            (None, _) => {
                return Err(NotBegun::Failed(format!(
                    "[host] has no address to ask {address} from: give it one of the same family"
                )));
            }
        };
        let ends = Ends {
            place: target.place(),
            address,
            own_mac: self.station.mac,
            own_address,
        };
        let mismatch = || NotBegun::Failed("addresses of two families".to_owned());
        match &check.kind {
            Kind::Arp => {
                let frame = neighbour::request(ends.own_mac, own_address, &ends.place, address)
                    .ok_or_else(mismatch)?;
                Ok((Exchange::Neighbour, ends, vec![frame]))
            }
            Kind::Icmp => {
                let identifier = self.free_port(Key::Echo)?;
                let mut data = [0; ECHO_BYTES];
                self.random.fill(&mut data);
                let packet = echo::build(own_address, address, false, (identifier, 1), &data);
                let frame = ends.frame(packet).ok_or_else(mismatch)?;
                Ok((Exchange::Echo { identifier, data }, ends, vec![frame]))
            }
            Kind::Exec(program) => {
                let mac = target.mac.map(|byte| format!("{byte:02x}")).join(":");
                let environment = [
                    ("FLOWSWITCH_TARGET", target.name.clone()),
                    ("FLOWSWITCH_ADDRESS", address.to_string()),
                    ("FLOWSWITCH_MAC", mac),
                ];
                let program = self
                    .programs
                    .begin(serial, program, environment, check.timeout)
                    .ok_or(NotBegun::NoRoom)?;
                Ok((Exchange::Program(program), ends, Vec::new()))
            }
            // Never planned: it is what its link is.
            Kind::Passive => Err(NotBegun::NoRoom),
            Kind::Tcp { .. }
            | Kind::Http(_)
            | Kind::Https(..)
            | Kind::Dns(_)
            | Kind::Agent { .. } => self.open_talk(&check.kind, ends),
        }
    }

    fn open_talk(
        &mut self,
        kind: &Kind,
        ends: Ends,
    ) -> Result<(Exchange, Ends, Vec<Vec<u8>>), NotBegun> {
        let random = self.random.u64(..);
        let (transport, mut talk) = talks::open(kind, ends.address, random)
            .ok_or(NotBegun::NoRoom)?
            .map_err(NotBegun::Failed)?;
        match transport {
            Transport::Tcp(remote) => {
                let port = self.free_port(Key::Tcp)?;
                let seed = self.random.u64(..);
                let mut connection = self.pool.pop().unwrap_or_else(|| Connection::idle(seed));
                let (from, to) = ((ends.own_address, port), (ends.address, remote));
                connection
                    .open(self.clock.now(), from, to)
                    .map_err(NotBegun::Failed)?;
                let mut frames = Vec::new();
                while let Some(packet) = connection.take_packet() {
                    frames.push(ends.frame_of_stack(&packet));
                }
                let exchange = Exchange::Tcp {
                    connection: Box::new(connection),
                    talk,
                    port,
                };
                Ok((exchange, ends, frames))
            }
            Transport::Udp(remote) => {
                let port = self.free_port(Key::Udp)?;
                let mut data = Vec::new();
                if let Some(verdict) = talk.step(&[], false, &mut data) {
                    return Err(NotBegun::Failed(verdict.message));
                }
                let frame = ends
                    .datagram(port, remote, &data)
                    .ok_or_else(|| NotBegun::Failed("the question is too long".to_owned()))?;
                Ok((Exchange::Udp { talk, port, remote }, ends, vec![frame]))
            }
        }
    }

    /// A source port or identifier that no running probe has.
    fn free_port(&mut self, key: fn(u16) -> Key) -> Result<u16, NotBegun> {
        for _ in PORTS {
            self.next_port = self.next_port.wrapping_add(1);
            if !PORTS.contains(&self.next_port) {
                self.next_port = *PORTS.start();
            }
            let wanted = key(self.next_port);
            let taken = self.waiting.range((wanted, 0)..=(wanted, u64::MAX)).next();
            if taken.is_none() {
                return Ok(self.next_port);
            }
        }
        Err(NotBegun::NoRoom)
    }

    /// Does what is due for a running probe.
    pub(crate) fn go_on(&mut self, serial: u64) {
        let now = self.clock.now();
        let Some(probe) = self.probes.get_mut(&serial) else {
            return;
        };
        probe.planned = None;
        if now >= probe.deadline {
            // What could not be sent says nothing about the station.
            let verdict = probe.sent.then(|| Verdict::fail(probe.stage()));
            self.finish(serial, verdict, None);
            return;
        }
        let verdict = match &mut probe.exchange {
            Exchange::Tcp {
                connection, talk, ..
            } => connection.go_on(now, talk.as_mut()),
            _ => None,
        };
        self.carry_on(serial, verdict);
    }

    /// After something happened to a probe: sends what it has to say, and ends it or plans what is next.
    pub(crate) fn carry_on(&mut self, serial: u64, verdict: Option<Verdict>) {
        if verdict.is_some() {
            self.finish(serial, verdict, None);
            return;
        }
        let now = self.clock.now();
        let Some(probe) = self.probes.get_mut(&serial) else {
            return;
        };
        if let Exchange::Tcp { connection, .. } = &mut probe.exchange {
            while let Some(packet) = connection.take_packet() {
                let frame = probe.ends.frame_of_stack(&packet);
                self.outbox.push(serial, probe.ends.place.port, frame);
            }
        }
        self.schedule.cancel(probe.planned.take());
        let at = probe.next(now);
        probe.planned = Some(self.schedule.plan(at, Due::Probe(serial)));
    }

    /// Ends a probe and plans the next. Without a verdict it counts for nothing.
    pub(crate) fn finish(&mut self, serial: u64, verdict: Option<Verdict>, took_us: Option<u64>) {
        let now = self.clock.now();
        let Some(mut probe) = self.probes.remove(&serial) else {
            return;
        };
        self.schedule.cancel(probe.planned.take());
        if let Some(key) = probe.key() {
            self.waiting.remove(&(key, serial));
        }
        if verdict.is_none() {
            self.statistics.abandoned += 1;
            self.outbox.withdraw(serial);
        }
        let port = probe.ends.place.port;
        match probe.exchange {
            Exchange::Tcp { mut connection, .. } => {
                connection.abort(now);
                while let Some(packet) = connection.take_packet() {
                    // A station that has seen nothing needs no end.
                    if probe.sent {
                        let frame = probe.ends.frame_of_stack(&packet);
                        self.outbox.push(serial, port, frame);
                    }
                }
                if self.pool.len() < POOL {
                    self.pool.push(*connection);
                }
            }
            // Killed, if it still runs.
            Exchange::Program(program) => drop(program),
            Exchange::Neighbour | Exchange::Echo { .. } | Exchange::Udp { .. } => {}
        }
        let (id, place) = (probe.target, probe.check);
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        match tracked.checks.get_mut(place) {
            Some(check) if check.running == Some(serial) => check.running = None,
            // Its check is no more, or another's: nothing follows from it.
            _ => return,
        }
        if let Some(verdict) = verdict {
            let took_us = took_us.unwrap_or((now - probe.started) / 1000);
            self.record(id, place, verdict, took_us);
        }
        self.plan_next(id, place, probe.planned_at);
    }

    /// Takes what a probe has come to into account.
    fn record(&mut self, id: TargetId, place: usize, verdict: Verdict, took_us: u64) {
        if verdict.passed {
            self.statistics.passed += 1;
        } else {
            self.statistics.failed += 1;
        }
        let Some(tracked) = self.targets.get_mut(&id) else {
            return;
        };
        let message = verdict.message;
        let new_agent = verdict.agent.filter(|agent| tracked.set_agent(agent));
        let said = new_agent.map(|_| format!("its agent says: {message}"));
        if let (Some(check), Some(state)) = (
            tracked.target.checks.get(place),
            tracked.checks.get_mut(place),
        ) {
            state.state.record(check, verdict.passed, took_us, message);
        }
        let before = tracked.result();
        self.settle(id);
        let after = self.targets.get(&id).map(|tracked| tracked.result());
        // A change of state tells what the agent says, too.
        if let (Some(said), true) = (said, after == Some(before)) {
            self.tell(id, said);
        }
    }
}

impl Probe {
    /// When something is due for it.
    fn next(&mut self, now: u64) -> u64 {
        let asked = match &mut self.exchange {
            Exchange::Tcp { connection, .. } => connection.next(now),
            _ => None,
        };
        asked.map_or(self.deadline, |at| at.min(self.deadline))
    }
}
