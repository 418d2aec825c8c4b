//! Up bits of members, and what follows from them.

use crate::card::Card;
use crate::device::Device;
use crate::error::Error;
use crate::image::SERVERS;
use crate::tables::{Entry, MemberEntry, ServerVips, Table, VipPorts};

impl<D: Device> Card<D> {
    /// Sets or clears a member's up bit, and brings the live logical ports of a server's virtual addresses up to
    /// date; everything else in its entry stays.
    ///
    /// # Errors
    /// [`Error::NoSuchMember`] if the card holds no such member; see [`Error`].
    pub fn set_member_up(&mut self, member: u16, up: bool) -> Result<(), Error> {
        let index = u32::from(member);
        let mut entry = match self.read_entry::<Option<MemberEntry>>(index) {
            Ok(Some(entry)) => entry,
            Ok(None) | Err(Error::Refused { .. }) => return Err(Error::NoSuchMember(member)),
            Err(error) => return Err(error),
        };
        entry.member.up = up;
        self.write_entry(index, &Some(entry))?;
        if member >= SERVERS {
            return Ok(());
        }
        if !self.state.known {
            self.read_back()?;
        }
        let vips = ServerVips::decode(&self.state.entry(Table::ServerVips, index));
        for vip in (0..64).filter(|vip| vips.0 >> vip & 1 == 1) {
            let old = VipPorts::decode(&self.state.entry(Table::VipPorts, vip));
            let new = VipPorts {
                live: self.live_ports(vip),
                ..old
            };
            if new != old {
                self.write_entry(vip, &new)?;
            }
        }
        Ok(())
    }

    /// The logical ports that have a server of this virtual address that was last set up.
    fn live_ports(&self, vip: u32) -> u64 {
        let servers = self.state.entries(Table::ServerVips);
        let servers = servers.filter(|(_, words)| ServerVips::decode(words).0 >> vip & 1 == 1);
        let up = servers.filter(|(server, _)| self.state.last_up(*server));
        let entries = up.map(|(server, _)| self.state.entry(Table::Member, server));
        let members = entries.filter_map(|words| <Option<MemberEntry>>::decode(&words));
        members.fold(0, |ports, entry| ports | 1 << entry.member.logical_port)
    }
}
