//! The card, the machines around it, and the guest that drives it.

use super::card_process::CardProcess;
use super::datagrams::Tally;
use super::failure::Failure;
use super::guest::{Answer, Guest, PATIENCE};
use crate::live::namespace::{Follower, Namespace};
use crate::live::stations::{CLIENT_ADDRESSES, Cluster, PORTS, SERVERS, Stations};
use serde_json::Value;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// How long an echo server may take to start.
const SERVER_START: Duration = Duration::from_secs(20);
/// How long a configuration may take to be read back and written on a busy machine: every register access costs clocks of
/// the simulation.
const APPLY: Duration = Duration::from_secs(900);
/// The same for the self-test.
const DOCTOR: Duration = Duration::from_secs(600);
/// Finds the card among the guest's functions: vendor and device of the contract.
const FIND: &str = "for f in /sys/bus/pci/devices/*; do \
                    [ \"$(cat $f/vendor $f/device | tr '\\n' ' ')\" = '0x10ee 0xf105 ' ] && basename $f; done";

/// Where things are.
#[derive(Clone, Debug)]
pub struct Places {
    /// What `tests/vm/fetch.sh` has fetched.
    pub tools: PathBuf,
    /// The folder of `flowswitch` and `flowswitch-card`.
    pub programs: PathBuf,
    /// This program, which sends, hears and echoes.
    pub own: PathBuf,
    /// Where the run's files go.
    pub folder: PathBuf,
}

/// A card and the machines around it.
pub struct Installation {
    // Dropped in this order: what runs in the machines, the machines, the card.
    servers: Vec<Follower>,
    stations: Option<Stations>,
    card: CardProcess,
}

impl Installation {
    /// Starts a card, which knows nothing yet; so there are no machines yet.
    ///
    /// # Errors
    /// If it does not start.
    pub fn new(places: &Places) -> Result<Self, Failure> {
        let program = places.programs.join("flowswitch-card");
        Ok(Self {
            servers: Vec::new(),
            stations: None,
            card: CardProcess::start(&program, &places.folder, &PORTS)?,
        })
    }

    /// Boots a guest that has the card.
    ///
    /// # Errors
    /// If it does not start.
    pub fn boot(&self, places: &Places, initrd: &Path) -> Result<Driver, Failure> {
        let guest = Guest::boot(&places.tools, initrd, self.card.socket(), &places.folder)?;
        Driver::new(guest)
    }

    /// Sets up the machines, if there are none; the card must hold its configuration, or the servers would meet each other.
    ///
    /// # Errors
    /// If a machine or a server in it cannot be had.
    pub fn populate(&mut self, cluster: &Cluster, own: &Path) -> Result<&Stations, Failure> {
        if self.stations.is_none() {
            let stations = Stations::new(cluster)?;
            for (server, name) in stations.servers.iter().zip(SERVERS) {
                self.servers.push(echo(server, own, name)?);
            }
            self.stations = Some(stations);
        }
        match &self.stations {
            Some(stations) => Ok(stations),
            None => unreachable!("they were set up"),
        }
    }

    /// The machines.
    pub fn stations(&self) -> Option<&Stations> {
        self.stations.as_ref()
    }

    /// Whether the card still runs.
    pub fn runs(&mut self) -> bool {
        self.card.runs()
    }

    /// Kills the card, and with it the machines' wires.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill_card(&mut self) -> Result<(), Failure> {
        self.card.kill()
    }

    /// Ends the card and returns its account.
    ///
    /// # Errors
    /// If it does not end well.
    pub fn stop(self) -> Result<String, Failure> {
        drop(self.servers);
        let account = self.card.stop();
        drop(self.stations);
        account
    }
}

/// Starts the echo server of a machine and waits until it listens.
fn echo(server: &Namespace, own: &Path, name: &str) -> Result<Follower, Failure> {
    let (listening, listens) = channel();
    let own = own.display().to_string();
    let follower = server.follow(&[&own, "serve", name], move |_| {
        // Who waits for it has given up if this fails.
        let _ = listening.send(());
    })?;
    let begun = Instant::now();
    listens
        .recv_timeout(SERVER_START)
        .map_err(|_| Failure::Silent {
            who: "an echo server",
            what: "does not listen".into(),
            after: begun.elapsed(),
            said: String::new(),
        })?;
    Ok(follower)
}

