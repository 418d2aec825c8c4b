//! Health checks at work: whom the prober asks, and what it found.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use flowswitch_api::{Administrative, Operational};
use flowswitch_health::{
    Agent, AgentWish, Change, Check, Kind, Prober, Report, Result as Found, Station, Target,
    TargetId,
};

use super::states::{MemberState, States, WHOLE};
use super::wishes::{Wishes, administrative};
use crate::config::{Attachment, Cluster, Config, Host, Located};

/// Weights of a cluster change at most so often.
const WEIGHTS_NS: u64 = 1_000_000_000;

/// Whose target it is, by position in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A cluster and its server.
    Server(usize, usize),
    /// A pool and its router.
    Router(usize, usize),
}

/// What the prober found of a target.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub place: Place,
    /// Its operational state, if that changed.
    pub operational: Option<Operational>,
    /// Why, in a sentence.
    pub why: String,
}

/// What is known of a target.
#[derive(Clone, Debug)]
struct Known {
    place: Place,
    operational: Operational,
    agent: Agent,
    weight_percent: u16,
    checked: bool,
    /// Why, if the prober has not said.
    why: Option<String>,
}

/// The prober, and what it is told about the configuration.
pub(super) struct Health {
    /// Asks, and judges the answers.
    pub prober: Prober,
    ids: BTreeMap<String, TargetId>,
    known: BTreeMap<TargetId, Known>,
    /// By cluster: weights in use that are not whole, and when they were last changed.
    weights: BTreeMap<String, (BTreeMap<String, u16>, u64)>,
    /// By cluster: servers that were alive when any was.
    last_alive: BTreeMap<String, BTreeSet<String>>,
}

fn station(host: Option<&Host>) -> Station {
    Station {
        mac: host.map_or([0; 6], |host| host.mac.value.0),
        addresses: host.map_or_else(Vec::new, |host| {
            host.addresses.iter().map(|address| address.value).collect()
        }),
    }
}

fn operational(found: Found) -> Operational {
    match found {
        Found::Unknown => Operational::Unknown,
        Found::Up => Operational::Up,
        Found::Down => Operational::Down,
    }
}

/// The first address of a family in which the host can ask; the first of all if there is none.
pub(super) fn asked(addresses: &[Located<IpAddr>], host: Option<&Host>) -> Option<IpAddr> {
    let own = |address: &IpAddr| {
        let mut of_host = host.into_iter().flat_map(|host| &host.addresses);
        of_host.any(|own| own.value.is_ipv4() == address.is_ipv4())
    };
    let mut all = addresses.iter().map(|address| address.value);
    all.clone().find(own).or_else(|| all.next())
}

fn target(id: TargetId, name: &str, mac: [u8; 6], port: Attachment, address: IpAddr) -> Target {
    Target {
        id,
        name: name.to_owned(),
        mac,
        port: port.port,
        vlan: port.vlan,
        address,
        checks: Vec::new(),
        slow_start: Duration::ZERO,
    }
}

fn plain(checks: &[Located<Check>]) -> Vec<Check> {
    checks.iter().map(|check| check.value.clone()).collect()
}

impl Health {
    pub fn new(config: &Config, seed: u64, now_ns: u64) -> Self {
        let mut health = Self {
            prober: Prober::new(station(config.host.as_ref()), seed),
            ids: BTreeMap::new(),
            known: BTreeMap::new(),
            weights: BTreeMap::new(),
            last_alive: BTreeMap::new(),
        };
        health.configure(config, now_ns);
        health
    }

    /// Checks what this configuration asks for from now on. Who was known stays so.
    pub fn configure(&mut self, config: &Config, now_ns: u64) {
        let targets = self.targets(config);
        let mut known = BTreeMap::new();
        for (place, target) in &targets {
            let old = self.known.remove(&target.id);
            let has_agent =
                (target.checks.iter()).any(|check| matches!(check.kind, Kind::Agent { .. }));
            let new = match old {
                Some(old) => Known {
                    place: *place,
                    checked: !target.checks.is_empty(),
                    // Nobody is left who could take its wish back.
                    agent: if has_agent {
                        old.agent
                    } else {
                        Agent::default()
                    },
                    ..old
                },
                None => Known {
                    place: *place,
                    operational: Operational::Unknown,
                    agent: Agent::default(),
                    weight_percent: WHOLE,
                    checked: !target.checks.is_empty(),
                    why: None,
                },
            };
            known.insert(target.id, new);
        }
        self.known = known;
        self.prober.set_station(station(config.host.as_ref()));
        let targets = targets.into_iter().map(|(_, target)| target).collect();
        self.prober.configure(targets, now_ns);
        let ids: Vec<TargetId> = self.known.keys().copied().collect();
        for id in ids {
            self.refresh_weight(id, now_ns);
        }
    }

