//! Which bits of a table's entry a memory test may set: those that the tables page names, but for the one that would bring
//! the entry into force and those that the card changes by itself.

use flowswitch_driver::tables::{Table, Words};

const ALL: u32 = u32::MAX;
/// A range of buckets: base and size.
const RANGE: u32 = 0x01f1_ffff;
/// Two ages.
const AGES: u32 = 0x1fff_1fff;

/// The bits of a bucket's word: two members and whether they are valid.
pub(super) const BUCKET: u32 = 0x87ff_87ff;

/// What a table's memory test needs to know.
pub(super) struct TableBits {
    /// The table.
    pub(super) table: Table,
    /// Bits that may be set in an entry that is not in force.
    pub(super) settable: Words,
    /// The bit that tells that an entry is in force, by word and number; without one an entry must be zero to be spare.
    pub(super) valid: Option<(usize, u32)>,
    /// A table whose entry of the same index (plus the number) must not be in force for this one to be spare.
    pub(super) owner: Option<(Table, u32)>,
}

/// All tables that can be written, but for the flow table, whose writes are commands.
pub(super) const TABLES: [TableBits; 10] = [
    TableBits {
        table: Table::Service,
        settable: [ALL, ALL, ALL, ALL, 0x0fff_fffe, ALL, RANGE, 0x0001_3f3f],
        valid: Some((4, 0)),
        owner: None,
    },
    TableBits {
        table: Table::Member,
        // Without bit 21, `up`, which a link's change sets and clears.
        settable: [ALL, 0xffcf_ffff, 0x13f, 0, 0, 0, 0, 0],
        valid: Some((1, 20)),
        owner: None,
    },
    TableBits {
        table: Table::Pool,
        settable: [RANGE | 1 << 28, RANGE, 0, 0, 0, 0, 0, 0],
        valid: None,
        owner: Some((Table::Member, 1024)),
    },
    TableBits {
        table: Table::Station,
        settable: [ALL, 0x00f6_ffff, 0x013f_07ff, 0, 0, 0, 0, 0],
        valid: Some((1, 16)),
        owner: None,
    },
    TableBits {
        table: Table::Address,
        settable: [ALL, ALL, ALL, ALL, 0x003f_7f0e, 0, 0, 0],
        valid: Some((4, 0)),
        owner: None,
    },
    TableBits {
        table: Table::LogicalPort,
        settable: [0x0f36, 0x0fff_0fff, 0xfff, 0, ALL, ALL, 0, 0],
        valid: Some((0, 0)),
        owner: None,
    },
    TableBits {
        table: Table::Vip,
        settable: [ALL, ALL, ALL, ALL, 2, ALL, 0xffff, 0],
        valid: Some((4, 0)),
        owner: None,
    },
    TableBits {
        table: Table::VipPorts,
        settable: [ALL, ALL, ALL, ALL, 0, 0, 0, 0],
        valid: None,
        owner: Some((Table::Vip, 0)),
    },
    TableBits {
        table: Table::ServerVips,
        settable: [ALL, ALL, 0, 0, 0, 0, 0, 0],
        valid: None,
        owner: Some((Table::Member, 0)),
    },
    TableBits {
        table: Table::Cluster,
        settable: [AGES, AGES, AGES, 0xc000_1fff, 0, 0, 0, 0],
        valid: None,
        owner: None,
    },
];

impl TableBits {
    /// Those of a table that has any.
    pub(super) fn of(table: Table) -> Option<&'static Self> {
        TABLES.iter().find(|bits| bits.table == table)
    }

    /// An entry that holds these words is not in force.
    pub(super) fn idle(&self, words: &Words) -> bool {
        match self.valid {
            Some((word, bit)) => words[word] >> bit & 1 == 0,
            None => *words == Words::default(),
        }
    }
}
