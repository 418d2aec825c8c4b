//! What a card tells by itself: links and counters.

use std::time::Duration;

use crate::access;
use crate::card::Card;
use crate::counters::{
    DROP_REASONS, LAST_DROP_REASON, MemberCounters, PortCounters, Totals, Traffic,
};
use crate::device::Device;
use crate::error::Error;
use crate::register_io::RegisterWindow;
use crate::tables::{Direction, drop_counters_index, member_counters_index};

/// How long a link change may take to be seen and acted on: 2,048 clocks of the core, and the crossings.
const LINK_POLLS: u32 = 1000;
const LINK_POLL_INTERVAL: Duration = Duration::from_micros(1);

impl<D: Device> Card<D> {
    /// The links as the card sees them: bit 0 is port 0.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn link_up(&mut self) -> Result<u8, Error> {
        Ok(RegisterWindow::new(&mut self.device)
            .registers()
            .status()
            .try_read()?
            .link_up())
    }

    /// Waits until the card sees a port's link in this state and has changed the up bits of the members on it.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it does not within about 1 ms; see [`Error`].
    pub fn wait_link(&mut self, port: u8, up: bool) -> Result<(), Error> {
        let mut settled = 0;
        for _ in 0..LINK_POLLS {
            let status = RegisterWindow::new(&mut self.device)
                .registers()
                .status()
                .try_read()?;
            let seen = u32::from(status.link_up()) >> port & 1 == u32::from(up);
            settled = if seen && !status.member_sweep() {
                settled + 1
            } else {
                0
            };
            // The bits come over one by one: the link's may be a clock ahead of the sweep's.
            if settled == 2 {
                return Ok(());
            }
            self.device.wait(LINK_POLL_INTERVAL)?;
        }
        access::present(&mut self.device)?;
        Err(Error::Timeout("a link change"))
    }

    /// A member's load vector, all ingress ports together.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn member_counters(&mut self, member: u16) -> Result<MemberCounters, Error> {
        let mut sum = MemberCounters::default();
        for port in 0..self.capabilities.ports {
            let mut read = |direction| {
                self.read_entry::<Traffic>(member_counters_index(port, direction, member))
            };
            sum.input += read(Direction::Input)?;
            sum.output += read(Direction::Output)?;
        }
        Ok(sum)
    }

    /// Drops by reason of the frames that one port received; the number of network ports names the host.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no such port; see [`Error`].
    pub fn drop_counters(&mut self, port: u8) -> Result<[u64; DROP_REASONS], Error> {
        let mut drops = [0; DROP_REASONS];
        for (reason, drops) in (0..).zip(&mut drops[..=LAST_DROP_REASON]).skip(1) {
            *drops = self.read_entry::<u64>(drop_counters_index(port, reason))?;
        }
        Ok(drops)
    }

    /// A port's counters; the number of network ports names the host.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no such port; see [`Error`].
    pub fn port_counters(&mut self, port: u8) -> Result<PortCounters, Error> {
        self.read_entry(u32::from(port))
    }

    /// The counts of the whole card, all ingress ports together.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn totals(&mut self) -> Result<Totals, Error> {
        let mut sum = Totals::default();
        for port in 0..=self.capabilities.ports {
            sum += self.ingress_totals(port)?;
        }
        Ok(sum)
    }

    /// One ingress port's share of [`Card::totals`]; the number of network ports names the host.
    ///
    /// # Errors
    /// [`Error::Refused`] if there is no such port; see [`Error`].
    pub fn ingress_totals(&mut self, port: u8) -> Result<Totals, Error> {
        self.read_entry(u32::from(port))
    }
}
