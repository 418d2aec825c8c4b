//! The host's memory without a card, to prove it by itself.

use crate::bridge::ffi;
use crate::{Access, BusError, BusFaults, Error, Memory, MemoryTiming};
use cxx::UniquePtr;

pub use crate::bridge::ffi::{BusAnswer, BusAsk};

/// Memory behind a bus whose master is the caller.
pub struct BusBench {
    // Dropped before the memory that it accesses.
    inner: UniquePtr<ffi::BusBench>,
    windows: Vec<Memory>,
}

impl BusBench {
    /// Without windows, the master enabled, the timing as of a new card.
    pub fn new(seed: u64) -> Self {
        let mut inner = ffi::new_bus_bench(seed);
        inner.pin_mut().set_master(true);
        Self {
            inner,
            windows: Vec::new(),
        }
    }

    /// As [`VerilatedCard::add_window`](crate::VerilatedCard::add_window); the window stays.
    ///
    /// # Errors
    /// [`Error::Window`] as there.
    pub fn add_window(
        &mut self,
        address: u64,
        memory: Memory,
        access: Access,
    ) -> Result<(), Error> {
        memory.show(address, |base, bytes| {
            let inner = self.inner.pin_mut();
            // SAFETY: `self.windows` keeps the memory, valid for its size, for longer than `inner`.
            unsafe { inner.add_window(address, base, bytes, access.read, access.write) }
        })?;
        self.windows.push(memory);
        Ok(())
    }

    /// Whether the master may use the bus.
    pub fn set_master(&mut self, master: bool) {
        self.inner.pin_mut().set_master(master);
    }

    /// As of a card.
    pub fn set_timing(&mut self, timing: &MemoryTiming) {
        self.inner.pin_mut().set_timing(timing);
    }

    /// As of a card.
    pub fn fail_access(&mut self, error: &BusError) {
        self.inner.pin_mut().fail_access(error);
    }

    /// Accesses refused so far.
    pub fn faults(&self) -> BusFaults {
        self.inner.faults()
    }

    /// Transactions are under way.
    pub fn busy(&self) -> bool {
        self.inner.busy()
    }

    /// One clock.
    pub fn step(&mut self, ask: &BusAsk) -> BusAnswer {
        self.inner.pin_mut().step(ask)
    }
}
