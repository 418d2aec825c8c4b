//! What the card is to hold: the configuration's tables, and what the states of servers and routers make of them.
//!
//! Bucket tables stay as they are as long as one member of each bucket can take its flows: the card itself chooses between the two. A
//! bucket of which neither can is given others, which keep to the weights; it gets its own back with the first of them. So
//! nothing moves but what must.

use std::collections::BTreeMap;

use flowswitch_api::Administrative;
use flowswitch_driver::image::{Bucket, BucketRange, Image, SERVERS};

use super::choice::{Choice, Standing};
use super::states::{MemberState, States, WHOLE};
use crate::config::{AllDown, Cluster, Config};
use crate::image::{Plan, PlanError, network_port, plan_keeping};
use crate::numbering::Numbers;

/// What the card is to hold, and what follows for clusters.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The card's tables.
    pub image: Image,
    /// By cluster: none of its servers is alive, sorry servers left out.
    pub all_down: Vec<bool>,
}

/// The plan of a configuration with the weights of now. Servers keep the numbers that they have in `plan`.
///
/// # Errors
/// See [`PlanError`].
pub fn weighted(config: &Config, plan: &Plan, states: &States) -> Result<Plan, PlanError> {
    let whole = |states: &[MemberState]| states.iter().all(|s| s.weight_percent == WHOLE);
    if states.servers.iter().all(|servers| whole(servers)) {
        return Ok(plan.clone());
    }
    let mut scaled = config.clone();
    for (cluster, states) in scaled.clusters.iter_mut().zip(&states.servers) {
        if !whole(states) {
            scale(cluster, states);
        }
    }
    plan_keeping(&scaled, &numbers_of(plan))
}

/// Gives a cluster's servers the weights of now, in the finest steps that 8 bits allow.
fn scale(cluster: &mut Cluster, states: &[MemberState]) {
    let products = cluster.servers.iter().zip(states);
    let products: Vec<u32> = products
        .map(|(server, state)| u32::from(server.weight) * u32::from(state.weight_percent))
        .collect();
    let greatest = products.iter().copied().max().unwrap_or_default().max(1);
    for (server, product) in cluster.servers.iter_mut().zip(products) {
        let weight = (product * 255).div_ceil(greatest).min(255);
        server.weight = weight as u8;
    }
}

/// Numbers of a plan's servers.
pub fn numbers_of(plan: &Plan) -> Numbers {
    let members = plan.servers.iter();
    let entries = members.filter_map(|server| {
        let member = plan.image.members.get(&server.number)?;
        Some((member.mac, server.number))
    });
    entries.collect()
}

/// What the card is to hold. `base` is the plan of `config` with the weights of now.
pub fn desired(config: &Config, base: &Plan, states: &States) -> Desired {
    let mut image = base.image.clone();
    let clusters: Vec<Standings> = (0..config.clusters.len())
        .map(|cluster| Standings::of(config, base, states, cluster))
        .collect();
    let mut members: BTreeMap<u16, Combined> = BTreeMap::new();
    for (standings, states) in clusters.iter().zip(&states.servers) {
        for ((number, standing), state) in standings.members.iter().zip(states) {
            let combined = members.entry(*number).or_default();
            combined.add(*standing != Standing::Out, state);
        }
    }
    set_members(&mut image, &members);
    for (index, standings) in clusters.iter().enumerate() {
        if let Some(range) = cluster_range(&base.image, index) {
            choose(&mut image, range, standings.choice(&members));
        }
    }
    let mut number = SERVERS;
    for routers in &states.routers {
        let first = number;
        number += routers.len() as u16;
        set_routers(&mut image, first, routers);
    }
    Desired {
        image,
        all_down: clusters.iter().map(|cluster| cluster.all_down).collect(),
    }
}

/// How the servers of a cluster stand to each other.
struct Standings {
    /// Number and standing, in the order of the configuration.
    members: Vec<(u16, Standing)>,
    all_down: bool,
}

