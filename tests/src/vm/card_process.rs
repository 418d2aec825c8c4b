//! The card, in a process of its own.

use super::failure::Failure;
use super::lines::Lines;
use crate::live::command;
use std::fs::{File, read_to_string};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the model may take to come out of its reset on a busy machine.
const START: Duration = Duration::from_secs(180);
/// How long it may take to end.
const END: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// `flowswitch-card` at work. Killed when dropped.
#[derive(Debug)]
pub struct CardProcess {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
}

impl CardProcess {
    /// Starts it with TAP devices of these names as its ports, and waits until it serves.
    ///
    /// # Errors
    /// If it does not.
    pub fn start(program: &Path, folder: &Path, ports: &[&str]) -> Result<Self, Failure> {
        let socket = folder.join("card.socket");
        let log = folder.join("card.log");
        let errors = File::options().create(true).append(true).open(&log);
        let errors = errors.map_err(Failure::io(log.display().to_string()))?;
        let mut command = Command::new(program);
        command.arg("--socket").arg(&socket);
        for (port, name) in ports.iter().enumerate() {
            command.arg("--port").arg(format!("{port}=tap:{name}"));
        }
        command.arg("--ports").arg(ports.len().to_string());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut child = command
            .spawn()
            .map_err(Failure::io(program.display().to_string()))?;
        let printed = child.stdout.take().ok_or(Failure::Missing {
            path: log.clone(),
            remedy: "the card's output cannot be read",
        })?;
        let card = Self { child, socket, log };
        let serves = |line: &str| line.starts_with("serving ").then_some(());
        let mut lines = Lines::new("the card", printed);
        lines
            .find("serve", START, serves)
            .map_err(|failure| card.explained(failure))?;
        Ok(card)
    }

    /// The socket it serves on.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it, as a fault.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(&mut self) -> Result<(), Failure> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(drop).map_err(Failure::io("the card"))
    }

    /// Ends it and returns the last line that it said, its account.
    ///
    /// # Errors
    /// If it does not end, or not well.
    pub fn stop(mut self) -> Result<String, Failure> {
        command::run(&["kill", "-TERM", &self.child.id().to_string()])?;
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().map_err(Failure::io("the card"))? {
                Some(status) => break status,
                None if begun.elapsed() > END => {
                    return Err(self.silent("does not end", begun.elapsed()));
                }
                None => std::thread::sleep(LOOK),
            }
        };
        if !status.success() {
            return Err(self.silent(&format!("ended with {status}"), begun.elapsed()));
        }
        Ok(self.said().lines().last().unwrap_or_default().to_owned())
    }

    fn said(&self) -> String {
        read_to_string(&self.log).unwrap_or_default()
    }

    fn silent(&self, what: &str, after: Duration) -> Failure {
        Failure::Silent {
            who: "the card",
            what: what.to_owned(),
            after,
            said: self.said(),
        }
    }

    /// What it says of its failure is in its log.
    fn explained(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Silent { what, after, .. } => self.silent(&what, after),
            other => other,
        }
    }
}

impl Drop for CardProcess {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
