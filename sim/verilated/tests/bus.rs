//! The host's memory behind the card's bus: what it promises, and what it objects to.

use flowswitch_driver::dma::{Page, pages_for};
use flowswitch_verilated::bus_bench::{BusAnswer, BusAsk, BusBench};
use flowswitch_verilated::{Access, BusError, Memory, MemoryTiming};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const BASE: u64 = 0xffff_ffff_ffff_0000;
const READY: BusAsk = BusAsk {
    b_ready: true,
    r_ready: true,
    aw_valid: false,
    aw_id: 0,
    aw_address: 0,
    aw_length: 0,
    w_valid: false,
    w_data: [0; 8],
    w_strobes: 0,
    w_last: false,
    ar_valid: false,
    ar_id: 0,
    ar_address: 0,
    ar_length: 0,
};

/// Sixteen pages that end with the address space.
fn bench(timing: MemoryTiming) -> (BusBench, Arc<[Page]>) {
    let pages = pages_for(0x1_0000);
    let mut bench = BusBench::new(7);
    bench
        .add_window(BASE, Memory::Pages(pages.clone()), Access::BOTH)
        .expect("a window");
    bench.set_timing(&timing);
    (bench, pages)
}

fn at_once() -> MemoryTiming {
    MemoryTiming {
        read_latency: 1,
        write_latency: 1,
        ..MemoryTiming::default()
    }
}

fn word(pages: &[Page], offset: u64) -> u64 {
    pages[(offset / 4096) as usize].words()[(offset % 4096 / 8) as usize].load(Ordering::Relaxed)
}

fn set(pages: &[Page], offset: u64, value: u64) {
    pages[(offset / 4096) as usize].words()[(offset % 4096 / 8) as usize]
        .store(value, Ordering::Relaxed);
}

fn read(id: u8, address: u64, beats: u8) -> BusAsk {
    BusAsk {
        ar_valid: true,
        ar_id: id,
        ar_address: address,
        ar_length: beats - 1,
        ..READY
    }
}

/// A write of one beat, address and data at once.
fn write(id: u8, address: u64, data: [u64; 8], strobes: u64) -> BusAsk {
    BusAsk {
        aw_valid: true,
        aw_id: id,
        aw_address: address,
        w_valid: true,
        w_data: data,
        w_strobes: strobes,
        w_last: true,
        ..READY
    }
}

#[track_caller]
fn step(bench: &mut BusBench, ask: BusAsk) -> BusAnswer {
    let answer = bench.step(&ask);
    assert_eq!(answer.fault, "");
    answer
}

/// Shows what is asked for one clock and counts the clocks until something comes back.
#[track_caller]
fn asked(bench: &mut BusBench, ask: BusAsk) -> (u32, BusAnswer) {
    let first = step(bench, ask);
    assert!((!ask.ar_valid || first.ar_ready) && (!ask.aw_valid || first.aw_ready));
    for clocks in 1..1_000 {
        let answer = step(bench, READY);
        if answer.b_valid || answer.r_valid {
            return (clocks, answer);
        }
    }
    panic!("no answer");
}

#[test]
fn latencies_are_as_set() {
    let (mut bench, pages) = bench(MemoryTiming {
        read_latency: 17,
        write_latency: 29,
        ..MemoryTiming::default()
    });
    set(&pages, 0x140, 0x1122_3344_5566_7788);
    let (clocks, answer) = asked(&mut bench, read(2, BASE + 0x140, 1));
    assert_eq!((clocks, answer.r_id, answer.r_last), (17, 2, true));
    assert_eq!(answer.r_data[0], 0x1122_3344_5566_7788);
    // Memory changes with the answer, not before.
    step(&mut bench, write(1, BASE + 0xffc0, [9; 8], !0));
    for _ in 1..29 {
        let answer = step(&mut bench, READY);
        assert!(!answer.b_valid && word(&pages, 0xffc0) == 0);
    }
    let answer = step(&mut bench, READY);
    assert_eq!(
        (answer.b_valid, answer.b_id, answer.b_response),
        (true, 1, 0)
    );
    assert_eq!(word(&pages, 0xfff8), 9);
    assert!(!bench.busy());
}

