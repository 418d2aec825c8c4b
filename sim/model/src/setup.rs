//! What a card is told: ports, addresses, services, members, pools, buckets.

use crate::mac::Mac;
use crate::placing::{addresses_fit, stations_fit};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Members from this number on are routers: router `r` is member `FIRST_ROUTER + r`.
pub const FIRST_ROUTER: u16 = 1024;

/// Highest number of network ports: the host is one more, and a port number has four bits.
pub(crate) const MOST_PORTS: u8 = 15;
/// Entries of the tables of logical ports and of virtual addresses.
pub(crate) const TABLE_SIZE: usize = 64;
/// Base-2 logarithm of the bucket pool's size.
const BUCKETS_LOG2: u8 = 17;
/// Base-2 logarithm of the most sets of four that the forwarding database may have.
const MOST_FDB_SETS_LOG2: u8 = 16;

/// Settings of one network port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortSetup {
    /// Frames to 01:80:c2:00:00:00 go to the host instead of being flooded.
    pub bpdu_to_host: bool,
}

/// Some or all of the frames of a network port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalPort {
    /// Network port.
    pub port: u8,
    /// Takes frames that name no VLAN.
    pub untagged: bool,
    /// First and last VLAN it takes; one VLAN if it is `tagged`.
    pub vlans: Option<(u16, u16)>,
    /// One VLAN, whose number frames that leave by it get; else transparent: tags pass as they are.
    pub tagged: bool,
    /// Under which number, 0 to 4,095, addresses are learned: of frames that name no VLAN, or of all if it is
    /// `tagged`.
    pub domain: u16,
    /// Carries servers.
    pub server: bool,
    /// Virtual addresses are announced by it.
    pub announce: bool,
    /// Logical ports that a flooded frame from this one may leave by; bit 0 is logical port 0.
    pub flood: u64,
}

/// A virtual address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vip {
    /// The address.
    pub address: IpAddr,
    /// Virtual MAC, by its place in [`Setup::virtual_macs`].
    pub virtual_mac: u8,
    /// Servers that carry it, by member number.
    pub servers: BTreeSet<u16>,
    /// All flows of a client to it are one.
    pub persistent: bool,
    /// The cluster whose ages hold for flows that servers open.
    pub cluster: u8,
}

/// How long flows of a cluster are remembered, in ticks of 2^30 ns, and what becomes of those of a server that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// TCP and SCTP, both sides having spoken.
    pub tcp: u16,
    /// UDP, both sides having spoken.
    pub udp: u16,
    /// ESP, AH, UDP with port 500 or 4500.
    pub ipsec: u16,
    /// Every other protocol.
    pub other: u16,
    /// Being closed.
    pub fin: u16,
    /// Reset.
    pub rst: u16,
    /// One side has spoken.
    pub unconfirmed: u16,
    /// Replies do not pass the switch.
    pub bypass: bool,
    /// Flows stay with a server that is not up, as long as its link is.
    pub keep: bool,
}

/// First bits of a client's address that tell it from other clients, for addresses that keep clients together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientBits {
    /// Of an IPv4 address, 0 to 32.
    pub ipv4: u8,
    /// Of an IPv6 address, 0 to 128.
    pub ipv6: u8,
}

impl Default for ClientBits {
    /// The whole address, as after a reset.
    fn default() -> Self {
        Self {
            ipv4: 32,
            ipv6: 128,
        }
    }
}

/// What a service matches, and where its flows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The cluster's address.
    pub address: IpAddr,
    /// Layer-4 protocol, or any.
    pub protocol: Option<u8>,
    /// Inclusive range of destination ports, or any.
    pub ports: Option<(u16, u16)>,
    /// Outer VLAN the frame must be tagged with, or any (untagged too).
    pub vlan: Option<u16>,
    /// Choose by client and cluster address alone.
    pub client_persistence: bool,
    /// A frame to the address that matches no service goes to the host. Asked of the lowest-numbered service of
    /// the address.
    pub no_service_to_host: bool,
    /// The frame's former destination, the virtual MAC, becomes its source.
    pub source_virtual: bool,
    /// A new flow goes to the less loaded of a bucket's two servers.
    pub least_load: bool,
    /// The cluster whose ages hold for its flows.
    pub cluster: u8,
    /// The buckets its flows spread over.
    pub buckets: BucketRange,
}

