//! Which server has which flow: sections 2 and 6 of the flows page, by the true keys instead of their hashes.

use crate::outcome::FlowEvent;
use crate::parse::{ICMP, Ip, SCTP, Segment, TCP, UDP, has_spi};
use crate::server_flows::ServerFlows;
use crate::setup::{Cluster, FIRST_ROUTER};
use crate::window::ICMPV6;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Entries of a card's flow table.
pub const FLOWS: usize = 65_536;
/// With more entries than this the table is under pressure.
const PRESSURE: usize = FLOWS / 4 * 3;
/// Ticks for which an entry stays unconfirmed under pressure, at most.
const PRESSED_TICKS: u64 = 3;
/// With more entries than this an insertion may find both its rows full in a card.
pub(crate) const CROWDED: usize = FLOWS / 2;

/// What names a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// The client's address, or its first bits.
    pub client: IpAddr,
    /// The cluster's address; of the same family.
    pub cluster: IpAddr,
    /// What tells flows of the two addresses apart.
    pub part: FlowPart,
}

/// Which of the flows between two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowPart {
    /// All of them.
    Everything,
    /// Those of a protocol.
    Protocol(u8),
    /// One, by ports or the halves of the SPI.
    Layer4 {
        /// The protocol.
        protocol: u8,
        /// The client's port.
        client: u16,
        /// The cluster's port.
        cluster: u16,
    },
}

/// How far a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FlowState {
    /// Begun by a client.
    Unconfirmed = 1,
    /// Both sides have spoken.
    Established = 2,
    /// Being closed.
    Fin = 3,
    /// Reset.
    Rst = 4,
    /// Begun by a server.
    Opened = 5,
}

impl FlowState {
    /// The state's number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// A flow that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Its name.
    pub key: FlowKey,
    /// The server that has it, by member number.
    pub server: u16,
    /// How far it is.
    pub state: FlowState,
    /// The cluster it was made for.
    pub cluster: u8,
    /// Unconfirmed, opened: the tick of the last frame; else that in which it expires.
    pub stamp: u64,
}

/// Counters of flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowCounters {
    /// Entries made.
    pub inserted: u64,
    /// Entries that expired, seen at the next tick, or were given up.
    pub removed: u64,
    /// Flows that found no room.
    pub refused: u64,
    /// Flows whose server could not take them any more.
    pub reassigned: u64,
    /// Flows that began anew.
    pub restarted: u64,
    /// Frames of servers on flows of others.
    pub conflicts: u64,
    /// Fragments that came before the first one of their datagram.
    pub orphans: u64,
    /// Entries of the fragment table that were overwritten while they lived.
    pub fragments_overwritten: u64,
}

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) server: u16,
    pub(crate) state: FlowState,
    pub(crate) cluster: u8,
    /// As [`Flow::stamp`].
    pub(crate) stamp: u64,
}

/// The flow of a frame, and what the frame is to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) key: FlowKey,
    /// It may change the entry; else it is looked up only.
    pub(crate) tracked: bool,
    pub(crate) persistent: bool,
    pub(crate) reverse: bool,
    protocol: Option<u8>,
    ipsec_ports: bool,
    segment: Segment,
}

/// Which way the packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To a virtual address.
    Forward,
    /// From one.
    Reverse,
}

