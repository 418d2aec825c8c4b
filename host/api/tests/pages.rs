//! What is written about the API and its metrics is what the daemon does.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use flowswitch_api::{EventKind, path, server};
use support::{Daemon, values};

const API: &str = include_str!("../../../docs/src/api.md");
const METRICS: &str = include_str!("../../../docs/src/metrics.md");

/// Methods and paths of the description.
fn described() -> BTreeSet<(String, String)> {
    let description: serde_json::Value = serde_json::from_str(server::description()).unwrap();
    let mut all = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            all.insert((method.to_uppercase(), path.clone()));
        }
    }
    all
}

#[test]
fn the_checked_in_description_is_that_of_the_code() {
    assert!(
        include_str!("../openapi.json") == server::description(),
        "host/api/openapi.json is stale: cargo run --release -p flowswitch-api --bin openapi > host/api/openapi.json"
    );
    let description: serde_json::Value = serde_json::from_str(server::description()).unwrap();
    assert_eq!(description["info"]["version"], server::VERSION);
    assert!(API.contains(&format!("version {})", server::VERSION)));
    let paths: BTreeSet<_> = described().into_iter().map(|(_, path)| path).collect();
    let constants = [
        path::STATUS,
        path::STATISTICS,
        path::CONFIGURATION,
        path::CHECK,
        path::DIFF,
        path::APPLY,
        path::CONFIRM,
        path::UNDO,
        path::SERVER_STATE,
        path::ROUTER_STATE,
        path::FLOWS,
        path::TRACE,
        path::EVENTS,
        path::OPENAPI,
    ];
    assert_eq!(paths, constants.map(str::to_owned).into());
    // Every reference leads somewhere.
    let text = server::description();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            description["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

#[test]
fn the_page_lists_every_path_with_its_method() {
    let listed = API.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `/v1/")?.split(" | ");
        let path = cells.next()?.trim_end_matches('`');
        Some((cells.next()?.to_owned(), format!("/v1/{path}")))
    });
    assert_eq!(listed.collect::<BTreeSet<_>>(), described());
}

/// Every example is run as it stands, and gives what its path says.
#[test]
fn the_examples_of_the_page_work() {
    let daemon = Daemon::answering(server::Limits::default(), |command| {
        use server::messages::Command;
        match command {
            Command::SetServer(name, _, reply) if name == "s210" => {
                drop(reply.send(Ok(values::status())));
            }
            Command::SetRouter(name, _, reply) if name == "r260" => {
                drop(reply.send(Ok(values::status())));
            }
            other => support::answer(other),
        }
    });
    let joined = API.replace("\\\n", " ");
    let mut asked = BTreeSet::new();
    let lines = joined
        .split("```sh\n")
        .skip(1)
        .flat_map(|block| block.split("```").next().unwrap().lines());
    for line in lines.filter(|line| line.contains("curl ")) {
        let path = line.split("http://flowswitch").nth(1).unwrap();
        let path = path.split(['\'', '?', ' ']).next().unwrap();
        asked.insert(path.replace("s210", "{name}").replace("r260", "{name}"));
        if path == path::EVENTS {
            // It would not end; the tests of the client read it.
            continue;
        }
        // What jq would make is made here: the machine may have none.
        let request = r#"{"format": 1, "file": "switch.toml", "text": "[switch]\n"}"#;
        std::fs::write(daemon.folder.path().join("request.json"), request).unwrap();
        let line = match line.split_once(" | ") {
            Some((filter, curl)) => {
                let member = filter.split(['{', '}']).nth(1).unwrap();
                let (name, value) = member.split_once(": ").unwrap();
                let more = format!("{}, \"{name}\": {value}}}", request.trim_end_matches('}'));
                format!("printf '%s' '{}' | {curl}", more.replace("\\n", "\\\\n"))
            }
            None => line.to_owned(),
        };
        let output = Command::new("sh")
            .args(["-c", &line.replace("curl ", "curl -sS --fail-with-body ")])
            .env("S", &daemon.socket)
            .current_dir(daemon.folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{line}: {said} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_str::<serde_json::Value>(&said).unwrap();
    }
    let paths: BTreeSet<_> = described().into_iter().map(|(_, path)| path).collect();
    assert_eq!(asked, paths);
    let asked = daemon.asked.lock().unwrap().join("\n");
    assert!(asked.contains("dry_run: true") && asked.contains("confirm_timeout_ms: Some(60000)"));
}

/// Families of the page: name without `_total`, kind and labels.
fn listed() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = METRICS.lines().filter_map(|line| {
        let mut cells = line
            .strip_prefix("| `flowswitch_")?
            .split('|')
            .map(str::trim);
        let name = cells.next()?.trim_end_matches('`');
        let kind = cells.next()?;
        let labels = cells
            .next()?
            .split(',')
            .map(|label| label.trim().trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        let name = format!("flowswitch_{}", name.trim_end_matches("_total"));
        Some((name, (kind.to_owned(), labels)))
    });
    rows.collect()
}

/// The same of a scraped page. `# TYPE` lines come before their series.
fn scraped(page: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut families = BTreeMap::<String, (String, BTreeSet<String>)>::new();
    let mut family = String::new();
    for line in page.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            name.clone_into(&mut family);
            let twice = families.insert(family.clone(), (kind.to_owned(), BTreeSet::new()));
            assert!(twice.is_none(), "{family} twice");
        } else if !line.starts_with('#') {
            assert!(line.starts_with(&family), "{line}");
            let labels = line
                .split_once('{')
                .map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
            for label in labels.split("\",").filter(|label| !label.is_empty()) {
                let (name, _) = label.split_once('=').unwrap();
                families.get_mut(&family).unwrap().1.insert(name.to_owned());
            }
        }
    }
    families
}

