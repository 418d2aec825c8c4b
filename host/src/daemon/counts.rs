//! Counters that requests for the status ask for again and again, and the times of the thread's rounds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flowswitch_driver::{Card, Device, Error};

/// How long what was read counts as of now.
const FRESH: Duration = Duration::from_millis(500);

/// What was last read of flows, and what the thread has to do when.
#[derive(Debug, Default)]
pub(super) struct Counts {
    read: Option<Instant>,
    /// Live flows.
    pub live: u64,
    /// Live flows by server number.
    pub servers: BTreeMap<u16, u64>,
    /// When the card is next asked whether it is there.
    pub next_round: Option<Instant>,
    /// Until when events are not waited for.
    pub quiet_until: Option<Instant>,
    /// A wait has told that events are to be read.
    pub events_told: bool,
}

impl Counts {
    /// Reads the counters of these servers, unless that was just done.
    pub fn refresh<D: Device>(
        &mut self,
        card: &mut Card<D>,
        servers: impl Iterator<Item = u16>,
    ) -> Result<(), Error> {
        if self.read.is_some_and(|read| read.elapsed() < FRESH) {
            return Ok(());
        }
        let mut counts = BTreeMap::new();
        for server in servers {
            counts.insert(server, card.server_flows(server)?.live().into());
        }
        self.live = card.flow_counters()?.live();
        self.servers = counts;
        self.read = Some(Instant::now());
        Ok(())
    }

    /// What was read belongs to other servers, or to another card.
    pub fn forget(&mut self) {
        self.read = None;
    }
}
