//! Registers that hold settings of an image.

use crate::card::Card;
use crate::device::Device;
use crate::error::Error;
use crate::image::{Image, PortSetup};
use crate::register_io::RegisterWindow;
use crate::verify::Difference;

impl<D: Device> Card<D> {
    /// Lists the settings that differ from those of `image`.
    pub(crate) fn settings_differences(&mut self, image: &Image) -> Result<Vec<Difference>, Error> {
        let mut differences = Vec::new();
        for port in 0..self.capabilities.ports {
            let expected = image.ports.get(usize::from(port));
            let expected = expected.cloned().unwrap_or_default();
            let found = self.port(port)?;
            if found != expected {
                differences.push(Difference::Port {
                    port,
                    expected,
                    found,
                });
            }
        }
        let expected = (image.drop_unknown, image.fdb_age);
        let found = self.forwarding()?;
        if found != expected {
            differences.push(Difference::Forwarding { expected, found });
        }
        let (expected, found) = (image.announce, self.announcer()?);
        if found != expected {
            differences.push(Difference::Announcer { expected, found });
        }
        let (expected, found) = (image.client_bits, self.persistence()?);
        if found != expected {
            differences.push(Difference::Persistence { expected, found });
        }
        if !self.flow_status()?.ready {
            differences.push(Difference::NoFlows);
        }
        Ok(differences)
    }

    pub(crate) fn set_port(&mut self, port: u8, setup: &PortSetup) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        if let Some(register) = window.registers().port().get(usize::from(port)) {
            register.try_write(|r| r.set_bpdu_to_host(setup.bpdu_to_host))?;
        }
        Ok(())
    }

    /// Settings of a network port, 0 to 7; those of one that no card has are the default.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn port(&mut self, port: u8) -> Result<PortSetup, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let registers = window.registers().port();
        let Some(register) = registers.get(usize::from(port)) else {
            return Ok(PortSetup::default());
        };
        Ok(PortSetup {
            bpdu_to_host: register.try_read()?.bpdu_to_host(),
        })
    }

    pub(crate) fn set_forwarding(&mut self, drop_unknown: bool, fdb_age: u16) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        window.registers().forwarding().try_write(|r| {
            r.set_drop_unknown(drop_unknown);
            r.set_fdb_age(fdb_age);
        })?;
        Ok(())
    }

    /// Whether a unicast destination that was not learned is dropped instead of flooded, and the age in ticks of 2^30 ns at
    /// which a learned address is forgotten.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn forwarding(&mut self) -> Result<(bool, u16), Error> {
        let window = RegisterWindow::new(&mut self.device);
        let register = window.registers().forwarding().try_read()?;
        Ok((register.drop_unknown(), register.fdb_age()))
    }

    pub(crate) fn set_announcer(&mut self, interval: u16) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        let register = window.registers().announcer();
        register.try_write(|r| r.set_interval(interval))?;
        Ok(())
    }

    pub(crate) fn set_persistence(&mut self, ipv4: u8, ipv6: u8) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        window.registers().persistence().try_write(|r| {
            r.set_ipv4_bits(ipv4);
            r.set_ipv6_bits(ipv6);
        })?;
        Ok(())
    }

    /// First bits of a client's IPv4 (0 to 32) and IPv6 address (0 to 128) that tell it from others, for persistence.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn persistence(&mut self) -> Result<(u8, u8), Error> {
        let window = RegisterWindow::new(&mut self.device);
        let register = window.registers().persistence().try_read()?;
        Ok((register.ipv4_bits(), register.ipv6_bits()))
    }

    pub(crate) fn announcer(&mut self) -> Result<u16, Error> {
        let window = RegisterWindow::new(&mut self.device);
        Ok(window.registers().announcer().try_read()?.interval())
    }
}
