//! Health checks: `[[cluster.check]]`, `[[router_pool.check]]`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use flowswitch_health::{Check, DnsCheck, ExecCheck, Kind};

use super::check_http::{self, is_host_name};
use super::check_timing;
use super::section::{Located, Section};

/// Whom a check asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The cluster's address, or the router's.
    Member,
    /// Each server's own address.
    Own,
    /// One address, the same for all servers.
    Address(IpAddr),
}

/// A check as it stands in the file, before it is known whom it asks.
pub(super) struct FileCheck {
    /// It, without an address.
    pub check: Check,
    /// Its kind as it is written.
    pub kind: Located<&'static str>,
    /// Whom it asks, and where the file says so.
    pub asked: Located<Asked>,
}

/// A kind, and the keys that it takes beside those of all that ask.
type KindKeys = (&'static str, &'static [&'static str]);

const HTTP: [&str; 7] = [
    "port", "method", "path", "host", "status", "body", "address",
];
const KINDS: [KindKeys; 9] = [
    ("arp", &["address"]),
    ("icmp", &["address"]),
    ("tcp", &["port", "address"]),
    ("http", &HTTP),
    (
        "https",
        &[
            "port",
            "method",
            "path",
            "host",
            "status",
            "body",
            "server_name",
            "verify",
            "address",
        ],
    ),
    ("dns", &["port", "name", "record", "expect", "address"]),
    ("exec", &["program", "arguments", "address"]),
    ("agent", &["port", "send", "address"]),
    ("passive", &[]),
];
/// Kinds that make sense for a router, which has no port to connect to.
const ROUTER_KINDS: [KindKeys; 2] = [("arp", &[]), ("icmp", &[])];

const KEYS: [&str; 22] = [
    "kind",
    "address",
    "port",
    "method",
    "path",
    "host",
    "status",
    "body",
    "server_name",
    "verify",
    "name",
    "record",
    "expect",
    "program",
    "arguments",
    "send",
    "interval",
    "fast_interval",
    "timeout",
    "jitter",
    "rise",
    "fall",
];
/// Keys of every kind that asks.
const TIMING: [&str; 6] = [
    "interval",
    "fast_interval",
    "timeout",
    "jitter",
    "rise",
    "fall",
];

/// The checks of a cluster.
pub(super) fn read_cluster(section: &Section<'_>) -> Vec<FileCheck> {
    read_all(section, "[[cluster.check]]", &KINDS)
}

/// The checks of a router pool.
pub(super) fn read_pool(section: &Section<'_>) -> Vec<FileCheck> {
    read_all(section, "[[router_pool.check]]", &ROUTER_KINDS)
}

fn read_all(section: &Section<'_>, title: &'static str, kinds: &[KindKeys]) -> Vec<FileCheck> {
    let sections = section.tables("check", title, &KEYS);
    sections
        .iter()
        .filter_map(|section| read(section, kinds))
        .collect()
}

fn read(section: &Section<'_>, kinds: &[KindKeys]) -> Option<FileCheck> {
    section.require("kind");
    let words: Vec<(&str, usize)> = kinds.iter().map(|kind| kind.0).zip(0..).collect();
    let chosen = section.word("kind", &words)?;
    let (title, own_keys) = kinds[chosen.value];
    refuse_foreign_keys(section, title, own_keys);
    let asked = read_asked(section);
    let timing = check_timing::read(section);
    let kind = read_kind(section, title)?;
    Some(FileCheck {
        check: Check {
            kind,
            address: None,
            interval: Duration::from_nanos(timing.interval_ns),
            fast_interval: Duration::from_nanos(timing.fast_interval_ns),
            timeout: Duration::from_nanos(timing.timeout_ns),
            jitter_percent: timing.jitter_percent,
            rise: timing.rise,
            fall: timing.fall,
        },
        asked: asked.unwrap_or_else(|| chosen.clone().map(|_| Asked::Member)),
        kind: chosen.map(|_| title),
    })
}

/// A key that does nothing is a mistake: it may be the kind that is wrong.
fn refuse_foreign_keys(section: &Section<'_>, kind: &str, own_keys: &[&str]) {
    let timing: &[&str] = if kind == "passive" { &[] } else { &TIMING };
    for key in &KEYS[1..] {
        let Some((_, span)) = section.item(key) else {
            continue;
        };
        if own_keys.contains(key) || timing.contains(key) {
            continue;
        }
        let taken: Vec<&str> = own_keys.iter().chain(timing).copied().collect();
        let help = match taken.as_slice() {
            [] => format!("remove it: \"{kind}\" takes no other key"),
            _ => format!("remove it; \"{kind}\" takes {}", taken.join(", ")),
        };
        let message = format!("`{key}` means nothing to a check of kind \"{kind}\"");
        section
            .problems
            .add(&span, message, "not for this kind", &help);
    }
}

fn read_asked(section: &Section<'_>) -> Option<Located<Asked>> {
    let text = section.string("address")?;
    match text.value.as_str() {
        "shared" => Some(text.map(|_| Asked::Member)),
        "own" => Some(text.map(|_| Asked::Own)),
        other if other.parse::<IpAddr>().is_err() => {
            let message = format!("`address = \"{other}\"` is not an IP address");
            let help = "write \"shared\" (the cluster's), \"own\" (each server's `address`) or one address, as in \"192.0.2.1\"";
            section
                .problems
                .add(&text.span, message, "not an address", help);
            None
        }
        _ => {
            let address = section.address(text, "address")?;
            Some(address.map(Asked::Address))
        }
    }
}

fn read_kind(section: &Section<'_>, kind: &str) -> Option<Kind> {
    Some(match kind {
        "arp" => Kind::Arp,
        "icmp" => Kind::Icmp,
        "tcp" => Kind::Tcp {
            port: required_port(section)?,
        },
        "http" => Kind::Http(check_http::read(section, 80)?),
        "https" => {
            let http = check_http::read(section, 443);
            let tls = check_http::read_tls(section);
            Kind::Https(http?, tls?)
        }
        "dns" => Kind::Dns(read_dns(section)?),
        "exec" => Kind::Exec(read_exec(section)?),
        "agent" => {
            let send = section.string("send");
            Kind::Agent {
                port: required_port(section)?,
                send: send.map(|send| send.value).unwrap_or_default(),
            }
        }
        _ => Kind::Passive,
    })
}

pub(super) fn port(section: &Section<'_>) -> Option<u16> {
    let port = section.integer("port", 1..65_536)?;
    u16::try_from(port.value).ok()
}

fn required_port(section: &Section<'_>) -> Option<u16> {
    section.require("port")?;
    port(section)
}

fn read_dns(section: &Section<'_>) -> Option<DnsCheck> {
    let records = ["A", "AAAA", "NS", "SOA", "TXT"].map(|record| (record, record));
    let name = section.require("name").and_then(|()| {
        section.text(
            "name",
            |text| text == "." || is_host_name(text.strip_suffix('.').unwrap_or(text)),
            "is not a domain name",
            "write it as in \"www.example.com\"",
        )
    });
    let record = section.word("record", &records);
    let record = record.map_or("A", |record| record.value);
    let expect = section.string("expect");
    let expect = expect.and_then(|text| section.address(text, "expect"));
    if let Some(expect) = &expect
        && record != if expect.value.is_ipv4() { "A" } else { "AAAA" }
    {
        let message = format!("an answer of kind {record} never holds {}", expect.value);
        let help =
            "write `record = \"A\"` with an IPv4 and `record = \"AAAA\"` with an IPv6 address";
        section
            .problems
            .add(&expect.span, message, "never found", help);
    }
    Some(DnsCheck {
        port: port(section).unwrap_or(53),
        name: name?.value,
        record: record.to_owned(),
        expect: expect.map(|expect| expect.value),
    })
}

fn read_exec(section: &Section<'_>) -> Option<ExecCheck> {
    section.require("program")?;
    let program = section.text(
        "program",
        |text| text.starts_with('/') && !text.contains('\0'),
        "is not the whole path of a program",
        "write it from the root on, as in \"/usr/local/bin/check-web\"; arguments go into `arguments`",
    );
    let arguments = section.strings("arguments").unwrap_or_default();
    if let Some(argument) = arguments
        .iter()
        .find(|argument| argument.value.contains('\0'))
    {
        let message = "an argument holds a zero byte".to_owned();
        section
            .problems
            .add(&argument.span, message, "not passed on", "remove it");
    }
    Some(ExecCheck {
        program: PathBuf::from(program?.value),
        arguments: arguments
            .into_iter()
            .map(|argument| argument.value)
            .collect(),
    })
}
