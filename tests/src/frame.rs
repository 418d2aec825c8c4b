//! Frames for tests, built layer by layer from the outside in; lengths and checksums are filled in at the end.

use std::net::{Ipv4Addr, Ipv6Addr};

/// IPv6 extension headers that the card walks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type: 0, 43, 44, 60, 135, 139, 140, or anything else to mislead.
    pub kind: u8,
    /// Its second byte: length in units of 8 bytes, the first not counted; reserved in a fragment header.
    pub length: u8,
    /// Its third and fourth byte: offset and flags of a fragment header.
    pub word: u16,
}

impl Extension {
    /// Its bytes in front of a header of type `next`: zeros behind the first four.
    pub fn bytes(&self, next: u8) -> Vec<u8> {
        // A fragment header has no length.
        let units = match self.kind {
            44 => 1,
            _ => 1 + usize::from(self.length),
        };
        let [high, low] = self.word.to_be_bytes();
        let mut bytes = vec![next, self.length, high, low];
        bytes.resize(8 * units, 0);
        bytes
    }

    /// A chain that ends in `last`: the type of its first header, and its bytes.
    pub fn chained(chain: &[Self], last: u8) -> (u8, Vec<u8>) {
        chain
            .iter()
            .rev()
            .fold((last, Vec::new()), |(next, behind), extension| {
                (extension.kind, [extension.bytes(next), behind].concat())
            })
    }
}

/// A frame that grows inwards.
#[derive(Clone, Debug)]
pub struct FrameBuilder {
    bytes: Vec<u8>,
    /// Where the byte stands that names the next header: ethertype, IPv4 protocol, IPv6 next header.
    ipv4: Option<usize>,
    ipv6: Option<usize>,
    udp: Option<usize>,
}

impl FrameBuilder {
    /// The two addresses; an ethertype or a tag must follow.
    pub fn ethernet(destination: [u8; 6], source: [u8; 6]) -> Self {
        let bytes = [destination, source].concat();
        Self {
            bytes,
            ipv4: None,
            ipv6: None,
            udp: None,
        }
    }

    /// A tag: 0x8100 or 0x88a8, then priority, drop eligibility and VLAN.
    pub fn tag(mut self, kind: u16, control: u16) -> Self {
        self.word(kind);
        self.word(control);
        self
    }

    /// An ethertype with nothing behind it yet.
    pub fn ethertype(mut self, ethertype: u16) -> Self {
        self.word(ethertype);
        self
    }

    /// Ethertype and IPv4 header. `fragment` holds flags and offset, `option_words` is 0 to 10.
    pub fn ipv4(
        mut self,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        protocol: u8,
        fragment: u16,
        option_words: u8,
    ) -> Self {
        let words = 5 + option_words.min(10);
        self.word(0x0800);
        self.ipv4 = Some(self.bytes.len());
        self.bytes.extend([0x40 | words, 0, 0, 0, 0, 1]);
        self.word(fragment);
        self.bytes.extend([64, protocol, 0, 0]);
        self.bytes.extend(source.octets());
        self.bytes.extend(destination.octets());
        // No-operation options.
        self.bytes
            .resize(self.bytes.len() + 4 * usize::from(words - 5), 1);
        self
    }

    /// Another identification for the IPv4 header.
    pub fn identified(mut self, identification: u16) -> Self {
        if let Some(start) = self.ipv4 {
            self.bytes[start + 4..start + 6].copy_from_slice(&identification.to_be_bytes());
        }
        self
    }

    /// Ethertype, IPv6 header and chain of extension headers that ends in `protocol`.
    pub fn ipv6(
        mut self,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        chain: &[Extension],
        protocol: u8,
    ) -> Self {
        self.word(0x86dd);
        self.ipv6 = Some(self.bytes.len());
        self.bytes.extend([0x60, 0, 0, 0, 0, 0]);
        let (next, headers) = Extension::chained(chain, protocol);
        self.bytes.extend([next, 64]);
        self.bytes.extend(source.octets());
        self.bytes.extend(destination.octets());
        self.bytes.extend(headers);
        self
    }

    /// Another hop limit for the IPv6 header.
    pub fn hop_limit(mut self, hop_limit: u8) -> Self {
        if let Some(start) = self.ipv6 {
            self.bytes[start + 7] = hop_limit;
        }
        self
    }

