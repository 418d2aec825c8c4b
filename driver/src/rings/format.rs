//! Descriptors and completions, as they stand in memory: two 64-bit little-endian words each.

/// The longest frame of a ring, in bytes.
pub const MOST_BYTES: u16 = 16_320;

/// A descriptor of either ring. `port` is that of a frame to send, 0 of a receive buffer.
pub(super) fn descriptor(address: u64, bytes: u16, port: u8) -> [u64; 2] {
    [address, u64::from(bytes) | u64::from(port & 15) << 16]
}

/// What became of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The frame passed in whole.
    Done,
    /// The frame was longer than its buffer.
    Truncated,
    /// The card refused the descriptor.
    BadDescriptor,
    /// The buffer could not be accessed.
    BusError,
}

impl Status {
    fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Done),
            1 => Some(Self::Truncated),
            2 => Some(Self::BadDescriptor),
            3 => Some(Self::BusError),
            _ => None,
        }
    }
}

/// A frame that the card sent up. Its bytes are those of the host's copy: the card cannot change them any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Network port it came in by.
    pub port: u8,
    /// Why the host gets it: the number of its host reason, 0 to 15 (`docs/src/card/verdicts.md`).
    pub reason: u8,
    /// Its length on the wire in bytes, without FCS.
    pub length: u16,
    /// Only its beginning is here.
    pub truncated: bool,
    /// Time of the card, in ns, at which its first beat arrived. A frame that waited for 2^19 - 1 clocks (1.6 ms at 322 MHz)
    /// or more arrived then or earlier.
    pub arrived_ns: u64,
    /// The frame, or its beginning.
    pub bytes: &'a [u8],
}

/// A descriptor of the transmit ring that was completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Number of the frame since the ring was started, modulo 2^16.
    pub index: u16,
    /// Its bytes, as the card tells.
    pub length: u16,
    /// What became of it.
    pub status: Status,
    /// Time of the card, in ns, at which it was handed to the card's fabric.
    pub time_ns: u64,
}

/// A completion of either ring; fields that the other ring does not have are zero there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Completion {
    pub index: u16,
    pub length: u16,
    pub port: u8,
    pub reason: u8,
    /// None: a number without a meaning.
    pub status: Option<Status>,
    /// Clocks from arrival to the ring.
    pub clocks: u32,
    pub time_ns: u64,
}

/// The phase bit of a completion's first word.
pub(super) fn phase(word: u64) -> bool {
    word >> 63 == 1
}

impl Completion {
    pub(super) fn from_words(first: u64, time_ns: u64) -> Self {
        let [a, b, c, d, e, f, _, _] = first.to_le_bytes();
        Self {
            index: u16::from_le_bytes([a, b]),
            length: u16::from_le_bytes([c, d]),
            port: e & 15,
            reason: e >> 4,
            status: Status::from_number(f & 15),
            clocks: (first >> 44) as u32 & 0x7_ffff,
            time_ns,
        }
    }

    /// When the frame's first beat arrived, by a core clock of so many kHz.
    pub(super) fn arrived_ns(&self, core_khz: u32) -> u64 {
        let ns = (u64::from(self.clocks) * 1_000_000).checked_div(core_khz.into());
        self.time_ns.saturating_sub(ns.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_by_hand() {
        // Word 0: length 0x05dc, index 0x1234. Word 1: phase, clocks 0x6_5432, status 1, reason 3, port 7.
        let first = 0xe543_2137_05dc_1234;
        let completion = Completion::from_words(first, 1_000_000);
        assert_eq!(
            completion,
            Completion {
                index: 0x1234,
                length: 1500,
                port: 7,
                reason: 3,
                status: Some(Status::Truncated),
                clocks: 0x6_5432,
                time_ns: 1_000_000,
            }
        );
        assert!(phase(first));
        // 414,770 clocks of 500 MHz.
        assert_eq!(completion.arrived_ns(500_000), 1_000_000 - 829_540);
        assert_eq!(completion.arrived_ns(1), 0, "before time began");
        assert_eq!(completion.arrived_ns(0), 1_000_000, "no clock is told");
        assert!(!phase(first & !(1 << 63)));
        assert_eq!(Completion::from_words(4 << 40, 0).status, None);
    }

    #[test]
    fn a_descriptor_by_hand() {
        assert_eq!(
            descriptor(0x1_0000_0040, 60, 3),
            [0x1_0000_0040, 0x0003_003c]
        );
    }
}
