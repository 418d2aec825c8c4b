//! Neighbour advertisements that nobody asked for, as a server sends them when it takes an address over.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};

/// All stations of the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ADVERTISEMENT: u8 = 136;
const OVERRIDE: u8 = 0x20;
const TARGET_OPTION: [u8; 2] = [2, 1];

/// Tells all stations on `device` that `address` is at `mac`.
///
/// # Errors
/// If the device or the address is not this station's, or raw sockets are not permitted.
pub fn advertise(device: &str, address: Ipv6Addr, mac: [u8; 6]) -> io::Result<()> {
    let index = std::fs::read_to_string(format!("/sys/class/net/{device}/ifindex"))?;
    let index = index.trim().parse().map_err(io::Error::other)?;
    let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
    socket.bind(&SocketAddrV6::new(address, 0, 0, index).into())?;
    socket.set_multicast_hops_v6(255)?;
    socket.set_multicast_if_v6(index)?;
    // The kernel fills in the checksum.
    let mut message = vec![ADVERTISEMENT, 0, 0, 0, OVERRIDE, 0, 0, 0];
    message.extend(address.octets());
    message.extend(TARGET_OPTION);
    message.extend(mac);
    let everyone = SocketAddrV6::new(ALL_NODES, 0, 0, index);
    socket.send_to(&message, &everyone.into()).map(drop)
}

/// A MAC from its text, as in `02:00:00:00:02:10`.
pub fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    bytes?.try_into().ok()
}
