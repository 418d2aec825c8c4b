//! The Verilated card as a PCI function on a vfio-user socket: for QEMU's `vfio-user-pci`, and for drivers that speak the
//! protocol themselves. `docs/src/vfio-user.md` tells how to use it.

mod bars;
mod breach;
mod clock;
mod config_space;
mod function;
mod interrupts;
mod requests;
mod rest;
mod server;
mod windows;
mod wires;

pub use clock::{Served, WorkError};
pub use server::{ServeError, Serving, Stopper, serve};
pub use wires::{Wire, WireEnd, WireError, Wires};
