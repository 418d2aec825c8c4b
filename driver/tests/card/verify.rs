//! What differs from an image is found and named.

use flowswitch_driver::Difference;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::tables::Table;
use proptest::prelude::*;

use crate::fig2::{fig2, open};
use crate::random::image;

#[test]
fn differences_are_listed() {
    let mut card = open(FakeDevice::new(8));
    let image = fig2();
    card.program(&image).unwrap();
    let device = card.device_mut();
    device.entries.get_mut(&(1, 1)).unwrap()[5] ^= 1;
    device.entries.insert((3, 60), [7, 0, 0, 0, 0, 0, 0, 0]);
    let (slot, _) = *device
        .entries
        .iter()
        .find(|((t, _), words)| *t == 4 && words[0] == 0x210)
        .unwrap()
        .0;
    assert_eq!(slot, 4);
    device
        .entries
        .retain(|(table, _), words| !(*table == 4 && words[0] == 0x0000_0210));
    *device.buckets.get_mut(&5).unwrap() = 0;
    device.registers.insert(0x44, 0x1_0000);
    device.registers.insert(0x28, 55);
    device.registers.insert(0x68, 57 << 8 | 24);
    // Ages of a cluster that is not in the image hold for flows it has left.
    device.entries.insert((15, 63), [1, 2, 3, 4, 0, 0, 0, 0]);
    device.registers.insert(0x20, 1 << 16);
    let found = card.verify(&image).unwrap();
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 8, "{texts:#?}");
    assert!(matches!(
        found[0],
        Difference::Entry {
            table: Table::Service,
            index: 1,
            ..
        }
    ));
    assert!(
        texts[1].starts_with("Pool 60: [00000000, 00000000] expected, [00000007, 00000000] found"),
        "{}",
        texts[1]
    );
    assert!(texts[2].starts_with("Station "), "{}", texts[2]);
    assert!(matches!(
        found[3],
        Difference::Bucket {
            index: 5,
            found: 0,
            ..
        }
    ));
    assert!(matches!(found[4], Difference::Port { port: 1, .. }));
    assert!(matches!(
        found[5],
        Difference::Forwarding {
            expected: (true, 200),
            found: (false, 1)
        }
    ));
    assert_eq!(
        texts[6],
        "ticks between announcements: 56 expected, 55 found"
    );
    assert_eq!(
        texts[7],
        "bits of clients' addresses: (24, 56) expected, (24, 57) found"
    );
}

/// Words of an entry, by table number, and whether its place follows from a hash.
const WRITABLE: [(u8, usize, bool); 10] = [
    (1, 8, false),
    (2, 3, false),
    (3, 2, false),
    (4, 3, true),
    (5, 5, true),
    (11, 6, false),
    (12, 7, false),
    (13, 4, false),
    (14, 2, false),
    (15, 4, false),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_single_bit_is_named(seed: u64, pick: prop::sample::Index, word: usize, bit in 0u32..32) {
        let image = image(seed);
        let mut card = open(FakeDevice::new(8));
        card.program(&image).unwrap();
        let entries: Vec<(u8, u32)> = card.device().entries.keys().copied().collect();
        let (table, index) = *pick.get(&entries);
        let (_, words, hashed) = *WRITABLE.iter().find(|(t, ..)| *t == table).unwrap();
        let entry = card.device_mut().entries.get_mut(&(table, index)).unwrap();
        entry[word % words] ^= 1u32 << bit;
        let found = card.verify(&image).unwrap();
        let named = |difference: &Difference| match difference {
            Difference::Entry { table: t, index: i, .. } => {
                *t as u8 == table && (hashed || *i == index)
            }
            _ => false,
        };
        prop_assert!(!found.is_empty() && found.iter().all(named), "{found:?}");
        prop_assert!(hashed || found.len() == 1, "{found:?}");
    }
}
