//! Section 1, IPv6: the chain of extension headers, as far as the window and the payload length go.

use crate::parsing_ipv4::probe_services;
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{ROUTER_A_MAC, SERVER_0_MAC, SERVER_2_MAC, WEB_MAC};
use flowswitch_tests::hex::hex;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::Rig;

const ADDRESSES: &str = "20010db8000000000000 00000000000a 20010db8006500000000 000000000001";
const TO_80: &str = "9c400050 00000001 00000000 5002040000000000";
const TO_81: &str = "9c400051 00000001 00000000 5002040000000000";
/// A destination-options header of 8 bytes, its next-header byte left out: padding.
const PADDING: &str = "00 010400000000";

/// An IPv6 packet: next header, payload length, then the parts; 200 bytes in all.
fn packet(destination: &str, tags: &str, next: &str, length: &str, parts: &[&str]) -> Vec<u8> {
    let start = [
        destination,
        ROUTER_A_MAC,
        tags,
        "86dd 60000000",
        length,
        next,
        "40",
        ADDRESSES,
    ];
    let mut frame = hex(&[&start[..], parts].concat());
    frame.resize(200, 0);
    frame
}

/// Matches TCP port 80: port 80 was read, or TCP without readable ports, or the protocol is unknown.
#[track_caller]
fn as_web(rig: &mut Rig, next: &str, parts: &[&str]) {
    let with = |destination| packet(destination, "", next, "0080", parts);
    rig.sends(0, &with(WEB_MAC), 2, &with(SERVER_0_MAC));
}

/// Matches only the service of any protocol and port.
#[track_caller]
fn as_other(rig: &mut Rig, next: &str, parts: &[&str]) {
    let with = |destination| packet(destination, "", next, "0080", parts);
    rig.sends(0, &with(WEB_MAC), 3, &with(SERVER_2_MAC));
}

fn rig(kind: CardKind) -> Rig {
    Rig::new(kind, &probe_services("2001:db8:65::1"))
}

fn no_extension(kind: CardKind) {
    let mut rig = rig(kind);
    as_web(&mut rig, "06", &[TO_80]);
    as_other(&mut rig, "06", &[TO_81]);
    as_other(&mut rig, "11", &[TO_80]);
}

fn every_extension_is_walked(kind: CardKind) {
    let mut rig = rig(kind);
    for extension in ["00", "2b", "3c", "87", "8b", "8c"] {
        as_web(&mut rig, extension, &["06", PADDING, TO_80]);
        as_other(&mut rig, extension, &["06", PADDING, TO_81]);
        as_other(&mut rig, extension, &["11", PADDING, TO_80]);
        // 16 bytes long.
        as_other(
            &mut rig,
            extension,
            &["06 01 010c 000000000000000000000000", TO_81],
        );
        // Behind another one.
        as_other(&mut rig, "00", &[extension, PADDING, "06", PADDING, TO_81]);
    }
}

fn what_is_no_extension_ends_the_chain(kind: CardKind) {
    let mut rig = rig(kind);
    // No-next-header, ICMPv6, GRE, an experimental number: not TCP, whatever follows.
    for protocol in ["3b", "3a", "2f", "fd", "29"] {
        as_other(&mut rig, protocol, &["06", PADDING, TO_80]);
    }
    // AH and ESP end the chain too: they are protocols here.
    as_other(&mut rig, "33", &["06 04 0000 00001234 00000001", TO_80]);
    as_other(&mut rig, "32", &["00001234 00000001", TO_80]);
}

fn first_fragment_has_ports(kind: CardKind) {
    let mut rig = rig(kind);
    // Offset 0 with more to come.
    as_web(&mut rig, "2c", &["06 00 0001 00000001", TO_80]);
    as_other(&mut rig, "2c", &["06 00 0001 00000002", TO_81]);
    as_other(&mut rig, "2c", &["11 00 0001 00000003", TO_80]);
    // The walk goes on behind it.
    as_web(
        &mut rig,
        "2c",
        &["3c 00 0001 00000004", "06", PADDING, TO_80],
    );
    as_other(
        &mut rig,
        "2c",
        &["3c 00 0001 00000005", "06", PADDING, TO_81],
    );
}

