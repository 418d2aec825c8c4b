//! The figures of merit: prints a table and writes `target/bench.json`. `bench --charts FOLDER` draws the charts of the
//! documentation too, and measures the curve that one of them shows.

use clap::Parser;
use flowswitch::config::Config;
use flowswitch::image::plan;
use flowswitch_driver::maglev::{Candidate, Permutation, populate};
use flowswitch_driver::{Device, DeviceError};
use flowswitch_sim::card::Card;
use flowswitch_sim::rtl::{RtlCard, RtlOptions, SimDevice};
use flowswitch_tests::answers::{self, at_line_rate};
use flowswitch_tests::chart::{Axis, Series, bars, lines};
use flowswitch_tests::clock_cost::{Load, instructions_per_clock, run_clocks};
use flowswitch_tests::cosim::frames_without_hints;
use flowswitch_tests::flows::{
    Churn, Farm, Flood, Stage, TABLE, failover, filling, flood, moved_on_table_change,
};
use flowswitch_tests::measure::{
    answered, asks, drops, image, latency, open, run, stream, to_cluster, to_server,
};
use flowswitch_tests::metrics::{Figures, RESULTS, all};
use flowswitch_tests::rings::{self, Host, Way};
use flowswitch_tests::spread::{Policy, Workload, by_weight, spread};
use flowswitch_tests::vm::large::large_configuration;
use flowswitch_verilated::{FrameIn, bench};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Frames of a measurement of the card.
const FRAMES: u32 = 20_000;
/// Base-2 logarithm of the entries of a ring that is measured, completions before the measurement, and those at its end.
const RING_LOG2: u32 = 12;
/// See [`RING_LOG2`].
const RING_SETTLED: usize = 500;
/// See [`RING_LOG2`].
const RING_MEASURED: usize = 3_500;
/// Clocks after which a ring is given up: a hundred for each completion.
const RING_CLOCKS: u64 = 100 * RING_MEASURED as u64;
/// Runs of each kind in a measurement of time, taken in turn; the median counts.
const ROUNDS: usize = 7;
/// Frames a port sends in a measurement of the simulation's speed.
const SPEED_FRAMES: u32 = 2_000;
/// Ports of the measurement of the simulation's speed.
const SPEED_PORTS: u8 = 8;

/// Flows that are established before tables change or a flood comes.
const ESTABLISHED: u32 = 2_000;
/// Insertions, in sizes of the table, of a measurement at a level of the table.
const CHURNED_TABLES: u32 = 2;
/// Levels of the table, in percent, of the curve of refusals.
const LEVELS: [u32; 8] = [60, 65, 70, 75, 80, 85, 90, 95];
/// Refusals in percent that a chart shows at the least.
const LEAST_SHOWN: f64 = 0.0001;

/// Random frames that card and model get without a word between them, beside those that fill tables.
const UNHINTED_FRAMES: u64 = 50_000;

/// How long health checks run for their measurement.
const HEALTH_SPAN: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Parser)]
struct Arguments {
    /// Draw the charts of the documentation into this folder.
    #[arg(long, value_name = "FOLDER")]
    charts: Option<PathBuf>,
    /// Measure only what has figures whose names begin with this; the others stay as they were measured last.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    only: String,
    /// Run the clocks that are counted under callgrind, and nothing else.
    #[arg(long, value_name = "LOAD", hide = true)]
    clocks: Option<Load>,
}

/// Notes figures; draws charts into the folder, if there is one.
type Measure = fn(&mut Figures, Option<&Path>) -> Result<(), Box<dyn Error>>;

/// What is measured together.
struct Group {
    /// Its figures: all those whose names begin with one of these.
    names: &'static [&'static str],
    measure: Measure,
}

const GROUPS: [Group; 15] = [
    Group {
        names: &["rtl.frames_per_clock", "rtl.drops_line_rate"],
        measure: throughput,
    },
    Group {
        names: &["rtl.latency"],
        measure: latencies,
    },
    Group {
        names: &["rtl.arp"],
        measure: answers,
    },
    Group {
        names: &["csr"],
        measure: control_plane,
    },
    Group {
        names: &["sim.kcycles", "sim.ratio"],
        measure: simulation,
    },
    Group {
        names: &["maglev"],
        measure: maglev,
    },
    Group {
        names: &["sim.instructions"],
        measure: instructions,
    },
    Group {
        names: &["sim.dump"],
        measure: dump,
    },
    Group {
        names: &["rtl.inserts", "rtl.refused"],
        measure: insertions,
    },
    Group {
        names: &["rtl.flows_moved", "rtl.failover"],
        measure: stability,
    },
    Group {
        names: &["ring"],
        measure: ring_rates,
    },
    Group {
        names: &["cosim"],
        measure: without_hints,
    },
    Group {
        names: &["driver"],
        measure: programming,
    },
    Group {
        names: &["balance"],
        measure: balance,
    },
    Group {
        names: &["health"],
        measure: health,
    },
];

