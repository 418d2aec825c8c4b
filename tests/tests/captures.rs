//! Real captures through every port: the Verilated card and the golden model give the same frames and counters.
//!
//! Where they are is told in [`flowswitch_tests::capture`].

use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Departure};
use flowswitch_sim::counters::Counters;
use flowswitch_sim::software::SoftwareCard;
use flowswitch_tests::capture::{PORTS, Source, image, sources};
use flowswitch_tests::cards::{TestCard, open_rtl};
use flowswitch_tests::drops::named_drops;
use flowswitch_tests::hex::difference;
use std::collections::BTreeMap;

/// After so many ns everything learned is forgotten.
const OBLIVION_NS: u64 = 16_384 << 30;
/// Time between frames in ns for each 64 bytes of the one before: at this pace a learning step is over before the
/// next frame is looked up, so that the result does not hang on clocks.
const PACE_NS: u64 = 100;

type Streams = BTreeMap<(u8, u8), Vec<(u8, Vec<u8>)>>;

/// Runs a capture into a port.
fn run(card: &mut dyn TestCard, source: &Source, image: &Image, port: u8) -> Streams {
    card.forget_flows().expect("the card forgets");
    let jump = card.now_ns() + OBLIVION_NS;
    card.jump_to(jump).expect("time passes");
    card.program(image).expect("the card takes the image");
    let mut at_ns = card.now_ns();
    let mut arrivals = Vec::with_capacity(source.frames.len());
    for data in &source.frames {
        arrivals.push(Arrival {
            port,
            at_ns,
            data: data.clone(),
            error: false,
        });
        at_ns += PACE_NS * data.len().div_ceil(64) as u64;
    }
    card.offer(arrivals);
    card.run_until_idle().expect("the card becomes idle");
    let mut streams = Streams::new();
    for Departure {
        port,
        source,
        reason,
        data,
        ..
    } in card.take_departures()
    {
        streams
            .entry((source, port))
            .or_default()
            .push((reason, data));
    }
    streams
}

/// What the counters of an idle card have gained since they were `seen`.
fn counted(card: &mut dyn TestCard, seen: &mut Counters) -> BTreeMap<String, u64> {
    let after = card.counters().expect("the counters are readable");
    let (into, out) = after.conservation();
    assert_eq!(into, out, "conservation");
    assert_eq!(after.in_flight, 0, "frames in flight on an idle card");
    gained(&std::mem::replace(seen, after.clone()), &after)
}

/// Every counter by name, less what it was before.
fn gained(before: &Counters, after: &Counters) -> BTreeMap<String, u64> {
    let named = |counters: &Counters| -> BTreeMap<String, u64> {
        let ports = counters
            .ports
            .iter()
            .enumerate()
            .flat_map(|(number, port)| {
                let ways = [
                    ("received", port.received),
                    ("transmitted", port.transmitted),
                ];
                ways.map(|(way, traffic)| (format!("port {number} {way}"), traffic))
            });
        let members = counters.members.iter().flat_map(|(number, member)| {
            let ways = [("input", member.input), ("output", member.output)];
            ways.map(|(way, traffic)| (format!("member {number} {way}"), traffic))
        });
        let traffic = ports.chain(members).flat_map(|(name, traffic)| {
            [
                (format!("{name} frames"), traffic.frames),
                (format!("{name} bytes"), traffic.bytes),
            ]
        });
        traffic
            .chain(named_drops(counters))
            .chain([("copies".to_owned(), counters.copies)])
            .collect()
    };
    let before = named(before);
    let gain = |(name, count): (String, u64)| {
        let gained = count - before.get(&name).copied().unwrap_or_default();
        (name, gained)
    };
    named(after)
        .into_iter()
        .map(gain)
        .filter(|(_, gained)| *gained != 0)
        .collect()
}

fn compare(name: &str, rtl: &Streams, model: &Streams) {
    let keys = |streams: &Streams| streams.keys().copied().collect::<Vec<_>>();
    assert_eq!(keys(rtl), keys(model), "{name}: (source, port) with frames");
    for (key, rtl) in rtl {
        let model = &model[key];
        for (position, (rtl, model)) in rtl.iter().zip(model).enumerate() {
            assert_eq!(
                rtl.0, model.0,
                "{name}: host reason of frame {position} of {key:?}"
            );
            if let Some(text) = difference(&rtl.1, &model.1) {
                panic!(
                    "{name}: frame {position} of (source, port) {key:?}, card against model: {text}"
                );
            }
        }
        assert_eq!(
            rtl.len(),
            model.len(),
            "{name}: frames of (source, port) {key:?}"
        );
    }
}

fn every_capture(engines: u8) {
    let sources = match sources() {
        Ok(sources) => sources,
        Err(why) => {
            println!("skipped: there are no captures to run ({why})");
            return;
        }
    };
    assert!(!sources.is_empty(), "the captures' README has no table");
    let mut rtl = open_rtl(PORTS, engines, false);
    let mut seen = Counters::default();
    let mut balanced = 0;
    for (source, turn) in sources.iter().zip((0..PORTS).cycle()) {
        let image = image(source);
        // Engines are alike: with one for each port each capture comes in by one of them.
        let ports = if engines == 1 {
            0..PORTS
        } else {
            turn..turn + 1
        };
        let mut model = SoftwareCard::new(PORTS);
        for port in ports.clone() {
            let name = format!("{} into port {port}", source.name);
            let from_rtl = run(&mut rtl, source, &image, port);
            compare(&name, &from_rtl, &run(&mut model, source, &image, port));
        }
        // Reading all counters takes longer than most captures: once for all ports.
        let name = &source.name;
        let from_rtl = counted(&mut rtl, &mut seen);
        let from_model = counted(&mut model, &mut Counters::default());
        assert_eq!(from_rtl, from_model, "{name}: counters, card against model");
        for port in ports {
            assert_eq!(
                from_rtl.get(&format!("port {port} received frames")),
                Some(&(source.frames.len() as u64)),
                "{name}: frames received by port {port}"
            );
        }
        balanced += from_rtl
            .iter()
            .filter(|(what, _)| what.starts_with("member") && what.ends_with("input frames"))
            .map(|(_, frames)| frames)
            .sum::<u64>();
    }
    assert!(balanced > 0, "no frame of any capture was balanced");
    println!("{} captures, {balanced} frames balanced", sources.len());
}

#[test]
fn every_capture_one_engine() {
    every_capture(1);
}

#[test]
fn every_capture_engine_per_port() {
    every_capture(PORTS);
}
