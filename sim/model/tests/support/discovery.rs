//! ARP and neighbour discovery frames among the stations of the cluster.

use super::{Verdict, arp, ethernet, expect, icmpv6};
use flowswitch_model::{DropReason, Model};

/// The Ethernet broadcast address.
pub const BROADCAST: [u8; 6] = [0xff; 6];
/// A station's IPv4 address in the cluster's network.
pub const NEIGHBOUR: [u8; 4] = [192, 31, 65, 77];
pub const NOBODY: [u8; 4] = [0; 4];
pub const NO_MAC: [u8; 6] = [0; 6];
/// Server 0's link-local address.
pub const LINK_LOCAL: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x10];
pub const ALL_NODES: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
pub const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];

/// Solicited-node multicast address of the cluster's, a router's or the client's IPv6 address.
pub fn solicited_node(of: [u8; 16]) -> [u8; 16] {
    let [.., a, b, c] = of;
    [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c]
}

pub fn option(kind: u8, mac: [u8; 6]) -> Vec<u8> {
    [&[kind, 1][..], &mac].concat()
}

pub fn message(kind: u8, flags: u8, target: [u8; 16], options: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, 0, flags, 0, 0, 0][..], &target, options].concat()
}

/// A gratuitous request, a reply, a probe and so on: an ARP frame from `from`.
pub fn arp_frame(
    to: [u8; 6],
    from: [u8; 6],
    operation: u8,
    claimed: [u8; 4],
    asked: [u8; 4],
) -> Vec<u8> {
    ethernet(
        to,
        from,
        &[&arp(operation, (from, claimed), (NO_MAC, asked))],
    )
}

pub fn solicitation(from: [u8; 6], source: [u8; 16], target: [u8; 16]) -> Vec<u8> {
    let options = if source == [0; 16] {
        Vec::new()
    } else {
        option(1, from)
    };
    let message = message(135, 0, target, &options);
    let [.., a, b, c] = target;
    let packet = icmpv6(source, solicited_node(target), &message);
    ethernet([0x33, 0x33, 0xff, a, b, c], from, &[&packet])
}

pub fn advertisement(
    to: [u8; 6],
    from: [u8; 6],
    destination: [u8; 16],
    target: [u8; 16],
) -> Vec<u8> {
    let message = message(136, 0x20, target, &option(2, from));
    ethernet(to, from, &[&icmpv6(target, destination, &message)])
}

/// Drops by this reason, and nothing leaves.
#[track_caller]
pub fn expect_drop(model: &mut Model, port: u8, frame: &[u8], row: u8, reason: DropReason) {
    expect(model, port, frame, row, Verdict::Drop(reason), frame);
}
