//! `simulate --card rtl` and `--card model` write the same captures, byte for byte, stamps included, unless the model says
//! where the two may differ: the repository's own traffic, and every capture that is there
//! ([`flowswitch_tests::capture`] tells where).

use flowswitch::config::Config;
use flowswitch::demo::{self, CONFIG, CONFIG_NAME};
use flowswitch::event::{Event, changes};
use flowswitch::image::plan;
use flowswitch::input::{Opened, Pace, frames};
use flowswitch::output::OutputError;
use flowswitch::report::{Passed, Report};
use flowswitch::stream::{End, Observer, Portions, Stream};
use flowswitch::timeline::Timeline;
use flowswitch_sim::card::{Card, Departure};
use flowswitch_sim::pcap::{Record, Writer};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_sim::software::{SoftwareCard, SoftwareOptions};
use flowswitch_tests::capture::{PORTS, Source, sources};
use flowswitch_tests::frame::FrameBuilder;
use flowswitch_tests::measure::asks;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use tempfile::TempDir;

const CLOCK_HZ: u64 = 322_265_625;
/// Network ports of the demo's card.
const DEMO_PORTS: u8 = 8;
/// With the first the data path's clock never stops, with the second it does when nothing is in it.
const SEEDS: [u64; 2] = [7, 1];
/// Of a frame with an IPv4 packet, as on the wire.
const ETHERTYPE_IPV4: [u8; 2] = [0x08, 0x00];

/// Port 0 leads to clients, and every other to a server.
fn config(cluster: &str) -> String {
    let servers = (1..PORTS).map(|port| {
        format!(
            "  [[cluster.server]]\n  name = \"s{port}\"\n  mac = \"06:00:00:00:00:0{port}\"\n  port = {port}\n"
        )
    });
    format!(
        "[switch]\nports = {PORTS}\nannounce = \"2s\"\n\n[host]\nmac = \"06:00:00:00:00:10\"\n\n[[cluster]]\nname = \
         \"c\"\nservices = [\"any\"]\n{cluster}\n{}",
        servers.collect::<String>()
    )
}

/// What a run leaves behind.
struct Run {
    /// Of each network port, then of the host: what `simulate` writes.
    captures: Vec<Vec<u8>>,
    departures: Vec<Departure>,
    report: Report,
}

/// Keeps what leaves.
struct Kept {
    departures: Vec<Departure>,
    passed: Passed,
}

impl Observer for Kept {
    fn left(&mut self, departures: &[Departure]) -> Result<(), OutputError> {
        departures
            .iter()
            .for_each(|departure| self.passed.add(departure));
        self.departures.extend_from_slice(departures);
        Ok(())
    }

    fn go_on(&mut self, _: u64) -> bool {
        true
    }
}

/// As `simulate` does it, of a capture for each named port.
fn simulate(
    name: &'static str,
    card: &mut dyn Card,
    config: &str,
    inputs: &[(u8, PathBuf)],
    (pace, portions): (Pace, Portions),
    events: &[&str],
) -> Run {
    let config = Config::parse("c.toml", config).expect("a configuration");
    let plan = plan(&config).expect("a plan");
    let events = events
        .iter()
        .map(|text| Event::parse(text, &config, &plan).expect("an event"));
    let events = changes(events.collect(), &config).expect("changes");
    card.program(&plan.image).expect("the card takes the image");
    let mut timeline = Timeline::start(card).expect("a card at rest");
    let input = |(port, path): &(u8, PathBuf)| {
        let opened = Opened::new(*port, path).expect("a file");
        opened.look_through(|_| true).expect("a capture")
    };
    let inputs = inputs.iter().map(input).collect();
    let frames = frames(inputs, pace, CLOCK_HZ).expect("captures");
    let mut kept = Kept {
        departures: Vec::new(),
        passed: Passed::new(PORTS),
    };
    let end = Stream::new(frames, portions).run(&mut timeline, &events, &mut kept);
    assert_eq!(end.expect("the card runs"), End::Whole);
    let Kept { departures, passed } = kept;
    let report = Report::new(name, &mut timeline, &plan, &passed).expect("a report");
    let captures = (0..=PORTS).map(|port| {
        let mut writer = Writer::new(Vec::new()).expect("memory");
        for departure in departures.iter().filter(|departure| departure.port == port) {
            writer
                .write(departure.at_ns, &departure.data)
                .expect("memory");
        }
        writer.finish().expect("memory")
    });
    Run {
        captures: captures.collect(),
        departures,
        report,
    }
}

