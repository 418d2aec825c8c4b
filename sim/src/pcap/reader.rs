//! A capture record by record, whatever its length.

use std::io::Read;
use std::ops::Range;

use pcap_parser::{nom, parse_pcap_header};

use super::classic::Classic;
use super::sections::{BLOCK_HEADER, SECTION, Sections};
use super::window::Window;
use super::{PcapError, Record};

/// Longest record or block that is read, in bytes: as long as libpcap takes.
pub const LONGEST_RECORD: u64 = 16 << 20;
/// Bytes that the fixed part of any block fits into. A block is parsed with as many before it is called cut off.
const FIXED_PART: usize = 64;
/// Bytes of a pcap file's header.
const FILE_HEADER: usize = 24;

/// A record where it stands.
pub(super) struct Found {
    at_ns: u64,
    /// Its bytes, from the beginning of the record or block.
    data: Range<usize>,
    /// It holds less than the frame had on the wire.
    truncated: bool,
}

impl Found {
    /// A record whose `captured` bytes stand at `start`; `original` is the frame's length on the wire.
    pub(super) fn new(
        at_ns: u64,
        start: usize,
        captured: usize,
        original: u32,
        fcs: usize,
    ) -> Self {
        let original = original as usize;
        let captured_fcs = (captured + fcs).saturating_sub(original).min(fcs);
        let captured = captured.saturating_sub(captured_fcs);
        Self {
            at_ns,
            data: start..start + captured,
            truncated: captured + fcs < original,
        }
    }
}

/// A captured frame in the reader's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// As [`Record::at_ns`].
    pub at_ns: u64,
    /// As [`Record::data`].
    pub data: &'a [u8],
}

enum Format {
    Classic(Classic),
    Sections(Sections),
}

/// Reads a capture record by record; holds one at a time.
pub struct Reader<R> {
    window: Window<R>,
    format: Format,
    records: usize,
    truncated: usize,
    /// Bytes of the record that was handed out last.
    handed_out: usize,
}

impl<R: Read> Reader<R> {
    /// Reads the header: pcap (microseconds or nanoseconds, both byte orders) or pcapng.
    ///
    /// # Errors
    /// See [`PcapError`].
    pub fn new(input: R) -> Result<Self, PcapError> {
        let mut window = Window::new(input);
        let start = window.widened(FILE_HEADER)?;
        let format = if start.starts_with(&SECTION) {
            let sections = Sections::default();
            let length = fitting(sections.length(start), 0)?;
            Sections::check_first(window.widened(length.max(FIXED_PART))?)?;
            Format::Sections(sections)
        } else {
            let header = match parse_pcap_header(start) {
                Ok((_, header)) => header,
                Err(nom::Err::Incomplete(_)) if start.len() >= 4 => {
                    return Err(PcapError::CutOff(0));
                }
                Err(_) => return Err(PcapError::NotACapture),
            };
            window.pass(FILE_HEADER);
            Format::Classic(Classic::new(&header)?)
        };
        Ok(Self {
            window,
            format,
            records: 0,
            truncated: 0,
            handed_out: 0,
        })
    }

    /// Records read.
    pub fn records(&self) -> usize {
        self.records
    }

    /// How many of them hold less than the frame had on the wire.
    pub fn truncated(&self) -> usize {
        self.truncated
    }

    /// Bytes of the file before the record read last.
    pub fn position(&self) -> u64 {
        self.window.passed()
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// See [`PcapError`].
    pub fn read(&mut self) -> Result<Option<Packet<'_>>, PcapError> {
        let Some(found) = self.find()? else {
            return Ok(None);
        };
        self.records += 1;
        self.truncated += usize::from(found.truncated);
        let data = self.window.seen().get(found.data);
        Ok(Some(Packet {
            at_ns: found.at_ns,
            data: data.ok_or(PcapError::Malformed(self.records))?,
        }))
    }

