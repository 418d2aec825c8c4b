//! What each path does.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{Answer, Refusal};
use super::body::{Asked, Document, Name, TEXT_LIMIT, too_large};
use super::events::Reader;
use super::messages::Command;
use super::openapi;
use super::router::App;
use crate::{
    Applied, ApplyRequest, Checked, ConfigurationText, Differences, ErrorBody, Event, FORMAT,
    FlowList, FlowQuery, SetAdministrative, Statistics, Status, Trace, TraceRequest, path,
};

/// A configuration as it is sent: as [`ConfigurationText`], but nothing in it goes unread.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigurationRequest {
    /// Version of the format: 1.
    format: u32,
    /// What it is to be called in messages.
    #[serde(default)]
    file: Option<String>,
    /// TOML, at most 1 MiB.
    text: String,
}

impl ConfigurationRequest {
    fn checked(self) -> Result<ConfigurationText, Refusal> {
        check_format(self.format)?;
        check_text(&self.text)?;
        Ok(ConfigurationText {
            format: self.format,
            file: self.file,
            text: self.text,
        })
    }
}

fn check_format(format: u32) -> Result<(), Refusal> {
    if format == FORMAT {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        format!("format {format} is not known; this daemon knows {FORMAT}"),
        "use a client of the daemon's version",
    ))
}

fn check_text(text: &str) -> Result<(), Refusal> {
    if text.len() > TEXT_LIMIT {
        return Err(too_large());
    }
    Ok(())
}

/// How everything stands.
#[utoipa::path(get, path = path::STATUS, operation_id = "status", responses(
    (status = 200, body = Status), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn status(State(app): State<App>) -> Answer<Status> {
    Ok(Json(app.ask(Command::Status).await?))
}

/// The counters, read from the card now.
#[utoipa::path(get, path = path::STATISTICS, operation_id = "statistics", responses(
    (status = 200, body = Statistics), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn statistics(State(app): State<App>) -> Answer<Statistics> {
    Ok(Json(app.ask(Command::Statistics).await?))
}

/// The running configuration, administrative states as they are now.
#[utoipa::path(get, path = path::CONFIGURATION, operation_id = "configuration", responses(
    (status = 200, body = ConfigurationText), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn configuration(State(app): State<App>) -> Answer<ConfigurationText> {
    Ok(Json(app.ask(Command::Configuration).await?))
}

/// Whether a configuration is valid for this card. Nothing is written.
#[utoipa::path(post, path = path::CHECK, operation_id = "check", request_body = ConfigurationRequest, responses(
    (status = 200, body = Checked), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn check(
    State(app): State<App>,
    Document(request): Document<ConfigurationRequest>,
) -> Answer<Checked> {
    let configuration = request.checked()?;
    let answer = app.ask(|reply| Command::Check(configuration, reply));
    Ok(Json(answer.await?))
}

/// In what a configuration differs from the running one. Nothing is written.
#[utoipa::path(post, path = path::DIFF, operation_id = "diff", request_body = ConfigurationRequest, responses(
    (status = 200, body = Differences), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn diff(
    State(app): State<App>,
    Document(request): Document<ConfigurationRequest>,
) -> Answer<Differences> {
    let configuration = request.checked()?;
    let answer = app.ask(|reply| Command::Diff(configuration, reply));
    Ok(Json(answer.await?))
}

/// Runs a configuration, all or nothing.
#[utoipa::path(post, path = path::APPLY, operation_id = "apply", request_body = ApplyRequest, responses(
    (status = 200, body = Applied), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn apply(
    State(app): State<App>,
    Document(request): Document<ApplyRequest>,
) -> Answer<Applied> {
    check_format(request.format)?;
    check_text(&request.text)?;
    let time = request.confirm_timeout_ms;
    if time.is_some_and(|ms| !(1_000..=3_600_000).contains(&ms)) {
        return Err(Refusal::new(
            400,
            "`confirm_timeout_ms` is out of range",
            "use 1000 to 3600000 (one hour)",
        ));
    }
    let answer = app.change(|reply| Command::Apply(request, reply));
    Ok(Json(answer.await?))
}

