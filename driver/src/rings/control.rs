//! What the host port tells and takes without running rings: state, limits, counters, clocks, events.

use std::time::Duration;

use super::error::{Direction, RingError, RingStop};
use super::settings::{Events, Vectors};
use crate::access;
use crate::card::Card;
use crate::device::{Device, DeviceError};
use crate::error::Error;
use crate::register_io::RegisterWindow;
use crate::tables::{Entry, Table, Words};

/// How often the host port is asked whether its rings have stopped or started, and how long is waited in between.
const POLLS: u32 = 2000;
const POLL_INTERVAL: Duration = Duration::from_micros(5);
/// Host reasons.
pub const HOST_REASONS: usize = 16;

/// What the host port can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostCapability {
    /// Pairs of rings each way; 0 if the shell has a DMA engine of its own.
    pub rings: u8,
    /// Base-2 logarithm of the largest ring.
    pub size_log2: u8,
    /// MSI-X vectors.
    pub vectors: u8,
}

/// State of the rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostStatus {
    /// Memory is still accessed for a ring that no longer runs.
    pub busy: bool,
    /// The receive ring takes frames.
    pub receive_running: bool,
    /// The transmit ring takes descriptors.
    pub transmit_running: bool,
    /// Why the receive ring stopped by itself.
    pub receive_error: Option<RingStop>,
    /// Why the transmit ring stopped by itself.
    pub transmit_error: Option<RingStop>,
}

/// Counters of the host port: 64 bits, never reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostCounters {
    /// Frames that reached the host in whole.
    pub received: u64,
    /// Frames dropped because the receive ring did not run.
    pub off: u64,
    /// Frames lost by a bus error or because the ring was stopped.
    pub lost: u64,
    /// Frames that reached the host in part.
    pub truncated: u64,
    /// Frames of the host's that were handed to the fabric.
    pub transmitted: u64,
    /// Descriptors of the transmit ring that failed.
    pub transmit_failed: u64,
    /// Receive descriptors refused.
    pub refused: u64,
    /// Frames dropped by a punt limit, by host reason.
    pub limited: [u64; HOST_REASONS],
}

/// One counter of the host port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostCount(pub u64);

impl Entry for HostCount {
    const TABLE: Table = Table::HostCounters;

    fn decode(words: &Words) -> Self {
        Self(u64::from(words[0]) | u64::from(words[1]) << 32)
    }
}

/// How many frames of a host reason are admitted to the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PuntLimit {
    /// Frames that each 2^20 ns (1.05 ms) admit; 0: no limit.
    pub rate: u16,
    /// Frames admitted at once at most.
    pub burst: u16,
}