impl Group {
    /// Whether it measures a figure whose name begins so.
    fn is_wanted(&self, prefix: &str) -> bool {
        let named = |name: &&str| name.starts_with(prefix) || prefix.starts_with(name);
        self.names.iter().any(named)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments {
        charts,
        only,
        clocks,
    } = Arguments::parse();
    if let Some(load) = clocks {
        return run_clocks(load);
    }
    let path = target().join("bench.json");
    let mut report = Figures::default();
    if !only.is_empty() {
        if !all().any(|metric| metric.name.starts_with(&only)) {
            return Err(format!("no metric begins with {only:?}").into());
        }
        // What is not measured now stays as it was.
        report.read(&path)?;
    }
    let mut failed = 0;
    for group in GROUPS.iter().filter(|group| group.is_wanted(&only)) {
        // A panic has said itself why.
        let measured = catch_unwind(AssertUnwindSafe(|| {
            (group.measure)(&mut report, charts.as_deref())
        }))
        .unwrap_or_else(|_| Err("it panicked, see above".into()));
        if let Err(error) = measured {
            failed += 1;
            eprintln!("bench: {}: {error}", group.names.join(", "));
        }
        // Whatever stops a later one, what was measured is there.
        report.write(&path)?;
    }
    if let Some(folder) = charts.filter(|_| "curve".starts_with(only.as_str())) {
        refusals(&mut report, &folder)?;
    }
    let elsewhere = measured_elsewhere(&only)?;
    print!("{}", elsewhere.table());
    report.extend(elsewhere);
    report.write(&path)?;
    print!("{}", report.missing(&only));
    println!("written to {}", path.display());
    match failed {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} groups were not measured", GROUPS.len()).into()),
    }
}

/// What a clock of a card costs.
fn instructions(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    for load in Load::ALL {
        let name = format!("sim.instructions_per_clock_{}_8port", load.name());
        let count = instructions_per_clock(&std::env::current_exe()?, &target(), load)?;
        report.add(&name, count);
    }
    Ok(())
}

fn ring_rates(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    for way in Way::BOTH {
        ring(report, way)?;
    }
    Ok(())
}

fn without_hints(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let compared = frames_without_hints(UNHINTED_FRAMES)?;
    report.add("cosim.frames_without_hints", compared as f64);
    Ok(())
}

/// Where everything is built.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        Into::into,
    )
}

/// Servers checked by a connection a second each. They answer in this thread, outside the time that counts.
fn health(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let measured = flowswitch_health::measure(1_024, HEALTH_SPAN);
    report.add("health.cpu_percent_1024", measured.cpu_percent());
    for (name, per_mille) in [("p50", 500), ("p99", 990)] {
        let late = measured.statistics.lateness.quantile_us(per_mille);
        report.add(&format!("health.late_us_{name}"), late as f64);
    }
    Ok(())
}

/// What the last runs of other commands have measured: they take namespaces and a virtual machine, which are not possible
/// everywhere.
fn measured_elsewhere(prefix: &str) -> Result<Figures, Box<dyn Error>> {
    let mut figures = Figures::default();
    for file in RESULTS {
        let path = target().join(file);
        for name in figures.read(&path)? {
            println!("{name} in {} is no metric: left out", path.display());
        }
    }
    figures.retain(prefix);
    Ok(figures)
}

/// A device that counts the writes to it.
struct Counting<D> {
    device: D,
    writes: u64,
}

impl<D: Device> Device for Counting<D> {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        self.device.read32(offset)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.writes += 1;
        self.device.write32(offset, value)
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        self.device.wait(duration)
    }
}

/// What `table dump bucket --device sim` does, but for printing.
fn dump(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let device = SimDevice::open(SPEED_PORTS, 1, RtlOptions::default())?;
    let mut driver = flowswitch_driver::Card::open(device)?;
    let buckets = driver.dump_buckets(0..u32::MAX, |_| {})?;
    report.add("sim.dump_buckets_s", began.elapsed().as_secs_f64());
    let of = 1 << driver.capabilities().buckets_log2;
    if buckets != of {
        return Err(format!("{buckets} of {of} buckets were dumped").into());
    }
    Ok(())
}

