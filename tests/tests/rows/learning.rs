//! Section 4: what is learned, when it is forgotten, and who wins the ways of a full set.

use crate::frames::{BROADCAST, PLAIN, WEB};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{AGE, SERVER_0_MAC, STATION_2_MAC, STATION_MAC, WEB_MAC, image};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::Rig;

/// From the middle of a tick no test comes near its end.
const MID_TICK: u64 = 1 << 29;

fn to_station(tag: &str) -> Vec<u8> {
    hex60(&[STATION_MAC, STATION_2_MAC, tag, PLAIN])
}

fn from_station(tag: &str) -> Vec<u8> {
    hex60(&[BROADCAST, STATION_MAC, tag, PLAIN])
}

fn learned_by_any_row_from_12_on(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let frame = hex60(&[WEB_MAC, STATION_MAC, WEB]);
    rig.sends(1, &frame, 2, &hex60(&[SERVER_0_MAC, STATION_MAC, WEB]));
    rig.sends(0, &to_station(""), 1, &to_station(""));
}

fn learned_per_vlan(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.floods(0, &from_station("8100 0005"), &[1, 2, 3]);
    // Priority, drop eligibility and the second tag are no part of the VLAN.
    for same in ["8100 0005", "8100 f005", "88a8 0005", "8100 0005 8100 0006"] {
        rig.sends(1, &to_station(same), 0, &to_station(same));
    }
    for other in ["", "8100 0006", "8100 0000", "88a8 0006 8100 0005"] {
        rig.floods(1, &to_station(other), &[0, 2, 3]);
    }
}

fn untagged_and_priority_tagged_are_vlan_0(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.floods(0, &from_station(""), &[1, 2, 3]);
    rig.sends(1, &to_station("8100 e000"), 0, &to_station("8100 e000"));
}

fn station_moves(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.floods(0, &from_station(""), &[1, 2, 3]);
    rig.sends(2, &to_station(""), 0, &to_station(""));
    rig.floods(3, &from_station(""), &[0, 1]);
    rig.sends(2, &to_station(""), 3, &to_station(""));
}

fn static_stations_are_never_learned_away(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for tag in ["", "8100 0005"] {
        rig.drops(
            0,
            &hex60(&[BROADCAST, SERVER_0_MAC, tag, PLAIN]),
            "forged-source",
        );
        let frame = hex60(&[SERVER_0_MAC, STATION_MAC, tag, PLAIN]);
        rig.sends(1, &frame, 2, &frame);
    }
}

fn forgotten_at_its_age(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.jump_to_tick(10, MID_TICK);
    rig.floods(0, &from_station(""), &[1, 2, 3]);
    rig.jump_to_tick(10 + u64::from(AGE) - 1, MID_TICK);
    rig.sends(1, &to_station(""), 0, &to_station(""));
    rig.jump_to_tick(10 + u64::from(AGE), MID_TICK);
    rig.floods(1, &to_station(""), &[0, 2, 3]);
}

fn a_tick_is_two_to_the_thirty_ns(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    // Learned at the very end of tick 10, asked for at the very end of the last tick and at the start of the next.
    const BEFORE_THE_END: u64 = (1 << 30) - 100_000;
    rig.jump_to_tick(10, BEFORE_THE_END);
    rig.floods(0, &from_station(""), &[1, 2, 3]);
    rig.jump_to_tick(10 + u64::from(AGE) - 1, BEFORE_THE_END);
    rig.sends(1, &to_station(""), 0, &to_station(""));
    rig.jump_to_tick(10 + u64::from(AGE), 0);
    rig.floods(1, &to_station(""), &[0, 2, 3]);
}

fn every_frame_refreshes(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for round in 0..4 {
        rig.jump_to_tick(10 + round * (u64::from(AGE) - 1), MID_TICK);
        rig.floods(0, &from_station(""), &[1, 2, 3]);
    }
    rig.jump_to_tick(10 + 4 * (u64::from(AGE) - 1), MID_TICK);
    rig.sends(1, &to_station(""), 0, &to_station(""));
}

