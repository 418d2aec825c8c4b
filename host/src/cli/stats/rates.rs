//! Rates: what was counted between two readings, for each second.

use flowswitch_api::{DropCount, FORMAT, MemberCounts, PortCounts, Statistics, Traffic};
use serde::Serialize;

/// What passed in a second, on average over an interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::cli) struct Rates {
    pub(in crate::cli) format: u32,
    /// From the first reading to the second.
    pub(in crate::cli) interval_ms: u64,
    pub(in crate::cli) ports: Vec<PortRates>,
    pub(in crate::cli) servers: Vec<MemberRates>,
    pub(in crate::cli) routers: Vec<MemberRates>,
    pub(in crate::cli) drops: Vec<DropRate>,
    /// At the second reading.
    pub(in crate::cli) live_flows: u64,
    pub(in crate::cli) flows_inserted_per_s: f64,
    pub(in crate::cli) flows_refused_per_s: f64,
}

/// Frames and bytes (without FCS) a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(in crate::cli) struct TrafficRate {
    pub(in crate::cli) frames_per_s: f64,
    pub(in crate::cli) bytes_per_s: f64,
}

/// A network port's rates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::cli) struct PortRates {
    pub(in crate::cli) port: u8,
    pub(in crate::cli) name: String,
    pub(in crate::cli) received: TrafficRate,
    pub(in crate::cli) transmitted: TrafficRate,
    pub(in crate::cli) dropped_per_s: f64,
}

/// A server's or router's rates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::cli) struct MemberRates {
    pub(in crate::cli) name: String,
    pub(in crate::cli) to: TrafficRate,
    pub(in crate::cli) from: TrafficRate,
    pub(in crate::cli) live_flows: u64,
}

/// Drops a second for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::cli) struct DropRate {
    pub(in crate::cli) reason: String,
    pub(in crate::cli) frames_per_s: f64,
}

/// The interval between two readings.
#[derive(Clone, Copy)]
struct Interval {
    ms: u64,
}

impl Interval {
    /// A counter that is less than before began anew with its card. One that was not there before has no rate yet.
    fn rate(self, before: Option<u64>, after: u64) -> f64 {
        let passed = match before {
            None => 0,
            Some(before) if after < before => after,
            Some(before) => after - before,
        };
        passed as f64 * 1e3 / self.ms as f64
    }

    fn traffic(self, before: Option<Traffic>, after: Traffic) -> TrafficRate {
        TrafficRate {
            frames_per_s: self.rate(before.map(|before| before.frames), after.frames),
            bytes_per_s: self.rate(before.map(|before| before.bytes), after.bytes),
        }
    }

    fn port(self, before: &[PortCounts], after: &PortCounts) -> PortRates {
        let before = before.iter().find(|before| before.port == after.port);
        PortRates {
            port: after.port,
            name: after.name.clone(),
            received: self.traffic(before.map(|before| before.received), after.received),
            transmitted: self.traffic(before.map(|before| before.transmitted), after.transmitted),
            dropped_per_s: self.rate(before.map(|before| before.dropped), after.dropped),
        }
    }

    fn member(self, before: &[MemberCounts], after: &MemberCounts) -> MemberRates {
        let before = before.iter().find(|before| before.name == after.name);
        MemberRates {
            name: after.name.clone(),
            to: self.traffic(before.map(|before| before.to), after.to),
            from: self.traffic(before.map(|before| before.from), after.from),
            live_flows: after.live_flows,
        }
    }

    fn drops(self, before: &[DropCount], after: &DropCount) -> DropRate {
        let before = before.iter().find(|before| before.reason == after.reason);
        DropRate {
            reason: after.reason.clone(),
            frames_per_s: self.rate(before.map(|before| before.frames), after.frames),
        }
    }
}

impl Rates {
    /// None if no time has passed between the readings, or the daemon's clock was set back.
    pub(in crate::cli) fn between(before: &Statistics, after: &Statistics) -> Option<Self> {
        let ms = after.unix_ms.checked_sub(before.unix_ms)?;
        let interval = (ms > 0).then_some(Interval { ms })?;
        let members = |before: &[MemberCounts], after: &[MemberCounts]| {
            let rates = after.iter().map(|after| interval.member(before, after));
            rates.collect()
        };
        Some(Self {
            format: FORMAT,
            interval_ms: ms,
            ports: (after.ports.iter())
                .map(|after| interval.port(&before.ports, after))
                .collect(),
            servers: members(&before.servers, &after.servers),
            routers: members(&before.routers, &after.routers),
            drops: (after.drops.iter())
                .map(|after| interval.drops(&before.drops, after))
                .collect(),
            live_flows: after.live_flows,
            flows_inserted_per_s: interval.rate(Some(before.flows_inserted), after.flows_inserted),
            flows_refused_per_s: interval.rate(Some(before.flows_refused), after.flows_refused),
        })
    }
}

#[cfg(test)]
mod tests {
    use flowswitch_api::{DropCount, MemberCounts, Statistics, Traffic};

    use super::Rates;

    fn reading(unix_ms: u64, frames: u64, name: &str) -> Statistics {
        let traffic = Traffic {
            frames,
            bytes: frames * 100,
        };
        Statistics {
            unix_ms,
            servers: vec![MemberCounts {
                name: name.to_owned(),
                to: traffic,
                from: traffic,
                live_flows: 5,
            }],
            drops: vec![DropCount {
                reason: "runt".to_owned(),
                frames,
            }],
            ..Statistics::default()
        }
    }

    #[test]
    fn differences_by_the_time_between() {
        let rates = Rates::between(&reading(1_000, 10, "a"), &reading(1_500, 60, "a"));
        let rates = rates.expect("half a second");
        assert_eq!(rates.interval_ms, 500);
        assert_eq!(rates.servers[0].to.frames_per_s, 100.0);
        assert_eq!(rates.servers[0].from.bytes_per_s, 10_000.0);
        assert_eq!(rates.drops[0].frames_per_s, 100.0);
    }

    #[test]
    fn a_card_that_began_anew_and_a_server_that_is_new() {
        let anew = Rates::between(&reading(0, 1_000, "a"), &reading(1_000, 7, "a"));
        assert_eq!(anew.expect("a second").servers[0].to.frames_per_s, 7.0);
        let new = Rates::between(&reading(0, 10, "a"), &reading(1_000, 1_000, "b"));
        assert_eq!(new.expect("a second").servers[0].to.frames_per_s, 0.0);
    }

    #[test]
    fn a_clock_that_stands_or_goes_back() {
        assert_eq!(
            Rates::between(&reading(5, 1, "a"), &reading(5, 2, "a")),
            None
        );
        assert_eq!(
            Rates::between(&reading(5, 1, "a"), &reading(4, 2, "a")),
            None
        );
    }
}
