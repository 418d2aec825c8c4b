//! `flowswitch demo` on the model card.

use crate::command::flowswitch;

#[test]
fn the_demo_loses_a_server_and_no_frame_for_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().display().to_string();
    let (status, text, error) = flowswitch(&["demo", "--card", "model", "--json", "--out", &out]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["format"], 1);
    let demo = &report["demo"];
    assert_eq!(demo["flows"], 4_000);
    let loss = &demo["server_loss"];
    // Flows of the lost server move, and none else.
    assert!(loss["flows_moved"].as_u64() > Some(100));
    assert_eq!(loss["flows_moved"], loss["moved_from_lost"]);
    assert_eq!(demo["router_loss"]["misled"], 0);
    assert!(demo["router_loss"]["readdressed"].as_u64() > Some(100));
    // While the server is away it gets nothing, and the others share its part.
    let rounds = demo["rounds"].as_array().expect("rounds");
    let frames =
        |round: usize, server: usize| rounds[round]["frames"][server].as_u64().expect("a count");
    assert!((20..36).all(|round| frames(round, 2) == 0));
    assert!(frames(19, 2) > 0 && frames(36, 2) > 0);
    for name in ["port0.pcap", "host.pcap", "input7.pcap", "report.json"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
    let plot = std::fs::read_to_string(folder.path().join("share.svg")).expect("a plot");
    assert!(plot.starts_with("<svg") && plot.contains("s230 lost"));
}

#[test]
fn the_same_seed_gives_the_same_captures() {
    let run = || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = folder.path().display().to_string();
        let (status, text, _) = flowswitch(&["demo", "--card", "model", "--out", &out]);
        assert_eq!(status, Some(0));
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{text}");
        ["port0.pcap", "input0.pcap", "report.json"]
            .map(|name| std::fs::read(folder.path().join(name)).expect(name))
    };
    assert_eq!(run(), run());
}