#[test]
fn strobes_choose_bytes() {
    let (mut bench, pages) = bench(at_once());
    set(&pages, 0x08, 0x1111_1111_1111_1111);
    set(&pages, 0x10, 0x2222_2222_2222_2222);
    // Bytes 10 to 16 of the beat.
    asked(&mut bench, write(0, BASE + 10, [!0; 8], 0x7f << 10));
    assert_eq!(word(&pages, 0x00), 0);
    assert_eq!(word(&pages, 0x08), 0xffff_ffff_ffff_1111);
    assert_eq!(word(&pages, 0x10), 0x2222_2222_2222_22ff);
    assert_eq!(word(&pages, 0x18), 0);
}

#[test]
fn what_no_window_allows_is_refused_and_recorded() {
    let (mut bench, pages) = bench(at_once());
    let page = pages_for(4096);
    let only_read = Access {
        read: true,
        write: false,
    };
    bench
        .add_window(0x1000, Memory::Pages(page), only_read)
        .expect("a window");
    let response = |bench: &mut BusBench, ask: BusAsk| {
        let (_, answer) = asked(bench, ask);
        if ask.ar_valid {
            answer.r_response
        } else {
            answer.b_response
        }
    };
    assert_eq!(response(&mut bench, read(0, 0x1fc0, 1)), 0);
    assert_eq!(bench.faults().count, 0);
    assert_eq!(response(&mut bench, write(0, 0x1040, [1; 8], !0)), 3);
    assert_eq!(
        (bench.faults().address, bench.faults().write),
        (0x1040, true)
    );
    assert_eq!(response(&mut bench, read(0, 0x2000, 1)), 3);
    assert_eq!(response(&mut bench, read(0, 0xfc0, 1)), 3);
    assert_eq!(response(&mut bench, read(0, BASE - 64, 1)), 3);
    assert_eq!(bench.faults().count, 4);
    bench.set_master(false);
    assert_eq!(response(&mut bench, write(0, BASE, [1; 8], !0)), 3);
    assert_eq!(word(&pages, 0), 0, "written by no master");
    assert_eq!((bench.faults().count, bench.faults().address), (5, 0x1040));
}

#[test]
fn errors_come_where_they_are_wanted() {
    let (mut bench, pages) = bench(at_once());
    bench.fail_access(&BusError {
        write: true,
        id: 1,
        skip: 1,
        beat: 0,
    });
    let responses = [1, 0, 1, 1].map(|id| {
        asked(&mut bench, write(id, BASE, [id.into(); 8], !0))
            .1
            .b_response
    });
    assert_eq!(responses, [0, 0, 2, 0]);
    assert_eq!(word(&pages, 0), 1);
    bench.fail_access(&BusError {
        write: false,
        id: 2,
        skip: 0,
        beat: 1,
    });
    let (_, first) = asked(&mut bench, read(2, BASE, 3));
    let rest = [(); 2].map(|()| step(&mut bench, READY));
    let responses =
        [&first, &rest[0], &rest[1]].map(|beat| (beat.r_valid, beat.r_response, beat.r_last));
    assert_eq!(
        responses,
        [(true, 0, false), (true, 2, false), (true, 0, true)]
    );
    assert_eq!(bench.faults().count, 0);
}

/// In each ID's own order, every beat once and right, however shuffled and stalled; IDs overtake one another.
#[test]
fn ids_keep_their_order_and_overtake_each_other() {
    let (mut bench, pages) = bench(MemoryTiming {
        read_latency: 9,
        write_latency: 13,
        stall: 0x5000,
        shuffle: 0x8000,
    });
    for offset in (0..0x1_0000).step_by(8) {
        set(&pages, offset, offset);
    }
    let mut due: [VecDeque<(u64, bool)>; 4] = Default::default();
    let mut overtaken = 0;
    let mut within = None;
    let (mut sent, mut got) = (0u64, 0);
    let mut ask = READY;
    for _ in 0..6_000 {
        if !ask.ar_valid && sent < 300 {
            let id = (sent * 7 % 3) as u8;
            let beats = 1 + sent % 5;
            let address = sent * 320 % 0xf000;
            // Within a page.
            let address = address.min(address / 4096 * 4096 + 4096 - 64 * beats);
            if due[usize::from(id)].len() + beats as usize <= 16 {
                ask = read(id, BASE + address, beats as u8);
                for beat in 0..beats {
                    due[usize::from(id)].push_back((address + 64 * beat, beat + 1 == beats));
                }
                sent += 1;
            }
        }
        let answer = step(&mut bench, ask);
        if answer.ar_ready {
            ask.ar_valid = false;
        }
        if answer.r_valid {
            let next = due[usize::from(answer.r_id)].pop_front();
            assert_eq!(next, Some((answer.r_data[0], answer.r_last)));
            overtaken += u32::from(within.is_some_and(|id| id != answer.r_id));
            within = (!answer.r_last).then_some(answer.r_id);
            got += 1;
        }
    }
    assert!(due.iter().all(VecDeque::is_empty) && sent == 300 && got > 600 && !bench.busy());
    assert!(overtaken > 100, "bursts interleaved {overtaken} times");
}

