//! What a run amounted to: `report.json`, and the same as tables.

mod passed;
mod text;

use flowswitch_sim::card::{CardError, Leeway, Occasions};
use flowswitch_sim::counters::{
    Counters, DROP_REASONS, FlowCounters, MemberCounters, PortCounters, SWALLOWED,
};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

pub use passed::Passed;
pub use text::tables;
pub(crate) use text::{percent, table};

use crate::image::{Plan, PlannedMember};
use crate::timeline::Timeline;

/// Version of the report's format.
pub const FORMAT: u32 = 1;

/// The account of a run. Bytes are without FCS.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// Which card: `rtl` or `model`.
    pub card: &'static str,
    /// Core clock in hertz.
    pub clock_hz: u64,
    /// How far the run came, if it was interrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Interruption>,
    /// Clocks of simulated time, those that were skipped included.
    pub clocks: u64,
    /// Frames that entered at network ports.
    pub frames_in: u64,
    /// Frames that the host sent.
    pub injected: u64,
    /// Frames that the card made itself.
    pub generated: u64,
    /// Extra copies of flooded frames.
    pub copies: u64,
    /// Frames that left by network ports.
    pub frames_out: u64,
    /// Frames that went to the host.
    pub to_host: u64,
    /// Frames that the card took for itself.
    pub consumed: u64,
    /// What became of ARP and neighbour discovery.
    pub address_resolution: AddressResolution,
    /// Drops by reason.
    pub drops: Named<u64>,
    /// Frames still inside.
    pub in_flight: u64,
    /// Where the RTL may have come to something else than the model did; nothing if the card is the RTL.
    pub leeway: Vec<LeewayReport>,
    /// Flows that the card remembers.
    pub flows: FlowReport,
    /// Network ports in order.
    pub ports: Vec<PortReport>,
    /// Servers by name.
    pub servers: Named<MemberReport>,
    /// Routers by name.
    pub routers: Named<MemberReport>,
    /// First beat in to first beat out, of frames that left by network ports; absent if there are none.
    pub latency_clocks: Option<Latency>,
    /// Frames that left and had come in, per clock in which one of them was under way.
    pub frames_per_clock: f64,
}

/// How far a run came that was interrupted. What had entered until then has left, or is accounted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Interruption {
    /// Simulated time in ns.
    pub at_ns: u64,
    /// Frames that had entered.
    pub frames: u64,
    /// Frames of all inputs.
    pub of_frames: u64,
}

/// What the card said for its clusters, routers and host, and what it kept from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressResolution {
    /// Requests and solicitations that the card answered.
    pub answered: u64,
    /// Claims of servers to their own cluster's addresses, which nobody else saw.
    pub swallowed: u64,
    /// Claims of others to a cluster's address, dropped.
    pub conflicts: u64,
    /// Announcements of the clusters' addresses that the card sent.
    pub announcements: u64,
}

/// Occasions on which the RTL may have come to something else than the model did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeewayReport {
    /// What it was, as `docs/src/card/leeway.md` names it.
    pub name: &'static str,
    /// How often.
    pub count: u64,
    /// Simulated time of the first in ns.
    pub first_ns: u64,
    /// Why they may differ.
    pub reason: &'static str,
}

impl LeewayReport {
    fn of((leeway, occasions): (Leeway, Occasions)) -> Self {
        Self {
            name: leeway.name(),
            count: occasions.count,
            first_ns: occasions.first_ns,
            reason: leeway.reason(),
        }
    }
}

/// Flows that the card remembers, and what became of others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlowReport {
    /// Entries in use, expired ones that were not removed yet included.
    pub live: u64,
    /// Entries made.
    pub inserted: u64,
    /// Entries that expired, were flushed, or were given up for want of a slot.
    pub removed: u64,
    /// Flows for which there was no room; each frame of theirs counts.
    pub refused: u64,
    /// Flows that got another server because their own was down.
    pub reassigned: u64,
    /// Flows that began anew.
    pub restarted: u64,
    /// Frames of servers on flows of others.
    pub conflicts: u64,
    /// Datagrams whose first fragment did not come first.
    pub orphan_fragments: u64,
    /// Entries in use by server.
    pub servers: Named<u64>,
}

/// One network port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortReport {
    /// Its number.
    pub port: u8,
    /// Frames received.
    pub rx_frames: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Frames sent.
    pub tx_frames: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
}

/// The load vector of a server or router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberReport {
    /// Frames sent to it.
    pub in_packets: u64,
    /// Frames sent by it.
    pub out_packets: u64,
    /// Bytes sent to it.
    pub in_bytes: u64,
    /// Bytes sent by it.
    pub out_bytes: u64,
}

/// Distribution of the latency in clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Least.
    pub min: u64,
    /// Half of the frames took no longer.
    pub median: u64,
    /// 99 of 100 frames took no longer.
    pub p99: u64,
    /// Most.
    pub max: u64,
}

