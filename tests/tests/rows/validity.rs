//! Section 1: what counts as ARP and neighbour discovery. What RFC 826 or RFC 4861 calls invalid is never acted on: not
//! answered, not swallowed, no conflict, but a frame like any other.

use crate::asks::{
    ALL_NODES, ALL_NODES_MAC, STATION_IP, STATION_IP6, WEB_IP, WEB_IP6, advertisement, arp_answer,
    frame, group_of, ip4, ip6, nd_answer, solicitation, tagged,
};
use crate::frames::BROADCAST;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{SERVER_0_MAC, SERVER_1_MAC, STATION_MAC, WEB_MAC, image, mac};
use flowswitch_tests::neighbour::{Arp, Discovery};
use flowswitch_tests::rig::Rig;
use flowswitch_tests::{on_every_card, on_every_layout};

/// Options that make a message of type 135 or 136 longer than the window, whatever the tags: 80 bytes.
fn long(message: Discovery) -> Discovery {
    message.with_option(14, 10, &[0x5a; 78])
}

fn broken_arp(good: &Arp) -> Vec<Arp> {
    vec![
        Arp {
            hardware: 7,
            ..good.clone()
        },
        Arp {
            hardware: 0x0101,
            ..good.clone()
        },
        Arp {
            protocol: 0x0806,
            ..good.clone()
        },
        Arp {
            protocol: 0x86dd,
            ..good.clone()
        },
        Arp {
            lengths: [8, 4],
            ..good.clone()
        },
        Arp {
            lengths: [6, 16],
            ..good.clone()
        },
        Arp {
            operation: 0,
            ..good.clone()
        },
        Arp {
            operation: 3,
            ..good.clone()
        },
        Arp {
            operation: 0x0101,
            ..good.clone()
        },
    ]
}

/// Breaks that any message of types 135 and 136 can have, each alone.
fn broken_discovery(good: &Discovery) -> Vec<(&'static str, Discovery)> {
    let with = |change: &dyn Fn(&mut Discovery)| {
        let mut broken = good.clone();
        change(&mut broken);
        broken
    };
    let without = with(&|message| message.options.clear());
    vec![
        ("hop limit 254", with(&|message| message.hop_limit = 254)),
        ("hop limit 64", with(&|message| message.hop_limit = 64)),
        ("code 1", with(&|message| message.code = 1)),
        ("no ICMPv6", with(&|message| message.next_header = 59)),
        ("type 128", with(&|message| message.kind = 128)),
        (
            "checksum",
            with(&|message| message.checksum_damage = 0x0001),
        ),
        (
            "checksum",
            with(&|message| message.checksum_damage = 0x8000),
        ),
        (
            "checksum complemented",
            with(&|message| message.checksum_damage = 0xffff),
        ),
        (
            "too short",
            with(&|message| {
                message.options.clear();
                message.body.truncate(8);
            }),
        ),
        (
            "group target",
            with(&|message| message.body = ip6("ff02::1:ff00:1").octets().to_vec()),
        ),
        (
            "option of no length",
            without.clone().with_option(1, 0, &[2, 0, 0, 0, 0x0a, 1]),
        ),
        (
            "option beyond the end",
            without.clone().with_option(1, 2, &[2, 0, 0, 0, 0x0a, 1]),
        ),
        (
            "second option beyond the end",
            good.clone().with_option(14, 2, &[0x11; 6]),
        ),
        (
            "half an option",
            with(&|message| message.options.extend([0, 1, 0, 0])),
        ),
        (
            "an option's type alone",
            with(&|message| message.options.push(14)),
        ),
    ]
}

