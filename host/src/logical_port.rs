//! From the ports of a configuration to the card's logical ports.

use std::collections::BTreeSet;

use flowswitch_driver::image::LogicalPort;

use crate::config::{Attachment, Config, Port, Role, VLANS};

/// The VLAN number under which the addresses behind all tagged logical ports are learned: frames pass from VLAN to
/// VLAN there, so the ports must know of each other's stations.
const TAGGED_DOMAIN: u16 = 4095;

/// The logical ports of a configuration, in the order of the network ports, the part for untagged frames first. There
/// may be more than the card holds; only those that fit stand in the flood masks.
pub(crate) fn lay_out(config: &Config) -> Vec<LogicalPort> {
    let mut ports = Vec::new();
    let mut clusters = Vec::new();
    for segment in segments(config) {
        let own = segment.clusters(config);
        let server = !own.is_empty();
        for part in segment.parts(natives_differ(config)) {
            ports.push(LogicalPort {
                server,
                announce: !server && (part.untagged || part.tagged),
                ..part
            });
            clusters.push(own.clone());
        }
    }
    // Flooded frames never pass between ports of one cluster's servers.
    let reaches = |from: usize, to: usize| {
        from != to && joined(&ports[from], &ports[to]) && clusters[from].is_disjoint(&clusters[to])
    };
    let masks: Vec<u64> = (0..ports.len())
        .map(|from| {
            let reachable = (0..ports.len().min(64)).filter(|to| reaches(from, *to));
            reachable.fold(0, |mask, to| mask | 1 << to)
        })
        .collect();
    for (port, flood) in ports.iter_mut().zip(masks) {
        port.flood = flood;
    }
    ports
}

/// Number of the logical port that a station is on.
pub(crate) fn number_of(ports: &[LogicalPort], place: Attachment) -> Option<u8> {
    let holds = |port: &LogicalPort| {
        port.port == place.port
            && match place.vlan {
                Some(vlan) => port.tagged && port.vlans == Some((vlan, vlan)),
                None => port.untagged,
            }
    };
    let number = ports.iter().position(holds)?;
    u8::try_from(number).ok()
}

/// What the stations of one attachment send: a tagged port, or all that a network port passes as it is.
struct Segment<'a> {
    place: Attachment,
    /// What the file says of it.
    entry: Option<&'a Port>,
    /// Other entries take single VLANs of the network port.
    shared: bool,
}

fn segments(config: &Config) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    for port in 0..config.switch.ports {
        let entries = || config.ports.iter().filter(move |entry| entry.id == port);
        let transparent = entries().find(|entry| entry.vlan.is_none());
        let shared = entries().any(|entry| entry.vlan.is_some());
        if transparent.is_some() || !shared {
            segments.push(Segment {
                place: Attachment { port, vlan: None },
                entry: transparent,
                shared,
            });
        }
        let tagged = entries().filter(|entry| entry.vlan.is_some());
        segments.extend(tagged.map(|entry| Segment {
            place: entry.attachment(),
            entry: Some(entry),
            shared,
        }));
    }
    segments
}

/// VLANs that the untagged frames of the configuration's ports count as: if there are several, a flooded frame must
/// not pass by untagged parts alone, so these are logical ports of their own.
fn natives_differ(config: &Config) -> bool {
    let segments = segments(config);
    let natives = segments
        .iter()
        .filter(|segment| segment.place.vlan.is_none());
    natives.map(Segment::native).collect::<BTreeSet<_>>().len() > 1
}

impl Segment<'_> {
    fn native(&self) -> u16 {
        self.entry.and_then(|entry| entry.native).unwrap_or(0)
    }

    /// Clusters by their position whose servers it carries. A port said to carry servers of which none is
    /// configured could carry those of any cluster.
    fn clusters(&self, config: &Config) -> BTreeSet<usize> {
        let clusters = config.clusters.iter().enumerate();
        let own: BTreeSet<usize> = clusters
            .filter(|(_, cluster)| {
                let mut servers = cluster.servers.iter();
                servers.any(|server| server.port.value == self.place)
            })
            .map(|(index, _)| index)
            .collect();
        let described = self.entry.is_some_and(|entry| entry.role == Role::Server);
        // One number past the clusters keeps such ports apart from each other when there is no cluster at all.
        if own.is_empty() && described {
            (0..=config.clusters.len()).collect()
        } else {
            own
        }
    }

    /// Its logical ports, as far as VLANs go.
    fn parts(&self, natives_differ: bool) -> Vec<LogicalPort> {
        let base = LogicalPort {
            port: self.place.port,
            domain: self.native(),
            ..LogicalPort::default()
        };
        if let Some(vlan) = self.place.vlan {
            return vec![LogicalPort {
                vlans: Some((vlan, vlan)),
                tagged: true,
                domain: TAGGED_DOMAIN,
                ..base
            }];
        }
        let listed = self.entry.and_then(|entry| entry.vlans.as_ref());
        let ranges: Vec<(u16, u16)> = match listed {
            Some(listed) => listed.iter().map(|range| range.value).collect(),
            None if self.shared => Vec::new(),
            None if natives_differ => vec![VLANS],
            None => {
                return vec![LogicalPort {
                    untagged: true,
                    vlans: Some(VLANS),
                    ..base
                }];
            }
        };
        let untagged = LogicalPort {
            untagged: true,
            ..base.clone()
        };
        let range = |vlans| LogicalPort {
            vlans: Some(vlans),
            ..base.clone()
        };
        std::iter::once(untagged)
            .chain(ranges.into_iter().map(range))
            .collect()
    }
}

