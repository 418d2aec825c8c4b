//! The function's interrupts, sent by the client's event file descriptors.

use super::bars::VECTORS;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const NOT_AT_ALL: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Sends interrupts, or keeps them until they can be sent.
#[derive(Debug, Default)]
pub(super) struct Interrupts {
    vectors: [Option<File>; VECTORS as usize],
    /// Fired and not sent; what the function shows as its pending bits.
    pending: Arc<AtomicU32>,
    sent: [u64; VECTORS as usize],
}

impl Interrupts {
    /// Shares its pending bits.
    pub fn new(pending: Arc<AtomicU32>) -> Self {
        Self {
            pending,
            ..Self::default()
        }
    }

    /// How many were sent, by vector.
    pub fn sent(&self) -> [u64; VECTORS as usize] {
        self.sent
    }

    /// Connects a vector, or takes its descriptor away; sends what waits.
    pub fn connect(&mut self, vector: u8, to: Option<File>) {
        if let Some(at) = self.vectors.get_mut(usize::from(vector)) {
            *at = to;
        }
        self.fire(self.pending.swap(0, Ordering::Relaxed));
    }

    /// Fires vectors, bit 0 is vector 0.
    pub fn fire(&mut self, mask: u32) {
        for vector in (0..VECTORS).filter(|vector| mask >> vector & 1 == 1) {
            let at = usize::from(vector);
            if self.vectors[at].as_ref().is_some_and(signal) {
                self.sent[at] += 1;
            } else {
                self.pending.fetch_or(1 << vector, Ordering::Relaxed);
            }
        }
    }

    /// Forgets what waits.
    pub fn reset(&mut self) {
        self.pending.store(0, Ordering::Relaxed);
    }
}

/// Whether the descriptor took the event. One that would block is not waited for: an event file descriptor whose count is
/// at its limit has told its reader already.
fn signal(to: &File) -> bool {
    let mut look = [PollFd::new(to, PollFlags::OUT)];
    let looked = poll(&mut look, Some(&NOT_AT_ALL));
    looked == Ok(1)
        && look[0].revents() == PollFlags::OUT
        && (&*to).write_all(&1u64.to_ne_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::Interrupts;
    use rustix::event::{EventfdFlags, eventfd};
    use std::fs::File;
    use std::io::{Read, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn event() -> (File, File) {
        let event = File::from(eventfd(0, EventfdFlags::NONBLOCK).expect("an event"));
        (event.try_clone().expect("a copy"), event)
    }

    fn count(mut event: &File) -> u64 {
        let mut bytes = [0; 8];
        event
            .read_exact(&mut bytes)
            .map_or(0, |()| u64::from_ne_bytes(bytes))
    }

    #[test]
    fn a_vector_without_descriptor_is_pending() {
        let pending = Arc::new(AtomicU32::new(0));
        let mut interrupts = Interrupts::new(Arc::clone(&pending));
        interrupts.fire(0b10);
        assert_eq!(pending.load(Ordering::Relaxed), 0b10);
        let (theirs, ours) = event();
        interrupts.connect(1, Some(theirs));
        assert_eq!((count(&ours), pending.load(Ordering::Relaxed)), (1, 0));
        interrupts.fire(0b11);
        assert_eq!((count(&ours), pending.load(Ordering::Relaxed)), (1, 1));
        interrupts.reset();
        assert_eq!(pending.load(Ordering::Relaxed), 0);
        assert_eq!(interrupts.sent(), [0, 2, 0]);
    }

    #[test]
    fn a_descriptor_that_would_block_is_not_waited_for() {
        let event = File::from(eventfd(0, EventfdFlags::empty()).expect("an event"));
        let full = (u64::MAX - 1).to_ne_bytes();
        (&event).write_all(&full).expect("taken");
        let mut interrupts = Interrupts::default();
        interrupts.connect(0, Some(event));
        interrupts.fire(1);
        assert_eq!(interrupts.sent(), [0; 3]);
    }

    #[test]
    fn a_vector_that_does_not_exist_is_ignored() {
        let mut interrupts = Interrupts::default();
        interrupts.connect(3, None);
        interrupts.fire(!0);
        assert_eq!(interrupts.pending.load(Ordering::Relaxed), 0b111);
    }
}
