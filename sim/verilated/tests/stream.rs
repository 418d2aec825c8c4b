//! The port monitors accept what the stream protocol allows and object to each violation.

use flowswitch_verilated::{StreamBeat, stream_fault};

const IDLE: StreamBeat = StreamBeat {
    valid: false,
    ready: true,
    last: false,
    error: false,
    empty: 0,
    byte: 0,
    source: 0,
    reason: 0,
    stamp: 0,
};
const FIRST: StreamBeat = StreamBeat {
    valid: true,
    byte: 1,
    source: 2,
    stamp: 77,
    ..IDLE
};
const LAST: StreamBeat = StreamBeat {
    last: true,
    empty: 4,
    byte: 2,
    ..FIRST
};

fn waiting(beat: StreamBeat) -> StreamBeat {
    StreamBeat {
        ready: false,
        ..beat
    }
}

fn objection(clocks: &[StreamBeat]) -> String {
    stream_fault(clocks).expect("a violation that was not seen")
}

#[test]
fn frames_with_stalls_and_pauses_are_accepted() {
    let course = [
        IDLE,
        waiting(FIRST),
        waiting(FIRST),
        FIRST,
        waiting(LAST),
        LAST,
        FIRST,
        LAST,
        IDLE,
        LAST,
    ];
    assert_eq!(stream_fault(&course), None);
}

#[test]
fn valid_must_not_fall_before_ready() {
    let course = [waiting(FIRST), IDLE];
    assert_eq!(objection(&course), "clock 1: valid fell before ready");
}

#[test]
fn valid_must_not_fall_within_a_frame() {
    let course = [FIRST, IDLE];
    assert_eq!(objection(&course), "clock 1: valid fell within a frame");
}

#[test]
fn a_waiting_beat_must_not_change() {
    let changes = [
        StreamBeat { byte: 9, ..LAST },
        StreamBeat { empty: 5, ..LAST },
        StreamBeat {
            last: false,
            ..LAST
        },
        StreamBeat { source: 3, ..LAST },
        StreamBeat { reason: 1, ..LAST },
        StreamBeat { stamp: 78, ..LAST },
    ];
    for change in changes {
        let course = [waiting(LAST), change];
        assert_eq!(objection(&course), "clock 1: a stalled beat changed");
    }
}

#[test]
fn source_reason_and_stamp_hold_for_a_frame() {
    let changes = [
        StreamBeat { source: 3, ..LAST },
        StreamBeat { reason: 1, ..LAST },
        StreamBeat { stamp: 78, ..LAST },
    ];
    for change in changes {
        assert_eq!(
            objection(&[FIRST, change]),
            "clock 1: source, stamp or reason changed within a frame"
        );
    }
}

#[test]
fn a_frame_that_is_cut_off_ends_by_an_error() {
    let cut = StreamBeat {
        last: true,
        error: true,
        byte: 9,
        ..FIRST
    };
    assert_eq!(stream_fault(&[FIRST, waiting(cut), cut, FIRST, LAST]), None);
    for course in [vec![cut], vec![FIRST, StreamBeat { last: false, ..cut }]] {
        assert!(objection(&course).contains("an error that ends no frame"));
    }
}
