//! What must hold between the parts of a configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;

use flowswitch_driver::image::MacAddress;

use super::problem::Problems;
use super::section::Located;
use super::{Cluster, Config, Server, format_mac, format_service};

pub(super) fn check(config: &Config, problems: &Problems) {
    check_ports(config, problems);
    check_names(config, problems);
    check_servers(config, problems);
    check_macs(config, problems);
    check_addresses(config, problems);
    for (index, cluster) in config.clusters.iter().enumerate() {
        if problems.is_full() {
            return;
        }
        check_services(cluster, problems);
        for earlier in &config.clusters[..index] {
            check_shared_address(cluster, earlier, problems);
        }
    }
    check_client_bits(config, problems);
}

/// Notes a problem for every entry whose key an earlier one has.
fn unique<'a, K: Ord>(
    entries: impl Iterator<Item = (K, &'a Range<usize>)>,
    problems: &Problems,
    message: impl Fn(&K) -> String,
    help: &str,
) {
    let mut seen: BTreeMap<K, &Range<usize>> = BTreeMap::new();
    for (key, span) in entries {
        match seen.get(&key) {
            Some(other) => problems.add_pair(span, other, message(&key), help),
            None => {
                seen.insert(key, span);
            }
        }
    }
}

fn check_ports(config: &Config, problems: &Problems) {
    unique(
        config
            .ports
            .iter()
            .map(|port| (port.attachment(), &port.place.span)),
        problems,
        |place| format!("{place} is described twice"),
        "describe each port once, or once for each VLAN on it",
    );
}

fn check_names(config: &Config, problems: &Problems) {
    let check = |kind: &str, names: &mut dyn Iterator<Item = &Located<String>>| {
        unique(
            names.map(|name| (name.value.as_str(), &name.span)),
            problems,
            |name| format!("two {kind} are called \"{name}\""),
            "give each a name of its own",
        );
    };
    check(
        "ports",
        &mut config.ports.iter().filter_map(|port| port.name.as_ref()),
    );
    check(
        "clusters",
        &mut config.clusters.iter().map(|cluster| &cluster.name),
    );
    check(
        "router pools",
        &mut config.pools.iter().map(|pool| &pool.name),
    );
    let routers = config.pools.iter().flat_map(|pool| &pool.routers);
    check("routers", &mut routers.map(|router| &router.name));
    for cluster in &config.clusters {
        check(
            "servers of a cluster",
            &mut cluster.servers.iter().map(|server| &server.name),
        );
    }
}

/// A name that stands in several clusters means one server, so all must say the same of it.
fn check_servers(config: &Config, problems: &Problems) {
    let mut seen: BTreeMap<&str, (usize, &Server)> = BTreeMap::new();
    let own = |server: &Server| -> BTreeSet<IpAddr> {
        let addresses = server.addresses.iter();
        addresses.map(|address| address.value).collect()
    };
    for (index, cluster) in config.clusters.iter().enumerate() {
        for server in &cluster.servers {
            let (place, first) = *seen.entry(&server.name.value).or_insert((index, server));
            let same = server.mac.value == first.mac.value
                && server.port.value == first.port.value
                && server.state == first.state
                && own(server) == own(first);
            if place != index && !same {
                problems.add_pair(
                    &server.name.span,
                    &first.name.span,
                    format!("server \"{}\" is described in two ways", server.name.value),
                    "give a server the same `mac`, `port`, `state` and `address` in every cluster, or another name",
                );
            }
        }
    }
}

/// Ethernet addresses: one station each; clusters may share a virtual one.
fn check_macs(config: &Config, problems: &Problems) {
    let clusters = &config.clusters;
    let servers = clusters.iter().flat_map(|cluster| &cluster.servers);
    let routers = config.pools.iter().flat_map(|pool| &pool.routers);
    let host = config
        .host
        .iter()
        .map(|host| ("the host".to_owned(), &host.mac));
    let all = host
        .chain(
            clusters
                .iter()
                .map(|c| ("a virtual MAC".to_owned(), &c.virtual_mac)),
        )
        .chain(servers.map(|s| (format!("server \"{}\"", s.name.value), &s.mac)))
        .chain(routers.map(|r| (format!("router \"{}\"", r.name.value), &r.mac)));
    let mut seen: BTreeMap<MacAddress, (String, &Range<usize>)> = BTreeMap::new();
    for (owner, mac) in all {
        let (first, span) = seen
            .entry(mac.value)
            .or_insert_with(|| (owner.clone(), &mac.span));
        if *first != owner {
            problems.add_pair(
                &mac.span,
                span,
                format!(
                    "{} belongs to {first} and to {owner}",
                    format_mac(mac.value)
                ),
                "give each station an Ethernet address of its own",
            );
        }
    }
}

