//! The seam between the driver and whatever carries its register accesses: a board or a simulation.

use std::time::Duration;

/// Access to the register window of one card (1 MiB, byte offsets, 32-bit accesses).
///
/// A simulated card, a VFIO device and the wrappers that trace or inject faults all implement it.
pub trait Device {
    /// Reads the 32-bit word at byte `offset`, a multiple of 4 below 2^20.
    ///
    /// # Errors
    /// [`DeviceError`] if the access could not be carried out or the card refused it.
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError>;

    /// Writes the 32-bit word at byte `offset`, a multiple of 4 below 2^20. A write may be posted: an
    /// error of its own may then stay unseen, later reads see its effect.
    ///
    /// # Errors
    /// [`DeviceError`] if the access could not be carried out or the card refused it.
    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError>;

    /// Lets at least `duration` of the card's time pass: sleeps on hardware, advances the clock in simulation.
    ///
    /// # Errors
    /// [`DeviceError`] if the card cannot go on, such as a simulation whose assertion failed.
    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError>;
}

impl<D: Device + ?Sized> Device for &mut D {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        (**self).read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        (**self).write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        (**self).wait(duration)
    }
}

/// Why a register access failed.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The card no longer answers: its identity reads as all ones.
    #[error("the device is gone: its registers read as all ones")]
    Gone,
    /// The card answered with an error (SLVERR or DECERR on AXI).
    #[error("the card refused the access at byte {offset:#07x}")]
    Refused {
        /// Byte offset of the access.
        offset: u32,
    },
    /// The card did not answer in time.
    #[error("the card did not answer the access at byte {offset:#07x}")]
    NoAnswer {
        /// Byte offset of the access.
        offset: u32,
    },
    /// The carrier of the accesses failed: a simulation's assertion, an operating system's error.
    #[error("register access failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
