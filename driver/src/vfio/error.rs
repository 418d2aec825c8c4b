//! What keeps a card from being opened, and what mends it.

use std::io;
use std::path::PathBuf;

/// Why a PCI function cannot be opened or bound. Each message ends with its remedy.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not the address of a PCI function.
    #[error(
        "{0:?} is no PCI address: write it as domain:bus:device.function, such as 0000:01:00.0"
    )]
    BadAddress(String),
    /// Nothing is there.
    #[error(
        "there is no PCI function {0}: `flowswitch device list` names those that could be cards, and \
         `echo 1 > /sys/bus/pci/rescan` looks for new ones"
    )]
    NoSuchDevice(String),
    /// Something else is there.
    #[error(
        "{address} is {vendor:04x}:{device:04x}, not a Flowswitch card (10ee:f105): is its bitstream loaded? \
         `flowswitch device list` names cards"
    )]
    NotOurs {
        /// Its address.
        address: String,
        /// Its vendor number.
        vendor: u16,
        /// Its device number.
        device: u16,
    },
    /// The function has no IOMMU group.
    #[error(
        "{0} is behind no IOMMU: turn it on in the firmware (VT-d, AMD-Vi) and boot the kernel with intel_iommu=on \
         (Intel; AMD needs no option)"
    )]
    NoIommu(String),
    /// The module `vfio-pci` is not loaded.
    #[error("the kernel module vfio-pci is not loaded: `modprobe vfio-pci` as root")]
    NoModule,
    /// Another driver has the function, or none.
    #[error("{address} is bound to {}, not vfio-pci: `flowswitch device bind {address}` as root", driver.as_deref().unwrap_or("no driver"))]
    NotBound {
        /// Its address.
        address: String,
        /// The driver that has it.
        driver: Option<String>,
    },
    /// Other functions of the IOMMU group are in use by the kernel.
    #[error(
        "IOMMU group {group} is not viable: {} in it {} still used by the kernel; unbind {} or bind {} to vfio-pci \
         too, or put the card into another slot",
        others.join(", "),
        if others.len() == 1 { "is" } else { "are" },
        if others.len() == 1 { "it" } else { "them" },
        if others.len() == 1 { "it" } else { "them" }
    )]
    NotViable {
        /// Number of the group.
        group: u32,
        /// Address and driver of each of the others.
        others: Vec<String>,
    },
    /// A device node of VFIO is missing.
    #[error("{} does not exist: `modprobe vfio-pci` as root", path.display())]
    NoNode {
        /// The node.
        path: PathBuf,
    },
    /// A device node of VFIO may not be opened by this user.
    #[error(
        "{} may not be opened: `chown $USER {}` as root, or for good the udev rule \
         SUBSYSTEM==\"vfio\", GROUP=\"vfio\", MODE=\"0660\" and membership in the group vfio",
        path.display(), path.display()
    )]
    Permission {
        /// The node.
        path: PathBuf,
    },
    /// Somebody else has the card open.
    #[error("{} is in use: another program has the card open (`fuser -v {}` names it)", path.display(), path.display())]
    Busy {
        /// The node of the group.
        path: PathBuf,
    },
    /// Only root may write this file of sysfs.
    #[error("{} may not be written: run `flowswitch device bind` as root", path.display())]
    NeedsRoot {
        /// The file.
        path: PathBuf,
    },
    /// The kernel took the commands, but the function is not bound.
    #[error(
        "{address} was handed to vfio-pci but is bound to {}: see the kernel's log (`dmesg | tail`)",
        driver.as_deref().unwrap_or("no driver")
    )]
    BindFailed {
        /// Its address.
        address: String,
        /// The driver that has it.
        driver: Option<String>,
    },
    /// The register window is not what the card should have.
    #[error(
        "BAR 0 of {address} has {bytes} bytes, not {expected}: the firmware gave it no room; update the bitstream or try another slot"
    )]
    Window {
        /// The card's address.
        address: String,
        /// What there is.
        bytes: u64,
        /// What there should be.
        expected: u64,
    },
    /// VFIO refused.
    #[error("VFIO refused {address}: {source}; see the kernel's log (`dmesg | tail`)")]
    Vfio {
        /// The card's address.
        address: String,
        /// What it said.
        source: vfio_ioctls::VfioError,
    },
    /// A file could not be read or written.
    #[error("{}: {source}; is this Linux with sysfs mounted?", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SetupError {
    /// What it means that a device node of VFIO cannot be opened.
    pub(super) fn of_node(path: PathBuf, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoNode { path },
            io::ErrorKind::PermissionDenied => Self::Permission { path },
            io::ErrorKind::ResourceBusy => Self::Busy { path },
            _ => Self::Io { path, source },
        }
    }

    /// What it means that a file of sysfs cannot be written.
    pub(super) fn of_command(path: PathBuf, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NeedsRoot { path }
            }
            _ => Self::Io { path, source },
        }
    }
}
