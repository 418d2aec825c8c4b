//! The commands that have the daemon change something.

use std::os::unix::fs::{PermissionsExt, symlink};

use flowswitch_api::{
    Applied, ApplyRequest, ConfigurationText, Difference, Differences, FORMAT, Note, Unconfirmed,
    Written,
};
use serde_json::{Value, json};

use crate::command::write;
use crate::mock::{Daemon, say};
use crate::sample;

const WRITTEN: Written = Written {
    entries: 21,
    buckets: 256,
    settings: 2,
    writes: 411,
};

fn applied() -> Applied {
    Applied {
        format: FORMAT,
        dry_run: false,
        unchanged: false,
        written: WRITTEN,
        generation: 10,
        confirm_within_ms: None,
        notes: vec![Note {
            key: "cluster.web.mode".to_owned(),
            line: 12,
            text: "not yet".to_owned(),
        }],
    }
}

#[test]
fn members_are_drained_and_put_back() {
    let mut status = sample::status(1_700_000_000_000);
    let daemon = Daemon::saying(&status);
    let out = daemon.print(&["server", "drain", "s220", "s/2"]);
    let expected = "s220: drain; its health is up, 2060 live flows\n\
                    s/2: done\n\
                    not in the configuration file yet: `flowswitch save` writes it\n";
    assert_eq!(out, expected);
    let asked = daemon.asked();
    assert_eq!(asked[0].line, "PUT /v1/servers/s220/state");
    assert_eq!(asked[1].line, "PUT /v1/servers/s%2F2/state");
    let body: Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!(body, json!({"state": "drain"}));
    status.configuration.unsaved = false;
    let daemon = Daemon::saying(&status);
    let out = daemon.print(&["router", "maintenance", "r260"]);
    assert_eq!(out, "r260: ready; its health is up, 4 servers use it\n");
    let asked = daemon.asked();
    assert_eq!(asked[0].line, "PUT /v1/routers/r260/state");
    let body: Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!(body, json!({"state": "maintenance"}));
    let out = daemon.print(&["server", "ready", "s210", "--json"]);
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
}

#[test]
fn names_that_no_member_can_have_are_wrong_use() {
    let daemon = Daemon::saying(&sample::status(1_700_000_000_000));
    let (status, _, error) = daemon.run(&["server", "drain", ".."]);
    assert_eq!(status, Some(2), "{error}");
    assert!(daemon.asked().is_empty());
    let (status, _, _) = daemon.run(&["server", "drain"]);
    assert_eq!(status, Some(2));
}

#[test]
fn apply_hands_the_file_to_the_daemon() {
    let mut answer = applied();
    answer.confirm_within_ms = Some(60_000);
    let daemon = Daemon::saying(&answer);
    let file = write(daemon.folder(), "my.toml", "# ours\n")
        .display()
        .to_string();
    let out = daemon.print(&["apply", "--config", &file, "--confirm-timeout", "60s"]);
    let expected = format!(
        "{file}:12: note: cluster.web.mode: not yet\n\
         21 table entries, 256 buckets, 2 settings written by 411 register writes, generation 10\n\
         it is taken back in 60 s, unless you keep it: flowswitch confirm\n"
    );
    assert_eq!(out, expected);
    let asked = daemon.asked();
    assert_eq!(asked[0].line, "POST /v1/configuration/apply");
    let request: ApplyRequest = serde_json::from_str(&asked[0].body).expect("a request");
    let whole = std::fs::canonicalize(&file).expect("the file");
    let expected = ApplyRequest {
        format: FORMAT,
        file: Some(whole.display().to_string()),
        text: "# ours\n".to_owned(),
        dry_run: false,
        confirm_timeout_ms: Some(60_000),
        yes: false,
    };
    assert_eq!(request, expected);
    // And which file the daemon itself has.
    assert_eq!(daemon.asked()[1].line, "GET /v1/configuration");
    let out = daemon.print(&["apply", "--config", &file, "--dry-run", "--yes", "--json"]);
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
    let request: ApplyRequest = serde_json::from_str(&daemon.asked()[2].body).expect("a request");
    assert!(request.dry_run && request.yes && request.confirm_timeout_ms.is_none());
}

