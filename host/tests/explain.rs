//! What `trace` says on the cluster of Fig. 2, and how many accesses it takes. Whether it is right the Verilated card judges, in
//! the workspace's tests.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use flowswitch::config::Config;
use flowswitch::explain::{ExplainError, FiveTuple, FrameOptions, Names, answer, trace};
use flowswitch::image::{Plan, plan};
use flowswitch::{demo, hex};
use flowswitch_api::{Trace, TraceRequest};
use flowswitch_driver::event::Event;
use flowswitch_driver::fake::{FakeDevice, HostileDevice};
use flowswitch_driver::flow_key::{FlowHash, FlowKey, FlowSeed};
use flowswitch_driver::image::MacAddress;
use flowswitch_driver::trace::Traced;
use flowswitch_driver::{Card, Device};
use proptest::prelude::*;

/// Table of flows.
const FLOW: u8 = 16;
/// Time of the card: in tick 100.
const TIME_NS: u64 = 100 << 30 | 1 << 29;
const VIRTUAL_MAC: MacAddress = MacAddress([0x02, 0, 0x5e, 0, 0x65, 0x01]);
const CLIENT_MAC: MacAddress = MacAddress([0x02, 0, 0, 0, 0x0a, 0x01]);

fn fig2() -> (Config, Plan) {
    let config = Config::parse(demo::CONFIG_NAME, demo::CONFIG);
    let config = config.unwrap_or_else(|error| panic!("{:?}", error.problems));
    let plan = plan(&config).expect("it fits");
    (config, plan)
}

fn seed() -> FlowSeed {
    FlowSeed::from_number(7)
}

/// A card that holds the cluster, and its names.
fn programmed() -> (Card<FakeDevice>, Names) {
    let (config, plan) = fig2();
    let mut device = FakeDevice::new(config.switch.ports);
    device.host.time_ns = TIME_NS;
    let mut card = Card::open(device).expect("a card").with_flow_seed(seed());
    card.program(&plan.image).expect("the card takes it");
    (card, Names::of(&config, &plan))
}

fn flow(words: [&str; 3], options: FrameOptions) -> Vec<u8> {
    let [protocol, source, destination] = words;
    let tuple = FiveTuple::parse(protocol, source, destination).expect("a flow");
    tuple.frame(&options)
}

fn to_cluster() -> FrameOptions {
    FrameOptions {
        source: CLIENT_MAC,
        destination: VIRTUAL_MAC,
        vlan: None,
        flags: 0x02,
        spi: 1,
    }
}

/// A request by ARP.
fn arp(source: &str, claimed: &str, asked: &str) -> Vec<u8> {
    let octets = |address: &str| -> String {
        let address: std::net::Ipv4Addr = address.parse().expect("an address");
        hex::encode(&address.octets())
    };
    let text = format!(
        "ffffffffffff {source} 0806 0001 0800 06 04 0001 {source} {} 000000000000 {}",
        octets(claimed),
        octets(asked)
    );
    let mut frame = hex::decode(&text).expect("hexadecimal");
    frame.resize(60, 0);
    frame
}

/// A neighbour advertisement behind a header of options.
fn hidden_claim() -> Vec<u8> {
    let text = "333300000001 020000000a01 86dd 60000000 0020 3c ff
        20010db8006500000000 00000000004d ff020000000000000000 000000000001
        3a 00 010400000000 88 00 0000 20000000 20010db8006500000000 000000000001";
    hex::decode(text).expect("hexadecimal")
}

/// The frame to the group of bridges.
fn to_bridges(frame: &[u8]) -> Vec<u8> {
    [&[0x01, 0x80, 0xc2, 0, 0, 0], &frame[6..]].concat()
}

fn tagged_three_times(frame: &[u8]) -> Vec<u8> {
    let tags = [0x81, 0, 0, 1].repeat(3);
    [&frame[..12], &tags, &frame[12..]].concat()
}

fn ask<D: Device>(card: &mut Card<D>, names: &Names, frame: &[u8], port: &str) -> Trace {
    let request = TraceRequest {
        frame: hex::encode(frame),
        port: port.to_owned(),
    };
    let trace = answer(card, names, &request).expect("an answer");
    assert_eq!(trace.format, 1);
    trace
}

const S210: &str = "020000000210";
const R260: &str = "020000000260";

/// Row, verdict and reason.
type Expected = (u8, &'static str, Option<&'static str>);

