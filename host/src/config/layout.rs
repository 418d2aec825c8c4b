//! What the places of stations must keep to: VLANs of ports, and how servers and routers reach each other.

use flowswitch_driver::image::LOGICAL_PORTS;

use super::problem::Problems;
use super::section::Located;
use super::{Attachment, Cluster, Config, Port, Role};
use crate::logical_port;

pub(super) fn check(config: &Config, problems: &Problems) {
    check_count(config, problems);
    check_vlans(config, problems);
    check_kinds(config, problems);
    for cluster in config.clusters.iter().filter(|c| !c.source_virtual) {
        check_hairpin(config, cluster, problems);
    }
    note_split_places(config, problems);
}

/// Points at the first entry that asks for more logical ports than there are.
fn check_count(config: &Config, problems: &Problems) {
    let most = usize::from(LOGICAL_PORTS);
    let ports = logical_port::lay_out(config);
    let Some(first) = ports.get(most) else {
        return;
    };
    let mut entries = config.ports.iter().filter(|entry| entry.id == first.port);
    if let Some(entry) = entries.next_back().or(config.ports.last()) {
        problems.add(
            &entry.place.span,
            format!("{} logical ports, more than {most}", ports.len()),
            "does not fit into the card",
            "list fewer VLANs, or ranges instead of single ones: every `vlan` and every range of `vlans` is one",
        );
    }
}

/// Every VLAN of a network port belongs to one entry.
fn check_vlans(config: &Config, problems: &Problems) {
    for port in &config.ports {
        let ranges = port.vlans.iter().flatten();
        let mut earlier: Vec<&Located<(u16, u16)>> = Vec::new();
        for range in ranges {
            let (first, last) = range.value;
            let same = earlier.iter().find(|other| {
                let (low, high) = other.value;
                first <= high && low <= last
            });
            if let Some(other) = same {
                problems.add_pair(
                    &range.span,
                    &other.span,
                    format!("port {} lists a VLAN twice", port.id),
                    "list each VLAN once",
                );
            }
            earlier.push(range);
            let holds = |entry: &&Port| {
                entry.id == port.id
                    && entry
                        .vlan
                        .is_some_and(|vlan| (first..=last).contains(&vlan))
            };
            if let Some(entry) = config.ports.iter().find(holds) {
                problems.add_pair(
                    &range.span,
                    &entry.place.span,
                    format!(
                        "{} has an entry of its own and is listed in `vlans` too",
                        entry.attachment()
                    ),
                    "leave the VLAN out of `vlans`, or remove its [[port]]",
                );
            }
        }
    }
}

/// No frame gains or loses a tag, so what works together stands on ports of one kind.
fn check_kinds(config: &Config, problems: &Problems) {
    const REMEDY: &str =
        "no frame gains or loses a tag: give both a port with `vlan`, or both one without";
    for cluster in &config.clusters {
        let servers = cluster.servers.iter();
        let places = servers.map(|server| (server.name.value.as_str(), &server.port));
        if let Some([first, other]) = two_kinds(places) {
            problems.add_pair(
                &other.1.span,
                &first.1.span,
                format!(
                    "servers \"{}\" and \"{}\" of cluster \"{}\" are on ports with and without VLAN",
                    first.0, other.0, cluster.name.value
                ),
                REMEDY,
            );
        }
    }
    for pool in &config.pools {
        let routers = pool.routers.iter();
        let places = routers.map(|router| (router.name.value.as_str(), &router.port));
        if let Some([first, other]) = two_kinds(places) {
            problems.add_pair(
                &other.1.span,
                &first.1.span,
                format!(
                    "routers \"{}\" and \"{}\" of pool \"{}\" are on ports with and without VLAN",
                    first.0, other.0, pool.name.value
                ),
                REMEDY,
            );
        }
    }
    let mut routers = config.pools.iter().flat_map(|pool| &pool.routers);
    let Some(router) = routers.next() else {
        return;
    };
    for cluster in &config.clusters {
        let Some(server) = cluster.servers.first() else {
            continue;
        };
        let mut reached = config.pools.iter().flat_map(|pool| &pool.routers);
        if !reached.any(|router| tagged(&router.port) == tagged(&server.port)) {
            problems.add_pair(
                &server.port.span,
                &router.port.span,
                format!(
                    "no router reaches the servers of cluster \"{}\": they are on ports with and without VLAN",
                    cluster.name.value
                ),
                REMEDY,
            );
        }
    }
}

fn tagged(place: &Located<Attachment>) -> bool {
    place.value.vlan.is_some()
}

/// The first station, and the first that is of the other kind.
fn two_kinds<'a>(
    mut places: impl Iterator<Item = (&'a str, &'a Located<Attachment>)>,
) -> Option<[(&'a str, &'a Located<Attachment>); 2]> {
    let first = places.next()?;
    let other = places.find(|other| tagged(other.1) != tagged(first.1))?;
    Some([first, other])
}

/// A frame that leaves by the port it came from has the same source there: the switch behind the port would learn the
/// router at the card, or refuse to send a frame back.
fn check_hairpin(config: &Config, cluster: &Cluster, problems: &Problems) {
    let name = &cluster.name.value;
    let remedy = "write `source_mac = \"virtual\"` in the cluster, or give servers and routers different VLANs";
    for server in &cluster.servers {
        let place = server.port.value;
        let mut routers = config.pools.iter().flat_map(|pool| &pool.routers);
        if let Some(router) = routers.find(|router| router.port.value == place) {
            problems.add_pair(
                &server.port.span,
                &router.port.span,
                format!(
                    "server \"{}\" of cluster \"{name}\" and router \"{}\" share {place}, and frames keep their source",
                    server.name.value, router.name.value
                ),
                remedy,
            );
            continue;
        }
        let leads_to_routers =
            |port: &&Port| port.attachment() == place && port.role == Role::Router;
        if let Some(port) = config.ports.iter().find(leads_to_routers) {
            problems.add_pair(
                &server.port.span,
                &port.place.span,
                format!(
                    "server \"{}\" of cluster \"{name}\" is on {place}, which leads to routers, and frames keep their \
                     source",
                    server.name.value
                ),
                remedy,
            );
        }
    }
}

/// A station is on one logical port: where a network port's VLANs are others, its tagged frames come as forged ones.
fn note_split_places(config: &Config, problems: &Problems) {
    let ports = logical_port::lay_out(config);
    let split = |place: Attachment| {
        let same = |port: &&flowswitch_driver::image::LogicalPort| {
            port.port == place.port && !port.tagged && !port.untagged
        };
        place.vlan.is_none() && ports.iter().any(|port| same(&port))
    };
    let note = "it is where the port's untagged frames are: what it sends tagged is dropped as forged-source";
    for cluster in &config.clusters {
        for server in cluster.servers.iter().filter(|s| split(s.port.value)) {
            let key = format!(
                "cluster.{}.server.{}",
                cluster.name.value, server.name.value
            );
            problems.note(&server.port.span, key, note);
        }
    }
    for pool in &config.pools {
        for router in pool.routers.iter().filter(|r| split(r.port.value)) {
            let key = format!(
                "router_pool.{}.router.{}",
                pool.name.value, router.name.value
            );
            problems.note(&router.port.span, key, note);
        }
    }
}
