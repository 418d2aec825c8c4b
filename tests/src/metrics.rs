//! The figures of merit: what they are called, in what unit they are, and which command measures them. This list is the one
//! place for that; who measures says a name and a value.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Version of the files' format.
const FORMAT: u32 = 1;

/// What measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// `make bench`.
    Bench,
    /// `bench --charts FOLDER`, which draws the charts of the documentation.
    Charts,
    /// `make operate`.
    Operate,
    /// `make vm`.
    Vm,
    /// `make vm-long`.
    VmLong,
    /// `make synth`.
    Synth,
    /// `make pnr`.
    Pnr,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bench => "make bench",
            Self::Charts => "bench --charts FOLDER",
            Self::Operate => "make operate",
            Self::Vm => "make vm",
            Self::VmLong => "make vm-long",
            Self::Synth => "make synth",
            Self::Pnr => "make pnr",
        })
    }
}

/// Files of results under `target/` that commands other than `make bench` write.
pub const RESULTS: [&str; 4] = [
    "operate/results.json",
    "vm/results.json",
    "synth/results.json",
    "pnr/results.json",
];

/// A figure of merit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What measures it.
    pub by: Command,
}

const fn metrics<const N: usize>(
    by: Command,
    named: [(&'static str, &'static str); N],
) -> [Metric; N] {
    let mut metrics = [Metric {
        name: "",
        unit: "",
        by,
    }; N];
    let mut place = 0;
    while place < N {
        (metrics[place].name, metrics[place].unit) = named[place];
        place += 1;
    }
    metrics
}

const CARD: [Metric; 19] = metrics(
    Command::Bench,
    [
        ("rtl.frames_per_clock_64B", "frames/clock"),
        ("rtl.drops_line_rate", "frames"),
        ("rtl.latency_clocks_64B_min", "clocks"),
        ("rtl.latency_clocks_64B_max", "clocks"),
        ("rtl.latency_clocks_1518B", "clocks"),
        ("rtl.arp_answers_per_clock", "answers/clock"),
        ("rtl.arp_latency_clocks", "clocks"),
        ("csr.answer_clocks_max", "clocks"),
        ("rtl.inserts_per_clock_70", "insertions/clock"),
        ("rtl.inserts_per_clock_80", "insertions/clock"),
        ("rtl.refused_at_80_percent", "percent"),
        ("rtl.inserts_per_clock_90", "insertions/clock"),
        ("rtl.refused_at_90_percent", "percent"),
        ("rtl.flows_moved_on_table_change", "flows"),
        ("rtl.flows_moved_under_flood", "flows"),
        ("rtl.failover_clocks_link", "clocks"),
        ("rtl.failover_clocks_first_frame", "clocks"),
        ("ring.frames_per_clock_rx_64B", "frames/clock"),
        ("ring.frames_per_clock_tx_64B", "frames/clock"),
    ],
);

const SOFTWARE: [Metric; 15] = metrics(
    Command::Bench,
    [
        ("sim.kcycles_per_s_8port", "kcycles/s"),
        ("sim.ratio_to_cpp_harness", "1"),
        (
            "sim.instructions_per_clock_idle_8port",
            "instructions/clock",
        ),
        (
            "sim.instructions_per_clock_demo_8port",
            "instructions/clock",
        ),
        ("sim.dump_buckets_s", "s"),
        ("cosim.frames_without_hints", "frames"),
        ("maglev.build_us_65536x1000", "us"),
        ("driver.program_64k_ms_sim", "ms"),
        ("driver.program_64k_writes", "writes"),
        ("driver.read_back_64k_ms_sim", "ms"),
        ("driver.buckets_changed_by_weight", "buckets"),
        ("driver.writes_per_bucket", "writes"),
        ("health.cpu_percent_1024", "% of one core"),
        ("health.late_us_p50", "us"),
        ("health.late_us_p99", "us"),
    ],
);