/// A frame for each kind of verdict, the port it comes by, and what is said of it.
fn kinds() -> Vec<(Vec<u8>, &'static str, Expected)> {
    let plain = |destination: &str, source: &str| {
        let mut frame = hex::decode(&format!("{destination} {source} 88b5")).expect("hexadecimal");
        frame.resize(60, 0);
        frame
    };
    let tcp = ["tcp", "198.51.100.7:40000", "192.31.65.1:80"];
    let telnet = ["tcp", "198.51.100.7:40000", "192.31.65.1:23"];
    vec![
        (flow(tcp, to_cluster()), "r260", (12, "forward", None)),
        (
            flow(telnet, to_cluster()),
            "r260",
            (14, "drop", Some("no-service")),
        ),
        (
            arp(R260, "192.31.65.2", "192.31.65.1"),
            "r260",
            (5, "answer", None),
        ),
        (
            arp(S210, "192.31.65.1", "192.31.65.1"),
            "3",
            (4, "drop", Some("swallowed")),
        ),
        (
            arp("020000000a01", "192.31.65.1", "192.31.65.2"),
            "r260",
            (6, "drop", Some("address-conflict")),
        ),
        (
            arp(S210, "192.31.65.10", "192.31.65.3"),
            "3",
            (7, "answer", None),
        ),
        (
            arp(S210, "192.31.65.10", "192.31.65.5"),
            "3",
            (8, "answer", None),
        ),
        (hidden_claim(), "0", (1, "drop", Some("hidden-discovery"))),
        (
            to_bridges(&arp("020000000a01", "192.31.65.1", "192.31.65.1")),
            "0",
            (2, "host", Some("control")),
        ),
        (
            tagged_three_times(&arp("020000000a01", "192.31.65.1", "192.31.65.1")),
            "0",
            (3, "drop", Some("vlan-filtered")),
        ),
        (
            plain("0180c2000002", "020000000a01"),
            "0",
            (2, "host", Some("control")),
        ),
        (
            plain("020000000205", "020000000a01"),
            "0",
            (18, "host", Some("addressed")),
        ),
        (plain("020000000270", S210), "3", (16, "forward", None)),
        (
            plain("ffffffffffff", "020000000a01"),
            "0",
            (19, "flood", None),
        ),
        (
            plain("020000000b01", S210),
            "0",
            (3, "drop", Some("forged-source")),
        ),
    ]
}

#[test]
fn each_kind_of_verdict() {
    let (mut card, names) = programmed();
    for (frame, port, expected) in kinds() {
        let told = ask(&mut card, &names, &frame, port);
        println!("{}", serde_json::to_string(&told).expect("JSON"));
        let found = (told.row, told.verdict.as_str(), told.reason.as_deref());
        assert_eq!(found, expected, "{told:#?}");
        assert_eq!(
            told.egress.is_empty(),
            matches!(expected.1, "drop" | "host")
        );
        assert_eq!(told.destination_mac.is_some(), !told.egress.is_empty());
    }
}

