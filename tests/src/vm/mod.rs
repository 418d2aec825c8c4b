//! A virtual machine that drives the simulated card: QEMU with a Debian kernel, the unmodified `flowswitch` in it, the card
//! in a process of its own, its ports in network namespaces.
//!
//! Like the live test it runs in namespaces of its own (`tests/vm/run.sh`), so that nothing remains, however it ends, and
//! every wait has an end.

pub mod card_process;
pub mod datagrams;
pub mod failure;
pub mod faults;
pub mod guest;
pub mod image;
pub mod installation;
pub mod large;
pub mod lines;
pub mod scenario;
