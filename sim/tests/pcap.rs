//! Capture files: every dialect that is read, what is refused, and that no input makes the reader fail otherwise.

use flowswitch_sim::pcap::{Capture, PcapError, Record, Writer, pad, read};
use proptest::prelude::*;

/// Words of a header or record in one byte order.
fn words(big_endian: bool, words: &[u32]) -> Vec<u8> {
    let bytes = |word: &u32| {
        if big_endian {
            word.to_be_bytes()
        } else {
            word.to_le_bytes()
        }
    };
    words.iter().flat_map(bytes).collect()
}

fn pcap(
    magic: u32,
    big_endian: bool,
    link_type: u32,
    records: &[(u32, u32, u32, &[u8])],
) -> Vec<u8> {
    let version = if big_endian { 0x0002_0004 } else { 0x0004_0002 };
    let mut file = words(big_endian, &[magic, version, 0, 0, 65_535, link_type]);
    for (seconds, fraction, original, data) in records {
        file.extend(words(
            big_endian,
            &[*seconds, *fraction, data.len() as u32, *original],
        ));
        file.extend_from_slice(data);
    }
    file
}

/// A pcapng block with its padding and both lengths.
fn block(big_endian: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = padded as u32 + 12;
    let mut block = words(big_endian, &[kind, length]);
    block.extend_from_slice(body);
    block.resize(8 + padded, 0);
    block.extend(words(big_endian, &[length]));
    block
}

fn section(big_endian: bool) -> Vec<u8> {
    let version = if big_endian { 0x0001_0000 } else { 0x0000_0001 };
    block(
        big_endian,
        0x0a0d_0d0a,
        &words(big_endian, &[0x1a2b_3c4d, version, !0, !0]),
    )
}

