//! Router pools: `[[router_pool]]`, `[[router_pool.router]]`.

use std::net::IpAddr;

use flowswitch_driver::image::MacAddress;

use super::section::{Located, Section};
use super::switch::PortNames;

/// Routers that stand in for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterPool {
    /// Its name.
    pub name: Located<String>,
    /// Its routers in the order of the file.
    pub routers: Vec<Router>,
}

/// A router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Router {
    /// Its name.
    pub name: Located<String>,
    /// Its own addresses, both families.
    pub addresses: Vec<Located<IpAddr>>,
    /// Its Ethernet address.
    pub mac: Located<MacAddress>,
    /// The network port it is on.
    pub port: Located<u8>,
}

pub(super) fn read_all(root: &Section<'_>, ports: &PortNames) -> Vec<RouterPool> {
    const KEYS: [&str; 4] = ["name", "assign", "ra", "router"];
    let sections = root.tables("router_pool", "[[router_pool]]", &KEYS);
    sections
        .iter()
        .filter_map(|section| read(section, ports))
        .collect()
}

fn read(section: &Section<'_>, ports: &PortNames) -> Option<RouterPool> {
    section.require("name");
    let name = section.name("name");
    let titled = name.as_ref().map_or("?", |name| name.value.as_str());
    let later = |key: &str, words: [(&str, bool); 2], note: &str| {
        if let Some(word) = section.word(key, &words).filter(|word| word.value) {
            section
                .problems
                .note(&word.span, format!("router_pool.{titled}.{key}"), note);
        }
    };
    later(
        "assign",
        [("round-robin", false), ("load", true)],
        "the card does not assign routers to servers yet: servers choose",
    );
    later(
        "ra",
        [("pass", false), ("drop", true)],
        "router advertisements pass to the servers",
    );
    const KEYS: [&str; 4] = ["name", "addresses", "mac", "port"];
    let routers = section.tables("router", "[[router_pool.router]]", &KEYS);
    let routers = routers
        .iter()
        .filter_map(|section| read_router(section, ports))
        .collect();
    Some(RouterPool {
        name: name?,
        routers,
    })
}

fn read_router(section: &Section<'_>, ports: &PortNames) -> Option<Router> {
    section.require("name");
    let name = section.name("name");
    let addresses = section.addresses("addresses");
    let mac = section.mac("mac");
    let port = section.port("port", ports);
    Some(Router {
        name: name?,
        addresses: addresses?,
        mac: mac?,
        port: port?,
    })
}
