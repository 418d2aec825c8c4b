//! Ethernet: where a station is, and what frames to and from it look like.

/// Ethertype of IPv4.
pub(crate) const IPV4: u16 = 0x0800;
/// Ethertype of ARP.
pub(crate) const ARP: u16 = 0x0806;
/// Ethertype of IPv6.
pub(crate) const IPV6: u16 = 0x86dd;
/// Ethertypes of tags: 802.1Q and 802.1ad.
const TAGS: [u16; 2] = [0x8100, 0x88a8];
/// Shortest frame without FCS; a tag makes it longer, so that it is long enough without.
const SHORTEST: usize = 60;

/// Where a station is. Only frames from there are its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub port: u8,
    pub vlan: Option<u16>,
    pub mac: [u8; 6],
}

/// A frame taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub destination: [u8; 6],
    /// Who sent it, and where it came in. A priority tag is no VLAN.
    pub place: Place,
    /// What stands behind the first tag, if there is one.
    pub ethertype: u16,
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Takes a frame apart; none if it is cut short.
    pub fn parse(port: u8, bytes: &'a [u8]) -> Option<Self> {
        let (destination, rest) = bytes.split_first_chunk()?;
        let (mac, rest) = rest.split_first_chunk()?;
        let (ethertype, mut payload) = number(rest)?;
        let mut frame = (ethertype, None);
        if TAGS.contains(&ethertype) {
            let (tag, rest) = number(payload)?;
            let (inner, rest) = number(rest)?;
            frame = (inner, Some(tag & 0xfff).filter(|vlan| *vlan != 0));
            payload = rest;
        }
        Some(Self {
            destination: *destination,
            place: Place {
                port,
                vlan: frame.1,
                mac: *mac,
            },
            ethertype: frame.0,
            payload,
        })
    }
}

fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), rest))
}

/// Builds a frame to a place (its port is not part of it).
pub(crate) fn build(to: &Place, from: [u8; 6], ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len().max(SHORTEST) + 18);
    frame.extend(to.mac);
    frame.extend(from);
    let mut shortest = SHORTEST;
    if let Some(vlan) = to.vlan {
        frame.extend(TAGS[0].to_be_bytes());
        frame.extend(vlan.to_be_bytes());
        shortest += 4;
    }
    frame.extend(ethertype.to_be_bytes());
    frame.extend(payload);
    if frame.len() < shortest {
        frame.resize(shortest, 0);
    }
    frame
}
