//! The commands that work on a card, on a simulated one.

use serde_json::Value;

use crate::command::{flowswitch, write};

/// Two ports: the smallest card there is, and so the quickest to test.
const SMALL: &str = r#"
[switch]
ports = 2

[[port]]
id = 0
role = "router"

[[cluster]]
name = "web"
addresses = ["198.51.100.10"]
virtual_mac = "02:00:5e:00:33:10"
services = ["tcp/443"]

  [[cluster.server]]
  name = "s1"
  mac = "02:00:00:00:33:11"
  port = 1

  [[cluster.server]]
  name = "s2"
  mac = "02:00:00:00:33:12"
  port = 1
"#;

fn json(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).expect("JSON");
    assert!(text.starts_with("{\n  \"format\": 1,"), "{text}");
    value
}

#[test]
fn a_device_that_has_no_name_is_told_of_the_three_forms() {
    let (status, _, error) = flowswitch(&["device", "info", "--device", "pci"]);
    assert_eq!(status, Some(2));
    for form in ["`sim`", "vfio:0000:01:00.0", "`socket:PATH`"] {
        assert!(error.contains(form), "{form} in {error}");
    }
}

#[test]
fn a_card_that_is_not_there_is_told_with_the_remedy() {
    for device in ["vfio:ffff:1f:1f.7", "socket:/nowhere/card.sock"] {
        let (status, out, error) = flowswitch(&["doctor", "--device", device]);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{error}");
        assert!(error.len() > 40, "{error}");
    }
}

#[test]
fn clearing_wants_a_yes_before_anything_is_opened() {
    let (status, _, error) = flowswitch(&["device", "clear", "--device", "socket:/nowhere"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("--yes"), "{error}");
}

#[test]
fn registers_are_found_by_name_and_misspelt_ones_by_the_nearest() {
    let (status, out, _) = flowswitch(&["reg", "list", "--json"]);
    assert_eq!(status, Some(0));
    let listed = json(&out);
    let named = |name: &str| {
        let registers = listed["registers"].as_array().expect("a list");
        registers.iter().any(|register| register["name"] == name)
    };
    assert!(
        named("forwarding") && named("host.rx.tail") && named("port[2]"),
        "{out}"
    );
    let misspelt = ["reg", "read", "forwarding.fdb_ege", "--device", "sim"];
    let (status, _, error) = flowswitch(&misspelt);
    assert_eq!(status, Some(2));
    assert!(
        error.contains("did you mean `forwarding.fdb_age`?"),
        "{error}"
    );
    let (status, out, _) = flowswitch(&["reg", "read", "forwarding.fdb_age", "--device", "sim"]);
    assert_eq!(
        (status, out.as_str()),
        (Some(0), "forwarding.fdb_age = 0x117 (279)\n")
    );
    let read_only = ["reg", "write", "version.major", "4", "--device", "sim"];
    let (status, _, error) = flowswitch(&read_only);
    assert_eq!(status, Some(2), "{error}");
}

#[test]
fn a_misspelt_table_is_told_of_the_nearest() {
    let (status, _, error) = flowswitch(&["table", "dump", "servise", "--device", "sim"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("did you mean `service`?"), "{error}");
}

#[test]
fn an_untouched_card_differs_and_applying_says_what_was_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write(folder.path(), "c.toml", SMALL).display().to_string();
    let (status, out, error) = flowswitch(&["diff", "--config", &file, "--device", "sim"]);
    assert_eq!((status, error.as_str()), (Some(1), ""));
    assert!(
        out.contains("Service 0") && out.contains("bucket 0"),
        "{out}"
    );
    let apply = ["apply", "--config", &file, "--device", "sim", "--json"];
    let (status, out, error) = flowswitch(&apply);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let applied = json(&out);
    assert_eq!(applied["written"]["buckets"], 256);
    assert_eq!(applied["unchanged"], false);
    let verify = [
        "table", "verify", "service", "--config", &file, "--device", "sim",
    ];
    let (status, out, _) = flowswitch(&verify);
    assert_eq!(status, Some(1));
    assert!(out.contains("service: 1 differences"), "{out}");
}

#[test]
fn a_wrong_configuration_is_told_with_its_line_before_a_card_is_opened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = SMALL.replace("port = 1", "port = 7");
    let file = write(folder.path(), "c.toml", text).display().to_string();
    let (status, _, error) =
        flowswitch(&["apply", "--config", &file, "--device", "socket:/nowhere"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("c.toml:19"), "{error}");
}

#[test]
fn a_simulated_card_is_healthy_and_says_what_it_is() {
    let (status, out, error) = flowswitch(&["doctor", "--device", "sim", "--json"]);
    let report = json(&out);
    assert_eq!(
        (status, report["healthy"].as_bool()),
        (Some(0), Some(true)),
        "{out}{error}"
    );
    assert_eq!(
        (&report["failed"], &report["skipped"]),
        (&0.into(), &0.into()),
        "{out}"
    );
    let findings = report["findings"].as_array().expect("a list");
    let passed = |check: &str| {
        findings
            .iter()
            .any(|f| f["check"] == check && f["outcome"] == "pass")
    };
    for check in [
        "memory member",
        "clock",
        "interrupts",
        "DMA to card",
        "DMA to host",
        "leaves by 0",
    ] {
        assert!(passed(check), "{check} in {out}");
    }
}

#[test]
fn an_injected_frame_leaves_and_one_for_no_port_is_refused() {
    let frame = "0180c200000e 020000000001 88b5 00";
    let inject = [
        "inject", "--device", "sim", "--port", "1", "--hex", frame, "--count", "3", "--json",
    ];
    let (status, out, error) = flowswitch(&inject);
    assert_eq!((status, error.as_str()), (Some(0), ""), "{out}");
    let result = json(&out);
    assert_eq!(
        (&result["fetched"], &result["sent"]),
        (&3.into(), &3.into()),
        "{out}"
    );
    let (status, _, error) =
        flowswitch(&["inject", "--device", "sim", "--port", "4", "--hex", frame]);
    assert_eq!(status, Some(2));
    assert!(error.contains("0 to 3"), "{error}");
}

#[test]
fn a_capture_ends_when_its_time_is_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("out.pcap").display().to_string();
    let capture = [
        "capture",
        "--device",
        "sim",
        "--duration",
        "20us",
        "--output",
        &file,
        "--json",
    ];
    let (status, out, error) = flowswitch(&capture);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    assert_eq!(json(&out)["frames"], 0);
    let pcap = std::fs::read(&file).expect("the capture");
    assert_eq!(
        (pcap.len(), &pcap[..4]),
        (24, [0x4d, 0x3c, 0xb2, 0xa1].as_slice())
    );
}