impl Question {
    /// What a packet asks; `None` if it is not looked up. `client_bits` are those of its family.
    pub(crate) fn new(ip: &Ip, way: Way, persistent: bool, client_bits: u8) -> Option<Self> {
        let reverse = way == Way::Reverse;
        let quoted = ip.quote == crate::parse::Quote::Readable;
        let later = ip.fragment.is_some_and(|fragment| fragment.later);
        let tracked = !quoted
            && if persistent {
                !later
            } else {
                match (ip.protocol, ip.layer4) {
                    (Some(protocol), Some(_)) => !(reverse && has_spi(protocol)),
                    (Some(protocol), None) => {
                        let told_by_word = matches!(protocol, TCP | UDP | SCTP);
                        !told_by_word && !has_spi(protocol) && !matches!(protocol, ICMP | ICMPV6)
                    }
                    (None, _) => false,
                }
            };
        if !tracked && (reverse || !(quoted || (persistent && later))) {
            return None;
        }
        let (client, cluster) = if reverse {
            (ip.destination, ip.source)
        } else {
            (ip.source, ip.destination)
        };
        let halves = ip.layer4.map(|[a, b, c, d]| {
            let (source, destination) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            if reverse {
                (destination, source)
            } else {
                (source, destination)
            }
        });
        let key = FlowKey {
            client: if persistent {
                first_bits(client, client_bits)
            } else {
                client
            },
            cluster,
            part: match (ip.protocol, halves) {
                _ if persistent => FlowPart::Everything,
                (Some(protocol), Some((client, cluster))) => FlowPart::Layer4 {
                    protocol,
                    client,
                    cluster,
                },
                (Some(protocol), None) => FlowPart::Protocol(protocol),
                (None, _) => return None,
            },
        };
        let ipsec = |port| matches!(port, 500 | 4_500);
        Some(Self {
            key,
            tracked,
            persistent,
            reverse,
            protocol: ip.protocol,
            ipsec_ports: halves.is_some_and(|(client, cluster)| ipsec(client) || ipsec(cluster)),
            segment: ip.segment,
        })
    }

    /// The first frame of a flow, as far as the choice of a server is concerned.
    pub(crate) fn may_choose(&self) -> bool {
        self.tracked && matches!(self.segment, Segment::Start | Segment::Datagram)
    }

    /// It begins a flow anew that was there before.
    pub(crate) fn starts(&self) -> bool {
        self.tracked && self.effective() == Segment::Start
    }

    /// Nothing begins with it.
    pub(crate) fn resets(&self) -> bool {
        self.effective() == Segment::Reset
    }

    /// What the segment is to the state of an entry: a client's beginnings and ends are not those of its flows.
    fn effective(&self) -> Segment {
        match self.segment {
            Segment::Start | Segment::Fin | Segment::Reset if self.persistent => Segment::Middle,
            segment => segment,
        }
    }

    /// The age of its kind.
    fn age(&self, cluster: &Cluster) -> u64 {
        let age = match self.protocol {
            Some(TCP | SCTP) => cluster.tcp,
            Some(UDP) if self.ipsec_ports => cluster.ipsec,
            Some(UDP) => cluster.udp,
            Some(protocol) if has_spi(protocol) => cluster.ipsec,
            _ => cluster.other,
        };
        age.into()
    }

    /// An entry that begins with the frame.
    pub(crate) fn new_entry(&self, server: u16, cluster: u8, tick: u64) -> Entry {
        let entry = Entry::unconfirmed(server, cluster, tick);
        if self.reverse {
            Entry {
                state: FlowState::Opened,
                ..entry
            }
        } else {
            entry
        }
    }

    /// The entry after the frame, as the table of section 3 has it.
    pub(crate) fn after(&self, entry: Entry, cluster: &Cluster, tick: u64) -> Entry {
        use FlowState::{Established, Fin, Opened, Rst, Unconfirmed};
        let segment = self.effective();
        let (reset, fin) = (segment == Segment::Reset, segment == Segment::Fin);
        let spi = self.protocol.is_some_and(has_spi) && !self.persistent;
        let further = (cluster.bypass || spi) && segment != Segment::Start && !reset;
        let state = match (entry.state, self.reverse) {
            (Unconfirmed, false) if further => Established,
            (Unconfirmed, false) => Unconfirmed,
            (Unconfirmed | Rst, _) | (Opened, _) if reset => return entry,
            (Opened, true) => Opened,
            (Unconfirmed | Rst | Opened, _) if fin => Fin,
            (Unconfirmed | Rst | Opened, _) => Established,
            (Established, _) if fin => Fin,
            (Established | Fin, _) if reset => Rst,
            (state @ (Established | Fin), _) => state,
        };
        let stamp = match state {
            Unconfirmed | Opened => tick,
            Established => tick + self.age(cluster),
            Fin => tick + u64::from(cluster.fin),
            Rst => tick + u64::from(cluster.rst),
        };
        let stays = state == entry.state && matches!(state, Established | Fin);
        Entry {
            state,
            stamp: if stays { stamp.max(entry.stamp) } else { stamp },
            ..entry
        }
    }
}