const BALANCE: [Metric; 44] = metrics(
    Command::Bench,
    [
        ("balance.spread_flows_even_hash", "1"),
        ("balance.spread_flows_skewed_hash", "1"),
        ("balance.spread_flows_elephants_hash", "1"),
        ("balance.spread_flows_persistent_hash", "1"),
        ("balance.spread_bytes_even_hash", "1"),
        ("balance.spread_bytes_skewed_hash", "1"),
        ("balance.spread_bytes_elephants_hash", "1"),
        ("balance.spread_bytes_persistent_hash", "1"),
        ("balance.weight_1_of_6_hash", "connections"),
        ("balance.weight_2_of_6_hash", "connections"),
        ("balance.weight_3_of_6_hash", "connections"),
        ("balance.spread_flows_even_least_load", "1"),
        ("balance.spread_flows_skewed_least_load", "1"),
        ("balance.spread_flows_elephants_least_load", "1"),
        ("balance.spread_flows_persistent_least_load", "1"),
        ("balance.spread_bytes_even_least_load", "1"),
        ("balance.spread_bytes_skewed_least_load", "1"),
        ("balance.spread_bytes_elephants_least_load", "1"),
        ("balance.spread_bytes_persistent_least_load", "1"),
        ("balance.weight_1_of_6_least_load", "connections"),
        ("balance.weight_2_of_6_least_load", "connections"),
        ("balance.weight_3_of_6_least_load", "connections"),
        ("balance.spread_flows_even_remainder", "1"),
        ("balance.spread_flows_skewed_remainder", "1"),
        ("balance.spread_flows_elephants_remainder", "1"),
        ("balance.spread_flows_persistent_remainder", "1"),
        ("balance.spread_bytes_even_remainder", "1"),
        ("balance.spread_bytes_skewed_remainder", "1"),
        ("balance.spread_bytes_elephants_remainder", "1"),
        ("balance.spread_bytes_persistent_remainder", "1"),
        ("balance.weight_1_of_6_remainder", "connections"),
        ("balance.weight_2_of_6_remainder", "connections"),
        ("balance.weight_3_of_6_remainder", "connections"),
        ("balance.spread_flows_even_wrr", "1"),
        ("balance.spread_flows_skewed_wrr", "1"),
        ("balance.spread_flows_elephants_wrr", "1"),
        ("balance.spread_flows_persistent_wrr", "1"),
        ("balance.spread_bytes_even_wrr", "1"),
        ("balance.spread_bytes_skewed_wrr", "1"),
        ("balance.spread_bytes_elephants_wrr", "1"),
        ("balance.spread_bytes_persistent_wrr", "1"),
        ("balance.weight_1_of_6_wrr", "connections"),
        ("balance.weight_2_of_6_wrr", "connections"),
        ("balance.weight_3_of_6_wrr", "connections"),
    ],
);

const CHARTS: [Metric; 8] = metrics(
    Command::Charts,
    [
        ("curve.refused_at_60_percent", "percent"),
        ("curve.refused_at_65_percent", "percent"),
        ("curve.refused_at_70_percent", "percent"),
        ("curve.refused_at_75_percent", "percent"),
        ("curve.refused_at_80_percent", "percent"),
        ("curve.refused_at_85_percent", "percent"),
        ("curve.refused_at_90_percent", "percent"),
        ("curve.refused_at_95_percent", "percent"),
    ],
);

const OPERATE: [Metric; 21] = metrics(
    Command::Operate,
    [
        ("api.p99_ms", "ms"),
        ("live.mbit_per_s", "Mbit/s"),
        ("live.mbit_per_s_up", "Mbit/s"),
        ("live.flows_moved_on_apply", "flows"),
        ("live.requests_failed_nothing", "requests"),
        ("live.requests_failed_apply", "requests"),
        ("live.requests_failed_drain", "requests"),
        ("live.requests_failed_daemon_killed", "requests"),
        ("live.requests_failed_clock_stopped", "requests"),
        ("live.requests_failed_link_down", "requests"),
        ("live.requests_failed_nginx_killed", "requests"),
        ("live.requests_failed_silent", "requests"),
        ("live.requests_failed_router_claimed", "requests"),
        ("live.recover_ms_nothing", "ms"),
        ("live.recover_ms_apply", "ms"),
        ("live.recover_ms_drain", "ms"),
        ("live.recover_ms_daemon_killed", "ms"),
        ("live.recover_ms_clock_stopped", "ms"),
        ("live.recover_ms_link_down", "ms"),
        ("live.recover_ms_nginx_killed", "ms"),
        ("live.recover_ms_silent", "ms"),
    ],
);

