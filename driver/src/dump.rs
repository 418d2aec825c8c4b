//! What the card's tables hold, entry by entry: raw words and what they mean.

use std::fmt::Debug;
use std::ops::Range;

use crate::access;
use crate::capabilities::Capabilities;
use crate::card::Card;
use crate::counters::{DROP_REASONS, FlowCounters, PortCounters, Totals, Traffic};
use crate::device::Device;
use crate::error::Error;
use crate::image::{BucketRange, CLUSTERS, ClusterSetup, LogicalPort, Pool, SERVERS, Service};
use crate::rings::control::HostCount;
use crate::tables::{
    ADDRESS_SETS_LOG2, Address, Direction, Entry, FlowEntry, FlowSearch, Learned, MemberEntry,
    STATION_SETS_LOG2, ServerFlows, ServerVips, Station, Table, VipEntry, VipPorts, Words,
    decode_bucket, member_counters_index,
};

/// Names and values of an entry's fields.
type Fields = Vec<(&'static str, String)>;

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
    pub fields: Fields,
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
        for range in indices(table, &self.capabilities) {
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

fn decode(table: Table, words: &Words) -> (bool, Fields) {
    let not_zero = *words != Words::default();
    match table {
        Table::Service => valid(words, service),
        Table::Member => valid(words, member),
        Table::Station => valid(words, station),
        Table::Address => valid(words, address),
        Table::Fdb => valid(words, learned),
        Table::LogicalPort => valid(words, logical_port),
        Table::Vip => valid(words, |vip: VipEntry| {
            vec![
                ("address", vip.address.to_string()),
                ("virtual_mac", vip.virtual_mac.to_string()),
            ]
        }),
        Table::Cluster => valid(words, cluster),
        Table::Pool => (not_zero, pool(&Pool::decode(words))),
        Table::VipPorts => {
            let ports = VipPorts::decode(words);
            let fields = vec![("servers", set(ports.servers)), ("live", set(ports.live))];
            (not_zero, fields)
        }
        Table::ServerVips => (not_zero, vec![("vips", set(ServerVips::decode(words).0))]),
        Table::MemberCounters => {
            let traffic = Traffic::decode(words);
            (
                not_zero,
                counts([("frames", traffic.frames), ("bytes", traffic.bytes)]),
            )
        }
        Table::DropCounters => (not_zero, counts([("drops", u64::decode(words))])),
        Table::PortCounters => {
            let port = PortCounters::decode(words);
            let fields = counts([
                ("received_frames", port.received.frames),
                ("received_bytes", port.received.bytes),
                ("transmitted_frames", port.transmitted.frames),
                ("transmitted_bytes", port.transmitted.bytes),
            ]);
            (not_zero, fields)
        }
        Table::Totals => {
            let totals = Totals::decode(words);
            let fields = counts([
                ("copies", totals.copies),
                ("in_flight", totals.in_flight),
                ("learning_skipped", totals.learning_skipped),
                ("generated", totals.generated),
            ]);
            (not_zero, fields)
        }
        Table::Flow => match FlowSearch::decode(words).found {
            Some(entry) => (true, flow(&entry)),
            None => (false, Vec::new()),
        },
        Table::FlowCounters | Table::HostCounters => {
            (not_zero, counts([("count", HostCount::decode(words).0)]))
        }
        Table::ServerFlows => {
            let flows = ServerFlows::decode(words);
            let fields = counts([
                ("inserted", flows.inserted.into()),
                ("removed", flows.removed.into()),
                ("live", flows.live().into()),
            ]);
            (not_zero, fields)
        }
    }
}

/// An entry that has a bit of its own for being there.
fn valid<E>(words: &Words, fields: impl FnOnce(E) -> Fields) -> (bool, Fields)
where
    Option<E>: Entry,
{
    match <Option<E>>::decode(words) {
        Some(entry) => (true, fields(entry)),
        None => (false, Vec::new()),
    }
}

fn counts<const N: usize>(counts: [(&'static str, u64); N]) -> Fields {
    let counts = counts.into_iter();
    counts
        .map(|(name, count)| (name, count.to_string()))
        .collect()
}

/// Servers by their number, routers by theirs.
fn member_name(member: u16) -> String {
    match member.checked_sub(SERVERS) {
        None => format!("server {member}"),
        Some(router) => format!("router {router}"),
    }
}

fn range(range: BucketRange) -> String {
    format!("{}+{}", range.base, 1u64 << range.log2.min(63))
}

/// The numbers of the bits that are set, neighbours together: "0,3-5".
fn set(bits: u64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut number = 0;
    while number < 64 {
        if bits >> number & 1 == 0 {
            number += 1;
            continue;
        }
        let length = (bits >> number).trailing_ones();
        let last = number + length - 1;
        parts.push(if length == 1 {
            number.to_string()
        } else {
            format!("{number}-{last}")
        });
        number += length;
    }
    if parts.is_empty() {
        "-".to_owned()
    } else {
        parts.join(",")
    }
}

/// Names of what is so, or a dash.
fn flags<const N: usize>(flags: [(&str, bool); N]) -> String {
    let names = flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name);
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "-".to_owned()
    } else {
        names.join(",")
    }
}

fn any(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "any".to_owned(), |value| value.to_string())
}

/// The name of a kind, as it is written in lower case.
fn kind(kind: impl Debug) -> String {
    format!("{kind:?}").to_lowercase()
}

fn span((first, last): (u16, u16)) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

fn service(service: Service) -> Fields {
    vec![
        ("address", service.address.to_string()),
        ("protocol", any(service.protocol)),
        ("ports", any(service.ports.map(span))),
        ("vlan", any(service.vlan)),
        ("cluster", service.cluster.to_string()),
        ("virtual_mac", service.virtual_mac.to_string()),
        ("buckets", range(service.buckets)),
        (
            "flags",
            flags([
                ("client-persistence", service.client_persistence),
                ("no-service-to-host", service.no_service_to_host),
                ("least-load", service.least_load),
                ("source-virtual", service.source_virtual),
            ]),
        ),
    ]
}

fn member(entry: MemberEntry) -> Fields {
    let member = entry.member;
    vec![
        ("mac", member.mac.to_string()),
        ("port", entry.port.to_string()),
        ("logical_port", member.logical_port.to_string()),
        ("weight", member.weight.to_string()),
        (
            "flags",
            flags([
                ("up", member.up),
                ("draining", member.draining),
                ("up-on-link", member.up_on_link),
                ("tagged", entry.tagged),
            ]),
        ),
    ]
}

fn pool(pool: &Pool) -> Fields {
    vec![
        ("flows", range(pool.flows)),
        ("assignment", range(pool.assignment)),
        (
            "flags",
            flags([("drop-advertisements", pool.drop_advertisements)]),
        ),
    ]
}

fn station(station: Station) -> Fields {
    vec![
        ("mac", station.mac.to_string()),
        ("kind", kind(station.kind)),
        ("index", station.index.to_string()),
        ("port", station.port.to_string()),
        ("logical_port", station.logical_port.to_string()),
        ("tagged", station.tagged.to_string()),
    ]
}

fn address(entry: Address) -> Fields {
    vec![
        ("address", entry.address.to_string()),
        ("kind", kind(entry.kind)),
        ("index", entry.index.to_string()),
        ("cluster", entry.cluster.to_string()),
        ("persistent", entry.persistent.to_string()),
    ]
}

fn learned(learned: Learned) -> Fields {
    vec![
        ("mac", learned.mac.to_string()),
        ("domain", learned.domain.to_string()),
        ("port", learned.port.to_string()),
        ("logical_port", learned.logical_port.to_string()),
        ("stamp", learned.stamp.to_string()),
    ]
}

fn logical_port(port: LogicalPort) -> Fields {
    vec![
        ("port", port.port.to_string()),
        ("vlans", port.vlans.map_or_else(|| "-".to_owned(), span)),
        ("domain", port.domain.to_string()),
        ("flood", set(port.flood)),
        (
            "flags",
            flags([
                ("untagged", port.untagged),
                ("tagged", port.tagged),
                ("server", port.server),
                ("announce", port.announce),
            ]),
        ),
    ]
}

fn cluster(cluster: ClusterSetup) -> Fields {
    let ages = [
        ("tcp", cluster.tcp),
        ("udp", cluster.udp),
        ("ipsec", cluster.ipsec),
        ("other", cluster.other),
        ("fin", cluster.fin),
        ("rst", cluster.rst),
        ("unconfirmed", cluster.unconfirmed),
    ];
    let mut fields = counts(ages.map(|(name, ticks)| (name, ticks.into())));
    let told = flags([("bypass", cluster.bypass), ("keep", cluster.keep)]);
    fields.push(("flags", told));
    fields
}

fn flow(entry: &FlowEntry) -> Fields {
    vec![
        ("fingerprint", format!("{:010x}", entry.fingerprint)),
        ("server", entry.server.to_string()),
        ("state", kind(entry.state)),
        ("cluster", entry.cluster.to_string()),
        ("stamp", entry.stamp.to_string()),
    ]
}
