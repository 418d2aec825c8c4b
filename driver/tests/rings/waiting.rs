//! Waiting, with interrupts that come, get lost or do not exist.

use std::time::Duration;

use flowswitch_driver::Card;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::faulty::{Faults, Faulty};
use flowswitch_driver::rings::{Events, HostPort, HostSettings, Vectors};

use super::{card, frame, receive, small};

const SHORT: Duration = Duration::from_millis(1);

#[test]
fn a_wait_ends_by_an_interrupt_or_by_time() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    assert!(host.uses_interrupts());
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::empty());
    // The vector is armed: the frame fires it.
    host.card().device_mut().host.punt(0, 1, &frame(0, 60));
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::RECEIVE);
    assert_eq!(receive(&mut host).unwrap().len(), 1);
    assert!(host.queue(0, &frame(0, 60)).unwrap());
    // Waiting tells the card of what was queued.
    assert_eq!(
        host.wait(Vectors::TRANSMIT, SHORT).unwrap(),
        Vectors::TRANSMIT
    );
    assert_eq!(host.poll_transmit(|_| ()).unwrap(), 1);
}

#[test]
fn events_wake_if_they_are_wanted() {
    let settings = HostSettings {
        events: Events::LINK | Events::FLOW_REFUSED,
        ..small()
    };
    let mut card = card();
    let mut host = HostPort::open(&mut card, &settings).unwrap();
    host.card()
        .device_mut()
        .host
        .event(u32::from(Events::STATION_MOVED.bits()));
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::empty());
    host.card()
        .device_mut()
        .host
        .event(u32::from(Events::LINK.bits()));
    assert_eq!(
        host.wait(Vectors::RECEIVE, SHORT).unwrap(),
        Vectors::empty()
    );
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::EVENTS);
    assert_eq!(host.events().unwrap(), Events::LINK | Events::STATION_MOVED);
    assert_eq!(host.events().unwrap(), Events::empty());
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::empty());
}

#[test]
fn a_lost_interrupt_costs_a_slice_and_no_frame() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    host.card().device_mut().host.deaf = true;
    // Completed between the look at the rings and the wait: only the interrupt would tell.
    host.card().device_mut().host.stalled = true;
    assert!(host.transmit(0, &frame(0, 60)).unwrap());
    host.card().device_mut().host.release_at_ns = Some(0);
    let before = host.card().device().host.time_ns;
    let ready = host.wait(Vectors::all(), Duration::from_secs(5)).unwrap();
    assert_eq!(ready, Vectors::TRANSMIT);
    assert_eq!(host.statistics().lost_interrupts, 1);
    let waited = host.card().device().host.time_ns - before;
    assert_eq!(waited, 100_000_000, "one slice");
}

#[test]
fn a_lost_interrupt_of_an_event_costs_a_second() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    // The vector is armed from here on.
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::empty());
    let fake = &mut host.card().device_mut().host;
    fake.deaf = true;
    fake.event(u32::from(Events::LINK.bits()));
    let before = fake.time_ns;
    let ready = host.wait(Vectors::all(), Duration::from_secs(5)).unwrap();
    assert_eq!(ready, Vectors::EVENTS);
    assert_eq!(host.statistics().lost_interrupts, 1);
    let waited = host.card().device().host.time_ns - before;
    assert_eq!(waited, 1_000_000_000);
}

#[test]
fn a_wait_for_nothing_hardly_touches_the_card() {
    let device = Faulty::new(FakeDevice::new(4), Faults::default(), 1);
    let mut card = Card::open(device).unwrap();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    let wait = |host: &mut HostPort<'_, Faulty<FakeDevice>>, seconds| {
        let before = host.card().device().accesses();
        let ready = host.wait(Vectors::all(), Duration::from_secs(seconds));
        assert_eq!(ready.unwrap(), Vectors::empty());
        host.card().device().accesses() - before
    };
    // A look, and once a second another: events, both rings, three vectors to be armed.
    assert!(wait(&mut host, 10) <= 11 * 5);
    // Vectors that are armed stay so.
    assert!(wait(&mut host, 0) <= 2);
}

#[test]
fn a_device_without_interrupts_is_polled() {
    let mut card = card();
    card.device_mut().host.no_interrupts = true;
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    assert!(!host.uses_interrupts());
    let before = host.card().device().host.time_ns;
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::empty());
    assert_eq!(host.card().device().host.time_ns - before, 1_000_000);
    host.card().device_mut().host.stalled = true;
    assert!(host.transmit(0, &frame(0, 60)).unwrap());
    let release = host.card().device().host.time_ns + 300_000;
    host.card().device_mut().host.release_at_ns = Some(release);
    assert_eq!(host.wait(Vectors::all(), SHORT).unwrap(), Vectors::TRANSMIT);
    let now = host.card().device().host.time_ns;
    assert!(
        (release..release + 50_000).contains(&now),
        "{now} after {release}"
    );
}

#[test]
fn interrupts_that_mean_nothing_do_not_make_a_wait_endless() {
    let mut card = card();
    let mut host = HostPort::open(&mut card, &small()).unwrap();
    host.card().device_mut().host.storm = true;
    assert_eq!(
        host.wait(Vectors::RECEIVE, Duration::from_millis(500))
            .unwrap(),
        Vectors::empty()
    );
    assert!(host.statistics().interrupts <= 64 + 5);
}
