//! What can go wrong between the host and a card.

use crate::check::ImageError;
use crate::device::DeviceError;
use crate::register_map::NameError;
use crate::rings::RingError;
use crate::tables::Table;

/// A failure of the driver.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The register access itself failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The device is not a Flowswitch card.
    #[error("not a Flowswitch card: its identity reads {found:#010x}")]
    NotACard {
        /// What was read.
        found: u32,
    },
    /// The card's register interface has another major version.
    #[error("the card's register interface is version {major}.{minor}; this driver knows {known}")]
    Version {
        /// The card's major number.
        major: u16,
        /// The card's minor number.
        minor: u16,
        /// The major number that the driver knows.
        known: u16,
    },
    /// A card without a flow table.
    #[error("the card has no flow table")]
    NoFlowTable,
    /// The card tells of a size that the interface does not allow.
    #[error("the card tells of {value} {what}, which is not possible")]
    Capability {
        /// Of what.
        what: &'static str,
        /// How many.
        value: u32,
    },
    /// The image does not fit the card; nothing was written.
    #[error("the card cannot hold this: {0}")]
    Image(#[from] ImageError),
    /// The keys of a hashed table collide in all their slots; nothing was written.
    #[error("no free slot for all keys of the {table:?} table")]
    Full {
        /// The table.
        table: Table,
    },
    /// The card refused a table command.
    #[error("the card refused entry {index} of the {table:?} table")]
    Refused {
        /// The table.
        table: Table,
        /// Index of the entry.
        index: u32,
    },
    /// A bucket outside the pool.
    #[error("the card has no bucket {0}")]
    NoSuchBucket(u32),
    /// A member that was never written, or that the card has no entry for.
    #[error("the card holds no member {0}")]
    NoSuchMember(u16),
    /// A server whose number still has flows of another server: they would go to the new one. Nothing was written.
    #[error(
        "server {server} was another station that still has {live} flows: flush them, or wait until they have ended"
    )]
    ServerInUse {
        /// Number of the server.
        server: u16,
        /// Entries of the flow table that name it.
        live: u32,
    },
    /// The seed of the card's flow table was given by another driver and cannot be read.
    #[error(
        "the seed of the card's flow table is not known, so no flow can be found by its addresses"
    )]
    SeedUnknown,
    /// A seed of zeros would give all flows one hash.
    #[error("a flow table's seed must not be zero")]
    ZeroSeed,
    /// The operating system gave no random numbers for a seed.
    #[error("no random numbers: {0}")]
    NoRandomness(String),
    /// New flows of a server came as fast as its flows were removed.
    #[error(
        "server {server} still takes new flows: drain it or take it down before its flows are removed"
    )]
    StillServing {
        /// Number of the server.
        server: u16,
    },
    /// A card whose host port has no rings.
    #[error(
        "the card has no rings: frames reach the host by the shell's own DMA engine, which this driver does not know"
    )]
    NoRings,
    /// The card was reset and holds nothing of what it was programmed with.
    #[error("the card was reset: it holds no tables until it is programmed again")]
    Reset,
    /// The rings failed.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// No register has this name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A register or field that only takes writes.
    #[error("{0} cannot be read: it only takes writes")]
    NotReadable(String),
    /// A register or field that is only read.
    #[error("{0} cannot be written: it is read only")]
    NotWritable(String),
    /// A value with more bits than its field.
    #[error("{name} takes 0 to {most}, not {value}")]
    TooWide {
        /// Name of the field.
        name: String,
        /// What was to be written.
        value: u32,
        /// The largest value.
        most: u32,
    },
    /// The card did not end something in time.
    #[error("the card did not finish {0} in time")]
    Timeout(&'static str),
}
