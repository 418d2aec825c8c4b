//! What must fit into the card.

use std::collections::BTreeSet;
use std::ops::Range;

use flowswitch_driver::image::{LOGICAL_PORTS, ROUTERS, SERVERS, VIPS};
use flowswitch_driver::plan::{assignment_log2, table_log2};

use super::Config;
use super::problem::Problems;
use crate::image::POOL_LOG2;

/// Services the card holds; a service counts once for each address of its cluster.
const SERVICES: usize = 64;
/// Clusters the card tells apart.
const CLUSTERS: usize = 64;
/// Five eighths of the slots in the card's table of addresses, so that each address finds a slot among its four.
const ADDRESSES: usize = 1_280;
/// Ports and VLANs that may be listed: the card's logical ports, and as many that come to the same ones.
const PORT_WORDS: usize = 2 * LOGICAL_PORTS as usize;
const SERVICES_HELP: &str = "a service counts once for each address (\"ipsec\" four times), and so does `echo = \"server\"`: use ranges \
     of ports, a whole protocol or \"any\"";

/// Adds up shares and notes a problem at the first that does not fit. True if all do.
fn limit<'a>(
    shares: impl Iterator<Item = (usize, &'a Range<usize>)>,
    most: usize,
    what: &str,
    help: &str,
    problems: &Problems,
) -> bool {
    let mut sum = 0;
    for (share, span) in shares {
        sum += share;
        if sum > most {
            let message = format!("more than {most} {what}");
            problems.add(span, message, "does not fit into the card", help);
            return false;
        }
    }
    true
}

/// True if the card has room for everything.
pub(super) fn check(config: &Config, problems: &Problems) -> bool {
    let clusters = &config.clusters;
    let pools = &config.pools;
    let parts = [
        limit(
            clusters.iter().map(|cluster| (1, &cluster.name.span)),
            CLUSTERS,
            "clusters",
            "use fewer clusters",
            problems,
        ),
        check_members(config, problems),
        check_addresses(config, problems),
        limit(
            config.ports.iter().flat_map(|port| {
                let ranges = port.vlans.iter().flatten().map(|range| (1, &range.span));
                ranges.chain(std::iter::once((1, &port.place.span)))
            }),
            PORT_WORDS,
            "ports, VLANs and ranges of VLANs",
            "list fewer VLANs, or ranges instead of single ones: every `vlan` and every range of `vlans` is a logical port, of which \
             the card has 64",
            problems,
        ),
        limit(
            listed_services(config),
            SERVICES,
            "services",
            SERVICES_HELP,
            problems,
        ),
    ];
    if parts.contains(&false) {
        return false;
    }
    let echo = config.echo_services().into_iter();
    let echo = echo.map(|(cluster, ..)| (1, &config.clusters[cluster].name.span));
    let services = limit(
        listed_services(config).chain(echo),
        SERVICES,
        "services",
        SERVICES_HELP,
        problems,
    );
    let servers = clusters.iter().flat_map(|cluster| &cluster.servers);
    let servers: BTreeSet<&str> = servers.map(|s| s.name.value.as_str()).collect();
    let assignment = 1 << assignment_log2(servers.len());
    let tables = clusters
        .iter()
        .map(|c| (1 << table_log2(c.servers.len()), &c.name.span));
    let tables = tables.chain(pools.iter().map(|p| {
        (
            assignment + (1 << table_log2(p.routers.len())),
            &p.name.span,
        )
    }));
    let tables = limit(
        tables,
        1 << POOL_LOG2,
        "buckets in all tables",
        "use fewer servers, or fewer clusters with the same servers",
        problems,
    );
    services && tables
}

/// Services as they are listed, each once for every address of its cluster.
fn listed_services(config: &Config) -> impl Iterator<Item = (usize, &Range<usize>)> {
    config.clusters.iter().flat_map(|cluster| {
        let services = cluster.services.iter();
        services.map(|service| (cluster.addresses.len(), &service.span))
    })
}

fn check_members(config: &Config, problems: &Problems) -> bool {
    let mut counted = BTreeSet::new();
    let servers = config.clusters.iter().flat_map(|cluster| &cluster.servers);
    let servers = servers.map(|server| {
        let new = counted.insert(server.name.value.as_str());
        (usize::from(new), &server.name.span)
    });
    let routers = config.pools.iter().flat_map(|pool| &pool.routers);
    let servers = limit(
        servers,
        SERVERS.into(),
        "servers",
        "use fewer servers",
        problems,
    );
    let routers = limit(
        routers.map(|router| (1, &router.name.span)),
        ROUTERS.into(),
        "routers",
        "use fewer routers",
        problems,
    );
    servers && routers
}

fn check_addresses(config: &Config, problems: &Problems) -> bool {
    let mut counted = BTreeSet::new();
    let virtual_addresses: Vec<_> = (config.clusters.iter())
        .flat_map(|cluster| &cluster.addresses)
        .map(|address| (usize::from(counted.insert(address.value)), &address.span))
        .collect();
    let of_clusters = limit(
        virtual_addresses.iter().copied(),
        VIPS.into(),
        "addresses of clusters",
        "use fewer addresses; clusters with different services may share one",
        problems,
    );
    let host = config.host.iter().flat_map(|host| &host.addresses);
    let routers = config.pools.iter().flat_map(|pool| &pool.routers);
    let mut named = BTreeSet::new();
    let servers = config.clusters.iter().flat_map(|cluster| &cluster.servers);
    let servers = servers.filter(|server| named.insert(server.name.value.as_str()));
    let stations = (routers.flat_map(|router| &router.addresses))
        .chain(servers.flat_map(|server| &server.addresses))
        .chain(host);
    let stations = stations.map(|address| (1, &address.span));
    let of_all = limit(
        virtual_addresses.iter().copied().chain(stations),
        ADDRESSES,
        "addresses of clusters, routers, servers and the host",
        "list fewer addresses",
        problems,
    );
    of_clusters && of_all
}
