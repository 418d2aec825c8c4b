//! The host port: both rings in use.

use super::error::{Direction, RingError};
use super::format::{Completion, Frame, Sent, Status};
use super::ring::Ring;
use super::settings::{Events, HostSettings, Vectors};
use super::wait::Awaited;
use crate::card::Card;
use crate::device::{Device, DeviceError};
use crate::dma::DmaBuffer;
use crate::error::Error;
use crate::register_io::RegisterWindow;
use crate::waker::Waker;

/// What passed since the host port was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RingStatistics {
    /// Frames received, truncated ones included.
    pub received: u64,
    /// Frames received in part.
    pub truncated: u64,
    /// Receive descriptors that the card refused; no frame was lost by them.
    pub refused: u64,
    /// Frames lost because a receive buffer could not be written.
    pub lost: u64,
    /// Completions that told what cannot be; their frames were left out.
    pub malformed: u64,
    /// Frames handed to the card's fabric.
    pub transmitted: u64,
    /// Frames that were not transmitted.
    pub transmit_failed: u64,
    /// Interrupts that ended a wait.
    pub interrupts: u64,
    /// Waits at whose end there was something to do although no interrupt had come.
    pub lost_interrupts: u64,
}

/// Both rings of a card, running. They stop when this is dropped; forwarding goes on.
///
/// Nothing is allocated for a frame. Methods take bounded time whatever the card does.
#[derive(Debug)]
pub struct HostPort<'c, D: Device> {
    pub(super) card: &'c mut Card<D>,
    pub(super) receive: Ring,
    pub(super) transmit: Ring,
    pub(super) memory: DmaBuffer,
    pub(super) interrupts: bool,
    pub(super) awaited: Awaited,
    /// Events that are enabled.
    pub(super) events: Events,
    pub(super) waker: Option<Waker>,
    pub(super) statistics: RingStatistics,
    /// The copy of a frame that is handed out.
    frame: Vec<u8>,
    core_khz: u32,
}

impl<'c, D: Device> HostPort<'c, D> {
    /// Stops what another driver may have left running, takes memory for all buffers at once and starts both rings. Takes the
    /// card's interrupts if the device has any.
    ///
    /// # Errors
    /// [`Error::NoRings`] if the card has none, [`RingError::Setting`] if it cannot have these,
    /// [`DeviceError::Memory`] if the memory cannot be had; see [`Error`].
    pub fn open(card: &'c mut Card<D>, settings: &HostSettings) -> Result<Self, Error> {
        if !card.capabilities().rings {
            return Err(Error::NoRings);
        }
        let moderation_ns = settings.check(card.host_capability()?.size_log2)?;
        card.reset_host()?;
        let (receive, end) = Ring::layout(
            Direction::Receive,
            settings.receive_log2,
            settings.receive_buffer,
            0,
        );
        let (transmit, bytes) = Ring::layout(
            Direction::Transmit,
            settings.transmit_log2,
            settings.transmit_buffer,
            end,
        );
        let memory = card.device.allocate(bytes)?;
        if memory.bytes() < bytes {
            return Err(DeviceError::Memory {
                bytes,
                why: format!("the device gave {} bytes", memory.bytes()),
            }
            .into());
        }
        let interrupts = match card.device.enable_interrupts(3) {
            Ok(()) => true,
            Err(DeviceError::Unsupported(_)) => false,
            Err(error) => return Err(error.into()),
        };
        let core_khz = card.core_clock_khz()?;
        let waker = card.device.waker();
        let mut port = Self {
            card,
            waker,
            receive,
            transmit,
            memory,
            interrupts,
            awaited: Awaited::default(),
            events: settings.events,
            statistics: RingStatistics::default(),
            frame: vec![0; settings.receive_buffer.into()],
            core_khz,
        };
        port.start(moderation_ns, settings.events)?;
        Ok(port)
    }

