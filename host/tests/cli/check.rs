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
        error.contains("none.toml") && error.contains("`flowswitch check --example`"),
        "{error}"
    );
    let folder_itself = folder.path().display().to_string();
    let (status, _, error) = flowswitch(&["check", "--config", &folder_itself]);
    assert_eq!(status, Some(2));
    assert!(error.contains("it is a folder"), "{error}");
    let binary = write(folder.path(), "b.toml", b"a\n\xff")
        .display()
        .to_string();
    let (status, _, error) = flowswitch(&["check", "--config", &binary]);
    assert_eq!(status, Some(2));
    assert!(error.contains("line 2"), "{error}");
}

#[test]
fn the_example_is_a_valid_configuration() {
    let (status, out, error) = flowswitch(&["check", "--example"]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write(folder.path(), "my.toml", out).display().to_string();
    let (status, _, error) = flowswitch(&["check", "--config", &file]);
    assert_eq!((status, error.as_str()), (Some(0), ""));
    assert_eq!(flowswitch(&["check"]).0, Some(2));
    // By a pipe as well.
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_flowswitch"))
        .args(["check", "--config", "-"])
        .stdin(std::fs::File::open(&file).expect("the file"))
        .output()
        .expect("the binary was built for this test");
    assert_eq!(output.status.code(), Some(0));
}

/// A cluster with an address and a server of its own.
fn cluster(number: usize, address: usize) -> String {
    let [high, low] = [number >> 8, number & 255];
    format!(
        "[[cluster]]\nname = \"c{number}\"\naddresses = [\"10.1.{}.{}\"]\nvirtual_mac = \"02:00:5e:00:{high:02x}:{low:02x}\"\n\
         services = [\"tcp/80\"]\n[[cluster.server]]\nname = \"s{number}\"\nmac = \"02:00:00:00:{high:02x}:{low:02x}\"\nport = 1\n",
        address >> 8,
        address & 255
    )
}

#[test]
fn many_errors_are_found_at_once_and_not_all_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |text: String| {
        let file = write(folder.path(), "c.toml", text).display().to_string();
        let began = std::time::Instant::now();
        let (status, out, _) = flowswitch(&["check", "--json", "--config", &file]);
        assert_eq!(status, Some(2));
        let took = began.elapsed();
        assert!(took < std::time::Duration::from_secs(10), "{took:?}");
        let result: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        let errors = result["errors"].as_array().expect("errors").clone();
        let left_out = result["left_out"].as_u64().expect("a count");
        (errors, left_out)
    };
    let switch = "[switch]\nports = 2\n".to_owned();
    // Each with each other, were they compared: some 1,000 clusters at one address.
    let many: String = (0..1_000).map(|number| cluster(number, 1)).collect();
    let (errors, left_out) = check(switch.clone() + &many);
    assert!((1..=3).contains(&errors.len()), "{errors:?}");
    let message = errors[0]["message"].as_str().expect("a message");
    assert_eq!((message, left_out), ("more than 64 clusters", 0));
    // As many as fit.
    let few: String = (0..60).map(|number| cluster(number, 1)).collect();
    let (errors, left_out) = check(switch.clone() + &few);
    assert_eq!(errors.len(), 100);
    assert!(left_out > 0);
    // Each key is wrong.
    let keys: String = (0..20_000)
        .map(|number| format!("k{number} = 1\n"))
        .collect();
    let (errors, left_out) = check(keys + &switch);
    assert_eq!((errors.len(), left_out > 19_000), (100, true));
    let list: Vec<String> = (1..=4_000).map(|vlan| vlan.to_string()).collect();
    let vlans = format!("[[port]]\nid = 0\nvlans = [{}]\n", list.join(", "));
    let (errors, _) = check(switch + &vlans);
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[test]
fn what_is_too_long_for_a_configuration() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("#{}\n[switch]\nports = 2\n", "x".repeat(1 << 20));
    let file = write(folder.path(), "c.toml", text).display().to_string();
    let (status, _, error) = flowswitch(&["check", "--config", &file]);
    assert_eq!(status, Some(2));
    assert!(error.contains("more than 1 MiB"), "{error}");
    // What has no end is not read to it.
    let (status, _, error) = flowswitch(&["check", "--config", "/dev/zero"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("more than 1 MiB"), "{error}");
    let named = |name: String| cluster(1, 1).replace("\"c1\"", &format!("\"{name}\""));
    for (length, valid) in [(63, 0), (64, 2)] {
        let text = format!("[switch]\nports = 2\n{}", named("n".repeat(length)));
        let file = write(folder.path(), "c.toml", text).display().to_string();
        let (status, _, error) = flowswitch(&["check", "--config", &file]);
        assert_eq!(status, Some(valid), "{error}");
    }
}

#[test]
fn addresses_that_no_station_has() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (address, why) in [
        ("::ffff:10.0.0.1", "an IPv4 address in the form of IPv6"),
        ("240.0.0.1", "reserved"),
    ] {
        let text = format!("[switch]\nports = 2\n{}", cluster(1, 1)).replace("10.1.0.1", address);
        let file = write(folder.path(), "c.toml", text).display().to_string();
        let (status, _, error) = flowswitch(&["check", "--config", &file]);
        assert_eq!(status, Some(2), "{address}");
        assert!(error.contains(why), "{error}");
    }
}
