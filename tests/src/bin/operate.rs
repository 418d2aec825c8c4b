//! The switch as it is operated, between real network stacks; `tests/live/run.sh` starts it in namespaces of its own.

use clap::{Args, Parser, Subcommand};
use flowswitch_tests::live::advertise::{advertise, parse_mac};
use flowswitch_tests::live::datagrams::ask;
use flowswitch_tests::live::scenario::Failure;
use flowswitch_tests::live::talk::serve;
use flowswitch_tests::operate::flood::{claim, flood_connections, flood_stations};
use flowswitch_tests::operate::load::{Kind, load};
use flowswitch_tests::operate::run::{Run, Scope};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole run.
    Run(RunArguments),
    /// An echo server that says its name first, by TCP and UDP.
    Serve {
        /// The name.
        name: String,
        /// Addresses for datagrams; any if none is named.
        at: Vec<IpAddr>,
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
    /// Requests at a steady pace until there is a file; prints what became of each.
    Load {
        /// The file.
        #[arg(long)]
        stop: PathBuf,
        /// Time between an answer and the next request, in ms.
        #[arg(long)]
        pace: u64,
        /// Threads that open a connection for each request.
        #[arg(long)]
        short: u32,
        /// Threads that keep theirs.
        #[arg(long)]
        held: u32,
        /// Threads that send datagrams.
        #[arg(long)]
        datagram: u32,
        /// The cluster's addresses, taken in turns.
        to: Vec<IpAddr>,
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
    /// Tells everyone that addresses are at a MAC, whosever they are.
    Claim {
        /// The device.
        device: String,
        /// The MAC.
        mac: String,
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// Broadcasts from stations that do not exist.
    FloodStations {
        /// The device.
        device: String,
        /// Whom the card answers for.
        to: Ipv4Addr,
        /// How many.
        stations: u32,
    },
    /// Connections that are never completed, from addresses that do not exist.
    FloodConnections {
        /// The cluster's address.
        to: Ipv4Addr,
        /// How many.
        connections: u32,
    },
}

#[derive(Args)]
struct RunArguments {
    /// Where `flowswitch` and `flowswitch-card` are; beside this program if it is not said.
    #[arg(long)]
    programs: Option<PathBuf>,
    /// The configuration.
    #[arg(long, default_value = "tests/operate/cluster.toml")]
    config: PathBuf,
    /// Where the results go.
    #[arg(long, default_value = "target/operate")]
    results: PathBuf,
    /// All there is, and not only what fits into two minutes.
    #[arg(long)]
    long: bool,
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Scope>,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("operate: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was found fault with.
fn run(command: Command) -> Result<bool, Failure> {
    match command {
        Command::Run(arguments) => {
            let program = std::env::current_exe()?;
            let beside = program.parent().ok_or("the program is nowhere")?;
            let run = Run {
                programs: arguments.programs.unwrap_or_else(|| beside.to_owned()),
                config: arguments.config,
                results: arguments.results,
                long: arguments.long,
                only: arguments.only,
                program,
            };
            return run.run();
        }
        Command::Serve { name, at } => serve(&name, &at)?,
        Command::Ask {
            to,
            count,
            bytes,
            from,
        } => {
            for (server, times) in ask(&from, to, count, bytes)? {
                println!("{server} {times}");
            }
        }
        Command::Load {
            stop,
            pace,
            short,
            held,
            datagram,
            to,
        } => {
            let each = [
                (Kind::Short, short),
                (Kind::Held, held),
                (Kind::Datagram, datagram),
            ];
            load(&to, &each, Duration::from_millis(pace), &stop);
        }
        Command::Advertise {
            device,
            address,
            mac,
        } => {
            let bytes = parse_mac(&mac).ok_or_else(|| format!("{mac} is no MAC"))?;
            advertise(&device, address, bytes)?;
        }
        Command::Claim {
            device,
            mac,
            addresses,
        } => {
            let mac = parse_mac(&mac).ok_or_else(|| format!("{mac} is no MAC"))?;
            claim(&device, mac, &addresses)?;
        }
        Command::FloodStations {
            device,
            to,
            stations,
        } => flood_stations(&device, to, stations)?,
        Command::FloodConnections { to, connections } => flood_connections(to, connections)?,
    }
    Ok(true)
}
