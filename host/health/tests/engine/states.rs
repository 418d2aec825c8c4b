//! Rise and fall, links, several checks, slow start, other configurations.

use std::time::Duration;

use flowswitch_health::{Check, Kind, Result, TargetId};

use crate::network::{Network, SECOND, check, target};

const TCP: Kind = Kind::Tcp { port: 80 };

fn one_server() -> Network {
    let mut network = Network::new();
    network.server(10, 3, None);
    network
}

#[test]
fn it_falls_after_three_and_rises_after_two_faster_while_it_changes() {
    let mut network = one_server();
    network.configure(vec![target(10, 3, vec![check(TCP)])]);
    network.run(3 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    network.servers[0].silent = true;
    let (failed, since) = (network.report(10).checks[0].failed, network.now);
    while network.report(10).result == Result::Up {
        assert!(network.report(10).checks[0].streak > -3);
        network.run(SECOND / 100);
    }
    let report = network.report(10);
    assert_eq!(report.checks[0].failed, failed + 3);
    // One interval at most until the first, two fast ones, a time-out.
    assert!(report.since_ns - since <= 2_400_000_000, "{report:?}");
    assert_eq!(report.why, "tcp check failed: no connection in time");
    // Down, it is asked at the normal rate again.
    network.run(SECOND);
    let down = network.report(10).checks[0].failed;
    network.run(10 * SECOND);
    assert!(network.report(10).checks[0].failed - down <= 11);

    network.servers[0].silent = false;
    while network.report(10).result == Result::Down {
        assert!(network.report(10).checks[0].streak < 2);
        network.run(SECOND / 100);
    }
    let results: Vec<_> = network.changes.iter().map(|change| change.result).collect();
    assert_eq!(results, [Result::Up, Result::Down, Result::Up]);
}

#[test]
fn one_lost_probe_changes_nothing() {
    let mut network = one_server();
    network.configure(vec![target(10, 3, vec![check(TCP)])]);
    network.run(3 * SECOND);
    for _ in 0..5 {
        network.servers[0].silent = true;
        let failed = network.report(10).checks[0].failed;
        while network.report(10).checks[0].failed == failed {
            network.run(SECOND / 100);
        }
        network.servers[0].silent = false;
        network.run(2 * SECOND);
    }
    assert_eq!(network.report(10).result, Result::Up);
    assert_eq!(network.changes.len(), 1);
}

#[test]
fn a_link_that_goes_takes_its_targets_along_at_once() {
    let mut network = one_server();
    network.server(20, 4, None);
    let checked = vec![check(TCP), check(Kind::Passive)];
    network.configure(vec![
        target(10, 3, checked.clone()),
        target(20, 4, checked),
        target(11, 3, vec![]),
        target(12, 3, vec![check(Kind::Passive)]),
    ]);
    assert_eq!(network.report(11).result, Result::Up);
    assert_eq!(network.report(12).result, Result::Up);
    assert_eq!(network.report(10).result, Result::Unknown);
    network.run(3 * SECOND);
    network.changes.clear();
    network.prober.link(3, false, network.now);
    for number in [10, 11, 12] {
        let report = network.report(number);
        assert_eq!(report.result, Result::Down, "{number}");
        assert_eq!(report.why, "the link of port 3 is down");
        assert_eq!(report.since_ns, network.now);
    }
    assert_eq!(network.report(20).result, Result::Up);
    let sent = network.sent.len();
    network.run(3 * SECOND);
    assert!(network.sent[sent..].iter().all(|(port, _)| *port == 4));

    network.prober.link(3, true, network.now);
    assert_eq!(network.report(10).result, Result::Down);
    assert_eq!(network.report(11).result, Result::Up);
    assert_eq!(network.report(12).result, Result::Up);
    // At once, and then fast: two passes take one fast interval.
    network.run(SECOND / 10);
    assert_eq!(network.report(10).checks[0].streak, 1);
    assert_eq!(network.report(10).result, Result::Down);
    network.run(SECOND / 2);
    assert_eq!(network.report(10).result, Result::Up);
}

#[test]
fn several_checks_must_all_pass() {
    let mut network = one_server();
    let checks = vec![check(Kind::Icmp), check(Kind::Tcp { port: 81 })];
    network.configure(vec![target(10, 3, checks)]);
    network.run(4 * SECOND);
    let report = network.report(10);
    assert_eq!(report.checks[0].result, Result::Up);
    assert_eq!(report.checks[1].result, Result::Down);
    assert_eq!(report.result, Result::Down);
    network.servers[0].listen(81);
    network.run(2 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    assert_eq!(network.report(10).why, "all checks pass");
}

#[test]
fn the_weight_grows_in_ten_steps_after_it_came_back() {
    let mut network = one_server();
    let mut slow = target(10, 3, vec![]);
    slow.slow_start = Duration::from_secs(9);
    network.configure(vec![slow]);
    // What was up from the start has its whole weight.
    assert_eq!(network.report(10).weight_percent, 100);
    network.prober.link(3, false, network.now);
    network.prober.link(3, true, network.now);
    network.prober.take_changes();
    let mut weights = Vec::new();
    for _ in 0..10 {
        network.run(0);
        weights.push(network.report(10).weight_percent);
        network.run(SECOND);
    }
    assert_eq!(weights, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    let told: Vec<_> = network
        .changes
        .iter()
        .map(|change| &change.why[..])
        .collect();
    assert_eq!(told.len(), 9, "{told:?}");
    assert_eq!(told[0], "slow start: 20 % of its weight");

    // Down again in the middle: it begins anew.
    network.prober.link(3, false, network.now);
    network.prober.link(3, true, network.now);
    network.run(4 * SECOND);
    assert_eq!(network.report(10).weight_percent, 50);
    network.prober.link(3, false, network.now);
    network.prober.link(3, true, network.now);
    assert_eq!(network.report(10).weight_percent, 10);
    network.configure(vec![target(10, 3, vec![])]);
    network.run(SECOND);
    assert_eq!(network.report(10).weight_percent, 100);
}

#[test]
fn another_configuration_keeps_what_is_known() {
    let mut network = one_server();
    network.server(20, 4, None).silent = true;
    network.configure(vec![
        target(10, 3, vec![check(TCP)]),
        target(20, 4, vec![check(TCP)]),
    ]);
    network.run(4 * SECOND);
    let (up, down) = (network.report(10), network.report(20));
    network.changes.clear();

    // The same: nothing at all changes, neither do running probes and plans.
    let before = network.prober.statistics();
    network.configure(vec![
        target(10, 3, vec![check(TCP)]),
        target(20, 4, vec![check(TCP)]),
    ]);
    assert_eq!(network.report(10), up);
    assert_eq!(network.prober.statistics(), before);

    // Other checks: the results stay until these say otherwise.
    network.configure(vec![
        target(10, 3, vec![check(Kind::Arp), check(TCP)]),
        target(20, 4, vec![check(Kind::Icmp)]),
    ]);
    let (first, second) = (network.report(10), network.report(20));
    assert_eq!((first.result, first.since_ns), (Result::Up, up.since_ns));
    assert_eq!(
        (second.result, second.since_ns),
        (Result::Down, down.since_ns)
    );
    assert_eq!(first.checks[1].passed, up.checks[0].passed);
    network.servers[1].silent = false;
    network.run(6 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    assert_eq!(network.report(10).since_ns, up.since_ns);
    assert_eq!(network.report(20).result, Result::Up);
    assert_eq!(network.changes.len(), 1, "{:?}", network.changes);

    // One that is gone is neither reported nor asked.
    network.configure(vec![target(20, 4, vec![check(TCP)])]);
    assert!(network.prober.report(TargetId(10), network.now).is_none());
    let sent = network.sent.len();
    network.run(3 * SECOND);
    assert!(network.sent[sent..].iter().all(|(port, _)| *port == 4));
}

#[test]
fn a_change_in_the_middle_of_a_probe_ends_it_cleanly() {
    let mut network = one_server();
    network.servers[0].silent = true;
    network.configure(vec![target(10, 3, vec![check(TCP)])]);
    // Until a SYN is out and unanswered.
    while network.servers[0].seen.is_empty() {
        network.run(SECOND / 100);
    }
    let before = network.prober.statistics();
    assert_eq!(before.passed + before.failed, 0);
    network.configure(vec![target(10, 3, vec![check(Kind::Arp)])]);
    network.run(0);
    let statistics = network.prober.statistics();
    assert_eq!(statistics.abandoned, before.abandoned + 1);
    let last = network.servers[0].seen.last().unwrap();
    assert_eq!(last[14 + 20 + 13] & 0x04, 0x04, "RST");
    network.servers[0].silent = false;
    network.run(5 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    assert_eq!(network.prober.statistics().failed, 0);
}

#[test]
fn probes_are_spread_and_stay_so() {
    let mut network = Network::new();
    let jittered = Check {
        jitter_percent: 10,
        ..check(Kind::Icmp)
    };
    let targets = (0..200).map(|number| target(number, 3, vec![jittered.clone()]));
    network.configure(targets.collect());
    for _ in 0..20 {
        network.run(SECOND / 10);
        let sent = std::mem::take(&mut network.sent).len();
        // 200 in half a second at first, then 200 a second.
        assert!((10..=60).contains(&sent), "{sent} in 100 ms");
    }
    let lateness = network.prober.statistics().lateness;
    assert_eq!(lateness.longest_us, 0);
    assert_eq!(lateness.count(), network.prober.statistics().probes);
}
