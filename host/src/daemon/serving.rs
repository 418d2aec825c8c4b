//! Requests and metrics, served beside the thread that owns the card.

use flowswitch_api::server::messages::Switch;
use flowswitch_api::server::{serve, serve_metrics};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::error;

/// Serves from now on, until `stopped` says so; what is returned ends when answers under way are finished.
pub(super) fn start(
    api: UnixListener,
    metrics: Option<TcpListener>,
    switch: &Switch,
    stopped: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let served = serve(api, switch.clone(), ending(stopped.clone()));
    let mut tasks = vec![tokio::spawn(async move {
        if let Err(error) = served.await {
            error!(%error, "requests are served no more");
        }
    })];
    if let Some(metrics) = metrics {
        let served = serve_metrics(metrics, switch.clone(), ending(stopped.clone()));
        tasks.push(tokio::spawn(async move {
            if let Err(error) = served.await {
                error!(%error, "metrics are served no more");
            }
        }));
    }
    tasks
}

/// Waits until the daemon ends, or nobody is left to say so.
async fn ending(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
