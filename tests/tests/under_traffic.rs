//! Changes while frames flow: a look-up sees the old entry or the new, never a mixture.

use flowswitch_driver::image::{Bucket, Image, Member, Service};
use flowswitch_driver::register_map::REGISTERS;
use flowswitch_driver::tables::Table;
use flowswitch_sim::card::{Card, Departure, Injection};
use flowswitch_sim::rtl::RtlCard;
use flowswitch_tests::answers::{Answer, MOST_CLOCKS, answers, at_line_rate};
use flowswitch_tests::drops::reason_number;
use flowswitch_tests::fixture::{mac, one_bucket};
use flowswitch_tests::measure::{self, drops, open, stream, to_cluster, to_server};

/// Frames that flow during a test.
const FRAMES: u32 = 6000;
/// Clocks from frame to frame, where changes act at once.
const SPACING: u64 = 2;
/// The same, and clocks between two changes of a link, where members follow within 8,192 clocks.
const FLAP_SPACING: u64 = 8;
const FLAP_CLOCKS: u64 = 10_000;
/// Two MACs that differ in every octet; the server of the changes has one or the other.
const MACS: [&str; 2] = ["02000001aa03", "5efffeee55fc"];

/// Frames to the cluster begin to flow from port 0.
fn start(card: &mut RtlCard, spacing: u64) {
    let arrivals = stream(
        card,
        0,
        0,
        spacing,
        (0..FRAMES).map(|number| to_cluster(1, number)),
    );
    card.offer(arrivals);
    card.run(100).expect("the card runs");
}

/// Lets the rest flow and gives everything, in the order of arrival.
fn finish(card: &mut RtlCard) -> Vec<Departure> {
    card.run_until_idle().expect("the card becomes idle");
    let mut departures = card.take_departures();
    departures.sort_by_key(|departure| departure.arrival_clock);
    let counters = card.counters().expect("the counters are readable");
    let (into, out) = counters.conservation();
    assert_eq!(into, out, "conservation");
    assert_eq!(counters.in_flight, 0);
    departures
}

/// The card's drops, all of which are for one reason.
fn dropped_only_as(card: &mut RtlCard, reason: &str) -> u64 {
    let (by_reason, all) = drops(card);
    assert_eq!(
        by_reason[reason_number(reason)],
        all,
        "drops for another reason than {reason}"
    );
    all
}

/// For each frame which of the ways (port, MAC) it went; how often it changed is counted.
fn ways(departures: &[Departure], ways: [(u8, &str); 2]) -> (Vec<usize>, usize) {
    let way = |departure: &Departure| {
        let taken =
            |(port, to): (u8, &str)| departure.port == port && departure.data[..6] == mac(to).0;
        ways.iter().position(|&way| taken(way)).unwrap_or_else(|| {
            panic!(
                "port {} with MAC {:02x?} is a mixture",
                departure.port,
                &departure.data[..6]
            )
        })
    };
    let taken: Vec<usize> = departures.iter().map(way).collect();
    let changes = taken.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (taken, changes)
}

fn with_second_server(ports: u8) -> Image {
    let mut image = measure::image(ports);
    let server = image
        .members
        .get_mut(&3)
        .expect("the server of the last port");
    server.mac = mac(MACS[0]);
    // No address of a cluster: no flow is remembered, which would keep the server's number from passing to another MAC.
    image.vips.clear();
    image
}

#[test]
fn member_is_replaced_whole() {
    // The server moves from port 3 to port 2 and back, and changes its MAC each time. Old, then new: as often as told.
    let mut card = open(4, 1);
    let old = with_second_server(4);
    card.program(&old).expect("the card takes the image");
    let mut new = old.clone();
    new.members.insert(
        3,
        Member {
            mac: mac(MACS[1]),
            logical_port: 2,
            ..old.members[&3].clone()
        },
    );
    start(&mut card, SPACING);
    for image in [&new, &old, &new] {
        card.driver_mut()
            .program(image)
            .expect("the card takes the image");
        card.run(1000).expect("the card runs");
    }
    let departures = finish(&mut card);
    assert_eq!(
        departures.len(),
        FRAMES as usize,
        "no frame is lost over a change"
    );
    let (taken, changes) = ways(&departures, [(3, MACS[0]), (2, MACS[1])]);
    assert_eq!((taken[0], changes), (0, 3));
}

