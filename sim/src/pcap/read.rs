use std::path::Path;

use pcap_parser::nom;
use pcap_parser::pcapng::OptionCode;
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    Block, InterfaceDescriptionBlock, LegacyPcapBlock, PcapBlockOwned, PcapHeader, PcapNGSlice,
    parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header,
};

const NANOSECONDS: i128 = 1_000_000_000;
const LINK_TYPE_ETHERNET: u32 = 1;
/// First four bytes of a pcapng file, the same in both byte orders.
const PCAPNG_MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// pcapng's packet block of before 2007, which carries packets that must not be passed over in silence.
const OBSOLETE_PACKET_BLOCK: u32 = 2;

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

impl Capture {
    fn push(&mut self, at_ns: u64, data: &[u8], original: u32, fcs: usize) {
        let captured_fcs = (data.len() + fcs)
            .saturating_sub(original as usize)
            .min(fcs);
        let data = &data[..data.len().saturating_sub(captured_fcs)];
        if data.len() + fcs < original as usize {
            self.truncated += 1;
        }
        self.records.push(Record {
            at_ns,
            data: data.to_vec(),
        });
    }

    /// Number of the record being read, from 1.
    fn next(&self) -> usize {
        self.records.len() + 1
    }
}

/// Reads a capture file.
///
/// # Errors
/// See [`PcapError`].
pub fn read_file(path: &Path) -> Result<Capture, PcapError> {
    read(&std::fs::read(path)?)
}

/// Reads a capture that is in memory: pcap (microseconds or nanoseconds, both byte orders) or pcapng.
///
/// # Errors
/// See [`PcapError`].
pub fn read(bytes: &[u8]) -> Result<Capture, PcapError> {
    if bytes.starts_with(&PCAPNG_MAGIC) {
        return read_pcapng(bytes);
    }
    match parse_pcap_header(bytes) {
        Ok((rest, header)) => read_pcap(rest, &header),
        Err(nom::Err::Incomplete(_)) if bytes.len() >= 4 => Err(PcapError::CutOff(0)),
        Err(_) => Err(PcapError::NotACapture),
    }
}