fn atomic_fragment_is_no_fragment(kind: CardKind) {
    let mut rig = rig(kind);
    as_web(&mut rig, "2c", &["06 00 0000 00000001", TO_80]);
    as_other(&mut rig, "2c", &["06 00 0000 00000001", TO_81]);
    // The two reserved bits beside M are no offset.
    as_other(&mut rig, "2c", &["06 00 0006 00000001", TO_81]);
}

fn fragment_header_has_no_length(kind: CardKind) {
    let mut rig = rig(kind);
    // Its second byte is reserved: what stands 8 bytes on is TCP, whatever that byte says.
    for reserved in ["01", "02", "07", "ff"] {
        for word in ["0000", "0001"] {
            let header = ["06", reserved, word, "00000001"].concat();
            as_web(&mut rig, "2c", &[&header, TO_80, TO_81]);
            as_other(&mut rig, "2c", &[&header, TO_81, TO_80]);
            // Behind another header, and in front of one whose second byte is a length.
            as_other(&mut rig, "00", &["2c", PADDING, &header, TO_81, TO_80]);
            let to_options = ["3c", reserved, word, "00000001"].concat();
            let options = "06 01 010c 000000000000000000000000";
            as_other(&mut rig, "2c", &[&to_options, options, TO_81, TO_80]);
        }
    }
    // In the last place, position 7.
    let link = ["3c", PADDING].concat();
    let last = [&link.repeat(6), "2c", PADDING, "06 ff 0000 00000001"].concat();
    as_other(&mut rig, "3c", &[&last, TO_81]);
    as_web(&mut rig, "3c", &[&last, TO_80]);
}

fn a_fragment_header_behind_another_breaks_the_chain(kind: CardKind) {
    let mut rig = rig(kind);
    let header = "2c 00 0000 00000001";
    as_web(&mut rig, "2c", &[header, "11 00 0000 00000001", TO_81]);
    // With options between them it does not.
    let apart = ["3c 00 0000 00000001", "2c", PADDING, "11 00 0000 00000001"].concat();
    as_other(&mut rig, "2c", &[&apart, TO_81]);
}

fn later_fragment_has_no_known_protocol(kind: CardKind) {
    let mut rig = rig(kind);
    // Whatever it names: what follows is no header. An unknown protocol matches the first service. TCP alone is known
    // for what it is: without its first fragment it is not delivered.
    let tcp = packet(WEB_MAC, "", "2c", "0080", &["06 00 0008 00000002", TO_81]);
    rig.drops(0, &tcp, "fragment");
    for next in ["11", "3a", "00", "3c", "2c"] {
        for offset in ["0008", "fff8", "fff9"] {
            let fragment = [next, "00", offset, "00000001"].concat();
            as_web(&mut rig, "2c", &[&fragment, "11", PADDING, TO_81]);
        }
    }
    // Behind another extension.
    as_web(
        &mut rig,
        "3c",
        &["2c", PADDING, "11 00 0008 00000001", TO_81],
    );
}

fn eight_headers_at_most(kind: CardKind) {
    let mut rig = rig(kind);
    let link = ["3c", PADDING].concat();
    // Eight: the ports are at position 8, byte 14 + 40 + 64 = 118 of the frame.
    let eight = [link.repeat(7).as_str(), "06", PADDING].concat();
    as_web(&mut rig, "3c", &[&eight, TO_80]);
    as_other(&mut rig, "3c", &[&eight, TO_81]);
    let eight_udp = [link.repeat(7).as_str(), "11", PADDING].concat();
    as_other(&mut rig, "3c", &[&eight_udp, TO_80]);
    // Nine: the chain is broken, the protocol unknown, which matches TCP, and the port is not asked.
    let nine = [link.repeat(8).as_str(), "11", PADDING].concat();
    as_web(&mut rig, "3c", &[&nine, TO_81]);
    // Without an end at all.
    as_web(&mut rig, "3c", &[&link.repeat(16)]);
    // Four long ones reach as far as eight short ones.
    let long = "3c 01 010c 000000000000000000000000";
    let four = [
        long.repeat(3).as_str(),
        "06 01 010c 000000000000000000000000",
    ]
    .concat();
    as_web(&mut rig, "3c", &[&four, TO_80]);
    as_other(&mut rig, "3c", &[&four, TO_81]);
    // One that is 2,048 bytes long: what follows it is named, but not in reach.
    as_web(&mut rig, "3c", &["06 ff 0000 00000000", TO_81]);
    as_other(&mut rig, "3c", &["11 ff 0000 00000000", TO_80]);
}

