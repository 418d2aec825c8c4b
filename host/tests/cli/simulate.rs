//! `flowswitch simulate` on the model card: what comes out, byte for byte, and what is refused.

use std::path::Path;

use crate::command::{flowswitch, write};
use flowswitch_sim::pcap::{self, Record, Writer};

/// Port 0 leads to clients, ports 1 and 2 to a server each.
pub const CONFIG: &str = r#"
[switch]
ports = 3
unknown = "drop"

[[port]]
id = 0
name = "uplink"

[[cluster]]
name = "dns"
addresses = ["192.0.2.1"]
virtual_mac = "02:00:5e:00:00:01"
services = ["udp/53"]

  [[cluster.server]]
  name = "one"
  mac = "02:00:00:00:00:11"
  port = 1

  [[cluster.server]]
  name = "two"
  mac = "02:00:00:00:00:12"
  port = 2
  state = "maintenance"
"#;

/// A query of 198.51.100.7 to the cluster, from byte 12 on, 60 bytes in all.
const QUERY: &str = "0800 4500 002e 0000 4000 4011 0000 c633 6407 c000 0201 1234 0035 001a 0000
                     0001 0203 0405 0607 0809 0a0b 0c0d 0e0f 1011";
/// What the card says of the cluster, from byte 12 on.
const ANNOUNCEMENT: &str =
    "0806 0001 0800 0604 0001 0200 5e00 0001 c000 0201 0000 0000 0000 c000 0201
                            0000 0000 0000 0000 0000 0000 0000 0000 0000";
const VIRTUAL_MAC: &str = "0200 5e00 0001";
const CLIENT_MAC: &str = "0200 0000 0099";

pub fn frame(parts: &[&str]) -> Vec<u8> {
    let digits: Vec<u8> = parts
        .concat()
        .bytes()
        .filter(u8::is_ascii_hexdigit)
        .collect();
    let byte =
        |pair: &[u8]| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("hexadecimal");
    digits.chunks(2).map(byte).collect()
}

pub fn query() -> Vec<u8> {
    frame(&[VIRTUAL_MAC, CLIENT_MAC, QUERY])
}

pub fn capture(records: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).expect("memory");
    for (at_ns, data) in records {
        writer.write(*at_ns, data).expect("memory");
    }
    writer.finish().expect("memory")
}

/// Runs captures of port 0 through the model and gives status, report and errors.
fn simulate(
    folder: &Path,
    records: &[(u64, Vec<u8>)],
    more: &[&str],
) -> (Option<i32>, String, String) {
    let config = write(folder, "c.toml", CONFIG).display().to_string();
    let input = format!(
        "uplink={}",
        write(folder, "in.pcap", capture(records)).display()
    );
    let output = folder.join("out").display().to_string();
    let mut arguments = vec![
        "simulate", "--card", "model", "--config", &config, "--input", &input, "--output", &output,
        "--json",
    ];
    arguments.extend(more);
    flowswitch(&arguments)
}

pub fn written(folder: &Path, name: &str) -> Vec<Record> {
    pcap::read_file(&folder.join("out").join(name))
        .expect(name)
        .records
}

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn only_the_destination_mac_changes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let (status, out, error) = simulate(folder, &[(5, query())], &[]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let sent = written(folder, "port1.pcap");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].data, frame(&["0200 0000 0011", CLIENT_MAC, QUERY]));
    for empty in ["port2.pcap", "host.pcap"] {
        assert_eq!(written(folder, empty), []);
    }
    // The card announces the address to whom it is not a server, at first when it is set up.
    let announced = written(folder, "port0.pcap");
    let announcement = frame(&["ffff ffff ffff", VIRTUAL_MAC, ANNOUNCEMENT]);
    assert!(!announced.is_empty() && announced.iter().all(|record| record.data == announcement));
    let announcements = announced.len() as u64;
    assert!(
        out.starts_with("{\n  \"format\": 1,\n  \"card\": \"model\","),
        "{out}"
    );
    let report = json(&out);
    assert_eq!(
        report,
        json(&std::fs::read_to_string(folder.join("out/report.json")).expect("a report"))
    );
    let counts = [
        "frames_in",
        "injected",
        "generated",
        "copies",
        "frames_out",
        "to_host",
        "consumed",
        "in_flight",
    ];
    assert_eq!(
        counts.map(|name| report[name].as_u64()),
        [1, 0, announcements, 0, 1 + announcements, 0, 0, 0].map(Some)
    );
    assert_eq!(
        report["address_resolution"],
        serde_json::json!({
            "answered": 0, "swallowed": 0, "conflicts": 0, "announcements": announcements
        })
    );
    assert_eq!(
        report["servers"]["one"],
        serde_json::json!({
            "in_packets": 1, "out_packets": 0, "in_bytes": 60, "out_bytes": 0
        })
    );
    assert_eq!(report["servers"]["two"]["in_packets"], 0);
    assert_eq!(report["ports"][0]["rx_bytes"], 60);
    assert_eq!(
        report["drops"].as_object().map(serde_json::Map::len),
        Some(21)
    );
    assert_eq!(
        report["flows"],
        serde_json::json!({
            "live": 1, "inserted": 1, "removed": 0, "refused": 0, "reassigned": 0, "restarted": 0,
            "conflicts": 0, "orphan_fragments": 0, "servers": { "one": 1, "two": 0 }
        })
    );
    // 81 ns at the default clock; the stamp is the departure's.
    let clocks = report["latency_clocks"]["min"].as_u64().expect("a latency");
    assert!((1..=28).contains(&clocks), "{clocks}");
    assert!(
        (clocks * 3..=clocks * 4).contains(&sent[0].at_ns),
        "{}",
        sent[0].at_ns
    );
}

