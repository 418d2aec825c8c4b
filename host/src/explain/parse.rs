//! What the card reads of a frame: section 1 of the page of verdicts, and the parts of flows' page that speak of bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flowswitch_driver::image::MacAddress;

/// Bytes that the card looks into.
const WINDOW: usize = 128;
/// Ethertypes.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const TAGS: [u16; 2] = [0x8100, 0x88a8];

/// Layer-4 protocols that the card knows something of.
pub(super) mod protocol {
    pub const ICMP: u8 = 1;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const FRAGMENT: u8 = 44;
    pub const ESP: u8 = 50;
    pub const AH: u8 = 51;
    pub const ICMPV6: u8 = 58;
    pub const SCTP: u8 = 132;

    /// Its first bytes tell one flow from another.
    pub fn has_word(protocol: u8) -> bool {
        has_ports(protocol) || is_ipsec(protocol)
    }

    /// The word is two ports.
    pub fn has_ports(protocol: u8) -> bool {
        matches!(protocol, TCP | UDP | SCTP)
    }

    /// The word is the index of security parameters.
    pub fn is_ipsec(protocol: u8) -> bool {
        matches!(protocol, ESP | AH)
    }

    /// An IPv6 extension header, that of fragments included.
    pub fn is_extension(protocol: u8) -> bool {
        matches!(protocol, 0 | 43 | FRAGMENT | 60 | 135 | 139 | 140)
    }
}

/// A frame as far as the card reads it.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// The first bytes.
    window: &'a [u8],
    /// Bytes of the whole frame.
    pub length: usize,
    pub destination: MacAddress,
    pub source: MacAddress,
    /// There is a tag.
    pub tagged: bool,
    /// VLAN of the first tag; 0 without one.
    pub vlan: u16,
    pub ethertype: u16,
    /// Byte behind the ethertype.
    pub l3: usize,
    /// A third tag stands behind two, and is not read.
    pub third_tag: bool,
    /// The packet, if it is one of IP.
    pub packet: Option<Packet>,
}

/// An IP packet.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub tuple: Tuple,
    pub part: Part,
    /// What is said of the flow's beginning and end.
    pub segment: Segment,
    pub quote: Quote,
    /// Extension headers hide neighbour discovery, or may do so.
    pub hides_discovery: bool,
}

/// What tells flows apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tuple {
    pub source: IpAddr,
    pub destination: IpAddr,
    /// None if it is not known.
    pub protocol: Option<u8>,
    /// The layer-4 word, where it is readable and the protocol has one.
    pub word: Option<[u8; 4]>,
}

/// Which part of its datagram a packet is, as flows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// A first fragment that tells its flow.
    First,
    /// One that does not.
    Later {
        /// Of a TCP segment.
        tcp: bool,
    },
}

/// What a frame says of its flow's beginning and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Start,
    Reset,
    Fin,
    Middle,
    Datagram,
}

/// Whether a packet is an ICMP error, and about what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// It is no error, or one about a packet of somebody else.
    None,
    /// An error that does not show enough of the packet.
    Unreadable,
    /// An error about a packet that its destination sent: that packet's tuple the other way round.
    Of(Tuple),
}

impl Packet {
    /// What counts for matching, hashes and flows.
    pub fn effective(&self) -> Tuple {
        match self.quote {
            Quote::Of(tuple) => tuple,
            _ => self.tuple,
        }
    }

    pub fn is_quoted_error(&self) -> bool {
        matches!(self.quote, Quote::Of(_))
    }

    pub fn is_later(&self) -> bool {
        matches!(self.part, Part::Later { .. })
    }
}

