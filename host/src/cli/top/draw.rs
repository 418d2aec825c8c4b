//! The screen.

use std::collections::BTreeMap;

use flowswitch_api::{Administrative, DeviceState, Operational, Status};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Cell, Paragraph, Row, Table, TableState, Wrap};

use super::state::State;
use crate::cli::amount::{count, scaled, span};
use crate::cli::member_state::Kind;
use crate::cli::stats::rates::MemberRates;
use crate::cli::stats::text::rate;

/// Lines of the lower panes, borders included.
const LOWER: u16 = 10;
/// Columns of the table of members behind the name.
const WIDTHS: [u16; 8] = [11, 15, 8, 7, 8, 8, 8, 8];

/// Draws everything as it stands at `now` (ms since 1970).
pub(super) fn draw(state: &State, now: u64, frame: &mut Frame<'_>) {
    let [head, members, lower, foot] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Fill(1),
        Constraint::Length(LOWER),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let [counted, events] =
        Layout::horizontal([Constraint::Length(34), Constraint::Fill(1)]).areas(lower);
    draw_head(state, now, frame, head);
    draw_members(state, now, frame, members);
    draw_counted(state, frame, counted);
    draw_events(state, frame, events);
    frame.render_widget(foot_line(state), foot);
}

fn draw_head(state: &State, now: u64, frame: &mut Frame<'_>, area: Rect) {
    let mut lines = Vec::new();
    match &state.status {
        None => lines.push(Line::from("waiting for the daemon").bold()),
        Some(status) => lines.extend(head_lines(status, now)),
    }
    if let Some(trouble) = &state.trouble {
        lines.truncate(2);
        lines.push(Line::from(format!("NO ANSWER: {trouble}")).red().bold());
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn head_lines(status: &Status, now: u64) -> Vec<Line<'static>> {
    let device = &status.device;
    let (word, style) = match device.state {
        DeviceState::Attaching => ("being attached", Style::new().yellow()),
        DeviceState::Attached => ("attached", Style::new()),
        DeviceState::Lost => ("LOST", Style::new().red().bold()),
    };
    let since = span(now.saturating_sub(device.since_unix_ms));
    let down = device.links.iter().filter(|link| !link.up);
    let down: Vec<&str> = down.map(|link| &*link.name).collect();
    let links = if down.is_empty() {
        "all links up".to_owned()
    } else {
        format!("links DOWN: {}", down.join(", "))
    };
    let card = format!("card {} {word} for {since}; {links}", device.name);
    let configuration = &status.configuration;
    let mut about = format!(
        "generation {}, applied {} ago",
        configuration.generation,
        span(now.saturating_sub(configuration.applied_unix_ms))
    );
    let mut about_style = Style::new();
    if let Some(unconfirmed) = &configuration.unconfirmed {
        about.push_str(&format!(
            "; NOT CONFIRMED, taken back in {}",
            span(unconfirmed.left_ms)
        ));
        about_style = about_style.yellow().bold();
    }
    if configuration.unsaved {
        about.push_str("; states not saved");
    }
    vec![
        Line::from(card).style(style),
        Line::from(about).style(about_style),
    ]
}

/// A line of the table of members.
enum Entry<'a> {
    Title(String, bool),
    Member {
        name: &'a str,
        administrative: Administrative,
        operational: Operational,
        since: u64,
        weight: String,
        flows: String,
        kind: Kind,
    },
}

fn entries(status: &Status) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for cluster in &status.clusters {
        let mut title = format!("cluster {}", cluster.name);
        if cluster.all_down {
            title.push_str(&format!(": ALL DOWN ({})", cluster.all_down_action));
        }
        entries.push(Entry::Title(title, cluster.all_down));
        entries.extend(cluster.servers.iter().map(|server| Entry::Member {
            name: &server.name,
            administrative: server.administrative,
            operational: server.operational,
            since: server.since_unix_ms,
            weight: if server.weight_now == server.weight {
                server.weight.to_string()
            } else {
                format!("{}/{}", server.weight_now, server.weight)
            },
            flows: count(server.live_flows),
            kind: Kind::Server,
        }));
    }
    for pool in &status.pools {
        entries.push(Entry::Title(format!("router pool {}", pool.name), false));
        entries.extend(pool.routers.iter().map(|router| Entry::Member {
            name: &router.name,
            administrative: router.administrative,
            operational: router.operational,
            since: router.since_unix_ms,
            weight: "-".to_owned(),
            flows: "-".to_owned(),
            kind: Kind::Router,
        }));
    }
    entries
}

fn colour(administrative: Administrative, operational: Operational) -> Style {
    match (administrative, operational) {
        (_, Operational::Down) => Style::new().fg(Color::Red),
        (Administrative::Ready, _) => Style::new(),
        _ => Style::new().fg(Color::Yellow),
    }
}