#[test]
fn an_answer_comes_out_of_the_port_that_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    // 192.0.2.7 asks for the cluster, in VLAN 5 with priority 3, and then claims to be it.
    let asks =
        "8100 6005 0806 0001 0800 0604 0001 0200 0000 0099 c000 0207 0000 0000 0000 c000 0201
                0000 0000 0000 0000 0000 0000 0000 0000 0000";
    let claims = "0806 0001 0800 0604 0002 0200 0000 0099 c000 0201 0200 0000 0011 c000 0201
                  0000 0000 0000 0000 0000 0000 0000 0000 0000";
    let records = [asks, claims].map(|rest| (0, frame(&["ffff ffff ffff", CLIENT_MAC, rest])));
    let (status, out, error) = simulate(folder, &records, &[]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let answer =
        "8100 6005 0806 0001 0800 0604 0002 0200 5e00 0001 c000 0201 0200 0000 0099 c000 0207
                  0000 0000 0000 0000 0000 0000 0000 0000 0000";
    let answer = frame(&[CLIENT_MAC, VIRTUAL_MAC, answer]);
    let sent = written(folder, "port0.pcap");
    let broadcast = [0xff; 6];
    let answers: Vec<_> = sent
        .iter()
        .filter(|record| !record.data.starts_with(&broadcast))
        .collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].data, answer);
    let report = json(&out);
    assert_eq!(report["address_resolution"]["answered"], 1);
    assert_eq!(report["address_resolution"]["conflicts"], 1);
    assert_eq!(
        (&report["consumed"], &report["drops"]["address-conflict"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn short_frames_are_padded_and_giants_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut giant = query();
    giant.resize(9_601, 0);
    let (status, out, _) = simulate(
        folder.path(),
        &[(0, query()[..46].to_vec()), (0, giant)],
        &[],
    );
    assert_eq!(status, Some(0));
    let sent = written(folder.path(), "port1.pcap");
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].data.len(), &sent[0].data[46..]),
        (60, &[0; 14][..])
    );
    let report = json(&out);
    assert_eq!(
        (&report["drops"]["giant"], &report["drops"]["runt"]),
        (&1.into(), &0.into())
    );
    assert_eq!(report["ports"][0]["rx_bytes"], 9_661);
}

#[test]
fn flows_stay_when_servers_are_set_anew() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let times = [0, 2_000_000, 4_000_000, 6_000_000].map(|at_ns| (at_ns, query()));
    let events = [
        "--pace",
        "capture",
        "--at",
        "1ms=server-ready:two",
        "--at",
        "1ms=server-drain:one",
        "--at",
        "3ms=server-weight:one:0",
        "--at",
        "5ms=server-flush:one",
    ];
    let (status, out, error) = simulate(folder, &times, &events);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    // The flow stays with the server that drains, then has no share at all, until it is forgotten there.
    let sent = |port: u8| {
        let records = written(folder, &format!("port{port}.pcap"));
        records
            .iter()
            .map(|record| record.at_ns / 1_000_000)
            .collect::<Vec<_>>()
    };
    assert_eq!(sent(1), [0, 2, 4]);
    assert_eq!(sent(2), [6]);
    let flows = &json(&out)["flows"];
    let counts = ["live", "inserted", "removed", "reassigned"].map(|name| flows[name].as_u64());
    assert_eq!(counts, [1, 2, 1, 0].map(Some));
    assert_eq!(flows["servers"], serde_json::json!({ "one": 0, "two": 1 }));
    let config = folder.join("c.toml").display().to_string();
    let input = format!("uplink={}", folder.join("in.pcap").display());
    let output = folder.join("text").display().to_string();
    let arguments = [
        "simulate", "--card", "model", "--config", &config, "--input", &input, "--output", &output,
    ];
    let (_, text, _) = flowswitch(&arguments);
    for row in ["live", "inserted", "removed", "refused", "live at one"] {
        assert!(
            text.lines().any(|line| line.trim().starts_with(row)),
            "{row} in {text}"
        );
    }
}