    /// A TCP segment without data.
    pub fn tcp(mut self, source: u16, destination: u16) -> Self {
        self.word(source);
        self.word(destination);
        self.bytes
            .extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0x04, 0, 0, 0, 0, 0]);
        self
    }

    /// A UDP header.
    pub fn udp(mut self, source: u16, destination: u16) -> Self {
        self.udp = Some(self.bytes.len());
        self.word(source);
        self.word(destination);
        self.bytes.extend([0; 4]);
        self
    }

    /// An SCTP common header.
    pub fn sctp(mut self, source: u16, destination: u16) -> Self {
        self.word(source);
        self.word(destination);
        self.bytes.extend([0; 8]);
        self
    }

    /// ESP: parameter index and sequence number.
    pub fn esp(mut self, parameters: u32) -> Self {
        self.bytes.extend(parameters.to_be_bytes());
        self.bytes.extend([0, 0, 0, 1]);
        self
    }

    /// AH in front of `next`.
    pub fn ah(mut self, parameters: u32, next: u8) -> Self {
        self.bytes.extend([next, 4, 0, 0]);
        self.bytes.extend(parameters.to_be_bytes());
        self.bytes.extend([0; 16]);
        self
    }

    /// Anything: GRE, ICMP, payload.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// Fills the payload up to a frame length with bytes that differ from place to place and from seed to seed.
    pub fn fill_to(mut self, length: usize, seed: u32) -> Self {
        let mut state = seed | 1;
        while self.bytes.len() < length {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            self.bytes.push(state as u8);
        }
        self
    }

    /// The frame, lengths and header checksum filled in, padded to 60 bytes.
    pub fn finish(mut self) -> Vec<u8> {
        let end = self.bytes.len();
        let length_from =
            |start: usize| u16::try_from(end - start).unwrap_or(u16::MAX).to_be_bytes();
        if let Some(start) = self.udp {
            self.bytes[start + 4..start + 6].copy_from_slice(&length_from(start));
        }
        if let Some(start) = self.ipv6 {
            self.bytes[start + 4..start + 6].copy_from_slice(&length_from(start + 40));
        }
        if let Some(start) = self.ipv4 {
            self.bytes[start + 2..start + 4].copy_from_slice(&length_from(start));
            let header = 4 * usize::from(self.bytes[start] & 15);
            let sum = checksum(&self.bytes[start..start + header]);
            self.bytes[start + 10..start + 12].copy_from_slice(&sum.to_be_bytes());
        }
        self.bytes.resize(end.max(60), 0);
        self.bytes
    }

    fn word(&mut self, word: u16) {
        self.bytes.extend(word.to_be_bytes());
    }
}

/// The Internet checksum (RFC 1071).
pub(crate) fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or_default();
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !(((folded & 0xffff) + (folded >> 16)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn ipv4_by_hand() {
        let frame = FrameBuilder::ethernet([2, 0, 0x5e, 0, 0x65, 1], [2, 0, 0, 0, 2, 0x60])
            .tag(0x8100, 0x0064)
            .ipv4([10, 0, 0, 1].into(), [192, 31, 65, 1].into(), 6, 0, 0)
            .tcp(40_000, 80)
            .finish();
        let expected = hex(&["02005e006501 020000000260 8100 0064 0800
            4500002800010000 40066fae 0a000001 c01f4101
            9c400050 00000001 00000000 50020400 00000000 0000"]);
        assert_eq!(frame, expected);
    }

    #[test]
    fn ipv6_chain_by_hand() {
        let fragment = Extension {
            kind: 44,
            length: 0,
            word: 1,
        };
        let options = Extension {
            kind: 60,
            length: 1,
            word: 0x010c,
        };
        let [source, destination] =
            ["2001:db8::a", "2001:db8:65::1"].map(|text| text.parse().expect("IPv6"));
        let frame = FrameBuilder::ethernet([2, 0, 0x5e, 0, 0x65, 1], [2, 0, 0, 0, 2, 0x60])
            .ipv6(source, destination, &[options, fragment], 17)
            .udp(40_000, 443)
            .finish();
        let expected = hex(&["02005e006501 020000000260 86dd 60000000 0020 3c 40
            20010db8000000000000 00000000000a 20010db8006500000000 000000000001
            2c01010c000000000000000000000000 1100000100000000 9c4001bb00080000"]);
        assert_eq!(frame, expected);
    }
}
