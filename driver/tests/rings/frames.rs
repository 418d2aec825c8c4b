//! Frames pass as they are, in order, whatever the ring's round.

use flowswitch_driver::Error;
use flowswitch_driver::rings::control::PuntLimit;
use flowswitch_driver::rings::{HostPort, HostSettings, RingError, Status};

use super::{card, frame, receive, small};

#[test]
fn frames_come_with_what_the_card_tells_of_them() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    assert_eq!(receive(&mut host).unwrap(), []);
    let fake = &mut host.card().device_mut().host;
    fake.punt(3, 2, &frame(1, 60));
    fake.punt(0, 15, &frame(2, 128));
    assert_eq!(
        receive(&mut host).unwrap(),
        [
            (3, 2, 60, false, frame(1, 60)),
            (0, 15, 128, false, frame(2, 128)),
        ]
    );
    assert_eq!(receive(&mut host).unwrap(), []);
    let statistics = host.close().unwrap();
    assert_eq!((statistics.received, statistics.malformed), (2, 0));
}

#[test]
fn the_time_of_arrival_leaves_out_the_wait_for_a_buffer() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    let arrived = host.card().time_ns().unwrap();
    for number in 0..5 {
        let fake = &mut host.card().device_mut().host;
        fake.punt(0, 1, &frame(number, 60));
    }
    // The fifth waits for the first buffer that is given back.
    host.card().device_mut().host.time_ns += 400;
    let mut times = Vec::new();
    host.poll_receive(|frame| times.push(frame.arrived_ns))
        .unwrap();
    host.poll_receive(|frame| times.push(frame.arrived_ns))
        .unwrap();
    assert_eq!(times, [arrived; 5]);
}

#[test]
fn rings_go_round_longer_than_their_indices() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    let mut sent = 0u64;
    for number in 0..70_000 {
        let fake = &mut host.card().device_mut().host;
        fake.punt((number % 4) as u8, 1, &frame(number, 64));
        fake.sent.clear();
        let found = receive(&mut host).unwrap();
        assert_eq!(found.len(), 1, "frame {number}");
        assert_eq!(found[0].4, frame(number, 64), "frame {number}");
        assert!(host.transmit(1, &frame(number, 70)).unwrap());
        let fake = &host.card().device().host;
        assert_eq!(fake.sent, [(1, frame(number, 70))], "frame {number}");
        sent += host
            .poll_transmit(|sent| assert_eq!(sent.index, number as u16))
            .unwrap() as u64;
    }
    let statistics = host.close().unwrap();
    assert_eq!(
        (statistics.received, statistics.transmitted),
        (70_000, sent)
    );
    assert_eq!(sent, 70_000);
}

#[test]
fn a_frame_longer_than_its_buffer_is_cut() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    let whole = frame(9, 1500);
    host.card().device_mut().host.punt(1, 1, &whole);
    let found = receive(&mut host).unwrap();
    assert_eq!(found, [(1, 1, 1500, true, whole[..128].to_vec())]);
    assert_eq!(host.statistics().truncated, 1);
    assert_eq!(host.card().host_counters().unwrap().truncated, 1);
}

#[test]
fn more_frames_than_descriptors_wait_in_the_card() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    for number in 0..10 {
        let fake = &mut host.card().device_mut().host;
        fake.punt(0, 1, &frame(number, 60 + number));
    }
    let mut found = Vec::new();
    while found.len() < 10 {
        let more = receive(&mut host).unwrap();
        assert!(!more.is_empty(), "{} frames came", found.len());
        found.extend(more);
    }
    for (number, (_, _, length, _, bytes)) in found.iter().enumerate() {
        assert_eq!(usize::from(*length), 60 + number);
        assert_eq!(*bytes, frame(number, 60 + number));
    }
}

