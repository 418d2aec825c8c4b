//! The card's clocks, as far as they decide what becomes of a frame: which key is looked up before which, and which
//! queue has room. This is the order of one look-up engine for all ports.
//!
//! | clock | of a frame of `n` beats whose first beat arrives in clock `t` |
//! |---|---|
//! | `t + n - 1 + KEY_LATENCY` | its key is offered to the port's key queue; it is dropped if that is full |
//! | one later at the earliest | the engine takes the key, one a clock in total, round robin over the ports |
//! | `VERDICT_LATENCY` later | the engine gives its verdict |
//! | `RELEASE_LATENCY` later (a frame without a look-up: `RECORD_LATENCY` after the offer) | it is released, unless the port's frames before it still are: one beat a clock |
//! | `WRITE_LATENCY` later | its first beat is in the egress queue |
//! | `READ_LATENCY` later at the earliest | the egress reads it, round robin over the ports it came from |
//! | `EGRESS_LATENCY` later | its first beat leaves |

mod fabric;
mod line_card;

use crate::model::{Model, ModelError};
use crate::outcome::{HostReason, Loss};
use fabric::{Fabric, QueuedCopy};
use line_card::{Arrival, LineCard};

/// Bytes of a beat.
const BEAT_BYTES: usize = 64;
/// Clocks from a frame's last beat to the offer of its key.
const KEY_LATENCY: u64 = 4;
/// Keys that wait for the engine at one port: 16 in the queue and one in its output register.
const KEY_QUEUE: usize = 17;
/// Clocks from the engine's taking a key to the verdict.
const VERDICT_LATENCY: u64 = 12;
/// Clocks from the verdict, or from the offer of a frame that the host injected, to the release of its first beat.
const RELEASE_LATENCY: u64 = 1;
/// Clocks from the offer of a key that is not looked up (row 1) to the release of the frame, which is thrown away.
const RECORD_LATENCY: u64 = 4;
/// Clocks from a beat's release to its place in the egress queue.
const WRITE_LATENCY: u64 = 1;
/// Clocks from a frame's first beat being in the queue to the first in which it can be read.
const READ_LATENCY: u64 = 1;
/// Clocks from reading a beat to its leaving.
const EGRESS_LATENCY: u64 = 3;
/// Beats of a queue from one port to another.
const QUEUE_BEATS: usize = 512;
/// Beats that are kept of a frame: those of the longest legal one.
const MOST_BEATS: usize = 150;

/// A copy of a frame that left the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Network port, or the number of ports for the host.
    pub egress: u8,
    /// Port it had come from, or the number of ports for the host.
    pub ingress: u8,
    /// Clock in which its first beat had arrived.
    pub arrival_clock: u64,
    /// Clock in which its first beat left.
    pub clock: u64,
    /// Simulated time of that clock in ns.
    pub at_ns: u64,
    /// Why the host gets it; `None` on a network port.
    pub host_reason: Option<HostReason>,
    /// The frame without FCS.
    pub frame: Vec<u8>,
}

/// The golden model with clocks: one look-up engine, links and egresses that never stall.
#[derive(Clone, Debug)]
pub struct TimedCard {
    model: Model,
    clock_hz: u64,
    clock: u64,
    /// Time in ns of clock `epoch_clock`; they move when time is jumped over.
    epoch_ns: u64,
    epoch_clock: u64,
    /// Network ports in order, then the host.
    line_cards: Vec<LineCard>,
    /// The port asked first for a key.
    next_port: usize,
    fabric: Fabric,
    departures: Vec<Departure>,
}

impl TimedCard {
    /// An idle card at clock 0 and time 0, with a core clock of `clock_hz` hertz (0 counts as 1).
    pub fn new(model: Model, clock_hz: u64) -> Self {
        let ports = usize::from(model.ports()) + 1;
        Self {
            model,
            clock_hz: clock_hz.max(1),
            clock: 0,
            epoch_ns: 0,
            epoch_clock: 0,
            line_cards: vec![LineCard::default(); ports],
            next_port: 0,
            fabric: Fabric::new(ports),
            departures: Vec::new(),
        }
    }

    /// The model: counters, ports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The model, to be changed (setup, links, members) while the card is idle.
    pub fn model_mut(&mut self) -> &mut Model {
        &mut self.model
    }

    /// Core clock in hertz.
    pub fn clock_hz(&self) -> u64 {
        self.clock_hz
    }

    /// Clocks so far; time that was jumped over has none.
    pub fn clock(&self) -> u64 {
        self.clock
    }

    /// Simulated time in ns.
    pub fn now_ns(&self) -> u64 {
        self.time_of(self.clock)
    }

