//! Logical ports: which one a frame came from, and by which it may leave. Section 1 of the verdicts page.

use crate::setup::LogicalPort;

/// Bit of the domain: the frame names a VLAN.
const NUMBERED: u16 = 1 << 12;

impl LogicalPort {
    /// Whether a frame of its network port is its own, by `vlan`, the VLAN that the frame names.
    pub(crate) fn holds(&self, vlan: Option<u16>) -> bool {
        match (vlan, self.vlans) {
            (Some(vlan), Some((first, last))) => (first..=last).contains(&vlan),
            (Some(_), None) => false,
            (None, _) => self.untagged,
        }
    }

    /// The domain under which addresses of its frames are learned.
    pub(crate) fn domain_of(&self, vlan: Option<u16>) -> u16 {
        match vlan {
            Some(vlan) if !self.tagged => NUMBERED | vlan,
            Some(_) => NUMBERED | self.domain,
            None => self.domain,
        }
    }

    /// Whether a flooded frame that came by `origin` and names `vlan` may leave by it.
    pub(crate) fn admits(&self, origin: &Self, vlan: Option<u16>) -> bool {
        self.tagged == origin.tagged && (self.tagged || self.holds(vlan))
    }

    /// The VLAN number that frames get that leave by it.
    pub(crate) fn number(&self) -> Option<u16> {
        self.vlans.filter(|_| self.tagged).map(|(number, _)| number)
    }
}

/// Numbers of the bits that are set, ascending.
pub(crate) fn numbers(set: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |number| set >> number & 1 == 1)
}
