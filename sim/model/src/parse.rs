//! What the card reads from a frame: section 1 of the verdicts page.

use crate::discovery::{
    Discovery, Read, is_neighbour_discovery, read_arp, read_neighbour_discovery,
};
use crate::mac::Mac;
use crate::window::{ICMPV6, IPV6_HEADER_BYTES, Window};
use std::net::IpAddr;

/// Last position, in units of 8 bytes after the IPv6 header, at which the card reads a header of the chain.
const LAST_HEADER_POSITION: usize = 7;

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const FRAGMENT_HEADER: u8 = 44;
const AUTHENTICATION_HEADER: u8 = 51;
pub(crate) const SCTP: u8 = 132;

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
    /// Behind two tags stands a third one, which is not read.
    pub third_tag: bool,
}

/// What is read from an IP packet. Of an error whose quote is [`Quote::Readable`], source, protocol and layer-4 word
/// are those of the quoted packet, reversed.
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
    /// What it says about its flow's beginning and end.
    pub segment: Segment,
    /// Whether it is an error that quotes a packet of its destination.
    pub quote: Quote,
    /// The fragment of a datagram that it is, if the datagram's fragments have to be kept together.
    pub fragment: Option<Fragment>,
}

/// What a packet says about the beginning and the end of its flow: section 1 of the flows page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Neither TCP nor SCTP.
    Datagram,
    /// The first of a connection.
    Start,
    /// Neither its beginning nor its end, or unreadable.
    Middle,
    /// The sender closes.
    Fin,
    /// The sender gives up.
    Reset,
}

/// Whether a packet is an error that quotes another: section 4 of the flows page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// It is none, or the quoted packet is not one that its destination had sent.
    None,
    /// It counts as a packet of the flow that it quotes.
    Readable,
    /// What it quotes cannot be read.
    Lost,
}

/// A fragment: section 5 of the flows page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// It does not tell its flow: its offset is not 0, or it is too short. Else it is the first of its datagram.
    pub later: bool,
    /// The datagram is a part of a TCP segment, as far as the header that makes it a fragment tells.
    pub tcp: bool,
    /// Identification, 16 or 32 bits.
    pub identification: u32,
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
    matches!(protocol, TCP | UDP | SCTP)
}

/// ESP, AH.
pub(crate) fn has_spi(protocol: u8) -> bool {
    matches!(protocol, 50 | AUTHENTICATION_HEADER)
}

/// Hop-by-hop options, routing, fragment, destination options, mobility, host identity, shim6: the headers behind
/// which another one stands. Their length is counted in 8 bytes without the first 8 (RFC 8200 section 4, RFC 7045
/// section 4), but a fragment header is always 8 bytes long, whatever stands in its second byte (RFC 8200 section 4.5).
pub(crate) fn is_chained(header: u8) -> bool {
    matches!(header, 0 | 43 | FRAGMENT_HEADER | 60 | 135 | 139 | 140)
}

impl Fields {
    /// Whether it is ARP, or by its header neighbour discovery.
    pub fn is_discovery(&self) -> bool {
        self.discovery.is_some() || self.invalid_discovery
    }
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
        third_tag: is_tag(ethertype),
    })
}

/// Whether a frame hides neighbour discovery behind extension headers, or may do so as far as it can be read: section 1
/// of the verdicts page. Stations take only what has a hop limit of 255, and of a datagram the first fragment's word.
pub(crate) fn hides_discovery(frame: &[u8]) -> bool {
    let window = Window::new(frame);
    let Some((0x86dd, start)) = window.layer3() else {
        return false;
    };
    let Some(header) = window.bytes::<IPV6_HEADER_BYTES>(start) else {
        return false;
    };
    let [first, hop_limit] = [header[6], header[7]];
    if header[0] >> 4 != 6 || hop_limit != 255 || !is_chained(first) {
        return false;
    }
    let payload = start + IPV6_HEADER_BYTES;
    let end = payload + usize::from(u16::from_be_bytes([header[4], header[5]]));
    let chain = window.chain(first, payload, end);
    match chain.protocol {
        None => !chain.later,
        Some(ICMPV6) => match window.bytes(chain.start) {
            Some([kind, _, _, _]) if chain.start + 4 <= end => is_neighbour_discovery(kind),
            _ => true,
        },
        Some(_) => false,
    }
}

