//! Section 1 of the verdicts page: what is read from a frame, clause by clause.

mod support;

use flowswitch_model::{Fields, Fragment, Ip, Mac, Quote, Segment, describe, parse};
use support::{CLIENT, CLIENT6, CLUSTER, CLUSTER6, STRANGER, VIRTUAL, ethernet, ipv4, ipv6, ports};

const TCP: u8 = 6;
const UDP: u8 = 17;
const PORTS: [u8; 4] = [0x9c, 0x40, 0x00, 0x50];

fn read(rest: &[&[u8]]) -> Fields {
    parse(&ethernet(VIRTUAL, STRANGER, rest)).expect("an Ethernet header")
}

/// Protocol and layer-4 word of a frame that must be IP.
#[track_caller]
fn layer4(rest: &[&[u8]]) -> (Option<u8>, Option<[u8; 4]>) {
    let ip = read(rest).ip.expect("an IP packet");
    (ip.protocol, ip.layer4)
}

/// An IPv6 header and `chain`, which is followed by the ports; the payload length is right.
#[track_caller]
fn chain(first: u8, chain: &[u8]) -> (Option<u8>, Option<[u8; 4]>) {
    layer4(&[
        &ipv6(first, chain.len() as u16 + 20),
        chain,
        &PORTS,
        &[0; 16],
    ])
}

#[test]
fn a_whole_tcp_frame_byte_for_byte() {
    #[rustfmt::skip]
    let frame = [
        0x02, 0x00, 0x5e, 0x00, 0x65, 0x01, 0x02, 0xaa, 0x00, 0x00, 0x00, 0x01, 0x81, 0x00, 0x60, 0x64,
        0x08, 0x00, 0x45, 0x00, 0x00, 0x28, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x00, 0x00, 0xcb, 0x00,
        0x71, 0x07, 0xc0, 0x1f, 0x41, 0x01, 0x9c, 0x40, 0x00, 0x50, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
        0x00, 0x00, 0x50, 0x02, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];
    let fields = Fields {
        destination: Mac(VIRTUAL),
        source: Mac(STRANGER),
        tags: vec![0x81, 0x00, 0x60, 0x64],
        ip: Some(Ip {
            source: CLIENT.into(),
            destination: CLUSTER.into(),
            protocol: Some(TCP),
            layer4: Some(PORTS),
            segment: Segment::Start,
            quote: Quote::None,
            fragment: None,
        }),
        invalid_discovery: false,
        discovery: None,
        third_tag: false,
    };
    assert_eq!((fields.tag(), fields.vlan()), (Some(100), Some(100)));
    assert_eq!(fields.ip.and_then(|ip| ip.destination_port()), Some(80));
    assert_eq!(parse(&frame), Some(fields));
    assert_eq!(
        describe(&frame),
        "60 bytes\n  \
         ethernet 02:aa:00:00:00:01 > 02:00:5e:00:65:01\n  \
         tag 0x8100 vlan 100 priority 3\n  \
         ipv4 203.0.113.7 > 192.31.65.1 version 4 ihl 5 total 40 protocol 6\n  \
         read as protocol 6, ports 40000 > 80"
    );
}

#[test]
fn up_to_two_tags_are_removed_and_the_outer_one_counts() {
    let packet = [ipv4(TCP, CLIENT, CLUSTER, 40), PORTS.to_vec(), vec![0; 16]].concat();
    let tag = |kind: u16, vlan: u16| [kind.to_be_bytes(), vlan.to_be_bytes()].concat();
    let of = |tags: &[Vec<u8>]| {
        let fields = read(&[&tags.concat(), &packet]);
        (fields.tag(), fields.ip.and_then(|ip| ip.layer4))
    };
    assert_eq!(of(&[]), (None, Some(PORTS)));
    assert_eq!(of(&[tag(0x8100, 0xe007)]), (Some(7), Some(PORTS)));
    assert_eq!(of(&[tag(0x88a8, 0xffff)]), (Some(0xfff), Some(PORTS)));
    assert_eq!(
        of(&[tag(0x8100, 0x2000)]),
        (Some(0), Some(PORTS)),
        "a priority tag is VLAN 0"
    );
    assert_eq!(
        of(&[tag(0x88a8, 5), tag(0x8100, 6)]),
        (Some(5), Some(PORTS))
    );
    assert_eq!(
        of(&[tag(0x8100, 5), tag(0x8100, 6), tag(0x8100, 7)]),
        (Some(5), None)
    );
    assert_eq!(of(&[tag(0x9100, 5)]), (None, None), "no tag of ours");
}

