//! The Verilated card as the driver sees it.

use flowswitch_driver::{Device, DeviceError};
use flowswitch_verilated::{Error, VerilatedCard};
use std::time::Duration;

/// Register access to a Verilated card. Writes are posted: an error of one is reported by a later access.
pub struct RtlDevice {
    harness: VerilatedCard,
}

impl RtlDevice {
    pub(super) fn new(harness: VerilatedCard) -> Self {
        Self { harness }
    }

    /// The harness.
    pub fn harness(&self) -> &VerilatedCard {
        &self.harness
    }

    /// The harness, to run it.
    pub fn harness_mut(&mut self) -> &mut VerilatedCard {
        &mut self.harness
    }
}

impl Device for RtlDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.harness.read(offset).map_err(failed)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.harness.write(offset, value).map_err(failed)
    }

    /// Runs the clocks of `duration`. In an idle card simulated time stands still meanwhile, as during accesses.
    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.harness.finish_writes().map_err(failed)?;
        self.harness
            .pause(self.harness.clocks_for_ns(ns) + 1)
            .map_err(failed)
    }
}

fn failed(error: Error) -> DeviceError {
    match error {
        Error::Refused { offset } => DeviceError::Refused { offset },
        Error::NoAnswer { offset } => DeviceError::NoAnswer { offset },
        other => DeviceError::Failed(Box::new(other)),
    }
}