/// Whether some frame may pass from one logical port to the other.
fn joined(a: &LogicalPort, b: &LogicalPort) -> bool {
    if a.tagged || b.tagged {
        return a.tagged == b.tagged;
    }
    let overlap = match (a.vlans, b.vlans) {
        (Some((first, last)), Some((low, high))) => first <= high && low <= last,
        _ => false,
    };
    overlap || (a.untagged && b.untagged && a.domain == b.domain)
}

#[cfg(test)]
mod tests {
    use flowswitch_driver::image::LogicalPort;

    use super::{Attachment, Config, lay_out, number_of};

    fn ports(text: &str) -> Vec<LogicalPort> {
        let config = Config::parse("test.toml", text);
        lay_out(&config.unwrap_or_else(|error| panic!("{:?}", error.problems)))
    }

    /// Network port, untagged, VLANs, tagged, domain, flood mask.
    type Row = (u8, bool, Option<(u16, u16)>, bool, u16, u64);

    fn rows(ports: &[LogicalPort]) -> Vec<Row> {
        let row = |p: &LogicalPort| (p.port, p.untagged, p.vlans, p.tagged, p.domain, p.flood);
        ports.iter().map(row).collect()
    }

    const ALL: Option<(u16, u16)> = Some((1, 4094));

    #[test]
    fn a_network_port_is_one_logical_port() {
        let ports = ports("[switch]\nports = 2\n[[port]]\nid = 1\nname = \"b\"\n");
        assert_eq!(
            rows(&ports),
            [
                (0, true, ALL, false, 0, 0b10),
                (1, true, ALL, false, 0, 0b01)
            ]
        );
        assert!(ports.iter().all(|port| port.announce && !port.server));
    }

    #[test]
    fn listed_vlans_are_logical_ports_of_their_own() {
        let ports = ports(
            "[switch]\nports = 2\n[[port]]\nid = 1\nvlans = [10, \"20-29\"]\nrole = \"server\"\n",
        );
        let expected: [Row; 4] = [
            (0, true, ALL, false, 0, 0b1110),
            (1, true, None, false, 0, 0b0001),
            (1, false, Some((10, 10)), false, 0, 0b0001),
            (1, false, Some((20, 29)), false, 0, 0b0001),
        ];
        assert_eq!(rows(&ports), expected);
        assert_eq!(
            ports.iter().map(|p| p.server).collect::<Vec<_>>(),
            [false, true, true, true]
        );
        assert_eq!(
            ports.iter().map(|p| p.announce).collect::<Vec<_>>(),
            [true, false, false, false]
        );
    }

    #[test]
    fn tagged_ports_take_one_vlan_and_reach_each_other() {
        let text = "[switch]\nports = 2\n[[port]]\nid = 0\nname = \"a\"\nvlan = 100\n\
            [[port]]\nid = 0\nname = \"b\"\nvlan = 200\n";
        let alone = ports(text);
        let expected: [Row; 3] = [
            (0, false, Some((100, 100)), true, 4095, 0b010),
            (0, false, Some((200, 200)), true, 4095, 0b001),
            (1, true, ALL, false, 0, 0),
        ];
        assert_eq!(rows(&alone), expected);
        // With an entry of its own, what is not tagged passes too, and of the VLANs those that it lists.
        let shared = ports(&format!("{text}[[port]]\nid = 0\n"));
        assert_eq!(
            rows(&shared)[..2],
            [
                (0, true, None, false, 0, 0b1000),
                (0, false, Some((100, 100)), true, 4095, 0b0100)
            ]
        );
        let place = |vlan| Attachment { port: 0, vlan };
        assert_eq!(number_of(&shared, place(None)), Some(0));
        assert_eq!(number_of(&shared, place(Some(200))), Some(2));
        assert_eq!(number_of(&alone, place(None)), None);
    }

    #[test]
    fn untagged_frames_of_different_native_vlans_do_not_meet() {
        let port = |id: u8, native: u16| format!("[[port]]\nid = {id}\nnative = {native}\n");
        let same = ports(&format!(
            "[switch]\nports = 2\n{}{}",
            port(0, 7),
            port(1, 7)
        ));
        assert_eq!(
            rows(&same),
            [
                (0, true, ALL, false, 7, 0b10),
                (1, true, ALL, false, 7, 0b01)
            ]
        );
        let text = format!(
            "[switch]\nports = 3\n{}{}{}",
            port(0, 7),
            port(1, 8),
            port(2, 7)
        );
        let expected: [Row; 6] = [
            (0, true, None, false, 7, 0b01_0000),
            (0, false, ALL, false, 7, 0b10_1000),
            (1, true, None, false, 8, 0),
            (1, false, ALL, false, 8, 0b10_0010),
            (2, true, None, false, 7, 0b00_0001),
            (2, false, ALL, false, 7, 0b00_1010),
        ];
        assert_eq!(rows(&ports(&text)), expected);
    }
}
