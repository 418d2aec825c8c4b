//! `flowswitch status`: how everything stands.

mod card;
mod text;

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::daemon_socket::NamedPlace;
use super::failure::Failure;
use super::plain::plain_document;
use super::print::{print, print_document};

/// Tells how clusters, servers, routers, links and the card stand.
///
/// With --device it reads the card itself, without a daemon: members by their numbers, links, flows.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Status {
    #[command(flatten)]
    place: NamedPlace,
    /// Say why each server and router is as it is, and show each of its checks.
    #[arg(long, conflicts_with = "device")]
    why: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch status
  flowswitch status --why
  flowswitch status --device vfio:0000:01:00.0 --config my.toml";

/// The time of the host in ms since 1970.
pub(super) fn unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

impl Status {
    pub(super) fn run(self) -> Result<(), Failure> {
        if let Some(device) = self.place.device() {
            return card::run(&device, self.place.config.as_deref(), self.json);
        }
        let status = self.place.client()?.status()?;
        if self.json {
            return print_document(&status);
        }
        print(text::status(&plain_document(&status)?, self.why, unix_ms()))
    }
}
