//! Runs the system's tools.

use std::io;
use std::process::{Command, Output, Stdio};

/// A tool that could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("cannot run \"{line}\": {error}")]
    Start {
        /// The command line.
        line: String,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// It failed.
    #[error("\"{line}\" failed ({status}): {stderr}")]
    Failed {
        /// The command line.
        line: String,
        /// How it ended.
        status: String,
        /// What it said.
        stderr: String,
    },
}

/// Runs a command line to its end and returns what came of it, whatever its status.
///
/// # Errors
/// [`CommandError::Start`].
pub fn output(words: &[&str]) -> Result<Output, CommandError> {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| CommandError::Start {
            line: words.join(" "),
            error,
        })
}

/// Runs a command line that must succeed and returns what it printed.
///
/// # Errors
/// See [`CommandError`].
pub fn run(words: &[&str]) -> Result<String, CommandError> {
    let output = output(words)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(CommandError::Failed {
        line: words.join(" "),
        status: output.status.to_string(),
        stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
