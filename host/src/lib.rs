//! Flowswitch on the host: the configuration, and the command line with which a card is simulated.
#![deny(missing_docs)]

pub mod cli;
pub mod config;
pub mod demo;
pub mod duration;
pub mod event;
pub mod image;
pub mod input;
mod logical_port;
pub mod output;
pub mod report;
pub mod timeline;
