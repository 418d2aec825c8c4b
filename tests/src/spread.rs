//! How evenly connections spread over servers: the card's two policies (its golden model, for speed) against hashing
//! by remainder and against weighted round robin.

use crate::flows::{ACK, CLIENTS, Farm, SYN, connection};
use flowswitch_driver::hash::h3;
use flowswitch_sim::card::{Arrival, Card};
use flowswitch_sim::software::SoftwareCard;
use std::collections::{BTreeMap, BTreeSet};

/// Flags of a TCP segment that ends a connection at once.
const RST: u8 = 0x04;
/// Connections of a workload.
const CONNECTIONS: usize = 40_000;
/// Connections that begin in a tick.
const IN_A_TICK: usize = 50;
/// Clients of a workload whose connections come from few.
const CLIENTS_WITH_MANY: u32 = 2_000;
/// Mean length of a connection in ticks.
const MEAN_TICKS: f64 = 40.0;
/// Exponent of the lengths' distribution where few are long (Pareto).
const ELEPHANTS: f64 = 1.2;
/// Longest connection in ticks.
const LONGEST: f64 = 400.0;

/// Who chooses the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// The card, `policy = "hash"`.
    Hash,
    /// The card, `policy = "least-load"`.
    LeastLoad,
    /// A hash of the connection, its remainder by the number of servers.
    Remainder,
    /// Each in turn, as often as its weight says.
    RoundRobin,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Hash,
        Self::LeastLoad,
        Self::Remainder,
        Self::RoundRobin,
    ];

    /// Its name in figures and charts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::LeastLoad => "least_load",
            Self::Remainder => "remainder",
            Self::RoundRobin => "wrr",
        }
    }
}

/// Connections that come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Workload {
    /// Every connection from another client, lengths alike.
    Even,
    /// The same from few clients, a tenth of which have most of them.
    Skewed,
    /// Few connections are long and carry most bytes.
    Elephants,
    /// As skewed, and all connections of a client have one server.
    Persistent,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Even, Self::Skewed, Self::Elephants, Self::Persistent];

    /// Its name in figures and charts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Skewed => "skewed",
            Self::Elephants => "elephants",
            Self::Persistent => "persistent",
        }
    }

    fn skewed(self) -> bool {
        matches!(self, Self::Skewed | Self::Persistent)
    }
}

/// A connection.
#[derive(Clone, Copy, Debug)]
struct Connection {
    client: u32,
    port: u16,
    /// Ticks in which it begins and ends.
    begin: usize,
    end: usize,
}

/// Numbers that are as good as random and always the same (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Above 0, at most 1.
    fn share(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}

fn connections(workload: Workload) -> Vec<Connection> {
    let mut numbers = Numbers(1);
    let one = |index: usize| {
        let client = if workload.skewed() {
            // The share of the first clients is a power of their number's: a tenth has three fifths.
            (f64::from(CLIENTS_WITH_MANY) * numbers.share().powf(4.5)) as u32
        } else {
            numbers.next() as u32 & 0x00ff_ffff
        };
        let share = numbers.share();
        let ticks = if workload == Workload::Elephants {
            (MEAN_TICKS * (ELEPHANTS - 1.0) / ELEPHANTS * share.powf(-1.0 / ELEPHANTS)).min(LONGEST)
        } else {
            MEAN_TICKS * (0.5 + share)
        };
        let begin = index / IN_A_TICK;
        Connection {
            client,
            port: 1024 + (index % 60_000) as u16,
            begin,
            end: begin + 1 + ticks as usize,
        }
    };
    (0..CONNECTIONS).map(one).collect()
}

/// How even the spread was: the most that a server had, for its weight, against the mean. 1 is best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Connections at a time, mean over the time after the start.
    pub live: f64,
    /// Bytes in all, as many for each connection as it lasts.
    pub bytes: f64,
}

/// Servers of the workloads.
const SERVERS: u16 = 8;

