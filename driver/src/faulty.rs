//! A device with faults, to see that what uses it bears them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::device::{Device, DeviceError};
use crate::dma::{DmaBuffer, DmaMemory, PAGE_BYTES, Page, pages_for};
use crate::splitmix::SplitMix;
use crate::waker::Waker;

/// Which faults a device has; rates are of 256. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Register reads that get no answer.
    pub failing_reads: u8,
    /// Register reads that give all ones, as those of a card that is gone.
    pub ones: u8,
    /// Register writes that get lost without a word, as posted writes do.
    pub lost_writes: u8,
    /// Waits for interrupts that end by time although a vector fired.
    pub lost_interrupts: u8,
    /// Of each piece of memory the card reaches only so many bytes, rounded up to pages: what either side writes behind them the other
    /// does not see.
    pub short_memory: Option<usize>,
    /// After so many register accesses the card is pulled: reads give all ones, nothing else happens.
    pub gone_after: Option<u64>,
}

/// A device with faults, which follow from a seed alone.
#[derive(Debug)]
pub struct Faulty<D> {
    inner: D,
    faults: Faults,
    numbers: SplitMix,
    accesses: u64,
}

impl<D: Device> Faulty<D> {
    /// Gives a device faults.
    pub fn new(inner: D, faults: Faults, seed: u64) -> Self {
        Self {
            inner,
            faults,
            numbers: SplitMix::new(seed),
            accesses: 0,
        }
    }

    /// The device behind the faults.
    pub fn inner(&mut self) -> &mut D {
        &mut self.inner
    }

    /// Register accesses so far.
    pub fn accesses(&self) -> u64 {
        self.accesses
    }

    /// The faults; they may be changed at any time.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    fn is_gone(&self) -> bool {
        let after = self.faults.gone_after;
        after.is_some_and(|after| self.accesses > after)
    }
}

impl<D: Device> Device for Faulty<D> {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.accesses += 1;
        if self.is_gone() || self.numbers.happens(self.faults.ones) {
            return Ok(u32::MAX);
        }
        if self.numbers.happens(self.faults.failing_reads) {
            return Err(DeviceError::NoAnswer { offset });
        }
        self.inner.read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.accesses += 1;
        if self.is_gone() || self.numbers.happens(self.faults.lost_writes) {
            return Ok(());
        }
        self.inner.write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.inner.wait(duration)
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        let whole = self.inner.allocate(bytes)?;
        let Some(reached) = self.faults.short_memory else {
            return Ok(whole);
        };
        let (whole, address, mapping) = whole.into_parts();
        let rest = pages_for(whole.count() * size_of::<AtomicU64>());
        let memory = ShortMemory {
            whole,
            reached: reached.next_multiple_of(PAGE_BYTES) / size_of::<AtomicU64>(),
            rest,
        };
        Ok(DmaBuffer::new(Box::new(memory), address, mapping))
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        self.inner.enable_interrupts(vectors)
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        let fired = self.inner.wait_interrupt(mask, timeout)?;
        if self.is_gone() || self.numbers.happens(self.faults.lost_interrupts) {
            return Ok(0);
        }
        Ok(fired)
    }

    fn waker(&self) -> Option<Waker> {
        self.inner.waker()
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        if self.is_gone() {
            return Err(DeviceError::Gone);
        }
        self.inner.reset()
    }
}

/// Memory whose end the card does not reach.
struct ShortMemory {
    whole: Box<dyn DmaMemory>,
    /// Words that the card reaches.
    reached: usize,
    /// What stands in the place of the others.
    rest: Arc<[Page]>,
}

impl DmaMemory for ShortMemory {
    fn count(&self) -> usize {
        self.rest.count()
    }

    fn word(&self, number: usize) -> &AtomicU64 {
        if number < self.reached {
            self.whole.word(number)
        } else {
            self.rest.word(number)
        }
    }
}