const VM: [Metric; 2] = metrics(
    Command::Vm,
    [
        ("vm.boots_ok", "boots"),
        ("vm.frames_lost_on_kill", "frames"),
    ],
);

const VM_LONG: [Metric; 1] = metrics(Command::VmLong, [("driver.program_64k_ms_vm", "ms")]);

const SYNTH: [Metric; 3] = metrics(
    Command::Synth,
    [
        ("synth.levels_core_max", "levels"),
        ("synth.levels_frame_max", "levels"),
        ("synth.allowances_core", "allowances"),
    ],
);
const PNR: [Metric; 1] = metrics(Command::Pnr, [("pnr.a7_mhz_min_block", "MHz")]);

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    let bench = CARD.iter().chain(&SOFTWARE).chain(&BALANCE).chain(&CHARTS);
    let elsewhere = OPERATE.iter().chain(&VM).chain(&VM_LONG);
    bench.chain(elsewhere).chain(&SYNTH).chain(&PNR)
}

fn find(name: &str) -> Option<&'static Metric> {
    all().find(|metric| metric.name == name)
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures(BTreeMap<&'static str, f64>);

impl Figures {
    /// Notes a figure, in the place of an earlier one of the name.
    ///
    /// # Panics
    /// If the list has no such name.
    pub fn note(&mut self, name: &str, value: f64) -> &'static Metric {
        let metric = find(name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not in the list of metrics"));
        self.0.insert(metric.name, value);
        metric
    }

    /// Notes a figure and prints it.
    ///
    /// # Panics
    /// As [`Figures::note`].
    pub fn add(&mut self, name: &str, value: f64) {
        let metric = self.note(name, value);
        println!("{}", line(metric, value));
    }

    /// A line for each, in the order of the list.
    pub fn table(&self) -> String {
        let measured = all().filter_map(|metric| Some((metric, *self.0.get(metric.name)?)));
        measured.fold(String::new(), |mut table, (metric, value)| {
            // A text takes all that is written to it.
            let _ = writeln!(table, "{}", line(metric, value));
            table
        })
    }

    /// As they stand in a file: value and unit by name.
    pub fn as_json(&self) -> Map<String, Value> {
        let measured = all().filter_map(|metric| Some((metric, self.0.get(metric.name)?)));
        measured
            .map(|(metric, value)| {
                let figure = json!({ "value": value, "unit": metric.unit });
                (metric.name.to_owned(), figure)
            })
            .collect()
    }

    /// Writes them to a file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let document = json!({ "format": FORMAT, "metrics": self.as_json() });
        fs::write(path, format!("{document:#}\n"))
    }

    /// Takes over what a file has, nothing if there is none. Returns the names in it that the list does not have.
    ///
    /// # Errors
    /// If it is no file of figures.
    pub fn read(&mut self, path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        };
        let wrong = |what: String| format!("{}: {what}", path.display());
        let document: Value =
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let mut unknown = Vec::new();
        for (name, figure) in document["metrics"].as_object().into_iter().flatten() {
            let value = figure["value"].as_f64();
            let value = value.ok_or_else(|| wrong(format!("{name} has no value")))?;
            match find(name) {
                Some(metric) => {
                    self.0.insert(metric.name, value);
                }
                None => unknown.push(name.clone()),
            }
        }
        Ok(unknown)
    }

    /// Takes over others, in the place of those of the same names.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Only those whose names begin so.
    pub fn retain(&mut self, prefix: &str) {
        self.0.retain(|name, _| name.starts_with(prefix));
    }

    /// Which are missing of those whose names begin so: their names, by what measures them; nothing if none is.
    pub fn missing(&self, prefix: &str) -> String {
        let mut by_command: BTreeMap<Command, Vec<&str>> = BTreeMap::new();
        let missing = all().filter(|metric| metric.name.starts_with(prefix));
        for metric in missing.filter(|metric| !self.0.contains_key(metric.name)) {
            by_command.entry(metric.by).or_default().push(metric.name);
        }
        by_command
            .iter()
            .fold(String::new(), |mut text, (command, names)| {
                let _ = writeln!(text, "missing, measured by {command}: {}", names.join(", "));
                text
            })
    }
}