    fn start(&mut self, moderation_ns: u32, events: Events) -> Result<(), Error> {
        while self.receive.free().is_some() {
            let bytes = self.receive.buffer_bytes();
            self.receive.fill(&self.memory, bytes, 0);
        }
        let window = RegisterWindow::new(&mut self.card.device);
        let host = window.host();
        for (registers, ring) in [(host.rx(), &self.receive), (host.tx(), &self.transmit)] {
            let [descriptors, completions] = ring.addresses(&self.memory).map(halves);
            let [low, high] = descriptors;
            registers
                .descriptors_low()
                .try_write(|r| r.set_address(low))?;
            registers
                .descriptors_high()
                .try_write(|r| r.set_address(high))?;
            let [low, high] = completions;
            registers
                .completions_low()
                .try_write(|r| r.set_address(low))?;
            registers
                .completions_high()
                .try_write(|r| r.set_address(high))?;
            registers.size().try_write(|r| r.set_log2(ring.log2()))?;
        }
        host.rx_moderation()
            .try_write(|r| r.set_ns(moderation_ns))?;
        host.event_enable()
            .try_write(|r| r.set_mask(events.bits()))?;
        host.control().try_write(|r| {
            r.set_rx_enable(true);
            r.set_tx_enable(true);
        })?;
        self.card.await_rings_running()?;
        self.ring_receive()
    }

    /// The card: its tables, counters and other registers while the rings run.
    pub fn card(&mut self) -> &mut Card<D> {
        self.card
    }

    /// Whether waiting is done by interrupts; else the rings are polled.
    pub fn uses_interrupts(&self) -> bool {
        self.interrupts
    }

    /// Waits by polling from now on, whatever the device has.
    pub fn use_polling(&mut self) {
        self.interrupts = false;
    }

    /// What passed so far.
    pub fn statistics(&self) -> RingStatistics {
        self.statistics
    }

