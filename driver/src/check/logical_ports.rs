//! Logical ports, and who is on them.

use super::{ImageError, at_most, fits};
use crate::capabilities::Capabilities;
use crate::image::{Image, LogicalPort};

/// VLAN numbers that a frame may carry.
const VLANS: std::ops::RangeInclusive<u16> = 1..=4094;

pub(super) fn check_logical_ports(image: &Image, card: &Capabilities) -> Result<(), ImageError> {
    let ports = &image.logical_ports;
    fits(
        "logical ports",
        ports.len(),
        usize::from(card.logical_ports),
    )?;
    for (number, port) in ports.iter().enumerate() {
        let of = || format!("logical port {number}");
        at_most(
            "the network port",
            of,
            u32::from(port.port),
            u32::from(card.ports) - 1,
        )?;
        at_most("the domain", of, u32::from(port.domain), 4095)?;
        if let Some(problem) = problem(port) {
            return Err(ImageError::LogicalPort {
                port: number,
                problem,
            });
        }
        let behind = 64 - port.flood.leading_zeros();
        if behind as usize > ports.len() {
            return Err(ImageError::NoSuchLogicalPort {
                of: format!("the flood mask of logical port {number}"),
                port: behind - 1,
            });
        }
    }
    for (number, member) in &image.members {
        if usize::from(member.logical_port) >= ports.len() {
            return Err(ImageError::NoSuchLogicalPort {
                of: format!("member {number}"),
                port: u32::from(member.logical_port),
            });
        }
    }
    Ok(())
}

fn problem(port: &LogicalPort) -> Option<&'static str> {
    match port.vlans {
        Some((first, last)) if !VLANS.contains(&first) || !VLANS.contains(&last) => {
            Some("VLAN numbers must be 1 to 4094")
        }
        Some((first, last)) if first > last => Some("its first VLAN is above its last"),
        Some((first, last)) if port.tagged && first != last => {
            Some("a tagged port has one VLAN, not several")
        }
        None if port.tagged => Some("a tagged port has one VLAN, not none"),
        _ if port.tagged && port.untagged => Some("a tagged port takes no untagged frames"),
        _ => None,
    }
}
