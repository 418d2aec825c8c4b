//! Row 1: neighbour discovery behind extension headers, and what may be that as far as the card can read.

use crate::asks::{
    ALL_NODES, ROUTER_A_IP6, STATION_IP6, WEB_IP6, advertisement, frame, group_of, ip6,
    solicitation, tagged,
};
use crate::frames::PLAIN;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{STATION_2_MAC, STATION_MAC, WEB_MAC, image};
use flowswitch_tests::frame::Extension;
use flowswitch_tests::hex::hex60;
use flowswitch_tests::neighbour::Discovery;
use flowswitch_tests::rig::Rig;
use flowswitch_tests::{on_every_card, on_every_layout};

const HIDDEN: &str = "hidden-discovery";
/// Two tags, under which position 8 lies partly behind the window.
const TWO_TAGS: &str = "88a8 0001 8100 0002";
const SHORT: Extension = Extension {
    kind: 60,
    length: 0,
    word: 0x0104,
};

/// A header of that type; as a fragment header one of a whole packet.
fn of_kind(kind: u8) -> Extension {
    let word = if kind == 44 { 0 } else { SHORT.word };
    Extension {
        kind,
        word,
        ..SHORT
    }
}

fn behind(chain: &[Extension], message: &Discovery) -> Vec<u8> {
    let message = Discovery {
        chain: chain.to_vec(),
        ..message.clone()
    };
    frame(&group_of(WEB_IP6), STATION_MAC, &message.bytes())
}

/// A message of each type, the first ones about a VIP.
fn messages() -> [Discovery; 5] {
    let [station, router, all] = [STATION_IP6, ROUTER_A_IP6, ALL_NODES].map(ip6);
    [
        solicitation(STATION_MAC, STATION_IP6, WEB_IP6),
        advertisement(STATION_MAC, WEB_IP6, ALL_NODES),
        Discovery::router_solicitation(station, all),
        Discovery::router_advertisement(router, all),
        Discovery::redirect(router, station, station, all),
    ]
}

/// ICMPv6 of another type, or none at all: what the chain leads to, and the bytes there.
fn others() -> [(u8, u8); 6] {
    [
        (58, 128),
        (58, 132),
        (58, 138),
        (58, 1),
        (17, 135),
        (59, 136),
    ]
}

/// An IPv6 packet from this link with a chain, then a byte and others behind it; 200 bytes in all.
fn packet(chain: &[Extension], (protocol, first): (u8, u8)) -> Vec<u8> {
    let station = ip6(STATION_IP6);
    let message = Discovery {
        next_header: protocol,
        kind: first,
        body: vec![0; 40],
        ..Discovery::router_solicitation(station, station)
    };
    let mut frame = behind(chain, &message);
    frame.splice(..6, hex60(&[STATION_2_MAC]).into_iter().take(6));
    frame.resize(200, 0);
    frame
}

fn row_01_hidden_discovery(bed: Bed) {
    let mut rig = bed.rig(&image());
    for message in messages() {
        for kind in [0, 43, 44, 60, 135, 139, 140] {
            rig.drops(0, &behind(&[of_kind(kind)], &message), HIDDEN);
        }
    }
    // Nothing was learned.
    rig.floods(1, &hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]), &[0, 2, 3]);
}

fn row_01_as_far_as_the_window(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for message in messages() {
        for headers in 1..=12 {
            let hidden = behind(&vec![SHORT; headers], &message);
            for tags in ["", "8100 0001", TWO_TAGS] {
                rig.drops(0, &tagged(&hidden, tags), HIDDEN);
            }
        }
        for length in [1, 6, 7, 8, 40] {
            let long = Extension { length, ..SHORT };
            rig.drops(0, &behind(&[long], &message), HIDDEN);
        }
        let mixed = [of_kind(0), of_kind(43), of_kind(44), of_kind(60)];
        rig.drops(0, &behind(&mixed, &message), HIDDEN);
    }
}