#[test]
fn a_full_transmit_ring_takes_nothing_and_loses_nothing() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    host.card().device_mut().host.stalled = true;
    for number in 0..4 {
        assert!(host.queue(number as u8, &frame(number, 61)).unwrap());
    }
    assert!(!host.transmit(0, &frame(4, 61)).unwrap());
    assert_eq!(host.unsent(), 4);
    host.card().device_mut().host.stalled = false;
    // A reading of the state lets the card in memory go on.
    host.card().device_mut().host.event(0);
    assert!(
        host.transmit(0, &frame(4, 61)).unwrap_or(false) || {
            host.wait(
                flowswitch_driver::rings::Vectors::TRANSMIT,
                std::time::Duration::from_millis(1),
            )
            .unwrap();
            host.transmit(0, &frame(4, 61)).unwrap()
        }
    );
    let mut statuses = Vec::new();
    host.poll_transmit(|sent| statuses.push((sent.status, sent.length)))
        .unwrap();
    assert!(statuses.iter().all(|sent| *sent == (Status::Done, 61)));
    assert_eq!(host.unsent(), 0);
    assert_eq!(host.statistics().transmitted, 5);
    let sent = &host.card().device().host.sent;
    let numbers = [0, 1, 2, 3, 0].into_iter().enumerate();
    let expected: Vec<_> = numbers.map(|(n, port)| (port, frame(n, 61))).collect();
    assert_eq!(*sent, expected);
}

#[test]
fn frames_that_cannot_be_sent_are_refused() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    for bytes in [0, 129, 70_000] {
        assert!(matches!(
            host.transmit(0, &vec![0; bytes]),
            Err(Error::Ring(RingError::Length { most: 128, .. }))
        ));
    }
    assert!(matches!(
        host.transmit(4, &[0; 60]),
        Err(Error::Ring(RingError::Port { port: 4, last: 3 }))
    ));
    assert_eq!(host.card().device().host.sent, []);
}

#[test]
fn a_limit_drops_and_counts_by_reason() {
    let mut card = card();
    card.set_punt_limit(2, PuntLimit { rate: 1, burst: 2 })
        .unwrap();
    assert_eq!(card.punt_limit(2).unwrap(), PuntLimit { rate: 1, burst: 2 });
    assert_eq!(card.punt_limit(1).unwrap(), PuntLimit::default());
    assert!(matches!(
        card.punt_limit(16),
        Err(Error::Ring(RingError::Reason(16)))
    ));
    let mut host = HostPort::open(&mut card, &HostSettings::default()).unwrap();
    // The bucket is full at first, and gains one frame in an interval.
    for reason in [2, 1, 2, 2, 1] {
        host.card().device_mut().host.punt(0, reason, &frame(0, 60));
    }
    assert_eq!(receive(&mut host).unwrap().len(), 4);
    host.card().device_mut().host.time_ns += 1 << 20;
    for _ in 0..2 {
        host.card().device_mut().host.punt(0, 2, &frame(0, 60));
    }
    assert_eq!(receive(&mut host).unwrap().len(), 1);
    let counters = host.card().host_counters().unwrap();
    assert_eq!(
        (counters.received, counters.limited[2], counters.limited[1]),
        (5, 2, 0)
    );
}

#[test]
fn nothing_is_allocated_for_a_frame() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &HostSettings::default()).unwrap();
    for number in 0..200 {
        let fake = &mut host.card().device_mut().host;
        fake.punt(0, 1, &frame(number, 60));
    }
    let mut bytes = 0;
    let info = allocation_counter::measure(|| {
        host.poll_receive(|frame| bytes += frame.bytes.len())
            .unwrap();
    });
    assert_eq!((bytes, info.count_total), (200 * 60, 0));
    // The card in memory allocates for what it sends: it is stalled while the frames are queued.
    host.card().device_mut().host.stalled = true;
    let bytes = frame(1, 60);
    let info = allocation_counter::measure(|| {
        for _ in 0..200 {
            assert!(host.transmit(0, &bytes).unwrap());
        }
    });
    assert_eq!(info.count_total, 0);
}
