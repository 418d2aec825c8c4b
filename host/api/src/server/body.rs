//! What a request brings: a JSON document, a query, a name.

use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::answer::Refusal;
use super::router::App;

/// Bytes of a configuration at most.
pub(super) const TEXT_LIMIT: usize = 1 << 20;
/// Bytes of a body at most: a configuration whose every character JSON escapes, and what is around it.
const BODY_LIMIT: usize = 2 * TEXT_LIMIT + (64 << 10);
/// What is read and thrown away of a body that is longer, so that its sender comes to read the refusal.
const DRAIN_LIMIT: usize = 16 << 20;
/// Characters of a message at most: it may quote what was sent.
const MESSAGE_LIMIT: usize = 600;

const REMEDY: &str =
    "send what the description says: `GET /v1/openapi.json`, or the page about the API";

/// The JSON document of a request.
pub(super) struct Document<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Document<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let is_json = is_json(&request);
        // The body is read before the request is refused for its type: a sender that still writes would not see the answer.
        let body = read(request.into_body(), app.limits.body).await?;
        if !is_json {
            return Err(Refusal::new(
                415,
                "the body is not declared as JSON",
                "send the header `Content-Type: application/json`",
            ));
        }
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| Refusal::new(400, shortened(&error.to_string()), REMEDY))
    }
}

fn is_json(request: &Request) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

async fn read(body: Body, time: Duration) -> Result<Vec<u8>, Refusal> {
    let mut read = Vec::new();
    let mut length = 0_usize;
    let reading = async {
        let mut parts = body.into_data_stream();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| {
                Refusal::new(
                    400,
                    shortened(&format!("the body cannot be read: {error}")),
                    "send as many bytes as its length says",
                )
            })?;
            length = length.saturating_add(part.len());
            if length <= BODY_LIMIT {
                read.extend_from_slice(&part);
            } else {
                read = Vec::new();
                if length > DRAIN_LIMIT {
                    break;
                }
            }
        }
        Ok::<(), Refusal>(())
    };
    match tokio::time::timeout(time, reading).await {
        Ok(result) => result?,
        Err(_) => {
            return Err(Refusal::new(
                408,
                format!("the body did not come within {} s", time.as_secs()),
                "send it at once",
            ));
        }
    }
    if length > BODY_LIMIT {
        return Err(too_large());
    }
    Ok(read)
}

/// The refusal of what is too large.
pub(super) fn too_large() -> Refusal {
    Refusal::new(
        413,
        format!("the configuration is longer than {TEXT_LIMIT} bytes"),
        "make it smaller: a full card needs under a quarter of that",
    )
}

/// The query of a request.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Query::from_request_parts(parts, app)
            .await
            .map(|Query(query)| Self(query))
            .map_err(|error: QueryRejection| {
                Refusal::new(400, shortened(&error.body_text()), REMEDY)
            })
    }
}

/// The name in a path, its percent-encoding undone.
pub(super) struct Name(pub(super) String);

impl FromRequestParts<App> for Name {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Path::from_request_parts(parts, app)
            .await
            .map(|Path(name)| Self(name))
            .map_err(|error: PathRejection| {
                Refusal::new(
                    400,
                    shortened(&error.body_text()),
                    "encode the name as UTF-8, in per cent",
                )
            })
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        None => text.to_owned(),
        // The end says the line and column.
        Some((middle, _)) => {
            let tail = text
                .char_indices()
                .rev()
                .nth(MESSAGE_LIMIT / 4)
                .map_or(0, |(at, _)| at);
            format!("{} ... {}", &text[..middle], &text[tail.max(middle)..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn long_messages_keep_beginning_and_end() {
        assert_eq!(shortened("short"), "short");
        let long = format!("unknown field `{}` at line 1 column 7", "é".repeat(100_000));
        let short = shortened(&long);
        assert!(short.starts_with("unknown field `é") && short.ends_with("at line 1 column 7"));
        assert!(short.chars().count() < 800);
        let barely = "x".repeat(601);
        assert!(shortened(&barely).len() < 800);
    }
}
