//! Blocks of a pcapng file.

use pcap_parser::pcapng::{OptionCode, parse_block_be, parse_block_le};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, InterfaceDescriptionBlock, parse_sectionheaderblock};

use super::PcapError;
use super::error::parse_error;
use super::link_type::require_ethernet;
use super::reader::Found;

const NANOSECONDS: i128 = 1_000_000_000;
/// First four bytes of a section, and so of a pcapng file, the same in both byte orders.
pub(super) const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// The magic number of byte order, as a little-endian file has it.
const LITTLE_ENDIAN: [u8; 4] = [0x4d, 0x3c, 0x2b, 0x1a];
/// pcapng's packet block of before 2007, which carries packets that must not be passed over in silence.
const OBSOLETE_PACKET_BLOCK: u32 = 2;
/// Bytes that tell a block's length: type, length, and a section's magic number.
pub(super) const BLOCK_HEADER: usize = 12;
/// Where the bytes of a packet begin in the blocks that carry one.
const ENHANCED_PACKET: usize = 28;
const SIMPLE_PACKET: usize = 12;

/// What a pcapng section says about one of its interfaces.
struct Interface {
    snap_length: u32,
    fcs: usize,
    resolution: u8,
    offset_seconds: i64,
}

/// The section that is being read.
#[derive(Default)]
pub(super) struct Sections {
    interfaces: Vec<Interface>,
    big_endian: bool,
    last_ns: u64,
}

impl Sections {
    /// Whether a file can begin with these bytes.
    pub(super) fn check_first(bytes: &[u8]) -> Result<(), PcapError> {
        let first = parse_sectionheaderblock(bytes);
        first.map(drop).map_err(|error| parse_error(&error, 0))
    }

    /// Bytes of the block that begins with these.
    pub(super) fn length(&self, bytes: &[u8]) -> u64 {
        let big_endian = if bytes.starts_with(&SECTION) {
            bytes.get(8..BLOCK_HEADER) != Some(&LITTLE_ENDIAN)
        } else {
            self.big_endian
        };
        let word = bytes.get(4..8).and_then(|word| word.try_into().ok());
        let length = word.map_or(0, |word| {
            if big_endian {
                u32::from_be_bytes(word)
            } else {
                u32::from_le_bytes(word)
            }
        });
        length.into()
    }

    /// Reads the block that stands at the beginning: its length, and the packet that it carries.
    pub(super) fn block(
        &mut self,
        bytes: &[u8],
        record: usize,
    ) -> Result<(usize, Option<Found>), PcapError> {
        let parse = if self.big_endian {
            parse_block_be
        } else {
            parse_block_le
        };
        let (rest, block) = parse(bytes).map_err(|error| parse_error(&error, record))?;
        let length = bytes.len() - rest.len();
        let found = match block {
            Block::SectionHeader(header) => {
                self.big_endian = header.big_endian();
                self.interfaces.clear();
                None
            }
            Block::InterfaceDescription(block) => {
                let link_type = block.linktype.0.cast_unsigned();
                require_ethernet(link_type)?;
                self.interfaces.push(interface(&block, self.big_endian));
                None
            }
            Block::EnhancedPacket(block) => {
                let interface = self.interface(block.if_id, record)?;
                let fcs = interface.fcs;
                let units = (u64::from(block.ts_high) << 32) | u64::from(block.ts_low);
                let at_ns = nanoseconds(units, interface).ok_or(PcapError::TimeStamp(record))?;
                self.last_ns = at_ns;
                let data = block.packet_data().len();
                let found = Found::new(at_ns, ENHANCED_PACKET, data, block.origlen, fcs);
                Some(found)
            }
            Block::SimplePacket(block) => {
                // Without a stamp of its own it takes that of the packet before it.
                let interface = self.interface(0, record)?;
                let mut data = block.packet_data().len();
                if interface.snap_length != 0 {
                    data = data.min(interface.snap_length as usize);
                }
                let (at_ns, fcs) = (self.last_ns, interface.fcs);
                let found = Found::new(at_ns, SIMPLE_PACKET, data, block.origlen, fcs);
                Some(found)
            }
            Block::Unknown(block)
                if [block.block_type, block.block_type.swap_bytes()]
                    .contains(&OBSOLETE_PACKET_BLOCK) =>
            {
                return Err(PcapError::Malformed(record));
            }
            _ => None,
        };
        Ok((length, found))
    }

    fn interface(&self, number: u32, record: usize) -> Result<&Interface, PcapError> {
        let interface = usize::try_from(number).ok();
        let interface = interface.and_then(|index| self.interfaces.get(index));
        interface.ok_or(PcapError::UnknownInterface {
            record,
            interface: number,
        })
    }
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
