//! Random conversations: few clients and many frames of each flow, from both sides, whole, in fragments and quoted.

use super::cast::Cast;
use crate::frame::FrameBuilder;
use proptest::prelude::*;
use proptest::sample::select;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Clients' ports.
const CLIENT_PORTS: [u16; 3] = [40_000, 40_001, 4_500];
/// Clusters' ports; 500 makes UDP a part of IPsec.
const CLUSTER_PORTS: [u16; 4] = [80, 443, 8_000, 500];
/// Parameter indices of IPsec.
const INDICES: [u32; 2] = [0x0001_0002, 0xa5a5_0001];
/// Flags of a fragment: more to come.
const MORE: u16 = 0x2000;

/// A frame of a conversation as it was drawn.
#[derive(Clone, Debug)]
pub struct Talk {
    kind: Kind,
    /// Which client, which virtual address, which server.
    client: u8,
    vip: u8,
    protocol: u8,
    ports: (u8, u8),
    /// TCP's flags, SCTP's chunk.
    says: u8,
    part: Part,
    identification: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A client to a virtual address.
    Forward,
    /// A server with a virtual address as its source; as a client where none is.
    Reverse,
    /// An error about what a server sent.
    Error(Quote),
}

/// Which part of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    First,
    /// So short that its flow is not told.
    Tiny,
    Later(u16),
}

/// What is wrong with a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Right,
    /// Of a packet that someone else sent.
    Foreign,
    Options,
    LaterFragment,
    Extension,
    /// Cut off behind so many bytes.
    Short(u8),
    /// A type that no error has.
    Type(u8),
}

/// Its addresses, and what else a frame needs.
#[derive(Clone, Debug)]
pub struct Said {
    /// Where it goes, if not anywhere.
    pub destination: Option<[u8; 6]>,
    /// Who sends it, if not anyone.
    pub source: Option<[u8; 6]>,
}

/// Conversations of any kind.
pub fn talk() -> impl Strategy<Value = Talk> {
    let quote = prop_oneof![
        6 => Just(Quote::Right),
        1 => Just(Quote::Foreign),
        1 => Just(Quote::Options),
        1 => Just(Quote::LaterFragment),
        1 => Just(Quote::Extension),
        2 => (0u8..60).prop_map(Quote::Short),
        1 => any::<u8>().prop_map(Quote::Type),
    ];
    let kind = prop_oneof![
        8 => Just(Kind::Forward),
        5 => Just(Kind::Reverse),
        2 => quote.prop_map(Kind::Error),
    ];
    let protocol = prop_oneof![
        10 => Just(6u8),
        5 => Just(17),
        2 => Just(132),
        2 => select(vec![50u8, 51]),
        2 => select(vec![47u8, 4, 1, 58]),
    ];
    let part = prop_oneof![
        10 => Just(Part::Whole),
        2 => Just(Part::First),
        1 => Just(Part::Tiny),
        3 => (1u16..400).prop_map(Part::Later),
    ];
    let says = prop_oneof![
        4 => Just(0x02u8),
        2 => Just(0x12),
        4 => Just(0x10),
        2 => Just(0x11),
        2 => Just(0x04),
        2 => select(vec![0u8, 1, 2, 6, 7, 8, 14]),
        1 => any::<u8>(),
    ];
    (
        kind,
        (0u8..6, any::<u8>(), any::<u8>()),
        protocol,
        (any::<u8>(), any::<u8>()),
        says,
        part,
        0u8..3,
    )
        .prop_map(
            |(kind, (client, vip, _), protocol, ports, says, part, identification)| Talk {
                kind,
                client,
                vip,
                protocol,
                ports,
                says,
                part,
                identification,
            },
        )
}

/// Two ends of a conversation.
struct Ends {
    client: IpAddr,
    vip: IpAddr,
}

impl Talk {
    /// Who speaks to whom, and the packet behind the tags of `builder`.
    pub fn build(
        &self,
        cast: &Cast,
        logical_port: Option<u8>,
        begin: impl FnOnce(&Said) -> FrameBuilder,
    ) -> FrameBuilder {
        let carrier = match self.kind {
            Kind::Reverse => cast.carrier(logical_port, self.vip),
            _ => None,
        };
        let (vip, said) = if let Some((mac, vip)) = carrier {
            let said = Said {
                destination: None,
                source: Some(mac),
            };
            (vip, said)
        } else {
            let (vip, virtual_mac) = cast.vip(self.vip);
            let said = Said {
                destination: virtual_mac,
                source: None,
            };
            (vip, said)
        };
        let ends = Ends {
            client: client(self.client, vip.is_ipv6()),
            vip,
        };
        let builder = begin(&said);
        match self.kind {
            Kind::Error(quote) => self.error(builder, &ends, quote),
            _ => self.packet(builder, &ends, carrier.is_some()),
        }
    }