impl<'a> Frame<'a> {
    /// Reads a frame of at least 60 bytes; of a shorter one what is there.
    pub fn read(bytes: &'a [u8]) -> Self {
        let window = &bytes[..bytes.len().min(WINDOW)];
        let mut frame = Self {
            window,
            length: bytes.len(),
            destination: MacAddress::default(),
            source: MacAddress::default(),
            tagged: false,
            vlan: 0,
            ethertype: 0,
            l3: 14,
            third_tag: false,
            packet: None,
        };
        frame.destination = frame.mac(0);
        frame.source = frame.mac(6);
        let mut at = 12;
        for _ in 0..2 {
            let Some(control) = frame.half(at + 2) else {
                break;
            };
            if !frame.half(at).is_some_and(|kind| TAGS.contains(&kind)) {
                break;
            }
            if !frame.tagged {
                frame.tagged = true;
                frame.vlan = control & 0xfff;
            }
            at += 4;
        }
        frame.ethertype = frame.half(at).unwrap_or_default();
        frame.l3 = at + 2;
        frame.third_tag = TAGS.contains(&frame.ethertype);
        frame.packet = match frame.ethertype {
            IPV4 => frame.ipv4(),
            IPV6 => frame.ipv6(),
            _ => None,
        };
        frame
    }

    /// It has a tag that names a VLAN.
    pub fn numbered(&self) -> bool {
        self.tagged && self.vlan != 0
    }

