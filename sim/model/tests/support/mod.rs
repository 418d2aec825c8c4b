//! Frames and a small cluster, written out by hand.

#![allow(dead_code, reason = "every test file uses its own part")]

pub mod discovery;

use flowswitch_model::{
    Bucket, BucketRange, LogicalPort, Mac, Member, Model, Outcome, Pool, PortSetup, Service, Setup,
    Verdict, Vip,
};

/// Virtual MAC of the cluster.
pub const VIRTUAL: [u8; 6] = [0x02, 0, 0x5e, 0, 0x65, 0x01];
/// Server 0, on port 3.
pub const SERVER0: [u8; 6] = [0x02, 0, 0, 0, 0x02, 0x10];
/// Server 1, on port 4.
pub const SERVER1: [u8; 6] = [0x02, 0, 0, 0, 0x02, 0x20];
/// Router 0 (member 1024), on port 0.
pub const ROUTER0: [u8; 6] = [0x02, 0, 0, 0, 0x02, 0x60];
/// Router 1 (member 1025), on port 1.
pub const ROUTER1: [u8; 6] = [0x02, 0, 0, 0, 0x02, 0x70];
/// The host.
pub const HOST: [u8; 6] = [0x02, 0, 0, 0, 0x02, 0x05];
/// A station that is in no table.
pub const STRANGER: [u8; 6] = [0x02, 0xaa, 0, 0, 0, 0x01];
/// Another one.
pub const OTHER: [u8; 6] = [0x02, 0xaa, 0, 0, 0, 0x02];

/// The cluster's IPv4 address.
pub const CLUSTER: [u8; 4] = [192, 31, 65, 1];
/// The cluster's second address, whose services go to the host where none matches.
pub const CLUSTER_TO_HOST: [u8; 4] = [192, 31, 65, 9];
/// The cluster's IPv6 address.
pub const CLUSTER6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// Router 0's address.
pub const ROUTER0_ADDRESS: [u8; 4] = [192, 31, 65, 2];
/// Router 1's address.
pub const ROUTER1_ADDRESS: [u8; 4] = [192, 31, 65, 3];
/// Router 0's link-local address, which no table names.
pub const ROUTER0_LINK: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
/// Router 1's IPv6 address.
pub const ROUTER6: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
/// The host's address.
pub const HOST_ADDRESS: [u8; 4] = [192, 31, 65, 5];
/// The host's IPv6 address.
pub const HOST6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];
/// Server 0's own address.
pub const OWN0: [u8; 4] = [192, 31, 65, 210];
/// Server 1's own address.
pub const OWN1: [u8; 4] = [192, 31, 65, 220];
/// Server 1's own IPv6 address.
pub const OWN6: [u8; 16] = [
    0x20, 1, 0x0d, 0xb8, 0, 0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xdc,
];
/// A client of the cluster.
pub const CLIENT: [u8; 4] = [203, 0, 113, 7];
/// A client of the cluster.
pub const CLIENT6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];

