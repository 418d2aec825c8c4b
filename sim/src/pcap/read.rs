//! Whole captures in memory, for those that are known to be short.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{PcapError, Reader};

/// One captured frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Time in ns since 1970 (or whatever the capture counts from).
    pub at_ns: u64,
    /// The captured bytes, FCS removed if the file says that it is there.
    pub data: Vec<u8>,
}

/// The content of a capture file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The frames in the order of the file.
    pub records: Vec<Record>,
    /// Number of records that hold less than the frame had on the wire.
    pub truncated: usize,
}

/// Reads a capture file.
///
/// # Errors
/// See [`PcapError`].
pub fn read_file(path: &Path) -> Result<Capture, PcapError> {
    all(File::open(path)?)
}

/// Reads a capture that is in memory.
///
/// # Errors
/// See [`PcapError`].
pub fn read(bytes: &[u8]) -> Result<Capture, PcapError> {
    all(bytes)
}

fn all(input: impl Read) -> Result<Capture, PcapError> {
    let mut reader = Reader::new(input)?;
    let records: Result<Vec<Record>, PcapError> = reader.by_ref().collect();
    Ok(Capture {
        records: records?,
        truncated: reader.truncated(),
    })
}
