//! Requests and metrics, served beside the thread that owns the card.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flowswitch_api::server::messages::{Command, Switch};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

/// Why the socket cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct BindError {
    path: PathBuf,
    why: String,
}

/// Takes the socket.
///
/// # Errors
/// If another daemon serves there, or the folder is not the daemon's.
pub(super) fn bind(path: &Path, _group: Option<&str>) -> Result<UnixListener, BindError> {
    let failed = |why: String| BindError {
        path: path.to_owned(),
        why,
    };
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(failed("another daemon serves here".to_owned()));
    }
    let _ = std::fs::remove_file(path);
    let listener =
        UnixListener::bind(path).map_err(|error: io::Error| failed(error.to_string()))?;
    let mode = std::fs::Permissions::from_mode(0o660);
    std::fs::set_permissions(path, mode).map_err(|error| failed(error.to_string()))?;
    Ok(listener)
}

/// Serves from now on.
pub(super) fn start(
    api: UnixListener,
    _metrics: Option<TcpListener>,
    switch: &Switch,
    _stopped: &watch::Receiver<bool>,
) {
    let switch = switch.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = api.accept().await {
            let switch = switch.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.readable().await;
                let _ = stream.try_read(&mut request);
                let body = match switch.ask(Command::Status).await {
                    Ok(status) => serde_json::to_string(&status),
                    Err(error) => serde_json::to_string(&error),
                };
                let body = body.unwrap_or_default();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.writable().await;
                let _ = stream.try_write((head + &body).as_bytes());
            });
        }
    });
}
