//! A frame of a flow that is told by protocol, addresses and ports.

use std::net::{IpAddr, SocketAddr};

use etherparse::{IpNumber, PacketBuilder, VlanId};
use flowswitch_driver::image::MacAddress;

use super::parse::protocol;
use crate::demo::ip_header;

/// Bytes of the shortest frame.
const SHORTEST: usize = 60;
/// Protocols by name; any other has a number.
const NAMES: [(&str, u8); 8] = [
    ("icmp", protocol::ICMP),
    ("tcp", protocol::TCP),
    ("udp", protocol::UDP),
    ("gre", 47),
    ("esp", protocol::ESP),
    ("ah", protocol::AH),
    ("icmpv6", protocol::ICMPV6),
    ("sctp", protocol::SCTP),
];

/// A flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTuple {
    /// Layer-4 protocol.
    protocol: u8,
    source: IpAddr,
    destination: IpAddr,
    /// Source and destination port; those of a protocol that has them.
    ports: (u16, u16),
}

/// Words that tell no flow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FiveTupleError {
    /// No protocol.
    #[error(
        "{0:?} is no protocol: write tcp, udp, sctp, esp, ah, icmp, icmpv6, gre, or a number from 0 to 255"
    )]
    Protocol(String),
    /// No address with a port.
    #[error("{0:?} is no address with a port, as in 192.0.2.7:443 or [2001:db8::7]:443")]
    Endpoint(String),
    /// No address.
    #[error("{0:?} is no address, as in 192.0.2.7 or 2001:db8::7; this protocol has no ports")]
    Address(String),
    /// IPv4 and IPv6.
    #[error("{0} and {1} are not of one family")]
    Families(IpAddr, IpAddr),
}

/// What the frame is, besides its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameOptions {
    /// Ethernet source.
    pub source: MacAddress,
    /// Ethernet destination.
    pub destination: MacAddress,
    /// VLAN of its tag, 0 to 4,095; without one it has none.
    pub vlan: Option<u16>,
    /// TCP's flags.
    pub flags: u8,
    /// Index of security parameters (ESP, AH).
    pub spi: u32,
}

impl FiveTuple {
    /// A flow by its words: protocol, source, destination.
    ///
    /// # Errors
    /// See [`FiveTupleError`].
    pub fn parse(protocol: &str, source: &str, destination: &str) -> Result<Self, FiveTupleError> {
        let named = NAMES.into_iter().find(|(name, _)| *name == protocol);
        let number = named
            .map(|(_, number)| number)
            .or_else(|| protocol.parse().ok());
        let number = number.ok_or_else(|| FiveTupleError::Protocol(protocol.to_owned()))?;
        let end = |text: &str| -> Result<SocketAddr, FiveTupleError> {
            if protocol::has_ports(number) {
                let end = text.parse();
                end.map_err(|_| FiveTupleError::Endpoint(text.to_owned()))
            } else {
                let address: Result<IpAddr, _> = text.parse();
                let address = address.map_err(|_| FiveTupleError::Address(text.to_owned()))?;
                Ok((address, 0).into())
            }
        };
        let (from, to) = (end(source)?, end(destination)?);
        if from.is_ipv4() != to.is_ipv4() {
            return Err(FiveTupleError::Families(from.ip(), to.ip()));
        }
        Ok(Self {
            protocol: number,
            source: from.ip(),
            destination: to.ip(),
            ports: (from.port(), to.port()),
        })
    }

    /// Where it goes.
    pub fn destination(&self) -> IpAddr {
        self.destination
    }

    /// A frame of it, without FCS.
    pub fn frame(&self, options: &FrameOptions) -> Vec<u8> {
        let payload = self.payload(options);
        let (source, destination) = (options.source.0, options.destination.0);
        let ethernet = PacketBuilder::ethernet2(source, destination);
        let headers = ip_header(self.source, self.destination);
        let vlan = options.vlan.and_then(|vlan| VlanId::try_new(vlan).ok());
        let packet = match vlan {
            Some(vlan) => ethernet.single_vlan(vlan).ip(headers),
            None => ethernet.ip(headers),
        };
        let mut frame = Vec::new();
        // A vector takes everything, and the payload is short.
        if packet
            .write(&mut frame, IpNumber(self.protocol), &payload)
            .is_err()
        {
            frame.clear();
        }
        frame.resize(frame.len().max(SHORTEST), 0);
        frame
    }

