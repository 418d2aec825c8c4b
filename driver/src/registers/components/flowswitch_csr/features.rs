//! Register: Features

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Features
///
/// One bit for each optional feature; a bit not named here is 0.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct Features(u32);

// SAFETY: it is a plain value.
unsafe impl Send for Features {}
// SAFETY: it is a plain value.
unsafe impl Sync for Features {}

impl core::default::Default for Features {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for Features {
    type Regwidth = u32;
    type Accesswidth = u32;
    type Access = peakrdl_rust::access::R;
    type ByteEndian = peakrdl_rust::endian::LittleEndian;
    type WordEndian = peakrdl_rust::endian::LittleEndian;

    // SAFETY: asks nothing of the caller: every word is a value.
    unsafe fn from_raw(val: Self::Regwidth) -> Self {
        Self(val)
    }

    fn to_raw(self) -> Self::Regwidth {
        self.0
    }
}

impl Features {
    pub const FLOW_TABLE_OFFSET: usize = 0;
    pub const FLOW_TABLE_WIDTH: usize = 1;
    pub const FLOW_TABLE_MASK: u32 = 0x1;

    /// flow_table
    ///
    /// Established flows stay with their server by a flow table.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn flow_table(&self) -> bool {
        let val = (self.0 >> Self::FLOW_TABLE_OFFSET) & Self::FLOW_TABLE_MASK;
        val != 0
    }

    pub const ADDRESS_RESPONDER_OFFSET: usize = 1;
    pub const ADDRESS_RESPONDER_WIDTH: usize = 1;
    pub const ADDRESS_RESPONDER_MASK: u32 = 0x1;

    /// address_responder
    ///
    /// ARP and neighbour discovery are answered, and virtual addresses announced, by the card.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn address_responder(&self) -> bool {
        let val = (self.0 >> Self::ADDRESS_RESPONDER_OFFSET) & Self::ADDRESS_RESPONDER_MASK;
        val != 0
    }

    pub const LOGICAL_PORTS_OFFSET: usize = 2;
    pub const LOGICAL_PORTS_WIDTH: usize = 1;
    pub const LOGICAL_PORTS_MASK: u32 = 0x1;

    /// logical_ports
    ///
    /// Ports can be divided by VLAN.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn logical_ports(&self) -> bool {
        let val = (self.0 >> Self::LOGICAL_PORTS_OFFSET) & Self::LOGICAL_PORTS_MASK;
        val != 0
    }

    pub const RINGS_OFFSET: usize = 3;
    pub const RINGS_WIDTH: usize = 1;
    pub const RINGS_MASK: u32 = 0x1;

    /// rings
    ///
    /// Frames to and from the host travel through descriptor rings.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn rings(&self) -> bool {
        let val = (self.0 >> Self::RINGS_OFFSET) & Self::RINGS_MASK;
        val != 0
    }
}

impl core::fmt::Debug for Features {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Features")
            .field("flow_table", &self.flow_table())
            .field("address_responder", &self.address_responder())
            .field("logical_ports", &self.logical_ports())
            .field("rings", &self.rings())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = Features::default();
        assert_eq!(reg.flow_table(), false);
        assert_eq!(reg.address_responder(), false);
        assert_eq!(reg.logical_ports(), false);
        assert_eq!(reg.rings(), false);
    }
}
