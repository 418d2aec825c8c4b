//! `flowswitch server` and `flowswitch router`: what the operator wants of them.

use clap::{Args, Subcommand};
use flowswitch_api::{Administrative, Status};

use super::daemon_socket::SocketOption;
use super::failure::Failure;
use super::plain::plain_document;
use super::print::{print, print_document};

/// Drains servers, takes them out for maintenance, and puts them back.
#[derive(Debug, Args)]
#[command(after_help = SERVER_EXAMPLE)]
pub(super) struct Server {
    #[command(subcommand)]
    state: State,
}

const SERVER_EXAMPLE: &str = "\
Example:
  flowswitch server drain s210
  flowswitch server ready s210 s220";

/// Takes routers of a pool out, and puts them back.
#[derive(Debug, Args)]
#[command(after_help = ROUTER_EXAMPLE)]
pub(super) struct Router {
    #[command(subcommand)]
    state: State,
}

const ROUTER_EXAMPLE: &str = "\
Example:
  flowswitch router maintenance r260
  flowswitch router ready r260";

#[derive(Debug, Subcommand)]
enum State {
    /// It takes its share.
    #[command(after_help = "Example:\n  flowswitch server ready s210")]
    Ready(Names),
    /// It keeps its flows and takes no new ones while another can.
    #[command(after_help = "Example:\n  flowswitch server drain s210")]
    Drain(Names),
    /// It takes nothing: its flows go to others at once.
    #[command(after_help = "Example:\n  flowswitch server maintenance s210")]
    Maintenance(Names),
}

#[derive(Debug, Args)]
struct Names {
    /// Names in the configuration.
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    socket: SocketOption,
    /// Print the status afterwards as JSON.
    #[arg(long)]
    json: bool,
}

/// Which kind of member is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A server of a cluster.
    Server,
    /// A router of a pool.
    Router,
}

impl Server {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.state.run(Kind::Server)
    }
}

impl Router {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.state.run(Kind::Router)
    }
}

impl State {
    fn run(self, kind: Kind) -> Result<(), Failure> {
        let (state, names) = match self {
            Self::Ready(names) => (Administrative::Ready, names),
            Self::Drain(names) => (Administrative::Drain, names),
            Self::Maintenance(names) => (Administrative::Maintenance, names),
        };
        let client = names.socket.client()?;
        let mut last = None;
        for name in &names.names {
            let status = match kind {
                Kind::Server => client.set_server(name, state)?,
                Kind::Router => client.set_router(name, state)?,
            };
            if !names.json {
                print(line(&plain_document(&status)?, kind, name))?;
            }
            last = Some(status);
        }
        let Some(status) = last else { return Ok(()) };
        if names.json {
            return print_document(&status);
        }
        if status.configuration.unsaved {
            print("not in the configuration file yet: `flowswitch save` writes it")?;
        }
        Ok(())
    }
}

/// How the member stands, as the daemon says.
fn line(status: &Status, kind: Kind, name: &str) -> String {
    let name = super::plain::plain(name);
    let found = match kind {
        Kind::Server => {
            let mut servers = status.clusters.iter().flat_map(|cluster| &cluster.servers);
            servers.find(|server| server.name == name).map(|server| {
                let flows = server.live_flows;
                (
                    server.administrative,
                    server.operational,
                    format!(", {flows} live flows"),
                )
            })
        }
        Kind::Router => {
            let mut routers = status.pools.iter().flat_map(|pool| &pool.routers);
            routers.find(|router| router.name == name).map(|router| {
                let servers = router.assigned_servers;
                (
                    router.administrative,
                    router.operational,
                    format!(", {servers} servers use it"),
                )
            })
        }
    };
    match found {
        Some((state, health, more)) => format!("{name}: {state}; its health is {health}{more}"),
        None => format!("{name}: done"),
    }
}
