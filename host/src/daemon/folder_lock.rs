//! The state folder belongs to one daemon at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

const NAME: &str = "lock";
/// Characters of the holder's name that are told at most.
const TOLD: usize = 400;

/// Why the folder cannot be had. Each says what mends it.
#[derive(Debug, thiserror::Error)]
pub enum FolderLockError {
    /// Another daemon has it.
    #[error(
        "the state folder {} is in use by {holder}; stop that daemon (`systemctl stop flowswitch`, or `kill` with its process id), \
         or give this one a folder of its own with --state",
        folder.display()
    )]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who has it, as it says itself.
        holder: String,
    },
    /// The lock cannot be made.
    #[error(
        "{}: {error}; the folder must be there and belong to the daemon's user, with room on its disk, or name another with --state",
        path.display()
    )]
    System {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

/// Holds a state folder until it is dropped, or its process ends in whatever way. The file stays: to remove it would let two hold a
/// lock, each on a file of its own.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, which is made if it is not there, and leaves word who has it.
    ///
    /// # Errors
    /// See [`FolderLockError`].
    pub fn take(folder: &Path, holder: &str) -> Result<Self, FolderLockError> {
        let path = folder.join(NAME);
        let failed = |error| FolderLockError::System {
            path: path.clone(),
            error,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderLockError::Held {
                    folder: folder.to_owned(),
                    holder: holder_in(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Who holds it is a help and no more: a full disk must not keep the daemon from its work.
        let told = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{holder}"));
        if let Err(error) = told {
            tracing::warn!("{}: {error}", path.display());
        }
        Ok(Self { _file: file })
    }
}

/// What the holder wrote, fit for a terminal.
fn holder_in(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = { file }.take(TOLD as u64 * 4).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or_default();
    let line: String = line
        .chars()
        .filter(|c| !c.is_control())
        .take(TOLD)
        .collect();
    if read.is_err() || line.is_empty() {
        "another daemon".to_owned()
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::{FolderLock, FolderLockError};

    #[test]
    fn one_at_a_time() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join("made/on/the/way");
        let first = FolderLock::take(&folder, "process 1, the \u{1b}[1mfirst").expect("free");
        let refused = FolderLock::take(&folder, "process 2").expect_err("taken");
        let told = refused.to_string();
        assert!(matches!(refused, FolderLockError::Held { .. }), "{told}");
        assert!(
            told.contains("in use by process 1, the [1mfirst;"),
            "{told}"
        );
        assert!(told.contains("--state"), "{told}");
        drop(first);
        // A name that is shorter leaves nothing of the longer one.
        let _second = FolderLock::take(&folder, "process 2").expect("free again");
        let told = FolderLock::take(&folder, "process 3").expect_err("taken");
        assert!(told.to_string().contains("by process 2;"), "{told}");
    }

    #[test]
    fn what_is_no_folder() {
        let parent = tempfile::tempdir().expect("a folder");
        let file = parent.path().join("file");
        std::fs::write(&file, "").expect("a file");
        let refused = FolderLock::take(&file, "process 1").expect_err("no folder");
        assert!(matches!(refused, FolderLockError::System { .. }));
        assert!(refused.to_string().contains("--state"));
    }
}
