//! Health checks of stations that share one address.
//!
//! A [`Prober`] does no input or output and starts no thread: it is given frames and the time, and gives frames, the time
//! at which it must be asked again, and [`Change`]s. Each probe is a frame to one station's MAC out of one port, and only
//! frames from that MAC and port count as its answer, so it does not matter that all servers have one IP address.
#![deny(missing_docs)]

pub mod check;
mod clock;
mod connection;
mod echo;
mod exec;
mod frame;
mod measure;
mod neighbour;
mod outbox;
mod packet;
mod probe;
mod prober;
mod receiving;
mod refusal;
mod running;
mod schedule;
mod state;
mod station;
mod statistics;
mod talk;
mod talks;
pub mod target;
mod tracked;

pub use check::{Check, DnsCheck, ExecCheck, HttpCheck, Kind, Tls, Verify};
pub use measure::{Measured, measure};
pub use prober::Prober;
pub use statistics::{Lateness, ProberStatistics, Refused};
pub use target::{
    Agent, AgentWish, Change, CheckReport, Report, Result, Station, Target, TargetId,
};
