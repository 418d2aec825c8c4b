//! The process: its socket, its signals, its end.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flowswitch_api::DeviceState;
use flowswitch_api::client::Client;

use super::rig::{THIRD, config, folder, write_config};

/// A guard against hanging.
const LONG: Duration = Duration::from_secs(120);

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a daemon says that does not begin, in one line, and its status.
fn ended(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).replace('│', " ");
    let words: Vec<&str> = said.split_whitespace().collect();
    (output.status.code(), words.join(" "))
}

/// A daemon with a socket and a state folder of its own.
fn daemon_at(folder: &std::path::Path, socket: &str, state: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowswitch"));
    command.current_dir(folder).args([
        "daemon",
        "--config",
        "config.toml",
        "--device",
        "sim",
        "--metrics",
        "off",
        "--socket",
        socket,
        "--state",
        state,
    ]);
    command.env_remove("NOTIFY_SOCKET");
    command
}

fn daemon(folder: &std::path::Path, more: &[&str]) -> Command {
    let device: &[&str] = if more.contains(&"--device") {
        &[]
    } else {
        &["--device", "sim"]
    };
    let metrics: &[&str] = if more.contains(&"--metrics") {
        &[]
    } else {
        &["--metrics", "off"]
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowswitch"));
    command
        .current_dir(folder)
        .args(["daemon", "--config", "config.toml"])
        .args(device)
        .args(["--socket", "api.sock", "--state", "state"])
        .args(metrics)
        .args(more)
        .env_remove("NOTIFY_SOCKET")
        .stderr(Stdio::piped());
    command
}

fn signal(process: &Process, name: &str) {
    let id = process.0.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status();
    assert!(sent.unwrap().success());
}

fn wait<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn from_start_to_end() {
    let folder = folder(&config(""));
    let socket = folder.path().join("api.sock");
    // What another left behind is replaced.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let mut process = Process(daemon(folder.path(), &[]).spawn().unwrap());
    let client = || Client::new(&socket).ok();
    let attached = |client: &Client| {
        let status = client.status().ok()?;
        (status.device.state == DeviceState::Attached).then_some(status)
    };
    let status = wait(|| attached(&client()?));
    assert_eq!(status.clusters[0].servers.len(), 2);
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);

    // The same state folder, whatever the socket: it says who has it, and leaves no socket.
    let id = process.0.id().to_string();
    let second = daemon_at(folder.path(), "other.sock", "state");
    let (status, said) = ended(second);
    assert_eq!(status, Some(2), "{said}");
    for part in [
        "state folder state is in use",
        &format!("process {id} "),
        "--config",
        "--state",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!folder.path().join("other.sock").exists());
    // The same socket.
    let (status, said) = ended(daemon_at(folder.path(), "api.sock", "state2"));
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("api.sock already"), "{said}");
    assert!(attached(&client().unwrap()).is_some(), "the first lives on");

    write_config(folder.path(), &config(THIRD));
    signal(&process, "HUP");
    wait(|| {
        let status = attached(&client()?)?;
        (status.clusters[0].servers.len() == 3).then_some(())
    });
    signal(&process, "TERM");
    let ended = process.0.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn wrong_use() {
    let folder = folder(&config(""));
    for (more, status, words) in [
        (&["--tap", "tap0"][..], 2, "PORT=NAME"),
        (
            &["--tap", "9=x", "--device", "socket:nowhere"],
            2,
            "--device sim",
        ),
        (&["--tap", "7=tap0"], 2, "ports 0 to 3"),
        (
            &["--tap", "1=tap-of-too-long-a-name"],
            2,
            "tap-of-too-long-a-name",
        ),
        (&["--metrics", "0.0.0.0:9532"], 2, "loopback"),
        (&["--metrics", "nine"], 2, "ADDRESS:PORT"),
        (&["--socket-group", "nobody-is-in-this-group"], 2, "group"),
    ] {
        let output = daemon(folder.path(), more).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{more:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(words), "{said}");
    }
    write_config(folder.path(), "[switch]\nports = 99\n");
    let output = daemon(folder.path(), &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("config.toml"), "{said}");
    std::fs::remove_file(folder.path().join("config.toml")).unwrap();
    let (status, said) = ended(daemon(folder.path(), &[]));
    assert_eq!(status, Some(2), "{said}");
    for part in ["config.toml", "`flowswitch check --example`"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}
