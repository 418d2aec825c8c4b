//! ARP and neighbour discovery, read by content: section 1 of the verdicts page (RFC 826, RFC 4861).

use crate::mac::Mac;
use crate::window::{ICMPV6, IPV6_HEADER_BYTES, Window};
use std::net::{IpAddr, Ipv6Addr};

const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// Bytes of a solicitation or advertisement before its options.
const TARGET_END: usize = 24;
/// Option type of the source's link-layer address.
const SOURCE_LINK_LAYER_ADDRESS: u8 = 1;
/// The first 13 bytes of every solicited-node multicast address.
const SOLICITED_NODE: [u8; 13] = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];

/// What an ARP or neighbour discovery frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscoveryKind {
    /// ARP request.
    Request {
        /// The sender's hardware address.
        sender: Mac,
    },
    /// ARP reply.
    Reply,
    /// Neighbour solicitation.
    Solicitation,
    /// Neighbour advertisement.
    Advertisement,
    /// Router solicitation.
    RouterSolicitation,
    /// Router advertisement.
    RouterAdvertisement,
    /// Redirect.
    Redirect,
}

/// What an ARP or neighbour discovery frame says. Both addresses are of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// What it is.
    pub kind: DiscoveryKind,
    /// The address it asks for or is addressed to.
    pub asked: IpAddr,
    /// The address it claims for its sender.
    pub claimed: IpAddr,
    /// All of it could be read, and was found valid. Nothing else is answered or changed.
    pub checked: bool,
}

/// What a packet turned out to be whose header is that of neighbour discovery.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    /// The whole, or what the window has of it, bears it out.
    Discovery(Discovery),
    /// The whole is not valid.
    Invalid,
}

impl DiscoveryKind {
    /// The kind's name, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request { .. } => "ARP request",
            Self::Reply => "ARP reply",
            Self::Solicitation => "neighbour solicitation",
            Self::Advertisement => "neighbour advertisement",
            Self::RouterSolicitation => "router solicitation",
            Self::RouterAdvertisement => "router advertisement",
            Self::Redirect => "redirect",
        }
    }
}

impl Discovery {
    /// A request or solicitation.
    pub fn is_request(&self) -> bool {
        matches!(
            self.kind,
            DiscoveryKind::Request { .. } | DiscoveryKind::Solicitation
        )
    }

    /// A reply or neighbour advertisement.
    pub fn is_reply(&self) -> bool {
        matches!(
            self.kind,
            DiscoveryKind::Reply | DiscoveryKind::Advertisement
        )
    }
}

/// Reads an ARP packet whose first byte is `start`.
pub(crate) fn read_arp(window: Window<'_>, start: usize) -> Option<Discovery> {
    let packet: [u8; 28] = window.bytes(start)?;
    // Hardware type 1 (Ethernet) or 6 (IEEE 802, which stacks take for the same), protocol 0x0800 (IPv4), lengths
    // 6 and 4.
    let [0x00, 1 | 6, 0x08, 0x00, 6, 4, 0, operation, ..] = packet else {
        return None;
    };
    let kind = match operation {
        1 => DiscoveryKind::Request {
            sender: Mac(window.bytes(start + 8)?),
        },
        2 => DiscoveryKind::Reply,
        _ => return None,
    };
    let address = |at| window.bytes::<4>(start + at).map(IpAddr::from);
    Some(Discovery {
        kind,
        asked: address(24)?,
        claimed: address(14)?,
        checked: true,
    })
}

/// Whether a type of ICMPv6 is one of neighbour discovery's.
pub(crate) fn is_neighbour_discovery(kind: u8) -> bool {
    matches!(kind, 133..=137)
}

