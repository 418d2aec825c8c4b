//! Carries frames between a card and its wires, and lets the card's time pass with the clock on the wall.

use super::taps::Taps;
use crate::cards::AnyCard;
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, CardError, Departure};
use flowswitch_sim::counters::Counters;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The card's time goes on at least so often, with or without frames.
const STEP: Duration = Duration::from_millis(20);
/// It goes on by no more of the clock on the wall at once: on a machine that is too slow for the card, frames would else be
/// under way for so much of the card's time that flows expire meanwhile.
const LEAP: Duration = Duration::from_millis(100);
/// Frames taken at once at most.
const BATCH: usize = 32;

/// What a card at work is to hold from now on, and who waits until it does.
type Order = (Image, Sender<()>);

/// A card at work.
#[derive(Debug)]
pub struct Pump {
    stop: Arc<AtomicBool>,
    orders: Sender<Order>,
    thread: JoinHandle<Result<Ended, CardError>>,
}

/// Programs a card at work.
#[derive(Clone, Debug)]
pub struct Programmer(Sender<Order>);

impl Programmer {
    /// Brings the card to hold an image, between two frames, and returns when it does.
    ///
    /// # Errors
    /// If the card has stopped.
    pub fn program(&self, image: &Image) -> Result<(), CardError> {
        let stopped = || CardError::Simulation("the card has stopped".to_owned());
        let (done, is_done) = channel();
        let sent = self.0.send((image.clone(), done));
        sent.map_err(|_| stopped())?;
        is_done.recv().map_err(|_| stopped())
    }
}

/// What a card that has worked has done.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Time that passed for the card, in ns.
    pub simulated_ns: u64,
    /// Time of the clock on the wall that did not pass for the card because this machine was too slow for it, in ns.
    pub withheld_ns: u64,
    /// Clocks it ran.
    pub clocks: u64,
    /// Frames that left for a device that did not take them.
    pub lost: u64,
    /// The card's counters.
    pub counters: Counters,
}

impl Pump {
    /// Puts a programmed card to work on its wires. Its time passes `speed` times as fast as that of the stacks around
    /// it. `on_departure` sees all that leaves, the host's frames too.
    pub fn start(
        card: AnyCard,
        taps: Taps,
        speed: u32,
        on_departure: impl FnMut(&Departure) + Send + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let (orders, ordered) = channel();
        let thread = thread::spawn(move || {
            let orders = (&*seen, &ordered);
            work(card, &taps, speed, orders, on_departure)
        });
        Self {
            stop,
            orders,
            thread,
        }
    }

    /// Who can program the card while it works.
    pub fn programmer(&self) -> Programmer {
        Programmer(self.orders.clone())
    }

    /// Ends the work.
    ///
    /// # Errors
    /// The card's failure.
    pub fn stop(self) -> Result<Ended, CardError> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_| {
            let told = "the thread that runs the card panicked".to_owned();
            Err(CardError::Simulation(told))
        })
    }
}

fn work(
    mut card: AnyCard,
    taps: &Taps,
    speed: u32,
    (stop, orders): (&AtomicBool, &Receiver<Order>),
    mut on_departure: impl FnMut(&Departure),
) -> Result<Ended, CardError> {
    let (start_ns, start_clock) = (card.now_ns(), card.clock());
    let mut last = Instant::now();
    let (mut passed, mut withheld) = (Duration::ZERO, Duration::ZERO);
    let mut lost = 0;
    while !stop.load(Ordering::Relaxed) {
        for (image, done) in orders.try_iter() {
            card.program(&image)?;
            // Who does not wait need not be told.
            let _ = done.send(());
        }
        let mut batch = match taps.received().recv_timeout(STEP) {
            Ok(first) => vec![first],
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        batch.extend(taps.received().try_iter().take(BATCH));
        let now = Instant::now();
        let since = now - std::mem::replace(&mut last, now);
        passed += since.min(LEAP);
        withheld += since.saturating_sub(LEAP);
        card.jump_to(start_ns + nanoseconds(passed) * u64::from(speed))?;
        let at_ns = card.now_ns();
        let arrival = |(port, data)| Arrival {
            port,
            at_ns,
            data,
            error: false,
        };
        card.offer(batch.into_iter().map(arrival).collect());
        card.run_until_idle()?;
        for departure in card.take_departures() {
            on_departure(&departure);
            if departure.port < card.ports() && !taps.send(departure.port, &departure.data) {
                lost += 1;
            }
        }
    }
    Ok(Ended {
        simulated_ns: card.now_ns() - start_ns,
        withheld_ns: nanoseconds(withheld),
        clocks: card.clock() - start_clock,
        lost,
        counters: card.counters()?,
    })
}

fn nanoseconds(time: Duration) -> u64 {
    // Centuries fit.
    time.as_nanos() as u64
}
