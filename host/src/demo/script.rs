//! The course of the demo: who sends what when, and what is lost when.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::err::packet::BuildWriteError;
use fastrand::Rng;
use flowswitch_driver::image::{Image, MacAddress};
use flowswitch_sim::card::{Arrival, CardError, Departure};

use super::account::{Account, Observer};
use super::flow::{Flow, name_of, random_length};
use super::following::Follower;
use super::resolution::Resolution;
use crate::config::{Config, State};
use crate::event::Action;
use crate::image::{self, Plan, PlannedMember, network_port};
use crate::timeline::Timeline;

/// Rounds of the demo: in the first the stations find each other; servers answer in one round what reached them in the round before.
pub const ROUNDS: u32 = 60;
/// Simulated length of a round in ns.
pub const ROUND_NS: u64 = 20_000;
const FLOWS: u32 = 4_000;
/// First round in which a server drains, in which weights are unequal besides, in which none drains and all weights are
/// equal again, in which the server that was lost has more weight than the others.
pub(super) const DRAINED: u32 = 5;
const WEIGHTED: u32 = 10;
pub(super) const READY: u32 = 17;
const CATCHES_UP: u32 = 41;
/// First round without the server, first with it again, first without the router.
pub(super) const SERVER_LOST: u32 = 20;
pub(super) const SERVER_BACK: u32 = 36;
pub(super) const ROUTER_LOST: u32 = 46;
/// Which server drains, and the servers' weights, in the order of the file.
pub(super) const DRAINED_SERVER: usize = 3;
const EQUAL: [u8; 5] = [1; 5];
const UNEQUAL: [u8; 5] = [3, 1, 1, 1, 2];
const CATCHING_UP: [u8; 5] = [1, 1, 4, 1, 1];
/// Which server and which router are lost, in the order of the file.
pub(super) const LOST_SERVER: usize = 2;
pub(super) const LOST_ROUTER: usize = 0;

/// What the demo produced.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// All frames that left, in simulated time.
    pub departures: Vec<Departure>,
    /// All frames that entered, in simulated time.
    pub arrivals: Vec<Arrival>,
    /// What the frames tell.
    pub account: Account,
}

/// Why the demo ended early.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The card failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A frame could not be built.
    #[error("a frame could not be built: {0}")]
    Frame(#[from] BuildWriteError),
    /// The configuration is not one the demo can run on.
    #[error(
        "the demo needs a cluster, routers and a host with addresses of both families (the host IPv4), four servers \
         and two routers"
    )]
    Config,
}

/// A server or router, seen from outside.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub(super) name: String,
    pub(super) mac: MacAddress,
    pub(super) port: u8,
    pub(super) member: u16,
}

/// Something that happens before a round.
enum Step {
    /// A link or a router.
    Action(Action),
    /// The card is programmed anew.
    Tables(Box<Image>),
}

struct Script {
    servers: Vec<Station>,
    routers: Vec<Station>,
    /// The cluster's virtual MAC.
    cluster: MacAddress,
    flows: Vec<Flow>,
    random: Rng,
    seed: u64,
    /// What happens, by round, and how it is told.
    steps: BTreeMap<u32, (String, Step)>,
}