/// How a policy spreads a workload over eight servers of the same weight.
///
/// # Panics
/// If the golden model fails.
pub fn spread(policy: Policy, workload: Workload) -> Spread {
    let connections = connections(workload);
    let servers = match policy {
        Policy::Hash | Policy::LeastLoad => on_the_card(policy, workload, &connections),
        Policy::Remainder => connections
            .iter()
            .map(|connection| {
                let port = if workload == Workload::Persistent {
                    0
                } else {
                    connection.port
                };
                let tuple = [&connection.client.to_be_bytes()[..], &port.to_be_bytes()].concat();
                (h3(0x9e37_79b9, &tuple) % u32::from(SERVERS)) as u16
            })
            .collect(),
        Policy::RoundRobin => in_turn(workload, &connections),
    };
    measured(&connections, &servers)
}

/// Each connection, or with persistence each client that has none, to the next server.
fn in_turn(workload: Workload, connections: &[Connection]) -> Vec<u16> {
    let mut turn = (0..SERVERS).cycle();
    let mut clients: BTreeMap<u32, (u16, usize)> = BTreeMap::new();
    let mut choose = |connection: &Connection| {
        let known = clients
            .get(&connection.client)
            .filter(|(_, end)| workload == Workload::Persistent && *end >= connection.begin);
        let (server, end) = known
            .copied()
            .unwrap_or_else(|| (turn.next().unwrap_or_default(), 0));
        clients.insert(connection.client, (server, end.max(connection.end)));
        server
    };
    connections.iter().map(&mut choose).collect()
}

fn measured(connections: &[Connection], servers: &[u16]) -> Spread {
    let ticks = connections.len() / IN_A_TICK;
    let mut live = vec![[0f64; SERVERS as usize]; ticks];
    let mut bytes = [0f64; SERVERS as usize];
    for (connection, &server) in connections.iter().zip(servers) {
        let server = usize::from(server);
        bytes[server] += (connection.end - connection.begin) as f64;
        for tick in &mut live[connection.begin..connection.end.min(ticks)] {
            tick[server] += 1.0;
        }
    }
    let uneven = |loads: &[f64; SERVERS as usize]| {
        let mean = loads.iter().sum::<f64>() / f64::from(SERVERS);
        loads.iter().copied().fold(0.0, f64::max) / mean
    };
    // By then as many end as begin.
    let settled = &live[ticks / 4..];
    Spread {
        live: settled.iter().map(uneven).sum::<f64>() / settled.len() as f64,
        bytes: uneven(&bytes),
    }
}

/// A card of two ports that holds a cluster.
struct Rack {
    card: SoftwareCard,
    tick: u64,
}

impl Rack {
    fn new(farm: &Farm) -> Self {
        let mut card = SoftwareCard::new(farm.ports);
        card.program(&farm.image())
            .expect("the card takes the image");
        Self { card, tick: 1 }
    }

    /// Sends segments and gives the server of each connection.
    fn send(&mut self, segments: &[(u32, u16, u8)]) -> BTreeMap<(u32, u16), u16> {
        let at_ns = self.card.now_ns();
        let arrivals = segments.iter().map(|&(client, port, flags)| Arrival {
            port: CLIENTS,
            at_ns,
            data: connection(client, port, flags),
            error: false,
        });
        self.card.offer(arrivals.collect());
        self.card.run_until_idle().expect("the card becomes idle");
        let departures = self.card.take_departures();
        let reached = departures.iter().filter_map(|departure| {
            let (client, server) = crate::flows::arrived(departure)?;
            let port = departure.data.get(34..36)?;
            Some(((client, u16::from_be_bytes([port[0], port[1]])), server))
        });
        reached.collect()
    }

    fn next_tick(&mut self) {
        self.tick += 1;
        self.card.jump_to(self.tick << 30).expect("time passes");
    }
}

