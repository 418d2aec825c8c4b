//! Why a request was not carried out.

use flowswitch_api::{ApiError, Problem};
use flowswitch_driver::Error;

use crate::config::ConfigError;
use crate::image::PlanError;
use crate::remedy::remedy;

/// A refusal, or a failure of the card.
#[derive(Debug)]
pub(super) enum Failed {
    /// The request is at fault, or it is not the time for it.
    Refused(ApiError),
    /// The card.
    Card(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Card(error)
    }
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<PlanError> for Failed {
    fn from(error: PlanError) -> Self {
        let remedy = "make the configuration smaller";
        Self::Refused(ApiError::new(400, error.to_string(), remedy))
    }
}

/// Whether the card must be opened again after this.
pub(super) fn is_loss(error: &Error) -> bool {
    matches!(
        error,
        Error::Device(_) | Error::Timeout(_) | Error::Ring(_) | Error::Reset
    )
}

/// How a failure of the card reads to a client.
pub(super) fn api_error(error: &Error) -> ApiError {
    let status = match error {
        Error::Image(_) | Error::Full { .. } => 400,
        Error::ServerInUse { .. } => 409,
        error if is_loss(error) => 503,
        _ => 500,
    };
    ApiError::new(status, error.to_string(), remedy(error))
}

/// The card does not answer.
pub(super) fn no_card(why: &str) -> ApiError {
    ApiError::new(
        503,
        format!("the card does not answer: {why}"),
        "`flowswitch status` tells when it is back; the daemon tries again and again",
    )
}

/// All that is wrong with a configuration.
pub(super) fn wrong_configuration(file: &str, error: &ConfigError) -> ApiError {
    let problems = error.problems.iter().map(|problem| Problem {
        file: file.to_owned(),
        line: u32::try_from(problem.line()).unwrap_or(u32::MAX),
        column: u32::try_from(problem.column()).unwrap_or(u32::MAX),
        message: problem.message().to_owned(),
        remedy: problem.remedy().to_owned(),
    });
    ApiError {
        problems: problems.collect(),
        ..ApiError::new(400, error.to_string(), "mend the lines that are named")
    }
}
