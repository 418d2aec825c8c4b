//! TAP devices as the wires of a simulated card.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

/// Longest frame that a TAP hands over, with room for two tags.
const LONGEST: usize = 9_600;
/// A device that is down has nothing to read until it is up.
const DOWN: Duration = Duration::from_millis(10);

/// A TAP device: one end of a wire, the kernel's network stack at the other.
pub struct Tap {
    device: Arc<SyncDevice>,
}

impl Tap {
    /// Opens the TAP device of that name, which is made if there is none. A new one is down, and goes with this process;
    /// moved to another namespace it remains the same wire.
    ///
    /// # Errors
    /// If TAP devices are not permitted or the device is in use.
    pub fn open(name: &str) -> io::Result<Self> {
        let builder = DeviceBuilder::new().layer(Layer::L2).name(name);
        let device = Arc::new(builder.enable(false).build_sync()?);
        Ok(Self { device })
    }

    /// Hands the frames that the stack sends, padded as a MAC does, to `on_frame`, in a thread of its own, until that
    /// returns false or the process ends.
    pub fn receive(&self, on_frame: impl FnMut(Vec<u8>) -> bool + Send + 'static) {
        let device = Arc::clone(&self.device);
        thread::spawn(move || read(&device, on_frame));
    }

    /// Whether the stack has the device up: the kernel calls only such a one writable. If it cannot be asked, it is down.
    pub fn is_up(&self) -> bool {
        let mut asked = [PollFd::new(&*self.device, PollFlags::OUT)];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut asked, Some(&at_once)).is_ok() && asked[0].revents().contains(PollFlags::OUT)
    }

    /// Sends a frame to the stack. A device that is down loses it, as a wire does; then this is false.
    pub fn send(&self, frame: &[u8]) -> bool {
        self.device.send(frame).is_ok()
    }
}

fn read(device: &SyncDevice, mut on_frame: impl FnMut(Vec<u8>) -> bool) {
    let mut buffer = vec![0; LONGEST];
    loop {
        let Ok(length) = device.recv(&mut buffer) else {
            thread::sleep(DOWN);
            continue;
        };
        let mut frame = buffer[..length].to_vec();
        crate::pcap::pad(&mut frame);
        if !on_frame(frame) {
            return;
        }
    }
}