fn draw_members(state: &State, now: u64, frame: &mut Frame<'_>, area: Rect) {
    let entries = state.status.as_ref().map(entries).unwrap_or_default();
    let by_name = |rates: &'_ [MemberRates]| -> BTreeMap<String, MemberRates> {
        let named = rates
            .iter()
            .map(|rates| (rates.name.clone(), rates.clone()));
        named.collect()
    };
    let rates = state.rates.as_ref();
    let servers = rates
        .map(|rates| by_name(&rates.servers))
        .unwrap_or_default();
    let routers = rates
        .map(|rates| by_name(&rates.routers))
        .unwrap_or_default();
    let mut selected = None;
    let mut members = 0;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let row = match entry {
            Entry::Title(title, alarm) => {
                let style = if alarm {
                    Style::new().red()
                } else {
                    Style::new()
                };
                Row::new([Cell::from(title).column_span(9)])
                    .style(style.add_modifier(Modifier::BOLD))
            }
            Entry::Member {
                name,
                administrative,
                operational,
                since,
                weight,
                flows,
                kind,
            } => {
                if members == state.selected {
                    selected = Some(rows.len());
                }
                members += 1;
                let rates = match kind {
                    Kind::Server => servers.get(name),
                    Kind::Router => routers.get(name),
                };
                let rates = rates.map(|rates| [rate(rates.to), rate(rates.from)]);
                let [[a, b], [c, d]] =
                    rates.unwrap_or_else(|| [(); 2].map(|()| [(); 2].map(|()| "-".to_owned())));
                let health = span(now.saturating_sub(since));
                Row::new([
                    format!("  {name}"),
                    administrative.to_string(),
                    format!("{operational}, {health}"),
                    weight,
                    flows,
                    a,
                    b,
                    c,
                    d,
                ])
                .style(colour(administrative, operational))
            }
        };
        rows.push(row);
    }
    let widths = [Constraint::Min(14)].into_iter();
    let widths = widths.chain(WIDTHS.map(Constraint::Length));
    let header = [
        "\nmember",
        "\nstate",
        "\nhealth",
        "\nweight",
        "live\nflows",
        "to it\nframes/s",
        "to it\nbit/s",
        "from it\nframes/s",
        "from it\nbit/s",
    ];
    let header = Row::new(header).height(2);
    let table = Table::new(rows, widths)
        .header(header.style(Style::new().add_modifier(Modifier::UNDERLINED)))
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED))
        .highlight_symbol(">");
    let mut position = TableState::default().with_selected(selected);
    frame.render_stateful_widget(table, area, &mut position);
}

fn draw_counted(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let mut lines = Vec::new();
    if let Some(statistics) = &state.statistics {
        lines.push(format!("{} live flows", count(statistics.live_flows)));
        if let Some(rates) = &state.rates {
            lines.push(format!(
                "{} inserted/s, {} refused/s",
                scaled(rates.flows_inserted_per_s),
                scaled(rates.flows_refused_per_s)
            ));
        }
        let rate_of = |reason: &str| {
            let mut drops = state.rates.iter().flat_map(|rates| &rates.drops);
            drops.find(|drops| drops.reason == reason)
        };
        let mut drops: Vec<_> = statistics
            .drops
            .iter()
            .filter(|drops| drops.frames > 0)
            .collect();
        drops.sort_by_key(|drops| std::cmp::Reverse(drops.frames));
        for drops in drops {
            let now = rate_of(&drops.reason)
                .map_or_else(|| "-".to_owned(), |rate| scaled(rate.frames_per_s));
            lines.push(format!(
                "{:16.16} {:>7} {now:>6}",
                drops.reason,
                count(drops.frames)
            ));
        }
    }
    let lines: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    let block = Block::new()
        .borders(Borders::ALL)
        .title("flows; drops, a second");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn draw_events(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.height.saturating_sub(2));
    let first = state.events.len().saturating_sub(room);
    let lines: Vec<Line<'_>> = (state.events.range(first..))
        .map(|line| Line::from(line.as_str()))
        .collect();
    let block = Block::new().borders(Borders::ALL).title("events");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn foot_line(state: &State) -> Paragraph<'_> {
    let line = match (&state.question, &state.message) {
        (Some((_, name)), _) => {
            let text = format!("{name}: maintenance cuts its flows. Sure? y/n");
            Line::from(text).red().bold()
        }
        (None, Some(message)) => Line::from(message.as_str()),
        (None, None) => Line::from("arrows choose  d drain  r ready  m maintenance  q quit").dim(),
    };
    Paragraph::new(line).wrap(Wrap { trim: true })
}
