//! Identification: is it a card, of which interface, and what is in it.

use crate::device::{Device, DeviceError};
use crate::error::Error;
use crate::flow_key::FLOW_SLOTS_LOG2;
use crate::image::{LOGICAL_PORTS, ROUTERS, SERVERS, VIPS};
use crate::register_io::RegisterWindow;

/// "FSW1", first letter in the lowest byte.
const IDENTITY: u32 = u32::from_le_bytes(*b"FSW1");
/// Major version of the register interface that this driver knows.
const MAJOR_VERSION: u16 = 4;

/// What a card was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Network ports, 2 to 8. The host is the port with this number.
    pub ports: u8,
    /// Look-up engines: 1, or as many as ports.
    pub engines: u8,
    /// Service entries.
    pub services: u16,
    /// Servers.
    pub servers: u16,
    /// Routers.
    pub routers: u16,
    /// Base-2 logarithm of the bucket pool.
    pub buckets_log2: u8,
    /// Base-2 logarithm of the forwarding database's sets of four.
    pub fdb_sets_log2: u8,
    /// Logical ports.
    pub logical_ports: u8,
    /// Virtual addresses.
    pub vips: u8,
    /// Base-2 logarithm of the flow table's entries.
    pub flows_log2: u8,
    /// Insertions into the flow table that can wait for a slot.
    pub flow_store: u8,
    /// Beats of 64 bytes per (ingress, egress) queue.
    pub queue_beats: u16,
    /// Minor version of the register interface: 1 and above have the configuration's digest, clearing and the host port's
    /// registers.
    pub minor_version: u16,
    /// Frames to and from the host pass through rings.
    pub rings: bool,
}

impl Capabilities {
    /// Identifies a card. Nothing is written.
    pub(crate) fn identify<D: Device>(device: &mut D) -> Result<Self, Error> {
        let window = RegisterWindow::new(device);
        let registers = window.registers();
        let found = registers.identity().try_read()?.magic();
        if found == u32::MAX {
            return Err(DeviceError::Gone.into());
        }
        if found != IDENTITY {
            return Err(Error::NotACard { found });
        }
        let version = registers.version().try_read()?;
        if version.major() != MAJOR_VERSION {
            let (major, minor) = (version.major(), version.minor());
            return Err(Error::Version {
                major,
                minor,
                known: MAJOR_VERSION,
            });
        }
        let ports = registers.capability_ports().try_read()?;
        let members = registers.capability_members().try_read()?;
        let tables = registers.capability_tables().try_read()?;
        let logical = registers.capability_logical().try_read()?;
        let flow = registers.capability_flow().try_read()?;
        let features = registers.features().try_read()?;
        if !features.flow_table() {
            return Err(Error::NoFlowTable);
        }
        let capabilities = Capabilities {
            ports: ports.ports(),
            engines: ports.engines(),
            services: tables.services(),
            servers: members.servers(),
            routers: members.routers(),
            buckets_log2: tables.buckets_log2(),
            fdb_sets_log2: tables.fdb_sets_log2(),
            logical_ports: logical.logical_ports(),
            vips: logical.vips(),
            flows_log2: flow.entries_log2(),
            flow_store: flow.store(),
            queue_beats: ports.queue_beats(),
            minor_version: version.minor(),
            rings: version.minor() >= 1 && features.rings(),
        };
        capabilities.check()?;
        Ok(capabilities)
    }

    /// Refuses sizes that the register interface cannot address.
    fn check(&self) -> Result<(), Error> {
        let most = [
            ("ports", u32::from(self.ports), 2..=8),
            ("engines", u32::from(self.engines), 1..=8),
            ("services", u32::from(self.services), 1..=1 << 15),
            ("servers", u32::from(self.servers), 1..=u32::from(SERVERS)),
            ("routers", u32::from(self.routers), 1..=u32::from(ROUTERS)),
            ("bucket address bits", u32::from(self.buckets_log2), 1..=17),
            (
                "forwarding database address bits",
                u32::from(self.fdb_sets_log2),
                0..=22,
            ),
            (
                "flow table address bits",
                u32::from(self.flows_log2),
                FLOW_SLOTS_LOG2 + 1..=FLOW_SLOTS_LOG2 + 18,
            ),
            (
                "logical ports",
                u32::from(self.logical_ports),
                1..=u32::from(LOGICAL_PORTS),
            ),
            (
                "virtual addresses",
                u32::from(self.vips),
                1..=u32::from(VIPS),
            ),
        ];
        for (what, value, range) in most {
            if !range.contains(&value) {
                return Err(Error::Capability { what, value });
            }
        }
        Ok(())
    }
}
