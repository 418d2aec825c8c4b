//! Simulated time over a card, with events between frames.
//!
//! Time 0 is when the card is programmed and at rest. It is laid on a tick of the card's slow clock, so that addresses
//! age alike on every card. What the card announced of its own until then stands at time 0. An event acts between
//! frames: frames with an earlier entry time are run until the card is idle, then the event takes effect, then the rest
//! follows with its spacing kept. What the card needs to come to rest and to carry out the event is not counted:
//! simulated time stands still meanwhile, and what the card announces in it stands at the time of the event.
//!
//! Cards need different times for that, which must not show: each event takes the same time of the card's own, more than any
//! needs, and simulated time goes on by whole clocks of the card. So stamps and ticks are alike on every card.

use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card, CardError, Departure, Leeways};
use flowswitch_sim::grid::Grid;

use crate::event::{Action, Change};

/// Length in ns of a tick of the card's slow clock.
const TICK_NS: u64 = 1 << 30;

/// Clocks that a card needs at most to come to rest, and to carry out an event.
const REST_CLOCKS: u64 = 1 << 16;

/// A card in simulated time.
pub struct Timeline<'a> {
    card: &'a mut dyn Card,
    grid: Grid,
    /// The slot of the card's time that is simulated time 0, pauses included.
    epoch: u64,
    /// Simulated time up to which everything has happened.
    now_ns: u64,
    /// How much later than asked for frames enter, because an event waited for the card to come to rest.
    late_ns: u64,
    /// Simulated time of the last event.
    event_ns: u64,
    /// What left because of events.
    departures: Vec<Departure>,
    leeways: Leeways,
    active_clocks: u64,
}

impl<'a> Timeline<'a> {
    /// Lays simulated time 0 on a card that is programmed and at rest.
    ///
    /// # Errors
    /// What the card reports.
    pub fn start(card: &'a mut dyn Card) -> Result<Self, CardError> {
        let grid = Grid::new(card.clock_hz());
        let epoch_ns = (card.now_ns() / TICK_NS + 1) * TICK_NS;
        card.jump_to(epoch_ns)?;
        let mut timeline = Self {
            card,
            grid,
            epoch: grid.slot_at(epoch_ns),
            now_ns: 0,
            late_ns: 0,
            event_ns: 0,
            departures: Vec::new(),
            leeways: Leeways::default(),
            active_clocks: 0,
        };
        timeline.collect(0);
        Ok(timeline)
    }

    /// The card.
    pub fn card(&mut self) -> &mut dyn Card {
        self.card
    }

    /// Clocks of simulated time up to which everything has happened, those that were skipped included.
    pub fn clocks(&self) -> u64 {
        self.grid.slot_at(self.now_ns)
    }

    /// Clocks in which frames were under way that left.
    pub fn active_clocks(&self) -> u64 {
        self.active_clocks
    }

    /// Simulated time in ns up to which everything has happened.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// Where the RTL may have come to something else than the card did, in simulated time.
    pub fn leeways(&self) -> &Leeways {
        &self.leeways
    }

    /// Lets frames enter at their simulated times and runs until all have left. Departures carry simulated time.
    ///
    /// # Errors
    /// What the card reports.
    pub fn run(&mut self, mut arrivals: Vec<Arrival>) -> Result<Vec<Departure>, CardError> {
        for arrival in &mut arrivals {
            let at_ns = arrival.at_ns + self.late_ns;
            self.now_ns = self.now_ns.max(at_ns);
            arrival.at_ns = self.card_ns(at_ns);
        }
        self.card.offer(arrivals);
        self.card.run_until_idle()?;
        self.collect(u64::MAX);
        let departures = std::mem::take(&mut self.departures);
        let last = departures.iter().map(|departure| departure.at_ns).max();
        self.now_ns = self.now_ns.max(last.unwrap_or_default());
        self.active_clocks += active_clocks(self.grid, &departures, self.card.ports());
        Ok(departures)
    }

    /// The card's time in ns of the clock that begins at a simulated time or next behind it.
    fn card_ns(&self, at_ns: u64) -> u64 {
        self.grid.time_of(self.epoch + self.grid.slot_at(at_ns))
    }

