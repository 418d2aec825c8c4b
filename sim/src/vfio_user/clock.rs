//! The thread that owns the card: it runs the clock while there is work, lets idle time pass with the clock on the wall
//! and without clocks, carries out requests, moves frames between card and wires, and sends interrupts.

use super::interrupts::Interrupts;
use super::requests::Request;
use super::rest::Rest;
use super::windows::Window;
use super::wires::{WireError, Wires};
use crate::card::{Arrival, Card as _, CardError, TICK_NS, next_tick};
use crate::rtl::RtlCard;
use crossbeam_channel::{Receiver, select};
use flowswitch_verilated::{Access, Error, Memory, RunEnd, VerilatedCard};
use std::time::{Duration, Instant};

/// Clocks run before requests are looked at again.
const BURST: u64 = 128;
/// No frame is offered before its time.
const HORIZON: u64 = 0;
/// Frames offered at once at most.
const BATCH: usize = 32;
/// Requests carried out between two bursts at most. Each read runs the clock itself.
const REQUESTS: usize = 32;
/// After a request the next is waited for so long: a client that reads one register after the other has not to wait for a
/// burst each time.
const NEXT_REQUEST: Duration = Duration::from_micros(200);
/// Links are looked at so often.
const LINK_LOOK: Duration = Duration::from_millis(10);
/// An idle card's time may be so much behind the clock on the wall when a register is accessed, in ns.
const LAG_NS: u64 = 1_000_000;
/// Clocks after a register write in which what follows from it shows.
const WRITE_CLOCKS: u64 = 96;
/// Clocks after a change of the links: all members are looked at.
const LINK_CLOCKS: u64 = 2_048;
/// Clocks after a tick of the card's slow time, in which an announcement that is due shows.
const TICK_CLOCKS: u64 = 256;
/// The same if a frame has come lately: a look at the ages of all flows takes 65,536 clocks, and what expires is to be seen.
const AGEING_CLOCKS: u64 = 1_024;
/// What is lately: one such look.
const LATELY_NS: u64 = 65_536 / AGEING_CLOCKS * TICK_NS;
/// Clocks run at once of these, and for any other time that has passed.
const STRETCH: u64 = 32;

/// Why the card stopped working.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The simulated card failed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A capture cannot be written.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Its thread panicked.
    #[error("the thread that runs the card panicked")]
    Panicked,
}

/// What a card did that served clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    /// Clocks run.
    pub clocks: u64,
    /// Registers read.
    pub reads: u64,
    /// Registers written.
    pub writes: u64,
    /// Interrupts sent, by vector.
    pub interrupts: [u64; 3],
    /// Accesses to memory that no window allowed.
    pub refused_accesses: u64,
    /// Frames that a TAP did not take, as when it was down.
    pub lost: u64,
}

/// The card at work.
pub(super) struct Clock {
    card: RtlCard,
    wires: Wires,
    interrupts: Interrupts,
    requests: Receiver<Request>,
    started: Instant,
    start_ns: u64,
    start_clock: u64,
    rest: Rest,
    /// Up to this clock it runs even if nothing moves.
    stirred_until: u64,
    /// When a frame last came, in the card's time.
    frame_ns: Option<u64>,
    /// Ports whose links are up, and when that was looked at.
    links: u16,
    looked: Instant,
    reads: u64,
    writes: u64,
    stop: bool,
}

impl Clock {
    pub fn new(
        card: RtlCard,
        wires: Wires,
        interrupts: Interrupts,
        requests: Receiver<Request>,
    ) -> Result<Self, CardError> {
        let mut clock = Self {
            started: Instant::now(),
            start_ns: card.now_ns(),
            start_clock: card.clock(),
            rest: Rest::new(card.now_ns()),
            stirred_until: card.clock() + LINK_CLOCKS,
            frame_ns: None,
            links: 0,
            looked: Instant::now(),
            reads: 0,
            writes: 0,
            stop: false,
            card,
            wires,
            interrupts,
            requests,
        };
        let links = clock.wires.links();
        clock.set_links(links, u16::MAX)?;
        Ok(clock)
    }

