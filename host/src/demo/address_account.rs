//! What became of the demo's ARP and neighbour discovery, frame by frame, and whether it fits the card's counters.

use std::collections::BTreeMap;

use flowswitch_sim::card::Departure;
use serde::Serialize;

use crate::report::AddressResolution;

/// The account of ARP and neighbour discovery, by what entered and left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddressAccount {
    /// Requests for the cluster's addresses that were answered with its virtual MAC.
    pub cluster_answers: u64,
    /// Servers' requests for routers that were answered with the MAC of the router assigned to the server.
    pub router_answers: u64,
    /// Requests for the host that were answered with its MAC.
    pub host_answers: u64,
    /// Servers' claims to their own addresses that entered; none may leave.
    pub swallowed: u64,
    /// An outsider's claims to them that entered; none may leave.
    pub conflicts: u64,
    /// Copies that left of what is no matter of the card alone: servers' requests for other hosts, these hosts'
    /// answers, routers' broadcasts.
    pub forwarded: u64,
    /// Announcements of the cluster's addresses that left.
    pub announcements: u64,
    /// The storm of requests.
    pub storm: Storm,
    /// Frames that had to leave and did not.
    pub missing: u64,
    /// Frames that left and were not to.
    pub unexpected: u64,
}

/// Requests on every port at once, among the flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Storm {
    /// Simulated time in ns at which it begins.
    pub at_ns: u64,
    /// Its length in ns.
    pub length_ns: u64,
    /// Requests that entered, on all ports together.
    pub requests: u64,
    /// Answers that left.
    pub answered: u64,
    /// Frames of flows that entered meanwhile.
    pub flow_frames: u64,
    /// Of these, frames that did not leave.
    pub flow_frames_lost: u64,
}

impl AddressAccount {
    /// What does not fit: among the frames, or between them and the card's own counts. Empty if all does.
    pub fn misfits(&self, counted: &AddressResolution) -> Vec<String> {
        let answered = self.cluster_answers + self.router_answers + self.host_answers;
        let equal = [
            ("answers", answered, counted.answered),
            ("swallowed claims", self.swallowed, counted.swallowed),
            ("address conflicts", self.conflicts, counted.conflicts),
            ("announcements", self.announcements, counted.announcements),
            (
                "answers to the storm",
                self.storm.requests,
                self.storm.answered,
            ),
        ];
        let unequal = equal.iter().filter(|(_, own, others)| own != others);
        let mut misfits: Vec<String> = unequal
            .map(|(what, own, others)| format!("{own} {what} in the frames, {others} counted"))
            .collect();
        let none = [
            ("frames about addresses that should have left", self.missing),
            (
                "frames about addresses that should not have left",
                self.unexpected,
            ),
            (
                "frames of flows lost in the storm",
                self.storm.flow_frames_lost,
            ),
        ];
        let some = none.iter().filter(|(_, frames)| *frames != 0);
        misfits.extend(some.map(|(what, frames)| format!("{frames} {what}")));
        misfits
    }
}

/// Why a frame is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    ClusterAnswer,
    RouterAnswer,
    HostAnswer,
    Forwarded,
}

/// The frames about addresses that are to leave in a round, by port and bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    frames: BTreeMap<(u8, Vec<u8>), (What, u64)>,
}

impl Expected {
    pub(super) fn add(&mut self, what: What, port: u8, frame: Vec<u8>) {
        let (_, count) = self.frames.entry((port, frame)).or_insert((what, 0));
        *count += 1;
    }

    /// Compares with what left, the announcements left out; gives how many were as expected.
    pub(super) fn judge(self, left: &[&Departure], account: &mut AddressAccount) -> u64 {
        let mut frames = self.frames;
        let mut met = 0;
        for departure in left {
            let key = (departure.port, departure.data.clone());
            let Some((what, count)) = frames.get_mut(&key).filter(|(_, count)| *count > 0) else {
                account.unexpected += 1;
                continue;
            };
            *count -= 1;
            met += 1;
            *match what {
                What::ClusterAnswer => &mut account.cluster_answers,
                What::RouterAnswer => &mut account.router_answers,
                What::HostAnswer => &mut account.host_answers,
                What::Forwarded => &mut account.forwarded,
            } += 1;
        }
        account.missing += frames.values().map(|(_, count)| count).sum::<u64>();
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(port: u8, data: &[u8]) -> Departure {
        Departure {
            port,
            source: 0,
            arrival_clock: 0,
            clock: 23,
            at_ns: 0,
            reason: 0,
            data: data.to_vec(),
        }
    }

    #[test]
    fn frames_are_judged_by_port_and_bytes() {
        let mut expected = Expected::default();
        expected.add(What::ClusterAnswer, 1, vec![7]);
        expected.add(What::ClusterAnswer, 1, vec![7]);
        expected.add(What::Forwarded, 2, vec![7]);
        let left = [
            departure(1, &[7]),
            departure(3, &[7]),
            departure(2, &[7]),
            departure(2, &[7]),
        ];
        let mut account = AddressAccount::default();
        let met = expected.judge(&left.iter().collect::<Vec<_>>(), &mut account);
        assert_eq!(met, 2);
        let found = (
            account.cluster_answers,
            account.forwarded,
            account.missing,
            account.unexpected,
        );
        assert_eq!(found, (1, 1, 1, 2));
    }

    #[test]
    fn an_account_that_does_not_fit_says_why() {
        let mut account = AddressAccount {
            cluster_answers: 3,
            host_answers: 1,
            swallowed: 2,
            ..AddressAccount::default()
        };
        let mut counted = AddressResolution {
            answered: 4,
            swallowed: 2,
            ..AddressResolution::default()
        };
        assert_eq!(account.misfits(&counted), Vec::<String>::new());
        account.storm.flow_frames_lost = 1;
        counted.swallowed = 1;
        assert_eq!(
            account.misfits(&counted),
            [
                "2 swallowed claims in the frames, 1 counted",
                "1 frames of flows lost in the storm"
            ]
        );
    }
}
