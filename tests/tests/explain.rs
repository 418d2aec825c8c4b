//! What `trace` says of a frame, by the card's own tables, against what the Verilated card then does with it.
//!
//! `FLOWSWITCH_EXPLAIN_FRAMES` is the number of random frames (150 if not set), and of frames of each capture at most (8);
//! `FLOWSWITCH_EXPLAIN_SEED` is where the random numbers begin (1 if not set). From 6,000 frames on every row must have been met.

use flowswitch::explain::{Names, trace};
use flowswitch_api::Trace;
use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card};
use flowswitch_sim::counters::DROP_REASONS;
use flowswitch_sim::rtl::RtlCard;
use flowswitch_tests::capture::{self, PORTS};
use flowswitch_tests::cards::open_rtl;
use flowswitch_tests::cosim::{Case, Cast, Event};
use flowswitch_tests::hex::dump;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;

/// Frames of a case.
const FRAMES: usize = 256;
/// Frames from which on every row must have been met.
const COVERING_FRAMES: u64 = 6_000;
/// Rows that a look-up can end in: row 15 decides nothing.
const ROWS: [u8; 18] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19,
];
/// Base-2 logarithm of a tick in ns.
const TICK_LOG2: u32 = 30;
/// Ticks after which nothing learned is left, and clocks in which it is cleared.
const OBLIVION: u64 = 32_768;
const SWEEP_CLOCKS: u64 = 5_000;
/// Ticks after which the fragment table, which cannot be read, has forgotten a datagram.
const FRAGMENT_TICKS: u64 = 3;
/// Host reasons by number from 1.
const HOST_REASONS: [&str; 4] = ["control", "no-service", "addressed", "quote"];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}, not a number"))
    })
}

/// What was met, and how many looks it took.
#[derive(Default)]
struct Met {
    frames: u64,
    rows: BTreeMap<u8, u64>,
    verdicts: BTreeMap<String, u64>,
    looks: Vec<usize>,
}

impl Met {
    fn note(&mut self, trace: &Trace) {
        self.frames += 1;
        *self.rows.entry(trace.row).or_default() += 1;
        let reason = trace.reason.as_deref().unwrap_or_default();
        let verdict = format!("{} {reason}", trace.verdict);
        *self.verdicts.entry(verdict).or_default() += 1;
        self.looks.push(trace.looks.len());
    }

    fn print(&mut self) {
        println!("{} frames; rows met: {:?}", self.frames, self.rows);
        println!("verdicts: {:?}", self.verdicts);
        self.looks.sort_unstable();
        let at = |share: usize| self.looks[(self.looks.len() - 1) * share / 100];
        println!("looks: median {}, most {}", at(50), at(100));
    }
}

/// Brings the card to a state in which it remembers nothing, with an image.
fn prepare(card: &mut RtlCard, image: &Image) {
    for port in 0..PORTS {
        card.set_link(port, true).expect("the link comes up");
    }
    let seed = FlowSeed::from_number(image.services.len() as u64);
    card.driver_mut()
        .set_flow_seed(seed)
        .expect("the card takes a seed");
    pass_ticks(card, OBLIVION);
    card.run(SWEEP_CLOCKS).expect("clocks run");
    let silent = Image {
        announce: 0,
        ..image.clone()
    };
    card.program(&silent).expect("the card takes the image");
    card.run_until_idle().expect("the card becomes idle");
    card.take_departures();
    card.take_verdicts();
}

/// To the middle of a later tick, so that none changes between a look and the frame.
fn pass_ticks(card: &mut RtlCard, ticks: u64) {
    let tick = (card.now_ns() >> TICK_LOG2) + ticks;
    card.jump_to((tick << TICK_LOG2) + (1 << (TICK_LOG2 - 1)))
        .expect("time passes");
}

fn happen(card: &mut RtlCard, image: &mut Image, event: &Event) {
    match *event {
        Event::Link(port, up) => card.set_link(port % PORTS, up).expect("the link changes"),
        Event::Member(position, up) => {
            let position = usize::from(position) % image.members.len();
            let number = *image.members.keys().nth(position).expect("a member");
            card.set_member_up(number, up).expect("the member changes");
        }
        Event::Ticks(ticks) => pass_ticks(card, ticks.into()),
        Event::Change(change) => {
            change.apply(image);
            let changed = Image {
                announce: 0,
                ..image.clone()
            };
            card.program(&changed).expect("the card takes the image");
        }
    }
}

fn reads_fragments(trace: &Trace) -> bool {
    trace.looks.iter().any(|look| look.table == "fragments")
}

