//! The queues from every port to every port, and the egresses that empty them.

use super::{QUEUE_BEATS, REPLAY_LATENCY};
use crate::outcome::FrameCopy;
use std::collections::VecDeque;
use std::mem;

/// A frame in a queue.
#[derive(Clone, Debug)]
pub(super) struct QueuedFrame {
    /// First clock in which it can be read.
    pub(super) readable_at: u64,
    pub(super) beats: usize,
    pub(super) arrival_clock: u64,
    /// Those that have not left; they leave one after the other.
    pub(super) copies: VecDeque<FrameCopy>,
    /// There was more than one.
    pub(super) several: bool,
}

/// The ingress of a copy, the clock in which its frame had arrived, and the copy.
pub(super) type Begun = (usize, u64, FrameCopy);

/// The queue from one port to another.
#[derive(Clone, Debug, Default)]
struct Queue {
    frames: VecDeque<QueuedFrame>,
    /// Beats taken by frames, as far as the ingress knows: it hears of a beat that was read a clock later.
    reserved: usize,
    /// Clock before which nothing is read, since a frame of several copies was.
    closed_until: u64,
    /// Beats of frames of several copies that all have left: the ingress hears of them one by one, in clocks in which no
    /// other beat was read.
    owed: usize,
    /// Those of the frame whose last copy was begun, owed from `closed_until` on.
    owed_soon: usize,
    /// A beat was read, or one of those owed was told of, in the last clock.
    freed: bool,
}

/// One egress with its queues.
#[derive(Clone, Debug)]
struct Egress {
    queues: Vec<Queue>,
    /// The queue asked first for the next frame.
    next: usize,
    /// The frame that is being read.
    reading: Option<Reading>,
    /// Frames in all queues.
    waiting: usize,
}

/// A frame that is being read.
#[derive(Clone, Copy, Debug)]
struct Reading {
    ingress: usize,
    /// Beats to be read yet.
    beats: usize,
    /// Of the only copy: what was read is taken out of the queue.
    only: bool,
}

/// All queues of the card; the host is the last ingress and egress.
#[derive(Clone, Debug)]
pub(super) struct Fabric {
    egresses: Vec<Egress>,
}

impl Fabric {
    pub(super) fn new(ports: usize) -> Self {
        let queues = vec![Queue::default(); ports];
        let egress = Egress {
            queues,
            next: 0,
            reading: None,
            waiting: 0,
        };
        Self {
            egresses: vec![egress; ports],
        }
    }

    /// True if nothing is queued or being read, and the room of all that was is free again.
    pub(super) fn is_empty(&self, clock: u64) -> bool {
        self.egresses.iter().all(|egress| {
            let at_rest = |queue: &Queue| queue.reserved == 0 && queue.closed_until <= clock;
            egress.waiting == 0 && egress.reading.is_none() && egress.queues.iter().all(at_rest)
        })
    }

    /// Puts a frame into its queue; false, and nothing done, if it does not fit wholly.
    pub(super) fn write(&mut self, ingress: usize, egress: usize, frame: QueuedFrame) -> bool {
        let egress = &mut self.egresses[egress];
        let queue = &mut egress.queues[ingress];
        if queue.reserved + frame.beats > QUEUE_BEATS {
            return false;
        }
        queue.reserved += frame.beats;
        queue.frames.push_back(frame);
        egress.waiting += 1;
        true
    }

    /// Every egress reads one beat; returns the copies begun in this clock.
    pub(super) fn read(&mut self, clock: u64) -> Vec<Begun> {
        let egresses = self.egresses.iter_mut();
        egresses.filter_map(|egress| egress.read(clock)).collect()
    }
}

impl Egress {
    fn read(&mut self, clock: u64) -> Option<Begun> {
        for queue in self
            .queues
            .iter_mut()
            .filter(|queue| queue.closed_until <= clock)
        {
            queue.owed += mem::take(&mut queue.owed_soon);
        }
        let begun = if self.reading.is_none() {
            self.begin(clock)
        } else {
            None
        };
        let popped = self
            .reading
            .filter(|reading| reading.only)
            .map(|reading| reading.ingress);
        for (ingress, queue) in self.queues.iter_mut().enumerate() {
            queue.reserved -= usize::from(queue.freed);
            let owed = queue.owed > 0;
            queue.freed = popped == Some(ingress) || owed;
            queue.owed -= usize::from(owed && popped != Some(ingress));
        }
        if let Some(reading) = self.reading {
            self.reading = (reading.beats > 1).then_some(Reading {
                beats: reading.beats - 1,
                ..reading
            });
        }
        begun
    }

    /// Takes the next copy from the first queue, after the one served last, that has one to read.
    fn begin(&mut self, clock: u64) -> Option<Begun> {
        if self.waiting == 0 {
            return None;
        }
        let queues = self.queues.len();
        for ingress in (self.next..queues).chain(0..self.next) {
            let queue = &mut self.queues[ingress];
            let Some(frame) = queue
                .frames
                .front_mut()
                .filter(|frame| frame.readable_at.max(queue.closed_until) <= clock)
            else {
                continue;
            };
            let copy = frame.copies.pop_front()?;
            let (beats, arrival_clock) = (frame.beats, frame.arrival_clock);
            let last = frame.copies.is_empty();
            let only = !frame.several;
            if frame.several {
                queue.closed_until = clock + beats as u64 - 1 + REPLAY_LATENCY;
            }
            if last {
                queue.frames.pop_front();
                if !only {
                    queue.owed_soon = beats;
                }
                self.waiting -= 1;
            }
            self.next = (ingress + 1) % queues;
            self.reading = Some(Reading {
                ingress,
                beats,
                only,
            });
            return Some((ingress, arrival_clock, copy));
        }
        None
    }
}