fn read_pcap(mut rest: &[u8], header: &PcapHeader) -> Result<Capture, PcapError> {
    // Upper bits of the link type: 31..28 FCS length in 16-bit words, valid with bit 26 (pcap-savefile(5)).
    let network = header.network.0.cast_unsigned();
    require_ethernet(network & 0xffff)?;
    let fcs = if network & (1 << 26) == 0 {
        0
    } else {
        (network >> 28) as usize * 2
    };
    let scale = if header.is_nanosecond_precision() {
        1
    } else {
        1_000
    };
    let parse = if header.is_modified_format() {
        parse_pcap_frame_modified
    } else if header.is_bigendian() {
        parse_pcap_frame_be
    } else {
        parse_pcap_frame
    };
    let mut capture = Capture::default();
    while !rest.is_empty() {
        let (after, block): (_, LegacyPcapBlock<'_>) =
            parse(rest).map_err(|error| parse_error(&error, capture.next()))?;
        rest = after;
        let at_ns = u64::from(block.ts_sec) * 1_000_000_000 + u64::from(block.ts_usec) * scale;
        capture.push(at_ns, block.data, block.origlen, fcs);
    }
    Ok(capture)
}

/// What a pcapng section says about one of its interfaces.
struct Interface {
    snap_length: u32,
    fcs: usize,
    resolution: u8,
    offset_seconds: i64,
}

fn read_pcapng(bytes: &[u8]) -> Result<Capture, PcapError> {
    let mut capture = Capture::default();
    let mut interfaces: Vec<Interface> = Vec::new();
    let mut big_endian = false;
    let mut last_ns = 0;
    let blocks = PcapNGSlice::from_slice(bytes).map_err(|error| parse_error(&error, 0))?;
    for block in blocks {
        let record = capture.next();
        let block = match block.map_err(|error| parse_error(&error, record))? {
            PcapBlockOwned::NG(block) => block,
            _ => return Err(PcapError::Malformed(record)),
        };
        match block {
            Block::SectionHeader(header) => {
                big_endian = header.big_endian();
                interfaces.clear();
            }
            Block::InterfaceDescription(block) => {
                let link_type = block.linktype.0.cast_unsigned();
                require_ethernet(link_type)?;
                interfaces.push(interface(&block, big_endian));
            }
            Block::EnhancedPacket(block) => {
                let interface = usize::try_from(block.if_id)
                    .ok()
                    .and_then(|index| interfaces.get(index))
                    .ok_or(PcapError::UnknownInterface {
                        record,
                        interface: block.if_id,
                    })?;
                let units = (u64::from(block.ts_high) << 32) | u64::from(block.ts_low);
                last_ns = nanoseconds(units, interface).ok_or(PcapError::TimeStamp(record))?;
                capture.push(last_ns, block.packet_data(), block.origlen, interface.fcs);
            }
            Block::SimplePacket(block) => {
                // Without a stamp of its own it takes that of the packet before it.
                let interface = interfaces.first().ok_or(PcapError::UnknownInterface {
                    record,
                    interface: 0,
                })?;
                let mut data = block.packet_data();
                if interface.snap_length != 0 {
                    data = &data[..data.len().min(interface.snap_length as usize)];
                }
                capture.push(last_ns, data, block.origlen, interface.fcs);
            }
            Block::Unknown(block)
                if [block.block_type, block.block_type.swap_bytes()]
                    .contains(&OBSOLETE_PACKET_BLOCK) =>
            {
                return Err(PcapError::Malformed(record));
            }
            _ => {}
        }
    }
    Ok(capture)
}

fn interface(block: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Interface {
    let option = |code| {
        let found = block
            .options
            .iter()
            .find(|option| option.code == OptionCode(code));
        found.and_then(|option| option.as_bytes().ok())
    };
    let offset = option(14).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    Interface {
        snap_length: block.snaplen,
        fcs: option(13)
            .and_then(|bytes| bytes.first())
            .map_or(0, |length| usize::from(*length)),
        resolution: option(9)
            .and_then(|bytes| bytes.first())
            .copied()
            .unwrap_or(6),
        offset_seconds: offset.map_or(
            0,
            if big_endian {
                i64::from_be_bytes
            } else {
                i64::from_le_bytes
            },
        ),
    }
}

/// Time in ns; the resolution is a negative power of 10, or of 2 if its highest bit is set.
fn nanoseconds(units: u64, interface: &Interface) -> Option<u64> {
    let exponent = u32::from(interface.resolution & 0x7f);
    let per_second = if interface.resolution & 0x80 == 0 {
        10i128.checked_pow(exponent)?
    } else {
        1i128.checked_shl(exponent).filter(|units| *units > 0)?
    };
    let whole = i128::from(units) * NANOSECONDS / per_second;
    u64::try_from(whole + i128::from(interface.offset_seconds) * NANOSECONDS).ok()
}

fn parse_error<E>(error: &nom::Err<E>, record: usize) -> PcapError {
    match error {
        nom::Err::Incomplete(_) => PcapError::CutOff(record),
        _ => PcapError::Malformed(record),
    }
}

fn require_ethernet(number: u32) -> Result<(), PcapError> {
    if number == LINK_TYPE_ETHERNET {
        return Ok(());
    }
    let name = LINK_TYPES
        .iter()
        .find(|(known, _)| *known == number)
        .map_or("not a known one", |(_, name)| name);
    Err(PcapError::LinkType { number, name })
}

/// Names of the registry of link types that captures of networks are met with.
const LINK_TYPES: [(u32, &str); 21] = [
    (0, "NULL"),
    (6, "IEEE802_5"),
    (8, "SLIP"),
    (9, "PPP"),
    (10, "FDDI"),
    (12, "RAW"),
    (50, "PPP_HDLC"),
    (51, "PPP_ETHER"),
    (101, "RAW"),
    (104, "C_HDLC"),
    (105, "IEEE802_11"),
    (107, "FRELAY"),
    (108, "LOOP"),
    (113, "LINUX_SLL"),
    (127, "IEEE802_11_RADIOTAP"),
    (189, "USB_LINUX"),
    (220, "USB_LINUX_MMAPPED"),
    (228, "IPV4"),
    (229, "IPV6"),
    (249, "USBPCAP"),
    (276, "LINUX_SLL2"),
];
