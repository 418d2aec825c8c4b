//! Three ways to cable the same installation. Tests speak of places, numbered as the network ports are when each has
//! one of its own; a layout says where a place is, and what a frame of it looks like on the wire.

use flowswitch_driver::image::{Image, LogicalPort};

/// First VLAN of [`Layout::OnePort`]: that of place 0.
const FIRST_VLAN: u16 = 10;
/// First place of servers; before it stand those of routers.
const FIRST_SERVERS: u8 = 2;
/// Number under which every place of [`Layout::OnePort`] learns, so that what one has learned the others know.
const DOMAIN: u16 = 1;
/// Priority and drop eligibility of every tag of [`Layout::OnePort`]; they must arrive.
const PRIORITY: u16 = 0xb000;

/// Where the places are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A network port each.
    PortEach,
    /// Routers on one network port, servers on another, untagged.
    PortByRole,
    /// Everything on one network port, each place a VLAN of it.
    OnePort,
}

impl Layout {
    /// The logical port of a place.
    pub fn logical_port(self, place: u8) -> u8 {
        match self {
            Self::PortEach | Self::OnePort => place,
            Self::PortByRole => u8::from(place >= FIRST_SERVERS),
        }
    }

    /// The network port of a place.
    pub fn network_port(self, place: u8) -> u8 {
        match self {
            Self::PortEach | Self::PortByRole => self.logical_port(place),
            Self::OnePort => 0,
        }
    }

    /// Whether two places are on different logical ports.
    pub fn apart(self, one: u8, other: u8) -> bool {
        self.logical_port(one) != self.logical_port(other)
    }

    /// One place for each logical port of the places other than that of `from`, lowest first.
    pub fn others(self, from: u8, places: &[u8]) -> Vec<u8> {
        let mut others: Vec<u8> = places
            .iter()
            .copied()
            .filter(|&place| self.apart(from, place))
            .collect();
        others.sort_unstable();
        others.dedup_by_key(|place| self.logical_port(*place));
        others
    }

    /// A frame as it is on the wire of a place.
    pub fn on_wire(self, place: u8, frame: &[u8]) -> Vec<u8> {
        let mut frame = frame.to_vec();
        // What is too short for addresses is too short for a tag.
        if self == Self::OnePort && frame.len() >= 12 {
            let [high, low] = (PRIORITY | (FIRST_VLAN + u16::from(place))).to_be_bytes();
            frame.splice(12..12, [0x81, 0x00, high, low]);
        }
        frame
    }

    /// An image whose logical ports are the places, as the layout has it.
    ///
    /// # Panics
    /// Never: an image has at most 64 logical ports.
    pub fn image(self, image: &Image) -> Image {
        if self == Self::PortEach {
            return image.clone();
        }
        let mut image = image.clone();
        let mut ports: Vec<LogicalPort> = Vec::new();
        for (place, entry) in (0u8..).zip(&image.logical_ports) {
            let index = usize::from(self.logical_port(place));
            if index >= ports.len() {
                ports.resize(index + 1, LogicalPort::default());
            }
            let port = &mut ports[index];
            port.port = self.network_port(place);
            port.server |= entry.server;
            port.announce |= entry.announce;
            for to in (0..64).filter(|to| entry.flood >> to & 1 == 1) {
                port.flood |= 1 << self.logical_port(to);
            }
            if self == Self::OnePort {
                let vlan = FIRST_VLAN + u16::from(place);
                (port.tagged, port.vlans, port.domain) = (true, Some((vlan, vlan)), DOMAIN);
            } else {
                (port.untagged, port.vlans) = (entry.untagged, entry.vlans);
            }
        }
        // A card has two network ports at least.
        let used = ports.iter().map(|port| usize::from(port.port) + 1).max();
        image.ports.truncate(used.map_or(2, |used| used.max(2)));
        image.logical_ports = ports;
        for member in image.members.values_mut() {
            member.logical_port = self.logical_port(member.logical_port);
        }
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn a_place_becomes_a_vlan() {
        let frame = hex(&["020000000a01 020000000b01 0800 45"]);
        assert_eq!(Layout::PortByRole.on_wire(3, &frame), frame);
        assert_eq!(
            Layout::OnePort.on_wire(3, &frame),
            hex(&["020000000a01 020000000b01 8100 b00d 0800 45"])
        );
    }

    #[test]
    fn places_of_one_logical_port_count_once() {
        assert_eq!(Layout::PortEach.others(0, &[3, 1, 0]), [1, 3]);
        assert_eq!(Layout::PortByRole.others(0, &[3, 1, 2]), [2]);
        assert_eq!(Layout::PortByRole.others(2, &[3]), [0u8; 0]);
    }
}
