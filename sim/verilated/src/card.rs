use crate::bridge::ffi;
use crate::bus::{Access, Memory};
use crate::variants::{CORNERS, VARIANTS, variant_name};
use crate::{
    BusAccess, BusError, BusFaults, CardSetup, Error, FrameIn, FrameOut, LearnRecord, LoopResult,
    MemoryTiming, RunEnd, VerdictRecord, is_built, is_built_as,
};
use cxx::UniquePtr;
use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;

// SAFETY: a card owns its model and the model's Verilated context, refers to nothing of the thread it was made in
// (every entry sets the thread's current context anew), and is only reached through `VerilatedCard`, one thread at
// a time. The memory of its windows is kept by `VerilatedCard` and accessed by atomic words alone.
unsafe impl Send for ffi::Card {}

/// One simulated card. Several may run in one process, each in its own thread.
pub struct VerilatedCard {
    // Dropped before the memory that it accesses.
    inner: UniquePtr<ffi::Card>,
    /// Memory of the windows, by address on the bus.
    windows: BTreeMap<u64, Memory>,
    ports: u8,
    engines: u8,
}

/// Frames that left a card, in the order in which they ended, and their bytes.
#[derive(Clone, Copy, Debug)]
pub struct Departures<'a> {
    /// The frames.
    pub frames: &'a [FrameOut],
    bytes: &'a [u8],
}

impl<'a> Departures<'a> {
    /// The bytes of one of the frames.
    pub fn bytes(&self, frame: &FrameOut) -> &'a [u8] {
        &self.bytes[frame.offset..frame.offset + frame.length as usize]
    }
}

impl VerilatedCard {
    /// Builds and resets the card with exactly these numbers of network ports and look-up engines.
    ///
    /// # Errors
    /// If there is no such variant, it was not built, or the model fails in reset.
    pub fn new(ports: u8, engines: u8, setup: &CardSetup) -> Result<Self, Error> {
        if !VARIANTS.contains(&(ports, engines)) {
            return Err(Error::NoVariant { ports, engines });
        }
        if !is_built(ports, engines) {
            return Err(Error::NotBuilt { ports, engines });
        }
        Self::named(&variant_name(ports, engines), ports, engines, setup)
    }

    /// Builds and resets one of [`CORNERS`].
    ///
    /// # Errors
    /// As [`VerilatedCard::new`].
    pub fn corner(name: &str, setup: &CardSetup) -> Result<Self, Error> {
        let corner = CORNERS.iter().find(|corner| corner.name == name);
        let corner = corner.ok_or_else(|| Error::NoCorner(name.into()))?;
        if !is_built_as(name) {
            return Err(Error::CornerNotBuilt(name.into()));
        }
        Self::named(name, corner.ports, corner.engines, setup)
    }

    fn named(name: &str, ports: u8, engines: u8, setup: &CardSetup) -> Result<Self, Error> {
        Ok(Self {
            inner: ffi::new_card(name, setup)?,
            windows: BTreeMap::new(),
            ports,
            engines,
        })
    }

    fn pin(&mut self) -> Pin<&mut ffi::Card> {
        self.inner.pin_mut()
    }

    /// Network ports.
    pub fn ports(&self) -> u8 {
        self.ports
    }

    /// Look-up engines.
    pub fn engines(&self) -> u8 {
        self.engines
    }

    /// Clocks since reset.
    pub fn clock(&self) -> u64 {
        self.inner.clock()
    }

    /// Simulated time in ns. It begins at 0 with the reset and stands still during register accesses to an idle card.
    pub fn now_ns(&self) -> u64 {
        self.inner.now_ns()
    }

    /// Queues frames, whose bytes stand one after the other in `bytes`.
    ///
    /// # Errors
    /// If a frame is empty, names no port of the card, or `bytes` is too short.
    pub fn offer(&mut self, frames: &[FrameIn], bytes: &[u8]) -> Result<(), Error> {
        Ok(self.pin().offer(frames, bytes)?)
    }

    /// Entry time in ns of the next queued frame; 0 if one has begun to enter.
    pub fn next_arrival_ns(&self) -> Option<u64> {
        let next = self.inner.next_arrival_ns();
        (next != u64::MAX).then_some(next)
    }

    /// Runs that many clocks.
    ///
    /// # Errors
    /// If the model fails.
    pub fn run(&mut self, clocks: u64) -> Result<(), Error> {
        Ok(self.pin().run(clocks)?)
    }

    /// Runs that many clocks; if nothing is in the card or due to enter it, simulated time stands still meanwhile.
    ///
    /// # Errors
    /// If the model fails.
    pub fn pause(&mut self, clocks: u64) -> Result<(), Error> {
        Ok(self.pin().pause(clocks)?)
    }

    /// Runs until nothing moves and no queued frame is due within `horizon` clocks, at most `limit` clocks.
    ///
    /// # Errors
    /// If the model fails.
    pub fn run_until_quiet(&mut self, horizon: u64, limit: u64) -> Result<RunEnd, Error> {
        Ok(self.pin().run_until_quiet(horizon, limit, 0, 0)?)
    }

