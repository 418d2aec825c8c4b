//! What a card should hold, in plain terms: the input of the driver, of the golden model and of every comparison.
//!
//! An [`Image`] knows no bit layouts; `docs/src/card/tables.md` gives those, [`crate::tables`] encodes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

/// Number of servers a card of the default size can hold; members from here on are routers.
pub const SERVERS: u16 = 1024;
/// Number of routers a card of the default size can hold.
pub const ROUTERS: u16 = 64;
/// Number of logical ports a card can hold.
pub const LOGICAL_PORTS: u8 = 64;
/// Number of virtual addresses (VIPs) a card can hold.
pub const VIPS: u8 = 64;
/// Number of clusters a card tells apart.
pub const CLUSTERS: u8 = 64;
/// The longest age of a flow, in ticks of 2^30 ns (73 minutes).
pub const MOST_FLOW_TICKS: u16 = 4_095;

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
    /// Cluster number, 0 to 63: index into [`Image::clusters`].
    pub cluster: u8,
    /// Virtual MAC number: index into [`Image::virtual_macs`].
    pub virtual_mac: u8,
    /// The frame's source becomes the virtual MAC.
    pub source_virtual: bool,
    /// The buckets.
    pub buckets: BucketRange,
}

/// One server or router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its Ethernet address.
    pub mac: MacAddress,
    /// The logical port it is on: index into [`Image::logical_ports`].
    pub logical_port: u8,
    /// Administratively and operationally up.
    pub up: bool,
    /// Takes no new flows while another member can; see [`Member::drains`].
    pub draining: bool,
    /// The return of its link sets `up` again.
    pub up_on_link: bool,
    /// Share of the load, 0 to 255; a server of weight 0 drains.
    pub weight: u8,
}

impl Member {
    /// Whether it takes no new flows while another member can: drained, or of weight 0.
    pub fn drains(&self) -> bool {
        self.draining || self.weight == 0
    }
}

/// How long the card remembers a cluster's flows, and what becomes of those of a server that fails.
///
/// Ages are in ticks of 2^30 ns, 1 to [`MOST_FLOW_TICKS`], since the flow's last frame (`rst`: since the reset).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSetup {
    /// Established flows of TCP and SCTP.
    pub tcp: u16,
    /// Established flows of UDP, ports 500 and 4500 excepted.
    pub udp: u16,
    /// Established flows of ESP, AH and UDP with port 500 or 4500.
    pub ipsec: u16,
    /// Established flows of every other protocol.
    pub other: u16,
    /// Flows that are being closed.
    pub fin: u16,
    /// Flows that were reset.
    pub rst: u16,
    /// Flows of which only one side has spoken; at most 3 ticks count while the table is over three quarters full.
    pub unconfirmed: u16,
    /// Replies do not pass the switch: a second frame of the client's confirms a flow.
    pub bypass: bool,
    /// Established flows stay with a server that is not up, as long as its link is.
    pub keep: bool,
}

impl Default for ClusterSetup {
    /// The ages of a configuration that names none.
    fn default() -> Self {
        Self {
            tcp: ticks_of_seconds(900),
            udp: ticks_of_seconds(300),
            ipsec: ticks_of_seconds(3_600),
            other: ticks_of_seconds(60),
            fin: ticks_of_seconds(120),
            rst: ticks_of_seconds(10),
            unconfirmed: ticks_of_seconds(60),
            bypass: false,
            keep: false,
        }
    }
}

/// Ticks of 2^30 ns that are no shorter than so many seconds.
const fn ticks_of_seconds(seconds: u64) -> u16 {
    (seconds * 1_000_000_000).div_ceil(1 << 30) as u16
}

/// Settings of one network port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortSetup {
    /// Frames to 01:80:c2:00:00:00 go to the host instead of being flooded.
    pub bpdu_to_host: bool,
}

