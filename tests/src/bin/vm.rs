//! A virtual machine that drives the simulated card; `tests/vm/run.sh` starts it in namespaces of its own.

use clap::{Args, Parser, Subcommand};
use flowswitch::config::Config;
use flowswitch_tests::live::ledger::Ledger;
use flowswitch_tests::live::stations::Cluster;
use flowswitch_tests::live::talk::serve;
use flowswitch_tests::metrics::Figures;
use flowswitch_tests::vm::datagrams::{hear, steady, tell};
use flowswitch_tests::vm::faults::{self, Boots};
use flowswitch_tests::vm::image::Content;
use flowswitch_tests::vm::installation::Places;
use flowswitch_tests::vm::large::large_configuration;
use flowswitch_tests::vm::scenario::Scenario;
use std::error::Error;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A virtual machine that drives the simulated card.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One boot, in which everything is done once.
    Run(Run),
    /// Many boots, each with a fault.
    Long(Long),
    /// An echo server that says its name first, by TCP and UDP.
    Serve {
        /// The name.
        name: String,
    },
    /// Numbered datagrams to the echo server of a cluster; prints how many came back, and from which server.
    Steady {
        /// The cluster's address.
        to: IpAddr,
        /// Datagrams.
        count: u64,
        /// How many a second.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
        per_second: u32,
        /// The client's addresses.
        from: Vec<IpAddr>,
    },
    /// Numbered datagrams that nobody answers.
    Tell {
        /// Address and port.
        to: SocketAddr,
        /// Datagrams.
        count: u64,
        /// How many a second.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
        per_second: u32,
    },
    /// Prints the numbers of datagrams that come.
    Hear {
        /// Address and port.
        at: SocketAddr,
    },
}

/// The name of a figure and its value.
type Measured = (&'static str, f64);

#[derive(Args)]
struct Run {
    /// The configuration.
    #[arg(long, default_value = "tests/vm/cluster.toml")]
    config: PathBuf,
    /// What `tests/vm/fetch.sh` has fetched.
    #[arg(long, default_value = "target/vm")]
    tools: PathBuf,
    /// The folder of `flowswitch` and `flowswitch-card`; that of this program if it is not named.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// Where the figures go. Those of the other run that are there stay: one run measures what the other does not.
    #[arg(long, default_value = "target/vm/results.json")]
    results: PathBuf,
}

#[derive(Args)]
struct Long {
    #[command(flatten)]
    run: Run,
    /// Boots.
    #[arg(long, default_value_t = 50)]
    boots: u64,
    /// Draws the times of the faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(run) => run.once(),
        Command::Long(long) => long.many(),
        Command::Serve { name } => serve(&name, &[]).map(|()| true).map_err(Into::into),
        Command::Steady {
            to,
            count,
            per_second,
            from,
        } => steady(to, count, per_second, &from)
            .map(|tally| print!("{}", tally.lines()))
            .map(|()| true)
            .map_err(Into::into),
        Command::Tell {
            to,
            count,
            per_second,
        } => tell(to, count, per_second)
            .map(|()| true)
            .map_err(Into::into),
        Command::Hear { at } => hear(at).map(|()| true).map_err(Into::into),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("vm: {failure}");
            ExitCode::FAILURE
        }
    }
}

impl Run {
    /// Whether nothing was found fault with.
    fn once(&self) -> Result<bool, Box<dyn Error>> {
        self.with_scenario(|scenario| {
            let lost = scenario.run()?;
            Ok(vec![
                (
                    "vm.boots_ok",
                    f64::from(u8::from(scenario.ledger.is_clean())),
                ),
                ("vm.frames_lost_on_kill", lost as f64),
            ])
        })
    }

    fn with_scenario(
        &self,
        judge: impl FnOnce(&Scenario<'_>) -> Result<Vec<Measured>, Box<dyn Error>>,
    ) -> Result<bool, Box<dyn Error>> {
        let text = fs::read_to_string(&self.config)
            .map_err(|error| format!("{}: {error}", self.config.display()))?;
        let config = Config::parse(&self.config.to_string_lossy(), &text)?;
        let cluster = Cluster::new(&config)?;
        let places = self.places()?;
        fs::create_dir_all(&places.folder)?;
        let large = places.folder.join("large.toml");
        fs::write(&large, large_configuration(&text))?;
        let content = Content {
            tools: &places.tools,
            init: Path::new("tests/vm/init"),
            program: &places.programs.join("flowswitch"),
            configs: &[&self.config, &large],
        };
        let initrd = content.build(&places.folder)?;
        let ledger = Ledger::default();
        let scenario = Scenario {
            places: &places,
            initrd: &initrd,
            config: &config,
            cluster: &cluster,
            ledger: &ledger,
        };
        let judged = judge(&scenario);
        print!("{ledger}");
        self.record(&judged?)?;
        Ok(ledger.is_clean())
    }

    fn record(&self, measured: &[Measured]) -> Result<(), Box<dyn Error>> {
        let mut figures = Figures::default();
        figures.read(&self.results)?;
        for (name, value) in measured {
            figures.add(name, *value);
        }
        figures
            .write(&self.results)
            .map_err(|error| format!("{}: {error}", self.results.display()).into())
    }

    fn places(&self) -> Result<Places, Box<dyn Error>> {
        let own = std::env::current_exe()?;
        let folder = own.parent().map(Path::to_owned).unwrap_or_default();
        // QEMU and the card run elsewhere.
        let tools = fs::canonicalize(&self.tools)
            .map_err(|error| format!("{}: {error}; run `make vm`", self.tools.display()))?;
        Ok(Places {
            programs: self.programs.clone().unwrap_or(folder),
            folder: tools.join("run"),
            tools,
            own,
        })
    }
}

impl Long {
    fn many(&self) -> Result<bool, Box<dyn Error>> {
        self.run.with_scenario(|scenario| {
            let program_ms = faults::program_large(scenario)?;
            let Boots { well, lost } = faults::run(scenario, self.boots, self.seed)?;
            Ok(vec![
                ("driver.program_64k_ms_vm", program_ms),
                ("vm.boots_ok", well as f64),
                ("vm.frames_lost_on_kill", lost as f64),
            ])
        })
    }
}
