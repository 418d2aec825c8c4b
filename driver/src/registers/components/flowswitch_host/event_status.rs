//! Register: Event status

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

/// Event status
///
/// What has happened; a bit stays until a one is written to it.
#[repr(transparent)]
#[derive(Copy, Clone, Eq, PartialEq)]
pub struct EventStatus(u32);

// SAFETY: it is a plain value.
unsafe impl Send for EventStatus {}
// SAFETY: it is a plain value.
unsafe impl Sync for EventStatus {}

impl core::default::Default for EventStatus {
    fn default() -> Self {
        Self(0x0)
    }
}

impl peakrdl_rust::reg::Register for EventStatus {
    type Regwidth = u32;
    type Accesswidth = u32;
    type Access = peakrdl_rust::access::RW;
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

impl EventStatus {
    pub const LINK_OFFSET: usize = 0;
    pub const LINK_WIDTH: usize = 1;
    pub const LINK_MASK: u32 = 0x1;

    /// link
    ///
    /// A link came or went.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn link(&self) -> bool {
        let val = (self.0 >> Self::LINK_OFFSET) & Self::LINK_MASK;
        val != 0
    }

    /// link
    ///
    /// A link came or went.
    #[inline(always)]
    pub fn set_link(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::LINK_MASK << Self::LINK_OFFSET))
            | ((val & Self::LINK_MASK) << Self::LINK_OFFSET);
    }

    pub const MEMBER_LOST_OFFSET: usize = 1;
    pub const MEMBER_LOST_WIDTH: usize = 1;
    pub const MEMBER_LOST_MASK: u32 = 0x1;

    /// member_lost
    ///
    /// The hardware cleared the up bit of a member.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn member_lost(&self) -> bool {
        let val = (self.0 >> Self::MEMBER_LOST_OFFSET) & Self::MEMBER_LOST_MASK;
        val != 0
    }

    /// member_lost
    ///
    /// The hardware cleared the up bit of a member.
    #[inline(always)]
    pub fn set_member_lost(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::MEMBER_LOST_MASK << Self::MEMBER_LOST_OFFSET))
            | ((val & Self::MEMBER_LOST_MASK) << Self::MEMBER_LOST_OFFSET);
    }

    pub const NO_SERVER_OFFSET: usize = 2;
    pub const NO_SERVER_WIDTH: usize = 1;
    pub const NO_SERVER_MASK: u32 = 0x1;

    /// no_server
    ///
    /// A frame was dropped as no-server.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn no_server(&self) -> bool {
        let val = (self.0 >> Self::NO_SERVER_OFFSET) & Self::NO_SERVER_MASK;
        val != 0
    }

    /// no_server
    ///
    /// A frame was dropped as no-server.
    #[inline(always)]
    pub fn set_no_server(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::NO_SERVER_MASK << Self::NO_SERVER_OFFSET))
            | ((val & Self::NO_SERVER_MASK) << Self::NO_SERVER_OFFSET);
    }

    pub const FLOW_REFUSED_OFFSET: usize = 3;
    pub const FLOW_REFUSED_WIDTH: usize = 1;
    pub const FLOW_REFUSED_MASK: u32 = 0x1;

    /// flow_refused
    ///
    /// The flow table had no room.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn flow_refused(&self) -> bool {
        let val = (self.0 >> Self::FLOW_REFUSED_OFFSET) & Self::FLOW_REFUSED_MASK;
        val != 0
    }

    /// flow_refused
    ///
    /// The flow table had no room.
    #[inline(always)]
    pub fn set_flow_refused(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::FLOW_REFUSED_MASK << Self::FLOW_REFUSED_OFFSET))
            | ((val & Self::FLOW_REFUSED_MASK) << Self::FLOW_REFUSED_OFFSET);
    }

    pub const FLOW_PRESSURE_OFFSET: usize = 4;
    pub const FLOW_PRESSURE_WIDTH: usize = 1;
    pub const FLOW_PRESSURE_MASK: u32 = 0x1;

    /// flow_pressure
    ///
    /// The flow table came under pressure.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn flow_pressure(&self) -> bool {
        let val = (self.0 >> Self::FLOW_PRESSURE_OFFSET) & Self::FLOW_PRESSURE_MASK;
        val != 0
    }

    /// flow_pressure
    ///
    /// The flow table came under pressure.
    #[inline(always)]
    pub fn set_flow_pressure(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::FLOW_PRESSURE_MASK << Self::FLOW_PRESSURE_OFFSET))
            | ((val & Self::FLOW_PRESSURE_MASK) << Self::FLOW_PRESSURE_OFFSET);
    }

    pub const STATION_MOVED_OFFSET: usize = 5;
    pub const STATION_MOVED_WIDTH: usize = 1;
    pub const STATION_MOVED_MASK: u32 = 0x1;

    /// station_moved
    ///
    /// A learned address changed its logical port.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn station_moved(&self) -> bool {
        let val = (self.0 >> Self::STATION_MOVED_OFFSET) & Self::STATION_MOVED_MASK;
        val != 0
    }

    /// station_moved
    ///
    /// A learned address changed its logical port.
    #[inline(always)]
    pub fn set_station_moved(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::STATION_MOVED_MASK << Self::STATION_MOVED_OFFSET))
            | ((val & Self::STATION_MOVED_MASK) << Self::STATION_MOVED_OFFSET);
    }

    pub const FORGED_SOURCE_OFFSET: usize = 6;
    pub const FORGED_SOURCE_WIDTH: usize = 1;
    pub const FORGED_SOURCE_MASK: u32 = 0x1;

    /// forged_source
    ///
    /// A frame was dropped as forged-source.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn forged_source(&self) -> bool {
        let val = (self.0 >> Self::FORGED_SOURCE_OFFSET) & Self::FORGED_SOURCE_MASK;
        val != 0
    }

    /// forged_source
    ///
    /// A frame was dropped as forged-source.
    #[inline(always)]
    pub fn set_forged_source(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::FORGED_SOURCE_MASK << Self::FORGED_SOURCE_OFFSET))
            | ((val & Self::FORGED_SOURCE_MASK) << Self::FORGED_SOURCE_OFFSET);
    }

    pub const ADDRESS_CONFLICT_OFFSET: usize = 7;
    pub const ADDRESS_CONFLICT_WIDTH: usize = 1;
    pub const ADDRESS_CONFLICT_MASK: u32 = 0x1;

    /// address_conflict
    ///
    /// A frame was dropped as address-conflict.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn address_conflict(&self) -> bool {
        let val = (self.0 >> Self::ADDRESS_CONFLICT_OFFSET) & Self::ADDRESS_CONFLICT_MASK;
        val != 0
    }

    /// address_conflict
    ///
    /// A frame was dropped as address-conflict.
    #[inline(always)]
    pub fn set_address_conflict(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::ADDRESS_CONFLICT_MASK << Self::ADDRESS_CONFLICT_OFFSET))
            | ((val & Self::ADDRESS_CONFLICT_MASK) << Self::ADDRESS_CONFLICT_OFFSET);
    }

    pub const FLOW_CONFLICT_OFFSET: usize = 8;
    pub const FLOW_CONFLICT_WIDTH: usize = 1;
    pub const FLOW_CONFLICT_MASK: u32 = 0x1;

    /// flow_conflict
    ///
    /// Two servers had one flow key.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn flow_conflict(&self) -> bool {
        let val = (self.0 >> Self::FLOW_CONFLICT_OFFSET) & Self::FLOW_CONFLICT_MASK;
        val != 0
    }

    /// flow_conflict
    ///
    /// Two servers had one flow key.
    #[inline(always)]
    pub fn set_flow_conflict(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::FLOW_CONFLICT_MASK << Self::FLOW_CONFLICT_OFFSET))
            | ((val & Self::FLOW_CONFLICT_MASK) << Self::FLOW_CONFLICT_OFFSET);
    }

    pub const PUNT_DROPPED_OFFSET: usize = 9;
    pub const PUNT_DROPPED_WIDTH: usize = 1;
    pub const PUNT_DROPPED_MASK: u32 = 0x1;

    /// punt_dropped
    ///
    /// A frame for the host was dropped as limited or off.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn punt_dropped(&self) -> bool {
        let val = (self.0 >> Self::PUNT_DROPPED_OFFSET) & Self::PUNT_DROPPED_MASK;
        val != 0
    }

    /// punt_dropped
    ///
    /// A frame for the host was dropped as limited or off.
    #[inline(always)]
    pub fn set_punt_dropped(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::PUNT_DROPPED_MASK << Self::PUNT_DROPPED_OFFSET))
            | ((val & Self::PUNT_DROPPED_MASK) << Self::PUNT_DROPPED_OFFSET);
    }

    pub const RING_ERROR_OFFSET: usize = 10;
    pub const RING_ERROR_WIDTH: usize = 1;
    pub const RING_ERROR_MASK: u32 = 0x1;

    /// ring_error
    ///
    /// A ring has stopped by an error.
    #[inline(always)]
    #[allow(clippy::missing_panics_doc)]
    #[must_use]
    pub fn ring_error(&self) -> bool {
        let val = (self.0 >> Self::RING_ERROR_OFFSET) & Self::RING_ERROR_MASK;
        val != 0
    }

    /// ring_error
    ///
    /// A ring has stopped by an error.
    #[inline(always)]
    pub fn set_ring_error(&mut self, val: bool) {
        let val = val as u32;
        self.0 = (self.0 & !(Self::RING_ERROR_MASK << Self::RING_ERROR_OFFSET))
            | ((val & Self::RING_ERROR_MASK) << Self::RING_ERROR_OFFSET);
    }
}

impl core::fmt::Debug for EventStatus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EventStatus")
            .field("link", &self.link())
            .field("member_lost", &self.member_lost())
            .field("no_server", &self.no_server())
            .field("flow_refused", &self.flow_refused())
            .field("flow_pressure", &self.flow_pressure())
            .field("station_moved", &self.station_moved())
            .field("forged_source", &self.forged_source())
            .field("address_conflict", &self.address_conflict())
            .field("flow_conflict", &self.flow_conflict())
            .field("punt_dropped", &self.punt_dropped())
            .field("ring_error", &self.ring_error())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_default() {
        let reg = EventStatus::default();
        assert_eq!(reg.link(), false);
        assert_eq!(reg.member_lost(), false);
        assert_eq!(reg.no_server(), false);
        assert_eq!(reg.flow_refused(), false);
        assert_eq!(reg.flow_pressure(), false);
        assert_eq!(reg.station_moved(), false);
        assert_eq!(reg.forged_source(), false);
        assert_eq!(reg.address_conflict(), false);
        assert_eq!(reg.flow_conflict(), false);
        assert_eq!(reg.punt_dropped(), false);
        assert_eq!(reg.ring_error(), false);
    }
}
