//! One port's frames from their first beat to their release.

use super::{
    BEAT_BYTES, BUILD_LATENCY, INJECT_LATENCY, KEY_LATENCY, KEY_QUEUE, MOST_BEATS, RECORD_LATENCY,
    RELEASE_LATENCY, VERDICT_LATENCY,
};
use crate::model::{Model, ModelError};
use crate::outcome::Outcome;
use std::collections::VecDeque;

/// A frame before it enters.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Time in ns before which it does not enter.
    pub(super) at_ns: u64,
    pub(super) frame: Vec<u8>,
    pub(super) error: bool,
    /// Where the host sends it; `None` for frames of network ports.
    pub(super) egress: Option<u8>,
}

impl Arrival {
    fn beats(&self) -> u64 {
        self.frame.len().div_ceil(BEAT_BYTES).max(1) as u64
    }
}

/// A frame whose verdict is there.
#[derive(Clone, Debug)]
pub(super) struct Released {
    pub(super) arrival_clock: u64,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Debug)]
struct Waiting {
    arrival: Arrival,
    arrival_clock: u64,
    /// Beats that came and have to be read again, whatever is sent.
    beats: usize,
    /// The verdict, and the first clock in which the frame can be released.
    decided: Option<(u64, Outcome)>,
}

/// The port's state.
#[derive(Clone, Debug, Default)]
pub(super) struct LineCard {
    /// Frames that have not entered.
    arrivals: VecDeque<Arrival>,
    /// Their beats.
    queued_beats: u64,
    /// First clock in which the next frame can enter.
    entry_free: u64,
    /// Frames inside, in order of arrival.
    frames: VecDeque<Waiting>,
    /// Sequence number of the first of `frames`.
    first: u64,
    /// Clock and sequence number of keys not offered yet.
    keys_to_offer: VecDeque<(u64, u64)>,
    /// Clock of the offer and sequence number of keys that wait for the engine.
    keys: VecDeque<(u64, u64)>,
    /// First clock in which the next frame can be released.
    release_free: u64,
    /// No frame is released: something else goes first.
    held: bool,
}

impl LineCard {
    pub(super) fn offer(&mut self, arrival: Arrival) {
        self.queued_beats += arrival.beats();
        self.arrivals.push_back(arrival);
    }

    /// Beats of the frames that have not entered.
    pub(super) fn queued_beats(&self) -> u64 {
        self.queued_beats
    }

    /// Forgets the frames that have not entered.
    pub(super) fn withdraw(&mut self) {
        self.queued_beats = 0;
        self.arrivals.clear();
    }

    /// True if no frame is inside, nor beats of one that was released.
    pub(super) fn is_empty(&self, clock: u64) -> bool {
        self.frames.is_empty() && clock >= self.release_free
    }

    /// Beats inside that have come and not left.
    pub(super) fn stored_beats(&self, clock: u64) -> u64 {
        let inside = self.frames.iter().map(|waiting| {
            let came = (clock + 1).saturating_sub(waiting.arrival_clock);
            came.min(waiting.beats as u64)
        });
        inside.sum::<u64>() + self.release_free.saturating_sub(clock)
    }

    /// The frame that was released last is through.
    pub(super) fn is_through(&self, clock: u64) -> bool {
        clock >= self.release_free
    }

    /// Holds back the frames inside, or lets them go again.
    pub(super) fn set_held(&mut self, held: bool) {
        self.held = held;
    }

    /// Something else is released until then.
    pub(super) fn occupy(&mut self, until: u64) {
        self.release_free = self.release_free.max(until);
    }

    /// Time in ns before which no further frame enters.
    pub(super) fn next_arrival(&self) -> Option<u64> {
        self.arrivals.front().map(|arrival| arrival.at_ns)
    }

    /// Begins to take in the next frame, if it is time and the one before it is in.
    pub(super) fn enter(&mut self, clock: u64, now_ns: u64) {
        if clock < self.entry_free || self.next_arrival().is_none_or(|at_ns| at_ns > now_ns) {
            return;
        }
        let Some(arrival) = self.arrivals.pop_front() else {
            return;
        };
        let beats = arrival.beats();
        self.queued_beats -= beats;
        let last_beat = clock + beats - 1;
        self.entry_free = last_beat + 1;
        let sequence = self.first + self.frames.len() as u64;
        let latency = if arrival.egress.is_some() {
            INJECT_LATENCY
        } else {
            KEY_LATENCY
        };
        self.keys_to_offer
            .push_back((last_beat + latency, sequence));
        self.frames.push_back(Waiting {
            arrival,
            arrival_clock: clock,
            beats: beats.min(MOST_BEATS) as usize,
            decided: None,
        });
    }

    /// Offers the key that is due; frames that are not looked up are decided here.
    pub(super) fn offer_key(
        &mut self,
        clock: u64,
        port: u8,
        model: &mut Model,
    ) -> Result<(), ModelError> {
        let Some((_, sequence)) = self.keys_to_offer.pop_front_if(|(due, _)| *due <= clock) else {
            return Ok(());
        };
        let index = (sequence - self.first) as usize;
        let Some(waiting) = self.frames.get_mut(index) else {
            return Ok(());
        };
        let Arrival {
            frame,
            error,
            egress,
            ..
        } = &waiting.arrival;
        let outcome = if let Some(egress) = egress {
            let outcome = model.inject(*egress, frame, *error);
            waiting.decided = Some((clock + RELEASE_LATENCY, outcome));
            return Ok(());
        } else if Model::is_malformed(frame, *error) {
            model.receive(port, frame, *error)?
        } else if self.keys.len() == KEY_QUEUE {
            model.lookup_overrun(port, frame)?
        } else {
            self.keys.push_back((clock, sequence));
            return Ok(());
        };
        waiting.decided = Some((clock + RECORD_LATENCY, outcome));
        Ok(())
    }

    /// Has the oldest key looked up, if there is one that was offered in an earlier clock.
    pub(super) fn look_up(
        &mut self,
        clock: u64,
        port: u8,
        model: &mut Model,
    ) -> Result<bool, ModelError> {
        let Some((_, sequence)) = self.keys.pop_front_if(|(offered, _)| *offered < clock) else {
            return Ok(false);
        };
        let index = (sequence - self.first) as usize;
        if let Some(waiting) = self.frames.get_mut(index) {
            let Arrival { frame, error, .. } = &waiting.arrival;
            let outcome = model.receive(port, frame, *error)?;
            let build = if outcome.built { BUILD_LATENCY } else { 0 };
            waiting.decided = Some((clock + VERDICT_LATENCY + RELEASE_LATENCY + build, outcome));
        }
        Ok(true)
    }

    /// The oldest frame, if its verdict is there and the one before it has been released wholly.
    pub(super) fn release(&mut self, clock: u64) -> Option<Released> {
        if clock < self.release_free || self.held {
            return None;
        }
        let due = |waiting: &mut Waiting| {
            waiting
                .decided
                .as_ref()
                .is_some_and(|(verdict, _)| *verdict <= clock)
        };
        let Waiting {
            arrival_clock,
            beats,
            decided,
            ..
        } = self.frames.pop_front_if(due)?;
        self.first += 1;
        self.release_free = clock + beats as u64;
        let (_, outcome) = decided?;
        Some(Released {
            arrival_clock,
            outcome,
        })
    }
}
