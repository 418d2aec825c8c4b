//! The master of the register port without a card, to prove it by itself.

use crate::bridge::ffi;
use cxx::UniquePtr;

pub use crate::bridge::ffi::{RegisterAnswer, RegisterAsk};

/// A master of an AXI4-Lite bus whose slave is the caller.
pub struct RegisterBench {
    inner: UniquePtr<ffi::RegisterBench>,
}

impl RegisterBench {
    /// With nothing to do.
    #[expect(
        clippy::new_without_default,
        reason = "a bench is no value that one defaults to"
    )]
    pub fn new() -> Self {
        Self {
            inner: ffi::new_register_bench(),
        }
    }

    /// Posts a write.
    pub fn write(&mut self, address: u32, value: u32) {
        self.inner.pin_mut().write(address, value);
    }

    /// Begins a read, behind all writes so far. Only when no read is under way but one that was given up.
    pub fn read(&mut self, address: u32) {
        self.inner.pin_mut().read(address);
    }

    /// Nobody waits any more for the read that is under way.
    pub fn give_up(&mut self) {
        self.inner.pin_mut().give_up();
    }

    /// Somebody waits for an access.
    pub fn busy(&self) -> bool {
        self.inner.busy()
    }

    /// What the last read that was waited for brought.
    pub fn read_value(&self) -> u32 {
        self.inner.read_value()
    }

    /// One clock: what the master shows, and takes of the answer.
    pub fn step(&mut self, answer: &RegisterAnswer) -> RegisterAsk {
        self.inner.pin_mut().step(answer)
    }
}