    /// As [`Self::run_until_quiet`], but goes no further when a network port of `open` (bit 0 is port 0), for which more
    /// frames are to be queued, has fewer than `reserve` beats queued.
    ///
    /// # Errors
    /// If the model fails.
    pub fn run_while_fed(
        &mut self,
        horizon: u64,
        limit: u64,
        open: u16,
        reserve: u64,
    ) -> Result<RunEnd, Error> {
        let end = self.pin().run_until_quiet(horizon, limit, open, reserve);
        Ok(end?)
    }

    /// Beats queued for a port (the number of ports is the host), those left of a frame that has begun to enter included.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn queued_beats(&self, port: u8) -> Result<u64, Error> {
        Ok(self.inner.queued_beats(port)?)
    }

    /// Forgets the queued frames that have not begun to enter.
    pub fn withdraw(&mut self) {
        self.pin().withdraw();
    }

    /// Tells that the card is known to be empty, from its own counters, after [`RunEnd::Quiet`].
    pub fn assume_empty(&mut self) {
        self.pin().assume_empty();
    }

    /// Lets that many clocks' time pass without the clocks. Only of use when nothing is in the card.
    pub fn skip_time(&mut self, clocks: u64) {
        self.pin().skip_time(clocks);
    }

    /// Whole clocks within `ns`.
    pub fn clocks_for_ns(&self, ns: u64) -> u64 {
        self.inner.clocks_for_ns(ns)
    }

    /// Reads a register, after all writes.
    ///
    /// # Errors
    /// If the access or an earlier write is refused or not answered, or the model fails.
    pub fn read(&mut self, offset: u32) -> Result<u32, Error> {
        let access = self.pin().read_register(offset)?;
        ended(&access)
    }

    /// Posts a write; it is carried out in order by this and later calls that run the clock.
    ///
    /// # Errors
    /// If an earlier access is refused or not answered, or the model fails.
    pub fn write(&mut self, offset: u32, value: u32) -> Result<(), Error> {
        let access = self.pin().write_register(offset, value)?;
        ended(&access).map(drop)
    }

    /// Runs until all posted writes are answered.
    ///
    /// # Errors
    /// If one was refused or not answered, or the model fails.
    pub fn finish_writes(&mut self) -> Result<(), Error> {
        let access = self.pin().finish_writes()?;
        ended(&access).map(drop)
    }

    /// Sets a network port's link pin.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn set_link(&mut self, port: u8, up: bool) -> Result<(), Error> {
        Ok(self.pin().set_link(port, up)?)
    }

    /// Has the sink of a port (the number of ports is the host) refuse a beat with the probability `share / 65536`.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn set_stall(&mut self, port: u8, share: u16) -> Result<(), Error> {
        Ok(self.pin().set_stall(port, share.into())?)
    }

    /// Has the sink of a port (the number of ports is the host) refuse everything until told otherwise.
    ///
    /// # Errors
    /// If there is no such port.
    pub fn set_blocked(&mut self, port: u8, blocked: bool) -> Result<(), Error> {
        Ok(self.pin().set_blocked(port, blocked)?)
    }

    /// Has every source leave a clock out before a beat with the probability `share / 65536`.
    pub fn set_gap(&mut self, share: u16) {
        self.pin().set_gap(share.into());
    }

    /// Records an FST of `clocks` clocks from clock `from` on. If the file cannot be written, the card fails in that
    /// clock.
    pub fn set_trace(&mut self, path: &Path, from: u64, clocks: u64) {
        self.pin().set_trace(&path.to_string_lossy(), from, clocks);
    }

    /// Frames that left since the last [`Self::clear_departures`].
    pub fn departures(&self) -> Departures<'_> {
        Departures {
            frames: self.inner.departures(),
            bytes: self.inner.departed_bytes(),
        }
    }

    /// Forgets them.
    pub fn clear_departures(&mut self) {
        self.pin().clear_departures();
    }

    /// Look-ups that ended since the last [`Self::clear_verdicts`], if the card was set up with `monitoring`.
    pub fn verdicts(&self) -> &[VerdictRecord] {
        self.inner.verdicts()
    }

    /// Learning steps since the last [`Self::clear_learns`], if the card was set up with `monitoring` and has an
    /// engine per port.
    pub fn learns(&self) -> &[LearnRecord] {
        self.inner.learns()
    }

    /// Forgets the look-ups.
    pub fn clear_verdicts(&mut self) {
        self.pin().clear_verdicts();
    }

    /// Forgets the learning steps.
    pub fn clear_learns(&mut self) {
        self.pin().clear_learns();
    }

    /// Shows the card memory at `address` of the bus. Address, beginning and size of the memory are multiples of 64.
    /// The memory is kept until the window is removed.
    ///
    /// # Errors
    /// [`Error::Window`] if the memory is none, misaligned, beyond the last address, or meets another window.
    pub fn add_window(
        &mut self,
        address: u64,
        memory: Memory,
        access: Access,
    ) -> Result<(), Error> {
        memory.show(address, |base, bytes| {
            let inner = self.inner.pin_mut();
            // SAFETY: the memory is valid for its size while `self.windows` keeps it, which it does until the window is
            // removed or `inner` is gone.
            unsafe { inner.add_window(address, base, bytes, access.read, access.write) }
        })?;
        self.windows.insert(address, memory);
        Ok(())
    }

    /// Removes the window that begins at `address`; returns its memory. Later accesses to it are refused, of transactions
    /// that have begun too.
    pub fn remove_window(&mut self, address: u64) -> Option<Memory> {
        self.pin().remove_window(address);
        self.windows.remove(&address)
    }

    /// Lets the card be a master of the bus, or not (the state after its reset): then all its accesses are refused and
    /// its interrupts wait.
    pub fn set_bus_master(&mut self, master: bool) {
        self.pin().set_bus_master(master);
    }

    /// Sets how the host's memory answers from now on; at first 32 clocks late and without stalls.
    pub fn set_memory_timing(&mut self, timing: &MemoryTiming) {
        self.pin().set_memory_timing(timing);
    }

    /// Has a transaction to come fail.
    pub fn fail_access(&mut self, error: &BusError) {
        self.pin().fail_access(error);
    }

    /// Accesses refused since the card's reset.
    pub fn bus_faults(&self) -> BusFaults {
        self.inner.bus_faults()
    }

    /// Whether transactions are under way on the bus.
    pub fn bus_busy(&self) -> bool {
        self.inner.bus_busy()
    }

    /// Has transactions recorded for [`Self::take_bus_log`], or not (the state after the reset).
    pub fn set_bus_log(&mut self, logging: bool) {
        self.pin().set_bus_log(logging);
    }

    /// Transactions that have ended since the last call, in the order in which they ended.
    pub fn take_bus_log(&mut self) -> Vec<BusAccess> {
        self.pin().take_bus_log()
    }

    /// Interrupts sent since the last call, by vector.
    pub fn take_interrupts(&mut self) -> [u64; 3] {
        self.pin().take_interrupts().sent
    }

    /// Runs until a vector of `mask` (bit 0 is vector 0) was sent that [`Self::take_interrupts`] has not returned, at most
    /// `clocks` clocks; whether one was.
    ///
    /// # Errors
    /// If the model fails.
    pub fn run_until_interrupt(&mut self, mask: u8, clocks: u64) -> Result<bool, Error> {
        Ok(self.pin().run_until_interrupt(mask, clocks)?)
    }

    /// A function-level reset: a pulse of a few clocks on the pin, and as many clocks after it. It does not touch the
    /// bus-master bit.
    ///
    /// # Errors
    /// If the model fails.
    pub fn pulse_flr(&mut self) -> Result<(), Error> {
        Ok(self.pin().pulse_flr()?)
    }

    /// A reset of the host's bus (`host_rst`): a pulse of so many clocks, at least one, and a few after it. What was under way
    /// on the bus is forgotten on both sides.
    ///
    /// # Errors
    /// If the model fails.
    pub fn pulse_host_reset(&mut self, clocks: u64) -> Result<(), Error> {
        Ok(self.pin().pulse_host_reset(clocks)?)
    }

    /// Has the host's bus take and answer nothing from now on, or do so again.
    pub fn set_bus_silent(&mut self, silent: bool) {
        self.pin().set_bus_silent(silent);
    }

    /// Resets of the core (`rst`), of the register port (`csr_rst`) or of both: a pulse of so many core clocks on the pins, at
    /// least one, and a few clocks after it. What leaves the card in these clocks is not recorded after a reset of the core;
    /// frames go on entering. Of the register port: posted writes under way are forgotten.
    ///
    /// # Errors
    /// If the model fails.
    pub fn pulse_resets(&mut self, core: bool, registers: bool, clocks: u64) -> Result<(), Error> {
        Ok(self.pin().pulse_resets(core, registers, clocks)?)
    }

    /// Whether nothing has moved for so long that nothing will by itself, and no frame is due to enter now: time may be
    /// skipped. Frames may be stuck.
    pub fn is_still(&self) -> bool {
        self.inner.still()
    }

    pub(crate) fn bench_loop(
        &mut self,
        frames: &[FrameIn],
        bytes: &[u8],
    ) -> Result<LoopResult, Error> {
        Ok(self.pin().bench_loop(frames, bytes)?)
    }
}

/// The value read, or how the access failed.
fn ended(access: &ffi::RegisterAccess) -> Result<u32, Error> {
    match access.outcome {
        0 => Ok(access.value),
        1 => Err(Error::Refused {
            offset: access.address,
        }),
        _ => Err(Error::NoAnswer {
            offset: access.address,
        }),
    }
}
