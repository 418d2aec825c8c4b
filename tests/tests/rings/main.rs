//! The rings of the Verilated card, by their page: a host with its own descriptors and its own eyes on the bus, which may
//! be slow, out of order or broken.

mod clears;
mod descriptors;
mod errors;
mod events;
mod full;
mod interrupts;
mod limits;
mod stops;
mod transfers;
