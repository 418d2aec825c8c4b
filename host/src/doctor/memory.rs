//! Memory test of the tables, in entries that are not in force.
//!
//! Patterns never set the bit that brings an entry into force, so frames under way see nothing of it. While it runs the
//! card's generation is odd: whoever finds a card whose test was cut short reads its tables back.

use flowswitch_driver::tables::{Table, Words};
use flowswitch_driver::{Card, Device, Error};

use super::table_bits::{BUCKET, TableBits};

/// Spare entries that are tested of each table.
const SPARE_ENTRIES: usize = 4;
/// Entries looked at to find them.
const SEARCHED: u32 = 128;
/// Buckets tested at the end of the pool.
const SPARE_BUCKETS: u32 = 32;

/// What a memory test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// So many spare places took all patterns, and hold again what they held; the first of them is named.
    Good { places: usize, first: u32 },
    /// A place that gave back something else.
    Bad(Fault),
    /// No entry is spare.
    NoSpare,
}

/// A place that gave back something else than was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) index: u32,
    pub(super) word: usize,
    pub(super) written: u32,
    pub(super) read: u32,
}

/// Patterns that every spare place takes at once: all zero, all one, both checkers, and one that differs from itself in
/// every rotation.
const SOLID: [u32; 5] = [0, u32::MAX, 0x5555_5555, 0xaaaa_aaaa, 0x9e37_79b9];

/// The patterns, before they are cut to the bits that may be set, and how many places take each. In the first spare
/// place a one walks through every word; neighbouring words have it at different bits.
fn patterns() -> impl Iterator<Item = (Words, usize)> {
    let solid = SOLID.map(|word| ([word; 8], usize::MAX));
    let walking = (0..32).map(|step| {
        let ones = std::array::from_fn(|word| 1u32.rotate_left(step + 5 * word as u32));
        (ones, 1)
    });
    solid.into_iter().chain(walking)
}

/// The pattern of the place with this number: places differ, so that an address line that sticks is seen.
fn at_place(pattern: &Words, place: usize) -> Words {
    pattern.map(|word| word.rotate_left(place as u32))
}

/// Number of steps of [`table`] and [`buckets`], for a progress.
pub(super) fn steps() -> u64 {
    patterns().count() as u64
}

/// Tests a table with `entries` entries, from the last on; `step` is called after each pattern.
pub(super) fn table<D: Device>(
    card: &mut Card<D>,
    bits: &TableBits,
    entries: u32,
    mut step: impl FnMut(),
) -> Result<Memory, Error> {
    let mut spare: Vec<(u32, Words)> = Vec::new();
    for index in (entries.saturating_sub(SEARCHED)..entries).rev() {
        let held = card.read_words(bits.table, index)?;
        if bits.idle(&held) && !owned(card, bits, index)? {
            spare.push((index, held));
        }
        if spare.len() == SPARE_ENTRIES {
            break;
        }
    }
    let Some(&(first, _)) = spare.last() else {
        return Ok(Memory::NoSpare);
    };
    let mut fault = None;
    for (pattern, places) in patterns() {
        let wanted = |place| {
            let words = at_place(&pattern, place);
            std::array::from_fn(|word| words[word] & bits.settable[word])
        };
        for (place, (index, _)) in spare.iter().enumerate().take(places) {
            card.write_words(bits.table, *index, &wanted(place))?;
        }
        for (place, (index, _)) in spare.iter().enumerate().take(places) {
            let read = card.read_words(bits.table, *index)?;
            fault = fault.or_else(|| difference(*index, &wanted(place), &read));
        }
        step();
    }
    for (index, held) in &spare {
        card.write_words(bits.table, *index, held)?;
        let read = card.read_words(bits.table, *index)?;
        fault = fault.or_else(|| difference(*index, held, &read));
    }
    let places = spare.len();
    Ok(fault.map_or(Memory::Good { places, first }, Memory::Bad))
}

