//! The process around the thread that owns the card: sockets, signals, logs, the service manager.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;

use flowswitch_api::server::messages::{Command, Switch};
use flowswitch_sim::vfio_user::WireError;
use sd_notify::NotifyState;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tracing::{error, info};

use super::folder_lock::{FolderLock, FolderLockError};
use super::opener::NamedDevice;
use super::owner::{Notice, Owner, Setup};
use super::serving;
use super::socket_file::SocketFile;
use super::start::{StartError, read_file};
use crate::config::Config;
use crate::device_name::DeviceName;

/// How the log reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON document a line.
    Json,
}

/// With what the daemon begins.
#[derive(Clone, Debug)]
pub struct Options {
    /// The configuration file.
    pub config: PathBuf,
    /// The card.
    pub device: DeviceName,
    /// TAP devices of a simulated card, as `PORT=NAME`; ports by number or name.
    pub taps: Vec<String>,
    /// Where requests come.
    pub socket: PathBuf,
    /// Group that may use the socket.
    pub socket_group: Option<String>,
    /// The state folder.
    pub state: PathBuf,
    /// Where metrics are served, a loopback address; none: nowhere.
    pub metrics: Option<SocketAddr>,
    /// How the log reads.
    pub log_format: LogFormat,
}

/// Why the daemon does not begin, or ends.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A TAP that is not `PORT=NAME`.
    #[error("`{0}` is no TAP of a port: write PORT=NAME as in 0=tap0, the port by number or name")]
    Tap(String),
    /// A TAP that cannot be connected to its port.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// TAPs without a simulated card.
    #[error("--tap connects ports of a simulated card: use it with --device sim")]
    TapWithoutSim,
    /// The state folder.
    #[error(transparent)]
    Folder(#[from] FolderLockError),
    /// The socket for requests.
    #[error(transparent)]
    Socket(#[from] flowswitch_api::server::BindError),
    /// Metrics are for this machine alone.
    #[error(
        "metrics cannot be served on {0}: it is no loopback address; use 127.0.0.1:9532, or --metrics off"
    )]
    NotLoopback(SocketAddr),
    /// The address of the metrics.
    #[error(
        "metrics cannot be served on {address}: {error}; choose another port by --metrics, or --metrics off"
    )]
    Metrics {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Something of the operating system.
    #[error("{what}: {error}")]
    System {
        /// What failed.
        what: &'static str,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The thread that owns the card failed.
    #[error(
        "the thread that owns the card ended by itself: this is a fault of the program, please report the log"
    )]
    Died,
}

fn system(what: &'static str) -> impl Fn(io::Error) -> ProcessError {
    move |error| ProcessError::System { what, error }
}

/// Runs the daemon until SIGTERM or SIGINT. The card goes on forwarding afterwards.
///
/// # Errors
/// See [`ProcessError`].
pub fn run(options: Options) -> Result<(), ProcessError> {
    start_log(options.log_format);
    let (taps, ports) = taps(&options)?;
    let mut opener = NamedDevice::new(options.device.clone(), taps);
    let workers = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(system("the threads for requests"))?;
    let setup = Setup {
        device: options.device.to_string(),
        file: options.config.clone(),
        state: options.state.clone(),
    };
    // These come first: they keep a second daemon away from the state folder and the card.
    let _folder = FolderLock::take(&options.state, &holder(&options))?;
    let api = workers.block_on(async { bind(&options) })?;
    let socket = SocketFile::at(&options.socket);
    let metrics = workers.block_on(bind_metrics(options.metrics))?;
    if let Some(ports) = ports {
        opener.connect(ports)?;
    }
    let (owner, switch) = Owner::new(setup, opener, notify)?;
    let (ended, death) = oneshot::channel();
    let card = thread::Builder::new()
        .name("card".to_owned())
        .spawn(move || {
            owner.run();
            // Dropped by a panic, too.
            drop(ended);
        })
        .map_err(system("the thread that owns the card"))?;
    let done = workers.block_on(serve(api, socket, metrics, switch, death));
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    let joined = card.join().map_err(|_| ProcessError::Died);
    workers.shutdown_background();
    done.and(joined)
}

