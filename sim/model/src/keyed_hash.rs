//! The keyed hash of flows and datagrams, by tabulation; section 6 of the flows page. The model needs it for datagrams
//! alone: it keeps flows by their true keys.

use std::net::IpAddr;

/// Bits of a hash.
const BITS: u32 = 60;
/// Values of the 6 bits that select a word of a table.
const WORDS: usize = 64;
/// Tables for an address with its family, for 16 bits, for a protocol.
const ADDRESS_TABLES: usize = 22;
const HALF_TABLES: usize = 3;
const PROTOCOL_TABLES: usize = 2;

/// The seed with which a model begins. It is of no other meaning: a card's own is drawn.
pub(crate) const FIRST_SEED: [u32; 4] = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];

/// One table: a word for each value of 6 bits.
type Table = [u64; WORDS];

/// The hash under one seed.
#[derive(Clone, Debug)]
pub(crate) struct KeyedHash {
    address: [Table; ADDRESS_TABLES],
    half: [Table; HALF_TABLES],
    protocol: [Table; PROTOCOL_TABLES],
}

impl KeyedHash {
    pub(crate) fn new(seed: [u32; 4]) -> Self {
        let mut numbers = Xoroshiro::new(seed);
        let mut table = || std::array::from_fn(|_| numbers.draw() & ((1 << BITS) - 1));
        // In this order: each table draws its words from where the one before it ended.
        Self {
            address: std::array::from_fn(|_| table()),
            half: std::array::from_fn(|_| table()),
            protocol: std::array::from_fn(|_| table()),
        }
    }

    /// The hash of a datagram in fragments; `protocol` is that of an IPv4 packet.
    pub(crate) fn datagram(
        &self,
        source: IpAddr,
        destination: IpAddr,
        identification: u32,
        protocol: Option<u8>,
    ) -> u64 {
        let (upper, lower) = ((identification >> 16) as u16, identification as u16);
        self.address(source)
            ^ turned(self.address(destination), 20)
            ^ self.half(upper)
            ^ turned(self.half(lower), 20)
            ^ turned(self.protocol(protocol.unwrap_or(0)), 40)
    }

    fn address(&self, address: IpAddr) -> u64 {
        let (family, number) = match address {
            IpAddr::V4(address) => (0, u128::from(address.to_bits())),
            IpAddr::V6(address) => (1, address.to_bits()),
        };
        // 129 bits: the family stands above the address, in the highest six.
        let sixes = (0..ADDRESS_TABLES).map(|place| {
            let six = (number >> (6 * place)) as usize;
            let family = if place == ADDRESS_TABLES - 1 {
                family << 2
            } else {
                0
            };
            (six | family) % WORDS
        });
        combined(&self.address, sixes)
    }

    fn half(&self, half: u16) -> u64 {
        combined(&self.half, sixes_of(half.into()))
    }

    fn protocol(&self, protocol: u8) -> u64 {
        combined(&self.protocol, sixes_of(protocol.into()))
    }
}

/// The number's sixes of bits, lowest first.
fn sixes_of(number: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(number), |rest| Some(rest / WORDS)).map(|rest| rest % WORDS)
}

/// The exclusive or of the words that are selected, one of each table.
fn combined(tables: &[Table], sixes: impl Iterator<Item = usize>) -> u64 {
    let words = tables.iter().zip(sixes).map(|(table, six)| table[six]);
    words.fold(0, |hash, word| hash ^ word)
}

/// Rotated to the left by so many of its 60 bits.
fn turned(hash: u64, by: u32) -> u64 {
    (hash << by | hash >> (BITS - by)) & ((1 << BITS) - 1)
}

/// The generator xoroshiro128** (Blackman and Vigna 2018).
struct Xoroshiro {
    first: u64,
    second: u64,
}

impl Xoroshiro {
    fn new([a, b, c, d]: [u32; 4]) -> Self {
        let joined = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        Self {
            first: joined(a, b),
            second: joined(c, d),
        }
    }

    fn draw(&mut self) -> u64 {
        let number = self.first.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let mixed = self.first ^ self.second;
        self.first = self.first.rotate_left(24) ^ mixed ^ mixed << 16;
        self.second = mixed.rotate_left(37);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_its_published_numbers() {
        let mut numbers = Xoroshiro::new([1, 0, 2, 0]);
        let first: [u64; 4] = std::array::from_fn(|_| numbers.draw());
        let published = [
            5_760,
            97_769_243_520,
            9_706_862_127_477_703_552,
            9_223_447_511_460_779_954,
        ];
        assert_eq!(first, published);
    }

    // The expected values come from a program in another language, written from the contract's text.
    #[test]
    fn datagrams_of_both_families() {
        let hash = KeyedHash::new([0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, 0x7654_3210]);
        let of = |source: &str, destination: &str, identification, protocol| {
            let address = |text: &str| text.parse().expect("an address");
            hash.datagram(
                address(source),
                address(destination),
                identification,
                protocol,
            )
        };
        assert_eq!(
            of("192.0.2.77", "192.31.65.1", 0x1234, Some(17)),
            0x0392_339e_89ad_8ef6
        );
        assert_eq!(
            of("fe80::1:2", "2001:db8:65::1", 0xdead_beef, None),
            0x032d_b4b6_11d6_e217
        );
    }
}
