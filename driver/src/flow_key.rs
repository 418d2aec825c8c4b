//! Where a flow's entry stands: the keyed hash of the flow table, `docs/src/card/flows.md` section 6.

use std::array;
use std::net::IpAddr;

use crate::error::Error;

/// Base-2 logarithm of the slots that a row has in both banks.
pub(crate) const FLOW_SLOTS_LOG2: u32 = 4;
/// Slots of a row of one bank.
const SLOTS: u32 = 8;

/// Bits of the hash, and what its tables hold.
const HASH_BITS: u32 = 60;
const HASH_MASK: u64 = (1 << HASH_BITS) - 1;
/// How far the VIP's and its half's share are turned.
const TURN: u32 = 20;
/// Tables of the hash, each of a word for each value of 6 bits.
const TABLES: usize = 27;
const ENTRIES: usize = 64;
/// First table for addresses, for halves of a layer-4 word, for protocols.
const ADDRESS_TABLE: usize = 0;
const HALF_TABLE: usize = 22;
const PROTOCOL_TABLE: usize = 25;

/// The flow that an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowKey {
    /// One connection, association or exchange of datagrams.
    Flow {
        /// The client's address.
        client: IpAddr,
        /// The cluster's address.
        vip: IpAddr,
        /// Layer-4 protocol.
        protocol: u8,
        /// The client's and the cluster's port; of ESP and AH the upper and the lower half of the SPI. None of
        /// other protocols.
        halves: Option<(u16, u16)>,
    },
    /// All flows of a client to a persistent virtual address.
    Client {
        /// The client's address, with all but the configured first bits zero.
        client: IpAddr,
        /// The cluster's address.
        vip: IpAddr,
    },
}

/// An address with all but its first bits zero.
pub fn mask(address: IpAddr, client_bits: (u8, u8)) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let shift = 32 - u32::from(client_bits.0.min(32));
            let bits = v4.to_bits().checked_shr(shift).unwrap_or(0);
            std::net::Ipv4Addr::from_bits(bits.checked_shl(shift).unwrap_or(0)).into()
        }
        IpAddr::V6(v6) => {
            let shift = 128 - u32::from(client_bits.1.min(128));
            let bits = v6.to_bits().checked_shr(shift).unwrap_or(0);
            std::net::Ipv6Addr::from_bits(bits.checked_shl(shift).unwrap_or(0)).into()
        }
    }
}

/// The seed of a flow table's hash: the four words of its registers. It is not zero.
///
/// Who knows it can build flows that all want one place, so it is drawn at random for a card in service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FlowSeed([u32; 4]);

impl std::fmt::Debug for FlowSeed {
    /// Says nothing of it: it is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FlowSeed(..)")
    }
}

impl FlowSeed {
    /// A seed of four words.
    ///
    /// # Errors
    /// [`Error::ZeroSeed`].
    pub fn new(words: [u32; 4]) -> Result<Self, Error> {
        if words == [0; 4] {
            Err(Error::ZeroSeed)
        } else {
            Ok(Self(words))
        }
    }

    /// A seed that the operating system draws.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn draw() -> Result<Self, Error> {
        let word = || getrandom::u32().map_err(|error| Error::NoRandomness(error.to_string()));
        Self::new([word()?, word()?, word()?, word()?])
    }

    /// The seed that belongs to a number, for simulations that can be repeated.
    pub fn from_number(number: u64) -> Self {
        // Steele, Lea and Flood's SplitMix64, whose two outputs are never both zero.
        let mut state = number;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ z >> 31).to_le_bytes()
        };
        let ([a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]) = (next(), next());
        Self([[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]].map(u32::from_le_bytes))
    }

    /// The words in the order of their registers.
    pub fn words(self) -> [u32; 4] {
        self.0
    }
}

/// Blackman and Vigna's xoroshiro128** 1.0.
struct Xoroshiro(u64, u64);

impl Xoroshiro {
    fn new(seed: FlowSeed) -> Self {
        let [a, b, c, d] = seed.0.map(u64::from);
        Self(a | b << 32, c | d << 32)
    }

    fn next(&mut self) -> u64 {
        let (s0, s1) = (self.0, self.1 ^ self.0);
        let output = s0.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        self.0 = s0.rotate_left(24) ^ s1 ^ s1 << 16;
        self.1 = s1.rotate_left(37);
        output
    }
}

/// The keyed hash of a flow table with a given seed.
#[derive(Clone)]
pub struct FlowHash(Vec<[u64; ENTRIES]>);

impl std::fmt::Debug for FlowHash {
    /// Says nothing of the tables: they tell the seed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FlowHash(..)")
    }
}

impl FlowHash {
    /// The tables that belong to a seed.
    pub fn new(seed: FlowSeed) -> Self {
        let mut words = Xoroshiro::new(seed);
        let mut table = || array::from_fn(|_| words.next() & HASH_MASK);
        Self((0..TABLES).map(|_| table()).collect())
    }

    /// Looks up each 6 bits of an argument, lowest first, in a table of its own.
    fn tabulate(&self, first: usize, tables: usize, argument: u128) -> u64 {
        let tables = &self.0[first..first + tables];
        (0..).step_by(6).zip(tables).fold(0, |hash, (low, table)| {
            hash ^ table[(argument >> low) as usize & (ENTRIES - 1)]
        })
    }

    fn address(&self, address: IpAddr) -> u64 {
        let (family, bits) = match address {
            IpAddr::V4(v4) => (0, u128::from(v4.to_bits())),
            IpAddr::V6(v6) => (1, v6.to_bits()),
        };
        // The last table gets the family and the two highest bits of the address.
        const LAST: usize = HALF_TABLE - 1;
        let top = (family << 2 | bits >> 126) as usize;
        self.tabulate(ADDRESS_TABLE, LAST, bits) ^ self.0[LAST][top]
    }

