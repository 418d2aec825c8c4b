//! A run from its beginning to its end.

use super::faults::{self, all_up};
use super::installation::Installation;
use super::machines::{PORTS, VLANS};
use super::operator::Operator;
use super::results::Results;
use super::tor::{self, TRUNK};
use super::uml;
use crate::live::ledger::Ledger;
use crate::live::scenario::Failure;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Seconds of peace.
const PEACE: (u64, u64) = (6, 60);
/// Bytes of a file.
const BULK: (usize, usize) = (300_000, 4_000_000);

/// Ports of a card that are not used, by the names of their devices.
const PORTS_UNUSED: [&str; 8] = [
    "unused-0", "unused-1", "unused-2", "unused-3", "unused-4", "unused-5", "unused-6", "unused-7",
];

/// Parts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scope {
    /// Nothing fails.
    Peace,
    /// Files both ways.
    Bulk,
    /// Faults under load.
    Faults,
    /// Nothing fails, by one port for all.
    OneArmed,
    /// Protocols of User-Mode-Linux; only in a long run.
    Uml,
    /// Claims of what is not one's own, and floods.
    Abuse,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where `flowswitch` and `flowswitch-card` are.
    pub programs: PathBuf,
    /// This program, which serves and asks.
    pub program: PathBuf,
    /// The configuration.
    pub config: PathBuf,
    /// Where the results go.
    pub results: PathBuf,
    /// All there is.
    pub long: bool,
    /// Only these parts; all if there are none.
    pub only: Vec<Scope>,
}

impl Run {
    /// Whether nothing was found fault with.
    ///
    /// # Errors
    /// If the run cannot go on.
    pub fn run(&self) -> Result<bool, Failure> {
        fs::create_dir_all(&self.results)?;
        let folder = self.results.canonicalize()?.join("run");
        // Of an earlier run.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let results = self.results.join("results.json");
        let _ = fs::remove_file(&results);

        let mut measured = Results::default();
        let mut ledgers = Vec::new();
        if self.wants(Scope::OneArmed) {
            ledgers.push(self.one_armed(&folder.join("one-armed")));
        }
        if self.long && self.wants(Scope::Uml) {
            ledgers.extend(self.uml(&folder.join("uml")).transpose());
        }
        let parts = [Scope::Peace, Scope::Bulk, Scope::Faults, Scope::Abuse];
        if parts.iter().any(|part| self.wants(*part)) {
            ledgers.push(self.every_port(&folder.join("every-port"), &mut measured));
        }
        let mut faults = Vec::new();
        for ledger in ledgers {
            let ledger = ledger?;
            println!("{ledger}");
            faults.extend(ledger.faults());
        }
        println!("{}", measured.table());
        measured.write(&results, &faults)?;
        println!("written to {}", results.display());
        Ok(faults.is_empty())
    }

    /// A port for each machine.
    fn every_port(&self, folder: &Path, measured: &mut Results) -> Result<Arc<Ledger>, Failure> {
        fs::create_dir_all(folder)?;
        let operator = Operator::new(&self.programs, folder, &PORTS)?;
        self.at_work(operator, &self.config, folder, |installation, operator| {
            self.parts(installation, operator, measured)
        })
    }

    /// One port for all, behind a top-of-rack switch.
    fn one_armed(&self, folder: &Path) -> Result<Arc<Ledger>, Failure> {
        fs::create_dir_all(folder)?;
        let mut ports = PORTS_UNUSED;
        ports[0] = TRUNK;
        let operator = Operator::new(&self.programs, folder, &ports)?;
        tor::start(&VLANS, folder)?;
        let config = self.config.with_file_name("one-armed.toml");
        self.at_work(operator, &config, folder, |installation, _| {
            eprintln!("one-armed:");
            installation.peace(self.peace())?;
            installation.bulk(BULK.0).map(drop)
        })
    }

    /// Protocols that this kernel may lack; nothing if the machine for them is not there.
    fn uml(&self, folder: &Path) -> Result<Option<Arc<Ledger>>, Failure> {
        let Some(unpacked) = uml::unpacked(&self.results) else {
            return Ok(None);
        };
        let unpacked = unpacked.canonicalize()?;
        eprintln!("User-Mode-Linux:");
        fs::create_dir_all(folder)?;
        let ports = uml::devices(PORTS_UNUSED);
        let mut operator = Operator::new(&self.programs, folder, &ports)?;
        let settings = self.config.parent().unwrap_or(Path::new("."));
        let ledger = Arc::new(Ledger::default());
        let asked = uml::ask_all(&mut operator, &unpacked, settings, folder, &ledger);
        if let Err(failure) = asked.and_then(|()| operator.end().map(drop)) {
            ledger.fault(failure.to_string());
        }
        Ok(Some(ledger))
    }

    /// Puts an installation to work for a while.
    fn at_work(
        &self,
        mut operator: Operator,
        config: &Path,
        folder: &Path,
        work: impl FnOnce(&mut Installation, &mut Operator) -> Result<(), Failure>,
    ) -> Result<Arc<Ledger>, Failure> {
        operator.start_daemon(config)?;
        let mut installation = Installation::new(&self.program, folder)?;
        let ledger = Arc::clone(&installation.ledger);
        let worked = all_up(&mut operator, 4).and_then(|()| work(&mut installation, &mut operator));
        if let Err(failure) = worked {
            ledger.fault(failure.to_string());
        }
        installation.judge_processes();
        match operator.end() {
            Ok(said) => println!("{said}"),
            Err(failure) => ledger.fault(failure.to_string()),
        }
        Ok(ledger)
    }

    fn peace(&self) -> Duration {
        Duration::from_secs(if self.long { PEACE.1 } else { PEACE.0 })
    }

    fn parts(
        &self,
        installation: &mut Installation,
        operator: &mut Operator,
        measured: &mut Results,
    ) -> Result<(), Failure> {
        if self.wants(Scope::Peace) {
            installation.peace(self.peace())?;
        }
        if self.wants(Scope::Peace) {
            let latency = operator.latency()?;
            measured.metrics.push(("api.p99_ms", latency.p99_ms));
        }
        if self.wants(Scope::Bulk) {
            let bytes = if self.long { BULK.1 } else { BULK.0 };
            measured.mbit_per_s = Some(installation.bulk(bytes)?);
        }
        if self.wants(Scope::Faults) {
            measured.costs = faults::run(installation, operator, &self.config)?;
        }
        if self.wants(Scope::Abuse) {
            let claimed = installation.abuse(operator)?;
            let name = "live.requests_failed_router_claimed";
            measured.metrics.push((name, claimed.failed as f64));
        }
        Ok(())
    }

    fn wants(&self, scope: Scope) -> bool {
        self.only.is_empty() || self.only.contains(&scope)
    }
}
