//! Nothing fails: clients fetch pages, files and datagrams, servers ask for things outside, and quarrel about their
//! address, while everyone's tables are watched.

use super::fetch::{Fetched, fetch, page, send};
use super::installation::Installation;
use super::machines::{
    CLUSTER, CLUSTER_MAC, NARROW_ADDRESSES, NARROW_MTU, ROUTERS, RouterRole, SERVERS, ServerRole,
};
use crate::live::advertise::parse_mac;
use crate::live::namespace::{Follower, Namespace};
use crate::live::scenario::Failure;
use crate::live::span::Span;
use crate::live::watch::{Expected, family, follow_addresses, look_at_addresses};
use flowswitch_driver::image::MacAddress;
use std::net::IpAddr;
use std::thread;
use std::time::Duration;

/// Time between two rounds of what a machine does: the card is simulated, and has other traffic too.
const PAUSE: Duration = Duration::from_millis(1_000);
/// How long a router's question may take on a busy machine, in seconds.
const PATIENCE: &str = "20";
/// Time between two looks at all tables.
const LOOK: Duration = Duration::from_millis(200);
/// Datagrams of each size by a socket, and the bytes of a large one: three fragments.
const DATAGRAMS: [&str; 2] = ["1", "4000"];
/// Bytes of a file that takes several round trips.
const FILE: usize = 40_000;

/// What watches tables as long as it is kept.
pub struct Watch {
    expected: Expected,
    followers: Vec<Follower>,
}

impl Installation {
    /// The cluster's addresses and MAC.
    fn expected() -> Result<Expected, Failure> {
        let mac = parse_mac(CLUSTER_MAC).ok_or("the cluster has no MAC")?;
        Ok(Expected {
            addresses: addresses()?,
            mac: MacAddress(mac),
        })
    }

    /// Watches every change of the routers' and the station's neighbour tables, and of the servers' addresses.
    ///
    /// # Errors
    /// If they cannot be watched.
    pub fn watch(&self) -> Result<Watch, Failure> {
        let expected = Self::expected()?;
        let mut followers = Vec::new();
        let machines = &self.machines;
        for machine in machines.routers.iter().chain([&machines.station]) {
            followers.push(expected.clone().follow(machine, &self.ledger)?);
        }
        for server in &machines.servers {
            followers.push(follow_addresses(server, &expected.addresses, &self.ledger)?);
        }
        Ok(Watch {
            expected,
            followers,
        })
    }

    /// Ends a watch, which must have lasted.
    pub fn watched(&self, mut watch: Watch) {
        for follower in &mut watch.followers {
            if !follower.runs() {
                self.ledger.fault("a table was not watched to the end");
            }
        }
    }

    /// Everything at once for a while.
    ///
    /// # Errors
    /// If the run itself cannot go on; what is judged goes to the ledger.
    pub fn peace(&self, time: Duration) -> Result<(), Failure> {
        let watch = self.watch()?;
        let span = &Span::new(&self.ledger, time, required());
        let clients = self.machines.clients.iter();
        thread::scope(|scope| {
            for (client, role) in clients.zip(&ROUTERS) {
                scope.spawn(move || self.note(self.browse(client, role, span)));
            }
            scope.spawn(|| self.note(self.narrow(span)));
            for (server, role) in self.machines.servers.iter().zip(&SERVERS) {
                scope.spawn(move || self.note(self.quarrel(server, role, span)));
                scope.spawn(move || self.note(self.ask_outside(server, role, span)));
            }
            scope.spawn(|| self.note(self.ask_neighbours(span)));
            scope.spawn(|| self.note(self.look(&watch.expected, span)));
        });
        self.watched(watch);
        span.judge();
        Ok(())
    }

