//! What the card reads from a frame: section 1 of the verdicts page.

use crate::discovery::{Discovery, Read, read_arp, read_neighbour_discovery};
use crate::mac::Mac;
use std::net::IpAddr;

/// The card reads nothing beyond this many bytes of a frame.
pub const WINDOW_BYTES: usize = 128;

/// Last position, in units of 8 bytes after the IPv6 header, at which the card reads a header of the chain.
const LAST_HEADER_POSITION: usize = 7;

pub(crate) const IPV6_HEADER_BYTES: usize = 40;
const FRAGMENT_HEADER: u8 = 44;
const AUTHENTICATION_HEADER: u8 = 51;

/// What a look-up is asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Destination address.
    pub destination: Mac,
    /// Source address.
    pub source: Mac,
    /// The tags as they stand in the frame: 0, 4 or 8 bytes.
    pub tags: Vec<u8>,
    /// `None` for a frame that is not IP.
    pub ip: Option<Ip>,
    /// What it asks or claims, if it is ARP or neighbour discovery; the latter is an IP packet as well.
    pub discovery: Option<Discovery>,
    /// Its header is that of neighbour discovery, but the whole is not valid.
    pub invalid_discovery: bool,
}

/// What is read from an IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip {
    /// Source address; of the same family as `destination`.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// Layer-4 protocol; `None` if the chain of headers does not lead to one that can be read.
    pub protocol: Option<u8>,
    /// The layer-4 word: source and destination port (TCP, UDP, SCTP) or SPI (ESP, AH); `None` where it cannot be
    /// read or the protocol has none.
    pub layer4: Option<[u8; 4]>,
}

impl Fields {
    /// VLAN of the outer tag; `None` without a tag, `Some(0)` with a priority tag.
    pub fn tag(&self) -> Option<u16> {
        match self.tags[..] {
            [_, _, high, low, ..] => Some(u16::from_be_bytes([high, low]) & 0x0fff),
            _ => None,
        }
    }

    /// The VLAN that the frame names; a priority tag names none.
    pub fn vlan(&self) -> Option<u16> {
        self.tag().filter(|&vlan| vlan != 0)
    }
}

impl Ip {
    /// The destination port, if the protocol has ports and they can be read.
    pub fn destination_port(&self) -> Option<u16> {
        match (self.protocol, self.layer4) {
            (Some(protocol), Some([_, _, high, low])) if has_ports(protocol) => {
                Some(u16::from_be_bytes([high, low]))
            }
            _ => None,
        }
    }
}

/// TCP, UDP, SCTP.
pub(crate) fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 132)
}

/// ESP, AH.
pub(crate) fn has_spi(protocol: u8) -> bool {
    matches!(protocol, 50 | AUTHENTICATION_HEADER)
}

/// Hop-by-hop options, routing, fragment, destination options, mobility, host identity, shim6: the headers behind
/// which another one stands. Their length is counted in 8 bytes without the first 8 (RFC 8200 section 4, RFC 7045
/// section 4); a fragment header is always 8 bytes long, and what stands in the place of its length is reserved and
/// zero (RFC 8200 section 4.5), so that the card reads it as a length like the others'.
pub(crate) fn is_chained(header: u8) -> bool {
    matches!(header, 0 | 43 | FRAGMENT_HEADER | 60 | 135 | 139 | 140)
}

/// Reads the fields of a frame; `None` if it is too short for an Ethernet header.
pub fn parse(frame: &[u8]) -> Option<Fields> {
    let window = Window::new(frame);
    let (ethertype, layer3) = window.layer3()?;
    let mut invalid_discovery = false;
    let (ip, discovery) = match ethertype {
        0x0800 => (window.ipv4(layer3), None),
        0x0806 => (None, read_arp(window, layer3)),
        0x86dd => (
            window.ipv6(layer3),
            match read_neighbour_discovery(window, layer3, frame.len()) {
                Some(Read::Discovery(discovery)) => Some(discovery),
                Some(Read::Invalid) => {
                    invalid_discovery = true;
                    None
                }
                None => None,
            },
        ),
        _ => (None, None),
    };
    Some(Fields {
        destination: Mac(window.bytes(0)?),
        source: Mac(window.bytes(6)?),
        tags: window.slice(12, layer3 - 2)?.to_vec(),
        ip,
        discovery,
        invalid_discovery,
    })
}

/// The readable part of a frame.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a>(&'a [u8]);

