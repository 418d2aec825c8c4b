//! The configuration file: its words, its checks, and what a valid one says.
//!
//! Problems of a file are found in one run, a hundred at most, and point at their lines. What the card does not do yet is accepted and
//! noted, so that a file written for the whole switch is valid today.

mod capacity;
mod check;
mod check_address;
mod check_http;
mod check_timing;
mod cluster;
mod cross;
mod layout;
mod pool;
mod port;
mod problem;
mod section;
mod service;
mod switch;
mod value;

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::net::IpAddr;
use std::path::Path;

use toml_edit::Document;

pub use cluster::{AllDown, Cluster, Server, State};
pub use pool::{Router, RouterPool};
pub use port::{Attachment, Port, Role};
pub use problem::{ConfigError, Note, Problem};
pub use section::Located;
pub use service::ServiceMatch;
pub use switch::{Host, Switch};

pub(crate) use port::VLANS;
pub(crate) use section::{did_you_mean, suggestion};
pub(crate) use service::{echo as echo_service, format as format_service};
pub(crate) use value::{format_mac, parse_mac};

use problem::Problems;
use section::Section;

/// Longest configuration, in bytes.
pub const LONGEST: usize = 1 << 20;

/// The bytes of a configuration file.
///
/// # Errors
/// What the system reports, and [`ErrorKind::FileTooLarge`] if it has more than [`LONGEST`].
pub(crate) fn read_configuration(file: &Path) -> io::Result<Vec<u8>> {
    configuration_in(File::open(file)?)
}

/// The bytes of a configuration that is read from somewhere.
///
/// # Errors
/// As [`read_configuration`].
pub(crate) fn configuration_in(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        let message = "it has more than 1 MiB, which no configuration needs";
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

/// A valid configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The switch as a whole.
    pub switch: Switch,
    /// The card's own station.
    pub host: Option<Host>,
    /// Ports that the file describes, in its order.
    pub ports: Vec<Port>,
    /// Clusters in the order of the file.
    pub clusters: Vec<Cluster>,
    /// Router pools in the order of the file.
    pub pools: Vec<RouterPool>,
    /// Keys that the card does not act on yet.
    pub notes: Vec<Note>,
}

impl Config {
    /// Reads and checks a configuration; `name` is the file's name for messages.
    ///
    /// # Errors
    /// All problems of the file.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let problems = Problems::new(name, text);
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let message = error.message().to_owned();
                problems.add(
                    &span,
                    message,
                    "not TOML",
                    "see https://toml.io for the syntax",
                );
                return Err(problems.finish().expect_err("a problem was added"));
            }
        };
        const TABLES: [&str; 5] = ["switch", "host", "port", "cluster", "router_pool"];
        let root = Section::new(document.as_table(), 0..0, "the file", &TABLES, &problems);
        let switch = switch::read_switch(&root);
        let host = switch::read_host(&root);
        let ports = port::read_ports(&root, &switch);
        let names = port::PortNames::new(&switch, &ports);
        let families = check_address::HostFamilies::of(&root, host.as_ref());
        let clusters = cluster::read_all(&root, &names, families);
        let pools = pool::read_all(&root, &names, families);
        let mut config = Self {
            switch,
            host,
            ports,
            clusters,
            pools,
            notes: Vec::new(),
        };
        // First what the card has no room for: the rest compares all with all.
        if capacity::fits(&config, &problems) {
            cross::check(&config, &problems);
            layout::check(&config, &problems);
        }
        config.notes = problems.finish()?;
        Ok(config)
    }

    /// Number of a network port that is given as a number or by its name in the configuration.
    pub fn port(&self, text: &str) -> Option<u8> {
        let named = self
            .ports
            .iter()
            .find(|port| port.name.as_ref().is_some_and(|name| name.value == text));
        let number = || text.parse().ok().filter(|port| *port < self.switch.ports);
        named.map(|port| port.id).or_else(number)
    }

    /// What a change to another configuration would take from clients altogether, if anything.
    pub(crate) fn emptied_by(&self, new: &Self) -> Option<String> {
        if !self.clusters.is_empty() && new.clusters.is_empty() {
            return Some("it removes all clusters".to_owned());
        }
        let served = |cluster: &Cluster| !cluster.servers.is_empty();
        let mut emptied = self.clusters.iter().filter(|old| {
            let mut same = new.clusters.iter();
            let same = same.find(|new| new.name.value == old.name.value);
            served(old) && same.is_some_and(|new| !served(new))
        });
        let name = &emptied.next()?.name.value;
        Some(format!("it leaves cluster \"{name}\" without a server"))
    }

    /// What to write for a text that is no network port.
    pub(crate) fn port_remedy(&self, text: &str) -> String {
        let names = self.ports.iter().filter_map(|port| port.name.as_ref());
        let names: Vec<&str> = names.map(|name| name.value.as_str()).collect();
        let last = self.switch.ports - 1;
        let remedy = format!("use a number from 0 to {last} or a port's name in the configuration");
        match did_you_mean(text, &names) {
            Some(question) => format!("{question} Or {remedy}"),
            None => remedy,
        }
    }

    /// Clusters that keep the flows of a client together.
    pub(crate) fn persistent_clusters(&self) -> impl Iterator<Item = &Cluster> {
        let clusters = self.clusters.iter();
        clusters.filter(|cluster| cluster.client_persistence.value)
    }

    /// First bits of clients' IPv4 and IPv6 addresses that tell them from each other, in all persistent clusters.
    pub(crate) fn client_bits(&self) -> (u8, u8) {
        let [ipv4, ipv6] = (self.persistent_clusters().next()).map_or([32, 128], |cluster| {
            cluster.client_bits.each_ref().map(|bits| bits.value)
        });
        (ipv4, ipv6)
    }

    /// What takes echo requests to the servers, where no service of the address does: position of the cluster, address,
    /// and what is matched.
    pub(crate) fn echo_services(&self) -> Vec<(usize, IpAddr, ServiceMatch)> {
        let mut found: Vec<(usize, IpAddr, ServiceMatch)> = Vec::new();
        for (index, cluster) in self
            .clusters
            .iter()
            .enumerate()
            .filter(|(_, cluster)| cluster.echo)
        {
            for address in cluster.addresses.iter().map(|address| address.value) {
                let echo = echo_service(address.is_ipv6());
                let of_address = self
                    .clusters
                    .iter()
                    .filter(|other| other.addresses.iter().any(|other| other.value == address));
                let mut services = of_address.flat_map(|other| &other.services);
                let taken = services.any(|service| service.value.overlaps(&echo))
                    || found.iter().any(|(_, other, _)| *other == address);
                if !taken {
                    found.push((index, address, echo));
                }
            }
        }
        found
    }
}