    /// Works until told to stop.
    pub fn run(mut self) -> Result<Served, WorkError> {
        while !self.stop {
            self.carry_out()?;
            self.follow_links()?;
            self.take_frames()?;
            if !self.harness().is_still() {
                self.burst()?;
                self.rest = Rest::new(self.due_ns());
            } else if self.card.clock() < self.stirred_until {
                self.harness().run(STRETCH).map_err(failed)?;
                self.deliver()?;
            } else if self.rest.wakes_ns(self.card.now_ns()) <= self.due_ns() {
                self.pass_time()?;
                self.keep_running(STRETCH);
                self.rest.woken(self.card.now_ns());
            } else {
                self.wait()?;
            }
        }
        Ok(Served {
            clocks: self.card.clock() - self.start_clock,
            reads: self.reads,
            writes: self.writes,
            interrupts: self.interrupts.sent(),
            refused_accesses: self.harness().bus_faults().count,
            lost: self.wires.finish()?,
        })
    }

    fn harness(&mut self) -> &mut VerilatedCard {
        self.card.harness_mut()
    }

    /// Runs some clocks and hands on what came of them.
    fn burst(&mut self) -> Result<(), WorkError> {
        let end = self.harness().run_until_quiet(HORIZON, BURST);
        if end.map_err(failed)? == RunEnd::Quiet && self.holds_nothing()? {
            // Frames were dropped inside, which the harness cannot see.
            self.harness().assume_empty();
        }
        self.deliver()
    }

    fn holds_nothing(&mut self) -> Result<bool, CardError> {
        Ok(self.card.driver_mut().totals()?.in_flight == 0)
    }

    fn deliver(&mut self) -> Result<(), WorkError> {
        for departure in self.card.take_departures() {
            self.wires.send(&departure)?;
        }
        let sent = self.harness().take_interrupts();
        let fired = sent
            .iter()
            .rev()
            .fold(0, |mask, count| mask << 1 | u32::from(*count > 0));
        self.interrupts.fire(fired);
        Ok(())
    }

    /// A link comes and goes with its device.
    fn follow_links(&mut self) -> Result<(), CardError> {
        if self.looked.elapsed() < LINK_LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        let now = self.wires.links();
        if now != self.links {
            self.set_links(now, now ^ self.links)?;
            self.stir(LINK_CLOCKS);
        }
        Ok(())
    }

    /// Sets the pins of these ports.
    fn set_links(&mut self, links: u16, ports: u16) -> Result<(), CardError> {
        self.links = links;
        for port in (0..self.card.ports()).filter(|port| ports >> port & 1 == 1) {
            self.card.set_link_pin(port, self.links >> port & 1 == 1)?;
        }
        Ok(())
    }

    /// Lets the time of an idle card catch up with the clock on the wall, but not beyond its next tick. The card takes note in its
    /// next clocks.
    fn pass_time(&mut self) -> Result<(), CardError> {
        let tick = next_tick(self.card.now_ns());
        let due = self.due_ns();
        self.card.skip_to(due.min(tick))?;
        if due >= tick {
            let lately = |at: u64| tick - at < LATELY_NS;
            self.keep_running(match self.frame_ns {
                // There are more to come.
                _ if due - tick >= TICK_NS => STRETCH,
                Some(at) if lately(at) => AGEING_CLOCKS,
                _ => TICK_CLOCKS,
            });
        }
        Ok(())
    }

    /// Something came from outside, whose effects show within so many clocks.
    fn stir(&mut self, clocks: u64) {
        self.keep_running(clocks);
        self.rest = Rest::new(self.due_ns());
    }

    fn keep_running(&mut self, clocks: u64) {
        self.stirred_until = self.stirred_until.max(self.card.clock() + clocks);
    }

    /// What the card's time is to be now.
    fn due_ns(&self) -> u64 {
        self.start_ns + self.passed_ns()
    }

    fn passed_ns(&self) -> u64 {
        // Centuries fit.
        self.started.elapsed().as_nanos() as u64
    }

    /// Waits until something comes from outside, or it is time for something.
    fn wait(&mut self) -> Result<(), WorkError> {
        let frames = self.wires.received().clone();
        select! {
            recv(self.requests) -> request => match request {
                Ok(request) => self.serve(request)?,
                // Nobody can ask for anything any more.
                Err(_) => self.stop = true,
            },
            // The wires hold the sender.
            recv(frames) -> frame => if let Ok(frame) = frame {
                self.enter(vec![frame])?;
            },
            default(self.sleeps()) => {}
        }
        Ok(())
    }

