//! Flows that must stay where they are, and what must come back to whoever asked: tables change under long
//! connections, datagrams come in fragments, routers report narrow paths, servers ask for things outside.

use super::command::CommandError;
use super::namespace::Namespace;
use super::pump::Programmer;
use super::scenario::{Failure, Scenario, clients};
use super::span::Span;
use super::stations::{NARROW_ADDRESSES, NARROW_MTU, OUTSIDE, SERVERS};
use super::watch::family;
use flowswitch::config::{Config, State};
use flowswitch::image::plan;
use flowswitch_driver::image::Image;
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Time between two changes of the tables.
const CHANGE_INTERVAL: Duration = Duration::from_millis(1_500);
/// Time between two rounds of all else: the card is simulated, and has other traffic too.
const PAUSE: Duration = Duration::from_millis(1_500);
/// Long connections from one address of the client.
const HELD: &str = "4";
/// Seconds of a run without them: they begin a little late and must end in time.
const NOT_HELD: u64 = 2;
/// Small datagrams by one socket, and as many large ones.
const DATAGRAMS: &str = "1";
/// Bytes of a large datagram: three fragments.
const LARGE: &str = "4000";
/// Connections at once, and bytes by each.
const CONNECTIONS: &str = "1";
const BYTES: &str = "4096";
/// Shares of the first server when it is not to have as much as the second.
const WEIGHT: u8 = 3;

/// Tables that the card is to hold for a while.
#[derive(Clone, Debug)]
pub struct Tables {
    image: Image,
    /// The server that is to have no new flows, by its place in [`SERVERS`].
    drains: Option<usize>,
}

impl Tables {
    /// All that a run changes, one after the other; the configuration as it is stands last.
    ///
    /// # Errors
    /// If the configuration has no cluster, or makes no image.
    pub fn changes(config: &Config) -> Result<Vec<Self>, Failure> {
        let changed = |drains: Option<usize>, weight: Option<u8>| {
            let mut config = config.clone();
            let cluster = config.clusters.first_mut().ok_or("there is no cluster")?;
            for (place, name) in SERVERS.iter().enumerate() {
                let named = cluster.servers.iter_mut().find(|s| s.name.value == *name);
                let server = named.ok_or("there is no server of that name")?;
                if drains == Some(place) {
                    server.state = State::Drain;
                }
                if place == 0 {
                    server.weight = weight.unwrap_or(server.weight);
                }
            }
            let image = plan(&config)?.image;
            Ok::<_, Failure>(Self { image, drains })
        };
        Ok(vec![
            changed(Some(0), None)?,
            changed(None, Some(WEIGHT))?,
            changed(Some(1), Some(WEIGHT))?,
            changed(None, None)?,
        ])
    }
}

