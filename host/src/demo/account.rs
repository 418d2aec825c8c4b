//! What the captures of the demo tell: who got what, and what the losses cost. No counter of the card is asked.

use std::collections::{BTreeMap, BTreeSet};

use flowswitch_sim::card::Departure;
use serde::Serialize;

use super::address_account::AddressAccount;
use super::flow::name_of;
use super::following::Following;
use super::script::{
    DRAINED, DRAINED_SERVER, READY, ROUND_NS, ROUTER_LOST, SERVER_BACK, SERVER_LOST, Station,
    server_of,
};

/// The demo's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Flows of which at least one frame reached a server.
    pub flows: usize,
    /// Servers, in the order of [`Round::frames`].
    pub servers: Vec<String>,
    /// What reached the servers, round by round.
    pub rounds: Vec<Round>,
    /// Flows that began with a server while it drained and others could take them.
    pub new_flows_to_drained: u64,
    /// What was changed and lost on the way, and which flows that moved.
    pub changes: Vec<Change>,
    /// What the loss of a server cost.
    pub server_loss: Loss,
    /// What the loss of a router cost.
    pub router_loss: RouterLoss,
    /// What became of fragments, errors and what servers asked for.
    pub following: Following,
    /// What became of ARP and neighbour discovery.
    pub addresses: AddressAccount,
}

impl Account {
    /// What happened to flows that must not. Empty if nothing did.
    pub fn misfits(&self) -> Vec<String> {
        let mut misfits = self.following.misfits();
        for change in &self.changes {
            let others = change.moved - change.moved_from_lost;
            if others > 0 {
                let what = &change.what;
                misfits.push(format!("{others} moves of flows after \"{what}\""));
            }
        }
        if self.new_flows_to_drained > 0 {
            let flows = self.new_flows_to_drained;
            misfits.push(format!("{flows} new flows to a server that drains"));
        }
        misfits
    }
}

/// A change of the tables or the links, and what the flows did from then until the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What was changed.
    pub what: String,
    /// Simulated time in ns.
    pub at_ns: u64,
    /// Flows of before that were seen again.
    pub flows_seen: u64,
    /// How often a flow went to another server than with its frame before.
    pub moved: u64,
    /// Of these, from a server whose link was down.
    pub moved_from_lost: u64,
    /// Flows that began, by server.
    pub new_flows: Vec<u64>,
}

/// Part of the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Simulated time in ns at which it begins.
    pub at_ns: u64,
    /// Frames that entered for the cluster.
    pub offered: u64,
    /// Frames that left for each server.
    pub frames: Vec<u64>,
}

/// A server's link lost and restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The server.
    pub server: String,
    /// Simulated time of the loss in ns.
    pub lost_ns: u64,
    /// Simulated time of the return in ns.
    pub back_ns: u64,
    /// Frames for the cluster that entered meanwhile and reached no server.
    pub undelivered: u64,
    /// Frames that had reached the server and that it could not answer any more.
    pub unanswered: u64,
    /// Flows seen before and after the loss.
    pub flows_seen: u64,
    /// Of these, flows that went on with another server.
    pub flows_moved: u64,
    /// Of these, flows that had been with the lost server.
    pub moved_from_lost: u64,
    /// Flows that changed server again when it came back.
    pub moved_back: u64,
}

/// A router lost for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouterLoss {
    /// The router.
    pub router: String,
    /// Simulated time of the loss in ns.
    pub lost_ns: u64,
    /// Servers' frames for it that left for another router.
    pub readdressed: u64,
    /// Servers' frames for it that left for it all the same.
    pub misled: u64,
}

/// Collects the account from the frames as they come and go.
pub(super) struct Observer {
    servers: Vec<Station>,
    lost_server: usize,
    lost_router: Station,
    /// Ports of the servers whose default router is the lost one.
    led_by_lost: Vec<u8>,
    rounds: Vec<Round>,
    changes: Vec<Change>,
    new_flows_to_drained: u64,
    /// Server of each flow by its last frame.
    flows: BTreeMap<u32, usize>,
    /// Flows of before the last change; a flow leaves when it is seen again.
    before: BTreeSet<u32>,
    loss: Loss,
    router_loss: RouterLoss,
}

