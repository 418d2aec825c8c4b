//! Router pools: `[[router_pool]]`, `[[router_pool.router]]`.

use std::net::IpAddr;

use flowswitch_driver::image::MacAddress;
use flowswitch_health::Check;

use super::check::{self, FileCheck};
use super::check_address::{self, HostFamilies};
use super::cluster::{STATES, State};
use super::port::{Attachment, PortNames};
use super::section::{Located, Section};

/// Routers that stand in for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterPool {
    /// Its name.
    pub name: Located<String>,
    /// Its IPv6 router advertisements are kept from servers.
    pub drop_advertisements: bool,
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
    /// Where it is.
    pub port: Located<Attachment>,
    /// Administrative state.
    pub state: State,
    /// Its checks in the order of the file, each with the address that it asks.
    pub checks: Vec<Located<Check>>,
}

pub(super) fn read_all(
    root: &Section<'_>,
    ports: &PortNames,
    host: HostFamilies,
) -> Vec<RouterPool> {
    const KEYS: [&str; 5] = ["name", "assign", "ra", "router", "check"];
    let sections = root.tables("router_pool", "[[router_pool]]", &KEYS);
    sections
        .iter()
        .filter_map(|section| read(section, ports, host))
        .collect()
}

fn read(section: &Section<'_>, ports: &PortNames, host: HostFamilies) -> Option<RouterPool> {
    section.require("name");
    let name = section.name("name");
    let titled = name.as_ref().map_or("?", |name| name.value.as_str());
    let assign = section.word("assign", &[("round-robin", false), ("load", true)]);
    if let Some(assign) = assign.filter(|assign| assign.value) {
        let note = "the load of routers is not measured yet: servers are assigned to them in turn";
        section
            .problems
            .note(&assign.span, format!("router_pool.{titled}.assign"), note);
    }
    let ra = section.word("ra", &[("pass", false), ("drop", true)]);
    let checks = check::read_pool(section);
    const KEYS: [&str; 5] = ["name", "addresses", "mac", "port", "state"];
    let routers = section.tables("router", "[[router_pool.router]]", &KEYS);
    let routers: Vec<Router> = routers
        .iter()
        .filter_map(|section| read_router(section, ports, &checks, host))
        .collect();
    check_address::refuse_unasked(&checks, &routers, host, section.problems);
    Some(RouterPool {
        name: name?,
        drop_advertisements: ra.is_some_and(|ra| ra.value),
        routers,
    })
}

fn read_router(
    section: &Section<'_>,
    ports: &PortNames,
    checks: &[FileCheck],
    host: HostFamilies,
) -> Option<Router> {
    section.require("name");
    let name = section.name("name");
    let addresses = section.addresses("addresses");
    let mac = section.mac("mac");
    let port = section.attachment("port", ports);
    let addresses = addresses?;
    let state = section.word("state", &STATES);
    Some(Router {
        state: state.map_or_else(State::default, |state| state.value),
        name: name?,
        checks: check_address::of_router(checks, &addresses, host),
        addresses,
        mac: mac?,
        port: port?,
    })
}
