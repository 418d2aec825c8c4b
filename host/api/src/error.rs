//! Refusals and failures.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every answer that is not 2xx.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// The error.
    pub error: ApiError,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// HTTP status: 400 wrong input, 404 no such thing, 405 no such method, 408 too slow, 409 not now, 413 too large, 415 not JSON, 503 the card does not answer, 500 anything else.
    pub status: u16,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub remedy: String,
    /// Problems of a configuration, one by one.
    #[serde(default)]
    pub problems: Vec<Problem>,
}

/// A problem of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The file, as it was called.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub remedy: String,
}

impl ApiError {
    /// An error without single problems.
    pub fn new(status: u16, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            remedy: remedy.into(),
            problems: Vec::new(),
        }
    }
}
