//! Clients that break the protocol in a way on which the protocol's library panics: that ends their thread, and is told in
//! plain words rather than as a fault of this program.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic;
use std::sync::Once;
use std::thread::{self, JoinHandle};

/// Name of the threads that serve a client.
const THREAD: &str = "vfio-user client";
/// As the library's source files are named.
const LIBRARY: &str = "vfio_user-";

/// Starts a thread that serves a client. What the library panics on there is not printed; every other panic is.
///
/// # Errors
/// If the system has no more threads.
pub(super) fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            let of_library = panicked
                .location()
                .is_some_and(|place| place.file().contains(LIBRARY));
            if !(of_library && thread::current().name() == Some(THREAD)) {
                print(panicked);
            }
        }));
    });
    thread::Builder::new().name(THREAD.to_owned()).spawn(work)
}

/// What a client did wrong, by the words with which the library panicked. It does so only when it reads a version message:
/// the length of its text, and then the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    /// The length in its header is less than that of the message's fixed part.
    ShortVersion,
    /// Its capabilities are no text that ends in a zero byte.
    NoText,
    /// Something else, or a fault of this program; that was printed.
    Other,
}

impl Breach {
    pub fn of(panic: &(dyn Any + Send)) -> Self {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        match words.unwrap_or_default() {
            words if words.contains("subtract with overflow") || words == "capacity overflow" => {
                Self::ShortVersion
            }
            words if words.contains("FromVecWithNulError") => Self::NoText,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ShortVersion => "its version message is shorter than 20 bytes by its own header",
            Self::NoText => {
                "the capabilities in its version message are no text that ends in a zero byte"
            }
            Self::Other => "it sent what this card cannot read",
        })
    }
}
