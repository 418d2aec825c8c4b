//! The socket at which the daemon listens: nobody else's, and never open to more than it is meant for.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// Bytes of a path that the system takes (`sun_path`), less what the temporary name is longer.
const LONGEST: usize = 96;

/// Why there is no socket. Each says what mends it.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another daemon listens there.
    #[error("a daemon listens at {} already; stop it (`systemctl stop flowswitch`), or give this one another socket", .0.display())]
    InUse(PathBuf),
    /// Something that is no socket has the name.
    #[error("{} is there and is no socket; remove it, or give the daemon another socket", .0.display())]
    NotASocket(PathBuf),
    /// The folder is not there.
    #[error("there is no folder {folder}; make it (`install -d -m 0755 {folder}`, or `RuntimeDirectory=flowswitch` in the unit)", folder = .0.display())]
    NoFolder(PathBuf),
    /// The path is longer than the system takes.
    #[error("{} is too long for a socket; use a path of at most {LONGEST} bytes", .0.display())]
    TooLong(PathBuf),
    /// There is no such group.
    #[error("there is no group `{0}`; make it (`groupadd --system {0}`), or name another")]
    NoGroup(String),
    /// The system refused.
    #[error("{what} {}: {why}; see that the daemon's user may write to that folder, and is a member of the group", path.display())]
    System {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

/// A socket at `path` that only those may use whom `mode` (as for chmod; 0o660 is usual) and `group` (a name or number) let.
/// To be called inside a Tokio runtime.
///
/// What a daemon left behind that is no more is replaced; a socket at which somebody listens is not. The socket is made in a folder of
/// its own, which nobody else can enter, and takes its name when mode and group are set.
///
/// # Errors
/// [`BindError`].
pub fn bind(path: &Path, mode: u32, group: Option<&str>) -> Result<UnixListener, BindError> {
    if path.as_os_str().len() > LONGEST {
        return Err(BindError::TooLong(path.to_owned()));
    }
    let gid = group.map(group_number).transpose()?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(BindError::NoFolder(folder.to_owned()));
    }
    // Mode 0700: what is made inside cannot be reached before it is ready.
    let private = tempfile::Builder::new()
        .prefix(".")
        .rand_bytes(6)
        .tempdir_in(folder)
        .map_err(system("make a folder in", folder))?;
    let made = private.path().join("s");
    let listener = std::os::unix::net::UnixListener::bind(&made)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(system("make a socket in", folder))?;
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(mode))
        .map_err(system("set the mode of", path))?;
    if gid.is_some() {
        std::os::unix::fs::chown(&made, None, gid).map_err(system("set the group of", path))?;
    }
    name(&made, path, &private.path().join("old"))?;
    UnixListener::from_std(listener).map_err(system("listen at", path))
}

/// Gives the socket `made` the name `path`. A link fails where a name is taken, so no other daemon's socket is lost.
fn name(made: &Path, path: &Path, aside: &Path) -> Result<(), BindError> {
    // A second time only if another daemon began, and ended, in between.
    for _ in 0..3 {
        match std::fs::hard_link(made, path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(system("name the socket", path)(error)),
        }
        match std::fs::symlink_metadata(path) {
            Ok(metadata) if !metadata.file_type().is_socket() => {
                return Err(BindError::NotASocket(path.to_owned()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(system("look at", path)(error)),
        }
        if is_live(path) {
            return Err(BindError::InUse(path.to_owned()));
        }
        // Between the question and the rename another daemon may have come; then its socket goes back.
        std::fs::rename(path, aside).map_err(system("replace", path))?;
        if is_live(aside) {
            std::fs::rename(aside, path).map_err(system("put back", path))?;
            return Err(BindError::InUse(path.to_owned()));
        }
        let _ = std::fs::remove_file(aside);
    }
    Err(BindError::InUse(path.to_owned()))
}

/// Whether somebody listens. Only a refused connection says that nobody does.
fn is_live(path: &Path) -> bool {
    match UnixStream::connect(path) {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound
        ),
    }
}

fn group_number(group: &str) -> Result<u32, BindError> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    nix::unistd::Group::from_name(group)
        .ok()
        .flatten()
        .map(|group| group.gid.as_raw())
        .ok_or_else(|| BindError::NoGroup(group.to_owned()))
}

fn system(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BindError {
    let path = path.to_owned();
    move |why| BindError::System { what, path, why }
}