#[test]
fn events_act_between_frames() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let times = [1_000, 2_001_000, 4_001_000, 6_001_000].map(|at_ns| (at_ns, query()));
    let events = [
        "--at",
        "3ms=link-down:1",
        "--at",
        "1ms=server-up:two",
        "--at",
        "5ms=server-down:two",
    ];
    let (status, out, error) = simulate(
        folder.path(),
        &times,
        &[&["--pace", "capture"], &events[..]].concat(),
    );
    assert_eq!((status, error.as_str()), (Some(0), ""));
    // With both servers up the flow is where its bucket says; after the loss of port 1 it is with the other.
    let (one, two) = (
        written(folder.path(), "port1.pcap"),
        written(folder.path(), "port2.pcap"),
    );
    assert_eq!(one.len() + two.len(), 3);
    assert!(one[0].at_ns < 1_000, "the first packet is time 0");
    assert!(one.iter().all(|record| record.at_ns < 3_000_000));
    assert!(
        two.iter()
            .any(|record| (4_000_000..4_001_000).contains(&record.at_ns))
    );
    assert_eq!(json(&out)["drops"]["no-server"], 1);
}

#[test]
fn wrong_input_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    let config = write(path, "c.toml", CONFIG).display().to_string();
    let good = write(path, "good.pcap", capture(&[(0, query())]))
        .display()
        .to_string();
    let mut cooked = capture(&[]);
    cooked[20] = 113;
    let cooked = write(path, "cooked.pcap", cooked).display().to_string();
    let cut = capture(&[(0, query()), (0, query())]);
    let cut = write(path, "cut.pcap", &cut[..cut.len() - 1])
        .display()
        .to_string();
    let text = write(path, "text.pcap", "no capture").display().to_string();
    let output = path.join("out").display().to_string();
    let cases: [(&[&str], &[&str]); 16] = [
        (
            &[&format!("0={cooked}")],
            &["cooked.pcap", "link type 113 (LINUX_SLL)", "Ethernet"],
        ),
        (
            &[&format!("0={cut}")],
            &["cut.pcap", "in the middle of record 2"],
        ),
        (
            &[&format!("0={text}")],
            &["text.pcap", "not a capture file"],
        ),
        (
            &["0=none.pcap"],
            &["none.pcap", "cannot be read", "there is no such file"],
        ),
        (&[&format!("3={good}")], &["no port \"3\"", "0 to 2"]),
        (
            &[&format!("uplnik={good}")],
            &["no port \"uplnik\"", "did you mean `uplink`?", "0 to 2"],
        ),
        (
            &[&format!("0={good}"), "--at", "3ms=link-up:uplimk"],
            &["no port \"uplimk\"", "did you mean `uplink`?"],
        ),
        (
            &[&format!("0={good}"), "--at", "3ms=server-flsh"],
            &["unknown event \"server-flsh\"", "`server-flush`"],
        ),
        (&[&good], &["not PORT=FILE"]),
        (
            &[&format!("0={good}"), "--input", &format!("uplink={good}")],
            &["port 0 has an input already"],
        ),
        (
            &[&format!("0={good}"), "--at", "3=link-down:1"],
            &["\"3\" is not a time", "1.5ms"],
        ),
        (
            &[&format!("0={good}"), "--at", "9000h=link-down:1"],
            &["\"9000h\" is too late", "366 days"],
        ),
        (
            &[&format!("0={good}"), "--at", "3ms=link-donw:1"],
            &["unknown event", "`link-down`"],
        ),
        (
            &[&format!("0={good}"), "--at", "3ms=server-up:oen"],
            &["no server \"oen\"", "`one`"],
        ),
        (
            &[&format!("0={good}"), "--at", "3ms=link-up:3"],
            &["no port \"3\""],
        ),
        (&[&format!("0={good}"), "--clock-mhz", "0"], &["1 to 1000"]),
    ];
    for (input, parts) in cases {
        let arguments = [
            "simulate", "--card", "model", "--config", &config, "--output", &output, "--input",
        ];
        let (status, out, error) = flowswitch(&[&arguments, input].concat());
        assert_eq!((status, out.as_str()), (Some(2), ""), "{error}");
        let error = error
            .split_whitespace()
            .filter(|word| *word != "│")
            .collect::<Vec<_>>()
            .join(" ");
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(!path.join("out").exists());
    }
}

