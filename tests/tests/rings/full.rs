//! What happens when the host does not keep up: its own frames are dropped and counted, forwarding knows nothing of it.

use flowswitch_sim::card::Card;
use flowswitch_tests::drops::named_drops;
use flowswitch_tests::measure::{LATENCY, image, latency, server_mac, stream, to_server};
use flowswitch_tests::rings::registers::counter;
use flowswitch_tests::rings::{Host, Way, plain, to_host};
use flowswitch_verilated::MemoryTiming;
use std::net::Ipv6Addr;

/// Frames forwarded beside what the host does.
const FORWARDED: u32 = 1_500;

/// Bytes of a frame to the host: one, five or nine beats, so that all look-ups, at the frames' ends, keep their distance
/// from those of the frames that are forwarded.
fn length(number: u32) -> usize {
    [60, 311, 576][number as usize % 3]
}

/// Sends frames between the ports, and frames to the host among them; none of the former is lost or late.
#[track_caller]
fn forwarding_is_untouched(host: &mut Host, to_host_frames: u32) {
    host.card.take_departures();
    let frames = (0..FORWARDED).map(|number| to_server(1, 1, number));
    let forwarded = stream(&host.card, 0, 0, 4, frames);
    let frames = (0..to_host_frames).map(|number| to_host(length(number), number));
    // Their look-ups fall between those of the others.
    let punted = stream(&host.card, 1, 2, 12, frames);
    host.card.offer(forwarded);
    host.card.offer(punted);
    host.run(4 * u64::from(FORWARDED) + 12 * u64::from(to_host_frames) + 2_000);
    let departures = host.card.take_departures();
    let left: Vec<_> = departures.iter().filter(|left| left.source == 0).collect();
    assert_eq!(left.len(), FORWARDED as usize, "frames forwarded");
    for (left, number) in left.iter().zip(0..) {
        assert!(left.data == to_server(1, 1, number), "frame {number}");
        assert_eq!(latency(left), LATENCY, "clocks of frame {number}");
    }
}

#[test]
fn a_ring_without_descriptors_drops_only_the_hosts_frames() {
    let mut host = Host::new(2, 31);
    host.start(Way::Receive, 4);
    for _ in 0..7 {
        host.post_buffer(1_024);
    }
    host.doorbell(Way::Receive);
    forwarding_is_untouched(&mut host, 1_000);
    let received = host.received();
    assert_eq!(received.len(), 7, "as many frames as descriptors");
    for (received, number) in received.iter().zip(0..) {
        assert!(received.data == to_host(length(number), number));
    }
    // What waits inside comes as soon as there is room: the oldest frames, none torn.
    let mut waiting = Vec::new();
    loop {
        while host.room(Way::Receive) > 0 {
            host.post_buffer(1_024);
        }
        host.doorbell(Way::Receive);
        host.run(4_000);
        let received = host.received();
        waiting.extend(received);
        if host.room(Way::Receive) < 16 {
            break;
        }
    }
    // A short one may have found room where a longer one did not.
    let mut last = 6;
    for received in &waiting {
        let number = u32::from_be_bytes(received.data[14..18].try_into().expect("four bytes"));
        assert!(number > last, "in their order");
        assert!(
            received.data == to_host(length(number), number),
            "frame {number}"
        );
        last = number;
    }
    let counters = host.card.counters().expect("the counters are readable");
    let dropped = 1_000 - 7 - waiting.len() as u64;
    assert!(dropped > 0, "the queue holds 512 beats");
    assert_eq!(named_drops(&counters), [("host-full".to_owned(), dropped)]);
    host.check_books();
}

#[test]
fn a_ring_that_does_not_run_takes_and_counts() {
    let mut host = Host::new(2, 32);
    forwarding_is_untouched(&mut host, 1_000);
    assert_eq!(host.counter(counter::OFF), 1_000);
    let counters = host.card.counters().expect("the counters are readable");
    assert_eq!(named_drops(&counters), []);
    host.check_books();
}

