//! The switch as its operator meets it: the card, the daemon, and the commands.

use super::process::{Process, signal};
use crate::live::command::{self, CommandError};
use crate::live::scenario::Failure;
use crate::vm::card_process::CardProcess;
use flowswitch_api::client::Client;
use flowswitch_api::latency::Latency;
use flowswitch_api::{Operational, ServerStatus, Statistics, Status};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Requests in a measurement of latency: a simulated card takes milliseconds for each.
const STATUS_REQUESTS: usize = 300;
const LOOK: Duration = Duration::from_millis(50);

/// A card with its daemon.
#[derive(Debug)]
pub struct Operator {
    program: PathBuf,
    folder: PathBuf,
    card: CardProcess,
    daemon: Option<Process>,
}

impl Operator {
    /// Puts a card to work on the wires `ports`; `programs` has `flowswitch` and `flowswitch-card`.
    ///
    /// # Errors
    /// If it does not begin.
    pub fn new(programs: &Path, folder: &Path, ports: &[&str]) -> Result<Self, Failure> {
        let card = CardProcess::start(&programs.join("flowswitch-card"), folder, ports)?;
        Ok(Self {
            program: programs.join("flowswitch"),
            folder: folder.to_owned(),
            card,
            daemon: None,
        })
    }

    /// Starts the daemon and waits until the card runs what it says.
    ///
    /// # Errors
    /// If that does not come about.
    pub fn start_daemon(&mut self, config: &Path) -> Result<(), Failure> {
        let state = self.folder.join("state");
        fs::create_dir_all(&state)?;
        let device = format!("socket:{}", self.card.socket().display());
        let api = self.api();
        let words = [
            text(&self.program)?,
            "daemon",
            "--config",
            text(config)?,
            "--device",
            &device,
            "--socket",
            text(&api)?,
            "--state",
            text(&state)?,
        ];
        let log = self.log();
        self.daemon = Some(Process::start(None, &words, &log)?);
        self.wait("attach", |status| {
            status.device.state == flowswitch_api::DeviceState::Attached
        })
    }

    /// Kills the daemon: it can do nothing about it.
    ///
    /// # Errors
    /// If it does not run.
    pub fn kill_daemon(&mut self) -> Result<(), Failure> {
        let mut daemon = self.daemon.take().ok_or("there is no daemon")?;
        Ok(daemon.kill()?)
    }

    /// Asks the daemon to end.
    ///
    /// # Errors
    /// If it does not, or not well.
    pub fn end_daemon(&mut self) -> Result<(), Failure> {
        let mut daemon = self.daemon.take().ok_or("there is no daemon")?;
        let status = daemon.end()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("the daemon ended with {status}").into())
    }

    /// Whether the daemon that was started still runs.
    pub fn daemon_runs(&mut self) -> bool {
        self.daemon.as_mut().is_some_and(Process::runs)
    }

    /// Stops the card's clock for a while. Frames wait outside meanwhile, registers do not answer.
    ///
    /// # Errors
    /// If the card does not run.
    pub fn stop_clock(&mut self, time: Duration) -> Result<(), Failure> {
        signal("STOP", self.card.id())?;
        thread::sleep(time);
        Ok(signal("CONT", self.card.id())?)
    }

    /// Runs a command of the operator's against the daemon and returns what it printed.
    ///
    /// # Errors
    /// If it fails.
    pub fn run(&self, words: &[&str]) -> Result<String, Failure> {
        let api = self.api();
        let mut line = vec![text(&self.program)?];
        line.extend(words);
        line.extend(["--socket", text(&api)?]);
        Ok(command::run(&line)?)
    }

    /// How everything stands.
    ///
    /// # Errors
    /// If the daemon does not tell.
    pub fn status(&self) -> Result<Status, Failure> {
        Ok(serde_json::from_str(&self.run(&["status", "--json"])?)?)
    }

    /// The counters.
    ///
    /// # Errors
    /// If the daemon does not tell.
    pub fn statistics(&self) -> Result<Statistics, Failure> {
        Ok(serde_json::from_str(&self.run(&["stats", "--json"])?)?)
    }

    /// How long the daemon takes to tell how things stand.
    ///
    /// # Errors
    /// If it does not tell.
    pub fn latency(&self) -> Result<Latency, Failure> {
        let client = Client::new(self.api())?;
        Ok(Latency::measure(&client, STATUS_REQUESTS)?)
    }

    /// Waits until the daemon says so.
    ///
    /// # Errors
    /// If it does not in three minutes.
    pub fn wait(&mut self, what: &str, is: impl Fn(&Status) -> bool) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let status = self.status();
            if status.as_ref().is_ok_and(&is) {
                return Ok(());
            }
            if !self.daemon_runs() || begun.elapsed() > PATIENCE {
                let said = self.said();
                let last: Vec<&str> = said.lines().rev().take(20).collect();
                let last: Vec<&str> = last.into_iter().rev().collect();
                let status =
                    status.map_or_else(|error| error.to_string(), |status| reasons(&status));
                let told = format!(
                    "the switch does not {what}: {status}\nthe daemon said last:\n{}",
                    last.join("\n")
                );
                return Err(told.into());
            }
            thread::sleep(LOOK);
        }
    }

    /// Waits until a server is in this state by its checks.
    ///
    /// # Errors
    /// See [`Operator::wait`].
    pub fn wait_server(&mut self, name: &str, state: Operational) -> Result<(), Failure> {
        let what = format!("find {name} {state}");
        self.wait(&what, |status| {
            server(status, name).is_some_and(|server| server.operational == state)
        })
    }

    /// What the daemon has said so far.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Ends the daemon and the card; returns the card's own account.
    ///
    /// # Errors
    /// If one of them does not end well.
    pub fn end(mut self) -> Result<String, Failure> {
        self.end_daemon()?;
        Ok(self.card.stop()?)
    }

    fn api(&self) -> PathBuf {
        self.folder.join("api.sock")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("daemon.log")
    }
}

/// A server of the first cluster, by name.
pub fn server<'a>(status: &'a Status, name: &str) -> Option<&'a ServerStatus> {
    let servers = &status.clusters.first()?.servers;
    servers.iter().find(|server| server.name == name)
}

/// Why the servers are as they are.
fn reasons(status: &Status) -> String {
    let servers = status.clusters.iter().flat_map(|cluster| &cluster.servers);
    let reasons = servers.map(|server| format!("{}: {}", server.name, server.why));
    reasons.collect::<Vec<_>>().join("; ")
}

/// A path as an argument.
///
/// # Errors
/// If it is no text.
pub fn text(path: &Path) -> Result<&str, CommandError> {
    path.to_str().ok_or_else(|| CommandError::Start {
        line: path.display().to_string(),
        error: std::io::Error::other("the path is not UTF-8"),
    })
}
