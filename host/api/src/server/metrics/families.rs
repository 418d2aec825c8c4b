//! The families of metrics and what fills them. `docs/src/metrics.md` lists them all; a test compares.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Happened;
use crate::server::counters::Counters;
use crate::{Administrative, CheckStatus, MemberCounts, Operational, Statistics, Status, Traffic};

/// Labels of a series.
pub(super) type Labels = Vec<(&'static str, String)>;

/// What was read for a page.
pub(super) struct Sample {
    pub(super) status: Option<Status>,
    pub(super) statistics: Option<Statistics>,
}

const OPERATIONAL: [Operational; 3] = [Operational::Unknown, Operational::Up, Operational::Down];

/// The whole page.
pub(super) fn text(
    sample: &Sample,
    attached: bool,
    counters: &Counters,
    happened: &Happened,
) -> String {
    let mut page = Page(Registry::with_prefix("flowswitch"));
    page.gauge(
        "up",
        "Whether the card is attached and the daemon answered within 5 s",
        [(vec![], flag(attached))],
    );
    if let Some(status) = &sample.status {
        page.daemon(status);
        page.servers(status);
        page.routers(status);
        page.checks(status);
    }
    if let Some(statistics) = &sample.statistics {
        page.ports(statistics);
        page.flows(statistics);
        page.probes(statistics);
        page.members("server", &statistics.servers);
        page.members("router", &statistics.routers);
    }
    page.own(counters, happened);
    let mut text = String::new();
    // A string takes whatever is written.
    let _ = encode(&mut text, &page.0);
    text
}

struct Page(Registry);

impl Page {
    /// A family of gauges, or one without labels.
    fn gauge(&mut self, name: &str, help: &str, series: impl IntoIterator<Item = (Labels, f64)>) {
        let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
        for (labels, value) in series {
            if labels.is_empty() {
                let gauge = Gauge::<f64, AtomicU64>::default();
                gauge.set(value);
                return self.0.register(name, help, gauge);
            }
            family.get_or_create(&labels).set(value);
        }
        self.0.register(name, help, family);
    }

    /// A family of counters, or one without labels; its name gets `_total`.
    fn counter(&mut self, name: &str, help: &str, series: impl IntoIterator<Item = (Labels, u64)>) {
        let family = Family::<Labels, Counter>::default();
        for (labels, value) in series {
            if labels.is_empty() {
                let counter = Counter::<u64>::default();
                counter.inc_by(value);
                return self.0.register(name, help, counter);
            }
            family.get_or_create(&labels).inc_by(value);
        }
        self.0.register(name, help, family);
    }

    /// A family of frames and one of bytes.
    fn traffic(&mut self, name: &str, help: &str, series: &[(Labels, Traffic)]) {
        self.counter(
            &format!("{name}_frames"),
            &format!("Frames {help}"),
            series
                .iter()
                .map(|(labels, traffic)| (labels.clone(), traffic.frames)),
        );
        self.counter(
            &format!("{name}_bytes"),
            &format!("Bytes {help}, without FCS"),
            series
                .iter()
                .map(|(labels, traffic)| (labels.clone(), traffic.bytes)),
        );
    }

    fn daemon(&mut self, status: &Status) {
        self.gauge(
            "build_info",
            "Version of the daemon",
            [(vec![("version", status.version.clone())], 1.0)],
        );
        self.gauge(
            "start_time_seconds",
            "When the daemon began, since 1970",
            [(vec![], seconds(status.started_unix_ms))],
        );
        self.counter(
            "device_losses",
            "How often the card was lost since the daemon began",
            [(vec![], status.device.losses)],
        );
        self.gauge(
            "port_up",
            "Whether the link of a network port is up",
            status.device.links.iter().map(|link| {
                let labels = vec![("port", link.port.to_string()), ("name", link.name.clone())];
                (labels, flag(link.up))
            }),
        );
        self.gauge(
            "configuration_generation",
            "How often the card's tables were written, twice that",
            [(vec![], f64::from(status.configuration.generation))],
        );
        self.gauge(
            "configuration_unconfirmed",
            "Whether a configuration waits to be confirmed",
            [(vec![], flag(status.configuration.unconfirmed.is_some()))],
        );
        self.gauge(
            "cluster_all_down",
            "Whether no server of a cluster is operational and ready",
            status.clusters.iter().map(|cluster| {
                let labels = vec![("cluster", cluster.name.clone())];
                (labels, flag(cluster.all_down))
            }),
        );
    }

    fn servers(&mut self, status: &Status) {
        let servers = || {
            status.clusters.iter().flat_map(|cluster| {
                cluster.servers.iter().map(|server| {
                    let labels = vec![
                        ("cluster", cluster.name.clone()),
                        ("server", server.name.clone()),
                    ];
                    (labels, server)
                })
            })
        };
        self.states(
            "server",
            servers().map(|(labels, server)| (labels, server.operational, server.administrative)),
        );
        self.gauge(
            "server_active",
            "Whether the card may give a server frames",
            servers().map(|(labels, server)| (labels, flag(server.active))),
        );
        self.gauge(
            "server_weight",
            "Weight of a server now",
            servers().map(|(labels, server)| (labels, f64::from(server.weight_now))),
        );
    }

    fn routers(&mut self, status: &Status) {
        let routers = || {
            status.pools.iter().flat_map(|pool| {
                pool.routers.iter().map(|router| {
                    let labels = vec![("pool", pool.name.clone()), ("router", router.name.clone())];
                    (labels, router)
                })
            })
        };
        self.states(
            "router",
            routers().map(|(labels, router)| (labels, router.operational, router.administrative)),
        );
        self.gauge(
            "router_active",
            "Whether the card may give a router frames",
            routers().map(|(labels, router)| (labels, flag(router.active))),
        );
        self.gauge(
            "router_assigned_servers",
            "Servers that the card tells a router's MAC",
            routers().map(|(labels, router)| (labels, f64::from(router.assigned_servers))),
        );
    }

    /// Operational and administrative state: a series for each state, 1 for that which holds.
    fn states(
        &mut self,
        member: &str,
        members: impl Iterator<Item = (Labels, Operational, Administrative)>,
    ) {
        let (mut operational, mut administrative) = (Vec::new(), Vec::new());
        for (labels, found, wanted) in members {
            for state in OPERATIONAL {
                let mut labels = labels.clone();
                labels.push(("state", state.to_string()));
                operational.push((labels, flag(state == found)));
            }
            for (word, state) in Administrative::WORDS {
                let mut labels = labels.clone();
                labels.push(("state", word.to_owned()));
                administrative.push((labels, flag(state == wanted)));
            }
        }
        self.gauge(
            &format!("{member}_operational"),
            &format!("How a {member} is found to be: 1 for the state that holds"),
            operational,
        );
        self.gauge(
            &format!("{member}_administrative"),
            &format!("What the operator wants of a {member}: 1 for the state that holds"),
            administrative,
        );
    }

    fn checks(&mut self, status: &Status) {
        let mut checks = Vec::new();
        for cluster in &status.clusters {
            for server in &cluster.servers {
                checks.extend(labelled(&cluster.name, &server.name, &server.checks));
            }
        }
        for pool in &status.pools {
            for router in &pool.routers {
                checks.extend(labelled(&pool.name, &router.name, &router.checks));
            }
        }
        let of = |value: fn(&CheckStatus) -> u64| {
            checks
                .iter()
                .map(move |(labels, check)| (labels.clone(), value(check)))
                .collect::<Vec<_>>()
        };
        self.counter(
            "check_passed",
            "Probes that passed",
            of(|check| check.passed),
        );
        self.counter(
            "check_failed",
            "Probes that failed",
            of(|check| check.failed),
        );
        self.gauge(
            "check_duration_seconds",
            "How long the last probe took",
            checks
                .iter()
                .map(|(labels, check)| (labels.clone(), whole(check.last_us) / 1e6)),
        );
    }

    fn probes(&mut self, statistics: &Statistics) {
        let probes = &statistics.probes;
        for (name, help, value) in [
            ("probes_begun", "Probes begun", probes.begun),
            (
                "probes_abandoned",
                "Probes given up without a result",
                probes.abandoned,
            ),
            (
                "probes_frames_refused",
                "Frames to the host that are no answer of a probe",
                probes.frames_refused,
            ),
            (
                "probes_frames_lost",
                "Frames of probes given up because too many waited",
                probes.frames_lost,
            ),
        ] {
            self.counter(name, help, [(vec![], value)]);
        }
        self.gauge(
            "probes_late_seconds",
            "99 of 100 probes began no more than so long after their time",
            [(vec![], whole(probes.late_p99_us) / 1e6)],
        );
    }

    fn ports(&mut self, statistics: &Statistics) {
        let of = |value: fn(&crate::PortCounts) -> Traffic| {
            let series = statistics.ports.iter().map(|port| {
                let labels = vec![("port", port.port.to_string()), ("name", port.name.clone())];
                (labels, value(port))
            });
            series.collect::<Vec<_>>()
        };
        self.traffic(
            "port_received",
            "received by a network port",
            &of(|port| port.received),
        );
        self.traffic(
            "port_transmitted",
            "transmitted by a network port",
            &of(|port| port.transmitted),
        );
        self.counter(
            "port_dropped_frames",
            "Frames dropped of those that a network port received",
            statistics.ports.iter().map(|port| {
                let labels = vec![("port", port.port.to_string()), ("name", port.name.clone())];
                (labels, port.dropped)
            }),
        );
        self.counter(
            "dropped_frames",
            "Frames dropped, by reason",
            statistics
                .drops
                .iter()
                .map(|drop| (vec![("reason", drop.reason.clone())], drop.frames)),
        );
    }

    fn flows(&mut self, statistics: &Statistics) {
        self.gauge(
            "live_flows",
            "Live flows in the card's table",
            [(vec![], whole(statistics.live_flows))],
        );
        self.counter(
            "flows_inserted",
            "Flows inserted",
            [(vec![], statistics.flows_inserted)],
        );
        self.counter(
            "flows_refused",
            "Flows that found no room",
            [(vec![], statistics.flows_refused)],
        );
        self.gauge(
            "server_live_flows",
            "Flows that a server has",
            statistics.servers.iter().map(|server| {
                (
                    vec![("server", server.name.clone())],
                    whole(server.live_flows),
                )
            }),
        );
    }

    fn members(&mut self, member: &'static str, counts: &[MemberCounts]) {
        let of = |value: fn(&MemberCounts) -> Traffic| {
            let series = counts
                .iter()
                .map(|counts| (vec![(member, counts.name.clone())], value(counts)));
            series.collect::<Vec<_>>()
        };
        self.traffic(
            &format!("{member}_transmitted"),
            &format!("sent to a {member}"),
            &of(|counts| counts.to),
        );
        self.traffic(
            &format!("{member}_received"),
            &format!("come from a {member}"),
            &of(|counts| counts.from),
        );
    }

    /// What the daemon counts of itself.
    fn own(&mut self, counters: &Counters, happened: &Happened) {
        let registry = &mut self.0;
        registry.register(
            "api_requests",
            "Requests answered, by path and status",
            counters.requests.clone(),
        );
        registry.register(
            "api_connections",
            "Connections that are served now",
            counters.connections.clone(),
        );
        registry.register(
            "api_connections_refused",
            "Connections closed because there were too many",
            counters.refused.clone(),
        );
        registry.register(
            "api_connections_broken",
            "Connections closed because the client was too slow or sent no HTTP",
            counters.broken.clone(),
        );
        registry.register(
            "api_events_lost",
            "Events that slow readers did not get",
            counters.events_lost.clone(),
        );
        registry.register("events", "Events, by kind", happened.events.clone());
        registry.register(
            "refused",
            "What was refused or met a limit, by what it was",
            happened.refused.clone(),
        );
        registry.register(
            "events_uncounted",
            "Events that came too fast to be counted by kind",
            happened.missed.clone(),
        );
    }
}

/// Checks of a member. Two of a kind differ by their place in the configuration.
fn labelled<'a>(
    group: &str,
    member: &str,
    checks: &'a [CheckStatus],
) -> impl Iterator<Item = (Labels, &'a CheckStatus)> {
    checks.iter().enumerate().map(move |(index, check)| {
        let labels = vec![
            ("group", group.to_owned()),
            ("member", member.to_owned()),
            ("check", index.to_string()),
            ("kind", check.kind.clone()),
            ("target", check.target.clone()),
        ];
        (labels, check)
    })
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

fn seconds(ms: u64) -> f64 {
    whole(ms) / 1e3
}

/// A gauge is a floating-point number: exact below 2^53.
#[allow(clippy::cast_precision_loss)]
fn whole(value: u64) -> f64 {
    value as f64
}
