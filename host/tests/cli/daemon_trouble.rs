//! Daemons that are not there, refuse, or say what no daemon would.

use std::io::Write;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowswitch_api::{ApiError, Problem};

use crate::command::{flowswitch, write};
use crate::mock::{Daemon, send};
use crate::sample;

/// Commands that ask the daemon one thing each.
const ALL: [&[&str]; 8] = [
    &["status"],
    &["stats"],
    &["flows"],
    &["server", "drain", "s210"],
    &["confirm"],
    &["save"],
    &["monitor"],
    &["top", "--once"],
];

#[test]
fn no_daemon_is_told_with_the_remedy() {
    for command in ALL {
        let (status, out, error) =
            flowswitch(&[command, &["--socket", "/nowhere/api.sock"]].concat());
        assert_eq!((status, out.as_str()), (Some(1), ""), "{command:?}");
        for part in [
            "/nowhere/api.sock",
            "systemctl status flowswitch",
            "--socket",
        ] {
            // Lines are broken where the terminal ends.
            let words = error
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .replace("│ ", "");
            assert!(words.contains(part), "{part} in {words}");
        }
    }
}

#[test]
fn a_socket_that_nobody_listens_at() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let socket = folder.path().join("api.sock");
    drop(UnixListener::bind(&socket).expect("a socket"));
    let socket = socket.display().to_string();
    let (status, _, error) = flowswitch(&["status", "--socket", &socket]);
    assert_eq!(status, Some(1));
    assert!(error.contains("no daemon listens"), "{error}");
}

#[test]
fn the_environment_names_the_socket_and_the_option_goes_before() {
    let daemon = Daemon::saying(&sample::status(1_700_000_000_000));
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_flowswitch"))
            .args(arguments)
            .env("FLOWSWITCH_SOCKET", daemon.socket())
            .output()
            .expect("the binary was built for this test");
        output.status.code()
    };
    assert_eq!(run(&["status"]), Some(0));
    assert_eq!(run(&["status", "--socket", "/nowhere"]), Some(1));
    // It does not stand in the way of a card.
    assert_eq!(run(&["flows", "--device", "socket:/nowhere"]), Some(1));
    assert_eq!(
        run(&["flows", "--device", "sim", "--socket", "/nowhere"]),
        Some(2)
    );
    assert_eq!(daemon.asked().len(), 1);
}

#[test]
fn refusals_are_told_with_their_remedy_and_status() {
    for (http, code) in [(400, 2), (404, 2), (413, 2), (409, 1), (500, 1), (503, 1)] {
        let error = ApiError::new(http, format!("reason {http}\u{1b}[2J"), "do it \u{7}so");
        let daemon = Daemon::refusing(&error);
        for command in ALL {
            let (status, out, told) = daemon.run(command);
            assert_eq!(
                (status, out.as_str()),
                (Some(code), ""),
                "{command:?}: {told}"
            );
            assert!(
                told.contains(&format!("reason {http}\\u{{1b}}[2J")),
                "{told}"
            );
            assert!(told.contains("help: do it \\u{7}so"), "{told}");
        }
    }
}

#[test]
fn problems_of_a_configuration_are_shown_in_its_text() {
    let mut error = ApiError::new(400, "2 errors in the configuration", "mend them");
    let problem = |line, column, message: &str| Problem {
        file: "/somewhere/else.toml".to_owned(),
        line,
        column,
        message: message.to_owned(),
        remedy: "use a number".to_owned(),
    };
    error.problems = vec![
        problem(2, 1, "no such key"),
        problem(999, 999, "beyond \u{1b}the end"),
    ];
    let daemon = Daemon::refusing(&error);
    let file = write(daemon.folder(), "my.toml", "[switch]\nprots = 8\n")
        .display()
        .to_string();
    for command in ["apply", "diff"] {
        let (status, out, told) = daemon.run(&[command, "--config", &file]);
        assert_eq!((status, out.as_str()), (Some(2), ""));
        for part in [
            "no such key",
            "my.toml:2:1",
            "prots = 8",
            "help: use a number",
            "beyond \\u{1b}the end",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}

#[test]
fn what_is_no_answer_of_a_daemon() {
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "<html>",
        "{\"format\":1",
        "{\"format\":1}",
        "{\"format\":1,\"version\":7}",
        "{\"format\":-1}",
        "\u{1b}[2J",
    ];
    for http in [200, 500] {
        for body in bodies {
            let daemon = Daemon::new(move |_, stream| send(stream, http, body));
            for command in ALL {
                // An empty stream of events is one that ended.
                let (status, out, told) = daemon.run(command);
                assert_eq!(
                    (status, out.as_str()),
                    (Some(1), ""),
                    "{command:?} {body}: {told}"
                );
                assert!(
                    told.contains("help:") && !told.contains("\u{1b}[2J"),
                    "{told:?}"
                );
            }
        }
    }
    let deep = format!("{{\"format\":1,\"clusters\":{}", "[".repeat(1_000_000));
    let daemon = Daemon::new(move |_, stream| send(stream, 200, &deep));
    assert_eq!(daemon.run(&["status"]).0, Some(1));
}

#[test]
fn another_version_of_the_format_is_told() {
    let mut status = sample::status(1_700_000_000_000);
    status.format = 2;
    let daemon = Daemon::saying(&status);
    for command in ALL {
        let (code, out, told) = daemon.run(command);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{command:?}");
        assert!(told.contains("speaks format 2"), "{told}");
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    for (command, limit) in [("status", 65 << 20), ("monitor", 2 << 20)] {
        let sent = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&sent);
        let daemon = Daemon::new(move |_, stream| {
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"format\":1,\"version\":\"",
            );
            let block = [b'a'; 1 << 16];
            while stream.write_all(&block).is_ok() {
                counted.fetch_add(block.len() as u64, Ordering::SeqCst);
            }
        });
        let (status, out, told) = daemon.run(&[command]);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{told}");
        let sent = sent.load(Ordering::SeqCst);
        assert!(sent < limit + (4 << 20), "{command} read {sent} bytes");
    }
}

#[test]
fn a_daemon_that_hangs_up() {
    let daemon = Daemon::new(|_, _| {});
    for command in ALL {
        let (status, out, told) = daemon.run(command);
        assert_eq!((status, out.as_str()), (Some(1), ""), "{command:?}");
        assert!(told.contains("closed the connection"), "{told}");
    }
}
