//! What a command prints on standard output.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use super::failure::Failure;
use super::plain::plain_json;

/// Prints text and a line end. A reader that went away (`| head`) has seen what it wanted: no failure.
pub(super) fn print(text: impl Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::failed(error)),
        _ => Ok(()),
    }
}

/// Prints a result as JSON.
pub(super) fn print_json(result: &impl serde::Serialize) -> Result<(), Failure> {
    print(serde_json::to_string_pretty(result).map_err(Failure::failed)?)
}

/// Prints a document of the daemon as JSON that a terminal shows as it is.
pub(super) fn print_document(document: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(document).map_err(Failure::failed)?;
    print(plain_json(&json))
}