/// Whether an entry belongs to one of another table that is in force.
fn owned<D: Device>(card: &mut Card<D>, bits: &TableBits, index: u32) -> Result<bool, Error> {
    let Some((table, base)) = bits.owner else {
        return Ok(false);
    };
    let words = card.read_words(table, base + index)?;
    Ok(TableBits::of(table).is_some_and(|owner| !owner.idle(&words)))
}

fn difference(index: u32, written: &Words, read: &Words) -> Option<Fault> {
    let word = (0..written.len()).find(|word| written[*word] != read[*word])?;
    Some(Fault {
        index,
        word,
        written: written[word],
        read: read[word],
    })
}

/// Tests the last buckets of the pool that no service and no pool uses.
pub(super) fn buckets<D: Device>(
    card: &mut Card<D>,
    mut step: impl FnMut(),
) -> Result<Memory, Error> {
    let end = 1 << card.capabilities().buckets_log2;
    let begin = used_buckets(card)?.max(end - SPARE_BUCKETS.min(end));
    if begin >= end {
        return Ok(Memory::NoSpare);
    }
    let held = (begin..end).map(|index| card.read_bucket_word(index));
    let held: Vec<u32> = held.collect::<Result<_, _>>()?;
    let mut fault = None;
    for (pattern, places) in patterns() {
        let wanted = |index: u32| at_place(&pattern, index as usize)[0] & BUCKET;
        for index in (begin..end).take(places) {
            card.write_bucket_word(index, wanted(index))?;
        }
        for index in (begin..end).take(places) {
            fault = fault.or(bucket_difference(card, index, wanted(index))?);
        }
        step();
    }
    for (index, word) in (begin..end).zip(held) {
        card.write_bucket_word(index, word)?;
        fault = fault.or(bucket_difference(card, index, word)?);
    }
    Ok(fault.map_or(
        Memory::Good {
            places: (end - begin) as usize,
            first: begin,
        },
        Memory::Bad,
    ))
}

fn bucket_difference<D: Device>(
    card: &mut Card<D>,
    index: u32,
    written: u32,
) -> Result<Option<Fault>, Error> {
    let read = card.read_bucket_word(index)?;
    Ok((read != written).then_some(Fault {
        index,
        word: 0,
        written,
        read,
    }))
}

/// The first bucket behind all ranges that services and pools name.
fn used_buckets<D: Device>(card: &mut Card<D>) -> Result<u32, Error> {
    use flowswitch_driver::image::{BucketRange, Pool, Service};
    let capabilities = *card.capabilities();
    let mut end = 0;
    let mut note = |range: BucketRange| end = end.max(range.base + (1 << range.log2.min(17)));
    for index in 0..u32::from(capabilities.services) {
        if let Some(service) = card.read_entry::<Option<Service>>(index)? {
            note(service.buckets);
        }
    }
    for index in 0..u32::from(capabilities.routers) {
        let pool = card.read_entry::<Pool>(index)?;
        // An entry that was never written names the range of one bucket at 0.
        if pool != Pool::default() {
            note(pool.flows);
            note(pool.assignment);
        }
    }
    Ok(end)
}

/// Entries of a table on a card of these capabilities, to its last index.
pub(super) fn entries(table: Table, card: &flowswitch_driver::Capabilities) -> u32 {
    use flowswitch_driver::image::CLUSTERS;
    use flowswitch_driver::tables::{ADDRESS_SETS_LOG2, STATION_SETS_LOG2};
    match table {
        Table::Service => card.services.into(),
        // Of the servers: routers stand behind a gap on a card with fewer of these.
        Table::Member => card.servers.into(),
        Table::Pool => card.routers.into(),
        Table::Station => 4 << STATION_SETS_LOG2,
        Table::Address => 4 << ADDRESS_SETS_LOG2,
        Table::LogicalPort => card.logical_ports.into(),
        Table::Vip | Table::VipPorts => card.vips.into(),
        Table::ServerVips => card.servers.into(),
        Table::Cluster => CLUSTERS.into(),
        _ => 0,
    }
}
