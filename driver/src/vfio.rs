//! A card on a PCI bus, by the kernel's VFIO: no kernel module of its own, no root once the group's permissions are given.
//!
//! [`Host`] finds functions, tells what keeps one from being opened and binds it to `vfio-pci`; [`VfioDevice`] is the
//! [`Device`](crate::Device). `docs/src/vfio-setup.md` goes through it step by step.
//!
//! This module and [`crate::socket`] are the only ones of the driver with unsafe code: memory that others write, and two
//! system calls.

mod device;
mod error;
mod function;
mod host;
pub(crate) mod interrupts;
pub(crate) mod iova;
#[allow(unsafe_code)]
pub(crate) mod memory;
#[allow(unsafe_code)]
mod system;
#[allow(unsafe_code)]
mod window;

pub use device::VfioDevice;
pub use error::SetupError;
pub use host::{DEVICE, Function, Host, PciAddress, Ready, VENDOR};