    /// Hands out the frames that have come, one ring full at most, and gives their buffers back. Returns how many.
    ///
    /// # Errors
    /// [`RingError::OutOfOrder`] if the ring cannot be believed any more; [`DeviceError`] if a register access failed.
    pub fn poll_receive(&mut self, mut each: impl FnMut(&Frame<'_>)) -> Result<usize, Error> {
        let mut delivered = 0;
        for _ in 0..1u32 << self.receive.log2() {
            let Some(completion) = self.receive.completion(&self.memory)? else {
                break;
            };
            let bytes = self.take(&completion);
            // Before the frame is handed out: nothing that is done with it keeps its buffer from the card.
            self.receive.advance();
            self.receive.refill();
            if let Some(bytes) = bytes {
                delivered += 1;
                each(&Frame {
                    port: completion.port,
                    reason: completion.reason,
                    length: completion.length,
                    truncated: completion.status == Some(Status::Truncated),
                    arrived_ns: completion.arrived_ns(self.core_khz),
                    bytes: &self.frame[..bytes],
                });
            }
            // In parts, so that the card does not run dry meanwhile.
            if self.receive.unposted() >= 1 << (self.receive.log2() - 2) {
                self.ring_receive()?;
            }
        }
        if self.receive.unposted() > 0 {
            self.ring_receive()?;
        }
        Ok(delivered)
    }

    /// Counts a receive completion and copies its frame, if it has one that can be; returns the bytes copied.
    fn take(&mut self, completion: &Completion) -> Option<usize> {
        let (length, most) = (completion.length, self.receive.buffer_bytes());
        let known_port = completion.port < self.card.capabilities.ports;
        let bytes = match completion.status {
            Some(Status::Done) if known_port && (1..=most).contains(&length) => length,
            Some(Status::Truncated) if known_port && length > most => {
                self.statistics.truncated += 1;
                most
            }
            Some(Status::BadDescriptor) => {
                self.statistics.refused += 1;
                return None;
            }
            Some(Status::BusError) => {
                self.statistics.lost += 1;
                return None;
            }
            _ => {
                self.statistics.malformed += 1;
                return None;
            }
        };
        self.statistics.received += 1;
        let bytes = usize::from(bytes);
        self.memory.read(
            self.receive.buffer(completion.index),
            &mut self.frame[..bytes],
        );
        Some(bytes)
    }

    /// Sends a frame out of a port: the doorbell is rung at once. Returns false if the ring is full:
    /// [`HostPort::wait`] for [`Vectors::TRANSMIT`], then try again.
    ///
    /// # Errors
    /// [`RingError::Length`] or [`RingError::Port`] if it cannot be sent; see [`Error`].
    #[must_use = "the frame was not taken if the ring is full"]
    pub fn transmit(&mut self, port: u8, bytes: &[u8]) -> Result<bool, Error> {
        let taken = self.queue(port, bytes)?;
        self.flush()?;
        Ok(taken)
    }

    /// As [`HostPort::transmit`], but the card learns of the frame by the next [`HostPort::flush`]. If the ring is full,
    /// what was queued before is flushed.
    ///
    /// # Errors
    /// As [`HostPort::transmit`].
    #[must_use = "the frame was not taken if the ring is full"]
    pub fn queue(&mut self, port: u8, bytes: &[u8]) -> Result<bool, Error> {
        let ports = self.card.capabilities.ports;
        if port >= ports {
            let last = ports.saturating_sub(1);
            return Err(RingError::Port { port, last }.into());
        }
        let most = self.transmit.buffer_bytes();
        let length = u16::try_from(bytes.len()).ok();
        let Some(length) = length.filter(|length| (1..=most).contains(length)) else {
            let bytes = bytes.len();
            return Err(RingError::Length { bytes, most }.into());
        };
        if self.transmit.free().is_none() {
            self.flush()?;
            self.poll_transmit(|_| ())?;
        }
        let Some(index) = self.transmit.free() else {
            return Ok(false);
        };
        self.memory.write(self.transmit.buffer(index), bytes);
        self.transmit.fill(&self.memory, length, port);
        Ok(true)
    }

    /// Tells the card of all frames queued.
    ///
    /// # Errors
    /// [`DeviceError`] if the register could not be written.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.transmit.unposted() > 0 {
            let tail = self.transmit.tail();
            let window = RegisterWindow::new(&mut self.card.device);
            window.host().tx().tail().try_write(|r| r.set_index(tail))?;
        }
        Ok(())
    }

    /// Frames queued or sent whose completion was not read yet.
    pub fn unsent(&self) -> u16 {
        self.transmit.outstanding()
    }

    /// Hands out the completions of frames sent, one ring full at most. Returns how many.
    ///
    /// # Errors
    /// [`RingError::OutOfOrder`] if the ring cannot be believed any more.
    pub fn poll_transmit(&mut self, mut each: impl FnMut(&Sent)) -> Result<usize, Error> {
        let mut completed = 0;
        for _ in 0..1u32 << self.transmit.log2() {
            let Some(completion) = self.transmit.completion(&self.memory)? else {
                break;
            };
            self.transmit.advance();
            completed += 1;
            let status = match completion.status {
                Some(Status::Truncated) | None => {
                    self.statistics.malformed += 1;
                    continue;
                }
                Some(status) => status,
            };
            if status == Status::Done {
                self.statistics.transmitted += 1;
            } else {
                self.statistics.transmit_failed += 1;
            }
            each(&Sent {
                index: completion.index,
                length: completion.length,
                status,
                time_ns: completion.time_ns,
            });
        }
        Ok(completed)
    }

    /// What has happened since this was last asked.
    ///
    /// # Errors
    /// [`DeviceError`] if a register access failed.
    pub fn events(&mut self) -> Result<Events, Error> {
        self.card.take_events()
    }

    fn ring_receive(&mut self) -> Result<(), Error> {
        let tail = self.receive.tail();
        let window = RegisterWindow::new(&mut self.card.device);
        window.host().rx().tail().try_write(|r| r.set_index(tail))?;
        Ok(())
    }

    /// The rings that have completions to be read.
    pub(super) fn completed(&self) -> Vectors {
        let mut ready = Vectors::empty();
        ready.set(Vectors::RECEIVE, self.receive.has_completion(&self.memory));
        ready.set(
            Vectors::TRANSMIT,
            self.transmit.has_completion(&self.memory),
        );
        ready
    }

    /// Stops both rings and waits until the card leaves their memory alone.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it does not.
    pub fn close(self) -> Result<RingStatistics, Error> {
        self.card.reset_host()?;
        Ok(self.statistics)
    }
}

impl<D: Device> Drop for HostPort<'_, D> {
    /// Best effort: the memory is unmapped before it is freed, so a card that does not stop reaches none.
    fn drop(&mut self) {
        let _ = self.card.reset_host();
    }
}

/// Low and high word.
fn halves(address: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = address.to_le_bytes();
    [
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
    ]
}
