//! The figures of merit: prints a table and writes `target/bench.json`.

use flowswitch_driver::maglev::{Candidate, Permutation, populate};
use flowswitch_sim::card::Card;
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use flowswitch_tests::measure::{
    answered, asks, drops, image, latency, open, run, stream, to_cluster, to_server,
};
use flowswitch_verilated::{FrameIn, bench};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// Frames of a measurement of the card.
const FRAMES: u32 = 20_000;
/// Runs of each kind in a measurement of time, taken in turn; the median counts.
const ROUNDS: usize = 7;
/// Frames a port sends in a measurement of the simulation's speed.
const SPEED_FRAMES: u32 = 2_000;
/// Ports of the measurement of the simulation's speed.
const SPEED_PORTS: u8 = 8;

/// The metrics in the order in which they were taken.
#[derive(Default)]
struct Report {
    metrics: Vec<(&'static str, f64, &'static str)>,
}

impl Report {
    fn add(&mut self, name: &'static str, value: f64, unit: &'static str) {
        println!("{name:<32} {value:>14.3}  {unit}");
        self.metrics.push((name, value, unit));
    }

    fn write(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let metrics: Map<String, Value> = self
            .metrics
            .iter()
            .map(|(name, value, unit)| {
                ((*name).to_owned(), json!({ "value": value, "unit": unit }))
            })
            .collect();
        let report = json!({ "format": 1, "metrics": metrics });
        std::fs::write(path, serde_json::to_string_pretty(&report)? + "\n")?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut report = Report::default();
    throughput(&mut report);
    latencies(&mut report);
    answers(&mut report);
    simulation(&mut report)?;
    maglev(&mut report)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        Into::into,
    );
    let path = target.join("bench.json");
    report.write(&path)?;
    println!("written to {}", path.display());
    Ok(())
}

/// Eight ports, each at an eighth of its rate: all that one engine can take.
fn throughput(report: &mut Report) {
    let mut card = open(8, 1);
    let each = FRAMES / 8;
    let arrivals = (0..8)
        .flat_map(|port| {
            let frames = (0..each).map(|number| to_server((port + 1) % 8, 1, number));
            stream(&card, port, port.into(), 8, frames)
        })
        .collect();
    let departures = run(&mut card, arrivals);
    let first = departures
        .iter()
        .map(|departure| departure.clock)
        .min()
        .unwrap_or_default();
    let last = departures
        .iter()
        .map(|departure| departure.clock)
        .max()
        .unwrap_or_default();
    report.add(
        "rtl.frames_per_clock_64B",
        departures.len() as f64 / (last - first + 1) as f64,
        "frames/clock",
    );
    report.add("rtl.drops_line_rate", drops(&mut card).1 as f64, "frames");
}

fn latencies(report: &mut Report) {
    let mut card = open(8, 1);
    let measured = |card: &mut RtlCard, beats: usize| {
        let arrivals = stream(
            card,
            0,
            0,
            200,
            (0..200).map(|number| to_cluster(beats, number)),
        );
        let clocks: Vec<u64> = run(card, arrivals).iter().map(latency).collect();
        let extreme = |value: Option<&u64>| value.copied().unwrap_or_default() as f64;
        (extreme(clocks.iter().min()), extreme(clocks.iter().max()))
    };
    let (least, most) = measured(&mut card, 1);
    report.add("rtl.latency_clocks_64B_min", least, "clocks");
    report.add("rtl.latency_clocks_64B_max", most, "clocks");
    // 1,518 bytes on the wire are 1,514 without FCS: 24 beats, as are 1,536.
    report.add(
        "rtl.latency_clocks_1518B",
        measured(&mut card, 24).1,
        "clocks",
    );
}

/// Requests of 64 bytes back to back at one port, then single ones.
fn answers(report: &mut Report) {
    let mut card = open(8, 1);
    let arrivals = stream(&card, 0, 0, 1, (0..FRAMES).map(asks));
    let departures = run(&mut card, arrivals);
    let clocks = departures.iter().map(|departure| departure.clock);
    let span = clocks.clone().max().unwrap_or_default() - clocks.min().unwrap_or_default() + 1;
    let answers = departures
        .iter()
        .filter(|departure| answered(&departure.data).is_some())
        .count();
    report.add(
        "rtl.arp_answers_per_clock",
        answers as f64 / span as f64,
        "answers/clock",
    );
    let arrivals = stream(&card, 0, 0, 200, (0..200).map(asks));
    let most = run(&mut card, arrivals).iter().map(latency).max();
    report.add(
        "rtl.arp_latency_clocks",
        most.unwrap_or_default() as f64,
        "clocks",
    );
}

/// The harness against a loop in C++, the same frames through the same model, in turn. Frames of eight beats from eight
/// ports keep the one engine busy in every clock.
fn simulation(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let mut frames = Vec::new();
    let mut bytes = Vec::new();
    for number in 0..SPEED_FRAMES {
        for port in 0..SPEED_PORTS {
            let data = to_server((port + 1) % SPEED_PORTS, 8, number);
            frames.push(FrameIn {
                port,
                egress: 0,
                error: false,
                length: data.len() as u32,
                at_ns: 0,
            });
            bytes.extend(data);
        }
    }
    let mut card = RtlCard::new(SPEED_PORTS, 1, RtlOptions::default())?;
    card.program(&image(SPEED_PORTS))?;
    let (mut harness, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (before, start) = (card.clock(), Instant::now());
        card.harness_mut().offer(&frames, &bytes)?;
        card.run_until_idle()?;
        harness.push((card.clock() - before) as f64 / start.elapsed().as_secs_f64());
        let left = card.harness().departures().frames.len();
        card.harness_mut().clear_departures();
        let start = Instant::now();
        let result = bench::cpp_loop(card.harness_mut(), &frames, &bytes)?;
        plain.push(result.clocks as f64 / start.elapsed().as_secs_f64());
        if (left, result.frames) != (frames.len(), frames.len() as u64) {
            return Err(format!(
                "{left} and {} of {} frames left",
                result.frames,
                frames.len()
            )
            .into());
        }
    }
    let (harness, plain) = (median(harness), median(plain));
    report.add("sim.kcycles_per_s_8port", harness / 1e3, "kcycles/s");
    report.add("sim.ratio_to_cpp_harness", harness / plain, "1");
    Ok(())
}

fn maglev(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let candidates: Vec<Candidate> = (0..1000u16)
        .map(|number| Candidate {
            permutation: Permutation::of(&format!("server-{number}"), 16),
            weight: 1,
            port: (number % 8) as u8,
        })
        .collect();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let table = populate(1 << 16, &candidates)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
        if table.iter().any(|choice| choice.first.is_none()) {
            return Err("a bucket was left without a member".into());
        }
    }
    report.add("maglev.build_us_65536x1000", median(times), "us");
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
