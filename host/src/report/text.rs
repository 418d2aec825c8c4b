use comfy_table::{CellAlignment, ContentArrangement, Row, Table, TableComponent, presets};

use super::{AddressResolution, LeewayReport, MemberReport, Named, Report};
use crate::config::Config;
use crate::duration::format_ns;

/// Columns of a report.
const COLUMNS: u16 = 100;

/// The report as tables no wider than 100 columns.
pub fn tables(report: &Report, config: &Config) -> String {
    let mut text = vec![
        interruption(report),
        totals(report),
        members("server", &report.servers, Some(&weights(config))),
        flows(report),
        members("router", &report.routers, None),
        ports(report, config),
        address_resolution(report),
        drops(report),
        latency(report),
        leeway(report),
    ];
    text.retain(|table| !table.is_empty());
    text.join("\n\n")
}

/// Where the RTL may have come to something else.
fn leeway(report: &Report) -> String {
    if report.leeway.is_empty() {
        return String::new();
    }
    let row = |leeway: &LeewayReport| {
        [
            leeway.name.to_owned(),
            leeway.count.to_string(),
            format!("{:.6} s", leeway.first_ns as f64 / 1e9),
            leeway.reason.to_owned(),
        ]
    };
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(COLUMNS)
        .set_header(["the RTL may differ", "times", "first at", "why"])
        .add_rows(report.leeway.iter().map(row));
    table.remove_style(TableComponent::HorizontalLines);
    table.remove_style(TableComponent::MiddleIntersections);
    table.to_string()
}

/// A table of right-aligned numbers with a name in the first column.
pub(crate) fn table<R: Into<Row>>(header: impl Into<Row>, rows: Vec<R>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header)
        .add_rows(rows);
    table.remove_style(TableComponent::HorizontalLines);
    table.remove_style(TableComponent::MiddleIntersections);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn interruption(report: &Report) -> String {
    let Some(interrupted) = report.interrupted else {
        return String::new();
    };
    format!(
        "interrupted at {} of simulated time: {} of {} frames had entered",
        format_ns(interrupted.at_ns),
        interrupted.frames,
        interrupted.of_frames,
    )
}

fn totals(report: &Report) -> String {
    let drops: u64 = report.drops.0.iter().map(|(_, frames)| frames).sum();
    format!(
        "{} frames in, {} injected, {} generated, {} copies =\n\
         {} out, {} to the host, {} consumed, {} dropped, {} in flight\n\
         card {}, {} clocks at {:.3} MHz, {:.3} frames per clock",
        report.frames_in,
        report.injected,
        report.generated,
        report.copies,
        report.frames_out,
        report.to_host,
        report.consumed,
        drops,
        report.in_flight,
        report.card,
        report.clocks,
        report.clock_hz as f64 / 1e6,
        report.frames_per_clock,
    )
}

/// Sum of a server's weights over its clusters, by name.
fn weights(config: &Config) -> Vec<(String, u64)> {
    let mut weights: Vec<(String, u64)> = Vec::new();
    for server in config.clusters.iter().flat_map(|cluster| &cluster.servers) {
        let weight = u64::from(server.weight);
        match weights
            .iter_mut()
            .find(|(name, _)| *name == server.name.value)
        {
            Some((_, sum)) => *sum += weight,
            None => weights.push((server.name.value.clone(), weight)),
        }
    }
    weights
}

fn members(kind: &str, members: &Named<MemberReport>, weights: Option<&[(String, u64)]>) -> String {
    if members.0.is_empty() {
        return String::new();
    }
    let frames: u64 = members.0.iter().map(|(_, member)| member.in_packets).sum();
    let total_weight: u64 = weights
        .into_iter()
        .flatten()
        .map(|(_, weight)| weight)
        .sum();
    let row = |(name, member): &(String, MemberReport)| {
        let weight = weights.and_then(|all| all.iter().find(|(other, _)| other == name));
        [
            name.clone(),
            member.in_packets.to_string(),
            member.in_bytes.to_string(),
            member.out_packets.to_string(),
            member.out_bytes.to_string(),
            percent(member.in_packets, frames),
            weight.map_or_else(String::new, |(_, weight)| percent(*weight, total_weight)),
        ]
    };
    let last = if weights.is_some() { "weight" } else { "" };
    table(
        [
            kind,
            "frames in",
            "bytes in",
            "frames out",
            "bytes out",
            "share",
            last,
        ],
        members.0.iter().map(row).collect(),
    )
}

