//! Co-simulation: random images, frames and events through the Verilated card, and the golden model led along the
//! card's own choices (`docs/src/card/leeway.md` lists them); everything else is compared. And without a word between the two.

mod asks;
mod brims;
mod case;
mod cast;
mod check;
mod flow_hints;
mod frames;
mod images;
mod logical_ports;
mod order;
mod queues;
mod random;
mod replay;
mod run;
mod setup;
mod talks;
mod tally;
mod unhinted;

pub use brims::{FILLS, Fill, PORTS_TO_FILL};
pub use case::{Batch, Case, Change, Event, Pace};
pub use cast::Cast;
pub use frames::FrameSpec;
pub use random::{frames_without_hints, one_engine, random_cases};
pub use run::{Bench, Failure, Seen};
pub use unhinted::{Difference, Left, Pair};
