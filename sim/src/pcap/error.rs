//! Why a capture cannot be used.

use pcap_parser::nom;

/// Why a capture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PcapError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The first bytes are those of no capture format.
    #[error("not a capture file: neither the pcap nor the pcapng signature is at its start")]
    NotACapture,
    /// Another link layer than Ethernet.
    #[error("link type {number} ({name}) is not Ethernet")]
    LinkType {
        /// Number in the registry of link types.
        number: u32,
        /// Its name there.
        name: &'static str,
    },
    /// The file ends within a record or block.
    #[error("the file ends in the middle of record {0}")]
    CutOff(usize),
    /// A record or block is longer than [`crate::pcap::LONGEST_RECORD`].
    #[error("record {0} is longer than 16 MiB")]
    TooLong(usize),
    /// A record or block contradicts itself.
    #[error("record {0} is malformed")]
    Malformed(usize),
    /// A pcapng packet names an interface that no block describes.
    #[error("record {record} names interface {interface}, which the file does not describe")]
    UnknownInterface {
        /// Record, from 1.
        record: usize,
        /// Interface number.
        interface: u32,
    },
    /// A time stamp before 1970 or after 2554, or in units no clock has.
    #[error("the time stamp of record {0} is out of range")]
    TimeStamp(usize),
}

/// What the parser found wrong with a record.
pub(super) fn parse_error<E>(error: &nom::Err<E>, record: usize) -> PcapError {
    match error {
        nom::Err::Incomplete(_) => PcapError::CutOff(record),
        _ => PcapError::Malformed(record),
    }
}