fn ages_do_not_wrap(kind: CardKind) {
    // 65,536 ticks later the stamp reads the same; the entry is long gone.
    let mut rig = Rig::new(kind, &image());
    rig.jump_to_tick(10, MID_TICK);
    rig.floods(0, &from_station(""), &[1, 2, 3]);
    rig.jump_to_tick(10 + 65_536 + 1, MID_TICK);
    rig.floods(1, &to_station(""), &[0, 2, 3]);
}

fn learned_station_behind_a_lost_link_is_unknown(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.floods(0, &from_station(""), &[1, 2, 3]);
    rig.link(0, false);
    rig.floods(1, &to_station(""), &[2, 3]);
    rig.link(0, true);
    rig.sends(1, &to_station(""), 0, &to_station(""));
}

/// Five stations whose entries in VLAN 0 share set 0, from a program written from section 2 alone. The upper hash bits of
/// the fifth are 2.
const ONE_SET: [&str; 5] = [
    "020000010bea",
    "0200000183ce",
    "02000001c15b",
    "020000014ed3",
    "02000001497f",
];
/// Where the fifth goes when all ways live.
const DISPLACED_WAY: usize = 2;

fn full_set_overwrites_by_hash(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for station in &ONE_SET[..4] {
        rig.floods(0, &hex60(&[BROADCAST, station, PLAIN]), &[1, 2, 3]);
    }
    for station in &ONE_SET[..4] {
        let frame = hex60(&[station, STATION_2_MAC, PLAIN]);
        rig.sends(1, &frame, 0, &frame);
    }
    // The fifth takes way `h_fdb >> 30`; ways were filled from the lowest, so that names the station it displaces.
    rig.floods(0, &hex60(&[BROADCAST, ONE_SET[4], PLAIN]), &[1, 2, 3]);
    for (way, station) in ONE_SET.iter().enumerate() {
        let frame = hex60(&[station, STATION_2_MAC, PLAIN]);
        if way == DISPLACED_WAY {
            rig.floods(1, &frame, &[0, 2, 3]);
        } else {
            rig.sends(1, &frame, 0, &frame);
        }
    }
}

fn expired_way_is_taken_before_a_living_one(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.jump_to_tick(10, MID_TICK);
    for station in &ONE_SET[..4] {
        rig.floods(0, &hex60(&[BROADCAST, station, PLAIN]), &[1, 2, 3]);
    }
    // All but the second are refreshed, then the second expires.
    rig.jump_to_tick(11, MID_TICK);
    for station in [ONE_SET[0], ONE_SET[2], ONE_SET[3]] {
        rig.floods(0, &hex60(&[BROADCAST, station, PLAIN]), &[1, 2, 3]);
    }
    rig.jump_to_tick(10 + u64::from(AGE), MID_TICK);
    rig.floods(0, &hex60(&[BROADCAST, ONE_SET[4], PLAIN]), &[1, 2, 3]);
    for (way, station) in ONE_SET.iter().enumerate() {
        let frame = hex60(&[station, STATION_2_MAC, PLAIN]);
        if way == 1 {
            rig.floods(1, &frame, &[0, 2, 3]);
        } else {
            rig.sends(1, &frame, 0, &frame);
        }
    }
}

on_every_card!(
    learned_by_any_row_from_12_on,
    learned_per_vlan,
    untagged_and_priority_tagged_are_vlan_0,
    station_moves,
    static_stations_are_never_learned_away,
    forgotten_at_its_age,
    a_tick_is_two_to_the_thirty_ns,
    every_frame_refreshes,
    ages_do_not_wrap,
    learned_station_behind_a_lost_link_is_unknown,
    full_set_overwrites_by_hash,
    expired_way_is_taken_before_a_living_one,
);