/// An interface with a time resolution and an offset in seconds.
fn interface(big_endian: bool, link_type: u16, resolution: u8, offset: i64) -> Vec<u8> {
    let half = |value: u16| {
        if big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let mut body = [half(link_type), half(0)].concat();
    body.extend(words(big_endian, &[0]));
    body.extend([half(9), half(1)].concat());
    body.extend([resolution, 0, 0, 0]);
    body.extend([half(14), half(8)].concat());
    body.extend(if big_endian {
        offset.to_be_bytes()
    } else {
        offset.to_le_bytes()
    });
    body.extend([0; 4]);
    block(big_endian, 1, &body)
}

fn enhanced(big_endian: bool, interface: u32, units: u64, original: u32, data: &[u8]) -> Vec<u8> {
    let time = [(units >> 32) as u32, units as u32];
    let mut body = words(
        big_endian,
        &[interface, time[0], time[1], data.len() as u32, original],
    );
    body.extend_from_slice(data);
    block(big_endian, 6, &body)
}

#[test]
fn pcap_in_both_byte_orders_and_resolutions() {
    for big_endian in [false, true] {
        for (magic, expected) in [(0xa1b2_c3d4, 7_000_005_000), (0xa1b2_3c4d, 7_000_000_005)] {
            let file = pcap(magic, big_endian, 1, &[(7, 5, 3, &[1, 2, 3])]);
            let capture = read(&file).expect("a sound file");
            assert_eq!(
                capture.records,
                [Record {
                    at_ns: expected,
                    data: vec![1, 2, 3]
                }]
            );
            assert_eq!(capture.truncated, 0);
        }
    }
}

#[test]
fn pcapng_resolutions_offsets_and_sections() {
    for big_endian in [false, true] {
        let file = [
            section(big_endian),
            interface(big_endian, 1, 9, 0),
            interface(big_endian, 1, 0x80 | 10, -1),
            enhanced(big_endian, 0, 5_000_000_007, 4, &[1, 2, 3, 4]),
            enhanced(big_endian, 1, 3 << 10 | 512, 4, &[5, 6, 7, 8]),
            block(
                big_endian,
                3,
                &[words(big_endian, &[2]), vec![9, 9]].concat(),
            ),
            section(!big_endian),
            interface(!big_endian, 1, 3, 0),
            enhanced(!big_endian, 0, 8, 1, &[3]),
        ];
        let capture = read(&file.concat()).expect("a sound file");
        let times: Vec<u64> = capture.records.iter().map(|record| record.at_ns).collect();
        assert_eq!(
            times,
            [5_000_000_007, 2_500_000_000, 2_500_000_000, 8_000_000]
        );
        assert_eq!(capture.records[2].data, [9, 9]);
        assert_eq!(capture.records[3].data, [3]);
    }
}

#[test]
fn a_frame_check_sequence_that_is_announced_is_removed() {
    let announced = 1 | 1 << 26 | 2 << 28;
    let file = pcap(
        0xa1b2_c3d4,
        false,
        announced,
        &[(0, 0, 6, &[1, 2, 3, 4, 5, 6])],
    );
    assert_eq!(read(&file).expect("a sound file").records[0].data, [1, 2]);
    let cut = pcap(
        0xa1b2_c3d4,
        false,
        announced,
        &[(0, 0, 8, &[1, 2, 3, 4, 5])],
    );
    let capture = read(&cut).expect("a sound file");
    assert_eq!(
        (capture.records[0].data.as_slice(), capture.truncated),
        (&[1, 2, 3, 4][..], 0)
    );
}

#[test]
fn cut_records_are_kept_and_counted() {
    let file = pcap(
        0xa1b2_c3d4,
        false,
        1,
        &[(0, 0, 100, &[1; 60]), (0, 1, 60, &[2; 60])],
    );
    let Capture { records, truncated } = read(&file).expect("a sound file");
    assert_eq!(
        (records.len(), records[0].data.len(), truncated),
        (2, 60, 1)
    );
}

#[test]
fn other_link_types_are_refused_by_name() {
    let file = pcap(0xa1b2_c3d4, true, 113, &[]);
    let error = read(&file).expect_err("not Ethernet").to_string();
    assert_eq!(error, "link type 113 (LINUX_SLL) is not Ethernet");
    let file = [section(false), interface(false, 101, 6, 0)].concat();
    let error = read(&file).expect_err("not Ethernet").to_string();
    assert_eq!(error, "link type 101 (RAW) is not Ethernet");
}

#[test]
fn broken_files_are_refused_with_the_record() {
    assert!(matches!(read(b""), Err(PcapError::NotACapture)));
    assert!(matches!(
        read(b"GIF89a, not a capture at all"),
        Err(PcapError::NotACapture)
    ));
    let file = pcap(
        0xa1b2_c3d4,
        false,
        1,
        &[(0, 0, 60, &[1; 60]), (0, 0, 60, &[2; 60])],
    );
    assert!(matches!(read(&file[..12]), Err(PcapError::CutOff(0))));
    assert!(matches!(
        read(&file[..file.len() - 1]),
        Err(PcapError::CutOff(2))
    ));
    let huge = [&file[..], &words(false, &[0, 0, u32::MAX, u32::MAX])].concat();
    assert!(matches!(read(&huge), Err(PcapError::CutOff(3))));
    let file = [section(false), enhanced(false, 0, 0, 1, &[1])].concat();
    assert!(matches!(
        read(&file),
        Err(PcapError::UnknownInterface {
            record: 1,
            interface: 0
        })
    ));
    let file = [
        section(false),
        interface(false, 1, 9, -1),
        enhanced(false, 0, 0, 1, &[1]),
    ];
    assert!(matches!(read(&file.concat()), Err(PcapError::TimeStamp(1))));
    let file = [
        section(false),
        interface(false, 1, 9, 0),
        block(false, 2, &[0; 24]),
    ]
    .concat();
    assert!(matches!(read(&file), Err(PcapError::Malformed(1))));
}

#[test]
fn short_frames_are_padded_with_zeros() {
    let mut frame = vec![1; 59];
    pad(&mut frame);
    assert_eq!(frame, [vec![1; 59], vec![0]].concat());
    let mut frame = vec![1; 61];
    pad(&mut frame);
    assert_eq!(frame, [1; 61]);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        records in prop::collection::vec((0u64..1 << 61, prop::collection::vec(any::<u8>(), 0..200)), 0..20)
    ) {
        let mut writer = Writer::new(Vec::new()).expect("memory");
        for (at_ns, data) in &records {
            writer.write(*at_ns, data).expect("memory");
        }
        let capture = read(&writer.finish().expect("memory")).expect("a sound file");
        let back: Vec<_> = capture.records.into_iter().map(|r| (r.at_ns, r.data)).collect();
        prop_assert_eq!(back, records);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        start in prop::sample::select(vec![
            pcap(0xa1b2_c3d4, false, 1, &[(1, 2, 4, &[1, 2, 3, 4])]),
            pcap(0xa1b2_3c4d, true, 1, &[(1, 2, 4, &[1, 2, 3, 4])]),
            [section(false), interface(false, 1, 9, 0), enhanced(false, 0, 1, 4, &[1, 2, 3, 4])].concat(),
            [section(true), interface(true, 1, 9, 0), enhanced(true, 0, 1, 4, &[1, 2, 3, 4])].concat(),
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut file = start;
        for (index, value) in changes {
            let at = index.index(file.len());
            file[at] = value;
        }
        file.extend(tail);
        let length = file.len();
        if let Ok(capture) = read(&file) {
            let held: usize = capture.records.iter().map(|record| record.data.len()).sum();
            prop_assert!(held <= length);
        }
    }
}