    fn half(&self, half: u16) -> u64 {
        self.tabulate(HALF_TABLE, PROTOCOL_TABLE - HALF_TABLE, half.into())
    }

    /// The hash of a flow: 60 bits.
    pub fn hash(&self, key: &FlowKey) -> u64 {
        let ends = |client, vip| self.address(client) ^ turn(self.address(vip));
        match *key {
            FlowKey::Client { client, vip } => ends(client, vip),
            FlowKey::Flow {
                client,
                vip,
                protocol,
                halves,
            } => {
                let halves =
                    halves.map_or(0, |(client, vip)| self.half(client) ^ turn(self.half(vip)));
                let protocol =
                    self.tabulate(PROTOCOL_TABLE, TABLES - PROTOCOL_TABLE, protocol.into());
                ends(client, vip) ^ halves ^ protocol
            }
        }
    }

    /// Where the entry of a flow stands.
    pub fn place(&self, key: &FlowKey, flows_log2: u8) -> FlowPlace {
        let hash = self.hash(key);
        let rows = u32::from(flows_log2).saturating_sub(FLOW_SLOTS_LOG2);
        let mask = (1 << rows) - 1;
        let fingerprint = hash >> (HASH_BITS - 40);
        let row = (hash & mask) as u32;
        let other = row ^ ((fingerprint ^ fingerprint >> 18) & mask) as u32;
        FlowPlace {
            fingerprint,
            rows: [row << FLOW_SLOTS_LOG2, other << FLOW_SLOTS_LOG2 | SLOTS],
        }
    }
}

/// Rotation of 60 bits to the left.
fn turn(hash: u64) -> u64 {
    (hash << TURN | hash >> (HASH_BITS - TURN)) & HASH_MASK
}

/// Where a flow's entry can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowPlace {
    /// What the entry says of the flow: 40 bits.
    pub fingerprint: u64,
    /// Index of the first of eight slots, in bank 0 and in bank 1.
    pub rows: [u32; 2],
}

impl FlowPlace {
    /// Indices of the slots in a bank, 0 or 1.
    pub(crate) fn slots(&self, bank: usize) -> std::ops::Range<u32> {
        let first = self.rows[bank & 1];
        first..first + SLOTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let seed = FlowSeed::new([1, 0, 2, 0]).expect("not zero");
        let mut words = Xoroshiro::new(seed);
        let found = array::from_fn(|_| words.next());
        let expected = [
            5_760,
            97_769_243_520,
            9_706_862_127_477_703_552,
            9_223_447_511_460_779_954,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn seeds() {
        let split = FlowSeed::from_number(1).words();
        assert_eq!(split, [0x8902_5cc1, 0x910a_2dec, 0x658e_ec67, 0xbeeb_8da1]);
        assert!(matches!(FlowSeed::new([0; 4]), Err(Error::ZeroSeed)));
        let drawn = [FlowSeed::draw(), FlowSeed::draw()].map(|seed| seed.expect("random numbers"));
        assert_ne!(drawn[0].words(), drawn[1].words());
        assert_eq!(format!("{:?}", drawn[0]), "FlowSeed(..)");
    }

    // The expected values come from a program in another language, written from the contract's text.
    #[test]
    fn hashes_and_places() {
        let seed = FlowSeed::new([0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, 0x7654_3210]);
        let hash = FlowHash::new(seed.expect("not zero"));
        let (client, vip) = (address("192.0.2.77"), address("192.31.65.1"));
        let flow = |protocol, halves| FlowKey::Flow {
            client,
            vip,
            protocol,
            halves,
        };
        let tcp = flow(6, Some((40_000, 80)));
        assert_eq!(hash.hash(&tcp), 0x0326_68b1_3cc9_e622);
        let esp = flow(50, Some((0xdead, 0xbeef)));
        assert_eq!(hash.hash(&esp), 0x0244_7550_b214_954d);
        assert_eq!(hash.hash(&flow(47, None)), 0x02eb_a2a2_68cc_98e0);
        let together = FlowKey::Client { client, vip };
        assert_eq!(hash.hash(&together), 0x0116_9f3e_4505_ae9a);
        let ipv6 = FlowKey::Flow {
            client: address("fe80::1:2"),
            vip: address("2001:db8:65::1"),
            protocol: 17,
            halves: Some((5_353, 443)),
        };
        assert_eq!(hash.hash(&ipv6), 0x0157_e668_bc79_496f);
        let place = hash.place(&tcp, 16);
        let expected = FlowPlace {
            fingerprint: 0x32_668b_13cc,
            rows: [0x6220, 0xc4c8],
        };
        assert_eq!(place, expected);
        assert_eq!(place.slots(1), 0xc4c8..0xc4d0);
    }

    #[test]
    fn first_bits() {
        let masked = |text: &str, bits| mask(address(text), bits).to_string();
        assert_eq!(masked("192.0.2.77", (24, 0)), "192.0.2.0");
        assert_eq!(masked("192.0.2.77", (32, 0)), "192.0.2.77");
        assert_eq!(masked("192.0.2.77", (0, 128)), "0.0.0.0");
        assert_eq!(masked("2001:db8:1:2:3::4", (32, 64)), "2001:db8:1:2::");
        assert_eq!(masked("2001:db8::4", (32, 0)), "::");
        assert_eq!(masked("2001:db8::4", (32, 128)), "2001:db8::4");
    }
}