#[test]
fn ipv4_needs_its_ethertype_and_version() {
    let mut header = ipv4(TCP, CLIENT, CLUSTER, 40);
    header[2] = 0x55;
    assert_eq!(read(&[&header, &PORTS]).ip, None);
    let mut header = ipv4(TCP, CLIENT, CLUSTER, 40);
    header[1] = 0x01;
    assert_eq!(read(&[&header, &PORTS]).ip, None);
    let mut header = ipv6(TCP, 20);
    header[2] = 0x40;
    assert_eq!(read(&[&header, &PORTS]).ip, None);
}

#[test]
fn ipv4_options_move_the_ports() {
    for ihl in 0..=15_u8 {
        let mut header = ipv4(UDP, CLIENT, CLUSTER, 4 * u16::from(ihl.max(5)) + 8);
        header[2] = 0x40 | ihl;
        let options = vec![0xee; 4 * usize::from(ihl.saturating_sub(5))];
        let expected = (ihl >= 5).then_some(PORTS);
        let found = layer4(&[&header, &options, &PORTS, &[0; 4]]);
        assert_eq!(found, (Some(UDP), expected), "IHL {ihl}");
    }
}

#[test]
fn a_later_fragment_has_a_protocol_but_no_ports() {
    for (flags, expected) in [
        (0x4000, Some(PORTS)),
        (0x8000, Some(PORTS)),
        (0x2000, Some(PORTS)),
        (0x2001, None),
        (0x0001, None),
        (0x1fff, None),
    ] {
        let mut header = ipv4(UDP, CLIENT, CLUSTER, 28);
        header[8..10].copy_from_slice(&u16::to_be_bytes(flags));
        let found = layer4(&[&header, &PORTS, &[0; 4]]);
        assert_eq!(
            found,
            (Some(UDP), expected),
            "flags and offset {flags:#06x}"
        );
    }
}

#[test]
fn the_layer4_word_ends_within_the_total_length() {
    for (total, expected) in [
        (0, None),
        (19, None),
        (23, None),
        (24, Some(PORTS)),
        (65_535, Some(PORTS)),
    ] {
        let found = layer4(&[&ipv4(TCP, CLIENT, CLUSTER, total), &PORTS]);
        assert_eq!(found, (Some(TCP), expected), "total length {total}");
    }
    for (payload, expected) in [
        (0, None),
        (3, None),
        (4, Some(PORTS)),
        (65_535, Some(PORTS)),
    ] {
        let found = layer4(&[&ipv6(TCP, payload), &PORTS]);
        assert_eq!(found, (Some(TCP), expected), "payload length {payload}");
    }
}

#[test]
fn only_five_protocols_have_a_layer4_word() {
    let two_words = [PORTS, [0xde, 0xad, 0xbe, 0xef]].concat();
    for protocol in 0..=255_u8 {
        let expected = match protocol {
            6 | 17 | 132 | 50 => Some(PORTS),
            51 => Some([0xde, 0xad, 0xbe, 0xef]),
            _ => None,
        };
        let found = layer4(&[&ipv4(protocol, CLIENT, CLUSTER, 60), &two_words]);
        assert_eq!(
            found,
            (Some(protocol), expected),
            "protocol {protocol} in IPv4"
        );
        if ![0, 43, 44, 60, 135, 139, 140].contains(&protocol) {
            let found = layer4(&[&ipv6(protocol, 60), &two_words]);
            assert_eq!(
                found,
                (Some(protocol), expected),
                "protocol {protocol} in IPv6"
            );
        }
    }
    let ah = |total| layer4(&[&ipv4(51, CLIENT, CLUSTER, total), &two_words]);
    assert_eq!(ah(27), (Some(51), None), "the SPI ends behind the packet");
    let spi = read(&[&ipv4(50, CLIENT, CLUSTER, 60), &PORTS])
        .ip
        .expect("IP");
    assert_eq!(spi.destination_port(), None, "an SPI is not a port");
}

