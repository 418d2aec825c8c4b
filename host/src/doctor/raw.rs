//! Entries of tables as plain words, whatever they mean.

use flowswitch_driver::tables::{Entry, Table, Words, Writable};
use flowswitch_driver::{Card, Device, DeviceError, Error};

/// First byte of the bucket window.
const BUCKET_WINDOW: u32 = 0x8_0000;

macro_rules! raw_entries {
    ($($table:ident),*) => {
        $(
            struct $table(Words);

            impl Entry for $table {
                const TABLE: Table = Table::$table;

                fn decode(words: &Words) -> Self {
                    Self(*words)
                }
            }

            impl Writable for $table {
                fn encode(&self) -> Words {
                    self.0
                }
            }
        )*

        /// The words of an entry of a table that can be written.
        pub(super) fn read<D: Device>(
            card: &mut Card<D>,
            table: Table,
            index: u32,
        ) -> Result<Words, Error> {
            match table {
                $(Table::$table => Ok(card.read_entry::<$table>(index)?.0),)*
                _ => Err(Error::Refused { table, index }),
            }
        }

        /// Commits words to an entry.
        pub(super) fn write<D: Device>(
            card: &mut Card<D>,
            table: Table,
            index: u32,
            words: Words,
        ) -> Result<(), Error> {
            match table {
                $(Table::$table => card.write_entry(index, &$table(words)),)*
                _ => Err(Error::Refused { table, index }),
            }
        }
    };
}

raw_entries!(
    Service,
    Member,
    Pool,
    Station,
    Address,
    LogicalPort,
    Vip,
    VipPorts,
    ServerVips,
    Cluster
);

/// The word of a bucket of the pool.
pub(super) fn read_bucket<D: Device>(card: &mut Card<D>, index: u32) -> Result<u32, DeviceError> {
    card.device_mut().read32(BUCKET_WINDOW + 4 * index)
}

/// Writes the word of a bucket of the pool, members that are not valid included.
pub(super) fn write_bucket<D: Device>(
    card: &mut Card<D>,
    index: u32,
    word: u32,
) -> Result<(), DeviceError> {
    card.device_mut().write32(BUCKET_WINDOW + 4 * index, word)
}
