//! `flowswitch confirm` and `flowswitch undo`: a configuration that was applied with a time-out is kept or taken back.

use clap::Args;
use flowswitch_api::Applied;

use super::daemon_socket::SocketOption;
use super::failure::Failure;
use super::print::{print, print_document};

/// Keeps a configuration that was applied with --confirm-timeout.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  flowswitch confirm")]
pub(super) struct Confirm {
    #[command(flatten)]
    answer: Answer,
}

/// Takes a configuration that was applied with --confirm-timeout back at once.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  flowswitch undo")]
pub(super) struct Undo {
    #[command(flatten)]
    answer: Answer,
}

#[derive(Debug, Args)]
struct Answer {
    #[command(flatten)]
    socket: SocketOption,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Answer {
    fn print(&self, applied: &Applied, what: &str) -> Result<(), Failure> {
        if self.json {
            return print_document(applied);
        }
        print(format_args!("{what}, generation {}", applied.generation))
    }
}

impl Confirm {
    pub(super) fn run(self) -> Result<(), Failure> {
        let applied = self.answer.socket.client()?.confirm()?;
        self.answer.print(&applied, "the configuration is kept")
    }
}

impl Undo {
    pub(super) fn run(self) -> Result<(), Failure> {
        let applied = self.answer.socket.client()?.undo()?;
        let writes = applied.written.writes;
        let what = format!("the configuration before runs again: {writes} register writes");
        self.answer.print(&applied, &what)
    }
}
