//! Flows: seed, walk, search, removal, and servers whose numbers pass to others.

use std::net::IpAddr;

use flowswitch_driver::fake::{Commit, FakeDevice};
use flowswitch_driver::flow_key::{FlowHash, FlowKey, FlowSeed};
use flowswitch_driver::flows::{Flow, FlowFilter};
use flowswitch_driver::image::MacAddress;
use flowswitch_driver::tables::FlowState;
use flowswitch_driver::{Card, Difference, Error};

use crate::fig2::{fig2, open};

const SEED: u64 = 7;

/// A card with Fig. 2 and a known seed.
fn seeded() -> Card<FakeDevice> {
    let mut card = open(FakeDevice::new(8)).with_flow_seed(FlowSeed::from_number(SEED));
    card.program(&fig2()).unwrap();
    card
}

/// The words of an entry, put together by hand from the flows page.
fn words(fingerprint: u64, server: u16, state: u64, cluster: u64, stamp: u128) -> [u32; 8] {
    let bits = u128::from(fingerprint | u64::from(server) << 40 | state << 50 | cluster << 53)
        | stamp << 59;
    [
        bits as u32,
        (bits >> 32) as u32,
        (bits >> 64) as u32,
        0,
        0,
        0,
        0,
        0,
    ]
}

fn client(number: u8) -> FlowKey {
    FlowKey::Flow {
        client: IpAddr::from([198, 51, 100, number]),
        vip: IpAddr::from([192, 31, 65, 1]),
        protocol: 6,
        halves: Some((40_000, 80)),
    }
}

#[test]
fn a_card_without_a_seed_gets_one_and_keeps_it() {
    let mut card = open(FakeDevice::new(8));
    assert!(!card.flow_status().unwrap().ready);
    card.program(&fig2()).unwrap();
    let drawn = card.device().flow_seed().expect("a seed was written");
    assert_ne!(drawn, [0; 4]);
    assert!(card.flow_status().unwrap().ready);
    card.program(&fig2()).unwrap();
    assert_eq!(card.device().flow_seed(), Some(drawn));
    // The seed comes before any service, and word 3 of it last.
    let commits = &card.device().commits;
    let last_word = commits
        .iter()
        .position(|c| matches!(c, Commit::Register(0x7c, _)));
    let service = commits
        .iter()
        .position(|c| matches!(c, Commit::Entry(1, ..)));
    assert!(last_word.unwrap() < service.unwrap());
    let card = seeded();
    assert_eq!(
        card.device().flow_seed(),
        Some(FlowSeed::from_number(SEED).words())
    );
}

#[test]
fn a_table_out_of_use_is_a_difference() {
    let mut card = open(FakeDevice::new(8));
    card.program(&fig2()).unwrap();
    let (device, _) = card.detach();
    let mut fresh = FakeDevice::new(8);
    fresh.entries = device.entries;
    fresh.buckets = device.buckets;
    fresh.registers = device.registers;
    let mut card = open(fresh);
    assert_eq!(card.verify(&fig2()).unwrap(), [Difference::NoFlows]);
}

#[test]
fn the_walk_meets_every_entry_once() {
    let mut card = seeded();
    assert!(card.flows(FlowFilter::default()).next().is_none());
    let last = (1 << 16) - 1;
    let placed = [
        (0, 3, 2),
        (1, 4, 1),
        (0x3ff, 3, 1),
        (0x400, 3, 5),
        (0x9005, 4, 2),
        (last, 3, 4),
    ];
    for (n, (index, server, state)) in (1..).zip(placed) {
        let entry = words(n << 30 | n, server, state, 9, 0x1abc);
        card.device_mut().insert_flow(index, entry);
    }
    let all: Vec<Flow> = card
        .flows(FlowFilter::default())
        .map(Result::unwrap)
        .collect();
    let indices: Vec<u32> = all.iter().map(|flow| flow.index).collect();
    assert_eq!(indices, placed.map(|(index, ..)| index));
    let first = all[0].entry;
    assert_eq!(first.fingerprint, 1 << 30 | 1);
    assert_eq!((first.server, first.cluster, first.stamp), (3, 9, 0x1abc));
    assert_eq!(first.state, FlowState::Established);
    assert_eq!(all[3].entry.state, FlowState::Opened);
    let of = |card: &mut Card<FakeDevice>, server, state| {
        card.flows(FlowFilter { server, state }).count()
    };
    assert_eq!(of(&mut card, Some(3), None), 4);
    assert_eq!(of(&mut card, Some(4), Some(FlowState::Unconfirmed)), 1);
    assert_eq!(of(&mut card, None, Some(FlowState::Rst)), 1);
    // A walk can be left and taken up again.
    let filter = FlowFilter::default();
    assert_eq!(card.flows_from(0x400, filter).count(), 3);
    assert_eq!(card.flows_from(last + 1, filter).count(), 0);
}

#[test]
fn a_walk_ends_with_the_error_it_met() {
    let mut card = seeded();
    card.device_mut().insert_flow(5, words(5, 3, 2, 0, 0));
    card.device_mut().fail_after = Some(0);
    let mut walk = card.flows(FlowFilter::default());
    assert!(matches!(walk.next(), Some(Err(Error::Device(_)))));
    assert!(walk.next().is_none());
}

