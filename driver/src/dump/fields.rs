//! The fields of entries in words and numbers.

use std::fmt::Debug;

use crate::counters::{PortCounters, Totals, Traffic};
use crate::image::{BucketRange, ClusterSetup, LogicalPort, Pool, SERVERS, Service};
use crate::rings::control::HostCount;
use crate::tables::{
    Address, Entry, FlowEntry, FlowSearch, Learned, MemberEntry, ServerFlows, ServerVips, Station,
    Table, VipEntry, VipPorts, Words,
};

/// Names and values of an entry's fields.
pub(super) type Fields = Vec<(&'static str, String)>;

/// Whether an entry is used, and what it holds.
pub(super) fn decode(table: Table, words: &Words) -> (bool, Fields) {
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
pub(super) fn member_name(member: u16) -> String {
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

pub(super) fn flow(entry: &FlowEntry) -> Fields {
    vec![
        ("fingerprint", format!("{:010x}", entry.fingerprint)),
        ("server", entry.server.to_string()),
        ("state", kind(entry.state)),
        ("cluster", entry.cluster.to_string()),
        ("stamp", entry.stamp.to_string()),
    ]
}
