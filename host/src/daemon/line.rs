//! The card at work: its registers, and its rings if it has any.

use std::time::Duration;

use flowswitch_driver::rings::{Events, HostPort, HostSettings, Vectors};
use flowswitch_driver::{Card, Device, Error};

/// Events that end a wait; the others are found at the next look.
const WAKING: Events = Events::LINK
    .union(Events::MEMBER_LOST)
    .union(Events::NO_SERVER)
    .union(Events::RING_ERROR);
/// How long is waited at once where nothing can end a wait.
const SLICE: Duration = Duration::from_millis(5);
/// The shortest frame, without FCS.
const SHORTEST: usize = 60;

/// A card, with or without rings.
pub(super) enum Line<'c, D: Device> {
    /// Frames pass.
    Rings(Box<HostPort<'c, D>>),
    /// Only registers.
    Registers(&'c mut Card<D>),
}

impl<'c, D: Device> Line<'c, D> {
    /// Starts the rings if the card has some.
    pub fn open(card: &'c mut Card<D>) -> Result<Self, Error> {
        if !card.capabilities().rings {
            return Ok(Self::Registers(card));
        }
        let settings = HostSettings {
            events: WAKING,
            ..HostSettings::default()
        };
        Ok(Self::Rings(Box::new(HostPort::open(card, &settings)?)))
    }

    /// The card itself.
    pub fn card(&mut self) -> &mut Card<D> {
        match self {
            Self::Rings(port) => port.card(),
            Self::Registers(card) => card,
        }
    }

    /// Hands out the frames that have come, with their ports.
    pub fn receive(&mut self, mut each: impl FnMut(u8, &[u8])) -> Result<(), Error> {
        if let Self::Rings(port) = self {
            port.poll_transmit(|_| ())?;
            port.poll_receive(|frame| {
                if !frame.truncated {
                    each(frame.port, frame.bytes);
                }
            })?;
        }
        Ok(())
    }

    /// Queues a frame for a port; false if there is no room, or no ring.
    pub fn send(&mut self, to: u8, frame: &[u8]) -> Result<bool, Error> {
        let Self::Rings(port) = self else {
            return Ok(false);
        };
        if frame.len() >= SHORTEST {
            return port.queue(to, frame);
        }
        let mut padded = [0; SHORTEST];
        padded[..frame.len()].copy_from_slice(frame);
        port.queue(to, &padded)
    }

    /// What has happened since this was last asked.
    pub fn events(&mut self) -> Result<Events, Error> {
        match self {
            Self::Rings(port) => port.events(),
            Self::Registers(_) => Ok(Events::empty()),
        }
    }

    /// Waits for frames, for events if they are wanted, or for the waker, at most so long. Tells whether there are events.
    pub fn wait(&mut self, events: bool, timeout: Duration) -> Result<bool, Error> {
        match self {
            Self::Rings(port) => {
                let mut interest = Vectors::RECEIVE;
                interest.set(Vectors::EVENTS, events);
                let wakes = port.uses_interrupts() && port.card().device().waker().is_some();
                let timeout = if wakes { timeout } else { timeout.min(SLICE) };
                Ok(port.wait(interest, timeout)?.contains(Vectors::EVENTS))
            }
            Self::Registers(card) => {
                card.device_mut().wait(timeout.min(SLICE))?;
                Ok(false)
            }
        }
    }
}
