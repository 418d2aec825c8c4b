//! `flowswitch man`: the manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use super::failure::Failure;
use super::print::print;
use crate::output::Output;

/// Writes the manual pages, one for each command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ManCommand {
    /// The folder to write them to.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

const EXAMPLE: &str = "\
Example:
  flowswitch man --output /usr/local/share/man/man1";

impl ManCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut command = super::command();
        // Names of pages are whole then: flowswitch-server-drain.
        command.build();
        let mut output = Output::new(&self.output)?;
        output
            .unfinished()
            .clear_on_signals()
            .map_err(Failure::failed)?;
        let pages = write(&command, &mut output)?;
        output.finish()?;
        print(format_args!(
            "{pages} pages written to {}",
            self.output.display()
        ))
    }
}

/// Writes the page of a command and those of its subcommands; tells how many.
fn write(command: &clap::Command, output: &mut Output) -> Result<usize, Failure> {
    let man = Man::new(command.clone());
    output.file(&man.get_filename(), |file| man.render(file))?;
    let mut pages = 1;
    for subcommand in command.get_subcommands() {
        // Its pages would tell of `help help`.
        if subcommand.get_name() != "help" && !subcommand.is_hide_set() {
            pages += write(subcommand, output)?;
        }
    }
    Ok(pages)
}
