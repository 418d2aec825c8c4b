//! What can go wrong between the host and a card.

use crate::check::ImageError;
use crate::device::DeviceError;
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
    /// The card did not end something in time.
    #[error("the card did not finish {0} in time")]
    Timeout(&'static str),
}
