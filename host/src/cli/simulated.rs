//! The simulated card of `--device sim`.

use flowswitch_sim::card::CardError;
use flowswitch_sim::rtl::{RtlOptions, SimDevice};

use super::card::SEED;

/// A Verilated card with rings, all links up, no traffic but what the host injects.
pub(super) fn open(ports: u8) -> Result<SimDevice, CardError> {
    let options = RtlOptions {
        seed: SEED,
        ..RtlOptions::default()
    };
    SimDevice::open(ports, 1, options)
}
