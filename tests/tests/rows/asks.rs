//! ARP and neighbour discovery: what stations send, built, and what the card builds, byte for byte with the checksums
//! that another program computed.

use flowswitch_tests::fixture::mac;
use flowswitch_tests::hex::hex;
use flowswitch_tests::neighbour::{Arp, Discovery, group_mac, solicited_node};
use std::net::{Ipv4Addr, Ipv6Addr};

/// No address, as probes claim it.
pub const NO_IP: &str = "0.0.0.0";
/// The web cluster's addresses.
pub const WEB_IP: &str = "192.31.65.1";
/// The same, IPv6.
pub const WEB_IP6: &str = "2001:db8:65::1";
/// The other cluster's address.
pub const OTHER_IP: &str = "192.31.65.9";
/// The same, IPv6.
pub const OTHER_IP6: &str = "2001:db8:65::9";
/// Router A's addresses.
pub const ROUTER_A_IP: &str = "192.31.65.2";
/// The same, IPv6.
pub const ROUTER_A_IP6: &str = "2001:db8:65::2";
/// Router B's addresses.
pub const ROUTER_B_IP: &str = "192.31.65.3";
/// The same, IPv6.
pub const ROUTER_B_IP6: &str = "fe80::3";
/// The host's addresses.
pub const HOST_IP: &str = "192.31.65.5";
/// The same, IPv6.
pub const HOST_IP6: &str = "2001:db8:65::5";
/// Server 0's own addresses, beside the cluster's.
pub const SERVER_0_OWN: &str = "192.31.65.210";
/// The same, IPv6.
pub const SERVER_0_OWN6: &str = "2001:db8:65::d2";
/// Server 1's own addresses.
pub const SERVER_1_OWN: &str = "192.31.65.220";
/// The same, IPv6.
pub const SERVER_1_OWN6: &str = "2001:db8:65::dc";
/// An address that no table names.
pub const STATION_IP: &str = "192.31.65.77";
/// The same, IPv6.
pub const STATION_IP6: &str = "2001:db8:65::4d";
/// Another one.
pub const STATION_2_IP: &str = "192.31.65.78";
/// Link-local addresses of servers 0 and 1.
pub const SERVER_0_IP6: &str = "fe80::210";
/// See [`SERVER_0_IP6`].
pub const SERVER_1_IP6: &str = "fe80::220";
/// The group of all nodes.
pub const ALL_NODES: &str = "ff02::1";
/// Its MAC.
pub const ALL_NODES_MAC: &str = "333300000001";

pub fn ip4(text: &str) -> Ipv4Addr {
    text.parse().expect("an IPv4 address")
}

pub fn ip6(text: &str) -> Ipv6Addr {
    text.parse().expect("an IPv6 address")
}

/// Addresses, then a packet with its ethertype, padded to 60 bytes.
pub fn frame(to: &str, from: &str, packet: &[u8]) -> Vec<u8> {
    let mut frame = [&mac(to).0[..], &mac(from).0, packet].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// The frame with tags behind its addresses.
pub fn tagged(frame: &[u8], tags: &str) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame.splice(12..12, hex(&[tags]));
    frame
}

/// An ARP packet of `from` that claims `claimed` and asks for `asked`.
pub fn request(from: &str, claimed: &str, asked: &str) -> Vec<u8> {
    Arp::request(mac(from).0, ip4(claimed), ip4(asked)).bytes()
}

/// An ARP reply of `from`, which claims `claimed`, to `to` with `asked`.
pub fn reply((from, claimed): (&str, &str), (to, asked): (&str, &str)) -> Vec<u8> {
    Arp::reply((mac(from).0, ip4(claimed)), (mac(to).0, ip4(asked))).bytes()
}

/// A solicitation as stacks send it to a group: with the sender's MAC, unless the sender has no address.
pub fn solicitation(from: &str, claimed: &str, asked: &str) -> Discovery {
    let (source, target) = (ip6(claimed), ip6(asked));
    let message = Discovery::solicitation(source, solicited_node(target), target);
    if source.is_unspecified() {
        message
    } else {
        message.with_mac(1, mac(from).0)
    }
}

/// A solicitation in a frame to its group.
pub fn solicits(from: &str, claimed: &str, asked: &str) -> Vec<u8> {
    let message = solicitation(from, claimed, asked);
    let to = group_of(asked);
    frame(&to, from, &message.bytes())
}

/// MAC of the group that an address is asked for in.
pub fn group_of(asked: &str) -> String {
    let group = group_mac(solicited_node(ip6(asked)));
    group.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An advertisement of `claimed` with the sender's MAC.
pub fn advertisement(from: &str, claimed: &str, to: &str) -> Discovery {
    let claimed = ip6(claimed);
    Discovery::advertisement(claimed, ip6(to), claimed).with_mac(2, mac(from).0)
}

/// The ARP answer to the owner of `to`: `told` is the MAC of `asked`.
pub fn arp_answer(to: &str, tags: &str, told: &str, asked: &str, claimed: &str) -> Vec<u8> {
    let mut answer = hex(&[to, told, tags, "0806 0001 0800 06 04 0002", told]);
    answer.extend(ip4(asked).octets());
    answer.extend(mac(to).0);
    answer.extend(ip4(claimed).octets());
    answer
}

/// An ARP request that the card has built anew.
pub fn built_request(to: &str, told: &str, claimed: &str, asked: &str) -> Vec<u8> {
    let mut request = hex(&[to, told, "0806 0001 0800 06 04 0001", told]);
    request.extend(ip4(claimed).octets());
    request.extend([0; 6]);
    request.extend(ip4(asked).octets());
    request.resize(60, 0);
    request
}

/// A message of 32 bytes that the card has built: source, destination, type and code, checksum, flags, target, option.
fn built(
    head: &[&str],
    addresses: [&str; 2],
    content: &[&str],
    target: &str,
    option: &[&str],
) -> Vec<u8> {
    let mut frame = hex(head);
    frame.extend(hex(&["86dd 60000000 0020 3a ff"]));
    for address in addresses {
        frame.extend(ip6(address).octets());
    }
    frame.extend(hex(content));
    frame.extend(ip6(target).octets());
    frame.extend(hex(option));
    frame
}

/// The advertisement that answers a solicitation of `to`, whose address is `claimed`: flags and checksum as said.
pub fn nd_answer(
    (to, claimed): (&str, &str),
    tags: &str,
    (told, asked): (&str, &str),
    flags: &str,
    checksum: &str,
) -> Vec<u8> {
    built(
        &[to, told, tags],
        [asked, claimed],
        &["88 00", checksum, flags],
        asked,
        &["02 01", told],
    )
}

/// A solicitation that the card has built anew.
pub fn built_solicitation(
    (to, destination): (&str, &str),
    (told, claimed): (&str, &str),
    asked: &str,
    checksum: &str,
) -> Vec<u8> {
    built(
        &[to, told],
        [claimed, destination],
        &["87 00", checksum, "00000000"],
        asked,
        &["01 01", told],
    )
}