/// A card in this process is filled with servers and buckets and read back; then a server's weight changes.
fn programming(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let text = large_configuration(include_str!("../../vm/cluster.toml"));
    let image = plan(&Config::parse("large.toml", &text)?)?.image;
    let device = SimDevice::open(4, 1, RtlOptions::default())?;
    let mut driver = flowswitch_driver::Card::open(Counting { device, writes: 0 })?;
    let began = Instant::now();
    driver.program(&image)?;
    let milliseconds = |began: Instant| began.elapsed().as_secs_f64() * 1_000.0;
    report.add("driver.program_64k_ms_sim", milliseconds(began));
    let writes = driver.device().writes;
    report.add("driver.program_64k_writes", writes as f64);
    let began = Instant::now();
    let differences = driver.verify(&image)?;
    if !differences.is_empty() {
        return Err(format!("{} differences were read back", differences.len()).into());
    }
    report.add("driver.read_back_64k_ms_sim", milliseconds(began));

    let heavier = text.replacen(
        "name = \"large-0\"\n",
        "name = \"large-0\"\n  weight = 8\n",
        1,
    );
    let image = plan(&Config::parse("heavier.toml", &heavier)?)?.image;
    let before = driver.device().writes;
    let changed = driver.program(&image)?;
    if changed.buckets == 0 {
        return Err("no bucket changed with a weight".into());
    }
    // What members' up bits are is read first: that takes writes too.
    let writes = driver.device().writes - before;
    report.add("driver.buckets_changed_by_weight", changed.buckets as f64);
    report.add(
        "driver.writes_per_bucket",
        writes as f64 / changed.buckets as f64,
    );
    Ok(())
}

/// Frames of 64 bytes by one ring, memory 32 clocks away each way: completions from the 500th on that the host finds in
/// its memory.
fn ring(report: &mut Figures, way: Way) -> Result<(), Box<dyn Error>> {
    let name = match way {
        Way::Receive => "ring.frames_per_clock_rx_64B",
        Way::Transmit => "ring.frames_per_clock_tx_64B",
    };
    let mut host = Host::new(2, 1);
    host.start(way, RING_LOG2);
    for number in 0..1 << RING_LOG2 {
        match way {
            Way::Receive => host.post_buffer(64),
            Way::Transmit => host.post_frame((number % 2) as u8, &to_server(0, 1, number)),
        }
    }
    host.doorbell(way);
    if way == Way::Receive {
        // Far more than any ring takes: the others are dropped.
        for port in 0..2 {
            host.offer(
                port,
                (0..2 * FRAMES).map(|number| rings::to_host(64, number)),
            );
        }
    }
    let mut completed = host.await_completions(way, RING_SETTLED).len();
    let (first, start) = (completed, host.card.clock());
    while completed < RING_MEASURED {
        host.run(16);
        completed += host.completions(way).len();
        if host.card.clock() - start > RING_CLOCKS {
            return Err(format!("{completed} completions in {RING_CLOCKS} clocks").into());
        }
    }
    let clocks = host.card.clock() - start;
    report.add(name, (completed - first) as f64 / clocks as f64);
    Ok(())
}

/// Eight ports, each at an eighth of its rate: all that one engine can take.
fn throughput(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
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
    );
    report.add("rtl.drops_line_rate", drops(&mut card).1 as f64);
    Ok(())
}

fn latencies(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
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
    report.add("rtl.latency_clocks_64B_min", least);
    report.add("rtl.latency_clocks_64B_max", most);
    // 1,518 bytes on the wire are 1,514 without FCS: 24 beats, as are 1,536.
    report.add("rtl.latency_clocks_1518B", measured(&mut card, 24).1);
    Ok(())
}

/// Requests of 64 bytes back to back at one port, then single ones.
fn answers(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let mut card = open(8, 1);
    let arrivals = stream(&card, 0, 0, 1, (0..FRAMES).map(asks));
    let departures = run(&mut card, arrivals);
    let clocks = departures.iter().map(|departure| departure.clock);
    let span = clocks.clone().max().unwrap_or_default() - clocks.min().unwrap_or_default() + 1;
    let answers = departures
        .iter()
        .filter(|departure| answered(&departure.data).is_some())
        .count();
    report.add("rtl.arp_answers_per_clock", answers as f64 / span as f64);
    let arrivals = stream(&card, 0, 0, 200, (0..200).map(asks));
    let most = run(&mut card, arrivals).iter().map(latency).max();
    report.add("rtl.arp_latency_clocks", most.unwrap_or_default() as f64);
    Ok(())
}

/// The harness against a loop in C++, the same frames through the same model, in turn. Frames of eight beats from eight
/// ports keep the one engine busy in every clock.
fn simulation(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
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
    report.add("sim.kcycles_per_s_8port", harness / 1e3);
    report.add("sim.ratio_to_cpp_harness", harness / plain);
    Ok(())
}

/// New flows into an empty table, and into one where as many expire.
fn insertions(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let filled = filling(70);
    report.add("rtl.inserts_per_clock_70", filled.per_clock);
    for (percent, every) in [(80, 2), (90, 4)] {
        let churned = Churn {
            percent,
            every,
            insertions: CHURNED_TABLES * TABLE,
        }
        .run();
        let name = format!("rtl.inserts_per_clock_{percent}");
        report.add(&name, churned.per_clock);
        let name = format!("rtl.refused_at_{percent}_percent");
        report.add(&name, churned.refused);
    }
    Ok(())
}