#[test]
fn ipv6_addresses_are_read() {
    let ip = read(&[&ipv6(59, 0)]).ip.expect("IPv6");
    assert_eq!(
        (ip.source, ip.destination),
        (CLIENT6.into(), CLUSTER6.into())
    );
    assert_eq!((ip.protocol, ip.layer4), (Some(59), None));
}

#[test]
fn every_extension_header_is_stepped_over() {
    for header in [0, 43, 60, 135, 139, 140] {
        assert_eq!(
            chain(header, &[TCP, 0, 1, 1, 0, 0, 0, 0]),
            (Some(TCP), Some(PORTS)),
            "{header}"
        );
        let long = [&[TCP, 2][..], &[9; 22]].concat();
        assert_eq!(chain(header, &long), (Some(TCP), Some(PORTS)), "{header}");
    }
    let all: Vec<u8> = [60, 43, 135, 139, 140, TCP]
        .iter()
        .flat_map(|&next| [next, 0, 0, 0, 0, 0, 0, 0])
        .collect();
    assert_eq!(chain(0, &all), (Some(TCP), Some(PORTS)));
}

#[test]
fn an_offset_hides_protocol_and_ports() {
    let fragment = |word: u16| {
        let [high, low] = word.to_be_bytes();
        [UDP, 0, high, low, 0, 0, 0, 1]
    };
    assert_eq!(
        chain(44, &fragment(0)),
        (Some(UDP), Some(PORTS)),
        "an atomic fragment"
    );
    assert_eq!(
        chain(44, &fragment(0b110)),
        (Some(UDP), Some(PORTS)),
        "reserved bits"
    );
    assert_eq!(
        chain(44, &fragment(1)),
        (Some(UDP), Some(PORTS)),
        "the first one"
    );
    assert_eq!(chain(44, &fragment(8)), (None, None), "a later one");
    let first = [fragment(1), [0; 8]].concat();
    let mut hidden = first.clone();
    hidden[0] = 60;
    hidden[8] = UDP;
    assert_eq!(
        chain(44, &hidden),
        (Some(UDP), Some(PORTS)),
        "the header behind it is walked"
    );
    for reserved in [1, 2, 255] {
        assert_eq!(
            chain(44, &[UDP, reserved, 0, 0, 0, 0, 0, 1]),
            (Some(UDP), Some(PORTS)),
            "a reserved byte says nothing"
        );
        let behind_options = [[44, 0, 0, 0, 0, 0, 0, 0], [UDP, reserved, 0, 0, 0, 0, 0, 1]];
        assert_eq!(
            chain(60, &behind_options.concat()),
            (Some(UDP), Some(PORTS))
        );
    }
    let twice = [[44, 0, 0, 1, 0, 0, 0, 1], fragment(1)].concat();
    assert_eq!(chain(44, &twice), (None, None), "one behind another");
    let again = [
        [60, 0, 0, 1, 0, 0, 0, 1],
        [44, 0, 0, 0, 0, 0, 0, 0],
        fragment(0),
    ];
    assert_eq!(
        chain(44, &again.concat()),
        (Some(UDP), Some(PORTS)),
        "one behind another with options between"
    );
}

