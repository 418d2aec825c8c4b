//! The examples with one cable, on the model card: tags are rewritten, and in one VLAN the source too.

use std::path::Path;

use flowswitch_sim::pcap::Record;

use crate::command::flowswitch;
use crate::simulate::{capture, frame, json, written};

const VIRTUAL_MAC: &str = "0200 5e00 6501";
const ROUTER: &str = "0200 0000 0260";
/// A query of 198.51.100.7 to the cluster's tcp/80, from behind the tag on, 60 bytes in all with it.
const SEGMENT: &str =
    "0800 4500 0028 0000 4000 4006 0000 c633 6407 c01f 4101 1234 0050 0000 0000 0000 0000
                       5002 ffff 0000 0000 0000";

/// Runs frames into port 0 of an example.
fn simulate(folder: &Path, example: &str, frames: &[Vec<u8>]) -> (serde_json::Value, Vec<Record>) {
    let config = format!("{}/examples/{example}.toml", env!("CARGO_MANIFEST_DIR"));
    let records: Vec<_> = frames.iter().map(|data| (0, data.clone())).collect();
    let file = crate::command::write(folder, "in.pcap", capture(&records));
    let input = format!("0={}", file.display());
    let output = folder.join("out").display().to_string();
    let (status, out, error) = flowswitch(&[
        "simulate", "--card", "model", "--config", &config, "--input", &input, "--output", &output,
        "--json",
    ]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    (json(&out), written(folder, "port0.pcap"))
}

/// What is neither broadcast nor sent to a group.
fn unicast(records: &[Record]) -> Vec<&[u8]> {
    let unicast = records.iter().filter(|record| record.data[0] & 1 == 0);
    unicast.map(|record| record.data.as_slice()).collect()
}

#[test]
fn a_frame_gets_the_vlan_of_its_server_and_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = |last: &str| format!("0200 0000 02{last}");
    // To the cluster in VLAN 100, priority 5; the reply of a server in its own VLAN; a query in a VLAN that is nobody's.
    let frames = [
        frame(&[VIRTUAL_MAC, ROUTER, "8100 a064", SEGMENT]),
        frame(&[ROUTER, &server("20"), "8100 60dc", SEGMENT]),
        frame(&[VIRTUAL_MAC, ROUTER, "8100 0065", SEGMENT]),
        frame(&[VIRTUAL_MAC, ROUTER, SEGMENT, "0000 0000"]),
    ];
    let (report, sent) = simulate(folder.path(), "one-armed", &frames);
    let sent = unicast(&sent);
    assert_eq!(sent.len(), 2);
    let choices = [
        ("10", "8100 a0d2"),
        ("20", "8100 a0dc"),
        ("30", "8100 a0e6"),
    ];
    let choices = choices.map(|(last, tag)| frame(&[&server(last), ROUTER, tag, SEGMENT]));
    assert!(
        choices.iter().any(|choice| choice == sent[0]),
        "{:02x?}",
        sent[0]
    );
    assert_eq!(
        sent[1],
        frame(&[ROUTER, &server("20"), "8100 6064", SEGMENT])
    );
    assert_eq!(report["drops"]["vlan-filtered"], 2);
}

#[test]
fn in_one_vlan_the_source_is_the_virtual_mac() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let frames = [frame(&[VIRTUAL_MAC, ROUTER, "8100 a064", SEGMENT])];
    let (report, sent) = simulate(folder.path(), "one-armed-one-vlan", &frames);
    // Nothing is announced where servers would hear it; the free port leads to nobody's servers.
    assert_eq!(sent.len(), 1);
    assert!(report["address_resolution"]["announcements"].as_u64() > Some(0));
    let choices = ["0200 0000 0210", "0200 0000 0220"];
    let choices = choices.map(|server| frame(&[server, VIRTUAL_MAC, "8100 a064", SEGMENT]));
    assert!(choices.contains(&sent[0].data), "{:02x?}", sent[0].data);
}
