//! Frames of all sizes pass both ways, whatever the memory's timing.

use flowswitch_sim::card::Card;
use flowswitch_tests::drops::named_drops;
use flowswitch_tests::measure::{CLOCK_NS, server_mac};
use flowswitch_tests::rings::registers::{counter, ring};
use flowswitch_tests::rings::{ADDRESSED, CONTROL, Host, Way, control, plain, to_host};
use flowswitch_verilated::MemoryTiming;

/// Lengths about every edge, and some between them.
const LENGTHS: [usize; 24] = [
    60, 61, 63, 64, 65, 127, 128, 129, 191, 192, 193, 256, 576, 1024, 1025, 1514, 2047, 2048, 4095,
    4096, 4097, 9000, 9599, 9600,
];

/// Memory that is steady, slow, or unruly.
const TIMINGS: [MemoryTiming; 3] = [
    MemoryTiming {
        read_latency: 1,
        write_latency: 1,
        stall: 0,
        shuffle: 0,
    },
    MemoryTiming {
        read_latency: 200,
        write_latency: 300,
        stall: 0,
        shuffle: 0,
    },
    MemoryTiming {
        read_latency: 24,
        write_latency: 40,
        stall: 0x6000,
        shuffle: 0x8000,
    },
];

#[test]
fn frames_of_all_sizes_reach_the_host() {
    let mut host = Host::new(2, 1);
    for (round, timing) in (0..).zip(TIMINGS) {
        host.card.harness_mut().set_memory_timing(&timing);
        host.start(Way::Receive, 3);
        let frame = |number: u32| {
            let length = LENGTHS[number as usize % LENGTHS.len()];
            match number % 3 {
                0 => control(length, number),
                _ => to_host(length, number),
            }
        };
        let mut posted = 0u32;
        let (mut offered, mut checked) = (0u32, 0u32);
        let count = 2 * LENGTHS.len() as u32;
        let began = host.card.now_ns();
        while checked < count {
            // Buffers of several sizes, some of which begin shortly before a page's end.
            while host.room(Way::Receive) > 0 && posted < count {
                let length = frame(posted).len() as u64;
                if posted % 5 == 2 {
                    host.memory.approach_page(128);
                }
                let spare = 1_024 * u64::from(posted % 2);
                host.post_buffer(length.next_multiple_of(64) + spare);
                posted += 1;
            }
            host.doorbell(Way::Receive);
            // No more under way than the queue of the host holds: 512 beats.
            while offered < count && offered < checked + 3 {
                host.offer((offered % 2) as u8, [frame(offered)]);
                offered += 1;
                host.run(400);
            }
            for received in host.await_received(1) {
                let wanted = frame(checked);
                let completion = received.completion;
                assert_eq!(completion.status, 0, "frame {checked} in round {round}");
                assert_eq!(usize::from(completion.length), wanted.len());
                assert!(
                    received.data == wanted,
                    "bytes of frame {checked} in round {round}"
                );
                assert_eq!(
                    u32::from(completion.port),
                    checked % 2,
                    "port of frame {checked}"
                );
                let reason = if checked % 3 == 0 { CONTROL } else { ADDRESSED };
                assert_eq!(completion.reason, reason, "reason of frame {checked}");
                let now = host.card.now_ns();
                assert!(
                    (began..=now).contains(&completion.time_ns),
                    "{completion:?}"
                );
                // A frame is stored whole before it is handed on.
                let least = wanted.len() as u32 / 64;
                assert!(
                    (least..200_000).contains(&completion.waited),
                    "{completion:?}"
                );
                checked += 1;
            }
        }
        let completed = host.read(Way::Receive.register(ring::COMPLETED));
        assert_eq!(completed, count);
        host.set_enable(Way::Receive, false);
        host.await_status(0x3, 0);
    }
    let frames = 3 * 2 * LENGTHS.len() as u64;
    assert_eq!(host.counter(counter::RECEIVED), frames);
    assert_eq!(host.card.harness().bus_faults().count, 0);
    host.check_books();
}

#[test]
fn the_clocks_that_a_frame_waited_are_told() {
    let mut host = Host::new(2, 2);
    host.start(Way::Receive, 4);
    // Without a descriptor it waits in the card until the host posts one.
    host.offer(0, [to_host(64, 1), to_host(64, 2)]);
    host.run(2_000);
    let posted_ns = host.card.now_ns();
    host.post_buffer(64);
    host.post_buffer(64);
    host.doorbell(Way::Receive);
    let received = host.await_received(2);
    for received in received {
        let completion = received.completion;
        let waited_ns = CLOCK_NS * u64::from(completion.waited);
        let arrived_ns = completion.time_ns - waited_ns;
        // What lies between the pins and the ring holds a frame or so: the first may have reached it before.
        assert!(arrived_ns < posted_ns - 1_500 * CLOCK_NS, "{completion:?}");
        assert!(arrived_ns > posted_ns - 2_500 * CLOCK_NS, "{completion:?}");
    }
}