    /// Passes over the record handed out last, and blocks without one, up to the next record.
    fn find(&mut self) -> Result<Option<Found>, PcapError> {
        self.window.pass(self.handed_out);
        self.handed_out = 0;
        let record = self.records + 1;
        loop {
            let header = match &self.format {
                Format::Classic(classic) => classic.header(),
                Format::Sections(_) => BLOCK_HEADER,
            };
            let start = self.window.widened(header)?;
            if start.is_empty() {
                return Ok(None);
            }
            let length = match &self.format {
                Format::Classic(classic) => classic.length(start),
                Format::Sections(sections) => sections.length(start),
            };
            let length = match fitting(length, record) {
                Ok(length) => length,
                Err(too_long) => {
                    let whole = self.window.skip(length)?;
                    return Err(if whole {
                        too_long
                    } else {
                        PcapError::CutOff(record)
                    });
                }
            };
            let bytes = self.window.widened(length.max(FIXED_PART))?;
            match &mut self.format {
                Format::Classic(classic) => {
                    let found = classic.record(bytes, record)?;
                    self.handed_out = length;
                    return Ok(Some(found));
                }
                Format::Sections(sections) => {
                    let (length, found) = sections.block(bytes, record)?;
                    if found.is_some() {
                        self.handed_out = length;
                        return Ok(found);
                    }
                    self.window.pass(length);
                }
            }
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Record, PcapError>;

    fn next(&mut self) -> Option<Self::Item> {
        let packet = self.read().transpose()?;
        Some(packet.map(|Packet { at_ns, data }| Record {
            at_ns,
            data: data.to_vec(),
        }))
    }
}

fn fitting(length: u64, record: usize) -> Result<usize, PcapError> {
    let fitting = usize::try_from(length).ok();
    let fitting = fitting.filter(|_| length <= LONGEST_RECORD);
    fitting.ok_or(PcapError::TooLong(record))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{LONGEST_RECORD, Reader};
    use crate::pcap::{PcapError, Writer};

    /// A file of frames without end, handed over in portions that fit no record.
    struct Endless {
        rest: Vec<u8>,
        frame: Vec<u8>,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.rest.is_empty() {
                self.rest.clone_from(&self.frame);
            }
            let count = self.rest.len().min(buffer.len()).min(7);
            buffer[..count].copy_from_slice(&self.rest[..count]);
            self.rest.drain(..count);
            Ok(count)
        }
    }

    fn file(frames: &[&[u8]]) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new()).expect("memory");
        for frame in frames {
            writer.write(5, frame).expect("memory");
        }
        writer.finish().expect("memory")
    }

    #[test]
    fn memory_is_for_one_record_however_many_there_are() {
        let endless = Endless {
            rest: file(&[]),
            frame: file(&[&[3; 1_000]]).split_off(24),
        };
        let mut reader = Reader::new(endless).expect("a capture");
        let at_first = reader.window.held();
        for _ in 0..10_000 {
            let packet = reader.read().expect("sound").expect("without end");
            assert_eq!((packet.at_ns, packet.data), (5, &[3; 1_000][..]));
        }
        assert_eq!(reader.position(), 24 + 9_999 * 1_016);
        assert_eq!(reader.window.held(), at_first);
    }

    #[test]
    fn a_record_that_is_too_long_is_refused_without_being_held() {
        let mut start = file(&[&[1; 60]]);
        let length = LONGEST_RECORD as u32 + 1;
        for word in [0, 0, length, length] {
            start.extend(word.to_le_bytes());
        }
        for (bytes, whole) in [(u64::from(length), true), (u64::from(length) - 1, false)] {
            let input = (&start[..]).chain(std::io::repeat(0).take(bytes));
            let mut reader = Reader::new(input).expect("a capture");
            let at_first = reader.window.held();
            assert!(reader.read().expect("sound").is_some());
            let error = reader.read().expect_err("too long");
            assert_eq!(matches!(error, PcapError::TooLong(2)), whole, "{error}");
            assert_eq!(matches!(error, PcapError::CutOff(2)), !whole, "{error}");
            assert_eq!(reader.window.held(), at_first);
        }
    }
}
