//! Co-simulation: random images, frames and events through the Verilated card, and the golden model led along the
//! card's own order of look-ups, which is the only choice it takes over unseen; everything else is compared.

mod asks;
mod case;
mod cast;
mod check;
mod flow_hints;
mod frames;
mod images;
mod logical_ports;
mod order;
mod queues;
mod replay;
mod run;
mod setup;
mod talks;
mod tally;

pub use case::{Batch, Case, Change, Event, Pace};
pub use cast::Cast;
pub use frames::FrameSpec;
pub use run::{Bench, Failure, Seen};
