//! What the model says of itself: where a card may come to something else.

mod support;

use flowswitch_model::{
    Cluster, FLOWS, Leeway, Mac, Member, Service, Setup, SetupError, TimedCard, h3,
};
use support::*;

const CLOCK_HZ: u64 = 250_000_000;
const CLOCK_NS: u64 = 4;
const CLIENTS: u8 = 2;

/// A timed card whose cluster remembers flows; of both its servers the one with fewer gets a new flow if told so.
fn timed(least_load: bool, change: impl FnOnce(&mut Setup)) -> TimedCard {
    let model = card(|setup| {
        setup.clusters = vec![Cluster {
            udp: 10,
            unconfirmed: 5,
            ..Cluster::default()
        }];
        setup.services = vec![Service {
            protocol: None,
            ports: None,
            least_load,
            ..setup.services[0].clone()
        }];
        setup.buckets[0].first = Some(0);
        setup.buckets[0].second = Some(1);
        change(setup);
    });
    TimedCard::new(model, CLOCK_HZ)
}

/// A datagram of a flow of its own, so many beats long.
fn datagram(flow: u32, beats: usize) -> Vec<u8> {
    let [_, a, b, c] = flow.to_be_bytes();
    let header = ipv4(17, [10, a, b, c], CLUSTER, 46);
    let mut frame = ethernet(VIRTUAL, STRANGER, &[&header, &ports(7, 80), &[0; 18]]);
    frame.resize(64 * beats, 0);
    frame
}

/// Runs frames that come some clocks apart, and tells what was left open how often.
fn run(
    card: &mut TimedCard,
    apart: u64,
    frames: impl Iterator<Item = Vec<u8>>,
) -> Vec<(Leeway, u64)> {
    let mut at_ns = card.now_ns();
    for frame in frames {
        card.offer(CLIENTS, at_ns, frame, false).expect("a port");
        at_ns += CLOCK_NS * apart;
    }
    card.run_until_idle().expect("ports that exist");
    card.take_departures();
    let leeways = card.take_leeways();
    leeways
        .iter()
        .map(|(leeway, occasions)| (leeway, occasions.count))
        .collect()
}

#[test]
fn a_key_may_be_held_where_flows_are_written_in_every_clock() {
    let mut card = timed(false, |_| ());
    let flows = |count| (0..count).map(|flow| datagram(flow, 1));
    assert_eq!(run(&mut card, 1, flows(31)), []);
    let mut card = timed(false, |_| ());
    assert_eq!(run(&mut card, 1, flows(40)), [(Leeway::KeyHeld, 9)]);
    // They are known now: nothing is written.
    assert_eq!(run(&mut card, 1, flows(40)), []);
    let mut card = timed(false, |_| ());
    assert_eq!(run(&mut card, 2, flows(40)), [], "a clock between them");
}

#[test]
fn a_table_more_than_half_full_may_have_no_room() {
    let mut card = timed(false, |_| ());
    let half = FLOWS as u32 / 2;
    let flows = |from, to| (from..to).map(|flow| datagram(flow, 2));
    assert_eq!(run(&mut card, 2, flows(0, half)), []);
    let more = run(&mut card, 2, flows(half, half + 10));
    assert_eq!(more, [(Leeway::FlowRoom, 10)]);
}

#[test]
fn loads_that_have_just_changed_leave_a_choice_where_they_decide() {
    let mut card = timed(true, |_| ());
    // Whether the one before counts already decides.
    let flows = |from: u32, to: u32| (from..to).map(|flow| datagram(flow, 1));
    let found = run(&mut card, 2, flows(0, 4));
    assert_eq!(found, [(Leeway::Load, 3)]);
    let mut card = timed(true, |_| ());
    assert_eq!(run(&mut card, 100, flows(0, 4)), [], "some clocks apart");
    // So many fewer than the other that it is the lighter one either way.
    let mut card = timed(true, |setup| {
        setup.members.get_mut(&1).expect("server 1").up = false
    });
    run(&mut card, 100, flows(0, 40));
    card.model_mut().set_member_up(1, true).expect("server 1");
    assert_eq!(run(&mut card, 2, flows(40, 50)), []);
}

#[test]
fn a_tick_may_end_within_a_look_up() {
    let edge = 1 << 30;
    let mut card = timed(false, |_| ());
    // Its key is taken six clocks after its first beat.
    card.jump_to(edge - 200).expect("an idle card");
    assert_eq!(run(&mut card, 1, [datagram(1, 1)].into_iter()), []);
    card.jump_to(2 * edge - 60).expect("an idle card");
    let found = run(&mut card, 1, [datagram(2, 1)].into_iter());
    assert_eq!(found, [(Leeway::TickEdge, 1)]);
    // Time that is skipped meets an empty card.
    card.jump_to(9 * edge).expect("an idle card");
    assert_eq!(run(&mut card, 1, [datagram(3, 1)].into_iter()), []);
}

#[test]
fn a_long_skip_may_be_several_ticks_for_the_announcer() {
    for (announce, expected) in [(0, vec![]), (60, vec![(Leeway::LongSkip, 1)])] {
        let mut card = timed(false, |setup| setup.announce = announce);
        card.jump_to(1 << 41).expect("an idle card");
        assert!(card.take_leeways().is_empty());
        card.jump_to(1 << 43).expect("an idle card");
        let found = card.take_leeways();
        let found: Vec<_> = found.iter().map(|(leeway, o)| (leeway, o.count)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn loads_are_rounded_as_the_contract_says() {
    // 2^20 by 3 is 349,525 and a third: three flows of weight 3 weigh less than one of weight 1.
    let mut card = timed(true, |setup| {
        setup.members.get_mut(&0).expect("server 0").weight = 1;
        setup.members.get_mut(&1).expect("server 1").weight = 3;
    });
    let mut servers = Vec::new();
    for flow in 0..5 {
        let at_ns = card.now_ns();
        card.offer(CLIENTS, at_ns, datagram(flow, 1), false)
            .expect("a port");
        card.run_until_idle().expect("ports that exist");
        servers.extend(card.take_departures().iter().map(|copy| copy.egress - 3));
        card.jump_to(at_ns + 1_000).expect("an idle card");
    }
    assert_eq!(servers, [0, 1, 1, 1, 1]);
}

#[test]
fn stations_that_no_table_can_hold_are_refused() {
    let shares = |mac: &Mac| {
        let set = |seed| h3(seed, &mac.0) & 1_023;
        set(0xc2b2_ae35) == 0 && set(0x27d4_eb2f) < 2
    };
    let macs = (0u32..).map(|number| {
        let [a, b, c, d] = number.to_be_bytes();
        Mac([2, 0x77, a, b, c, d])
    });
    // Places for six: two in the one set of the first half, four in the two of the second.
    let macs: Vec<Mac> = macs.filter(shares).take(7).collect();
    let with = |count: usize| {
        let mut setup = setup();
        for (number, &mac) in (100..).zip(&macs[..count]) {
            let member = Member {
                mac,
                ..setup.members[&0].clone()
            };
            setup.members.insert(number, member);
        }
        flowswitch_model::Model::new(5, setup)
    };
    assert!(with(2).is_ok());
    let refused = with(7).err();
    assert_eq!(
        refused,
        Some(flowswitch_model::ModelError::Setup(SetupError::Stations))
    );
}
