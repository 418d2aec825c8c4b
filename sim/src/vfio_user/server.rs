//! Serves clients on a socket, one after the other, while the card works in a thread of its own.

use super::bars::{REGISTER_BYTES, TABLE_BYTES, VECTORS};
use super::breach::{self, Breach};
use super::clock::{Clock, Served, WorkError};
use super::config_space::CONFIG_BYTES;
use super::function::Function;
use super::interrupts::Interrupts;
use super::requests::{CardLink, Request};
use super::wires::Wires;
use crate::card::CardError;
use crate::rtl::{RtlCard, RtlOptions};
use flowswitch_driver::Device as _;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::thread::{self, JoinHandle};
use vfio_bindings::bindings::vfio::{
    VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_NORESIZE, VFIO_PCI_BAR0_REGION_INDEX,
    VFIO_PCI_BAR2_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX, VFIO_PCI_MSIX_IRQ_INDEX,
    VFIO_PCI_NUM_IRQS, VFIO_PCI_NUM_REGIONS, VFIO_REGION_INFO_FLAG_READ,
    VFIO_REGION_INFO_FLAG_WRITE, vfio_region_info,
};
use vfio_user::{IrqInfo, Server, ServerRegion};

/// Byte of the version register; the major number is its upper half.
const VERSION: u32 = 0x004;

/// Register clock of a served card, in hertz.
const REGISTER_HZ: u64 = 320_000_000;

/// Why a card cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The card cannot be made.
    #[error(transparent)]
    Card(#[from] CardError),
    /// Another card serves there.
    #[error("{}: another card serves on this socket; stop it, or choose another path", .0.display())]
    InUse(PathBuf),
    /// Something is in the socket's place.
    #[error("{}: there is something that is no socket; choose another path", .0.display())]
    NoSocket(PathBuf),
    /// The place of the socket cannot be looked at or cleared.
    #[error("{}: {error}", path.display())]
    Place {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// The socket cannot be made.
    #[error("{}: {error}; the folder must exist and may be written to by this user", path.display())]
    Socket {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        error: vfio_user::Error,
    },
}

/// A card that serves.
#[derive(Debug)]
pub struct Serving {
    socket: PathBuf,
    link: CardLink,
    work: JoinHandle<Result<Served, WorkError>>,
}

/// Stops a card that serves, from any thread.
#[derive(Clone, Debug)]
pub struct Stopper(CardLink);

impl Stopper {
    /// Has it stop; [`Serving::wait`] then returns.
    pub fn stop(&self) {
        // One that has stopped need not be told.
        let _ = self.0.ask(Request::Stop);
    }
}

impl Serving {
    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.link.clone())
    }

    /// Waits until the card stops, and removes the socket. A client that is still connected meets a card that answers
    /// all with errors until this process ends.
    ///
    /// # Errors
    /// See [`WorkError`].
    pub fn wait(self) -> Result<Served, WorkError> {
        let worked = self.work.join();
        // Nothing is lost if it stays: who serves there next removes it.
        let _ = std::fs::remove_file(&self.socket);
        worked.unwrap_or(Err(WorkError::Panicked))
    }
}

/// Makes a card of so many network ports, connects its wires and serves it on a socket at `path`; a socket that nobody
/// serves any more is replaced. The links of ports without a wire, and of those whose TAP device is down, are down. `events` is told of clients that come to an end.
///
/// # Errors
/// See [`ServeError`].
pub fn serve(
    path: &Path,
    ports: u8,
    mut options: RtlOptions,
    wires: Wires,
    events: impl Fn(&str) + Send + 'static,
) -> Result<Serving, ServeError> {
    clear_place(path)?;
    options.rings = true;
    // A register access then takes half the core clocks; what crosses between the clocks does not depend on their ratio.
    options.csr_hz = REGISTER_HZ;
    let mut card = RtlCard::new(ports, 1, options)?;
    let revision = revision(&mut card)?;
    let server = Server::new(path, true, interrupts(), regions());
    let server = server.map_err(|error| ServeError::Socket {
        path: path.to_owned(),
        error,
    })?;
    let (link, requests) = CardLink::new();
    let pending = Arc::new(AtomicU32::new(0));
    let clock = Clock::new(card, wires, Interrupts::new(Arc::clone(&pending)), requests)?;
    let work = thread::spawn(move || clock.run());
    let clients = link.clone();
    // It ends with the process, or with the card.
    thread::spawn(move || accept(&Arc::new(server), &clients, revision, &pending, &events));
    Ok(Serving {
        socket: path.to_owned(),
        link,
        work,
    })
}

