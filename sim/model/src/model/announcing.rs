//! Announcements as frames of the host's.

use super::Model;
use crate::build::announcement;
use crate::outcome::{Outcome, Verdict};
use crate::setup::LogicalPort;
use crate::verdict::Judgement;

impl Model {
    /// Whether there is something to announce now.
    pub fn has_announcement(&self) -> bool {
        self.next_announcement().is_some()
    }

    /// The logical port by which the next announcement that is due would leave.
    pub(crate) fn next_announcement(&self) -> Option<u8> {
        if self.announcer.is_quiet() {
            return None;
        }
        let (able, vips) = self.announcing();
        self.announcer.peek(able, vips)
    }

    /// Whether the logical port of the last announcement has another one.
    pub(crate) fn announces_further(&self) -> bool {
        self.announcer.is_within_turn()
    }

    /// The next announcement that is due, counted as generated: a frame of the host's. Those of a logical port are
    /// due when the interval is set from 0, when its link comes up, and in some ticks.
    pub fn announce(&mut self) -> Option<Outcome> {
        if self.announcer.is_quiet() {
            return None;
        }
        let (able, vips) = self.announcing();
        let (logical_port, vip) = self.announcer.next(able, vips)?;
        let (to, vip) = (
            self.tables.logical_port(logical_port)?,
            self.tables.vip(vip)?,
        );
        let frame = announcement(vip.address, self.tables.virtual_mac(vip), to.number());
        let why = format!("{} by logical port {logical_port}", vip.address);
        let judgement = Judgement::new(0, Verdict::Injected(to.port), why);
        let host = self.ports();
        self.counters.ports[usize::from(host)].generated += 1;
        Some(self.conclude(host, &frame, judgement))
    }

    /// The logical ports by which addresses can be announced, a bit each, and the number of addresses.
    fn announcing(&self) -> (u64, u8) {
        let able = self.logical_ports(|logical_port| {
            logical_port.announce && self.tables.link_is_up(logical_port.port)
        });
        (able, self.tables.setup.vips.len() as u8)
    }

    pub(super) fn logical_ports(&self, which: impl Fn(&LogicalPort) -> bool) -> u64 {
        self.tables
            .logical_ports(u64::MAX)
            .filter(|(_, logical_port)| which(logical_port))
            .fold(0, |set, (number, _)| set | 1 << number)
    }
}
