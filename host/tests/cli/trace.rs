//! `flowswitch trace`: against the daemon, and on a card without one.

use std::io::Write;
use std::process::{Command, Stdio};

use flowswitch_api::{ConfigurationText, FORMAT, Look, Trace, TraceRequest};

use crate::command::flowswitch;
use crate::mock::{Daemon, Request, say};

/// What the daemon of these tests says of every frame.
fn document() -> Trace {
    let look = |table: &str, index, found: &str| Look {
        table: table.to_owned(),
        index,
        found: found.to_owned(),
    };
    Trace {
        format: FORMAT,
        row: 12,
        verdict: "forward".to_owned(),
        reason: None,
        member: Some("s220".to_owned()),
        egress: vec!["s220".to_owned()],
        destination_mac: Some("02:00:00:00:02:20".to_owned()),
        source_mac: None,
        looks: vec![
            look(
                "frame",
                None,
                "tcp 198.51.100.7:40000 > 192.31.65.1:80, opens a flow",
            ),
            look("service", Some(0), "192.31.65.1 tcp/80: matches"),
            look(
                "flow",
                None,
                &"what is said at length of an entry ".repeat(6),
            ),
            // Who made the daemon say this would clear the screen.
            look("member", Some(1), "s220\u{1b}[2J: up"),
        ],
    }
}

/// A daemon with the cluster of Fig. 2.
fn daemon() -> Daemon {
    Daemon::new(|request: &Request, stream| {
        if request.line.ends_with("/v1/configuration") {
            say(
                stream,
                &ConfigurationText {
                    format: FORMAT,
                    file: None,
                    text: flowswitch::demo::CONFIG.to_owned(),
                },
            );
        } else {
            say(stream, &document());
        }
    })
}

/// The frame and port that the daemon was last asked about.
fn asked(daemon: &Daemon) -> TraceRequest {
    let asked = daemon.asked();
    let request = asked.last().expect("a request");
    assert_eq!(request.line, "POST /v1/trace");
    serde_json::from_str(&request.body).expect("a request of the API")
}

const FLOW: [&str; 3] = ["tcp", "198.51.100.7:40000", "192.31.65.1:80"];

#[test]
fn a_flow_is_asked_for_with_the_virtual_mac_of_its_address() {
    let daemon = daemon();
    let out = daemon.print(&[&["trace", "--port", "r260"][..], &FLOW].concat());
    assert!(out.contains("192.31.65.1 tcp/80: matches"), "{out}");
    assert!(!out.contains('\u{1b}'), "{out}");
    let end = "Row 12: forwarded to s220 by port s220, destination 02:00:00:00:02:20.\n";
    assert!(out.ends_with(end), "{out}");
    let request = asked(&daemon);
    assert_eq!(request.port, "r260");
    assert!(
        request.frame.starts_with("02005e006501"),
        "{}",
        request.frame
    );
    // Addresses, ports, SYN.
    for part in ["c6336407c01f4101", "9c400050", "5002"] {
        assert!(request.frame.contains(part), "{part} in {}", request.frame);
    }
    let (_, json, _) = daemon.run(&[&["trace", "--json", "--port", "r260"][..], &FLOW].concat());
    assert!(json.starts_with("{\n  \"format\": 1,"), "{json}");
    assert_eq!(
        serde_json::from_str::<Trace>(&json).expect("JSON"),
        document()
    );
}

#[test]
fn a_flow_to_no_cluster_wants_a_mac() {
    let daemon = daemon();
    let flow = ["udp", "[2001:db8::7]:1", "[2001:db8::8]:2"];
    let arguments = [&["trace", "--port", "0"][..], &flow].concat();
    let (status, _, error) = daemon.run(&arguments);
    assert_eq!(status, Some(2));
    assert!(error.contains("--destination-mac"), "{error}");
    let more = ["--destination-mac", "02:00:00:00:02:60", "--vlan", "100"];
    daemon.print(&[&arguments[..], &more].concat());
    assert!(asked(&daemon).frame[..36].ends_with("0200000000fe8100006486dd"));
}

#[test]
fn frames_come_as_digits_files_and_on_standard_input() {
    let daemon = daemon();
    daemon.print(&["trace", "--port", "0", "0180c2000002 020000000001 88b5"]);
    let padded = asked(&daemon).frame;
    assert_eq!(padded.len(), 120);
    assert!(padded.starts_with("0180c200000202000000000188b50000"));

    let file = daemon.folder().join("frames.pcap");
    let mut output = std::fs::File::create(&file).expect("a file");
    let mut capture = flowswitch_sim::pcap::Writer::new(&mut output).expect("a capture");
    for number in [1u8, 2] {
        capture.write(0, &[number; 60]).expect("a frame");
    }
    capture.finish().expect("a capture");
    let name = file.display().to_string();
    daemon.print(&["trace", "--port", "0", &name, "--frame", "2"]);
    assert_eq!(asked(&daemon).frame, "02".repeat(60));
    let (status, _, error) = daemon.run(&["trace", "--port", "0", &name, "--frame", "3"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("2 frames"), "{error}");

    let socket = daemon.socket().display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowswitch"));
    command.args(["trace", "--port", "0", "-", "--socket", &socket]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the command");
    let mut input = child.stdin.take().expect("its input");
    input
        .write_all(&std::fs::read(&file).expect("the capture"))
        .expect("it reads");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(asked(&daemon).frame, "01".repeat(60));
}

#[test]
fn wrong_words_are_told_their_remedy() {
    let cases: [(&[&str], &str); 5] = [
        (&["zz"], "hexadecimal"),
        (&["tcp", "198.51.100.7"], "PROTOCOL SOURCE DESTINATION"),
        (&["tcp", "198.51.100.7", "192.31.65.1:80"], "with a port"),
        (&["tpc", "198.51.100.7:1", "192.31.65.1:80"], "no protocol"),
        (&["esp", "198.51.100.7", "2001:db8::1"], "one family"),
    ];
    for (words, expected) in cases {
        // Nobody listens there: these are refused before anybody is asked.
        let options = ["trace", "--port", "0", "--socket", "/nowhere/api.sock"];
        let (status, _, error) = flowswitch(&[&options[..], words].concat());
        assert_eq!(status, Some(2), "{words:?}: {error}");
        let text = error.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(expected), "{words:?}: {error}");
    }
}
