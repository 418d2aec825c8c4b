//! Flows and their frames.
//!
//! The last eight bytes of every frame name the flow and the round, so that a capture alone says what became of which
//! frame: the switch changes nothing but the destination MAC.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::err::packet::BuildWriteError;
use etherparse::{
    IpHeaders, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, PacketBuilder, VlanId,
};
use fastrand::Rng;
use flowswitch_driver::image::MacAddress;

/// Bytes of the name at a frame's end.
const NAME: usize = 8;
const HOP_LIMIT: u8 = 63;

/// What a flow's packets carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tcp(u16),
    Udp(u16),
    Esp,
    InnerIpv4,
    InnerIpv6,
}

/// The two ends of a flow that is told by ports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) client: IpAddr,
    pub(super) client_port: u16,
    pub(super) cluster: IpAddr,
    pub(super) service: u16,
    pub(super) tcp: bool,
}

/// One client's conversation with the cluster.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// Its number.
    pub(super) number: u32,
    /// First round in which the client sends.
    pub(super) first: u32,
    /// Rounds from one frame of the client to the next.
    pub(super) every: u32,
    /// Frames the client sends.
    pub(super) frames: u32,
    kind: Kind,
    client: IpAddr,
    cluster: IpAddr,
    /// Client port, or the SPI's low half.
    port: u16,
    vlan: Option<VlanId>,
}

impl Flow {
    /// A flow at random that begins in one of the rounds from 1 on and before `last`.
    pub(super) fn random(
        number: u32,
        last: u32,
        cluster: (Ipv4Addr, Ipv6Addr),
        random: &mut Rng,
    ) -> Self {
        let kind = match random.u8(0..100) {
            0..30 => Kind::Tcp(443),
            30..55 => Kind::Tcp(80),
            55..80 => Kind::Udp(443),
            80..88 => Kind::Esp,
            88..94 => Kind::InnerIpv4,
            _ => Kind::InnerIpv6,
        };
        // Documentation and benchmark addresses: 198.18.0.0/15 and 2001:db8::/32.
        let (client, cluster) = if random.u8(0..100) < 60 {
            let host = random.u32(1..1 << 17);
            (
                IpAddr::V4(Ipv4Addr::from_bits(0xc612_0000 + host)),
                IpAddr::V4(cluster.0),
            )
        } else {
            let host = 0x2001_0db8_c000 << 80 | u128::from(random.u64(..));
            (IpAddr::V6(Ipv6Addr::from_bits(host)), IpAddr::V6(cluster.1))
        };
        let tagged = random.u8(0..100) < 15;
        Self {
            number,
            first: random.u32(1..last),
            every: random.u32(1..6),
            frames: random.u32(6..16),
            kind,
            client,
            cluster,
            port: random.u16(1024..),
            vlan: tagged.then(|| VlanId::try_new(random.u16(1..4095)).unwrap_or(VlanId::ZERO)),
        }
    }

    /// Its ends, if it has ports and no tag.
    pub(super) fn ends(&self) -> Option<Ends> {
        let (tcp, service) = match self.kind {
            Kind::Tcp(service) => (true, service),
            Kind::Udp(service) => (false, service),
            Kind::Esp | Kind::InnerIpv4 | Kind::InnerIpv6 => return None,
        };
        self.vlan.is_none().then_some(Ends {
            client: self.client,
            client_port: self.port,
            cluster: self.cluster,
            service,
            tcp,
        })
    }

    /// Whether the client sends in a round.
    pub(super) fn sends(&self, round: u32) -> bool {
        let since = round.checked_sub(self.first);
        since.is_some_and(|since| {
            since.is_multiple_of(self.every) && since / self.every < self.frames
        })
    }

    /// The client's frame of a round, about `length` bytes long without FCS.
    pub(super) fn request(
        &self,
        from: MacAddress,
        to: MacAddress,
        round: u32,
        length: usize,
    ) -> Result<Vec<u8>, BuildWriteError> {
        self.frame(
            (from, to),
            (self.client, self.cluster),
            false,
            round,
            length,
        )
    }

    /// The answer to the client's frame of a round.
    pub(super) fn reply(
        &self,
        from: MacAddress,
        to: MacAddress,
        round: u32,
        length: usize,
    ) -> Result<Vec<u8>, BuildWriteError> {
        self.frame((from, to), (self.cluster, self.client), true, round, length)
    }