/// IP addresses: one owner each; clusters may share one (that is checked pair by pair).
fn check_addresses<'a>(config: &'a Config, problems: &Problems) {
    for cluster in &config.clusters {
        unique(
            cluster
                .addresses
                .iter()
                .map(|address| (address.value, &address.span)),
            problems,
            |address| format!("{address} is listed twice"),
            "list each address once",
        );
    }
    let routers = config.pools.iter().flat_map(|pool| &pool.routers);
    let host = config
        .host
        .iter()
        .flat_map(|host| &host.addresses)
        .map(|a| ("the host".to_owned(), a));
    let mut named = BTreeSet::new();
    let servers = config.clusters.iter().flat_map(|cluster| &cluster.servers);
    let servers = servers.filter(|server| named.insert(&server.name.value));
    let of = |owner: String, addresses: &'a [Located<IpAddr>]| {
        addresses
            .iter()
            .map(move |address| (owner.clone(), address))
    };
    let servers = servers.flat_map(|server| {
        let owner = format!("server \"{}\"", server.name.value);
        of(owner, &server.addresses)
    });
    let routers = routers.flat_map(|router| {
        let owner = format!("router \"{}\"", router.name.value);
        of(owner, &router.addresses)
    });
    let others = host.chain(servers).chain(routers);
    let mut seen: BTreeMap<IpAddr, (String, &Range<usize>)> = BTreeMap::new();
    for (owner, address) in others {
        match seen.get(&address.value) {
            Some((first, span)) => problems.add_pair(
                &address.span,
                span,
                format!("{} belongs to {first} and to {owner}", address.value),
                "give each station addresses of its own",
            ),
            None => {
                seen.insert(address.value, (owner, &address.span));
            }
        }
    }
    for cluster in &config.clusters {
        for address in &cluster.addresses {
            if let Some((owner, span)) = seen.get(&address.value) {
                problems.add_pair(
                    &address.span,
                    span,
                    format!(
                        "{} belongs to cluster \"{}\" and to {owner}",
                        address.value, cluster.name.value
                    ),
                    "give the cluster an address that no other station has",
                );
            }
        }
    }
}

fn check_services(cluster: &Cluster, problems: &Problems) {
    let keys = cluster.services.iter();
    unique(
        keys.map(|service| (format_service(&service.value), &service.span)),
        problems,
        |word| {
            format!(
                "service {word} is listed twice in cluster \"{}\"",
                cluster.name.value
            )
        },
        "list each service once (\"ipsec\" is udp/500, udp/4500, esp and ah)",
    );
}

fn check_shared_address(cluster: &Cluster, earlier: &Cluster, problems: &Problems) {
    let shared = cluster.addresses.iter().find_map(|address| {
        let others = &earlier.addresses;
        others.iter().find(|other| other.value == address.value)
    });
    let Some(shared) = shared.map(|address| address.value) else {
        return;
    };
    let names = format!("\"{}\" and \"{}\"", earlier.name.value, cluster.name.value);
    if cluster.virtual_mac.value != earlier.virtual_mac.value {
        problems.add_pair(
            &cluster.virtual_mac.span,
            &earlier.virtual_mac.span,
            format!("clusters {names} share {shared} but not its virtual MAC"),
            "an address has one Ethernet address: give both clusters the same `virtual_mac`",
        );
    }
    if cluster.no_service_to_host != earlier.no_service_to_host {
        problems.add_pair(
            &cluster.name.span,
            &earlier.name.span,
            format!("clusters {names} share {shared} but differ in `no_service`"),
            "give both the same `no_service`",
        );
    }
    if cluster.client_persistence.value != earlier.client_persistence.value {
        problems.add_pair(
            &cluster.client_persistence.span,
            &earlier.client_persistence.span,
            format!("clusters {names} share {shared} but differ in `persistence`"),
            "give both the same `persistence` (\"ipsec\" means \"client\"), or addresses of their own",
        );
    }
    for service in &cluster.services {
        for other in &earlier.services {
            if service.value.overlaps(&other.value) {
                problems.add_pair(
                    &service.span,
                    &other.span,
                    format!(
                        "services {} and {} of clusters {names} overlap at {shared}",
                        format_service(&other.value),
                        format_service(&service.value)
                    ),
                    "let each service of a shared address belong to one cluster",
                );
            }
        }
    }
}

/// The card cuts the addresses of all persistent clusters' clients alike.
fn check_client_bits(config: &Config, problems: &Problems) {
    let mut persistent = config.persistent_clusters();
    let Some(first) = persistent.next() else {
        return;
    };
    for cluster in persistent {
        let keys = ["persistence_prefix", "persistence_prefix_ipv6"].iter();
        for (key, (own, other)) in keys.zip(cluster.client_bits.iter().zip(&first.client_bits)) {
            if own.value != other.value {
                problems.add_pair(
                    &own.span,
                    &other.span,
                    format!(
                        "clusters \"{}\" and \"{}\" differ in `{key}`: {} and {}",
                        first.name.value, cluster.name.value, other.value, own.value
                    ),
                    "the card has one for all clusters with `persistence = \"client\"`: write the same in each",
                );
            }
        }
    }
}