fn line(metric: &Metric, value: f64) -> String {
    let Metric { name, unit, .. } = metric;
    format!("{name:<40} {value:>14.4}  {unit}")
}

#[cfg(test)]
mod tests {
    use super::{Command, Figures, all};
    use crate::spread::{Policy, Workload};
    use std::collections::BTreeSet;
    use std::fs;

    #[test]
    fn every_name_stands_once() {
        let names: BTreeSet<&str> = all().map(|metric| metric.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(all().all(|metric| !metric.name.is_empty() && !metric.unit.is_empty()));
    }

    #[test]
    fn every_policy_has_its_figures() {
        let mut figures = Figures::default();
        for policy in Policy::ALL.map(Policy::name) {
            for workload in Workload::ALL.map(Workload::name) {
                figures.note(&format!("balance.spread_flows_{workload}_{policy}"), 1.0);
                figures.note(&format!("balance.spread_bytes_{workload}_{policy}"), 1.0);
            }
            for weight in 1..=3 {
                figures.note(&format!("balance.weight_{weight}_of_6_{policy}"), 1.0);
            }
        }
        assert_eq!(figures.missing("balance."), "");
    }

    #[test]
    fn files_are_taken_over_and_what_is_not_in_them_is_missing() {
        let folder = std::env::temp_dir().join(format!("figures-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let path = folder.join("results.json");
        let mut figures = Figures::default();
        assert_eq!(figures.read(&path).expect("no file"), Vec::<String>::new());
        let text = r#"{"format": 1, "metrics": {"vm.boots_ok": {"value": 3.0, "unit": "boots"}, "vm.of_old": {"value": 1.0}}}"#;
        fs::write(&path, text).expect("a file");
        assert_eq!(figures.read(&path).expect("figures"), ["vm.of_old"]);
        assert_eq!(
            figures.missing("vm."),
            "missing, measured by make vm: vm.frames_lost_on_kill\n"
        );
        assert!(
            figures
                .missing("")
                .contains("make operate: api.p99_ms, live.mbit_per_s")
        );
        assert!(figures.missing("").contains(&Command::VmLong.to_string()));

        // A later run of one of them leaves the others.
        figures.note("vm.frames_lost_on_kill", 0.0);
        figures.note("vm.boots_ok", 4.0);
        figures.write(&path).expect("a file");
        let mut again = Figures::default();
        assert_eq!(again.read(&path).expect("figures"), Vec::<String>::new());
        assert_eq!(again, figures);
        assert_eq!(again.as_json()["vm.boots_ok"]["value"], 4.0);
        assert_eq!(again.as_json()["vm.boots_ok"]["unit"], "boots");
        assert_eq!(again.missing("vm."), "");
        again.retain("api.");
        assert_eq!(again, Figures::default());

        fs::write(&path, r#"{"metrics": {"vm.boots_ok": {}}}"#).expect("a file");
        let error = again.read(&path).expect_err("no value").to_string();
        assert!(
            error.contains("results.json: vm.boots_ok has no value"),
            "{error}"
        );
        fs::remove_dir_all(&folder).expect("it was made");
    }
}
