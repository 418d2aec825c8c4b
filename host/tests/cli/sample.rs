//! Documents of a daemon that serves two clusters and a pool.

use flowswitch_api::{
    Administrative, CheckStatus, ClusterStatus, ConfigurationStatus, DeviceState, DeviceStatus,
    DropCount, FORMAT, LinkStatus, MemberCounts, Operational, PoolStatus, PortCounts, RouterStatus,
    ServerStatus, Statistics, Status, Traffic,
};

const HOUR: u64 = 3_600_000;

/// How everything stands at `now`, in ms since 1970. Spans are in the middle of their units, so that a slow test does not see the next.
pub fn status(now: u64) -> Status {
    let days = |days: u64| now - days * 24 * HOUR - 12 * HOUR;
    let mut gold = server("gold", 2, days(9));
    gold.operational = Operational::Down;
    gold.active = false;
    gold.link = false;
    gold.why = "the link of its port is down".to_owned();
    let mut s210 = server("s210", 0, days(5));
    s210.addresses = vec!["192.31.65.210".to_owned(), "2001:db8:65::d2".to_owned()];
    let mut drained = server("s220", 1, days(3));
    drained.administrative = Administrative::Drain;
    drained.weight = 10;
    drained.weight_now = 4;
    let mut sorry = server("sorry", 3, days(9));
    sorry.sorry = true;
    sorry.operational = Operational::Unknown;
    sorry.checks.clear();
    Status {
        format: FORMAT,
        version: "0.1.0".to_owned(),
        started_unix_ms: days(12),
        device: DeviceStatus {
            name: "vfio:0000:01:00.0".to_owned(),
            state: DeviceState::Attached,
            since_unix_ms: days(5),
            why: String::new(),
            losses: 1,
            links: vec![
                link(0, "r260", true),
                link(1, "s210", true),
                link(2, "2", false),
            ],
            live_flows: 4_120,
        },
        configuration: ConfigurationStatus {
            file: Some("/etc/flowswitch/switch.toml".to_owned()),
            digest: "0123456789abcdef".to_owned(),
            generation: 8,
            applied_unix_ms: days(4),
            unconfirmed: None,
            unsaved: true,
        },
        clusters: vec![
            ClusterStatus {
                name: "web".to_owned(),
                addresses: vec!["192.31.65.1".to_owned(), "2001:db8:65::1".to_owned()],
                all_down: false,
                all_down_action: "keep".to_owned(),
                servers: vec![s210, drained],
            },
            ClusterStatus {
                name: "mail".to_owned(),
                addresses: vec!["192.31.65.2".to_owned()],
                all_down: true,
                all_down_action: "sorry".to_owned(),
                servers: vec![gold, sorry],
            },
        ],
        pools: vec![PoolStatus {
            name: "exits".to_owned(),
            routers: vec![RouterStatus {
                name: "r260".to_owned(),
                number: 1_024,
                mac: "02:00:00:00:02:60".to_owned(),
                addresses: vec!["192.31.65.254".to_owned(), "2001:db8:65::fe".to_owned()],
                port: "r260".to_owned(),
                link: true,
                administrative: Administrative::Ready,
                operational: Operational::Up,
                since_unix_ms: days(5),
                active: true,
                assigned_servers: 4,
                checks: vec![check("arp", "192.31.65.254", 51)],
                why: "all checks pass".to_owned(),
            }],
        }],
    }
}

fn link(port: u8, name: &str, up: bool) -> LinkStatus {
    LinkStatus {
        port,
        name: name.to_owned(),
        up,
    }
}

fn check(kind: &str, target: &str, streak: i64) -> CheckStatus {
    CheckStatus {
        kind: kind.to_owned(),
        target: target.to_owned(),
        result: if streak < 0 {
            Operational::Down
        } else {
            Operational::Up
        },
        streak,
        passed: 86_400,
        failed: 3,
        last_us: 1_250,
        message: "status 200".to_owned(),
    }
}

/// A server that is up since then, and takes its share.
pub fn server(name: &str, number: u16, since_unix_ms: u64) -> ServerStatus {
    ServerStatus {
        name: name.to_owned(),
        number,
        mac: format!("02:00:00:00:02:{number:02x}"),
        addresses: Vec::new(),
        port: (number + 1).to_string(),
        link: true,
        sorry: false,
        weight: 1,
        weight_now: 1,
        administrative: Administrative::Ready,
        operational: Operational::Up,
        since_unix_ms,
        active: true,
        live_flows: 2_060,
        checks: vec![
            check("http", "192.31.65.1", 41),
            check("tcp", "192.31.65.1", 40),
        ],
        why: "all checks pass".to_owned(),
    }
}

/// What was counted by `unix_ms`: everything grows evenly with the seconds since then.
pub fn statistics(unix_ms: u64, seconds: u64) -> Statistics {
    let traffic = |frames| Traffic {
        frames: frames * seconds,
        bytes: frames * seconds * 125,
    };
    let member = |name: &str, frames, live_flows| MemberCounts {
        name: name.to_owned(),
        to: traffic(frames),
        from: traffic(frames * 2),
        live_flows,
    };
    let port = |port: u8, name: &str, frames, dropped| PortCounts {
        port,
        name: name.to_owned(),
        received: traffic(frames),
        transmitted: traffic(frames * 2),
        dropped: dropped * seconds,
    };
    let drops = |reason: &str, frames: u64| DropCount {
        reason: reason.to_owned(),
        frames: frames * seconds,
    };
    Statistics {
        format: FORMAT,
        unix_ms: unix_ms + seconds * 1_000,
        card_ns: seconds * 1_000_000_000,
        ports: vec![
            port(0, "r260", 1_000, 3),
            port(1, "s210", 20, 0),
            port(2, "2", 0, 0),
        ],
        servers: vec![
            member("s210", 1_000, 2_060),
            member("s220", 500, 2_060),
            member("gold", 0, 0),
            member("sorry", 0, 0),
        ],
        routers: vec![member("r260", 2_000, 0)],
        drops: vec![
            drops("runt", 0),
            drops("no-service", 2),
            drops("forged-source", 1),
        ],
        live_flows: 4_120,
        flows_inserted: 40 * seconds,
        flows_refused: 0,
        probes: Default::default(),
    }
}
