//! The readable part of a frame, and what both who read packets and who read neighbour discovery know of it.

/// The card reads nothing beyond this many bytes of a frame.
pub const WINDOW_BYTES: usize = 128;

pub(crate) const IPV6_HEADER_BYTES: usize = 40;
pub(crate) const ICMPV6: u8 = 58;

/// The readable part of a frame.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a>(&'a [u8]);

impl<'a> Window<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Self {
        Self(&frame[..frame.len().min(WINDOW_BYTES)])
    }

    /// `N` bytes from `start` on, if all are readable.
    pub(crate) fn bytes<const N: usize>(self, start: usize) -> Option<[u8; N]> {
        self.0.get(start..)?.first_chunk().copied()
    }

    pub(crate) fn u16(self, start: usize) -> Option<u16> {
        self.bytes(start).map(u16::from_be_bytes)
    }

    /// The bytes from `start` to before `end`, if all are readable.
    pub(crate) fn slice(self, start: usize, end: usize) -> Option<&'a [u8]> {
        self.0.get(start..end)
    }
}
