//! What the stacks do in a run, all at once: the client talks, the servers quarrel about their address, everyone's
//! tables are looked at.

use super::ledger::Ledger;
use super::namespace::{Follower, Namespace};
use super::pump::Programmer;
use super::span::Span;
use super::stations::{
    CLIENT_ADDRESSES, Cluster, OUTSIDE, ROUTER, SERVERS, STATION_ADDRESSES, SetupError, Stations,
    prefixed, settle,
};
use super::staying::Tables;
use super::watch::{Expected, family, follow_addresses, look_at_addresses, look_for};
use flowswitch_driver::image::MacAddress;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// A fault of the run, not of what it judges.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Connections at once from one address of the client.
const CONNECTIONS: &str = "2";
/// Bytes there and back by each of them.
const BYTES: &str = "8192";
/// Seconds between two pings.
const PING_INTERVAL: &str = "0.5";
/// The same, the other way round.
const PINGS_PER_SECOND: u64 = 2;
/// How long an answer may take on a busy machine, in seconds.
const ANSWER: &str = "20";
/// Time between two looks at all tables.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between rounds of connections, and of the router's questions.
const PAUSE: Duration = Duration::from_millis(300);

/// A run.
#[derive(Debug)]
pub struct Scenario<'a> {
    /// The machines.
    pub stations: &'a Stations,
    /// Their cluster.
    pub cluster: &'a Cluster,
    /// The judges' book.
    pub ledger: &'a Arc<Ledger>,
    /// What the card holds in turns, and who programs it.
    pub tables: &'a [Tables],
    /// See [`Scenario::tables`].
    pub programmer: Programmer,
    /// The program that serves and talks: `PROGRAM serve NAME` and so on.
    pub program: PathBuf,
    /// How long to go on, in seconds of the clock on the wall, at least 5.
    pub seconds: u64,
}

