//! A small installation for the directed tests: four ports, two clusters, two routers. Every bucket range holds one
//! bucket, so that no expected result hangs on the hash; the tests of the hash bring their own ranges.
//!
//! | port | on it |
//! |---|---|
//! | 0 | router A (member 1024), a plain station |
//! | 1 | router B (member 1025), a plain station |
//! | 2 | server 0 |
//! | 3 | servers 1 and 2 |

use flowswitch_driver::image::{
    Bucket, BucketRange, Image, MacAddress, Member, PortSetup, SERVERS, Service,
};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Router A's member number.
pub const ROUTER_A: u16 = SERVERS;
/// Router B's member number.
pub const ROUTER_B: u16 = SERVERS + 1;

/// The web cluster's virtual MAC, 0.
pub const WEB_MAC: &str = "02005e006501";
/// The other virtual MAC, 1.
pub const OTHER_MAC: &str = "02005e006509";
/// Server 0, on port 2.
pub const SERVER_0_MAC: &str = "020000000210";
/// Server 1, on port 3.
pub const SERVER_1_MAC: &str = "020000000220";
/// Server 2, on port 3.
pub const SERVER_2_MAC: &str = "020000000230";
/// Router A, on port 0.
pub const ROUTER_A_MAC: &str = "020000000260";
/// Router B, on port 1.
pub const ROUTER_B_MAC: &str = "020000000270";
/// The host's own MAC.
pub const HOST_MAC: &str = "020000000205";
/// A station that no table names.
pub const STATION_MAC: &str = "020000000a01";
/// Another one.
pub const STATION_2_MAC: &str = "020000000b01";

/// Ticks after which a learned address is forgotten.
pub const AGE: u16 = 280;

/// Bucket of the web cluster: server 0, then server 1.
pub const WEB_BUCKET: u32 = 0;
/// Bucket of the other cluster: server 2 alone.
pub const OTHER_BUCKET: u32 = 1;
/// Bucket of both router pools: router A, then router B.
pub const POOL_BUCKET: u32 = 2;

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
        buckets: one_bucket(WEB_BUCKET),
    }
}

/// A member that is up, not draining, and comes back with its link.
pub fn member(address: &str, port: u8) -> Member {
    Member {
        mac: mac(address),
        port,
        up: true,
        draining: false,
        up_on_link: true,
        weight: 1,
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
    Image {
        ports: [0b1110, 0b1101, 0b0011, 0b0011]
            .map(|flood_mask| PortSetup {
                bpdu_to_host: false,
                flood_mask,
            })
            .to_vec(),
        drop_unknown: false,
        fdb_age: AGE,
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
        pools: BTreeMap::from([(0, one_bucket(POOL_BUCKET)), (1, one_bucket(POOL_BUCKET))]),
        router_addresses: ["192.31.65.2", "192.31.65.3", "2001:db8:65::2"]
            .map(ip)
            .to_vec(),
        virtual_macs: vec![mac(WEB_MAC), mac(OTHER_MAC)],
        host: Some(mac(HOST_MAC)),
        buckets: vec![
            Bucket {
                first: Some(0),
                second: Some(1),
            },
            Bucket {
                first: Some(2),
                second: None,
            },
            Bucket {
                first: Some(ROUTER_A),
                second: Some(ROUTER_B),
            },
        ],
    }
}
