//! The Verilated card: the RTL of `rtl/`, compiled to C++ once for each variant, and a shim that owns the clock
//! loop, so that a burst of frames costs one call.
//!
//! [`VerilatedCard`] knows frames, clocks, pins and register accesses, and nothing about what they mean.
#![deny(missing_docs)]

pub mod bench;
mod bridge;
mod bus;
pub mod bus_bench;
mod card;
mod error;
pub mod register_bench;
#[path = "../build/variants.rs"]
mod variants;

pub use bridge::ffi::{
    BusAccess, BusError, BusFaults, CardSetup, FrameIn, FrameOut, LearnRecord, LoopResult,
    MemoryTiming, RunEnd, StreamBeat, VerdictRecord,
};
pub use bus::{Access, Memory};
pub use card::{Departures, VerilatedCard};
pub use error::Error;
pub use variants::{CORNERS, Corner, VARIANTS};

use variants::variant_name;

/// What the monitor of an output port objects to in a course of clocks, if anything: valid must not fall before ready
/// or within a frame, a beat must not change while it waits, source, stamp and reason hold for a frame.
pub fn stream_fault(clocks: &[StreamBeat]) -> Option<String> {
    let fault = bridge::ffi::stream_fault(clocks);
    (!fault.is_empty()).then_some(fault)
}

/// Whether the variant with these numbers of ports and engines was built (`make card-p8e1` and the like do it).
pub fn is_built(ports: u8, engines: u8) -> bool {
    is_built_as(&variant_name(ports, engines))
}

/// Whether the variant of that name was built, `p8e1` or a corner's.
pub fn is_built_as(name: &str) -> bool {
    env!("FLOWSWITCH_BUILT_VARIANTS")
        .split(',')
        .any(|built| built == name)
}
