//! The Verilated card as the driver sees it.

use super::RtlOptions;
use super::sharing::Sharing;
use crate::card::CardError;
use flowswitch_driver::dma::DmaBuffer;
use flowswitch_driver::{Device, DeviceError};
use flowswitch_verilated::{CardSetup, Error, VARIANTS, VerilatedCard, is_built};
use std::time::Duration;

/// Interrupt vectors of a card.
const VECTORS: u8 = 3;
/// Clocks run between two looks at whether the card stands still.
const STRETCH_CLOCKS: u64 = 256;
/// Clocks after a skip of time in which the card takes note of it.
const NOTICE_CLOCKS: u64 = 64;
/// Time skipped at once over a card that stands still: first, and most, in ns. Time for which something inside waits
/// is met early enough, and ages never pass unseen.
const SKIP_NS: (u64, u64) = (1 << 10, 1 << 24);

/// A Verilated card in this process: registers and, if it has rings, memory and interrupts.
///
/// Register writes are posted: an error of one is reported by a later access. Time is the card's: it passes by
/// [`Device::wait`] and [`Device::wait_interrupt`], and over a card that stands still without its clocks.
pub struct SimDevice {
    harness: VerilatedCard,
    rings: bool,
    sharing: Sharing,
    /// Vectors taken.
    vectors: u8,
    /// Those that have fired and were not returned.
    fired: u32,
}

impl SimDevice {
    /// A card as after a reset with so many network ports, their links up, and rings, whatever the options say of them;
    /// see [`RtlCard::new`](super::RtlCard::new).
    ///
    /// # Errors
    /// If there is no such variant or it was not built, or the model fails in its reset.
    pub fn open(ports: u8, engines: u8, mut options: RtlOptions) -> Result<Self, CardError> {
        options.rings = true;
        Self::new(ports, engines, &options)
    }

    pub(super) fn new(ports: u8, engines: u8, options: &RtlOptions) -> Result<Self, CardError> {
        let fits = |&(has, looks): &(u8, u8)| has >= ports && (looks == 1) == (engines <= 1);
        // One that was built, if any: not all are built everywhere.
        let (has, looks) = VARIANTS
            .into_iter()
            .filter(fits)
            .min_by_key(|&(has, looks)| (!is_built(has, looks), has, looks))
            .ok_or(Error::NoVariant { ports, engines })
            .map_err(super::failed)?;
        let setup = CardSetup {
            clock_hz: options.clock_hz,
            csr_hz: options.csr_hz,
            seed: options.seed,
            links_up: (1 << ports) - 1,
            monitoring: options.monitoring,
            rings: options.rings,
        };
        let harness = match options.corner {
            Some(name) => VerilatedCard::corner(name, &setup),
            None => VerilatedCard::new(has, looks, &setup),
        };
        let mut harness = harness.map_err(super::failed)?;
        harness.set_gap(options.gap);
        if let Some(window) = &options.trace {
            harness.set_trace(&window.path, window.from_clock, window.clocks);
        }
        Ok(Self {
            harness,
            rings: options.rings,
            sharing: Sharing::default(),
            vectors: 0,
            fired: 0,
        })
    }

    /// The harness.
    pub fn harness(&self) -> &VerilatedCard {
        &self.harness
    }

    /// The harness, to run it.
    pub fn harness_mut(&mut self) -> &mut VerilatedCard {
        self.sharing.withdraw(&mut self.harness);
        &mut self.harness
    }

    /// Takes note of the interrupts that have been sent.
    fn collect(&mut self) {
        let sent = self.harness.take_interrupts();
        for (vector, count) in (0..self.vectors).zip(sent) {
            self.fired |= u32::from(count > 0) << vector;
        }
    }

    /// Lets so much time pass, but not beyond an interrupt of the mask.
    fn pass(&mut self, mut ns: u64, mask: u32) -> Result<(), Error> {
        let awaited = u8::try_from(mask & 0xff).unwrap_or(0);
        let mut skip = SKIP_NS.0;
        loop {
            let began = self.harness.now_ns();
            let stretch = if skip > SKIP_NS.0 {
                NOTICE_CLOCKS
            } else {
                STRETCH_CLOCKS
            };
            let left = self.harness.clocks_for_ns(ns) + 1;
            if self
                .harness
                .run_until_interrupt(awaited, stretch.min(left))?
            {
                self.collect();
                if self.fired & mask != 0 {
                    return Ok(());
                }
            }
            if stretch >= left {
                return Ok(());
            }
            if self.harness.is_still() {
                let ahead = ns.saturating_sub(self.harness.now_ns() - began);
                let clocks = self.harness.clocks_for_ns(skip.min(ahead));
                self.harness.skip_time(clocks);
                skip = (skip * 2).min(SKIP_NS.1);
            } else {
                skip = SKIP_NS.0;
            }
            ns = ns.saturating_sub(self.harness.now_ns() - began);
        }
    }

    fn with_rings(&self, what: &'static str) -> Result<(), DeviceError> {
        if self.rings {
            Ok(())
        } else {
            Err(DeviceError::Unsupported(what))
        }
    }
}

impl Device for SimDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.harness_mut().read(offset).map_err(failed)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.harness_mut().write(offset, value).map_err(failed)
    }

    /// Runs the clocks of `duration`. Without rings simulated time stands still meanwhile in an idle card, as during
    /// accesses; with rings it is skipped if nothing moves.
    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        let ns = nanoseconds(duration);
        self.harness_mut().finish_writes().map_err(failed)?;
        if self.rings {
            return self.pass(ns, 0).map_err(failed);
        }
        self.harness
            .pause(self.harness.clocks_for_ns(ns) + 1)
            .map_err(failed)
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        self.with_rings("memory that the card reaches: it was made without rings")?;
        self.sharing.allocate(&mut self.harness, bytes)
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        self.with_rings("interrupts: it was made without rings")?;
        if vectors > VECTORS {
            return Err(DeviceError::Unsupported("more than three vectors"));
        }
        self.vectors = vectors;
        self.harness_mut().set_bus_master(true);
        Ok(())
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        self.with_rings("interrupts: it was made without rings")?;
        self.harness_mut().finish_writes().map_err(failed)?;
        self.collect();
        if self.fired & mask == 0 {
            self.pass(nanoseconds(timeout), mask).map_err(failed)?;
            self.collect();
        }
        let fired = self.fired & mask;
        self.fired &= !mask;
        Ok(fired)
    }

    /// Resets the function; the card is no longer a master of the bus, and all its memory stays mapped.
    fn reset(&mut self) -> Result<(), DeviceError> {
        self.with_rings("a reset of the function: it was made without rings")?;
        let harness = self.harness_mut();
        harness.finish_writes().map_err(failed)?;
        harness.pulse_flr().map_err(failed)?;
        // What was begun on the bus ends.
        for _ in 0..STRETCH_CLOCKS {
            if !harness.bus_busy() {
                break;
            }
            harness.run(STRETCH_CLOCKS).map_err(failed)?;
        }
        harness.set_bus_master(false);
        harness.take_interrupts();
        self.vectors = 0;
        self.fired = 0;
        Ok(())
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn failed(error: Error) -> DeviceError {
    match error {
        Error::Refused { offset } => DeviceError::Refused { offset },
        Error::NoAnswer { offset } => DeviceError::NoAnswer { offset },
        other => DeviceError::Failed(Box::new(other)),
    }
}
