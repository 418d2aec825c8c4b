//! Random ARP and neighbour discovery: who claims what and asks for what, valid, odd and broken.

use super::cast::{CLUSTERS, Cast, HOST_ADDRESSES, ROUTER_ADDRESSES, SERVER_ADDRESSES};
use super::frames::extension;
use crate::frame::Extension;
use crate::neighbour::{Arp, Discovery, group_mac, solicited_node};
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// ARP or neighbour discovery as it was drawn.
#[derive(Clone, Debug)]
pub struct Ask {
    kind: Kind,
    claimed: Whose,
    asked: Whose,
    /// Whether it goes where such a packet goes: to everyone, to the group of what it asks for.
    to_group: bool,
    option: LinkAddress,
    /// In front of a message of neighbour discovery.
    chain: Vec<Extension>,
    damage: Damage,
}

/// A packet with its ethertype.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Where it goes, if not anywhere.
    pub destination: Option<[u8; 6]>,
    /// Its bytes.
    pub packet: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    ArpRequest,
    ArpReply,
    Solicitation,
    Advertisement,
    RouterSolicitation,
    RouterAdvertisement,
    Redirect,
}

/// Whose address is meant.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Nobody,
    /// A virtual address of the sender's, if it has one.
    Own(u8),
    Cluster(u8),
    Router(u8),
    /// What a server has beside the clusters' addresses.
    Server(u8),
    /// What the sender has for itself, as a router or a server.
    Mine(u8),
    Host,
    Station(u8),
    /// That which is claimed.
    Same,
}

#[derive(Clone, Copy, Debug)]
enum LinkAddress {
    None,
    /// The sender's.
    Own,
    /// An option of another kind in front of it.
    Second(u8),
    /// Many bytes of another kind in front of it, of so many units of 8: the message may be longer than the window.
    Late(u8),
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    /// Anything in the fields that say what it is, and another value there.
    Field(u8, u8),
    Checksum(u16),
    PayloadLength(u16),
    /// Bytes of options that no option is.
    Options(u8, u8),
}

/// Packets of any kind.
pub fn ask() -> impl Strategy<Value = Ask> {
    let kind = prop_oneof![
        5 => Just(Kind::ArpRequest),
        3 => Just(Kind::ArpReply),
        6 => Just(Kind::Solicitation),
        4 => Just(Kind::Advertisement),
        1 => Just(Kind::RouterSolicitation),
        2 => Just(Kind::RouterAdvertisement),
        2 => Just(Kind::Redirect),
    ];
    let claimed = prop_oneof![
        2 => Just(Whose::Nobody),
        4 => any::<u8>().prop_map(Whose::Own),
        1 => any::<u8>().prop_map(Whose::Cluster),
        2 => any::<u8>().prop_map(Whose::Router),
        1 => any::<u8>().prop_map(Whose::Server),
        4 => any::<u8>().prop_map(Whose::Mine),
        1 => Just(Whose::Host),
        4 => any::<u8>().prop_map(Whose::Station),
    ];
    let asked = prop_oneof![
        4 => any::<u8>().prop_map(Whose::Cluster),
        2 => any::<u8>().prop_map(Whose::Own),
        3 => any::<u8>().prop_map(Whose::Router),
        3 => any::<u8>().prop_map(Whose::Server),
        1 => any::<u8>().prop_map(Whose::Mine),
        2 => Just(Whose::Host),
        4 => any::<u8>().prop_map(Whose::Station),
        2 => Just(Whose::Same),
    ];
    let option = prop_oneof![
        2 => Just(LinkAddress::None),
        5 => Just(LinkAddress::Own),
        1 => any::<u8>().prop_map(LinkAddress::Second),
        2 => (1u8..16).prop_map(LinkAddress::Late),
    ];
    let damage = prop_oneof![
        12 => Just(Damage::None),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(at, value)| Damage::Field(at, value)),
        1 => (1u16..).prop_map(Damage::Checksum),
        1 => prop_oneof![0u16..60, any::<u16>()].prop_map(Damage::PayloadLength),
        1 => (any::<u8>(), 0u8..6).prop_map(|(kind, units)| Damage::Options(kind, units)),
    ];
    let chain = prop_oneof![
        9 => Just(Vec::new()),
        1 => vec(extension(), 1..4),
        1 => vec(extension(), 1..10),
    ];
    (
        kind,
        claimed,
        asked,
        prop::bool::weighted(0.6),
        option,
        chain,
        damage,
    )
        .prop_map(
            |(kind, claimed, asked, to_group, option, chain, damage)| Ask {
                kind,
                claimed,
                asked,
                to_group,
                option,
                chain,
                damage,
            },
        )
}

impl Ask {
    /// The packet that a station sends.
    pub fn build(&self, cast: &Cast, sender: [u8; 6]) -> Asked {
        match self.kind {
            Kind::ArpRequest | Kind::ArpReply => self.arp(cast, sender),
            _ => self.discovery(cast, sender),
        }
    }

    fn arp(&self, cast: &Cast, sender: [u8; 6]) -> Asked {
        let claimed = self.claimed.ipv4(cast, sender, Ipv4Addr::UNSPECIFIED);
        let asked = self.asked.ipv4(cast, sender, claimed);
        let mut arp = Arp::request(sender, claimed, asked);
        if let Kind::ArpReply = self.kind {
            arp = Arp::reply((sender, claimed), ([2, 0, 0, 0, 0x0a, 1], asked));
        }
        if let Damage::Field(at, value) = self.damage {
            let byte = |word: u16| word & 0xff00 | u16::from(value);
            match at % 6 {
                0 => arp.hardware = byte(arp.hardware),
                1 => arp.protocol = byte(arp.protocol),
                2 => arp.lengths[0] = value,
                3 => arp.lengths[1] = value,
                4 => arp.operation = u16::from(value % 4),
                _ => arp.sender.0[5] ^= value,
            }
        }
        Asked {
            destination: self.to_group.then_some([0xff; 6]),
            packet: arp.bytes(),
        }
    }