/// A farm of weights, on two ports.
fn farm(policy: Policy, servers: u16) -> Farm {
    let mut farm = Farm {
        servers,
        least_load: policy == Policy::LeastLoad,
        ..Farm::new(2)
    };
    farm.cluster.bypass = true;
    farm.cluster.rst = 1;
    farm
}

fn on_the_card(policy: Policy, workload: Workload, connections: &[Connection]) -> Vec<u16> {
    let mut farm = farm(policy, SERVERS);
    if workload == Workload::Persistent {
        farm.persistent = true;
        // A client that has been silent so long may go elsewhere; whoever is connected says something each tick.
        (farm.cluster.tcp, farm.cluster.unconfirmed) = (2, 2);
    }
    let mut rack = Rack::new(&farm);
    let mut servers = Vec::new();
    let mut open: Vec<Connection> = Vec::new();
    for begun in connections.chunks(IN_A_TICK) {
        let tick = begun[0].begin;
        let (ended, staying) = open
            .into_iter()
            .partition(|connection| connection.end <= tick);
        open = staying;
        let ended: Vec<Connection> = ended;
        let mut segments = Vec::new();
        if workload == Workload::Persistent {
            let clients: BTreeSet<u32> = open.iter().map(|connection| connection.client).collect();
            segments.extend(clients.into_iter().map(|client| (client, 1, ACK)));
        } else {
            segments.extend(ended.iter().map(|end| (end.client, end.port, RST)));
        }
        for flags in [SYN, ACK] {
            segments.extend(begun.iter().map(|begin| (begin.client, begin.port, flags)));
        }
        let reached = rack.send(&segments);
        servers.extend(
            begun
                .iter()
                .map(|begin| reached[&(begin.client, begin.port)]),
        );
        open.extend(begun);
        rack.next_tick();
    }
    servers
}

/// How many of 3,000 connections each of three servers of weights 1, 2 and 3 gets; IPVS's weighted round robin gave
/// 502, 995 and 1,503.
///
/// # Panics
/// If the golden model fails.
pub fn by_weight(policy: Policy) -> [u32; 3] {
    const ALL: u32 = 3_000;
    let weights = [1, 2, 3];
    let mut counts = [0; 3];
    match policy {
        Policy::Hash | Policy::LeastLoad => {
            let mut farm = farm(policy, 3);
            farm.weights = weights.to_vec();
            let mut rack = Rack::new(&farm);
            let mut numbers = Numbers(2);
            let segments: Vec<_> = (0..ALL)
                .map(|number| {
                    let client = numbers.next() as u32 & 0x00ff_ffff;
                    (client, 1024 + number as u16, SYN)
                })
                .collect();
            for part in segments.chunks(100) {
                for server in rack.send(part).values() {
                    counts[usize::from(*server)] += 1;
                }
            }
        }
        Policy::Remainder => {
            for number in 0..ALL {
                counts[(h3(0x9e37_79b9, &number.to_be_bytes()) % 3) as usize] += 1;
            }
        }
        Policy::RoundRobin => {
            for (count, weight) in counts.iter_mut().zip(weights) {
                *count = ALL * u32::from(weight) / 6;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_is_no_worse_than_it_should_be() {
        let least = spread(Policy::LeastLoad, Workload::Even);
        let hash = spread(Policy::Hash, Workload::Even);
        assert!(least.live < hash.live, "{least:?} against {hash:?}");
        assert!(least.live < 1.1 && hash.live < 1.3, "{least:?}, {hash:?}");
    }

    #[test]
    fn weights_count() {
        for policy in [Policy::Hash, Policy::LeastLoad] {
            let counts = by_weight(policy);
            assert_eq!(counts.iter().sum::<u32>(), 3_000);
            let near = |count: u32, wanted: u32| count.abs_diff(wanted) <= 90;
            assert!(
                near(counts[0], 500) && near(counts[1], 1_000) && near(counts[2], 1_500),
                "{policy:?}: {counts:?}"
            );
        }
    }
}
