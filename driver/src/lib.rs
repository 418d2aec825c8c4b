//! The host's driver of a Flowswitch card: registers, tables and balancing over a [`Device`].
//!
//! [`Card::open`] identifies a card before anything is written; [`Card::program`] brings it to hold an
//! [`image::Image`], [`Card::verify`] reads it back. The image is made by hand or with [`plan`], which
//! allots bucket ranges and fills them by [`maglev`].
#![deny(missing_docs)]

mod access;
mod capabilities;
pub mod card;
pub mod check;
pub mod counters;
pub mod device;
pub mod dma;
pub mod error;
pub mod fake;
pub mod flow_key;
pub mod flows;
pub mod hash;
pub mod image;
pub mod maglev;
pub mod placement;
pub mod plan;
mod readings;
mod register_io;
// Generated from rtl/csr/flowswitch.rdl by rtl/csr/generate.sh: register types whose unsafe code is the
// generator's. The accesses go through `register_io`, which follows no pointer.
#[allow(
    missing_docs,
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::bool_assert_comparison
)]
pub mod registers;
pub mod rings;
mod settings;
pub mod socket;
mod state;
pub mod tables;
mod up;
mod update;
pub mod verify;
pub mod vfio;
mod wanted;

pub use capabilities::Capabilities;
pub use card::Card;
pub use device::{Device, DeviceError};
pub use error::Error;
pub use state::State;
pub use verify::Difference;
