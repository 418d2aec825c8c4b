//! Directions, and what the card writes of a descriptor.

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Card to host.
    Receive,
    /// Host to card.
    Transmit,
}

impl Way {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Receive, Self::Transmit];

    /// Its bit in the control register, and its vector.
    pub fn bit(self) -> u32 {
        match self {
            Self::Receive => 0,
            Self::Transmit => 1,
        }
    }

    /// One of its ring's registers.
    pub fn register(self, register: u32) -> u32 {
        0x1020 + 0x20 * self.bit() + register
    }
}

/// What the card wrote of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the frame.
    pub length: u16,
    /// Port it came in by.
    pub port: u8,
    /// Host reason.
    pub reason: u8,
    /// Status.
    pub status: u8,
    /// Clocks from its arrival until it reached the ring.
    pub waited: u32,
    /// When it reached the ring or was handed to the card.
    pub time_ns: u64,
}

impl Completion {
    /// What its words say; the index and the phase are for the ring to look at.
    pub fn decode(word: u64, time_ns: u64) -> Self {
        let bits = |low: u32, width: u32| word >> low & ((1 << width) - 1);
        Self {
            length: bits(16, 16) as u16,
            port: bits(32, 4) as u8,
            reason: bits(36, 4) as u8,
            status: bits(40, 4) as u8,
            waited: bits(44, 19) as u32,
            time_ns,
        }
    }
}

/// A frame from the card, or how it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What the card wrote of it.
    pub completion: Completion,
    /// What the buffer holds of it.
    pub data: Vec<u8>,
}
