//! The client and the server, each path once, over a real socket.

mod support;

use std::os::unix::fs::PermissionsExt;

use flowswitch_api::client::{Client, ClientError};
use flowswitch_api::server::Limits;
use flowswitch_api::{
    Administrative, ApplyRequest, ConfigurationText, EventKind, FORMAT, FlowQuery, TraceRequest,
};
use support::{Daemon, values};

fn apply() -> ApplyRequest {
    ApplyRequest {
        format: FORMAT,
        file: Some("new.toml".into()),
        text: "[switch]\n\"é\" = 1".into(),
        dry_run: true,
        confirm_timeout_ms: Some(60_000),
        yes: false,
    }
}

#[test]
fn every_path_brings_what_the_card_answers() {
    let daemon = Daemon::new();
    let client = daemon.client();
    let text = ConfigurationText {
        format: FORMAT,
        file: None,
        text: "a = 1".into(),
    };
    let query = FlowQuery {
        server: Some("s 1&x=é".into()),
        state: Some("established".into()),
        limit: Some(10_000),
        from: Some(5),
    };
    let frame = TraceRequest {
        frame: "00".repeat(60),
        port: "uplink".into(),
    };
    assert_eq!(client.status().unwrap(), values::status());
    assert_eq!(client.statistics().unwrap(), values::statistics());
    assert_eq!(client.configuration().unwrap(), values::configuration());
    assert_eq!(client.check(&text).unwrap(), values::checked());
    assert_eq!(client.diff(&text).unwrap(), values::differences());
    assert_eq!(client.apply(&apply()).unwrap(), values::applied());
    assert_eq!(client.confirm().unwrap(), values::applied());
    assert_eq!(client.undo().unwrap(), values::applied());
    let state = Administrative::Maintenance;
    assert_eq!(client.set_server("s1", state).unwrap(), values::status());
    assert_eq!(client.set_router("r1", state).unwrap(), values::status());
    assert_eq!(client.flows(&query).unwrap(), values::flows());
    assert_eq!(client.trace(&frame).unwrap(), values::trace());
    let asked = daemon.asked.lock().unwrap().clone();
    let expected = [
        "status".to_owned(),
        "statistics".to_owned(),
        "configuration".to_owned(),
        format!("check {text:?}"),
        format!("diff {text:?}"),
        format!("apply {:?}", apply()),
        "confirm".to_owned(),
        "undo".to_owned(),
        "server s1 maintenance".to_owned(),
        "router r1 maintenance".to_owned(),
        format!("flows {query:?}"),
        format!("trace {frame:?}"),
    ];
    assert_eq!(asked, expected);
    let woken = daemon.woken.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(woken, expected.len() as u64);
}

#[test]
fn names_of_any_letters_arrive_as_they_were_sent() {
    let daemon = Daemon::new();
    let client = daemon.client();
    for name in ["a b", "a/b", "é%2f?#", "{name}", "..."] {
        let error = client.set_server(name, Administrative::Ready).unwrap_err();
        let ClientError::Api(error) = error else {
            panic!("{name:?}: {error:?}")
        };
        assert_eq!(error.status, 404, "{name:?}: {error:?}");
        assert_eq!(error.message, format!("there is no `{name}`"));
    }
    for name in ["", ".", "..", "a\nb"] {
        let error = client.set_router(name, Administrative::Ready).unwrap_err();
        assert_eq!(error, ClientError::Name { name: name.into() });
    }
}

#[test]
fn events_come_as_they_happen_until_the_daemon_ends() {
    let mut daemon = Daemon::new();
    let mut events = daemon.client().events().unwrap();
    for number in 1..=3 {
        daemon.events.send(values::event(number)).unwrap();
        assert_eq!(events.next().unwrap().unwrap(), values::event(number));
    }
    daemon.stop();
    assert!(events.next().is_none());
    assert!(events.next().is_none());
}

#[test]
fn a_reader_that_was_too_slow_is_told_what_it_missed() {
    let daemon = Daemon::new();
    let mut events = daemon.client().events().unwrap();
    // Many times what the sockets, the server's and the client's buffers can hold.
    let sent = 200_000;
    for number in 1..=sent {
        daemon.events.send(values::event(number)).unwrap();
    }
    let (mut expected, mut lost) = (1, 0);
    while expected <= sent {
        let event = events.next().unwrap().unwrap();
        if let EventKind::Refused { count, .. } = event.kind {
            expected += count;
            lost += count;
            assert_eq!(event.sequence, expected - 1);
        } else {
            assert_eq!(event, values::event(expected));
            expected += 1;
        }
    }
    assert!(lost > 0);
    let (_, page) = daemon.scrape("/metrics");
    assert!(
        page.contains(&format!("flowswitch_api_events_lost_total {lost}\n")),
        "{page}"
    );
}

#[test]
fn a_client_without_a_daemon_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("none.sock");
    let client = Client::new(&socket).unwrap();
    let error = client.status().unwrap_err();
    assert_eq!(error, ClientError::NoSocket { socket });
    assert!(error.remedy().contains("systemctl status flowswitch"));

    let socket = folder.path().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let error = Client::new(&socket).unwrap().status().unwrap_err();
    assert_eq!(error, ClientError::NotListening { socket });
}

#[test]
fn answers_of_others_are_not_believed() {
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().unwrap();
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"format\":2}",
            "format 2",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "missing field",
        ),
        ("HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\nbad", "502"),
        (
            "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
            "302",
        ),
        ("SSH-2.0-OpenSSH\r\n", "closed the connection"),
        ("", "closed the connection"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"format\":1",
            "closed the connection",
        ),
    ] {
        let socket = folder.path().join("x.sock");
        let _ = std::fs::remove_file(&socket);
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let error = Client::new(&socket).unwrap().status().unwrap_err();
        assert!(error.to_string().contains(expected), "{answer:?}: {error}");
        assert!(!error.remedy().is_empty());
        other.join().unwrap();
    }
}

#[test]
fn what_the_card_does_not_answer_in_time_is_refused() {
    let limits = Limits {
        ask: std::time::Duration::from_millis(50),
        ..Limits::default()
    };
    // Keeps what it is asked, and never answers.
    let daemon = Daemon::answering(limits, std::mem::forget);
    let Err(ClientError::Api(error)) = daemon.client().statistics() else {
        panic!()
    };
    assert_eq!(error.status, 503);
    let ending = Daemon::answering(Limits::default(), drop);
    let Err(ClientError::Api(error)) = ending.client().statistics() else {
        panic!()
    };
    assert!(error.status == 503 && error.message.contains("ending"));
}

#[test]
fn the_socket_is_for_its_owner_and_group() {
    let daemon = Daemon::new();
    let mode = std::fs::metadata(&daemon.socket)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o660);
    let left: Vec<_> = std::fs::read_dir(daemon.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