fn rtl_card(ports: u8, seed: u64) -> RtlCard {
    let options = RtlOptions {
        clock_hz: CLOCK_HZ,
        csr_hz: 320_000_000,
        seed,
        ..RtlOptions::default()
    };
    RtlCard::new(ports, 1, options).expect("a Verilated card")
}

fn model_card(ports: u8, seed: u64) -> SoftwareCard {
    let options = SoftwareOptions {
        clock_hz: CLOCK_HZ,
        seed,
        engines: 1,
    };
    SoftwareCard::with_options(ports, &options)
}

/// Runs the same on both cards; true if the captures had to be, and are, equal.
fn compare(
    name: &str,
    config: &str,
    inputs: &[(u8, PathBuf)],
    pace: Pace,
    events: &[&str],
    seed: u64,
) -> bool {
    let how = (pace, Portions::default());
    let rtl = simulate(
        "rtl",
        &mut rtl_card(PORTS, seed),
        config,
        inputs,
        how,
        events,
    );
    let model = simulate(
        "model",
        &mut model_card(PORTS, seed),
        config,
        inputs,
        how,
        events,
    );
    assert!(rtl.report.leeway.is_empty(), "the RTL is not in doubt");
    if !model.report.leeway.is_empty() {
        println!("{name}: {:?}", model.report.leeway);
        return false;
    }
    for (port, (from_rtl, from_model)) in rtl.captures.iter().zip(&model.captures).enumerate() {
        if from_rtl == from_model {
            continue;
        }
        let of = |run: &Run| -> Vec<(u64, u8, Vec<u8>)> {
            let own = run
                .departures
                .iter()
                .filter(|d| usize::from(d.port) == port);
            own.map(|d| (d.at_ns, d.source, d.data.clone())).collect()
        };
        let (rtl, model) = (of(&rtl), of(&model));
        let first = rtl.iter().zip(&model).position(|(rtl, model)| rtl != model);
        let first = first.unwrap_or(rtl.len().min(model.len()));
        panic!(
            "{name}: the captures of port {port} differ at frame {first} of {} and {}\n(time, source, frame)\ncard:  \
             {:02x?}\nmodel: {:02x?}",
            rtl.len(),
            model.len(),
            rtl.get(first),
            model.get(first)
        );
    }
    let totals = |report: &Report| {
        (
            (
                report.clocks,
                report.frames_in,
                report.generated,
                report.copies,
            ),
            (report.frames_out, report.to_host, report.consumed),
            report.drops.clone(),
            report.ports.clone(),
            (report.servers.clone(), report.latency_clocks),
            report.frames_per_clock.to_bits(),
        )
    };
    assert_eq!(
        totals(&rtl.report),
        totals(&model.report),
        "{name}: the reports, card against model"
    );
    true
}

/// What leaves a card in the demo, and whether it may have come to something else.
fn demo_on(card: &mut dyn Card) -> (Vec<Departure>, bool) {
    let config = Config::parse(CONFIG_NAME, CONFIG).expect("a configuration");
    let plan = plan(&config).expect("a plan");
    card.program(&plan.image).expect("the card takes the image");
    let mut timeline = Timeline::start(card).expect("a card at rest");
    let outcome = demo::run(&mut timeline, &config, &plan, 5, |_| {}).expect("the demo runs");
    let open = !timeline.leeways().is_empty();
    (outcome.departures, open)
}

