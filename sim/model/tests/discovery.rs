//! What is read as ARP and neighbour discovery, and what is not (RFC 826, RFC 4861 section 6.1 and 7.1).

mod support;

use flowswitch_model::{Discovery, DiscoveryKind, Mac, describe, parse};
use support::*;

const SOLICITED_NODE: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1];
const ALL_NODES: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const UNSPECIFIED: [u8; 16] = [0; 16];
const SOURCE: [u8; 8] = [1, 1, 2, 0xaa, 0, 0, 0, 1];
const NONCE: [u8; 8] = [14, 1, 1, 2, 3, 4, 5, 6];

fn read(rest: &[&[u8]]) -> Option<Discovery> {
    let frame = ethernet(VIRTUAL, STRANGER, rest);
    parse(&frame).expect("an Ethernet header").discovery
}

fn message(kind: u8, flags: u8, target: [u8; 16], options: &[&[u8]]) -> Vec<u8> {
    let options = options.concat();
    [&[kind, 0, 0, 0, flags, 0, 0, 0][..], &target, &options].concat()
}

fn packet() -> Vec<u8> {
    icmpv6(
        CLIENT6,
        SOLICITED_NODE,
        &message(135, 0, CLUSTER6, &[&SOURCE]),
    )
}

#[track_caller]
fn valid(
    source: [u8; 16],
    destination: [u8; 16],
    message: &[u8],
    kind: DiscoveryKind,
    asked: [u8; 16],
    claimed: [u8; 16],
) {
    let expected = Discovery {
        kind,
        asked: asked.into(),
        claimed: claimed.into(),
        checked: true,
    };
    let packet = icmpv6(source, destination, message);
    assert_eq!(read(&[&packet]), Some(expected));
}

#[track_caller]
fn invalid(source: [u8; 16], destination: [u8; 16], message: &[u8]) {
    let packet = icmpv6(source, destination, message);
    let frame = ethernet(VIRTUAL, STRANGER, &[&packet]);
    let fields = parse(&frame).expect("an Ethernet header");
    assert_eq!(fields.discovery, None, "{}", describe(&frame));
    assert!(fields.ip.is_some(), "an IPv6 packet all the same");
}

#[test]
fn arp_of_ethernet_and_ipv4() {
    let packet = arp(1, (OTHER, CLIENT), ([7; 6], CLUSTER));
    let request = Discovery {
        kind: DiscoveryKind::Request { sender: Mac(OTHER) },
        asked: CLUSTER.into(),
        claimed: CLIENT.into(),
        checked: true,
    };
    assert_eq!(read(&[&packet]), Some(request));
    let tags = [0x88, 0xa8, 0, 5, 0x81, 0, 0, 6];
    assert_eq!(read(&[&tags, &packet]), Some(request));
    let fields = parse(&ethernet(VIRTUAL, STRANGER, &[&packet])).expect("a header");
    assert_eq!(fields.ip, None);
    let reply = Discovery {
        kind: DiscoveryKind::Reply,
        ..request
    };
    let packet = arp(2, (OTHER, CLIENT), ([7; 6], CLUSTER));
    assert_eq!(read(&[&packet]), Some(reply));
    // Ethertype, hardware, protocol, lengths, operation: whatever differs makes it plain.
    for (byte, value) in [
        (1, 0x35),
        (2, 1),
        (3, 7),
        (4, 0x86),
        (5, 6),
        (6, 8),
        (7, 16),
        (8, 1),
        (9, 0),
        (9, 3),
    ] {
        let mut broken = packet.clone();
        broken[byte] = value;
        assert_eq!(read(&[&broken]), None, "byte {byte} is {value}");
    }
    let frame = [&VIRTUAL[..], &STRANGER, &packet].concat();
    for length in 14..frame.len() {
        let fields = parse(&frame[..length]).expect("a header");
        assert_eq!(fields.discovery, None, "{length} bytes");
    }
}

#[test]
fn solicitations_and_advertisements() {
    let solicitation = DiscoveryKind::Solicitation;
    for options in [vec![], SOURCE.to_vec(), [NONCE, SOURCE].concat()] {
        let message = message(135, 0, CLUSTER6, &[&options]);
        valid(
            CLIENT6,
            SOLICITED_NODE,
            &message,
            solicitation,
            CLUSTER6,
            CLIENT6,
        );
        valid(CLIENT6, CLUSTER6, &message, solicitation, CLUSTER6, CLIENT6);
    }
    let probe = message(135, 0, CLUSTER6, &[&NONCE]);
    valid(
        UNSPECIFIED,
        SOLICITED_NODE,
        &probe,
        solicitation,
        CLUSTER6,
        UNSPECIFIED,
    );
    let kind = DiscoveryKind::Advertisement;
    let told = message(136, 0x60, CLIENT6, &[&SOURCE]);
    valid(ROUTER6, CLUSTER6, &told, kind, CLUSTER6, CLIENT6);
    let told = message(136, 0x20, CLIENT6, &[]);
    valid(CLIENT6, ALL_NODES, &told, kind, ALL_NODES, CLIENT6);
}

