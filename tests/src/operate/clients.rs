//! Clients that send requests all the time, and what became of these.

use super::installation::Installation;
use super::load::{Record, now_ms, records};
use super::machines::CLUSTER;
use super::operator::text;
use super::process::Process;
use crate::live::namespace::Namespace;
use crate::live::scenario::Failure;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// Time between a client's answer and its next request by the same thread, in ms.
const PACE: &str = "800";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// Threads of a client by kind: short connections, those that are kept, datagrams.
pub type Threads = [u32; 3];

/// Clients at work. They are killed when this is dropped.
#[derive(Debug)]
pub struct Clients {
    processes: Vec<Process>,
    stop: PathBuf,
    logs: Vec<PathBuf>,
    threads: u32,
}

impl Clients {
    /// Puts these machines to work with so many threads each; `name` tells their files from others'.
    ///
    /// # Errors
    /// If they cannot be started.
    pub fn start(
        installation: &Installation,
        name: &str,
        machines: &[Namespace],
        threads: Threads,
    ) -> Result<Self, Failure> {
        let stop = installation.folder.join(format!("{name}.stop"));
        let [short, held, datagram] = threads.map(|threads| threads.to_string());
        let mut words = vec![installation.program()?, "load", "--stop", text(&stop)?];
        words.extend(["--pace", PACE, "--short", &short, "--held", &held]);
        words.extend(["--datagram", &datagram]);
        words.extend(CLUSTER);
        let (mut processes, mut logs) = (Vec::new(), Vec::new());
        for machine in machines {
            let log = installation
                .folder
                .join(format!("{name}-{}", machine.name()));
            processes.push(Process::start(Some(machine), &words, &log)?);
            logs.push(log);
        }
        Ok(Self {
            processes,
            stop,
            logs,
            threads: threads.iter().sum(),
        })
    }

    /// Waits until each thread has had an answer to a request that it began from now on: what befell earlier ones has been
    /// told by then, and whatever is told later has befallen later.
    ///
    /// # Errors
    /// If one has none in a minute.
    pub fn settle(&self) -> Result<(), Failure> {
        let (since, begun) = (now_ms(), Instant::now());
        loop {
            let told = self.told()?;
            let still = told
                .iter()
                .map(|records| waits(records, self.threads, since));
            let still: Vec<_> = still.collect();
            if still.iter().all(Vec::is_empty) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("threads of the clients have no answer: {still:?}").into());
            }
            thread::sleep(LOOK);
        }
    }

    /// Lets them end, and returns what they have seen.
    ///
    /// # Errors
    /// If they do not end.
    pub fn end(mut self) -> Result<Vec<Vec<Record>>, Failure> {
        fs::write(&self.stop, "")?;
        let begun = Instant::now();
        while self.processes.iter_mut().any(Process::runs) {
            if begun.elapsed() > PATIENCE {
                return Err("a client does not end".into());
            }
            thread::sleep(LOOK);
        }
        self.told()
    }

    fn told(&self) -> Result<Vec<Vec<Record>>, Failure> {
        let records = self.logs.iter().map(|log| records(log));
        Ok(records.collect::<Result<_, _>>()?)
    }
}

/// Of a client's threads those that had no answer to a request that began at `since_ms` or later.
fn waits(records: &[Record], threads: u32, since_ms: u64) -> Vec<u32> {
    let answered = |by: u32| {
        let of_it = |record: &&Record| record.by == by && record.began_ms >= since_ms;
        let mut later = records.iter().filter(of_it);
        later.any(|record| record.server.is_some())
    };
    (0..threads).filter(|by| !answered(*by)).collect()
}

#[cfg(test)]
mod tests {
    use super::waits;
    use crate::operate::load::{Kind, Record};

    #[test]
    fn a_thread_waits_until_a_later_request_is_answered() {
        let record = |by, began_ms, server: Option<&str>| Record {
            kind: Kind::Held,
            by,
            began_ms,
            took_ms: 900,
            server: server.map(str::to_owned),
            error: server.is_none().then(|| "reset".to_owned()),
        };
        let (answered, failed) = (Some("a"), None);
        let records = [
            record(0, 99, answered),
            record(1, 100, answered),
            record(2, 150, failed),
        ];
        assert_eq!(waits(&records, 3, 100), [0, 2]);
        assert_eq!(waits(&records, 2, 99), [0; 0]);
    }
}
