//! The card's clocks, as far as they decide what becomes of a frame: which key is looked up before which, and which
//! queue has room. This is the order of one look-up engine for all ports.
//!
//! | clock | of a frame of `n` beats whose first beat arrives in clock `t` |
//! |---|---|
//! | `t + n - 1 + KEY_LATENCY` | its key is offered to the port's key queue; it is dropped if that is full (a frame that the host injects has no key: `INJECT_LATENCY`) |
//! | one later at the earliest | the engine takes the key, one a clock in total, round robin over the ports |
//! | `VERDICT_LATENCY` later | the engine gives its verdict |
//! | `RELEASE_LATENCY` later, `BUILD_LATENCY` more if the card builds what it sends (a frame without a look-up: `RECORD_LATENCY` after the offer) | it is released, unless the port's frames before it still are: one beat a clock |
//! | `WRITE_LATENCY` later | its first beat is in the egress queue |
//! | `READ_LATENCY` later at the earliest | the egress reads it, round robin over the ports it came from |
//! | `REPLAY_LATENCY` after its last beat | the egress can read it again, if another copy leaves by it |
//! | `EGRESS_LATENCY` later | its first beat leaves |
//!
//! Announcements stand in the host's place when it has nothing to send: see [`announcing`].
//!
//! Time lies on the grid of the clock: slot `k` is at `k * 1e9 / clock_hz` ns, rounded down. Time without frames is
//! skipped by whole slots, so that a frame that is due at a time enters in the same slot however the card got there. What
//! is announced because of ticks that were skipped leaves while time stands still.

mod announcing;
mod fabric;
mod line_card;

use crate::leeway::{Leeway, Leeways};
use crate::model::{Model, ModelError, TICK_LOG2};
use crate::outcome::{HostReason, Loss, Outcome};
use announcing::Announcing;
use fabric::{Fabric, QueuedFrame};
use line_card::{Arrival, LineCard};

/// Bytes of a beat.
const BEAT_BYTES: usize = 64;
/// Clocks from a frame's last beat to the offer of its key.
const KEY_LATENCY: u64 = 5;
/// Clocks from the last beat of a frame that the host injects to its offer.
const INJECT_LATENCY: u64 = 4;
/// Keys that wait for the engine at one port: 16 in the queue and one in its output register.
const KEY_QUEUE: usize = 17;
/// Clocks from the engine's taking a key to the verdict.
const VERDICT_LATENCY: u64 = 15;
/// Clocks from the verdict, or from the offer of a frame that the host injected, to the release of its first beat.
const RELEASE_LATENCY: u64 = 1;
/// Clocks by which a frame that the card builds is released later than another.
const BUILD_LATENCY: u64 = 8;
/// Clocks from the offer of a key that is not looked up (row 1) to the release of the frame, which is thrown away.
const RECORD_LATENCY: u64 = 4;
/// Clocks from a beat's release to its place in the egress queue.
const WRITE_LATENCY: u64 = 1;
/// Clocks from a frame's first beat being in the queue to the first in which it can be read.
const READ_LATENCY: u64 = 1;
/// Clocks from reading a frame's last beat to the first in which its next copy can be read.
const REPLAY_LATENCY: u64 = 5;
/// Clocks from reading a beat to its leaving.
const EGRESS_LATENCY: u64 = 3;
/// Beats of a queue from one port to another.
const QUEUE_BEATS: usize = 512;
/// Beats that are kept of a frame: those of the longest legal one.
const MOST_BEATS: u64 = 150;
/// Look-ups in consecutive clocks that write flows, with which a key may be held back; half of it if the table is crowded.
const KEEPER_CLOCKS: u64 = 32;
/// Clocks for which a look-up counts with the time: from its first to the writing of what it says of a datagram.
const TICK_CLOCKS: u64 = 16;
/// Time that is skipped at once in ns.
const SKIP_NS: u64 = 1 << 41;
/// Nanoseconds in a second.
const SECOND_NS: u128 = 1_000_000_000;

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

/// Why a card that is fed stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Everything has entered and left.
    Idle,
    /// A port has no frame that waits to enter.
    Short,
    /// The clocks have passed.
    Clocks,
}

/// The golden model with clocks: one look-up engine, links and egresses that never stall.
#[derive(Clone, Debug)]
pub struct TimedCard {
    model: Model,
    clock_hz: u64,
    clock: u64,
    /// Of simulated time.
    slot: u64,
    tick: u64,
    /// Network ports in order, then the host.
    line_cards: Vec<LineCard>,
    /// The port asked first for a key.
    next_port: usize,
    announcing: Announcing,
    fabric: Fabric,
    departures: Vec<Departure>,
    /// Slot of the last look-up, and the look-ups up to it that wrote flows without a break.
    looked_up: Option<(u64, u64)>,
    leeways: Leeways,
}

