//! The seam between the driver and whatever carries its accesses to a card: a board or a simulation.

use std::time::Duration;

use crate::dma::DmaBuffer;
use crate::waker::Waker;

/// Access to one card: its register window (1 MiB, byte offsets, 32-bit accesses), memory that it reaches, interrupts.
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

    /// Zeroed memory of at least `bytes` bytes that the card can read and write.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] if the device has registers alone; [`DeviceError::Memory`] if none can be had.
    fn allocate(&mut self, _bytes: usize) -> Result<DmaBuffer, DeviceError> {
        Err(DeviceError::Unsupported("memory that the card reaches"))
    }

    /// Takes the interrupt vectors from 0 to `vectors` - 1 and lets the card be a master of the bus, which it needs for
    /// interrupts and memory.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] if the device has no interrupts; else why they cannot be had.
    fn enable_interrupts(&mut self, _vectors: u8) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported("interrupts"))
    }

    /// Waits until a vector of `mask` (bit 0 is vector 0) fires, at most `timeout` (of the card's time in simulation), and
    /// returns those that have fired since they were last returned; 0 after the time-out.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] if the device has no interrupts; else why the card cannot go on.
    fn wait_interrupt(&mut self, _mask: u32, _timeout: Duration) -> Result<u32, DeviceError> {
        Err(DeviceError::Unsupported("interrupts"))
    }

    /// What ends a wait for an interrupt from another thread; none if the device has no such thing. One and the same as long as the
    /// device lives.
    fn waker(&self) -> Option<Waker> {
        None
    }

    /// Resets the function (FLR): stops memory accesses and interrupts, leaves tables and forwarding alone. Interrupts must be
    /// enabled again.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`] if the device cannot; else why the card cannot go on.
    fn reset(&mut self) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported("a reset of the function"))
    }
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

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        (**self).allocate(bytes)
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        (**self).enable_interrupts(vectors)
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        (**self).wait_interrupt(mask, timeout)
    }

    fn waker(&self) -> Option<Waker> {
        (**self).waker()
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        (**self).reset()
    }
}

impl<D: Device + ?Sized> Device for Box<D> {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        (**self).read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        (**self).write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        (**self).wait(duration)
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        (**self).allocate(bytes)
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        (**self).enable_interrupts(vectors)
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        (**self).wait_interrupt(mask, timeout)
    }

    fn waker(&self) -> Option<Waker> {
        (**self).waker()
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        (**self).reset()
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
    /// The device has no such thing.
    #[error("this device does not offer {0}")]
    Unsupported(&'static str),
    /// Memory could not be had or mapped: how many bytes, why, and what mends it.
    #[error("no memory of {bytes} bytes for the card: {why}")]
    Memory {
        /// Bytes asked for.
        bytes: usize,
        /// Why, and what mends it.
        why: String,
    },
    /// The carrier of the accesses failed: a simulation's assertion, an operating system's error.
    #[error("register access failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
