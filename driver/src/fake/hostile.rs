//! A card that lies: some registers, some words of memory and some interrupts are anything at all.

use std::time::Duration;

use super::FakeDevice;
use crate::device::{Device, DeviceError};
use crate::dma::DmaBuffer;
use crate::splitmix::SplitMix;

/// More accesses than any driver needs that comes to an end.
const MOST_ACCESSES: u64 = 20_000_000;

/// A card in memory whose answers are not to be trusted. What it makes up follows from its seed alone.
#[derive(Clone, Debug)]
pub struct HostileDevice {
    /// The card behind it.
    pub inner: FakeDevice,
    /// Of 256 register reads, how many are lies.
    pub lying_reads: u8,
    /// Of 256 accesses, how many also change words of the memory that was allocated.
    pub scribbles: u8,
    /// Of 256 waits for interrupts, how many end by vectors that were made up.
    pub false_interrupts: u8,
    /// Accesses left until the card is pulled.
    pub gone_after: Option<u64>,
    /// Accesses so far, waits included.
    accesses: u64,
    numbers: SplitMix,
}

impl HostileDevice {
    /// A card that tells the truth until its rates are set.
    pub fn new(inner: FakeDevice, seed: u64) -> Self {
        Self {
            inner,
            lying_reads: 0,
            scribbles: 0,
            false_interrupts: 0,
            gone_after: None,
            accesses: 0,
            numbers: SplitMix::new(seed),
        }
    }

    fn draw(&mut self) -> u64 {
        self.numbers.draw()
    }

    fn happens(&mut self, of_256: u8) -> bool {
        self.numbers.happens(of_256)
    }

    /// Near the truth as well as far from it: a bit flipped, all ones, nothing, anything.
    fn lie(&mut self, truth: u64) -> u64 {
        let drawn = self.draw();
        match drawn >> 62 {
            0 => truth ^ 1 << (drawn & 63),
            1 => u64::MAX,
            2 => truth.wrapping_add(1),
            _ => self.draw(),
        }
    }

    /// # Panics
    /// If the driver does not come to an end.
    fn access(&mut self) {
        self.accesses += 1;
        assert!(
            self.accesses < MOST_ACCESSES,
            "{MOST_ACCESSES} accesses: the driver goes on and on"
        );
        if let Some(left) = &mut self.gone_after {
            *left = left.saturating_sub(1);
            self.inner.gone = *left == 0;
        }
        if !self.happens(self.scribbles) {
            return;
        }
        for (address, bytes) in self.inner.host.windows.mapped() {
            // The rings stand at the beginning: most of the words there, some anywhere.
            for reach in [bytes.min(4096), bytes] {
                let at = address + (self.draw() % (reach as u64 / 8)) * 8;
                let held = self.inner.host.windows.read(at, 8).unwrap_or_default();
                let truth = held.try_into().map_or(0, u64::from_le_bytes);
                let word = self.lie(truth).to_le_bytes();
                self.inner.host.windows.write(at, &word);
            }
        }
    }
}

impl Device for HostileDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.access();
        let truth = self.inner.read32(offset)?;
        if self.happens(self.lying_reads) {
            return Ok((self.lie(truth.into()) & 0xffff_ffff) as u32);
        }
        Ok(truth)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.access();
        self.inner.write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.access();
        self.inner.wait(duration)
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        self.inner.allocate(bytes)
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        self.inner.enable_interrupts(vectors)
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        self.access();
        let fired = self.inner.wait_interrupt(mask, timeout)?;
        if self.happens(self.false_interrupts) {
            return Ok((self.draw() & 0xffff_ffff) as u32);
        }
        Ok(fired)
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        self.inner.reset()
    }
}