    /// How long nothing is to be done for an idle card.
    fn sleeps(&self) -> Duration {
        let passed = self.passed_ns();
        let mut sleeps = self.rest.sleeps(self.card.now_ns(), self.start_ns + passed);
        if let Some(due) = self.wires.next_due() {
            sleeps = sleeps.min(Duration::from_nanos(due.saturating_sub(passed)));
        }
        if self.wires.have_taps() {
            sleeps = sleeps.min(LINK_LOOK);
        }
        sleeps
    }

    fn take_frames(&mut self) -> Result<(), CardError> {
        // More wait outside until those offered have entered.
        if self.harness().next_arrival_ns().is_some() {
            return Ok(());
        }
        let mut frames: Vec<_> = self.wires.received().try_iter().take(BATCH).collect();
        let passed = self.passed_ns();
        while frames.len() < 2 * BATCH {
            let Some(frame) = self.wires.due(passed) else {
                break;
            };
            frames.push(frame);
        }
        self.enter(frames)
    }

    /// Has frames enter now.
    fn enter(&mut self, frames: Vec<(u8, Vec<u8>)>) -> Result<(), CardError> {
        if frames.is_empty() {
            return Ok(());
        }
        if self.harness().is_still() {
            self.pass_time()?;
        }
        let at_ns = self.card.now_ns();
        self.frame_ns = Some(at_ns);
        let arrival = |(port, data)| Arrival {
            port,
            at_ns,
            data,
            error: false,
        };
        self.card.offer(frames.into_iter().map(arrival).collect());
        Ok(())
    }

    fn carry_out(&mut self) -> Result<(), WorkError> {
        let mut next = self.requests.try_recv().ok();
        for _ in 0..REQUESTS {
            let Some(request) = next.take() else { break };
            self.serve(request)?;
            next = self.requests.recv_timeout(NEXT_REQUEST).ok();
        }
        if let Some(request) = next {
            self.serve(request)?;
        }
        lost_if_refused(self.harness().finish_writes())?;
        Ok(())
    }

    fn serve(&mut self, request: Request) -> Result<(), WorkError> {
        match request {
            Request::Read(at, reply) => {
                self.reads += 1;
                self.catch_up()?;
                // Else an earlier write's error would be taken for the read's.
                lost_if_refused(self.harness().finish_writes())?;
                let value = lost_if_refused(self.harness().read(at))?;
                // A client that is gone does not wait.
                let _ = reply.send(value.unwrap_or(u32::MAX));
            }
            Request::Write(at, value) => {
                self.writes += 1;
                self.catch_up()?;
                self.stir(WRITE_CLOCKS);
                lost_if_refused(self.harness().write(at, value))?;
            }
            Request::Map(window) => self.map(window)?,
            Request::Unmap(at) => {
                self.harness().remove_window(at);
            }
            Request::BusMaster(on) => {
                self.stir(WRITE_CLOCKS);
                self.harness().set_bus_master(on);
            }
            Request::Vector(vector, to) => self.interrupts.connect(vector, to),
            Request::Send(mask) => self.interrupts.fire(mask),
            Request::Reset => {
                self.stir(WRITE_CLOCKS);
                lost_if_refused(self.harness().finish_writes())?;
                self.harness().pulse_flr().map_err(failed)?;
                self.harness().take_interrupts();
                self.interrupts.reset();
            }
            Request::Fence(reply) => {
                let _ = reply.send(());
            }
            Request::Stop => self.stop = true,
        }
        Ok(())
    }

    /// Brings an idle card's time up to date before a register is accessed, which may tell of it.
    fn catch_up(&mut self) -> Result<(), CardError> {
        if self.due_ns() > self.card.now_ns() + LAG_NS && self.harness().is_still() {
            self.pass_time()?;
        }
        Ok(())
    }

    fn map(&mut self, window: Window) -> Result<(), CardError> {
        let Window {
            address,
            bytes,
            memory,
            offset,
            rights,
        } = window;
        // It lies within the mapping, whose size is a `usize`.
        let begin = offset as usize;
        let memory = Memory::Mapped {
            mapping: memory,
            range: begin..begin + bytes as usize,
        };
        let access = Access {
            read: rights.read,
            write: rights.write,
        };
        let added = self.harness().add_window(address, memory, access);
        added.map_err(failed)
    }
}

/// A refused access is none; a card that fails is an error.
fn lost_if_refused<T>(access: Result<T, Error>) -> Result<Option<T>, CardError> {
    match access {
        Ok(done) => Ok(Some(done)),
        Err(Error::Refused { .. } | Error::NoAnswer { .. }) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: Error) -> CardError {
    CardError::Simulation(error.to_string())
}