    fn packet(&self, builder: FrameBuilder, ends: &Ends, reverse: bool) -> FrameBuilder {
        let (source, destination) = if reverse {
            (ends.vip, ends.client)
        } else {
            (ends.client, ends.vip)
        };
        // ICMP has another number in each family.
        let protocol = match (self.protocol, ends.vip) {
            (1 | 58, IpAddr::V4(_)) => 1,
            (1 | 58, IpAddr::V6(_)) => 58,
            (protocol, _) => protocol,
        };
        let place = match self.part {
            Part::Whole => 0,
            Part::First | Part::Tiny => MORE,
            Part::Later(offset) if offset % 2 == 0 => MORE | offset,
            Part::Later(offset) => offset,
        };
        let builder = match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => builder
                .ipv4(source, destination, protocol, place, 0)
                .identified(self.identification.into()),
            (IpAddr::V6(source), IpAddr::V6(destination)) if self.part == Part::Whole => {
                builder.ipv6(source, destination, &[], protocol)
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let word = place << 3 | u16::from(place & MORE != 0);
                let [high, low] = word.to_be_bytes();
                let header = [protocol, 0, high, low, 0, 0, 0, self.identification];
                builder.ipv6(source, destination, &[], 44).bytes(&header)
            }
            // Both are of the address's family.
            _ => builder,
        };
        match self.part {
            Part::Whole | Part::First => self.layer4(builder, reverse),
            Part::Tiny | Part::Later(_) => builder.bytes(&[self.says; 3]),
        }
    }

    fn layer4(&self, builder: FrameBuilder, reverse: bool) -> FrameBuilder {
        let [a, b, c, d] = self.word(reverse);
        let (source, destination) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        match self.protocol {
            17 => builder.udp(source, destination),
            51 => builder.bytes(&[6, 4, 0, 0, a, b, c, d, 0, 0, 0, 1]),
            6 => builder.bytes(&[
                a, b, c, d, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, self.says, 4, 0, 0, 0, 0, 0,
            ]),
            132 => builder.bytes(&[a, b, c, d, 0, 0, 0, 1, 0, 0, 0, 0, self.says, 0, 0, 4]),
            // No type of an error's.
            1 | 58 => builder.bytes(&[128, 0, 0, 0, 0, 1, 0, 1]),
            _ => builder.bytes(&[a, b, c, d, 0, 0, 0, 1]),
        }
    }

    /// Ports as one side writes them, or a parameter index.
    fn word(&self, reverse: bool) -> [u8; 4] {
        let nth = |of: &[u16], number: u8| of[usize::from(number) % of.len()].to_be_bytes();
        if matches!(self.protocol, 50 | 51) {
            return INDICES[usize::from(self.ports.0) % INDICES.len()].to_be_bytes();
        }
        let [a, b] = nth(&CLIENT_PORTS, self.ports.0);
        let [c, d] = nth(&CLUSTER_PORTS, self.ports.1);
        if reverse { [c, d, a, b] } else { [a, b, c, d] }
    }

    /// An error from somewhere about what the cluster sent to the client.
    fn error(&self, builder: FrameBuilder, ends: &Ends, quote: Quote) -> FrameBuilder {
        let kind = match (quote, ends.vip) {
            (Quote::Type(kind), _) => kind,
            (_, IpAddr::V4(_)) => [3, 4, 11, 12][usize::from(self.says % 4)],
            (_, IpAddr::V6(_)) => 1 + self.says % 4,
        };
        let sender = client(self.identification + 6, ends.vip.is_ipv6());
        let author = if quote == Quote::Foreign {
            sender
        } else {
            ends.vip
        };
        let mut quoted = match (author, ends.client) {
            (IpAddr::V4(author), IpAddr::V4(client)) => {
                let header = [0x45, 0, 5, 220, 0, 1, 0x40, 0, 64, self.protocol, 0, 0];
                [&header[..], &author.octets(), &client.octets()].concat()
            }
            (IpAddr::V6(author), IpAddr::V6(client)) => {
                let header = [0x60, 0, 0, 0, 5, 180, self.protocol, 64];
                [&header[..], &author.octets(), &client.octets()].concat()
            }
            _ => Vec::new(),
        };
        match (quote, ends.vip) {
            (Quote::Options, _) => quoted[0] ^= 0x03,
            (Quote::LaterFragment, IpAddr::V4(_)) => quoted[7] = self.says | 1,
            (Quote::Extension, IpAddr::V6(_)) => quoted[6] = 60,
            _ => {}
        }
        if self.protocol == 51 {
            quoted.extend([6, 4, 0, 0]);
        }
        quoted.extend(self.word(true));
        quoted.extend([0, 0, 0, 1]);
        if let Quote::Short(length) = quote {
            quoted.truncate(length.into());
        }
        let message = [kind, 0, 0, 0, 0, 0, 0, 0];
        let builder = match (sender, ends.vip) {
            (IpAddr::V4(sender), IpAddr::V4(vip)) => builder.ipv4(sender, vip, 1, 0, 0),
            (IpAddr::V6(sender), IpAddr::V6(vip)) => builder.ipv6(sender, vip, &[], 58),
            _ => builder,
        };
        builder.bytes(&message).bytes(&quoted)
    }

    /// Whether the frame is to be no longer than its packet: a quote that is cut off, a fragment that is too short.
    pub fn ends_early(&self) -> bool {
        matches!(self.kind, Kind::Error(Quote::Short(_))) || self.part == Part::Tiny
    }
}

/// A client's address: some share their first bits.
fn client(number: u8, ipv6: bool) -> IpAddr {
    let (net, last) = (number / 3, number % 3 + 1);
    if ipv6 {
        Ipv6Addr::new(0x2001, 0xdb8, 0x100, net.into(), 0, 0, 0, last.into()).into()
    } else {
        Ipv4Addr::new(10, 9, net, last).into()
    }
}
