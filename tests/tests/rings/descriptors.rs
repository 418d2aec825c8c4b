//! Descriptors that break a rule are completed with status 2, and nothing else happens.

use flowswitch_sim::card::Card;
use flowswitch_tests::measure::server_mac;
use flowswitch_tests::rings::registers::{counter, ring};
use flowswitch_tests::rings::{Host, Way, plain, to_host};

/// Words of a descriptor of so many bytes at an address.
fn words(address: u64, bytes: u32) -> [u32; 4] {
    [address as u32, (address >> 32) as u32, bytes, 0]
}

#[test]
fn bad_receive_descriptors_are_refused() {
    let mut host = Host::new(2, 11);
    host.start(Way::Receive, 5);
    let good = host.memory.take(16_384);
    let [low, high, bytes, _] = words(good, 64);
    let bad = [
        words(good + 1, 64),
        words(good + 32, 64),
        words(good, 0),
        words(good, 63),
        words(good, 65),
        words(good, 96),
        words(good, 16_384),
        words(u64::MAX - 63, 128),
        words(u64::MAX - 16_319 + 64, 16_320),
        [low, high, bytes, 1],
        [low, high, bytes, 1 << 31],
    ];
    for descriptor in bad {
        host.post(Way::Receive, descriptor, None);
    }
    host.post_buffer(128);
    host.doorbell(Way::Receive);
    host.offer(0, [to_host(100, 1)]);
    let received = host.await_received(bad.len() + 1);
    let (last, refused) = received.split_last().expect("completions");
    for (number, refused) in refused.iter().enumerate() {
        let completion = refused.completion;
        assert_eq!(
            (completion.status, completion.length),
            (2, 0),
            "descriptor {number}"
        );
    }
    // The frame has waited for a descriptor that is right.
    assert_eq!((last.completion.status, &last.data), (0, &to_host(100, 1)));
    assert_eq!(host.counter(counter::REFUSED), bad.len() as u64);
    assert_eq!(host.counter(counter::RECEIVED), 1);
    assert_eq!(host.card.harness().bus_faults().count, 0);
    host.check_books();
}

#[test]
fn bad_transmit_descriptors_are_refused() {
    let mut host = Host::new(2, 12);
    host.start(Way::Transmit, 5);
    let good = host.memory.take(16_384);
    let [low, high, bytes, _] = words(good, 64);
    let bad = [
        words(good + 1, 64),
        words(good + 32, 64),
        words(good, 0),
        words(good, 16_321),
        words(good, 0xffff),
        words(u64::MAX - 63, 65),
        words(u64::MAX - 63, 128),
        [low, high, bytes, 1],
        [low, high, bytes, 1 << 31],
    ];
    // A right one before, between and behind.
    host.post_frame(0, &plain(server_mac(0), 64, 1));
    for (number, descriptor) in (2..).zip(bad) {
        host.post(Way::Transmit, descriptor, None);
        if number % 4 == 0 {
            host.post_frame(0, &plain(server_mac(0), 300, number));
        }
    }
    host.post_frame(0, &plain(server_mac(0), 64, 99));
    host.doorbell(Way::Transmit);
    let right = [0, 4, 9, 12];
    for (number, completion) in host.await_completions(Way::Transmit, 13).iter().enumerate() {
        let wanted = if right.contains(&number) { 0 } else { 2 };
        assert_eq!(completion.status, wanted, "descriptor {number}");
    }
    host.run(500);
    let left: Vec<_> = host
        .card
        .take_departures()
        .into_iter()
        .map(|left| left.data)
        .collect();
    let wanted = [(64, 1), (300, 4), (300, 8), (64, 99)];
    assert!(left == wanted.map(|(length, number)| plain(server_mac(0), length, number)));
    assert_eq!(host.counter(counter::FAILED), bad.len() as u64);
    assert_eq!(host.counter(counter::TRANSMITTED), 4);
    assert_eq!(host.card.harness().bus_faults().count, 0);
}

/// A ring full of refused descriptors and nothing else: it goes on, and no frame is lost by it.
#[test]
fn a_ring_of_bad_descriptors_does_not_hang() {
    let mut host = Host::new(2, 13);
    host.start(Way::Receive, 2);
    host.offer(1, [to_host(64, 5)]);
    for _ in 0..9 {
        for _ in 0..4 {
            host.post(Way::Receive, words(3, 64), None);
        }
        host.doorbell(Way::Receive);
        for completion in host.await_completions(Way::Receive, 4) {
            assert_eq!(completion.status, 2);
        }
    }
    host.post_buffer(64);
    host.doorbell(Way::Receive);
    assert!(host.await_received(1)[0].data == to_host(64, 5));
}

/// Descriptors beyond the doorbell are nothing to the card, though they are written.
#[test]
fn only_what_was_posted_is_used() {
    let mut host = Host::new(2, 14);
    host.start(Way::Receive, 4);
    host.offer(0, (0..6).map(|number| to_host(64, number)));
    for _ in 0..3 {
        host.post_buffer(64);
    }
    host.doorbell(Way::Receive);
    // The places behind hold descriptors that are as good, without a doorbell.
    for _ in 0..5 {
        host.post_buffer(64);
    }
    assert_eq!(host.await_received(3).len(), 3);
    host.run(3_000);
    assert_eq!(host.received().len(), 0, "frames without a doorbell");
    assert_eq!(host.read(Way::Receive.register(ring::COMPLETED)), 3);
    host.doorbell(Way::Receive);
    assert_eq!(host.await_received(3).len(), 3);
}