    fn discovery(&self, cast: &Cast, sender: [u8; 6]) -> Asked {
        let claimed = self.claimed.ipv6(cast, sender, Ipv6Addr::UNSPECIFIED);
        let asked = self.asked.ipv6(cast, sender, claimed);
        let all = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
        let destination = match self.kind {
            Kind::Solicitation if self.to_group => solicited_node(asked),
            Kind::Solicitation => asked,
            _ if self.to_group => all,
            _ => asked,
        };
        let mut message = match self.kind {
            Kind::Solicitation => Discovery::solicitation(claimed, destination, asked),
            Kind::RouterSolicitation => Discovery::router_solicitation(claimed, destination),
            Kind::RouterAdvertisement => Discovery::router_advertisement(claimed, destination),
            Kind::Redirect => Discovery::redirect(claimed, destination, asked, all),
            _ => Discovery::advertisement(claimed, destination, claimed),
        };
        let told = if message.kind == 136 { 2 } else { 1 };
        let probe = message.kind == 135 && claimed.is_unspecified();
        message = match self.option {
            LinkAddress::None => message,
            // A probe with the sender's MAC would be broken, most of the time.
            LinkAddress::Own if probe => message,
            LinkAddress::Own => message.with_mac(told, sender),
            LinkAddress::Second(kind) => message.with_mac(kind, [0x5a; 6]).with_mac(told, sender),
            LinkAddress::Late(units) => {
                let filler = vec![units; 8 * usize::from(units) - 2];
                message.with_option(14, units, &filler)
            }
        };
        message.chain.clone_from(&self.chain);
        self.break_discovery(&mut message);
        Asked {
            destination: self.to_group.then(|| group_mac(message.destination)),
            packet: message.bytes(),
        }
    }

    fn break_discovery(&self, message: &mut Discovery) {
        match self.damage {
            Damage::None => {}
            Damage::Field(at, value) => match at % 8 {
                0 => message.hop_limit = value,
                1 => message.code = value,
                2 => message.kind = 128 | (value % 16),
                3 => message.next_header = value,
                4 => message.word = u32::from(value) << 24,
                5 => message.source = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, value.into()),
                6 => message.body.truncate(value.into()),
                _ => {
                    if let Some(first) = message.body.first_mut() {
                        *first = 0xff;
                    }
                }
            },
            Damage::Checksum(difference) => message.checksum_damage = difference,
            Damage::PayloadLength(length) => message.payload_length = Some(length),
            Damage::Options(kind, units) => message.options.extend([kind, units, 0, 0, 0, 0, 0, 0]),
        }
    }
}

impl Whose {
    fn ipv4(self, cast: &Cast, sender: [u8; 6], same: Ipv4Addr) -> Ipv4Addr {
        let v4 = |address: &IpAddr| match address {
            IpAddr::V4(address) => Some(*address),
            IpAddr::V6(_) => None,
        };
        let station = |number| Ipv4Addr::new(192, 31, 65, 64 | number & 15);
        match self {
            Self::Nobody => Ipv4Addr::UNSPECIFIED,
            Self::Same => same,
            Self::Station(number) => station(number),
            _ => {
                let known: Vec<_> = self.known(cast, sender).iter().filter_map(v4).collect();
                self.one_of(&known).unwrap_or_else(|| station(0))
            }
        }
    }

    fn ipv6(self, cast: &Cast, sender: [u8; 6], same: Ipv6Addr) -> Ipv6Addr {
        let v6 = |address: &IpAddr| match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => Some(*address),
        };
        let station = |number: u8| {
            let (prefix, last) = (u16::from(number >> 7) * 0x15a, u16::from(number & 15));
            Ipv6Addr::new(0xfe80 ^ prefix, 0, 0, 0, 0, 0, 0, 0x40 | last)
        };
        match self {
            Self::Nobody => Ipv6Addr::UNSPECIFIED,
            Self::Same => same,
            Self::Station(number) => station(number),
            _ => {
                let known: Vec<_> = self.known(cast, sender).iter().filter_map(v6).collect();
                self.one_of(&known).unwrap_or_else(|| station(0))
            }
        }
    }

    fn known(self, cast: &Cast, sender: [u8; 6]) -> Vec<IpAddr> {
        match self {
            Self::Own(_) => {
                let own = cast.vips.iter().filter(|(_, macs)| macs.contains(&sender));
                own.map(|(address, _)| *address).collect()
            }
            Self::Mine(_) => {
                let mine = cast.owned.iter().filter(|(_, mac)| *mac == sender);
                mine.map(|(address, _)| *address).collect()
            }
            Self::Router(_) => ROUTER_ADDRESSES.to_vec(),
            Self::Server(_) => SERVER_ADDRESSES.to_vec(),
            Self::Host => HOST_ADDRESSES.to_vec(),
            _ => CLUSTERS.to_vec(),
        }
    }

    fn one_of<T: Copy>(self, known: &[T]) -> Option<T> {
        let number = match self {
            Self::Own(number)
            | Self::Mine(number)
            | Self::Cluster(number)
            | Self::Router(number)
            | Self::Server(number) => number,
            _ => 0,
        };
        known.get(usize::from(number) % known.len().max(1)).copied()
    }
}
