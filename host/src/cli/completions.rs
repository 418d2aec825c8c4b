//! `flowswitch completions`: what a shell needs to complete commands.

use clap::Args;
use clap_complete::Shell;

use super::failure::Failure;
use super::print::print;

/// Prints the completions of commands and options for a shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

const EXAMPLE: &str = "\
Example:
  flowswitch completions bash > ~/.local/share/bash-completion/completions/flowswitch";

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "flowswitch", &mut script);
        print(String::from_utf8_lossy(&script).trim_end())
    }
}
