//! From a configuration to what a card holds.

use std::collections::BTreeMap;
use std::net::IpAddr;

use flowswitch_driver::image::{
    BucketRange, Image, MacAddress, Member, Pool, PortSetup, SERVERS, Service, Vip,
};
use flowswitch_driver::maglev::MaglevError;
use flowswitch_driver::plan::{
    Allocator, PoolFull, Share, assignment_log2, fill, fill_assignment, table_log2,
};

use crate::config::{Attachment, Cluster, Config, Server, ServiceMatch, State};
use crate::logical_port::{lay_out, number_of as logical_port};
use crate::numbering::Numbers;

/// Base-2 logarithm of the card's bucket pool.
pub(crate) const POOL_LOG2: u8 = 17;

/// What a card is to hold, and whose the members are.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The card's tables.
    pub image: Image,
    /// Servers in the order of the file; on a card that holds nothing that is the order of their numbers, from 0.
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

/// Lays out a configuration for a card that holds nothing.
///
/// # Errors
/// See [`PlanError`].
pub fn plan(config: &Config) -> Result<Plan, PlanError> {
    plan_keeping(config, &Numbers::new())
}

/// Lays out a configuration for a card on which servers have numbers already; the others get the lowest free ones.
///
/// # Errors
/// See [`PlanError`].
pub fn plan_keeping(config: &Config, numbers: &Numbers) -> Result<Plan, PlanError> {
    let mut plan = Plan {
        image: Image {
            ports: ports(config),
            drop_unknown: config.switch.drop_unknown,
            fdb_age: config.switch.ageing_ticks,
            announce: config.switch.announce_ticks,
            logical_ports: lay_out(config),
            host: config.host.as_ref().map(|host| host.mac.value),
            host_addresses: host_addresses(config),
            clusters: config
                .clusters
                .iter()
                .map(|cluster| cluster.flows)
                .collect(),
            client_bits: config.client_bits(),
            ..Image::default()
        },
        servers: Vec::new(),
        routers: Vec::new(),
    };
    add_servers(config, numbers, &mut plan);
    add_routers(config, &mut plan);
    add_vips(config, &mut plan);
    add_tables(config, &mut plan)?;
    Ok(plan)
}

fn ports(config: &Config) -> Vec<PortSetup> {
    let to_host = |port: u8| {
        let mut entries = config.ports.iter().filter(|entry| entry.id == port);
        entries.any(|entry| entry.bpdu_to_host)
    };
    (0..config.switch.ports)
        .map(|port| PortSetup {
            bpdu_to_host: to_host(port),
        })
        .collect()
}

fn host_addresses(config: &Config) -> Vec<IpAddr> {
    let addresses = config.host.iter().flat_map(|host| &host.addresses);
    addresses.map(|address| address.value).collect()
}

/// The logical port of a member; [`Config::parse`] lets it name none that is not there.
fn logical_port_of(image: &Image, place: Attachment) -> u8 {
    logical_port(&image.logical_ports, place).unwrap_or_default()
}

/// Servers without a number are numbered in the order of the file; one that stands in several clusters has one number.
fn add_servers(config: &Config, numbers: &Numbers, plan: &mut Plan) {
    let mut free = (0..SERVERS).filter(|number| !numbers.values().any(|taken| taken == number));
    for server in config.clusters.iter().flat_map(|cluster| &cluster.servers) {
        if plan.server(&server.name.value).is_some() {
            continue;
        }
        let places = config.clusters.iter().flat_map(|cluster| &cluster.servers);
        let places = places.filter(|place| place.name.value == server.name.value);
        let weight = places.map(|place| place.weight).max().unwrap_or_default();
        let number = numbers.get(&server.mac.value).copied();
        let number = number.or_else(|| free.next()).unwrap_or(SERVERS);
        plan.servers.push(PlannedMember {
            name: server.name.value.clone(),
            number,
        });
        let member = Member {
            mac: server.mac.value,
            logical_port: logical_port_of(&plan.image, server.port.value),
            up: server.state != State::Maintenance,
            draining: server.state == State::Drain || weight == 0,
            // The link's return must not end a maintenance.
            up_on_link: server.state != State::Maintenance,
            weight,
        };
        plan.image.members.insert(number, member);
        let own = server.addresses.iter();
        plan.image
            .server_addresses
            .extend(own.map(|address| (address.value, number)));
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
            logical_port: logical_port_of(&plan.image, router.port.value),
            up: router.state != State::Maintenance,
            draining: router.state == State::Drain,
            up_on_link: router.state != State::Maintenance,
            weight: 1,
        };
        plan.image.members.insert(number, member);
        let addresses = router.addresses.iter();
        plan.image
            .router_addresses
            .extend(addresses.map(|address| (address.value, number - SERVERS)));
    }
}

/// Virtual addresses in the order of the file; clusters may share one. What servers open from it ages as the flows of
/// the first of them.
fn add_vips(config: &Config, plan: &mut Plan) {
    for (number, cluster) in (0..).zip(&config.clusters) {
        let virtual_mac =
            virtual_mac_number(&mut plan.image.virtual_macs, cluster.virtual_mac.value);
        let servers = cluster.servers.iter();
        let servers: Vec<u16> = servers
            .filter_map(|server| plan.server(&server.name.value))
            .collect();
        for address in &cluster.addresses {
            let vips = &mut plan.image.vips;
            match vips.iter_mut().find(|vip| vip.address == address.value) {
                Some(vip) => vip.servers.extend(&servers),
                None => vips.push(Vip {
                    address: address.value,
                    virtual_mac,
                    servers: servers.iter().copied().collect(),
                    persistent: cluster.client_persistence.value,
                    cluster: number,
                }),
            }
        }
    }
}

