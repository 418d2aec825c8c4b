//! Clusters and their servers: `[[cluster]]`, `[[cluster.server]]` and what belongs to them.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use flowswitch_driver::image::{ClusterSetup, MOST_FLOW_TICKS, MacAddress};
use flowswitch_health::Check;

use super::check;
use super::check_address::{ClusterChecks, HostFamilies};
use super::port::{Attachment, PortNames};
use super::section::{Located, Section};
use super::service::{self, ServiceMatch};
use super::switch::{TICK_NS, ticks};

const SECOND_NS: u64 = 1_000_000_000;
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
    /// A client stays with one server across all services; where the file says so.
    pub client_persistence: Located<bool>,
    /// First bits of an IPv4 (1 to 32) and of an IPv6 client's address (1 to 128) that tell it from others.
    pub client_bits: [Located<u8>; 2],
    /// Echo requests go to its servers.
    pub echo: bool,
    /// How long its flows are remembered, and what becomes of those of a server that fails.
    pub flows: ClusterSetup,
    /// What no service matches goes to the host instead of being dropped.
    pub no_service_to_host: bool,
    /// Frames for its servers leave with the virtual MAC as their source.
    pub source_virtual: bool,
    /// A server that came up gets its weight little by little for so long, up to a day; zero: at once.
    pub slow_start: Duration,
    /// What happens while none of its servers is up.
    pub all_down: AllDown,
    /// Its servers in the order of the file.
    pub servers: Vec<Server>,
}

/// What happens while none of a cluster's servers is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AllDown {
    /// Those that were up last go on as if they were: checks may be wrong, and nothing is lost if they are not.
    #[default]
    Keep,
    /// Packets are dropped and counted.
    Drop,
    /// The sorry servers take all.
    Sorry,
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

/// Their words.
pub(super) const STATES: [(&str, State); 3] = [
    ("ready", State::Ready),
    ("drain", State::Drain),
    ("maintenance", State::Maintenance),
];

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
    /// What it has beside the cluster's addresses, both families.
    pub addresses: Vec<Located<IpAddr>>,
    /// It serves only while no other is up (`all_down = "sorry"`), and has no share of the load otherwise.
    pub sorry: bool,
    /// Its checks in the order of the file, each with the address that it asks.
    pub checks: Vec<Located<Check>>,
}

const KEYS: [&str; 19] = [
    "name",
    "addresses",
    "virtual_mac",
    "services",
    "mode",
    "policy",
    "persistence",
    "persistence_prefix",
    "persistence_prefix_ipv6",
    "echo",
    "no_service",
    "on_down",
    "all_down",
    "slow_start",
    "replies",
    "source_mac",
    "timeouts",
    "server",
    "check",
];

pub(super) fn read_all(root: &Section<'_>, ports: &PortNames, host: HostFamilies) -> Vec<Cluster> {
    let sections = root.tables("cluster", "[[cluster]]", &KEYS);
    sections
        .iter()
        .filter_map(|section| read(section, ports, host))
        .collect()
}

