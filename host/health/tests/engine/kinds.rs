//! Each kind of check, against servers that share one address.

use flowswitch_health::{Check, Kind, Result};

use crate::network::{Network, SECOND, check, shared, target};

const TCP: Kind = Kind::Tcp { port: 80 };

#[test]
fn two_servers_of_one_address_are_told_apart() {
    for kind in [Kind::Arp, Kind::Icmp, TCP] {
        for family in shared() {
            let mut network = Network::new();
            network.server(10, 3, None);
            network.server(20, 4, Some(77)).silent = true;
            let checks = vec![Check {
                address: Some(family),
                ..check(kind.clone())
            }];
            let mut second = target(20, 4, checks.clone());
            second.vlan = Some(77);
            network.configure(vec![target(10, 3, checks), second]);
            network.run(3 * SECOND);
            let (good, bad) = (network.report(10), network.report(20));
            assert_eq!(good.result, Result::Up, "{kind:?} {family}: {good:?}");
            assert_eq!(bad.result, Result::Down, "{kind:?} {family}: {bad:?}");
            assert!(bad.checks[0].message.contains("in time"), "{bad:?}");
            assert!(bad.checks[0].last_us >= 400_000);
            network.servers[1].silent = false;
            // Its first echo waits for its own question after the prober's MAC.
            network.run(4 * SECOND);
            assert_eq!(network.report(20).result, Result::Up, "{kind:?} {family}");
            let statistics = network.prober.statistics();
            assert_eq!(statistics.refused.total(), 0, "{statistics:?}");
            assert_eq!(
                statistics.probes,
                statistics.passed + statistics.failed + statistics.abandoned
            );
        }
    }
}

#[test]
fn a_tcp_check_leaves_nothing_behind_and_wakes_no_program() {
    let mut network = Network::new();
    network.server(10, 3, None);
    network.configure(vec![target(10, 3, vec![check(TCP)])]);
    network.run(5 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    let server = &network.servers[0];
    assert_eq!(server.half_open(), 0);
    assert_eq!(server.established, 0);
    let flags: Vec<u8> = server
        .seen
        .iter()
        .filter(|frame| frame[12..14] == [8, 0])
        .map(|frame| frame[14 + 20 + 13])
        .collect();
    assert!(flags.len() >= 10);
    for pair in flags.chunks(2) {
        assert_eq!(pair[0], 0x02, "SYN");
        assert_eq!(pair[1] & 0x04, 0x04, "RST");
    }
}

#[test]
fn a_refused_connection_fails_at_once() {
    let mut network = Network::new();
    network.server(10, 3, None).close();
    network.configure(vec![target(10, 3, vec![check(TCP)])]);
    network.run(2 * SECOND);
    let report = network.report(10);
    assert_eq!(report.result, Result::Down);
    assert_eq!(report.why, "tcp check failed: connection refused");
    assert!(report.checks[0].last_us < 1000);
}
