//! The daemon's status as text.

use flowswitch_api::{
    CheckStatus, ClusterStatus, ConfigurationStatus, DeviceState, DeviceStatus, LinkStatus,
    Operational, PoolStatus, RouterStatus, ServerStatus, Status,
};

use crate::cli::amount::{count, span};
use crate::cli::text::{fields, table};

/// How everything stood at `now` (ms since 1970); with `why`, why each member is as it is, and its checks.
pub(super) fn status(status: &Status, why: bool, now: u64) -> String {
    let mut parts = vec![head(status, now)];
    parts.extend((status.clusters.iter()).map(|cluster| of_cluster(cluster, why, now)));
    parts.extend(status.pools.iter().map(|pool| of_pool(pool, why, now)));
    parts.join("\n\n")
}

/// The word for how a member is found to be, and for how long.
fn operational(state: Operational, since_unix_ms: u64, now: u64) -> String {
    format!("{state}, {}", span(now.saturating_sub(since_unix_ms)))
}

fn head(status: &Status, now: u64) -> String {
    let running = span(now.saturating_sub(status.started_unix_ms));
    fields([
        (
            "daemon",
            format!("version {}, running for {running}", status.version),
        ),
        ("card", of_device(&status.device, now)),
        ("links", of_links(&status.device.links)),
        (
            "configuration",
            of_configuration(&status.configuration, now),
        ),
    ])
}

fn of_device(device: &DeviceStatus, now: u64) -> String {
    let state = match device.state {
        DeviceState::Attaching => "being attached",
        DeviceState::Attached => "attached",
        DeviceState::Lost => "LOST",
    };
    let mut text = format!(
        "{}: {state} for {}, {} live flows, losses so far: {}",
        device.name,
        span(now.saturating_sub(device.since_unix_ms)),
        device.live_flows,
        device.losses
    );
    if !device.why.is_empty() {
        text = format!("{text}\n{}", device.why);
    }
    text
}

fn of_links(links: &[LinkStatus]) -> String {
    if links.is_empty() {
        return "none known yet".to_owned();
    }
    let words: Vec<String> = links
        .iter()
        .map(|link| format!("{} {}", link.name, if link.up { "up" } else { "DOWN" }))
        .collect();
    words.join(", ")
}

fn of_configuration(configuration: &ConfigurationStatus, now: u64) -> String {
    let mut text = format!(
        "{}, generation {}, digest {}, applied {} ago",
        configuration.file.as_deref().unwrap_or("of no file"),
        configuration.generation,
        configuration.digest,
        span(now.saturating_sub(configuration.applied_unix_ms))
    );
    if let Some(unconfirmed) = &configuration.unconfirmed {
        let left = span(unconfirmed.left_ms);
        text.push_str(&format!(
            "\nNOT CONFIRMED: taken back in {left}; `flowswitch confirm` keeps it"
        ));
    }
    if configuration.unsaved {
        text.push_str("\nstates of members differ from the file: `flowswitch save` writes them");
    }
    text
}

fn of_cluster(cluster: &ClusterStatus, why: bool, now: u64) -> String {
    let addresses = cluster.addresses.join(", ");
    let mut parts = vec![fields([(
        "cluster",
        format!("{}: {addresses}", cluster.name),
    )])];
    if cluster.all_down {
        let action = match &*cluster.all_down_action {
            "keep" => "keep: those that served last go on".to_owned(),
            "drop" => "drop: frames for it are dropped".to_owned(),
            "sorry" => "sorry: its sorry servers serve".to_owned(),
            other => other.to_owned(),
        };
        parts.push(fields([("ALL DOWN", action)]));
    }
    let header = [
        "server", "state", "health", "serves", "weight", "flows", "port",
    ];
    let row = |server: &ServerStatus| {
        [
            if server.sorry {
                format!("{} (sorry)", server.name)
            } else {
                server.name.clone()
            },
            server.administrative.to_string(),
            operational(server.operational, server.since_unix_ms, now),
            yes(server.active),
            if server.weight_now == server.weight {
                server.weight.to_string()
            } else {
                format!("{} of {}", server.weight_now, server.weight)
            },
            count(server.live_flows),
            port(&server.port, server.link),
        ]
    };
    parts.push(table(header, cluster.servers.iter().map(row).collect()));
    let own = cluster.servers.iter();
    let own = own.filter(|server| !server.addresses.is_empty());
    parts.extend(own.map(|server| {
        let text = format!("{}: {}", server.name, server.addresses.join(", "));
        fields([("own address", text)])
    }));
    if why {
        let servers = cluster.servers.iter();
        parts.extend(reasons(
            "server",
            servers.map(|server| {
                (
                    &*server.name,
                    [
                        server.number.to_string(),
                        server.mac.clone(),
                        server.why.clone(),
                    ],
                    &*server.checks,
                )
            }),
        ));
    }
    parts.join("\n")
}

fn of_pool(pool: &PoolStatus, why: bool, now: u64) -> String {
    let mut parts = vec![fields([("router pool", pool.name.clone())])];
    let header = [
        "router",
        "state",
        "health",
        "serves",
        "servers",
        "port",
        "addresses",
    ];
    let row = |router: &RouterStatus| {
        [
            router.name.clone(),
            router.administrative.to_string(),
            operational(router.operational, router.since_unix_ms, now),
            yes(router.active),
            router.assigned_servers.to_string(),
            port(&router.port, router.link),
            router.addresses.join(" "),
        ]
    };
    parts.push(table(header, pool.routers.iter().map(row).collect()));
    if why {
        let routers = pool.routers.iter();
        parts.extend(reasons(
            "router",
            routers.map(|router| {
                (
                    &*router.name,
                    [
                        router.number.to_string(),
                        router.mac.clone(),
                        router.why.clone(),
                    ],
                    &*router.checks,
                )
            }),
        ));
    }
    parts.join("\n")
}

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn port(name: &str, link: bool) -> String {
    if link {
        name.to_owned()
    } else {
        format!("{name} (no link)")
    }
}

/// Tables of the sentences and of the checks of members: name; number, MAC and sentence; checks.
fn reasons<'a>(
    kind: &'static str,
    members: impl Iterator<Item = (&'a str, [String; 3], &'a [CheckStatus])>,
) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut checks = Vec::new();
    for (name, [number, mac, why], of_member) in members {
        sentences.push([name.to_owned(), number, mac, why]);
        checks.extend(of_member.iter().map(|check| of_check(name, check)));
    }
    let mut tables = vec![table([kind, "number", "MAC", "why"], sentences)];
    if !checks.is_empty() {
        let header = [
            kind, "check", "target", "result", "in a row", "passed", "failed", "last", "found",
        ];
        tables.push(table(header, checks));
    }
    tables
}

fn of_check(name: &str, check: &CheckStatus) -> [String; 9] {
    [
        name.to_owned(),
        check.kind.clone(),
        check.target.clone(),
        check.result.to_string(),
        match check.streak {
            0 => "-".to_owned(),
            passed @ 1.. => format!("{passed} passed"),
            failed => format!("{} failed", failed.unsigned_abs()),
        },
        count(check.passed),
        count(check.failed),
        format!("{:.1} ms", check.last_us as f64 / 1e3),
        check.message.clone(),
    ]
}
