//! Counters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the card has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// When it was read.
    pub unix_ms: u64,
    /// The card's time then, in ns.
    pub card_ns: u64,
    /// Network ports by number.
    pub ports: Vec<PortCounts>,
    /// Servers, each once, in the order of the configuration.
    pub servers: Vec<MemberCounts>,
    /// Routers in the order of the configuration.
    pub routers: Vec<MemberCounts>,
    /// Drops of all ports by reason, in the order of their numbers.
    pub drops: Vec<DropCount>,
    /// Live flows in the table.
    pub live_flows: u64,
    /// Flows inserted.
    pub flows_inserted: u64,
    /// Flows that found no room.
    pub flows_refused: u64,
    /// What the health checks have sent and met, since the daemon began.
    #[serde(default)]
    pub probes: ProbeCounts,
}

/// Counters of all probes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProbeCounts {
    /// Probes begun.
    pub begun: u64,
    /// Probes given up without a result, as when their check changed or nothing of them could be sent.
    pub abandoned: u64,
    /// Frames that the card sent to the host and that are no answer of a probe.
    pub frames_refused: u64,
    /// Frames of probes given up because too many waited for the card.
    pub frames_lost: u64,
    /// 99 of 100 probes began no more than so many us after their time.
    pub late_p99_us: u64,
}

/// Frames and bytes (without FCS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Traffic {
    /// Frames.
    pub frames: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A network port's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortCounts {
    /// Its number.
    pub port: u8,
    /// Its name in the configuration, or its number.
    pub name: String,
    /// Received.
    pub received: Traffic,
    /// Transmitted.
    pub transmitted: Traffic,
    /// Dropped of what it received, all reasons.
    pub dropped: u64,
}

/// A server's or router's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberCounts {
    /// Its name.
    pub name: String,
    /// Sent to it.
    pub to: Traffic,
    /// Come from it.
    pub from: Traffic,
    /// Flows that it has; 0 for routers.
    pub live_flows: u64,
}

/// Drops for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DropCount {
    /// The reason, as on the verdicts page.
    pub reason: String,
    /// Frames.
    pub frames: u64,
}