/// Serves clients until the card stops.
fn accept(
    server: &Arc<Server>,
    card: &CardLink,
    revision: u8,
    pending: &Arc<AtomicU32>,
    events: &impl Fn(&str),
) {
    loop {
        let (served, link, bits) = (Arc::clone(server), card.clone(), Arc::clone(pending));
        // In a thread of its own: a client that breaks the protocol ends its connection and nothing else.
        let client = breach::spawn(move || {
            let mut client = Client(Function::new(link, revision, bits));
            served.run(&mut client.0)
        });
        let client = match client {
            Ok(client) => client,
            Err(error) => {
                events(&format!("no more clients can be served: {error}"));
                let _ = card.ask(Request::Stop);
                return;
            }
        };
        match client.join() {
            Ok(Ok(())) => events("the client has closed the connection"),
            Ok(Err(vfio_user::Error::SocketAccept(error))) => {
                events(&format!("no more clients can be served: {error}"));
                let _ = card.ask(Request::Stop);
                return;
            }
            Ok(Err(error)) => events(&format!("the client is gone: {error}")),
            Err(panic) => events(&format!(
                "the client has broken the protocol: {}; its connection is closed",
                Breach::of(&*panic)
            )),
        }
    }
}

/// A client's function; when the client is gone, however it went, what was its is taken away.
struct Client(Function);

impl Drop for Client {
    fn drop(&mut self) {
        // With a card that has stopped nothing is left to take.
        let _ = self.0.detach();
    }
}

/// The major version of the registers, which the function shows as its revision.
fn revision(card: &mut RtlCard) -> Result<u8, CardError> {
    let version = card.read32(VERSION);
    let version = version.map_err(flowswitch_driver::Error::from)?;
    Ok((version >> 16) as u8)
}

fn clear_place(path: &Path) -> Result<(), ServeError> {
    let place = |error| ServeError::Place {
        path: path.to_owned(),
        error,
    };
    match std::fs::symlink_metadata(path) {
        Ok(about) if about.file_type().is_socket() => {}
        Ok(_) => return Err(ServeError::NoSocket(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(place(error)),
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(ServeError::InUse(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(place)
        }
        Err(error) => Err(place(error)),
    }
}

fn regions() -> Vec<ServerRegion> {
    let region = |index| {
        let size = match index {
            VFIO_PCI_BAR0_REGION_INDEX => REGISTER_BYTES.into(),
            VFIO_PCI_BAR2_REGION_INDEX => TABLE_BYTES.into(),
            VFIO_PCI_CONFIG_REGION_INDEX => CONFIG_BYTES as u64,
            _ => 0,
        };
        let access = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
        ServerRegion {
            region_info: vfio_region_info {
                argsz: size_of::<vfio_region_info>() as u32,
                flags: if size > 0 { access } else { 0 },
                index,
                size,
                ..Default::default()
            },
            sparse_areas: Vec::new(),
            mmap_fd: None,
        }
    };
    (0..VFIO_PCI_NUM_REGIONS).map(region).collect()
}

fn interrupts() -> Vec<IrqInfo> {
    let kind = |index| {
        let is_msix = index == VFIO_PCI_MSIX_IRQ_INDEX;
        IrqInfo {
            index,
            count: if is_msix { VECTORS.into() } else { 0 },
            flags: if is_msix {
                VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE
            } else {
                0
            },
        }
    };
    (0..VFIO_PCI_NUM_IRQS).map(kind).collect()
}
