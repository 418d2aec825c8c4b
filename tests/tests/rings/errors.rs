//! A broken bus or a broken host: errors are told, the other direction and forwarding go on, and a new start mends them.

use flowswitch_sim::card::Card;
use flowswitch_tests::drops::{named_drops, reason_number};
use flowswitch_tests::measure::server_mac;
use flowswitch_tests::rings::registers::{EVENT_STATUS, STATUS, counter, event, ring};
use flowswitch_tests::rings::{Host, Way, plain, to_host};
use flowswitch_verilated::BusError;

/// A write of a payload, a completion; a read of descriptors each way, of a frame.
const PAYLOAD: (bool, u8) = (true, 0);
const COMPLETION: (bool, u8) = (true, 1);
const FRAME: (bool, u8) = (false, 2);

fn descriptors(way: Way) -> (bool, u8) {
    (false, way.bit() as u8)
}

/// Has a transaction of a kind fail after some others.
fn fail(host: &mut Host, (write, id): (bool, u8), skip: u32, beat: u32) {
    let error = BusError {
        write,
        id,
        skip,
        beat,
    };
    host.card.harness_mut().fail_access(&error);
}

/// Why a direction stopped.
fn error(host: &mut Host, way: Way) -> u32 {
    host.read(STATUS) >> (4 + 4 * way.bit()) & 0xf
}

fn running(host: &mut Host, way: Way) -> bool {
    host.read(STATUS) >> (1 + way.bit()) & 1 != 0
}

/// Frames pass in a direction that has just been started.
#[track_caller]
fn works(host: &mut Host, way: Way) {
    match way {
        Way::Receive => {
            host.post_buffer(192);
            host.doorbell(way);
            host.offer(0, [to_host(150, 77)]);
            let received = host.await_received(1).remove(0);
            assert_eq!(
                (received.completion.status, received.data),
                (0, to_host(150, 77))
            );
        }
        Way::Transmit => {
            host.card.take_departures();
            host.post_frame(1, &plain(server_mac(1), 150, 78));
            host.doorbell(way);
            assert_eq!(host.await_completions(way, 1)[0].status, 0);
            host.run(300);
            assert!(host.card.take_departures()[0].data == plain(server_mac(1), 150, 78));
        }
    }
}

fn other(way: Way) -> Way {
    match way {
        Way::Receive => Way::Transmit,
        Way::Transmit => Way::Receive,
    }
}

/// A direction has stopped by an error, is told so, and starts anew; the other one never stopped.
#[track_caller]
fn stopped_by(host: &mut Host, way: Way, number: u32) {
    host.run_until("the stop", |host| !running(host, way));
    assert_eq!(error(host, way), number);
    assert_ne!(host.read(EVENT_STATUS) & event::RING_ERROR, 0, "the event");
    assert!(running(host, other(way)), "the other direction");
    works(host, other(way));
    host.await_status(1, 0);
    // A doorbell does not bring it back.
    host.write(way.register(ring::TAIL), 1);
    host.run(500);
    assert_eq!(error(host, way), number);
    host.set_enable(way, false);
    host.run_until("the error's end", |host| error(host, way) == 0);
    host.write(EVENT_STATUS, event::RING_ERROR);
    assert_eq!(host.read(EVENT_STATUS) & event::RING_ERROR, 0);
    host.start(way, 3);
    works(host, way);
}

#[test]
fn bases_and_sizes_are_checked() {
    let mut host = Host::new(2, 21);
    host.start_both(3);
    for way in Way::BOTH {
        for (register, value) in [
            (ring::DESCRIPTORS, 32),
            (ring::DESCRIPTORS, 1),
            (ring::COMPLETIONS, 16),
            (ring::SIZE, 0),
            (ring::SIZE, 1),
            (ring::SIZE, 13),
            (ring::SIZE, 15),
        ] {
            host.set_enable(way, false);
            host.await_status(1, 0);
            host.lay(way, 3);
            let register = way.register(register);
            let value = if register == way.register(ring::SIZE) {
                value
            } else {
                host.read(register) | value
            };
            host.write(register, value);
            host.set_enable(way, true);
            stopped_by(&mut host, way, 1);
        }
    }
    assert_eq!(host.card.harness().bus_faults().count, 0);
}

#[test]
fn a_doorbell_beyond_the_ring_stops_it() {
    let mut host = Host::new(2, 22);
    host.start_both(3);
    for way in Way::BOTH {
        let beyond = host.posted(way).wrapping_add(9);
        host.write(way.register(ring::TAIL), beyond.into());
        stopped_by(&mut host, way, 2);
        // One less than was posted, and half the numbers ahead.
        let less = host.posted(way).wrapping_sub(1);
        host.write(way.register(ring::TAIL), less.into());
        stopped_by(&mut host, way, 2);
        // A whole ring is what it holds.
        for number in 0..8 {
            match way {
                Way::Receive => host.post_buffer(64),
                Way::Transmit => host.post_frame(0, &plain(server_mac(0), 64, number)),
            }
        }
        host.doorbell(way);
        host.run(500);
        assert!(running(&mut host, way));
        host.write(way.register(ring::TAIL), 0x8000);
        stopped_by(&mut host, way, 2);
    }
    assert_eq!(host.card.harness().bus_faults().count, 0);
}

#[test]
fn unreadable_descriptors_stop_a_ring() {
    let mut host = Host::new(2, 23);
    host.start_both(3);
    for way in Way::BOTH {
        works(&mut host, way);
        fail(&mut host, descriptors(way), 0, 0);
        match way {
            Way::Receive => host.post_buffer(64),
            Way::Transmit => host.post_frame(0, &plain(server_mac(0), 64, 3)),
        }
        host.doorbell(way);
        stopped_by(&mut host, way, 3);
    }
}

