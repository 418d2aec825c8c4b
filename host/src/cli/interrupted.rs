//! Ctrl-C and SIGTERM as a wish to end well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::failure::Failure;

/// Tells whether the user wants the command to end. A second signal ends it at once.
pub(super) struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Failure> {
        let wished = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // Registered first, so that it sees the flag of the signal before.
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&wished))
                .and_then(|_| flag::register(signal, Arc::clone(&wished)))
                .map_err(Failure::failed)?;
        }
        Ok(Self(wished))
    }

    /// The user wants it to end.
    pub(super) fn wished(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