    /// Takes what left and what was left open, in simulated time up to `latest_ns`.
    fn collect(&mut self, latest_ns: u64) {
        let (grid, epoch, event_ns) = (self.grid, self.epoch, self.event_ns);
        let simulated = |card_ns| {
            let slot = grid.slot_at(card_ns).saturating_sub(epoch);
            grid.time_of(slot).max(event_ns).min(latest_ns)
        };
        let mut departures = self.card.take_departures();
        for departure in &mut departures {
            departure.at_ns = simulated(departure.at_ns);
        }
        self.departures.append(&mut departures);
        self.leeways.extend(&self.card.take_leeways().at(simulated));
    }

    /// Lets an event happen at a simulated time, or as soon as all that entered before it has left.
    ///
    /// # Errors
    /// What the card reports.
    pub fn apply(&mut self, at_ns: u64, action: Action) -> Result<(), CardError> {
        self.happen(at_ns, |card| action.apply(card))
    }

    /// Brings the card to hold an image at a simulated time, or as soon as all that entered before it has left.
    ///
    /// # Errors
    /// What the card reports.
    pub fn program(&mut self, at_ns: u64, image: &Image) -> Result<(), CardError> {
        self.happen(at_ns, |card| card.program(image))
    }

    fn happen(
        &mut self,
        at_ns: u64,
        event: impl FnOnce(&mut dyn Card) -> Result<(), CardError>,
    ) -> Result<(), CardError> {
        let due = at_ns + self.late_ns;
        let happens = due.max(self.now_ns);
        self.late_ns += happens - due;
        self.now_ns = happens;
        let slot = self.grid.slot_at(happens);
        let rested = self.epoch + slot + REST_CLOCKS;
        self.card.jump_to(self.grid.time_of(rested))?;
        self.collect(happens);
        event(self.card)?;
        self.event_ns = happens;
        self.collect(happens);
        let now = self.grid.slot_at(self.card.now_ns());
        let pauses = now.saturating_sub(rested).div_ceil(REST_CLOCKS).max(1);
        self.epoch = rested + pauses * REST_CLOCKS - slot;
        self.card.jump_to(self.card_ns(happens))
    }

    /// Runs frames and events, which come in the order of their times; at equal times events come first.
    ///
    /// # Errors
    /// What the card reports.
    pub fn run_with_events(
        &mut self,
        arrivals: Vec<Arrival>,
        events: Vec<(u64, Change)>,
    ) -> Result<Vec<Departure>, CardError> {
        let mut rest = arrivals;
        let mut departures = Vec::new();
        for (at_ns, change) in events {
            let (before, after) = rest.into_iter().partition(|arrival| arrival.at_ns < at_ns);
            rest = after;
            departures.extend(self.run(before)?);
            match change {
                Change::Action(action) => self.apply(at_ns, action)?,
                Change::Image(image) => self.program(at_ns, &image)?,
            }
        }
        departures.extend(self.run(rest)?);
        Ok(departures)
    }
}

/// Clocks in which a frame was under way that came by a network port and left, each once. The card's own announcements come
/// when they are due, frames or not.
fn active_clocks(grid: Grid, departures: &[Departure], ports: u8) -> u64 {
    let switched = departures.iter().filter(|d| d.source < ports);
    let mut spans: Vec<(u64, u64)> = switched
        .map(|departure| {
            let left = grid.slot_at(departure.at_ns);
            let way = departure.clock - departure.arrival_clock;
            (left.saturating_sub(way), left)
        })
        .collect();
    spans.sort_unstable();
    let (mut clocks, mut counted) = (0, 0);
    for (came, left) in spans {
        let end = left + 1;
        clocks += end.saturating_sub(came.max(counted));
        counted = counted.max(end);
    }
    clocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_clock_with_a_frame_counts_once() {
        let grid = Grid::new(1_000_000_000);
        let departure = |source, came, left| Departure {
            port: 1,
            source,
            arrival_clock: 7,
            clock: 7 + left - came,
            at_ns: left,
            reason: 0,
            data: vec![],
        };
        let departures = [
            departure(0, 10, 19),
            departure(1, 12, 15),
            departure(0, 15, 24),
            departure(2, 30, 99),
            departure(0, 40, 44),
        ];
        assert_eq!(active_clocks(grid, &departures, 2), 15 + 5);
        assert_eq!(active_clocks(grid, &[], 2), 0);
    }
}