    fn frame(
        &self,
        (from, to): (MacAddress, MacAddress),
        (source, destination): (IpAddr, IpAddr),
        reply: bool,
        round: u32,
        length: usize,
    ) -> Result<Vec<u8>, BuildWriteError> {
        let ethernet = PacketBuilder::ethernet2(from.0, to.0);
        let header = ip_header(source, destination);
        let builder = match self.vlan {
            Some(vlan) => ethernet.single_vlan(vlan).ip(header),
            None => ethernet.ip(header),
        };
        let ip = 14 + 4 * usize::from(self.vlan.is_some()) + if source.is_ipv4() { 20 } else { 40 };
        // What follows the headers of a kind, so that the frame has the length asked for where there is room.
        let fill = |headers: usize| {
            let room = length.saturating_sub(ip + headers).max(NAME);
            let mut payload = vec![self.number as u8; room];
            payload[room - NAME..room - NAME / 2].copy_from_slice(&self.number.to_be_bytes());
            payload[room - NAME / 2..].copy_from_slice(&round.to_be_bytes());
            payload
        };
        let ports = |service: u16| {
            if reply {
                (service, self.port)
            } else {
                (self.port, service)
            }
        };
        let mut frame = Vec::with_capacity(length);
        match self.kind {
            Kind::Tcp(service) => {
                let (from, to) = ports(service);
                let mut segment = builder.tcp(from, to, round, 65_535);
                let last = self.first + self.every * (self.frames - 1);
                if round == self.first {
                    segment = segment.syn();
                } else if round == last {
                    segment = segment.fin();
                }
                // All but a client's first segment acknowledge something.
                if reply || round != self.first {
                    segment = segment.ack(round);
                }
                segment.write(&mut frame, &fill(20))?;
            }
            Kind::Udp(service) => {
                let (from, to) = ports(service);
                builder.udp(from, to).write(&mut frame, &fill(8))?;
            }
            Kind::Esp => {
                let mut payload = (0x1000_0000 | u32::from(self.port)).to_be_bytes().to_vec();
                payload.extend(round.to_be_bytes());
                payload.extend(fill(8));
                builder.write(
                    &mut frame,
                    IpNumber::ENCAPSULATING_SECURITY_PAYLOAD,
                    &payload,
                )?;
            }
            Kind::InnerIpv4 => {
                let payload = inner(Ipv4Addr::new(10, 0, 0, 1).into(), self.port, &fill(28))?;
                builder.write(&mut frame, IpNumber::IPV4, &payload)?;
            }
            Kind::InnerIpv6 => {
                let inside = Ipv6Addr::from_bits(0xfd00 << 112 | 1).into();
                let payload = inner(inside, self.port, &fill(48))?;
                builder.write(&mut frame, IpNumber::IPV6, &payload)?;
            }
        }
        Ok(frame)
    }
}

/// An IP header that says nothing of what it carries.
pub(crate) fn ip_header(source: IpAddr, destination: IpAddr) -> IpHeaders {
    // Lengths, protocol and checksum are filled in when the packet is written.
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let header = Ipv4Header {
                time_to_live: HOP_LIMIT,
                dont_fragment: true,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv4Header::default()
            };
            IpHeaders::Ipv4(header, Default::default())
        }
        (source, destination) => {
            let wide = |address: IpAddr| match address {
                IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                IpAddr::V6(address) => address.octets(),
            };
            let header = Ipv6Header {
                hop_limit: HOP_LIMIT,
                flow_label: Ipv6FlowLabel::ZERO,
                source: wide(source),
                destination: wide(destination),
                ..Ipv6Header::default()
            };
            IpHeaders::Ipv6(header, Default::default())
        }
    }
}

/// A tunnelled datagram.
fn inner(address: IpAddr, port: u16, payload: &[u8]) -> Result<Vec<u8>, BuildWriteError> {
    let mut packet = Vec::new();
    PacketBuilder::ip(ip_header(address, address))
        .udp(port, 53)
        .write(&mut packet, payload)?;
    Ok(packet)
}

/// Flow and round of a frame.
pub(super) fn name_of(frame: &[u8]) -> Option<(u32, u32)> {
    let name = frame.last_chunk::<NAME>()?;
    let [a, b, c, d, e, f, g, h] = *name;
    Some((
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    ))
}

/// A frame length without FCS, as traffic has them: many short, many full, some jumbo.
pub(super) fn random_length(random: &mut Rng) -> usize {
    match random.u8(0..100) {
        0..45 => 60,
        45..65 => random.usize(60..590),
        65..73 => random.usize(590..1514),
        73..98 => 1514,
        _ => 8996,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use etherparse::{NetSlice, SlicedPacket, TransportSlice};
    use fastrand::Rng;

    use super::{Flow, MacAddress, name_of};

    #[test]
    fn frames_are_sound_and_carry_their_name() {
        let mut random = Rng::with_seed(3);
        let cluster = (Ipv4Addr::new(192, 0, 2, 1), Ipv6Addr::LOCALHOST);
        for number in 0..400 {
            let flow = Flow::random(number, 10, cluster, &mut random);
            let frame = flow.request(MacAddress([2; 6]), MacAddress([4; 6]), 7, 60);
            let frame = frame.expect("a frame of a known size");
            assert!((60..=150).contains(&frame.len()));
            assert_eq!(name_of(&frame), Some((number, 7)));
            let packet = SlicedPacket::from_ethernet(&frame).expect("no broken header");
            match (&packet.net, &packet.transport) {
                (Some(NetSlice::Ipv4(ip)), Some(TransportSlice::Udp(udp))) => {
                    let sum = udp
                        .to_header()
                        .calc_checksum_ipv4(&ip.header().to_header(), udp.payload());
                    assert_eq!(sum, Ok(udp.checksum()));
                }
                (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Tcp(tcp))) => {
                    let sum = tcp
                        .to_header()
                        .calc_checksum_ipv6(&ip.header().to_header(), tcp.payload());
                    assert_eq!(sum, Ok(tcp.checksum()));
                }
                (net, _) => assert!(net.is_some()),
            }
        }
    }

    #[test]
    fn a_flow_sends_in_its_rounds_only() {
        let mut random = Rng::with_seed(1);
        let cluster = (Ipv4Addr::new(192, 0, 2, 1), Ipv6Addr::LOCALHOST);
        let flow = Flow {
            first: 5,
            every: 3,
            frames: 2,
            ..Flow::random(0, 9, cluster, &mut random)
        };
        let rounds: Vec<u32> = (0..20).filter(|round| flow.sends(*round)).collect();
        assert_eq!(rounds, [5, 8]);
    }
}
