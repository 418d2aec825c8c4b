//! Link types: which one is Ethernet, and the names of others.

use super::PcapError;

const ETHERNET: u32 = 1;

/// Refuses every other link type by its name.
pub(super) fn require_ethernet(number: u32) -> Result<(), PcapError> {
    if number == ETHERNET {
        return Ok(());
    }
    let name = LINK_TYPES
        .iter()
        .find(|(known, _)| *known == number)
        .map_or("not a known one", |(_, name)| name);
    Err(PcapError::LinkType { number, name })
}

/// Names of the registry of link types that captures of networks are met with.
const LINK_TYPES: [(u32, &str); 21] = [
    (0, "NULL"),
    (6, "IEEE802_5"),
    (8, "SLIP"),
    (9, "PPP"),
    (10, "FDDI"),
    (12, "RAW"),
    (50, "PPP_HDLC"),
    (51, "PPP_ETHER"),
    (101, "RAW"),
    (104, "C_HDLC"),
    (105, "IEEE802_11"),
    (107, "FRELAY"),
    (108, "LOOP"),
    (113, "LINUX_SLL"),
    (127, "IEEE802_11_RADIOTAP"),
    (189, "USB_LINUX"),
    (220, "USB_LINUX_MMAPPED"),
    (228, "IPV4"),
    (229, "IPV6"),
    (249, "USBPCAP"),
    (276, "LINUX_SLL2"),
];