#[test]
fn a_chain_reaches_to_position_8_and_headers_to_position_7() {
    let of = |headers: u8| {
        let links: Vec<u8> = (1..=headers)
            .flat_map(|link| [if link == headers { TCP } else { 60 }, 0, 0, 0, 0, 0, 0, 0])
            .collect();
        chain(60, &links)
    };
    for headers in 1..=8 {
        assert_eq!(of(headers), (Some(TCP), Some(PORTS)), "{headers} headers");
    }
    assert_eq!(of(9), (None, None), "the ninth stands at position 8");
    // One header that leads to position 8, 9 and far behind the window.
    for (length, expected) in [(7, Some(PORTS)), (8, None), (255, None)] {
        let header = [&[TCP, length][..], &vec![0; 8 * usize::from(length) + 6]].concat();
        assert_eq!(chain(60, &header), (Some(TCP), expected), "length {length}");
    }
}

#[test]
fn the_window_ends_at_byte_128() {
    // With two tags position 8 stands at byte 126: two of the four bytes are out of reach.
    let links: Vec<u8> = (1..=8)
        .flat_map(|link| [if link == 8 { TCP } else { 60 }, 0, 0, 0, 0, 0, 0, 0])
        .collect();
    let header = ipv6(60, 84);
    let tags: [u8; 8] = [0x88, 0xa8, 0, 5, 0x81, 0, 0, 6];
    let of = |tags: &[u8]| layer4(&[tags, &header, &links, &PORTS, &[0; 16]]);
    assert_eq!(of(&tags), (Some(TCP), None));
    assert_eq!(of(&tags[4..]), (Some(TCP), Some(PORTS)));
}

#[test]
fn a_chain_that_leaves_the_packet_is_broken() {
    let links = [60, 0, 0, 0, 0, 0, 0, 0, TCP, 0, 0, 0, 0, 0, 0, 0];
    let of = |payload| layer4(&[&ipv6(60, payload), &links, &PORTS, &[0; 16]]);
    assert_eq!(of(20), (Some(TCP), Some(PORTS)));
    assert_eq!(of(19), (Some(TCP), None));
    assert_eq!(
        of(12),
        (Some(TCP), None),
        "the second header's first four bytes are there"
    );
    assert_eq!(of(11), (None, None));
    assert_eq!(of(0), (None, None));
}

#[test]
fn a_frame_cut_at_every_byte_reads_as_far_as_it_goes() {
    let links = [60, 0, 0, 0, 0, 0, 0, 0, TCP, 0, 0, 0, 0, 0, 0, 0];
    let frame = ethernet(
        VIRTUAL,
        STRANGER,
        &[&ipv6(60, 36), &links, &PORTS, &[0; 16]],
    );
    for length in 0..frame.len() {
        let fields = parse(&frame[..length]);
        assert_eq!(fields.is_some(), length >= 14, "{length} bytes");
        let ip = fields.and_then(|fields| fields.ip);
        assert_eq!(ip.is_some(), length >= 54, "{length} bytes");
        assert_eq!(
            ip.and_then(|ip| ip.protocol).is_some(),
            length >= 66,
            "{length} bytes"
        );
        assert_eq!(
            ip.and_then(|ip| ip.layer4).is_some(),
            length >= 74,
            "{length} bytes"
        );
        let text = describe(&frame[..length]);
        assert_eq!(
            text.ends_with("... cut off"),
            length < 66,
            "{length} bytes: {text}"
        );
    }
    let frame = ethernet(
        VIRTUAL,
        STRANGER,
        &[&ipv4(TCP, CLIENT, CLUSTER, 40), &PORTS],
    );
    for length in 14..frame.len() {
        let ip = parse(&frame[..length]).and_then(|fields| fields.ip);
        assert_eq!(ip.is_some(), length >= 34, "{length} bytes");
        assert_eq!(
            ip.and_then(|ip| ip.layer4).is_some(),
            length >= 38,
            "{length} bytes"
        );
    }
    assert_eq!(ports(40_000, 80), PORTS);
}