/// A range of the bucket pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketRange {
    /// First bucket; a multiple of the size.
    pub base: u32,
    /// Base-2 logarithm of the number of buckets, 0 to 17.
    pub log2: u8,
}

/// What is done for the routers of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Buckets that replace a router that is down.
    pub flows: BucketRange,
    /// Buckets, by server number, of the router that a server is told.
    pub assignment: BucketRange,
    /// Router advertisements are kept from servers.
    pub drop_advertisements: bool,
}

/// The members of a bucket, by member number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Preferred member.
    pub first: Option<u16>,
    /// The one that takes over when the first is down or draining.
    pub second: Option<u16>,
}

/// A server or router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its Ethernet address.
    pub mac: Mac,
    /// The logical port it is on.
    pub logical_port: u8,
    /// The `up` bit. The member is up if its port's link is up as well.
    pub up: bool,
    /// Takes no flow that the other member of the bucket can take.
    pub draining: bool,
    /// The return of its link sets `up`.
    pub up_on_link: bool,
    /// Share of the load, 0 to 255.
    pub weight: u8,
}

/// Everything a card is programmed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// One entry for each network port.
    pub ports: Vec<PortSetup>,
    /// Frames to a unicast address that was not learned are dropped instead of flooded.
    pub drop_unknown: bool,
    /// Age, in ticks of 2^30 ns, at which a learned address is forgotten.
    pub fdb_age: u16,
    /// Ticks between announcements of the virtual addresses; 0: never.
    pub announce: u16,
    /// Logical ports by number, at most 64; of those that hold a frame the lowest is its own.
    pub logical_ports: Vec<LogicalPort>,
    /// Virtual addresses by number, at most 64.
    pub vips: Vec<Vip>,
    /// Services; the lowest index that matches wins.
    pub services: Vec<Service>,
    /// Servers by number, routers from [`FIRST_ROUTER`] on.
    pub members: BTreeMap<u16, Member>,
    /// The pool of each router, by router number. A router without an entry has the default, as a table entry of zeros
    /// says.
    pub pools: BTreeMap<u16, Pool>,
    /// Addresses of routers with their router numbers.
    pub router_addresses: Vec<(IpAddr, u16)>,
    /// Addresses that servers have beside those they share, with their server numbers.
    pub server_addresses: Vec<(IpAddr, u16)>,
    /// Addresses of the host; only with [`Setup::host`].
    pub host_addresses: Vec<IpAddr>,
    /// Virtual MACs.
    pub virtual_macs: Vec<Mac>,
    /// The host's MAC.
    pub host: Option<Mac>,
    /// What holds for the flows of clusters, by cluster number, at most 64; ages of others are 0.
    pub clusters: Vec<Cluster>,
    /// What tells clients apart.
    pub client_bits: ClientBits,
    /// The bucket pool from bucket 0 on; buckets beyond it name no member.
    pub buckets: Vec<Bucket>,
}

/// A setup that no card can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The number of network ports is out of range.
    #[error("a card has 1 to 15 network ports, not {0}")]
    PortCount(u8),
    /// [`Setup::ports`] does not have one entry for each port.
    #[error("{found} port settings for {expected} ports")]
    PortSettings {
        /// Network ports of the card.
        expected: u8,
        /// Entries found.
        found: usize,
    },
    /// A member is on a logical port that does not exist.
    #[error("member {member} is on logical port {logical_port}, which does not exist")]
    MemberPort {
        /// The member's number.
        member: u16,
        /// The logical port named.
        logical_port: u8,
    },
    /// There are more logical ports, virtual addresses or clusters than a table has entries.
    #[error("{0} logical ports, virtual addresses or clusters are more than 64")]
    TableSize(usize),
    /// A logical port is on a network port that the card does not have.
    #[error("logical port {logical_port} is on port {port}, which does not exist")]
    LogicalPortPort {
        /// The logical port's number.
        logical_port: usize,
        /// The port named.
        port: u8,
    },
    /// A tagged logical port is not one VLAN and nothing else.
    #[error("logical port {0} is tagged, but not one VLAN")]
    TaggedPort(usize),
    /// A virtual address names a virtual MAC that does not exist.
    #[error("there is no virtual MAC {0}")]
    NoVirtualMac(u8),
    /// An address stands for two things.
    #[error("{0} is given twice")]
    SharedAddress(IpAddr),
    /// The host has addresses, but no MAC.
    #[error("the host has addresses, but no MAC")]
    HostWithoutMac,
    /// Two stations have the same MAC.
    #[error("{0} is the address of two stations")]
    SharedMac(Mac),
    /// The stations' table has no place for one of them: too many share their hashes.
    #[error("the stations' MACs do not fit into their table: too many share their hashes")]
    Stations,
    /// The addresses' table has no place for one of them.
    #[error("the known addresses do not fit into their table")]
    Addresses,
    /// A range of buckets is larger than the pool.
    #[error("2^{0} buckets are more than the pool has")]
    BucketRange(u8),
    /// The forwarding database has too many sets.
    #[error("2^{0} sets of addresses are more than 2^16")]
    FdbSets(u8),
}

