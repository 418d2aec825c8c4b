//! What the report tells of the frames that left, added up one by one.

use std::collections::BTreeMap;

use flowswitch_sim::card::Departure;

use super::Latency;

/// Frames that left a card.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Network ports; the host's number.
    ports: u8,
    through: u64,
    /// How many frames took so many clocks, of those that came and left by network ports.
    latencies: BTreeMap<u64, u64>,
}

impl Passed {
    /// None yet, by a card with so many network ports.
    pub fn new(ports: u8) -> Self {
        Self {
            ports,
            through: 0,
            latencies: BTreeMap::new(),
        }
    }

    /// Adds a frame. The card's own announcements are no measure of what passes it.
    pub fn add(&mut self, departure: &Departure) {
        if departure.source >= self.ports {
            return;
        }
        self.through += 1;
        if departure.port < self.ports {
            let clocks = departure.clock - departure.arrival_clock;
            *self.latencies.entry(clocks).or_default() += 1;
        }
    }

    /// Frames that came by a network port, those to the host included.
    pub(super) fn through(&self) -> u64 {
        self.through
    }

    /// Of those that left by network ports; none if there are none.
    pub(super) fn latency(&self) -> Option<Latency> {
        let all: u64 = self.latencies.values().sum();
        // Nearest rank: the least value that the given hundredths of all do not exceed.
        let rank = |hundredths: u64| {
            let place = (all * hundredths).div_ceil(100).max(1);
            let mut counted = 0;
            let mut ascending = self.latencies.iter();
            let found = ascending.find(|(_, frames)| {
                counted += **frames;
                counted >= place
            });
            found.map(|(clocks, _)| *clocks)
        };
        Some(Latency {
            min: rank(0)?,
            median: rank(50)?,
            p99: rank(99)?,
            max: rank(100)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use flowswitch_sim::card::Departure;

    use super::{Latency, Passed};

    fn departure(port: u8, source: u8, latency: u64) -> Departure {
        Departure {
            port,
            source,
            arrival_clock: 7,
            clock: 7 + latency,
            at_ns: 0,
            reason: 0,
            data: vec![],
        }
    }

    #[test]
    fn latency_by_nearest_rank_without_the_host() {
        let mut passed = Passed::new(2);
        passed.add(&departure(2, 0, 9_999));
        passed.add(&departure(1, 2, 8_888));
        assert_eq!((passed.latency(), passed.through()), (None, 1));
        for latency in (1..=200).rev() {
            passed.add(&departure(1, 0, latency));
        }
        let expected = Latency {
            min: 1,
            median: 100,
            p99: 198,
            max: 200,
        };
        assert_eq!(passed.latency(), Some(expected));
        assert_eq!(passed.through(), 201);
    }
}
