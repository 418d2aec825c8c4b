//! Byte offsets and bits of the host port's registers, from the contract.

/// What the host port can do.
pub const CAPABILITY: u32 = 0x1000;
/// Starts and stops the rings.
pub const CONTROL: u32 = 0x1004;
/// In [`CONTROL`]: stops both rings.
pub const RESET: u32 = 1 << 31;
/// State of the rings.
pub const STATUS: u32 = 0x1008;
/// Fires vectors.
pub const INTERRUPT_TEST: u32 = 0x100c;
/// What has happened.
pub const EVENT_STATUS: u32 = 0x1060;
/// What of it fires the event vector.
pub const EVENT_ENABLE: u32 = 0x1064;
/// Arms the event vector.
pub const EVENT_ARM: u32 = 0x1068;
/// How long completions may gather, in ns.
pub const RX_MODERATION: u32 = 0x106c;
/// Clocks since the reset.
pub const CLOCK_COUNT: u32 = 0x1074;
/// Low word of the card's time.
pub const TIME_LOW: u32 = 0x1078;
/// High word of it.
pub const TIME_HIGH: u32 = 0x107c;
/// Punt limit of host reason 0.
pub const PUNT_LIMIT: u32 = 0x1080;

/// When a bus that does nothing is given up, in intervals of 2^20 ns.
pub const BUS_TIMEOUT: u32 = 0x10c0;

/// Registers of a ring, from its first on.
pub mod ring {
    /// Descriptor ring's address, low word; the high word follows.
    pub const DESCRIPTORS: u32 = 0x00;
    /// Completion ring's address, low word; the high word follows.
    pub const COMPLETIONS: u32 = 0x08;
    /// Base-2 logarithm of the entries.
    pub const SIZE: u32 = 0x10;
    /// Doorbell.
    pub const TAIL: u32 = 0x14;
    /// Completions written.
    pub const COMPLETED: u32 = 0x18;
    /// Arms the vector.
    pub const ARM: u32 = 0x1c;
}

/// Bits of [`EVENT_STATUS`].
pub mod event {
    /// A link came or went.
    pub const LINK: u32 = 1 << 0;
    /// A member was taken down by the hardware.
    pub const MEMBER_LOST: u32 = 1 << 1;
    /// A frame found no server.
    pub const NO_SERVER: u32 = 1 << 2;
    /// The flow table had no room.
    pub const FLOW_REFUSED: u32 = 1 << 3;
    /// The flow table came under pressure.
    pub const FLOW_PRESSURE: u32 = 1 << 4;
    /// A learned address changed its logical port.
    pub const STATION_MOVED: u32 = 1 << 5;
    /// A frame with a source that is not its sender's.
    pub const FORGED_SOURCE: u32 = 1 << 6;
    /// A virtual address was claimed.
    pub const ADDRESS_CONFLICT: u32 = 1 << 7;
    /// Two servers, one key.
    pub const FLOW_CONFLICT: u32 = 1 << 8;
    /// A frame for the host was limited, or dropped because its ring is off.
    pub const PUNT_DROPPED: u32 = 1 << 9;
    /// A ring stopped by an error.
    pub const RING_ERROR: u32 = 1 << 10;
}

/// Numbers in table 19.
pub mod counter {
    /// Handed to the host in whole.
    pub const RECEIVED: u32 = 0;
    /// Dropped because the ring does not run.
    pub const OFF: u32 = 1;
    /// Lost to a bus error or a stop.
    pub const LOST: u32 = 2;
    /// Truncated.
    pub const TRUNCATED: u32 = 3;
    /// Transmitted.
    pub const TRANSMITTED: u32 = 4;
    /// Transmit descriptors that failed.
    pub const FAILED: u32 = 5;
    /// Receive descriptors refused.
    pub const REFUSED: u32 = 6;
    /// Limited, of host reason 0; the other reasons follow.
    pub const LIMITED: u32 = 16;
}
