//! A card behind a vfio-user socket.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

use super::connection::{Connection, Failure, SocketError};
use super::message::{self, Command};
use crate::device::{Device, DeviceError};
use crate::dma::{DmaBuffer, Mapping};
use crate::vfio::interrupts::Interrupts;
use crate::vfio::iova::IovaSpace;
use crate::vfio::memory::MappedMemory;
use crate::vfio::{DEVICE, VENDOR};
use crate::waker::Waker;

/// Regions of a PCI function, and the index of its MSI-X vectors.
const BAR_0: u32 = 0;
const CONFIGURATION: u32 = 7;
const MSI_X: u32 = 2;
/// Bytes of the register window.
const WINDOW: u64 = 1 << 20;
/// The command register of the configuration space, and its bits.
const COMMAND: u64 = 4;
const MEMORY: u16 = 1 << 1;
const BUS_MASTER: u16 = 1 << 2;

/// A card that another process serves. Writes to registers are posted: an error of one stays unseen.
///
/// The server takes one program at a time. Its death makes all accesses fail with [`DeviceError::Gone`]. Buffers may
/// outlive this; the connection is closed with the last of them.
#[derive(Debug)]
pub struct SocketDevice {
    shared: Arc<Shared>,
    interrupts: Option<Interrupts>,
    waker: Option<Waker>,
    vectors: u32,
}

#[derive(Debug)]
struct Shared {
    connection: Mutex<Connection>,
    iovas: IovaSpace,
}

impl Shared {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl SocketDevice {
    /// Connects to the card that a server offers at a path. Nothing on it is changed.
    ///
    /// # Errors
    /// Why it cannot be used, with what mends it.
    pub fn connect(path: &Path) -> Result<Self, SocketError> {
        let path_buf = || path.to_owned();
        let connection = Connection::open(path).map_err(|source| SocketError::Connect {
            path: path_buf(),
            source,
        })?;
        let mut device = Self {
            shared: Arc::new(Shared {
                connection: Mutex::new(connection),
                iovas: IovaSpace::default(),
            }),
            interrupts: None,
            waker: Waker::new().ok(),
            vectors: 0,
        };
        let protocol = |why: String| SocketError::Protocol {
            path: path_buf(),
            why,
        };
        let window = device.greet().map_err(|why| protocol(why.to_string()))?;
        if window != WINDOW {
            let why = format!("its BAR 0 has {window} bytes, not {WINDOW}");
            return Err(protocol(why));
        }
        let numbers = device.read_configuration(0);
        let numbers = numbers.map_err(|why| protocol(why.to_string()))?;
        let (vendor, number) = ((numbers & 0xffff) as u16, (numbers >> 16) as u16);
        if (vendor, number) != (VENDOR, DEVICE) {
            return Err(SocketError::NotOurs {
                path: path_buf(),
                vendor,
                device: number,
            });
        }
        Ok(device)
    }

    /// Agrees on the version; returns the bytes of BAR 0.
    fn greet(&mut self) -> Result<u64, Failure> {
        let mut connection = self.shared.connection();
        let version = connection.ask(Command::Version, &message::version(), None, 4)?;
        if version[..2] != [0, 0] {
            return Err(Failure::Malformed("it speaks another version"));
        }
        let info = connection.ask(Command::DeviceInfo, &message::device_info(), None, 16)?;
        if message::word(&info, 8) <= CONFIGURATION {
            return Err(Failure::Malformed("it is no PCI function"));
        }
        let irqs = connection.ask(Command::IrqInfo, &message::irq_info(MSI_X), None, 16)?;
        let bar = connection.ask(Command::RegionInfo, &message::region_info(BAR_0), None, 32)?;
        drop(connection);
        self.vectors = message::word(&irqs, 12);
        Ok(message::double_word(&bar, 16))
    }

    fn read_region(&self, region: u32, offset: u64, bytes: u32) -> Result<u32, Failure> {
        let access = message::region_access(region, offset, bytes);
        let mut connection = self.shared.connection();
        let least = 16 + bytes as usize;
        let reply = connection.ask(Command::RegionRead, &access, None, least)?;
        let mut word = [0; 4];
        word[..bytes as usize].copy_from_slice(&reply[16..least]);
        Ok(u32::from_le_bytes(word))
    }

    fn read_configuration(&self, offset: u64) -> Result<u32, Failure> {
        self.read_region(CONFIGURATION, offset, 4)
    }

    fn command(&self) -> Result<u16, Failure> {
        let word = self.read_region(CONFIGURATION, COMMAND, 2)?;
        Ok((word & 0xffff) as u16)
    }

    /// Writes the command register, and makes sure that it holds what was written.
    fn set_command(&self, command: u16) -> Result<(), Failure> {
        let mut body = message::region_access(CONFIGURATION, COMMAND, 2);
        body.extend(command.to_le_bytes());
        self.shared
            .connection()
            .ask(Command::RegionWrite, &body, None, 16)?;
        if self.command()? & (MEMORY | BUS_MASTER) == command & (MEMORY | BUS_MASTER) {
            Ok(())
        } else {
            Err(Failure::Malformed("the command register keeps nothing"))
        }
    }

