//! Settings of the rings.

use std::time::Duration;

use bitflags::bitflags;

use super::error::RingError;
use super::format::MOST_BYTES;

bitflags! {
    /// Interrupt vectors, bit 0 is vector 0.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Vectors: u32 {
        /// Frames were received.
        const RECEIVE = 1;
        /// Frames were transmitted.
        const TRANSMIT = 1 << 1;
        /// Events happened.
        const EVENTS = 1 << 2;
    }
}

bitflags! {
    /// What has happened on the card.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Events: u16 {
        /// A link came or went.
        const LINK = 1;
        /// The hardware cleared the up bit of a member.
        const MEMBER_LOST = 1 << 1;
        /// A frame was dropped as `no-server`.
        const NO_SERVER = 1 << 2;
        /// The flow table had no room.
        const FLOW_REFUSED = 1 << 3;
        /// The flow table came under pressure.
        const FLOW_PRESSURE = 1 << 4;
        /// A learned address changed its logical port.
        const STATION_MOVED = 1 << 5;
        /// A frame was dropped as `forged-source`.
        const FORGED_SOURCE = 1 << 6;
        /// A frame was dropped as `address-conflict`.
        const ADDRESS_CONFLICT = 1 << 7;
        /// Two servers had one flow key.
        const FLOW_CONFLICT = 1 << 8;
        /// A frame for the host was dropped: limited, or the ring was off.
        const PUNT_DROPPED = 1 << 9;
        /// A ring has stopped by an error.
        const RING_ERROR = 1 << 10;
    }
}

/// How [`HostPort::open`](super::HostPort::open) sets up the rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSettings {
    /// Base-2 logarithm of the receive ring's descriptors, 2 to 12.
    pub receive_log2: u8,
    /// Bytes of each receive buffer, a multiple of 64 from 64 to 16,320; longer frames are truncated.
    pub receive_buffer: u16,
    /// Base-2 logarithm of the transmit ring's descriptors, 2 to 12.
    pub transmit_log2: u8,
    /// Bytes of each transmit buffer, a multiple of 64 from 64 to 16,320: the longest frame that can be sent.
    pub transmit_buffer: u16,
    /// How long received frames may gather before an interrupt, below 2^24 ns (16.8 ms).
    pub moderation: Duration,
    /// Events that wake [`HostPort::wait`](super::HostPort::wait).
    pub events: Events,
}

impl Default for HostSettings {
    /// 256 frames of up to 2,048 bytes each way, an interrupt at once, all events.
    fn default() -> Self {
        Self {
            receive_log2: 8,
            receive_buffer: 2048,
            transmit_log2: 8,
            transmit_buffer: 2048,
            moderation: Duration::ZERO,
            events: Events::all(),
        }
    }
}

impl HostSettings {
    /// Checks the settings; `largest` is the card's largest ring, base-2 logarithm. Returns the moderation in ns.
    pub(super) fn check(&self, largest: u8) -> Result<u32, RingError> {
        let largest = largest.min(12);
        let sizes = [
            ("a receive ring (log2)", self.receive_log2),
            ("a transmit ring (log2)", self.transmit_log2),
        ];
        for (what, log2) in sizes {
            if !(2..=largest).contains(&log2) {
                return Err(RingError::Setting {
                    what,
                    value: log2.into(),
                    allowed: format!("2 to {largest}"),
                });
            }
        }
        let buffers = [
            ("a receive buffer", self.receive_buffer),
            ("a transmit buffer", self.transmit_buffer),
        ];
        for (what, bytes) in buffers {
            if !(64..=MOST_BYTES).contains(&bytes) || !bytes.is_multiple_of(64) {
                return Err(RingError::Setting {
                    what,
                    value: bytes.into(),
                    allowed: format!("a multiple of 64 from 64 to {MOST_BYTES} bytes"),
                });
            }
        }
        let ns = self.moderation.as_nanos();
        (u32::try_from(ns).ok())
            .filter(|ns| *ns < 1 << 24)
            .ok_or_else(|| RingError::Setting {
                what: "a moderation (ns)",
                value: u64::try_from(ns).unwrap_or(u64::MAX),
                allowed: "below 16,777,216 ns".to_owned(),
            })
    }
}
