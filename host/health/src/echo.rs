//! ICMP and ICMPv6: echoes, and what a station says of packets that it cannot take.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::{IpProtocol, checksum};

use crate::packet::{self, HOP_LIMIT, Packet};

/// What an ICMP message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// An echo is asked for.
    Request {
        identifier: u16,
        sequence: u16,
        data: &'a [u8],
    },
    /// The echo.
    Reply {
        identifier: u16,
        sequence: u16,
        data: &'a [u8],
    },
    /// A packet with this protocol and source port, from the one who gets this to `destination`, could not be delivered.
    Unreachable {
        code: u8,
        protocol: IpProtocol,
        source: IpAddr,
        destination: IpAddr,
        port: u16,
    },
}

impl<'a> Message<'a> {
    /// Takes a message out of a packet. The outer none: it is not valid; the inner: it says nothing of interest.
    pub fn parse(packet: &Packet<'a>) -> Option<Option<Self>> {
        let right = match packet.protocol {
            IpProtocol::Icmp => packet.source.is_ipv4() && checksum::data(packet.payload) == !0,
            IpProtocol::Icmpv6 => packet.source.is_ipv6() && packet.checksum_is_right(),
            _ => false,
        };
        let (head, data) = packet.payload.split_first_chunk::<8>().filter(|_| right)?;
        let [kind, code, _, _, a, b, c, d] = *head;
        let (identifier, sequence) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        Some(match (packet.protocol, kind, code) {
            (IpProtocol::Icmp, 8, 0) | (IpProtocol::Icmpv6, 128, 0) => Some(Self::Request {
                identifier,
                sequence,
                data,
            }),
            (IpProtocol::Icmp, 0, 0) | (IpProtocol::Icmpv6, 129, 0) => Some(Self::Reply {
                identifier,
                sequence,
                data,
            }),
            // Code 4 says that it was too long: that is path MTU discovery, no refusal.
            (IpProtocol::Icmp, 3, code) if code != 4 => quoted_ipv4(code, data),
            (IpProtocol::Icmpv6, 1, code) => quoted_ipv6(code, data),
            _ => None,
        })
    }
}

fn quoted_ipv4<'a>(code: u8, quote: &[u8]) -> Option<Message<'a>> {
    let (header, _) = quote.split_first_chunk::<20>()?;
    let length = usize::from(header[0] & 0xf) * 4;
    let (port, _) = quote.get(length.max(20)..)?.split_first_chunk()?;
    let [s0, s1, s2, s3, d0, d1, d2, d3] = *header[12..].first_chunk()?;
    Some(Message::Unreachable {
        code,
        protocol: header[9].into(),
        source: Ipv4Addr::new(s0, s1, s2, s3).into(),
        destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
        port: u16::from_be_bytes(*port),
    })
}

fn quoted_ipv6<'a>(code: u8, quote: &[u8]) -> Option<Message<'a>> {
    let (header, rest) = quote.split_first_chunk::<40>()?;
    let (port, _) = rest.split_first_chunk()?;
    Some(Message::Unreachable {
        code,
        protocol: header[6].into(),
        source: Ipv6Addr::from(*header[8..].first_chunk::<16>()?).into(),
        destination: Ipv6Addr::from(*header[24..].first_chunk::<16>()?).into(),
        port: u16::from_be_bytes(*port),
    })
}

/// An echo request (or the reply to one) as a packet with its ethertype; none if the addresses are of two families.
pub(crate) fn build(
    source: IpAddr,
    destination: IpAddr,
    reply: bool,
    (identifier, sequence): (u16, u16),
    data: &[u8],
) -> Option<(u16, Vec<u8>)> {
    let (protocol, kind) = match (source, reply) {
        (IpAddr::V4(_), false) => (IpProtocol::Icmp, 8),
        (IpAddr::V4(_), true) => (IpProtocol::Icmp, 0),
        (IpAddr::V6(_), false) => (IpProtocol::Icmpv6, 128),
        (IpAddr::V6(_), true) => (IpProtocol::Icmpv6, 129),
    };
    let mut message = vec![kind, 0, 0, 0];
    message.extend(identifier.to_be_bytes());
    message.extend(sequence.to_be_bytes());
    message.extend(data);
    if protocol == IpProtocol::Icmp {
        let sum = !checksum::data(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
    } else {
        packet::fill_checksum(source, destination, protocol, &mut message, 2);
    }
    packet::build(source, destination, protocol, HOP_LIMIT, &message)
}