#[test]
fn the_demo_is_the_same_on_both() {
    let (of_rtl, _) = demo_on(&mut rtl_card(DEMO_PORTS, SEEDS[0]));
    let (of_model, open) = demo_on(&mut model_card(DEMO_PORTS, SEEDS[0]));
    assert!(!open, "the model is not in doubt");
    let told = |departures: Vec<Departure>| -> Vec<_> {
        let told = departures.into_iter();
        told.map(|d| (d.at_ns, d.port, d.source, d.data)).collect()
    };
    let (of_rtl, of_model) = (told(of_rtl), told(of_model));
    let first = of_rtl.iter().zip(&of_model).position(|(a, b)| a != b);
    assert_eq!(
        first,
        None,
        "the first that differs, in ns {:?}",
        first.map(|at| (of_rtl[at].0, of_model[at].0))
    );
    assert_eq!(of_rtl.len(), of_model.len());
}

fn input(folder: &TempDir, port: u8, records: &[Record]) -> (u8, PathBuf) {
    let mut writer = Writer::new(Vec::new()).expect("memory");
    for record in records {
        writer.write(record.at_ns, &record.data).expect("memory");
    }
    let path = folder.path().join(format!("{port}.pcap"));
    std::fs::write(&path, writer.finish().expect("memory")).expect("a temporary file");
    (port, path)
}

/// Clients of all kinds on port 0, servers that answer on the others, over five seconds.
fn traffic(folder: &TempDir) -> Vec<(u8, PathBuf)> {
    let cluster = Ipv4Addr::new(192, 31, 65, 1);
    let (mac, station) = ([2, 0, 0x5e, 0, 0x65, 1], [2, 0, 0, 0, 0x0a, 1]);
    let client = |number: u32| Ipv4Addr::from(0x0a00_0000 | (number % 53));
    let to_cluster = |number: u32| {
        if number.is_multiple_of(7) {
            return asks(number);
        }
        let frame = FrameBuilder::ethernet(mac, station);
        let ipv4 = |frame: FrameBuilder, protocol, fragment| {
            frame
                .ipv4(client(number), cluster, protocol, fragment, 0)
                .identified((number / 3) as u16)
        };
        let length = 60 + (number as usize * 37) % 700;
        let frame = match number % 7 {
            1 | 2 => ipv4(frame, 6, 0).tcp(1_000 + (number % 41) as u16, 80),
            3 => ipv4(frame, 17, 0x2000).udp(2_000 + (number % 11) as u16, 443),
            4 => ipv4(frame, 17, 0x2010),
            5 => ipv4(frame, 50, 0).esp(number % 5),
            _ => ipv4(FrameBuilder::ethernet([2, 9, 9, 9, 9, 9], station), 17, 0).udp(7, 7),
        };
        frame.fill_to(length, number).finish()
    };
    let reply = |port: u8, number: u32| {
        FrameBuilder::ethernet(station, [6, 0, 0, 0, 0, port])
            .ipv4(cluster, client(number), 6, 0, 0)
            .tcp(80, 1_000 + (number % 41) as u16)
            .fill_to(60 + (number as usize * 53) % 1_400, number)
            .finish()
    };
    let records = |seed: u32, frame: &dyn Fn(u32) -> Vec<u8>| {
        let record = |number: u32| Record {
            // In bursts, and the bursts some time apart.
            at_ns: u64::from(number / 40) * 333_000_000
                + u64::from((number + seed) * 613 % 9_000) * 100,
            data: frame(number * 4 + seed),
        };
        let mut records: Vec<_> = (0..600).map(record).collect();
        records.sort_by_key(|record| record.at_ns);
        records
    };
    let mut inputs = vec![input(folder, 0, &records(0, &to_cluster))];
    for port in 1..PORTS {
        let replies = records(port.into(), &|number| reply(port, number));
        inputs.push(input(folder, port, &replies));
    }
    inputs
}