impl<D: Device> Card<D> {
    /// What the host port can do. Cards without rings have the registers all the same.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn host_capability(&mut self) -> Result<HostCapability, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let register = window.host().capability().try_read()?;
        Ok(HostCapability {
            rings: register.rings(),
            size_log2: register.size(),
            vectors: register.vectors(),
        })
    }

    /// State of the rings.
    ///
    /// # Errors
    /// [`DeviceError::Gone`] if the card does not answer; see [`Error`].
    pub fn host_status(&mut self) -> Result<HostStatus, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let register = window.host().status().try_read()?;
        let status = HostStatus {
            busy: register.busy(),
            receive_running: register.rx_running(),
            transmit_running: register.tx_running(),
            receive_error: RingStop::from_number(register.rx_error()),
            transmit_error: RingStop::from_number(register.tx_error()),
        };
        // A card that is gone reads as all ones.
        if let Some(RingStop::Unknown(_)) = status.receive_error {
            access::present(&mut self.device)?;
        }
        Ok(status)
    }

    /// Stops both rings, clears events and interrupts, and waits until the card leaves memory alone. Tables, flows, counters,
    /// punt limits and forwarding stay.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it does not within about 10 ms; see [`Error`].
    pub fn reset_host(&mut self) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        window.host().control().try_write(|r| r.set_reset(true))?;
        for _ in 0..POLLS {
            let status = self.host_status()?;
            if !status.busy && !status.receive_running && !status.transmit_running {
                return Ok(());
            }
            self.device.wait(POLL_INTERVAL)?;
        }
        access::present(&mut self.device)?;
        Err(Error::Timeout("stopping the rings"))
    }

    /// Waits until both rings take work.
    pub(super) fn await_rings_running(&mut self) -> Result<(), Error> {
        for _ in 0..POLLS {
            let status = self.host_status()?;
            status.check()?;
            if status.receive_running && status.transmit_running {
                return Ok(());
            }
            self.device.wait(POLL_INTERVAL)?;
        }
        Err(Error::Timeout("starting the rings"))
    }

    /// Tells whether a ring stopped by itself.
    pub(super) fn check_rings_running(&mut self) -> Result<(), Error> {
        Ok(self.host_status()?.check()?)
    }

    /// All counters of the host port.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn host_counters(&mut self) -> Result<HostCounters, Error> {
        let mut read = |index| self.read_entry::<HostCount>(index).map(|count| count.0);
        let mut counters = HostCounters {
            received: read(0)?,
            off: read(1)?,
            lost: read(2)?,
            truncated: read(3)?,
            transmitted: read(4)?,
            transmit_failed: read(5)?,
            refused: read(6)?,
            limited: [0; HOST_REASONS],
        };
        for (index, limited) in (16..).zip(&mut counters.limited) {
            *limited = read(index)?;
        }
        Ok(counters)
    }

    /// The punt limit of a host reason, 0 to 15.
    ///
    /// # Errors
    /// [`RingError::Reason`] if there is no such reason; see [`Error`].
    pub fn punt_limit(&mut self, reason: u8) -> Result<PuntLimit, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let limits = window.host().punt_limit();
        let limit = limits.get(usize::from(reason));
        let limit = limit.ok_or(RingError::Reason(reason))?.try_read()?;
        Ok(PuntLimit {
            rate: limit.rate(),
            burst: limit.burst(),
        })
    }

    /// Limits the frames of a host reason, 0 to 15.
    ///
    /// # Errors
    /// [`RingError::Reason`] if there is no such reason; see [`Error`].
    pub fn set_punt_limit(&mut self, reason: u8, limit: PuntLimit) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        let limits = window.host().punt_limit();
        let register = limits.get(usize::from(reason));
        register.ok_or(RingError::Reason(reason))?.try_write(|r| {
            r.set_rate(limit.rate);
            r.set_burst(limit.burst);
        })?;
        Ok(())
    }

    /// Nominal frequency of the core clock in kHz.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn core_clock_khz(&mut self) -> Result<u32, Error> {
        let window = RegisterWindow::new(&mut self.device);
        Ok(window.host().core_clock().try_read()?.khz())
    }

    /// Clocks of the core since its reset, modulo 2^32.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn clock_count(&mut self) -> Result<u32, Error> {
        let window = RegisterWindow::new(&mut self.device);
        Ok(window.host().clock_count().try_read()?.count())
    }

    /// Time of the card, in ns.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn time_ns(&mut self) -> Result<u64, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let host = window.host();
        // Reading the low word holds the high one.
        let low = host.time_low().try_read()?.ns();
        let high = host.time_high().try_read()?.ns();
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    /// Fires vectors, armed or not. They reach the host if the device's interrupts are enabled.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn test_interrupts(&mut self, vectors: Vectors) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        window.host().interrupt_test().try_write(|r| {
            r.set_rx(vectors.contains(Vectors::RECEIVE));
            r.set_tx(vectors.contains(Vectors::TRANSMIT));
            r.set_event(vectors.contains(Vectors::EVENTS));
        })?;
        Ok(())
    }

    /// Reads what has happened, and clears it.
    pub(super) fn take_events(&mut self) -> Result<Events, Error> {
        let found = self.event_bits()?;
        if !found.is_empty() {
            // Ones clear; what happens in between stays.
            self.device.write32(EVENT_STATUS, found.bits().into())?;
        }
        Ok(found)
    }

    /// What has happened, enabled or not; nothing is taken.
    pub(super) fn event_bits(&mut self) -> Result<Events, Error> {
        let word = self.device.read32(EVENT_STATUS)?;
        if word == u32::MAX {
            return Err(DeviceError::Gone.into());
        }
        Ok(Events::from_bits_truncate((word & 0xffff) as u16))
    }
}

/// The event status is taken as one word: its bits are those of [`Events`].
const EVENT_STATUS: u32 = 0x1060;

impl HostStatus {
    /// The first of the errors, if any.
    fn check(&self) -> Result<(), RingError> {
        let errors = [
            (Direction::Receive, self.receive_error),
            (Direction::Transmit, self.transmit_error),
        ];
        for (direction, error) in errors {
            if let Some(why) = error {
                return Err(RingError::Stopped { direction, why });
            }
        }
        Ok(())
    }
}
