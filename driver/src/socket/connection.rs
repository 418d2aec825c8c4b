//! One connection: commands and their replies.

use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::message::{Command, HEADER, Header, MOST_REPLY};
use crate::device::DeviceError;

/// How long a server may take for an answer: a simulated card may be busy for a while.
const PATIENCE: Duration = Duration::from_secs(20);
/// Replies to other messages that are left out before a server is taken for mad: errors of posted writes.
const STRAYS: u32 = 1 << 17;

/// Why a card behind a socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Nobody serves the socket.
    #[error(
        "nobody serves {}: {source}; start a card with `flowswitch-card --socket {}`",
        path.display(), path.display()
    )]
    Connect {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server did not answer as the protocol asks.
    #[error(
        "{} is served, but not by a vfio-user card ({why}); it serves one program at a time: is another one connected?",
        path.display()
    )]
    Protocol {
        /// The socket.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The function behind it is something else.
    #[error("{} serves {vendor:04x}:{device:04x}, not a Flowswitch card (10ee:f105)", path.display())]
    NotOurs {
        /// The socket.
        path: PathBuf,
        /// Its vendor number.
        vendor: u16,
        /// Its device number.
        device: u16,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The server ended or closed the connection.
    #[error("the server has gone")]
    Gone,
    /// No answer in time.
    #[error("the server did not answer in {} s", PATIENCE.as_secs())]
    Silent,
    /// The server refused the command, with an error number of the system.
    #[error("the server refused it: {0}")]
    Refused(io::Error),
    /// The answer is none.
    #[error("the server's answer is malformed: {0}")]
    Malformed(&'static str),
    /// The system failed.
    #[error(transparent)]
    Io(io::Error),
}

impl Failure {
    fn of_io(error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::UnexpectedEof | Kind::BrokenPipe | Kind::ConnectionReset => Self::Gone,
            Kind::WouldBlock | Kind::TimedOut => Self::Silent,
            _ => Self::Io(error),
        }
    }

    /// What it means for an access at a byte of the window.
    pub(super) fn at(self, offset: u32) -> DeviceError {
        match self {
            Self::Gone => DeviceError::Gone,
            Self::Silent => DeviceError::NoAnswer { offset },
            Self::Refused(_) => DeviceError::Refused { offset },
            other => DeviceError::Failed(Box::new(other)),
        }
    }

    /// What it means for what is no access.
    pub(super) fn elsewhere(self) -> DeviceError {
        match self {
            Self::Gone => DeviceError::Gone,
            other => DeviceError::Failed(Box::new(other)),
        }
    }
}

/// A connection; after a failure that leaves it in the middle of a message it is dead.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    next: u16,
    dead: bool,
}

impl Connection {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            next: 0,
            dead: false,
        })
    }

    /// Sends a command, with a descriptor if it has one, and returns the reply's body of at least `least` bytes.
    pub(super) fn ask(
        &mut self,
        command: Command,
        body: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
        least: usize,
    ) -> Result<Vec<u8>, Failure> {
        let id = self.send(command, body, descriptor, false)?;
        let reply = self.receive(id, command);
        // The next reply begins where nobody knows: there is none.
        self.dead |= matches!(
            reply,
            Err(Failure::Gone | Failure::Silent | Failure::Malformed(_) | Failure::Io(_))
        );
        let reply = reply?;
        if reply.len() < least {
            return Err(Failure::Malformed("a reply is too short"));
        }
        Ok(reply)
    }

    /// Sends a command that has no reply.
    pub(super) fn post(&mut self, command: Command, body: &[u8]) -> Result<(), Failure> {
        self.send(command, body, None, true)?;
        Ok(())
    }

    fn send(
        &mut self,
        command: Command,
        body: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
        posted: bool,
    ) -> Result<u16, Failure> {
        if self.dead {
            return Err(Failure::Gone);
        }
        let id = self.next;
        self.next = id.wrapping_add(1);
        let header = Header::command(id, command, body.len(), posted).encode();
        let mut rest: Vec<u8> = header.iter().chain(body).copied().collect();
        let mut descriptor = descriptor.as_ref();
        while !rest.is_empty() {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            if let Some(descriptor) = descriptor.take() {
                ancillary.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(
                    descriptor,
                )));
            }
            let part = [IoSlice::new(&rest)];
            match sendmsg(&self.stream, &part, &mut ancillary, SendFlags::NOSIGNAL) {
                Ok(sent) => {
                    rest.drain(..sent);
                }
                Err(rustix::io::Errno::INTR) => (),
                Err(error) => {
                    self.dead = true;
                    return Err(Failure::of_io(error.into()));
                }
            }
        }
        Ok(id)
    }

    /// The reply to a message; errors of posted writes before it are left out.
    fn receive(&mut self, id: u16, command: Command) -> Result<Vec<u8>, Failure> {
        for _ in 0..STRAYS {
            let mut bytes = [0; HEADER];
            self.fill(&mut bytes)?;
            let header = Header::decode(bytes);
            let length = usize::try_from(header.bytes).ok();
            let length = length.and_then(|bytes| bytes.checked_sub(HEADER));
            let length = length.filter(|length| *length <= MOST_REPLY);
            let length = length.ok_or(Failure::Malformed("its length cannot be"))?;
            let mut body = vec![0; length];
            self.fill(&mut body)?;
            if !header.is_reply() {
                return Err(Failure::Malformed("it is a command"));
            }
            if header.id != id {
                continue;
            }
            if header.is_error() {
                let number = i32::try_from(header.error).unwrap_or(0);
                return Err(Failure::Refused(io::Error::from_raw_os_error(number)));
            }
            if header.command != command as u16 {
                return Err(Failure::Malformed("it is to another command"));
            }
            return Ok(body);
        }
        Err(Failure::Malformed("the reply does not come"))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        self.stream.read_exact(bytes).map_err(Failure::of_io)
    }
}
