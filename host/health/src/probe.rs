//! A running probe.

use std::net::IpAddr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{IpProtocol, UdpPacket, UdpRepr};

use crate::connection::Connection;
use crate::exec::Program;
use crate::frame::{self, Place};
use crate::packet::{self, HOP_LIMIT, Packet};
use crate::schedule::Planned;
use crate::talk::Talk;
use crate::target::TargetId;

/// Bytes of an echo request: so many random ones, which must come back.
pub(crate) const ECHO_BYTES: usize = 32;

/// A probe under way.
pub(crate) struct Probe {
    pub target: TargetId,
    /// Place of its check in the target's list.
    pub check: usize,
    /// When it was to begin.
    pub planned_at: u64,
    pub started: u64,
    /// When its time is over.
    pub deadline: u64,
    /// What is due next.
    pub planned: Option<Planned>,
    /// A frame of it has left.
    pub sent: bool,
    pub ends: Ends,
    pub exchange: Exchange,
}

/// Between whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub place: Place,
    pub address: IpAddr,
    pub own_mac: [u8; 6],
    pub own_address: IpAddr,
}

/// What is going on.
pub(crate) enum Exchange {
    /// ARP or neighbour discovery.
    Neighbour,
    /// Echo: what must come back.
    Echo {
        identifier: u16,
        data: [u8; ECHO_BYTES],
    },
    /// A talk over a connection.
    Tcp {
        connection: Box<Connection>,
        talk: Box<dyn Talk>,
        port: u16,
    },
    /// A talk over datagrams.
    Udp {
        talk: Box<dyn Talk>,
        port: u16,
        remote: u16,
    },
    /// A program.
    Program(Program),
}

/// What a frame must name to be taken for a probe's answer; places and addresses are compared besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Neighbour(Place, IpAddr),
    Echo(u16),
    Tcp(u16),
    Udp(u16),
}

impl Probe {
    /// What its answers name; none for programs.
    pub fn key(&self) -> Option<Key> {
        match &self.exchange {
            Exchange::Neighbour => Some(Key::Neighbour(self.ends.place, self.ends.address)),
            Exchange::Echo { identifier, .. } => Some(Key::Echo(*identifier)),
            Exchange::Tcp { port, .. } => Some(Key::Tcp(*port)),
            Exchange::Udp { port, .. } => Some(Key::Udp(*port)),
            Exchange::Program(_) => None,
        }
    }

    /// What to say if its time is over.
    pub fn stage(&self) -> &'static str {
        match &self.exchange {
            Exchange::Tcp { connection, .. } => connection.stage(),
            Exchange::Program(_) => "did not end in time",
            Exchange::Neighbour | Exchange::Echo { .. } | Exchange::Udp { .. } => {
                "no answer in time"
            }
        }
    }
}

impl Ends {
    /// Whether a packet from a place belongs to these.
    pub fn holds(&self, place: &Place, packet: &Packet<'_>) -> bool {
        self.place == *place
            && self.address == packet.source
            && self.own_address == packet.destination
    }

    /// The frame of a packet to the other end; none if there is no packet.
    pub fn frame(&self, packet: Option<(u16, Vec<u8>)>) -> Option<Vec<u8>> {
        let (ethertype, bytes) = packet?;
        Some(frame::build(&self.place, self.own_mac, ethertype, &bytes))
    }

    /// The frame of an IP packet that a stack has built.
    pub fn frame_of_stack(&self, packet: &[u8]) -> Vec<u8> {
        let ethertype = if self.address.is_ipv4() {
            frame::IPV4
        } else {
            frame::IPV6
        };
        frame::build(&self.place, self.own_mac, ethertype, packet)
    }

    /// The frame of a datagram.
    pub fn datagram(&self, port: u16, remote: u16, data: &[u8]) -> Option<Vec<u8>> {
        let header = UdpRepr {
            src_port: port,
            dst_port: remote,
        };
        let mut payload = vec![0; header.header_len() + data.len()];
        header.emit(
            &mut UdpPacket::new_unchecked(&mut payload[..]),
            &self.own_address.into(),
            &self.address.into(),
            data.len(),
            |bytes| bytes.copy_from_slice(data),
            &ChecksumCapabilities::default(),
        );
        self.frame(packet::build(
            self.own_address,
            self.address,
            IpProtocol::Udp,
            HOP_LIMIT,
            &payload,
        ))
    }
}

/// The ports of a datagram (source, destination) and what it carries; none if it is not valid.
pub(crate) fn parse_datagram<'a>(packet: &Packet<'a>) -> Option<(u16, u16, &'a [u8])> {
    let datagram = UdpPacket::new_checked(packet.payload).ok()?;
    let (source, destination) = (packet.source.into(), packet.destination.into());
    let header = UdpRepr::parse(
        &datagram,
        &source,
        &destination,
        &ChecksumCapabilities::default(),
    )
    .ok()?;
    let data = packet
        .payload
        .get(header.header_len()..usize::from(datagram.len()))?;
    Some((header.src_port, header.dst_port, data))
}
