//! Section 7: what a link that goes or comes back does to the members on it.

use crate::frames::{BROADCAST, PLAIN, WEB_RESET};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, STATION_2_MAC, STATION_MAC, WEB_MAC, image,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::Rig;

/// Asserts which server a frame of the web cluster goes to that belongs to no flow.
#[track_caller]
fn served_by(rig: &mut Rig, port: u8, mac: &str) {
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]);
    rig.sends(0, &frame, port, &hex60(&[mac, ROUTER_A_MAC, WEB_RESET]));
}

fn link_down_moves_flows_to_the_second(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    served_by(&mut rig, 2, SERVER_0_MAC);
    rig.link(2, false);
    served_by(&mut rig, 3, SERVER_1_MAC);
    rig.link(3, false);
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]), "no-server");
}

fn link_up_brings_back_members_that_ask_for_it(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(2, false);
    rig.link(2, true);
    served_by(&mut rig, 2, SERVER_0_MAC);
}

fn link_up_leaves_others_down(kind: CardKind) {
    let mut image = image();
    image.members.get_mut(&0).expect("server 0").up_on_link = false;
    let mut rig = Rig::new(kind, &image);
    served_by(&mut rig, 2, SERVER_0_MAC);
    rig.link(2, false);
    served_by(&mut rig, 3, SERVER_1_MAC);
    rig.link(2, true);
    // The restored primary pre-empts no one.
    served_by(&mut rig, 3, SERVER_1_MAC);
    rig.member(0, true);
    served_by(&mut rig, 2, SERVER_0_MAC);
}

fn link_up_sets_the_bit_of_a_member_that_was_down(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.member(0, false);
    served_by(&mut rig, 3, SERVER_1_MAC);
    rig.link(2, false);
    rig.link(2, true);
    served_by(&mut rig, 2, SERVER_0_MAC);
}

fn up_bit_set_while_the_link_is_down(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(2, false);
    rig.member(0, true);
    // Up is the bit and the link.
    served_by(&mut rig, 3, SERVER_1_MAC);
    rig.link(2, true);
    served_by(&mut rig, 2, SERVER_0_MAC);
}

fn other_links_members_stay_as_they_are(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.member(0, false);
    rig.link(0, false);
    rig.link(1, false);
    rig.link(0, true);
    served_by(&mut rig, 3, SERVER_1_MAC);
    rig.link(3, false);
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]), "no-server");
}

fn link_down_for_learned_and_flooded(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.floods(1, &hex60(&[BROADCAST, STATION_MAC, PLAIN]), &[0, 2, 3]);
    rig.link(1, false);
    // Not to where it was learned, as long as there is no link.
    let frame = hex60(&[STATION_MAC, STATION_2_MAC, PLAIN]);
    rig.floods(0, &frame, &[2, 3]);
    rig.link(1, true);
    rig.sends(0, &frame, 1, &frame);
}

on_every_card!(
    link_down_moves_flows_to_the_second,
    link_up_brings_back_members_that_ask_for_it,
    link_up_leaves_others_down,
    link_up_sets_the_bit_of_a_member_that_was_down,
    up_bit_set_while_the_link_is_down,
    other_links_members_stay_as_they_are,
    link_down_for_learned_and_flooded,
);
