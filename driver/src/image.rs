//! What a card should hold, in plain terms: the input of the driver, of the golden model and of every comparison.
//!
//! An [`Image`] knows no bit layouts; `docs/src/card/tables.md` gives those, [`crate::tables`] encodes them.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// Number of servers a card of the default size can hold; members from here on are routers.
pub const SERVERS: u16 = 1024;
/// Number of routers a card of the default size can hold.
pub const ROUTERS: u16 = 64;

/// An Ethernet address, first octet first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// A contiguous, aligned range of the bucket pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketRange {
    /// First bucket; a multiple of the size.
    pub base: u32,
    /// Base-2 logarithm of the number of buckets, 0 to 17.
    pub log2: u8,
}

/// The two members a bucket names, by member number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Preferred member.
    pub first: Option<u16>,
    /// The member that takes over at once when the first is down.
    pub second: Option<u16>,
}

/// One service: what is matched, and which buckets balance it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The cluster's address.
    pub address: IpAddr,
    /// Layer-4 protocol number, or any.
    pub protocol: Option<u8>,
    /// Inclusive range of destination ports, or any; only with TCP, UDP or SCTP.
    pub ports: Option<(u16, u16)>,
    /// Outer VLAN the frame must be tagged with, or any (untagged too).
    pub vlan: Option<u16>,
    /// Choose by client and cluster address alone.
    pub client_persistence: bool,
    /// Frames to the address that match no service go to the host instead of being dropped.
    pub no_service_to_host: bool,
    /// Prefer the less loaded of a bucket's two members.
    pub least_load: bool,
    /// Cluster number, 0 to 63.
    pub cluster: u8,
    /// Virtual MAC number: index into [`Image::virtual_macs`].
    pub virtual_mac: u8,
    /// The buckets.
    pub buckets: BucketRange,
}

/// One server or router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// The network port it is on.
    pub port: u8,
    /// Administratively and operationally up.
    pub up: bool,
    /// Takes no new flows while another member can.
    pub draining: bool,
    /// The return of its link sets `up` again.
    pub up_on_link: bool,
    /// Share of the load, 0 to 255.
    pub weight: u8,
}

/// Settings of one network port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortSetup {
    /// Frames to 01:80:c2:00:00:00 go to the host instead of being flooded.
    pub bpdu_to_host: bool,
    /// Ports that a flooded frame from this port may leave by, bit 0 is port 0.
    pub flood_mask: u16,
}

/// Everything a card is programmed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// One entry per network port.
    pub ports: Vec<PortSetup>,
    /// A unicast destination that was not learned is dropped instead of flooded.
    pub drop_unknown: bool,
    /// Age in ticks of 2^30 ns at which a learned address is forgotten, 1 to 32,767.
    pub fdb_age: u16,
    /// Services, lowest index first in matching order; at most 64.
    pub services: Vec<Service>,
    /// Members by number: servers below [`SERVERS`], routers from there on.
    pub members: BTreeMap<u16, Member>,
    /// Buckets of the pool of each router, by router number (member number less [`SERVERS`]).
    pub pools: BTreeMap<u16, BucketRange>,
    /// All addresses of routers.
    pub router_addresses: Vec<IpAddr>,
    /// Virtual MACs by number; at most 64.
    pub virtual_macs: Vec<MacAddress>,
    /// The host's own MAC.
    pub host: Option<MacAddress>,
    /// The bucket pool from bucket 0 on, as far as it is used; at most 131,072.
    pub buckets: Vec<Bucket>,
}
