//! Records of a pcap file.

use pcap_parser::nom::IResult;
use pcap_parser::{
    LegacyPcapBlock, PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
};

use super::PcapError;
use super::error::parse_error;
use super::link_type::require_ethernet;
use super::reader::Found;

/// Length of a record's header, and of that of the modified format.
const RECORD_HEADER: usize = 16;
const MODIFIED_HEADER: usize = 24;

type Parse = fn(&[u8]) -> IResult<&[u8], LegacyPcapBlock<'_>, pcap_parser::PcapError<&[u8]>>;

/// How the records of a file are written.
pub(super) struct Classic {
    parse: Parse,
    header: usize,
    big_endian: bool,
    /// Nanoseconds in the unit of the fraction of a second.
    scale: u64,
    fcs: usize,
}

impl Classic {
    pub(super) fn new(header: &PcapHeader) -> Result<Self, PcapError> {
        // Upper bits of the link type: 31..28 FCS length in 16-bit words, valid with bit 26 (pcap-savefile(5)).
        let network = header.network.0.cast_unsigned();
        require_ethernet(network & 0xffff)?;
        let fcs = if network & (1 << 26) == 0 {
            0
        } else {
            (network >> 28) as usize * 2
        };
        let (parse, header_length, big_endian): (Parse, _, _) = if header.is_modified_format() {
            (parse_pcap_frame_modified, MODIFIED_HEADER, false)
        } else if header.is_bigendian() {
            (parse_pcap_frame_be, RECORD_HEADER, true)
        } else {
            (parse_pcap_frame, RECORD_HEADER, false)
        };
        Ok(Self {
            parse,
            header: header_length,
            big_endian,
            scale: if header.is_nanosecond_precision() {
                1
            } else {
                1_000
            },
            fcs,
        })
    }

    /// Bytes of a record's header.
    pub(super) fn header(&self) -> usize {
        self.header
    }

    /// Bytes of the record that begins with these.
    pub(super) fn length(&self, bytes: &[u8]) -> u64 {
        let word = bytes.get(8..12).and_then(|word| word.try_into().ok());
        let captured = word.map_or(0, |word| {
            if self.big_endian {
                u32::from_be_bytes(word)
            } else {
                u32::from_le_bytes(word)
            }
        });
        self.header as u64 + u64::from(captured)
    }

    /// The record that stands at the beginning.
    pub(super) fn record(&self, bytes: &[u8], record: usize) -> Result<Found, PcapError> {
        let (_, block) = (self.parse)(bytes).map_err(|error| parse_error(&error, record))?;
        let at_ns = u64::from(block.ts_sec) * 1_000_000_000 + u64::from(block.ts_usec) * self.scale;
        let data = block.data.len();
        Ok(Found::new(
            at_ns,
            self.header,
            data,
            block.origlen,
            self.fcs,
        ))
    }
}
