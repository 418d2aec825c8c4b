//! The host's driver of a Flowswitch card: registers, tables and balancing over a [`Device`].
//!
//! [`Card::open`] identifies a card before anything is written; [`Card::program`] brings it to hold an
//! [`image::Image`], [`Card::verify`] reads it back. The image is made by hand or with [`plan`], which
//! allots bucket ranges and fills them by [`maglev`].
#![deny(missing_docs)]

mod access;
mod adjust;
mod capabilities;
pub mod card;
pub mod check;
pub mod counters;
pub mod device;
mod digest;
pub mod dma;

pub mod dump;
pub mod error;
pub mod event;
pub mod fake;
pub mod faulty;
pub mod flow_key;
pub mod flows;
pub mod hash;
pub mod image;
pub mod maglev;
pub mod placement;
pub mod plan;
mod readings;
mod reconcile;
mod register_io;
pub mod register_map;
// Generated from rtl/csr/flowswitch.rdl by rtl/csr/generate.sh: register types whose unsafe code is the
// generator's (rtl/csr/safety.py gives the reasons). The accesses go through `register_io`, which follows no pointer.
#[allow(missing_docs, unsafe_code, clippy::bool_assert_comparison)]
pub mod registers;
pub mod replay;
pub mod rings;
mod settings;
pub mod socket;
mod splitmix;
mod state;
pub mod tables;
pub mod trace;
mod up;
mod update;
pub mod verify;
pub mod vfio;
mod waker;
mod wanted;
mod watch;

pub use capabilities::Capabilities;
pub use card::Card;
pub use device::{Device, DeviceError};

pub use dump::Row;
pub use error::Error;
pub use reconcile::Report;
pub use state::State;
pub use verify::Difference;
pub use waker::Waker;
pub use watch::{Activity, Reached};