fn read(section: &Section<'_>, ports: &PortNames, host: HostFamilies) -> Option<Cluster> {
    section.require("name");
    let name = section.name("name");
    let addresses = section.addresses("addresses");
    let virtual_mac = section.mac("virtual_mac");
    let services = read_services(section);
    let titled = name.as_ref().map_or("?", |name| name.value.as_str());
    let policy = section.word("policy", &[("hash", false), ("least-load", true)]);
    let no_service = section.word("no_service", &[("drop", false), ("host", true)]);
    let source_mac = section.word("source_mac", &[("keep", false), ("virtual", true)]);
    let place = name.as_ref().map_or(&section.span, |name| &name.span);
    let persistence = read_persistence(section, titled, services.as_deref(), place);
    let client_bits = read_client_bits(section, titled, &persistence);
    let echo = read_echo(section, titled, services.as_deref());
    let flows = read_flows(section);
    note_mode(section, titled);
    let slow_start = section.duration("slow_start", 0, DAY_NS);
    let shared = addresses.as_deref().unwrap_or_default();
    let checks = ClusterChecks::new(check::read_cluster(section), shared, host, section.problems);
    let servers = read_servers(section, ports, titled, &checks);
    let all_down = read_all_down(section, titled, &servers);
    Some(Cluster {
        name: name?,
        addresses: addresses?,
        virtual_mac: virtual_mac?,
        services: services?,
        least_load: policy.is_some_and(|policy| policy.value),
        client_persistence: persistence,
        client_bits,
        echo,
        flows,
        no_service_to_host: no_service.is_some_and(|no_service| no_service.value),
        source_virtual: source_mac.is_some_and(|source_mac| source_mac.value),
        slow_start: Duration::from_nanos(slow_start.map_or(0, |time| time.value)),
        all_down,
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

fn read_servers(
    section: &Section<'_>,
    ports: &PortNames,
    cluster: &str,
    checks: &ClusterChecks<'_>,
) -> Vec<Server> {
    const KEYS: [&str; 7] = ["name", "mac", "port", "weight", "state", "address", "sorry"];
    let sections = section.tables("server", "[[cluster.server]]", &KEYS);
    if sections.is_empty() {
        let note = "the cluster has no server: everything to its services is dropped";
        section
            .problems
            .note(&section.span, format!("cluster.{cluster}.server"), note);
    }
    sections
        .iter()
        .filter_map(|section| read_server(section, ports, checks))
        .collect()
}

fn read_server(
    section: &Section<'_>,
    ports: &PortNames,
    checks: &ClusterChecks<'_>,
) -> Option<Server> {
    section.require("name");
    let name = section.name("name");
    let mac = section.mac("mac");
    let port = section.attachment("port", ports);
    let weight = section.integer("weight", 0..256);
    let state = section.word("state", &STATES);
    let sorry = section.boolean("sorry");
    let own = section.own_addresses("address");
    let (name, own) = (name?, own?);
    Some(Server {
        checks: checks.of_server(&name, &own),
        name,
        mac: mac?,
        port: port?,
        weight: weight.map_or(1, |weight| weight.value as u8),
        state: state.map_or_else(State::default, |state| state.value),
        addresses: own,
        sorry: sorry.is_some_and(|sorry| sorry.value),
    })
}

fn note_mode(section: &Section<'_>, cluster: &str) {
    let mode = section.word("mode", &[("balance", false), ("availability", true)]);
    if let Some(mode) = mode.filter(|mode| mode.value) {
        let note = "load is balanced over all ready servers by weight";
        let key = format!("cluster.{cluster}.mode");
        section.problems.note(&mode.span, key, note);
    }
}

/// `all_down = "sorry"` needs somebody to be sorry, and a server that is needs the word.
fn read_all_down(section: &Section<'_>, cluster: &str, servers: &[Server]) -> AllDown {
    let words = [
        ("keep", AllDown::Keep),
        ("drop", AllDown::Drop),
        ("sorry", AllDown::Sorry),
    ];
    let written = section.word("all_down", &words);
    let all_down = written.as_ref().map_or(AllDown::Keep, |word| word.value);
    let problems = section.problems;
    let sorry = servers.iter().find(|server| server.sorry);
    match (written, sorry) {
        (Some(written), None) if all_down == AllDown::Sorry => problems.add(
            &written.span,
            format!("`all_down = \"sorry\"`, but no server of cluster \"{cluster}\" is one"),
            "nobody to serve",
            "write `sorry = true` in a [[cluster.server]], or `all_down = \"keep\"`",
        ),
        (_, Some(server)) if servers.iter().all(|server| server.sorry) => problems.add(
            &server.name.span,
            format!("all servers of cluster \"{cluster}\" are sorry servers"),
            "nobody to be sorry for",
            "leave `sorry` out where a server is to take its share of the load",
        ),
        (_, Some(server)) if all_down != AllDown::Sorry => problems.note(
            &server.name.span,
            format!("cluster.{cluster}.server.{}.sorry", server.name.value),
            "it never serves: the cluster does not say `all_down = \"sorry\"`",
        ),
        _ => {}
    }
    all_down
}

/// Whether a client's flows stay together, and where the file says so; `place` is where the cluster's name stands.
fn read_persistence(
    section: &Section<'_>,
    cluster: &str,
    services: Option<&[Located<ServiceMatch>]>,
    place: &Range<usize>,
) -> Located<bool> {
    let written = section.word("persistence", &[("none", false), ("client", true)]);
    let mut services = services.into_iter().flatten();
    let demanding = services.find(|service| service.value.client_persistence);
    match (written, demanding) {
        (Some(written), None) => written,
        (Some(written), Some(_)) => {
            if !written.value {
                let note = "\"ipsec\" keeps the flows of a client together: the cluster does so, as with \"client\"";
                let key = format!("cluster.{cluster}.persistence");
                section.problems.note(&written.span, key, note);
            }
            written.map(|_| true)
        }
        (None, demanding) => Located {
            value: demanding.is_some(),
            span: demanding.map_or_else(|| place.clone(), |service| service.span.clone()),
        },
    }
}

fn read_client_bits(
    section: &Section<'_>,
    cluster: &str,
    persistence: &Located<bool>,
) -> [Located<u8>; 2] {
    [("persistence_prefix", 32), ("persistence_prefix_ipv6", 128)].map(|(key, whole)| {
        let bits = section.integer(key, 1..whole + 1);
        if let Some(bits) = bits.as_ref().filter(|_| !persistence.value) {
            let note = "without effect: the cluster does not keep the flows of a client together";
            let key = format!("cluster.{cluster}.{key}");
            section.problems.note(&bits.span, key, note);
        }
        bits.map_or_else(
            || Located {
                value: whole as u8,
                span: persistence.span.clone(),
            },
            |bits| bits.map(|bits| bits as u8),
        )
    })
}

fn read_echo(
    section: &Section<'_>,
    cluster: &str,
    services: Option<&[Located<ServiceMatch>]>,
) -> bool {
    let echo = section.word("echo", &[("server", true), ("drop", false)]);
    let mut services = services.into_iter().flatten();
    let matching = services.find(|service| {
        [false, true]
            .map(service::echo)
            .iter()
            .any(|echo| service.value.overlaps(echo))
    });
    if let (Some(echo), Some(_)) = (echo.as_ref().filter(|echo| !echo.value), matching) {
        let note = "echo requests go to the servers all the same: a service matches them";
        let key = format!("cluster.{cluster}.echo");
        section.problems.note(&echo.span, key, note);
    }
    echo.is_none_or(|echo| echo.value)
}

fn read_flows(section: &Section<'_>) -> ClusterSetup {
    let on_down = section.word("on_down", &[("move", false), ("keep", true)]);
    let replies = section.word("replies", &[("through", false), ("bypass", true)]);
    let mut flows = ClusterSetup {
        keep: on_down.is_some_and(|on_down| on_down.value),
        bypass: replies.is_some_and(|replies| replies.value),
        ..ClusterSetup::default()
    };
    let mut ages = [
        ("unconfirmed", &mut flows.unconfirmed),
        ("tcp", &mut flows.tcp),
        ("fin", &mut flows.fin),
        ("rst", &mut flows.rst),
        ("udp", &mut flows.udp),
        ("ipsec", &mut flows.ipsec),
        ("other", &mut flows.other),
    ];
    let keys = ages.each_ref().map(|(key, _)| *key);
    if let Some(timeouts) = section.table("timeouts", "[cluster.timeouts]", &keys) {
        let most = u64::from(MOST_FLOW_TICKS) * TICK_NS;
        for (key, age) in &mut ages {
            if let Some(timeout) = timeouts.duration(key, SECOND_NS, most) {
                **age = ticks(timeout.value);
            }
        }
    }
    flows
}
