//! Vectors fire once for each time they are armed, never too early, and never not at all.

use flowswitch_tests::measure::{CLOCK_NS, server_mac};
use flowswitch_tests::rings::registers::{
    EVENT_ARM, EVENT_ENABLE, EVENT_STATUS, INTERRUPT_TEST, RX_MODERATION, event, ring,
};
use flowswitch_tests::rings::{Host, Way, plain, to_host};
use flowswitch_verilated::MemoryTiming;

/// Clocks in which an interrupt that is due has come.
const SOON: u64 = 200;

fn arm(host: &mut Host, way: Way, seen: u32) {
    host.write(way.register(ring::ARM), seen);
}

/// Interrupts since the last look, after what is due has come.
#[track_caller]
fn fired(host: &mut Host) -> [u64; 3] {
    host.run(SOON);
    host.card.harness_mut().take_interrupts()
}

/// Completes one more descriptor.
#[track_caller]
fn complete(host: &mut Host, way: Way) {
    match way {
        Way::Receive => {
            host.post_buffer(64);
            host.doorbell(way);
            host.offer(0, [to_host(64, 1)]);
        }
        Way::Transmit => {
            host.post_frame(1, &plain(server_mac(1), 64, 2));
            host.doorbell(way);
        }
    }
    host.await_completions(way, 1);
}

fn only(way: Way) -> [u64; 3] {
    match way {
        Way::Receive => [1, 0, 0],
        Way::Transmit => [0, 1, 0],
    }
}

#[test]
fn a_vector_fires_once_for_each_time_it_is_armed() {
    let mut host = Host::new(2, 51);
    host.start_both(4);
    for way in Way::BOTH {
        complete(&mut host, way);
        assert_eq!(fired(&mut host), [0; 3], "not armed");
        // Armed after the completion that the host has not seen: at once.
        arm(&mut host, way, 0);
        assert_eq!(fired(&mut host), only(way));
        complete(&mut host, way);
        assert_eq!(fired(&mut host), [0; 3], "once for each time");
        // Armed before it.
        arm(&mut host, way, 2);
        assert_eq!(fired(&mut host), [0; 3], "nothing new");
        complete(&mut host, way);
        assert_eq!(fired(&mut host), only(way));
        complete(&mut host, way);
        assert_eq!(fired(&mut host), [0; 3]);
    }
}

/// However arming and completing fall together, the host learns of every completion, and finds it in its memory.
#[test]
fn no_completion_is_missed() {
    let mut host = Host::new(2, 52);
    let unruly = MemoryTiming {
        read_latency: 20,
        write_latency: 30,
        stall: 0x4000,
        shuffle: 0x8000,
    };
    host.card.harness_mut().set_memory_timing(&unruly);
    host.start(Way::Transmit, 4);
    for round in 0..150u32 {
        host.post_frame(1, &plain(server_mac(1), 64 + round as usize, round));
        host.doorbell(Way::Transmit);
        // The arming comes earlier or later in the descriptor's life.
        host.card.run(u64::from(round) * 3).expect("the card runs");
        arm(&mut host, Way::Transmit, round);
        let came = host.card.harness_mut().run_until_interrupt(2, 5_000);
        assert!(
            came.expect("the card runs"),
            "the interrupt of round {round}"
        );
        assert_eq!(host.card.harness_mut().take_interrupts(), [0, 1, 0]);
        assert_eq!(host.completions(Way::Transmit).len(), 1, "what it told of");
    }
}

#[test]
fn moderation_gathers_completions() {
    let mut host = Host::new(2, 53);
    host.start(Way::Receive, 4);
    let wait_ns = 8_000;
    host.write(RX_MODERATION, wait_ns);
    arm(&mut host, Way::Receive, 0);
    for _ in 0..5 {
        host.post_buffer(64);
    }
    host.doorbell(Way::Receive);
    host.offer(0, [to_host(64, 1)]);
    let mut first_ns = 0;
    let mut gathered = 0;
    while host.card.harness_mut().take_interrupts() == [0; 3] {
        host.run(8);
        gathered += host.completions(Way::Receive).len();
        let now = host.card.harness().now_ns();
        if gathered == 1 && first_ns == 0 {
            first_ns = now;
            host.offer(0, (2..5).map(|number| to_host(64, number)));
        }
        assert!(
            first_ns == 0 || now < first_ns + 3 * u64::from(wait_ns),
            "it never came"
        );
    }
    let waited = host.card.harness().now_ns() - first_ns;
    // The answer to the completion's write has its way back.
    assert!(waited + 16 * CLOCK_NS >= u64::from(wait_ns), "{waited} ns");
    assert!(waited < u64::from(wait_ns) + 100 * CLOCK_NS, "{waited} ns");
    assert_eq!(gathered, 4, "completions told by one interrupt");
    // Transmit knows none.
    host.start(Way::Transmit, 4);
    arm(&mut host, Way::Transmit, 0);
    complete(&mut host, Way::Transmit);
    assert_eq!(fired(&mut host), [0, 1, 0]);
}

#[test]
fn vectors_can_be_tested() {
    let mut host = Host::new(2, 54);
    for (bits, wanted) in [
        (1, [1, 0, 0]),
        (2, [0, 1, 0]),
        (4, [0, 0, 1]),
        (7, [1, 1, 1]),
    ] {
        host.write(INTERRUPT_TEST, bits);
        assert_eq!(fired(&mut host), wanted);
    }
}

#[test]
fn events_fire_when_armed_and_enabled() {
    let mut host = Host::new(2, 55);
    // A frame for the host while the ring does not run.
    let happen = |host: &mut Host| {
        host.offer(0, [to_host(64, 1)]);
        host.run(300);
    };
    host.write(EVENT_ARM, 1);
    happen(&mut host);
    assert_eq!(fired(&mut host), [0; 3], "not enabled");
    assert_eq!(host.read(EVENT_STATUS), event::PUNT_DROPPED);
    host.write(EVENT_ENABLE, event::PUNT_DROPPED);
    assert_eq!(fired(&mut host), [0, 0, 1], "armed before it was enabled");
    happen(&mut host);
    assert_eq!(fired(&mut host), [0; 3], "once for each time");
    host.write(EVENT_ARM, 1);
    assert_eq!(fired(&mut host), [0, 0, 1], "still in the status");
    host.write(EVENT_STATUS, event::PUNT_DROPPED);
    host.write(EVENT_ARM, 1);
    assert_eq!(fired(&mut host), [0; 3], "nothing since");
    host.write(EVENT_ENABLE, event::LINK);
    happen(&mut host);
    assert_eq!(fired(&mut host), [0; 3], "another event");
    host.write(EVENT_ENABLE, event::LINK | event::PUNT_DROPPED);
    assert_eq!(fired(&mut host), [0, 0, 1]);
}

/// A function that is no master of the bus keeps its interrupts until it is.
#[test]
fn interrupts_wait_for_the_bus() {
    let mut host = Host::new(2, 56);
    host.card.harness_mut().set_bus_master(false);
    host.write(INTERRUPT_TEST, 7);
    assert_eq!(fired(&mut host), [0; 3]);
    host.card.harness_mut().set_bus_master(true);
    assert_eq!(fired(&mut host), [1, 1, 1]);
    // One that waits is forgotten by a reset of the function.
    host.card.harness_mut().set_bus_master(false);
    host.write(INTERRUPT_TEST, 7);
    host.run(SOON);
    host.card.harness_mut().pulse_flr().expect("the card runs");
    host.card.harness_mut().set_bus_master(true);
    assert_eq!(fired(&mut host), [0; 3], "after a reset");
}
