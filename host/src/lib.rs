//! Flowswitch on the host: the configuration, and the command line with which a card is driven or simulated.
#![deny(missing_docs)]

pub mod cli;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod device_name;
pub mod doctor;
pub mod duration;
pub mod event;
pub mod explain;
pub mod flow_list;
pub mod hex;
pub mod host_reason;
pub mod image;
pub mod input;
mod logical_port;
pub mod numbering;
pub mod output;
pub mod remedy;
pub mod report;
pub mod stream;
pub mod timeline;
