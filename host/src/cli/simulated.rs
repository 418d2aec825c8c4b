//! The simulated card of `--device sim`.

use std::time::Duration;

use flowswitch_driver::{Device, DeviceError};
use flowswitch_sim::card::CardError;
use flowswitch_sim::rtl::{RtlCard, RtlOptions};

use super::card::SEED;

/// A Verilated card, all links up, no traffic but what the host injects.
pub(super) struct SimulatedDevice(RtlCard);

/// Makes a card with so many network ports.
pub(super) fn open(ports: u8) -> Result<SimulatedDevice, CardError> {
    let options = RtlOptions {
        seed: SEED,
        ..RtlOptions::default()
    };
    Ok(SimulatedDevice(RtlCard::new(ports, 1, options)?))
}

impl Device for SimulatedDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.0.driver_mut().device_mut().read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.0.driver_mut().device_mut().write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.0.driver_mut().device_mut().wait(duration)
    }
}
