//! Metrics for Prometheus: what the card and the daemon count, read at most once a second however many ask.

mod families;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::broadcast::error::RecvError;

use self::families::{Labels, Sample};
use super::connection::{self, Limits, Places};
use super::counters::Counters;
use super::messages::{Command, Switch};
use crate::{DeviceState, EventKind};

/// How old values may be. No scraper, however fast, makes the card be read more often.
const AGE: Duration = Duration::from_secs(1);
/// How long the card may take for its values: Prometheus itself waits 10 s.
const PATIENCE: Duration = Duration::from_secs(5);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers Prometheus at `listener` (`GET /metrics`, `GET /healthz`) until `shutdown` completes.
///
/// # Errors
/// If `listener` does not listen on a loopback address: whoever reaches the port may read it.
pub async fn serve_metrics(
    listener: TcpListener,
    switch: Switch,
    shutdown: impl Future,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().to_canonical().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "metrics are not served on {address}: anybody could read them; use a loopback address such as 127.0.0.1:9532, \
                 and a proxy with access control before it if Prometheus runs elsewhere"
            ),
        ));
    }
    let limits = Limits {
        connections: 16,
        waiting: 64,
        wait: Duration::from_secs(10),
        write: Duration::from_secs(10),
        ..Limits::default()
    };
    let happened = Happened::default();
    let page = Page {
        switch: switch.clone(),
        happened: happened.clone(),
        cache: Arc::default(),
    };
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state(page);
    // The API's own connections are counted, not the scrapers'.
    let serving = connection::run(
        listener,
        router,
        limits,
        Places::new(&limits),
        Counters::default(),
        |_| {},
        shutdown,
    );
    tokio::select! {
        () = serving => {}
        () = happened.count(&switch) => {}
    }
    Ok(())
}

/// Events counted by their kind.
#[derive(Clone, Debug, Default)]
struct Happened {
    events: Family<Labels, Counter>,
    refused: Family<Labels, Counter>,
    missed: Counter,
}

impl Happened {
    /// Counts for ever: the end of events is that of the daemon, and it ends the server too.
    async fn count(&self, switch: &Switch) {
        let mut events = switch.events();
        loop {
            match events.recv().await {
                Ok(event) => {
                    let labels = vec![("event", event.kind.name().to_owned())];
                    self.events.get_or_create(&labels).inc();
                    if let EventKind::Refused { what, count } = event.kind {
                        self.refused
                            .get_or_create(&vec![("what", what)])
                            .inc_by(count);
                    }
                }
                Err(RecvError::Lagged(count)) => {
                    self.missed.inc_by(count);
                }
                // A server without events goes on.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// What was read last.
#[derive(Clone, Debug)]
struct Read {
    at: Instant,
    text: Arc<str>,
    attached: bool,
}

#[derive(Clone)]
struct Page {
    switch: Switch,
    happened: Happened,
    cache: Arc<Mutex<Option<Read>>>,
}

impl Page {
    /// What was read within the last second; reads it if need be. Those who come meanwhile wait for the same reading.
    async fn read(&self) -> Option<Read> {
        let mut cache = self.cache.clone().lock_owned().await;
        if let Some(read) = cache.as_ref().filter(|read| read.at.elapsed() < AGE) {
            return Some(read.clone());
        }
        let page = self.clone();
        // A task of its own: a scraper that goes away in the middle does not make the next one begin anew.
        tokio::spawn(async move {
            let read = page.read_now().await;
            *cache = Some(read.clone());
            read
        })
        .await
        .ok()
    }

    async fn read_now(&self) -> Read {
        let at = Instant::now();
        let (status, statistics) = tokio::join!(
            tokio::time::timeout(PATIENCE, self.switch.ask(Command::Status)),
            tokio::time::timeout(PATIENCE, self.switch.ask(Command::Statistics)),
        );
        let sample = Sample {
            status: status.ok().and_then(Result::ok),
            statistics: statistics.ok().and_then(Result::ok),
        };
        let attached = sample
            .status
            .as_ref()
            .is_some_and(|status| status.device.state == DeviceState::Attached);
        let text = families::text(&sample, attached, self.switch.counters(), &self.happened);
        Read {
            at,
            text: text.into(),
            attached,
        }
    }
}

async fn metrics(State(page): State<Page>) -> Response {
    match page.read().await {
        Some(read) => ([(CONTENT_TYPE, OPEN_METRICS)], read.text.to_string()).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn health(State(page): State<Page>) -> (StatusCode, &'static str) {
    match page.read().await {
        Some(read) if read.attached => (StatusCode::OK, "the card is attached\n"),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the card is not attached: see `flowswitch status`\n",
        ),
    }
}
