//! Why the test cannot go on.

use crate::live::command::CommandError;
use crate::live::stations::SetupError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A fault of the run, or something that it found and that leaves it nothing to go on with.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file or process of the test's own.
    #[error("{what}: {error}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A tool failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The machines around the card cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What must be there is not.
    #[error("{}: {remedy}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// A process has ended, or says nothing.
    #[error("{who} {what} after {:.1} s; the last it said:\n{said}", after.as_secs_f64())]
    Silent {
        /// Which.
        who: &'static str,
        /// What it does not do.
        what: String,
        /// After what time that was found.
        after: Duration,
        /// The end of what it printed.
        said: String,
    },
    /// A command in the guest failed.
    #[error("in the guest, `{command}` ended with {status}:\n{output}")]
    Status {
        /// The command.
        command: String,
        /// Its status.
        status: i32,
        /// What it printed.
        output: String,
    },
    /// A command in the guest printed something else than expected.
    #[error("in the guest, `{command}` printed no {wanted}:\n{output}")]
    Answer {
        /// The command.
        command: String,
        /// What was expected.
        wanted: &'static str,
        /// What it printed.
        output: String,
    },
}

impl Failure {
    /// Makes one of an operating system's error.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}
