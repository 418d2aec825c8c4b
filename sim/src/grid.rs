//! Simulated time lies on the grid of the core clock: slot `k` is at `k * 1e9 / hz` ns, rounded down.

/// Nanoseconds in a second.
const SECOND_NS: u128 = 1_000_000_000;

/// The grid of a core clock of at most 1 GHz.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    hz: u64,
}

impl Grid {
    /// Of a clock of `hz` hertz; 0 counts as 1.
    pub fn new(hz: u64) -> Self {
        Self { hz: hz.max(1) }
    }

    /// The time of a slot in ns.
    pub fn time_of(self, slot: u64) -> u64 {
        whole(u128::from(slot) * SECOND_NS / u128::from(self.hz))
    }

    /// The first slot whose time is not below `ns`: that of a time on the grid, and that in which a frame enters which
    /// is due then.
    pub fn slot_at(self, ns: u64) -> u64 {
        whole((u128::from(ns) * u128::from(self.hz)).div_ceil(SECOND_NS))
    }
}

fn whole(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Grid;

    #[test]
    fn every_slot_is_told_by_its_time() {
        for hz in [1, 250_000_000, 322_265_625, 999_999_999, 1_000_000_000] {
            let grid = Grid::new(hz);
            // A slow clock's slots are as far as their times in ns can be told.
            let last = u64::try_from(u128::from(u64::MAX) * u128::from(hz) / 1_000_000_000)
                .unwrap_or(u64::MAX);
            let far = [1 << 30, (1 << 40) + 7]
                .into_iter()
                .filter(|slot| *slot < last);
            for slot in (0..1_000).chain(far) {
                assert_eq!(grid.slot_at(grid.time_of(slot)), slot, "{hz} Hz");
                assert_eq!(grid.slot_at(grid.time_of(slot) + 1), slot + 1, "{hz} Hz");
            }
        }
    }
}
