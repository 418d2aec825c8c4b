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

mod spans;

use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card, CardError, Departure, Leeways, Pause, next_tick};
use flowswitch_sim::grid::Grid;

use crate::event::{Action, Change};
use spans::Spans;

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
    /// When frames were under way that came by a network port and left.
    under_way: Spans,
    /// Simulated time of the last frame that entered or left.
    last_ns: u64,
}

impl<'a> Timeline<'a> {
    /// Lays simulated time 0 on a card that is programmed and at rest.
    ///
    /// # Errors
    /// What the card reports.
    pub fn start(card: &'a mut dyn Card) -> Result<Self, CardError> {
        let grid = Grid::new(card.clock_hz());
        let epoch_ns = next_tick(card.now_ns());
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
            under_way: Spans::default(),
            last_ns: 0,
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

    /// Clocks in which frames were under way that left, each once.
    pub fn active_clocks(&self) -> u64 {
        self.under_way.clocks()
    }

    /// Simulated time in ns up to which everything has happened.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// How much later than asked for frames enter now, in ns: what was to happen before waited for the card to come to rest.
    pub fn late_ns(&self) -> u64 {
        self.late_ns
    }

    /// Where the RTL may have come to something else than the card did, in simulated time.
    pub fn leeways(&self) -> &Leeways {
        &self.leeways
    }

    /// Lets frames enter at their simulated times and runs until all have left. Departures carry simulated time.
    ///
    /// If what was under way leaves only behind the time of the first one, all of them are so much later: see
    /// [`Timeline::late_ns`].
    ///
    /// # Errors
    /// What the card reports.
    pub fn run(&mut self, arrivals: Vec<Arrival>) -> Result<Vec<Departure>, CardError> {
        let Some(first) = arrivals.iter().map(|arrival| arrival.at_ns).min() else {
            return Ok(Vec::new());
        };
        // A card knows only some time behind its last frame that it was the last.
        let before = self.grid.slot_at(first).saturating_sub(1);
        self.happen(self.grid.time_of(before), |_| Ok(()))?;
        self.enter(arrivals);
        let mut departures = Vec::new();
        loop {
            let (pause, left) = self.run_while_fed(0, u64::MAX)?;
            departures.extend(left);
            if pause == Pause::Idle {
                return Ok(departures);
            }
        }
    }

    /// Queues frames for their simulated times.
    pub fn enter(&mut self, mut arrivals: Vec<Arrival>) {
        for arrival in &mut arrivals {
            let at_ns = arrival.at_ns + self.late_ns;
            self.last_ns = self.last_ns.max(at_ns);
            arrival.at_ns = self.card_ns(at_ns);
        }
        self.card.offer(arrivals);
    }

    /// Beats of the frames queued for a port.
    pub fn queued_beats(&self, port: u8) -> u64 {
        self.card.queued_beats(port)
    }

    /// Beats that a port must hold while more frames are to come for it.
    pub fn reserve(&self) -> u64 {
        self.card.reserve()
    }

    /// Runs as [`Card::run_while_fed`] does; what has left carries simulated time. When all has left, events may happen.
    ///
    /// # Errors
    /// What the card reports.
    pub fn run_while_fed(
        &mut self,
        open: u16,
        clocks: u64,
    ) -> Result<(Pause, Vec<Departure>), CardError> {
        let pause = self.card.run_while_fed(open, clocks)?;
        self.collect(u64::MAX);
        let departures = std::mem::take(&mut self.departures);
        let ports = self.card.ports();
        for departure in &departures {
            self.last_ns = self.last_ns.max(departure.at_ns);
            // The card's own announcements come when they are due, frames or not.
            if departure.source < ports {
                let left = self.grid.slot_at(departure.at_ns);
                let way = departure.clock - departure.arrival_clock;
                self.under_way.add(left.saturating_sub(way), left + 1);
            }
        }
        if pause == Pause::Idle {
            self.now_ns = self.now_ns.max(self.last_ns);
        }
        Ok((pause, departures))
    }

    /// Forgets the frames that have not begun to enter: what entered goes its way.
    pub fn withdraw(&mut self) {
        self.card.withdraw();
        self.last_ns = self.simulated_ns(self.card.now_ns());
    }

    /// The card's time in ns of the clock that begins at a simulated time or next behind it.
    fn card_ns(&self, at_ns: u64) -> u64 {
        self.grid.time_of(self.epoch + self.grid.slot_at(at_ns))
    }

    /// The simulated time of one of the card's.
    fn simulated_ns(&self, card_ns: u64) -> u64 {
        let slot = self.grid.slot_at(card_ns).saturating_sub(self.epoch);
        self.grid.time_of(slot).max(self.event_ns)
    }

    /// Takes what left and what was left open, in simulated time up to `latest_ns`.
    fn collect(&mut self, latest_ns: u64) {
        let mut departures = self.card.take_departures();
        let leeways = self.card.take_leeways();
        let simulated = |card_ns| self.simulated_ns(card_ns).min(latest_ns);
        for departure in &mut departures {
            departure.at_ns = simulated(departure.at_ns);
        }
        let leeways = leeways.at(simulated);
        self.departures.append(&mut departures);
        self.leeways.extend(&leeways);
    }

    /// Lets a change happen at a simulated time, or as soon as all that entered before it has left.
    ///
    /// # Errors
    /// What the card reports.
    pub fn change(&mut self, at_ns: u64, change: &Change) -> Result<(), CardError> {
        match change {
            Change::Action(action) => self.apply(at_ns, *action),
            Change::Image(image) => self.program(at_ns, image),
        }
    }

    /// Lets an action happen at a simulated time, or as soon as all that entered before it has left.
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
}
