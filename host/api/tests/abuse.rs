//! Clients that are slow, many, rude or strangers. After each of them a normal client is answered.

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flowswitch_api::client::ClientError;
use flowswitch_api::server::Limits;
use flowswitch_api::{Administrative, path};
use support::{Daemon, GUARD, parts, rest, values};

const ASK: &[u8] = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";

/// Limits that are met soon.
fn strict() -> Limits {
    Limits {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        write: Duration::from_millis(300),
        wait: Duration::from_secs(30),
        ..Limits::default()
    }
}

/// The value of a metric.
fn metric(daemon: &Daemon, name: &str) -> u64 {
    let (status, page) = daemon.scrape("/metrics");
    assert_eq!(status, 200);
    let line = page
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    line.and_then(|line| line.rsplit(' ').next())
        .and_then(|value| value.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {page}"))
}

/// The same as soon as it is as many: the page is a second old at most.
fn reaches(daemon: &Daemon, name: &str, least: u64) {
    let begun = Instant::now();
    while metric(daemon, name) < least {
        assert!(begun.elapsed() < GUARD, "{name} stays below {least}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Bytes of memory of this process, in which the server runs.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[test]
fn heads_and_bodies_that_drip_are_cut_off() {
    let daemon = Daemon::with(strict());
    let heads: [&[u8]; 4] = [
        b"",
        b"GET /v1/sta",
        b"GET /v1/status HTTP/1.1\r\nX-Slow: 1",
        b"GET /v1/status HTTP/1.1\r\nHost: x\r\n",
    ];
    // More than are served at once: they only make others wait.
    let mut slow: Vec<_> = (0..100).map(|_| daemon.connect()).collect();
    for (index, stream) in slow.iter_mut().enumerate() {
        stream.write_all(heads[index % heads.len()]).unwrap();
    }
    daemon.is_well();
    for stream in &mut slow {
        let (status, _) = parts(&rest(stream));
        assert_eq!(status, 0);
    }
    let post = b"POST /v1/configuration/check HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"format\"";
    let mut stream = daemon.connect();
    stream.write_all(post).unwrap();
    let (status, body) = parts(&rest(&mut stream));
    assert_eq!(status, 408, "{body}");
    // A byte every 50 ms is as slow.
    let mut stream = daemon.connect();
    let dripped = (0..1_000).take_while(|_| {
        std::thread::sleep(Duration::from_millis(50));
        stream.write_all(b"G").is_ok()
    });
    assert!(dripped.count() < 1_000);
    reaches(&daemon, "flowswitch_api_connections_broken_total", 50);
    daemon.is_well();
}

#[test]
fn further_connections_than_have_a_place_are_closed_and_counted() {
    let daemon = Daemon::with(Limits {
        connections: 4,
        waiting: 8,
        head: GUARD,
        ..Limits::default()
    });
    // Those that are served, and say nothing.
    let mut idle: Vec<_> = (0..12).map(|_| daemon.connect()).collect();
    reaches(&daemon, "flowswitch_api_connections", 4);
    let mut further: Vec<_> = (0..300).map(|_| daemon.connect()).collect();
    for stream in &mut further {
        assert_eq!(rest(stream), "");
    }
    reaches(&daemon, "flowswitch_api_connections_refused_total", 300);
    // One that goes makes a place for one that waits, and its answer says that it cannot keep it.
    drop(idle.drain(..4));
    let mut waiting = idle.remove(0);
    waiting.write_all(ASK).unwrap();
    let answer = support::first(&mut waiting);
    assert_eq!(parts(&answer).0, 200, "{answer}");
    drop(idle);
    drop(waiting);
    daemon.is_well();
}

#[test]
fn a_client_that_keeps_its_connection_makes_room_for_those_that_wait() {
    let daemon = Daemon::with(Limits {
        connections: 1,
        waiting: 4,
        ..Limits::default()
    });
    let mut first = daemon.connect();
    first.write_all(ASK).unwrap();
    let kept = support::first(&mut first);
    assert!(!kept.to_lowercase().contains("connection: close"), "{kept}");
    let mut second = daemon.connect();
    second.write_all(ASK).unwrap();
    // The second one has a place among those that wait once the listener's queue was emptied.
    let begun = Instant::now();
    loop {
        if first.write_all(ASK).is_err() {
            break;
        }
        let answer = support::first(&mut first);
        if answer.is_empty() || answer.to_lowercase().contains("connection: close") {
            break;
        }
        assert!(begun.elapsed() < GUARD, "it keeps its place");
    }
    assert_eq!(parts(&support::first(&mut second)).0, 200);
}

#[test]
fn half_closed_and_reset_connections_leave_nothing_behind() {
    let daemon = Daemon::with(strict());
    for round in 0..200 {
        let mut stream = daemon.connect();
        let length = (round * 7) % ASK.len();
        stream.write_all(&ASK[..length]).unwrap();
        if round % 2 == 0 {
            stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!(parts(&rest(&mut stream)).0, 0);
        }
    }
    // Those who do not wait for their answer.
    for _ in 0..200 {
        daemon.connect().write_all(ASK).unwrap();
    }
    let begun = Instant::now();
    while metric(&daemon, "flowswitch_api_connections") > 0 {
        assert!(begun.elapsed() < GUARD, "connections stay");
        std::thread::sleep(Duration::from_millis(100));
    }
    daemon.is_well();
}

#[test]
fn a_pipeline_that_is_never_read_is_cut_off() {
    let daemon = Daemon::with(strict());
    let before = memory();
    let mut stream = daemon.connect();
    let many = ASK.repeat(1_000);
    // The server takes no more than it can answer, then gives up.
    let sent = (0..10_000).take_while(|_| stream.write_all(&many).is_ok());
    assert!(sent.count() < 10_000);
    let grown = memory().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more");
    daemon.is_well();
    reaches(&daemon, "flowswitch_api_connections_broken_total", 1);
}

#[test]
fn a_reader_of_events_that_never_reads_is_closed() {
    let daemon = Daemon::with(Limits {
        readers: 2,
        ..strict()
    });
    let before = memory();
    let ask = b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut deaf = daemon.connect();
    deaf.write_all(ask).unwrap();
    // Its answer has begun, so it is a reader.
    assert!(deaf.read(&mut [0; 16]).unwrap() > 0);
    let good = daemon.client().events().unwrap();
    let Err(ClientError::Api(error)) = daemon.client().events() else {
        panic!("a third reader")
    };
    assert_eq!(error.status, 503);
    // The good one reads all the time.
    let reading = std::thread::spawn(move || good.map_while(Result::ok).count());
    let begun = Instant::now();
    let mut number = 0;
    while metric(&daemon, "flowswitch_api_connections_broken_total") == 0 {
        for _ in 0..10_000 {
            number += 1;
            daemon.events.send(values::event(number)).unwrap();
        }
        assert!(begun.elapsed() < GUARD, "it is not closed");
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more");
    daemon.is_well();
    // Its place is free again.
    let another = daemon.client().events().unwrap();
    drop(another);
    drop(daemon);
    assert!(reading.join().unwrap() > 0);
}

#[test]
fn scrapers_in_a_loop_do_not_slow_the_card() {
    let daemon = Daemon::new();
    let begun = Instant::now();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scrapers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut scraped = 0_u32;
                    while !over.load(Ordering::Relaxed) {
                        assert_eq!(daemon.scrape("/metrics").0, 200);
                        // One that goes away in the middle.
                        let mut stream = TcpStream::connect(daemon.metrics).unwrap();
                        stream
                            .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
                            .unwrap();
                        scraped += 1;
                    }
                    scraped
                })
            })
            .collect();
        let client = daemon.client();
        for _ in 0..200 {
            client.set_server("s1", Administrative::Ready).unwrap();
        }
        over.store(true, Ordering::Relaxed);
        let scraped: u32 = scrapers.into_iter().map(|one| one.join().unwrap()).sum();
        assert!(scraped > 0);
    });
    let asked = daemon.asked.lock().unwrap().clone();
    let count = |what: &str| asked.iter().filter(|asked| *asked == what).count() as u64;
    // One reading for each second begun, and one at the beginning.
    let most = begun.elapsed().as_secs() + 2;
    assert!(
        (1..=most).contains(&count("statistics")),
        "{}",
        count("statistics")
    );
    assert_eq!(count("server s1 ready"), 200);
    daemon.is_well();
}

