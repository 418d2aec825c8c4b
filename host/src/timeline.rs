//! Simulated time over a card, with events between frames.
//!
//! Time 0 is when the card is programmed and at rest. It is laid on a tick of the card's slow clock, so that addresses
//! age alike on every card. What the card announced of its own until then stands at time 0. An event acts between
//! frames: frames with an earlier entry time are run until the card is idle, then the event takes effect, then the rest
//! follows with its spacing kept. What the card needs to come to rest and to carry out the event is not counted:
//! simulated time stands still meanwhile.

use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card, CardError, Departure, Pause};

use crate::event::{Action, Change};

/// Length in ns of a tick of the card's slow clock.
const TICK_NS: u64 = 1 << 30;

/// A card in simulated time.
pub struct Timeline<'a> {
    card: &'a mut dyn Card,
    /// The card's time at simulated time 0, pauses included.
    epoch_ns: u64,
    /// Simulated time up to which everything has happened.
    now_ns: u64,
    /// How much later than asked for frames enter, because an event waited for the card to come to rest.
    late_ns: u64,
    first_clock: u64,
    active_clocks: u64,
    stretch: Stretch,
}

impl<'a> Timeline<'a> {
    /// Lays simulated time 0 on a card that is programmed and at rest.
    ///
    /// # Errors
    /// What the card reports.
    pub fn start(card: &'a mut dyn Card) -> Result<Self, CardError> {
        let epoch_ns = card.now_ns().next_multiple_of(TICK_NS);
        card.jump_to(epoch_ns)?;
        let first_clock = card.clock();
        Ok(Self {
            card,
            epoch_ns,
            now_ns: 0,
            late_ns: 0,
            first_clock,
            active_clocks: 0,
            stretch: Stretch::default(),
        })
    }

    /// The card.
    pub fn card(&mut self) -> &mut dyn Card {
        self.card
    }

    /// Clocks since time 0, those in which simulated time stood still included.
    pub fn clocks(&self) -> u64 {
        self.card.clock() - self.first_clock
    }

    /// Clocks with frames under way: from the first arrival to the last departure, pauses left out.
    pub fn active_clocks(&self) -> u64 {
        self.active_clocks
    }

    /// Simulated time in ns up to which everything has happened.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// Lets frames enter at their simulated times and runs until all have left. Departures carry simulated time.
    ///
    /// # Errors
    /// What the card reports.
    pub fn run(&mut self, arrivals: Vec<Arrival>) -> Result<Vec<Departure>, CardError> {
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
        let offset = self.epoch_ns + self.late_ns;
        for arrival in &mut arrivals {
            let at_ns = arrival.at_ns + self.late_ns;
            self.stretch.last_ns = self.stretch.last_ns.max(at_ns);
            arrival.at_ns += offset;
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
        let mut departures = self.card.take_departures();
        let ports = self.card.ports();
        for departure in &mut departures {
            departure.at_ns = departure.at_ns.saturating_sub(self.epoch_ns);
            self.stretch.add(departure, ports);
        }
        if pause == Pause::Idle {
            let stretch = std::mem::take(&mut self.stretch);
            self.now_ns = self.now_ns.max(stretch.last_ns);
            self.active_clocks += stretch.active_clocks();
            self.leave_out_pause();
        }
        Ok((pause, departures))
    }

    /// Forgets the frames that have not begun to enter: what entered goes its way.
    pub fn withdraw(&mut self) {
        self.card.withdraw();
        self.stretch.last_ns = self.card.now_ns().saturating_sub(self.epoch_ns);
    }

    /// What the card's time is ahead is what it took to come to rest: frames to come are not late because of it.
    fn leave_out_pause(&mut self) {
        let epoch_ns = self.card.now_ns().saturating_sub(self.now_ns);
        self.epoch_ns = self.epoch_ns.max(epoch_ns);
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
        self.card.jump_to(self.epoch_ns + happens)?;
        event(self.card)?;
        self.leave_out_pause();
        Ok(())
    }
}

/// What happened since the card was last at rest.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    /// Simulated time of the last frame that entered or left.
    last_ns: u64,
    /// Clock in which the first frame that left had entered, and that in which the last one left.
    clocks: Option<(u64, u64)>,
}

impl Stretch {
    fn add(&mut self, departure: &Departure, ports: u8) {
        self.last_ns = self.last_ns.max(departure.at_ns);
        // Announcements come when they are due, frames or not.
        if departure.source < ports {
            let (arrival, left) = (departure.arrival_clock, departure.clock);
            let (first, last) = self.clocks.unwrap_or((arrival, left));
            self.clocks = Some((first.min(arrival), last.max(left)));
        }
    }

    fn active_clocks(&self) -> u64 {
        self.clocks.map_or(0, |(first, last)| last - first + 1)
    }
}
