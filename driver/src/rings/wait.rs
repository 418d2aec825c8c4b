//! Waiting for the card, by interrupts or by looking again and again.

use std::time::Duration;

use super::port::HostPort;
use super::settings::Vectors;
use crate::device::Device;
use crate::error::Error;
use crate::register_io::RegisterWindow;
use crate::waker::Waker;

/// How long an interrupt is waited for before the rings are looked at in memory: a lost one costs no more.
const INTERRUPT_SLICE: Duration = Duration::from_millis(100);
/// After so much waiting the card's registers are looked at, interrupts or none, and all vectors armed again.
const REGISTER_LOOK: Duration = Duration::from_secs(1);
/// How long a look at the rings is put off without interrupts.
const POLL_SLICE: Duration = Duration::from_micros(50);
/// Interrupts that come for nothing before they are taken for time passed: a card that fires all the time does not keep
/// a wait from its end.
const IDLE_INTERRUPTS: u32 = 64;

/// Interrupts that are to come, and what was waited for without a look at the registers.
#[derive(Debug, Default)]
pub(super) struct Awaited {
    armed: Vectors,
    /// Completions that had been seen when the rings' vectors were armed.
    received: u16,
    sent: u16,
    unlooked: Duration,
    looked: bool,
}

impl<D: Device> HostPort<'_, D> {
    /// Waits until there is something of `interest`, at most `timeout` of the card's time, and tells what; nothing after
    /// the time-out, or when the device's [`Waker`](crate::Waker) was used, which is taken then. Frames queued are flushed before.
    ///
    /// # Errors
    /// [`RingError::Stopped`](super::RingError::Stopped) if a ring stopped by itself and nothing is left to be read;
    /// [`DeviceError::Gone`](crate::DeviceError::Gone) if the card does not answer; see [`Error`]. While interrupts come this
    /// may be found a second late.
    pub fn wait(&mut self, interest: Vectors, timeout: Duration) -> Result<Vectors, Error> {
        self.flush()?;
        let mut left = timeout;
        let mut fired = Vectors::empty();
        let mut waited = false;
        let mut idle = 0;
        loop {
            let registers = left.is_zero() || !self.interrupts || self.is_look_due(interest);
            let ready = if registers {
                self.ready(interest)?
            } else {
                self.completed() & interest
            };
            if !ready.is_empty() {
                if self.interrupts && waited && fired.is_empty() {
                    self.statistics.lost_interrupts += 1;
                }
                return Ok(ready);
            }
            // Polling looks at memory alone for most of the time: a register read costs more than all that.
            if registers && (self.interrupts || !waited || left.is_zero()) {
                self.card.check_rings_running()?;
            }
            if left.is_zero() || self.waker.as_ref().is_some_and(Waker::take) {
                return Ok(Vectors::empty());
            }
            let slice;
            if self.interrupts {
                self.arm(interest, registers)?;
                slice = left.min(INTERRUPT_SLICE);
                let mask = interest.bits();
                let found = self.card.device.wait_interrupt(mask, slice)?;
                fired = Vectors::from_bits_truncate(found) & interest;
                self.awaited.armed.remove(fired);
                self.awaited.unlooked += slice;
                self.statistics.interrupts += u64::from(!fired.is_empty());
            } else {
                slice = left.min(POLL_SLICE);
                self.card.device.wait(slice)?;
            }
            waited = true;
            if fired.is_empty() || idle == IDLE_INTERRUPTS {
                left -= slice;
            } else {
                idle += 1;
            }
        }
    }

    /// Whether registers may tell what no interrupt has told.
    fn is_look_due(&self, interest: Vectors) -> bool {
        let awaited = &self.awaited;
        let untold = interest.contains(Vectors::EVENTS) && !awaited.armed.contains(Vectors::EVENTS);
        untold || !awaited.looked || awaited.unlooked >= REGISTER_LOOK
    }

    fn ready(&mut self, interest: Vectors) -> Result<Vectors, Error> {
        let mut ready = self.completed();
        if interest.contains(Vectors::EVENTS) && self.card.event_bits()?.intersects(self.events) {
            ready |= Vectors::EVENTS;
        }
        Ok(ready & interest)
    }

    /// Asks for an interrupt as soon as there is more than was seen, where none is to come already; after a look at the
    /// registers anew for all.
    fn arm(&mut self, interest: Vectors, looked: bool) -> Result<(), Error> {
        let (received, sent) = (self.receive.seen, self.transmit.seen);
        let awaited = &mut self.awaited;
        if looked {
            awaited.armed = Vectors::empty();
            awaited.unlooked = Duration::ZERO;
            awaited.looked = true;
        }
        // Armed for completions that were read meanwhile, a ring's vector would tell of nothing.
        awaited.armed.set(
            Vectors::RECEIVE,
            awaited.armed.contains(Vectors::RECEIVE) && received == awaited.received,
        );
        awaited.armed.set(
            Vectors::TRANSMIT,
            awaited.armed.contains(Vectors::TRANSMIT) && sent == awaited.sent,
        );
        let wanted = interest - awaited.armed;
        let window = RegisterWindow::new(&mut self.card.device);
        let host = window.host();
        if wanted.contains(Vectors::RECEIVE) {
            host.rx().arm().try_write(|r| r.set_seen(received))?;
            awaited.received = received;
        }
        if wanted.contains(Vectors::TRANSMIT) {
            host.tx().arm().try_write(|r| r.set_seen(sent))?;
            awaited.sent = sent;
        }
        if wanted.contains(Vectors::EVENTS) {
            host.event_arm().try_write(|r| r.set_arm(true))?;
        }
        awaited.armed |= interest;
        Ok(())
    }
}
