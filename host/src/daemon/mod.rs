//! The daemon: one thread owns the card, keeps it as the configuration, the operator and the checks want it, and answers requests.
//!
//! [`desired`](desired::desired) says what the card is to hold; [`Owner`] brings it there and keeps it there. Nothing here passes a
//! frame of clients: the card does that, daemon or no daemon.

mod attach;
mod choice;
mod commands;
mod counts;
pub mod desired;
mod differences;
mod failed;
pub mod folder_lock;
mod health;
pub mod journal;
mod line;
mod look;
mod opener;
mod owner;
mod process;
mod publisher;
mod running;
mod serving;
mod socket_file;
mod start;
pub mod states;
mod statistics;
mod status;
mod text;
mod transaction;
mod wishes;

pub use opener::{NamedDevice, Opener};
pub use owner::{Notice, Owner, Setup};
pub use process::{LogFormat, Options, ProcessError, run};
pub use running::RunningError;
pub use start::StartError;