impl Setup {
    /// Checks what the verdicts rely on.
    pub(crate) fn check(&self, ports: u8) -> Result<(), SetupError> {
        check_port_count(ports)?;
        if self.ports.len() != usize::from(ports) {
            return Err(SetupError::PortSettings {
                expected: ports,
                found: self.ports.len(),
            });
        }
        self.check_logical_ports(ports)?;
        self.check_addresses()?;
        let services = self.services.iter().map(|service| service.buckets);
        let pools = self.pools.values();
        let pools = pools.flat_map(|pool| [pool.flows, pool.assignment]);
        if let Some(range) = services
            .chain(pools)
            .find(|range| range.log2 > BUCKETS_LOG2)
        {
            return Err(SetupError::BucketRange(range.log2));
        }
        let members = self.members.values().map(|member| member.mac);
        let others = self.virtual_macs.iter().chain(&self.host).copied();
        let mut seen = BTreeSet::new();
        if let Some(mac) = members.chain(others).find(|&mac| !seen.insert(mac)) {
            return Err(SetupError::SharedMac(mac));
        }
        if stations_fit(seen.into_iter()) {
            Ok(())
        } else {
            Err(SetupError::Stations)
        }
    }

    fn check_logical_ports(&self, ports: u8) -> Result<(), SetupError> {
        let count = self.logical_ports.len();
        if count > TABLE_SIZE {
            return Err(SetupError::TableSize(count));
        }
        for (number, logical_port) in self.logical_ports.iter().enumerate() {
            let LogicalPort {
                port,
                untagged,
                vlans,
                tagged,
                ..
            } = *logical_port;
            if port >= ports {
                return Err(SetupError::LogicalPortPort {
                    logical_port: number,
                    port,
                });
            }
            if tagged && (untagged || vlans.is_none_or(|(first, last)| first != last)) {
                return Err(SetupError::TaggedPort(number));
            }
        }
        for (&member, &Member { logical_port, .. }) in &self.members {
            if usize::from(logical_port) >= count {
                return Err(SetupError::MemberPort {
                    member,
                    logical_port,
                });
            }
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), SetupError> {
        for count in [self.vips.len(), self.clusters.len()] {
            if count > TABLE_SIZE {
                return Err(SetupError::TableSize(count));
            }
        }
        let mut virtual_macs = self.vips.iter().map(|vip| vip.virtual_mac);
        if let Some(number) =
            virtual_macs.find(|&number| usize::from(number) >= self.virtual_macs.len())
        {
            return Err(SetupError::NoVirtualMac(number));
        }
        if self.host.is_none() && !self.host_addresses.is_empty() {
            return Err(SetupError::HostWithoutMac);
        }
        let routers = self.router_addresses.iter().map(|(address, _)| *address);
        let servers = self.server_addresses.iter().map(|(address, _)| *address);
        let others = self.vips.iter().map(|vip| vip.address);
        let mut seen = BTreeSet::new();
        if let Some(address) = routers
            .chain(servers)
            .chain(others)
            .chain(self.host_addresses.iter().copied())
            .find(|&address| !seen.insert(address))
        {
            return Err(SetupError::SharedAddress(address));
        }
        if addresses_fit(seen.into_iter()) {
            Ok(())
        } else {
            Err(SetupError::Addresses)
        }
    }
}

fn check_port_count(ports: u8) -> Result<(), SetupError> {
    if (1..=MOST_PORTS).contains(&ports) {
        Ok(())
    } else {
        Err(SetupError::PortCount(ports))
    }
}

/// Checks the size of the forwarding database.
pub(crate) fn check_fdb_sets(log2: u8) -> Result<(), SetupError> {
    if log2 <= MOST_FDB_SETS_LOG2 {
        Ok(())
    } else {
        Err(SetupError::FdbSets(log2))
    }
}
