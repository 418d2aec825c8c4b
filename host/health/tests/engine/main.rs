//! The prober against servers with real stacks, in simulated time.

mod kinds;
mod network;
mod server;
