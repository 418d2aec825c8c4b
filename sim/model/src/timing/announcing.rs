//! When announcements leave: the announcer's way through its tables, clock by clock.
//!
//! | clock | |
//! |---|---|
//! | `DUE_LATENCY` after a tick's first | what it makes due can have its turn |
//! | `FIND_LATENCY` later, and `STEP_CLOCKS` for each logical port below | the first address of a logical port can be built |
//! | `BUILD_LATENCY` later | the frame is there; it has its turn when the host has nothing to send, or `PATIENCE_CLOCKS` later |
//! | the next | it is released, before any frame of the host's, when the one that is being released is through |
//! | `PAUSE_CLOCKS` after its last beat was | the next one can be built |
//!
//! After a logical port's last address the announcer passes over the empty places of its table, `STEP_CLOCKS` each, and then
//! begins again with the lowest logical port that is due.

use super::BEAT_BYTES;
use super::line_card::LineCard;
use crate::model::Model;
use crate::outcome::Outcome;
use crate::setup::TABLE_SIZE;

/// Clocks from the first of a tick to that in which the announcer sees what is due.
const DUE_LATENCY: u64 = 5;
/// Clocks from there to the building of what logical port 0 has to say.
const FIND_LATENCY: u64 = 4;
/// Clocks for each logical port or address that is passed over.
const STEP_CLOCKS: u64 = 2;
/// Clocks from the building of a frame to its being there.
const BUILD_LATENCY: u64 = 5;
/// Clocks from a frame's last beat to the next building, at least.
const PAUSE_CLOCKS: u64 = 64;
/// Clocks from a frame's last beat until the announcer has looked at the next address.
const NEXT_LATENCY: u64 = 3;

/// Clocks after which an announcement no longer waits for the host to have nothing to send.
const PATIENCE_CLOCKS: u64 = 1_024;
/// .. if fewer beats of the host's than this are in the card.
const PATIENT_BEATS: u64 = 256;

#[derive(Clone, Copy, Debug)]
enum State {
    /// Looks for what is due.
    Idle,
    /// Builds in this clock.
    Building(u64),
    /// A frame is there from this clock on.
    Built(u64),
    /// A frame is released in this clock.
    Leaving(u64),
}

/// Where the announcer is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announcing {
    state: State,
    /// Before this clock it does not look for what is due.
    looks_from: u64,
    /// Before this clock it does not build.
    pauses_until: u64,
}

impl Announcing {
    pub(super) fn new() -> Self {
        Self {
            state: State::Idle,
            looks_from: 0,
            pauses_until: 0,
        }
    }

    /// A tick has begun in this clock.
    pub(super) fn tick(&mut self, clock: u64) {
        self.looks_from = self.looks_from.max(clock + DUE_LATENCY);
    }

    /// True if it only waits for what becomes due.
    pub(super) fn is_idle(&self, clock: u64) -> bool {
        matches!(self.state, State::Idle) && clock >= self.looks_from
    }

    /// One clock; returns the announcement that is released in it. `host` has the host's frames.
    pub(super) fn step(
        &mut self,
        clock: u64,
        host: &mut LineCard,
        model: &mut Model,
    ) -> Option<Outcome> {
        match self.state {
            State::Idle if clock >= self.looks_from => {
                let logical_port = model.next_announcement()?;
                let found = clock + FIND_LATENCY + STEP_CLOCKS * u64::from(logical_port);
                self.state = State::Building(found.max(self.pauses_until));
            }
            State::Building(at) if clock >= at => self.state = State::Built(clock + BUILD_LATENCY),
            State::Built(from)
                if clock >= from
                    && (host.is_empty(clock)
                        || clock >= from + PATIENCE_CLOCKS
                            && host.stored_beats(clock) < PATIENT_BEATS) =>
            {
                host.set_held(true);
                self.state = State::Leaving(clock + 1);
            }
            State::Leaving(at) if clock >= at && host.is_through(clock) => {
                host.set_held(false);
                let outcome = self.leave(clock, model);
                let beats = outcome
                    .as_ref()
                    .map_or(1, |outcome| outcome.received_bytes.div_ceil(BEAT_BYTES));
                host.occupy(clock + beats as u64);
                return outcome;
            }
            _ => {}
        }
        None
    }

    fn leave(&mut self, clock: u64, model: &mut Model) -> Option<Outcome> {
        let outcome = model.announce();
        let beats = outcome
            .as_ref()
            .map_or(1, |outcome| outcome.received_bytes.div_ceil(BEAT_BYTES));
        let last_beat = clock + beats as u64 - 1;
        self.pauses_until = last_beat + PAUSE_CLOCKS;
        self.state = if model.announces_further() {
            State::Building(self.pauses_until)
        } else {
            let empty = (TABLE_SIZE - model.setup().vips.len()) as u64;
            let passed = if empty == 0 {
                1
            } else {
                NEXT_LATENCY + STEP_CLOCKS * (empty - 1)
            };
            self.looks_from = self.looks_from.max(last_beat + passed);
            State::Idle
        };
        outcome
    }
}
