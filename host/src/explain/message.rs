//! ARP and neighbour discovery, as a frame has them.

use std::net::IpAddr;

use super::parse::{Frame, protocol};

const ARP: u16 = 0x0806;
/// First 13 bytes of the groups that solicitations go to.
const SOLICITED_NODES: [u8; 13] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ArpRequest,
    ArpReply,
    Solicitation,
    Advertisement,
    RouterSolicitation,
    RouterAdvertisement,
    Redirect,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::ArpRequest => "ARP request",
            Self::ArpReply => "ARP reply",
            Self::Solicitation => "neighbour solicitation",
            Self::Advertisement => "neighbour advertisement",
            Self::RouterSolicitation => "router solicitation",
            Self::RouterAdvertisement => "router advertisement",
            Self::Redirect => "redirect",
        }
    }

    /// It asks who has an address.
    pub fn asks(self) -> bool {
        matches!(self, Self::ArpRequest | Self::Solicitation)
    }

    /// It tells who has one.
    pub fn tells(self) -> bool {
        matches!(self, Self::ArpReply | Self::Advertisement)
    }

    pub fn is_arp(self) -> bool {
        matches!(self, Self::ArpRequest | Self::ArpReply)
    }
}

/// Who claims what and asks for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub kind: Kind,
    pub asked: IpAddr,
    pub claimed: IpAddr,
    /// All of it was readable, and right.
    pub checked: bool,
}

/// What a frame is of address resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Discovery {
    /// Nothing.
    None,
    /// Neighbour discovery by its header, and wrong: an IPv6 packet that is no flow's.
    Wrong,
    /// A message.
    Message(Message),
}

impl Discovery {
    pub fn read(frame: &Frame<'_>) -> Self {
        if frame.ethertype == ARP {
            return arp(frame).map_or(Self::None, Self::Message);
        }
        let Some(mut message) = neighbour_discovery(frame) else {
            return Self::None;
        };
        let start = frame.l3;
        let length = usize::from(frame.half(start + 4).unwrap_or_default());
        let Some(payload) = frame.range(start + 40, start + 40 + length) else {
            return Self::Message(message);
        };
        message.checked = true;
        if is_right(frame, &message, payload) {
            Self::Message(message)
        } else {
            Self::Wrong
        }
    }

    /// By its header it is neighbour discovery.
    pub fn is_neighbour_discovery(&self) -> bool {
        match self {
            Self::None => false,
            Self::Wrong => true,
            Self::Message(message) => !message.kind.is_arp(),
        }
    }
}

fn arp(frame: &Frame<'_>) -> Option<Message> {
    let l3 = frame.l3;
    frame.range(l3, l3 + 28)?;
    let fixed = frame.bytes::<6>(l3)?;
    let hardware = u16::from_be_bytes([fixed[0], fixed[1]]);
    if !matches!(hardware, 1 | 6) || fixed[2..] != [0x08, 0x00, 6, 4] {
        return None;
    }
    let kind = match frame.half(l3 + 6)? {
        1 => Kind::ArpRequest,
        2 => Kind::ArpReply,
        _ => return None,
    };
    Some(Message {
        kind,
        asked: frame.ipv4_address(l3 + 24)?,
        claimed: frame.ipv4_address(l3 + 14)?,
        checked: true,
    })
}

/// What a frame is by its headers.
fn neighbour_discovery(frame: &Frame<'_>) -> Option<Message> {
    let packet = frame.packet.as_ref()?;
    let (source, destination) = (packet.tuple.source, packet.tuple.destination);
    if !source.is_ipv6() {
        return None;
    }
    let l3 = frame.l3;
    let length = usize::from(frame.half(l3 + 4)?);
    let [next, hops] = frame.bytes(l3 + 6)?;
    let [kind, code] = frame.bytes(l3 + 40)?;
    let whole = l3 + 40 + length <= frame.length;
    if next != protocol::ICMPV6 || hops != 255 || code != 0 || !whole {
        return None;
    }
    let (kind, least) = match kind {
        133 => (Kind::RouterSolicitation, 8),
        134 => (Kind::RouterAdvertisement, 16),
        135 => (Kind::Solicitation, 24),
        136 => (Kind::Advertisement, 24),
        137 => (Kind::Redirect, 40),
        _ => return None,
    };
    if length < least {
        return None;
    }
    let (mut asked, mut claimed) = (destination, source);
    if matches!(kind, Kind::Solicitation | Kind::Advertisement) {
        let target = frame.ipv6_address(l3 + 48)?;
        if is_group(target) || kind == Kind::Solicitation && is_group(source) {
            return None;
        }
        match kind {
            Kind::Solicitation => asked = target,
            _ => claimed = target,
        }
    }
    Some(Message {
        kind,
        asked,
        claimed,
        checked: false,
    })
}

fn is_group(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.octets()[0] == 0xff)
}

/// Whether a message that is readable to its end is right.
fn is_right(frame: &Frame<'_>, message: &Message, payload: &[u8]) -> bool {
    let l3 = frame.l3;
    let addresses = frame.range(l3 + 8, l3 + 40).unwrap_or_default();
    let pseudo = payload.len() as u64 + u64::from(protocol::ICMPV6);
    if fold(sum(addresses) + sum(payload) + pseudo) != 0xffff {
        return false;
    }
    if !matches!(message.kind, Kind::Solicitation | Kind::Advertisement) {
        return true;
    }
    let probe = message.kind == Kind::Solicitation && message.claimed.is_unspecified();
    let mut rest = &payload[24..];
    while let [kind, units, ..] = *rest {
        let length = 8 * usize::from(units);
        if units == 0 || length > rest.len() || probe && kind == 1 {
            return false;
        }
        rest = &rest[length..];
    }
    if !rest.is_empty() {
        return false;
    }
    let destination = &addresses[16..];
    match message.kind {
        Kind::Solicitation => !probe || destination.starts_with(&SOLICITED_NODES),
        // The solicited flag.
        _ => destination[0] != 0xff || payload[4] & 0x40 == 0,
    }
}

fn sum(bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
    bytes.chunks(2).map(word).sum()
}

fn fold(mut sum: u64) -> u64 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

impl Frame<'_> {
    /// What a frame is, in a line.
    pub fn describe(&self, discovery: &Discovery) -> String {
        let tag = if self.tagged {
            format!("VLAN {}, ", self.vlan)
        } else {
            String::new()
        };
        let what = match (discovery, &self.packet) {
            (Discovery::Message(message), _) => {
                let unchecked = if message.checked {
                    ""
                } else {
                    ", too long to be checked"
                };
                let Message {
                    kind,
                    asked,
                    claimed,
                    ..
                } = message;
                format!(
                    "{}: asks for {asked}, claims {claimed}{unchecked}",
                    kind.name()
                )
            }
            (Discovery::Wrong, Some(packet)) => {
                let wrong = "neighbour discovery that is wrong (checksum, options)";
                format!("{wrong}, {}", packet.tuple)
            }
            (_, Some(packet)) => packet.to_string(),
            (_, None) => format!("type {:04x}, no IP packet", self.ethertype),
        };
        format!("{tag}{what}")
    }
}