#[test]
fn chains_in_words() {
    let links = [44, 0, 0, 0, 0, 0, 0, 0, UDP, 0, 0, 9, 0, 0, 0, 0];
    let frame = ethernet(VIRTUAL, STRANGER, &[&ipv6(0, 24), &links, &[0; 8]]);
    assert_eq!(
        describe(&frame),
        "78 bytes\n  \
         ethernet 02:aa:00:00:00:01 > 02:00:5e:00:65:01\n  \
         ipv6 2001:db8:1::7 > 2001:db8:65::1 version 6 payload 24 next 0\n  \
         header 0 next 44 length 0\n  \
         header 44 next 17 length 0 fragment at 8, more follow\n  \
         read as protocol unknown, by addresses"
    );
}

const SCTP: u8 = 132;

#[test]
fn segments_of_tcp_by_its_flags() {
    let of = |flags: u8| {
        let rest = [0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0];
        let packet = read(&[&ipv4(TCP, CLIENT, CLUSTER, 40), &PORTS, &rest]);
        packet.ip.expect("IP").segment
    };
    for flags in 0..=255 {
        let (fin, syn, reset, ack) = (flags & 1, flags >> 1 & 1, flags >> 2 & 1, flags >> 4 & 1);
        let expected = match (reset, syn, ack, fin) {
            (1, ..) => Segment::Reset,
            (_, 1, 0, _) => Segment::Start,
            (.., 1) => Segment::Fin,
            _ => Segment::Middle,
        };
        assert_eq!(of(flags), expected, "flags {flags:#010b}");
    }
}

#[test]
fn segments_of_sctp_by_its_first_chunk() {
    let of = |chunk: u8| {
        let rest = [0, 0, 0, 0, 0, 0, 0, 0, chunk, 0, 0, 4];
        let packet = read(&[&ipv6(SCTP, 16), &PORTS, &rest]);
        packet.ip.expect("IP").segment
    };
    for chunk in 0..=255 {
        let expected = match chunk {
            1 => Segment::Start,
            6 => Segment::Reset,
            7 | 8 | 14 => Segment::Fin,
            _ => Segment::Middle,
        };
        assert_eq!(of(chunk), expected, "chunk {chunk}");
    }
}

#[test]
fn what_tells_the_segment_must_lie_within_packet_and_frame() {
    let rest = [0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 0];
    let of = |total| {
        let packet = read(&[&ipv4(TCP, CLIENT, CLUSTER, total), &PORTS, &rest]);
        packet.ip.expect("IP").segment
    };
    assert_eq!(of(36), Segment::Start);
    assert_eq!(of(35), Segment::Middle);
    let frame = ethernet(VIRTUAL, STRANGER, &[&ipv6(TCP, 20), &PORTS, &rest, &[0; 4]]);
    let cut = |length: usize| {
        let fields = parse(&frame[..length]).expect("an Ethernet header");
        fields.ip.expect("IP").segment
    };
    assert_eq!((cut(70), cut(69)), (Segment::Start, Segment::Middle));
    let later = {
        let mut header = ipv4(TCP, CLIENT, CLUSTER, 40);
        header[9] = 1;
        read(&[&header, &PORTS, &rest]).ip.expect("IP")
    };
    assert_eq!(later.segment, Segment::Middle, "no header stands there");
    let udp = read(&[&ipv4(UDP, CLIENT, CLUSTER, 36), &PORTS, &rest]);
    assert_eq!(udp.ip.expect("IP").segment, Segment::Datagram);
}

#[test]
fn fragments_of_ipv4_are_told_by_protocol_offset_and_length() {
    let of = |protocol, word: u16, total| {
        let mut header = ipv4(protocol, CLIENT, CLUSTER, total);
        header[6..8].copy_from_slice(&[0x12, 0x34]);
        header[8..10].copy_from_slice(&word.to_be_bytes());
        read(&[&header, &PORTS, &PORTS, &[0; 8]])
            .ip
            .expect("IP")
            .fragment
    };
    let fragment = |later, tcp| {
        Some(Fragment {
            later,
            tcp,
            identification: 0x1234,
        })
    };
    for protocol in [TCP, UDP, SCTP, 50, 51] {
        let tcp = protocol == TCP;
        assert_eq!(of(protocol, 0, 36), None);
        assert_eq!(of(protocol, 0x4000, 36), None);
        assert_eq!(of(protocol, 0x2000, 36), fragment(false, tcp), "{protocol}");
        assert_eq!(of(protocol, 0x2000, 23), fragment(true, tcp), "tiny");
        assert_eq!(of(protocol, 0x2001, 36), fragment(true, tcp));
        assert_eq!(of(protocol, 0x0001, 36), fragment(true, tcp));
    }
    for protocol in [1, 47, 58, 0] {
        for word in [0, 0x2000, 0x2001, 1] {
            assert_eq!(of(protocol, word, 36), None, "all of them go by addresses");
        }
    }
}

