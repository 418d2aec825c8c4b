//! ARP and neighbour discovery for tests: valid packets, and every field free to be wrong.

use crate::frame::{Extension, checksum};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An ARP packet of Ethernet and IPv4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Hardware type: 1.
    pub hardware: u16,
    /// Protocol type: 0x0800.
    pub protocol: u16,
    /// Lengths of the two kinds of address: 6 and 4.
    pub lengths: [u8; 2],
    /// 1 request, 2 reply.
    pub operation: u16,
    /// Sender's hardware and protocol address.
    pub sender: ([u8; 6], Ipv4Addr),
    /// Target's hardware and protocol address.
    pub target: ([u8; 6], Ipv4Addr),
}

impl Arp {
    /// A request of `sender` for `asked`.
    pub fn request(sender: [u8; 6], claimed: Ipv4Addr, asked: Ipv4Addr) -> Self {
        Self {
            hardware: 1,
            protocol: 0x0800,
            lengths: [6, 4],
            operation: 1,
            sender: (sender, claimed),
            target: ([0; 6], asked),
        }
    }

    /// A reply of `sender` to `target`.
    pub fn reply(sender: ([u8; 6], Ipv4Addr), target: ([u8; 6], Ipv4Addr)) -> Self {
        Self {
            operation: 2,
            target,
            ..Self::request(sender.0, sender.1, target.1)
        }
    }

    /// Ethertype and packet.
    pub fn bytes(&self) -> Vec<u8> {
        [
            &[0x08, 0x06][..],
            &self.hardware.to_be_bytes(),
            &self.protocol.to_be_bytes(),
            &self.lengths,
            &self.operation.to_be_bytes(),
            &self.sender.0,
            &self.sender.1.octets(),
            &self.target.0,
            &self.target.1.octets(),
        ]
        .concat()
    }
}

/// A message of neighbour discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// IPv6 source.
    pub source: Ipv6Addr,
    /// IPv6 destination.
    pub destination: Ipv6Addr,
    /// Extension headers in front of the message: none.
    pub chain: Vec<Extension>,
    /// Next header: 58.
    pub next_header: u8,
    /// Hop limit: 255.
    pub hop_limit: u8,
    /// 133 to 137.
    pub kind: u8,
    /// Code: 0.
    pub code: u8,
    /// The 32 bits behind the checksum: flags of an advertisement, hop limit, flags and lifetime of a router's.
    pub word: u32,
    /// What follows in front of the options: the target, times, the target and the destination.
    pub body: Vec<u8>,
    /// Options, whole.
    pub options: Vec<u8>,
    /// Added to the right checksum (exclusive or).
    pub checksum_damage: u16,
    /// The payload length, if it is not that of the message.
    pub payload_length: Option<u16>,
}

impl Discovery {
    fn new(kind: u8, source: Ipv6Addr, destination: Ipv6Addr, body: &[u8]) -> Self {
        Self {
            source,
            destination,
            chain: Vec::new(),
            next_header: 58,
            hop_limit: 255,
            kind,
            code: 0,
            word: 0,
            body: body.to_vec(),
            options: Vec::new(),
            checksum_damage: 0,
            payload_length: None,
        }
    }

    /// A neighbour solicitation for `target` without options.
    pub fn solicitation(source: Ipv6Addr, destination: Ipv6Addr, target: Ipv6Addr) -> Self {
        Self::new(135, source, destination, &target.octets())
    }

    /// A neighbour advertisement of `target` without options: solicited and override unless it goes to a group.
    pub fn advertisement(source: Ipv6Addr, destination: Ipv6Addr, target: Ipv6Addr) -> Self {
        Self {
            word: if destination.is_multicast() {
                0x2000_0000
            } else {
                0x6000_0000
            },
            ..Self::new(136, source, destination, &target.octets())
        }
    }

    /// A router solicitation.
    pub fn router_solicitation(source: Ipv6Addr, destination: Ipv6Addr) -> Self {
        Self::new(133, source, destination, &[])
    }

    /// A router advertisement of 30 minutes without options.
    pub fn router_advertisement(source: Ipv6Addr, destination: Ipv6Addr) -> Self {
        Self {
            word: 0x4000_0708,
            ..Self::new(134, source, destination, &[0; 8])
        }
    }

    /// A redirect: `to` is reached by way of `better`.
    pub fn redirect(
        source: Ipv6Addr,
        destination: Ipv6Addr,
        better: Ipv6Addr,
        to: Ipv6Addr,
    ) -> Self {
        let body = [better.octets(), to.octets()].concat();
        Self::new(137, source, destination, &body)
    }

    /// The same with one more option: a link-layer address, of the source (1) or of the target (2).
    pub fn with_mac(self, kind: u8, mac: [u8; 6]) -> Self {
        self.with_option(kind, 1, &mac)
    }

    /// The same with one more option: its kind, its length in units of 8 bytes as told, its bytes behind these two.
    pub fn with_option(mut self, kind: u8, units: u8, content: &[u8]) -> Self {
        self.options.extend([kind, units]);
        self.options.extend(content);
        self
    }

    /// Ethertype, header and message.
    pub fn bytes(&self) -> Vec<u8> {
        let mut message = vec![self.kind, self.code, 0, 0];
        message.extend(self.word.to_be_bytes());
        message.extend(&self.body);
        message.extend(&self.options);
        let length = message.len();
        let pseudo_header = [
            &self.source.octets()[..],
            &self.destination.octets(),
            &u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes(),
            &[0, 0, 0, 58],
        ]
        .concat();
        let checksum = checksum(&[pseudo_header, message.clone()].concat()) ^ self.checksum_damage;
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
        let (next_header, headers) = Extension::chained(&self.chain, self.next_header);
        let length = headers.len() + message.len();
        let length = self
            .payload_length
            .unwrap_or(u16::try_from(length).unwrap_or(u16::MAX));
        [
            &[0x86, 0xdd, 0x60, 0, 0, 0][..],
            &length.to_be_bytes(),
            &[next_header, self.hop_limit],
            &self.source.octets(),
            &self.destination.octets(),
            &headers,
            &message,
        ]
        .concat()
    }
}

/// The group that a solicitation for an address goes to: ff02::1:ff and its last three bytes.
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., high, low] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (high & 0xff), low)
}

/// The Ethernet address of an IPv6 group.
pub fn group_mac(group: Ipv6Addr) -> [u8; 6] {
    let [.., a, b, c, d] = group.octets();
    [0x33, 0x33, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    fn address(text: &str) -> Ipv6Addr {
        text.parse().expect("IPv6")
    }

    #[test]
    fn arp_by_hand() {
        let sender = ([2, 0, 0, 0, 0x0a, 1], [192, 31, 65, 77].into());
        let target = ([2, 0, 0, 0, 2, 0x10], [192, 31, 65, 1].into());
        assert_eq!(
            Arp::reply(sender, target).bytes(),
            hex(&["0806 0001 0800 06 04 0002 020000000a01 c01f414d 020000000210 c01f4101"])
        );
    }

    #[test]
    fn solicitation_by_hand() {
        // As Linux sends it; the checksum was computed by another program.
        let target = address("2001:db8:65::1");
        let message =
            Discovery::solicitation(address("2001:db8:65::4d"), solicited_node(target), target);
        let expected = hex(&["86dd 60000000 0020 3a ff
            20010db8006500000000 00000000004d ff02000000000000000000 01ff000001
            87 00 1113 00000000 20010db8006500000000 000000000001 01 01 020000000a01"]);
        assert_eq!(message.with_mac(1, [2, 0, 0, 0, 0x0a, 1]).bytes(), expected);
    }
}
