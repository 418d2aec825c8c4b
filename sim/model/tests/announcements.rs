//! Announcements of the virtual addresses.

mod support;

use flowswitch_model::{Model, TimedCard, Verdict};
use support::*;

/// Egress and bytes of all announcements that are due.
fn take(model: &mut Model) -> Vec<(u8, Vec<u8>)> {
    std::iter::from_fn(|| {
        let outcome = model.announce()?;
        let [copy] = &outcome.copies[..] else {
            panic!("one copy, not {:?}", outcome.copies)
        };
        assert_eq!((outcome.row, outcome.ingress), (0, 5));
        assert_eq!(outcome.verdict, Verdict::Injected(copy.egress));
        Some((copy.egress, copy.frame.clone()))
    })
    .collect()
}

fn arp_announcement(tag: &str, address: &str, length: usize) -> Vec<u8> {
    padded(
        &format!(
            "ffffffffffff 02005e006501 {tag} 0806 0001 0800 06 04 0001
             02005e006501 {address} 000000000000 {address}"
        ),
        length,
    )
}

fn advertisement(tag: &str) -> Vec<u8> {
    let cluster = "20010db8 00650000 00000000 00000001";
    hex(&format!(
        "333300000001 02005e006501 {tag} 86dd 60000000 0020 3a ff
         {cluster} ff020000 00000000 00000000 00000001
         88 00 3560 20000000 {cluster} 0201 02005e006501"
    ))
}

#[test]
fn every_address_by_every_logical_port_that_announces() {
    let mut model = card(|setup| {
        setup.announce = 60;
        setup.logical_ports[2] = vlan(2, 100, false, 0);
    });
    assert!(model.has_announcement());
    let of = |port, tag: &str, length| {
        vec![
            (port, arp_announcement(tag, "c01f4101", length)),
            (port, arp_announcement(tag, "c01f4109", length)),
            (port, advertisement(tag)),
        ]
    };
    let expected = [of(0, "", 60), of(1, "", 60), of(2, "81000064", 64)].concat();
    assert_eq!(take(&mut model), expected);
    assert!(!model.has_announcement());
    let counters = model.counters();
    assert_eq!((counters.ports[5].generated, counters.generated()), (9, 9));
    assert_eq!(counters.consumed(), 0);
    assert_eq!(counters.ports[5].received.frames, 0, "not injected");
    assert_eq!(counters.conservation(), (9, 9));
}

#[test]
fn three_times_and_then_by_the_interval() {
    let mut model = card(|setup| setup.announce = 5);
    let mut counts = Vec::new();
    for tick in 0..12 {
        model.set_tick(tick);
        counts.push(take(&mut model).len());
    }
    assert_eq!(counts, [9, 9, 9, 0, 0, 9, 0, 0, 0, 0, 9, 0]);
    for _ in 0..3 {
        model.set_tick(11);
        assert_eq!(take(&mut model).len(), 0, "the same tick");
    }
    model.set_tick(1_000_000);
    assert_eq!(take(&mut model).len(), 0, "a jump is one tick");
}

#[test]
fn a_link_that_comes_up() {
    let mut model = card(|setup| setup.announce = 100);
    for tick in 0..3 {
        model.set_tick(tick);
        take(&mut model);
    }
    model.set_link(1, true).expect("port 1");
    assert!(take(&mut model).is_empty(), "it was up");
    model.set_link(1, false).expect("port 1");
    assert!(take(&mut model).is_empty());
    model.set_link(1, true).expect("port 1");
    for (tick, count) in [(2, 3), (3, 3), (4, 3), (5, 0)] {
        model.set_tick(tick);
        let announced = take(&mut model);
        assert_eq!(announced.len(), count, "tick {tick}");
        assert!(announced.iter().all(|(egress, _)| *egress == 1));
    }
}

#[test]
fn not_by_links_that_are_down_and_not_without_an_interval() {
    let mut model = card(|setup| setup.announce = 100);
    for port in [0, 1] {
        model.set_link(port, false).expect("the port");
    }
    let announced = take(&mut model);
    assert_eq!(announced.len(), 3);
    assert!(announced.iter().all(|(egress, _)| *egress == 2));
    let mut model = card(|_| ());
    model.set_link(0, false).expect("port 0");
    model.set_link(0, true).expect("port 0");
    assert!(take(&mut model).is_empty());
    let mut setup = setup();
    setup.announce = 7;
    model.program(setup.clone()).expect("the setup");
    assert_eq!(take(&mut model).len(), 9, "set from 0");
    setup.announce = 8;
    model.program(setup).expect("the setup");
    assert_eq!(take(&mut model).len(), 0, "set from 7");
}

#[test]
fn the_card_announces_at_leisure_when_the_host_has_nothing_to_send() {
    let model = card(|setup| setup.announce = 60);
    let mut card = TimedCard::new(model, 250_000_000);
    for _ in 0..100 {
        card.inject(3, 0, plain(SERVER0, OTHER));
    }
    card.run_until_idle().expect("ports that exist");
    let departures = card.take_departures();
    assert!(departures.iter().all(|copy| copy.ingress == 5));
    let (announced, injected): (Vec<_>, Vec<_>) =
        departures.iter().partition(|copy| copy.egress != 3);
    assert_eq!((announced.len(), injected.len()), (9, 100));
    let last = injected.last().map_or(0, |copy| copy.clock);
    assert!(announced.iter().all(|copy| copy.clock >= last));
    assert!(
        announced
            .windows(2)
            .all(|pair| pair[1].clock >= pair[0].clock + 64)
    );
    let order: Vec<u8> = announced.iter().map(|copy| copy.egress).collect();
    assert_eq!(order, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    // Idle: nothing more before the next tick.
    card.run_until_idle().expect("ports that exist");
    assert!(card.take_departures().is_empty());
    card.jump_to(1 << 30).expect("an idle card");
    card.run_until_idle().expect("ports that exist");
    assert_eq!(card.take_departures().len(), 9);
    let (into, out) = card.model().counters().conservation();
    assert_eq!(into, out);
}
