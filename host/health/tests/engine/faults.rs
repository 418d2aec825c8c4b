//! What goes wrong on the prober's own side says nothing about servers.

use flowswitch_health::{Check, Kind, Result};

use crate::network::{Network, SECOND, check, station, target};

const TCP: Kind = Kind::Tcp { port: 80 };

fn checked() -> Network {
    let mut network = Network::new();
    network.server(10, 3, None);
    network.configure(vec![target(10, 3, vec![check(TCP), check(Kind::Icmp)])]);
    network.run(4 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    network
}

#[test]
fn a_full_ring_fails_no_server() {
    let mut network = checked();
    let before = network.prober.statistics();
    let end = network.now + 10 * SECOND;
    while network.now < end {
        let next = network.prober.poll(network.now, &mut |_, _| false);
        assert!(next > network.now);
        network.now = next;
    }
    let statistics = network.prober.statistics();
    assert_eq!(statistics.failed, before.failed);
    assert!(statistics.abandoned > before.abandoned + 10);
    assert!(statistics.ring_full > 100);
    assert_eq!(network.report(10).result, Result::Up);
    network.run(2 * SECOND);
    assert!(network.prober.statistics().passed > statistics.passed);
    assert_eq!(network.prober.statistics().failed, before.failed);
}

#[test]
fn a_ring_that_is_full_for_a_moment_loses_nothing() {
    let mut network = checked();
    let before = network.prober.statistics();
    let end = network.now + 2 * SECOND;
    let mut turn = 0;
    while network.now < end {
        // Every second frame is refused the first time.
        let mut frames = Vec::new();
        let next = network.prober.poll(network.now, &mut |port, frame| {
            turn += 1;
            let taken = turn % 2 == 0;
            if taken {
                frames.push((port, frame.to_vec()));
            }
            taken
        });
        for (_, frame) in frames {
            for answer in network.servers[0].take(network.now, &frame) {
                network.prober.receive(network.now, 3, &answer);
            }
        }
        network.now = next.max(network.now + 1);
    }
    let statistics = network.prober.statistics();
    assert!(statistics.ring_full > 3);
    assert_eq!(
        (statistics.failed, statistics.frames_lost),
        (before.failed, 0)
    );
    assert!(statistics.passed >= before.passed + 3);
}

#[test]
fn clocks_that_jump_and_callers_that_sleep_fail_no_server() {
    let mut network = checked();
    let failed = network.prober.statistics().failed;
    for jump in [3_600 * SECOND, 0, 5, 86_400 * SECOND, 1, u64::MAX / 2] {
        // In the middle of a probe, whose answer is on its way.
        let mut frames = Vec::new();
        while frames.is_empty() {
            network.now = network.prober.poll(network.now, &mut |_, frame| {
                frames.push(frame.to_vec());
                true
            });
        }
        network.now = jump;
        for frame in frames {
            for answer in network.servers[0].take(network.now, &frame) {
                network.prober.receive(network.now, 3, &answer);
            }
        }
        network.run(3 * SECOND);
        assert_eq!(network.report(10).result, Result::Up);
        assert!(network.report(10).since_ns <= network.now);
    }
    assert_eq!(network.prober.statistics().failed, failed);
    assert_eq!(network.changes.len(), 1, "{:?}", network.changes);
    // A sleep is no secret, though.
    assert!(network.prober.statistics().lateness.longest_us > 1_000_000);
}

#[test]
fn another_address_of_the_station_begins_probes_anew() {
    let mut network = checked();
    let mut other = station();
    other.addresses[0] = "192.31.65.6".parse().unwrap();
    network.prober.set_station(other);
    let failed = network.prober.statistics().failed;
    network.run(4 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    // The server's stack asks for the new address before its first echo.
    assert!(network.prober.statistics().failed <= failed + 2);
    let (_, frame) = network.sent.last().unwrap();
    assert_eq!(frame[26..30], [192, 31, 65, 6]);
}

#[test]
fn without_an_address_of_the_family_the_reason_is_told() {
    let mut network = Network::new();
    let mut lame = station();
    lame.addresses.truncate(1);
    network.prober.set_station(lame);
    let six = Check {
        address: Some("2001:db8:65::1".parse().unwrap()),
        ..check(TCP)
    };
    network.configure(vec![target(10, 3, vec![six])]);
    network.run(3 * SECOND);
    let report = network.report(10);
    assert_eq!(report.result, Result::Down);
    assert!(report.why.contains("[host] has no address"), "{report:?}");
}

#[test]
fn an_answer_that_comes_too_late_leaves_no_connection_half_open() {
    let mut network = checked();
    let mut answers = Vec::new();
    while answers.is_empty() {
        let mut frames = Vec::new();
        network.now = network.prober.poll(network.now, &mut |_, frame| {
            frames.push(frame.to_vec());
            true
        });
        for frame in frames {
            let is_syn = frame[23] == 6 && frame[14 + 20 + 13] == 2;
            for answer in network.servers[0].take(network.now, &frame) {
                if is_syn {
                    answers.push(answer);
                } else {
                    network.prober.receive(network.now, 3, &answer);
                }
            }
        }
    }
    assert_eq!(network.servers[0].half_open(), 1);
    // Its time runs out; the RST of the time-out is lost on its way.
    let end = network.now + SECOND / 2;
    while network.now < end {
        network.now = network.prober.poll(network.now, &mut |_, _| true);
    }
    assert_eq!(network.servers[0].half_open(), 1);
    network.prober.receive(network.now, 3, &answers[0]);
    network.run(0);
    assert_eq!(network.servers[0].half_open(), 0);
}
