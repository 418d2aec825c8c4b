//! The machines around the card, each a network namespace with the kernel's own stack.
//!
//! ```text
//! client ---- router ---- port 0 |      | port 1 ---- server-a
//!                                | card |
//!            station ---- port 3 |      | port 2 ---- server-b
//! ```
//!
//! The servers have the cluster's addresses on their interface, and no others but link-local ones. Duplicate address
//! detection is on everywhere on the card's side, and no variable that changes how ARP is answered is set anywhere.

use super::command::CommandError;
use super::namespace::Namespace;
use flowswitch::config::Config;
use flowswitch_driver::image::MacAddress;
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Name of the router's namespace and of the device in it.
pub const ROUTER: &str = "router";
/// The servers' names.
pub const SERVERS: [&str; 2] = ["server-a", "server-b"];
/// Name of the station that is neither server nor router.
pub const STATION: &str = "station";
/// Devices by port of the card.
pub const PORTS: [&str; 4] = [ROUTER, SERVERS[0], SERVERS[1], STATION];
/// The station's addresses.
pub const STATION_ADDRESSES: [&str; 2] = ["192.31.65.20", "2001:db8:65::20"];
/// The client's addresses. Many, because balancing is by address where there are no ports.
pub const CLIENT_ADDRESSES: [&str; 8] = [
    "10.9.0.2",
    "10.9.0.3",
    "10.9.0.4",
    "10.9.0.5",
    "2001:db8:9::2",
    "2001:db8:9::3",
    "2001:db8:9::4",
    "2001:db8:9::5",
];
/// Addresses of the client whose path is narrower than all other wires.
pub const NARROW_ADDRESSES: [&str; 2] = ["10.9.0.9", "2001:db8:9::9"];
/// Longest packet on that path.
pub const NARROW_MTU: u16 = 1_300;
/// Addresses of the client at which servers ask.
pub const OUTSIDE: [&str; 2] = [CLIENT_ADDRESSES[0], CLIENT_ADDRESSES[4]];
/// Local ports of each server. They share an address, so they must not share ports towards one outsider.
const LOCAL_PORTS: [&str; 2] = ["32768 46000", "46001 60999"];

const CLIENT: &str = "client";
const TO_CLIENT: &str = "to-client";
const ROUTER_CLIENT_SIDE: [&str; 2] = ["10.9.0.1", "2001:db8:9::1"];
const STATION_MAC: &str = "02:00:00:00:0a:01";
/// Duplicate address detection takes about two seconds.
const SETTLE: Duration = Duration::from_secs(60);

/// Why the machines cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A tool failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The configuration lacks what the machines need.
    #[error("the configuration has no {0}")]
    Missing(&'static str),
    /// An address stayed tentative.
    #[error("{name}: duplicate address detection does not end: {addresses}")]
    Tentative {
        /// The machine.
        name: &'static str,
        /// What it says of its addresses.
        addresses: String,
    },
}

/// What the machines are told about the cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its addresses, IPv4 and IPv6.
    pub addresses: Vec<IpAddr>,
    /// Its virtual MAC.
    pub mac: MacAddress,
    /// The servers' own MACs, in the order of [`SERVERS`].
    pub server_macs: Vec<MacAddress>,
    /// The router's own MAC.
    pub router_mac: MacAddress,
    /// The router's addresses, link-local ones too.
    pub router_addresses: Vec<IpAddr>,
}

impl Cluster {
    /// From the configuration, whose members have the names of the machines.
    ///
    /// # Errors
    /// [`SetupError::Missing`].
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        let missing = SetupError::Missing;
        let cluster = config.clusters.first().ok_or(missing("cluster"))?;
        let mut routers = config.pools.iter().flat_map(|pool| &pool.routers);
        let router = routers.find(|router| router.name.value == ROUTER);
        let router = router.ok_or(missing("router of that name"))?;
        let mac_of = |name: &&str| {
            let server = cluster.servers.iter().find(|s| s.name.value == *name);
            server.map(|server| server.mac.value)
        };
        let server_macs: Option<Vec<_>> = SERVERS.iter().map(mac_of).collect();
        Ok(Self {
            addresses: cluster.addresses.iter().map(|a| a.value).collect(),
            mac: cluster.virtual_mac.value,
            server_macs: server_macs.ok_or(missing("servers of those names"))?,
            router_mac: router.mac.value,
            router_addresses: router.addresses.iter().map(|a| a.value).collect(),
        })
    }
}

/// All machines.
#[derive(Debug)]
pub struct Stations {
    /// Router, forwarding both families.
    pub router: Namespace,
    /// Client behind the router, on a wire of its own.
    pub client: Namespace,
    /// Servers in the order of [`SERVERS`].
    pub servers: [Namespace; 2],
    /// A station on the card that is no router.
    pub station: Namespace,
}