#[test]
fn fragments_of_ipv6_are_told_by_the_first_header_that_makes_them() {
    let header = |next: u8, word: u16, identification: u32| {
        let start = [[next, 0], word.to_be_bytes()].concat();
        [start, identification.to_be_bytes().to_vec()].concat()
    };
    let of = |headers: &[Vec<u8>], payload: u16| {
        let packet = read(&[&ipv6(44, payload), &headers.concat(), &PORTS, &[0; 16]]);
        packet.ip.expect("IP").fragment
    };
    let fragment = |later, tcp, identification| {
        Some(Fragment {
            later,
            tcp,
            identification,
        })
    };
    assert_eq!(of(&[header(TCP, 0, 7)], 28), None, "atomic");
    assert_eq!(of(&[header(TCP, 1, 7)], 28), fragment(false, true, 7));
    assert_eq!(of(&[header(TCP, 8, 7)], 28), fragment(true, true, 7));
    assert_eq!(
        of(&[header(UDP, 1, 7)], 11),
        fragment(true, false, 7),
        "tiny"
    );
    assert_eq!(of(&[header(58, 1, 7)], 8), fragment(false, false, 7));
    assert_eq!(
        of(&[header(60, 1, 7)], 8),
        fragment(false, false, 7),
        "what follows is broken"
    );
    assert_eq!(
        of(&[header(TCP, 1, 7)], 7),
        fragment(true, true, 0),
        "the identification ends behind the packet"
    );
    let two = [header(44, 1, 7), header(TCP, 8, 8)];
    let broken = "a fragment header directly behind another breaks the chain";
    assert_eq!(of(&two, 36), fragment(false, false, 7), "{broken}");
    let second = [header(44, 0, 7), header(TCP, 9, 8)];
    assert_eq!(of(&second, 36), None, "{broken}");
}

/// An ICMP error about `quote` for the cluster.
fn error4(kind: u8, quote: &[u8]) -> Ip {
    let message = [&[kind, 0, 0, 0, 0, 0, 0, 0], quote].concat();
    let header = ipv4(1, [10, 9, 9, 9], CLUSTER, 20);
    read(&[&header, &message]).ip.expect("IP")
}

fn error6(kind: u8, quote: &[u8]) -> Ip {
    let message = [&[kind, 0, 0, 0, 0, 0, 0, 0], quote].concat();
    read(&[&ipv6(58, 0), &message]).ip.expect("IP")
}

#[test]
fn an_error_counts_as_a_packet_of_the_flow_that_it_quotes() {
    let sent = [&ipv4(TCP, CLUSTER, CLIENT, 1_500)[2..], &ports(80, 40_000)].concat();
    for kind in 0..=255 {
        let ip = error4(kind, &sent);
        if ![3, 4, 11, 12].contains(&kind) {
            assert_eq!(
                (ip.quote, ip.protocol),
                (Quote::None, Some(1)),
                "type {kind}"
            );
            continue;
        }
        assert_eq!(ip.quote, Quote::Readable, "type {kind}");
        assert_eq!((ip.source, ip.destination), (CLIENT.into(), CLUSTER.into()));
        assert_eq!((ip.protocol, ip.layer4), (Some(TCP), Some(PORTS)));
        assert_eq!(ip.segment, Segment::Middle);
    }
    let sent = [
        &[0x60, 0, 0, 0, 0, 9, UDP, 64][..],
        &CLUSTER6,
        &CLIENT6,
        &ports(80, 40_000),
    ]
    .concat();
    for kind in 0..=255 {
        let ip = error6(kind, &sent);
        let expected = if (1..=4).contains(&kind) {
            (Quote::Readable, Some(UDP), Some(PORTS))
        } else {
            (Quote::None, Some(58), None)
        };
        assert_eq!((ip.quote, ip.protocol, ip.layer4), expected, "type {kind}");
    }
}

