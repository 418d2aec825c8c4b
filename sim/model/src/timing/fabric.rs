//! The queues from every port to every port, and the egresses that empty them.

use super::QUEUE_BEATS;
use crate::outcome::HostReason;
use std::collections::VecDeque;

/// A copy in a queue.
#[derive(Clone, Debug)]
pub(super) struct QueuedCopy {
    /// First clock in which it can be read.
    pub(super) readable_at: u64,
    pub(super) beats: usize,
    pub(super) arrival_clock: u64,
    pub(super) host_reason: Option<HostReason>,
    pub(super) frame: Vec<u8>,
}

/// The queue from one port to another.
#[derive(Clone, Debug, Default)]
struct Queue {
    copies: VecDeque<QueuedCopy>,
    /// Beats taken by copies, as far as the ingress knows: it hears of a beat that was read a clock later.
    reserved: usize,
}

/// One egress with its queues.
#[derive(Clone, Debug)]
struct Egress {
    queues: Vec<Queue>,
    /// The queue asked first for the next frame.
    next: usize,
    /// The queue whose frame is being read, and how many of its beats are not.
    reading: Option<(usize, usize)>,
    /// The queue that lost a beat in the last clock.
    freed: Option<usize>,
    /// Copies in all queues.
    waiting: usize,
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
            freed: None,
            waiting: 0,
        };
        Self {
            egresses: vec![egress; ports],
        }
    }

    /// True if nothing is queued or being read.
    pub(super) fn is_empty(&self) -> bool {
        self.egresses
            .iter()
            .all(|egress| egress.waiting == 0 && egress.reading.is_none())
    }

    /// Puts a copy into its queue; false, and nothing done, if it does not fit wholly.
    pub(super) fn write(&mut self, ingress: usize, egress: usize, copy: QueuedCopy) -> bool {
        let egress = &mut self.egresses[egress];
        let queue = &mut egress.queues[ingress];
        if queue.reserved + copy.beats > QUEUE_BEATS {
            return false;
        }
        queue.reserved += copy.beats;
        queue.copies.push_back(copy);
        egress.waiting += 1;
        true
    }

    /// Every egress reads one beat; returns the copies begun in this clock, each with its egress and ingress.
    pub(super) fn read(&mut self, clock: u64) -> Vec<(usize, (usize, QueuedCopy))> {
        let egresses = self.egresses.iter_mut().enumerate();
        egresses
            .filter_map(|(number, egress)| Some((number, egress.read(clock)?)))
            .collect()
    }
}

impl Egress {
    fn read(&mut self, clock: u64) -> Option<(usize, QueuedCopy)> {
        let begun = if self.reading.is_none() {
            self.begin(clock)
        } else {
            None
        };
        if let Some(ingress) = self.freed.take() {
            self.queues[ingress].reserved -= 1;
        }
        if let Some((ingress, beats)) = self.reading {
            self.freed = Some(ingress);
            self.reading = (beats > 1).then_some((ingress, beats - 1));
        }
        begun
    }

    /// Takes the next frame from the first queue, after the one served last, that has one to read.
    fn begin(&mut self, clock: u64) -> Option<(usize, QueuedCopy)> {
        if self.waiting == 0 {
            return None;
        }
        let queues = self.queues.len();
        for ingress in (self.next..queues).chain(0..self.next) {
            let readable = |copy: &mut QueuedCopy| copy.readable_at <= clock;
            if let Some(copy) = self.queues[ingress].copies.pop_front_if(readable) {
                self.next = (ingress + 1) % queues;
                self.reading = Some((ingress, copy.beats));
                self.waiting -= 1;
                return Some((ingress, copy));
            }
        }
        None
    }
}
