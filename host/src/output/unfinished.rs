//! The folder of files that are not complete, which goes with the program however that ends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use tempfile::TempDir;

/// How often the folder is cleared while files are still made in it, and how long after each other.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// A folder for files that are not complete. It is removed with this.
#[derive(Debug)]
pub struct Unfinished {
    folder: TempDir,
    /// The folder, unless what is in it was completed; held while it is.
    cleared: Arc<Mutex<Option<PathBuf>>>,
}

impl Unfinished {
    /// Makes the folder within another.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn new(within: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(".unfinished-")
            .tempdir_in(within)?;
        let cleared = Arc::new(Mutex::new(Some(folder.path().to_owned())));
        Ok(Self { folder, cleared })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// From now on SIGINT and SIGTERM remove the folder and end the program, as they do by default. For programs that do
    /// not end well by themselves when they get one.
    ///
    /// # Errors
    /// If the signals cannot be listened for.
    pub fn clear_on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let cleared = Arc::clone(&self.cleared);
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let folder = cleared.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(folder) = &*folder {
                    remove(folder);
                }
                // It does not return from signals that end a program.
                let _ = emulate_default_handler(signal);
            }
        });
        Ok(())
    }

    /// Completes what is in the folder, which is handed to `work`; a signal that comes meanwhile acts afterwards.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn complete<E>(self, work: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
        let Self { folder, cleared } = self;
        let mut cleared = cleared.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(folder.path());
        drop(folder);
        *cleared = None;
        done
    }
}

/// Removes the folder, in which another thread may be about to make a file.
fn remove(folder: &Path) {
    for _ in 0..TRIES {
        if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
            return;
        }
        thread::sleep(PAUSE);
    }
}