#[test]
fn what_the_daemon_runs_already_is_said() {
    let mut answer = applied();
    answer.unchanged = true;
    answer.notes.clear();
    let daemon = Daemon::saying(&answer);
    let file = write(daemon.folder(), "my.toml", "").display().to_string();
    let out = daemon.print(&["apply", "--config", &file]);
    assert_eq!(
        out,
        "the card runs this configuration already: nothing to write, generation 10\n"
    );
}

#[test]
fn options_of_one_way_are_refused_on_the_other() {
    let daemon = Daemon::saying(&applied());
    let file = write(daemon.folder(), "my.toml", "").display().to_string();
    let wrong: [&[&str]; 5] = [
        &["--thorough"],
        &["--device", "sim"],
        &["--confirm-timeout", "999ms"],
        &["--confirm-timeout", "61m"],
        &["--confirm-timeout", "60s", "--dry-run"],
    ];
    for arguments in wrong {
        let arguments = [&["apply", "--config", &file], arguments].concat();
        let (status, _, error) = daemon.run(&arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {error}");
    }
    assert!(daemon.asked().is_empty());
}

#[test]
fn diff_lists_keys_and_ends_with_1() {
    let same = Differences {
        format: FORMAT,
        same: true,
        differences: Vec::new(),
        would_write: Written::default(),
    };
    let daemon = Daemon::saying(&same);
    let file = write(daemon.folder(), "my.toml", "").display().to_string();
    let out = daemon.print(&["diff", "--config", &file]);
    assert_eq!(out, "the card runs this configuration\n");
    assert_eq!(daemon.asked()[0].line, "POST /v1/configuration/diff");
    let long = "long-".repeat(40);
    let differs = Differences {
        same: false,
        differences: vec![
            Difference {
                key: "cluster.web.server.s210.weight".to_owned(),
                from: Some("1".to_owned()),
                to: Some("3".to_owned()),
            },
            Difference {
                key: format!("cluster.{long}.server"),
                from: None,
                to: Some(long),
            },
        ],
        would_write: WRITTEN,
        ..same
    };
    let daemon = Daemon::saying(&differs);
    let (status, out, _) = daemon.run(&["diff", "--config", &file]);
    assert_eq!(status, Some(1));
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    let words: Vec<&str> = out.split_whitespace().collect();
    let row = ["cluster.web.server.s210.weight", "1", "3"];
    assert!(words.windows(3).any(|words| words == row), "{out}");
    assert!(
        out.ends_with("2 differences; 21 table entries, 256 buckets, 2 settings would be written by 411 register writes\n"),
        "{out}"
    );
    let (status, out, _) = daemon.run(&["diff", "--config", &file, "--json"]);
    assert_eq!(status, Some(1));
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
}

#[test]
fn what_was_applied_for_a_time_is_kept_or_taken_back() {
    let daemon = Daemon::saying(&applied());
    let out = daemon.print(&["confirm"]);
    assert_eq!(out, "the configuration is kept, generation 10\n");
    let out = daemon.print(&["undo"]);
    assert_eq!(
        out,
        "the configuration before runs again: 411 register writes, generation 10\n"
    );
    let lines: Vec<String> = daemon.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        [
            "POST /v1/configuration/confirm",
            "POST /v1/configuration/undo"
        ]
    );
    let out = daemon.print(&["confirm", "--json"]);
    assert!(out.starts_with("{\n  \"format\": 1,"), "{out}");
}

const FILE: &str =
    "# ours\n[[cluster]]\nname = \"web\"\n\n[[cluster.server]]\nname = \"a\" # first\n";