impl Standings {
    fn of(config: &Config, base: &Plan, states: &States, index: usize) -> Self {
        let cluster = &config.clusters[index];
        let states_here = &states.servers[index];
        let serving = |i: usize| !cluster.servers[i].sorry;
        let alive = |i: usize| states_here[i].is_alive();
        let count = cluster.servers.len();
        let all_down = !(0..count).any(|i| serving(i) && alive(i));
        let kept = |i: usize| {
            let last = states.last_alive.get(index);
            cluster.all_down == AllDown::Keep
                && last.is_some_and(|last| last.contains(&i))
                && states_here[i].administrative != Administrative::Maintenance
        };
        let sorry_now = all_down && cluster.all_down == AllDown::Sorry;
        let standing = |i: usize| {
            let server = &cluster.servers[i];
            let number = base.server(&server.name.value).unwrap_or(SERVERS);
            let weight = base.image.members.get(&number).map_or(0, |m| m.weight);
            let drains = states_here[i].drains() || weight == 0;
            let runs = alive(i) || all_down && serving(i) && kept(i);
            let standing = match (runs, drains) {
                (false, _) => Standing::Out,
                // It may take what is left to it; its share of buckets is none.
                (true, _) if !serving(i) && !sorry_now => Standing::Reserve,
                (true, true) => Standing::Draining,
                (true, false) => Standing::Ready,
            };
            (number, standing)
        };
        Self {
            members: (0..count).map(standing).collect(),
            all_down,
        }
    }

    fn choice(&self, all: &BTreeMap<u16, Combined>) -> Choice {
        // A server that is up for another cluster's sake must be kept from this one's frames.
        let barred = self.members.iter().filter(|(number, standing)| {
            *standing == Standing::Out && all.get(number).is_some_and(|member| member.up)
        });
        Choice::new(
            self.members.iter().copied(),
            barred.map(|(number, _)| *number).collect(),
        )
    }
}

/// The buckets of a cluster.
pub fn cluster_range(image: &Image, cluster: usize) -> Option<BucketRange> {
    let mut services = image.services.iter();
    let service = services.find(|service| usize::from(service.cluster) == cluster);
    service.map(|service| service.buckets)
}

/// A member, from all clusters that it stands in.
#[derive(Clone, Copy, Debug, Default)]
struct Combined {
    up: bool,
    draining: bool,
    /// Something other than its link can keep it down.
    held: bool,
}

impl Combined {
    fn add(&mut self, up: bool, state: &MemberState) {
        self.up |= up;
        self.draining |= state.drains();
        self.held |= state.checked || state.administrative == Administrative::Maintenance;
    }
}

fn set_members(image: &mut Image, members: &BTreeMap<u16, Combined>) {
    for (number, combined) in members {
        if let Some(member) = image.members.get_mut(number) {
            member.up = combined.up;
            // What only its link can bring down comes back with it, daemon or no daemon.
            member.up_on_link = combined.up || !combined.held;
            member.draining = combined.draining || member.weight == 0;
        }
    }
}

fn set_routers(image: &mut Image, first: u16, states: &[MemberState]) {
    let numbers = || (first..).zip(states);
    let standing = |state: &MemberState| match (state.is_alive(), state.drains()) {
        (false, _) => Standing::Out,
        (true, true) => Standing::Draining,
        (true, false) => Standing::Ready,
    };
    let combined = numbers().map(|(number, state)| {
        let mut combined = Combined::default();
        combined.add(state.is_alive(), state);
        (number, combined)
    });
    set_members(image, &combined.collect());
    let Some(pool) = image.pools.get(&(first - SERVERS)).copied() else {
        return;
    };
    for range in [pool.flows, pool.assignment] {
        let members = numbers().map(|(number, state)| (number, standing(state)));
        choose(image, range, Choice::new(members, Vec::new()));
    }
}

/// Gives the buckets of a range whose members cannot take their flows others.
fn choose(image: &mut Image, range: BucketRange, choice: Choice) {
    let (base, size) = (range.base as usize, 1usize << range.log2.min(17));
    let Some(nominal) = image.buckets.get(base..base + size) else {
        return;
    };
    let ports = |member: u16| network_port(image, member);
    let changed: Vec<(usize, Bucket)> = choice.changed(nominal, ports);
    for (index, bucket) in changed {
        image.buckets[base + index] = bucket;
    }
}
