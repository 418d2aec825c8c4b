//! The tables' entries and their bits, as `docs/src/card/tables.md` gives them.
//!
//! Encoding keeps only what fits the bits of a field; [`crate::check`] refuses an image whose values do not.
//! Decoding takes any words.

mod balancing;
mod bits;
mod counting;
mod flows;
mod ports;
mod stations;
mod vips;

pub use balancing::{MemberEntry, decode_bucket, encode_bucket};
pub use counting::{Direction, drop_counters_index, member_counters_index};
pub use flows::{FlowCount, FlowEntry, FlowRemoval, FlowSearch, FlowState, ServerFlows};
pub use stations::{Address, AddressKind, Learned, Station, StationKind};
pub use vips::{ServerVips, VipEntry, VipPorts};

/// An entry as it passes through the table data registers, lowest word first.
pub type Words = [u32; 8];

/// Buckets in the pool of the default size, and the most the mapped window can hold.
pub const BUCKETS: u32 = 1 << 17;
/// Base-2 logarithm of the station table's sets; it has two ways of two slots.
pub const STATION_SETS_LOG2: u8 = 10;
/// Base-2 logarithm of the address table's sets; it has two ways of two slots.
pub const ADDRESS_SETS_LOG2: u8 = 9;

/// The tables behind the table registers, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Services.
    Service = 1,
    /// Servers and routers.
    Member = 2,
    /// What the pool of each router does.
    Pool = 3,
    /// Static stations, by the hash of their MAC.
    Station = 4,
    /// Addresses that ARP and neighbour discovery are looked up for, by their hash.
    Address = 5,
    /// Learned stations.
    Fdb = 6,
    /// Counters of members, by ingress port.
    MemberCounters = 7,
    /// Drops by ingress port and reason.
    DropCounters = 8,
    /// Counters of ports.
    PortCounters = 9,
    /// Counts of the whole card, by ingress port.
    Totals = 10,
    /// Logical ports.
    LogicalPort = 11,
    /// Virtual addresses.
    Vip = 12,
    /// Logical ports of each virtual address's servers.
    VipPorts = 13,
    /// Virtual addresses of each server.
    ServerVips = 14,
    /// Ages of each cluster's flows.
    Cluster = 15,
    /// Flows, by bank, row and slot.
    Flow = 16,
    /// Counters of flows.
    FlowCounters = 17,
    /// Flows of each server.
    ServerFlows = 18,
    /// Counters of the host port.
    HostCounters = 19,
}

impl Table {
    /// All tables, by number.
    pub const ALL: [Self; 19] = [
        Self::Service,
        Self::Member,
        Self::Pool,
        Self::Station,
        Self::Address,
        Self::Fdb,
        Self::MemberCounters,
        Self::DropCounters,
        Self::PortCounters,
        Self::Totals,
        Self::LogicalPort,
        Self::Vip,
        Self::VipPorts,
        Self::ServerVips,
        Self::Cluster,
        Self::Flow,
        Self::FlowCounters,
        Self::ServerFlows,
        Self::HostCounters,
    ];

    /// Its name, as commands take it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Member => "member",
            Self::Pool => "pool",
            Self::Station => "station",
            Self::Address => "address",
            Self::Fdb => "fdb",
            Self::MemberCounters => "member-counters",
            Self::DropCounters => "drop-counters",
            Self::PortCounters => "port-counters",
            Self::Totals => "totals",
            Self::LogicalPort => "logical-port",
            Self::Vip => "vip",
            Self::VipPorts => "vip-ports",
            Self::ServerVips => "server-vips",
            Self::Cluster => "cluster",
            Self::Flow => "flow",
            Self::FlowCounters => "flow-counters",
            Self::ServerFlows => "server-flows",
            Self::HostCounters => "host-counters",
        }
    }

    /// The table of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Words of an entry that carry bits.
    pub const fn words(self) -> usize {
        match self {
            Self::Service | Self::PortCounters | Self::Totals => 8,
            Self::DropCounters
            | Self::Pool
            | Self::ServerVips
            | Self::FlowCounters
            | Self::ServerFlows
            | Self::HostCounters => 2,
            Self::Member | Self::Station | Self::Fdb => 3,
            Self::Address => 5,
            Self::MemberCounters | Self::VipPorts | Self::Cluster | Self::Flow => 4,
            Self::LogicalPort => 6,
            Self::Vip => 7,
        }
    }
}

/// An entry of a table.
pub trait Entry: Sized {
    /// The table.
    const TABLE: Table;
    /// Word and bit of an entry that tell whether it holds anything: without it the others are not read.
    const VALID: Option<(usize, u32)> = None;
    /// The entry that `words` hold.
    fn decode(words: &Words) -> Self;
}

/// An entry of a table that can be written.
pub trait Writable: Entry {
    /// The words that hold the entry.
    fn encode(&self) -> Words;
}
