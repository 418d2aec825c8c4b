//! Capture files: pcap and pcapng in, nanosecond pcap out.
//!
//! Reading goes record by record, refuses every link type but Ethernet by name, and never allocates more than the file
//! is long. A record that was cut by the capture's snap length is handed over as it is and counted: what the wire
//! carried beyond it is not known, and inventing it would change what the card sees.

mod classic;
mod error;
mod link_type;
mod read;
mod reader;
mod sections;
mod window;
mod write;

pub use error::PcapError;
pub use read::{Capture, Record, read, read_file};
pub use reader::{LONGEST_RECORD, Packet, Reader};
pub use write::Writer;

/// Shortest frame on an Ethernet wire, FCS not counted.
pub const SHORTEST_FRAME: usize = 60;

/// Pads a frame with zeros to [`SHORTEST_FRAME`], as a MAC does before it sends.
pub fn pad(frame: &mut Vec<u8>) {
    if frame.len() < SHORTEST_FRAME {
        frame.resize(SHORTEST_FRAME, 0);
    }
}