impl Scenario<'_> {
    /// Does everything and judges it.
    ///
    /// # Errors
    /// If the run itself cannot go on; what is judged goes to the ledger.
    pub fn run(&self) -> Result<(), Failure> {
        let _servers = self.serve()?;
        let expected = self.expected();
        let mut followers = Vec::new();
        for machine in [&self.stations.router, &self.stations.station] {
            followers.push(expected.clone().follow(machine, self.ledger)?);
        }
        for server in &self.stations.servers {
            let addresses = &self.cluster.addresses;
            followers.push(follow_addresses(server, addresses, self.ledger)?);
        }
        let time = Duration::from_secs(self.seconds);
        let required = [self.required(), self.required_of_staying()].concat();
        let span = &Span::new(self.ledger, time, required);
        thread::scope(|scope| {
            for &address in &self.cluster.addresses {
                for from in clients(address) {
                    scope.spawn(move || self.note(self.ping_cluster(from, address)));
                }
                scope.spawn(move || self.note(self.talk(address, span)));
                scope.spawn(move || self.note(self.hold(address)));
                scope.spawn(move || self.note(self.ask_cluster(address, span)));
                scope.spawn(move || self.note(self.squeeze(address, span)));
            }
            let servers = self.stations.servers.iter();
            for (server, &mac) in servers.zip(&self.cluster.server_macs) {
                for station in STATION_ADDRESSES {
                    scope.spawn(move || self.note(self.ping_station(server, station)));
                }
                scope.spawn(move || self.note(self.quarrel(server, mac, span)));
                scope.spawn(move || self.note(self.fetch(server, span)));
            }
            let programmer = self.programmer.clone();
            scope.spawn(move || self.note(self.change_tables(&programmer, span)));
            scope.spawn(|| self.note(self.ask(span)));
            scope.spawn(|| self.note(self.look(&expected, span)));
        });
        for follower in &mut followers {
            if !follower.runs() {
                self.ledger.fault("a table was not watched to the end");
            }
        }
        drop(followers);
        self.take_addresses_again()?;
        span.judge();
        self.require_pings();
        Ok(())
    }

    fn note(&self, result: Result<(), Failure>) {
        if let Err(failure) = result {
            self.ledger.fault(failure.to_string());
        }
    }

    fn expected(&self) -> Expected {
        Expected {
            addresses: self.cluster.addresses.clone(),
            mac: self.cluster.mac,
        }
    }

    /// Starts the servers, the client as one for them, and waits until each has said that it listens.
    fn serve(&self) -> Result<Vec<Follower>, Failure> {
        let program = self.program()?;
        let (listening, listens) = channel();
        let start = |server: &Namespace| {
            let listening = listening.clone();
            let mut words = vec![program, "serve", server.name()];
            // The client has many addresses, and an answer must come from the one that was asked.
            if server.name() == self.stations.client.name() {
                words.extend(OUTSIDE);
            }
            server.follow(&words, move |_| {
                // Who waits for it has given up if this fails.
                let _ = listening.send(());
            })
        };
        let mut machines: Vec<&Namespace> = self.stations.servers.iter().collect();
        machines.push(&self.stations.client);
        let followers = machines.iter().copied().map(start);
        let followers = followers.collect::<Result<_, _>>()?;
        for _ in machines {
            let silent = |_| "a server does not begin to listen";
            listens.recv_timeout(PATIENCE).map_err(silent)?;
        }
        Ok(followers)
    }

    pub(super) fn program(&self) -> Result<&str, Failure> {
        let path = self.program.to_str();
        path.ok_or_else(|| "the program's path is not UTF-8".into())
    }

    fn ping_cluster(&self, from: &str, to: IpAddr) -> Result<(), Failure> {
        let count = self.seconds * PINGS_PER_SECOND;
        let answers = ping(&self.stations.client, &["-I", from], &to.to_string(), count)?;
        let family = family(&to);
        self.ledger
            .count(format!("pings of the cluster by {family}"), answers);
        if answers != count {
            let fault = format!("of {count} pings from {from} to {to}, {answers} were answered");
            self.ledger.fault(fault);
        }
        Ok(())
    }

    /// Pings are no flow: the station's answers go to whichever server the hash says at the time, and only that one can
    /// hear them; but both must find the station.
    fn ping_station(&self, server: &Namespace, station: &str) -> Result<(), Failure> {
        let count = self.seconds * PINGS_PER_SECOND;
        let answers = ping(server, &[], station, count)?;
        let family = family_of(station);
        self.ledger
            .count(format!("pings of the station by {family}"), answers);
        Ok(())
    }

    fn talk(&self, to: IpAddr, span: &Span<'_>) -> Result<(), Failure> {
        let to_text = to.to_string();
        let mut words = vec![self.program()?, "talk", &to_text, CONNECTIONS, BYTES];
        for from in clients(to) {
            words.push(from);
        }
        while span.goes_on() {
            match self.stations.client.run(&words) {
                Err(error) => self.ledger.fault(error.to_string()),
                Ok(served) => {
                    for (server, times) in served.lines().filter_map(|l| l.split_once(' ')) {
                        let what = format!("connections to {server} by {}", family(&to));
                        self.ledger.count(what, times.parse()?);
                    }
                }
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// A server says that the addresses are its own, in every way there is.
    fn quarrel(&self, server: &Namespace, mac: MacAddress, span: &Span<'_>) -> Result<(), Failure> {
        let program = self.program()?;
        let (name, mac) = (server.name(), mac.to_string());
        while span.goes_on() {
            for address in &self.cluster.addresses {
                let text = address.to_string();
                if address.is_ipv6() {
                    server.run(&[program, "advertise", name, &text, &mac])?;
                    self.ledger.count("advertisements by servers", 1);
                    continue;
                }
                let arping = |kind: &str| {
                    let words = [
                        "arping", "-q", kind, "-c", "1", "-w", "1", "-I", name, &text,
                    ];
                    server.output(&words)
                };
                arping("-U")?;
                arping("-A")?;
                self.ledger.count("gratuitous ARP by servers", 2);
                // It fails if anybody answers.
                if arping("-D")?.status.success() {
                    self.ledger.count("probes by servers, not answered", 1);
                } else {
                    let fault = format!("{name}: a probe for {text} was answered");
                    self.ledger.fault(fault);
                }
            }
        }
        Ok(())
    }

    /// The router asks by ARP, by broadcast first and then by unicast as iputils does.
    fn ask(&self, span: &Span<'_>) -> Result<(), Failure> {
        let mac = self.cluster.mac.to_string();
        while span.goes_on() {
            for address in self.cluster.addresses.iter().filter(|a| a.is_ipv4()) {
                let text = address.to_string();
                let words = ["arping", "-c", "2", "-w", "4", "-I", ROUTER, &text];
                let output = self.stations.router.output(&words)?;
                let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
                let answers: Vec<&str> = said
                    .lines()
                    .filter(|line| line.contains(" reply from "))
                    .filter_map(|line| line.split(['[', ']']).nth(1))
                    .collect();
                // One may come too late for it on a busy machine.
                if answers.len() > 2 || answers.iter().any(|answer| *answer != mac) {
                    let fault =
                        format!("the router asked twice for {text} and was told {answers:?}");
                    self.ledger.fault(fault);
                }
                let answered = answers.len() as u64;
                self.ledger
                    .count("requests by the router, answered", answered);
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn look(&self, expected: &Expected, span: &Span<'_>) -> Result<(), Failure> {
        let stations = self.stations;
        let station_mac = stations
            .station
            .run(&["cat", "/sys/class/net/station/address"])?;
        while span.goes_on() {
            expected.look(&stations.router, self.ledger)?;
            expected.look(&stations.station, self.ledger)?;
            for server in &stations.servers {
                look_at_addresses(server, &self.cluster.addresses, self.ledger)?;
                for address in STATION_ADDRESSES {
                    look_for(server, address.parse()?, station_mac.trim(), self.ledger)?;
                }
            }
            thread::sleep(LOOK_INTERVAL);
        }
        Ok(())
    }

    /// Duplicate address detection once more, while the other server has the address and works.
    fn take_addresses_again(&self) -> Result<(), SetupError> {
        for server in &self.stations.servers {
            let name = server.name();
            for address in self.cluster.addresses.iter().filter(|a| a.is_ipv6()) {
                let address = prefixed(&address.to_string());
                server.ip(&format!("address delete {address} dev {name}"))?;
                server.ip(&format!("address add {address} dev {name}"))?;
            }
            settle(server)?;
            look_at_addresses(server, &self.cluster.addresses, self.ledger)?;
        }
        Ok(())
    }

    /// What must have happened for the run to prove anything.
    fn required(&self) -> Vec<(String, u64)> {
        let seconds = self.seconds;
        let mut required = Vec::new();
        for family in ["IPv4", "IPv6"] {
            for server in SERVERS {
                let connections = format!("connections to {server} by {family}");
                required.push((connections, seconds / 2));
                let found = format!("{server} has found the station by {family}");
                required.push((found, seconds));
            }
            let known = format!("{ROUTER} has the cluster's {family} at its MAC");
            required.push((known, seconds));
            required.push((format!("announcements of {family} to {ROUTER}"), 2));
        }
        let others = [
            ("gratuitous ARP by servers", seconds / 2),
            ("probes by servers, not answered", seconds / 4),
            ("advertisements by servers", seconds / 4),
            ("requests by the router, answered", seconds / 2),
        ];
        required.extend(others.map(|(what, least)| (what.to_owned(), least)));
        required
    }

    /// One of the two servers hears all answers.
    fn require_pings(&self) {
        for family in ["IPv4", "IPv6"] {
            let answered = format!("pings of the station by {family}");
            let least = self.seconds * PINGS_PER_SECOND * 9 / 10;
            self.ledger.require(&answered, least);
        }
    }
}

/// Pings `count` times and returns how many were answered.
fn ping(from: &Namespace, options: &[&str], to: &str, count: u64) -> Result<u64, Failure> {
    let count = count.to_string();
    let mut words = vec![
        "ping",
        "-n",
        "-q",
        "-i",
        PING_INTERVAL,
        "-W",
        ANSWER,
        "-c",
        &count,
    ];
    words.extend(options);
    words.push(to);
    let output = from.output(&words)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let received = said
        .split(", ")
        .find_map(|part| part.strip_suffix(" received"));
    match received {
        Some(received) => Ok(received.parse()?),
        None => {
            let error = String::from_utf8_lossy(&output.stderr);
            Err(format!("{}: {}", words.join(" "), error.trim()).into())
        }
    }
}

/// The client's addresses of an address's family.
pub(super) fn clients(to: IpAddr) -> impl Iterator<Item = &'static str> {
    let all = CLIENT_ADDRESSES.into_iter();
    all.filter(move |from| family_of(from) == family(&to))
}

fn family_of(address: &str) -> &'static str {
    if address.contains(':') {
        "IPv6"
    } else {
        "IPv4"
    }
}