    /// Bytes of the window; none if one of them is not readable.
    pub fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.window.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    /// The window from a byte on, as far as another.
    pub fn range(&self, from: usize, to: usize) -> Option<&'a [u8]> {
        self.window.get(from..to)
    }

    pub fn byte(&self, at: usize) -> Option<u8> {
        self.window.get(at).copied()
    }

    pub fn half(&self, at: usize) -> Option<u16> {
        self.bytes(at).map(u16::from_be_bytes)
    }

    pub fn mac(&self, at: usize) -> MacAddress {
        self.bytes(at).map_or_else(MacAddress::default, MacAddress)
    }

    pub fn ipv4_address(&self, at: usize) -> Option<IpAddr> {
        self.bytes::<4>(at)
            .map(|octets| Ipv4Addr::from(octets).into())
    }

    pub fn ipv6_address(&self, at: usize) -> Option<IpAddr> {
        self.bytes::<16>(at)
            .map(|octets| Ipv6Addr::from(octets).into())
    }

    fn ipv4(&self) -> Option<Packet> {
        let l3 = self.l3;
        self.range(l3, l3 + 20)
            .filter(|header| header[0] >> 4 == 4)?;
        let (source, destination) = (self.ipv4_address(l3 + 12)?, self.ipv4_address(l3 + 16)?);
        let words = usize::from(self.byte(l3)? & 0xf);
        let end = l3 + usize::from(self.half(l3 + 2)?);
        let fragment = self.half(l3 + 6)?;
        let (more, offset) = (fragment & 0x2000 != 0, fragment & 0x1fff);
        let protocol = self.byte(l3 + 9)?;
        let start = l3 + 4 * words;
        let headers = words >= 5 && offset == 0;
        let word = self.word(protocol, start, end).filter(|_| headers);
        let part = match (more, offset, protocol::has_word(protocol)) {
            (false, 0, _) | (_, _, false) => Part::Whole,
            (true, 0, true) if word.is_some() => Part::First,
            _ => Part::Later {
                tcp: protocol == protocol::TCP,
            },
        };
        let tuple = Tuple {
            source,
            destination,
            protocol: Some(protocol),
            word,
        };
        let quote = if protocol == protocol::ICMP && words == 5 && fragment & 0x3fff == 0 {
            self.quote(start, &[3, 4, 11, 12], destination)
        } else {
            Quote::None
        };
        let segment = self.segment(&tuple, start, end);
        Some(Packet {
            tuple,
            part,
            segment,
            quote,
            hides_discovery: false,
        })
    }

    fn ipv6(&self) -> Option<Packet> {
        let l3 = self.l3;
        self.range(l3, l3 + 40)
            .filter(|header| header[0] >> 4 == 6)?;
        let (source, destination) = (self.ipv6_address(l3 + 8)?, self.ipv6_address(l3 + 24)?);
        let first = self.byte(l3 + 6)?;
        let end = l3 + 40 + usize::from(self.half(l3 + 4)?);
        let mut next = first;
        let mut position = 0;
        let mut protocol = None;
        // Next header of the fragment header that names the datagram, and whether one has an offset.
        let mut fragment: Option<u8> = None;
        let mut offset = false;
        loop {
            let start = l3 + 40 + 8 * position;
            if !protocol::is_extension(next) {
                protocol = Some(next);
                break;
            }
            let header = self
                .bytes::<4>(start)
                .filter(|_| position <= 7 && start + 4 <= end);
            let Some([following, units, high, low]) = header else {
                break;
            };
            if next == protocol::FRAGMENT {
                let word = u16::from_be_bytes([high, low]);
                offset = word & 0xfff8 != 0;
                if offset || word & 1 != 0 {
                    fragment.get_or_insert(following);
                }
                // One directly behind another is not followed.
                if offset || following == protocol::FRAGMENT {
                    break;
                }
            }
            // A fragment header is 8 bytes long, whatever its reserved byte says.
            position += match next {
                protocol::FRAGMENT => 1,
                _ => usize::from(units) + 1,
            };
            next = following;
        }
        let start = l3 + 40 + 8 * position;
        let word = protocol
            .filter(|_| position <= 8)
            .and_then(|protocol| self.word(protocol, start, end));
        let tells = word.is_some() || !protocol.is_some_and(protocol::has_word);
        let part = match fragment {
            None => Part::Whole,
            Some(_) if !offset && tells => Part::First,
            Some(next) => Part::Later {
                tcp: next == protocol::TCP,
            },
        };
        let tuple = Tuple {
            source,
            destination,
            protocol,
            word,
        };
        let quote = if first == protocol::ICMPV6 {
            self.quote(l3 + 40, &[1, 2, 3, 4], destination)
        } else {
            Quote::None
        };
        let segment = self.segment(&tuple, start, end);
        let behind = self.bytes::<4>(start).filter(|_| start + 4 <= end);
        let may_be_discovery = match protocol {
            None => !offset,
            Some(protocol::ICMPV6) => behind.is_none_or(|[kind, ..]| (133..=137).contains(&kind)),
            Some(_) => false,
        };
        let hides_discovery =
            protocol::is_extension(first) && self.byte(l3 + 7)? == 255 && may_be_discovery;
        Some(Packet {
            tuple,
            part,
            segment,
            quote,
            hides_discovery,
        })
    }

    /// The layer-4 word of a header at `start` in a packet that ends at `end`.
    fn word(&self, protocol: u8, start: usize, end: usize) -> Option<[u8; 4]> {
        let at = match protocol {
            protocol::AH => start + 4,
            _ => start,
        };
        let word = self.bytes(at).filter(|_| at + 4 <= end);
        word.filter(|_| protocol::has_word(protocol))
    }

    fn segment(&self, tuple: &Tuple, start: usize, end: usize) -> Segment {
        let protocol = tuple.protocol.unwrap_or_default();
        if !matches!(protocol, protocol::TCP | protocol::SCTP) {
            return Segment::Datagram;
        }
        let tells = self.bytes::<4>(start + 12).filter(|_| start + 16 <= end);
        let Some([chunk, flags, ..]) = tells.filter(|_| tuple.word.is_some()) else {
            return Segment::Middle;
        };
        if protocol == protocol::SCTP {
            return match chunk {
                1 => Segment::Start,
                6 => Segment::Reset,
                7 | 8 | 14 => Segment::Fin,
                _ => Segment::Middle,
            };
        }
        let [fin, syn, reset, acknowledge] = [0x01, 0x02, 0x04, 0x10].map(|bit| flags & bit != 0);
        match () {
            () if reset => Segment::Reset,
            () if syn && !acknowledge => Segment::Start,
            () if fin => Segment::Fin,
            () => Segment::Middle,
        }
    }

    /// What an ICMP message at `start` quotes if its type is one of errors. The lengths of the IP headers are not asked.
    fn quote(&self, start: usize, types: &[u8], receiver: IpAddr) -> Quote {
        if !self.byte(start).is_some_and(|kind| types.contains(&kind)) {
            return Quote::None;
        }
        match self.quoted(start + 8, receiver.is_ipv6()) {
            None => Quote::Unreadable,
            Some(quoted) if quoted.source != receiver => Quote::None,
            Some(quoted) => Quote::Of(quoted.reversed()),
        }
    }

    /// The tuple of the packet that is quoted from `at` on.
    fn quoted(&self, at: usize, ipv6: bool) -> Option<Tuple> {
        let (source, destination, number, start) = if ipv6 {
            self.range(at, at + 40)
                .filter(|header| header[0] >> 4 == 6)?;
            let number = self.byte(at + 6)?;
            if protocol::is_extension(number) {
                return None;
            }
            let ends = (self.ipv6_address(at + 8)?, self.ipv6_address(at + 24)?);
            (ends.0, ends.1, number, at + 40)
        } else {
            self.range(at, at + 20).filter(|header| header[0] == 0x45)?;
            if self.half(at + 6)? & 0x1fff != 0 {
                return None;
            }
            let ends = (self.ipv4_address(at + 12)?, self.ipv4_address(at + 16)?);
            (ends.0, ends.1, self.byte(at + 9)?, at + 20)
        };
        let word = if protocol::has_word(number) {
            Some(self.word(number, start, usize::MAX)?)
        } else {
            None
        };
        Some(Tuple {
            source,
            destination,
            protocol: Some(number),
            word,
        })
    }
}

