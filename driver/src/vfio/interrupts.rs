//! Interrupt vectors as event counters of the kernel.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use crate::waker::Waker;

/// One event counter for each vector, and what ends a wait from outside.
#[derive(Debug)]
pub(crate) struct Interrupts(Vec<OwnedFd>, Option<Waker>);

impl Interrupts {
    /// Counters for the vectors from 0 to `vectors` - 1, at most 32.
    pub(crate) fn new(vectors: u8, waker: Option<Waker>) -> io::Result<Self> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let counters = (0..vectors.min(32)).map(|_| eventfd(0, flags));
        Ok(Self(counters.collect::<Result<_, _>>()?, waker))
    }

    /// The counters, vector 0 first.
    pub(crate) fn counters(&self) -> &[OwnedFd] {
        &self.0
    }

    /// Waits until a vector of `mask` fires or somebody wakes, at most `timeout`, and returns those that have fired.
    pub(crate) fn wait(&self, mask: u32, timeout: Duration) -> io::Result<u32> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let fired = self.take(mask)?;
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if fired != 0 || left == Some(Duration::ZERO) || self.is_woken() {
                return Ok(fired);
            }
            let waited = self.masked(mask).map(|(_, counter)| counter);
            let waited = waited.chain(self.1.iter().map(Waker::counter));
            let mut waited: Vec<PollFd<'_>> = waited
                .map(|counter| PollFd::new(counter, PollFlags::IN))
                .collect();
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            match poll(&mut waited, left.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => (),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_woken(&self) -> bool {
        self.1.as_ref().is_some_and(Waker::is_pending)
    }

    /// Those of the vectors that have fired, which are reset.
    fn take(&self, mask: u32) -> io::Result<u32> {
        let mut fired = 0;
        for (vector, counter) in self.masked(mask) {
            let mut count = [0; 8];
            match rustix::io::read(counter, &mut count) {
                Ok(_) => fired |= 1 << vector,
                Err(rustix::io::Errno::AGAIN) => (),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(fired)
    }

    fn masked(&self, mask: u32) -> impl Iterator<Item = (u32, &OwnedFd)> {
        let counters = (0..).zip(&self.0);
        counters.filter(move |(vector, _)| mask >> vector & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(2);

    #[test]
    fn vectors_that_fired_are_returned_once() {
        let interrupts = Interrupts::new(3, None).unwrap();
        assert_eq!(interrupts.wait(7, SHORT).unwrap(), 0);
        let fire = |vector: usize| {
            rustix::io::write(&interrupts.counters()[vector], &1u64.to_ne_bytes()).unwrap();
        };
        fire(0);
        fire(2);
        fire(2);
        assert_eq!(interrupts.wait(2, SHORT).unwrap(), 0);
        assert_eq!(interrupts.wait(6, SHORT).unwrap(), 4);
        assert_eq!(interrupts.wait(7, SHORT).unwrap(), 1);
        assert_eq!(interrupts.wait(7, SHORT).unwrap(), 0);
        // Bits without a vector are no matter.
        fire(1);
        assert_eq!(interrupts.wait(u32::MAX, Duration::MAX).unwrap(), 2);
    }

    #[test]
    fn a_wait_ends_when_a_vector_fires() {
        let interrupts = Interrupts::new(1, None).unwrap();
        let counter = interrupts.counters()[0].try_clone().unwrap();
        let firing = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            rustix::io::write(&counter, &1u64.to_ne_bytes()).unwrap();
        });
        assert_eq!(interrupts.wait(1, Duration::from_secs(20)).unwrap(), 1);
        firing.join().unwrap();
    }

    #[test]
    fn a_wait_ends_when_somebody_wakes() {
        let waker = Waker::new().unwrap();
        let interrupts = Interrupts::new(1, Some(waker.clone())).unwrap();
        let far = Duration::from_secs(3_600);
        // Before the wait, and while it goes on.
        waker.wake();
        assert_eq!(interrupts.wait(1, far).unwrap(), 0);
        assert_eq!(interrupts.wait(1, far).unwrap(), 0, "until it is taken");
        assert!(waker.take());
        assert!(!waker.take());
        let waking = std::thread::spawn(move || {
            std::thread::sleep(SHORT);
            waker.wake();
        });
        assert_eq!(interrupts.wait(1, far).unwrap(), 0);
        waking.join().unwrap();
    }
}