/// Runs the demo; the same seed gives the same frames. `progress` is told the rounds that are done.
///
/// # Errors
/// See [`DemoError`].
pub fn run(
    timeline: &mut Timeline<'_>,
    config: &Config,
    plan: &Plan,
    seed: u64,
    mut progress: impl FnMut(u32),
) -> Result<Outcome, DemoError> {
    let mut script = Script::new(config, plan, seed)?;
    let stations = (&*script.servers, &*script.routers);
    let addresses = cluster_addresses(config).ok_or(DemoError::Config)?;
    let resolution = Resolution::new(config, plan, stations, addresses, seed);
    let mut resolution = resolution.ok_or(DemoError::Config)?;
    let mut follower = Follower::new(stations, script.cluster, addresses, seed);
    let mut observer = Observer::new(&script.servers, &script.routers, LOST_SERVER, LOST_ROUTER);
    let mut arrivals = Vec::new();
    let mut departures: Vec<Departure> = Vec::new();
    let mut delivered: Vec<Departure> = Vec::new();
    for round in 0..ROUNDS {
        if let Some((what, step)) = script.steps.remove(&round) {
            let at_ns = u64::from(round) * ROUND_NS;
            match step {
                Step::Action(action) => timeline.apply(at_ns, action)?,
                Step::Tables(image) => timeline.program(at_ns, &image)?,
            }
            observer.changed(round, &what);
        }
        let mut entering = script.requests(round)?;
        observer.offered(round, entering.len());
        entering.extend(script.replies(round, &delivered)?);
        let flows = entering.len();
        entering.extend(resolution.enter(round));
        entering.extend(follower.enter(round, &script.flows, observer.flows())?);
        entering.sort_by(|a, b| (a.at_ns, a.port, &a.data).cmp(&(b.at_ns, b.port, &b.data)));
        let entered = arrivals.len();
        arrivals.extend_from_slice(&entering);
        let left = timeline.run(entering)?;
        for arrival in &mut arrivals[entered..] {
            arrival.at_ns += timeline.late_ns();
        }
        departures.extend_from_slice(&left);
        delivered = resolution.left(round, flows, follower.left(round, left));
        observer.left(round, &delivered);
        progress(round + 1);
    }
    Ok(Outcome {
        departures,
        arrivals,
        account: observer.account(follower.account(), resolution.account()),
    })
}

impl Script {
    fn new(config: &Config, plan: &Plan, seed: u64) -> Result<Self, DemoError> {
        let addresses = cluster_addresses(config).ok_or(DemoError::Config)?;
        let cluster = *plan.image.virtual_macs.first().ok_or(DemoError::Config)?;
        let stations = |planned: &[PlannedMember]| -> Vec<Station> {
            planned
                .iter()
                .filter_map(|member| station(member, plan))
                .collect()
        };
        let (servers, routers) = (stations(&plan.servers), stations(&plan.routers));
        if servers.len() <= DRAINED_SERVER || routers.len() < 2 {
            return Err(DemoError::Config);
        }
        let mut random = Rng::with_seed(seed);
        // The last flows begin early enough to be seen for a while.
        let flows =
            (0..FLOWS).map(|number| Flow::random(number, ROUNDS - 8, addresses, &mut random));
        Ok(Self {
            steps: steps(config, &servers, &routers)?,
            flows: flows.collect(),
            servers,
            routers,
            cluster,
            random,
            seed,
        })
    }

    /// The clients' frames, by the router their network knows; when that is lost, by another.
    fn requests(&mut self, round: u32) -> Result<Vec<Arrival>, DemoError> {
        let mut arrivals = Vec::new();
        for flow in self.flows.iter().filter(|flow| flow.sends(round)) {
            let number = flow.number as usize;
            let mut router = number % self.routers.len();
            if router == LOST_ROUTER && round >= ROUTER_LOST {
                router = (router + 1 + number / self.routers.len() % (self.routers.len() - 1))
                    % self.routers.len();
            }
            let Station { mac, port, .. } = self.routers[router];
            let length = random_length(&mut self.random);
            let data = flow.request(mac, self.cluster, round, length)?;
            arrivals.push(arrival(port, round, data, &mut self.random));
        }
        Ok(arrivals)
    }

    /// Answers to what reached servers whose link is up, each server by its own default router.
    fn replies(&self, round: u32, delivered: &[Departure]) -> Result<Vec<Arrival>, DemoError> {
        let mut arrivals = Vec::new();
        for departure in delivered {
            let Some(index) = server_of(departure, &self.servers) else {
                continue;
            };
            if index == LOST_SERVER && (SERVER_LOST..SERVER_BACK).contains(&round) {
                continue;
            }
            let Some((number, asked)) = name_of(&departure.data) else {
                continue;
            };
            let Some(flow) = self.flows.get(number as usize) else {
                continue;
            };
            let Station { mac, port, .. } = self.servers[index];
            let router = self.routers[index % self.routers.len()].mac;
            // Drawn for each frame afresh, so that answers do not hang on the order in which frames left.
            let mut random = Rng::with_seed(self.seed ^ u64::from(number) << 32 ^ u64::from(asked));
            let length = random_length(&mut random);
            let data = flow.reply(mac, router, asked, length)?;
            arrivals.push(arrival(port, round, data, &mut random));
        }
        Ok(arrivals)
    }
}

