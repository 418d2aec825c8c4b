//! The switch as it is operated: the daemon with its card between real network stacks, faults under load, abuse.
//!
//! Whoever uses this runs in network, mount and process namespaces of its own (`tests/live/run.sh` sees to that), so
//! names cannot clash and nothing remains, however the run ends.

pub mod abuse;
pub mod account;
pub mod clients;
pub mod faults;
pub mod fetch;
pub mod flood;
pub mod installation;
pub mod load;
pub mod machines;
pub mod operator;
pub mod peace;
pub mod process;
pub mod results;
pub mod run;
pub mod tor;
pub mod uml;
pub mod web;
