//! What a prober counts.

/// Counters of a prober since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProberStatistics {
    /// Probes begun.
    pub probes: u64,
    /// Probes that passed.
    pub passed: u64,
    /// Probes that failed.
    pub failed: u64,
    /// Probes given up without a result: their check, link or station changed, or nothing of them could be sent. They count for nothing.
    pub abandoned: u64,
    /// Frames taken as part of a probe.
    pub accepted: u64,
    /// Frames for the station itself that were answered (ARP, neighbour discovery, echo).
    pub answered: u64,
    /// Frames refused.
    pub refused: Refused,
    /// Times that the host ring had no room; the frame was tried again.
    pub ring_full: u64,
    /// Frames given up because too many waited for the host ring.
    pub frames_lost: u64,
    /// How much later than planned probes began.
    pub lateness: Lateness,
}

/// Frames refused, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Cut short, or its lengths or checksums are wrong.
    pub malformed: u64,
    /// Not to the station's MAC or address, or a protocol that is not asked for.
    pub not_ours: u64,
    /// From a MAC, port or VLAN where no target is.
    pub stranger: u64,
    /// From a target, but no probe of it waits for this.
    pub unexpected: u64,
    /// A fragment.
    pub fragment: u64,
}

impl Refused {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.malformed + self.not_ours + self.stranger + self.unexpected + self.fragment
    }
}

/// A histogram of how much later than planned something happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// Entry `i` counts those later than `2^(i-1)` us, at most `2^i` us; the first those at most 1 us late, the last all later.
    pub buckets: [u64; Self::BUCKETS],
    /// The latest, in us.
    pub longest_us: u64,
}

impl Lateness {
    /// Entries of the histogram: the last bound is 262 ms.
    pub const BUCKETS: usize = 20;

    /// Upper bound of an entry in us; none for the last.
    pub fn bound_us(entry: usize) -> Option<u64> {
        (entry + 1 < Self::BUCKETS).then(|| 1 << entry)
    }

    /// All that are counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The bound in us that `per_mille` of 1,000 do not pass; the longest where the entry has no bound, 0 if nothing is counted.
    pub fn quantile_us(&self, per_mille: u64) -> u64 {
        let wanted = (self.count() * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (entry, count) in self.buckets.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= wanted {
                return Self::bound_us(entry)
                    .map_or(self.longest_us, |bound| bound.min(self.longest_us));
            }
        }
        self.longest_us
    }

    /// Counts one.
    pub(crate) fn record(&mut self, late_ns: u64) {
        let late_us = late_ns / 1000;
        let entry = late_us.max(1).next_power_of_two().trailing_zeros() as usize;
        self.buckets[entry.min(Self::BUCKETS - 1)] += 1;
        self.longest_us = self.longest_us.max(late_us);
    }
}