/// What happens in the course of the demo.
fn steps(
    config: &Config,
    servers: &[Station],
    routers: &[Station],
) -> Result<BTreeMap<u32, (String, Step)>, DemoError> {
    let tables = |drains: bool, weights: [u8; 5]| {
        let mut changed = config.clone();
        let servers = changed.clusters.first_mut().ok_or(DemoError::Config)?;
        for (index, server) in servers.servers.iter_mut().enumerate() {
            if drains && index == DRAINED_SERVER {
                server.state = State::Drain;
            }
            server.weight = weights.get(index).copied().unwrap_or(1);
        }
        let plan = image::plan(&changed).map_err(|_| DemoError::Config)?;
        Ok::<_, DemoError>(Step::Tables(Box::new(plan.image)))
    };
    let (drained, lost) = (&servers[DRAINED_SERVER].name, &servers[LOST_SERVER]);
    let (port, router) = (lost.port, &routers[LOST_ROUTER]);
    let link = |up| Step::Action(Action::Link { port, up });
    let router_down = Step::Action(Action::Member {
        member: router.member,
        up: false,
    });
    let weights = |weights: [u8; 5]| {
        let weights = weights.map(|weight| weight.to_string());
        format!("weights {}", weights.join(":"))
    };
    Ok(BTreeMap::from([
        (DRAINED, (format!("{drained} drains"), tables(true, EQUAL)?)),
        (WEIGHTED, (weights(UNEQUAL), tables(true, UNEQUAL)?)),
        (READY, (format!("{drained} ready"), tables(false, EQUAL)?)),
        (SERVER_LOST, (format!("{} lost", lost.name), link(false))),
        (SERVER_BACK, (format!("{} back", lost.name), link(true))),
        (
            CATCHES_UP,
            (weights(CATCHING_UP), tables(false, CATCHING_UP)?),
        ),
        (ROUTER_LOST, (format!("{} lost", router.name), router_down)),
    ]))
}

/// A frame that enters at some time within a round.
pub(super) fn arrival(port: u8, round: u32, data: Vec<u8>, random: &mut Rng) -> Arrival {
    let at_ns = u64::from(round) * ROUND_NS + random.u64(0..ROUND_NS);
    Arrival {
        port,
        at_ns,
        data,
        error: false,
    }
}

fn station(planned: &PlannedMember, plan: &Plan) -> Option<Station> {
    Some(Station {
        name: planned.name.clone(),
        mac: plan.image.members.get(&planned.number)?.mac,
        port: network_port(&plan.image, planned.number),
        member: planned.number,
    })
}

fn cluster_addresses(config: &Config) -> Option<(Ipv4Addr, Ipv6Addr)> {
    let cluster = config.clusters.first()?;
    both_families(cluster.addresses.iter().map(|address| address.value))
}

/// The first address of each family.
pub(super) fn both_families(
    addresses: impl Iterator<Item = IpAddr> + Clone,
) -> Option<(Ipv4Addr, Ipv6Addr)> {
    let v4 = addresses.clone().find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    let v6 = addresses.into_iter().find_map(|address| match address {
        IpAddr::V6(address) => Some(address),
        IpAddr::V4(_) => None,
    });
    v4.zip(v6)
}

/// The server that a frame left for, by port and destination MAC.
pub(super) fn server_of(departure: &Departure, servers: &[Station]) -> Option<usize> {
    let destination = departure.data.first_chunk::<6>()?;
    servers
        .iter()
        .position(|s| s.port == departure.port && s.mac.0 == *destination)
}
