//! Connections: how many, how long, how slow.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use super::counters::Counters;

/// Bytes that are kept of one connection, each way; a request's head must fit in.
const BUFFER: usize = 64 << 10;
/// How long answers under way are waited for when the server ends.
const FAREWELL: Duration = Duration::from_secs(3);

/// What one server lets its clients have. [`Limits::default`] is what the documentation says.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections that are served at once.
    pub connections: usize,
    /// Connections that wait beside them; further ones are closed.
    pub waiting: usize,
    /// How long one waits at most.
    pub wait: Duration,
    /// How long a request's head may take, and how long a connection may be idle.
    pub head: Duration,
    /// How long a request's body may take.
    pub body: Duration,
    /// How long a client may let an answer lie unread.
    pub write: Duration,
    /// How long the card may take for an answer.
    pub ask: Duration,
    /// The same for what is written to the card.
    pub change: Duration,
    /// Readers of events at once.
    pub readers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            waiting: 256,
            wait: Duration::from_secs(60),
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            write: Duration::from_secs(30),
            ask: Duration::from_secs(60),
            change: Duration::from_secs(300),
            readers: 32,
        }
    }
}

/// Places for connections. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    served: Arc<Semaphore>,
    waiting: usize,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        let all = limits.connections.saturating_add(limits.waiting);
        Self {
            all: Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS))),
            served: Arc::new(Semaphore::new(limits.connections)),
            waiting: limits.waiting,
        }
    }

    /// Whether somebody waits for a place: then nobody keeps one without need.
    pub(super) fn crowded(&self) -> bool {
        self.all.available_permits() < self.waiting
    }
}

/// Serves all connections of `listener` until `shutdown`. `arrived` sees each one that gets a place to wait.
pub(super) async fn run<L: Listener>(
    mut listener: L,
    router: Router,
    limits: Limits,
    places: Places,
    counters: Counters,
    arrived: impl Fn(&L::Io),
    shutdown: impl Future,
) {
    let (closing, closed) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            _ = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (stream, _) = listener.accept() => {
                let Ok(place) = places.all.clone().try_acquire_owned() else {
                    counters.refused.inc();
                    continue;
                };
                arrived(&stream);
                let (router, served, counters) = (router.clone(), places.served.clone(), counters.clone());
                let closed = closed.clone();
                connections.spawn(async move {
                    let _place = place;
                    let turn = tokio::time::timeout(limits.wait, served.acquire_owned()).await;
                    let Ok(Ok(_turn)) = turn else {
                        counters.refused.inc();
                        return;
                    };
                    counters.connections.inc();
                    if !serve_one(stream, router, limits, closed).await {
                        counters.broken.inc();
                    }
                    counters.connections.dec();
                });
            }
        }
    }
    drop(listener);
    drop(closing);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FAREWELL, ended).await;
}

/// Serves one connection; false if it ended otherwise than HTTP would.
async fn serve_one(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
    router: Router,
    limits: Limits,
    mut closed: watch::Receiver<()>,
) -> bool {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(router),
        );
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = &result {
        tracing::debug!(%error, "a connection to the API ended");
    }
    result.is_ok()
}
