//! From a configuration to what a card holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use flowswitch_driver::image::{
    BucketRange, Image, MacAddress, Member, PortSetup, SERVERS, Service,
};
use flowswitch_driver::maglev::MaglevError;
use flowswitch_driver::plan::{Allocator, PoolFull, Share, fill, table_log2};

use crate::config::{Cluster, Config, Role, Server, ServiceMatch, State};

/// Base-2 logarithm of the card's bucket pool.
pub(crate) const POOL_LOG2: u8 = 17;

/// What a card is to hold, and whose the members are.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The card's tables.
    pub image: Image,
    /// Servers in the order of their numbers, from 0.
    pub servers: Vec<PlannedMember>,
    /// Routers in the order of their numbers, from [`SERVERS`].
    pub routers: Vec<PlannedMember>,
}

/// A member's name and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMember {
    /// Its name in the configuration.
    pub name: String,
    /// Its number on the card.
    pub number: u16,
}

impl Plan {
    /// Number of a server by its name.
    pub fn server(&self, name: &str) -> Option<u16> {
        number_of(&self.servers, name)
    }

    /// Number of a router by its name.
    pub fn router(&self, name: &str) -> Option<u16> {
        number_of(&self.routers, name)
    }
}

fn number_of(members: &[PlannedMember], name: &str) -> Option<u16> {
    members
        .iter()
        .find(|member| member.name == name)
        .map(|member| member.number)
}

/// A configuration that the card has no room for; [`Config::parse`] rules it out.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum PlanError {
    /// The bucket tables are larger than the pool.
    #[error(transparent)]
    PoolFull(#[from] PoolFull),
    /// A bucket table cannot be filled.
    #[error(transparent)]
    Maglev(#[from] MaglevError),
}

/// Lays out a configuration for the card.
///
/// # Errors
/// See [`PlanError`].
pub fn plan(config: &Config) -> Result<Plan, PlanError> {
    let mut plan = Plan {
        image: Image {
            ports: ports(config),
            drop_unknown: config.switch.drop_unknown,
            fdb_age: config.switch.ageing_ticks,
            host: config.host.as_ref().map(|host| host.mac.value),
            ..Image::default()
        },
        servers: Vec::new(),
        routers: Vec::new(),
    };
    add_servers(config, &mut plan);
    add_routers(config, &mut plan);
    add_tables(config, &mut plan)?;
    Ok(plan)
}

/// Clusters by their position whose servers a port carries. A port said to carry servers of which none is
/// configured could carry those of any cluster.
fn clusters_at(config: &Config, port: u8) -> BTreeSet<usize> {
    let clusters = config.clusters.iter().enumerate();
    let own: BTreeSet<usize> = clusters
        .filter(|(_, cluster)| {
            cluster
                .servers
                .iter()
                .any(|server| server.port.value == port)
        })
        .map(|(index, _)| index)
        .collect();
    let described = config
        .ports
        .iter()
        .any(|p| p.id == port && p.role == Role::Server);
    // One number past the clusters keeps such ports apart from each other when there is no cluster at all.
    if own.is_empty() && described {
        (0..=config.clusters.len()).collect()
    } else {
        own
    }
}

/// Flooded frames never pass between ports of one cluster's servers.
fn ports(config: &Config) -> Vec<PortSetup> {
    let clusters: Vec<_> = (0..config.switch.ports)
        .map(|port| clusters_at(config, port))
        .collect();
    let setup = |port: usize| {
        let reachable =
            |other: &usize| *other != port && clusters[port].is_disjoint(&clusters[*other]);
        PortSetup {
            bpdu_to_host: config
                .ports
                .iter()
                .any(|p| usize::from(p.id) == port && p.bpdu_to_host),
            flood_mask: (0..clusters.len())
                .filter(reachable)
                .fold(0, |mask, other| mask | 1 << other),
        }
    };
    (0..clusters.len()).map(setup).collect()
}

/// Servers are numbered in the order of the file; one that stands in several clusters has one number.
fn add_servers(config: &Config, plan: &mut Plan) {
    for server in config.clusters.iter().flat_map(|cluster| &cluster.servers) {
        if plan.server(&server.name.value).is_some() {
            continue;
        }
        let places = config.clusters.iter().flat_map(|cluster| &cluster.servers);
        let mut places = places.filter(|place| place.name.value == server.name.value);
        let number = plan.servers.len() as u16;
        plan.servers.push(PlannedMember {
            name: server.name.value.clone(),
            number,
        });
        let member = Member {
            mac: server.mac.value,
            port: server.port.value,
            up: server.state != State::Maintenance,
            draining: server.state == State::Drain || places.all(|place| place.weight == 0),
            // The link's return must not end a maintenance.
            up_on_link: server.state != State::Maintenance,
            weight: server.weight,
        };
        plan.image.members.insert(number, member);
    }
}

fn add_routers(config: &Config, plan: &mut Plan) {
    for (router, number) in config
        .pools
        .iter()
        .flat_map(|pool| &pool.routers)
        .zip(SERVERS..)
    {
        plan.routers.push(PlannedMember {
            name: router.name.value.clone(),
            number,
        });
        let member = Member {
            mac: router.mac.value,
            port: router.port.value,
            up: true,
            draining: false,
            up_on_link: true,
            weight: 1,
        };
        plan.image.members.insert(number, member);
        plan.image
            .router_addresses
            .extend(router.addresses.iter().map(|address| address.value));
    }
}

/// One bucket table to build.
enum Table<'a> {
    Cluster(usize, &'a Cluster),
    Pool(Vec<u16>),
}

impl Table<'_> {
    fn log2(&self) -> u8 {
        table_log2(match self {
            Self::Cluster(_, cluster) => cluster.servers.len(),
            Self::Pool(routers) => routers.len(),
        })
    }
}