#[test]
fn our_own_traffic_with_events() {
    let config = config(
        "addresses = [\"192.31.65.1\", \"2001:db8:65::1\"]\nvirtual_mac = \"02:00:5e:00:65:01\"\n",
    );
    let events = [
        "500us=server-down:s1",
        "700ms=link-down:2",
        "1s=server-up:s1",
        "1001us=server-weight:s3:3",
        "2s=link-up:2",
        "2500ms=server-flush:s3",
        "3s=server-drain:s2",
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inputs = traffic(&folder);
    for (pace, seed) in [Pace::Line, Pace::Capture].into_iter().zip(SEEDS) {
        let equal = compare("our own traffic", &config, &inputs, pace, &events, seed);
        assert!(equal, "nothing in it is left open");
    }
}

/// How much of a capture is in memory, and how often the run is looked at, cannot be seen in what comes out. The capture is
/// longer than what a card asks for in advance.
#[test]
fn portions_of_any_size_give_the_same() {
    let config = config("addresses = [\"192.31.65.1\"]\nvirtual_mac = \"02:00:5e:00:65:01\"\n");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let frame = |number: u32| {
        FrameBuilder::ethernet([2, 0, 0x5e, 0, 0x65, 1], [2, 0, 0, 0, 0x0a, 1])
            .ipv4([10, 0, 0, 1].into(), [192, 31, 65, 1].into(), 17, 0, 0)
            .udp((number % 97) as u16, 443)
            .fill_to(if number % 5 == 4 { 60 } else { 9_600 }, number)
            .finish()
    };
    let records: Vec<_> = (0..700)
        .map(|number| Record {
            at_ns: u64::from(number / 9) * 40_000,
            data: frame(number),
        })
        .collect();
    let beats: usize = records
        .iter()
        .map(|record| record.data.len().div_ceil(64))
        .sum();
    let inputs = [input(&folder, 0, &records)];
    let whole = Portions::default();
    let run = |card: &mut dyn Card, portions| {
        simulate("any", card, &config, &inputs, (Pace::Line, portions), &[])
    };
    let mut rtl = rtl_card(PORTS, SEEDS[1]);
    let reserve = rtl.reserve() + whole.ahead;
    assert!(
        beats as u64 > 2 * reserve,
        "{beats} beats are read in pieces"
    );
    let expected = run(&mut rtl, whole);
    // Announcements leave besides.
    let balanced = |departure: &&Departure| departure.data[12..14] == ETHERTYPE_IPV4;
    assert_eq!(
        expected.departures.iter().filter(balanced).count(),
        records.len()
    );
    let portions = [(1, 1), (7, 3), (1 << 20, 1 << 20)];
    let portions = portions.map(|(ahead, clocks)| Portions { ahead, clocks });
    for portions in portions {
        let model = run(&mut model_card(PORTS, SEEDS[1]), portions);
        assert!(
            model.captures == expected.captures,
            "{portions:?} on the model"
        );
    }
    let rtl = run(&mut rtl_card(PORTS, SEEDS[1]), portions[1]);
    assert!(
        rtl.captures == expected.captures,
        "{:?} on the card",
        portions[1]
    );
}

#[test]
fn every_capture() {
    let sources = match sources() {
        Ok(sources) => sources,
        Err(why) => {
            println!("skipped: there are no captures to run ({why})");
            return;
        }
    };
    let mut equal = 0;
    for (source, turn) in sources.iter().zip((0..PORTS).cycle()) {
        equal += usize::from(whole(source, turn, Pace::Capture, SEEDS[0]));
        equal += usize::from(whole(source, turn, Pace::Line, SEEDS[1]));
    }
    println!(
        "{equal} of {} runs had to be equal, and were",
        2 * sources.len()
    );
    assert!(equal >= sources.len(), "too much is left open");
}

fn whole(source: &Source, port: u8, pace: Pace, seed: u64) -> bool {
    let cluster = match source.cluster() {
        Some((address, mac)) => {
            let digits = mac.0.map(|byte| format!("{byte:02x}")).join(":");
            format!("addresses = [\"{address}\"]\nvirtual_mac = \"{digits}\"\n")
        }
        None => "addresses = [\"192.31.65.1\"]\nvirtual_mac = \"02:00:5e:00:65:01\"\n".to_owned(),
    };
    let inputs = [(port, source.path.clone())];
    compare(&source.name, &config(&cluster), &inputs, pace, &[], seed)
}
