//! The rings of the driver against a card in memory.

mod frames;
mod hostile;
mod start;
mod waiting;

use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::rings::{HostPort, HostSettings};
use flowswitch_driver::{Card, Error};

/// An identified card of four ports.
fn card() -> Card<FakeDevice> {
    Card::open(FakeDevice::new(4)).expect("the card in memory is a card")
}

/// Rings of four descriptors with buffers of 128 bytes.
fn small() -> HostSettings {
    HostSettings {
        receive_log2: 2,
        receive_buffer: 128,
        transmit_log2: 2,
        transmit_buffer: 128,
        ..HostSettings::default()
    }
}

/// A frame that is told from others by its number.
fn frame(number: usize, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (number * 31 + at) as u8).collect()
}

/// Frames that are there: port, reason, length, truncated, bytes.
type Received = (u8, u8, u16, bool, Vec<u8>);

fn receive(host: &mut HostPort<'_, FakeDevice>) -> Result<Vec<Received>, Error> {
    let mut found = Vec::new();
    host.poll_receive(|frame| {
        found.push((
            frame.port,
            frame.reason,
            frame.length,
            frame.truncated,
            frame.bytes.to_vec(),
        ));
    })?;
    Ok(found)
}
