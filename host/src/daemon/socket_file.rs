//! The name of the daemon's socket, for as long as it is the daemon's.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tracing::warn;

/// Removes the socket when the daemon ends, unless another daemon has put its own there meanwhile.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and number of the file.
    identity: Option<(u64, u64)>,
}

impl SocketFile {
    /// The socket that was just bound at `path`.
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            identity: identity(path).ok(),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let removed = match identity(&self.path) {
            Ok(there) if Some(there) == self.identity => fs::remove_file(&self.path),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            warn!("{}: {error}", self.path.display());
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::SocketFile;

    #[test]
    fn only_its_own_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("api.sock");
        let own = UnixListener::bind(&path).expect("a socket");
        drop(SocketFile::at(&path));
        assert!(!path.exists());

        let _again = UnixListener::bind(&path).expect("a socket");
        let file = SocketFile::at(&path);
        // Another daemon found nobody there.
        std::fs::rename(&path, folder.path().join("aside")).expect("renamed");
        let _other = UnixListener::bind(&path).expect("a socket");
        drop(file);
        assert!(path.exists(), "the other's socket is gone");
        drop(own);
    }
}
