//! The simulated card as a PCI function: serves the Verilated RTL on a vfio-user socket, its network ports on TAP devices
//! or captures.

use clap::Parser;
use flowswitch_sim::rtl::{RtlOptions, TraceWindow};
use flowswitch_sim::vfio_user::{ServeError, Served, Wire, WireError, Wires, serve};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

const EXAMPLES: &str = "Example, with QEMU 10.1 or newer:
  flowswitch-card --socket /tmp/card --port 0=tap:card0 --port 1=tap:card1
  qemu-system-x86_64 ... -device '{\"driver\":\"vfio-user-pci\",\"socket\":{\"path\":\"/tmp/card\",\"type\":\"unix\"}}'

Without a virtual machine:
  flowswitch device info --device socket:/tmp/card";

/// Serves a simulated card, the RTL itself, as a PCI function on a vfio-user socket.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    /// Socket to serve on. Clients come one after the other; the card lives on between them.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
    /// Connects a network port; the links of ports that are not named stay down.
    #[arg(long = "port", value_name = "N=tap:NAME | N=pcap:IN[,OUT]")]
    wires: Vec<Wire>,
    /// Network ports of the card.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=8))]
    ports: u8,
    /// Records clocks as an FST file; simulating them takes 150 times as long.
    #[arg(long, value_name = "FILE", requires = "trace_clocks")]
    trace: Option<PathBuf>,
    /// First clock to record, counted from the card's reset.
    #[arg(long, value_name = "CLOCK", default_value_t = 0)]
    trace_from: u64,
    /// Clocks to record.
    #[arg(long, value_name = "CLOCKS", requires = "trace")]
    trace_clocks: Option<u64>,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(served) => {
            let Served {
                clocks,
                reads,
                writes,
                interrupts: [receive, transmit, events],
                refused_accesses,
                lost,
            } = served;
            eprintln!(
                "flowswitch-card: {clocks} clocks; registers: {reads} reads, {writes} writes; interrupts: {receive} receive, \
                 {transmit} transmit, {events} events; {refused_accesses} refused memory accesses; {lost} frames not \
                 taken by TAPs"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("flowswitch-card: {error}");
            ExitCode::from(status(&*error))
        }
    }
}

/// 2 for what was asked for wrongly, 1 for what failed.
fn status(error: &(dyn Error + 'static)) -> u8 {
    let wires = error.is::<WireError>();
    let place = error.downcast_ref::<ServeError>();
    let place = place.is_some_and(|error| !matches!(error, ServeError::Card(_)));
    if wires || place { 2 } else { 1 }
}

fn run(cli: Cli) -> Result<Served, Box<dyn Error>> {
    let trace = cli.trace.zip(cli.trace_clocks);
    let options = RtlOptions {
        trace: trace.map(|(path, clocks)| TraceWindow {
            path,
            from_clock: cli.trace_from,
            clocks,
        }),
        ..RtlOptions::default()
    };
    let wires = Wires::connect(&cli.wires, cli.ports)?;
    let serving = serve(&cli.socket, cli.ports, options, wires, |event| {
        eprintln!("flowswitch-card: {event}");
    })?;
    let stopper = serving.stopper();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            stopper.stop();
        }
    });
    // Whoever starts this can wait for the line.
    println!("serving {} ports on {}", cli.ports, cli.socket.display());
    Ok(serving.wait()?)
}
