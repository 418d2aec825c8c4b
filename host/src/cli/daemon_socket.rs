//! The way to the daemon, and what is told when it refuses.

use std::path::PathBuf;

use clap::Args;
use flowswitch_api::client::{Client, ClientError};
use flowswitch_api::{ApiError, DEFAULT_SOCKET, Problem};
use miette::{Diagnostic, LabeledSpan, NamedSource, Report, SourceCode};

use super::failure::{Failure, read_config};
use super::open::DeviceOption;
use super::plain::plain;
use crate::config::Config;
use crate::device_name::DeviceName;

/// The environment's name for the socket.
const VARIABLE: &str = "FLOWSWITCH_SOCKET";

/// The option that names the daemon's socket.
#[derive(Clone, Debug, Args)]
pub(super) struct SocketOption {
    /// Socket of the daemon, if it is neither $FLOWSWITCH_SOCKET nor /run/flowswitch/api.sock.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

impl SocketOption {
    /// The daemon; nothing is sent yet.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        // Not by clap: there a variable that is set would exclude --device.
        let path = self.socket.clone();
        let path = path.or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        let path = path.unwrap_or_else(|| DEFAULT_SOCKET.into());
        Ok(Client::new(path)?)
    }
}

/// The daemon, or a card without one.
#[derive(Clone, Debug, Args)]
pub(super) struct DaemonOrDevice {
    #[command(flatten)]
    socket: SocketOption,
    /// Do without the daemon: the card itself, sim, vfio:ADDRESS or socket:PATH.
    #[arg(long, value_name = "DEV", conflicts_with = "socket")]
    device: Option<DeviceName>,
}

impl DaemonOrDevice {
    /// The card, if one was named.
    pub(super) fn device(&self) -> Option<DeviceOption> {
        let device = self.device.clone()?;
        Some(DeviceOption { device })
    }

    /// The daemon.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        self.socket.client()
    }
}

/// The same for a look: a card that is read without the daemon tells numbers, unless a configuration names them.
#[derive(Clone, Debug, Args)]
pub(super) struct NamedPlace {
    #[command(flatten)]
    place: DaemonOrDevice,
    /// Names the members of a card that is read without the daemon.
    #[arg(
        long,
        value_name = "FILE",
        requires = "device",
        conflicts_with = "socket"
    )]
    pub(super) config: Option<PathBuf>,
}

impl NamedPlace {
    /// As [`DaemonOrDevice::device`].
    pub(super) fn device(&self) -> Option<DeviceOption> {
        self.place.device()
    }

    /// As [`DaemonOrDevice::client`].
    pub(super) fn client(&self) -> Result<Client, Failure> {
        self.place.client()
    }

    /// The configuration that names the members, if one was given.
    pub(super) fn config(&self) -> Result<Option<Config>, Failure> {
        self.config.as_deref().map(read_config).transpose()
    }
}

/// A problem of a configuration that the daemon found, shown in the text that was sent.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Found {
    message: String,
    help: String,
    source_code: NamedSource<String>,
    label: LabeledSpan,
}

impl Found {
    fn new(problem: &Problem, file: &str, text: &str) -> Self {
        let offset = offset_of(text, problem.line, problem.column);
        let file = NamedSource::new(file, text.to_owned());
        Self {
            message: plain(&problem.message),
            help: plain(&problem.remedy),
            source_code: file.with_language("TOML"),
            label: LabeledSpan::new(Some("here".to_owned()), offset, 0),
        }
    }
}

impl Diagnostic for Found {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source_code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

/// Byte offset of a line and a column of characters, both from 1; the end of the line or text if it is shorter.
fn offset_of(text: &str, line: u32, column: u32) -> usize {
    let before = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let lines = text.split_inclusive('\n');
    let begin: usize = lines.clone().take(before(line)).map(str::len).sum();
    let rest = text[begin..].split('\n').next().unwrap_or_default();
    let inside: usize = (rest.chars().take(before(column)))
        .map(char::len_utf8)
        .sum();
    begin + inside
}

/// What the daemon said against a configuration that was sent to it: its text, and the file's name here.
pub(super) fn refused(error: ClientError, file: &str, text: &str) -> Failure {
    match error {
        ClientError::Api(error) if !error.problems.is_empty() => {
            let problems = error.problems.iter();
            Failure::Wrong(
                problems
                    .map(|problem| Report::new(Found::new(problem, file, text)))
                    .collect(),
            )
        }
        other => other.into(),
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let mut message = plain(&error.message);
        for problem in &error.problems {
            let (file, line, column) = (plain(&problem.file), problem.line, problem.column);
            let found = plain(&problem.message);
            message.push_str(&format!("\n{file}:{line}:{column}: {found}"));
        }
        let remedy = plain(&error.remedy);
        match error.status {
            400 | 404 | 413 => Self::wrong(message, &remedy),
            _ => Self::failed_with(message, &remedy),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Api(error) => error.into(),
            other => {
                let remedy = plain(&other.remedy());
                let message = plain(&other.to_string());
                match other {
                    ClientError::Name { .. } => Self::wrong(message, &remedy),
                    ClientError::NoSocket { .. } | ClientError::NotListening { .. } => {
                        let how = "--socket PATH or $FLOWSWITCH_SOCKET";
                        Self::failed_with(message, &format!("{remedy} ({how})"))
                    }
                    _ => Self::failed_with(message, &remedy),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::offset_of;

    #[test]
    fn places_in_a_text() {
        let text = "aä\nbcd\n";
        let places = [
            ((1, 1), 0),
            ((1, 3), 3),
            ((2, 2), 5),
            ((2, 99), 7),
            ((9, 9), 8),
            ((0, 0), 0),
            ((u32::MAX, u32::MAX), 8),
        ];
        for ((line, column), offset) in places {
            assert_eq!(offset_of(text, line, column), offset, "{line}:{column}");
        }
    }
}
