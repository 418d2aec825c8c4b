//! Real captures through every port: the Verilated card and the golden model give the same frames and counters.
//!
//! The captures are looked for in `shared/captures` beside the workspace. Its README names each one's most frequent
//! destination, which becomes a cluster, so that the capture is traffic to balance.

use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, Image, MacAddress, PortSetup, Service,
};
use flowswitch_sim::card::{Arrival, Departure};
use flowswitch_sim::counters::Counters;
use flowswitch_sim::pcap;
use flowswitch_sim::software::SoftwareCard;
use flowswitch_tests::cards::{TestCard, open_rtl};
use flowswitch_tests::drops::named_drops;
use flowswitch_tests::fixture::{member, service, whole_port};
use flowswitch_tests::hex::difference;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Ports of the cards.
const PORTS: u8 = 4;
/// After so many ns everything learned is forgotten.
const OBLIVION_NS: u64 = 16_384 << 30;
/// Time between frames in ns for each 64 bytes of the one before: at this pace a learning step is over before the
/// next frame is looked up, so that the result does not hang on clocks.
const PACE_NS: u64 = 100;

struct Source {
    name: String,
    frames: Vec<Vec<u8>>,
    /// The most frequent destination.
    address: IpAddr,
    mac: MacAddress,
}

/// All captures, or why there are none.
fn sources() -> Result<Vec<Source>, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    let folder = workspace.join("../shared/captures");
    let table = folder.join("README.md");
    let readme =
        std::fs::read_to_string(&table).map_err(|error| format!("{}: {error}", table.display()))?;
    let rows = readme.lines().filter_map(|line| row(&folder, line));
    Ok(rows
        .map(|(path, address, mac)| source(&path, address, mac))
        .collect())
}

/// A row of the table: file, address, MAC.
fn row(folder: &Path, line: &str) -> Option<(PathBuf, IpAddr, MacAddress)> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, file, _, _, destination, _] = cells[..] else {
        return None;
    };
    let (address, mac) = destination.split_once(' ')?;
    let mut octets = [0; 6];
    for (octet, text) in octets.iter_mut().zip(mac.split(':')) {
        *octet = u8::from_str_radix(text, 16).ok()?;
    }
    Some((folder.join(file), address.parse().ok()?, MacAddress(octets)))
}

fn source(path: &Path, address: IpAddr, mac: MacAddress) -> Source {
    let capture =
        pcap::read_file(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let frames = capture.records.into_iter().map(|record| {
        let mut frame = record.data;
        pcap::pad(&mut frame);
        frame
    });
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Source {
        name,
        frames: frames.collect(),
        address,
        mac,
    }
}

/// Four servers, one on each port, share the capture's most frequent destination, whose MAC becomes virtual if it can
/// be a station's at all.
fn image(source: &Source) -> Image {
    let all = (1u64 << PORTS) - 1;
    let usable = source.mac.0[0] & 1 == 0 && source.mac.0 != [0; 6];
    let cluster = Service {
        buckets: BucketRange { base: 0, log2: 4 },
        ..service(&source.address.to_string(), None, None)
    };
    Image {
        ports: vec![PortSetup::default(); PORTS.into()],
        logical_ports: (0..PORTS).map(|port| whole_port(port, all)).collect(),
        fdb_age: 280,
        services: if usable { vec![cluster] } else { Vec::new() },
        clusters: vec![ClusterSetup::default()],
        members: (0..PORTS)
            .map(|n| (u16::from(n), member(&format!("06000000000{n}"), n)))
            .collect(),
        virtual_macs: if usable { vec![source.mac] } else { Vec::new() },
        host: Some(MacAddress([6, 0, 0, 0, 0, 0x10])),
        buckets: (0..16u16)
            .map(|n| Bucket {
                first: Some(n % 4),
                second: Some((n + 1) % 4),
            })
            .collect(),
        ..Image::default()
    }
}

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
