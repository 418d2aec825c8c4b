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
fn the_demo_changes_its_tables_and_moves_no_flow() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().display().to_string();
    let (status, text, error) = flowswitch(&["demo", "--card", "model", "--json", "--out", &out]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let demo = &report["demo"];
    let changes = demo["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 7);
    for change in changes {
        assert!(change["flows_seen"].as_u64() > Some(100), "{change}");
        assert_eq!(change["moved"], change["moved_from_lost"], "{change}");
        let lost = change["what"] == "s230 lost";
        assert_eq!(change["moved"].as_u64() > Some(100), lost, "{change}");
    }
    // What moved away from the lost server stays away.
    assert_eq!(demo["server_loss"]["moved_back"], 0);
    let new = |change: usize, server: usize| changes[change]["new_flows"][server].as_u64();
    assert_eq!((new(0, 3), new(1, 3)), (Some(0), Some(0)));
    // Weights 3:1:1:0:2 of new flows, give or take.
    assert!(new(1, 0) > new(1, 4) && new(1, 4) > new(1, 1));
    let following = &demo["following"];
    for (sent, met) in [
        ("opened", "opened_answered"),
        ("fragments", "fragments_followed"),
        ("disordered", "disordered_whole"),
        ("errors", "errors_followed"),
    ] {
        assert!(following[sent].as_u64() > Some(30), "{sent}");
        assert_eq!(following[sent], following[met], "{sent}");
    }
}

#[test]
fn the_demo_answers_swallows_and_keeps_the_flows_going() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().display().to_string();
    let (status, text, error) = flowswitch(&["demo", "--card", "model", "--json", "--out", &out]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let (counted, found) = (&report["address_resolution"], &report["demo"]["addresses"]);
    // Five servers come up and one comes back, with five claims each; an outsider claims twice, in three ways.
    assert_eq!(counted["swallowed"], 30);
    assert_eq!(counted["conflicts"], 6);
    assert_eq!(
        (&found["missing"], &found["unexpected"]),
        (&0.into(), &0.into())
    );
    let answers = ["cluster_answers", "router_answers", "host_answers"];
    let answers = answers.map(|name| found[name].as_u64().expect("a count"));
    assert!(answers.iter().all(|answers| *answers >= 5));
    assert_eq!(counted["answered"], answers.iter().sum::<u64>());
    // One announcement of each address by each router's port when the card is set up.
    assert!(counted["announcements"].as_u64() >= Some(6));
    assert_eq!(counted["announcements"], found["announcements"]);
    let storm = &found["storm"];
    assert_eq!(
        (&storm["requests"], &storm["answered"]),
        (&3200.into(), &3200.into())
    );
    assert!(storm["flow_frames"].as_u64() > Some(500));
    assert_eq!(storm["flow_frames_lost"], 0);
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

#[test]
fn a_demo_that_is_interrupted_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for signal in ["INT", "TERM"] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_flowswitch"))
            .args(["demo", "--card", "model", "--out"])
            .arg(folder.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        let names = || -> Vec<String> {
            let entries = std::fs::read_dir(folder.path()).expect("a folder");
            let names = entries.map(|entry| entry.expect("an entry").file_name());
            names
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        // It has begun to write.
        let began = std::time::Instant::now();
        while names().is_empty() {
            assert!(began.elapsed() < std::time::Duration::from_secs(60));
            assert_eq!(child.try_wait().expect("a child"), None);
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        // And it has had time to listen.
        std::thread::sleep(std::time::Duration::from_millis(50));
        let sent = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status()
            .expect("a signal");
        assert!(sent.success());
        let ended = child.wait().expect("it ends");
        assert!(!ended.success());
        assert_eq!(ended.code(), None, "it ends by the signal itself");
        assert_eq!(names(), Vec::<String>::new());
    }
}
