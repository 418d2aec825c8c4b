//! Faults under load, one after the other: what each costs is counted.

use super::account::{Account, records};
use super::installation::Installation;
use super::load::{Record, now_ms};
use super::machines::{CLUSTER, SERVERS};
use super::operator::{Operator, server};
use super::process::Process;
use crate::live::scenario::Failure;
use flowswitch_api::{Administrative, Operational};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Requests go on so long before and after all faults, and between two of them.
const QUIET: Duration = Duration::from_millis(1_200);
/// How long a fault lasts once the switch has seen it.
const LASTS: Duration = Duration::from_millis(1_500);
/// Time between a client's answer and its next request by the same thread, in ms.
const PACE: &str = "800";
/// Threads of a client by kind.
const THREADS: [&str; 6] = ["--short", "2", "--held", "4", "--datagram", "4"];
/// How long the clients may take to end.
const END: Duration = Duration::from_secs(20);
/// Rules that let a machine hear and say nothing that is IP.
const SILENCE: &str = "table inet silent {
  chain input { type filter hook input priority 0; policy drop; }
  chain output { type filter hook output priority 0; policy drop; }
}
";

/// What a fault has cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Short name, as in the names of metrics.
    pub name: &'static str,
    /// In words.
    pub what: &'static str,
    /// Nothing may fail.
    pub harmless: bool,
    /// What became of the requests.
    pub account: Account,
    /// From the fault until the switch had seen it, in ms, if it is one that it has to see.
    pub seen_ms: Option<u64>,
}

/// Faults and what they are done to.
pub struct Faults<'a> {
    /// The machines.
    pub installation: &'a mut Installation,
    /// The switch.
    pub operator: &'a mut Operator,
    /// The configuration with all servers.
    pub config: PathBuf,
    windows: Vec<Window>,
}

/// Time of a fault.
struct Window {
    cost: Cost,
    from_ms: u64,
    to_ms: u64,
    touched: Vec<&'static str>,
}

/// Clients at work.
struct Clients {
    processes: Vec<Process>,
    stop: PathBuf,
    logs: Vec<PathBuf>,
}

impl<'a> Faults<'a> {
    /// Faults to come.
    pub fn new(
        installation: &'a mut Installation,
        operator: &'a mut Operator,
        config: &Path,
    ) -> Self {
        Self {
            installation,
            operator,
            config: config.to_owned(),
            windows: Vec::new(),
        }
    }

    /// All faults; returns what each has cost.
    ///
    /// # Errors
    /// If the run itself cannot go on.
    pub fn run(mut self) -> Result<Vec<Cost>, Failure> {
        let text = fs::read_to_string(&self.config)?;
        let fewer = self.write("three.toml", &without_last_server(&text)?)?;
        let heavier = self.write("heavier.toml", &heavier(&text)?)?;
        self.apply(&fewer)?;
        let watch = self.installation.watch()?;
        let clients = self.clients()?;
        thread::sleep(QUIET);
        // What went before is accounted for all the same.
        let befallen = self.befall_all(&heavier);
        self.installation.note(befallen);
        thread::sleep(QUIET);
        let clients = clients.end()?;
        self.installation.watched(watch);
        Ok(self.costs(&clients))
    }

