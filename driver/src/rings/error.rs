//! What can go wrong with rings.

use std::fmt;

/// Which way frames pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the card to the host.
    Receive,
    /// From the host to the card.
    Transmit,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Receive => "receive",
            Self::Transmit => "transmit",
        })
    }
}

/// Why a ring stopped by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingStop {
    /// The card refused the ring's address or size.
    Setup,
    /// More was posted than the ring holds.
    Doorbell,
    /// A descriptor could not be read from memory.
    DescriptorUnreadable,
    /// A completion could not be written to memory.
    CompletionUnwritable,
    /// The bus between card and memory was reset, or did nothing for too long.
    BusGone,
    /// A number that has no meaning.
    Unknown(u8),
}

impl RingStop {
    /// From the number in the status register; 0 is none.
    pub(super) fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => None,
            1 => Some(Self::Setup),
            2 => Some(Self::Doorbell),
            3 => Some(Self::DescriptorUnreadable),
            4 => Some(Self::CompletionUnwritable),
            5 => Some(Self::BusGone),
            other => Some(Self::Unknown(other)),
        }
    }
}

impl fmt::Display for RingStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup => f.write_str("its address or size was refused"),
            Self::Doorbell => f.write_str("more was posted than it holds"),
            Self::DescriptorUnreadable => f.write_str(
                "a descriptor could not be read (is the memory mapped, the card a bus master?)",
            ),
            Self::CompletionUnwritable => f.write_str(
                "a completion could not be written (is the memory mapped, the card a bus master?)",
            ),
            Self::BusGone => f.write_str(
                "the bus was reset or answered nothing (is the slot powered, the link up?)",
            ),
            Self::Unknown(number) => write!(f, "error {number}, which is not defined"),
        }
    }
}

/// A failure of the rings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// A setting that the rings cannot have; nothing was started.
    #[error("{what} of {value} is not possible: it must be {allowed}")]
    Setting {
        /// Of what.
        what: &'static str,
        /// What was asked for.
        value: u64,
        /// What is possible.
        allowed: String,
    },
    /// A frame that no buffer of the transmit ring takes.
    #[error(
        "a frame of {bytes} bytes cannot be sent: 1 to {most} can (see `transmit_buffer` of the settings)"
    )]
    Length {
        /// Its bytes.
        bytes: usize,
        /// The most.
        most: u16,
    },
    /// A port that the card does not have.
    #[error("the card has no port {port}: its ports are 0 to {last}")]
    Port {
        /// Asked for.
        port: u8,
        /// The last one.
        last: u8,
    },
    /// A punt limit for a reason that does not exist.
    #[error("there is no host reason {0}: they are 0 to 15")]
    Reason(u8),
    /// A ring stopped. Open the host port again to go on.
    #[error("the {direction} ring stopped: {why}; open the host port again")]
    Stopped {
        /// Which.
        direction: Direction,
        /// Why.
        why: RingStop,
    },
    /// The card completed another descriptor than the next one. Nothing behind it can be believed.
    #[error(
        "the {direction} ring is out of order: completion {found} stands where {expected} belongs; open the host port again"
    )]
    OutOfOrder {
        /// Which.
        direction: Direction,
        /// Index of the next descriptor.
        expected: u16,
        /// Index in the completion.
        found: u16,
    },
}
