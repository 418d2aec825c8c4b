//! Counters as the card keeps them: 64 bits, never reset by reading. `docs/src/card/verdicts.md` section 6 defines them.

/// Frames and bytes of one direction; bytes without FCS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames.
    pub frames: u64,
    /// Bytes, FCS not counted.
    pub bytes: u64,
}

impl std::ops::AddAssign for Traffic {
    /// Counters are 64 bits and wrap.
    fn add_assign(&mut self, other: Self) {
        self.frames = self.frames.wrapping_add(other.frames);
        self.bytes = self.bytes.wrapping_add(other.bytes);
    }
}

/// What one port received and transmitted. The host is a port: received is injected, transmitted is to the host.
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

/// Counts that belong to the whole card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Extra copies of flooded frames: for each, egresses less one.
    pub copies: u64,
    /// Frames accepted and not yet transmitted or dropped.
    pub in_flight: u64,
    /// Learning requests skipped because the learner's queue was full.
    pub learning_skipped: u64,
    /// Frames the card made itself: of a network port's share, answers to its requests; of the host's,
    /// announcements.
    pub generated: u64,
}

/// What was counted of flows (`docs/src/card/flows.md`); all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowCounters {
    /// Entries inserted.
    pub inserted: u64,
    /// Entries removed: expired, deleted, or given up before they found a slot.
    pub removed: u64,
    /// Flows for which there was no room, served without an entry.
    pub refused: u64,
    /// Entries that got another server because their own was down.
    pub reassigned: u64,
    /// Entries that began anew with a frame that opens a flow.
    pub restarted: u64,
    /// Frames of a server for an entry of another.
    pub conflicts: u64,
    /// Datagrams whose first fragment did not come first.
    pub orphan_fragments: u64,
    /// Entries of the fragment table overwritten while they were still in force.
    pub fragments_overwritten: u64,
}

impl FlowCounters {
    /// Number of counters.
    pub const COUNT: usize = 8;

    /// Entries in use; exact while none is being inserted or removed.
    pub fn live(&self) -> u64 {
        self.inserted.wrapping_sub(self.removed)
    }

    /// From the counters in the order of their table.
    pub fn from_table(counters: [u64; Self::COUNT]) -> Self {
        let [
            inserted,
            removed,
            refused,
            reassigned,
            restarted,
            conflicts,
            orphan_fragments,
            fragments_overwritten,
        ] = counters;
        Self {
            inserted,
            removed,
            refused,
            reassigned,
            restarted,
            conflicts,
            orphan_fragments,
            fragments_overwritten,
        }
    }
}

/// Number of drop reasons a card counts; reason 0 is unused. Frames of reason 17, `swallowed`, count as consumed.
pub const DROP_REASONS: usize = 32;
/// The last drop reason that has a meaning; those behind it are never counted, and not read.
pub const LAST_DROP_REASON: usize = 22;

impl std::ops::AddAssign for Totals {
    /// Counters are 64 bits and wrap.
    fn add_assign(&mut self, other: Self) {
        self.copies = self.copies.wrapping_add(other.copies);
        self.in_flight = self.in_flight.wrapping_add(other.in_flight);
        self.learning_skipped = self.learning_skipped.wrapping_add(other.learning_skipped);
        self.generated = self.generated.wrapping_add(other.generated);
    }
}
