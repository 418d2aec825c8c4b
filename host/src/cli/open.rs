//! Opening the device that a command names.

use clap::Args;
use flowswitch_driver::socket::SocketDevice;
use flowswitch_driver::vfio::VfioDevice;
use flowswitch_driver::{Card, Device, Error};

use super::failure::Failure;
use super::simulated;
use crate::device_name::DeviceName;
use crate::remedy::remedy;

/// Network ports of a simulated card if no configuration tells.
const SIM_PORTS: u8 = 4;

/// Whatever carries the accesses.
pub(super) type AnyDevice = Box<dyn Device>;

/// The option that names the device.
#[derive(Clone, Debug, Args)]
pub(super) struct DeviceOption {
    /// The card: sim (a simulated one that begins and ends with the command), vfio:ADDRESS (a PCI function bound to
    /// vfio-pci, as in vfio:0000:01:00.0) or socket:PATH (one that another process serves).
    #[arg(long, value_name = "DEV")]
    pub(super) device: DeviceName,
}

impl DeviceOption {
    /// Opens the device; nothing is written to the card's tables.
    pub(super) fn open_device(&self) -> Result<AnyDevice, Failure> {
        self.open_ports(SIM_PORTS)
    }

    /// Opens the device and identifies the card.
    pub(super) fn open(&self) -> Result<Card<AnyDevice>, Failure> {
        Ok(Card::open(self.open_device()?)?)
    }

    /// The same for a configuration of so many network ports: a simulated card has as many.
    pub(super) fn open_for(&self, ports: u8) -> Result<Card<AnyDevice>, Failure> {
        Ok(Card::open(self.open_ports(ports)?)?)
    }

    /// The card's time passes as the host's does.
    pub(super) fn real_time(&self) -> bool {
        self.device != DeviceName::Sim
    }

    fn open_ports(&self, ports: u8) -> Result<AnyDevice, Failure> {
        Ok(match &self.device {
            DeviceName::Sim => Box::new(simulated::open(ports).map_err(Failure::failed)?),
            DeviceName::Vfio(address) => {
                Box::new(VfioDevice::open(&address.to_string()).map_err(Failure::failed)?)
            }
            DeviceName::Socket(path) => {
                Box::new(SocketDevice::connect(path).map_err(Failure::failed)?)
            }
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let remedy = remedy(&error);
        match error {
            // Asked for what cannot be.
            Error::Image(_)
            | Error::Full { .. }
            | Error::Name(_)
            | Error::NotReadable(_)
            | Error::NotWritable(_)
            | Error::TooWide { .. } => Self::wrong(error, remedy),
            _ => Self::failed_with(error, remedy),
        }
    }
}
