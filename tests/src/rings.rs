//! A host that drives the card's rings by the words of their page alone: own descriptors, own eyes on the bus, nothing of
//! the driver's ring code.

mod host;
mod memory;
pub mod registers;

pub use host::{Completion, Host, Received, Way};
pub use memory::Arena;

use crate::fixture::{HOST_MAC, mac};
use crate::frame::FrameBuilder;

/// Host reason of frames that are addressed to the host.
pub const ADDRESSED: u8 = 3;
/// Host reason of control frames.
pub const CONTROL: u8 = 1;

/// A frame to the host's own MAC, of any length from 18 bytes, whose bytes hang on a number.
pub fn to_host(length: usize, number: u32) -> Vec<u8> {
    plain(mac(HOST_MAC).0, length, number)
}

/// A control frame, which the card hands to the host for another reason.
pub fn control(length: usize, number: u32) -> Vec<u8> {
    plain([0x01, 0x80, 0xc2, 0, 0, 2], length, number)
}

/// A frame that is no IP, of any length from 18 bytes.
pub fn plain(destination: [u8; 6], length: usize, number: u32) -> Vec<u8> {
    let mut frame = FrameBuilder::ethernet(destination, [0x02, 0, 0, 0, 0x0c, 1])
        .ethertype(0x88b5)
        .bytes(&number.to_be_bytes())
        .fill_to(length, number)
        .finish();
    frame.truncate(length);
    frame
}
