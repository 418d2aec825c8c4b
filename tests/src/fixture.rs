//! A small installation for the directed tests: four places, two clusters, two routers. Every bucket range of flows
//! holds one bucket, so that no expected result hangs on the hash; the tests of the hash bring their own ranges. Each
//! place has a logical port and a network port of its number, unless a [`Layout`](crate::layout::Layout) says otherwise.
//!
//! | place | on it |
//! |---|---|
//! | 0 | router A (member 1024), a plain station |
//! | 1 | router B (member 1025), a plain station |
//! | 2 | server 0 |
//! | 3 | servers 1 and 2 |

use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, Image, LogicalPort, MacAddress, Member, Pool, PortSetup,
    SERVERS, Service, Vip,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Router A's member number.
pub const ROUTER_A: u16 = SERVERS;
/// Router B's member number.
pub const ROUTER_B: u16 = SERVERS + 1;

/// The web cluster's virtual MAC, 0.
pub const WEB_MAC: &str = "02005e006501";
/// The other virtual MAC, 1.
pub const OTHER_MAC: &str = "02005e006509";
/// Server 0, at place 2.
pub const SERVER_0_MAC: &str = "020000000210";
/// Server 1, at place 3.
pub const SERVER_1_MAC: &str = "020000000220";
/// Server 2, at place 3.
pub const SERVER_2_MAC: &str = "020000000230";
/// Router A, at place 0.
pub const ROUTER_A_MAC: &str = "020000000260";
/// Router B, at place 1.
pub const ROUTER_B_MAC: &str = "020000000270";
/// The host's own MAC.
pub const HOST_MAC: &str = "020000000205";
/// A station that no table names.
pub const STATION_MAC: &str = "020000000a01";
/// Another one.
pub const STATION_2_MAC: &str = "020000000b01";

/// Ticks after which a learned address is forgotten.
pub const AGE: u16 = 280;

/// Ticks for which the flows of both clusters are remembered: numbers that tests can name.
pub const AGES: ClusterSetup = ClusterSetup {
    tcp: 900,
    udp: 300,
    ipsec: 1_800,
    other: 50,
    fin: 120,
    rst: 10,
    unconfirmed: 60,
    bypass: false,
    keep: false,
};

/// Bucket of the web cluster: server 0, then server 1.
pub const WEB_BUCKET: u32 = 0;
/// Bucket of the other cluster: server 2 alone.
pub const OTHER_BUCKET: u32 = 1;
/// Bucket of both router pools' flows: router A, then router B.
pub const POOL_BUCKET: u32 = 2;
/// A bucket that nobody uses.
pub const SPARE_BUCKET: u32 = 3;
/// First of the two buckets of both router pools' assignment: servers with even numbers are told router A, then router
/// B; those with odd numbers the other way round.
pub const ASSIGNMENT_BUCKET: u32 = 4;

/// A MAC written by hand.
///
/// # Panics
/// If the text is not twelve hexadecimal digits.
pub fn mac(text: &str) -> MacAddress {
    MacAddress(crate::hex::hex(&[text]).try_into().expect("six bytes"))
}

/// An IP address written by hand.
///
/// # Panics
/// If the text is no address.
pub fn ip(text: &str) -> IpAddr {
    text.parse().expect("an IP address")
}

/// One bucket as a range.
pub fn one_bucket(base: u32) -> BucketRange {
    BucketRange { base, log2: 0 }
}

/// A service of the web cluster: any VLAN, balanced over [`WEB_BUCKET`].
pub fn service(address: &str, protocol: Option<u8>, ports: Option<(u16, u16)>) -> Service {
    Service {
        address: ip(address),
        protocol,
        ports,
        vlan: None,
        client_persistence: false,
        no_service_to_host: false,
        least_load: false,
        cluster: 0,
        virtual_mac: 0,
        source_virtual: false,
        buckets: one_bucket(WEB_BUCKET),
    }
}

/// A member that is up, not draining, and comes back with its link.
pub fn member(address: &str, logical_port: u8) -> Member {
    Member {
        mac: mac(address),
        logical_port,
        up: true,
        draining: false,
        up_on_link: true,
        weight: 1,
    }
}

/// A logical port that is a whole network port: all frames, tags passed as they are.
pub fn whole_port(port: u8, flood: u64) -> LogicalPort {
    LogicalPort {
        port,
        untagged: true,
        vlans: Some((1, 4094)),
        flood,
        ..LogicalPort::default()
    }
}

