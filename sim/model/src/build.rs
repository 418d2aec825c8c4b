//! Frames that the card builds or changes: section 3 of the verdicts page.

use crate::discovery::{Discovery, DiscoveryKind, icmpv6_sum};
use crate::mac::Mac;
use crate::parse::Fields;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The Ethernet broadcast address.
pub(crate) const BROADCAST: Mac = Mac([0xff; 6]);
/// The Ethernet address of [`ALL_NODES`].
pub(crate) const ALL_NODES_MAC: Mac = Mac([0x33, 0x33, 0, 0, 0, 1]);
/// All nodes on the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// Flag of an advertisement: the sender is a router.
const ROUTER: u32 = 0x8000_0000;
/// Flag of an advertisement: it answers a solicitation.
const SOLICITED: u32 = 0x4000_0000;
/// Flag of an advertisement: it replaces what was known.
const OVERRIDE: u32 = 0x2000_0000;

/// Least bytes of a frame that the card builds, without and with a tag.
const SHORTEST: [usize; 2] = [60, 64];

/// What stands before the ethertype of layer 3.
struct Head<'a> {
    destination: Mac,
    /// The source, and the address that the frame tells.
    told: Mac,
    tags: &'a [u8],
}

impl Head<'_> {
    fn frame(&self, ethertype: u16, packet: &[u8]) -> Vec<u8> {
        let mut frame = [
            &self.destination.0[..],
            &self.told.0,
            self.tags,
            &ethertype.to_be_bytes(),
            packet,
        ]
        .concat();
        let shortest = SHORTEST[usize::from(!self.tags.is_empty())];
        frame.resize(frame.len().max(shortest), 0);
        frame
    }

    fn arp(&self, operation: u8, sender: Ipv4Addr, target: (Mac, Ipv4Addr)) -> Vec<u8> {
        let packet = [
            &[0x00, 0x01, 0x08, 0x00, 6, 4, 0, operation][..],
            &self.told.0,
            &sender.octets(),
            &target.0.0,
            &target.1.octets(),
        ]
        .concat();
        self.frame(0x0806, &packet)
    }

    /// A message with one option, the address told, of type `option`.
    fn discovery(
        &self,
        kind: u8,
        option: u8,
        flags: u32,
        (source, destination): (Ipv6Addr, Ipv6Addr),
        target: Ipv6Addr,
    ) -> Vec<u8> {
        let mut message = [
            &[kind, 0, 0, 0][..],
            &flags.to_be_bytes(),
            &target.octets(),
            &[option, 1],
            &self.told.0,
        ]
        .concat();
        let checksum = !icmpv6_sum(source, destination, &message);
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
        let packet = [
            &[0x60, 0, 0, 0, 0, 32, 58, 255][..],
            &source.octets(),
            &destination.octets(),
            &message,
        ]
        .concat();
        self.frame(0x86dd, &packet)
    }

    fn advertisement(&self, flags: u32, destination: Ipv6Addr, target: Ipv6Addr) -> Vec<u8> {
        self.discovery(136, 2, flags | OVERRIDE, (target, destination), target)
    }
}

/// The answer to a request or solicitation: it tells that `told` has the address asked for; `router` if that is a
/// router's.
pub(crate) fn answer(fields: &Fields, request: &Discovery, told: Mac, router: bool) -> Vec<u8> {
    let head = |destination| Head {
        destination,
        told,
        tags: &fields.tags,
    };
    if let (DiscoveryKind::Request { sender }, IpAddr::V4(asked), IpAddr::V4(claimed)) =
        (request.kind, request.asked, request.claimed)
    {
        return head(fields.source).arp(2, asked, (sender, claimed));
    }
    let (asked, claimed) = (ipv6(request.asked), ipv6(request.claimed));
    let router = if router { ROUTER } else { 0 };
    if claimed.is_unspecified() {
        head(ALL_NODES_MAC).advertisement(router, ALL_NODES, asked)
    } else {
        head(fields.source).advertisement(router | SOLICITED, claimed, asked)
    }
}

/// A request or solicitation as `told` would have sent it.
pub(crate) fn request_of(fields: &Fields, request: &Discovery, told: Mac) -> Vec<u8> {
    let head = Head {
        destination: fields.destination,
        told,
        tags: &fields.tags,
    };
    if let (IpAddr::V4(asked), IpAddr::V4(claimed)) = (request.asked, request.claimed) {
        return head.arp(1, claimed, (Mac::default(), asked));
    }
    let (asked, claimed) = (ipv6(request.asked), ipv6(request.claimed));
    let destination = if fields.destination.is_group() {
        solicited_node(asked)
    } else {
        asked
    };
    head.discovery(135, 1, 0, (claimed, destination), asked)
}

/// What tells everybody that `told` has the address; `vlan` for the tag.
pub(crate) fn announcement(address: IpAddr, told: Mac, vlan: Option<u16>) -> Vec<u8> {
    let tags = vlan.map_or(Vec::new(), |vlan| {
        [[0x81, 0x00], vlan.to_be_bytes()].concat()
    });
    let head = |destination| Head {
        destination,
        told,
        tags: &tags,
    };
    match address {
        IpAddr::V4(address) => head(BROADCAST).arp(1, address, (Mac::default(), address)),
        IpAddr::V6(address) => head(ALL_NODES_MAC).advertisement(0, ALL_NODES, address),
    }
}

/// The frame with another destination.
pub(crate) fn readdressed(frame: &[u8], Mac(destination): Mac) -> Vec<u8> {
    let mut frame = frame.to_vec();
    if let Some(bytes) = frame.first_chunk_mut() {
        *bytes = destination;
    }
    frame
}

/// The frame with another source.
pub(crate) fn with_source(mut frame: Vec<u8>, Mac(source): Mac) -> Vec<u8> {
    if let Some(bytes) = frame.get_mut(6..12) {
        bytes.copy_from_slice(&source);
    }
    frame
}

/// The frame in another VLAN: the low 12 bits of its first tag, if it has one; priority and DEI stay.
pub(crate) fn retagged(mut frame: Vec<u8>, vlan: u16) -> Vec<u8> {
    if let Some([0x81, 0x00, high, low] | [0x88, 0xa8, high, low]) = frame.get_mut(12..16) {
        let control = u16::from_be_bytes([*high, *low]) & 0xf000 | vlan & 0x0fff;
        [*high, *low] = control.to_be_bytes();
    }
    frame
}

/// The multicast address at which the owner of an address is asked for it.
fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::from([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}

/// Addresses of neighbour discovery are of this family.
fn ipv6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}
