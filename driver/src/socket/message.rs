//! The messages of vfio-user 0.1 that a driver needs, as bytes. All numbers are little-endian, as those of the machines that have
//! PCI are.

/// Bytes of a header.
pub(super) const HEADER: usize = 16;
/// The most bytes that a reply may have here.
pub(super) const MOST_REPLY: usize = 4096;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Command {
    Version = 1,
    DmaMap = 2,
    DmaUnmap = 3,
    DeviceInfo = 4,
    RegionInfo = 5,
    IrqInfo = 7,
    SetIrqs = 8,
    RegionRead = 9,
    RegionWrite = 10,
    Reset = 13,
}

const REPLY: u32 = 1;
const NO_REPLY: u32 = 1 << 4;
const ERROR: u32 = 1 << 5;

/// What every message begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub id: u16,
    pub command: u16,
    /// Bytes of the message, this included.
    pub bytes: u32,
    pub flags: u32,
    pub error: u32,
}

impl Header {
    /// Of a command with so many bytes behind it. A posted one has no reply.
    pub(super) fn command(id: u16, command: Command, body: usize, posted: bool) -> Self {
        Self {
            id,
            command: command as u16,
            // Bodies are short: those of this module.
            bytes: (HEADER + body) as u32,
            flags: if posted { NO_REPLY } else { 0 },
            error: 0,
        }
    }

    pub(super) fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0..2].copy_from_slice(&self.id.to_le_bytes());
        bytes[2..4].copy_from_slice(&self.command.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.flags.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.error.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: [u8; HEADER]) -> Self {
        Self {
            id: u16::from_le_bytes([bytes[0], bytes[1]]),
            command: u16::from_le_bytes([bytes[2], bytes[3]]),
            bytes: word(&bytes, 4),
            flags: word(&bytes, 8),
            error: word(&bytes, 12),
        }
    }

    pub(super) fn is_reply(&self) -> bool {
        self.flags & 15 == REPLY
    }

    pub(super) fn is_error(&self) -> bool {
        self.flags & ERROR != 0
    }
}

/// The word at a byte offset; 0 behind the end.
pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    let octets = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
    octets.map_or(0, u32::from_le_bytes)
}

/// The double word at a byte offset.
pub(super) fn double_word(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at + 4)) << 32 | u64::from(word(bytes, at))
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn halves(value: u64) -> [u32; 2] {
    [(value & 0xffff_ffff) as u32, (value >> 32) as u32]
}

/// Version 0.1, with what this side can take.
pub(super) fn version() -> Vec<u8> {
    let capabilities = concat!(
        r#"{"capabilities":{"max_msg_fds":1,"max_data_xfer_size":1048576,"#,
        r#""migration":{"pgsize":4096}}}"#
    );
    let mut body = vec![0, 0, 1, 0];
    body.extend_from_slice(capabilities.as_bytes());
    body.push(0);
    body
}

/// Of memory that can be read and written; its file goes with the message.
pub(super) fn dma_map(address: u64, bytes: u64) -> Vec<u8> {
    let [address_low, address_high] = halves(address);
    let [bytes_low, bytes_high] = halves(bytes);
    // Size of this, read and write, offset in the file.
    words(&[
        32,
        3,
        0,
        0,
        address_low,
        address_high,
        bytes_low,
        bytes_high,
    ])
}

pub(super) fn dma_unmap(address: u64, bytes: u64) -> Vec<u8> {
    let [address_low, address_high] = halves(address);
    let [bytes_low, bytes_high] = halves(bytes);
    words(&[24, 0, address_low, address_high, bytes_low, bytes_high])
}

pub(super) fn device_info() -> Vec<u8> {
    words(&[16, 0, 0, 0])
}

/// Without room for capabilities: they only tell what can be mapped.
pub(super) fn region_info(region: u32) -> Vec<u8> {
    words(&[32, 0, region, 0, 0, 0, 0, 0])
}

pub(super) fn irq_info(index: u32) -> Vec<u8> {
    words(&[16, 0, index, 0])
}

/// One vector to the event counter that goes with the message; without one, none.
pub(super) fn set_irqs(index: u32, vector: u32, count: u32, counter: bool) -> Vec<u8> {
    /// The data are an event counter, or none; the action is to trigger.
    const EVENTFD: u32 = 1 << 2;
    const NONE: u32 = 1;
    const TRIGGER: u32 = 1 << 5;
    let data = if counter { EVENTFD } else { NONE };
    words(&[20, data | TRIGGER, index, vector, count])
}

/// An access; what is written follows.
pub(super) fn region_access(region: u32, offset: u64, bytes: u32) -> Vec<u8> {
    let [low, high] = halves(offset);
    words(&[low, high, region, bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_posted_write_by_hand() {
        let header = Header::command(0x1234, Command::RegionWrite, 20, true);
        let bytes = header.encode();
        assert_eq!(
            bytes,
            [0x34, 0x12, 10, 0, 36, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(Header::decode(bytes), header);
        assert_eq!(
            region_access(7, 0x1_0000_0004, 4),
            [4, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 0]
        );
    }

    #[test]
    fn words_behind_the_end_are_zero() {
        assert_eq!(word(&[1, 2, 3], 0), 0);
        assert_eq!(double_word(&[1, 0, 0, 0, 2, 0, 0], 0), 1);
    }
}
