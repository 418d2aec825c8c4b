//! What the station itself is asked: the card answers most of it, this the rest.

use std::net::IpAddr;

use crate::echo;
use crate::frame::{self, Place};
use crate::neighbour;
use crate::packet::Packet;
use crate::target::Station;

/// Longest echo that fits into a frame with its headers.
const LONGEST_ECHO: usize = 1452;

impl Station {
    /// Its address of the same family as another's. One that cannot be a station's is passed over.
    pub(crate) fn address_like(&self, other: IpAddr) -> Option<IpAddr> {
        self.addresses
            .iter()
            .copied()
            .find(|address| address.is_ipv4() == other.is_ipv4() && is_unicast(*address))
    }

    /// One of its addresses.
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    /// The answer to a question for an address; none if it is not its own, or somebody else claims it.
    pub(crate) fn answer_neighbour(
        &self,
        from: &Place,
        mac: [u8; 6],
        asked: IpAddr,
        asker: IpAddr,
    ) -> Option<Vec<u8>> {
        if !self.has(asked) || asker == asked || mac[0] & 1 != 0 {
            return None;
        }
        neighbour::answer(self.mac, asked, &Place { mac, ..*from }, asker)
    }

    /// The echo that a packet asks for; none if its data are too long.
    pub(crate) fn answer_echo(
        &self,
        from: &Place,
        packet: &Packet<'_>,
        numbers: (u16, u16),
        data: &[u8],
    ) -> Option<Vec<u8>> {
        if data.len() > LONGEST_ECHO || !is_unicast(packet.source) {
            return None;
        }
        let (ethertype, bytes) =
            echo::build(packet.destination, packet.source, true, numbers, data)?;
        Some(frame::build(from, self.mac, ethertype, &bytes))
    }
}

/// An address that a single station can have.
pub(crate) fn is_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !address.is_broadcast() && !address.is_multicast() && !address.is_unspecified()
        }
        IpAddr::V6(address) => !address.is_multicast() && !address.is_unspecified(),
    }
}
