//! Who watches a long sequence is told of every entry, and of all that there are.

use std::sync::mpsc::{Receiver, channel};

use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::tables::Table;
use flowswitch_driver::{Activity, Card, Reached};

use super::fig2::{fig2, open};

fn watched(card: &mut Card<FakeDevice>) -> Receiver<Reached> {
    let (to, told) = channel();
    card.watch(move |reached| to.send(reached).expect("it is listened to"));
    told
}

/// What was told of one kind of work: how many entries, each of them once and in turn.
fn entries(told: &[Reached], activity: Activity) -> u64 {
    let told: Vec<&Reached> = told
        .iter()
        .filter(|reached| reached.activity == activity)
        .collect();
    let of = told.first().map_or(0, |reached| reached.of);
    assert!(
        told.iter()
            .zip(1..)
            .all(|(reached, done)| reached.done == done && reached.of == of)
    );
    assert_eq!(told.len() as u64, of);
    of
}

#[test]
fn dumps_tell_of_every_entry() {
    let mut card = open(FakeDevice::new(8));
    let told = watched(&mut card);
    card.dump(Table::Member, |_| ()).unwrap();
    let members: Vec<Reached> = told.try_iter().collect();
    assert_eq!(entries(&members, Activity::ReadTables), 1024 + 64);
    card.dump_buckets(5..25, |_| ()).unwrap();
    let buckets: Vec<Reached> = told.try_iter().collect();
    assert_eq!(entries(&buckets, Activity::ReadBuckets), 20);
}

#[test]
fn a_dump_of_flows_tells_how_far_in_the_table_it_is() {
    let mut card = open(FakeDevice::new(8));
    for index in [77, 60_000] {
        card.device_mut()
            .insert_flow(index, [1, 0x0004_0200, 0, 0, 0, 0, 0, 0]);
    }
    let told = watched(&mut card);
    card.dump(Table::Flow, |_| ()).unwrap();
    let told: Vec<Reached> = told.try_iter().collect();
    assert!(told.iter().any(|reached| reached.done == 78));
    assert!(told.iter().any(|reached| reached.done == 60_001));
    assert!(told.is_sorted_by_key(|reached| reached.done));
    assert!(
        told.iter()
            .all(|reached| reached.of == 1 << 16 && reached.done <= reached.of)
    );
}

#[test]
fn programming_and_reading_back_tell_of_every_entry() {
    let image = fig2();
    let mut card = open(FakeDevice::new(8));
    let told = watched(&mut card);
    let report = card.program(&image).unwrap();
    let written: Vec<Reached> = told.try_iter().collect();
    assert_eq!(
        entries(&written, Activity::Write),
        report.entries + report.buckets + report.settings
    );
    card.verify(&image).unwrap();
    let read: Vec<Reached> = told.try_iter().collect();
    assert_eq!(
        entries(&read, Activity::ReadBuckets),
        image.buckets.len() as u64
    );
    // Servers twice: as members, and by the addresses they may have.
    assert!(entries(&read, Activity::ReadTables) > 2 * 1024);
}