fn row_01_what_else_is_wrong_does_not_help(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let good = advertisement(STATION_MAC, WEB_IP6, ALL_NODES);
    let odd = [
        Discovery {
            code: 1,
            ..good.clone()
        },
        Discovery {
            checksum_damage: 1,
            ..good.clone()
        },
        // The type is the last that can be read, or not even that.
        Discovery {
            payload_length: Some(12),
            ..good.clone()
        },
        Discovery {
            payload_length: Some(11),
            ..good.clone()
        },
        Discovery {
            payload_length: Some(8),
            ..good.clone()
        },
        Discovery {
            payload_length: Some(3),
            ..good.clone()
        },
        Discovery {
            payload_length: Some(0),
            ..good.clone()
        },
        Discovery {
            payload_length: Some(0xffff),
            ..good.clone()
        },
    ];
    for message in odd {
        rig.drops(0, &behind(&[SHORT], &message), HIDDEN);
    }
    // To a station, to a virtual MAC, to the bridges, from a forged source, marked bad: the same, but for the last.
    let good = behind(&[SHORT], &good);
    for destination in [STATION_2_MAC, WEB_MAC, "0180c2000000", "0180c2000001"] {
        let mut hidden = good.clone();
        hidden.splice(..6, hex60(&[destination]).into_iter().take(6));
        rig.drops(0, &hidden, HIDDEN);
        hidden[6..12].copy_from_slice(&hex60(&[WEB_MAC])[..6]);
        rig.drops(0, &hidden, HIDDEN);
        rig.drops_marked(0, &hidden, "bad-frame");
    }
}

fn row_01_fragments(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let message = advertisement(STATION_MAC, WEB_IP6, ALL_NODES);
    let fragment = |word, length| Extension {
        kind: 44,
        length,
        word,
    };
    for length in [0, 1, 255] {
        // The first fragment and the atomic one, whatever the reserved byte says; behind and in front of others.
        for word in [0, 1, 6] {
            let first = fragment(word, length);
            rig.drops(0, &behind(std::slice::from_ref(&first), &message), HIDDEN);
            rig.drops(0, &behind(&[SHORT, first.clone()], &message), HIDDEN);
            rig.drops(0, &behind(&[first, SHORT], &message), HIDDEN);
        }
        // A later one says nothing of what it is a part of: without a first one nobody puts it together.
        for word in [0x0008, 0x0009, 0xfff8] {
            let mut later = behind(&[fragment(word, length)], &message);
            later.splice(..6, hex60(&[STATION_2_MAC]).into_iter().take(6));
            rig.floods(0, &later, &[1, 2, 3]);
        }
    }
    // A first one that ends before it says what it is a part of.
    let short = Discovery {
        payload_length: Some(8),
        ..message.clone()
    };
    rig.drops(0, &behind(&[fragment(1, 0)], &short), HIDDEN);
    let short = Discovery {
        payload_length: Some(16),
        ..message.clone()
    };
    let options = Extension { length: 1, ..SHORT };
    rig.drops(0, &behind(&[fragment(1, 0), options], &short), HIDDEN);
    // One fragment header behind another.
    let twice = [fragment(0, 0), fragment(0, 0)];
    rig.drops(0, &behind(&twice, &message), HIDDEN);
}

fn row_01_what_is_told_passes(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for other in others() {
        for headers in 1..=8 {
            rig.floods(0, &packet(&vec![SHORT; headers], other), &[1, 2, 3]);
        }
        let fragment = Extension {
            kind: 44,
            length: 9,
            word: 1,
        };
        rig.floods(0, &packet(&[SHORT, fragment, SHORT], other), &[1, 2, 3]);
        // With two tags the word at position 8 is not whole: of ICMPv6 it might be anything.
        let last = tagged(&packet(&vec![SHORT; 8], other), TWO_TAGS);
        if other.0 == 58 {
            rig.drops(0, &last, HIDDEN);
        } else {
            rig.floods(0, &last, &[1, 2, 3]);
        }
        rig.drops(0, &packet(&vec![SHORT; 9], other), HIDDEN);
    }
    // From behind a router nobody takes it.
    for mut message in messages() {
        for hop_limit in [254, 64, 0] {
            message.hop_limit = hop_limit;
            for headers in [1, 8, 9] {
                let hidden = behind(&vec![SHORT; headers], &message);
                let mut passes = hidden.clone();
                passes.splice(..6, hex60(&[STATION_2_MAC]).into_iter().take(6));
                rig.floods(0, &passes, &[1, 2, 3]);
            }
        }
    }
}

on_every_layout!(row_01_hidden_discovery);

on_every_card!(
    row_01_as_far_as_the_window,
    row_01_what_else_is_wrong_does_not_help,
    row_01_fragments,
    row_01_what_is_told_passes,
);
