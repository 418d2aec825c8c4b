//! Frames and a small cluster, written out by hand.

#![allow(dead_code, reason = "every test file uses its own part")]

use flowswitch_model::{
    Bucket, BucketRange, Mac, Member, Model, Outcome, PortSetup, Service, Setup, Verdict,
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
        buckets: BucketRange { base: 0, log2: 0 },
    }
}

fn member(mac: [u8; 6], port: u8) -> Member {
    Member {
        mac: Mac(mac),
        port,
        up: true,
        draining: false,
        up_on_link: true,
    }
}

/// Five ports: routers on 0 and 1, port 2 plain, servers on 3 and 4. Bucket 0: server 0, then server 1. Bucket 1:
/// router 0, then router 1.
pub fn setup() -> Setup {
    let servers = 0b11000;
    let all = 0b11111;
    let masks = [all, all, all, all & !servers, all & !servers];
    Setup {
        ports: masks
            .map(|flood_mask| PortSetup {
                bpdu_to_host: false,
                flood_mask,
            })
            .to_vec(),
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
        pools: [
            (0, BucketRange { base: 1, log2: 0 }),
            (1, BucketRange { base: 1, log2: 0 }),
        ]
        .into(),
        router_addresses: [ROUTER0_ADDRESS.into()].into(),
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

/// Receives, and compares row, verdict and frame as sent.
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
    assert_eq!(outcome.frame, sent, "{}\n{text}", outcome.explanation);
    let (into, out) = model.counters().conservation();
    assert_eq!(into, out, "conservation");
    outcome
}

/// The frame with another destination.
pub fn readdressed(frame: &[u8], destination: [u8; 6]) -> Vec<u8> {
    [&destination[..], &frame[6..]].concat()
}