    /// A client's pages by short and long connections, and its datagrams.
    fn browse(
        &self,
        client: &Namespace,
        role: &RouterRole,
        span: &Span<'_>,
    ) -> Result<(), Failure> {
        while span.goes_on() {
            for to in CLUSTER {
                let family = family(&to.parse()?);
                for (kind, times) in [("short", 1), ("long", 4)] {
                    let served = page(client, to, &[], times);
                    if let Some(server) = self.judged(client, served)? {
                        let what = format!("pages by {kind} connections, {family}, of {server}");
                        self.ledger.count(what, times);
                    }
                }
                let from = role.client_addresses.into_iter();
                for from in from.filter(|from| from.contains(':') == to.contains(':')) {
                    let words = ["ask", to, DATAGRAMS[0], DATAGRAMS[1], from];
                    for server in self.run_own(client, &words)? {
                        let what = format!("sockets for datagrams, {family}, of {server}");
                        self.ledger.count(what, 1);
                    }
                }
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// A file by a wire that takes no packet of full length: the router's error must reach the server that sent it.
    fn narrow(&self, span: &Span<'_>) -> Result<(), Failure> {
        let narrow = &self.machines.narrow;
        while span.goes_on() {
            for (to, client) in CLUSTER.iter().zip(NARROW_ADDRESSES) {
                for server in &self.machines.servers {
                    let family = if to.contains(':') { "-6" } else { "-4" };
                    server.run(&["ip", family, "route", "flush", "cache"])?;
                }
                let fetched = fetch(narrow, to, "narrow", &self.folder);
                let Some(Fetched { server, sum, .. }) = self.judged(narrow, fetched)? else {
                    continue;
                };
                if sum != self.sum_of("narrow")? {
                    self.ledger
                        .fault(format!("a file came by the narrow wire changed: {sum}"));
                }
                let mut servers = self.machines.servers.iter();
                let found = servers.find(|machine| machine.name() == server);
                let found = found.ok_or_else(|| format!("{server} is no server"))?;
                let path = found.ip(&format!("route get {client}"))?;
                if path.contains(&format!("mtu {NARROW_MTU}")) {
                    let what = format!("narrow paths found, {}", family(&to.parse()?));
                    self.ledger.count(what, 1);
                } else {
                    let fault = format!("{server} was not told the path to {client}: {path}");
                    self.ledger.fault(fault);
                }
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// A server says that the addresses are its own, in every way there is.
    fn quarrel(
        &self,
        server: &Namespace,
        role: &ServerRole,
        span: &Span<'_>,
    ) -> Result<(), Failure> {
        let program = self.program()?;
        let name = server.name();
        let [ipv4, ipv6] = CLUSTER;
        while span.goes_on() {
            let arping = |kind: &str| {
                let words = ["arping", "-q", kind, "-c", "1", "-w", "1", "-I", name, ipv4];
                server.output(&words)
            };
            arping("-U")?;
            arping("-A")?;
            self.ledger.count("gratuitous ARP by servers", 2);
            // It fails if anybody answers.
            if arping("-D")?.status.success() {
                self.ledger.count("probes by servers, not answered", 1);
            } else {
                self.ledger
                    .fault(format!("{name}: a probe for {ipv4} was answered"));
            }
            server.run(&[program, "advertise", name, ipv6, role.mac])?;
            self.ledger.count("advertisements by servers", 1);
        }
        Ok(())
    }

    /// A server's own questions: pages and datagrams of machines behind the routers, from the shared address and from
    /// whichever it chooses itself.
    fn ask_outside(
        &self,
        server: &Namespace,
        role: &ServerRole,
        span: &Span<'_>,
    ) -> Result<(), Failure> {
        let name = server.name();
        while span.goes_on() {
            for router in &ROUTERS {
                for (from, to) in CLUSTER.iter().zip(router.client_addresses) {
                    let family = family(&to.parse()?);
                    let bound = ["--interface", *from];
                    let chosen: &[&str] = &[];
                    let mut ways = vec![&bound[..]];
                    // A router's ARP broadcasts do not reach servers, so it does not find their own IPv4 addresses.
                    if role.has_own_address() && family == "IPv6" {
                        ways.push(chosen);
                    }
                    for way in ways {
                        let served = page(server, to, way, 1);
                        if self.judged(server, served)?.is_some() {
                            let what = format!("pages for {name} from outside, {family}");
                            self.ledger.count(what, 1);
                        }
                    }
                    let words = ["ask", to, DATAGRAMS[0], DATAGRAMS[1], from];
                    for _ in self.run_own(server, &words)? {
                        let what = format!("datagrams for {name} from outside, {family}");
                        self.ledger.count(what, 1);
                    }
                }
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// The routers ask for the cluster's address; only the card may answer.
    fn ask_neighbours(&self, span: &Span<'_>) -> Result<(), Failure> {
        while span.goes_on() {
            for router in &self.machines.routers {
                let name = router.name();
                let asked = ["arping", "-f", "-c", PATIENCE, "-w", PATIENCE, "-I"];
                let words = [&asked[..], &[name, CLUSTER[0]]].concat();
                let said = router.output(&words)?;
                let said = String::from_utf8_lossy(&said.stdout).to_lowercase();
                if said.contains(&format!("[{CLUSTER_MAC}]")) && said.contains("received 1 ") {
                    self.ledger.count("requests by routers, answered", 1);
                } else {
                    let fault = format!("{name}: a request for {} came to: {said}", CLUSTER[0]);
                    self.ledger.fault(fault);
                }
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Looks at all tables again and again.
    fn look(&self, expected: &Expected, span: &Span<'_>) -> Result<(), Failure> {
        while span.goes_on() {
            for router in &self.machines.routers {
                expected.look(router, &self.ledger)?;
            }
            for server in &self.machines.servers {
                look_at_addresses(server, &expected.addresses, &self.ledger)?;
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Files both ways, compared by their digests. Returns the Mbit/s of the way to the client and of the way back.
    ///
    /// # Errors
    /// If the run itself cannot go on.
    pub fn bulk(&self, bytes: usize) -> Result<[f64; 2], Failure> {
        self.provide("bulk", bytes)?;
        let wanted = self.sum_of("bulk")?;
        let client = &self.machines.clients[0];
        let mut seconds = [0.0; 2];
        for to in CLUSTER {
            let fetched = fetch(client, to, "bulk", &self.folder);
            if let Some(fetched) = self.judged(client, fetched)? {
                seconds[0] += fetched.seconds;
                if fetched.sum != wanted {
                    self.ledger
                        .fault(format!("the file from {to} came changed"));
                }
            }
            let sent = send(client, to, &self.folder.join("bulk"), "sent");
            if let Some(took) = self.judged(client, sent)? {
                seconds[1] += took;
                let arrived = self.take_sent("sent")?;
                if arrived.as_deref() != Some(&wanted) {
                    let fault = format!("the file to {to} arrived as {arrived:?}");
                    self.ledger.fault(fault);
                }
            }
        }
        let bits = (bytes * CLUSTER.len()) as f64 * 8.0;
        Ok(seconds.map(|seconds| bits / 1e6 / seconds.max(1e-9)))
    }

    /// Makes the files that clients fetch.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn provide_files(&self) -> Result<(), Failure> {
        self.provide("narrow", FILE)
    }
}

/// What must have happened for the run to prove anything.
fn required() -> Vec<(String, u64)> {
    let mut required = Vec::new();
    for family in ["IPv4", "IPv6"] {
        for router in &ROUTERS {
            let known = format!("{} has the cluster's {family} at its MAC", router.name);
            required.push((known, 5));
        }
        for server in &SERVERS {
            for kind in ["pages", "datagrams"] {
                let what = format!("{kind} for {} from outside, {family}", server.name);
                required.push((what, 1));
            }
        }
        required.push((format!("narrow paths found, {family}"), 1));
    }
    let others = [
        ("gratuitous ARP by servers", 8),
        ("probes by servers, not answered", 4),
        ("advertisements by servers", 4),
        ("requests by routers, answered", 4),
    ];
    required.extend(others.map(|(what, least)| (what.to_owned(), least)));
    required
}

fn addresses() -> Result<Vec<IpAddr>, Failure> {
    let parsed: Result<Vec<IpAddr>, _> = CLUSTER.iter().map(|text| text.parse()).collect();
    Ok(parsed?)
}