    fn id(&mut self, key: String) -> TargetId {
        let next = TargetId(self.ids.len() as u32);
        *self.ids.entry(key).or_insert(next)
    }

    fn targets(&mut self, config: &Config) -> Vec<(Place, Target)> {
        let host = config.host.as_ref();
        let mut targets = Vec::new();
        for (c, cluster) in config.clusters.iter().enumerate() {
            let Some(address) = asked(&cluster.addresses, host) else {
                continue;
            };
            for (s, server) in cluster.servers.iter().enumerate() {
                let name = &server.name.value;
                let id = self.id(server_key(&cluster.name.value, name));
                let mut target = target(id, name, server.mac.value.0, server.port.value, address);
                target.checks = plain(&server.checks);
                target.slow_start = cluster.slow_start;
                targets.push((Place::Server(c, s), target));
            }
        }
        for (p, pool) in config.pools.iter().enumerate() {
            for (r, router) in pool.routers.iter().enumerate() {
                let name = &router.name.value;
                let Some(address) = asked(&router.addresses, host) else {
                    continue;
                };
                let id = self.id(router_key(&pool.name.value, name));
                let mut target = target(id, name, router.mac.value.0, router.port.value, address);
                target.checks = plain(&router.checks);
                targets.push((Place::Router(p, r), target));
            }
        }
        targets
    }

    /// Takes note of what the prober found; returns whose operational state changed, to what, and why.
    pub fn take_changes(&mut self, now_ns: u64) -> Vec<Told> {
        // Of several changes of one target the last counts.
        let changes = self.prober.take_changes().into_iter();
        let last: BTreeMap<TargetId, Change> = changes.map(|change| (change.id, change)).collect();
        let mut told = Vec::new();
        for (id, change) in last {
            let Some(known) = self.known.get_mut(&id) else {
                continue;
            };
            let new = operational(change.result);
            told.push(Told {
                place: known.place,
                operational: (known.operational != new).then_some(new),
                why: change.why,
            });
            (known.operational, known.agent, known.why) = (new, change.agent, None);
            self.refresh_weight(id, now_ns);
        }
        told
    }

    fn refresh_weight(&mut self, id: TargetId, now_ns: u64) {
        let report = self.prober.report(id, now_ns);
        if let (Some(known), Some(report)) = (self.known.get_mut(&id), report) {
            known.weight_percent = report.weight_percent;
        }
    }

    /// A member that the card held to be down before the daemon began counts as down until it is found to be up.
    pub fn assume_down(&mut self, place: Place) {
        let mut known = self.known.values_mut();
        if let Some(known) = known.find(|known| known.place == place && known.checked)
            && known.operational == Operational::Unknown
        {
            known.operational = Operational::Down;
            known.why =
                Some("it was down when the daemon began, and is not checked yet".to_owned());
        }
    }

    /// Whether weights are to change now, and if not, when.
    pub fn take_weights(&mut self, config: &Config, now_ns: u64) -> (bool, Option<u64>) {
        let (mut due, mut next) = (false, None::<u64>);
        for cluster in &config.clusters {
            let wanted = self.weights_of(cluster);
            let name = &cluster.name.value;
            match self.weights.get(name) {
                Some((held, _)) if *held == wanted => {}
                None if wanted.is_empty() => {}
                Some((_, at)) if now_ns < *at + WEIGHTS_NS => {
                    let then = *at + WEIGHTS_NS;
                    next = Some(next.map_or(then, |next| next.min(then)));
                }
                _ => {
                    due = true;
                    self.weights.insert(name.clone(), (wanted, now_ns));
                }
            }
        }
        (due, next)
    }

    /// Weights of a cluster's servers, in per cent, that are not whole.
    fn weights_of(&self, cluster: &Cluster) -> BTreeMap<String, u16> {
        let weights = cluster.servers.iter().filter_map(|server| {
            let name = &server.name.value;
            let known = self.known_as(&server_key(&cluster.name.value, name))?;
            Some((name.clone(), known.weight_percent)).filter(|(_, weight)| *weight != WHOLE)
        });
        weights.collect()
    }

    /// The states of all members of a configuration, which may be another than the one that is checked, with what the operator wants.
    pub fn states(&self, config: &Config, wishes: &Wishes) -> States {
        let wanted = |wished: Option<&Administrative>, written| {
            wished.copied().unwrap_or(administrative(written))
        };
        let servers = config.clusters.iter().map(|cluster| {
            let servers = cluster.servers.iter().map(|server| {
                let name = &server.name.value;
                let known = self.known_as(&server_key(&cluster.name.value, name));
                let wanted = wanted(wishes.servers.get(name), server.state);
                let weight = self.weights.get(&cluster.name.value);
                let weight = weight.and_then(|(weights, _)| weights.get(name).copied());
                MemberState {
                    weight_percent: weight.unwrap_or(WHOLE),
                    ..state(known, wanted, !server.checks.is_empty())
                }
            });
            servers.collect()
        });
        let routers = config.pools.iter().map(|pool| {
            let routers = pool.routers.iter().map(|router| {
                let name = &router.name.value;
                let known = self.known_as(&router_key(&pool.name.value, name));
                let wanted = wanted(wishes.routers.get(name), router.state);
                state(known, wanted, !router.checks.is_empty())
            });
            routers.collect()
        });
        let mut states = States {
            servers: servers.collect(),
            routers: routers.collect(),
            last_alive: self.last_alive_in(config),
        };
        states.note_alive(|c, s| config.clusters[c].servers[s].sorry);
        states
    }

