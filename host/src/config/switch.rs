//! The switch as a whole and its host: `[switch]`, `[host]`.

use std::net::IpAddr;

use flowswitch_driver::image::MacAddress;

use super::section::{Located, Section};

/// Length in ns of a tick of the card's slow clock.
pub(super) const TICK_NS: u64 = 1 << 30;
/// Most ticks that the card counts to: an older time stamp could be mistaken for one yet to come.
const MOST_TICKS: u64 = 32_767;
const SECOND_NS: u64 = 1_000_000_000;
const DEFAULT_AGEING_NS: u64 = 300 * SECOND_NS;
const DEFAULT_ANNOUNCE_NS: u64 = 60 * SECOND_NS;

/// The switch as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Number of network ports, 2 to 8.
    pub ports: u8,
    /// Frames to a unicast address that was not learned are dropped instead of flooded.
    pub drop_unknown: bool,
    /// Age at which a learned address is forgotten, in ticks of 2^30 ns, 1 to 32,767.
    pub ageing_ticks: u16,
    /// Time between announcements of the clusters' addresses, in ticks of 2^30 ns, 1 to 32,767.
    pub announce_ticks: u16,
}

/// The card's own station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its Ethernet address.
    pub mac: Located<MacAddress>,
    /// Its addresses; the length of the on-link prefix is checked and not used yet.
    pub addresses: Vec<Located<IpAddr>>,
}

pub(super) fn read_switch(root: &Section<'_>) -> Switch {
    let mut switch = Switch {
        ports: 8,
        drop_unknown: false,
        ageing_ticks: ticks(DEFAULT_AGEING_NS),
        announce_ticks: ticks(DEFAULT_ANNOUNCE_NS),
    };
    let Some(section) = root.table(
        "switch",
        "[switch]",
        &["ports", "unknown", "announce", "ageing"],
    ) else {
        return switch;
    };
    if let Some(ports) = section.integer("ports", 2..9) {
        switch.ports = ports.value as u8;
    }
    if let Some(drop) = section.word("unknown", &[("flood", false), ("drop", true)]) {
        switch.drop_unknown = drop.value;
    }
    if let Some(announce) = section.duration("announce", SECOND_NS, MOST_TICKS * TICK_NS) {
        switch.announce_ticks = ticks(announce.value);
    }
    if let Some(ageing) = section.duration("ageing", SECOND_NS, MOST_TICKS * TICK_NS) {
        switch.ageing_ticks = ticks(ageing.value);
    }
    switch
}

/// Ticks that are no shorter than a time of at most [`MOST_TICKS`].
pub(super) fn ticks(ns: u64) -> u16 {
    ns.div_ceil(TICK_NS).clamp(1, MOST_TICKS) as u16
}

pub(super) fn read_host(root: &Section<'_>) -> Option<Host> {
    let section = root.table("host", "[host]", &["mac", "addresses"])?;
    let texts = section.strings("addresses").unwrap_or_default();
    let addresses = texts
        .into_iter()
        .map(|text| prefixed_address(&section, text));
    let addresses: Vec<_> = addresses.collect();
    Some(Host {
        mac: section.mac("mac")?,
        addresses: addresses.into_iter().collect::<Option<_>>()?,
    })
}

/// An address with an optional on-link prefix length: `192.0.2.1/24`.
fn prefixed_address(section: &Section<'_>, text: Located<String>) -> Option<Located<IpAddr>> {
    let Some((address, length)) = text.value.split_once('/') else {
        return section.address(text, "addresses");
    };
    let (address, length) = (address.to_owned(), length.to_owned());
    let address = section.address(
        Located {
            value: address,
            span: text.span.clone(),
        },
        "addresses",
    )?;
    let most = if address.value.is_ipv4() { 32 } else { 128 };
    if length.bytes().all(|byte| byte.is_ascii_digit())
        && length.parse::<u8>().is_ok_and(|length| length <= most)
    {
        return Some(address);
    }
    section.problems.add(
        &text.span,
        format!("\"/{length}\" is not a prefix length"),
        "not a prefix length",
        &format!("use a number from 0 to {most}"),
    );
    None
}
