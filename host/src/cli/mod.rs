//! The command line.

mod apply;
mod capture;
mod card;
mod check;
mod daemon;
mod demo;
mod device;
mod doctor;
mod failure;
mod inject;
mod interrupted;
mod open;
mod print;
mod progress;
mod register;
mod simulate;
mod simulated;
mod table;
mod text;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Many servers, one address: the flow switch, on a card or in simulation.
#[derive(Debug, Parser)]
#[command(name = "flowswitch", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Simulate(simulate::Simulate),
    Check(check::Check),
    Daemon(daemon::Daemon),
    Device(device::DeviceCommand),
    #[command(name = "reg")]
    Register(register::RegisterCommand),
    Table(table::TableCommand),
    Apply(apply::Apply),
    Diff(apply::Diff),
    Capture(capture::Capture),
    Inject(inject::Inject),
    Doctor(doctor::Doctor),
}

/// Runs the command of this process's arguments. The status is 0 when done, 1 when it failed, 2 for wrong use or
/// wrong input.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(demo) => demo.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Check(check) => check.run(),
        Command::Daemon(daemon) => daemon.run(),
        Command::Device(device) => device.run(),
        Command::Register(register) => register.run(),
        Command::Table(table) => table.run(),
        Command::Apply(apply) => apply.run(),
        Command::Diff(diff) => diff.run(),
        Command::Capture(capture) => capture.run(),
        Command::Inject(inject) => inject.run(),
        Command::Doctor(doctor) => doctor.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
