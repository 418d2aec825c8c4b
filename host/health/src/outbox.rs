//! Frames on their way to the host ring.

use std::collections::VecDeque;

/// Frames that wait at most: what does not fit is lost and counted.
const ROOM: usize = 4096;
/// Above so many waiting, what is only polite is not answered: probes come first.
const ROOM_FOR_ANSWERS: usize = 512;

/// A frame for a network port.
struct Outgoing {
    port: u8,
    frame: Vec<u8>,
    /// The probe that it belongs to.
    probe: Option<u64>,
}

/// A queue in front of the ring, because that may be full.
#[derive(Default)]
pub(crate) struct Outbox {
    frames: VecDeque<Outgoing>,
    /// Frames for which there was no room.
    pub lost: u64,
    /// Times that the ring was full.
    pub ring_full: u64,
}

impl Outbox {
    /// Puts a frame of a probe.
    pub fn push(&mut self, probe: u64, port: u8, frame: Vec<u8>) {
        self.put(ROOM, port, frame, Some(probe));
    }

    /// Puts an answer to somebody's question. False: too many frames wait.
    pub fn push_answer(&mut self, port: u8, frame: Vec<u8>) -> bool {
        self.put(ROOM_FOR_ANSWERS, port, frame, None)
    }

    fn put(&mut self, room: usize, port: u8, frame: Vec<u8>, probe: Option<u64>) -> bool {
        let fits = self.frames.len() < room;
        if fits {
            self.frames.push_back(Outgoing { port, frame, probe });
        } else {
            self.lost += 1;
        }
        fits
    }

    /// Takes back what a probe has not sent yet.
    pub fn withdraw(&mut self, probe: u64) {
        self.frames.retain(|outgoing| outgoing.probe != Some(probe));
    }

    /// Sends as much as the ring takes; tells which probes a frame left of.
    pub fn flush(&mut self, send: &mut dyn FnMut(u8, &[u8]) -> bool, left: &mut dyn FnMut(u64)) {
        while let Some(outgoing) = self.frames.front() {
            if !send(outgoing.port, &outgoing.frame) {
                self.ring_full += 1;
                return;
            }
            if let Some(probe) = outgoing.probe {
                left(probe);
            }
            self.frames.pop_front();
        }
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}
