//! Counters and rates as text.

use flowswitch_api::{DropCount, MemberCounts, PortCounts, Statistics, Traffic};

use super::rates::{DropRate, MemberRates, PortRates, Rates, TrafficRate};
use crate::cli::amount::scaled;
use crate::cli::text::table;

/// What the card has counted.
pub(super) fn counters(statistics: &Statistics) -> String {
    let header = [
        "frames in",
        "bytes in",
        "frames out",
        "bytes out",
        "dropped",
    ];
    let port = |port: &PortCounts| {
        let [a, b] = full(port.received);
        let [c, d] = full(port.transmitted);
        [port.name.clone(), a, b, c, d, port.dropped.to_string()]
    };
    let member = |member: &MemberCounts| {
        let [a, b] = full(member.to);
        let [c, d] = full(member.from);
        [
            member.name.clone(),
            a,
            b,
            c,
            d,
            member.live_flows.to_string(),
        ]
    };
    let drops = statistics.drops.iter().filter(|drops| drops.frames > 0);
    let drops = drops.map(|DropCount { reason, frames }| [reason.clone(), frames.to_string()]);
    let flows = format!(
        "flows: {} live, {} inserted, {} refused",
        statistics.live_flows, statistics.flows_inserted, statistics.flows_refused
    );
    join(
        header,
        statistics.ports.iter().map(port).collect(),
        statistics.servers.iter().map(member).collect(),
        statistics.routers.iter().map(member).collect(),
        ("frames", drops.collect()),
        flows,
    )
}

/// What passed in a second.
pub(super) fn rates(rates: &Rates) -> String {
    let header = [
        "frames/s in",
        "bit/s in",
        "frames/s out",
        "bit/s out",
        "dropped/s",
    ];
    let port = |port: &PortRates| {
        let [a, b] = rate(port.received);
        let [c, d] = rate(port.transmitted);
        [port.name.clone(), a, b, c, d, scaled(port.dropped_per_s)]
    };
    let member = |member: &MemberRates| {
        let [a, b] = rate(member.to);
        let [c, d] = rate(member.from);
        [
            member.name.clone(),
            a,
            b,
            c,
            d,
            member.live_flows.to_string(),
        ]
    };
    let drops = rates.drops.iter().filter(|drops| drops.frames_per_s > 0.0);
    let drops = drops.map(
        |DropRate {
             reason,
             frames_per_s,
         }| [reason.clone(), scaled(*frames_per_s)],
    );
    let flows = format!(
        "flows: {} live, {} inserted/s, {} refused/s; over {} ms",
        rates.live_flows,
        scaled(rates.flows_inserted_per_s),
        scaled(rates.flows_refused_per_s),
        rates.interval_ms
    );
    join(
        header,
        rates.ports.iter().map(port).collect(),
        rates.servers.iter().map(member).collect(),
        rates.routers.iter().map(member).collect(),
        ("frames/s", drops.collect()),
        flows,
    )
}

fn full(traffic: Traffic) -> [String; 2] {
    [traffic.frames.to_string(), traffic.bytes.to_string()]
}

/// Frames and bits a second.
pub(in crate::cli) fn rate(rate: TrafficRate) -> [String; 2] {
    [scaled(rate.frames_per_s), scaled(rate.bytes_per_s * 8.0)]
}

/// The tables that are not empty, and the line of flows. For members, in is to them.
fn join(
    header: [&str; 5],
    ports: Vec<[String; 6]>,
    servers: Vec<[String; 6]>,
    routers: Vec<[String; 6]>,
    (drops_header, drops): (&str, Vec<[String; 2]>),
    flows: String,
) -> String {
    let [a, b, c, d, dropped] = header;
    let [to_a, to_b] = [a, b].map(|name| name.replace(" in", " to it"));
    let [from_c, from_d] = [c, d].map(|name| name.replace(" out", " from it"));
    let mut parts = Vec::new();
    if !ports.is_empty() {
        parts.push(table(["port", a, b, c, d, dropped], ports));
    }
    for (kind, rows) in [("server", servers), ("router", routers)] {
        if !rows.is_empty() {
            parts.push(table(
                [kind, &to_a, &to_b, &from_c, &from_d, "live flows"],
                rows,
            ));
        }
    }
    if !drops.is_empty() {
        parts.push(table(["drop reason", drops_header], drops));
    }
    parts.push(flows);
    parts.join("\n")
}