impl Tuple {
    /// As the other side would write it.
    fn reversed(self) -> Self {
        let ports = self.protocol.is_some_and(protocol::has_ports);
        Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol,
            word: self.word.map(|[a, b, c, d]| match ports {
                true => [c, d, a, b],
                false => [a, b, c, d],
            }),
        }
    }

    /// Source and destination port, if it has ports.
    pub fn ports(&self) -> Option<(u16, u16)> {
        let [a, b, c, d] = self
            .word
            .filter(|_| self.protocol.is_some_and(protocol::has_ports))?;
        Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }
}

impl std::fmt::Display for Tuple {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let protocol = match self.protocol {
            None => "unknown protocol".to_owned(),
            Some(protocol::ICMP) => "icmp".to_owned(),
            Some(protocol::TCP) => "tcp".to_owned(),
            Some(protocol::UDP) => "udp".to_owned(),
            Some(protocol::ESP) => "esp".to_owned(),
            Some(protocol::AH) => "ah".to_owned(),
            Some(protocol::ICMPV6) => "icmpv6".to_owned(),
            Some(protocol::SCTP) => "sctp".to_owned(),
            Some(other) => format!("protocol {other}"),
        };
        let (source, destination) = (self.source, self.destination);
        match (self.ports(), self.word) {
            (Some((from, to)), _) => {
                let [from, to] =
                    [(source, from), (destination, to)].map(std::net::SocketAddr::from);
                write!(f, "{protocol} {from} > {to}")
            }
            (None, Some(index)) => {
                let index = u32::from_be_bytes(index);
                write!(f, "{protocol} {source} > {destination}, SPI {index:#010x}")
            }
            (None, None) => write!(f, "{protocol} {source} > {destination}"),
        }
    }
}

impl std::fmt::Display for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.tuple)?;
        match self.segment {
            Segment::Start => f.write_str(", opens a flow")?,
            Segment::Reset => f.write_str(", resets its flow")?,
            Segment::Fin => f.write_str(", closes its flow")?,
            Segment::Middle | Segment::Datagram => {}
        }
        match self.part {
            Part::Whole => {}
            Part::First => f.write_str(", first fragment")?,
            Part::Later { .. } => f.write_str(", fragment that does not tell its flow")?,
        }
        match self.quote {
            Quote::None => Ok(()),
            Quote::Unreadable => f.write_str(", an error whose quote is not readable"),
            Quote::Of(tuple) => write!(f, ", an error that counts as {tuple}"),
        }
    }
}
