//! The commands that ask the daemon how things are.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use flowswitch_api::{Event, EventKind, FORMAT, Flow, FlowList, Operational};
use serde_json::Value;

use crate::command::flowswitch;
use crate::mock::{Daemon, say};
use crate::sample;

fn now() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    u64::try_from(now.as_millis()).expect("a date of this age")
}

/// The output with the ends of lines trimmed, as a golden text is written.
fn trimmed(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

const STATUS: &str = include_str!("golden/status.txt");

#[test]
fn status_tells_how_all_stands() {
    let out = Daemon::saying(&sample::status(now())).print(&["status"]);
    assert_eq!(trimmed(&out), STATUS, "{out}");
}

const WHY: &str = include_str!("golden/why.txt");

#[test]
fn why_adds_sentences_and_checks() {
    let mut status = sample::status(now());
    status.clusters.remove(0);
    let out = Daemon::saying(&status).print(&["status", "--why"]);
    let (_, out) = out.split_once("\n\n").expect("a head");
    assert_eq!(trimmed(out), WHY, "{out}");
}

#[test]
fn json_is_the_daemons_document() {
    let status = sample::status(now());
    let out = Daemon::saying(&status).print(&["status", "--json"]);
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
    assert_eq!(
        serde_json::from_str::<flowswitch_api::Status>(&out).expect("JSON"),
        status
    );
    let statistics = sample::statistics(now(), 7);
    let out = Daemon::saying(&statistics).print(&["stats", "--json"]);
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
    assert_eq!(
        serde_json::from_str::<flowswitch_api::Statistics>(&out).expect("JSON"),
        statistics
    );
}

#[test]
fn long_names_are_wrapped_and_escape_sequences_shown() {
    let mut status = sample::status(now());
    let name = format!("\u{1b}[2J{}", "very-long-name-".repeat(12));
    status.clusters[0].servers[0].name.clone_from(&name);
    status.clusters[0].name.clone_from(&name);
    status.clusters[0].servers[0].why = "\u{9b}31m\u{202e}".to_owned();
    status.device.why = format!("\u{7}{}", "why ".repeat(100));
    let daemon = Daemon::saying(&status);
    for arguments in [
        vec!["status"],
        vec!["status", "--why"],
        vec!["status", "--json"],
    ] {
        let (code, out, _) = daemon.run(&arguments);
        assert_eq!(code, Some(0));
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!out.contains(acts), "{out:?}");
        let json = arguments.contains(&"--json");
        assert!(
            json || out.lines().all(|line| line.chars().count() <= 100),
            "{out}"
        );
        if json {
            let status: Value = serde_json::from_str(&out).expect("JSON");
            assert_eq!(status["clusters"][0]["name"], *name);
        }
    }
}

const STATS: &str = include_str!("golden/stats.txt");

#[test]
fn stats_shows_counters() {
    let out = Daemon::saying(&sample::statistics(now(), 10)).print(&["stats"]);
    assert_eq!(trimmed(&out), STATS, "{out}");
}

/// A daemon whose counters are a second older at each question.
fn counting() -> Daemon {
    let asked = std::sync::atomic::AtomicU64::new(100);
    Daemon::new(move |request, stream| {
        if request.line == "GET /v1/status" {
            say(stream, &sample::status(now()));
        } else {
            let seconds = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            say(stream, &sample::statistics(1_700_000_000_000, seconds));
        }
    })
}

const RATES: &str = include_str!("golden/rates.txt");

#[test]
fn rates_are_what_passed_in_a_second() {
    let arguments = ["stats", "--rate", "--interval", "100ms"];
    let out = counting().print(&arguments);
    assert_eq!(trimmed(&out), RATES, "{out}");
    let out = counting().print(&[&arguments[..], &["--json"]].concat());
    assert!(
        out.starts_with("{\n  \"format\": 1,\n  \"interval_ms\": 1000,"),
        "{out}"
    );
    let rates: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(rates["servers"][0]["to"]["frames_per_s"], 1_000.0);
    assert_eq!(rates["ports"][0]["dropped_per_s"], 3.0);
}

#[test]
fn a_clock_that_stands_gives_no_rates() {
    let daemon = Daemon::saying(&sample::statistics(now(), 10));
    let (status, _, error) = daemon.run(&["stats", "--rate", "--interval", "100ms"]);
    assert_eq!(status, Some(1));
    assert!(error.contains("clock"), "{error}");
}

