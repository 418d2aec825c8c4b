//! Faults under load, one after the other: what each costs is counted.

use super::account::Account;
use super::clients::{Clients, Threads};
use super::installation::Installation;
use super::load::{Record, now_ms};
use super::machines::SERVERS;
use super::operator::{Operator, server};
use crate::live::scenario::Failure;
use flowswitch_api::{Administrative, Operational};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long a fault lasts once the switch has seen it.
const LASTS: Duration = Duration::from_millis(1_500);
/// Threads of a client by kind.
const THREADS: Threads = [2, 4, 4];
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
struct Faults<'a> {
    installation: &'a mut Installation,
    operator: &'a mut Operator,
    clients: Clients,
    windows: Vec<Window>,
}

/// Time of a fault.
struct Window {
    cost: Cost,
    from_ms: u64,
    to_ms: u64,
    touched: Vec<&'static str>,
}

/// All faults, by the configuration with all servers; returns what each has cost.
///
/// # Errors
/// If the run itself cannot go on.
pub fn run(
    installation: &mut Installation,
    operator: &mut Operator,
    config: &Path,
) -> Result<Vec<Cost>, Failure> {
    let text = fs::read_to_string(config)?;
    let write = |name: &str, text: &str| -> Result<PathBuf, Failure> {
        let path = installation.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    };
    let fewer = write("three.toml", &without_last_server(&text)?)?;
    let heavier = write("heavier.toml", &heavier(&text)?)?;
    let silence = write("silent.nft", SILENCE)?;
    apply(operator, &fewer)?;
    let watch = installation.watch()?;
    let machines = &installation.machines.clients;
    let clients = Clients::start(installation, "load", machines, THREADS)?;
    let mut faults = Faults {
        installation,
        operator,
        clients,
        windows: Vec::new(),
    };
    // What went before is accounted for all the same.
    let befallen = faults.befall_all(&heavier, &silence);
    faults.installation.note(befallen);
    faults.installation.watched(watch);
    faults.costs()
}

fn apply(operator: &Operator, config: &Path) -> Result<(), Failure> {
    let path = super::operator::text(config)?;
    operator.run(&["apply", "--config", path]).map(drop)
}

impl Faults<'_> {
    fn befall_all(&mut self, changed: &Path, silence: &Path) -> Result<(), Failure> {
        self.clients.settle()?;
        self.quiet()?;
        self.change_configuration(changed)?;
        self.drain()?;
        self.kill_daemon(changed)?;
        self.stop_clock()?;
        self.cut_link()?;
        self.kill_web()?;
        self.silence(silence)
    }

    /// A time in which the switch is left alone or something befalls it; `fault` returns how long the switch took to see it.
    /// It lasts until all clients are well again.
    fn befall(
        &mut self,
        (name, what): (&'static str, &'static str),
        touched: &[&'static str],
        fault: impl FnOnce(&mut Self) -> Result<Option<Duration>, Failure>,
    ) -> Result<(), Failure> {
        eprintln!("{:>6.1} s  {what}", self.installation.ledger.seconds());
        let from_ms = self.windows.last().map_or_else(now_ms, |last| last.to_ms);
        let seen = fault(self)?;
        self.clients.settle()?;
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
            apply(faults.operator, &config)?;
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

    fn silence(&mut self, rules: &Path) -> Result<(), Failure> {
        let what = ("silent", "a server hears and says nothing, its link is up");
        self.befall(what, &[SERVERS[2].name], move |faults| {
            let machine = &faults.installation.machines.servers[2];
            machine.run(&["nft", "-f", super::operator::text(rules)?])?;
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

    fn costs(self) -> Result<Vec<Cost>, Failure> {
        let clients: Vec<Vec<Record>> = self.clients.end()?;
        let ledger = &self.installation.ledger;
        let cost = |window: Window| {
            let touched = &window.touched;
            let account = Account::new(&clients, window.from_ms, window.to_ms, touched);
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
        Ok(self.windows.into_iter().map(cost).collect())
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