/// Values by name, in an order that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Report {
    /// The account of what a card did since it was programmed.
    ///
    /// # Errors
    /// What the card reports when its counters are read.
    pub fn new(
        card: &'static str,
        timeline: &mut Timeline<'_>,
        plan: &Plan,
        passed: &Passed,
    ) -> Result<Self, CardError> {
        let clocks = timeline.clocks();
        let active = timeline.active_clocks();
        let counters = timeline.card().counters()?;
        let ports = plan.image.ports.len();
        let (network, host) = counters.ports.split_at(ports.min(counters.ports.len()));
        let host = host.first().copied().unwrap_or_default();
        Ok(Self {
            format: FORMAT,
            card,
            clock_hz: timeline.card().clock_hz(),
            interrupted: None,
            clocks,
            frames_in: network.iter().map(|port| port.received.frames).sum(),
            injected: host.received.frames,
            generated: counters.generated,
            copies: counters.copies,
            frames_out: network.iter().map(|port| port.transmitted.frames).sum(),
            to_host: host.transmitted.frames,
            consumed: counters.consumed,
            address_resolution: AddressResolution::of(&counters),
            drops: drops(&counters),
            in_flight: counters.in_flight,
            leeway: timeline.leeways().iter().map(LeewayReport::of).collect(),
            flows: FlowReport::of(&plan.servers, &counters),
            ports: network
                .iter()
                .zip(0..)
                .map(|(port, number)| port_report(number, port))
                .collect(),
            servers: members(&plan.servers, &counters),
            routers: members(&plan.routers, &counters),
            latency_clocks: passed.latency(),
            frames_per_clock: passed.through() as f64 / active.max(1) as f64,
        })
    }

    /// Both sides of the conservation law: what came into being and what became of it.
    pub fn conservation(&self) -> (u64, u64) {
        let drops: u64 = self.drops.0.iter().map(|(_, frames)| frames).sum();
        (
            self.frames_in + self.injected + self.generated + self.copies,
            self.frames_out + self.to_host + self.consumed + drops + self.in_flight,
        )
    }
}

impl FlowReport {
    fn of(servers: &[PlannedMember], counters: &Counters) -> Self {
        let FlowCounters {
            inserted,
            removed,
            refused,
            reassigned,
            restarted,
            conflicts,
            orphan_fragments,
            ..
        } = counters.flows;
        let live = |server: &PlannedMember| {
            let live = counters.server_flows.get(&server.number).copied();
            (server.name.clone(), live.unwrap_or_default())
        };
        Self {
            live: counters.flows.live(),
            inserted,
            removed,
            refused,
            reassigned,
            restarted,
            conflicts,
            orphan_fragments,
            servers: Named(servers.iter().map(live).collect()),
        }
    }
}

impl AddressResolution {
    fn of(counters: &Counters) -> Self {
        let conflict = DROP_REASONS
            .iter()
            .position(|name| *name == "address-conflict");
        let swallowed = counters.drops[SWALLOWED];
        // A request that is answered is consumed; what else is generated, nobody asked for.
        let answered = counters.consumed.saturating_sub(swallowed);
        Self {
            answered,
            swallowed,
            conflicts: conflict.map_or(0, |place| counters.drops[place + 1]),
            announcements: counters.generated.saturating_sub(answered),
        }
    }
}

/// Every reason, those without a drop too; numbers that have no name yet only if they occur. What is swallowed counts
/// as consumed.
fn drops(counters: &Counters) -> Named<u64> {
    let by_number = counters.drops.iter().enumerate().skip(1);
    let by_number = by_number.filter(|(number, _)| *number != SWALLOWED);
    let named = by_number.filter_map(|(number, frames)| match DROP_REASONS.get(number - 1) {
        Some(name) => Some(((*name).to_owned(), *frames)),
        None => (*frames != 0).then(|| (format!("reason-{number}"), *frames)),
    });
    Named(named.collect())
}

fn port_report(port: u8, counters: &PortCounters) -> PortReport {
    PortReport {
        port,
        rx_frames: counters.received.frames,
        rx_bytes: counters.received.bytes,
        tx_frames: counters.transmitted.frames,
        tx_bytes: counters.transmitted.bytes,
    }
}

fn members(planned: &[PlannedMember], counters: &Counters) -> Named<MemberReport> {
    let report = |member: &PlannedMember| {
        let found = counters.members.get(&member.number).copied();
        let MemberCounters { input, output } = found.unwrap_or_default();
        let report = MemberReport {
            in_packets: input.frames,
            out_packets: output.frames,
            in_bytes: input.bytes,
            out_bytes: output.bytes,
        };
        (member.name.clone(), report)
    };
    Named(planned.iter().map(report).collect())
}
