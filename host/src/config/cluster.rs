//! Clusters and their servers: `[[cluster]]`, `[[cluster.server]]` and what belongs to them.

use std::net::IpAddr;

use flowswitch_driver::image::MacAddress;

use super::port::{Attachment, PortNames};
use super::section::{Located, Section};
use super::service::{self, ServiceMatch};

const SECOND_NS: u64 = 1_000_000_000;
const MILLISECOND_NS: u64 = 1_000_000;
const DAY_NS: u64 = 86_400 * SECOND_NS;

/// One address (or more) that several servers share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub name: Located<String>,
    /// Its addresses, both families.
    pub addresses: Vec<Located<IpAddr>>,
    /// The Ethernet address that stands for them.
    pub virtual_mac: Located<MacAddress>,
    /// What is balanced, `ipsec` taken apart.
    pub services: Vec<Located<ServiceMatch>>,
    /// Prefer the less loaded of a bucket's two servers.
    pub least_load: bool,
    /// A client stays with one server across all services.
    pub client_persistence: bool,
    /// What no service matches goes to the host instead of being dropped.
    pub no_service_to_host: bool,
    /// Frames for its servers leave with the virtual MAC as their source.
    pub source_virtual: bool,
    /// Its servers in the order of the file.
    pub servers: Vec<Server>,
}

/// Administrative state of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Takes its share.
    #[default]
    Ready,
    /// Takes no new flows while another server can.
    Drain,
    /// Takes nothing.
    Maintenance,
}

/// A server of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: Located<String>,
    /// Its Ethernet address.
    pub mac: Located<MacAddress>,
    /// Where it is.
    pub port: Located<Attachment>,
    /// Share of the cluster's load, 0 to 255; 0 takes no new flows.
    pub weight: u8,
    /// Administrative state.
    pub state: State,
}

const KEYS: [&str; 17] = [
    "name",
    "addresses",
    "virtual_mac",
    "services",
    "mode",
    "policy",
    "persistence",
    "persistence_prefix",
    "echo",
    "no_service",
    "on_down",
    "all_down",
    "replies",
    "source_mac",
    "timeouts",
    "server",
    "check",
];

pub(super) fn read_all(root: &Section<'_>, ports: &PortNames) -> Vec<Cluster> {
    let sections = root.tables("cluster", "[[cluster]]", &KEYS);
    sections
        .iter()
        .filter_map(|section| read(section, ports))
        .collect()
}

fn read(section: &Section<'_>, ports: &PortNames) -> Option<Cluster> {
    section.require("name");
    let name = section.name("name");
    let addresses = section.addresses("addresses");
    let virtual_mac = section.mac("virtual_mac");
    let services = read_services(section);
    let titled = name.as_ref().map_or("?", |name| name.value.as_str());
    let policy = section.word("policy", &[("hash", false), ("least-load", true)]);
    let persistence = section.word("persistence", &[("none", false), ("client", true)]);
    let no_service = section.word("no_service", &[("drop", false), ("host", true)]);
    let source_mac = section.word("source_mac", &[("keep", false), ("virtual", true)]);
    if let Some(policy) = policy.as_ref().filter(|policy| policy.value) {
        let note = "the card does not count live flows yet: it chooses as with \"hash\"";
        section
            .problems
            .note(&policy.span, format!("cluster.{titled}.policy"), note);
    }
    read_later_keys(section, titled);
    let servers = read_servers(section, ports, titled);
    Some(Cluster {
        name: name?,
        addresses: addresses?,
        virtual_mac: virtual_mac?,
        services: services?,
        least_load: policy.is_some_and(|policy| policy.value),
        client_persistence: persistence.is_some_and(|persistence| persistence.value),
        no_service_to_host: no_service.is_some_and(|no_service| no_service.value),
        source_virtual: source_mac.is_some_and(|source_mac| source_mac.value),
        servers,
    })
}

fn read_services(section: &Section<'_>) -> Option<Vec<Located<ServiceMatch>>> {
    section.require("services")?;
    let words = section.strings("services")?;
    let mut services = Vec::new();
    if words.is_empty() {
        let (_, span) = section.item("services")?;
        section.problems.add(
            &span,
            "`services` is empty".to_owned(),
            "empty",
            service::REMEDY,
        );
    }
    for word in words {
        match service::parse(&word.value) {
            Ok(matches) => services.extend(matches.into_iter().map(|value| Located {
                value,
                span: word.span.clone(),
            })),
            Err(error) => section.problems.add(
                &word.span,
                format!("\"{}\" in `services` {}", word.value, error.message()),
                "not a service",
                service::REMEDY,
            ),
        }
    }
    Some(services)
}

