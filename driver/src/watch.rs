//! Who is told how far a long sequence of register accesses has come.

use std::fmt;

use crate::card::Card;

/// What is done to a card, entry by entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A table is handed out, or all tables are read back.
    ReadTables,
    /// Buckets are read.
    ReadBuckets,
    /// What differs is written.
    Write,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What is done.
    pub activity: Activity,
    /// Entries that are done.
    pub done: u64,
    /// All that there are.
    pub of: u64,
}

/// Told of every entry.
#[derive(Default)]
pub(crate) struct Watcher(Option<Box<dyn FnMut(Reached) + Send>>);

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Watcher",
            None => "no watcher",
        })
    }
}

impl<D> Card<D> {
    /// Has `watcher` told of every entry that long sequences read and write from now on: [`Card::dump`],
    /// [`Card::dump_buckets`], [`Card::verify`], [`Card::program`], [`Card::plan`].
    pub fn watch(&mut self, watcher: impl FnMut(Reached) + Send + 'static) {
        self.watcher = Watcher(Some(Box::new(watcher)));
    }

    pub(crate) fn tell(&mut self, activity: Activity, done: u64, of: u64) {
        if let Some(watcher) = &mut self.watcher.0 {
            watcher(Reached { activity, done, of });
        }
    }
}