/// One bucket table to build, by the position of its cluster or pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Cluster(usize),
    Flows(usize),
    Assignment(usize),
}

/// Bucket tables, and the services and pools that use them. Large tables come first: then each is aligned to its
/// size without gaps.
fn add_tables(config: &Config, plan: &mut Plan) -> Result<(), PlanError> {
    let clusters = config.clusters.iter().enumerate();
    let mut tables: Vec<(Table, u8)> = clusters
        .map(|(index, cluster)| (Table::Cluster(index), table_log2(cluster.servers.len())))
        .collect();
    for (index, pool) in config.pools.iter().enumerate() {
        tables.push((Table::Flows(index), table_log2(pool.routers.len())));
        tables.push((
            Table::Assignment(index),
            assignment_log2(
                plan.servers
                    .iter()
                    .map(|server| usize::from(server.number) + 1)
                    .max()
                    .unwrap_or_default(),
            ),
        ));
    }
    tables.sort_by_key(|(_, log2)| std::cmp::Reverse(*log2));
    let mut allocator = Allocator::new(POOL_LOG2);
    let mut ranges = BTreeMap::new();
    for (table, log2) in tables {
        ranges.insert(table, allocator.allot(log2)?);
    }
    let range = |table| ranges.get(&table).copied().unwrap_or_default();
    for (index, cluster) in config.clusters.iter().enumerate() {
        let shares = server_shares(cluster, plan);
        fill(&mut plan.image, range(Table::Cluster(index)), &shares)?;
    }
    let mut next_router = SERVERS;
    for (index, pool) in config.pools.iter().enumerate() {
        let end = next_router + pool.routers.len() as u16;
        let routers: Vec<u16> = (next_router..end).collect();
        next_router = end;
        let entry = Pool {
            flows: range(Table::Flows(index)),
            assignment: range(Table::Assignment(index)),
            drop_advertisements: pool.drop_advertisements,
        };
        let shares = router_shares(&routers, plan);
        fill(&mut plan.image, entry.flows, &shares)?;
        fill_assignment(&mut plan.image, entry.assignment, &routers);
        let numbers = routers.iter().map(|router| router - SERVERS);
        plan.image
            .pools
            .extend(numbers.map(|router| (router, entry)));
    }
    let cluster_range = |index| range(Table::Cluster(index));
    add_services(config, cluster_range, &mut plan.image);
    Ok(())
}

fn server_shares(cluster: &Cluster, plan: &Plan) -> Vec<Share> {
    // A sorry server stands in for all others, and has no share beside them.
    let serving = || cluster.servers.iter().filter(|server| !server.sorry);
    // With all weights 0 every server drains: they share what is left to arrive evenly.
    let idle = serving().all(|server| server.weight == 0);
    let share = |server: &Server| Share {
        name: server.name.value.clone(),
        member: plan.server(&server.name.value).unwrap_or_default(),
        weight: if idle { 1 } else { server.weight },
        port: server.port.value.port,
    };
    serving().map(share).collect()
}

fn router_shares(routers: &[u16], plan: &Plan) -> Vec<Share> {
    let share = |router: &PlannedMember| Share {
        name: router.name.clone(),
        member: router.number,
        weight: 1,
        port: network_port(&plan.image, router.number),
    };
    plan.routers
        .iter()
        .filter(|router| routers.contains(&router.number))
        .map(share)
        .collect()
}

/// The network port of a member; 0 if there is no such member.
pub(crate) fn network_port(image: &Image, member: u16) -> u8 {
    let member = image.members.get(&member);
    let port = member.and_then(|member| image.logical_ports.get(usize::from(member.logical_port)));
    port.map_or(0, |port| port.port)
}

/// Services in matching order: what is more specific first, otherwise as in the file.
fn add_services(config: &Config, range: impl Fn(usize) -> BucketRange, image: &mut Image) {
    let mut all: Vec<(usize, &Cluster, IpAddr, ServiceMatch)> = Vec::new();
    for (index, cluster) in config.clusters.iter().enumerate() {
        for address in &cluster.addresses {
            let services = cluster.services.iter();
            all.extend(services.map(|service| (index, cluster, address.value, service.value)));
        }
    }
    let echo = config.echo_services().into_iter();
    all.extend(
        echo.map(|(index, address, service)| (index, &config.clusters[index], address, service)),
    );
    all.sort_by_key(|(_, _, _, service)| service.generality());
    for (index, cluster, address, service) in all {
        let virtual_mac = virtual_mac_number(&mut image.virtual_macs, cluster.virtual_mac.value);
        image.services.push(Service {
            address,
            protocol: service.protocol,
            ports: service.ports,
            vlan: None,
            client_persistence: cluster.client_persistence.value,
            no_service_to_host: cluster.no_service_to_host,
            least_load: cluster.least_load,
            cluster: index as u8,
            virtual_mac,
            source_virtual: cluster.source_virtual,
            buckets: range(index),
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