impl Observer {
    pub(super) fn new(
        servers: &[Station],
        routers: &[Station],
        lost_server: usize,
        lost_router: usize,
    ) -> Self {
        let led = servers
            .iter()
            .enumerate()
            .filter(|(index, _)| index % routers.len() == lost_router);
        Self {
            servers: servers.to_vec(),
            lost_server,
            lost_router: routers[lost_router].clone(),
            led_by_lost: led.map(|(_, server)| server.port).collect(),
            rounds: Vec::new(),
            changes: Vec::new(),
            new_flows_to_drained: 0,
            flows: BTreeMap::new(),
            before: BTreeSet::new(),
            loss: Loss {
                server: servers[lost_server].name.clone(),
                lost_ns: u64::from(SERVER_LOST) * ROUND_NS,
                back_ns: u64::from(SERVER_BACK) * ROUND_NS,
                undelivered: 0,
                unanswered: 0,
                flows_seen: 0,
                flows_moved: 0,
                moved_from_lost: 0,
                moved_back: 0,
            },
            router_loss: RouterLoss {
                router: routers[lost_router].name.clone(),
                lost_ns: u64::from(ROUTER_LOST) * ROUND_NS,
                readdressed: 0,
                misled: 0,
            },
        }
    }

    /// Notes that something is changed before a round.
    pub(super) fn changed(&mut self, round: u32, what: &str) {
        self.before = self.flows.keys().copied().collect();
        self.changes.push(Change {
            what: what.to_owned(),
            at_ns: u64::from(round) * ROUND_NS,
            flows_seen: 0,
            moved: 0,
            moved_from_lost: 0,
            new_flows: vec![0; self.servers.len()],
        });
    }

    /// Server of each flow by its last frame.
    pub(super) fn flows(&self) -> &BTreeMap<u32, usize> {
        &self.flows
    }

    /// Notes how many frames for the cluster enter in a round.
    pub(super) fn offered(&mut self, round: u32, frames: usize) {
        self.rounds.push(Round {
            at_ns: u64::from(round) * ROUND_NS,
            offered: frames as u64,
            frames: vec![0; self.servers.len()],
        });
    }

    /// Notes what left in a round.
    pub(super) fn left(&mut self, round: u32, departures: &[Departure]) {
        let mut delivered = 0;
        for departure in departures {
            if let Some(server) = server_of(departure, &self.servers) {
                delivered += 1;
                self.reached(round, departure, server);
            } else if round >= ROUTER_LOST && self.led_by_lost.contains(&departure.source) {
                if departure.data.starts_with(&self.lost_router.mac.0) {
                    self.router_loss.misled += 1;
                } else {
                    self.router_loss.readdressed += 1;
                }
            }
        }
        if (SERVER_LOST..SERVER_BACK).contains(&round)
            && let Some(last) = self.rounds.last()
        {
            self.loss.undelivered += last.offered.saturating_sub(delivered);
        }
    }

    fn reached(&mut self, round: u32, departure: &Departure, server: usize) {
        if let Some(last) = self.rounds.last_mut() {
            last.frames[server] += 1;
        }
        if round + 1 == SERVER_LOST && server == self.lost_server {
            self.loss.unanswered += 1;
        }
        let Some((flow, _)) = name_of(&departure.data) else {
            return;
        };
        let earlier = self.flows.insert(flow, server);
        let seen = u64::from(self.before.remove(&flow));
        let moved = u64::from(earlier.is_some_and(|earlier| earlier != server));
        let lost = (SERVER_LOST..SERVER_BACK).contains(&round);
        let from_lost = moved * u64::from(lost && earlier == Some(self.lost_server));
        if lost {
            self.loss.flows_seen += seen;
            self.loss.flows_moved += moved;
            self.loss.moved_from_lost += from_lost;
        } else if round >= SERVER_BACK {
            self.loss.moved_back += moved;
        }
        let drains = (DRAINED..READY).contains(&round) && server == DRAINED_SERVER;
        self.new_flows_to_drained += u64::from(earlier.is_none() && drains);
        if let Some(change) = self.changes.last_mut() {
            change.flows_seen += seen;
            change.moved += moved;
            change.moved_from_lost += from_lost;
            change.new_flows[server] += u64::from(earlier.is_none());
        }
    }

    pub(super) fn account(self, following: Following, addresses: AddressAccount) -> Account {
        Account {
            flows: self.flows.len(),
            servers: self.servers.into_iter().map(|server| server.name).collect(),
            rounds: self.rounds,
            new_flows_to_drained: self.new_flows_to_drained,
            changes: self.changes,
            server_loss: self.loss,
            router_loss: self.router_loss,
            following,
            addresses,
        }
    }
}
