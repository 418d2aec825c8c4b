//! The host's driver of a Flowswitch card: registers, tables and balancing over a [`Device`](device).
#![deny(missing_docs)]

pub mod image;
