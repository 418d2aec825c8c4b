//! The command line.

mod amount;
mod apply;
mod capture;
mod card;
mod check;
mod completions;
mod confirm;
mod daemon;
mod daemon_socket;
mod demo;
mod device;
mod doctor;
mod failure;
mod flows;
mod inject;
mod interrupted;
mod man;
mod member_state;
mod monitor;
mod open;
mod plain;
mod print;
mod progress;
mod register;
mod save;
mod simulate;
mod simulated;
mod stats;
mod status;
mod table;
mod text;
mod top;
mod trace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

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
    Device(device::DeviceCommand),
    #[command(name = "reg")]
    Register(register::RegisterCommand),
    Table(table::TableCommand),
    Apply(apply::Apply),
    Diff(apply::Diff),
    Capture(capture::Capture),
    Inject(inject::Inject),
    Doctor(doctor::Doctor),
    Daemon(daemon::Daemon),
    Status(status::Status),
    Top(top::Top),
    Stats(stats::Stats),
    Server(member_state::Server),
    Router(member_state::Router),
    Flows(flows::Flows),
    Trace(trace::TraceCommand),
    Monitor(monitor::Monitor),
    Confirm(confirm::Confirm),
    Undo(confirm::Undo),
    Save(save::Save),
    Man(man::ManCommand),
    Completions(completions::Completions),
}

/// The command line as a description, for manual pages and completions.
fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command of this process's arguments. The status is 0 when done, 1 when it failed, 2 for wrong use or
/// wrong input.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Demo(demo) => demo.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Check(check) => check.run(),
        Command::Device(device) => device.run(),
        Command::Register(register) => register.run(),
        Command::Table(table) => table.run(),
        Command::Apply(apply) => apply.run(),
        Command::Diff(diff) => diff.run(),
        Command::Capture(capture) => capture.run(),
        Command::Inject(inject) => inject.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Daemon(daemon) => daemon.run(),
        Command::Status(status) => status.run(),
        Command::Top(top) => top.run(),
        Command::Stats(stats) => stats.run(),
        Command::Server(server) => server.run(),
        Command::Router(router) => router.run(),
        Command::Flows(flows) => flows.run(),
        Command::Trace(trace) => trace.run(),
        Command::Monitor(monitor) => monitor.run(),
        Command::Confirm(confirm) => confirm.run(),
        Command::Undo(undo) => undo.run(),
        Command::Save(save) => save.run(),
        Command::Man(man) => man.run(),
        Command::Completions(completions) => completions.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
