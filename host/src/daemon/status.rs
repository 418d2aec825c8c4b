//! How everything stands, as the API tells it.

use flowswitch_api::{
    Administrative, CheckStatus, ClusterStatus, ConfigurationStatus, DeviceState, DeviceStatus,
    FORMAT, LinkStatus, Operational, PoolStatus, RouterStatus, ServerStatus, Status, Unconfirmed,
};
use flowswitch_driver::image::{Bucket, SERVERS};
use flowswitch_health::{Check, Report, Result as Found};

use super::failed::Failed;
use super::health::Place;
use super::line::Line;
use super::look::action;
use super::opener::Opener;
use super::owner::Owner;
use super::publisher::unix_ms;
use super::states::{MemberState, States, WHOLE};
use super::statistics::{attachment_name, port_name};
use crate::config::{AllDown, Attachment, Cluster, Located, Router, Server, format_mac};

impl<O: Opener> Owner<O> {
    /// How everything stands. Counters are read from the card if there is one.
    pub(super) fn status(
        &mut self,
        line: Option<&mut Line<'_, O::Device>>,
    ) -> Result<Status, Failed> {
        if let Some(line) = line {
            let servers = self.running.plan.servers.iter();
            let servers = servers.map(|server| server.number);
            self.counts.refresh(line.card(), servers)?;
        }
        let states = self.health.states(&self.running.config, &self.wishes);
        let clusters = self.running.config.clusters.iter().enumerate();
        let pools = self.running.config.pools.iter().enumerate();
        Ok(Status {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix_ms: self.started_unix_ms,
            device: self.device_status(),
            configuration: self.configuration_status(),
            clusters: clusters
                .map(|(c, cluster)| self.cluster_status(c, cluster, &states))
                .collect(),
            pools: pools
                .map(|(p, pool)| PoolStatus {
                    name: pool.name.value.clone(),
                    routers: (pool.routers.iter().enumerate())
                        .map(|(r, router)| self.router_status(p, r, router, &states))
                        .collect(),
                })
                .collect(),
        })
    }

    fn device_status(&self) -> DeviceStatus {
        let config = &self.running.config;
        let links = (0..).zip(&self.card.links);
        DeviceStatus {
            name: self.setup.device.clone(),
            state: self.card.state,
            since_unix_ms: self.card.since_unix_ms,
            why: self.card.why.clone(),
            losses: self.card.losses,
            links: links
                .map(|(port, up)| LinkStatus {
                    port,
                    name: port_name(config, port),
                    up: *up,
                })
                .collect(),
            live_flows: self.counts.live,
        }
    }

    fn configuration_status(&self) -> ConfigurationStatus {
        let left = self.unconfirmed.as_ref().map(|change| {
            let left = change
                .deadline
                .saturating_duration_since(std::time::Instant::now());
            left.as_millis() as u64
        });
        ConfigurationStatus {
            file: self.running.text.file.clone(),
            digest: format!("{:016x}", self.card.digest),
            generation: self.card.generation,
            applied_unix_ms: self.running.applied_unix_ms,
            unconfirmed: left.map(|left_ms| Unconfirmed { left_ms }),
            unsaved: !self.wishes.is_empty(),
        }
    }

    fn cluster_status(&self, c: usize, cluster: &Cluster, states: &States) -> ClusterStatus {
        let servers = || cluster.servers.iter().zip(&states.servers[c]);
        let all_down = !servers().any(|(server, state)| !server.sorry && state.is_alive());
        let sorry = all_down && cluster.all_down == AllDown::Sorry;
        ClusterStatus {
            name: cluster.name.value.clone(),
            addresses: texts(&cluster.addresses),
            all_down,
            all_down_action: action(cluster.all_down).to_owned(),
            servers: (servers().enumerate())
                .map(|(s, (server, state))| self.server_status((c, s), server, state, sorry))
                .collect(),
        }
    }

    fn server_status(
        &self,
        (c, s): (usize, usize),
        server: &Server,
        state: &MemberState,
        sorry_now: bool,
    ) -> ServerStatus {
        let name = &server.name.value;
        let place = Place::Server(c, s);
        let (operational, report, why) = self.health.report(place, self.now_ns());
        let number = self.running.plan.server(name).unwrap_or_default();
        let wished = self.wishes.servers.get(name).copied();
        let administrative = wished.unwrap_or(super::wishes::administrative(server.state));
        let link = self.link(server.port.value);
        ServerStatus {
            name: name.clone(),
            number,
            mac: format_mac(server.mac.value),
            addresses: texts(&server.addresses),
            port: attachment_name(&self.running.config, server.port.value),
            link,
            sorry: server.sorry,
            weight: server.weight,
            weight_now: weight_now(server.weight, state.weight_percent),
            administrative,
            operational,
            since_unix_ms: self.unix_ms_of(report.since_ns),
            active: self.is_active(number, link) && (!server.sorry || sorry_now),
            live_flows: self
                .counts
                .servers
                .get(&number)
                .copied()
                .unwrap_or_default(),
            checks: checks(&server.checks, &report, self.asked_of_cluster(c)),
            why: sentence(administrative, state, link, &why),
        }
    }