fn read_servers(section: &Section<'_>, ports: &PortNames, cluster: &str) -> Vec<Server> {
    const KEYS: [&str; 5] = ["name", "mac", "port", "weight", "state"];
    let sections = section.tables("server", "[[cluster.server]]", &KEYS);
    if sections.is_empty() {
        let note = "the cluster has no server: everything to its services is dropped";
        section
            .problems
            .note(&section.span, format!("cluster.{cluster}.server"), note);
    }
    sections
        .iter()
        .filter_map(|section| read_server(section, ports))
        .collect()
}

fn read_server(section: &Section<'_>, ports: &PortNames) -> Option<Server> {
    let states = [
        ("ready", State::Ready),
        ("drain", State::Drain),
        ("maintenance", State::Maintenance),
    ];
    section.require("name");
    let name = section.name("name");
    let mac = section.mac("mac");
    let port = section.attachment("port", ports);
    let weight = section.integer("weight", 0..256);
    let state = section.word("state", &states);
    Some(Server {
        name: name?,
        mac: mac?,
        port: port?,
        weight: weight.map_or(1, |weight| weight.value as u8),
        state: state.map_or_else(State::default, |state| state.value),
    })
}

/// Keys of one cluster that the card does not act on yet: checked, and noted if they ask for more than happens.
fn read_later_keys(section: &Section<'_>, cluster: &str) {
    let problems = section.problems;
    let word = |key: &str, words: &[&str], note: &str| {
        let words: Vec<(&str, usize)> = words
            .iter()
            .enumerate()
            .map(|(i, word)| (*word, i))
            .collect();
        if let Some(chosen) = section.word(key, &words).filter(|chosen| chosen.value != 0) {
            problems.note(&chosen.span, format!("cluster.{cluster}.{key}"), note);
        }
    };
    // The first word of each is the default.
    word(
        "mode",
        &["balance", "availability"],
        "load is balanced over all ready servers by weight",
    );
    word(
        "echo",
        &["server", "drop"],
        "echo requests go as any other packet: to a service that matches, or dropped",
    );
    word(
        "on_down",
        &["move", "keep"],
        "established flows of a failed server move to another",
    );
    word(
        "all_down",
        &["keep", "drop", "sorry"],
        "with all servers down packets are dropped and counted as no-server",
    );
    word(
        "replies",
        &["through", "bypass"],
        "the card keeps no state of flows, so replies may go either way",
    );
    if let Some(prefix) = section.integer("persistence_prefix", 1..129) {
        let note = "clients are told apart by their whole address";
        problems.note(
            &prefix.span,
            format!("cluster.{cluster}.persistence_prefix"),
            note,
        );
    }
    read_timeouts(section, cluster);
    read_checks(section, cluster);
}

fn read_timeouts(section: &Section<'_>, cluster: &str) {
    const DEFAULTS: [(&str, u64); 7] = [
        ("unconfirmed", 60),
        ("tcp", 900),
        ("fin", 120),
        ("rst", 10),
        ("udp", 300),
        ("ipsec", 3600),
        ("other", 60),
    ];
    let keys = DEFAULTS.map(|(key, _)| key);
    let Some(timeouts) = section.table("timeouts", "[cluster.timeouts]", &keys) else {
        return;
    };
    for (key, seconds) in DEFAULTS {
        if let Some(timeout) = timeouts.duration(key, SECOND_NS, DAY_NS)
            && timeout.value != seconds * SECOND_NS
        {
            let note = "the card keeps no state of flows yet: nothing expires";
            timeouts.problems.note(
                &timeout.span,
                format!("cluster.{cluster}.timeouts.{key}"),
                note,
            );
        }
    }
}

fn read_checks(section: &Section<'_>, cluster: &str) {
    const KEYS: [&str; 7] = [
        "kind", "port", "path", "interval", "timeout", "rise", "fall",
    ];
    const KINDS: [&str; 9] = [
        "arp", "icmp", "tcp", "http", "https", "dns", "exec", "agent", "passive",
    ];
    for check in section.tables("check", "[[cluster.check]]", &KEYS) {
        let note = "no health checks are run: servers are up as configured while their link is";
        section
            .problems
            .note(&check.span, format!("cluster.{cluster}.check"), note);
        check.require("kind");
        check.word("kind", &KINDS.map(|kind| (kind, ())));
        check.integer("port", 1..65_536);
        if let Some(path) = check
            .string("path")
            .filter(|path| !path.value.starts_with('/'))
        {
            let message = format!("`path = \"{}\"` does not begin with a slash", path.value);
            check.problems.add(
                &path.span,
                message,
                "not a path",
                "write it as in \"/health\"",
            );
        }
        let interval = check.duration("interval", MILLISECOND_NS, DAY_NS);
        let timeout = check.duration("timeout", MILLISECOND_NS, DAY_NS);
        if let (Some(interval), Some(timeout)) = (interval, timeout)
            && timeout.value > interval.value
        {
            check.problems.add_pair(
                &timeout.span,
                &interval.span,
                "`timeout` is longer than `interval`".to_owned(),
                "let a check end before the next begins",
            );
        }
        check.integer("rise", 1..256);
        check.integer("fall", 1..256);
    }
}