    fn befall_all(&mut self, changed: &Path) -> Result<(), Failure> {
        self.quiet()?;
        self.change_configuration(changed)?;
        self.drain()?;
        self.kill_daemon(changed)?;
        self.stop_clock()?;
        self.cut_link()?;
        self.kill_web()?;
        self.silence()
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.installation.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    fn apply(&mut self, config: &Path) -> Result<(), Failure> {
        let path = super::operator::text(config)?;
        self.operator.run(&["apply", "--config", path]).map(drop)
    }

    fn clients(&self) -> Result<Clients, Failure> {
        let installation = &*self.installation;
        let stop = installation.folder.join("load.stop");
        let mut words = vec![installation.program()?, "load", "--stop"];
        words.extend([super::operator::text(&stop)?, "--pace", PACE]);
        words.extend(THREADS);
        words.extend(CLUSTER);
        let (mut processes, mut logs) = (Vec::new(), Vec::new());
        for client in &installation.machines.clients {
            let log = installation.folder.join(format!("load-{}", client.name()));
            processes.push(Process::start(Some(client), &words, &log)?);
            logs.push(log);
        }
        Ok(Clients {
            processes,
            stop,
            logs,
        })
    }

    /// A time in which the switch is left alone or something befalls it; `fault` returns how long the switch took to see it.
    fn befall(
        &mut self,
        (name, what): (&'static str, &'static str),
        touched: &[&'static str],
        fault: impl FnOnce(&mut Self) -> Result<Option<Duration>, Failure>,
    ) -> Result<(), Failure> {
        eprintln!("{:>6.1} s  {what}", self.installation.ledger.seconds());
        let from_ms = now_ms();
        let seen = fault(self)?;
        thread::sleep(QUIET);
        self.windows.push(Window {
            cost: Cost {
                name,
                what,
                harmless: touched.is_empty(),
                account: Account::default(),
                // Centuries fit.
                seen_ms: seen.map(|seen| seen.as_millis() as u64),
            },
            from_ms,
            to_ms: now_ms(),
            touched: touched.to_vec(),
        });
        Ok(())
    }

    fn quiet(&mut self) -> Result<(), Failure> {
        self.befall(("nothing", "nothing happens"), &[], |_| {
            thread::sleep(LASTS);
            Ok(None)
        })
    }

    fn change_configuration(&mut self, config: &Path) -> Result<(), Failure> {
        let config = config.to_owned();
        let what = ("apply", "a server is added, the weight of another changed");
        self.befall(what, &[], move |faults| {
            let begun = Instant::now();
            faults.apply(&config)?;
            let took = begun.elapsed();
            faults.all_up(4)?;
            Ok(Some(took))
        })
    }

    fn drain(&mut self) -> Result<(), Failure> {
        let what = ("drain", "a server is drained, then made ready");
        self.befall(what, &[], |faults| {
            let begun = Instant::now();
            faults.operator.run(&["server", "drain", SERVERS[3].name])?;
            let took = begun.elapsed();
            let status = faults.operator.status()?;
            let drained = server(&status, SERVERS[3].name).map(|s| s.administrative);
            if drained != Some(Administrative::Drain) {
                faults
                    .installation
                    .ledger
                    .fault("the server is not drained");
            }
            thread::sleep(LASTS);
            faults.operator.run(&["server", "ready", SERVERS[3].name])?;
            Ok(Some(took))
        })
    }

    fn kill_daemon(&mut self, config: &Path) -> Result<(), Failure> {
        let config = config.to_owned();
        let what = (
            "daemon_killed",
            "the daemon is killed (-9) and started again",
        );
        self.befall(what, &[], move |faults| {
            faults.operator.kill_daemon()?;
            thread::sleep(LASTS);
            faults.operator.start_daemon(&config)?;
            faults.all_up(4)?;
            Ok(None)
        })
    }

    fn stop_clock(&mut self) -> Result<(), Failure> {
        let what = ("clock_stopped", "the card's clock stops for a second");
        self.befall(what, &[], |faults| {
            faults.operator.stop_clock(Duration::from_secs(1))?;
            if !faults.operator.daemon_runs() {
                faults.installation.ledger.fault("the daemon has ended");
            }
            Ok(None)
        })
    }

    fn kill_web(&mut self) -> Result<(), Failure> {
        let what = (
            "nginx_killed",
            "nginx of a server is killed, then started again",
        );
        self.befall(what, &[SERVERS[0].name], |faults| {
            faults.installation.webs[0].kill()?;
            let seen = faults.seen(SERVERS[0].name, Operational::Down)?;
            thread::sleep(LASTS);
            let installation = &mut *faults.installation;
            installation.webs[0].restart(&installation.machines.servers[0])?;
            faults.all_up(4)?;
            Ok(Some(seen))
        })
    }

    fn silence(&mut self) -> Result<(), Failure> {
        let rules = self.write("silent.nft", SILENCE)?;
        let what = ("silent", "a server hears and says nothing, its link is up");
        self.befall(what, &[SERVERS[2].name], move |faults| {
            let machine = &faults.installation.machines.servers[2];
            machine.run(&["nft", "-f", super::operator::text(&rules)?])?;
            let seen = faults.seen(SERVERS[2].name, Operational::Down)?;
            thread::sleep(LASTS);
            let machine = &faults.installation.machines.servers[2];
            machine.run(&["nft", "delete", "table", "inet", "silent"])?;
            faults.all_up(4)?;
            Ok(Some(seen))
        })
    }

    fn cut_link(&mut self) -> Result<(), Failure> {
        let what = ("link_down", "a server's link goes down, and comes back");
        self.befall(what, &[SERVERS[1].name], |faults| {
            let role = &SERVERS[1];
            let set = |faults: &Self, state: &str| {
                let machine = &faults.installation.machines.servers[1];
                machine.ip(&format!("link set {} {state}", role.name))
            };
            set(faults, "down")?;
            let begun = Instant::now();
            faults.operator.wait("see the link down", |status| {
                server(status, role.name).is_some_and(|server| !server.link)
            })?;
            let seen = begun.elapsed();
            thread::sleep(LASTS);
            set(faults, "up")?;
            role.configure(&faults.installation.machines.servers[1])?;
            faults.all_up(4)?;
            Ok(Some(seen))
        })
    }

    /// Waits until the switch says so of a server, and returns how long that took.
    fn seen(&mut self, name: &str, state: Operational) -> Result<Duration, Failure> {
        let begun = Instant::now();
        self.operator.wait_server(name, state)?;
        Ok(begun.elapsed())
    }

    fn all_up(&mut self, servers: usize) -> Result<(), Failure> {
        all_up(self.operator, servers)
    }

    fn costs(self, clients: &[Vec<Record>]) -> Vec<Cost> {
        let ledger = &self.installation.ledger;
        let cost = |window: Window| {
            let touched = &window.touched;
            let account = Account::new(clients, window.from_ms, window.to_ms, touched);
            let cost = Cost {
                account,
                ..window.cost
            };
            let (what, account) = (cost.what, &cost.account);
            if account.requests < 10 {
                let fault = format!("{what}: only {} requests", account.requests);
                ledger.fault(fault);
            }
            if cost.harmless && account.failed > 0 {
                let fault = format!("{what}: {} failed: {:?}", account.failed, account.reasons);
                ledger.fault(fault);
            }
            if account.moved > 0 {
                let fault = format!("{what}: {} flows of other servers moved", account.moved);
                ledger.fault(fault);
            }
            cost
        };
        self.windows.into_iter().map(cost).collect()
    }
}

/// Waits until so many servers are there and all are up.
///
/// # Errors
/// If that does not come about.
pub fn all_up(operator: &mut Operator, servers: usize) -> Result<(), Failure> {
    operator.wait("find all servers up", |status| {
        status.clusters.first().is_some_and(|cluster| {
            let up = |server: &&flowswitch_api::ServerStatus| {
                server.operational == Operational::Up && server.active
            };
            cluster.servers.len() == servers && cluster.servers.iter().filter(up).count() == servers
        })
    })
}

impl Clients {
    /// Lets them end, and returns what they have seen.
    fn end(mut self) -> Result<Vec<Vec<Record>>, Failure> {
        fs::write(&self.stop, "")?;
        let begun = Instant::now();
        while self.processes.iter_mut().any(Process::runs) {
            if begun.elapsed() > END {
                return Err("a client does not end".into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        let records = self.logs.iter().map(|log| records(log));
        Ok(records.collect::<Result<_, _>>()?)
    }
}

/// The configuration without its last server.
fn without_last_server(text: &str) -> Result<String, Failure> {
    let missing = "the configuration has no [[cluster.server]] before [[router_pool]]";
    let begin = text.rfind("  [[cluster.server]]").ok_or(missing)?;
    let end = text.find("[[router_pool]]").ok_or(missing)?;
    if end < begin {
        return Err(missing.into());
    }
    Ok(format!("{}{}", &text[..begin], &text[end..]))
}

/// The configuration with more weight for its first server.
fn heavier(text: &str) -> Result<String, Failure> {
    let name = format!("  name = \"{}\"\n", SERVERS[0].name);
    // It may be a port's name too, at the beginning of a line.
    let changed = text.replacen(&name, &format!("{name}  weight = 3\n"), 1);
    if changed == text {
        return Err(format!("the configuration has no server {}", SERVERS[0].name).into());
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::{heavier, without_last_server};
    use flowswitch::config::Config;

    const TEXT: &str = include_str!("../../operate/cluster.toml");

    #[test]
    fn a_server_goes_and_another_weighs_more() {
        let parse = |text: &str| Config::parse("test", text).expect("valid");
        let servers = |config: &Config| {
            let servers = &config.clusters[0].servers;
            servers
                .iter()
                .map(|server| (server.name.value.clone(), server.weight))
                .collect::<Vec<_>>()
        };
        let all = servers(&parse(TEXT));
        let fewer = parse(&without_last_server(TEXT).expect("fewer"));
        assert_eq!(servers(&fewer), all[..3]);
        let weighed = servers(&parse(&heavier(TEXT).expect("heavier")));
        assert_eq!(weighed[0], ("server-a".to_owned(), 3));
        assert_eq!(weighed[1..], all[1..]);
    }
}
