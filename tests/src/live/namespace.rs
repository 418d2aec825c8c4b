//! One network namespace: a machine with its own stack.

use super::command::{self, CommandError};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};

/// A named network namespace. It is removed when dropped, once nothing runs in it.
#[derive(Debug)]
pub struct Namespace {
    name: &'static str,
}

impl Namespace {
    /// Makes it, its loopback up.
    ///
    /// # Errors
    /// If there is one of that name, or namespaces are not permitted.
    pub fn new(name: &'static str) -> Result<Self, CommandError> {
        command::run(&["ip", "netns", "add", name])?;
        let namespace = Self { name };
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs `ip` with the words of `arguments` in it and returns what it printed.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub fn ip(&self, arguments: &str) -> Result<String, CommandError> {
        let mut words = vec!["ip", "-n", self.name];
        words.extend(arguments.split_whitespace());
        command::run(&words)
    }

    /// Runs a command line in it that must succeed and returns what it printed.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub fn run(&self, words: &[&str]) -> Result<String, CommandError> {
        command::run(&self.enter(words))
    }

    /// Runs a command line in it and returns what came of it, whatever its status.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn output(&self, words: &[&str]) -> Result<Output, CommandError> {
        command::output(&self.enter(words))
    }

    /// Sets a kernel variable, as in `net.ipv4.ip_forward=1`.
    ///
    /// # Errors
    /// If there is no such variable.
    pub fn sysctl(&self, setting: &str) -> Result<(), CommandError> {
        self.run(&["sysctl", "-qw", setting]).map(drop)
    }

    /// Starts a command line in it that runs on; each line that it prints is handed to `on_line`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn follow(
        &self,
        words: &[&str],
        mut on_line: impl FnMut(&str) + Send + 'static,
    ) -> Result<Follower, CommandError> {
        let line = self.enter(words);
        let started = Command::new(line[0])
            .args(&line[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|error| CommandError::Start {
            line: line.join(" "),
            error,
        })?;
        let printed = child.stdout.take();
        let reader = thread::spawn(move || {
            let lines = printed.map(BufReader::new).into_iter();
            for line in lines.flat_map(BufRead::lines).map_while(Result::ok) {
                on_line(&line);
            }
        });
        Ok(Follower {
            child,
            reader: Some(reader),
        })
    }

    fn enter<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let mut line = vec!["ip", "netns", "exec", self.name];
        line.extend(words);
        line
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Err(error) = command::run(&["ip", "netns", "delete", self.name]) {
            eprintln!("live: {error}");
        }
    }
}

/// A command that runs on until this is dropped.
#[derive(Debug)]
pub struct Follower {
    child: Child,
    reader: Option<JoinHandle<()>>,
}

impl Follower {
    /// Whether the command still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