fn window_ends_under_tags(kind: CardKind) {
    // With two tags position 8 is byte 22 + 40 + 64 = 126: two of the ports' four bytes lie in the window.
    let mut rig = rig(kind);
    let tags = "88a8 0001 8100 0002";
    let link = ["3c", PADDING].concat();
    let eight = [link.repeat(7).as_str(), "06", PADDING].concat();
    let ports_outside = |destination| packet(destination, tags, "3c", "0080", &[&eight, TO_81]);
    rig.sends(0, &ports_outside(WEB_MAC), 2, &ports_outside(SERVER_0_MAC));
    // With one tag it is byte 122: all there.
    let one_tag = |destination| packet(destination, "8100 0001", "3c", "0080", &[&eight, TO_81]);
    rig.sends(0, &one_tag(WEB_MAC), 3, &one_tag(SERVER_2_MAC));
}

fn payload_length_is_a_bound(kind: CardKind) {
    let mut rig = rig(kind);
    let mut judge = |length: &str, next: &str, parts: &[&str], web: bool| {
        let with = |destination| packet(destination, "", next, length, parts);
        let (port, mac) = if web {
            (2, SERVER_0_MAC)
        } else {
            (3, SERVER_2_MAC)
        };
        rig.sends(0, &with(WEB_MAC), port, &with(mac));
    };
    // The ports end at byte 4 of the payload.
    judge("0003", "06", &[TO_81], true);
    judge("0004", "06", &[TO_81], false);
    judge("0000", "06", &[TO_81], true);
    judge("ffff", "06", &[TO_81], false);
    // An extension is readable if its first four bytes are within; the ports behind it end at 12.
    judge("000b", "3c", &["06", PADDING, TO_81], true);
    judge("000c", "3c", &["06", PADDING, TO_81], false);
    judge("0004", "3c", &["11", PADDING, TO_80], false);
    judge("0003", "3c", &["11", PADDING, TO_80], true);
}

fn frame_ends_before_the_ports(kind: CardKind) {
    let mut rig = rig(kind);
    // 60 bytes hold the IPv6 header and 6 more: the ports of position 0, not those of position 1.
    let short = |destination, next, parts: &[&str]| {
        let mut frame = packet(destination, "", next, "0080", parts);
        frame.truncate(60);
        frame
    };
    rig.sends(
        0,
        &short(WEB_MAC, "06", &[TO_81]),
        3,
        &short(SERVER_2_MAC, "06", &[TO_81]),
    );
    let parts = ["06", PADDING, TO_81];
    rig.sends(
        0,
        &short(WEB_MAC, "3c", &parts),
        2,
        &short(SERVER_0_MAC, "3c", &parts),
    );
    let parts = ["11", PADDING, TO_80];
    rig.sends(
        0,
        &short(WEB_MAC, "3c", &parts),
        3,
        &short(SERVER_2_MAC, "3c", &parts),
    );
    // With two tags 60 bytes do not hold the header's 40: no IP, and so not ours.
    let mut headless = packet(WEB_MAC, "8100 0001 8100 0002", "06", "0080", &[TO_80]);
    headless.truncate(61);
    rig.drops(0, &headless, "not-ours");
}

on_every_card!(
    no_extension,
    every_extension_is_walked,
    what_is_no_extension_ends_the_chain,
    first_fragment_has_ports,
    atomic_fragment_is_no_fragment,
    fragment_header_has_no_length,
    a_fragment_header_behind_another_breaks_the_chain,
    later_fragment_has_no_known_protocol,
    eight_headers_at_most,
    window_ends_under_tags,
    payload_length_is_a_bound,
    frame_ends_before_the_ports,
);
