//! A served card to which nothing happens: its time goes on with the clock on the wall, its own clock hardly runs.

use flowswitch_driver::Card;
use flowswitch_driver::image::{Image, LogicalPort, MacAddress, PortSetup, Vip};
use flowswitch_driver::socket::SocketDevice;
use flowswitch_sim::card::TICK_NS;
use flowswitch_sim::pcap::{Record, Writer, read_file};
use flowswitch_sim::rtl::RtlOptions;
use flowswitch_sim::vfio_user::{Serving, Wires, serve};
use flowswitch_verilated::{VARIANTS, is_built};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ticks in which nothing happens.
const TICKS: u64 = 5;
const TICK: Duration = Duration::from_nanos(TICK_NS);
/// Clocks that a card may run after each tick, and others: for its links, and at some times after these came up.
const OF_A_TICK: u64 = 256;
const ELSE: u64 = 2_048 + 6 * 32;
/// How long an announcement may take after its tick.
const PROMPT_NS: u64 = 5_000;

/// Ports of the smallest card that was built.
fn ports() -> u8 {
    let built = VARIANTS
        .into_iter()
        .filter(|&(ports, engines)| engines == 1 && is_built(ports, engines));
    built
        .map(|(ports, _)| ports)
        .min()
        .expect("a card of one engine was built")
}

/// A card that serves, with a wire at port 0 by which nothing comes.
struct Rig {
    folder: TempDir,
    serving: Serving,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name| -> PathBuf { folder.path().join(name) };
        let empty = File::create(path("in")).expect("made");
        let written = Writer::new(empty).and_then(Writer::finish);
        written.expect("a capture without frames");
        let wire = format!("0=pcap:{},{}", path("in").display(), path("out").display());
        let wires = Wires::connect(&[wire.parse().expect("a wire")], ports()).expect("captures");
        let serving = serve(&path("card"), ports(), RtlOptions::default(), wires, |_| ());
        Self {
            serving: serving.expect("a card"),
            folder,
        }
    }

    fn connect(&self) -> Card<SocketDevice> {
        let device = SocketDevice::connect(&self.folder.path().join("card"));
        Card::open(device.expect("a card that serves")).expect("a card")
    }

    /// Ends it; returns the clocks that it ran, and what left.
    fn end(self) -> (u64, Vec<Record>) {
        self.serving.stopper().stop();
        let clocks = self.serving.wait().expect("it ends well").clocks;
        let left = read_file(&self.folder.path().join("out")).expect("a capture");
        (clocks, left.records)
    }
}

#[test]
fn an_idle_card_runs_its_clock_for_its_ticks_alone() {
    let begun = Instant::now();
    let rig = Rig::new();
    sleep(TICK * u32::try_from(TICKS).expect("few"));
    let (clocks, left) = rig.end();
    let ticks = u64::try_from(begun.elapsed().as_nanos()).expect("not so long") / TICK_NS + 1;
    assert!(
        clocks <= ELSE + ticks * OF_A_TICK,
        "{clocks} clocks in {ticks} ticks"
    );
    assert_eq!(left.len(), 0);
}

#[test]
fn an_idle_card_announces_at_each_tick() {
    let rig = Rig::new();
    let mut card = rig.connect();
    card.program(&announcing()).expect("programmed");
    let from = card.time_ns().expect("a time");
    // It is left alone, then asked for the time, which has passed all the same.
    let to = loop {
        sleep(TICK);
        let now = card.time_ns().expect("a time");
        if now > from + TICKS * TICK_NS {
            break now;
        }
    };
    drop(card);
    let (_, left) = rig.end();
    let announced = left
        .iter()
        .filter(|record| record.data[12..14] == [0x08, 0x06]);
    let prompt = announced.filter(|record| record.at_ns % TICK_NS < PROMPT_NS);
    let ticks: BTreeSet<_> = prompt.map(|record| record.at_ns / TICK_NS).collect();
    // The last one may have been cut off.
    let wanted: BTreeSet<_> = (from / TICK_NS + 1..to / TICK_NS).collect();
    assert!(
        wanted.len() as u64 >= TICKS - 1 && ticks.is_superset(&wanted),
        "{ticks:?} of {wanted:?}"
    );
}

/// One virtual address, announced by port 0 at each tick.
fn announcing() -> Image {
    let port = LogicalPort {
        untagged: true,
        announce: true,
        ..LogicalPort::default()
    };
    let vip = Vip {
        address: "192.31.65.1".parse().expect("an address"),
        virtual_mac: 0,
        servers: BTreeSet::new(),
        persistent: false,
        cluster: 0,
    };
    Image {
        ports: vec![PortSetup::default(); ports().into()],
        logical_ports: vec![port],
        vips: vec![vip],
        virtual_macs: vec![MacAddress([2, 0, 0x5e, 0, 0x65, 1])],
        clusters: vec![Default::default()],
        fdb_age: 300,
        announce: 1,
        ..Image::default()
    }
}