/// Both rings are full of work, and the memory never answers in time: nothing else is held up.
#[test]
fn slow_memory_holds_up_nobody_else() {
    let mut host = Host::new(2, 33);
    let glacial = MemoryTiming {
        read_latency: 3_000,
        write_latency: 3_000,
        stall: 0xf000,
        shuffle: 0,
    };
    host.card.harness_mut().set_memory_timing(&glacial);
    host.start_both(6);
    for number in 0..64 {
        host.post_buffer(1_024);
        // These leave by the other port than the frames that are watched.
        host.post_frame(0, &plain(server_mac(0), 64, number));
    }
    host.doorbell_both();
    forwarding_is_untouched(&mut host, 500);
    host.card
        .harness_mut()
        .set_memory_timing(&Default::default());
    assert!(!host.await_completions(Way::Transmit, 1).is_empty());
}

/// An egress that takes nothing holds up the transmit ring, not the receive ring; the frames come when it takes again.
#[test]
fn a_blocked_egress_holds_the_transmit_ring() {
    let mut host = Host::new(2, 34);
    host.start_both(8);
    host.card
        .harness_mut()
        .set_blocked(0, true)
        .expect("there is such a port");
    let frames: Vec<_> = (0..200)
        .map(|number| plain(server_mac(0), 1_500, number))
        .collect();
    for frame in &frames {
        host.post_frame(0, frame);
    }
    host.doorbell(Way::Transmit);
    host.run(30_000);
    let early = host.completions(Way::Transmit).len();
    // 512 beats of the queue at 24 a frame, and what the pipe holds.
    assert!(
        (15..40).contains(&early),
        "{early} frames taken by a blocked port"
    );
    for _ in 0..4 {
        host.post_buffer(64);
    }
    host.doorbell(Way::Receive);
    host.offer(1, (0..4).map(|number| to_host(64, number)));
    assert_eq!(host.await_received(4).len(), 4);
    host.card
        .harness_mut()
        .set_blocked(0, false)
        .expect("there is such a port");
    let late = host.await_completions(Way::Transmit, 200 - early);
    assert!(late.iter().all(|completion| completion.status == 0));
    host.run(2_000);
    let left: Vec<_> = host
        .card
        .take_departures()
        .into_iter()
        .map(|left| left.data)
        .collect();
    assert!(left == frames, "all frames, none dropped");
    host.check_books();
}

/// Announcements come while frames are fetched that room was promised to: not one of the frames is dropped for want of it.
#[test]
fn announcements_take_no_room_that_is_promised() {
    let mut image = image(2);
    let vips = std::mem::take(&mut image.vips);
    // Each is announced by two beats: more than the spare room holds comes while memory is asked for a frame.
    image.vips = (0..64u16)
        .map(|number| {
            let mut vip = vips[1].clone();
            vip.address = Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 1, number).into();
            vip
        })
        .collect();
    image.announce = 1_000;
    for port in &mut image.logical_ports {
        port.announce = true;
    }
    let mut host = Host::holding(&image, 35);
    let slow = MemoryTiming {
        read_latency: 600,
        ..MemoryTiming::default()
    };
    host.card.harness_mut().set_memory_timing(&slow);
    host.card.block_port(0, true).expect("port 0 exists");
    for up in [false, true] {
        host.card.set_link_pin(0, up).expect("port 0 exists");
        host.run(50);
    }
    host.start(Way::Transmit, 6);
    let frames: Vec<_> = (0..60)
        .map(|number| plain(server_mac(0), 1_200, number))
        .collect();
    for frame in &frames {
        host.post_frame(0, frame);
    }
    host.doorbell(Way::Transmit);
    // The queue holds 512 beats: not all of the frames, and some announcements find it full.
    host.run(20_000);
    host.card.block_port(0, false).expect("port 0 exists");
    let completions = host.await_completions(Way::Transmit, frames.len());
    assert!(completions.iter().all(|completion| completion.status == 0));
    host.run(4_000);
    let departures = host.card.take_departures();
    let (sent, announced): (Vec<_>, Vec<_>) = departures
        .iter()
        .filter(|left| left.port == 0)
        .partition(|left| left.data.len() == 1_200);
    let sent: Vec<_> = sent.iter().map(|left| &left.data).collect();
    assert_eq!(sent, frames.iter().collect::<Vec<_>>());
    let counters = host.card.counters().expect("the counters are readable");
    let dropped: u64 = counters.drops.iter().sum();
    assert!(
        announced.len() > 2 && dropped > 0,
        "{} announcements left, {dropped} found the queue full",
        announced.len()
    );
}
