//! A device that was recorded: it gives the same answers to the same questions, without a card.

use std::collections::VecDeque;
use std::time::Duration;

use crate::device::{Device, DeviceError};
use crate::dma::{DmaBuffer, Mapping, pages_for};
use crate::event::{Event, EventError, Failure, nanoseconds};

/// A driver that asks for something else than when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recording has {}, the driver asks for {asked}", recorded.map_or_else(|| "ended".to_owned(), |event| format!("`{event}` next")))]
pub struct Diverged {
    /// What was recorded, if anything is left.
    pub recorded: Option<Event>,
    /// What was asked for.
    pub asked: String,
}

/// The events of a recording, in order. Memory that was allocated stays zero: what a card wrote there is not recorded.
#[derive(Clone, Debug, Default)]
pub struct Replay(VecDeque<Event>);

struct Nothing;

impl Mapping for Nothing {}

impl Replay {
    /// A device that answers as these events tell.
    pub fn new(events: impl IntoIterator<Item = Event>) -> Self {
        Self(events.into_iter().collect())
    }

    /// From a recording's lines; empty ones and those that begin with `#` are left out.
    ///
    /// # Errors
    /// [`EventError`] with the first line that cannot be read.
    pub fn from_lines(text: &str) -> Result<Self, EventError> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Events that nobody has asked for yet.
    pub fn left(&self) -> usize {
        self.0.len()
    }

    /// Takes the next event if it is an answer to what is asked.
    fn answer<T>(
        &mut self,
        asked: impl FnOnce() -> String,
        offset: u32,
        take: impl FnOnce(Event) -> Option<T>,
    ) -> Result<T, DeviceError> {
        let next = self.0.front().copied();
        let failure: Option<Failure> = match next {
            Some(Event::Failed {
                offset: at,
                failure,
            }) if at == offset => Some(failure),
            Some(Event::Refused { failure }) => Some(failure),
            _ => None,
        };
        if let Some(failure) = failure {
            self.0.pop_front();
            return Err(failure.error(offset));
        }
        match next.and_then(take) {
            Some(value) => {
                self.0.pop_front();
                Ok(value)
            }
            None => Err(DeviceError::Failed(Box::new(Diverged {
                recorded: next,
                asked: asked(),
            }))),
        }
    }
}

impl Device for Replay {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let asked = || format!("a read of {offset:#07x}");
        self.answer(asked, offset, |event| match event {
            Event::Read { offset: at, value } if at == offset => Some(value),
            _ => None,
        })
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let asked = Event::Write { offset, value };
        self.answer(
            || format!("`{asked}`"),
            offset,
            |event| (event == asked).then_some(()),
        )
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        let asked = Event::Wait {
            ns: nanoseconds(duration),
        };
        self.answer(
            || format!("`{asked}`"),
            0,
            |event| (event == asked).then_some(()),
        )
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        let asked = || format!("memory of {bytes} bytes");
        let address = self.answer(asked, 0, |event| match event {
            Event::Allocate {
                bytes: had,
                address,
            } if had == bytes as u64 => Some(address),
            _ => None,
        })?;
        let pages = Box::new(pages_for(bytes));
        Ok(DmaBuffer::new(pages, address, Box::new(Nothing)))
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        let asked = Event::EnableInterrupts { vectors };
        self.answer(
            || format!("`{asked}`"),
            0,
            |event| (event == asked).then_some(()),
        )
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        let asked = || format!("an interrupt of {mask:#x}");
        self.answer(asked, 0, |event| match event {
            Event::WaitInterrupt {
                mask: had,
                ns,
                fired,
            } if (had, ns) == (mask, nanoseconds(timeout)) => Some(fired),
            _ => None,
        })
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let asked = || "a reset".to_owned();
        self.answer(asked, 0, |event| (event == Event::Reset).then_some(()))
    }
}
