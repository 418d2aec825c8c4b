//! Each event is told when it happens, and only then.

use flowswitch_sim::card::Card;
use flowswitch_tests::fixture::STATION_MAC;
use flowswitch_tests::fixture::mac;
use flowswitch_tests::flows::{Farm, SYN, SYN_ACK, arrived, reply, segment};
use flowswitch_tests::frame::FrameBuilder;
use flowswitch_tests::measure::{CLUSTER_MAC, server_mac, to_cluster, to_server};
use flowswitch_tests::neighbour::Arp;
use flowswitch_tests::rings::registers::{EVENT_ARM, EVENT_ENABLE, EVENT_STATUS, event};
use flowswitch_tests::rings::{Host, to_host};
use std::net::Ipv4Addr;

/// A frame that is no IP, from a station of this MAC.
fn from(source: [u8; 6]) -> Vec<u8> {
    FrameBuilder::ethernet(server_mac(0), source)
        .ethertype(0x88b5)
        .fill_to(64, 1)
        .finish()
}

/// Without the cause the event is not told; with it, it is, and fires.
#[track_caller]
fn tells(host: &mut Host, bit: u32, cause: impl FnOnce(&mut Host)) {
    host.write(EVENT_STATUS, !0);
    host.write(EVENT_ENABLE, bit);
    host.write(EVENT_ARM, 1);
    host.run(500);
    assert_eq!(host.read(EVENT_STATUS), 0, "nothing has happened");
    host.card.harness_mut().take_interrupts();
    cause(host);
    host.run(500);
    assert_ne!(host.read(EVENT_STATUS) & bit, 0, "event {bit:#x}");
    assert_eq!(
        host.card.harness_mut().take_interrupts(),
        [0, 0, 1],
        "event {bit:#x}"
    );
    host.write(EVENT_STATUS, bit);
    assert_eq!(host.read(EVENT_STATUS) & bit, 0, "event {bit:#x} stays");
}

/// Traffic that is no event at all.
fn usual(host: &mut Host) {
    host.offer(0, (0..20).map(|number| to_server(1, 1, number)));
    host.offer(1, (0..20).map(|number| to_server(0, 2, number)));
    host.run(500);
}

#[test]
fn links_and_members() {
    let mut host = Host::new(2, 61);
    usual(&mut host);
    tells(&mut host, event::LINK, |host| {
        host.card
            .set_link_pin(0, false)
            .expect("there is such a port");
    });
    tells(&mut host, event::LINK, |host| {
        host.card
            .set_link_pin(0, true)
            .expect("there is such a port");
    });
    usual(&mut host);
    tells(&mut host, event::MEMBER_LOST, |host| {
        host.card
            .set_link_pin(1, false)
            .expect("there is such a port");
        host.run(9_000);
    });
    host.card
        .set_link_pin(1, true)
        .expect("there is such a port");
    host.run(9_000);
    // Marked by the host, not lost.
    host.write(EVENT_STATUS, !0);
    host.card
        .set_member_up(1, false)
        .expect("there is such a member");
    host.run(500);
    assert_eq!(host.read(EVENT_STATUS), 0);
    tells(&mut host, event::NO_SERVER, |host| {
        host.offer(0, [to_cluster(1, 1)])
    });
}

#[test]
fn stations() {
    let mut host = Host::new(2, 62);
    usual(&mut host);
    host.offer(0, [from(mac(STATION_MAC).0)]);
    host.run(200);
    tells(&mut host, event::STATION_MOVED, |host| {
        host.offer(1, [from(mac(STATION_MAC).0)])
    });
    // Where it is now, it stays.
    host.offer(1, [from(mac(STATION_MAC).0)]);
    host.run(200);
    tells(&mut host, event::FORGED_SOURCE, |host| {
        host.offer(0, [from(CLUSTER_MAC)])
    });
    tells(&mut host, event::FORGED_SOURCE, |host| {
        host.offer(0, [from(server_mac(1))])
    });
    tells(&mut host, event::ADDRESS_CONFLICT, |host| {
        let cluster = Ipv4Addr::new(192, 31, 65, 1);
        let claim = Arp::request(mac(STATION_MAC).0, cluster, cluster);
        let frame = FrameBuilder::ethernet([0xff; 6], mac(STATION_MAC).0).bytes(&claim.bytes());
        host.offer(1, [frame.finish()]);
    });
    tells(&mut host, event::PUNT_DROPPED, |host| {
        host.offer(0, [to_host(64, 1)])
    });
}

#[test]
fn flows() {
    let farm = Farm::new(2);
    let mut host = Host::holding(&farm.image(), 63);
    host.card.take_departures();
    host.offer(0, [segment(7, SYN)]);
    host.run(500);
    let (_, server) = arrived(&host.card.take_departures()[0]).expect("a server's");
    host.offer(farm.port(server), [reply(server, 7, SYN_ACK)]);
    host.run(500);
    let other = (server + 1) % farm.servers;
    tells(&mut host, event::FLOW_CONFLICT, |host| {
        host.offer(farm.port(other), [reply(other, 7, SYN_ACK)]);
    });
    // Three quarters of the table, then all of it.
    host.offer(0, (100..48_000).map(|flow| segment(flow, SYN)));
    host.run(52_000);
    tells(&mut host, event::FLOW_PRESSURE, |host| {
        host.offer(0, (48_000..50_000).map(|flow| segment(flow, SYN)));
        host.run(3_000);
    });
    tells(&mut host, event::FLOW_REFUSED, |host| {
        host.offer(0, (50_000..72_000).map(|flow| segment(flow, SYN)));
        host.run(30_000);
    });
}
