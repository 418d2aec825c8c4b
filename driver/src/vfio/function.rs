//! An opened PCI function: its register window, its configuration space, and what must be closed in which order.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use vfio_bindings::bindings::vfio::{
    VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX, VFIO_REGION_INFO_FLAG_MMAP,
};
use vfio_ioctls::{VfioContainer, VfioDevice, VfioOps, VfioRegionInfoCap};

use super::error::SetupError;
use super::host::Ready;
use super::iova::IovaSpace;
use super::system;
use super::window::Window;

/// Bytes of the register window.
pub(super) const WINDOW: u64 = 1 << 20;
/// The command register of the configuration space, and its bits.
const COMMAND: u64 = 4;
const MEMORY: u16 = 1 << 1;
const BUS_MASTER: u16 = 1 << 2;

/// Fields are closed in this order: a device that is still mapped, or whose file is still open, cannot be closed.
pub(super) struct OpenFunction {
    /// None: the kernel lets the window be accessed by its file only.
    window: Option<Window>,
    file: File,
    pub(super) device: VfioDevice,
    pub(super) container: Arc<VfioContainer>,
    pub(super) iovas: IovaSpace,
}

impl OpenFunction {
    pub(super) fn open(ready: &Ready) -> Result<Self, SetupError> {
        let refused = |source| SetupError::Vfio {
            address: ready.address.to_string(),
            source,
        };
        let failed = |source| SetupError::Io {
            path: ready.folder.clone(),
            source,
        };
        let container = Arc::new(VfioContainer::new(None).map_err(refused)?);
        let operations: Arc<dyn VfioOps> = container.clone();
        let device = VfioDevice::new(&ready.folder, operations, false).map_err(refused)?;
        let bytes = device.get_region_size(VFIO_PCI_BAR0_REGION_INDEX);
        if bytes != WINDOW {
            return Err(SetupError::Window {
                address: ready.address.to_string(),
                bytes,
                expected: WINDOW,
            });
        }
        let file = system::file_of(&device).map_err(failed)?;
        let window = if is_mappable(&device) {
            let offset = device.get_region_offset(VFIO_PCI_BAR0_REGION_INDEX);
            Some(Window::map(&file, offset, 1 << 20).map_err(failed)?)
        } else {
            None
        };
        let function = Self {
            window,
            file,
            device,
            container,
            iovas: IovaSpace::default(),
        };
        // Without it each access to the window would end the program.
        let command = function.command().map_err(failed)?;
        function.set_command(command | MEMORY).map_err(failed)?;
        Ok(function)
    }

    pub(super) fn read(&self, offset: u32) -> io::Result<u32> {
        if let Some(window) = &self.window {
            return window.read(offset).ok_or_else(outside);
        }
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, self.place(offset)?)?;
        Ok(u32::from_le_bytes(bytes))
    }

    pub(super) fn write(&self, offset: u32, value: u32) -> io::Result<()> {
        if let Some(window) = &self.window {
            return window.write(offset, value).ok_or_else(outside);
        }
        let place = self.place(offset)?;
        self.file.write_all_at(&value.to_le_bytes(), place)
    }

    /// Where a word of the window is in the device's file.
    fn place(&self, offset: u32) -> io::Result<u64> {
        if !offset.is_multiple_of(4) || u64::from(offset) + 4 > WINDOW {
            return Err(outside());
        }
        let start = self.device.get_region_offset(VFIO_PCI_BAR0_REGION_INDEX);
        Ok(start + u64::from(offset))
    }

    fn configuration(&self, offset: u64) -> u64 {
        self.device.get_region_offset(VFIO_PCI_CONFIG_REGION_INDEX) + offset
    }

    /// Whether the function still answers: a vendor number of ones means that nobody does.
    pub(super) fn answers(&self) -> bool {
        let mut vendor = [0; 2];
        let read = self.file.read_exact_at(&mut vendor, self.configuration(0));
        read.is_ok() && vendor != [0xff; 2]
    }

    pub(super) fn command(&self) -> io::Result<u16> {
        let mut bytes = [0; 2];
        let place = self.configuration(COMMAND);
        self.file.read_exact_at(&mut bytes, place)?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// Writes the command register, and makes sure that it holds what was written.
    pub(super) fn set_command(&self, command: u16) -> io::Result<()> {
        let place = self.configuration(COMMAND);
        self.file.write_all_at(&command.to_le_bytes(), place)?;
        let held = self.command()?;
        if held & (MEMORY | BUS_MASTER) == command & (MEMORY | BUS_MASTER) {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "the command register took {held:#06x} for {command:#06x}"
            )))
        }
    }

    /// Lets the function access memory and send interrupts.
    pub(super) fn become_bus_master(&self) -> io::Result<()> {
        self.set_command(self.command()? | MEMORY | BUS_MASTER)
    }

    /// Resets the function; its command register is as before then.
    pub(super) fn reset(&self) -> io::Result<()> {
        let command = self.command()?;
        system::reset(&self.file)?;
        self.set_command(command | MEMORY)
    }
}

/// Whether the whole register window can be mapped.
fn is_mappable(device: &VfioDevice) -> bool {
    let bar = VFIO_PCI_BAR0_REGION_INDEX;
    let whole = device
        .get_region_caps(bar)
        .iter()
        .all(|capability| match capability {
            VfioRegionInfoCap::SparseMmap(sparse) => {
                let mut areas = sparse.areas.iter();
                areas.any(|area| area.offset == 0 && area.size >= WINDOW)
            }
            _ => true,
        });
    device.get_region_flags(bar) & VFIO_REGION_INFO_FLAG_MMAP != 0 && whole
}

fn outside() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "no register is there: offsets are multiples of 4 below 2^20",
    )
}
