//! Frames of ARP (RFC 826) and neighbour discovery (RFC 4861), whole.

use std::net::{Ipv4Addr, Ipv6Addr};

use flowswitch_driver::image::MacAddress;

/// Least length of an Ethernet frame without FCS.
const SHORTEST: usize = 60;
const ETHERTYPE: usize = 12;
const ETHERNET: usize = 14;
const NEXT_HEADER: usize = ETHERNET + 6;
const ICMPV6: u8 = 58;

/// Every station.
pub(super) const BROADCAST: MacAddress = MacAddress([0xff; 6]);
/// What every IPv6 station listens to.
pub(super) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// The address of a sender that does not know any.
pub(super) const NONE: MacAddress = MacAddress([0; 6]);

/// An advertisement's flags.
pub(super) const ROUTER: u32 = 0x8000_0000;
pub(super) const SOLICITED: u32 = 0x4000_0000;
pub(super) const OVERRIDE: u32 = 0x2000_0000;

/// An ARP packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arp {
    pub(super) request: bool,
    pub(super) sender: (MacAddress, Ipv4Addr),
    pub(super) target: (MacAddress, Ipv4Addr),
}

impl Arp {
    /// A request for a neighbour.
    pub(super) fn request(sender: (MacAddress, Ipv4Addr), asked: Ipv4Addr) -> Self {
        Self {
            request: true,
            sender,
            target: (NONE, asked),
        }
    }

    /// The answer of a station to someone.
    pub(super) fn reply(sender: (MacAddress, Ipv4Addr), target: (MacAddress, Ipv4Addr)) -> Self {
        Self {
            request: false,
            sender,
            target,
        }
    }

    pub(super) fn frame(&self, to: MacAddress, from: MacAddress) -> Vec<u8> {
        let mut frame = ethernet(to, from, 0x0806);
        frame.extend([0, 1, 8, 0, 6, 4, 0, if self.request { 1 } else { 2 }]);
        for (mac, address) in [self.sender, self.target] {
            frame.extend(mac.0);
            frame.extend(address.octets());
        }
        frame.resize(SHORTEST, 0);
        frame
    }
}

/// A neighbour solicitation or advertisement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Discovery {
    /// An advertisement's flags; a solicitation has none.
    pub(super) flags: Option<u32>,
    pub(super) source: Ipv6Addr,
    pub(super) destination: Ipv6Addr,
    pub(super) target: Ipv6Addr,
    /// The option that tells a MAC address: a solicitation's source, an advertisement's target.
    pub(super) link: Option<MacAddress>,
}

impl Discovery {
    /// A solicitation to all who could have an address.
    pub(super) fn solicitation(
        source: Ipv6Addr,
        target: Ipv6Addr,
        link: Option<MacAddress>,
    ) -> Self {
        let [.., a, b, c] = target.octets();
        let low = 0xff00 | u16::from(a);
        let destination = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, low, u16::from_be_bytes([b, c]));
        Self {
            flags: None,
            source,
            destination,
            target,
            link,
        }
    }

    /// An advertisement of a station's own address.
    pub(super) fn advertisement(
        flags: u32,
        (mac, address): (MacAddress, Ipv6Addr),
        destination: Ipv6Addr,
    ) -> Self {
        Self {
            flags: Some(flags),
            source: address,
            destination,
            target: address,
            link: Some(mac),
        }
    }

    pub(super) fn frame(&self, to: MacAddress, from: MacAddress) -> Vec<u8> {
        let kind = if self.flags.is_some() { 136 } else { 135 };
        let mut message = vec![kind, 0, 0, 0];
        message.extend(self.flags.unwrap_or(0).to_be_bytes());
        message.extend(self.target.octets());
        if let Some(mac) = self.link {
            message.extend([if self.flags.is_some() { 2 } else { 1 }, 1]);
            message.extend(mac.0);
        }
        let sum = self.checksum(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let mut frame = ethernet(to, from, 0x86dd);
        frame.extend([0x60, 0, 0, 0, 0, message.len() as u8, ICMPV6, 255]);
        frame.extend(self.source.octets());
        frame.extend(self.destination.octets());
        frame.extend(message);
        frame
    }

    /// Over the message, its checksum being zero, and the pseudo-header.
    fn checksum(&self, message: &[u8]) -> u16 {
        let mut bytes = Vec::with_capacity(80);
        bytes.extend(self.source.octets());
        bytes.extend(self.destination.octets());
        bytes.extend([0, 0, 0, message.len() as u8, 0, 0, 0, ICMPV6]);
        bytes.extend(message);
        // Messages are whole options, so the length is even.
        let pairs = bytes.chunks_exact(2);
        let mut sum: u32 = pairs
            .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
            .sum();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !(sum as u16)
    }
}

