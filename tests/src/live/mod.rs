//! A simulated card between real network stacks: its ports are TAP devices in network namespaces.
//!
//! Whoever uses this runs in network, mount and process namespaces of its own (`tests/live/run.sh` sees to that), so
//! names cannot clash and nothing remains, however the run ends.

pub mod advertise;
pub mod command;
pub mod datagrams;
pub mod hold;
pub mod ledger;
pub mod namespace;
pub mod pump;
pub mod scenario;
pub mod span;
pub mod stations;
pub mod staying;
pub mod talk;
pub mod taps;
pub mod watch;
pub mod wire;
