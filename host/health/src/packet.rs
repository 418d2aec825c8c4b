//! IP packets, both families.

use std::net::IpAddr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpProtocol, IpRepr, Ipv4Packet, Ipv6Packet, checksum};

use crate::frame;

/// Hop limit of probes.
pub(crate) const HOP_LIMIT: u8 = 64;

/// An IP packet taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: IpProtocol,
    pub hop_limit: u8,
    pub payload: &'a [u8],
    /// All of it, without what trailed behind in the frame.
    pub bytes: &'a [u8],
}

/// Why a frame holds no packet that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PacketError {
    /// Neither IPv4 nor IPv6.
    Other,
    /// Lengths, version or header checksum are wrong.
    Malformed,
    /// A fragment. Nobody has a reason to send one to a prober.
    Fragment,
}

impl<'a> Packet<'a> {
    /// Takes apart what a frame of this ethertype carries.
    pub fn parse(ethertype: u16, bytes: &'a [u8]) -> Result<Self, PacketError> {
        match ethertype {
            frame::IPV4 => {
                let packet = Ipv4Packet::new_checked(bytes).map_err(|_| PacketError::Malformed)?;
                let header = usize::from(packet.header_len());
                let total = usize::from(packet.total_len());
                if packet.version() != 4
                    || header < 20
                    || total < header
                    || !packet.verify_checksum()
                {
                    return Err(PacketError::Malformed);
                }
                if packet.more_frags() || packet.frag_offset() != 0 {
                    return Err(PacketError::Fragment);
                }
                Ok(Self {
                    source: packet.src_addr().into(),
                    destination: packet.dst_addr().into(),
                    protocol: packet.next_header(),
                    hop_limit: packet.hop_limit(),
                    payload: bytes.get(header..total).ok_or(PacketError::Malformed)?,
                    bytes: &bytes[..total],
                })
            }
            frame::IPV6 => {
                let packet = Ipv6Packet::new_checked(bytes).map_err(|_| PacketError::Malformed)?;
                if packet.version() != 6 {
                    return Err(PacketError::Malformed);
                }
                if packet.next_header() == IpProtocol::Ipv6Frag {
                    return Err(PacketError::Fragment);
                }
                let total = packet.total_len();
                Ok(Self {
                    source: packet.src_addr().into(),
                    destination: packet.dst_addr().into(),
                    protocol: packet.next_header(),
                    hop_limit: packet.hop_limit(),
                    payload: bytes.get(40..total).ok_or(PacketError::Malformed)?,
                    bytes: &bytes[..total],
                })
            }
            _ => Err(PacketError::Other),
        }
    }

    /// The checksum of a payload that counts the addresses in (TCP, UDP, ICMPv6), as it stands in the packet, is right.
    pub fn checksum_is_right(&self) -> bool {
        checksum::combine(&[
            pseudo_header(self.source, self.destination, self.protocol, self.payload),
            checksum::data(self.payload),
        ]) == !0
    }
}

/// Builds a packet; none if the addresses are of two families.
pub(crate) fn build(
    source: IpAddr,
    destination: IpAddr,
    protocol: IpProtocol,
    hop_limit: u8,
    payload: &[u8],
) -> Option<(u16, Vec<u8>)> {
    let ethertype = match (source, destination) {
        (IpAddr::V4(_), IpAddr::V4(_)) => frame::IPV4,
        (IpAddr::V6(_), IpAddr::V6(_)) => frame::IPV6,
        _ => return None,
    };
    let header = IpRepr::new(
        source.into(),
        destination.into(),
        protocol,
        payload.len(),
        hop_limit,
    );
    let mut bytes = vec![0; header.header_len()];
    header.emit(&mut bytes[..], &ChecksumCapabilities::default());
    bytes.extend(payload);
    Some((ethertype, bytes))
}

/// Writes the checksum that counts the addresses in at `at` of a payload where it is zero.
pub(crate) fn fill_checksum(
    source: IpAddr,
    destination: IpAddr,
    protocol: IpProtocol,
    payload: &mut [u8],
    at: usize,
) {
    let sum = !checksum::combine(&[
        pseudo_header(source, destination, protocol, payload),
        checksum::data(payload),
    ]);
    payload[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: IpProtocol, payload: &[u8]) -> u16 {
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            checksum::pseudo_header_v4(&source, &destination, protocol, payload.len() as u32)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            checksum::pseudo_header_v6(&source, &destination, protocol, payload.len() as u32)
        }
        // No packet has addresses of two families.
        _ => 0,
    }
}