#[test]
fn a_broken_configuration_is_reported_as_by_check() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = write(
        folder.path(),
        "c.toml",
        CONFIG.replace("port = 2", "port = 3"),
    )
    .display()
    .to_string();
    let output = folder.path().join("out").display().to_string();
    let arguments = [
        "simulate", "--config", &config, "--input", "0=x", "--output", &output,
    ];
    let (status, _, error) = flowswitch(&arguments);
    assert_eq!(status, Some(2));
    assert!(
        error.contains("c.toml:24:10") && error.contains("from 0 to 2"),
        "{error}"
    );
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = write(folder.path(), "c.toml", CONFIG).display().to_string();
    let capture = capture(&[(0, query())]);
    let input = write(folder.path(), "port1.pcap", &capture);
    let output = folder.path().join(".").display().to_string();
    let asked = format!("0={}", input.display());
    let arguments = [
        "simulate", "--card", "model", "--config", &config, "--input", &asked, "--output", &output,
    ];
    let (status, out, error) = flowswitch(&arguments);
    assert_eq!((status, out.as_str()), (Some(2), ""), "{error}");
    assert!(
        error.contains("port1.pcap") && error.contains("--output"),
        "{error}"
    );
    assert_eq!(std::fs::read(&input).expect("the input"), capture);
    // By another name it may lie there.
    let other = write(folder.path(), "in.pcap", &capture);
    let asked = format!("0={}", other.display());
    let arguments = [
        "simulate", "--card", "model", "--config", &config, "--input", &asked, "--output", &output,
    ];
    let (status, _, error) = flowswitch(&arguments);
    assert_eq!(status, Some(0), "{error}");
    assert_eq!(std::fs::read(&other).expect("the input"), capture);
}

#[test]
fn captures_of_ports_that_are_no_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let larger = CONFIG.replace("ports = 3", "ports = 5");
    let config = write(folder, "larger.toml", larger).display().to_string();
    let input = write(folder, "in.pcap", capture(&[(0, query())]));
    let input = format!("0={}", input.display());
    let output = folder.join("out");
    let run = |config: &str, input: &str| {
        let output = output.display().to_string();
        flowswitch(&[
            "simulate", "--card", "model", "--config", config, "--input", input, "--output",
            &output,
        ])
    };
    assert_eq!(run(&config, &input).0, Some(0));
    let there = |name: &str| output.join(name).exists();
    assert!(there("port3.pcap") && there("port4.pcap"));
    // Somebody else's, which has such a name by chance.
    write(&output, "port9.pcap", "mine");
    let config = write(folder, "c.toml", CONFIG).display().to_string();
    let (status, _, error) = run(&config, &input);
    assert_eq!(status, Some(0), "{error}");
    assert!(there("port2.pcap") && !there("port3.pcap") && !there("port4.pcap"));
    assert!(error.contains("port9.pcap was there before"), "{error}");
    assert_eq!(
        std::fs::read(output.join("port9.pcap")).expect("it stays"),
        b"mine"
    );
    let left: Vec<_> = std::fs::read_dir(&output)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[test]
fn what_is_read_stays_though_an_earlier_run_wrote_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let larger = CONFIG.replace("ports = 3", "ports = 5");
    let larger = write(folder, "larger.toml", larger).display().to_string();
    let config = write(folder, "c.toml", CONFIG).display().to_string();
    let input = write(folder, "in.pcap", capture(&[(0, query())]));
    let output = folder.join("out").display().to_string();
    let before = folder.join("out/port4.pcap");
    for (config, input) in [(&larger, &input), (&config, &before)] {
        let input = format!("0={}", input.display());
        let (status, _, error) = flowswitch(&[
            "simulate", "--card", "model", "--config", config, "--input", &input, "--output",
            &output,
        ]);
        assert_eq!(status, Some(0), "{error}");
    }
    assert!(before.exists());
}

#[test]
fn a_pipe_that_cannot_be_kept_names_the_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = write(folder.path(), "c.toml", CONFIG).display().to_string();
    let output = folder.path().join("out").display().to_string();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_flowswitch"))
        .args(["simulate", "--card", "model", "--config", &config])
        .args(["--input", "0=/dev/stdin", "--output", &output])
        .env("TMPDIR", "/nowhere/at/all")
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdin.take());
    let ended = child.wait_with_output().expect("it ends");
    let error = String::from_utf8_lossy(&ended.stderr).replace('│', " ");
    let words: Vec<&str> = error.split_whitespace().collect();
    let error = words.join(" ");
    assert_eq!(ended.status.code(), Some(2), "{error}");
    for part in ["/dev/stdin", "/nowhere/at/all", "set TMPDIR"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(!error.contains("tcpdump"), "{error}");
}