/// What moves flows that should stay, and how soon those move that must.
fn stability(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let moved = moved_on_table_change(ESTABLISHED);
    let moved: usize = moved.iter().map(|(_, moved)| moved).sum();
    report.add("rtl.flows_moved_on_table_change", moved as f64);
    let mut moved = 0;
    for kind in Flood::ALL {
        let mut stage = Stage::new(Farm::new(4), 1);
        let homes = stage.establish(0..ESTABLISHED);
        stage.change(|farm| farm.turned = 1);
        let flooded = flood(&mut stage, &homes, kind, TABLE + TABLE / 4);
        moved += flooded.moved + flooded.astray;
    }
    report.add("rtl.flows_moved_under_flood", moved as f64);
    let failover = failover();
    report.add("rtl.failover_clocks_link", failover.last as f64);
    report.add("rtl.failover_clocks_first_frame", failover.first as f64);
    Ok(())
}

/// How evenly connections spread over servers.
fn balance(report: &mut Figures, charts: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let (mut live, mut bytes) = (Vec::new(), Vec::new());
    for policy in Policy::ALL {
        let spreads = Workload::ALL.map(|workload| spread(policy, workload));
        for (workload, spread) in Workload::ALL.iter().zip(spreads) {
            let names = (workload.name(), policy.name());
            let name = format!("balance.spread_flows_{}_{}", names.0, names.1);
            report.add(&name, spread.live);
            let name = format!("balance.spread_bytes_{}_{}", names.0, names.1);
            report.add(&name, spread.bytes);
        }
        let series = |value: fn(&flowswitch_tests::spread::Spread) -> f64| Series {
            name: policy.name().replace('_', " "),
            values: spreads.iter().map(value).collect(),
        };
        live.push(series(|spread| spread.live));
        bytes.push(series(|spread| spread.bytes));
        let counts = by_weight(policy).map(f64::from);
        for (weight, count) in [1, 2, 3].into_iter().zip(counts) {
            let name = format!("balance.weight_{weight}_of_6_{}", policy.name());
            report.add(&name, count);
        }
    }
    let Some(folder) = charts else { return Ok(()) };
    let axis = |title| Axis {
        title,
        range: (1.0, 2.0),
        step: 0.2,
        logarithmic: false,
    };
    let groups = Workload::ALL.map(Workload::name);
    for (file, title, series) in [
        (
            "spread-flows.svg",
            "live connections: most of a server / mean",
            live,
        ),
        ("spread-bytes.svg", "bytes: most of a server / mean", bytes),
    ] {
        std::fs::write(
            folder.join(file),
            bars(title, axis(title), &groups, &series),
        )?;
    }
    Ok(())
}

/// Refused insertions by how full the table is.
fn refusals(report: &mut Figures, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut values = Vec::new();
    for percent in LEVELS {
        let churned = Churn {
            percent,
            every: 4,
            insertions: TABLE,
        }
        .run();
        report.add(
            &format!("curve.refused_at_{percent}_percent"),
            churned.refused,
        );
        values.push(churned.refused);
    }
    let axis = Axis {
        title: "refused insertions in percent of tries",
        range: (LEAST_SHOWN, 10.0),
        step: 10.0,
        logarithmic: true,
    };
    let places = LEVELS.map(|level| format!("{level} %"));
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let series = Series {
        name: "65,536 entries".into(),
        values,
    };
    let chart = lines("Refused insertions", axis, &places, &[series]);
    std::fs::write(folder.join("refusals.svg"), chart)?;
    Ok(())
}

fn control_plane(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let mut slowest = 0;
    for (ports, engines) in [(8, 1), (8, 8)] {
        let answers = answers::answers(&mut at_line_rate(ports, engines)?)?;
        slowest = answers
            .iter()
            .map(|answer| answer.clocks)
            .fold(slowest, u64::max);
    }
    report.add("csr.answer_clocks_max", slowest as f64);
    Ok(())
}

fn maglev(report: &mut Figures, _: Option<&Path>) -> Result<(), Box<dyn Error>> {
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
    report.add("maglev.build_us_65536x1000", median(times));
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::GROUPS;
    use flowswitch_tests::metrics::{Command, all};

    #[test]
    fn every_figure_is_measured_by_one_group() {
        for metric in all().filter(|metric| metric.by == Command::Bench) {
            let measures = |names: &[&str]| names.iter().any(|name| metric.name.starts_with(name));
            let groups = GROUPS.iter().filter(|group| measures(group.names));
            assert_eq!(groups.count(), 1, "{}", metric.name);
        }
    }
}
