//! A device whose accesses are watched: for logs, and to record them for [`Replay`](crate::replay::Replay).

use std::time::Duration;

use crate::device::{Device, DeviceError};
use crate::dma::DmaBuffer;
use crate::event::{Event, Failure, nanoseconds};
use crate::waker::Waker;

/// A device that tells a sink of everything that is asked of it, after it has been done. What passes through memory is not told.
#[derive(Debug)]
pub struct Traced<D, S> {
    inner: D,
    sink: S,
}

impl<D: Device, S: FnMut(Event)> Traced<D, S> {
    /// Watches a device. [`Event::named`] makes a line for people, [`Event`]'s own text one for [`Replay`](crate::replay::Replay).
    pub fn new(inner: D, sink: S) -> Self {
        Self { inner, sink }
    }

    /// The device.
    pub fn into_inner(self) -> D {
        self.inner
    }

    /// Tells what came of a register access.
    fn tell_access<T: Copy>(
        &mut self,
        offset: u32,
        result: &Result<T, DeviceError>,
        event: impl FnOnce(T) -> Event,
    ) {
        (self.sink)(match result {
            Ok(value) => event(*value),
            Err(error) => Event::Failed {
                offset,
                failure: Failure::of(error),
            },
        });
    }

    /// Tells what came of anything else.
    fn tell<T>(&mut self, result: &Result<T, DeviceError>, event: impl FnOnce(&T) -> Event) {
        (self.sink)(match result {
            Ok(value) => event(value),
            Err(error) => Event::Refused {
                failure: Failure::of(error),
            },
        });
    }
}

impl<D: Device, S: FnMut(Event)> Device for Traced<D, S> {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let result = self.inner.read32(offset);
        self.tell_access(offset, &result, |value| Event::Read { offset, value });
        result
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let result = self.inner.write32(offset, value);
        self.tell_access(offset, &result, |()| Event::Write { offset, value });
        result
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        let result = self.inner.wait(duration);
        let ns = nanoseconds(duration);
        self.tell(&result, |()| Event::Wait { ns });
        result
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        let result = self.inner.allocate(bytes);
        self.tell(&result, |buffer| Event::Allocate {
            bytes: bytes as u64,
            address: buffer.address(),
        });
        result
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        let result = self.inner.enable_interrupts(vectors);
        self.tell(&result, |()| Event::EnableInterrupts { vectors });
        result
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        let result = self.inner.wait_interrupt(mask, timeout);
        let ns = nanoseconds(timeout);
        self.tell(&result, |fired| Event::WaitInterrupt {
            mask,
            ns,
            fired: *fired,
        });
        result
    }

    fn waker(&self) -> Option<Waker> {
        self.inner.waker()
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let result = self.inner.reset();
        self.tell(&result, |()| Event::Reset);
        result
    }
}