#[test]
fn service_is_replaced_whole() {
    // Address and bucket change at once between a service that has the frames and one that has others: each frame is
    // either served by the bucket that goes with the address, or has no service.
    let mut card = open(4, 1);
    let mut old = measure::image(4);
    old.buckets = vec![
        Bucket {
            first: Some(3),
            second: None,
        },
        Bucket {
            first: Some(2),
            second: None,
        },
    ];
    let mut new = old.clone();
    new.services[0] = Service {
        address: "10.9.9.9".parse().expect("IPv4"),
        buckets: one_bucket(1),
        ..old.services[0].clone()
    };
    card.program(&old).expect("the card takes the image");
    start(&mut card, SPACING);
    for image in [&new, &old, &new, &old] {
        card.driver_mut()
            .program(image)
            .expect("the card takes the image");
        card.run(500).expect("the card runs");
    }
    let departures = finish(&mut card);
    assert!(
        departures.iter().all(|departure| departure.port == 3),
        "a frame went by the other address's bucket"
    );
    let all = dropped_only_as(&mut card, "not-ours");
    assert!(all > 0 && !departures.is_empty());
    assert_eq!(departures.len() as u64 + all, u64::from(FRAMES));
}

#[test]
fn buckets_are_rewritten_under_traffic() {
    let mut card = open(4, 1);
    start(&mut card, SPACING);
    for member in [2, 3, 2, 3, 1] {
        let bucket = Bucket {
            first: Some(member),
            second: None,
        };
        let mut image = measure::image(4);
        image.buckets[0] = bucket;
        card.driver_mut()
            .program(&image)
            .expect("the card takes the image");
        card.run(400).expect("the card runs");
    }
    let departures = finish(&mut card);
    assert_eq!(
        departures.len(),
        FRAMES as usize,
        "no frame is lost over a change"
    );
    let mut order: Vec<u8> = departures.iter().map(|departure| departure.port).collect();
    order.dedup();
    assert_eq!(order, [3, 2, 3, 2, 3, 1]);
    for departure in &departures {
        assert_eq!(departure.data[..6], measure::server_mac(departure.port));
    }
}

#[test]
fn link_flap_moves_flows_and_loses_only_what_was_queued() {
    let mut card = open(4, 1);
    let mut image = measure::image(4);
    image.buckets[0] = Bucket {
        first: Some(3),
        second: Some(2),
    };
    card.program(&image).expect("the card takes the image");
    start(&mut card, FLAP_SPACING);
    for up in [false, true, false, true] {
        card.set_link_pin(3, up).expect("port 3 exists");
        card.run(FLAP_CLOCKS).expect("the card runs");
    }
    let departures = finish(&mut card);
    let all = dropped_only_as(&mut card, "link-down");
    // The way from verdict to egress holds few frames.
    assert!(all <= 2 * 8, "{all} frames were lost");
    assert_eq!(departures.len() as u64 + all, u64::from(FRAMES));
    let (taken, changes) = ways(&departures, [(3, "020000010003"), (2, "020000010002")]);
    assert_eq!(taken[0], 0);
    assert_eq!(changes, 4, "changes of way for four of the link");
}

#[test]
fn queued_frames_of_a_lost_link_are_dropped_as_link_down() {
    let mut card = open(4, 1);
    card.block_port(3, true).expect("port 3 exists");
    let arrivals = stream(&card, 0, 0, 1, (0..100).map(|number| to_cluster(1, number)));
    card.offer(arrivals);
    card.run(300).expect("the card runs");
    card.set_link_pin(3, false).expect("port 3 exists");
    card.run(300).expect("the card runs");
    card.block_port(3, false).expect("port 3 exists");
    let departures = finish(&mut card);
    let all = dropped_only_as(&mut card, "link-down");
    assert_eq!(departures.len() as u64 + all, 100);
    // One stood at the output when the link went.
    assert!(
        departures.len() <= 1,
        "{} frames left by a link that is down",
        departures.len()
    );
}

/// The VLAN in a frame's tag.
fn vlan(departure: &Departure) -> u16 {
    assert_eq!(departure.data[12..14], [0x81, 0x00], "a frame without tag");
    u16::from_be_bytes([departure.data[14], departure.data[15]]) & 0xfff
}