    fn known_as(&self, key: &str) -> Option<&Known> {
        self.known.get(self.ids.get(key)?)
    }

    /// Who was last alive, by position in a configuration.
    fn last_alive_in(&self, config: &Config) -> Vec<BTreeSet<usize>> {
        let of_cluster = |cluster: &Cluster| {
            let last = self.last_alive.get(&cluster.name.value);
            let servers = cluster.servers.iter().enumerate();
            let those = servers
                .filter(|(_, server)| last.is_some_and(|last| last.contains(&server.name.value)));
            those.map(|(s, _)| s).collect()
        };
        config.clusters.iter().map(of_cluster).collect()
    }

    /// Keeps in mind who was last alive.
    pub fn remember_alive(&mut self, config: &Config, states: &States) {
        for (cluster, alive) in config.clusters.iter().zip(&states.last_alive) {
            let names = alive.iter().filter_map(|s| cluster.servers.get(*s));
            let names = names.map(|server| server.name.value.clone()).collect();
            self.last_alive.insert(cluster.name.value.clone(), names);
        }
    }

    /// How a target stands: its operational state, the prober's report, and why in a sentence.
    pub fn report(&self, place: Place, now_ns: u64) -> (Operational, Report, String) {
        let found = self.known.iter().find(|(_, known)| known.place == place);
        let Some((id, known)) = found else {
            return (Operational::Unknown, Report::default(), String::new());
        };
        let report = self.prober.report(*id, now_ns).unwrap_or_default();
        let why = known.why.clone().unwrap_or_else(|| report.why.clone());
        (known.operational, report, why)
    }
}

fn server_key(cluster: &str, server: &str) -> String {
    format!("server {cluster}/{server}")
}

fn router_key(pool: &str, router: &str) -> String {
    format!("router {pool}/{router}")
}

fn state(known: Option<&Known>, wanted: Administrative, checked: bool) -> MemberState {
    MemberState {
        administrative: lesser(wanted, known.and_then(|known| known.agent.wish)),
        operational: known.map_or(Operational::Unknown, |known| known.operational),
        checked,
        ..MemberState::default()
    }
}

/// The lesser of what the operator and the agent want.
fn lesser(operator: Administrative, agent: Option<AgentWish>) -> Administrative {
    match (operator, agent) {
        (Administrative::Maintenance, _) | (_, Some(AgentWish::Maintenance)) => {
            Administrative::Maintenance
        }
        (Administrative::Drain, _) | (_, Some(AgentWish::Drain)) => Administrative::Drain,
        (Administrative::Ready, None) => Administrative::Ready,
    }
}

#[cfg(test)]
mod tests {
    use flowswitch_api::Administrative;
    use flowswitch_health::{Agent, AgentWish};

    use super::{Health, Wishes};
    use crate::config::Config;

    fn config(check: &str) -> Config {
        let text = format!(
            "[switch]\nports = 2\n[host]\nmac = \"02:00:00:00:00:fe\"\naddresses = [\"10.0.0.5/24\"]\n\
             [[cluster]]\nname = \"web\"\naddresses = [\"10.0.0.1\"]\nvirtual_mac = \"02:00:5e:00:00:01\"\n\
             services = [\"tcp/80\"]\n[[cluster.server]]\nname = \"a\"\nmac = \"02:00:00:00:02:01\"\nport = 1\n{check}"
        );
        Config::parse("test", &text).expect("a configuration")
    }

    #[test]
    fn the_wish_of_an_agent_ends_with_its_check() {
        let agent = config("[[cluster.check]]\nkind = \"agent\"\nport = 99\n");
        let mut health = Health::new(&agent, 1, 0);
        for known in health.known.values_mut() {
            known.agent = Agent {
                wish: Some(AgentWish::Drain),
                ..Agent::default()
            };
        }
        let wanted = |health: &Health, config: &Config| {
            health.states(config, &Wishes::default()).servers[0][0].administrative
        };
        // It holds as long as there is an agent.
        health.configure(&agent, 1);
        assert_eq!(wanted(&health, &agent), Administrative::Drain);
        let other = config("[[cluster.check]]\nkind = \"tcp\"\nport = 80\n");
        health.configure(&other, 2);
        assert_eq!(wanted(&health, &other), Administrative::Ready);
    }
}
