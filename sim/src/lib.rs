//! Simulated Flowswitch cards: the Verilated RTL and the golden model behind one interface, and capture files.
#![deny(missing_docs)]

pub mod card;
pub mod counters;
pub mod pcap;
pub mod rtl;
pub mod software;
