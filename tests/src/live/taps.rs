//! TAP devices as the ports of a card.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

/// A frame and the port it came by.
pub type Received = (u8, Vec<u8>);

/// Longest frame that a TAP hands over, with room for two tags.
const LONGEST: usize = 9_600;
/// What a MAC pads short frames to, FCS not counted.
const SHORTEST: usize = 60;

/// The wires of a card: one TAP device for each port.
pub struct Taps {
    devices: Vec<Arc<SyncDevice>>,
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
            let builder = DeviceBuilder::new().layer(Layer::L2).name(*name);
            let device = Arc::new(builder.enable(false).build_sync()?);
            let (reads, sender) = (Arc::clone(&device), sender.clone());
            // It waits in the kernel and ends with the process.
            thread::spawn(move || receive(port, &reads, &sender));
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
            .is_some_and(|device| device.send(frame).is_ok())
    }
}

fn receive(port: u8, device: &SyncDevice, frames: &Sender<Received>) {
    let mut buffer = vec![0; LONGEST];
    loop {
        let length = match device.recv(&mut buffer) {
            Ok(length) => length,
            // A device that is down has nothing to read until it is up.
            Err(_) => {
                thread::sleep(std::time::Duration::from_millis(10));
                continue;
            }
        };
        let mut frame = buffer[..length].to_vec();
        frame.resize(length.max(SHORTEST), 0);
        if frames.send((port, frame)).is_err() {
            return;
        }
    }
}
