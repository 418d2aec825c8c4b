//! What became of a client's requests, by the time of a fault.
//!
//! A request counts when it ends: one that was on its way when something befell it is told by then, whenever it began. So
//! that one which hangs is told before the next fault, the run waits in between until every thread is well
//! ([`Clients::settle`](super::clients::Clients::settle)).

use super::load::{Kind, Record};
use std::collections::{BTreeMap, BTreeSet};

/// A request that is answered later was disturbed.
const LATE_MS: u64 = 1_500;

/// Requests between two times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// All.
    pub requests: u64,
    /// Those that were not answered, or wrongly.
    pub failed: u64,
    /// Flows that had a server that was not touched, and lost it or met another.
    pub moved: u64,
    /// From the fault to the end of the last disturbance, in ms; 0 if there was none.
    pub recover_ms: u64,
    /// Why requests failed, how often.
    pub reasons: BTreeMap<String, u64>,
    /// Requests by server.
    pub served: BTreeMap<String, u64>,
}

impl Account {
    /// The account of the clients' records of requests that ended between `from_ms` and `to_ms`. Flows of the servers
    /// `touched` may move.
    pub fn new(clients: &[Vec<Record>], from_ms: u64, to_ms: u64, touched: &[&str]) -> Self {
        let mut account = Self::default();
        for client in clients {
            account.add(client, from_ms..to_ms, touched);
        }
        account
    }

    fn add(&mut self, records: &[Record], time: std::ops::Range<u64>, touched: &[&str]) {
        let mut last: BTreeMap<u32, &Record> = BTreeMap::new();
        let mut lost = BTreeSet::new();
        for record in records {
            let lost_datagram = record.kind == Kind::Datagram && record.server.is_none();
            let before = last.get(&record.by).copied();
            if !lost_datagram {
                last.insert(record.by, record);
            }
            if !time.contains(&record.ended_ms()) {
                continue;
            }
            self.requests += 1;
            if let Some(server) = &record.server {
                *self.served.entry(server.clone()).or_default() += 1;
            }
            if let Some(error) = &record.error {
                self.failed += 1;
                *self.reasons.entry(error.clone()).or_default() += 1;
            }
            let disturbed_until = match record.error {
                // It is over when the next one is tried.
                Some(_) => record.began_ms.max(time.start) + 1,
                None if record.took_ms > LATE_MS => record.ended_ms(),
                None => 0,
            };
            let after = disturbed_until.saturating_sub(time.start);
            self.recover_ms = self.recover_ms.max(after);
            let Some(before) = before else { continue };
            // A datagram that is lost says nothing of its flow.
            if lost_datagram || record.kind == Kind::Short || before.server == record.server {
                continue;
            }
            // A connection that broke is counted once, when it breaks.
            if let Some(server) = &before.server
                && !touched.contains(&server.as_str())
            {
                lost.insert((record.by, record.began_ms));
            }
        }
        self.moved += lost.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::Account;
    use crate::operate::load::{Kind, Record};

    fn record(kind: Kind, began_ms: u64, server: Option<&str>) -> Record {
        Record {
            kind,
            by: 0,
            began_ms,
            took_ms: 10,
            server: server.map(str::to_owned),
            error: server.is_none().then(|| "reset".to_owned()),
        }
    }

    #[test]
    fn failures_within_the_time_count() {
        let records = [5, 10, 15, 20].map(|at| record(Kind::Short, at, None));
        let account = Account::new(&[records.to_vec()], 20, 30, &[]);
        assert_eq!((account.requests, account.failed), (2, 2));
        assert_eq!((account.recover_ms, account.moved), (1, 0));
        assert_eq!(account.reasons["reset"], 2);
        let account = Account::new(&[records.to_vec()], 13, 30, &[]);
        assert_eq!((account.failed, account.recover_ms), (3, 3));
    }

    #[test]
    fn a_late_answer_disturbs_until_it_comes() {
        let mut late = record(Kind::Short, 100, Some("a"));
        late.took_ms = 2_000;
        let account = Account::new(&[vec![late]], 50, 3_000, &[]);
        assert_eq!((account.failed, account.recover_ms), (0, 2_050));
    }

    #[test]
    fn what_breaks_a_request_on_its_way_is_charged_not_what_went_before() {
        // It begins at the end of one fault's time, and the next one resets it.
        let records = vec![
            record(Kind::Held, 0, Some("c")),
            Record {
                took_ms: 200,
                ..record(Kind::Held, 950, None)
            },
        ];
        let first = Account::new(std::slice::from_ref(&records), 0, 1_000, &["a"]);
        assert_eq!((first.requests, first.failed, first.moved), (1, 0, 0));
        let next = Account::new(&[records], 1_000, 2_000, &["c"]);
        assert_eq!((next.requests, next.failed, next.moved), (1, 1, 0));
        assert_eq!(next.recover_ms, 1);
    }

    #[test]
    fn a_flow_moves_when_its_server_changes_or_leaves_it() {
        let of = |kind, servers: [Option<&str>; 4], touched: &[&str]| {
            let records = servers.iter().zip(0..);
            let records = records.map(|(server, at)| record(kind, at, *server));
            Account::new(&[records.collect()], 11, 19, touched).moved
        };
        let (a, b) = (Some("a"), Some("b"));
        assert_eq!(of(Kind::Datagram, [a, a, b, b], &[]), 1);
        assert_eq!(of(Kind::Datagram, [a, None, a, a], &[]), 0);
        assert_eq!(of(Kind::Datagram, [a, None, b, b], &[]), 1);
        assert_eq!(of(Kind::Held, [a, None, b, b], &[]), 1);
        assert_eq!(of(Kind::Held, [a, None, b, b], &["a"]), 0);
        assert_eq!(of(Kind::Held, [a, None, b, a], &["a"]), 1);
        assert_eq!(of(Kind::Short, [a, b, a, b], &[]), 0);
        assert_eq!(of(Kind::Held, [a, a, a, a], &[]), 0);
    }
}
