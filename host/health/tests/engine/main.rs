//! The prober against servers with real stacks, in simulated time.

mod faults;
mod hostile;
mod kinds;
mod network;
mod programs;
mod server;
mod states;
mod station;
mod talks;
