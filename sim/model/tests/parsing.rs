//! Section 1 of the verdicts page: what is read from a frame, clause by clause.

mod support;

use flowswitch_model::{Fields, Ip, Mac, describe, parse};
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
        }),
        invalid_discovery: false,
        discovery: None,
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
fn a_fragment_has_a_protocol_but_no_ports() {
    for (flags, expected) in [
        (0x4000, Some(PORTS)),
        (0x8000, Some(PORTS)),
        (0x2000, None),
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
fn a_fragment_header_hides_ports_and_an_offset_the_protocol() {
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
    assert_eq!(chain(44, &fragment(1)), (Some(UDP), None), "the first one");
    assert_eq!(chain(44, &fragment(8)), (None, None), "a later one");
    let first = [fragment(1), [0; 8]].concat();
    let mut hidden = first.clone();
    hidden[0] = 60;
    hidden[8] = UDP;
    assert_eq!(
        chain(44, &hidden),
        (Some(UDP), None),
        "the header behind it is walked"
    );
    let reserved = [UDP, 1, 0, 0, 0, 0, 0, 1];
    assert_eq!(
        chain(44, &[reserved, [0; 8]].concat()),
        (Some(UDP), Some(PORTS)),
        "read as a length"
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