/// An Ethernet frame, padded to 60 bytes.
pub fn ethernet(destination: [u8; 6], source: [u8; 6], rest: &[&[u8]]) -> Vec<u8> {
    let mut frame = [&destination[..], &source, &rest.concat()].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// An IPv4 header of 20 bytes for a packet of `total` bytes, with its ethertype before it.
pub fn ipv4(protocol: u8, source: [u8; 4], destination: [u8; 4], total: u16) -> Vec<u8> {
    let [high, low] = total.to_be_bytes();
    let start = [
        0x08, 0x00, 0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0,
    ];
    [&start[..], &source, &destination].concat()
}

/// An IPv6 header for `payload` bytes behind it, with its ethertype before it.
pub fn ipv6(next: u8, payload: u16) -> Vec<u8> {
    let [high, low] = payload.to_be_bytes();
    let start = [0x86, 0xdd, 0x60, 0, 0, 0, high, low, next, 64];
    [&start[..], &CLIENT6, &CLUSTER6].concat()
}

/// Source and destination port.
pub fn ports(source: u16, destination: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (source.to_be_bytes(), destination.to_be_bytes());
    [a, b, c, d]
}

/// A TCP packet of 40 bytes over IPv4.
pub fn tcp(
    to: [u8; 6],
    from: [u8; 6],
    source: [u8; 4],
    destination: [u8; 4],
    port: u16,
) -> Vec<u8> {
    let header = ipv4(6, source, destination, 40);
    ethernet(to, from, &[&header, &ports(40_000, port), &[0; 16]])
}

/// A frame that is not IP.
pub fn plain(to: [u8; 6], from: [u8; 6]) -> Vec<u8> {
    ethernet(to, from, &[&[0x88, 0xb5], b"plain"])
}

fn service(address: impl Into<std::net::IpAddr>, to_host: bool) -> Service {
    Service {
        address: address.into(),
        protocol: Some(6),
        ports: Some((80, 80)),
        vlan: None,
        client_persistence: false,
        no_service_to_host: to_host,
        source_virtual: false,
        least_load: false,
        cluster: 0,
        buckets: BucketRange { base: 0, log2: 0 },
    }
}

fn member(mac: [u8; 6], logical_port: u8) -> Member {
    Member {
        mac: Mac(mac),
        logical_port,
        up: true,
        draining: false,
        up_on_link: true,
        weight: 1,
    }
}

/// A logical port that is the whole of a network port.
pub fn whole(port: u8, server: bool, flood: u64) -> LogicalPort {
    LogicalPort {
        port,
        untagged: true,
        vlans: Some((1, 4_095)),
        server,
        announce: !server,
        flood,
        ..LogicalPort::default()
    }
}

/// A logical port that is one VLAN of a network port.
pub fn vlan(port: u8, vlan: u16, server: bool, flood: u64) -> LogicalPort {
    LogicalPort {
        untagged: false,
        vlans: Some((vlan, vlan)),
        tagged: true,
        ..whole(port, server, flood)
    }
}

/// Five ports, each a logical port: routers on 0 and 1, port 2 plain, servers on 3 and 4. Bucket 0: server 0, then
/// server 1. Bucket 1: router 0, then router 1; by the assignment server 0 has
/// router 0 first and server 1 has router 1. Both servers carry all virtual addresses.
pub fn setup() -> Setup {
    let servers = 0b11000;
    let all = 0b11111;
    let masks = [all, all, all, all & !servers, all & !servers];
    let vip = |address: std::net::IpAddr| Vip {
        address,
        virtual_mac: 0,
        servers: [0, 1].into(),
        persistent: false,
        cluster: 0,
    };
    let pool = Pool {
        flows: BucketRange { base: 1, log2: 0 },
        assignment: BucketRange { base: 2, log2: 1 },
        drop_advertisements: false,
    };
    Setup {
        ports: vec![PortSetup::default(); 5],
        logical_ports: (0..)
            .zip(masks)
            .map(|(port, mask)| whole(port, servers >> port & 1 == 1, mask))
            .collect(),
        vips: vec![
            vip(CLUSTER.into()),
            vip(CLUSTER_TO_HOST.into()),
            vip(CLUSTER6.into()),
        ],
        fdb_age: 280,
        services: vec![
            service(CLUSTER, false),
            service(CLUSTER6, false),
            service(CLUSTER_TO_HOST, true),
        ],
        members: [
            (0, member(SERVER0, 3)),
            (1, member(SERVER1, 4)),
            (1024, member(ROUTER0, 0)),
            (1025, member(ROUTER1, 1)),
        ]
        .into(),
        pools: [(0, pool), (1, pool)].into(),
        router_addresses: vec![
            (ROUTER0_ADDRESS.into(), 0),
            (ROUTER1_ADDRESS.into(), 1),
            (ROUTER6.into(), 1),
        ],
        server_addresses: vec![(OWN0.into(), 0), (OWN1.into(), 1), (OWN6.into(), 1)],
        host_addresses: vec![HOST_ADDRESS.into(), HOST6.into()],
        virtual_macs: vec![Mac(VIRTUAL)],
        host: Some(Mac(HOST)),
        buckets: vec![
            Bucket {
                first: Some(0),
                second: Some(1),
            },
            Bucket {
                first: Some(1024),
                second: Some(1025),
            },
            Bucket {
                first: Some(1024),
                second: Some(1025),
            },
            Bucket {
                first: Some(1025),
                second: Some(1024),
            },
        ],
        ..Setup::default()
    }
}

/// A card of five ports with [`setup`], changed by `change`.
pub fn card(change: impl FnOnce(&mut Setup)) -> Model {
    let mut setup = setup();
    change(&mut setup);
    Model::new(5, setup).expect("a setup that a card can hold")
}

/// Receives, and compares row, verdict and every copy's bytes.
#[track_caller]
pub fn expect(
    model: &mut Model,
    port: u8,
    frame: &[u8],
    row: u8,
    verdict: Verdict,
    sent: &[u8],
) -> Outcome {
    let outcome = model.receive(port, frame, false).expect("the port exists");
    let text = flowswitch_model::describe(frame);
    assert_eq!(
        (outcome.row, &outcome.verdict),
        (row, &verdict),
        "{}\n{text}",
        outcome.explanation
    );
    for copy in &outcome.copies {
        assert_eq!(copy.frame, sent, "{}\n{text}", outcome.explanation);
    }
    let (into, out) = model.counters().conservation();
    assert_eq!(into, out, "conservation");
    outcome
}

/// The frame with another destination.
pub fn readdressed(frame: &[u8], destination: [u8; 6]) -> Vec<u8> {
    [&destination[..], &frame[6..]].concat()
}

/// Bytes in hexadecimal; spaces and line ends are skipped.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&String::from_iter(pair), 16).expect("hexadecimal"))
        .collect()
}

/// The bytes, with zeros behind them to `length`.
pub fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut frame = hex(text);
    frame.resize(length, 0);
    frame
}

/// An ICMPv6 packet with its ethertype before it, hop limit 255 and the right checksum in bytes 2 and 3 of `message`.
pub fn icmpv6(source: [u8; 16], destination: [u8; 16], message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u16).to_be_bytes();
    let mut message = message.to_vec();
    message[2..4].fill(0);
    let pseudo = [&source[..], &destination, &length, &[0, 58], &message].concat();
    let mut sum: u32 = pseudo
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)))
        .sum();
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    message[2..4].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    let start = [0x86, 0xdd, 0x60, 0, 0, 0, length[0], length[1], 58, 255];
    [&start[..], &source, &destination, &message].concat()
}

/// An ARP packet with its ethertype before it.
pub fn arp(operation: u8, sender: ([u8; 6], [u8; 4]), target: ([u8; 6], [u8; 4])) -> Vec<u8> {
    let start = [0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0, operation];
    [&start[..], &sender.0, &sender.1, &target.0, &target.1].concat()
}
