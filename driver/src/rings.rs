//! Frames to and from the host through descriptor rings in memory (`docs/src/card/rings.md`).
//!
//! [`HostPort`] starts both rings and passes frames; [`control`] has what needs no running ring: limits, counters, clocks.
//! Whatever the card writes into memory is checked before it is believed.

pub mod control;
mod error;
mod format;
mod port;
mod ring;
mod settings;
mod wait;

pub use error::{Direction, RingError, RingStop};
pub use format::{Frame, MOST_BYTES, Sent, Status};
pub use port::{HostPort, RingStatistics};
pub use settings::{Events, HostSettings, Vectors};