#[test]
fn unwritable_completions_stop_a_ring() {
    let mut host = Host::new(2, 24);
    host.start_both(3);
    works(&mut host, Way::Receive);
    fail(&mut host, COMPLETION, 0, 0);
    host.post_buffer(64);
    host.doorbell(Way::Receive);
    host.offer(1, [to_host(64, 6)]);
    stopped_by(&mut host, Way::Receive, 4);
    works(&mut host, Way::Transmit);
    fail(&mut host, COMPLETION, 0, 0);
    host.post_frame(1, &plain(server_mac(1), 64, 7));
    host.doorbell(Way::Transmit);
    host.run_until("the frame", |host| !host.card.take_departures().is_empty());
    stopped_by(&mut host, Way::Transmit, 4);
}

#[test]
fn a_buffer_that_cannot_be_written_loses_its_frame() {
    let mut host = Host::new(2, 25);
    host.start(Way::Receive, 4);
    // The second frame's first burst fails, and the fourth's last.
    let lengths = [64, 64, 9_600, 9_600, 64];
    fail(&mut host, PAYLOAD, 1, 0);
    for length in lengths {
        host.post_buffer(u64::next_multiple_of(length, 64));
    }
    host.doorbell(Way::Receive);
    host.offer(
        0,
        (0..3).map(|number| to_host(lengths[number as usize] as usize, number)),
    );
    let received = host.await_received(3);
    let statuses: Vec<_> = received
        .iter()
        .map(|received| received.completion.status)
        .collect();
    assert_eq!(statuses, [0, 3, 0]);
    assert!(received[2].data == to_host(9_600, 2));
    // A burst in the midst of a long frame.
    fail(&mut host, PAYLOAD, 4, 0);
    host.offer(0, [to_host(9_600, 3), to_host(64, 4)]);
    let received = host.await_received(2);
    assert_eq!(received[0].completion.status, 3);
    assert_eq!(
        (received[1].completion.status, &received[1].data),
        (0, &to_host(64, 4))
    );
    // Memory that is not there.
    host.post(Way::Receive, [0x40, 0, 128, 0], None);
    host.memory.let_complete(0x40, 128);
    host.doorbell(Way::Receive);
    host.offer(0, [to_host(100, 5)]);
    assert_eq!(host.await_received(1)[0].completion.status, 3);
    let faults = host.card.harness().bus_faults();
    assert_eq!((faults.address, faults.write), (0x40, true));
    assert_eq!(host.counter(counter::LOST), 3);
    assert_eq!(host.counter(counter::RECEIVED), 3);
    assert_eq!(error(&mut host, Way::Receive), 0);
    host.check_books();
}

#[test]
fn a_frame_that_cannot_be_read_does_not_leave() {
    let mut host = Host::new(2, 26);
    host.start(Way::Transmit, 4);
    // In the first beat, within the first burst, in a later one: each between two right frames.
    let mut number = 0;
    for (skip, beat) in [(0, 0), (0, 5), (2, 0), (2, 3)] {
        let frames = [9_600, 64].map(|length| {
            number += 1;
            plain(server_mac(0), length, number)
        });
        // So that the first burst has all its beats.
        host.memory.approach_page(4_096);
        fail(&mut host, FRAME, skip, beat);
        for frame in &frames {
            host.post_frame(0, frame);
        }
        host.doorbell(Way::Transmit);
        let completions = host.await_completions(Way::Transmit, 2);
        let statuses: Vec<_> = completions
            .iter()
            .map(|completion| completion.status)
            .collect();
        assert_eq!(statuses, [3, 0], "failed in burst {skip}, beat {beat}");
        host.run(500);
        let left = host.card.take_departures();
        assert_eq!(left.len(), 1, "failed in burst {skip}, beat {beat}");
        assert!(left[0].data == frames[1]);
    }
    // Memory that is not there.
    host.post(Way::Transmit, [0x80, 0, 64, 0], None);
    host.memory.let_read(0x80, 64);
    host.doorbell(Way::Transmit);
    assert_eq!(host.await_completions(Way::Transmit, 1)[0].status, 3);
    let faults = host.card.harness().bus_faults();
    assert_eq!(
        (faults.count, faults.address, faults.write),
        (1, 0x80, false)
    );
    assert_eq!(host.counter(counter::FAILED), 5);
    assert_eq!(host.counter(counter::TRANSMITTED), 4);
    let counters = host.card.counters().expect("the counters are readable");
    // Those of which a part had entered are the card's to drop.
    let bad = counters.drops[reason_number("bad-frame")];
    assert!(bad <= 5, "{:?}", named_drops(&counters));
    assert_eq!(counters.dropped(), bad, "{:?}", named_drops(&counters));
    host.check_books();
}

/// A card that is no master of the bus reads nothing.
#[test]
fn without_the_bus_a_ring_stops() {
    let mut host = Host::new(2, 27);
    host.start_both(3);
    host.card.harness_mut().set_bus_master(false);
    for way in Way::BOTH {
        match way {
            Way::Receive => host.post_buffer(64),
            Way::Transmit => host.post_frame(0, &plain(server_mac(0), 64, 3)),
        }
        host.doorbell(way);
        host.run_until("the stop", |host| !running(host, way));
        assert_eq!(error(&mut host, way), 3);
    }
    host.card.harness_mut().set_bus_master(true);
    for way in Way::BOTH {
        host.set_enable(way, false);
        host.await_status(1, 0);
        host.start(way, 3);
        works(&mut host, way);
    }
}