#[test]
fn router_advertisements_and_redirects() {
    let told = [&[134, 0, 0, 0, 64, 0, 7, 8][..], &[0; 8], &[9; 3]].concat();
    let kind = DiscoveryKind::RouterAdvertisement;
    valid(ROUTER6, ALL_NODES, &told, kind, ALL_NODES, ROUTER6);
    invalid(ROUTER6, ALL_NODES, &told[..15]);
    let told = [&[137, 0, 0, 0, 0, 0, 0, 0][..], &ROUTER6, &CLIENT6].concat();
    let kind = DiscoveryKind::Redirect;
    valid(ROUTER6, CLUSTER6, &told, kind, CLUSTER6, ROUTER6);
    invalid(ROUTER6, CLUSTER6, &told[..39]);
    let seeks = [133, 0, 0, 0, 0, 0, 0, 0];
    let kind = DiscoveryKind::RouterSolicitation;
    valid(CLUSTER6, ALL_NODES, &seeks, kind, ALL_NODES, CLUSTER6);
    invalid(CLUSTER6, ALL_NODES, &seeks[..7]);
}

#[test]
fn what_rfc_4861_calls_invalid() {
    let target_of = |target| message(135, 0, target, &[]);
    let good = target_of(CLUSTER6);
    invalid(CLIENT6, CLUSTER6, &good[..23]);
    invalid(CLIENT6, CLUSTER6, &target_of(ALL_NODES));
    invalid(ALL_NODES, CLUSTER6, &good);
    invalid(UNSPECIFIED, CLUSTER6, &good);
    invalid(UNSPECIFIED, ALL_NODES, &good);
    invalid(
        UNSPECIFIED,
        SOLICITED_NODE,
        &message(135, 0, CLUSTER6, &[&NONCE, &SOURCE]),
    );
    invalid(CLIENT6, ALL_NODES, &message(136, 0x60, CLIENT6, &[]));
    invalid(CLIENT6, CLUSTER6, &message(136, 0x60, ALL_NODES, &[]));
    for kind in [0, 128, 132, 138] {
        invalid(CLIENT6, CLUSTER6, &message(kind, 0, CLUSTER6, &[]));
    }
    let mut other_code = good.clone();
    other_code[1] = 1;
    invalid(CLIENT6, CLUSTER6, &other_code);
    // Options: of length 0, longer than what is left, something behind them.
    for options in [
        &[1, 0, 0, 0, 0, 0, 0, 0][..],
        &[1, 2, 0, 0, 0, 0, 0, 0],
        &[1, 1, 0, 0, 0, 0, 0, 0, 9],
        &[1, 1, 0, 0, 0, 0, 0, 0, 9, 1],
        &[1],
    ] {
        for kind in [135, 136] {
            invalid(CLIENT6, CLUSTER6, &message(kind, 0, CLUSTER6, &[options]));
        }
    }
}

#[test]
fn hop_limit_checksum_version_next_header_and_length() {
    assert!(read(&[&packet()]).is_some());
    assert!(
        read(&[&packet(), &[0xee; 40]]).is_some(),
        "what trails behind is no part of it"
    );
    // Behind the ethertype: version, payload length, next header, hop limit; then the checksum.
    for (byte, value) in [
        (2, 0x50),
        (6, 1),
        (7, 31),
        (8, 0),
        (9, 254),
        (44, 0),
        (45, 0),
    ] {
        let mut broken = packet();
        broken[byte] = value;
        assert_eq!(read(&[&broken]), None, "byte {byte} is {value}");
    }
    let frame = [&VIRTUAL[..], &STRANGER, &packet()].concat();
    for length in 60..frame.len() {
        let fields = parse(&frame[..length]).expect("a header");
        assert_eq!(fields.discovery, None, "{length} bytes");
    }
}

#[test]
fn beyond_the_window_nothing_is_checked() {
    // 24 bytes and 6 options of 8 end at byte 126, with a tag at byte 130.
    let mut long = icmpv6(
        CLIENT6,
        CLUSTER6,
        &message(135, 0, CLUSTER6, &[&NONCE.repeat(6)]),
    );
    assert_eq!(read(&[&long]).map(|read| read.checked), Some(true));
    let tag = [0x81, 0, 0, 7];
    assert_eq!(read(&[&tag, &long]).map(|read| read.checked), Some(false));
    long[44] ^= 1;
    assert_eq!(read(&[&long]), None);
    assert_eq!(read(&[&tag, &long]).map(|read| read.checked), Some(false));
    let frame = ethernet(VIRTUAL, STRANGER, &[&tag, &long]);
    assert_eq!(
        parse(&frame[..frame.len() - 1])
            .expect("a header")
            .discovery,
        None,
        "it must lie within the frame"
    );
}

#[test]
fn in_words() {
    let frame = ethernet(
        VIRTUAL,
        STRANGER,
        &[&arp(1, (OTHER, CLIENT), ([0; 6], CLUSTER))],
    );
    assert_eq!(
        describe(&frame),
        "60 bytes\n  \
         ethernet 02:aa:00:00:00:01 > 02:00:5e:00:65:01\n  \
         ethertype 0x0806\n  \
         read as ARP request, asks for 192.31.65.1, claims 203.0.113.7"
    );
    let text = describe(&ethernet(VIRTUAL, STRANGER, &[&packet()]));
    assert!(
        text.ends_with(
            "read as neighbour solicitation, asks for 2001:db8:65::1, claims 2001:db8:1::7"
        ),
        "{text}"
    );
}
