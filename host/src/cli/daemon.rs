//! `flowswitch daemon`: keeps a card as the configuration, the operator and the health checks want it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use flowswitch_api::DEFAULT_SOCKET;
use flowswitch_api::server::BindError;

use super::failure::{Failure, NO_CONFIG};
use crate::daemon::folder_lock::FolderLockError;
use crate::daemon::{LogFormat, Options, ProcessError, RunningError, StartError, run};
use crate::device_name::DeviceName;

/// Runs the daemon: it owns the card, checks the health of servers and routers, and answers requests.
///
/// It runs in the foreground until SIGTERM or SIGINT; SIGHUP has it read the configuration file again. The card goes on
/// forwarding without it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Daemon {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The card: sim (a simulated one in this process), vfio:ADDRESS (a PCI function bound to vfio-pci) or socket:PATH (one
    /// that another process serves).
    #[arg(long, value_name = "DEV")]
    device: DeviceName,
    /// Connects a port of a simulated card to a TAP device; the links of others stay down.
    #[arg(long = "tap", value_name = "PORT=NAME")]
    taps: Vec<String>,
    /// Where requests are served.
    #[arg(long, value_name = "PATH", default_value = DEFAULT_SOCKET)]
    socket: PathBuf,
    /// Group whose members may use the socket besides the daemon's user.
    #[arg(long, value_name = "GROUP")]
    socket_group: Option<String>,
    /// Folder for what must outlive the daemon; $STATE_DIRECTORY, else /var/lib/flowswitch.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Loopback address where metrics are served, or off.
    #[arg(long, value_name = "ADDR|off", default_value = "127.0.0.1:9532", value_parser = metrics)]
    metrics: Metrics,
    /// How the log on standard error reads.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: Format,
}

const EXAMPLE: &str = "\
Example:
  flowswitch daemon --config host/examples/fig2.toml --device vfio:0000:01:00.0
  flowswitch daemon --config live.toml --device sim --tap 0=tap0 --tap 1=tap1 \\
      --socket /tmp/api.sock --state /tmp/state --metrics off";

/// Where the state is kept if nobody says otherwise.
const DEFAULT_STATE: &str = "/var/lib/flowswitch";

/// Where metrics are served, if anywhere.
#[derive(Clone, Copy, Debug)]
struct Metrics(Option<SocketAddr>);

fn metrics(text: &str) -> Result<Metrics, String> {
    if text == "off" {
        return Ok(Metrics(None));
    }
    let address = text.parse();
    let address = address.map_err(|_| "write ADDRESS:PORT as in 127.0.0.1:9532, or off")?;
    Ok(Metrics(Some(address)))
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines for people.
    Text,
    /// A JSON document a line.
    Json,
}

impl Daemon {
    pub(super) fn run(self) -> Result<(), Failure> {
        // `save` writes it back from wherever it is called.
        let config = std::path::absolute(&self.config).unwrap_or(self.config);
        let options = Options {
            config,
            device: self.device,
            taps: self.taps,
            socket: self.socket,
            socket_group: self.socket_group,
            state: self.state.unwrap_or_else(|| {
                let given = std::env::var_os("STATE_DIRECTORY");
                given.map_or_else(|| DEFAULT_STATE.into(), PathBuf::from)
            }),
            metrics: self.metrics.0,
            log_format: match self.log_format {
                Format::Text => LogFormat::Text,
                Format::Json => LogFormat::Json,
            },
        };
        run(options).map_err(failure)
    }
}

/// What cannot be as it was asked for is wrong use; what may be otherwise at the next try has failed.
fn failure(error: ProcessError) -> Failure {
    const HELP: &str = "`flowswitch daemon --help` has an example";
    match error {
        ProcessError::Start(StartError::Running(RunningError::Config(error))) => error.into(),
        ProcessError::Start(error @ StartError::File { .. }) => Failure::wrong(error, NO_CONFIG),
        ProcessError::Start(error @ StartError::Running(RunningError::Plan(_))) => Failure::wrong(
            error,
            "make the configuration smaller: no card has room for it",
        ),
        error @ (ProcessError::Tap(_)
        | ProcessError::Wire(_)
        | ProcessError::TapWithoutSim
        | ProcessError::NotLoopback(_)
        | ProcessError::Folder(FolderLockError::Held { .. })
        | ProcessError::Socket(
            BindError::InUse(_)
            | BindError::NotASocket(_)
            | BindError::NoFolder(_)
            | BindError::TooLong(_)
            | BindError::NoGroup(_),
        )) => Failure::wrong(error, HELP),
        error => Failure::failed(error),
    }
}
