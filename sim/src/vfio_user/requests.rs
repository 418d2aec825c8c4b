//! What the side of the function asks of the thread that runs the card's clock.

use super::windows::Window;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::fs::File;
use std::io::{Error, ErrorKind};

/// Posted writes that wait at most.
const QUEUE: usize = 1024;

/// A request. They are carried out in order.
#[derive(Debug)]
pub(super) enum Request {
    /// Reads the register at this byte; ones if the card refuses.
    Read(u32, Sender<u32>),
    /// Writes a register; a refused write is lost, as on a bus.
    Write(u32, u32),
    /// Lets the card reach a window.
    Map(Window),
    /// Takes the window at this address away.
    Unmap(u64),
    /// The bus-master bit.
    BusMaster(bool),
    /// Connects a vector to an event file descriptor, or to none.
    Vector(u8, Option<File>),
    /// Sends the interrupts of these vectors, bit 0 is vector 0.
    Send(u32),
    /// A function-level reset.
    Reset,
    /// Answers when all before is done.
    Fence(Sender<()>),
    /// Ends the work.
    Stop,
}

/// The way to the thread that runs the card.
#[derive(Clone, Debug)]
pub(super) struct CardLink(Sender<Request>);

impl CardLink {
    /// A way, and its end.
    pub fn new() -> (Self, Receiver<Request>) {
        let (sender, receiver) = bounded(QUEUE);
        (Self(sender), receiver)
    }

    /// Asks, without waiting until it is done.
    ///
    /// # Errors
    /// If the card has stopped.
    pub fn ask(&self, request: Request) -> Result<(), Error> {
        self.0.send(request).map_err(|_| stopped())
    }

    /// Reads a register.
    ///
    /// # Errors
    /// If the card has stopped.
    pub fn read(&self, offset: u32) -> Result<u32, Error> {
        let (reply, answer) = bounded(1);
        self.ask(Request::Read(offset, reply))?;
        answer.recv().map_err(|_| stopped())
    }

    /// Waits until all that was asked is done.
    ///
    /// # Errors
    /// If the card has stopped.
    pub fn finish(&self) -> Result<(), Error> {
        let (reply, answer) = bounded(1);
        self.ask(Request::Fence(reply))?;
        answer.recv().map_err(|_| stopped())
    }
}

fn stopped() -> Error {
    Error::new(ErrorKind::BrokenPipe, "the simulated card has stopped")
}