/// The Ethernet address that an IPv6 group's frames are sent to.
pub(super) fn group_mac(group: Ipv6Addr) -> MacAddress {
    let [.., a, b, c, d] = group.octets();
    MacAddress([0x33, 0x33, a, b, c, d])
}

/// A frame with a VLAN tag before its ethertype.
pub(super) fn tagged(mut frame: Vec<u8>, vlan: u16) -> Vec<u8> {
    let [high, low] = vlan.to_be_bytes();
    frame.splice(ETHERTYPE..ETHERTYPE, [0x81, 0x00, high, low]);
    frame
}

/// Whether a frame is ARP or ICMPv6, below at most one tag: no flow of the demo is.
pub(super) fn is_one(frame: &[u8]) -> bool {
    let tag = if frame.get(ETHERTYPE..ETHERNET) == Some(&[0x81, 0x00]) {
        4
    } else {
        0
    };
    match frame.get(ETHERTYPE + tag..ETHERNET + tag) {
        Some([0x08, 0x06]) => true,
        Some([0x86, 0xdd]) => frame.get(NEXT_HEADER + tag) == Some(&ICMPV6),
        _ => false,
    }
}

fn ethernet(to: MacAddress, from: MacAddress, ethertype: u16) -> Vec<u8> {
    let mut frame = Vec::with_capacity(90);
    frame.extend(to.0);
    frame.extend(from.0);
    frame.extend(ethertype.to_be_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MacAddress = MacAddress([2, 0, 0, 0, 0, 0xa]);

    #[test]
    fn an_arp_request_byte_for_byte() {
        let sender = (A, Ipv4Addr::new(192, 0, 2, 1));
        let frame = Arp::request(sender, Ipv4Addr::new(192, 0, 2, 9)).frame(BROADCAST, A);
        let mut expected = vec![0xff; 6];
        expected.extend([2, 0, 0, 0, 0, 0xa, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
        expected.extend([
            2, 0, 0, 0, 0, 0xa, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 9,
        ]);
        expected.resize(60, 0);
        assert_eq!(frame, expected);
        assert!(is_one(&frame) && is_one(&tagged(frame, 5)));
    }

    #[test]
    fn messages_of_neighbour_discovery_are_sound() {
        let address = "2001:db8::12:3456".parse().expect("an address");
        let asks =
            Discovery::solicitation("fe80::1".parse().expect("an address"), address, Some(A));
        assert_eq!(asks.destination.to_string(), "ff02::1:ff12:3456");
        assert_eq!(
            group_mac(asks.destination).0,
            [0x33, 0x33, 0xff, 0x12, 0x34, 0x56]
        );
        let tells = Discovery::advertisement(SOLICITED, (A, address), ALL_NODES);
        for message in [asks, tells, Discovery { link: None, ..asks }] {
            let frame = message.frame(BROADCAST, A);
            assert!(is_one(&frame));
            let packet = etherparse::SlicedPacket::from_ethernet(&frame).expect("sound headers");
            let Some(etherparse::TransportSlice::Icmpv6(icmp)) = packet.transport else {
                panic!("{packet:?}");
            };
            let addresses = (message.source.octets(), message.destination.octets());
            assert!(icmp.is_checksum_valid(addresses.0, addresses.1));
        }
    }
}
