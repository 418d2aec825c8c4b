//! Simulated Flowswitch cards: the Verilated RTL and the golden model behind one interface, capture files, and the
//! Verilated card as a PCI function.
#![deny(missing_docs)]

pub mod card;
pub mod counters;
pub mod grid;
pub mod pcap;
pub mod rtl;
pub mod software;
pub mod taps;
pub mod vfio_user;
