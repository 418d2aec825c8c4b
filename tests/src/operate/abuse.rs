//! Abuse through the wires: what servers and stations claim that is not theirs, floods of addresses and of connections.
//! Checks must stay true meanwhile, requests be answered, and each be seen by the operator.

use super::account::Account;
use super::clients::{Clients, Threads};
use super::installation::Installation;
use super::load::now_ms;
use super::machines::{CLUSTER, CLUSTER_MAC, ROUTERS, SERVERS, STATION, STATION_MAC};
use super::operator::Operator;
use crate::live::namespace::Namespace;
use crate::live::scenario::Failure;
use flowswitch_api::{Operational, Statistics, Status};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

/// Addresses of a server beside the cluster's.
const OWN: [&str; 2] = ["192.31.65.11", "2001:db8:65::11"];
/// MACs of a flood; connections of another.
const FLOOD: [&str; 2] = ["400", "200"];
/// Threads of the client by kind.
const THREADS: Threads = [2, 2, 2];
/// Requests go on so long after the station has claimed the routers' addresses.
const AFTERWARDS: Duration = Duration::from_millis(3_000);

impl Installation {
    /// All abuse, with a client at work and the daemon's word taken all the time. Returns what became of the requests while a
    /// station claimed the routers' addresses.
    ///
    /// # Errors
    /// If the run itself cannot go on; what is judged goes to the ledger.
    pub fn abuse(&self, operator: &Operator) -> Result<Account, Failure> {
        let before = operator.statistics()?;
        let events = operator.said().matches("address-conflict").count();
        let watch = self.watch()?;
        let machines = &self.machines.clients[1..2];
        let clients = Clients::start(self, "abuse-load", machines, THREADS)?;
        clients.settle()?;
        let from_ms = now_ms();
        let result = thread::scope(|scope| {
            let abuse = scope.spawn(|| {
                let abused = self.claim_all().and_then(|()| self.flood());
                // Whatever it has cost is told by then.
                let abused = abused.and(clients.settle());
                let quiet_until_ms = now_ms();
                // Once this was believed by servers for a while: it is counted apart, and must cost nothing.
                let routers = routers();
                let claimed = self.claim(&self.machines.station, STATION_MAC, &routers);
                thread::sleep(AFTERWARDS);
                abused.and(claimed).map(|()| quiet_until_ms)
            });
            while !abuse.is_finished() {
                self.judge_status(&operator.status()?);
                thread::sleep(Duration::from_millis(300));
            }
            abuse
                .join()
                .unwrap_or_else(|_| Err("a thread panicked".into()))
        });
        let records = clients.end()?;
        let quiet_until_ms = result?;
        self.watched(watch);
        let account = Account::new(&records, from_ms, quiet_until_ms, &[]);
        let claimed = Account::new(&records, quiet_until_ms, now_ms(), &[]);
        self.ledger.count("requests under abuse", account.requests);
        self.ledger.require("requests under abuse", 20);
        if account.failed + account.moved > 0 {
            let fault = format!("under abuse: {account:?}");
            self.ledger.fault(fault);
        }
        let what = "requests failed while a station claims the routers' addresses";
        self.ledger.count(what, claimed.failed);
        if claimed.failed > 0 {
            self.ledger.fault(format!("{what}: {claimed:?}"));
        }
        self.judge_counters(&before, &operator.statistics()?);
        if operator.said().matches("address-conflict").count() == events {
            self.ledger
                .fault("no log line tells of the address conflicts");
        }
        Ok(claimed)
    }

    /// A server and a station claim what is not theirs, and the station takes the MACs of others.
    fn claim_all(&self) -> Result<(), Failure> {
        let server = &self.machines.servers[0];
        let station = &self.machines.station;
        self.claim(server, SERVERS[0].mac, &routers())?;
        let others: Vec<&str> = CLUSTER.into_iter().chain(OWN).collect();
        self.claim(station, STATION_MAC, &others)?;
        self.claim(station, STATION_MAC, &others)?;
        for mac in [SERVERS[2].mac, ROUTERS[0].mac, CLUSTER_MAC] {
            self.claim(station, mac, &CLUSTER)?;
        }
        Ok(())
    }

    /// Tells everyone that addresses are at a MAC.
    fn claim(&self, machine: &Namespace, mac: &str, addresses: &[&str]) -> Result<(), Failure> {
        let name = machine.name();
        let words = [&[self.program()?, "claim", name, mac], addresses].concat();
        machine.run(&words)?;
        let claims = addresses.len() as u64;
        self.ledger.count(format!("claims of {name}"), claims);
        Ok(())
    }

    /// More stations than the card learns in a moment, and connections that are never completed.
    fn flood(&self) -> Result<(), Failure> {
        let program = self.program()?;
        let [macs, connections] = FLOOD;
        let station = &self.machines.station;
        station.run(&[program, "flood-stations", STATION, CLUSTER[0], macs])?;
        self.ledger.count("stations of a flood", macs.parse()?);
        let client = &self.machines.clients[0];
        client.run(&[program, "flood-connections", CLUSTER[0], connections])?;
        self.ledger
            .count("connections of a flood", connections.parse()?);
        Ok(())
    }

    /// What the checks say is true: all servers are well.
    fn judge_status(&self, status: &Status) {
        let servers = status.clusters.iter().flat_map(|cluster| &cluster.servers);
        for server in servers {
            if server.operational == Operational::Up && server.active {
                self.ledger.count("true words about servers under abuse", 1);
            } else {
                let fault = format!(
                    "under abuse {} is said to be down: {}",
                    server.name, server.why
                );
                self.ledger.fault(fault);
            }
        }
        let routers = status.pools.iter().flat_map(|pool| &pool.routers);
        for router in routers.filter(|router| !router.active) {
            let fault = format!(
                "under abuse {} is said to be down: {}",
                router.name, router.why
            );
            self.ledger.fault(fault);
        }
    }

    /// Each abuse has its counter.
    fn judge_counters(&self, before: &Statistics, after: &Statistics) {
        let counts = |statistics: &Statistics| -> BTreeMap<String, u64> {
            let drops = statistics.drops.iter();
            drops
                .map(|drop| (drop.reason.clone(), drop.frames))
                .collect()
        };
        let (before, after) = (counts(before), counts(after));
        for (reason, least) in [("address-conflict", 12), ("forged-source", 4)] {
            let count = |counts: &BTreeMap<String, u64>| counts.get(reason).copied().unwrap_or(0);
            let dropped = count(&after) - count(&before);
            let what = format!("dropped as {reason} under abuse");
            self.ledger.count(&what, dropped);
            self.ledger.require(&what, least);
        }
    }
}

fn routers() -> Vec<&'static str> {
    let routers = ROUTERS.iter();
    routers.flat_map(|router| router.addresses).collect()
}