#[test]
fn queued_frames_never_leave_with_the_vlan_of_another_logical_port() {
    // The number of port 3's logical port passes to another VLAN while frames for the old one stand in its queue.
    const OLD: u16 = 30;
    const NEW: u16 = 31;
    let mut card = open(4, 1);
    let mut old = measure::image(4);
    for (place, vlan) in old.logical_ports.iter_mut().zip([10, 11, 12, OLD]) {
        place.untagged = false;
        place.tagged = true;
        place.vlans = Some((vlan, vlan));
        place.domain = vlan;
    }
    let mut new = old.clone();
    new.logical_ports[3].vlans = Some((NEW, NEW));
    new.logical_ports[3].domain = NEW;
    card.program(&old).expect("the card takes the image");
    // It has been what it is for long enough.
    card.run(2_000).expect("the card runs");
    card.block_port(3, true).expect("port 3 exists");
    let frames = |numbers: std::ops::Range<u32>| {
        numbers
            .map(|number| tagged(to_cluster(1, number), 10))
            .collect::<Vec<_>>()
    };
    card.offer(stream(&card, 0, 0, 1, frames(0..100)));
    card.run(300).expect("the card runs");
    card.driver_mut()
        .program(&new)
        .expect("the card takes the image");
    card.run(2_000).expect("the card runs");
    card.block_port(3, false).expect("port 3 exists");
    card.run_until_idle().expect("the card becomes idle");
    let queued = card.take_departures();
    // One stood at the output, and a few behind it had been given their VLAN.
    assert!(queued.len() <= 17, "{} frames left", queued.len());
    assert!(queued.iter().all(|departure| vlan(departure) == OLD));
    // The port goes on as what it is now.
    card.offer(stream(&card, 0, 0, 1, frames(100..200)));
    let departures = finish(&mut card);
    assert_eq!(departures.len(), 100);
    assert!(departures.iter().all(|departure| vlan(departure) == NEW));
    let all = dropped_only_as(&mut card, "link-down");
    assert_eq!(queued.len() as u64 + all, 100);
}

/// The frame with a tag.
fn tagged(frame: Vec<u8>, vlan: u16) -> Vec<u8> {
    let [high, low] = vlan.to_be_bytes();
    [&frame[..12], &[0x81, 0x00, high, low], &frame[12..]].concat()
}

#[test]
fn what_a_lost_link_throws_away_is_all_thrown_away() {
    // More than the data path stays awake for: every queue of port 1 is full when its link goes, and nothing of them is
    // seen at an output.
    const PORT: u8 = 1;
    const BEATS: usize = 10;
    const EACH: u32 = 51;
    let mut card = open(8, 1);
    card.block_port(PORT, true).expect("port 1 exists");
    let frames = || (0..EACH).map(|number| to_server(PORT, BEATS, number));
    for port in (0..8).filter(|port| *port != PORT) {
        card.offer(stream(&card, port, 0, BEATS as u64, frames()));
    }
    let at_ns = card.now_ns();
    card.inject(
        frames()
            .map(|data| Injection {
                egress: PORT,
                at_ns,
                data,
            })
            .collect(),
    );
    card.run(u64::from(EACH) * BEATS as u64 + 200)
        .expect("the card runs");
    card.set_link_pin(PORT, false).expect("port 1 exists");
    card.block_port(PORT, false).expect("port 1 exists");
    // A beat a clock. Nothing is asked of the card meanwhile: that would wake it.
    card.run(8 * u64::from(EACH) * BEATS as u64)
        .expect("the card runs");
    let departures = finish(&mut card);
    let all = dropped_only_as(&mut card, "link-down");
    assert!(departures.len() <= 1, "one stood at the output");
    assert_eq!(departures.len() as u64 + all, 8 * u64::from(EACH));
    // All room is there again.
    card.set_link_pin(PORT, true).expect("port 1 exists");
    for port in (0..8).filter(|port| *port != PORT) {
        card.offer(stream(&card, port, 0, BEATS as u64, frames()));
    }
    assert_eq!(finish(&mut card).len(), 7 * EACH as usize);
}