/// Bucket tables, and the services and pools that use them. Large tables come first: then each is aligned to its
/// size without gaps.
fn add_tables(config: &Config, plan: &mut Plan) -> Result<(), PlanError> {
    let mut next_router = SERVERS;
    let mut tables: Vec<Table<'_>> = config
        .clusters
        .iter()
        .enumerate()
        .map(|(index, c)| Table::Cluster(index, c))
        .collect();
    for pool in &config.pools {
        let end = next_router + pool.routers.len() as u16;
        tables.push(Table::Pool((next_router..end).collect()));
        next_router = end;
    }
    tables.sort_by_key(|table| std::cmp::Reverse(table.log2()));
    let mut pool = Allocator::new(POOL_LOG2);
    let mut ranges = BTreeMap::new();
    for table in tables {
        let range = pool.allot(table.log2())?;
        match table {
            Table::Cluster(index, cluster) => {
                let shares = server_shares(cluster, plan);
                fill(&mut plan.image, range, &shares)?;
                ranges.insert(index, range);
            }
            Table::Pool(routers) => {
                let shares = router_shares(&routers, plan);
                fill(&mut plan.image, range, &shares)?;
                plan.image
                    .pools
                    .extend(routers.iter().map(|router| (router - SERVERS, range)));
            }
        }
    }
    add_services(config, &ranges, &mut plan.image);
    Ok(())
}

fn server_shares(cluster: &Cluster, plan: &Plan) -> Vec<Share> {
    // With all weights 0 every server drains: they share what is left to arrive evenly.
    let idle = cluster.servers.iter().all(|server| server.weight == 0);
    let share = |server: &Server| Share {
        name: server.name.value.clone(),
        member: plan.server(&server.name.value).unwrap_or_default(),
        weight: if idle { 1 } else { server.weight },
        port: server.port.value,
    };
    cluster.servers.iter().map(share).collect()
}

fn router_shares(routers: &[u16], plan: &Plan) -> Vec<Share> {
    let share = |router: &PlannedMember| Share {
        name: router.name.clone(),
        member: router.number,
        weight: 1,
        port: plan.image.members[&router.number].port,
    };
    plan.routers
        .iter()
        .filter(|router| routers.contains(&router.number))
        .map(share)
        .collect()
}

/// Services in matching order: what is more specific first, otherwise as in the file.
fn add_services(config: &Config, ranges: &BTreeMap<usize, BucketRange>, image: &mut Image) {
    let mut all: Vec<(usize, &Cluster, IpAddr, ServiceMatch)> = Vec::new();
    for (index, cluster) in config.clusters.iter().enumerate() {
        for address in &cluster.addresses {
            let services = cluster.services.iter();
            all.extend(services.map(|service| (index, cluster, address.value, service.value)));
        }
    }
    all.sort_by_key(|(_, _, _, service)| service.generality());
    for (index, cluster, address, service) in all {
        let virtual_mac = virtual_mac_number(&mut image.virtual_macs, cluster.virtual_mac.value);
        image.services.push(Service {
            address,
            protocol: service.protocol,
            ports: service.ports,
            vlan: None,
            client_persistence: cluster.client_persistence || service.client_persistence,
            no_service_to_host: cluster.no_service_to_host,
            least_load: cluster.least_load,
            cluster: index as u8,
            virtual_mac,
            buckets: ranges.get(&index).copied().unwrap_or_default(),
        });
    }
}

fn virtual_mac_number(known: &mut Vec<MacAddress>, mac: MacAddress) -> u8 {
    let place = known
        .iter()
        .position(|other| *other == mac)
        .unwrap_or_else(|| {
            known.push(mac);
            known.len() - 1
        });
    place as u8
}