/// Answers tell the MACs that stations are to learn.
#[test]
fn answers_name_who_is_told() {
    let (mut card, names) = programmed();
    let mac = |row: usize| {
        let (frame, port, _) = kinds().swap_remove(row);
        let told = ask(&mut card, &names, &frame, port);
        (
            told.source_mac.expect("a MAC"),
            told.destination_mac.expect("a MAC"),
        )
    };
    let ends = [2, 6].map(mac);
    let expected = [
        ("02:00:5e:00:65:01", "02:00:00:00:02:60"),
        ("02:00:00:00:02:05", "02:00:00:00:02:10"),
    ];
    assert_eq!(ends, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

/// The flow of the first frame in the card's table, as that of a server.
fn remember(card: &mut Card<FakeDevice>, server: u64) {
    let key = FlowKey::Flow {
        client: "198.51.100.7".parse().expect("an address"),
        vip: "192.31.65.1".parse().expect("an address"),
        protocol: 6,
        halves: Some((40_000, 80)),
    };
    let flows_log2 = card.capabilities().flows_log2;
    let place = FlowHash::new(seed()).place(&key, flows_log2);
    // Established until tick 900.
    let (state, stamp) = (2u64, 900u64);
    let low = place.fingerprint | server << 40 | state << 50 | stamp << 59;
    let words = [
        low as u32,
        (low >> 32) as u32,
        (stamp >> 5) as u32,
        0,
        0,
        0,
        0,
        0,
    ];
    let entries = &mut card.device_mut().entries;
    entries.insert((FLOW, place.rows[0]), words);
}

#[test]
fn a_flow_that_is_remembered_stays_with_its_server() {
    let (mut card, names) = programmed();
    let (frame, port, _) = kinds().swap_remove(0);
    for server in 0..5 {
        remember(&mut card, server);
        let told = ask(&mut card, &names, &frame, port);
        let name = format!("s{}", 210 + 10 * server);
        assert_eq!(
            (told.row, told.member.as_deref()),
            (11, Some(name.as_str())),
            "{told:#?}"
        );
        assert!(told.looks.iter().any(|look| look.table == "flow"
            && look.index.is_some()
            && look.found.contains("established")));
    }
}

#[test]
fn a_seed_of_another_program_is_told_with_both_answers() {
    let (mut card, names) = programmed();
    remember(&mut card, 3);
    let (device, _) = card.detach();
    let mut card = Card::open(device).expect("a card");
    let (frame, port, _) = kinds().swap_remove(0);
    let told = ask(&mut card, &names, &frame, port);
    assert_eq!(told.row, 12);
    let look = told.looks.iter().find(|look| look.table == "flow");
    let found = &look.expect("a look into the flow table").found;
    assert!(
        found.contains("row 11") && found.contains("without one"),
        "{found}"
    );
}

#[test]
fn numbers_do_without_a_configuration() {
    let (mut card, _) = programmed();
    let (frame, _, _) = kinds().swap_remove(0);
    let told = ask(&mut card, &Names::default(), &frame, "0");
    let member = told.member.expect("a server");
    assert!(member.starts_with("server "), "{member}");
    assert!(told.egress[0].parse::<u8>().is_ok());
}

#[test]
fn wrong_requests_are_told_their_remedy() {
    let (mut card, names) = programmed();
    let frame = hex::encode(&[0; 60]);
    let long = hex::encode(&[0; 9_601]);
    let cases = [
        ("0g", "0"),
        ("00", "0"),
        (long.as_str(), "0"),
        (frame.as_str(), "8"),
        (&frame, "nowhere"),
    ];
    for (frame, port) in cases {
        let request = TraceRequest {
            frame: frame.to_owned(),
            port: port.to_owned(),
        };
        let error = answer(&mut card, &names, &request).expect_err("no answer");
        assert_eq!(error.status, 400, "{error:?}");
        assert!(!error.remedy.is_empty());
    }
    let error = trace(&mut card, &names, &[0; 60], 8).expect_err("no such port");
    assert!(
        matches!(error, ExplainError::NoPort { port: 8, last: 7 }),
        "{error}"
    );
    card.device_mut().gone = true;
    let request = TraceRequest {
        frame,
        port: "0".to_owned(),
    };
    let error = answer(&mut card, &names, &request).expect_err("no card");
    assert_eq!(error.status, 503, "{error:?}");
}

/// The page of documentation names these numbers.
#[test]
fn few_accesses_do() {
    let (card, names) = programmed();
    let (device, state) = card.detach();
    let count = Rc::new(Cell::new(0u64));
    let counter = Rc::clone(&count);
    let sink = move |event: Event| {
        if matches!(event, Event::Read { .. } | Event::Write { .. }) {
            counter.set(counter.get() + 1);
        }
    };
    let mut card = Card::resume(Traced::new(device, sink), state).expect("a card");
    let mut most: BTreeMap<u8, (u64, usize)> = BTreeMap::new();
    for (frame, port, (row, ..)) in kinds() {
        count.set(0);
        let told = ask(&mut card, &names, &frame, port);
        most.insert(row, (count.get(), told.looks.len()));
    }
    println!("row: (register accesses, looks): {most:?}");
    assert!(
        most.values()
            .all(|(accesses, _)| (1..1_000).contains(accesses)),
        "{most:?}"
    );
}

proptest! {
    // A failure names its input; nothing is kept in files.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the frame, and whatever the card makes up, there is an answer or an error.
    #[test]
    fn nothing_makes_it_fall(
        frame in proptest::collection::vec(any::<u8>(), 0..200),
        kind in 0usize..12,
        places in proptest::collection::vec((0usize..90, any::<u8>()), 0..4),
        port in 0u8..8,
        lying_reads in prop_oneof![Just(0u8), any::<u8>()],
        seed in any::<u64>(),
    ) {
        let (card, names) = programmed();
        let (device, state) = card.detach();
        let mut card = Card::resume(HostileDevice::new(device, seed), state).expect("a card");
        card.device_mut().lying_reads = lying_reads;
        let (mut known, ..) = kinds().swap_remove(kind);
        for (place, value) in places {
            if let Some(byte) = known.get_mut(place) {
                *byte = value;
            }
        }
        for frame in [&frame, &known] {
            if let Ok(told) = trace(&mut card, &names, frame, port) {
                prop_assert!((1..=19).contains(&told.row));
                prop_assert_eq!(told.reason.is_some(), told.egress.is_empty());
            }
        }
    }
}
