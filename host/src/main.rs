//! The `flowswitch` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    flowswitch::cli::run()
}