    /// Leaves the interrupts to nobody.
    fn release_interrupts(&mut self) -> Result<(), Failure> {
        if self.interrupts.take().is_some() {
            let body = message::set_irqs(MSI_X, 0, 0, false);
            self.shared
                .connection()
                .ask(Command::SetIrqs, &body, None, 0)?;
        }
        Ok(())
    }

    fn take_interrupts(&mut self, vectors: u8) -> Result<(), Failure> {
        self.release_interrupts()?;
        let interrupts = Interrupts::new(vectors, self.waker.clone()).map_err(Failure::Io)?;
        for (vector, counter) in (0..).zip(interrupts.counters()) {
            let body = message::set_irqs(MSI_X, vector, 1, true);
            let counter = Some(counter.as_fd());
            self.shared
                .connection()
                .ask(Command::SetIrqs, &body, counter, 0)?;
        }
        self.set_command(self.command()? | MEMORY | BUS_MASTER)?;
        self.interrupts = Some(interrupts);
        Ok(())
    }
}

impl Device for SocketDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let found = self.read_region(BAR_0, offset.into(), 4);
        let found = found.map_err(|error| error.at(offset))?;
        // Ones are what the bus gives when nobody answers; few registers hold them.
        if found == u32::MAX && self.read_configuration(0).ok() == Some(u32::MAX) {
            return Err(DeviceError::Gone);
        }
        Ok(found)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let mut body = message::region_access(BAR_0, offset.into(), 4);
        body.extend(value.to_le_bytes());
        let posted = self.shared.connection().post(Command::RegionWrite, &body);
        posted.map_err(|error| error.at(offset))
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        std::thread::sleep(duration);
        Ok(())
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        let failed = |why: String| DeviceError::Memory { bytes, why };
        let size = MappedMemory::round(bytes).ok_or_else(|| failed("too many bytes".to_owned()))?;
        let (file, memory) = shared_memory(size).map_err(|error| failed(error.to_string()))?;
        let shared = self.shared.clone();
        let iova = shared.iovas.take(size as u64);
        let iova = iova.ok_or_else(|| failed("no addresses are left".to_owned()))?;
        let body = message::dma_map(iova, size as u64);
        let mapped = shared
            .connection()
            .ask(Command::DmaMap, &body, Some(file.as_fd()), 0);
        match mapped {
            Ok(_) => {
                let mapping = MappedForServer {
                    shared,
                    iova,
                    bytes: size as u64,
                };
                Ok(DmaBuffer::new(Box::new(memory), iova, Box::new(mapping)))
            }
            Err(Failure::Gone) => Err(DeviceError::Gone),
            Err(error) => {
                shared.iovas.give(iova);
                Err(failed(error.to_string()))
            }
        }
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        if u32::from(vectors) > self.vectors {
            return Err(DeviceError::Unsupported("so many interrupts"));
        }
        self.take_interrupts(vectors).map_err(Failure::elsewhere)
    }

    fn wait_interrupt(&mut self, mask: u32, timeout: Duration) -> Result<u32, DeviceError> {
        let interrupts = self.interrupts.as_ref();
        let interrupts =
            interrupts.ok_or(DeviceError::Unsupported("interrupts that were not enabled"))?;
        let fired = interrupts.wait(mask, timeout);
        fired.map_err(|error| DeviceError::Failed(Box::new(error)))
    }

    fn waker(&self) -> Option<Waker> {
        self.waker.clone()
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        let mut reset = || {
            self.release_interrupts()?;
            let command = self.command()?;
            self.shared.connection().ask(Command::Reset, &[], None, 0)?;
            self.set_command(command | MEMORY)
        };
        reset().map_err(Failure::elsewhere)
    }
}

/// Zeroed memory that another process can map.
fn shared_memory(bytes: usize) -> io::Result<(File, MappedMemory)> {
    let file = File::from(memfd_create("flowswitch", MemfdFlags::CLOEXEC)?);
    ftruncate(&file, bytes as u64)?;
    let memory = MappedMemory::of_file(&file, bytes)?;
    Ok((file, memory))
}

/// Memory that the server reaches, as long as this lives.
#[derive(Debug)]
struct MappedForServer {
    shared: Arc<Shared>,
    iova: u64,
    bytes: u64,
}

impl Mapping for MappedForServer {}

impl Drop for MappedForServer {
    fn drop(&mut self) {
        let body = message::dma_unmap(self.iova, self.bytes);
        let unmapped = self
            .shared
            .connection()
            .ask(Command::DmaUnmap, &body, None, 0);
        // An address that is still mapped must not be given to other memory.
        if unmapped.is_ok() {
            self.shared.iovas.give(self.iova);
        }
    }
}