impl<'a> Window<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Self {
        Self(&frame[..frame.len().min(WINDOW_BYTES)])
    }

    /// `N` bytes from `start` on, if all are readable.
    pub(crate) fn bytes<const N: usize>(self, start: usize) -> Option<[u8; N]> {
        self.0.get(start..)?.first_chunk().copied()
    }

    pub(crate) fn u16(self, start: usize) -> Option<u16> {
        self.bytes(start).map(u16::from_be_bytes)
    }

    /// The bytes from `start` to before `end`, if all are readable.
    pub(crate) fn slice(self, start: usize, end: usize) -> Option<&'a [u8]> {
        self.0.get(start..end)
    }

    /// The ethertype behind at most two tags, and the first byte of layer 3.
    pub(crate) fn layer3(self) -> Option<(u16, usize)> {
        let is_tag = |ethertype| matches!(ethertype, 0x8100 | 0x88a8);
        for start in [12, 16] {
            let ethertype = self.u16(start)?;
            if !is_tag(ethertype) {
                return Some((ethertype, start + 2));
            }
        }
        Some((self.u16(20)?, 22))
    }

    fn ipv4(self, start: usize) -> Option<Ip> {
        let header: [u8; 20] = self.bytes(start)?;
        if header[0] >> 4 != 4 {
            return None;
        }
        let header_bytes = 4 * usize::from(header[0] & 0x0f);
        let total_bytes = usize::from(u16::from_be_bytes([header[2], header[3]]));
        // MF is bit 13, the offset the 13 bits below.
        let fragment = u16::from_be_bytes([header[6], header[7]]) & 0x3fff != 0;
        let protocol = header[9];
        let layer4 = if header_bytes < 20 || fragment {
            None
        } else {
            self.layer4(protocol, start + header_bytes, start + total_bytes)
        };
        Some(Ip {
            source: IpAddr::from([header[12], header[13], header[14], header[15]]),
            destination: IpAddr::from([header[16], header[17], header[18], header[19]]),
            protocol: Some(protocol),
            layer4,
        })
    }

    fn ipv6(self, start: usize) -> Option<Ip> {
        let header: [u8; IPV6_HEADER_BYTES] = self.bytes(start)?;
        if header[0] >> 4 != 6 {
            return None;
        }
        let address = |at| self.bytes::<16>(start + at).map(IpAddr::from);
        let payload_bytes = usize::from(u16::from_be_bytes([header[4], header[5]]));
        let payload = start + IPV6_HEADER_BYTES;
        let (protocol, layer4) = self.chain(header[6], payload, payload + payload_bytes);
        Some(Ip {
            source: address(8)?,
            destination: address(24)?,
            protocol,
            layer4,
        })
    }

    /// Walks the IPv6 headers from `payload`, which ends before `end`; `header` is the type of the first one.
    fn chain(self, mut header: u8, payload: usize, end: usize) -> (Option<u8>, Option<[u8; 4]>) {
        const UNKNOWN: (Option<u8>, Option<[u8; 4]>) = (None, None);
        let mut position = 0;
        let mut fragment = false;
        while is_chained(header) {
            let start = payload + 8 * position;
            let in_reach = position <= LAST_HEADER_POSITION && start + 4 <= end;
            let Some([next, length, high, low]) = self.bytes(start).filter(|_| in_reach) else {
                return UNKNOWN;
            };
            if header == FRAGMENT_HEADER {
                let word = u16::from_be_bytes([high, low]);
                // Behind an offset stands the middle of a packet, not a header.
                if word >> 3 != 0 {
                    return UNKNOWN;
                }
                fragment |= word & 1 == 1;
            }
            position += usize::from(length) + 1;
            header = next;
        }
        // No word behind position 8 lies within the window.
        let layer4 = match fragment {
            false => self.layer4(header, payload + 8 * position, end),
            true => None,
        };
        (Some(header), layer4)
    }

    /// The layer-4 word of `protocol`, whose header begins at `start`, in a packet that ends before `end`.
    fn layer4(self, protocol: u8, start: usize, end: usize) -> Option<[u8; 4]> {
        // The SPI of an authentication header follows its next-header, length and reserved fields (RFC 4302).
        let start = match protocol {
            AUTHENTICATION_HEADER => start + 4,
            _ if has_ports(protocol) || has_spi(protocol) => start,
            _ => return None,
        };
        self.bytes(start).filter(|_| start + 4 <= end)
    }
}
