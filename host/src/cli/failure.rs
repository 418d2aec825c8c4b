//! How a command ends when it does not succeed.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use flowswitch_sim::pcap::PcapError;
use miette::{Report, miette};

use crate::config::{Config, ConfigError, configuration_in, read_configuration};
use crate::image::PlanError;
use crate::input::InputError;
use crate::output::OutputError;
use crate::stream::StreamError;

/// What to do about a file that is no configuration.
pub(super) const NO_CONFIG: &str = "name a configuration file (TOML, in UTF-8); `flowswitch check --example` prints one to begin with";
/// What to do about a file that is no capture.
const NO_CAPTURE: &str =
    "give a pcap or pcapng file of link type Ethernet; tcpdump, dumpcap and editcap write them";

fn is_full(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

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

    /// What went wrong with a file: the disk has failed, all else is wrong use. `remedy` is for what the kind does not tell.
    pub(super) fn file(kind: ErrorKind, error: impl std::fmt::Display, remedy: &str) -> Self {
        match kind {
            full if is_full(full) => Self::failed_with(
                error,
                "the disk is full (`df -h` shows it): make room there, or name a place on another one",
            ),
            ErrorKind::NotFound => {
                Self::wrong(error, &format!("there is no such file or folder: {remedy}"))
            }
            ErrorKind::PermissionDenied => Self::wrong(
                error,
                &format!("this user may not use it (`ls -ld` shows who may): {remedy}"),
            ),
            ErrorKind::IsADirectory => Self::wrong(error, &format!("it is a folder: {remedy}")),
            ErrorKind::ReadOnlyFilesystem => Self::wrong(
                error,
                &format!("nothing can be written on that disk: {remedy}"),
            ),
            _ => Self::wrong(error, remedy),
        }
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
        let more = (error.left_out > 0).then(|| {
            miette!(
                help = "mend these first, and check again",
                "{error}: only the first are shown"
            )
        });
        let problems = error.problems.into_iter().map(Report::new);
        Self::Wrong(problems.chain(more).collect())
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let remedy = match &error {
            InputError::Capture {
                source: PcapError::Io(io),
                ..
            } => return Self::file(io.kind(), error, NO_CAPTURE),
            InputError::Capture { .. } => NO_CAPTURE,
            InputError::Copy { source, .. } if is_full(source.kind()) => {
                return Self::failed_with(
                    error,
                    "the disk is full: set TMPDIR to a folder of yours that has room for the whole capture, or give a file in place \
                     of the pipe",
                );
            }
            InputError::Copy { source, .. } => {
                return Self::file(
                    source.kind(),
                    error,
                    "set TMPDIR to a folder of yours that has room for the whole capture, or give a file in place of the pipe",
                );
            }
            InputError::Span(_) => "use `--pace line`, or captures of the same time",
            InputError::Interrupted => return Self::failed(error),
        };
        Self::wrong(error, remedy)
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::wrong(
            error,
            "make the configuration smaller: no card has room for it",
        )
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
        Self::file(
            error.source.kind(),
            error,
            "name a folder that files can be written to",
        )
    }
}

/// Reads the configuration in a file.
pub(super) fn read_config(path: &Path) -> Result<Config, Failure> {
    let text = read_text(path)?;
    Ok(Config::parse(&path.display().to_string(), &text)?)
}

/// Reads a text file; - is standard input.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let read = if path.as_os_str() == "-" {
        configuration_in(std::io::stdin().lock())
    } else {
        read_configuration(path)
    };
    let bytes = read.map_err(|error| {
        let message = format!("{} cannot be read: {error}", path.display());
        Failure::file(error.kind(), message, NO_CONFIG)
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("{} is not UTF-8 text in line {line}", path.display());
        Failure::wrong(message, NO_CONFIG)
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::Failure;
    use crate::input::InputError;
    use crate::output::OutputError;

    #[test]
    fn a_pipe_that_finds_no_room_is_told_where_to_go() {
        let error = InputError::Copy {
            file: "/dev/stdin".into(),
            folder: "/small".into(),
            source: Error::from(ErrorKind::StorageFull),
        };
        let Failure::Failed(report) = Failure::from(error) else {
            panic!("the disk has failed");
        };
        let message = report.to_string();
        assert!(message.contains("/dev/stdin") && message.contains("/small"));
        let help = report.help().map(|help| help.to_string());
        assert!(help.is_some_and(|help| help.contains("set TMPDIR")));
    }

    #[test]
    fn what_mends_a_file_goes_by_what_happened() {
        let told = |kind: ErrorKind| {
            let error = OutputError {
                path: "/results/port0.pcap".into(),
                source: Error::from(kind),
            };
            let (status, report) = match Failure::from(error) {
                Failure::Wrong(mut reports) => (2, reports.remove(0)),
                Failure::Failed(report) => (1, report),
                Failure::Told | Failure::No => panic!("nothing is told"),
            };
            let help = report.help().map(|help| help.to_string());
            (status, report.to_string(), help.unwrap_or_default())
        };
        for (kind, status, words) in [
            (ErrorKind::StorageFull, 1, "make room"),
            (ErrorKind::QuotaExceeded, 1, "make room"),
            (ErrorKind::NotFound, 2, "no such file or folder"),
            (ErrorKind::PermissionDenied, 2, "this user may not"),
            (ErrorKind::ReadOnlyFilesystem, 2, "on that disk"),
            (ErrorKind::NotADirectory, 2, "name a folder"),
        ] {
            let (found, message, help) = told(kind);
            assert_eq!(found, status, "{kind:?}");
            assert!(message.contains("/results/port0.pcap"), "{message}");
            assert!(help.contains(words), "{help}");
        }
    }
}