impl Entry {
    /// An entry that a client's frame begins.
    pub(crate) fn unconfirmed(server: u16, cluster: u8, tick: u64) -> Self {
        Self {
            server,
            state: FlowState::Unconfirmed,
            cluster,
            stamp: tick,
        }
    }

    /// The same flow of another server.
    pub(crate) fn of(self, server: u16) -> Self {
        Self { server, ..self }
    }

    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.state, FlowState::Fin | FlowState::Rst)
    }

    pub(crate) fn is_established(&self) -> bool {
        self.state == FlowState::Established
    }

    fn expired(&self, cluster: &Cluster, tick: u64, pressure: bool) -> bool {
        match self.state {
            FlowState::Unconfirmed | FlowState::Opened => {
                let age = u64::from(cluster.unconfirmed);
                let age = if pressure {
                    age.min(PRESSED_TICKS)
                } else {
                    age
                };
                tick.saturating_sub(self.stamp) >= age
            }
            _ => tick >= self.stamp,
        }
    }
}

/// The flow table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flows {
    entries: HashMap<FlowKey, Entry>,
    /// Also what passes from one to another.
    servers: ServerFlows,
    counters: FlowCounters,
}

impl Flows {
    /// The entry of a flow, if it has not expired. `clusters` are those of the setup.
    pub(crate) fn live(&self, key: &FlowKey, clusters: &[Cluster], tick: u64) -> Option<Entry> {
        let entry = *self.entries.get(key)?;
        let cluster = cluster_of(clusters, entry.cluster);
        (!entry.expired(&cluster, tick, self.pressure())).then_some(entry)
    }

    /// Whether the flow can have an entry: it has an expired one, or there is one to spare.
    pub(crate) fn has_room(&self, key: &FlowKey) -> bool {
        self.entries.len() < FLOWS || self.entries.contains_key(key)
    }

    /// Whether as many flows as this are remembered.
    pub(crate) fn holds(&self, count: usize) -> bool {
        self.entries.len() >= count
    }

    fn pressure(&self) -> bool {
        self.entries.len() > PRESSURE
    }

    /// What each server gained and lost.
    pub(crate) fn servers(&self) -> &ServerFlows {
        &self.servers
    }

    pub(crate) fn set_clock(&mut self, clock: u64, slot: u64) {
        self.servers.set_clock(clock, slot);
    }

    pub(crate) fn counters(&self) -> &FlowCounters {
        &self.counters
    }

    pub(crate) fn flows(&self, clusters: &[Cluster], tick: u64) -> Vec<Flow> {
        let live = self
            .entries
            .keys()
            .filter_map(|key| Some((*key, self.live(key, clusters, tick)?)));
        let mut flows: Vec<_> = live
            .map(|(key, entry)| Flow {
                key,
                server: entry.server,
                state: entry.state,
                cluster: entry.cluster,
                stamp: entry.stamp,
            })
            .collect();
        flows.sort_unstable();
        flows
    }

    /// Writes an entry. One made anew counts as two, the old one having expired.
    pub(crate) fn write(&mut self, key: FlowKey, entry: Entry, anew: bool) {
        let before = self.entries.insert(key, entry);
        if anew || before.is_none() {
            if let Some(before) = before {
                self.remove_from(before.server);
            }
            self.counters.inserted += 1;
            self.servers.gain(entry.server);
        } else if let Some(before) = before.filter(|before| before.server != entry.server) {
            self.servers.lose(before.server);
            self.servers.gain(entry.server);
        }
    }

