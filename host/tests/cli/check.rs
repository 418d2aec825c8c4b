//! `flowswitch check` as a user meets it.

use crate::command::{flowswitch, write};

const FIG2: &str = include_str!("../../examples/fig2.toml");

#[test]
fn a_valid_file_is_summed_up_with_its_notes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = FIG2.replace("mode = \"balance\"", "mode = \"availability\"");
    let file = write(folder.path(), "c.toml", text);
    let (status, out, _) = flowswitch(&["check", "--config", &file.display().to_string()]);
    assert_eq!(status, Some(0));
    assert!(
        out.contains(
            "valid; 8 ports, 8 logical ports, 1 clusters, 2 addresses, 14 services, 5 servers, 3 routers, 1544 buckets"
        ),
        "{out}"
    );
    assert!(
        out.contains("note: cluster.web.mode: load is balanced"),
        "{out}"
    );
}

#[test]
fn the_other_examples_are_valid() {
    let examples = [
        ("one-armed", 5),
        ("one-armed-one-vlan", 2),
        ("vpn-gateways", 4),
        ("least-load", 4),
        ("from-ipvsadm", 4),
        ("from-keepalived", 4),
    ];
    for (example, ports) in examples {
        let file = format!("{}/examples/{example}.toml", env!("CARGO_MANIFEST_DIR"));
        let (status, out, error) = flowswitch(&["check", "--config", &file, "--json"]);
        assert_eq!((status, error.as_str()), (Some(0), ""));
        let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(
            (&json["valid"], &json["logical_ports"]),
            (&true.into(), &ports.into())
        );
        assert_eq!(json["notes"], serde_json::json!([]));
    }
}

#[test]
fn an_error_points_into_the_file_and_names_the_remedy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write(
        folder.path(),
        "c.toml",
        FIG2.replace("virtual_mac =", "virtual_mca ="),
    );
    let name = file.display().to_string();
    let (status, out, error) = flowswitch(&["check", "--config", &name]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    for part in [
        "unknown key `virtual_mca`",
        "c.toml:28:1",
        "did you mean `virtual_mac`?",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let (status, out, _) = flowswitch(&["check", "--config", &name, "--json"]);
    assert_eq!(status, Some(2));
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (&json["valid"], &json["errors"][0]["line"]),
        (&false.into(), &28.into())
    );
}

#[test]
fn what_is_no_text_file_is_wrong_input() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = folder.path().join("none.toml").display().to_string();
    let (status, _, error) = flowswitch(&["check", "--config", &missing]);
    assert_eq!(status, Some(2));
    assert!(
        error.contains("none.toml") && error.contains("help:"),
        "{error}"
    );
    let binary = write(folder.path(), "b.toml", b"a\n\xff")
        .display()
        .to_string();
    let (status, _, error) = flowswitch(&["check", "--config", &binary]);
    assert_eq!(status, Some(2));
    assert!(error.contains("line 2"), "{error}");
}
