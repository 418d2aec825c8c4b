//! Frames that leave the card, as tests say that they should.

use crate::hex::{difference, dump};
use flowswitch_sim::card::Departure;

/// Why the host gets a frame, by the contract's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum HostReason {
    /// A link-local control protocol.
    Control = 1,
    /// A cluster's address without a service for the frame.
    NoService = 2,
    /// The host's own MAC.
    Addressed = 3,
    /// An error whose quote cannot be read.
    Quote = 4,
}

/// Shortest frame, and shortest that the card builds with a tag.
const SHORTEST: usize = 60;
const SHORTEST_TAGGED: usize = 64;

/// A frame that leaves the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Network port, or the number of ports for the host.
    pub port: u8,
    /// Its bytes.
    pub frame: Vec<u8>,
    /// What the host is told; 0 on a network port.
    reason: u8,
}

impl Leaving {
    /// A frame that leaves by a network port.
    pub fn by(port: u8, frame: &[u8]) -> Self {
        Self {
            port,
            frame: frame.to_vec(),
            reason: 0,
        }
    }

    /// A frame that the host gets; `host` is the number of network ports.
    pub fn to_host(host: u8, frame: &[u8], reason: HostReason) -> Self {
        Self {
            port: host,
            frame: frame.to_vec(),
            reason: reason as u8,
        }
    }
}

/// A frame that the card built, filled up with zeros.
pub(crate) fn padded(mut frame: Vec<u8>) -> Vec<u8> {
    let tagged = matches!(frame[12..14], [0x81, 0x00] | [0x88, 0xa8]);
    let shortest = if tagged { SHORTEST_TAGGED } else { SHORTEST };
    frame.resize(frame.len().max(shortest), 0);
    frame
}

/// What left must be what should: per port, in its order, byte for byte. `frame` is what was sent.
#[track_caller]
pub(crate) fn compare_departures(
    source: u8,
    frame: &[u8],
    departures: &[Departure],
    leaving: &[Leaving],
) {
    let mut left: Vec<&Departure> = departures.iter().collect();
    let mut wanted: Vec<&Leaving> = leaving.iter().collect();
    // Frames of one port stay in their order.
    left.sort_by_key(|departure| departure.port);
    wanted.sort_by_key(|leaving| leaving.port);
    let left_by: Vec<_> = left.iter().map(|d| (d.port, d.reason)).collect();
    let wanted_by: Vec<_> = wanted.iter().map(|w| (w.port, w.reason)).collect();
    assert_eq!(
        left_by,
        wanted_by,
        "(port, host reason) of what left, against what should; sent\n{}",
        dump(frame)
    );
    for (departure, wanted) in left.iter().zip(wanted) {
        assert_eq!(
            departure.source, source,
            "the port that the frame came from"
        );
        if let Some(text) = difference(&departure.data, &wanted.frame) {
            panic!(
                "what left port {} is not what should: {text}\nsent\n{}",
                departure.port,
                dump(frame)
            );
        }
    }
}
