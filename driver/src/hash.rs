//! The H3 hashes by which entries find their place in the card's hashed tables.
//!
//! `docs/src/card/verdicts.md` section 2: row 0 of the matrix is one xorshift step from the seed, each further row one
//! step from the row before; a hash is the exclusive or of the rows whose bit is set in the key.

use std::net::IpAddr;

use crate::image::MacAddress;

const STATION_SEEDS: [u32; 2] = [0xc2b2_ae35, 0x27d4_eb2f];
const KNOWN_SEEDS: [u32; 2] = [0x7feb_352d, 0x846c_a68b];
const FDB_SEED: u32 = 0x1656_67b1;

/// One step of Marsaglia's 32-bit xorshift generator (13, 17, 5).
const fn xorshift(mut x: u32) -> u32 {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    x
}

/// The H3 hash of `bytes` with the matrix grown from `seed`.
pub fn h3(seed: u32, bytes: &[u8]) -> u32 {
    let mut row = seed;
    let mut hash = 0;
    for byte in bytes {
        for bit in 0..8 {
            row = xorshift(row);
            if byte >> bit & 1 == 1 {
                hash ^= row;
            }
        }
    }
    hash
}

/// `h_station0` and `h_station1`: the hash of a station's MAC for one way (0 or 1) of the station table.
pub fn station(way: usize, mac: MacAddress) -> u32 {
    h3(STATION_SEEDS[way & 1], &mac.0)
}

/// `h_known0` and `h_known1`: the hash of an address for one way (0 or 1) of the address table.
pub fn known_address(way: usize, address: IpAddr) -> u32 {
    let mut key = [0; 17];
    match address {
        IpAddr::V4(v4) => key[13..].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => {
            key[0] = 1;
            key[1..].copy_from_slice(&v6.octets());
        }
    }
    h3(KNOWN_SEEDS[way & 1], &key)
}

/// `h_fdb`: the hash of a learned station, its domain (13 bits) first.
pub fn fdb(domain: u16, mac: MacAddress) -> u32 {
    let mut key = [0; 8];
    key[..2].copy_from_slice(&domain.to_be_bytes());
    key[2..].copy_from_slice(&mac.0);
    h3(FDB_SEED, &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values come from a program in another language, written from the contract's text.
    const SERVER: MacAddress = MacAddress([0x02, 0, 0, 0, 0x02, 0x10]);

    #[test]
    fn one_bit_takes_one_row() {
        // Row 0 of seed 1 by hand: 1 ^ 1 << 13 = 0x2001, >> 17 gives 0, 0x2001 ^ 0x2001 << 5 = 0x42021.
        assert_eq!(h3(1, &[1]), 0x0004_2021);
        assert_eq!(h3(0x9e37_79b9, &[1]), 0x510c_4619);
        assert_eq!(h3(0x9e37_79b9, &[0, 0x80]), 0x43e1_465f);
        assert_eq!(h3(0x9e37_79b9, &[0; 17]), 0);
    }

    #[test]
    fn stations() {
        assert_eq!(station(0, SERVER), 0xe436_51d1);
        assert_eq!(station(1, SERVER), 0xac3c_8bdd);
    }

    #[test]
    fn known_addresses() {
        let v4 = "192.31.65.2".parse().unwrap();
        assert_eq!(known_address(0, v4), 0x560f_9d7c);
        assert_eq!(known_address(1, v4), 0xed0a_163e);
        let v6 = "2001:db8:65::1".parse().unwrap();
        assert_eq!(known_address(0, v6), 0xf1eb_0534);
        assert_eq!(known_address(1, v6), 0xb48e_23a5);
    }

    #[test]
    fn learned_stations() {
        assert_eq!(fdb(5, SERVER), 0xa2e7_fdcc);
    }
}
