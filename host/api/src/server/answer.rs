//! Refusals as HTTP answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::{ApiError, ErrorBody, FORMAT};

/// What a handler answers.
pub(super) type Answer<T> = Result<Json<T>, Refusal>;

/// An error on its way to the client.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) ApiError);

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self(ApiError::new(status, message, remedy))
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // An error never goes out under a status that means success.
        let status = StatusCode::from_u16(self.0.status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut error = self.0;
        error.status = status.as_u16();
        let body = ErrorBody {
            format: FORMAT,
            error,
        };
        (status, Json(body)).into_response()
    }
}