#[test]
fn top_prints_one_screen() {
    let out = counting().print(&["top", "--once", "--interval", "100ms"]);
    assert_eq!(out.lines().count(), 40);
    for part in [
        "cluster web",
        "cluster mail: ALL DOWN (sorry)",
        "1.0 M",
        "no-service",
        "links DOWN: 2",
    ] {
        assert!(out.contains(part), "{part} in\n{out}");
    }
    let (status, _, error) = counting().run(&["top"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("--once"), "{error}");
}

fn flow(index: u32, left_ticks: Option<u32>) -> Flow {
    Flow {
        index,
        server: "s210".to_owned(),
        state: "established".to_owned(),
        left_ticks,
        fingerprint: "00abcdef01".to_owned(),
    }
}

const FLOWS: &str = include_str!("golden/flows.txt");

#[test]
fn flows_are_asked_for_until_there_are_enough() {
    let daemon = Daemon::new(|request, stream| {
        let first = !request.line.contains("from=");
        let list = FlowList {
            format: FORMAT,
            live: 9,
            flows: if first {
                vec![flow(4, Some(9))]
            } else {
                vec![flow(70_000, None)]
            },
            next: Some(if first { 70_000 } else { 70_001 }),
        };
        say(stream, &list);
    });
    let out = daemon.print(&[
        "flows",
        "--server",
        "s 210",
        "--state",
        "established",
        "--limit",
        "2",
    ]);
    assert_eq!(trimmed(&out), FLOWS, "{out}");
    let asked = daemon.asked();
    let lines: Vec<&str> = asked.iter().map(|request| &*request.line).collect();
    let expected = [
        "GET /v1/flows?server=s+210&state=established&limit=2",
        "GET /v1/flows?server=s+210&state=established&limit=1&from=70000",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_list_of_flows_that_makes_no_way_ends() {
    let daemon = Daemon::saying(&FlowList {
        format: FORMAT,
        live: 9,
        flows: Vec::new(),
        next: Some(5),
    });
    let out = daemon.print(&["flows"]);
    assert_eq!(out, "0 flows of 9 live; the list goes on with --from 5\n");
    assert_eq!(daemon.asked().len(), 2);
}

fn event(sequence: u64) -> Event {
    Event {
        format: FORMAT,
        sequence,
        unix_ms: 1_700_000_000_000,
        kind: EventKind::Server {
            cluster: "web".to_owned(),
            server: "\u{1b}[31m\u{9b}s210".to_owned(),
            operational: Operational::Down,
            why: "no answer".to_owned(),
        },
    }
}

/// A daemon that tells of two events and ends.
fn eventful() -> Daemon {
    Daemon::new(|_, stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n",
        );
        for sequence in 1..=2 {
            let event = serde_json::to_string(&event(sequence)).expect("JSON");
            let _ = stream.write_all(format!("{event}\n").as_bytes());
        }
    })
}

#[test]
fn events_come_as_json_lines() {
    let (status, out, error) = eventful().run(&["monitor"]);
    assert_eq!(status, Some(1));
    assert!(error.contains("ended the stream of events"), "{error}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].starts_with(r#"{"format":1,"sequence":1,"#),
        "{out}"
    );
    assert!(
        lines[0].contains(r"\u001b[31m\u009bs210") && !out.contains(['\u{1b}', '\u{9b}']),
        "{out:?}"
    );
    let events: Result<Vec<Event>, _> = lines
        .iter()
        .map(|line| serde_json::from_str(line))
        .collect();
    assert_eq!(events.expect("events"), [event(1), event(2)]);
    let (status, out, _) = eventful().run(&["monitor", "--count", "1"]);
    assert_eq!((status, out.lines().count()), (Some(0), 1));
}

#[test]
fn a_card_is_read_without_a_daemon() {
    let (status, out, error) = flowswitch(&["status", "--device", "sim", "--json"]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
    let card: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (&card["links"][3], &card["members"]),
        (&true.into(), &serde_json::json!([]))
    );
    let (status, out, error) = flowswitch(&["flows", "--device", "sim"]);
    assert_eq!(
        (status, error.as_str(), out.as_str()),
        (Some(0), "", "0 flows of 0 live\n")
    );
    let (status, _, error) = flowswitch(&["flows", "--device", "sim", "--server", "s1"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("no server `s1`"), "{error}");
}

#[test]
fn the_book_shows_what_is_printed() {
    let book = include_str!("../../../docs/src/commands.md");
    for printed in [STATUS, WHY, STATS, RATES, FLOWS] {
        assert!(
            book.contains(printed),
            "the page of commands lacks\n{printed}"
        );
    }
}
