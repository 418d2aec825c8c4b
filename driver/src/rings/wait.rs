//! Waiting for the card, by interrupts or by looking again and again.

use std::time::Duration;

use super::port::HostPort;
use super::settings::Vectors;
use crate::device::Device;
use crate::error::Error;
use crate::register_io::RegisterWindow;
use crate::waker::Waker;

/// How long an interrupt is waited for before the rings are looked at without one: a lost interrupt costs no more.
const INTERRUPT_SLICE: Duration = Duration::from_millis(100);
/// How long a look at the rings is put off without interrupts.
const POLL_SLICE: Duration = Duration::from_micros(50);
/// Interrupts that come for nothing before they are taken for time passed: a card that fires all the time does not keep
/// a wait from its end.
const IDLE_INTERRUPTS: u32 = 64;

impl<D: Device> HostPort<'_, D> {
    /// Waits until there is something of `interest`, at most `timeout` of the card's time, and tells what; nothing after
    /// the time-out, or when the device's [`Waker`](crate::Waker) was used, which is taken then. Frames queued are flushed before.
    ///
    /// # Errors
    /// [`RingError::Stopped`](super::RingError::Stopped) if a ring stopped by itself and nothing is left to be read;
    /// [`DeviceError::Gone`](crate::DeviceError::Gone) if the card does not answer; see [`Error`].
    pub fn wait(&mut self, interest: Vectors, timeout: Duration) -> Result<Vectors, Error> {
        self.flush()?;
        let mut left = timeout;
        let mut fired = Vectors::empty();
        let mut waited = false;
        let mut idle = 0;
        loop {
            let ready = self.ready(interest)?;
            if !ready.is_empty() {
                if self.interrupts && waited && fired.is_empty() {
                    self.statistics.lost_interrupts += 1;
                }
                return Ok(ready);
            }
            // Polling looks at memory alone for most of the time: a register read costs more than all that.
            if self.interrupts || !waited || left.is_zero() {
                self.card.check_rings_running()?;
            }
            if left.is_zero() || self.waker.as_ref().is_some_and(Waker::take) {
                return Ok(Vectors::empty());
            }
            let slice;
            if self.interrupts {
                self.arm(interest)?;
                slice = left.min(INTERRUPT_SLICE);
                let mask = interest.bits();
                let found = self.card.device.wait_interrupt(mask, slice)?;
                fired = Vectors::from_bits_truncate(found) & interest;
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

    fn ready(&mut self, interest: Vectors) -> Result<Vectors, Error> {
        let mut ready = self.completed();
        if interest.contains(Vectors::EVENTS) && self.card.has_enabled_events()? {
            ready |= Vectors::EVENTS;
        }
        Ok(ready & interest)
    }

    /// Asks for an interrupt as soon as there is more than was seen.
    fn arm(&mut self, interest: Vectors) -> Result<(), Error> {
        let (received, sent) = (self.receive.seen, self.transmit.seen);
        let window = RegisterWindow::new(&mut self.card.device);
        let host = window.host();
        if interest.contains(Vectors::RECEIVE) {
            host.rx().arm().try_write(|r| r.set_seen(received))?;
        }
        if interest.contains(Vectors::TRANSMIT) {
            host.tx().arm().try_write(|r| r.set_seen(sent))?;
        }
        if interest.contains(Vectors::EVENTS) {
            host.event_arm().try_write(|r| r.set_arm(true))?;
        }
        Ok(())
    }
}
