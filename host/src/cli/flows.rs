//! `flowswitch flows`: which flows the card remembers.

use clap::Args;
use flowswitch_api::{Flow, FlowList, FlowQuery};

use super::daemon_socket::NamedPlace;
use super::failure::Failure;
use super::plain::plain_document;
use super::print::{print, print_document};
use super::progress::Busy;
use super::text::table;
use crate::flow_list::{self, FlowListError};
use crate::{image, numbering};

/// Most flows that one question asks for.
const PAGE: u32 = 10_000;

/// Lists flows that the card remembers, in the order of its table.
///
/// The card keeps a fingerprint of each flow's addresses, not the addresses: `flowswitch trace` tells where a given one goes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Flows {
    #[command(flatten)]
    place: NamedPlace,
    /// Those of this server alone.
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Those in this state alone.
    #[arg(long, value_parser = ["unconfirmed", "established", "closing", "reset", "opened"])]
    state: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Begin at this index of the table: where a list before ended.
    #[arg(long, value_name = "INDEX")]
    from: Option<u32>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Example:
  flowswitch flows --server s210 --state established
  flowswitch flows --device vfio:0000:01:00.0 --limit 20";

impl Flows {
    pub(super) fn run(self) -> Result<(), Failure> {
        let list = match self.place.device() {
            None => {
                let client = self.place.client()?;
                self.pages(|query| Ok(client.flows(query)?))?
            }
            Some(device) => {
                let config = self.place.config()?;
                let mut card = match &config {
                    Some(config) => device.open_for(config.switch.ports)?,
                    None => device.open()?,
                };
                let _busy = Busy::new("reading the card's flow table");
                let servers = match &config {
                    Some(config) => {
                        let numbers = numbering::of_card(&mut card, config)?;
                        image::plan_keeping(config, &numbers)?.servers
                    }
                    None => Vec::new(),
                };
                self.pages(|query| Ok(flow_list::list(&mut card, &servers, query)?))?
            }
        };
        if self.json {
            return print_document(&list);
        }
        print(text(&plain_document(&list)?))
    }

    /// Asks as often as it takes: one answer looks at a part of the table.
    fn pages(
        &self,
        mut ask: impl FnMut(&FlowQuery) -> Result<FlowList, Failure>,
    ) -> Result<FlowList, Failure> {
        let mut query = FlowQuery {
            server: self.server.clone(),
            state: self.state.clone(),
            limit: Some(self.limit.min(PAGE)),
            from: self.from,
        };
        let mut list = ask(&query)?;
        while let Some(next) = list.next {
            let have = u32::try_from(list.flows.len()).unwrap_or(u32::MAX);
            // A table has an end: a daemon that makes no way is not asked again.
            if have >= self.limit || query.from.is_some_and(|from| next <= from) {
                break;
            }
            query.limit = Some((self.limit - have).min(PAGE));
            query.from = Some(next);
            let more = ask(&query)?;
            list.flows.extend(more.flows);
            list.live = more.live;
            list.next = more.next;
        }
        Ok(list)
    }
}

impl From<FlowListError> for Failure {
    fn from(error: FlowListError) -> Self {
        let remedy = error.remedy();
        match error {
            FlowListError::Card(error) => error.into(),
            other => Self::wrong(other, &remedy),
        }
    }
}

/// Seconds of the card's ticks of 2^30 ns.
fn seconds(ticks: u32) -> String {
    format!("{:.0} s", f64::from(ticks) * f64::from(1u32 << 30) / 1e9)
}

fn text(list: &FlowList) -> String {
    let row = |flow: &Flow| {
        [
            flow.index.to_string(),
            flow.server.clone(),
            flow.state.clone(),
            flow.left_ticks.map_or_else(|| "-".to_owned(), seconds),
            flow.fingerprint.clone(),
        ]
    };
    let more = match list.next {
        Some(next) => format!("; the list goes on with --from {next}"),
        None => String::new(),
    };
    let sum = format!("{} flows of {} live{more}", list.flows.len(), list.live);
    if list.flows.is_empty() {
        return sum;
    }
    let header = ["index", "server", "state", "forgotten in", "fingerprint"];
    format!(
        "{}\n{sum}",
        table(header, list.flows.iter().map(row).collect())
    )
}
