//! A program at work in a machine, which faults may befall.

use crate::live::command::{self, CommandError};
use crate::live::namespace::Namespace;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to end when it is asked to.
const END: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// A program at work; what it prints goes to a file. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts a command line, in a machine or outside of all; what it prints is added to the file `log`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(machine: Option<&Namespace>, words: &[&str], log: &Path) -> io::Result<Self> {
        let mut line = match machine {
            // It is replaced by the program, so that signals reach that.
            Some(machine) => vec!["ip", "netns", "exec", machine.name()],
            None => Vec::new(),
        };
        line.extend(words);
        let (program, arguments) = line.split_first().unwrap_or((&"", &[]));
        let log = File::options().create(true).append(true).open(log)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { child })
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it: it can do nothing about it.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// If it does not.
    pub fn end(&mut self) -> io::Result<ExitStatus> {
        signal("TERM", self.id()).map_err(io::Error::other)?;
        let begun = Instant::now();
        while begun.elapsed() < END {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(LOOK);
        }
        Err(io::Error::other("it does not end"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal by name, as `STOP`, to a process.
///
/// # Errors
/// If there is no such process.
pub fn signal(name: &str, process: u32) -> Result<(), CommandError> {
    command::run(&["kill", &format!("-{name}"), &process.to_string()]).map(drop)
}
