//! Where the card comes from, each time that it is opened.

use std::path::PathBuf;

use flowswitch_driver::Device;
use flowswitch_driver::socket::SocketDevice;
use flowswitch_driver::vfio::VfioDevice;
use flowswitch_sim::rtl::RtlOptions;
use flowswitch_sim::vfio_user::{Serving, Stopper, Wire, WireEnd, WireError, Wires, serve};
use tracing::debug;

use crate::device_name::DeviceName;

/// Opens the card, again and again if it must be.
pub trait Opener: Send {
    /// What it opens.
    type Device: Device;

    /// Opens the card; one that is simulated has so many ports.
    ///
    /// # Errors
    /// Why it cannot be opened, with what mends it.
    fn open(&mut self, ports: u8) -> Result<Self::Device, String>;
}

/// Opens what a command line names.
pub struct NamedDevice {
    name: DeviceName,
    taps: Vec<(u8, String)>,
    /// Connected, and waiting for the simulated card of so many ports.
    wires: Option<(u8, Wires)>,
    simulation: Option<Simulation>,
}

/// A card that runs in this process.
struct Simulation {
    /// Gone with this.
    _folder: tempfile::TempDir,
    socket: PathBuf,
    stopper: Stopper,
    serving: Option<Serving>,
}

impl NamedDevice {
    /// The card of this name. `taps` are TAP devices by network port, for a simulated one.
    pub fn new(name: DeviceName, taps: Vec<(u8, String)>) -> Self {
        Self {
            name,
            taps,
            wires: None,
            simulation: None,
        }
    }

    /// Connects the TAP devices of a card of so many ports, so that a wrong one is told at the start and not taken for a card
    /// that may come back.
    ///
    /// # Errors
    /// See [`WireError`].
    pub fn connect(&mut self, ports: u8) -> Result<(), WireError> {
        self.wires = Some((ports, connected(&self.taps, ports)?));
        Ok(())
    }

    fn simulated(&mut self, ports: u8) -> Result<SocketDevice, String> {
        if self.simulation.is_none() {
            let wires = match self.wires.take() {
                Some((connected, wires)) if connected == ports => wires,
                // Those for another card go first: a TAP device is opened once.
                other => {
                    drop(other);
                    connected(&self.taps, ports).map_err(|error| error.to_string())?
                }
            };
            self.simulation = Some(Simulation::start(ports, wires)?);
        }
        let socket = self.simulation.as_ref().map(|sim| sim.socket.clone());
        SocketDevice::connect(&socket.unwrap_or_default()).map_err(|error| error.to_string())
    }
}

/// The wires to TAP devices.
fn connected(taps: &[(u8, String)], ports: u8) -> Result<Wires, WireError> {
    let wires = taps.iter().map(|(port, name)| Wire {
        port: *port,
        end: WireEnd::Tap(name.clone()),
    });
    let wires: Vec<Wire> = wires.collect();
    Wires::connect(&wires, ports)
}

impl Simulation {
    fn start(ports: u8, wires: Wires) -> Result<Self, String> {
        // Only this user can enter it.
        let folder = tempfile::Builder::new().prefix("flowswitch-card").tempdir();
        let folder = folder.map_err(|error| format!("no folder for the card's socket: {error}"))?;
        let socket = folder.path().join("card");
        let served = serve(&socket, ports, RtlOptions::default(), wires, |event| {
            debug!("simulated card: {event}");
        });
        let serving = served.map_err(|error| error.to_string())?;
        Ok(Self {
            _folder: folder,
            socket,
            stopper: serving.stopper(),
            serving: Some(serving),
        })
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(Err(error)) = self.serving.take().map(Serving::wait) {
            tracing::error!("simulated card: {error}");
        }
    }
}

impl Opener for NamedDevice {
    type Device = Box<dyn Device>;

    fn open(&mut self, ports: u8) -> Result<Self::Device, String> {
        Ok(match &self.name {
            DeviceName::Sim => Box::new(self.simulated(ports)?),
            DeviceName::Vfio(address) => {
                let device = VfioDevice::open(&address.to_string());
                Box::new(device.map_err(|error| error.to_string())?)
            }
            DeviceName::Socket(path) => {
                Box::new(SocketDevice::connect(path).map_err(|error| error.to_string())?)
            }
        })
    }
}