    /// Lets time pass to `ns`, without clocks; no effect if that is past. Only when the card is idle.
    pub fn jump_to(&mut self, ns: u64) {
        if ns > self.now_ns() {
            (self.epoch_ns, self.epoch_clock) = (ns, self.clock);
        }
    }

    /// Queues a frame for a network port. Frames of a port enter in the order offered, none before `at_ns`.
    ///
    /// # Errors
    /// [`ModelError::NoSuchPort`].
    pub fn offer(
        &mut self,
        port: u8,
        at_ns: u64,
        frame: Vec<u8>,
        error: bool,
    ) -> Result<(), ModelError> {
        if port >= self.model.ports() {
            return Err(ModelError::NoSuchPort(port));
        }
        self.line_cards[usize::from(port)].offer(Arrival {
            at_ns,
            frame,
            error,
            egress: None,
        });
        Ok(())
    }

    /// Queues a frame that the host sends out of `egress`, not before `at_ns`.
    pub fn inject(&mut self, egress: u8, at_ns: u64, frame: Vec<u8>) {
        let host = usize::from(self.model.ports());
        self.line_cards[host].offer(Arrival {
            at_ns,
            frame,
            error: false,
            egress: Some(egress),
        });
    }

    /// Runs until every queued frame has entered and left. Time without frames is jumped over.
    ///
    /// # Errors
    /// None for frames that were offered and injected: their ports exist.
    pub fn run_until_idle(&mut self) -> Result<(), ModelError> {
        loop {
            if self.fabric.is_empty() && self.line_cards.iter().all(LineCard::is_empty) {
                let Some(next) = self
                    .line_cards
                    .iter()
                    .filter_map(LineCard::next_arrival)
                    .min()
                else {
                    break;
                };
                self.jump_to(next);
            }
            self.step()?;
        }
        self.clock += EGRESS_LATENCY;
        Ok(())
    }

    /// Copies that left since the last call, in order of their clock.
    pub fn take_departures(&mut self) -> Vec<Departure> {
        std::mem::take(&mut self.departures)
    }

    fn time_of(&self, clock: u64) -> u64 {
        let clocks = u128::from(clock.saturating_sub(self.epoch_clock));
        let ns = clocks * 1_000_000_000 / u128::from(self.clock_hz);
        self.epoch_ns
            .saturating_add(u64::try_from(ns).unwrap_or(u64::MAX))
    }

    fn step(&mut self) -> Result<(), ModelError> {
        let (clock, now) = (self.clock, self.now_ns());
        self.model.set_time_ns(now);
        for (port, line_card) in self.line_cards.iter_mut().enumerate() {
            line_card.enter(clock, now);
            line_card.offer_key(clock, port as u8, &mut self.model)?;
        }
        self.look_up()?;
        for ingress in 0..self.line_cards.len() {
            self.release(ingress)?;
        }
        let leaves = clock + EGRESS_LATENCY;
        let at_ns = self.time_of(leaves);
        for (egress, (ingress, copy)) in self.fabric.read(clock) {
            self.departures.push(Departure {
                egress: egress as u8,
                ingress: ingress as u8,
                arrival_clock: copy.arrival_clock,
                clock: leaves,
                at_ns,
                host_reason: copy.host_reason,
                frame: copy.frame,
            });
        }
        self.clock += 1;
        Ok(())
    }

    /// The engine takes one key, from the first port after the one served last that has one.
    fn look_up(&mut self) -> Result<(), ModelError> {
        let ports = usize::from(self.model.ports());
        for port in (self.next_port..ports).chain(0..self.next_port) {
            if self.line_cards[port].look_up(self.clock, port as u8, &mut self.model)? {
                self.next_port = (port + 1) % ports;
                break;
            }
        }
        Ok(())
    }

    /// Passes a port's oldest frame to the fabric, if its verdict is there and the frame before it is through.
    fn release(&mut self, ingress: usize) -> Result<(), ModelError> {
        let Some(frame) = self.line_cards[ingress].release(self.clock) else {
            return Ok(());
        };
        for copy in &frame.outcome.copies {
            let queued = QueuedCopy {
                readable_at: self.clock + WRITE_LATENCY + READ_LATENCY,
                beats: frame.beats,
                arrival_clock: frame.arrival_clock,
                host_reason: copy.host_reason,
                frame: frame.outcome.frame.clone(),
            };
            if !self.fabric.write(ingress, usize::from(copy.egress), queued) {
                self.model
                    .lose_copy(&frame.outcome, copy.egress, Loss::QueueFull)?;
            }
        }
        Ok(())
    }
}
