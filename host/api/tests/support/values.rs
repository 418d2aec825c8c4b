//! What the card answers in tests: every member has a value of its own.

use flowswitch_api::{
    Administrative, Applied, CheckStatus, Checked, ClusterStatus, ConfigurationStatus,
    ConfigurationText, DeviceState, DeviceStatus, Difference, Differences, DropCount, Event,
    EventKind, FORMAT, Flow, FlowList, LinkStatus, Look, MemberCounts, Note, Operational,
    PoolStatus, PortCounts, ProbeCounts, RouterStatus, ServerStatus, Statistics, Status, Trace,
    Traffic, Unconfirmed, Written,
};

fn check(kind: &str) -> CheckStatus {
    CheckStatus {
        kind: kind.into(),
        target: "10.0.0.11".into(),
        result: Operational::Up,
        streak: 7,
        passed: 70,
        failed: 3,
        last_us: 1_500,
        message: "status 200".into(),
    }
}

pub fn status() -> Status {
    Status {
        format: FORMAT,
        version: "0.1.0".into(),
        started_unix_ms: 1_800_000_000_000,
        device: DeviceStatus {
            name: "sim".into(),
            state: DeviceState::Attached,
            since_unix_ms: 1_800_000_000_500,
            why: String::new(),
            losses: 2,
            links: vec![LinkStatus {
                port: 0,
                name: "uplink".into(),
                up: true,
            }],
            live_flows: 11,
        },
        configuration: ConfigurationStatus {
            file: Some("/etc/flowswitch/switch.toml".into()),
            digest: "0123456789abcdef".into(),
            generation: 6,
            applied_unix_ms: 1_800_000_000_600,
            unconfirmed: Some(Unconfirmed { left_ms: 30_000 }),
            unsaved: true,
        },
        clusters: vec![ClusterStatus {
            name: "web".into(),
            addresses: vec!["192.31.65.1".into(), "2001:db8:65::1".into()],
            all_down: false,
            all_down_action: "keep".into(),
            servers: vec![ServerStatus {
                name: "s1".into(),
                number: 0,
                mac: "02:00:00:00:02:10".into(),
                addresses: vec!["192.31.65.210".into()],
                port: "uplink".into(),
                link: true,
                sorry: false,
                weight: 10,
                weight_now: 5,
                administrative: Administrative::Drain,
                operational: Operational::Up,
                since_unix_ms: 1_800_000_000_700,
                active: true,
                live_flows: 11,
                // Two of a kind at one address: they must stay apart.
                checks: vec![check("tcp"), check("tcp")],
                why: "it is drained".into(),
            }],
        }],
        pools: vec![PoolStatus {
            name: "edge".into(),
            routers: vec![RouterStatus {
                name: "r1".into(),
                number: 1_024,
                mac: "02:00:00:00:02:60".into(),
                addresses: vec!["192.31.65.2".into()],
                port: "uplink".into(),
                link: true,
                administrative: Administrative::Ready,
                operational: Operational::Unknown,
                since_unix_ms: 1_800_000_000_800,
                active: true,
                assigned_servers: 1,
                checks: vec![check("arp")],
                why: "no check has come to a result".into(),
            }],
        }],
    }
}

fn traffic(frames: u64) -> Traffic {
    Traffic {
        frames,
        bytes: frames * 100,
    }
}

pub fn probes() -> ProbeCounts {
    ProbeCounts {
        begun: 901,
        abandoned: 902,
        frames_refused: 903,
        frames_lost: 904,
        late_p99_us: 905,
    }
}

pub fn statistics() -> Statistics {
    Statistics {
        format: FORMAT,
        unix_ms: 1_800_000_001_000,
        card_ns: 123_456_789,
        ports: vec![PortCounts {
            port: 0,
            name: "uplink".into(),
            received: traffic(1_001),
            transmitted: traffic(1_002),
            dropped: 13,
        }],
        servers: vec![MemberCounts {
            name: "s1".into(),
            to: traffic(501),
            from: traffic(502),
            live_flows: 11,
        }],
        routers: vec![MemberCounts {
            name: "r1".into(),
            to: traffic(601),
            from: traffic(602),
            live_flows: 0,
        }],
        drops: vec![DropCount {
            reason: "forged-source".into(),
            frames: 13,
        }],
        live_flows: 11,
        flows_inserted: 99,
        flows_refused: 1,
        probes: probes(),
    }
}

pub fn configuration() -> ConfigurationText {
    ConfigurationText {
        format: FORMAT,
        file: Some("switch.toml".into()),
        text: "[switch]\nports = 4 # all\n".into(),
    }
}

fn note() -> Note {
    Note {
        key: "cluster.web.mode".into(),
        line: 12,
        text: "it has no effect".into(),
    }
}

pub fn checked() -> Checked {
    Checked {
        format: FORMAT,
        clusters: 1,
        servers: 2,
        routers: 3,
        notes: vec![note()],
    }
}

fn written() -> Written {
    Written {
        entries: 2,
        buckets: 131,
        settings: 1,
        writes: 147,
    }
}

pub fn differences() -> Differences {
    Differences {
        format: FORMAT,
        same: false,
        differences: vec![Difference {
            key: "cluster.web.server.s1.weight".into(),
            from: Some("1".into()),
            to: None,
        }],
        would_write: written(),
    }
}

pub fn applied() -> Applied {
    Applied {
        format: FORMAT,
        dry_run: false,
        unchanged: false,
        written: written(),
        generation: 8,
        confirm_within_ms: Some(60_000),
        notes: vec![note()],
    }
}

pub fn flows() -> FlowList {
    FlowList {
        format: FORMAT,
        live: 11,
        flows: vec![Flow {
            index: 77,
            server: "s1".into(),
            state: "established".into(),
            left_ticks: Some(3),
            fingerprint: "00ab12cd34".into(),
        }],
        next: Some(78),
    }
}

pub fn trace() -> Trace {
    Trace {
        format: FORMAT,
        row: 12,
        verdict: "forward".into(),
        reason: None,
        member: Some("s1".into()),
        egress: vec!["uplink".into()],
        destination_mac: Some("02:00:00:00:02:10".into()),
        source_mac: None,
        looks: vec![Look {
            table: "service".into(),
            index: Some(4),
            found: "tcp/80".into(),
        }],
    }
}

pub fn event(sequence: u64) -> Event {
    Event {
        format: FORMAT,
        sequence,
        unix_ms: 1_800_000_002_000,
        kind: EventKind::Link {
            port: 3,
            up: sequence.is_multiple_of(2),
        },
    }
}
