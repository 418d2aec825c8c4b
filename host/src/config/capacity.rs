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
/// Ports and VLANs that may be listed: the card's logical ports, and as many that come to the same ones.
const PORT_WORDS: usize = 2 * LOGICAL_PORTS as usize;
/// Clusters the card tells apart.
const CLUSTERS: usize = 64;
/// Five eighths of the slots in the card's table of addresses, so that each address finds a slot among its four.
const ADDRESSES: usize = 1_280;

/// Whether the card has room for everything.
pub(super) fn fits(config: &Config, problems: &Problems) -> bool {
    let before = problems.count();
    check_ports(config, problems);
    check(config, problems);
    problems.count() == before
}

/// Counts what is listed rather than laying it out: a file may list any number.
fn check_ports(config: &Config, problems: &Problems) {
    let words = config.ports.iter().flat_map(|port| {
        let ranges = port.vlans.iter().flatten().map(|range| &range.span);
        ranges.chain(std::iter::once(&port.place.span))
    });
    if let Some(span) = words.clone().nth(PORT_WORDS) {
        problems.add(
            span,
            format!("{} ports, VLANs and ranges of VLANs", words.count()),
            "does not fit into the card",
            "list fewer VLANs, or ranges instead of single ones: every `vlan` and every range of `vlans` is a logical port, of which \
             the card has 64",
        );
    }
}

fn check(config: &Config, problems: &Problems) {
    /// Adds up shares and notes a problem at the first that does not fit.
    fn limit<'a>(
        shares: impl Iterator<Item = (usize, &'a Range<usize>)>,
        most: usize,
        what: &str,
        help: &str,
        problems: &Problems,
    ) {
        let mut sum = 0;
        for (share, span) in shares {
            sum += share;
            if sum > most {
                let message = format!("more than {most} {what}");
                return problems.add(span, message, "does not fit into the card", help);
            }
        }
    }
    let clusters = &config.clusters;
    let pools = &config.pools;
    limit(
        clusters.iter().map(|cluster| (1, &cluster.name.span)),
        CLUSTERS,
        "clusters",
        "use fewer clusters",
        problems,
    );
    let services = clusters.iter().flat_map(|cluster| {
        let services = cluster.services.iter();
        services.map(|service| (cluster.addresses.len(), &service.span))
    });
    // All clusters are compared with each other for these.
    let few = clusters.len() <= CLUSTERS
        && clusters.iter().map(|c| c.addresses.len()).sum::<usize>() <= ADDRESSES;
    let echo = few.then(|| config.echo_services());
    let echo = echo.into_iter().flatten();
    let echo = echo.map(|(cluster, ..)| (1, &config.clusters[cluster].name.span));
    limit(
        services.chain(echo),
        SERVICES,
        "services",
        "a service counts once for each address (\"ipsec\" four times), and so does `echo = \"server\"`: use ranges of \
         ports, a whole protocol or \"any\"",
        problems,
    );
    let mut counted = BTreeSet::new();
    let servers = clusters.iter().flat_map(|cluster| &cluster.servers);
    limit(
        servers.map(|s| {
            (
                usize::from(counted.insert(s.name.value.as_str())),
                &s.name.span,
            )
        }),
        SERVERS.into(),
        "servers",
        "use fewer servers",
        problems,
    );
    let servers_in_all = counted.len();
    let routers = || pools.iter().flat_map(|pool| &pool.routers);
    limit(
        routers().map(|router| (1, &router.name.span)),
        ROUTERS.into(),
        "routers",
        "use fewer routers",
        problems,
    );
    let mut counted = BTreeSet::new();
    let virtual_addresses: Vec<_> = clusters
        .iter()
        .flat_map(|cluster| &cluster.addresses)
        .map(|address| (usize::from(counted.insert(address.value)), &address.span))
        .collect();
    limit(
        virtual_addresses.iter().copied(),
        VIPS.into(),
        "addresses of clusters",
        "use fewer addresses; clusters with different services may share one",
        problems,
    );
    let host = config.host.iter().flat_map(|host| &host.addresses);
    let mut named = BTreeSet::new();
    let servers = clusters.iter().flat_map(|cluster| &cluster.servers);
    let servers = servers.filter(|server| named.insert(server.name.value.as_str()));
    let stations = (routers().flat_map(|router| &router.addresses))
        .chain(servers.flat_map(|server| &server.addresses))
        .chain(host);
    limit(
        virtual_addresses
            .iter()
            .copied()
            .chain(stations.map(|address| (1, &address.span))),
        ADDRESSES,
        "addresses of clusters, routers, servers and the host",
        "list fewer addresses",
        problems,
    );
    let assignment = 1 << assignment_log2(servers_in_all);
    let tables = clusters
        .iter()
        .map(|c| (1 << table_log2(c.servers.len()), &c.name.span));
    let tables = tables.chain(pools.iter().map(|p| {
        (
            assignment + (1 << table_log2(p.routers.len())),
            &p.name.span,
        )
    }));
    limit(
        tables,
        1 << POOL_LOG2,
        "buckets in all tables",
        "use fewer servers, or fewer clusters with the same servers",
        problems,
    );
}