/// A virtual address of some servers, of cluster 0, whose clients' flows are told apart.
pub fn vip(address: &str, virtual_mac: u8, servers: &[u16]) -> Vip {
    Vip {
        address: ip(address),
        virtual_mac,
        servers: servers.iter().copied().collect::<BTreeSet<u16>>(),
        persistent: false,
        cluster: 0,
    }
}

/// A pool of both routers that lets advertisements pass.
pub fn pool() -> Pool {
    Pool {
        flows: one_bucket(POOL_BUCKET),
        assignment: BucketRange {
            base: ASSIGNMENT_BUCKET,
            log2: 1,
        },
        drop_advertisements: false,
    }
}

/// The installation.
///
/// | services | |
/// |---|---|
/// | 0 | 192.31.65.1 tcp/80 |
/// | 1 | 2001:db8:65::1 udp/443 |
/// | 2 | 192.31.65.1 esp |
/// | 3 | 192.31.65.1 tcp/8000-8100, only VLAN 100 |
/// | 4 | 192.31.65.9 any, the other cluster |
/// | 5 | 192.31.65.10 tcp/80, without a service to the host |
///
/// | virtual addresses | of servers |
/// |---|---|
/// | 192.31.65.1, 2001:db8:65::1 | 0, 1 |
/// | 192.31.65.9, 2001:db8:65::9 | 2 |
///
/// Beside these server 0 has 192.31.65.210 and 2001:db8:65::d2, server 1 192.31.65.220 and 2001:db8:65::dc.
///
/// Router A has 192.31.65.2 and 2001:db8:65::2, router B 192.31.65.3 and fe80::3, the host 192.31.65.5 and
/// 2001:db8:65::5.
pub fn image() -> Image {
    let other = Service {
        cluster: 1,
        virtual_mac: 1,
        buckets: one_bucket(OTHER_BUCKET),
        ..service("192.31.65.9", None, None)
    };
    let caught = Service {
        no_service_to_host: true,
        ..service("192.31.65.10", Some(6), Some((80, 80)))
    };
    let other_vip = |address| Vip {
        cluster: 1,
        ..vip(address, 1, &[2])
    };
    let place = |(place, flood)| LogicalPort {
        server: place >= 2,
        announce: place < 2,
        ..whole_port(place, flood)
    };
    let bucket = |first, second| Bucket { first, second };
    let (router_a, router_b) = (Some(ROUTER_A), Some(ROUTER_B));
    Image {
        ports: vec![PortSetup::default(); 4],
        logical_ports: (0u8..)
            .zip([0b1110, 0b1101, 0b0011, 0b0011])
            .map(place)
            .collect(),
        drop_unknown: false,
        fdb_age: AGE,
        announce: 0,
        vips: vec![
            vip("192.31.65.1", 0, &[0, 1]),
            vip("2001:db8:65::1", 0, &[0, 1]),
            other_vip("192.31.65.9"),
            other_vip("2001:db8:65::9"),
        ],
        clusters: vec![AGES; 2],
        client_bits: (32, 128),
        services: vec![
            service("192.31.65.1", Some(6), Some((80, 80))),
            service("2001:db8:65::1", Some(17), Some((443, 443))),
            service("192.31.65.1", Some(50), None),
            Service {
                vlan: Some(100),
                ..service("192.31.65.1", Some(6), Some((8000, 8100)))
            },
            other,
            caught,
        ],
        members: BTreeMap::from([
            (0, member(SERVER_0_MAC, 2)),
            (1, member(SERVER_1_MAC, 3)),
            (2, member(SERVER_2_MAC, 3)),
            (ROUTER_A, member(ROUTER_A_MAC, 0)),
            (ROUTER_B, member(ROUTER_B_MAC, 1)),
        ]),
        pools: BTreeMap::from([(0, pool()), (1, pool())]),
        router_addresses: vec![
            (ip("192.31.65.2"), 0),
            (ip("2001:db8:65::2"), 0),
            (ip("192.31.65.3"), 1),
            (ip("fe80::3"), 1),
        ],
        server_addresses: vec![
            (ip("192.31.65.210"), 0),
            (ip("2001:db8:65::d2"), 0),
            (ip("192.31.65.220"), 1),
            (ip("2001:db8:65::dc"), 1),
        ],
        host_addresses: ["192.31.65.5", "2001:db8:65::5"].map(ip).to_vec(),
        virtual_macs: vec![mac(WEB_MAC), mac(OTHER_MAC)],
        host: Some(mac(HOST_MAC)),
        buckets: vec![
            bucket(Some(0), Some(1)),
            bucket(Some(2), None),
            bucket(router_a, router_b),
            bucket(None, None),
            bucket(router_a, router_b),
            bucket(router_b, router_a),
        ],
    }
}