/// Asks, sends the frame, and compares.
fn compare(card: &mut RtlCard, image: &Image, frame: &[u8], port: u8, met: &mut Met) {
    let names = Names::default();
    let ask = |card: &mut RtlCard| {
        trace(card.driver_mut(), &names, frame, port).expect("the card answers")
    };
    let mut told = ask(card);
    if reads_fragments(&told) {
        pass_ticks(card, FRAGMENT_TICKS);
        told = ask(card);
    }
    card.take_verdicts();
    let at_ns = card.now_ns();
    card.offer(vec![Arrival {
        port,
        at_ns,
        data: frame.to_vec(),
        error: false,
    }]);
    card.run_until_idle().expect("the card becomes idle");
    let departures = card.take_departures();
    let records = card.take_verdicts();
    let context = || {
        format!(
            "port {port}, frame {}\n{told:#?}\ncard: {records:?}\n{image:#?}",
            dump(frame)
        )
    };
    met.note(&told);
    let Some(record) = records.first() else {
        assert_eq!(told.row, 1, "no look-up: {}", context());
        assert!(
            departures.is_empty(),
            "row 1 lets nothing pass: {}",
            context()
        );
        return;
    };
    let number = |names: &[&str]| {
        let wanted = told.reason.as_deref();
        let place = names.iter().position(|name| Some(*name) == wanted);
        place.map_or(0, |place| place as u8 + 1)
    };
    let reason = match told.verdict.as_str() {
        "drop" => number(&DROP_REASONS),
        "host" => number(&HOST_REASONS),
        _ => 0,
    };
    let host = u16::from(told.verdict == "host") << PORTS;
    let egress = told.egress.iter().fold(host, |mask, logical_port| {
        let number: usize = logical_port.parse().expect("a number");
        mask | 1 << image.logical_ports[number].port
    });
    assert_eq!(
        (told.row, reason, egress),
        (record.row, record.reason, record.egress),
        "(row, reason, egress) of trace and card: {}",
        context()
    );
    if told.verdict != "answer" {
        let copies = told.egress.len() + usize::from(told.verdict == "host");
        assert_eq!(copies, departures.len(), "copies: {}", context());
    }
    let octets = |mac: &str| -> Vec<u8> {
        let pairs = mac.split(':');
        pairs
            .map(|pair| u8::from_str_radix(pair, 16).expect("a MAC"))
            .collect()
    };
    let source = told.source_mac.as_deref().map(octets);
    let destination = told.destination_mac.as_deref().map(octets);
    for departure in &departures {
        let destination = destination.as_deref().unwrap_or(&frame[..6]);
        assert_eq!(
            &departure.data[..6],
            destination,
            "destination: {}",
            context()
        );
        // The host's own MAC is known from a configuration only.
        if told.row != 8 {
            let source = source.as_deref().unwrap_or(&frame[6..12]);
            assert_eq!(&departure.data[6..12], source, "source: {}", context());
        }
    }
}

#[test]
fn random_frames() {
    let wanted = setting("FLOWSWITCH_EXPLAIN_FRAMES", 150);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&setting("FLOWSWITCH_EXPLAIN_SEED", 1).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut card = open_rtl(PORTS, 1, true);
    let mut met = Met::default();
    while met.frames < wanted {
        let tree = Case::strategy(PORTS, FRAMES).new_tree(&mut runner);
        let case = tree.expect("a case").current();
        let mut image = case.image.clone();
        prepare(&mut card, &image);
        let cast = Cast::of(&image);
        let mut number = 0;
        for batch in &case.batches {
            for event in &batch.events {
                happen(&mut card, &mut image, event);
            }
            card.run_until_idle().expect("the card becomes idle");
            card.take_departures();
            for spec in batch.bursts.iter().flatten().filter(|spec| !spec.error) {
                number += 1;
                let port = spec.port % PORTS;
                let frame = spec.build(&cast, port, number, &batch.likeness);
                compare(&mut card, &image, &frame, port, &mut met);
            }
        }
        println!("{} of {wanted} frames", met.frames);
    }
    met.print();
    if wanted >= COVERING_FRAMES {
        let rows: Vec<u8> = met.rows.keys().copied().collect();
        assert_eq!(rows, ROWS, "rows met");
    }
}

#[test]
fn frames_of_captures() {
    let sources = match capture::sources() {
        Ok(sources) => sources,
        Err(why) => {
            println!("skipped: there are no captures to ask about ({why})");
            return;
        }
    };
    let most = setting("FLOWSWITCH_EXPLAIN_FRAMES", 8);
    let most = usize::try_from(most).expect("a number of frames");
    let mut card = open_rtl(PORTS, 1, true);
    let mut met = Met::default();
    for (source, port) in sources.iter().zip((0..PORTS).cycle()) {
        let image = capture::image(source);
        prepare(&mut card, &image);
        for frame in source.frames.iter().take(most) {
            compare(&mut card, &image, frame, port, &mut met);
        }
        println!("{}: {} frames so far", source.name, met.frames);
    }
    met.print();
    // Their clusters have services, but no VIPs: no flow is remembered.
    assert!(met.rows.contains_key(&13), "no frame was balanced");
}