    fn router_status(&self, p: usize, r: usize, router: &Router, states: &States) -> RouterStatus {
        let name = &router.name.value;
        let place = Place::Router(p, r);
        let state = &states.routers[p][r];
        let (operational, report, why) = self.health.report(place, self.now_ns());
        let number = self.running.plan.router(name).unwrap_or_default();
        let wished = self.wishes.routers.get(name).copied();
        let administrative = wished.unwrap_or(super::wishes::administrative(router.state));
        let link = self.link(router.port.value);
        let asked = router.addresses.first().map(|address| address.value);
        RouterStatus {
            name: name.clone(),
            number,
            mac: format_mac(router.mac.value),
            addresses: texts(&router.addresses),
            port: attachment_name(&self.running.config, router.port.value),
            link,
            administrative,
            operational,
            since_unix_ms: self.unix_ms_of(report.since_ns),
            active: self.is_active(number, link),
            assigned_servers: self.assigned_to(number),
            checks: checks(&router.checks, &report, asked),
            why: sentence(administrative, state, link, &why),
        }
    }

    fn asked_of_cluster(&self, cluster: usize) -> Option<std::net::IpAddr> {
        let cluster = self.running.config.clusters.get(cluster)?;
        super::health::asked(&cluster.addresses, self.running.config.host.as_ref())
    }

    fn link(&self, place: Attachment) -> bool {
        let link = self.card.links.get(usize::from(place.port));
        link.copied().unwrap_or_default()
    }

    fn is_active(&self, number: u16, link: bool) -> bool {
        let held = self
            .held
            .as_ref()
            .and_then(|held| held.members.get(&number));
        link && self.card.state == DeviceState::Attached && held.is_some_and(|held| held.up)
    }

    /// Servers that the card tells this router's MAC.
    fn assigned_to(&self, router: u16) -> u32 {
        let Some(held) = &self.held else { return 0 };
        let Some(pool) = router.checked_sub(SERVERS).and_then(|r| held.pools.get(&r)) else {
            return 0;
        };
        let takes = |number: u16, draining: bool| {
            let member = held.members.get(&number);
            member.is_some_and(|member| member.up && (draining || !member.drains()))
        };
        let told = |bucket: &Bucket| {
            let both = || [bucket.first, bucket.second].into_iter().flatten();
            let ready = both().find(|number| takes(*number, false));
            ready.or_else(|| both().find(|number| takes(*number, true)))
        };
        let mask = (1u32 << pool.assignment.log2) - 1;
        let servers = self.running.plan.servers.iter();
        let assigned = servers.filter(|server| {
            let index = pool.assignment.base | u32::from(server.number) & mask;
            held.buckets.get(index as usize).and_then(told) == Some(router)
        });
        assigned.count() as u32
    }

    fn unix_ms_of(&self, since_ns: u64) -> u64 {
        let ago = self.now_ns().saturating_sub(since_ns) / 1_000_000;
        unix_ms().saturating_sub(ago)
    }
}

fn texts(addresses: &[Located<std::net::IpAddr>]) -> Vec<String> {
    let texts = addresses.iter().map(|address| address.value.to_string());
    texts.collect()
}

/// A weight of which only a part counts now; not nothing while it is to have any.
pub(super) fn weight_now(weight: u8, percent: u16) -> u8 {
    if percent == WHOLE || weight == 0 || percent == 0 {
        return if percent == 0 { 0 } else { weight };
    }
    let now = u32::from(weight) * u32::from(percent) / u32::from(WHOLE);
    now.clamp(1, 255) as u8
}

fn checks(
    setup: &[Located<Check>],
    report: &Report,
    asked: Option<std::net::IpAddr>,
) -> Vec<CheckStatus> {
    let of = |(check, found): (&Located<Check>, &flowswitch_health::CheckReport)| {
        use flowswitch_health::Kind;
        let target = match check.value.kind {
            Kind::Exec(_) | Kind::Passive => None,
            _ => check.value.address.or(asked),
        };
        CheckStatus {
            kind: found.kind.to_owned(),
            target: target.map_or_else(String::new, |target| target.to_string()),
            result: match found.result {
                Found::Unknown => Operational::Unknown,
                Found::Up => Operational::Up,
                Found::Down => Operational::Down,
            },
            streak: found.streak,
            passed: found.passed,
            failed: found.failed,
            last_us: found.last_us,
            message: found.message.clone(),
        }
    };
    setup.iter().zip(&report.checks).map(of).collect()
}

/// Why a member is as it is.
fn sentence(operator: Administrative, state: &MemberState, link: bool, health: &str) -> String {
    let mut parts = Vec::new();
    match operator {
        Administrative::Ready => {}
        Administrative::Drain => parts.push("the operator drains it".to_owned()),
        Administrative::Maintenance => {
            parts.push("the operator has it in maintenance".to_owned());
        }
    }
    if state.administrative != operator {
        parts.push(format!("its agent asks for {}", state.administrative));
    }
    if !link {
        parts.push("its link is down".to_owned());
    }
    if !health.is_empty() {
        parts.push(health.to_owned());
    }
    if state.weight_percent != WHOLE {
        parts.push(format!("it has {} % of its weight", state.weight_percent));
    }
    parts.join("; ")
}
