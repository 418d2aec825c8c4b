//! The machines around the card, each a network namespace with the kernel's own stack.
//!
//! ```text
//! client-a ---- router-a ---- port 0 |      | port 2 ---- server-a   own address, the cluster's on its loopback
//! narrow  -----/    |                |      | port 3 ---- server-b   the same
//!                   | core           | card | port 4 ---- server-c   the cluster's addresses only, on the interface
//! client-b ---- router-b ---- port 1 |      | port 5 ---- server-d   the same
//!                                    |      | port 6 ---- station
//! ```
//!
//! Duplicate address detection is on everywhere on the card's side, and no variable that changes how ARP is answered, or
//! which sources are believed, is set anywhere.

use crate::live::command::CommandError;
use crate::live::namespace::Namespace;
use crate::live::stations::{SetupError, attach, prefixed, settle};

/// The cluster's addresses.
pub const CLUSTER: [&str; 2] = ["192.31.65.1", "2001:db8:65::1"];
/// The cluster's virtual MAC.
pub const CLUSTER_MAC: &str = "02:00:5e:00:65:01";
/// Longest packet on the narrow wire.
pub const NARROW_MTU: u16 = 1_400;

/// A router and the client behind it.
#[derive(Clone, Copy, Debug)]
pub struct RouterRole {
    /// Name of its namespace and of its device on the card.
    pub name: &'static str,
    /// Its MAC there.
    pub mac: &'static str,
    /// Its addresses there.
    pub addresses: [&'static str; 2],
    /// Its addresses on the wire to its client.
    inside: [&'static str; 2],
    /// Its addresses on the wire to the other router.
    core: [&'static str; 2],
    /// The client's name.
    client: &'static str,
    /// Its device towards the client.
    to_client: &'static str,
    /// The client's addresses.
    pub client_addresses: [&'static str; 2],
    /// The client's networks.
    networks: [&'static str; 2],
}

/// The routers.
pub const ROUTERS: [RouterRole; 2] = [
    RouterRole {
        name: "router-a",
        mac: "02:00:00:00:02:60",
        addresses: ["192.31.65.2", "2001:db8:65::2"],
        inside: ["10.9.0.1", "2001:db8:9::1"],
        core: ["10.7.0.1", "2001:db8:7::1"],
        client: "client-a",
        to_client: "to-client-a",
        client_addresses: ["10.9.0.2", "2001:db8:9::2"],
        networks: ["10.9.0.0/24", "2001:db8:9::/64"],
    },
    RouterRole {
        name: "router-b",
        mac: "02:00:00:00:02:70",
        addresses: ["192.31.65.3", "2001:db8:65::3"],
        inside: ["10.8.0.1", "2001:db8:8::1"],
        core: ["10.7.0.2", "2001:db8:7::2"],
        client: "client-b",
        to_client: "to-client-b",
        client_addresses: ["10.8.0.2", "2001:db8:8::2"],
        networks: ["10.8.0.0/24", "2001:db8:8::/64"],
    },
];

/// A server.
#[derive(Clone, Copy, Debug)]
pub struct ServerRole {
    /// Name of its namespace and of its device.
    pub name: &'static str,
    /// Its MAC.
    pub mac: &'static str,
    /// Its own addresses, if it has any; the cluster's are then on its loopback.
    own: Option<[&'static str; 2]>,
    /// Its router.
    gateway: usize,
    /// Its local ports. The servers share an address, so they must not share ports towards one outsider.
    local_ports: &'static str,
}

/// The servers.
pub const SERVERS: [ServerRole; 4] = [
    ServerRole {
        name: "server-a",
        mac: "02:00:00:00:02:10",
        own: Some(["192.31.65.11", "2001:db8:65::11"]),
        gateway: 0,
        local_ports: "32768 39999",
    },
    ServerRole {
        name: "server-b",
        mac: "02:00:00:00:02:20",
        own: Some(["192.31.65.12", "2001:db8:65::12"]),
        gateway: 1,
        local_ports: "40000 46999",
    },
    ServerRole {
        name: "server-c",
        mac: "02:00:00:00:02:30",
        own: None,
        gateway: 0,
        local_ports: "47000 53999",
    },
    ServerRole {
        name: "server-d",
        mac: "02:00:00:00:02:40",
        own: None,
        gateway: 1,
        local_ports: "54000 60999",
    },
];

/// The station that is neither server nor router.
pub const STATION: &str = "station";
/// Its MAC.
pub const STATION_MAC: &str = "02:00:00:00:0a:01";
/// Its addresses.
pub const STATION_ADDRESSES: [&str; 2] = ["192.31.65.20", "2001:db8:65::20"];
const NARROW: &str = "narrow";
const NARROW_WIRE: [&str; 2] = ["10.6.0.1", "2001:db8:6::1"];
/// Addresses of the client behind a wire narrower than all others.
pub const NARROW_ADDRESSES: [&str; 2] = ["10.6.0.2", "2001:db8:6::2"];
const NARROW_NETWORKS: [&str; 2] = ["10.6.0.0/24", "2001:db8:6::/64"];

/// Devices by port of the card; the last stays unused.
pub const PORTS: [&str; 8] = [
    ROUTERS[0].name,
    ROUTERS[1].name,
    SERVERS[0].name,
    SERVERS[1].name,
    SERVERS[2].name,
    SERVERS[3].name,
    STATION,
    "unused",
];

/// VLANs of the machines behind a top-of-rack switch.
pub const VLANS: [(&str, u16); 7] = [
    (ROUTERS[0].name, 100),
    (ROUTERS[1].name, 100),
    (SERVERS[0].name, 210),
    (SERVERS[1].name, 220),
    (SERVERS[2].name, 230),
    (SERVERS[3].name, 240),
    (STATION, 100),
];

/// All machines.
#[derive(Debug)]
pub struct Machines {
    /// As [`ROUTERS`].
    pub routers: [Namespace; 2],
    /// The clients behind them.
    pub clients: [Namespace; 2],
    /// The client behind the narrow wire of the first router.
    pub narrow: Namespace,
    /// As [`SERVERS`].
    pub servers: [Namespace; 4],
    /// See [`STATION`].
    pub station: Namespace,
}

impl Machines {
    /// Makes the machines and moves the wires, named as [`PORTS`], into them. The card must be at work.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub fn new() -> Result<Self, SetupError> {
        let router = |place: usize| Namespace::new(ROUTERS[place].name);
        let client = |place: usize| Namespace::new(ROUTERS[place].client);
        let server = |place: usize| Namespace::new(SERVERS[place].name);
        let machines = Self {
            routers: [router(0)?, router(1)?],
            clients: [client(0)?, client(1)?],
            narrow: Namespace::new(NARROW)?,
            servers: [server(0)?, server(1)?, server(2)?, server(3)?],
            station: Namespace::new(STATION)?,
        };
        machines.set_up_routers()?;
        attach(&machines.station, STATION_MAC)?;
        add(&machines.station, STATION, &STATION_ADDRESSES)?;
        add_gateway(&machines.station, &ROUTERS[0].addresses)?;
        for (server, role) in machines.servers.iter().zip(&SERVERS) {
            let ports = role.local_ports;
            server.sysctl(&format!("net.ipv4.ip_local_port_range={ports}"))?;
            attach(server, role.mac)?;
            role.configure(server)?;
        }
        let rest = [
            &machines.station,
            &machines.routers[0],
            &machines.routers[1],
        ];
        for machine in machines.servers.iter().chain(rest) {
            settle(machine)?;
        }
        Ok(machines)
    }

    fn set_up_routers(&self) -> Result<(), SetupError> {
        let [a, b] = &self.routers;
        a.ip("link add core type veth peer name core netns router-b")?;
        for ((router, client), role) in self.routers.iter().zip(&self.clients).zip(&ROUTERS) {
            router.sysctl("net.ipv4.ip_forward=1")?;
            router.sysctl("net.ipv6.conf.all.forwarding=1")?;
            attach(router, role.mac)?;
            add(router, role.name, &role.addresses)?;
            private(router, "core", &role.core)?;
            wire(router, client, role.to_client, role.client)?;
            private(router, role.to_client, &role.inside)?;
            private(client, role.client, &role.client_addresses)?;
            add_gateway(client, &role.inside)?;
        }
        for (router, there) in [(a, 1), (b, 0)] {
            let ways = ROUTERS[there].networks.iter().zip(ROUTERS[there].core);
            for (network, via) in ways {
                router.ip(&format!("route add {network} via {via}"))?;
            }
            // Errors about narrow paths are not withheld: there is one at a time.
            router.sysctl("net.ipv4.icmp_ratelimit=0")?;
            router.sysctl("net.ipv6.icmp.ratelimit=0")?;
        }
        for (network, via) in NARROW_NETWORKS.iter().zip(ROUTERS[0].core) {
            b.ip(&format!("route add {network} via {via}"))?;
        }
        wire(a, &self.narrow, "to-narrow", NARROW)?;
        for (side, device) in [(a, "to-narrow"), (&self.narrow, NARROW)] {
            side.ip(&format!("link set {device} mtu {NARROW_MTU}"))?;
        }
        private(a, "to-narrow", &NARROW_WIRE)?;
        private(&self.narrow, NARROW, &NARROW_ADDRESSES)?;
        // It takes full segments, so that only an error tells the servers that its wire does not.
        for (gateway, segment) in NARROW_WIRE.iter().zip([1_460, 1_440]) {
            let route = format!("route replace default via {gateway} advmss {segment}");
            self.narrow.ip(&route)?;
        }
        Ok(())
    }
}

impl ServerRole {
    /// Gives the server its addresses and its default routes, as its system does when its interface comes up.
    ///
    /// # Errors
    /// If it has some of them.
    pub fn configure(&self, server: &Namespace) -> Result<(), CommandError> {
        match &self.own {
            Some(own) => {
                add(server, self.name, own)?;
                for address in CLUSTER {
                    let all = if address.contains(':') { 128 } else { 32 };
                    server.ip(&format!("address replace {address}/{all} dev lo"))?;
                }
            }
            None => add(server, self.name, &CLUSTER)?,
        }
        add_gateway(server, &ROUTERS[self.gateway].addresses)
    }

    /// Whether the server has an address of its own.
    pub fn has_own_address(&self) -> bool {
        self.own.is_some()
    }
}

/// A wire between two machines, that is no wire of the card.
fn wire(one: &Namespace, other: &Namespace, device: &str, peer: &str) -> Result<(), CommandError> {
    let name = other.name();
    one.ip(&format!(
        "link add {device} type veth peer name {peer} netns {name}"
    ))?;
    Ok(())
}

/// Brings a wire up on which nobody else is.
fn private(machine: &Namespace, device: &str, addresses: &[&str]) -> Result<(), CommandError> {
    machine.sysctl(&format!("net.ipv6.conf.{device}.accept_dad=0"))?;
    machine.ip(&format!("link set {device} up"))?;
    add(machine, device, addresses)
}

fn add(machine: &Namespace, device: &str, addresses: &[&str]) -> Result<(), CommandError> {
    for address in addresses {
        let address = prefixed(address);
        machine.ip(&format!("address replace {address} dev {device}"))?;
    }
    Ok(())
}

fn add_gateway(machine: &Namespace, gateways: &[&str]) -> Result<(), CommandError> {
    for gateway in gateways {
        machine.ip(&format!("route replace default via {gateway}"))?;
    }
    Ok(())
}
