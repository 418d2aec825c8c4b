//! Flows: seed, search, removal and counts.

use std::time::Duration;

use crate::access;
use crate::card::Card;
use crate::counters::FlowCounters;
use crate::device::Device;
use crate::error::Error;
use crate::flow_key::{FlowHash, FlowKey, FlowSeed};
use crate::register_io::RegisterWindow;
use crate::tables::{FlowCount, FlowEntry, FlowRemoval, FlowSearch, FlowState, ServerFlows};

/// How often the card is asked whether its flow table is clear, and how long is waited in between: 4 M entries take a
/// few milliseconds.
const READY_POLLS: u32 = 20_000;
const READY_POLL_INTERVAL: Duration = Duration::from_micros(1);
/// Walks through the table until a server must have lost its flows.
const FLUSH_WALKS: u32 = 8;
/// Rounds in which a flow that is being moved must be caught.
const REMOVAL_ROUNDS: u32 = 4;

/// State of the flow table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowStatus {
    /// The card has a seed and its table was cleared: flows are looked up and inserted.
    pub ready: bool,
    /// More than three quarters of the table are in use: unconfirmed flows expire after 3 ticks.
    pub pressure: bool,
}

/// An entry of the flow table and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Index in the table; the card may move an entry to another at any time.
    pub index: u32,
    /// The entry. It may have expired already.
    pub entry: FlowEntry,
}

/// Which flows are wanted; what is not named is any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowFilter {
    /// Those of this server.
    pub server: Option<u16>,
    /// Those in this state.
    pub state: Option<FlowState>,
}

impl FlowFilter {
    /// Whether it wants this entry.
    pub fn admits(&self, entry: &FlowEntry) -> bool {
        self.server.is_none_or(|server| server == entry.server)
            && self.state.is_none_or(|state| state == entry.state)
    }
}

/// A walk through the flow table, one read of the card for each step; traffic goes on meanwhile.
///
/// An entry that is inserted, or moved to its other place, while the walk is under way may be missed or given twice.
/// Insertions that still wait for a slot are not given.
#[derive(Debug)]
pub struct Flows<'a, D> {
    card: &'a mut Card<D>,
    filter: FlowFilter,
    /// Where to go on; none behind the end.
    next: Option<u32>,
}

impl<D: Device> Flows<'_, D> {
    fn step(&mut self) -> Result<Option<Flow>, Error> {
        while let Some(index) = self.next {
            let search = self.card.read_entry::<FlowSearch>(index)?;
            self.next = self.card.behind(index, &search);
            if let Some(entry) = search.found.filter(|entry| self.filter.admits(entry)) {
                let index = search.index;
                return Ok(Some(Flow { index, entry }));
            }
        }
        Ok(None)
    }
}

impl<D: Device> Iterator for Flows<'_, D> {
    type Item = Result<Flow, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.next = None;
        }
        step.transpose()
    }
}

impl<D: Device> Card<D> {
    /// Opens with this seed for the flow table instead of one that is drawn. It is given to the card when it is
    /// programmed without one; a card that has one keeps it.
    #[must_use]
    pub fn with_flow_seed(mut self, seed: FlowSeed) -> Self {
        self.chosen_seed = Some(seed);
        self
    }

