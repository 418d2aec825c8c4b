//! What a card is told: ports, services, members, pools, addresses, buckets.

use crate::mac::Mac;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Members from this number on are routers: router `r` is member `FIRST_ROUTER + r`.
pub const FIRST_ROUTER: u16 = 1024;

/// Highest number of network ports: the host is one more, and a port number has four bits.
pub(crate) const MOST_PORTS: u8 = 15;
/// Base-2 logarithm of the bucket pool's size.
const BUCKETS_LOG2: u8 = 17;
/// Base-2 logarithm of the most sets of four that the forwarding database may have.
const MOST_FDB_SETS_LOG2: u8 = 16;

/// Settings of one network port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortSetup {
    /// Frames to 01:80:c2:00:00:00 go to the host instead of being flooded.
    pub bpdu_to_host: bool,
    /// Ports that a flooded frame from this port may leave by; bit 0 is port 0.
    pub flood_mask: u16,
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
    /// The network port it is on.
    pub port: u8,
    /// The `up` bit. The member is up if its port's link is up as well.
    pub up: bool,
    /// Takes no flow that the other member of the bucket can take.
    pub draining: bool,
    /// The return of its link sets `up`.
    pub up_on_link: bool,
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
    /// Services; the lowest index that matches wins.
    pub services: Vec<Service>,
    /// Servers by number, routers from [`FIRST_ROUTER`] on.
    pub members: BTreeMap<u16, Member>,
    /// Buckets that replace a router, by router number. A router without an entry has bucket 0, as a table entry of
    /// zeros says.
    pub pools: BTreeMap<u16, BucketRange>,
    /// Addresses of routers: frames to these are never given to another router.
    pub router_addresses: BTreeSet<IpAddr>,
    /// Virtual MACs.
    pub virtual_macs: Vec<Mac>,
    /// The host's MAC.
    pub host: Option<Mac>,
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
    /// A member is on a port that the card does not have.
    #[error("member {member} is on port {port}, which does not exist")]
    MemberPort {
        /// The member's number.
        member: u16,
        /// The port named.
        port: u8,
    },
    /// Two stations have the same MAC.
    #[error("{0} is the address of two stations")]
    SharedMac(Mac),
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
        for (&member, Member { port, .. }) in &self.members {
            if *port >= ports {
                return Err(SetupError::MemberPort {
                    member,
                    port: *port,
                });
            }
        }
        let services = self.services.iter().map(|service| &service.buckets);
        if let Some(range) = services
            .chain(self.pools.values())
            .find(|range| range.log2 > BUCKETS_LOG2)
        {
            return Err(SetupError::BucketRange(range.log2));
        }
        let members = self.members.values().map(|member| member.mac);
        let others = self.virtual_macs.iter().chain(&self.host).copied();
        let mut seen = BTreeSet::new();
        match members.chain(others).find(|&mac| !seen.insert(mac)) {
            Some(mac) => Err(SetupError::SharedMac(mac)),
            None => Ok(()),
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