/// What a daemon that finds the state folder taken says of this one.
fn holder(options: &Options) -> String {
    format!(
        "process {} (`flowswitch daemon --config {} --device {}`)",
        std::process::id(),
        options.config.display(),
        options.device
    )
}

fn bind(options: &Options) -> Result<UnixListener, ProcessError> {
    let group = options.socket_group.as_deref();
    Ok(flowswitch_api::server::bind(&options.socket, 0o660, group)?)
}

async fn bind_metrics(address: Option<SocketAddr>) -> Result<Option<TcpListener>, ProcessError> {
    let Some(address) = address else {
        return Ok(None);
    };
    if !address.ip().is_loopback() {
        return Err(ProcessError::NotLoopback(address));
    }
    let metrics = TcpListener::bind(address).await;
    let metrics = metrics.map_err(|error| ProcessError::Metrics { address, error })?;
    Ok(Some(metrics))
}

/// Serves requests and follows signals until one ends the daemon.
async fn serve(
    api: UnixListener,
    socket: SocketFile,
    metrics: Option<TcpListener>,
    switch: Switch,
    mut death: oneshot::Receiver<()>,
) -> Result<(), ProcessError> {
    let listen = |kind| signal(kind).map_err(system("signals"));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let (stop, stopped) = watch::channel(false);
    let tasks = serving::start(api, metrics, &switch, &stopped);
    let done = loop {
        tokio::select! {
            _ = terminate.recv() => break Ok(()),
            _ = interrupt.recv() => break Ok(()),
            _ = hang_up.recv() => {
                let switch = switch.clone();
                // What came of it is told by the thread itself.
                tokio::spawn(async move { switch.ask(Command::Reload).await });
            }
            _ = &mut death => break Err(ProcessError::Died),
        }
    };
    info!("the daemon ends; the card goes on forwarding");
    // While somebody listens no other daemon takes the name, so that what is removed is this one's.
    drop(socket);
    let _ = stop.send(true);
    // A full queue must not keep it alive.
    while done.is_ok()
        && switch
            .send(Command::Stop)
            .is_err_and(|error| error.status == 503)
    {
        if death.try_recv() == Err(oneshot::error::TryRecvError::Closed) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for task in tasks {
        let _ = task.await;
    }
    done
}

/// Tells the service manager, if there is one.
fn notify(notice: Notice) {
    let told = match &notice {
        Notice::Ready => sd_notify::notify(&[NotifyState::Ready]),
        Notice::Answered => sd_notify::notify(&[NotifyState::Watchdog]),
        Notice::Status(text) => sd_notify::notify(&[NotifyState::Status(text)]),
        Notice::Reloading => NotifyState::monotonic_usec_now()
            .and_then(|now| sd_notify::notify(&[NotifyState::Reloading, now])),
    };
    if let Err(error) = told {
        error!("the service manager cannot be told: {error}");
    }
}

fn start_log(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    // RUST_LOG chooses; without it, what an operator wants to know.
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,vfio_user=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false);
    // A log that was started before, as in tests, goes on.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Ports and names of TAP devices, and how many ports the card has if that is known yet.
type Taps = (Vec<(u8, String)>, Option<u8>);

/// The TAP devices.
fn taps(options: &Options) -> Result<Taps, ProcessError> {
    if !options.taps.is_empty() && options.device != DeviceName::Sim {
        return Err(ProcessError::TapWithoutSim);
    }
    let config = read_file(&options.config).ok();
    let config = config.and_then(|text| Config::parse("", &text.text).ok());
    let tap = |text: &String| {
        let wrong = || ProcessError::Tap(text.clone());
        let (port, name) = text.split_once('=').ok_or_else(wrong)?;
        let named = config.as_ref().and_then(|config| config.port(port));
        let port = named
            .or_else(|| u8::from_str(port).ok())
            .ok_or_else(wrong)?;
        if name.is_empty() {
            return Err(wrong());
        }
        Ok((port, name.to_owned()))
    };
    let taps: Result<Vec<_>, ProcessError> = options.taps.iter().map(tap).collect();
    Ok((taps?, config.as_ref().map(|config| config.switch.ports)))
}