#[test]
fn a_flow_is_found_and_removed_by_its_addresses() {
    let hash = FlowHash::new(FlowSeed::from_number(SEED));
    let mut card = seeded();
    for bank in 0..2 {
        let key = client(bank);
        let place = hash.place(&key, 16);
        let row = place.rows[usize::from(bank)];
        assert_eq!(card.find_flow(&key).unwrap(), None);
        // Others in the same row, and one that has the fingerprint in the wrong row.
        for (slot, server) in [(0, 1), (6, 2)] {
            let other = words(place.fingerprint ^ 1, server, 2, 0, 9);
            card.device_mut().insert_flow(row + slot, other);
        }
        let wrong = words(place.fingerprint, 4, 2, 0, 9);
        card.device_mut().insert_flow(row ^ 1 << 15, wrong);
        assert_eq!(card.find_flow(&key).unwrap(), None);
        let entry = words(place.fingerprint, 3, 2, 0, 9);
        card.device_mut().insert_flow(row + 7, entry);
        let flow = card.find_flow(&key).unwrap().expect("it stands in its row");
        assert_eq!((flow.index, flow.entry.server), (row + 7, 3));
        assert!(card.delete_flow(&key).unwrap());
        assert!(!card.delete_flow(&key).unwrap());
        assert_eq!(card.find_flow(&key).unwrap(), None);
    }
    assert_eq!(card.server_flows(3).unwrap().live(), 0);
    let counters = card.flow_counters().unwrap();
    assert_eq!(
        (counters.inserted, counters.removed, counters.live()),
        (8, 2, 6)
    );
    // An entry that made room for another meanwhile is left alone.
    let flow = card.flows(FlowFilter::default()).next().unwrap().unwrap();
    let other = words(flow.entry.fingerprint ^ 2, 0, 2, 0, 0);
    card.device_mut().entries.insert((16, flow.index), other);
    card.remove_flow(&flow).unwrap();
    assert_eq!(card.device().entries[&(16, flow.index)], other);
}

#[test]
fn a_seed_of_another_driver_is_not_known() {
    let card = seeded();
    let (device, state) = card.detach();
    let mut stranger = open(device.clone()).with_flow_seed(FlowSeed::from_number(8));
    stranger.program(&fig2()).unwrap();
    assert!(matches!(
        stranger.find_flow(&client(1)),
        Err(Error::SeedUnknown)
    ));
    let mut resumed = Card::resume(device, state).unwrap();
    resumed.forget();
    assert_eq!(resumed.find_flow(&client(1)).unwrap(), None);
}

#[test]
fn a_server_is_flushed() {
    let mut card = seeded();
    for n in 0..200 {
        let entry = words(u64::from(n) << 8 | 1, (n % 2) as u16, 2, 0, 9);
        card.device_mut().insert_flow(n * 97, entry);
    }
    assert_eq!(card.server_flows(1).unwrap().live(), 100);
    assert_eq!(card.flush_server(1).unwrap(), 100);
    assert_eq!(card.server_flows(1).unwrap().live(), 0);
    assert_eq!(card.server_flows(0).unwrap().live(), 100);
    assert_eq!(card.flush_server(1).unwrap(), 0);
    // Flows that are counted and not met, as of a server that takes new ones all the while.
    card.device_mut()
        .entries
        .insert((18, 2), [5, 4, 0, 0, 0, 0, 0, 0]);
    assert!(matches!(
        card.flush_server(2),
        Err(Error::StillServing { server: 2 })
    ));
}

#[test]
fn a_number_passes_to_another_server_when_its_flows_are_gone() {
    let mut card = seeded();
    card.device_mut().insert_flow(4, words(4, 3, 2, 0, 9));
    card.device_mut().commits.clear();
    let mut changed = fig2();
    changed.members.get_mut(&3).unwrap().weight = 9;
    card.program(&changed).unwrap();
    changed.members.get_mut(&3).unwrap().mac = MacAddress([2, 9, 9, 9, 9, 9]);
    card.device_mut().commits.clear();
    let error = card.program(&changed).unwrap_err();
    assert!(
        matches!(error, Error::ServerInUse { server: 3, live: 1 }),
        "{error}"
    );
    assert_eq!(card.device().commits, []);
    // Not by the way of a setting without the server either; but the same station may return.
    let mut without = fig2();
    without.members.remove(&3);
    without.vips.iter_mut().for_each(|vip| {
        vip.servers.remove(&3);
    });
    card.program(&without).unwrap();
    assert!(matches!(
        card.program(&changed),
        Err(Error::ServerInUse { .. })
    ));
    card.program(&fig2()).unwrap();
    card.program(&without).unwrap();
    // A driver that does not know the station finds the flows.
    let mut later = open(card.detach().0);
    assert!(matches!(
        later.program(&fig2()),
        Err(Error::ServerInUse { .. })
    ));
    assert_eq!(later.flush_server(3).unwrap(), 1);
    later.program(&changed).unwrap();
}
