use std::io::{self, Write};

/// Writes a little-endian nanosecond pcap file of Ethernet frames.
///
/// The format is that of the libpcap manual, pcap-savefile(5).
pub struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
    const SNAP_LENGTH: u32 = 262_144;
    const LINK_TYPE_ETHERNET: u32 = 1;

    /// Writes the file header.
    ///
    /// # Errors
    /// What the output reports.
    pub fn new(mut output: W) -> io::Result<Self> {
        output.write_all(&Self::MAGIC_NANOSECONDS.to_le_bytes())?;
        output.write_all(&2u16.to_le_bytes())?;
        output.write_all(&4u16.to_le_bytes())?;
        output.write_all(&[0; 8])?;
        output.write_all(&Self::SNAP_LENGTH.to_le_bytes())?;
        output.write_all(&Self::LINK_TYPE_ETHERNET.to_le_bytes())?;
        Ok(Self { output })
    }

    /// Writes one frame with its time in ns.
    ///
    /// # Errors
    /// What the output reports; invalid input if the time is past the format's 2^32 seconds or the frame longer
    /// than 262,144 bytes.
    pub fn write(&mut self, at_ns: u64, frame: &[u8]) -> io::Result<()> {
        let seconds = u32::try_from(at_ns / 1_000_000_000).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "time does not fit into a pcap file",
            )
        })?;
        let length = u32::try_from(frame.len())
            .ok()
            .filter(|length| *length <= Self::SNAP_LENGTH)
            .ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "frame does not fit into a pcap file",
                )
            })?;
        // The remainder is below 10^9.
        let nanoseconds = (at_ns % 1_000_000_000) as u32;
        for word in [seconds, nanoseconds, length, length] {
            self.output.write_all(&word.to_le_bytes())?;
        }
        self.output.write_all(frame)
    }

    /// Flushes and hands back the output.
    ///
    /// # Errors
    /// What the output reports.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}
