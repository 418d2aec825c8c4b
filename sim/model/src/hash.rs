//! The H3 hash family (Carter and Wegman 1979) with the card's row generator; section 2 of the verdicts page.

use crate::mac::Mac;
use std::net::IpAddr;

const ADDRESS_SEED: u32 = 0x9e37_79b9;
const LAYER4_SEED: u32 = 0x85eb_ca6b;
const FDB_SEED: u32 = 0x1656_67b1;

/// Bytes under the address hash: family, source, destination.
const ADDRESS_BYTES: usize = 1 + 16 + 16;
/// Bytes under the layer-4 hash: protocol and the layer-4 word.
const LAYER4_BYTES: usize = 1 + 4;
/// Bytes under the forwarding database's hash: domain and MAC.
const FDB_BYTES: usize = 2 + 6;

/// One xorshift step (Marsaglia 2003, triple 13, 17, 5).
fn xorshift(mut x: u32) -> u32 {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    x
}

/// The card's hash of `bytes` under `seed`: the exclusive or of the rows of all bits that are set, rows drawn by
/// xorshift from the seed, least significant bit of the first byte first.
pub fn h3(seed: u32, bytes: &[u8]) -> u32 {
    H3::new(seed, bytes.len()).hash(bytes)
}

/// One member of the family with its rows drawn beforehand.
#[derive(Clone, Debug)]
struct H3 {
    rows: Vec<u32>,
}

impl H3 {
    /// The rows for inputs of up to `length` bytes.
    fn new(seed: u32, length: usize) -> Self {
        let rows = std::iter::successors(Some(xorshift(seed)), |&row| Some(xorshift(row)))
            .take(8 * length)
            .collect();
        Self { rows }
    }

    fn hash(&self, bytes: &[u8]) -> u32 {
        let rows_of_bytes = self.rows.chunks_exact(8);
        bytes
            .iter()
            .zip(rows_of_bytes)
            .fold(0, |hash, (byte, rows)| {
                rows.iter().enumerate().fold(hash, |hash, (bit, row)| {
                    if byte >> bit & 1 == 1 {
                        hash ^ row
                    } else {
                        hash
                    }
                })
            })
    }
}

/// The hashes that decide where a frame goes.
#[derive(Clone, Debug)]
pub(crate) struct Hashes {
    address: H3,
    layer4: H3,
    fdb: H3,
}

impl Hashes {
    pub(crate) fn new() -> Self {
        Self {
            address: H3::new(ADDRESS_SEED, ADDRESS_BYTES),
            layer4: H3::new(LAYER4_SEED, LAYER4_BYTES),
            fdb: H3::new(FDB_SEED, FDB_BYTES),
        }
    }

    /// `h_address`; both addresses are of the family of the first.
    pub(crate) fn address(&self, source: IpAddr, destination: IpAddr) -> u32 {
        let mut bytes = [0; ADDRESS_BYTES];
        bytes[0] = u8::from(source.is_ipv6());
        bytes[1..17].copy_from_slice(&sixteen_bytes(source));
        bytes[17..].copy_from_slice(&sixteen_bytes(destination));
        self.address.hash(&bytes)
    }

    /// `h_l4`.
    pub(crate) fn layer4(&self, protocol: u8, word: [u8; 4]) -> u32 {
        let [a, b, c, d] = word;
        self.layer4.hash(&[protocol, a, b, c, d])
    }

    /// `h_fdb`.
    pub(crate) fn fdb(&self, domain: u16, mac: Mac) -> u32 {
        let mut bytes = [0; FDB_BYTES];
        bytes[..2].copy_from_slice(&domain.to_be_bytes());
        bytes[2..].copy_from_slice(&mac.0);
        self.fdb.hash(&bytes)
    }
}

/// An IPv4 address stands behind 12 zero bytes.
pub(crate) fn sixteen_bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut bytes = [0; 16];
            bytes[12..].copy_from_slice(&address.octets());
            bytes
        }
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_successive_xorshift_steps() {
        // By hand from seed 1: 1 ^ 1<<13 = 0x2001; ^ >>17 = 0x2001; ^ <<5 = 0x42021.
        assert_eq!(xorshift(1), 0x0004_2021);
        assert_eq!(h3(1, &[0b01]), 0x0004_2021);
        assert_eq!(h3(1, &[0b10]), xorshift(0x0004_2021));
        assert_eq!(h3(1, &[0b11]), 0x0004_2021 ^ xorshift(0x0004_2021));
        assert_eq!(h3(1, &[0, 0, 0]), 0);
    }

    #[test]
    fn the_generator_gives_its_published_numbers() {
        let numbers = std::iter::successors(Some(2_463_534_242), |&x| Some(xorshift(x)));
        let first: Vec<u32> = numbers.skip(1).take(3).collect();
        assert_eq!(first, [723_471_715, 2_497_366_906, 2_064_144_800]);
    }

    #[test]
    fn bit_b_of_byte_k_uses_row_8k_plus_b() {
        let row = (0..=8 * 2 + 5).fold(7, |x, _| xorshift(x));
        assert_eq!(h3(7, &[0, 0, 1 << 5]), row);
    }

    #[test]
    fn ipv4_and_ipv6_of_the_same_bytes_differ_by_the_family_row_alone() {
        let hashes = Hashes::new();
        let four = hashes.address([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let mut source = [0; 16];
        source[12..].copy_from_slice(&[10, 0, 0, 1]);
        let mut destination = [0; 16];
        destination[12..].copy_from_slice(&[10, 0, 0, 2]);
        let six = hashes.address(source.into(), destination.into());
        assert_eq!(four ^ six, xorshift(ADDRESS_SEED));
    }
}
