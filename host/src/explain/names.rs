//! What the numbers of a card are called.

use std::collections::BTreeMap;

use flowswitch_driver::image::{MacAddress, SERVERS};

use crate::config::Config;
use crate::image::Plan;
use crate::logical_port::number_of;

/// Names of servers, routers and ports, and the host's MAC, which no table gives by its number. What has no name is called by
/// its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    members: BTreeMap<u16, String>,
    network_ports: BTreeMap<String, u8>,
    logical_ports: BTreeMap<u8, String>,
    /// MAC of the host, if the configuration has one.
    pub(super) host: Option<MacAddress>,
}

impl Names {
    /// The names of a configuration that a card runs as `plan` has it.
    pub fn of(config: &Config, plan: &Plan) -> Self {
        let members = plan.servers.iter().chain(&plan.routers);
        let mut names = Self {
            members: members
                .map(|member| (member.number, member.name.clone()))
                .collect(),
            host: config.host.as_ref().map(|host| host.mac.value),
            ..Self::default()
        };
        for port in 0..config.switch.ports {
            names.network_ports.insert(port.to_string(), port);
        }
        for (number, logical_port) in (0..).zip(&plan.image.logical_ports) {
            let of_port = |other: &&flowswitch_driver::image::LogicalPort| {
                other.port == logical_port.port && !other.tagged
            };
            let alone = plan.image.logical_ports.iter().filter(of_port).count() <= 1;
            let suffix = match logical_port.vlans {
                Some((first, last)) if logical_port.tagged || !alone => {
                    if first == last {
                        format!(" VLAN {first}")
                    } else {
                        format!(" VLANs {first}-{last}")
                    }
                }
                _ => String::new(),
            };
            let name = format!("{}{suffix}", logical_port.port);
            names.logical_ports.insert(number, name);
        }
        for entry in &config.ports {
            let Some(name) = entry.name.as_ref().map(|name| &name.value) else {
                continue;
            };
            names.network_ports.insert(name.clone(), entry.id);
            let whole = number_of(&plan.image.logical_ports, entry.attachment());
            if let Some(number) = whole {
                names.logical_ports.insert(number, name.clone());
            }
            // The parts of a port without a VLAN of its own bear its name too.
            for (number, part) in (0..).zip(&plan.image.logical_ports) {
                let unnamed = names.logical_ports.get_mut(&number);
                let own = part.port == entry.id && !part.tagged && entry.vlan.is_none();
                if let Some(label) = unnamed.filter(|_| own && whole != Some(number)) {
                    let suffix = label.split_once(' ').map_or("", |(_, suffix)| suffix);
                    *label = format!("{name} {suffix}");
                }
            }
        }
        names
    }

    /// The network port that is called so. Without a configuration any number is one.
    pub fn port(&self, text: &str) -> Option<u8> {
        if self.network_ports.is_empty() {
            text.parse().ok()
        } else {
            self.network_ports.get(text).copied()
        }
    }

    /// What network ports are called.
    pub fn ports(&self) -> Vec<&str> {
        self.network_ports.keys().map(String::as_str).collect()
    }

    /// What a server or router is called.
    pub fn member(&self, number: u16) -> String {
        match self.members.get(&number) {
            Some(name) => name.clone(),
            None if number < SERVERS => format!("server {number}"),
            None => format!("router {}", number - SERVERS),
        }
    }

    /// What a logical port is called.
    pub fn logical_port(&self, number: u8) -> String {
        let name = self.logical_ports.get(&number);
        name.cloned().unwrap_or_else(|| number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::config::Config;
    use crate::image::plan;

    fn names(text: &str) -> Names {
        let config = Config::parse("test.toml", text);
        let config = config.unwrap_or_else(|error| panic!("{:?}", error.problems));
        Names::of(&config, &plan(&config).expect("it fits"))
    }

    #[test]
    fn ports_and_members() {
        let text = include_str!("../../examples/fig2.toml");
        let names = names(text);
        assert_eq!(names.port("r260"), names.port("0"));
        assert_eq!(names.port("nowhere"), None);
        assert_eq!(names.member(1024), "r260");
        assert_eq!(names.member(999), "server 999");
        assert_eq!(names.logical_port(0), "r260");
        assert_eq!(names.logical_port(63), "63");
    }

    #[test]
    fn parts_of_a_port() {
        let names = names(
            "[switch]\nports = 2\n[[port]]\nid = 0\nname = \"a\"\nvlans = [10, \"20-29\"]\n\
             [[port]]\nid = 1\nname = \"b\"\nvlan = 100\n[[port]]\nid = 1\n",
        );
        let labels: Vec<String> = (0..5).map(|number| names.logical_port(number)).collect();
        assert_eq!(labels, ["a", "a VLAN 10", "a VLANs 20-29", "1", "b"]);
        assert_eq!((names.port("a"), names.port("b")), (Some(0), Some(1)));
    }

    #[test]
    fn without_a_configuration_numbers_do() {
        let names = Names::default();
        assert_eq!(names.port("3"), Some(3));
        assert_eq!(names.port("r260"), None);
        assert_eq!(names.member(1025), "router 1");
        assert_eq!(names.logical_port(7), "7");
    }
}
