//! The host's driver of a Flowswitch card: registers, tables and balancing over a [`Device`].
//!
//! [`Card::open`] identifies a card before anything is written; [`Card::program`] brings it to hold an
//! [`image::Image`], [`Card::verify`] reads it back. The image is made by hand or with [`plan`], which
//! allots bucket ranges and fills them by [`maglev`].
#![deny(missing_docs)]

pub mod card;
pub mod counters;
pub mod device;
pub mod error;
pub mod image;

pub use card::{Capabilities, Card, State};
pub use device::{Device, DeviceError};
pub use error::Error;
