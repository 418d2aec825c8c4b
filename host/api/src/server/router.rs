//! All paths of the API, and what holds for each of them.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};

use super::answer::Refusal;
use super::connection::{self, Limits, Places};
use super::counters::RequestLabels;
use super::messages::{Command, Reply, Switch};
use super::openapi;

/// What all handlers share.
#[derive(Clone)]
pub(super) struct App {
    pub(super) switch: Switch,
    pub(super) limits: Limits,
    pub(super) places: Places,
    pub(super) readers: Arc<Semaphore>,
    /// Changes, or has no sender any more, when the server ends.
    pub(super) closed: watch::Receiver<()>,
}

impl App {
    /// Asks for something that only reads.
    pub(super) async fn ask<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Refusal> {
        self.within(
            self.limits.ask,
            command,
            "try again; `flowswitch status` says how the card is",
        )
        .await
    }

    /// Asks for a change. It is carried out even if nobody waits for the answer any more.
    pub(super) async fn change<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Refusal> {
        self.within(
            self.limits.change,
            command,
            "it may still be done: see `flowswitch status` before trying again",
        )
        .await
    }

    async fn within<T>(
        &self,
        time: Duration,
        command: impl FnOnce(Reply<T>) -> Command,
        remedy: &str,
    ) -> Result<T, Refusal> {
        match tokio::time::timeout(time, self.switch.ask(command)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Refusal::new(
                503,
                format!("there was no answer within {} s", time.as_secs()),
                remedy,
            )),
        }
    }
}

/// Answers at `listener` until `shutdown` completes; then answers under way have 3 s to be finished.
///
/// # Errors
/// None today: a connection that fails ends alone, and failures to accept are logged and tried again.
pub async fn serve(
    listener: UnixListener,
    switch: Switch,
    shutdown: impl Future,
) -> io::Result<()> {
    serve_with(listener, switch, Limits::default(), shutdown).await
}

/// The same with limits other than the usual ones.
///
/// # Errors
/// As [`serve`].
pub async fn serve_with(
    listener: UnixListener,
    switch: Switch,
    limits: Limits,
    shutdown: impl Future,
) -> io::Result<()> {
    let counters = switch.counters().clone();
    let places = Places::new(&limits);
    let (closing, closed) = watch::channel(());
    let app = App {
        switch,
        limits,
        places: places.clone(),
        readers: Arc::new(Semaphore::new(limits.readers)),
        closed,
    };
    let shutdown = async move {
        shutdown.await;
        drop(closing);
    };
    connection::run(
        listener,
        router(app),
        limits,
        places,
        counters,
        tell_peer,
        shutdown,
    )
    .await;
    Ok(())
}

/// Who connected: for those who ask afterwards who did what.
fn tell_peer(stream: &UnixStream) {
    if let Ok(peer) = stream.peer_cred() {
        tracing::debug!(uid = peer.uid(), gid = peer.gid(), pid = ?peer.pid(), "connection to the API");
    }
}

fn router(app: App) -> Router {
    let (router, _) = openapi::routes().split_for_parts();
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn_with_state(app.clone(), accounted))
        .with_state(app)
}

async fn unknown_path(request: Request) -> Refusal {
    let path: String = request.uri().path().chars().take(200).collect();
    Refusal::new(
        404,
        format!("there is no path `{path}`"),
        "`GET /v1/openapi.json` describes all paths",
    )
}

async fn unknown_method(request: Request) -> Refusal {
    let method: String = request.method().as_str().chars().take(20).collect();
    Refusal::new(
        405,
        format!("`{method}` is no method of this path"),
        "use a method that the header `Allow` of this answer names",
    )
}

/// Counts a request; a connection is not kept while others wait for a place.
async fn accounted(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    app.switch
        .counters()
        .requests
        .get_or_create(&RequestLabels { path, status })
        .inc();
    if app.places.crowded() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
