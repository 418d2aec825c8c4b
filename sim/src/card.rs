//! The one interface to a simulated card, Verilated or modelled.

use crate::counters::Counters;
use flowswitch_driver::image::Image;

pub use flowswitch_model::{Leeway, Leeways, Occasions};

/// A tick of the card's slow time, in ns: by it announcements are sent and entries age. A card counts its ticks as it
/// sees them, so time that follows a clock on the wall is to pass tick by tick.
pub const TICK_NS: u64 = 1 << 30;

/// When the tick that follows `ns` begins.
pub fn next_tick(ns: u64) -> u64 {
    (ns / TICK_NS).saturating_add(1).saturating_mul(TICK_NS)
}

/// A frame to put on a network port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Network port, from 0.
    pub port: u8,
    /// Simulated time in ns before which the first beat does not enter. Frames of a port enter in the order
    /// offered, back to back (one 64-byte beat a clock) when their times allow.
    pub at_ns: u64,
    /// The frame without FCS, any length from 1 byte.
    pub data: Vec<u8>,
    /// Marked bad by the MAC on its last beat.
    pub error: bool,
}

/// A frame that the host sends out of a named port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    /// Egress port.
    pub egress: u8,
    /// As [`Arrival::at_ns`].
    pub at_ns: u64,
    /// The frame without FCS.
    pub data: Vec<u8>,
}

/// A frame that left the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Network port, or the number of ports for the host.
    pub port: u8,
    /// Port it had come from, or the number of ports for the host and for announcements.
    pub source: u8,
    /// Clock in which its first beat had arrived; with `source` it identifies the frame.
    pub arrival_clock: u64,
    /// Clock in which its first beat left.
    pub clock: u64,
    /// Simulated time in ns in which its first beat left.
    pub at_ns: u64,
    /// Why the host gets it (see the contract); 0 on a network port.
    pub reason: u8,
    /// The frame without FCS.
    pub data: Vec<u8>,
}

/// A card's failure: the simulation's or the register interface's.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The Verilated model reported an error (failed assertion, protocol violation).
    #[error("the simulated card failed: {0}")]
    Simulation(String),
    /// The driver could not reach or program the card.
    #[error(transparent)]
    Driver(#[from] flowswitch_driver::Error),
    /// The card did not become idle within the given clocks.
    #[error("the card was not idle after {0} clocks; frames are stuck inside")]
    NotIdle(u64),
    /// Time went on while the card's counters were read, longer than the frames lasted that a port held.
    #[error("port {0} ran out of frames while the card was looked at, though more were to come")]
    Starved(u8),
}

/// Why [`Card::run_while_fed`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Every queued frame has entered and left, and nothing is in flight.
    Idle,
    /// A port for which more frames are to come holds too few.
    Short,
    /// The given clocks have passed.
    Clocks,
}

/// A simulated card.
pub trait Card {
    /// Number of network ports.
    fn ports(&self) -> u8;
    /// Clocks since reset (the golden model counts the clocks its timing predicts).
    fn clock(&self) -> u64;
    /// Core clock in hertz.
    fn clock_hz(&self) -> u64;
    /// Simulated time in ns.
    fn now_ns(&self) -> u64;
    /// Brings the card to hold `image`. Only when idle.
    ///
    /// # Errors
    /// See [`CardError`].
    fn program(&mut self, image: &Image) -> Result<(), CardError>;
    /// Queues frames for entry.
    fn offer(&mut self, arrivals: Vec<Arrival>);
    /// Queues frames for injection by the host.
    fn inject(&mut self, injections: Vec<Injection>);
    /// Runs until every queued frame has entered and left and nothing is in flight. Time without frames is
    /// jumped over.
    ///
    /// # Errors
    /// [`CardError::NotIdle`] when frames are stuck; see [`CardError`].
    fn run_until_idle(&mut self) -> Result<(), CardError> {
        while self.run_while_fed(0, u64::MAX)? != Pause::Idle {}
        Ok(())
    }
    /// Runs as [`Card::run_until_idle`] does, for frames that come in portions. `open` are the network ports (bit 0 is
    /// port 0) for which more frames are to be offered: as soon as one of them holds fewer beats than
    /// [`Card::reserve`], the card stops. It stops after about so many clocks, too. However often it stops, what it does is
    /// what it had done with all frames offered at once.
    ///
    /// # Errors
    /// As [`Card::run_until_idle`].
    fn run_while_fed(&mut self, open: u16, clocks: u64) -> Result<Pause, CardError>;
    /// Beats (64 bytes or fewer) that a port must hold while more frames are to come for it.
    fn reserve(&self) -> u64;
    /// Beats offered to a network port that have not entered.
    fn queued_beats(&self, port: u8) -> u64;
    /// Forgets the offered frames that have not begun to enter.
    fn withdraw(&mut self);
    /// Lets simulated time pass to `ns` (no effect if that is past). Only when idle. What skipped ticks make due is
    /// announced when it returns, and so it is after [`Card::program`] and [`Card::set_link`]: time stands still for that.
    ///
    /// # Errors
    /// See [`CardError`].
    fn jump_to(&mut self, ns: u64) -> Result<(), CardError>;
    /// Frames that left since the last call, in order of their first beat's clock.
    fn take_departures(&mut self) -> Vec<Departure>;
    /// Where the card decided, since the last call, what the contract leaves open or hangs on clocks, so that another
    /// one may have come to something else. The RTL does not tell: what it did is the truth.
    fn take_leeways(&mut self) -> Leeways {
        Leeways::default()
    }
    /// Takes a port's link down or up. Returns when all its effects are in place. Only when idle.
    ///
    /// # Errors
    /// See [`CardError`].
    fn set_link(&mut self, port: u8, up: bool) -> Result<(), CardError>;
    /// Marks a member (server number, or 1024 and router number) up or down. Only when idle.
    ///
    /// # Errors
    /// See [`CardError`].
    fn set_member_up(&mut self, member: u16, up: bool) -> Result<(), CardError>;
    /// Removes all entries of a server from the flow table; returns how many. The flows' next frames make new ones. Only
    /// when idle.
    ///
    /// # Errors
    /// See [`CardError`].
    fn flush_server(&mut self, server: u16) -> Result<u64, CardError>;
    /// Reads all counters.
    ///
    /// # Errors
    /// See [`CardError`].
    fn counters(&mut self) -> Result<Counters, CardError>;
}