/// A page after something of everything has happened.
fn page(daemon: &Daemon) -> String {
    daemon.is_well();
    let mut refused = values::event(1);
    refused.kind = EventKind::Refused {
        what: "frames for nobody".into(),
        count: 5,
    };
    // The counter of events may begin a moment after the port listens.
    while daemon.events.receiver_count() == 0 {
        std::thread::yield_now();
    }
    daemon.events.send(refused).unwrap();
    daemon.events.send(values::event(2)).unwrap();
    let begun = std::time::Instant::now();
    loop {
        let (status, page) = daemon.scrape("/metrics");
        assert_eq!(status, 200);
        if page.contains("flowswitch_events_total{event=\"link\"} 1") {
            return page;
        }
        assert!(begun.elapsed() < support::GUARD, "{page}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

#[test]
fn the_page_lists_every_metric_with_its_labels() {
    let daemon = Daemon::new();
    assert_eq!(listed(), scraped(&page(&daemon)));
}

#[test]
fn metrics_are_what_the_card_counted() {
    let daemon = Daemon::new();
    let page = page(&daemon);
    assert!(page.ends_with("# EOF\n"));
    let check = "group=\"web\",member=\"s1\",check=\"1\",kind=\"tcp\",target=\"10.0.0.11\"";
    let port = "{port=\"0\",name=\"uplink\"}";
    for line in [
        "up 1.0".to_owned(),
        "build_info{version=\"0.1.0\"} 1.0".to_owned(),
        "start_time_seconds 1800000000.0".to_owned(),
        "device_losses_total 2".to_owned(),
        format!("port_up{port} 1.0"),
        format!("port_received_frames_total{port} 1001"),
        format!("port_transmitted_bytes_total{port} 100200"),
        format!("port_dropped_frames_total{port} 13"),
        "dropped_frames_total{reason=\"forged-source\"} 13".to_owned(),
        "live_flows 11.0".to_owned(),
        "flows_inserted_total 99".to_owned(),
        "server_transmitted_frames_total{server=\"s1\"} 501".to_owned(),
        "server_received_bytes_total{server=\"s1\"} 50200".to_owned(),
        "router_transmitted_bytes_total{router=\"r1\"} 60100".to_owned(),
        "server_operational{cluster=\"web\",server=\"s1\",state=\"up\"} 1.0".to_owned(),
        "server_operational{cluster=\"web\",server=\"s1\",state=\"down\"} 0.0".to_owned(),
        "server_administrative{cluster=\"web\",server=\"s1\",state=\"drain\"} 1.0".to_owned(),
        "server_weight{cluster=\"web\",server=\"s1\"} 5.0".to_owned(),
        "router_operational{pool=\"edge\",router=\"r1\",state=\"unknown\"} 1.0".to_owned(),
        "router_assigned_servers{pool=\"edge\",router=\"r1\"} 1.0".to_owned(),
        format!("check_passed_total{{{check}}} 70"),
        format!("check_failed_total{{{check}}} 3"),
        format!("check_duration_seconds{{{check}}} 0.0015"),
        "api_requests_total{path=\"/v1/status\",status=\"200\"} 1".to_owned(),
        "refused_total{what=\"frames for nobody\"} 5".to_owned(),
        "events_total{event=\"refused\"} 1".to_owned(),
    ] {
        let line = format!("flowswitch_{line}");
        assert!(
            page.lines().any(|one| one == line),
            "{line} is not in\n{page}"
        );
    }
    assert_eq!(daemon.scrape("/healthz").0, 200);
    assert_eq!(daemon.scrape("/").0, 404);
}

#[test]
fn a_lost_card_shows() {
    let daemon = Daemon::answering(server::Limits::default(), support::gone);
    let (status, page) = daemon.scrape("/metrics");
    assert_eq!(status, 200);
    assert!(page.contains("\nflowswitch_up 0.0\n"), "{page}");
    assert!(page.contains("\nflowswitch_device_losses_total 2\n"));
    assert!(!page.contains("flowswitch_port_received"), "{page}");
    assert_eq!(daemon.scrape("/healthz").0, 503);
}
