//! TAP devices as the ports of a card.

use flowswitch_sim::taps::Tap;
use std::io;
use std::sync::mpsc::{Receiver, channel};

/// A frame and the port it came by.
pub type Received = (u8, Vec<u8>);

/// The wires of a card: one TAP device for each port.
pub struct Taps {
    devices: Vec<Tap>,
    received: Receiver<Received>,
}

impl Taps {
    /// Makes a device of each name, in the order of the ports. They stay down; moved to another namespace they remain
    /// wires of this card.
    ///
    /// # Errors
    /// If TAP devices are not permitted or a name is in use.
    pub fn new(names: &[&str]) -> io::Result<Self> {
        let (sender, received) = channel();
        let mut devices = Vec::new();
        for (port, name) in (0..).zip(names) {
            let device = Tap::open(name)?;
            let sender = sender.clone();
            device.receive(move |frame| sender.send((port, frame)).is_ok());
            devices.push(device);
        }
        Ok(Self { devices, received })
    }

    /// What came in, to wait on.
    pub fn received(&self) -> &Receiver<Received> {
        &self.received
    }

    /// Sends a frame by a port. A device that is down loses it, as a wire does; then this is false.
    pub fn send(&self, port: u8, frame: &[u8]) -> bool {
        self.devices
            .get(usize::from(port))
            .is_some_and(|device| device.send(frame))
    }
}
