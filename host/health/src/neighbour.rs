//! ARP and neighbour discovery (RFC 826, RFC 4861).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smoltcp::wire::IpProtocol;

use crate::frame::{self, Frame, Place};
use crate::packet::{self, Packet};

/// Neighbour discovery comes from the same link: this hop limit says so.
const ON_LINK: u8 = 255;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// Options with a link-layer address: the source's, the target's.
const SOURCE_ADDRESS: u8 = 1;
const TARGET_ADDRESS: u8 = 2;
/// An advertisement's flags: asked for; to be taken over. (Bit 31, that of routers, is clear.)
const SOLICITED: u32 = 0x4000_0000;
const OVERRIDE: u32 = 0x2000_0000;

/// What a frame of ARP or neighbour discovery says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Neighbour {
    /// Who has `asked`? `from` may be the unspecified address.
    Request {
        asked: IpAddr,
        from: IpAddr,
        mac: [u8; 6],
    },
    /// `claimed` is at `mac`, said to `to`.
    Answer {
        claimed: IpAddr,
        mac: [u8; 6],
        to: IpAddr,
    },
}

impl Neighbour {
    /// Takes it out of a frame; none if it is something else or not valid.
    pub fn parse(frame: &Frame<'_>) -> Option<Self> {
        match frame.ethertype {
            frame::ARP => Self::parse_arp(frame.payload),
            frame::IPV6 => {
                let packet = Packet::parse(frame.ethertype, frame.payload).ok()?;
                Self::parse_discovery(&packet, frame.place.mac)
            }
            _ => None,
        }
    }

    fn parse_arp(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<8>()?;
        let (mac, rest) = rest.split_first_chunk::<6>()?;
        let (sender, rest) = rest.split_first_chunk::<4>()?;
        let (_, rest) = rest.split_first_chunk::<6>()?;
        let (target, _) = rest.split_first_chunk::<4>()?;
        let (sender, target) = (
            Ipv4Addr::from(*sender).into(),
            Ipv4Addr::from(*target).into(),
        );
        let [0, 1 | 6, 8, 0, 6, 4, 0, operation] = *head else {
            return None;
        };
        match operation {
            1 => Some(Self::Request {
                asked: target,
                from: sender,
                mac: *mac,
            }),
            2 => Some(Self::Answer {
                claimed: sender,
                mac: *mac,
                to: target,
            }),
            _ => None,
        }
    }

    fn parse_discovery(packet: &Packet<'_>, sender: [u8; 6]) -> Option<Self> {
        if packet.protocol != IpProtocol::Icmpv6 || packet.hop_limit != ON_LINK {
            return None;
        }
        let (head, rest) = packet.payload.split_first_chunk::<8>()?;
        let (target, options) = rest.split_first_chunk::<16>()?;
        if head[1] != 0 || !packet.checksum_is_right() {
            return None;
        }
        let target = Ipv6Addr::from(*target);
        if target.is_multicast() {
            return None;
        }
        match head[0] {
            SOLICITATION => Some(Self::Request {
                asked: target.into(),
                from: packet.source,
                mac: option(options, SOURCE_ADDRESS)?.unwrap_or(sender),
            }),
            ADVERTISEMENT => Some(Self::Answer {
                claimed: target.into(),
                mac: option(options, TARGET_ADDRESS)?.unwrap_or(sender),
                to: packet.destination,
            }),
            _ => None,
        }
    }
}

/// The link-layer address in the options; the outer none if they are not valid.
fn option(mut options: &[u8], wanted: u8) -> Option<Option<[u8; 6]>> {
    let mut found = None;
    while !options.is_empty() {
        let (head, _) = options.split_first_chunk::<2>()?;
        let length = usize::from(head[1]) * 8;
        if length == 0 || options.len() < length {
            return None;
        }
        if head[0] == wanted {
            found = options[2..length].first_chunk().copied();
        }
        options = &options[length..];
    }
    Some(found)
}

/// The question of `source` at `mac`, put to one station alone: are you `asked`? None if the addresses are of two families.
pub(crate) fn request(mac: [u8; 6], source: IpAddr, to: &Place, asked: IpAddr) -> Option<Vec<u8>> {
    match (source, asked) {
        (IpAddr::V4(source), IpAddr::V4(asked)) => Some(arp(to, 1, (mac, source), ([0; 6], asked))),
        (IpAddr::V6(source), IpAddr::V6(target)) => {
            let message = discovery(SOLICITATION, 0, target, SOURCE_ADDRESS, mac);
            discovery_frame(to, mac, source, target, message)
        }
        _ => None,
    }
}

/// The answer of a station at `mac` to who asks for its address `asked`.
pub(crate) fn answer(mac: [u8; 6], asked: IpAddr, to: &Place, from: IpAddr) -> Option<Vec<u8>> {
    match (asked, from) {
        (IpAddr::V4(asked), IpAddr::V4(from)) => Some(arp(to, 2, (mac, asked), (to.mac, from))),
        (IpAddr::V6(asked), IpAddr::V6(from)) if from.is_unspecified() => {
            // Duplicate address detection: the asker has no address yet, so all nodes are told.
            let message = discovery(ADVERTISEMENT, OVERRIDE, asked, TARGET_ADDRESS, mac);
            let to = Place {
                mac: [0x33, 0x33, 0, 0, 0, 1],
                ..*to
            };
            let nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
            discovery_frame(&to, mac, asked, nodes, message)
        }
        (IpAddr::V6(asked), IpAddr::V6(from)) => {
            let flags = SOLICITED | OVERRIDE;
            let message = discovery(ADVERTISEMENT, flags, asked, TARGET_ADDRESS, mac);
            discovery_frame(to, mac, asked, from, message)
        }
        _ => None,
    }
}

fn arp(
    to: &Place,
    operation: u8,
    sender: ([u8; 6], Ipv4Addr),
    target: ([u8; 6], Ipv4Addr),
) -> Vec<u8> {
    let mut message = vec![0, 1, 8, 0, 6, 4, 0, operation];
    for (mac, address) in [sender, target] {
        message.extend(mac);
        message.extend(address.octets());
    }
    frame::build(to, sender.0, frame::ARP, &message)
}

fn discovery(kind: u8, flags: u32, target: Ipv6Addr, option: u8, mac: [u8; 6]) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0];
    message.extend(flags.to_be_bytes());
    message.extend(target.octets());
    message.extend([option, 1]);
    message.extend(mac);
    message
}

fn discovery_frame(
    to: &Place,
    from: [u8; 6],
    source: Ipv6Addr,
    destination: Ipv6Addr,
    mut message: Vec<u8>,
) -> Option<Vec<u8>> {
    let (source, destination) = (source.into(), destination.into());
    packet::fill_checksum(source, destination, IpProtocol::Icmpv6, &mut message, 2);
    let (ethertype, bytes) =
        packet::build(source, destination, IpProtocol::Icmpv6, ON_LINK, &message)?;
    Some(frame::build(to, from, ethertype, &bytes))
}