/// Sends numbered datagrams from the client to the cluster's address, `per_second` of them a second, and counts what the
/// servers send back.
///
/// # Errors
/// If they cannot be sent.
pub fn traffic(
    stations: &Stations,
    own: &Path,
    to: IpAddr,
    count: u64,
    per_second: u32,
) -> Result<Tally, Failure> {
    let family = |address: &&&str| address.contains(':') == to.is_ipv6();
    let from = CLIENT_ADDRESSES.iter().filter(family).copied();
    let own = own.display().to_string();
    let numbers = [to.to_string(), count.to_string(), per_second.to_string()];
    let mut words = vec![own.as_str(), "steady"];
    words.extend(numbers.iter().map(String::as_str));
    words.extend(from);
    let printed = stations.client.run(&words)?;
    Tally::parse(&printed).ok_or_else(|| Failure::Answer {
        command: words.join(" "),
        wanted: "tally",
        output: printed,
    })
}

/// A guest that has the card: the unmodified program as the card's driver.
#[derive(Debug)]
pub struct Driver {
    /// The guest.
    pub guest: Guest,
    address: String,
}

impl Driver {
    /// Finds the card on the guest's bus.
    fn new(mut guest: Guest) -> Result<Self, Failure> {
        // The status is that of the last function looked at.
        let found = guest.run(FIND, PATIENCE)?;
        let address = found.output.trim().to_owned();
        if address.is_empty() || address.contains(char::is_whitespace) {
            return Err(found.lacks("single address of a card"));
        }
        Ok(Self { guest, address })
    }

    /// The card's address on the bus.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The words of a command of the program on this card.
    pub fn command(&self, words: &str) -> String {
        format!("flowswitch {words} --device vfio:{}", self.address)
    }

    /// Runs a command of the program on this card; it must succeed, and prints JSON.
    ///
    /// # Errors
    /// If it fails or does not end.
    pub fn json(&mut self, words: &str, patience: Duration) -> Result<Value, Failure> {
        let command = self.command(&format!("{words} --json"));
        self.guest.run(&command, patience)?.succeeded()?.json()
    }

    /// Binds the card to the driver of user space.
    ///
    /// # Errors
    /// If it cannot be bound.
    pub fn bind(&mut self) -> Result<Answer, Failure> {
        let command = format!("flowswitch device bind {}", self.address);
        self.guest.must(&command)
    }

    /// Writes a configuration; returns the report and how long it took.
    ///
    /// # Errors
    /// If it fails.
    pub fn apply(&mut self, config: &str) -> Result<(Value, Duration), Failure> {
        let begun = Instant::now();
        let report = self.json(&format!("apply --config {config}"), APPLY)?;
        Ok((report, begun.elapsed()))
    }

    /// As [`Driver::apply`], but the card's word for what it runs is not taken: all its tables are read back.
    ///
    /// # Errors
    /// If it fails.
    pub fn apply_thoroughly(&mut self, config: &str) -> Result<(Value, Duration), Failure> {
        let begun = Instant::now();
        let report = self.json(&format!("apply --thorough --config {config}"), APPLY)?;
        Ok((report, begun.elapsed()))
    }

    /// Runs the self-test.
    ///
    /// # Errors
    /// If a line of it fails.
    pub fn doctor(&mut self) -> Result<Answer, Failure> {
        let command = self.command("doctor");
        self.guest.run(&command, DOCTOR)?.succeeded()
    }

    /// Starts a command of the program in the background, its output in a file, and returns its process.
    ///
    /// # Errors
    /// If the guest does not answer.
    pub fn start(&mut self, words: &str, output: &str) -> Result<u32, Failure> {
        let command = format!("{} >{output} 2>&1 & echo $!", self.command(words));
        let answer = self.guest.must(&command)?;
        let process = answer.output.trim().parse();
        process.map_err(|_| answer.lacks("process"))
    }

    /// Waits until interrupts of the card are taken by a program, which it does when its rings are ready.
    ///
    /// # Errors
    /// If they are not in time.
    pub fn wait_interrupts(&mut self) -> Result<(), Failure> {
        let wait = "for i in $(seq 200); do grep -q vfio-msix /proc/interrupts && exit 0; sleep 0.1; done; exit 1";
        self.guest.must(wait).map(drop)
    }

    /// Interrupts of the card that the kernel has counted, by vector, for the program that has them now.
    ///
    /// # Errors
    /// If the guest does not answer.
    pub fn interrupts(&mut self) -> Result<Vec<u64>, Failure> {
        let answer = self.guest.must("grep vfio-msix /proc/interrupts")?;
        let count = |line: &str| line.split_whitespace().nth(1)?.parse().ok();
        Ok(answer.output.lines().filter_map(count).collect())
    }

    /// Kills a process as nothing can be caught.
    ///
    /// # Errors
    /// If it does not run any more.
    pub fn kill(&mut self, process: u32) -> Result<(), Failure> {
        self.guest.must(&format!("kill -9 {process}")).map(drop)
    }
}
