//! The unit file is one that systemd takes.

use std::path::Path;
use std::process::Command;

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/flowswitch.service");

#[test]
fn systemd_takes_it() {
    // The program need not be installed where this runs.
    let folder = tempfile::tempdir().expect("a folder");
    let unit = std::fs::read_to_string(UNIT).expect("the unit file");
    let here = env!("CARGO_BIN_EXE_flowswitch");
    let local = unit.replace("/usr/bin/flowswitch", here);
    assert_ne!(local, unit);
    let path = folder.path().join("flowswitch.service");
    std::fs::write(&path, local).expect("a copy");
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(&path)
        .output();
    match verified {
        Err(error) => println!("skipped: systemd-analyze cannot be run here: {error}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let ours: Vec<&str> = (said.lines())
                .filter(|line| line.contains("flowswitch.service"))
                .collect();
            assert_eq!(ours, Vec::<&str>::new());
        }
    }
}

#[test]
fn its_words_are_those_of_the_daemon() {
    let unit = std::fs::read_to_string(Path::new(UNIT)).expect("the unit file");
    let help = Command::new(env!("CARGO_BIN_EXE_flowswitch"))
        .args(["daemon", "--help"])
        .output()
        .expect("its help");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let start = unit.lines().find(|line| line.starts_with("ExecStart="));
    let options = unit.lines().filter(|line| line.contains("OPTIONS=--"));
    let words = start
        .into_iter()
        .chain(options)
        .flat_map(str::split_whitespace);
    let words = words.filter_map(|word| word.trim_start_matches("OPTIONS=").strip_prefix("--"));
    let words: Vec<&str> = words.collect();
    assert!(words.len() >= 3, "{words:?}");
    for word in words {
        assert!(help.contains(&format!("--{word}")), "--{word} in {help}");
    }
    for line in [
        "Type=notify",
        "StateDirectory=flowswitch",
        "RuntimeDirectory=flowswitch",
    ] {
        assert!(unit.lines().any(|other| other == line), "{line}");
    }
}
