//! Ending a wait for the card from another thread.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

/// Ends a wait for the card from any thread: the one that goes on, or the next.
///
/// What was woken stays so until it is taken, by [`HostPort::wait`](crate::rings::HostPort::wait) or [`Waker::take`].
#[derive(Clone, Debug)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// One that nobody has used.
    ///
    /// # Errors
    /// If the process may have no more file descriptors.
    pub fn new() -> io::Result<Self> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        Ok(Self(Arc::new(eventfd(0, flags)?)))
    }

    /// Ends the wait.
    pub fn wake(&self) {
        // It fails only when 2^64 wishes wait already.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }

    /// Whether somebody woke since it was last taken.
    pub fn take(&self) -> bool {
        rustix::io::read(&*self.0, &mut [0; 8]).is_ok()
    }

    pub(crate) fn is_pending(&self) -> bool {
        let mut waited = [PollFd::new(&*self.0, PollFlags::IN)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut waited, Some(&now)).is_ok_and(|ready| ready > 0)
    }

    pub(crate) fn counter(&self) -> &OwnedFd {
        &self.0
    }
}
