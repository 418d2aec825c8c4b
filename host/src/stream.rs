//! Captures through a card, with no more of them in memory than the card needs to go on.
//!
//! Each port is given frames ahead of their time, a portion whenever one has too few left. The card then does what it had done
//! with all frames queued at once, see [`Card::run_while_fed`](flowswitch_sim::card::Card::run_while_fed): how much is
//! read ahead, and how often it stops, cannot be seen in what comes out.

use std::io::Read;

use flowswitch_sim::card::{Arrival, CardError, Departure, Pause};

use crate::event::Change;
use crate::input::{Frames, InputError};
use crate::output::OutputError;
use crate::timeline::Timeline;

/// Bytes of a beat, of which a port takes one a clock.
const BEAT: usize = 64;

/// How much is held, and how often the run can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portions {
    /// Beats that a port is given beyond those that the card asks for.
    pub ahead: u64,
    /// Clocks after which the card stops, so that what left can be taken.
    pub clocks: u64,
}

impl Default for Portions {
    /// A few MiB for each port, and many looks in a second.
    fn default() -> Self {
        Self {
            ahead: 1 << 12,
            clocks: 1 << 11,
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All frames have entered and left, all events have happened.
    Whole,
    /// The user did not want to wait for it. What had entered has left.
    Interrupted,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The card failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A capture is no longer what it was.
    #[error(transparent)]
    Input(#[from] InputError),
    /// What left could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Who follows a run.
pub trait Observer {
    /// Frames left, in simulated time; those of a port in the order in which they left.
    ///
    /// # Errors
    /// What keeps them from being written.
    fn left(&mut self, departures: &[Departure]) -> Result<(), OutputError>;

    /// So many bytes of all captures were read; false ends the run.
    fn go_on(&mut self, bytes_read: u64) -> bool;
}

/// A run of captures through a card.
pub struct Stream<R> {
    frames: Vec<Frames<R>>,
    portions: Portions,
}

impl<R: Read> Stream<R> {
    /// Of these frames, one capture for a port.
    pub fn new(frames: Vec<Frames<R>>, portions: Portions) -> Self {
        Self { frames, portions }
    }

    /// Runs frames and events, which come in the order of their times; at equal times events come first.
    ///
    /// # Errors
    /// See [`StreamError`].
    pub fn run(
        &mut self,
        timeline: &mut Timeline<'_>,
        events: &[(u64, Change)],
        observer: &mut impl Observer,
    ) -> Result<End, StreamError> {
        for (at_ns, change) in events {
            if self.enter_before(*at_ns, timeline, observer)? == End::Interrupted {
                return Ok(End::Interrupted);
            }
            timeline.change(*at_ns, change)?;
        }
        self.enter_before(u64::MAX, timeline, observer)
    }

    /// Lets the frames enter that come before a simulated time, and runs until all have left.
    fn enter_before(
        &mut self,
        until_ns: u64,
        timeline: &mut Timeline<'_>,
        observer: &mut impl Observer,
    ) -> Result<End, StreamError> {
        let mut end = End::Whole;
        loop {
            let mut open = 0;
            if end == End::Whole && !observer.go_on(self.bytes_read()) {
                timeline.withdraw();
                end = End::Interrupted;
            }
            if end == End::Whole {
                open = self.feed(until_ns, timeline)?;
            }
            let (pause, left) = timeline.run_while_fed(open, self.portions.clocks)?;
            observer.left(&left)?;
            if pause == Pause::Idle {
                return Ok(end);
            }
        }
    }

    fn bytes_read(&self) -> u64 {
        self.frames.iter().map(Frames::bytes_read).sum()
    }

    /// Gives each port what it lacks; returns the ports for which more is to come.
    fn feed(&mut self, until_ns: u64, timeline: &mut Timeline<'_>) -> Result<u16, InputError> {
        let wanted = timeline.reserve() + self.portions.ahead;
        let mut open = 0;
        let mut portion: Vec<Arrival> = Vec::new();
        for frames in &mut self.frames {
            let mut beats = timeline.queued_beats(frames.port());
            // Ports are few, and frames many: a port is filled when it is about to have too few, not for each frame.
            let fills = beats < timeline.reserve().max(1);
            while fills && beats < wanted {
                let Some(arrival) = frames.next_before(until_ns)? else {
                    break;
                };
                beats += arrival.data.len().div_ceil(BEAT) as u64;
                portion.push(arrival);
            }
            open |= u16::from(frames.waits_before(until_ns)?) << frames.port();
        }
        timeline.enter(portion);
        Ok(open)
    }
}