#[test]
fn a_stranger_is_refused_and_told_the_group() {
    if !nix::unistd::Uid::effective().is_root() {
        println!("skipped: only root can try as another user");
        return;
    }
    let daemon = Daemon::new();
    let nobody = 65_534;
    let folder = daemon.folder.path();
    let mode =
        |mode| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    std::os::unix::fs::chown(&daemon.socket, None, Some(1)).unwrap();
    // A copy that a stranger can run: the build's folder may be closed to it.
    let program = folder.join("client");
    std::fs::copy(env!("CARGO_BIN_EXE_api_latency"), &program).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let try_as = |group: u32| {
        Command::new("setpriv")
            .args([&format!("--reuid={nobody}"), &format!("--regid={group}")])
            .arg("--clear-groups")
            .arg(&program)
            .arg(&daemon.socket)
            .current_dir("/")
            .output()
            .unwrap()
    };
    let refused = try_as(nobody);
    let said = String::from_utf8_lossy(&refused.stderr);
    let group = nix::unistd::Group::from_gid(1.into())
        .unwrap()
        .unwrap()
        .name;
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("may not be used by this user"), "{said}");
    assert!(said.contains(&format!("the group `{group}`")), "{said}");
    assert!(daemon.asked.lock().unwrap().is_empty());
    let member = try_as(1);
    let said = String::from_utf8_lossy(&member.stdout);
    assert!(said.contains("2000 requests"), "{said}");
    assert_eq!(daemon.asked.lock().unwrap().len(), 2_001);
    daemon.is_well();
}

#[test]
fn hundreds_of_clients_are_all_answered() {
    let daemon = Daemon::new();
    std::thread::scope(|scope| {
        for _ in 0..300 {
            scope.spawn(|| {
                let (status, _) = daemon.request("GET", path::STATUS, "", b"");
                assert_eq!(status, 200);
            });
        }
    });
    daemon.is_well();
}