/// Reads a neighbour discovery packet whose IPv6 header begins at `start`, in a frame of `frame_bytes` bytes.
pub(crate) fn read_neighbour_discovery(
    window: Window<'_>,
    start: usize,
    frame_bytes: usize,
) -> Option<Read> {
    let header: [u8; IPV6_HEADER_BYTES] = window.bytes(start)?;
    let payload_bytes = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let payload = start + IPV6_HEADER_BYTES;
    let end = payload + payload_bytes;
    let [kind, code] = window.bytes(payload)?;
    let fits = header[0] >> 4 == 6 && header[6] == ICMPV6 && header[7] == 255 && code == 0;
    if !fits || end > frame_bytes {
        return None;
    }
    let address = |at| window.bytes::<16>(at).map(Ipv6Addr::from);
    let (source, destination) = (address(start + 8)?, address(start + 24)?);
    // Of types that name none, this is never looked at.
    let target = address(payload + 8).unwrap_or(Ipv6Addr::UNSPECIFIED);
    let (kind, least_bytes, asked, claimed) = match kind {
        SOLICITATION => (DiscoveryKind::Solicitation, TARGET_END, target, source),
        ADVERTISEMENT => (
            DiscoveryKind::Advertisement,
            TARGET_END,
            destination,
            target,
        ),
        133 => (DiscoveryKind::RouterSolicitation, 8, destination, source),
        134 => (DiscoveryKind::RouterAdvertisement, 16, destination, source),
        137 => (DiscoveryKind::Redirect, 40, destination, source),
        _ => return None,
    };
    let group = match kind {
        DiscoveryKind::Solicitation => target.is_multicast() || source.is_multicast(),
        DiscoveryKind::Advertisement => target.is_multicast(),
        _ => false,
    };
    if payload_bytes < least_bytes || group {
        return None;
    }
    let checked = match window.slice(payload, end) {
        Some(message) if is_valid(kind, source, destination, message) => true,
        Some(_) => return Some(Read::Invalid),
        None => false,
    };
    Some(Read::Discovery(Discovery {
        kind,
        asked: asked.into(),
        claimed: claimed.into(),
        checked,
    }))
}

/// Checks a whole message.
fn is_valid(kind: DiscoveryKind, source: Ipv6Addr, destination: Ipv6Addr, message: &[u8]) -> bool {
    if icmpv6_sum(source, destination, message) != 0xffff {
        return false;
    }
    let options = || option_types(message.get(TARGET_END..)?);
    match kind {
        DiscoveryKind::Solicitation => options().is_some_and(|options| {
            !source.is_unspecified()
                || destination.octets().starts_with(&SOLICITED_NODE)
                    && !options.contains(&SOURCE_LINK_LAYER_ADDRESS)
        }),
        DiscoveryKind::Advertisement => {
            let solicited = message.get(4).is_some_and(|flags| flags & 0x40 != 0);
            options().is_some() && !(solicited && destination.is_multicast())
        }
        _ => true,
    }
}

/// The types of the options, if they fill the bytes exactly.
fn option_types(mut options: &[u8]) -> Option<Vec<u8>> {
    let mut types = Vec::new();
    while let [kind, units, ..] = options {
        let bytes = 8 * usize::from(*units);
        options = options.get(bytes..).filter(|_| bytes != 0)?;
        types.push(*kind);
    }
    options.is_empty().then_some(types)
}

/// The one's complement sum of an ICMPv6 message and its pseudo-header (RFC 8200 section 8.1): 0xffff if the checksum
/// in it is right; the complement of the checksum if that is zero.
pub(crate) fn icmpv6_sum(source: Ipv6Addr, destination: Ipv6Addr, message: &[u8]) -> u16 {
    let words = |bytes: &[u8]| -> u64 {
        bytes
            .chunks(2)
            .map(|word| match word {
                [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
                [high] => u64::from(*high) << 8,
                _ => 0,
            })
            .sum()
    };
    let mut sum = words(&source.octets())
        + words(&destination.octets())
        + message.len() as u64
        + u64::from(ICMPV6)
        + words(message);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
