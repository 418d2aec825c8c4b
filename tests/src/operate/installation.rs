//! The whole installation: machines, what serves in them, the switch, and the book of the run.

use super::fetch::sum;
use super::machines::{CLUSTER, Machines, ROUTERS};
use super::process::Process;
use super::web::Web;
use crate::live::command::CommandError;
use crate::live::ledger::Ledger;
use crate::live::namespace::Namespace;
use crate::live::scenario::Failure;
use crate::live::talk::pattern;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long the echo servers may take to listen.
const START: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub struct Installation {
    /// The machines.
    pub machines: Machines,
    /// Web servers of the servers, in their order.
    pub webs: Vec<Web>,
    /// Web servers of the clients, which servers ask.
    outside: Vec<Web>,
    /// Echo servers of both.
    echoes: Vec<Process>,
    /// The book.
    pub ledger: Arc<Ledger>,
    /// Files of the run.
    pub folder: PathBuf,
    program: PathBuf,
}

impl Installation {
    /// Makes the machines around a card that is at work, and starts what serves in them. `program` serves and asks.
    ///
    /// # Errors
    /// If something cannot be set up.
    pub fn new(program: &Path, folder: &Path) -> Result<Self, Failure> {
        let machines = Machines::new()?;
        let start = |machine: &Namespace| Web::start(machine, folder);
        let webs: Result<Vec<_>, _> = machines.servers.iter().map(start).collect();
        let outside: Result<Vec<_>, _> = machines.clients.iter().map(start).collect();
        let (webs, outside) = (webs?, outside?);
        let servers = machines.servers.iter().map(|server| (server, CLUSTER));
        let clients = machines.clients.iter().zip(&ROUTERS);
        let clients = clients.map(|(client, role)| (client, role.client_addresses));
        let mut echoes = Vec::new();
        for (machine, at) in servers.chain(clients) {
            // An answer must come from the address that was asked.
            let words = [&[path(program)?, "serve", machine.name()], &at[..]].concat();
            let log = folder.join(format!("echo-{}.log", machine.name()));
            echoes.push(Process::start(Some(machine), &words, &log)?);
            await_line(&log, "listening")?;
        }
        let installation = Self {
            machines,
            webs,
            outside,
            echoes,
            ledger: Arc::default(),
            folder: folder.to_owned(),
            program: program.to_owned(),
        };
        installation.provide_files()?;
        Ok(installation)
    }

    /// The program that serves and asks.
    ///
    /// # Errors
    /// If its path is no text.
    pub fn program(&self) -> Result<&str, Failure> {
        path(&self.program)
    }

    /// Puts a fault of the run itself into the book.
    pub fn note(&self, result: Result<(), Failure>) {
        if let Err(failure) = result {
            self.ledger.fault(failure.to_string());
        }
    }

    /// What a machine was asked to do and could not is a fault in the book; what cannot be asked ends the run.
    ///
    /// # Errors
    /// If a tool cannot be started.
    pub fn judged<T>(
        &self,
        machine: &Namespace,
        result: Result<T, CommandError>,
    ) -> Result<Option<T>, Failure> {
        match result {
            Ok(done) => Ok(Some(done)),
            Err(error @ CommandError::Failed { .. }) => {
                self.ledger.fault(format!("{}: {error}", machine.name()));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Runs the program in a machine and returns the names of the servers that it tells.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn run_own(&self, machine: &Namespace, words: &[&str]) -> Result<Vec<String>, Failure> {
        let line = [&[self.program()?], words].concat();
        let told = self.judged(machine, machine.run(&line))?;
        let told = told.unwrap_or_default();
        let names = told.lines().filter_map(|line| line.split_once(' '));
        Ok(names.map(|(name, _)| name.to_owned()).collect())
    }

    /// Gives all servers a file of so many bytes.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn provide(&self, name: &str, bytes: usize) -> Result<(), Failure> {
        let content = pattern(bytes as u32, bytes);
        fs::write(self.folder.join(name), &content)?;
        for web in &self.webs {
            fs::write(web.files().join(name), &content)?;
        }
        Ok(())
    }

    /// The digest of such a file.
    ///
    /// # Errors
    /// If there is none.
    pub fn sum_of(&self, name: &str) -> Result<String, Failure> {
        Ok(sum(&self.folder.join(name))?)
    }

    /// The digest of the file of that name that some server was sent; the file is removed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn take_sent(&self, name: &str) -> Result<Option<String>, Failure> {
        for web in &self.webs {
            let file = web.sent().join(name);
            if file.exists() {
                let sum = sum(&file)?;
                fs::remove_file(&file)?;
                return Ok(Some(sum));
            }
        }
        Ok(None)
    }

    /// It is a fault if one of the servers of the outside has ended.
    pub fn judge_processes(&mut self) {
        let alive = |process: &mut Process| process.runs();
        if !self.echoes.iter_mut().all(alive) || !self.outside.iter_mut().all(Web::runs) {
            self.ledger.fault("a server that nobody touched has ended");
        }
    }
}

fn path(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| "a path is not UTF-8".into())
}

fn await_line(log: &Path, line: &str) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        let said = fs::read_to_string(log).unwrap_or_default();
        if said.contains(line) {
            return Ok(());
        }
        if begun.elapsed() > START {
            return Err(format!("{} does not say \"{line}\": {said}", log.display()).into());
        }
        thread::sleep(Duration::from_millis(20));
    }
}