    /// State of the flow table.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn flow_status(&mut self) -> Result<FlowStatus, Error> {
        let window = RegisterWindow::new(&mut self.device);
        let status = window.registers().flow_status().try_read()?;
        Ok(FlowStatus {
            ready: status.ready(),
            pressure: status.pressure(),
        })
    }

    /// Gives the flow table a seed. The card forgets all flows; those that last find their servers by their buckets
    /// again.
    ///
    /// # Errors
    /// [`Error::Timeout`] if the table is not clear within 20 ms; see [`Error`].
    pub fn set_flow_seed(&mut self, seed: FlowSeed) -> Result<(), Error> {
        let window = RegisterWindow::new(&mut self.device);
        for (register, word) in (window.registers().flow_seed().iter()).zip(seed.words()) {
            register.try_write(|r| r.set_word(word))?;
        }
        self.state.flow_hash = Some(FlowHash::new(seed));
        for _ in 0..READY_POLLS {
            if self.flow_status()?.ready {
                return Ok(());
            }
            self.device.wait(READY_POLL_INTERVAL)?;
        }
        access::present(&mut self.device)?;
        Err(Error::Timeout("clearing its flow table"))
    }

    /// Gives the card a seed if it has none. True if it did: then no flow is remembered.
    pub(crate) fn ensure_flow_seed(&mut self) -> Result<bool, Error> {
        if self.flow_status()?.ready {
            return Ok(false);
        }
        let seed = self.chosen_seed.map_or_else(FlowSeed::draw, Ok)?;
        self.set_flow_seed(seed)?;
        Ok(true)
    }

    /// All counters of flows.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn flow_counters(&mut self) -> Result<FlowCounters, Error> {
        let mut counters = [0; FlowCounters::COUNT];
        for (index, counter) in (0..).zip(&mut counters) {
            *counter = self.read_entry::<FlowCount>(index)?.0;
        }
        Ok(FlowCounters::from_table(counters))
    }

    /// How many flows a server was given and has lost.
    ///
    /// # Errors
    /// [`Error::Refused`] if the card has no such server; see [`Error`].
    pub fn server_flows(&mut self, server: u16) -> Result<ServerFlows, Error> {
        self.read_entry(u32::from(server))
    }

    /// Walks through the flow table from its beginning.
    pub fn flows(&mut self, filter: FlowFilter) -> Flows<'_, D> {
        self.flows_from(0, filter)
    }

    /// Walks through the flow table from an index on, such as the one behind that of the last flow given.
    pub fn flows_from(&mut self, index: u32, filter: FlowFilter) -> Flows<'_, D> {
        let next = Some(index).filter(|index| *index < self.flow_entries());
        Flows {
            card: self,
            filter,
            next,
        }
    }

    fn flow_entries(&self) -> u32 {
        1 << self.capabilities.flows_log2
    }

    /// Where a walk goes on that searched from `index`.
    fn behind(&self, index: u32, search: &FlowSearch) -> Option<u32> {
        let next = if search.found.is_some() {
            search.index.checked_add(1)?
        } else if search.end {
            return None;
        } else {
            search.index
        };
        // A search that makes no way would have no end.
        Some(next).filter(|next| *next > index && *next < self.flow_entries())
    }

    /// The entry of a flow. An insertion that still waits for a slot is not found.
    ///
    /// # Errors
    /// [`Error::SeedUnknown`] if another driver gave the seed; see [`Error`].
    pub fn find_flow(&mut self, key: &FlowKey) -> Result<Option<Flow>, Error> {
        let hash = self.state.flow_hash.as_ref().ok_or(Error::SeedUnknown)?;
        let place = hash.place(key, self.capabilities.flows_log2);
        // An entry stands in its new place before it leaves its old one: three looks meet it.
        for bank in [0, 1, 0] {
            let slots = place.slots(bank);
            let mut next = Some(slots.start);
            while let Some(index) = next.filter(|index| slots.contains(index)) {
                let search = self.read_entry::<FlowSearch>(index)?;
                next = self.behind(index, &search);
                let found = search.found.filter(|entry| {
                    entry.fingerprint == place.fingerprint && slots.contains(&search.index)
                });
                if let Some(entry) = found {
                    let index = search.index;
                    return Ok(Some(Flow { index, entry }));
                }
            }
        }
        Ok(None)
    }

    /// Removes the entry of a flow; tells whether there was one. The flow's next frame makes a new one.
    ///
    /// # Errors
    /// As [`Card::find_flow`].
    pub fn delete_flow(&mut self, key: &FlowKey) -> Result<bool, Error> {
        let mut found = false;
        for _ in 0..REMOVAL_ROUNDS {
            let Some(flow) = self.find_flow(key)? else {
                break;
            };
            found = true;
            self.remove_flow(&flow)?;
        }
        Ok(found)
    }

    /// Removes an entry, unless it has moved or made room for another since it was read.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn remove_flow(&mut self, flow: &Flow) -> Result<(), Error> {
        let fingerprint = flow.entry.fingerprint;
        self.command_entry(flow.index, &FlowRemoval { fingerprint })
    }

    /// Removes all entries of a server, expired ones too; returns how many were met.
    ///
    /// # Errors
    /// [`Error::StillServing`] if the server is given new flows all the while; see [`Error`].
    pub fn flush_server(&mut self, server: u16) -> Result<u64, Error> {
        let filter = FlowFilter {
            server: Some(server),
            ..FlowFilter::default()
        };
        let mut met = 0;
        for _ in 0..FLUSH_WALKS {
            if self.server_flows(server)?.live() == 0 {
                return Ok(met);
            }
            let flows: Result<Vec<Flow>, Error> = self.flows(filter).collect();
            for flow in flows? {
                self.remove_flow(&flow)?;
                met += 1;
            }
            // Insertions that wait find a slot meanwhile, and removals are counted.
            self.device.wait(READY_POLL_INTERVAL)?;
        }
        if self.server_flows(server)?.live() == 0 {
            Ok(met)
        } else {
            Err(Error::StillServing { server })
        }
    }
}
