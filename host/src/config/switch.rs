//! The switch as a whole, its host and its ports: `[switch]`, `[host]`, `[[port]]`.

use std::net::IpAddr;

use flowswitch_driver::image::MacAddress;

use super::section::{Located, Section, suggestion};

/// Length in ns of a tick of the forwarding database's clock.
const TICK_NS: u64 = 1 << 30;
/// Largest age in ticks that cannot be mistaken for a time stamp yet to come.
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
}

/// The card's own station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its Ethernet address.
    pub mac: Located<MacAddress>,
    /// Its addresses; the length of the on-link prefix is checked and not used yet.
    pub addresses: Vec<Located<IpAddr>>,
}

/// What stands behind a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Anything.
    #[default]
    Plain,
    /// Routers.
    Router,
    /// Servers.
    Server,
}

/// A port that the file describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Network port, from 0.
    pub id: u8,
    /// Name to refer to it by.
    pub name: Option<Located<String>>,
    /// What stands behind it.
    pub role: Role,
    /// Spanning-tree frames go to the host instead of being flooded.
    pub bpdu_to_host: bool,
    /// VLAN that makes it a port of its own; 0 if there is none.
    pub vlan: u16,
    /// Where its number stands.
    pub place: Located<u8>,
}

/// What members may call ports.
pub(super) struct PortNames {
    count: u8,
    names: Vec<(String, u8)>,
}

impl PortNames {
    pub(super) fn new(switch: &Switch, ports: &[Port]) -> Self {
        let named = ports
            .iter()
            .filter_map(|port| Some((port.name.as_ref()?.value.clone(), port.id)));
        Self {
            count: switch.ports,
            names: named.collect(),
        }
    }
}

impl Section<'_> {
    /// A port by number or name.
    pub(super) fn port(&self, key: &str, ports: &PortNames) -> Option<Located<u8>> {
        self.require(key)?;
        let (item, span) = self.item(key)?;
        if let Some(name) = item.as_str() {
            if let Some((_, id)) = ports.names.iter().find(|(known, _)| known == name) {
                return Some(Located { value: *id, span });
            }
            let known: Vec<&str> = ports.names.iter().map(|(name, _)| name.as_str()).collect();
            let help = if known.is_empty() {
                "give the port's number, or name ports by [[port]] tables".to_owned()
            } else {
                suggestion(name, &known)
            };
            self.problems.add(
                &span,
                format!("no port is called \"{name}\""),
                "unknown port",
                &help,
            );
            return None;
        }
        if !item.is_integer() {
            self.wrong_type(key, item, &span, "a port's number or name");
            return None;
        }
        port_number(self, key, ports.count)
    }
}

fn port_number(section: &Section<'_>, key: &str, count: u8) -> Option<Located<u8>> {
    let number = section.integer(key, 0..i64::from(count))?;
    // In range by the line above.
    Some(number.map(|number| number as u8))
}

pub(super) fn read_switch(root: &Section<'_>) -> Switch {
    let mut switch = Switch {
        ports: 8,
        drop_unknown: false,
        ageing_ticks: ticks(DEFAULT_AGEING_NS),
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
    if let Some(announce) = section.duration("announce", SECOND_NS, 86_400 * SECOND_NS)
        && announce.value != DEFAULT_ANNOUNCE_NS
    {
        let note = "the card does not announce cluster addresses yet";
        section
            .problems
            .note(&announce.span, "switch.announce".to_owned(), note);
    }
    if let Some(ageing) = section.duration("ageing", SECOND_NS, MOST_TICKS * TICK_NS) {
        switch.ageing_ticks = ticks(ageing.value);
    }
    switch
}

/// Ticks that are no shorter than a time of at most [`MOST_TICKS`].
fn ticks(ns: u64) -> u16 {
    ns.div_ceil(TICK_NS).clamp(1, MOST_TICKS) as u16
}

pub(super) fn read_host(root: &Section<'_>) -> Option<Host> {
    let section = root.table("host", "[host]", &["mac", "addresses"])?;
    let texts = section.strings("addresses").unwrap_or_default();
    if let (Some(_), Some((_, span))) = (texts.first(), section.item("addresses")) {
        let note = "the card does not answer ARP or neighbour discovery for the host yet";
        section
            .problems
            .note(&span, "host.addresses".to_owned(), note);
    }
    let addresses = texts
        .into_iter()
        .filter_map(|text| prefixed_address(&section, text))
        .collect();
    Some(Host {
        mac: section.mac("mac")?,
        addresses,
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

pub(super) fn read_ports(root: &Section<'_>, switch: &Switch) -> Vec<Port> {
    const KEYS: [&str; 5] = ["id", "name", "role", "vlan", "bpdu"];
    let sections = root.tables("port", "[[port]]", &KEYS);
    sections
        .iter()
        .filter_map(|section| read_port(section, switch))
        .collect()
}

fn read_port(section: &Section<'_>, switch: &Switch) -> Option<Port> {
    let name = section.name("name");
    let roles = [
        ("router", Role::Router),
        ("server", Role::Server),
        ("plain", Role::Plain),
    ];
    let role = section.word("role", &roles);
    let bpdu = section.word("bpdu", &[("flood", false), ("host", true)]);
    let vlan = section.integer("vlan", 1..4095);
    section.require("id")?;
    let place = port_number(section, "id", switch.ports)?;
    if let Some(vlan) = &vlan {
        let note = "ports are not told apart by VLAN yet: the whole network port is meant, whatever the tag";
        section
            .problems
            .note(&vlan.span, format!("port.{}.vlan", place.value), note);
    }
    Some(Port {
        id: place.value,
        name,
        role: role.map_or_else(Role::default, |role| role.value),
        bpdu_to_host: bpdu.is_some_and(|bpdu| bpdu.value),
        vlan: vlan.map_or(0, |vlan| vlan.value as u16),
        place,
    })
}