fn broken_arp_is_flooded(bed: Bed) {
    let mut rig = bed.rig(&image());
    let asked = Arp::request(mac(STATION_MAC).0, ip4(STATION_IP), ip4(WEB_IP));
    let claim = Arp::request(mac(SERVER_0_MAC).0, ip4(WEB_IP), ip4(WEB_IP));
    let conflict = Arp::request(mac(STATION_MAC).0, ip4(WEB_IP), ip4(WEB_IP));
    for packet in broken_arp(&asked).into_iter().chain(broken_arp(&conflict)) {
        let broken = frame(BROADCAST, STATION_MAC, &packet.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
    }
    for packet in broken_arp(&claim) {
        rig.floods(2, &frame(BROADCAST, SERVER_0_MAC, &packet.bytes()), &[0, 1]);
    }
}

fn broken_solicitation_is_flooded(bed: Bed) {
    let mut rig = bed.rig(&image());
    let group = group_of(WEB_IP6);
    for (why, message) in broken_discovery(&solicitation(STATION_MAC, STATION_IP6, WEB_IP6)) {
        println!("solicitation: {why}");
        let broken = frame(&group, STATION_MAC, &message.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
    }
    // Asked in the name of the cluster, it would be rewritten.
    let group = group_of(STATION_IP6);
    for (why, message) in broken_discovery(&solicitation(SERVER_0_MAC, WEB_IP6, STATION_IP6)) {
        println!("solicitation of a server: {why}");
        let broken = frame(&group, SERVER_0_MAC, &message.bytes());
        rig.floods(2, &broken, &[0, 1]);
    }
}

fn broken_advertisement_is_flooded(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (place, from, to) in [(0, STATION_MAC, &[1, 2, 3][..]), (2, SERVER_0_MAC, &[0, 1])] {
        let good = advertisement(from, WEB_IP6, ALL_NODES);
        let solicited = Discovery {
            word: 0x6000_0000,
            ..good.clone()
        };
        let broken = broken_discovery(&good).into_iter();
        for (why, message) in broken.chain([("solicited to a group", solicited)]) {
            println!("advertisement: {why}");
            rig.floods(place, &frame(ALL_NODES_MAC, from, &message.bytes()), to);
        }
    }
}

fn solicitation_without_a_source(bed: Bed) {
    let mut rig = bed.rig(&image());
    let good = solicitation(STATION_MAC, "::", WEB_IP6);
    let group = group_of(WEB_IP6);
    // With a link-layer address of a source that is none; not to a solicited-node group; from a group.
    let broken = [
        good.clone().with_mac(1, mac(STATION_MAC).0),
        good.clone()
            .with_option(14, 1, &[0; 6])
            .with_mac(1, mac(STATION_MAC).0),
        Discovery {
            destination: ip6(WEB_IP6),
            ..good.clone()
        },
        Discovery {
            destination: ip6(ALL_NODES),
            ..good.clone()
        },
        Discovery {
            destination: ip6("ff02::1:fe00:1"),
            ..good.clone()
        },
        Discovery {
            destination: ip6("ff02::2:ff00:1"),
            ..good.clone()
        },
        Discovery {
            source: ip6("ff02::1"),
            ..good.clone()
        },
        Discovery {
            source: ip6("ff00::"),
            ..good.clone()
        },
    ];
    for message in broken {
        let broken = frame(&group, STATION_MAC, &message.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
    }
    // Other options are allowed, and any group of that kind.
    let told = nd_answer(
        (ALL_NODES_MAC, ALL_NODES),
        "",
        (WEB_MAC, WEB_IP6),
        "20000000",
        "3560",
    );
    let other_group = Discovery {
        destination: ip6("ff02::1:ff12:3456"),
        ..good.clone()
    };
    for message in [good.with_option(14, 1, &[0; 6]), other_group] {
        let asked = frame(&group, STATION_MAC, &message.bytes());
        rig.answers(0, &asked, &told);
    }
}

fn what_may_be_odd(bed: Bed) {
    let mut rig = bed.rig(&image());
    let good = solicitation(STATION_MAC, STATION_IP6, WEB_IP6);
    let told = nd_answer(
        (STATION_MAC, STATION_IP6),
        "",
        (WEB_MAC, WEB_IP6),
        "60000000",
        "c5f8",
    );
    let odd = [
        Discovery {
            word: 0xffff_ffff,
            ..good.clone()
        },
        good.clone().with_option(253, 3, &[0x33; 22]),
        good.clone().with_option(0, 1, &[0; 6]),
        good.clone().with_mac(1, mac(STATION_MAC).0),
        // A solicitation may go to a group that is not the target's.
        Discovery {
            destination: ip6(ALL_NODES),
            ..good
        },
    ];
    for message in odd {
        let asked = frame(&group_of(WEB_IP6), STATION_MAC, &message.bytes());
        rig.answers(0, &asked, &told);
    }
}

fn any_checksum_that_is_right(kind: CardKind) {
    // Sources that make the sum pass through carries of all sizes; every second one has the sum 0xffff in reach.
    let mut rig = Rig::new(kind, &image());
    for word in (0u32..64).map(|n| n.wrapping_mul(0x0404_1041) ^ 0xffff_0000 >> (n % 16)) {
        let mut good = solicitation(STATION_MAC, STATION_IP6, WEB_IP6);
        good.word = word;
        let asked = frame(&group_of(WEB_IP6), STATION_MAC, &good.bytes());
        let station = (STATION_MAC, STATION_IP6);
        let told = nd_answer(station, "", (WEB_MAC, WEB_IP6), "60000000", "c5f8");
        rig.answers(0, &asked, &told);
        good.checksum_damage = 1 << (word % 16);
        let broken = frame(&group_of(WEB_IP6), STATION_MAC, &good.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
    }
}

fn payload_beyond_the_frame(bed: Bed) {
    let mut rig = bed.rig(&image());
    let good = advertisement(STATION_MAC, WEB_IP6, ALL_NODES);
    for length in [33, 200, 2000, 0xffff] {
        let lying = Discovery {
            payload_length: Some(length),
            ..good.clone()
        };
        let broken = frame(ALL_NODES_MAC, STATION_MAC, &lying.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
    }
    // Longer than the window: unchecked if the frame has it all, none if a byte is missing.
    let unchecked = frame(ALL_NODES_MAC, STATION_MAC, &long(good).bytes());
    rig.drops(0, &unchecked, "address-conflict");
    rig.floods(0, &unchecked[..unchecked.len() - 1], &[1, 2, 3]);
}

fn unchecked_where_the_window_ends(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let station = (STATION_MAC, STATION_IP6);
    // 128 bytes less 14 of Ethernet and 40 of IPv6 leave 74; each tag takes 4. The message has 32 without the filler.
    for (tags, units, checked) in [
        ("", 5, true),
        ("", 6, false),
        ("8100 0005", 4, true),
        ("8100 0005", 5, false),
        ("8100 0005 8100 0006", 4, true),
        ("8100 0005 8100 0006", 5, false),
    ] {
        let filler = vec![0xff; 8 * usize::from(units) - 2];
        let message = solicitation(STATION_MAC, STATION_IP6, WEB_IP6);
        let message = message.with_option(253, units, &filler);
        let asked = frame(&group_of(WEB_IP6), STATION_MAC, &message.bytes());
        let asked = tagged(&asked, tags);
        if checked {
            let told = nd_answer(station, tags, (WEB_MAC, WEB_IP6), "60000000", "c5f8");
            rig.answers(0, &asked, &told);
        } else {
            rig.floods(0, &asked, &[1, 2, 3]);
        }
    }
}

fn unchecked_claims_are_claims(bed: Bed) {
    let mut rig = bed.rig(&image());
    for damage in [0, 0x5a5a] {
        let claim = |from| {
            let message = Discovery {
                checksum_damage: damage,
                ..long(advertisement(from, WEB_IP6, ALL_NODES))
            };
            frame(ALL_NODES_MAC, from, &message.bytes())
        };
        rig.swallows(2, &claim(SERVER_0_MAC));
        rig.swallows(3, &claim(SERVER_1_MAC));
        rig.drops(1, &claim(STATION_MAC), "address-conflict");
        let probe = Discovery {
            checksum_damage: damage,
            ..long(solicitation(SERVER_0_MAC, "::", WEB_IP6))
        };
        rig.swallows(2, &frame(ALL_NODES_MAC, SERVER_0_MAC, &probe.bytes()));
    }
}

fn unchecked_requests_are_not_answered(bed: Bed) {
    let mut rig = bed.rig(&image());
    for asked in [WEB_IP6, "2001:db8:65::5"] {
        let message = long(solicitation(STATION_MAC, STATION_IP6, asked));
        let unchecked = frame(&group_of(asked), STATION_MAC, &message.bytes());
        rig.floods(0, &unchecked, &[1, 2, 3]);
    }
    let message = long(solicitation(SERVER_0_MAC, "fe80::210", "2001:db8:65::2"));
    let unchecked = frame(&group_of("2001:db8:65::2"), SERVER_0_MAC, &message.bytes());
    rig.floods(2, &unchecked, &[0, 1]);
    // Nor rewritten, nor handed to all servers.
    let message = long(solicitation(SERVER_0_MAC, WEB_IP6, STATION_IP6));
    let unchecked = frame(&group_of(STATION_IP6), SERVER_0_MAC, &message.bytes());
    rig.swallows(2, &unchecked);
    let message = long(advertisement(STATION_MAC, STATION_IP6, WEB_IP6));
    let unchecked = frame(WEB_MAC, STATION_MAC, &message.bytes());
    rig.drops(0, &unchecked, "no-service");
}

fn answered_again_when_whole(bed: Bed) {
    // The same station right after its broken one.
    let mut rig = bed.rig(&image());
    let good = Arp::request(mac(STATION_MAC).0, ip4(STATION_IP), ip4(WEB_IP));
    let told = arp_answer(STATION_MAC, "", WEB_MAC, WEB_IP, STATION_IP);
    for broken in broken_arp(&good) {
        let broken = frame(BROADCAST, STATION_MAC, &broken.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
        rig.answers(0, &frame(BROADCAST, STATION_MAC, &good.bytes()), &told);
    }
}

on_every_card!(any_checksum_that_is_right, unchecked_where_the_window_ends);

on_every_layout!(
    broken_arp_is_flooded,
    broken_solicitation_is_flooded,
    broken_advertisement_is_flooded,
    solicitation_without_a_source,
    what_may_be_odd,
    payload_beyond_the_frame,
    unchecked_claims_are_claims,
    unchecked_requests_are_not_answered,
    answered_again_when_whole,
);
