//! What the card's tables hold, entry by entry: raw words and what they mean.

mod fields;

use std::ops::Range;

use crate::access;
use crate::capabilities::Capabilities;
use crate::card::Card;
use crate::counters::{DROP_REASONS, FlowCounters};
use crate::device::Device;
use crate::error::Error;
use crate::image::{CLUSTERS, SERVERS};
use crate::tables::{
    ADDRESS_SETS_LOG2, Direction, Entry, FlowSearch, STATION_SETS_LOG2, Table, Words,
    decode_bucket, member_counters_index,
};
use crate::watch::Activity;
use fields::{decode, flow, member_name};

/// An entry of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its index.
    pub index: u32,
    /// Its words; those behind the table's own are zero.
    pub words: Words,
    /// It holds something: it is valid, or not zero where entries have no such bit.
    pub used: bool,
    /// What it holds, by name; the names of a table's entries that are used are the same.
    pub fields: Vec<(&'static str, String)>,
}

impl<D: Device> Card<D> {
    /// Hands out the entries of a table in order of their indices: all that it can have, but of the flow table those in use. Traffic
    /// goes on meanwhile. Returns how many.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn dump(&mut self, table: Table, mut each: impl FnMut(&Row)) -> Result<u32, Error> {
        let mut count = 0;
        if table == Table::Flow {
            return self.dump_flows(each);
        }
        let ranges = indices(table, &self.capabilities);
        let of = ranges.iter().map(|range| range.len() as u64).sum();
        for range in ranges {
            for index in range {
                let words = self.read_words(table, index)?;
                let (used, fields) = decode(table, &words);
                each(&Row {
                    index,
                    words,
                    used,
                    fields,
                });
                count += 1;
                self.tell(Activity::ReadTables, count.into(), of);
            }
        }
        Ok(count)
    }

    fn dump_flows(&mut self, mut each: impl FnMut(&Row)) -> Result<u32, Error> {
        let mut count = 0;
        let mut next = 0;
        while next < 1 << self.capabilities.flows_log2 {
            let words = self.read_words(Table::Flow, next)?;
            let search = FlowSearch::decode(&words);
            // Always ahead, whatever the card tells.
            let index = search.index.max(next);
            let of = 1 << self.capabilities.flows_log2;
            self.tell(Activity::ReadTables, of.min(u64::from(index) + 1), of);
            let Some(entry) = search.found else {
                if search.end {
                    break;
                }
                next = index.max(next + 1);
                continue;
            };
            each(&Row {
                index,
                words,
                used: true,
                fields: flow(&entry),
            });
            count += 1;
            next = index + 1;
        }
        Ok(count)
    }

    /// Hands out buckets, those of the range that are in the pool. Returns how many.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn dump_buckets(
        &mut self,
        buckets: Range<u32>,
        mut each: impl FnMut(&Row),
    ) -> Result<u32, Error> {
        let end = buckets.end.min(1 << self.capabilities.buckets_log2);
        let of = u64::from(end.saturating_sub(buckets.start));
        let mut count = 0;
        for index in buckets.start..end {
            let word = access::read_bucket(&mut self.device, index)?;
            let bucket = decode_bucket(word);
            let member = |member: Option<u16>| member.map_or_else(|| "-".to_owned(), member_name);
            let mut words = Words::default();
            words[0] = word;
            each(&Row {
                index,
                words,
                used: word != 0,
                fields: vec![
                    ("first", member(bucket.first)),
                    ("second", member(bucket.second)),
                ],
            });
            count += 1;
            self.tell(Activity::ReadBuckets, count.into(), of);
        }
        Ok(count)
    }
}

/// The indices that a table has on a card of these sizes.
fn indices(table: Table, card: &Capabilities) -> Vec<Range<u32>> {
    let ports = u32::from(card.ports);
    let first = |count: u32| std::iter::once(0..count).collect();
    let servers = u32::from(card.servers);
    let routers = u32::from(SERVERS)..u32::from(SERVERS) + u32::from(card.routers);
    match table {
        Table::Service => first(card.services.into()),
        Table::Member => vec![0..servers, routers],
        Table::Pool => first(card.routers.into()),
        Table::Station => first(4 << STATION_SETS_LOG2),
        Table::Address => first(4 << ADDRESS_SETS_LOG2),
        Table::Fdb => first(4 << card.fdb_sets_log2),
        Table::MemberCounters => {
            let mut ranges = Vec::new();
            for port in 0..card.ports {
                for direction in [Direction::Input, Direction::Output] {
                    let start = member_counters_index(port, direction, 0);
                    ranges.push(start..start + servers);
                    ranges.push(start + routers.start..start + routers.end);
                }
            }
            ranges
        }
        Table::DropCounters => first((ports + 1) * DROP_REASONS as u32),
        Table::PortCounters | Table::Totals => first(ports + 1),
        Table::LogicalPort => first(card.logical_ports.into()),
        Table::Vip | Table::VipPorts => first(card.vips.into()),
        Table::ServerVips | Table::ServerFlows => first(servers),
        Table::Cluster => first(CLUSTERS.into()),
        Table::Flow => Vec::new(),
        Table::FlowCounters => first(FlowCounters::COUNT as u32),
        Table::HostCounters => first(32),
    }
}