    pub(crate) fn count(&mut self, event: FlowEvent) {
        let counter = match event {
            FlowEvent::Refused => &mut self.counters.refused,
            FlowEvent::Reassigned => &mut self.counters.reassigned,
            FlowEvent::Restarted => &mut self.counters.restarted,
            FlowEvent::Conflict => &mut self.counters.conflicts,
            FlowEvent::Orphan => &mut self.counters.orphans,
            // Entries count themselves.
            FlowEvent::None
            | FlowEvent::Found
            | FlowEvent::Inserted
            | FlowEvent::FollowsFragment => return,
        };
        *counter += 1;
    }

    pub(crate) fn count_overwritten_fragment(&mut self) {
        self.counters.fragments_overwritten += 1;
    }

    /// Gives up what has expired.
    pub(crate) fn sweep(&mut self, clusters: &[Cluster], tick: u64) {
        let pressure = self.pressure();
        let mut lost = Vec::new();
        self.entries.retain(|_, entry| {
            let cluster = cluster_of(clusters, entry.cluster);
            let expired = entry.expired(&cluster, tick, pressure);
            if expired {
                lost.push(entry.server);
            }
            !expired
        });
        for server in lost {
            self.remove_from(server);
        }
    }

    /// Has a flow be another server's from its beginning on.
    pub(crate) fn correct(&mut self, key: &FlowKey, server: u16) -> bool {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        let before = std::mem::replace(&mut entry.server, server);
        self.servers.correct(before, server);
        true
    }

    /// Forgets a flow; false if there was none.
    pub(crate) fn delete(&mut self, key: &FlowKey) -> bool {
        let Some(entry) = self.entries.remove(key) else {
            return false;
        };
        self.remove_from(entry.server);
        true
    }

    /// Forgets the flows of a server; returns their number.
    pub(crate) fn flush(&mut self, server: u16) -> usize {
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.server != server);
        let lost = before - self.entries.len();
        for _ in 0..lost {
            self.remove_from(server);
        }
        lost
    }

    /// Forgets everything, as when a new seed is drawn.
    pub(crate) fn clear(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        for entry in entries.into_values() {
            self.remove_from(entry.server);
        }
    }

    fn remove_from(&mut self, server: u16) {
        self.counters.removed += 1;
        self.servers.lose(server);
    }
}

/// What holds for a cluster; ages of one that the setup does not have are 0, as table entries of zeros say.
pub(crate) fn cluster_of(clusters: &[Cluster], number: u8) -> Cluster {
    clusters
        .get(usize::from(number))
        .copied()
        .unwrap_or_default()
}

/// The address with all but its first bits zero.
pub(crate) fn first_bits(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(32u32.saturating_sub(bits.into()))
                .unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(128u32.saturating_sub(bits.into()))
                .unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

const _: () = assert!(
    FIRST_ROUTER == 1 << 10,
    "an entry names a server by 10 bits"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bits_of_addresses() {
        let four = |bits| first_bits([203, 0, 113, 7].into(), bits);
        assert_eq!(four(32), IpAddr::from([203, 0, 113, 7]));
        assert_eq!(four(30), IpAddr::from([203, 0, 113, 4]));
        assert_eq!(four(8), IpAddr::from([203, 0, 0, 0]));
        assert_eq!(four(0), IpAddr::from([0, 0, 0, 0]));
        let six = |bits| first_bits([0x2001, 0xdb8, 0, 1, 0, 0, 0, 7].into(), bits);
        assert_eq!(six(128), IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, 7]));
        assert_eq!(six(64), IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, 0]));
        assert_eq!(six(0), IpAddr::from([0u16; 8]));
    }
}
