//! System calls that the crates do not offer safely.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};

use vfio_ioctls::{VfioContainer, VfioDevice};
use vmm_sys_util::eventfd::EventFd;

use super::memory::MappedMemory;

/// VFIO_DEVICE_RESET: number 11 of those of VFIO, which begin at 100 of type `;`.
const DEVICE_RESET: std::os::raw::c_ulong = (b';' as std::os::raw::c_ulong) << 8 | 111;

/// Another descriptor of the device's file, whose reads and writes tell errors.
pub(super) fn file_of(device: &VfioDevice) -> io::Result<File> {
    // SAFETY: the device keeps its descriptor open while it is borrowed, which is until this function ends.
    let descriptor = unsafe { std::os::fd::BorrowedFd::borrow_raw(device.as_raw_fd()) };
    Ok(descriptor.try_clone_to_owned()?.into())
}

/// Resets the function.
pub(super) fn reset(device: &File) -> io::Result<()> {
    // SAFETY: the call takes no argument and touches no memory of this process.
    let result = unsafe { vmm_sys_util::ioctl::ioctl(device, DEVICE_RESET) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// An event counter as the crates take it.
pub(super) fn event(counter: &OwnedFd) -> io::Result<EventFd> {
    let counter = counter.as_fd().try_clone_to_owned()?;
    // SAFETY: the descriptor is an open event counter that nobody else owns: it was made just now and given up here.
    Ok(unsafe { EventFd::from_raw_fd(counter.into_raw_fd()) })
}

/// Lets the function reach memory at an address.
pub(super) fn map(
    container: &VfioContainer,
    iova: u64,
    memory: &MappedMemory,
) -> Result<(), vfio_ioctls::VfioError> {
    // SAFETY: the memory is accessed by atomics only, and is unmapped from the IOMMU before it is freed: the buffer that holds both drops
    // the mapping first. Should unmapping fail, the kernel keeps the pages until the container is closed.
    unsafe { container.vfio_dma_map(iova, memory.bytes(), memory.pointer()) }
}