impl TimedCard {
    /// An idle card at clock 0 and time 0, with a core clock of `clock_hz` hertz (0 counts as 1).
    pub fn new(model: Model, clock_hz: u64) -> Self {
        let ports = usize::from(model.ports()) + 1;
        Self {
            model,
            clock_hz: clock_hz.max(1),
            clock: 0,
            slot: 0,
            tick: 0,
            line_cards: vec![LineCard::default(); ports],
            next_port: 0,
            announcing: Announcing::new(),
            fabric: Fabric::new(ports),
            departures: Vec::new(),
            looked_up: None,
            leeways: Leeways::default(),
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
        self.time_of(self.slot)
    }

    /// Lets time pass to `ns`, without clocks; no effect if that is past. Only when the card is idle. What is to be
    /// announced then has been when this returns.
    ///
    /// # Errors
    /// None: no frame names a port here.
    pub fn jump_to(&mut self, ns: u64) -> Result<(), ModelError> {
        self.skip_to(self.slot_at(ns))
    }

    /// Has everything leave that is to be announced, while time stands still. Only when the card is idle.
    ///
    /// # Errors
    /// None: no frame names a port here.
    pub fn announce_all(&mut self) -> Result<(), ModelError> {
        while self.model.has_announcement()
            || !self.fabric.is_empty(self.clock)
            || !self.announcing.is_idle(self.clock)
        {
            self.step(true)?;
        }
        Ok(())
    }

    /// Where the card that is modelled may have come to something else, since the last call.
    pub fn take_leeways(&mut self) -> Leeways {
        std::mem::take(&mut self.leeways)
    }

    fn skip_to(&mut self, slot: u64) -> Result<(), ModelError> {
        if slot <= self.slot {
            return Ok(());
        }
        let skipped = self.time_of(slot) - self.now_ns();
        let announces = self.model.setup().announce != 0;
        if announces && skipped > SKIP_NS {
            self.leeways.note(Leeway::LongSkip, self.now_ns());
        }
        self.slot = slot;
        if self.tick() && announces {
            self.announce_all()?;
        }
        Ok(())
    }

    /// Tells the time; true if another tick has begun.
    fn tick(&mut self) -> bool {
        let now = self.now_ns();
        self.model.set_time_ns(now);
        let tick = now >> TICK_LOG2;
        let began = tick != self.tick;
        if began {
            self.announcing.tick(self.clock);
        }
        self.tick = tick;
        began
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

    /// Beats offered to a port (the number of ports is the host) that have not entered.
    pub fn queued_beats(&self, port: u8) -> u64 {
        let line_card = self.line_cards.get(usize::from(port));
        line_card.map_or(0, LineCard::queued_beats)
    }

    /// Forgets the queued frames that have not entered.
    pub fn withdraw(&mut self) {
        for line_card in &mut self.line_cards {
            line_card.withdraw();
        }
    }

    /// Runs until every queued frame has entered and left and nothing is to be announced. Time without frames is jumped over.
    ///
    /// # Errors
    /// None for frames that were offered and injected: their ports exist.
    pub fn run_until_idle(&mut self) -> Result<(), ModelError> {
        self.run_while_fed(0, u64::MAX).map(drop)
    }

    /// The same for frames that come in portions: stops as soon as no frame waits at a port of `open` (bit 0 is port 0), for
    /// which more are to come, and after so many clocks.
    ///
    /// # Errors
    /// As [`TimedCard::run_until_idle`].
    pub fn run_while_fed(&mut self, open: u16, clocks: u64) -> Result<Stop, ModelError> {
        let end = self.clock.saturating_add(clocks);
        loop {
            if self.is_short(open) {
                return Ok(Stop::Short);
            }
            if self.clock >= end {
                return Ok(Stop::Clocks);
            }
            if self.is_idle() {
                let Some(next) = self
                    .line_cards
                    .iter()
                    .filter_map(LineCard::next_arrival)
                    .min()
                else {
                    break;
                };
                // It enters in the clock behind.
                self.skip_to(self.slot_at(next).saturating_sub(1))?;
            }
            self.step(false)?;
        }
        self.clock += EGRESS_LATENCY;
        self.slot += EGRESS_LATENCY;
        Ok(Stop::Idle)
    }

    fn is_short(&self, open: u16) -> bool {
        let mut ports = self.line_cards.iter().enumerate();
        open != 0
            && ports.any(|(port, line_card)| open >> port & 1 == 1 && line_card.queued_beats() == 0)
    }

    fn is_idle(&self) -> bool {
        self.fabric.is_empty(self.clock)
            && self
                .line_cards
                .iter()
                .all(|line_card| line_card.is_empty(self.clock))
            && !self.model.has_announcement()
    }

    /// Copies that left since the last call, in order of their clock.
    pub fn take_departures(&mut self) -> Vec<Departure> {
        std::mem::take(&mut self.departures)
    }

    fn time_of(&self, slot: u64) -> u64 {
        let ns = u128::from(slot) * SECOND_NS / u128::from(self.clock_hz);
        u64::try_from(ns).unwrap_or(u64::MAX)
    }

    /// The first slot whose time is not below `ns`.
    fn slot_at(&self, ns: u64) -> u64 {
        let slot = (u128::from(ns) * u128::from(self.clock_hz)).div_ceil(SECOND_NS);
        u64::try_from(slot).unwrap_or(u64::MAX)
    }

    /// One clock, in which time may stand still.
    fn step(&mut self, stands: bool) -> Result<(), ModelError> {
        let (clock, now) = (self.clock, self.now_ns());
        let last = self.looked_up.map(|(slot, _)| slot);
        if self.tick() && last.is_some_and(|last| self.slot - last < TICK_CLOCKS) {
            self.leeways.note(Leeway::TickEdge, now);
        }
        self.model.set_clock(clock, self.slot);
        for (port, line_card) in self.line_cards.iter_mut().enumerate() {
            line_card.enter(clock, now);
            line_card.offer_key(clock, port as u8, &mut self.model)?;
        }
        self.look_up()?;
        for ingress in 0..self.line_cards.len() {
            self.release(ingress)?;
        }
        self.announce()?;
        let leaves = clock + EGRESS_LATENCY;
        let at_ns = if stands {
            now
        } else {
            self.time_of(self.slot + EGRESS_LATENCY)
        };
        for (ingress, arrival_clock, copy) in self.fabric.read(clock) {
            self.departures.push(Departure {
                egress: copy.egress,
                ingress: ingress as u8,
                arrival_clock,
                clock: leaves,
                at_ns,
                host_reason: copy.host_reason,
                frame: copy.frame,
            });
        }
        self.clock += 1;
        self.slot += u64::from(!stands);
        Ok(())
    }

    /// The engine takes one key, from the first port after the one served last that has one.
    fn look_up(&mut self) -> Result<(), ModelError> {
        let ports = usize::from(self.model.ports());
        for port in (self.next_port..ports).chain(0..self.next_port) {
            if self.line_cards[port].look_up(self.clock, port as u8, &mut self.model)? {
                self.next_port = (port + 1) % ports;
                self.note_leeways();
                break;
            }
        }
        Ok(())
    }

    /// Notes where the last look-up leaves a choice.
    fn note_leeways(&mut self) {
        let now = self.now_ns();
        for leeway in self.model.take_leeways() {
            self.leeways.note(leeway, now);
        }
        let before = self.looked_up.filter(|(slot, _)| slot + 1 == self.slot);
        let row = match before {
            _ if !self.model.writes_flow() => 0,
            Some((_, row)) => row + 1,
            None => 1,
        };
        self.looked_up = Some((self.slot, row));
        let patience = if self.model.is_crowded() {
            KEEPER_CLOCKS / 2
        } else {
            KEEPER_CLOCKS
        };
        if row >= patience {
            self.leeways.note(Leeway::KeyHeld, now);
        }
    }

    /// Passes a port's oldest frame to the fabric, if its verdict is there and the frame before it is through.
    fn release(&mut self, ingress: usize) -> Result<(), ModelError> {
        let Some(frame) = self.line_cards[ingress].release(self.clock) else {
            return Ok(());
        };
        self.enqueue(&frame.outcome, frame.arrival_clock)
    }

    /// Releases an announcement, if it is time.
    fn announce(&mut self) -> Result<(), ModelError> {
        let host = &mut self.line_cards[usize::from(self.model.ports())];
        let clock = self.clock;
        match self.announcing.step(clock, host, &mut self.model) {
            Some(outcome) => self.enqueue(&outcome, clock),
            None => Ok(()),
        }
    }

    /// Puts a frame into the queue of each egress that gets copies of it.
    fn enqueue(&mut self, outcome: &Outcome, arrival_clock: u64) -> Result<(), ModelError> {
        for copies in outcome
            .copies
            .chunk_by(|one, next| one.egress == next.egress)
        {
            let egress = copies[0].egress;
            let queued = QueuedFrame {
                readable_at: self.clock + WRITE_LATENCY + READ_LATENCY,
                beats: copies[0].frame.len().div_ceil(BEAT_BYTES),
                arrival_clock,
                copies: copies.iter().cloned().collect(),
                several: copies.len() > 1,
            };
            let to_host = egress == self.model.ports();
            // Of all verdicts, answers alone do not ask for the link.
            let loss = if !to_host && !self.model.link_is_up(egress) {
                Loss::LinkDown { left: 0 }
            } else if !self
                .fabric
                .write(outcome.ingress.into(), egress.into(), queued)
            {
                Loss::QueueFull
            } else {
                continue;
            };
            self.model.lose_copies(outcome, egress, loss)?;
        }
        Ok(())
    }
}
