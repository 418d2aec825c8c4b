//! Punt limits: a bucket of tokens for each host reason.

use flowswitch_sim::card::Card;
use flowswitch_tests::drops::named_drops;
use flowswitch_tests::rings::registers::{EVENT_STATUS, PUNT_LIMIT, counter, event};
use flowswitch_tests::rings::{ADDRESSED, CONTROL, Host, Way, control, to_host};

/// Time in which a bucket gains its rate, in ns.
const INTERVAL_NS: u64 = 1 << 20;

fn limit(host: &mut Host, reason: u8, rate: u32, burst: u32) {
    host.write(PUNT_LIMIT + 4 * u32::from(reason), rate | burst << 16);
}

fn limited(host: &mut Host, reason: u8) -> u64 {
    host.counter(counter::LIMITED + u32::from(reason))
}

/// A running ring with buffers for many short frames.
fn host(seed: u64) -> Host {
    let mut host = Host::new(2, seed);
    host.start(Way::Receive, 8);
    for _ in 0..200 {
        host.post_buffer(64);
    }
    host.doorbell(Way::Receive);
    host
}

/// Sends frames of a kind; how many of them arrive.
#[track_caller]
fn arrive(host: &mut Host, count: u32, frame: fn(usize, u32) -> Vec<u8>) -> usize {
    host.offer(0, (0..count).map(|number| frame(64, number)));
    host.run(8 * u64::from(count) + 2_000);
    let received = host.received();
    for (received, number) in received.iter().zip(0..) {
        assert!(received.data == frame(64, number), "those that came first");
    }
    received.len()
}

/// Lets simulated time pass without the clocks, in steps of half an interval.
fn pass(host: &mut Host, ns: u64) {
    for _ in 0..ns.div_ceil(INTERVAL_NS / 2) {
        let harness = host.card.harness_mut();
        harness.skip_time(harness.clocks_for_ns(INTERVAL_NS / 2));
        host.run(200);
    }
}

#[test]
fn a_reason_has_its_own_bucket() {
    let mut host = host(41);
    limit(&mut host, ADDRESSED, 2, 5);
    assert_eq!(arrive(&mut host, 12, to_host), 5, "a burst");
    assert_eq!(limited(&mut host, ADDRESSED), 7);
    assert_eq!(arrive(&mut host, 12, control), 12, "of another reason");
    assert_eq!(limited(&mut host, CONTROL), 0);
    assert_ne!(host.read(EVENT_STATUS) & event::PUNT_DROPPED, 0);
    pass(&mut host, INTERVAL_NS);
    let next = arrive(&mut host, 12, to_host);
    assert!((2..=4).contains(&next), "{next} frames after an interval");
    pass(&mut host, 40 * INTERVAL_NS);
    assert_eq!(
        arrive(&mut host, 12, to_host),
        5,
        "never more than the burst"
    );
    let counters = host.card.counters().expect("the counters are readable");
    assert_eq!(named_drops(&counters), [], "the fabric dropped none");
    host.check_books();
}

#[test]
fn without_a_rate_there_is_no_limit() {
    let mut host = host(42);
    assert_eq!(arrive(&mut host, 60, to_host), 60);
    limit(&mut host, ADDRESSED, 1, 1);
    pass(&mut host, 2 * INTERVAL_NS);
    assert_eq!(arrive(&mut host, 20, to_host), 1);
    limit(&mut host, ADDRESSED, 0, 0);
    assert_eq!(arrive(&mut host, 60, to_host), 60);
    assert_eq!(limited(&mut host, ADDRESSED), 19);
    host.check_books();
}

#[test]
fn a_jump_of_the_clock_counts_as_one_interval() {
    let mut host = host(43);
    limit(&mut host, ADDRESSED, 2, 50);
    pass(&mut host, 40 * INTERVAL_NS);
    assert_eq!(arrive(&mut host, 60, to_host), 50);
    let harness = host.card.harness_mut();
    harness.skip_time(harness.clocks_for_ns(1_000 * INTERVAL_NS));
    host.run(64);
    let next = arrive(&mut host, 60, to_host);
    assert!((2..=4).contains(&next), "{next} frames after a jump");
}

/// Limits hold whether the ring runs or not, and outlive a reset of the host port.
#[test]
fn limits_outlive_a_reset() {
    let mut host = host(44);
    limit(&mut host, ADDRESSED, 1, 3);
    pass(&mut host, 4 * INTERVAL_NS);
    host.write(
        flowswitch_tests::rings::registers::CONTROL,
        flowswitch_tests::rings::registers::RESET,
    );
    host.forget_all();
    assert_eq!(
        host.read(PUNT_LIMIT + 4 * u32::from(ADDRESSED)),
        1 | 3 << 16
    );
    host.offer(0, (0..10).map(|number| to_host(64, number)));
    host.run(1_000);
    assert_eq!(limited(&mut host, ADDRESSED), 7);
    assert_eq!(host.counter(counter::OFF), 3);
    host.check_books();
}
