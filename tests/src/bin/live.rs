//! A simulated card between real network stacks; `tests/live/run.sh` starts it in namespaces of its own.

use clap::{Args, Parser, Subcommand, ValueEnum};
use flowswitch::config::Config;
use flowswitch::image::plan;
use flowswitch_driver::image::Image;
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::drops::named_drops;
use flowswitch_tests::live::advertise::{advertise, parse_mac};
use flowswitch_tests::live::datagrams::ask;
use flowswitch_tests::live::hold::hold;
use flowswitch_tests::live::ledger::Ledger;
use flowswitch_tests::live::pump::{Ended, Pump};
use flowswitch_tests::live::scenario::{Failure, Scenario};
use flowswitch_tests::live::stations::{Cluster, PORTS, Stations};
use flowswitch_tests::live::staying::Tables;
use flowswitch_tests::live::talk::{serve, talk};
use flowswitch_tests::live::taps::Taps;
use flowswitch_tests::live::wire;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole run.
    Run(Run),
    /// An echo server that says its name first, by TCP and UDP.
    Serve {
        /// The name.
        name: String,
        /// Addresses for datagrams; any if none is named.
        at: Vec<IpAddr>,
    },
    /// Long connections, a few bytes now and then; prints how many each server had.
    Hold {
        /// The cluster's address.
        to: IpAddr,
        /// Connections from each of the client's addresses.
        each: u16,
        /// How long.
        seconds: u64,
        /// The client's addresses.
        from: Vec<IpAddr>,
    },
    /// Small and large datagrams, every byte compared; prints how many sockets each server had.
    Ask {
        /// The cluster's address.
        to: IpAddr,
        /// Datagrams of each kind by each socket.
        count: u16,
        /// Bytes of a large one.
        bytes: usize,
        /// The client's addresses.
        from: Vec<IpAddr>,
    },
    /// Connections whose every byte is compared; prints how many each server had.
    Talk {
        /// The cluster's address.
        to: IpAddr,
        /// Connections from each of the client's addresses.
        each: u16,
        /// Bytes by each connection.
        bytes: usize,
        /// The client's addresses.
        from: Vec<IpAddr>,
    },
    /// An unsolicited neighbour advertisement.
    Advertise {
        /// The device.
        device: String,
        /// The address, which the device has.
        address: Ipv6Addr,
        /// The MAC to tell.
        mac: String,
    },
}

#[derive(Args)]
struct Run {
    /// The configuration.
    #[arg(long, default_value = "tests/live/rig.toml")]
    config: PathBuf,
    /// The card.
    #[arg(long, value_enum, default_value_t = Card::Rtl)]
    card: Card,
    /// Seconds of the clock on the wall.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    seconds: u64,
    /// The card's seconds for each of them.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    speed: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Card {
    /// The Verilated RTL.
    Rtl,
    /// The golden model.
    Model,
}

impl Card {
    fn kind(self) -> CardKind {
        match self {
            Self::Rtl => CardKind::OneEngine,
            Self::Model => CardKind::Model,
        }
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(run) => run.run(),
        Command::Serve { name, at } => serve(&name, &at).map(|()| true).map_err(Into::into),
        Command::Talk {
            to,
            each,
            bytes,
            from,
        } => tell(talk(&from, to, each, bytes)),
        Command::Hold {
            to,
            each,
            seconds,
            from,
        } => tell(hold(&from, to, each, seconds)),
        Command::Ask {
            to,
            count,
            bytes,
            from,
        } => tell(ask(&from, to, count, bytes)),
        Command::Advertise {
            device,
            address,
            mac,
        } => parse_mac(&mac)
            .ok_or_else(|| format!("{mac} is no MAC").into())
            .and_then(|mac| Ok(advertise(&device, address, mac)?))
            .map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("live: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints how often each server served.
fn tell(served: io::Result<BTreeMap<String, u64>>) -> Result<bool, Failure> {
    for (server, times) in served? {
        println!("{server} {times}");
    }
    Ok(true)
}

impl Run {
    /// Whether nothing was found fault with.
    fn run(&self) -> Result<bool, Failure> {
        let text = std::fs::read_to_string(&self.config)
            .map_err(|error| format!("{}: {error}", self.config.display()))?;
        let config = Config::parse(&self.config.to_string_lossy(), &text)?;
        let cluster = Arc::new(Cluster::new(&config)?);
        let image: Image = plan(&config)?.image;
        let tables = Tables::changes(&config)?;
        let ledger = Arc::new(Ledger::default());

        let taps = Taps::new(&PORTS)?;
        let (told, book) = (Arc::clone(&cluster), Arc::clone(&ledger));
        let pump = Pump::start(
            self.card.kind().open(&image).0,
            taps,
            self.speed,
            move |departure| {
                wire::judge(departure, &told, &book);
            },
        );
        let program = std::env::current_exe()?;
        let stations = Stations::new(&cluster);
        let ran = match &stations {
            Err(error) => Err(error.to_string().into()),
            Ok(stations) => Scenario {
                stations,
                cluster: &cluster,
                ledger: &ledger,
                tables: &tables,
                programmer: pump.programmer(),
                program,
                seconds: self.seconds,
            }
            .run(),
        };
        // If the card itself has failed, all else follows from that.
        let ended = pump.stop()?;
        ran?;
        self.account(&ended, &ledger);
        print!("{ledger}");
        Ok(ledger.is_clean())
    }

    fn account(&self, ended: &Ended, ledger: &Ledger) {
        let simulated = ended.simulated_ns / 1_000_000_000;
        println!(
            "{simulated} s for the card in {} clocks; {} frames lost by devices",
            ended.clocks, ended.lost
        );
        let withheld = ended.withheld_ns.div_ceil(1_000_000_000);
        let wanted = self.seconds.saturating_sub(withheld) * u64::from(self.speed);
        if simulated < wanted {
            ledger.fault(format!("{simulated} s passed for the card, not {wanted} s"));
        }
        let (into, out) = ended.counters.conservation();
        if into != out {
            ledger.fault(format!(
                "{into} frames came into being, {out} are accounted for"
            ));
        }
        for (reason, frames) in named_drops(&ended.counters) {
            ledger.count(format!("dropped as {reason}"), frames);
        }
        ledger.count("generated by the card", ended.counters.generated);
    }
}
