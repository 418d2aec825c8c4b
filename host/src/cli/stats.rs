//! `flowswitch stats`: what the card has counted, or what passes in a second.

pub(super) mod rates;
pub(super) mod text;

use std::time::Duration;

use clap::Args;

use super::daemon_socket::SocketOption;
use super::failure::Failure;
use super::plain::plain_document;
use super::print::{print, print_document};
use crate::duration::{REMEDY, parse_ns};
use rates::Rates;

/// Prints the counters of ports, servers, routers, drops and flows, or their rates.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Stats {
    #[command(flatten)]
    socket: SocketOption,
    /// Read twice and print what passed in a second.
    #[arg(long)]
    rate: bool,
    /// Time between the two readings, 100 ms to an hour.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval, requires = "rate")]
    interval: Duration,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch stats
  flowswitch stats --rate --interval 5s";

/// Time between two readings.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let ns = parse_ns(text).ok_or(REMEDY)?;
    if (100_000_000..=3_600_000_000_000).contains(&ns) {
        Ok(Duration::from_nanos(ns))
    } else {
        Err("use 100ms to 1h".to_owned())
    }
}

impl Stats {
    pub(super) fn run(self) -> Result<(), Failure> {
        let client = self.socket.client()?;
        let first = client.statistics()?;
        if !self.rate {
            if self.json {
                return print_document(&first);
            }
            return print(text::counters(&plain_document(&first)?));
        }
        std::thread::sleep(self.interval);
        let second = client.statistics()?;
        let rates = |before, after| {
            Rates::between(before, after).ok_or_else(|| {
                Failure::failed_with(
                    "the clock of the daemon's host was set back meanwhile",
                    "ask again",
                )
            })
        };
        if self.json {
            return print_document(&rates(&first, &second)?);
        }
        let (first, second) = (plain_document(&first)?, plain_document(&second)?);
        print(text::rates(&rates(&first, &second)?))
    }
}