fn is_tag(ethertype: u16) -> bool {
    matches!(ethertype, 0x8100 | 0x88a8)
}

/// Where a chain of IPv6 headers leads.
struct Chain {
    /// The type of the header behind it.
    protocol: Option<u8>,
    /// Where that begins.
    start: usize,
    /// Of the first header that makes the packet a fragment: whether TCP follows, and the identification.
    fragment: Option<(bool, u32)>,
    /// A fragment with an offset.
    later: bool,
}

/// The packet that an error quotes.
struct Quoted {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    layer4: Option<[u8; 4]>,
}

impl Window<'_> {
    /// The ethertype behind at most two tags, and the first byte of layer 3.
    pub(crate) fn layer3(self) -> Option<(u16, usize)> {
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
        let place = u16::from_be_bytes([header[6], header[7]]);
        // MF is bit 13, the offset the 13 bits below.
        let (more, offset) = (place & 0x2000 != 0, place & 0x1fff);
        let protocol = header[9];
        let (from, end) = (start + header_bytes, start + total_bytes);
        let layer4 = if header_bytes < 20 || offset != 0 {
            None
        } else {
            self.layer4(protocol, from, end)
        };
        let fragmented = (more || offset != 0) && (has_ports(protocol) || has_spi(protocol));
        let ip = Ip {
            source: IpAddr::from([header[12], header[13], header[14], header[15]]),
            destination: IpAddr::from([header[16], header[17], header[18], header[19]]),
            protocol: Some(protocol),
            layer4,
            segment: self.segment(Some(protocol), layer4, from, end),
            quote: Quote::None,
            fragment: fragmented.then(|| Fragment {
                later: layer4.is_none(),
                tcp: protocol == TCP,
                identification: u16::from_be_bytes([header[4], header[5]]).into(),
            }),
        };
        let errs = header_bytes == 20 && place & 0x3fff == 0 && protocol == ICMP;
        let kind = self.bytes(start + 20).map(|[kind]: [u8; 1]| kind);
        if errs && matches!(kind, Some(3 | 4 | 11 | 12)) {
            return Some(self.error(ip, start + 20));
        }
        Some(ip)
    }

    fn ipv6(self, start: usize) -> Option<Ip> {
        let header: [u8; IPV6_HEADER_BYTES] = self.bytes(start)?;
        if header[0] >> 4 != 6 {
            return None;
        }
        let address = |at| self.bytes::<16>(start + at).map(IpAddr::from);
        let payload_bytes = usize::from(u16::from_be_bytes([header[4], header[5]]));
        let payload = start + IPV6_HEADER_BYTES;
        let end = payload + payload_bytes;
        let Chain {
            protocol,
            start: from,
            fragment,
            later,
        } = self.chain(header[6], payload, end);
        let layer4 = protocol.and_then(|protocol| self.layer4(protocol, from, end));
        let tells = protocol.is_some_and(|protocol| has_ports(protocol) || has_spi(protocol));
        let tiny = tells && layer4.is_none();
        let ip = Ip {
            source: address(8)?,
            destination: address(24)?,
            protocol,
            layer4,
            segment: self.segment(protocol, layer4, from, end),
            quote: Quote::None,
            fragment: fragment.map(|(tcp, identification)| Fragment {
                later: later || tiny,
                tcp,
                identification,
            }),
        };
        let kind = self.bytes(payload).map(|[kind]: [u8; 1]| kind);
        if header[6] == ICMPV6 && matches!(kind, Some(1..=4)) {
            return Some(self.error(ip, payload));
        }
        Some(ip)
    }

    /// Walks the IPv6 headers from `payload`, which ends before `end`; `header` is the type of the first one.
    fn chain(self, mut header: u8, payload: usize, end: usize) -> Chain {
        let mut chain = Chain {
            protocol: None,
            start: payload,
            fragment: None,
            later: false,
        };
        let mut position = 0;
        while is_chained(header) {
            let start = payload + 8 * position;
            let in_reach = position <= LAST_HEADER_POSITION && start + 4 <= end;
            let Some([next, length, high, low]) = self.bytes(start).filter(|_| in_reach) else {
                return chain;
            };
            if header == FRAGMENT_HEADER {
                let word = u16::from_be_bytes([high, low]);
                let (offset, more) = (word >> 3, word & 1 == 1);
                if offset != 0 || more {
                    let identification = self.bytes(start + 4).filter(|_| start + 8 <= end);
                    let identification = identification.map_or(0, u32::from_be_bytes);
                    chain.fragment.get_or_insert((next == TCP, identification));
                }
                // Behind an offset stands the middle of a packet, not a header.
                if offset != 0 {
                    chain.later = true;
                    return chain;
                }
            }
            if header == FRAGMENT_HEADER {
                // No packet has one directly behind another; the card does not follow such a chain.
                if next == FRAGMENT_HEADER {
                    return chain;
                }
                position += 1;
            } else {
                position += usize::from(length) + 1;
            }
            header = next;
        }
        // No word behind position 8 lies within the window.
        chain.protocol = Some(header);
        chain.start = payload + 8 * position;
        chain
    }

    /// What the packet says about its flow, whose layer-4 header begins at `start`, in a packet that ends before `end`.
    fn segment(
        self,
        protocol: Option<u8>,
        layer4: Option<[u8; 4]>,
        start: usize,
        end: usize,
    ) -> Segment {
        let Some(protocol @ (TCP | SCTP)) = protocol else {
            return Segment::Datagram;
        };
        let word: Option<[u8; 4]> = self
            .bytes(start + 12)
            .filter(|_| layer4.is_some() && start + 16 <= end);
        let Some([chunk, flags, ..]) = word else {
            return Segment::Middle;
        };
        let (fin, syn, reset, ack) = (1, 2, 4, 16);
        match protocol {
            TCP if flags & reset != 0 => Segment::Reset,
            TCP if flags & syn != 0 && flags & ack == 0 => Segment::Start,
            TCP if flags & fin != 0 => Segment::Fin,
            SCTP if chunk == 1 => Segment::Start,
            SCTP if chunk == 6 => Segment::Reset,
            // SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE.
            SCTP if matches!(chunk, 7 | 8 | 14) => Segment::Fin,
            _ => Segment::Middle,
        }
    }

    /// An ICMP error `ip` whose message begins at `start`: with the tuple of the packet it quotes, reversed.
    fn error(self, ip: Ip, start: usize) -> Ip {
        let Some(quoted) = self.quoted(ip.destination.is_ipv6(), start + 8) else {
            return Ip {
                quote: Quote::Lost,
                ..ip
            };
        };
        if quoted.source != ip.destination {
            return ip;
        }
        let reversed = |[a, b, c, d]: [u8; 4]| {
            if has_ports(quoted.protocol) {
                [c, d, a, b]
            } else {
                [a, b, c, d]
            }
        };
        Ip {
            source: quoted.destination,
            protocol: Some(quoted.protocol),
            layer4: quoted.layer4.map(reversed),
            segment: Segment::Middle,
            quote: Quote::Readable,
            ..ip
        }
    }

    /// The quoted packet that begins at `start`, if its flow can be read. Its own length is not asked: a quote is cut
    /// off anywhere.
    fn quoted(self, ipv6: bool, start: usize) -> Option<Quoted> {
        let (protocol, source, destination, end) = if ipv6 {
            let header: [u8; IPV6_HEADER_BYTES] = self.bytes(start)?;
            if header[0] >> 4 != 6 || is_chained(header[6]) {
                return None;
            }
            let address = |at| self.bytes::<16>(start + at).map(IpAddr::from);
            (
                header[6],
                address(8)?,
                address(24)?,
                start + IPV6_HEADER_BYTES,
            )
        } else {
            let header: [u8; 20] = self.bytes(start)?;
            if header[0] != 0x45 || header[6] & 0x1f != 0 || header[7] != 0 {
                return None;
            }
            let address = |at| self.bytes::<4>(start + at).map(IpAddr::from);
            (header[9], address(12)?, address(16)?, start + 20)
        };
        let layer4 = self.layer4(protocol, end, usize::MAX);
        let tells = has_ports(protocol) || has_spi(protocol);
        (layer4.is_some() || !tells).then_some(Quoted {
            source,
            destination,
            protocol,
            layer4,
        })
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
