//! Counters of a card, as `docs/src/card/verdicts.md` section 6 defines them.

use std::collections::BTreeMap;

/// Names of the drop reasons by number, from 1.
pub const DROP_REASONS: [&str; 22] = [
    "bad-frame",
    "runt",
    "giant",
    "pause",
    "forged-source",
    "not-ours",
    "no-service",
    "no-server",
    "no-router",
    "filtered",
    "no-port",
    "unknown-destination",
    "link-down",
    "egress-full",
    "host-full",
    "lookup-overrun",
    "swallowed",
    "address-conflict",
    "vlan-filtered",
    "isolated",
    "fragment",
    "hidden-discovery",
];

/// The number of `swallowed`: its frames count as consumed, not as dropped.
pub const SWALLOWED: usize = 17;

/// Frames and bytes (without FCS) of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames.
    pub frames: u64,
    /// Bytes, FCS not counted.
    pub bytes: u64,
}

/// One port, the host included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortCounters {
    /// Into the card.
    pub received: Traffic,
    /// Out of the card.
    pub transmitted: Traffic,
}

/// The load vector of a server or router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberCounters {
    /// Sent to the member.
    pub input: Traffic,
    /// Sent by the member.
    pub output: Traffic,
}

/// What was counted of flows, as `docs/src/card/tables.md` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowCounters {
    /// Entries inserted.
    pub inserted: u64,
    /// Entries removed: expired, deleted, or given up for want of a slot.
    pub removed: u64,
    /// Flows for which there was no room.
    pub refused: u64,
    /// Entries that got another server because their own was down.
    pub reassigned: u64,
    /// Entries that began anew.
    pub restarted: u64,
    /// Frames of a server on an entry of another.
    pub conflicts: u64,
    /// Datagrams whose first fragment did not come first.
    pub orphan_fragments: u64,
    /// Entries of the fragment table overwritten while they were in force.
    pub fragments_overwritten: u64,
}

impl FlowCounters {
    /// Entries in use, expired ones that were not removed yet included.
    pub fn live(&self) -> u64 {
        self.inserted.wrapping_sub(self.removed)
    }
}

/// All counters of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Network ports in order, then the host.
    pub ports: Vec<PortCounters>,
    /// Members that the image names.
    pub members: BTreeMap<u16, MemberCounters>,
    /// Drops by reason number; index 0 is unused.
    pub drops: [u64; 32],
    /// Extra copies of frames that left in several.
    pub copies: u64,
    /// Frames that the card made itself: answers and announcements.
    pub generated: u64,
    /// Frames that the card took for itself: those it swallowed, and the requests it answered.
    pub consumed: u64,
    /// Frames inside the card.
    pub in_flight: u64,
    /// Flows.
    pub flows: FlowCounters,
    /// Entries of the flow table, by server that the image names.
    pub server_flows: BTreeMap<u16, u64>,
    /// Learning steps left out because the learner's queue was full.
    pub learning_skipped: u64,
}

impl Counters {
    /// Frames and copies dropped for all reasons; those swallowed are consumed.
    pub fn dropped(&self) -> u64 {
        self.drops.iter().sum::<u64>() - self.drops[SWALLOWED]
    }

    /// Both sides of the conservation law: `frames_in + injected + generated + copies` and
    /// `frames_out + to_host + consumed + drops + in_flight`.
    pub fn conservation(&self) -> (u64, u64) {
        let into: u64 = self.ports.iter().map(|p| p.received.frames).sum();
        let out: u64 = self.ports.iter().map(|p| p.transmitted.frames).sum();
        (
            into + self.generated + self.copies,
            out + self.consumed + self.dropped() + self.in_flight,
        )
    }
}