/// A part of a whole.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        "-".to_owned()
    } else {
        format!("{:.1} %", part as f64 * 100.0 / whole as f64)
    }
}

fn ports(report: &Report, config: &Config) -> String {
    let name = |id: u8| {
        let named = config.ports.iter().filter(|port| port.id == id);
        let names: Vec<&str> = named
            .filter_map(|port| port.name.as_ref())
            .map(|name| name.value.as_str())
            .collect();
        if names.is_empty() {
            id.to_string()
        } else {
            format!("{id} {}", names.join(","))
        }
    };
    let rows = report.ports.iter().map(|port| {
        [
            name(port.port),
            port.rx_frames.to_string(),
            port.rx_bytes.to_string(),
            port.tx_frames.to_string(),
            port.tx_bytes.to_string(),
        ]
    });
    table(
        ["port", "frames in", "bytes in", "frames out", "bytes out"],
        rows.collect(),
    )
}

/// Nothing if there was never any.
fn flows(report: &Report) -> String {
    let flows = &report.flows;
    let events = [
        ("live", flows.live),
        ("inserted", flows.inserted),
        ("removed", flows.removed),
        ("refused", flows.refused),
        ("reassigned", flows.reassigned),
        ("restarted", flows.restarted),
        ("conflicts", flows.conflicts),
        ("orphan fragments", flows.orphan_fragments),
    ];
    if events.iter().all(|(_, count)| *count == 0) {
        return String::new();
    }
    let always = 4;
    let rows = events.iter().enumerate();
    let rows = rows.filter(|(place, (_, count))| *place < always || *count != 0);
    let mut rows: Vec<[String; 2]> = rows
        .map(|(_, (what, count))| [(*what).to_owned(), count.to_string()])
        .collect();
    let live = flows.servers.0.iter().filter(|(_, live)| *live != 0);
    rows.extend(live.map(|(server, live)| [format!("live at {server}"), live.to_string()]));
    table(["flows", "number"], rows)
}

/// Nothing if there was nothing of it.
fn address_resolution(report: &Report) -> String {
    let counts = report.address_resolution;
    if counts == AddressResolution::default() {
        return String::new();
    }
    let rows = [
        ("answered", counts.answered),
        ("swallowed", counts.swallowed),
        ("dropped as conflict", counts.conflicts),
        ("announcements", counts.announcements),
    ];
    table(
        ["address resolution", "frames"],
        rows.map(|(what, frames)| [what.to_owned(), frames.to_string()])
            .into(),
    )
}

fn drops(report: &Report) -> String {
    let some = report.drops.0.iter().filter(|(_, frames)| *frames != 0);
    let rows: Vec<_> = some
        .map(|(reason, frames)| [reason.clone(), frames.to_string()])
        .collect();
    if rows.is_empty() {
        "no drops".to_owned()
    } else {
        table(["dropped as", "frames"], rows)
    }
}

fn latency(report: &Report) -> String {
    let Some(latency) = report.latency_clocks else {
        return String::new();
    };
    let clocks = [latency.min, latency.median, latency.p99, latency.max];
    let ns = |clocks: u64| format!("{:.1}", clocks as f64 * 1e9 / report.clock_hz as f64);
    let row = |unit: &str, values: [String; 4]| {
        let [min, median, p99, max] = values;
        [unit.to_owned(), min, median, p99, max]
    };
    table(
        ["latency", "min", "median", "p99", "max"],
        vec![
            row("clocks", clocks.map(|c| c.to_string())),
            row("ns", clocks.map(ns)),
        ],
    )
}
