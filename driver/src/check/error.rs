//! What is wrong with an image.

use std::net::IpAddr;

use crate::image::MacAddress;

/// Why an image cannot be written to a card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// More of something than the card has.
    #[error("{count} {what}, but the card holds {most}")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many the image has.
        count: usize,
        /// How many the card holds.
        most: usize,
    },
    /// A value that its field cannot hold.
    #[error("{what} of {of} is {value}, but must be at most {most}")]
    OutOfRange {
        /// The field.
        what: &'static str,
        /// What it belongs to.
        of: String,
        /// The value.
        value: u32,
        /// The largest value allowed.
        most: u32,
    },
    /// A learned address's age of 0 would forget it at once.
    #[error("the age of learned addresses must be at least one tick")]
    NoAge,
    /// A member number that the card has no entry for.
    #[error("the card has no member {0}")]
    NoSuchMember(u16),
    /// A bucket range that is not aligned to its size or exceeds the pool.
    #[error("buckets {base} to {base} + 2^{log2} of {of} are not aligned or not in the pool")]
    BucketRange {
        /// What it belongs to.
        of: String,
        /// First bucket.
        base: u32,
        /// Base-2 logarithm of the size.
        log2: u8,
    },
    /// An age of flows that the card cannot hold.
    #[error("{what} of cluster {cluster} is {ticks} ticks, but must be 1 to 4095")]
    FlowAge {
        /// The kind or state of flow.
        what: &'static str,
        /// Number of the cluster.
        cluster: usize,
        /// The age.
        ticks: u16,
    },
    /// A cluster of which nothing is said.
    #[error("{of} names cluster {cluster}, which does not exist")]
    NoSuchCluster {
        /// What names it.
        of: String,
        /// Number of the cluster.
        cluster: u8,
    },
    /// A virtual address keeps a client's flows together and one of its services does not, or the other way round.
    #[error("virtual address {vip} and service {service} differ in persistence")]
    Persistence {
        /// Number of the virtual address.
        vip: usize,
        /// Number of the service.
        service: usize,
    },
    /// Two stations with one MAC.
    #[error("{mac} belongs to {first} and to {second}")]
    SharedMac {
        /// The MAC.
        mac: MacAddress,
        /// One station.
        first: String,
        /// Another.
        second: String,
    },
    /// A MAC that no station may have: a group address or zero.
    #[error("{mac} of {of} is no station's address")]
    NotAStation {
        /// The MAC.
        mac: MacAddress,
        /// What it belongs to.
        of: String,
    },
    /// Settings that contradict each other on a logical port.
    #[error("logical port {port}: {problem}")]
    LogicalPort {
        /// Number of the logical port.
        port: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A logical port that the image does not have.
    #[error("{of} names logical port {port}, which does not exist")]
    NoSuchLogicalPort {
        /// What names it.
        of: String,
        /// Number of the logical port.
        port: u32,
    },
    /// A virtual address on a member that is no server of the image.
    #[error("virtual address {vip} is carried by member {member}, which is no server")]
    NotAServer {
        /// Number of the virtual address.
        vip: usize,
        /// Number of the member.
        member: u16,
    },
    /// An address of a server that the image does not have.
    #[error("{address} is said to be of member {member}, which is no server")]
    NoServerForAddress {
        /// The address.
        address: IpAddr,
        /// Number of the member.
        member: u16,
    },
    /// One address of two owners, or twice of one.
    #[error("{address} belongs to {first} and to {second}")]
    SharedAddress {
        /// The address.
        address: IpAddr,
        /// One owner.
        first: String,
        /// Another.
        second: String,
    },
    /// An address that no station can have: a group, broadcast or unspecified address.
    #[error("{address} of {of} is no station's address")]
    NotAStationAddress {
        /// The address.
        address: IpAddr,
        /// What it belongs to.
        of: String,
    },
    /// Addresses of a host that is not there.
    #[error("addresses of the host, but no MAC to tell for them")]
    NoHost,
}