    /// What stands behind the IP header: as much as the card reads.
    fn payload(&self, options: &FrameOptions) -> Vec<u8> {
        let mut payload = vec![0; 20];
        let [a, b] = self.ports.0.to_be_bytes();
        let [c, d] = self.ports.1.to_be_bytes();
        let spi = options.spi.to_be_bytes();
        match self.protocol {
            protocol::TCP => {
                payload[..4].copy_from_slice(&[a, b, c, d]);
                payload[12..14].copy_from_slice(&[0x50, options.flags]);
            }
            protocol::UDP => {
                payload.truncate(8);
                payload[..6].copy_from_slice(&[a, b, c, d, 0, 8]);
            }
            protocol::SCTP => {
                payload[..4].copy_from_slice(&[a, b, c, d]);
                // INIT.
                payload[12] = 1;
            }
            protocol::ESP => payload[..4].copy_from_slice(&spi),
            protocol::AH => {
                payload[..2].copy_from_slice(&[protocol::TCP, 4]);
                payload[4..8].copy_from_slice(&spi);
            }
            // An echo request.
            protocol::ICMP => payload[0] = 8,
            protocol::ICMPV6 => payload[0] = 128,
            _ => {}
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use flowswitch_driver::image::MacAddress;

    use super::super::parse::{Frame, Segment};
    use super::{FiveTuple, FiveTupleError, FrameOptions};

    const OPTIONS: FrameOptions = FrameOptions {
        source: MacAddress([2, 0, 0, 0, 0, 1]),
        destination: MacAddress([2, 0, 0, 0, 0, 2]),
        vlan: None,
        flags: 0x02,
        spi: 0xdead_beef,
    };

    /// What the card reads of a flow's frame.
    fn read(words: [&str; 3], options: &FrameOptions) -> String {
        let [protocol, source, destination] = words;
        let tuple = FiveTuple::parse(protocol, source, destination);
        let bytes = tuple.expect("a flow").frame(options);
        assert!(bytes.len() >= 60);
        let frame = Frame::read(&bytes);
        assert_eq!(frame.vlan, options.vlan.unwrap_or(0));
        assert_eq!(
            (frame.source, frame.destination),
            (options.source, options.destination)
        );
        frame.packet.expect("a packet").to_string()
    }

    #[test]
    fn frames_say_what_was_asked_for() {
        let tagged = FrameOptions {
            vlan: Some(100),
            ..OPTIONS
        };
        for options in [OPTIONS, tagged] {
            let cases = [
                (
                    ["tcp", "198.51.100.7:40000", "192.31.65.1:80"],
                    "tcp 198.51.100.7:40000 > 192.31.65.1:80, opens a flow",
                ),
                (
                    ["udp", "[2001:db8::7]:40000", "[2001:db8:65::1]:443"],
                    "udp [2001:db8::7]:40000 > [2001:db8:65::1]:443",
                ),
                (
                    ["sctp", "198.51.100.7:40000", "192.31.65.1:80"],
                    "sctp 198.51.100.7:40000 > 192.31.65.1:80, opens a flow",
                ),
                (
                    ["esp", "198.51.100.7", "192.31.65.1"],
                    "esp 198.51.100.7 > 192.31.65.1, SPI 0xdeadbeef",
                ),
                (
                    ["ah", "2001:db8::7", "2001:db8:65::1"],
                    "ah 2001:db8::7 > 2001:db8:65::1, SPI 0xdeadbeef",
                ),
                (
                    ["icmp", "198.51.100.7", "192.31.65.1"],
                    "icmp 198.51.100.7 > 192.31.65.1",
                ),
                (
                    ["47", "198.51.100.7", "192.31.65.1"],
                    "protocol 47 198.51.100.7 > 192.31.65.1",
                ),
            ];
            for (words, expected) in cases {
                assert_eq!(read(words, &options), expected);
            }
        }
        let ack = FrameOptions {
            flags: 0x10,
            ..OPTIONS
        };
        let tuple = FiveTuple::parse("tcp", "192.0.2.1:1", "192.0.2.2:2").expect("a flow");
        let bytes = tuple.frame(&ack);
        let packet = Frame::read(&bytes).packet.expect("a packet");
        assert_eq!(packet.segment, Segment::Middle);
    }

    #[test]
    fn words_that_tell_no_flow() {
        let parse = |words: [&str; 3]| {
            let [protocol, source, destination] = words;
            FiveTuple::parse(protocol, source, destination).expect_err("no flow")
        };
        assert!(matches!(
            parse(["tpc", "1.1.1.1:1", "1.1.1.2:1"]),
            FiveTupleError::Protocol(_)
        ));
        assert!(matches!(
            parse(["tcp", "1.1.1.1", "1.1.1.2:1"]),
            FiveTupleError::Endpoint(_)
        ));
        assert!(matches!(
            parse(["esp", "1.1.1.1:1", "1.1.1.2"]),
            FiveTupleError::Address(_)
        ));
        assert!(matches!(
            parse(["udp", "1.1.1.1:1", "[::1]:1"]),
            FiveTupleError::Families(..)
        ));
    }
}
