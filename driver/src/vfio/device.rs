//! A card behind VFIO.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use super::error::SetupError;
use super::function::OpenFunction;
use super::host::Host;
use super::interrupts::Interrupts;
use super::memory::MappedMemory;
use super::system;
use crate::device::{Device, DeviceError};
use crate::dma::{DmaBuffer, Mapping};
use crate::waker::Waker;

/// A card on a PCI bus. Closing it lets the kernel reset the function, which stops memory accesses and interrupts and leaves
/// tables and forwarding alone; so does the death of the program.
///
/// Buffers may outlive it: the function stays open until the last of them is dropped.
pub struct VfioDevice {
    function: Arc<OpenFunction>,
    interrupts: Option<Interrupts>,
    waker: Option<Waker>,
    address: String,
}

impl fmt::Debug for VfioDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VfioDevice")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl VfioDevice {
    /// Opens the card at a PCI address, such as `0000:01:00.0`. Nothing on it is changed.
    ///
    /// # Errors
    /// What is missing, with the command that mends it.
    pub fn open(address: &str) -> Result<Self, SetupError> {
        let ready = Host::default().check(address)?;
        Ok(Self {
            function: Arc::new(OpenFunction::open(&ready)?),
            interrupts: None,
            waker: Waker::new().ok(),
            address: ready.address.to_string(),
        })
    }

    /// Its PCI address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// An error of an access, or that there is nobody to answer it.
    fn failed(&self, error: io::Error) -> DeviceError {
        if self.function.answers() {
            DeviceError::Failed(Box::new(error))
        } else {
            DeviceError::Gone
        }
    }
}

impl Device for VfioDevice {
    fn read32(&mut self, offset: u32) -> Result<u32, DeviceError> {
        let found = self.function.read(offset);
        let found = found.map_err(|error| self.failed(error))?;
        // Ones are what the bus gives when nobody answers; few registers hold them.
        if found == u32::MAX && !self.function.answers() {
            return Err(DeviceError::Gone);
        }
        Ok(found)
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let written = self.function.write(offset, value);
        written.map_err(|error| self.failed(error))
    }

    fn wait(&mut self, duration: Duration) -> Result<(), DeviceError> {
        std::thread::sleep(duration);
        Ok(())
    }

    fn allocate(&mut self, bytes: usize) -> Result<DmaBuffer, DeviceError> {
        let failed = |why: String| DeviceError::Memory { bytes, why };
        let size = MappedMemory::round(bytes).ok_or_else(|| failed("too many bytes".to_owned()))?;
        let memory = MappedMemory::anonymous(size).map_err(|error| failed(error.to_string()))?;
        let function = self.function.clone();
        let iova = function.iovas.take(size as u64);
        let iova = iova.ok_or_else(|| failed("no addresses are left".to_owned()))?;
        if let Err(error) = system::map(&function.container, iova, &memory) {
            function.iovas.give(iova);
            return Err(failed(lockable(size, &error.to_string())));
        }
        let mapping = MappedForCard {
            function,
            iova,
            bytes: size,
        };
        Ok(DmaBuffer::new(Box::new(memory), iova, Box::new(mapping)))
    }

    fn enable_interrupts(&mut self, vectors: u8) -> Result<(), DeviceError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| DeviceError::Failed(error);
        if self.interrupts.take().is_some() {
            let disabled = self.function.device.disable_msix();
            disabled.map_err(|error| failed(Box::new(error)))?;
        }
        let interrupts = Interrupts::new(vectors, self.waker.clone())
            .map_err(|error| failed(Box::new(error)))?;
        let counters = interrupts.counters().iter();
        let counters = counters.map(system::event).collect::<io::Result<Vec<_>>>();
        let counters = counters.map_err(|error| failed(Box::new(error)))?;
        let enabled = self.function.device.enable_msix(counters.iter().collect());
        enabled.map_err(|error| failed(Box::new(error)))?;
        // VFIO leaves the bit clear: without it neither interrupts nor memory accesses leave the card.
        let master = self.function.become_bus_master();
        master.map_err(|error| self.failed(error))?;
        self.interrupts = Some(interrupts);
        Ok(())
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
        if self.interrupts.take().is_some() {
            let disabled = self.function.device.disable_msix();
            disabled.map_err(|error| DeviceError::Failed(Box::new(error)))?;
        }
        match self.function.reset() {
            Ok(()) => Ok(()),
            // ENOTTY: the kernel knows no way.
            Err(error) if error.raw_os_error() == Some(25) => {
                Err(DeviceError::Unsupported("a reset of the function"))
            }
            Err(error) => Err(self.failed(error)),
        }
    }
}

/// Why the kernel would not pin memory, with the limit that is the usual reason.
fn lockable(bytes: usize, error: &str) -> String {
    match getrlimit(Resource::Memlock).current {
        Some(limit) if limit < bytes as u64 => format!(
            "{error}; this user may lock {limit} bytes: `ulimit -l {}` (limits.conf: memlock; systemd: LimitMEMLOCK=)",
            bytes.div_ceil(1024)
        ),
        Some(limit) => format!(
            "{error}; all locked memory together may be {limit} bytes: raise `ulimit -l` (limits.conf: memlock; \
             systemd: LimitMEMLOCK=)"
        ),
        None => error.to_owned(),
    }
}

/// Memory that the card reaches, as long as this lives.
struct MappedForCard {
    function: Arc<OpenFunction>,
    iova: u64,
    bytes: usize,
}

impl Mapping for MappedForCard {}

impl Drop for MappedForCard {
    fn drop(&mut self) {
        let unmapped = self
            .function
            .container
            .vfio_dma_unmap(self.iova, self.bytes);
        // An address that is still mapped must not be given to other memory.
        if unmapped.is_ok() {
            self.function.iovas.give(self.iova);
        }
    }
}