#[test]
fn a_frame_whose_link_falls_within_it_is_a_bad_frame() {
    const BEATS: usize = 24;
    let mut card = open(4, 1);
    for fallen in 1..=BEATS as u64 + 4 {
        let before = drops(&mut card).0[reason_number("bad-frame")];
        card.offer(stream(&card, 0, 0, BEATS as u64, [to_cluster(BEATS, 7)]));
        let entering = |card: &RtlCard| card.harness().queued_beats(0).expect("port 0 exists");
        while entering(&card) == BEATS as u64 {
            card.run(1).expect("the card runs");
        }
        // The first beat is in; the link falls so many clocks later, for a short time.
        card.run(fallen - 1).expect("the card runs");
        card.set_link_pin(0, false).expect("port 0 exists");
        card.run(3).expect("the card runs");
        card.set_link_pin(0, true).expect("port 0 exists");
        // Whatever became of it, the next one is whole.
        card.offer(stream(&card, 0, 40, BEATS as u64, [to_cluster(3, 8)]));
        let left = finish(&mut card);
        let cut = drops(&mut card).0[reason_number("bad-frame")] - before;
        let lengths: Vec<usize> = left.iter().map(|departure| departure.data.len()).collect();
        // Two clocks from the fall to the end: what came by then has come.
        if fallen + 2 < BEATS as u64 {
            assert_eq!(
                (lengths, cut),
                (vec![64 * 3], 1),
                "{fallen} clocks after the first beat"
            );
        } else {
            let whole = vec![64 * BEATS, 64 * 3];
            assert_eq!(
                (lengths, cut),
                (whole, 0),
                "{fallen} clocks after the first beat"
            );
        }
    }
}

#[test]
fn announcements_do_not_wait_for_a_host_without_a_pause() {
    const FRAMES: u32 = 12_000;
    let mut card = open(4, 1);
    let mut image = measure::image(4);
    image.announce = 1_000;
    for port in &mut image.logical_ports {
        port.announce = true;
    }
    card.program(&image).expect("the card takes the image");
    card.take_departures();
    let at_ns = card.now_ns();
    let frame = |number| Injection {
        egress: 2,
        at_ns,
        data: to_server(2, 1, number),
    };
    card.inject((0..FRAMES).map(frame).collect());
    card.run(100).expect("the card runs");
    // Port 1 has something to announce: two addresses.
    for up in [false, true] {
        card.set_link_pin(1, up).expect("port 1 exists");
        card.run(20).expect("the card runs");
    }
    // Twice the patience, and what it takes to build and send two.
    card.run(2 * 1_024 + 500).expect("the card runs");
    let waiting = card.harness().queued_beats(4).expect("the host's port");
    assert!(waiting > 0, "the host came to an end");
    let mut departures = card.take_departures();
    let left_by = |departures: &[Departure], port| {
        let left = departures.iter().filter(|left| left.port == port);
        left.count()
    };
    assert_eq!(left_by(&departures, 1), 2);
    card.run_until_idle().expect("the card becomes idle");
    departures.extend(card.take_departures());
    let sent = left_by(&departures, 2);
    assert_eq!(
        sent, FRAMES as usize,
        "no frame of the host's is lost by it"
    );
}

#[test]
fn the_control_plane_answers_at_line_rate() {
    for (ports, engines) in [(4, 1), (4, 4)] {
        let mut card = at_line_rate(ports, engines).expect("the card runs");
        let answers = answers(&mut card).unwrap_or_else(|why| panic!("{engines} engines, {why}"));
        let registers = REGISTERS
            .iter()
            .filter(|register| register.fields.iter().any(|field| field.access.readable()))
            .count();
        assert_eq!(answers.len(), Table::ALL.len() + registers + 1);
        for Answer { of, clocks } in answers {
            assert!(
                clocks <= MOST_CLOCKS,
                "{engines} engines, {of}: {clocks} clocks"
            );
        }
        card.run_until_idle().expect("the card becomes idle");
        let (by_reason, all) = drops(&mut card);
        // A key is held back for a read: where keys come in every clock, queues take it up.
        assert_eq!(by_reason[reason_number("lookup-overrun")], all);
        assert!(all <= 2, "{all} frames were lost by reads");
    }
}