/// One logical port: some or all of the frames of a network port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogicalPort {
    /// Network port.
    pub port: u8,
    /// Takes frames without a VLAN number.
    pub untagged: bool,
    /// First and last VLAN it takes, 1 to 4,094; one VLAN if it is `tagged`.
    pub vlans: Option<(u16, u16)>,
    /// One VLAN, whose number frames that leave by it get; else tags pass as they are.
    pub tagged: bool,
    /// Under which VLAN number addresses are learned from untagged frames (transparent: the native VLAN) or from all
    /// (tagged), 0 to 4,095.
    pub domain: u16,
    /// Carries servers: what a router broadcasts about itself does not leave by it.
    pub server: bool,
    /// Virtual addresses are announced by it.
    pub announce: bool,
    /// Logical ports that a flooded frame from this one may leave by, bit 0 is logical port 0.
    pub flood: u64,
}

/// A virtual address of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vip {
    /// The address.
    pub address: IpAddr,
    /// Virtual MAC number: index into [`Image::virtual_macs`].
    pub virtual_mac: u8,
    /// Servers that carry it, by member number, of all clusters with this address.
    pub servers: BTreeSet<u16>,
    /// All flows of a client to it are one: they have one server. The services of the address say the same in
    /// [`Service::client_persistence`].
    pub persistent: bool,
    /// Cluster number, 0 to 63, whose ages hold for flows that servers open from this address.
    pub cluster: u8,
}

/// What the card does for the routers of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Buckets that replace a router that is down, by flow.
    pub flows: BucketRange,
    /// Buckets by server number: which router a server is told when it asks for any of the pool.
    pub assignment: BucketRange,
    /// Router advertisements of the pool's routers are kept from servers.
    pub drop_advertisements: bool,
}

/// Everything a card is programmed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// One entry per network port.
    pub ports: Vec<PortSetup>,
    /// A unicast destination that was not learned is dropped instead of flooded.
    pub drop_unknown: bool,
    /// Age in ticks of 2^30 ns at which a learned address is forgotten, 1 to 32,767.
    pub fdb_age: u16,
    /// Ticks of 2^30 ns between announcements of the virtual addresses, 1 to 32,767; 0: never.
    pub announce: u16,
    /// Logical ports; of those that hold a frame the lowest is its own. At most [`LOGICAL_PORTS`].
    pub logical_ports: Vec<LogicalPort>,
    /// Virtual addresses by number; at most [`VIPS`].
    pub vips: Vec<Vip>,
    /// Services, lowest index first in matching order; at most 64.
    pub services: Vec<Service>,
    /// Members by number: servers below [`SERVERS`], routers from there on.
    pub members: BTreeMap<u16, Member>,
    /// The pool of each router, by router number (member number less [`SERVERS`]).
    pub pools: BTreeMap<u16, Pool>,
    /// All addresses of routers, each with its router number.
    pub router_addresses: Vec<(IpAddr, u16)>,
    /// Addresses that servers have beside the virtual ones, each with its server number.
    pub server_addresses: Vec<(IpAddr, u16)>,
    /// Addresses of the host; only with [`Image::host`].
    pub host_addresses: Vec<IpAddr>,
    /// What holds for the flows of each cluster, by cluster number; at most [`CLUSTERS`].
    pub clusters: Vec<ClusterSetup>,
    /// First bits of a client's IPv4 (0 to 32) and IPv6 address (0 to 128) that tell it from others, for persistence.
    pub client_bits: (u8, u8),
    /// Virtual MACs by number; at most 64.
    pub virtual_macs: Vec<MacAddress>,
    /// The host's own MAC.
    pub host: Option<MacAddress>,
    /// The bucket pool from bucket 0 on, as far as it is used; at most 131,072.
    pub buckets: Vec<Bucket>,
}

impl Default for Image {
    /// Nothing; clients are told apart by their whole addresses.
    fn default() -> Self {
        Self {
            ports: Vec::new(),
            drop_unknown: false,
            fdb_age: 0,
            announce: 0,
            logical_ports: Vec::new(),
            vips: Vec::new(),
            services: Vec::new(),
            members: BTreeMap::new(),
            pools: BTreeMap::new(),
            router_addresses: Vec::new(),
            server_addresses: Vec::new(),
            host_addresses: Vec::new(),
            clusters: Vec::new(),
            client_bits: (32, 128),
            virtual_macs: Vec::new(),
            host: None,
            buckets: Vec::new(),
        }
    }
}
