//! Ports: `[[port]]`, and what members call them.

use std::ops::Range;

use toml_edit::Value;

use super::Switch;
use super::section::{Located, Section, suggestion};

/// VLAN numbers that a frame's tag can name: 0 is none, 4,095 is reserved.
pub(crate) const VLANS: (u16, u16) = (1, 4094);

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

/// A port that the file describes: a network port, or one VLAN of it.
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
    /// The one VLAN it is made of, 1 to 4,094.
    pub vlan: Option<u16>,
    /// VLAN that its untagged frames count as, 1 to 4,094.
    pub native: Option<u16>,
    /// VLANs it takes besides untagged frames, first and last of each range.
    pub vlans: Option<Vec<Located<(u16, u16)>>>,
    /// Where its number stands.
    pub place: Located<u8>,
}

impl Port {
    /// What members that name it are attached to.
    pub fn attachment(&self) -> Attachment {
        Attachment {
            port: self.id,
            vlan: self.vlan,
        }
    }
}

/// Where a station is: one VLAN of a network port, or its untagged frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attachment {
    /// Network port, from 0.
    pub port: u8,
    /// The VLAN, 1 to 4,094; none for untagged frames.
    pub vlan: Option<u16>,
}

impl std::fmt::Display for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.vlan {
            Some(vlan) => write!(f, "VLAN {vlan} of port {}", self.port),
            None => write!(f, "port {}", self.port),
        }
    }
}

/// What members may call ports.
pub(super) struct PortNames {
    count: u8,
    names: Vec<(String, Attachment)>,
    /// Network ports of which the file describes nothing but VLANs.
    tagged_only: Vec<u8>,
}

impl PortNames {
    pub(super) fn new(switch: &Switch, ports: &[Port]) -> Self {
        let named = ports
            .iter()
            .filter_map(|port| Some((port.name.as_ref()?.value.clone(), port.attachment())));
        let tagged_only = |id: &u8| {
            let mut entries = ports.iter().filter(|port| port.id == *id).peekable();
            entries.peek().is_some() && entries.all(|port| port.vlan.is_some())
        };
        Self {
            count: switch.ports,
            names: named.collect(),
            tagged_only: (0..switch.ports).filter(tagged_only).collect(),
        }
    }
}

impl Section<'_> {
    /// Where a member is, by the name of a port or the number of a network port.
    pub(super) fn attachment(&self, key: &str, ports: &PortNames) -> Option<Located<Attachment>> {
        self.require(key)?;
        let (item, span) = self.item(key)?;
        if let Some(name) = item.as_str() {
            return self.named_port(name, span, ports);
        }
        if !item.is_integer() {
            self.wrong_type(key, item, &span, "a port's number or name");
            return None;
        }
        let number = port_number(self, key, ports.count)?;
        if ports.tagged_only.contains(&number.value) {
            let names = ports
                .names
                .iter()
                .filter(|(_, place)| place.port == number.value);
            let names: Vec<String> = names.map(|(name, _)| format!("`\"{name}\"`")).collect();
            let help = if names.is_empty() {
                "give the VLAN's [[port]] a name and use it here".to_owned()
            } else {
                format!("name one of its VLANs: {}", names.join(", "))
            };
            self.problems.add(
                &number.span,
                format!("port {} takes tagged frames only", number.value),
                "which of its VLANs?",
                &help,
            );
            return None;
        }
        Some(number.map(|port| Attachment { port, vlan: None }))
    }

    fn named_port(
        &self,
        name: &str,
        span: Range<usize>,
        ports: &PortNames,
    ) -> Option<Located<Attachment>> {
        if let Some((_, place)) = ports.names.iter().find(|(known, _)| known == name) {
            return Some(Located {
                value: *place,
                span,
            });
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
        None
    }

    /// A list of VLANs: numbers, and ranges as text.
    fn vlans(&self, key: &str) -> Option<Vec<Located<(u16, u16)>>> {
        let (item, span) = self.item(key)?;
        let Some(array) = item.as_array() else {
            self.wrong_type(key, item, &span, "a list, as in [10, \"100-199\"]");
            return None;
        };
        let mut ranges = Vec::new();
        for value in array {
            let place = value.span().unwrap_or_else(|| span.clone());
            match vlan_range(value) {
                Some(value) => ranges.push(Located { value, span: place }),
                None => self.problems.add(
                    &place,
                    format!(
                        "{} in `{key}` is no range of VLANs",
                        value.to_string().trim()
                    ),
                    "not VLANs",
                    "write a number from 1 to 4094, or a range as in \"100-199\"",
                ),
            }
        }
        Some(ranges)
    }
}

/// The VLANs that `10`, `"10"` or `"10-19"` name.
fn vlan_range(value: &Value) -> Option<(u16, u16)> {
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let (first, last): (u16, u16) = match value {
        Value::Integer(number) => {
            let number = u16::try_from(*number.value()).ok()?;
            (number, number)
        }
        Value::String(text) => {
            let text = text.value();
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            (number(first)?, number(last)?)
        }
        _ => return None,
    };
    (VLANS.0 <= first && first <= last && last <= VLANS.1).then_some((first, last))
}

fn port_number(section: &Section<'_>, key: &str, count: u8) -> Option<Located<u8>> {
    let number = section.integer(key, 0..i64::from(count))?;
    // In range by the line above.
    Some(number.map(|number| number as u8))
}

pub(super) fn read_ports(root: &Section<'_>, switch: &Switch) -> Vec<Port> {
    const KEYS: [&str; 7] = ["id", "name", "role", "vlan", "native", "vlans", "bpdu"];
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
    let number = i64::from(VLANS.0)..i64::from(VLANS.1) + 1;
    let vlan = section.integer("vlan", number.clone());
    let native = section.integer("native", number);
    let vlans = section.vlans("vlans");
    if vlan.is_some() {
        for key in ["native", "vlans"] {
            if let Some((_, span)) = section.item(key) {
                section.problems.add(
                    &span,
                    format!("a port of one VLAN has no `{key}`"),
                    "with `vlan` in the same table",
                    "leave it out, or put it into a [[port]] of the same id without `vlan`",
                );
            }
        }
    }
    section.require("id")?;
    let place = port_number(section, "id", switch.ports)?;
    Some(Port {
        id: place.value,
        name,
        role: role.map_or_else(Role::default, |role| role.value),
        bpdu_to_host: bpdu.is_some_and(|bpdu| bpdu.value),
        // In range by the reads above.
        vlan: vlan.map(|vlan| vlan.value as u16),
        native: native.map(|native| native.value as u16),
        vlans,
        place,
    })
}

#[cfg(test)]
mod tests {
    use toml_edit::Value;

    use super::vlan_range;

    fn range(text: &str) -> Option<(u16, u16)> {
        vlan_range(&text.parse::<Value>().expect("a value"))
    }

    #[test]
    fn ranges_of_vlans() {
        assert_eq!(range("10"), Some((10, 10)));
        assert_eq!(range("\"10\""), Some((10, 10)));
        assert_eq!(range("\"1-4094\""), Some((1, 4094)));
        for text in [
            "0",
            "4095",
            "-1",
            "65546",
            "1.5",
            "\"\"",
            "\"-\"",
            "\"+1-2\"",
            "\"20-10\"",
            "\"1-4095\"",
            "[1]",
        ] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