const RUNNING: &str = "# ours\n[[cluster]]\nname = \"web\"\n\n[[cluster.server]]\nname = \"a\" # first\nstate = \"drain\"\n";

/// A daemon that runs `RUNNING`, from this file.
fn running(file: Option<String>, unconfirmed: bool) -> Daemon {
    Daemon::new(move |request, stream| {
        if request.line == "GET /v1/status" {
            let mut status = sample::status(1_700_000_000_000);
            status.configuration.unconfirmed =
                unconfirmed.then_some(Unconfirmed { left_ms: 5_000 });
            say(stream, &status);
        } else if request.line == "POST /v1/configuration/apply" {
            say(stream, &applied());
        } else {
            let configuration = ConfigurationText {
                format: FORMAT,
                file: file.clone(),
                text: RUNNING.to_owned(),
            };
            say(stream, &configuration);
        }
    })
}

#[test]
fn save_writes_the_running_configuration_into_its_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write(folder.path(), "switch.toml", FILE);
    let rights = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(&file, rights).expect("rights");
    let link = folder.path().join("link.toml");
    symlink(&file, &link).expect("a link");
    let name = link.display().to_string();
    let daemon = running(Some(name.clone()), false);
    let out = daemon.print(&["save"]);
    assert_eq!(out, format!("saved to {name}\n"));
    let told = daemon.asked().pop().expect("a request");
    assert_eq!(told.line, "POST /v1/configuration/apply");
    let told: ApplyRequest = serde_json::from_str(&told.body).expect("a request");
    assert_eq!(
        (told.file, &*told.text, told.dry_run),
        (Some(name.clone()), RUNNING, false)
    );
    let there = || std::fs::read_to_string(&file).expect("the file");
    assert_eq!(there(), RUNNING);
    let mode = std::fs::metadata(&file).expect("the file").permissions();
    assert_eq!(mode.mode() & 0o777, 0o640);
    assert!(link.is_symlink());
    // What was written into the file and never applied is not overwritten without being asked to.
    let edited = format!("{FILE}weight = 3\n");
    std::fs::write(&file, &edited).expect("the file");
    let daemon = running(Some(name.clone()), false);
    let (status, _, error) = daemon.run(&["save"]);
    assert_eq!(status, Some(1));
    assert!(
        error.contains("--force") && error.contains("does not run"),
        "{error}"
    );
    assert_eq!(there(), edited);
    daemon.print(&["save", "--force"]);
    assert_eq!(there(), RUNNING);
    let left = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!(left, 2, "a temporary file was left");
}

#[test]
fn what_may_be_taken_back_is_not_saved() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write(folder.path(), "switch.toml", FILE);
    let daemon = running(Some(file.display().to_string()), true);
    let (status, _, error) = daemon.run(&["save"]);
    assert_eq!(status, Some(1));
    assert!(error.contains("flowswitch confirm"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), FILE);
}

#[test]
fn save_to_elsewhere() {
    let daemon = running(None, false);
    let (status, _, error) = daemon.run(&["save"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("--output"), "{error}");
    let (status, out, _) = daemon.run(&["save", "--output", "-"]);
    assert_eq!((status, out.as_str()), (Some(0), RUNNING));
    let file = daemon.folder().join("other.toml");
    daemon.print(&["save", "--output", &file.display().to_string()]);
    let asked = daemon.asked();
    assert!(
        asked.iter().all(|asked| asked.line.starts_with("GET ")),
        "{asked:?}"
    );
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), RUNNING);
    let (status, _, error) = daemon.run(&["save", "--output", "/proc/none/other.toml"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("/proc/none/other.toml"), "{error}");
    let relative = running(Some("switch.toml".to_owned()), false);
    let (status, _, error) = relative.run(&["save"]);
    assert_eq!(status, Some(2));
    assert!(error.contains("no whole path"), "{error}");
}
