//! How a command ends when it does not succeed.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use miette::{Report, miette};

use crate::config::{Config, ConfigError};
use crate::input::InputError;
use crate::output::OutputError;
use crate::stream::StreamError;

/// What is told to the user, and which status the command ends with.
#[derive(Debug)]
pub(super) enum Failure {
    /// Wrong use or wrong input: status 2.
    Wrong(Vec<Report>),
    /// The work itself failed: status 1.
    Failed(Report),
    /// As `Wrong`, when everything has been said already.
    Told,
    /// The answer is no, and has been printed: status 1.
    No,
}

impl Failure {
    /// Wrong use or input with its remedy.
    pub(super) fn wrong(message: impl std::fmt::Display, remedy: &str) -> Self {
        Self::Wrong(vec![miette!(help = remedy.to_owned(), "{message}")])
    }

    /// Failed work.
    pub(super) fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(miette!("{error}"))
    }

    /// Failed work with its remedy.
    pub(super) fn failed_with(error: impl std::fmt::Display, remedy: &str) -> Self {
        Self::Failed(miette!(help = remedy.to_owned(), "{error}"))
    }

    /// Writes the errors and gives the status.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Self::Wrong(reports) => {
                for report in reports {
                    eprintln!("{report:?}");
                }
                ExitCode::from(2)
            }
            Self::Failed(report) => {
                eprintln!("{report:?}");
                ExitCode::from(1)
            }
            Self::Told => ExitCode::from(2),
            Self::No => ExitCode::from(1),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Wrong(error.problems.into_iter().map(Report::new).collect())
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let remedy = match &error {
            InputError::Capture { .. } => {
                "give a pcap or pcapng file of link type Ethernet; tcpdump, dumpcap and editcap write them"
            }
            InputError::Span(_) => "use `--pace line`, or captures of the same time",
            InputError::Interrupted => return Self::failed(error),
        };
        Self::wrong(error, remedy)
    }
}

impl From<StreamError> for Failure {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Card(error) => Self::failed(error),
            StreamError::Input(error) => error.into(),
            StreamError::Output(error) => error.into(),
        }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match error.source.kind() {
            // The disk, not the user.
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::failed(error),
            _ => Self::wrong(error, "name a folder that files can be written to"),
        }
    }
}

/// Reads the configuration in a file.
pub(super) fn read_config(path: &Path) -> Result<Config, Failure> {
    let text = read_text(path)?;
    Ok(Config::parse(&path.display().to_string(), &text)?)
}

/// Reads a text file.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |message| Failure::wrong(message, "name a configuration file (TOML, in UTF-8)");
    let bytes = std::fs::read(path)
        .map_err(|error| failed(format!("{} cannot be read: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        failed(format!(
            "{} is not UTF-8 text in line {line}",
            path.display()
        ))
    })
}
