//! What can go wrong between a client and the daemon.

use std::error::Error;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::{ApiError, FORMAT};

/// Why the daemon was not asked, or did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The socket is not there.
    #[error("there is no daemon at {}", socket.display())]
    NoSocket {
        /// Where it was looked for.
        socket: PathBuf,
    },
    /// The socket is there; nobody listens.
    #[error("no daemon listens at {}", socket.display())]
    NotListening {
        /// The socket.
        socket: PathBuf,
    },
    /// The socket may not be used by this user.
    #[error("{} may not be used by this user", socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// The group whose members may, if there is one.
        group: Option<String>,
    },
    /// The daemon ended, or closed the connection, before it had answered.
    #[error("the daemon closed the connection: {why}")]
    Lost {
        /// What the transport says.
        why: String,
    },
    /// No answer came in time.
    #[error("the daemon did not answer within {seconds} s")]
    Timeout {
        /// How long was waited.
        seconds: u64,
    },
    /// A document of a format version that this program does not know.
    #[error("the daemon speaks format {found}; this program knows {FORMAT}")]
    Format {
        /// The version that came.
        found: u64,
    },
    /// What came is no answer of the daemon.
    #[error("that is no answer of a flowswitch daemon: {why}")]
    NotAnAnswer {
        /// What is wrong with it.
        why: String,
    },
    /// A name that no server or router can have.
    #[error("`{name}` is no name of a server or router")]
    Name {
        /// The name.
        name: String,
    },
    /// What the daemon answered.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl ClientError {
    /// What mends it, in a sentence.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoSocket { .. } | Self::NotListening { .. } => {
                "is the daemon running? `systemctl status flowswitch`; \
                 if it listens elsewhere, name its socket"
                    .to_owned()
            }
            Self::Denied {
                group: Some(group), ..
            } => format!(
                "become a member of the group `{group}` (`usermod -aG {group} USER`, then log in again)"
            ),
            Self::Denied { group: None, .. } => {
                "start the daemon with a group for its operators, or use sudo".to_owned()
            }
            Self::Lost { .. } => {
                "see how the daemon is (`systemctl status flowswitch`), then `flowswitch status` \
                 before it is asked again"
                    .to_owned()
            }
            Self::Timeout { .. } => {
                "it may still do it: look with `flowswitch status` and at the daemon's log"
                    .to_owned()
            }
            Self::Format { .. } => {
                "use the flowswitch program of the daemon's version, or restart the daemon after \
                 the update"
                    .to_owned()
            }
            Self::NotAnAnswer { .. } => "name the socket of a flowswitch daemon".to_owned(),
            Self::Name { .. } => "`flowswitch status` shows all names".to_owned(),
            Self::Api(error) => error.remedy.clone(),
        }
    }

    /// What a failure of the transport means.
    pub(super) fn from_transport(error: &reqwest::Error, socket: &Path, seconds: u64) -> Self {
        if error.is_timeout() {
            return Self::Timeout { seconds };
        }
        let why = deepest(error);
        match error.is_connect().then(|| io_kind(error)).flatten() {
            Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Self::NoSocket {
                socket: socket.to_owned(),
            },
            Some(io::ErrorKind::ConnectionRefused) => Self::NotListening {
                socket: socket.to_owned(),
            },
            Some(io::ErrorKind::PermissionDenied) => Self::Denied {
                socket: socket.to_owned(),
                group: group_of(socket),
            },
            _ => Self::Lost { why },
        }
    }
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error)
        .find_map(|error| error.downcast_ref::<io::Error>())
        .map(io::Error::kind)
}

fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The group of the socket, or of its folder if that hides it.
fn group_of(socket: &Path) -> Option<String> {
    let metadata = std::fs::metadata(socket)
        .or_else(|_| std::fs::metadata(socket.parent().unwrap_or(socket)))
        .ok()?;
    let number = metadata.gid();
    // Membership of root's own group is nothing to advise.
    if number == 0 {
        return None;
    }
    let group = nix::unistd::Group::from_gid(number.into()).ok().flatten();
    Some(group.map_or_else(|| number.to_string(), |group| group.name))
}