/// Keeps what was applied with a time-out.
#[utoipa::path(post, path = path::CONFIRM, operation_id = "confirm", responses(
    (status = 200, body = Applied), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn confirm(State(app): State<App>) -> Answer<Applied> {
    Ok(Json(app.change(Command::Confirm).await?))
}

/// Takes back at once what was applied with a time-out.
#[utoipa::path(post, path = path::UNDO, operation_id = "undo", responses(
    (status = 200, body = Applied), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn undo(State(app): State<App>) -> Answer<Applied> {
    Ok(Json(app.change(Command::Undo).await?))
}

/// Sets the administrative state of a server.
#[utoipa::path(put, path = path::SERVER_STATE, operation_id = "set_server", params(("name" = String, Path, description = "its name")),
    request_body = SetAdministrative, responses(
    (status = 200, body = Status), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn set_server(
    State(app): State<App>,
    Name(name): Name,
    Document(request): Document<SetAdministrative>,
) -> Answer<Status> {
    let answer = app.change(|reply| Command::SetServer(name, request.state, reply));
    Ok(Json(answer.await?))
}

/// Sets the administrative state of a router.
#[utoipa::path(put, path = path::ROUTER_STATE, operation_id = "set_router", params(("name" = String, Path, description = "its name")),
    request_body = SetAdministrative, responses(
    (status = 200, body = Status), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn set_router(
    State(app): State<App>,
    Name(name): Name,
    Document(request): Document<SetAdministrative>,
) -> Answer<Status> {
    let answer = app.change(|reply| Command::SetRouter(name, request.state, reply));
    Ok(Json(answer.await?))
}

/// Flows of the card's table.
#[utoipa::path(get, path = path::FLOWS, operation_id = "flows", params(FlowQuery), responses(
    (status = 200, body = FlowList), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn flows(
    State(app): State<App>,
    Asked(query): Asked<FlowQuery>,
) -> Answer<FlowList> {
    if query
        .limit
        .is_some_and(|limit| !(1..=10_000).contains(&limit))
    {
        return Err(Refusal::new(
            400,
            "`limit` is out of range",
            "use 1 to 10000",
        ));
    }
    let answer = app.ask(|reply| Command::Flows(query, reply));
    Ok(Json(answer.await?))
}

/// What the card would do with a frame, and why.
#[utoipa::path(post, path = path::TRACE, operation_id = "trace", request_body = TraceRequest, responses(
    (status = 200, body = Trace), (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn trace(
    State(app): State<App>,
    Document(request): Document<TraceRequest>,
) -> Answer<Trace> {
    let answer = app.ask(|reply| Command::Trace(request, reply));
    Ok(Json(answer.await?))
}

/// Events from now on, a JSON document a line, until the client goes or the daemon ends.
#[utoipa::path(get, path = path::EVENTS, operation_id = "events", responses(
    (status = 200, body = Event, content_type = "application/x-ndjson"),
    (status = "default", description = "why not", body = ErrorBody)))]
pub(super) async fn events(State(app): State<App>) -> Result<Response, Refusal> {
    let Ok(place) = app.readers.clone().try_acquire_owned() else {
        return Err(Refusal::new(
            503,
            format!("{} clients read events already", app.limits.readers),
            "end a `flowswitch monitor` that is not needed",
        ));
    };
    let reader = Reader {
        events: app.switch.events(),
        closed: app.closed.clone(),
        counters: app.switch.counters().clone(),
        _place: place,
    };
    let body = reader.into_body();
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// This description.
#[utoipa::path(get, path = path::OPENAPI, operation_id = "openapi", responses(
    (status = 200, body = Object, content_type = "application/json")))]
pub(super) async fn openapi() -> Response {
    let body = Body::from(openapi::description());
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