#[test]
fn frames_of_all_sizes_leave() {
    let mut host = Host::new(2, 3);
    for timing in TIMINGS {
        host.card.harness_mut().set_memory_timing(&timing);
        host.start(Way::Transmit, 3);
        let frame = |number: u32| {
            plain(
                server_mac(0),
                LENGTHS[number as usize % LENGTHS.len()],
                number,
            )
        };
        let count = 2 * LENGTHS.len() as u32;
        let mut posted = 0;
        let mut completed = 0;
        while completed < count {
            while host.room(Way::Transmit) > 0 && posted < count {
                if posted % 5 == 2 {
                    host.memory.approach_page(64);
                }
                host.post_frame((posted % 2) as u8, &frame(posted));
                posted += 1;
            }
            host.doorbell(Way::Transmit);
            for completion in host.await_completions(Way::Transmit, 1) {
                assert_eq!(completion.status, 0, "frame {completed}");
                assert_eq!(usize::from(completion.length), frame(completed).len());
                assert!(completion.time_ns <= host.card.now_ns());
                completed += 1;
            }
        }
        host.run(2_000);
        let departures = host.card.take_departures();
        for port in [0, 1] {
            let left: Vec<_> = departures.iter().filter(|left| left.port == port).collect();
            assert_eq!(left.len(), count as usize / 2, "frames by port {port}");
            let numbers = (0..count).filter(|number| number % 2 == u32::from(port));
            for (left, number) in left.iter().zip(numbers) {
                assert!(left.data == frame(number), "bytes of frame {number}");
                assert_eq!(left.source, 2, "the host's");
            }
        }
        host.set_enable(Way::Transmit, false);
        host.await_status(0x5, 0);
    }
    assert_eq!(
        host.counter(counter::TRANSMITTED),
        3 * 2 * LENGTHS.len() as u64
    );
    host.check_books();
}

/// The card judges what it is handed as it does any injected frame; the descriptor was done.
#[test]
fn injected_frames_are_judged() {
    let mut host = Host::new(2, 4);
    host.start(Way::Transmit, 4);
    for length in [18, 59, 9_601, 16_320] {
        host.post_frame(0, &plain(server_mac(0), length, 7));
    }
    for port in [2, 15] {
        host.post_frame(port, &plain(server_mac(0), 64, 8));
    }
    host.post_frame(1, &plain(server_mac(0), 64, 9));
    host.doorbell(Way::Transmit);
    for completion in host.await_completions(Way::Transmit, 7) {
        assert_eq!(completion.status, 0, "{completion:?}");
    }
    host.run(1_000);
    let departures = host.card.take_departures();
    assert_eq!(departures.len(), 1, "frames that left");
    assert_eq!((departures[0].port, departures[0].data.len()), (1, 64));
    let drops = named_drops(&host.card.counters().expect("the counters are readable"));
    let wanted = [("runt", 2), ("giant", 2), ("no-port", 2)];
    assert_eq!(drops, wanted.map(|(name, count)| (name.to_owned(), count)));
    host.check_books();
}

#[test]
fn a_short_buffer_holds_the_beginning() {
    let mut host = Host::new(2, 5);
    host.start(Way::Receive, 2);
    let sizes = [
        (65, 64),
        (128, 64),
        (9_600, 64),
        (9_600, 9_536),
        (9_600, 4_096),
        (129, 128),
    ];
    for (number, (length, bytes)) in (0..).zip(sizes) {
        host.post_buffer(bytes);
        host.doorbell(Way::Receive);
        let frame = to_host(length, number);
        host.offer(0, [frame.clone()]);
        let received = host.await_received(1).remove(0);
        assert_eq!(received.completion.status, 1, "{length} bytes into {bytes}");
        assert_eq!(usize::from(received.completion.length), length);
        assert!(
            received.data == frame[..bytes as usize],
            "{length} bytes into {bytes}"
        );
    }
    // The next one is whole again.
    host.post_buffer(64);
    host.doorbell(Way::Receive);
    host.offer(0, [to_host(64, 99)]);
    let received = host.await_received(1).remove(0);
    assert_eq!(
        (received.completion.status, received.data),
        (0, to_host(64, 99))
    );
    assert_eq!(host.counter(counter::TRUNCATED), sizes.len() as u64);
    assert_eq!(host.counter(counter::RECEIVED), 1);
    host.check_books();
}

/// More frames each way at once than indices, on the largest and the smallest rings.
#[test]
fn indices_wrap() {
    let mut host = Host::new(2, 6);
    let unruly = MemoryTiming {
        stall: 0x800,
        shuffle: 0x2000,
        ..MemoryTiming::default()
    };
    host.card.harness_mut().set_memory_timing(&unruly);
    for (size, count) in [(2, 200u32), (12, 66_000)] {
        host.start_both(size);
        let mut done = [0u32; 2];
        let mut posted = [0u32; 2];
        let mut offered = 0;
        while done != [count, count] {
            for way in Way::BOTH {
                let side = way.bit() as usize;
                let room = host.room(way) as u32;
                // A doorbell for a good part of the ring at a time.
                if room >= 1 << (size - 1) || posted[side] + room > count {
                    for _ in 0..room.min(count - posted[side]) {
                        match way {
                            Way::Receive => host.post_buffer(64),
                            Way::Transmit => {
                                host.post_frame(1, &plain(server_mac(1), 64, posted[1]))
                            }
                        }
                        posted[side] += 1;
                    }
                    host.doorbell(way);
                }
            }
            let frames = (posted[0] - offered).min(128);
            host.offer(
                0,
                (offered..offered + frames).map(|number| to_host(64, number)),
            );
            offered += frames;
            host.run(600);
            for received in host.received() {
                assert_eq!(received.completion.status, 0);
                assert!(received.data == to_host(64, done[0]), "frame {}", done[0]);
                done[0] += 1;
            }
            for completion in host.completions(Way::Transmit) {
                assert_eq!((completion.status, completion.length), (0, 64));
                done[1] += 1;
            }
        }
        host.run(500);
        let departures = host.card.take_departures();
        assert_eq!(departures.len(), count as usize);
        for (left, number) in departures.iter().zip(0..) {
            assert!(
                left.data == plain(server_mac(1), 64, number),
                "frame {number} left"
            );
        }
        for way in Way::BOTH {
            assert_eq!(host.read(way.register(ring::COMPLETED)), count & 0xffff);
            host.set_enable(way, false);
        }
        host.await_status(0x7, 0);
    }
    host.check_books();
}