/// The objection to the last of some clocks, of which the others are right.
#[track_caller]
fn objection(timing: MemoryTiming, course: &[BusAsk]) -> String {
    let (mut bench, _) = bench(timing);
    let (last, others) = course.split_last().expect("a clock");
    for ask in others {
        step(&mut bench, *ask);
    }
    bench.step(last).fault
}

#[test]
fn violations_are_told() {
    let stalled = MemoryTiming {
        stall: 0xffff_ffff,
        ..MemoryTiming::default()
    };
    let beat = write(0, BASE, [5; 8], 0xff);
    let only_beat = BusAsk {
        aw_valid: false,
        ..beat
    };
    let changed = |ask: BusAsk| BusAsk {
        w_data: [6; 8],
        ..ask
    };
    let cases = [
        (
            stalled,
            vec![read(0, BASE, 1), READY],
            "AR: valid fell before ready",
        ),
        (
            stalled,
            vec![read(0, BASE, 1), read(0, BASE + 64, 1)],
            "AR: an address changed while it waited",
        ),
        (
            stalled,
            vec![beat, only_beat],
            "AW: valid fell before ready",
        ),
        (
            stalled,
            vec![only_beat, READY],
            "W: valid fell before ready",
        ),
        (
            stalled,
            vec![only_beat, changed(only_beat)],
            "W: a beat changed while it waited",
        ),
        (
            at_once(),
            vec![read(0, BASE, 17)],
            "AR: a burst of more than 16 beats",
        ),
        (
            at_once(),
            vec![read(0, BASE + 0xfc0, 2)],
            "AR: a burst crosses a boundary of 4 KiB",
        ),
        (
            at_once(),
            vec![read(3, BASE, 1)],
            "AR: an ID that no read has",
        ),
        (
            at_once(),
            vec![write(2, BASE, [0; 8], 1)],
            "AW: an ID that no write has",
        ),
        (
            at_once(),
            vec![write(0, BASE + 16, [0; 8], !0)],
            "W: a strobe below the burst's address",
        ),
        (
            at_once(),
            vec![BusAsk {
                w_last: false,
                ..beat
            }],
            "W: last does not stand with a burst's last beat",
        ),
    ];
    for (timing, course, wanted) in cases {
        assert_eq!(objection(timing, &course), wanted);
    }
    let endless = MemoryTiming {
        read_latency: 10_000,
        write_latency: 10_000,
        ..MemoryTiming::default()
    };
    let reads = "AR: more reads than may be under way";
    let writes = "AW: more writes than may be under way";
    for (id, most) in [(0, 16), (1, 16), (2, 32)] {
        assert_eq!(objection(endless, &vec![read(id, BASE, 1); most]), "");
        assert_eq!(
            objection(endless, &vec![read(id, BASE, 1); most + 1]),
            reads
        );
    }
    for (id, most) in [(0, 32), (1, 64)] {
        let beat = write(id, BASE, [0; 8], 1);
        assert_eq!(objection(endless, &vec![beat; most]), "");
        assert_eq!(objection(endless, &vec![beat; most + 1]), writes);
    }
    // Bytes without a strobe may change.
    let idle = BusAsk {
        w_data: [5, 7, 7, 7, 7, 7, 7, 7],
        ..only_beat
    };
    assert_eq!(objection(stalled, &[only_beat, idle]), "");
}

#[test]
fn windows_are_whole_beats_and_apart() {
    let (mut bench, _) = bench(at_once());
    let page = || Memory::Pages(pages_for(4096));
    for (address, why) in [
        (0x1020, "no whole beats"),
        (BASE, "overlaps"),
        (BASE - 0xfc0, "overlaps"),
        (BASE + 0xf040, "beyond the last address"),
    ] {
        let error = bench
            .add_window(address, page(), Access::BOTH)
            .expect_err("refused");
        assert!(error.to_string().contains(why), "{error}");
    }
    bench
        .add_window(BASE - 0x1000, page(), Access::BOTH)
        .expect("beside the other");
}
