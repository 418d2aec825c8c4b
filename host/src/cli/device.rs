//! `flowswitch device`: which cards there are, what they are, and how they are brought to a known state.

mod info;
mod list;

use clap::{Args, Subcommand};
use flowswitch_driver::Device;
use flowswitch_driver::vfio::{Host, PciAddress};
use serde_json::json;

use super::failure::Failure;
use super::open::DeviceOption;
use super::print::{print, print_json};
use crate::report::FORMAT;

/// Finds, describes, binds, resets and clears cards.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct DeviceCommand {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLE: &str = "\
Example:
  flowswitch device list
  sudo flowswitch device bind 0000:01:00.0
  flowswitch device info --device vfio:0000:01:00.0";

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the PCI functions that are or could be ours, with what is missing to use them.
    #[command(after_help = "Example:\n  flowswitch device list --json")]
    List(list::List),
    /// Tells what a card is, which configuration it holds and what it has counted.
    #[command(after_help = "Example:\n  flowswitch device info --device vfio:0000:01:00.0")]
    Info(info::Info),
    /// Binds a PCI function to vfio-pci, so that it can be opened. Needs root.
    #[command(after_help = "Example:\n  sudo flowswitch device bind 0000:01:00.0")]
    Bind(Bind),
    /// Resets the function (FLR): rings and interrupts stop, tables and forwarding go on.
    #[command(after_help = "Example:\n  flowswitch device reset --device vfio:0000:01:00.0")]
    Reset(Reset),
    /// Brings the card to the state after power-on: no table entry, no flow, nothing learned. Forwarding stops.
    #[command(after_help = "Example:\n  flowswitch device clear --device vfio:0000:01:00.0 --yes")]
    Clear(Clear),
}

#[derive(Debug, Args)]
struct Bind {
    /// Address of the PCI function, as lspci -D shows it.
    address: PciAddress,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Reset {
    #[command(flatten)]
    device: DeviceOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Clear {
    #[command(flatten)]
    device: DeviceOption,
    /// Yes, all traffic to its servers may stop.
    #[arg(long)]
    yes: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl DeviceCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.action {
            Action::List(list) => list.run(),
            Action::Info(info) => info.run(),
            Action::Bind(bind) => bind.run(),
            Action::Reset(reset) => reset.run(),
            Action::Clear(clear) => clear.run(),
        }
    }
}

impl Bind {
    fn run(self) -> Result<(), Failure> {
        let address = self.address.to_string();
        let host = Host::default();
        host.bind(&address).map_err(Failure::failed)?;
        // What still is missing, such as rights to the group, is told now and not at the first use.
        host.check(&address).map_err(Failure::failed)?;
        if self.json {
            return print_json(&json!({"format": FORMAT, "address": address, "bound": true}));
        }
        print(format_args!(
            "{address} is bound to vfio-pci: use --device vfio:{address}"
        ))
    }
}

impl Reset {
    fn run(self) -> Result<(), Failure> {
        let mut card = self.device.open()?;
        card.device_mut()
            .reset()
            .map_err(flowswitch_driver::Error::from)?;
        let generation = card.generation()?;
        if self.json {
            let device = self.device.device.to_string();
            return print_json(
                &json!({"format": FORMAT, "device": device, "reset": true, "generation": generation}),
            );
        }
        print(format_args!(
            "{} was reset: rings and interrupts are off, generation {generation} forwards as before",
            self.device.device
        ))
    }
}

impl Clear {
    fn run(self) -> Result<(), Failure> {
        let device = self.device.device.to_string();
        if !self.yes {
            return Err(Failure::wrong(
                format!(
                    "{device} would forget its tables and flows, and traffic to its servers would stop"
                ),
                "say --yes if that is what you want; `flowswitch device reset` leaves traffic alone",
            ));
        }
        let mut card = self.device.open()?;
        card.clear()?;
        if self.json {
            return print_json(&json!({"format": FORMAT, "device": device, "cleared": true}));
        }
        print(format_args!(
            "{device} was cleared: `flowswitch apply` configures it anew"
        ))
    }
}