#[test]
fn an_spi_is_quoted_as_it_is() {
    let two_words = [PORTS, [1, 2, 3, 4]].concat();
    for (protocol, word) in [(50, PORTS), (51, [1, 2, 3, 4])] {
        let sent = [&ipv4(protocol, CLUSTER, CLIENT, 99)[2..], &two_words].concat();
        let ip = error4(3, &sent);
        assert_eq!(
            (ip.quote, ip.protocol, ip.layer4),
            (Quote::Readable, Some(protocol), Some(word))
        );
    }
}

#[test]
fn quotes_that_cannot_be_read() {
    let sent = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut sent = [&ipv4(TCP, CLUSTER, CLIENT, 1_500)[2..], &ports(80, 40_000)].concat();
        change(&mut sent);
        error4(3, &sent).quote
    };
    assert_eq!(sent(&|_| ()), Quote::Readable);
    assert_eq!(sent(&|sent| sent[0] = 0x46), Quote::Lost, "options");
    assert_eq!(sent(&|sent| sent[0] = 0x65), Quote::Lost, "another version");
    assert_eq!(sent(&|sent| sent[7] = 1), Quote::Lost, "a later fragment");
    assert_eq!(sent(&|sent| sent[6] = 0x20), Quote::Readable, "a first one");
    assert_eq!(
        sent(&|sent| sent[15] = 9),
        Quote::None,
        "not a packet of the destination's"
    );
    // From 14 + 20 + 8 bytes on the quote, and its ports up to byte 66.
    let packet = [&ipv4(TCP, CLUSTER, CLIENT, 40)[2..], &ports(80, 40_000)].concat();
    let message = [&[3, 0, 0, 0, 0, 0, 0, 0], &packet[..]].concat();
    let frame = ethernet(
        VIRTUAL,
        STRANGER,
        &[&ipv4(1, CLIENT, CLUSTER, 52), &message],
    );
    let cut = |length: usize| {
        let fields = parse(&frame[..length]).expect("an Ethernet header");
        fields.ip.expect("IP").quote
    };
    assert_eq!((cut(66), cut(65)), (Quote::Readable, Quote::Lost));
    // A quote of a protocol without ports needs its header alone.
    let packet = ipv4(47, CLUSTER, CLIENT, 40)[2..].to_vec();
    assert_eq!(error4(3, &packet).quote, Quote::Readable);
    // An extension header in a quote is not stepped over.
    for next in [0, 43, 44, 60, 135, 139, 140] {
        let sent = [&[0x60, 0, 0, 0, 0, 9, next, 64][..], &CLUSTER6, &CLIENT6].concat();
        assert_eq!(error6(2, &sent).quote, Quote::Lost, "next header {next}");
    }
}

#[test]
fn an_error_with_options_or_in_fragments_is_an_ordinary_packet() {
    let quote = [&ipv4(TCP, CLUSTER, CLIENT, 1_500)[2..], &ports(80, 40_000)].concat();
    let message = [&[3, 0, 0, 0, 0, 0, 0, 0], &quote[..]].concat();
    let of = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut header = ipv4(1, CLIENT, CLUSTER, 52);
        change(&mut header);
        read(&[&header, &message]).ip.expect("IP").quote
    };
    assert_eq!(of(&|_| ()), Quote::Readable);
    assert_eq!(of(&|header| header[8] = 0x40), Quote::Readable);
    assert_eq!(of(&|header| header[8] = 0x20), Quote::None);
    assert_eq!(of(&|header| header[9] = 1), Quote::None);
    assert_eq!(of(&|header| header[2] = 0x46), Quote::None);
}