impl Stations {
    /// Makes the machines and moves the card's wires, named as [`PORTS`], into them. The card must be at work. The
    /// second server comes when the first has its addresses, so that the first would object.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new(cluster: &Cluster) -> Result<Self, SetupError> {
        let stations = Self {
            router: Namespace::new(ROUTER)?,
            client: Namespace::new(CLIENT)?,
            servers: [Namespace::new(SERVERS[0])?, Namespace::new(SERVERS[1])?],
            station: Namespace::new(STATION)?,
        };
        stations.set_up_router(cluster)?;
        stations.set_up_client()?;
        attach(&stations.station, STATION_MAC)?;
        add_addresses(&stations.station, STATION_ADDRESSES)?;
        let servers = stations.servers.iter().zip(LOCAL_PORTS);
        for ((server, ports), mac) in servers.zip(&cluster.server_macs) {
            server.sysctl(&format!("net.ipv4.ip_local_port_range={ports}"))?;
            attach(server, &mac.to_string())?;
            add_addresses(server, &cluster.addresses)?;
            add_default_routes(server, &cluster.router_addresses)?;
            settle(server)?;
        }
        settle(&stations.router)?;
        settle(&stations.station)?;
        Ok(stations)
    }

    fn set_up_router(&self, cluster: &Cluster) -> Result<(), SetupError> {
        let router = &self.router;
        router.sysctl("net.ipv4.ip_forward=1")?;
        router.sysctl("net.ipv6.conf.all.forwarding=1")?;
        attach(router, &cluster.router_mac.to_string())?;
        let global = cluster.router_addresses.iter().filter(|a| !link_local(a));
        add_addresses(router, global)?;
        Ok(())
    }

    fn set_up_client(&self) -> Result<(), SetupError> {
        let (router, client) = (&self.router, &self.client);
        let pair = format!("link add {TO_CLIENT} type veth peer name {CLIENT} netns {CLIENT}");
        router.ip(&pair)?;
        for (side, device, addresses) in [
            (router, TO_CLIENT, &ROUTER_CLIENT_SIDE[..]),
            (client, CLIENT, &CLIENT_ADDRESSES[..]),
        ] {
            // Nobody else is on this wire.
            side.sysctl(&format!("net.ipv6.conf.{device}.accept_dad=0"))?;
            side.ip(&format!("link set {device} up"))?;
            for address in addresses {
                side.ip(&format!("address add {} dev {device}", prefixed(address)))?;
            }
        }
        for address in NARROW_ADDRESSES {
            client.ip(&format!("address add {} dev {CLIENT}", prefixed(address)))?;
            let path = format!("route add {address} dev {TO_CLIENT} mtu lock {NARROW_MTU}");
            router.ip(&path)?;
        }
        // Errors about that path are not withheld: there is one at a time.
        router.sysctl("net.ipv4.icmp_ratelimit=0")?;
        router.sysctl("net.ipv6.icmp.ratelimit=0")?;
        for gateway in ROUTER_CLIENT_SIDE {
            client.ip(&format!("route add default via {gateway}"))?;
        }
        Ok(())
    }
}

/// Moves the card's wire of the machine's name into it, and asks its stack to doubt its neighbours every second.
///
/// # Errors
/// If there is no such wire, or a variable cannot be set.
pub fn attach(machine: &Namespace, mac: &str) -> Result<(), CommandError> {
    let name = machine.name();
    super::command::run(&["ip", "link", "set", name, "netns", name])?;
    for family in ["ipv4", "ipv6"] {
        let neighbours = format!("net.{family}.neigh.{name}");
        machine.sysctl(&format!("{neighbours}.base_reachable_time_ms=1000"))?;
        machine.sysctl(&format!("{neighbours}.delay_first_probe_time=1"))?;
    }
    machine.ip(&format!("link set {name} address {mac}"))?;
    machine.ip(&format!("link set {name} up"))?;
    Ok(())
}

fn add_addresses<A: ToString>(
    machine: &Namespace,
    addresses: impl IntoIterator<Item = A>,
) -> Result<(), CommandError> {
    for address in addresses {
        let address = prefixed(&address.to_string());
        machine.ip(&format!("address add {address} dev {}", machine.name()))?;
    }
    Ok(())
}

fn add_default_routes(machine: &Namespace, routers: &[IpAddr]) -> Result<(), CommandError> {
    for router in routers.iter().filter(|address| !link_local(address)) {
        machine.ip(&format!("route add default via {router}"))?;
    }
    Ok(())
}

/// Waits until no address is tentative. One that was refused is not: that is for the judges.
///
/// # Errors
/// [`SetupError::Tentative`].
pub fn settle(machine: &Namespace) -> Result<(), SetupError> {
    let name = machine.name();
    let until = Instant::now() + SETTLE;
    loop {
        let addresses = machine.ip(&format!("-o -6 address show dev {name}"))?;
        let waits = |line: &str| line.contains(" tentative") && !line.contains(" dadfailed");
        if !addresses.lines().any(waits) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(SetupError::Tentative { name, addresses });
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// An address with the length of the prefix that is on its link.
pub fn prefixed(address: &str) -> String {
    let length = if address.contains(':') { 64 } else { 24 };
    format!("{address}/{length}")
}

fn link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
