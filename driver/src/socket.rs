//! A card behind a vfio-user socket: a PCI function that another process serves, without a kernel or a virtual machine in between.
//!
//! [`SocketDevice`] is the client of the protocol. The crate `vfio_user` has one too, but that one takes an error reply for the
//! beginning of an answer and waits for the rest for ever, does not look at the errors of most replies and cannot post
//! writes; so the messages are written here.

mod connection;
mod device;
mod message;

pub use connection::SocketError;
pub use device::SocketDevice;