impl Scenario<'_> {
    /// Changes the tables again and again. New connections go elsewhere when a server drains; old ones are
    /// [`Scenario::hold`]'s matter.
    pub(super) fn change_tables(
        &self,
        programmer: &Programmer,
        span: &Span<'_>,
    ) -> Result<(), Failure> {
        // The long connections are to begin with both servers.
        thread::sleep(CHANGE_INTERVAL);
        for tables in self.tables.iter().cycle() {
            if !span.goes_on() {
                break;
            }
            programmer.program(&tables.image)?;
            self.ledger.count("changes of the tables", 1);
            let changed = Instant::now();
            if let Some(drains) = tables.drains {
                self.avoid(SERVERS[drains])?;
            }
            thread::sleep(CHANGE_INTERVAL.saturating_sub(changed.elapsed()));
        }
        let configured = self.tables.last().ok_or("there are no tables")?;
        Ok(programmer.program(&configured.image)?)
    }

    /// New connections while a server drains.
    fn avoid(&self, drained: &str) -> Result<(), Failure> {
        for &to in &self.cluster.addresses {
            let text = to.to_string();
            let words = from_clients(&["talk", &text, "1", "64"], to);
            for (server, times) in self.served(&self.stations.client, &words)? {
                if server == drained {
                    let fault = format!("{times} new connections to {server}, which drains");
                    self.ledger.fault(fault);
                }
                let what = format!("new connections while {drained} drains");
                self.ledger.count(what, times);
            }
        }
        Ok(())
    }

    /// Connections that last through all changes.
    pub(super) fn hold(&self, to: IpAddr) -> Result<(), Failure> {
        let (text, family) = (to.to_string(), family(&to));
        let seconds = self.seconds.saturating_sub(NOT_HELD).to_string();
        let words = from_clients(&["hold", &text, HELD, &seconds], to);
        for (server, times) in self.served(&self.stations.client, &words)? {
            let what = format!("long connections to {server} by {family}");
            self.ledger.count(what, times);
        }
        Ok(())
    }

    /// The client's datagrams, small ones and such as go in fragments.
    pub(super) fn ask_cluster(&self, to: IpAddr, span: &Span<'_>) -> Result<(), Failure> {
        let (text, family) = (to.to_string(), family(&to));
        let words = from_clients(&["ask", &text, DATAGRAMS, LARGE], to);
        self.repeat(span, || {
            for (server, times) in self.served(&self.stations.client, &words)? {
                let what = format!("sockets for datagrams to {server} by {family}");
                self.ledger.count(what, times);
            }
            Ok(())
        })
    }

    /// A server's own connections and datagrams to the outside. Both servers have the same address and ask the same
    /// outsider at once.
    pub(super) fn fetch(&self, server: &Namespace, span: &Span<'_>) -> Result<(), Failure> {
        let name = server.name();
        let pairs = self.cluster.addresses.iter().flat_map(|from| {
            let outside = OUTSIDE.iter();
            let same = outside.filter(|to| to.contains(':') == from.is_ipv6());
            same.map(move |to| (from.to_string(), *to, family(from)))
        });
        let pairs: Vec<_> = pairs.collect();
        self.repeat(span, || {
            for (from, to, family) in &pairs {
                let connections = ["talk", to, CONNECTIONS, BYTES, from];
                let datagrams = ["ask", to, DATAGRAMS, LARGE, from];
                for (kind, words) in [("connections", connections), ("datagrams", datagrams)] {
                    for (_, times) in self.served(server, &words)? {
                        let what = format!("{kind} of {name} to the outside by {family}");
                        self.ledger.count(what, times);
                    }
                }
            }
            Ok(())
        })
    }

    /// Connections by a path that takes no packet of full length: the router's error must reach the server that sent
    /// it, which then knows better; else the connection stands still.
    pub(super) fn squeeze(&self, to: IpAddr, span: &Span<'_>) -> Result<(), Failure> {
        let (text, family) = (to.to_string(), family(&to));
        let narrow = NARROW_ADDRESSES.into_iter();
        let narrow = narrow.filter(|from| from.contains(':') == to.is_ipv6());
        let words = ["talk", &text, "1", BYTES];
        self.repeat(span, || {
            for from in narrow.clone() {
                for server in &self.stations.servers {
                    forget_paths(server, to)?;
                }
                let mut words = words.to_vec();
                words.push(from);
                for (name, _) in self.served(&self.stations.client, &words)? {
                    let mut servers = self.stations.servers.iter();
                    let server = servers.find(|server| server.name() == name);
                    let server = server.ok_or_else(|| format!("{name} is no server"))?;
                    let path = server.ip(&format!("route get {from}"))?;
                    if path.contains(&format!("mtu {NARROW_MTU}")) {
                        self.ledger.count(format!("narrow paths by {family}"), 1);
                    } else {
                        let fault = format!("{name} was not told the path to {from}: {path}");
                        self.ledger.fault(fault);
                    }
                }
            }
            Ok(())
        })
    }

    /// What must have happened for all that to prove anything.
    pub(super) fn required_of_staying(&self) -> Vec<(String, u64)> {
        let seconds = self.seconds;
        let mut required = Vec::new();
        for family in ["IPv4", "IPv6"] {
            for server in SERVERS {
                let held = format!("long connections to {server} by {family}");
                required.push((held, 1));
                let asked = format!("sockets for datagrams to {server} by {family}");
                required.push((asked, seconds / 8));
                for kind in ["connections", "datagrams"] {
                    let what = format!("{kind} of {server} to the outside by {family}");
                    required.push((what, seconds / 8));
                }
            }
            required.push((format!("narrow paths by {family}"), 2));
        }
        for server in SERVERS {
            required.push((format!("new connections while {server} drains"), 1));
        }
        required.push(("changes of the tables".to_owned(), seconds / 8));
        required
    }

    /// Runs the program in a machine and reads who served how often.
    fn served(&self, machine: &Namespace, words: &[&str]) -> Result<Vec<(String, u64)>, Failure> {
        let mut line = vec![self.program()?];
        line.extend(words);
        let told = match machine.run(&line) {
            Ok(told) => told,
            // It tells what it has found; the next round may fare better.
            Err(error @ CommandError::Failed { .. }) => {
                self.ledger.fault(format!("{}: {error}", machine.name()));
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        let pairs = told.lines().filter_map(|line| line.split_once(' '));
        pairs
            .map(|(server, times)| Ok((server.to_owned(), times.parse()?)))
            .collect()
    }

    fn repeat(
        &self,
        span: &Span<'_>,
        mut what: impl FnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while span.goes_on() {
            what()?;
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}

/// A command of the program, by all of the client's addresses of a family.
fn from_clients<'a>(command: &[&'a str], to: IpAddr) -> Vec<&'a str> {
    let clients = clients(to).map(|from| from as &'a str);
    command.iter().copied().chain(clients).collect()
}

/// Lets a server forget what it was told about paths by which it sends as `from`.
fn forget_paths(server: &Namespace, from: IpAddr) -> Result<(), Failure> {
    let family = if from.is_ipv6() { "-6" } else { "-4" };
    server.run(&["ip", family, "route", "flush", "cache"])?;
    Ok(())
}
