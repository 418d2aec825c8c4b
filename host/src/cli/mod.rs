//! The command line.

mod card;
mod check;
mod demo;
mod failure;
mod print;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Many servers, one address: the flow switch, in simulation.
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
}

/// Runs the command of this process's arguments. The status is 0 when done, 1 when it failed, 2 for wrong use or
/// wrong input.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(demo) => demo.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Check(check) => check.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
