//! Random logical ports: whole ports, VLANs of ports, and mixtures that no operator would make.

use super::cast::VLANS;
use flowswitch_driver::image::LogicalPort;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Most logical ports of an image; a few images have as many as a card holds.
const MANY: usize = 64;

/// Logical ports of a card of `ports` network ports, at least one.
pub fn logical_ports(ports: u8) -> impl Strategy<Value = Vec<LogicalPort>> {
    let whole = vec(settings(), usize::from(ports)).prop_map(|settings| {
        let whole = |(port, settings): (u8, Settings)| LogicalPort {
            port,
            untagged: true,
            vlans: Some((1, 4094)),
            ..settings.logical_port()
        };
        (0u8..).zip(settings).map(whole).collect()
    });
    let vlans = vec((0..ports, settings()), 1..=12).prop_map(|drawn| {
        let vlan = |(number, (port, settings)): (u16, (u8, Settings))| {
            let vlan = vlan_of(number);
            LogicalPort {
                port,
                tagged: true,
                vlans: Some((vlan, vlan)),
                ..settings.logical_port()
            }
        };
        (0u16..).zip(drawn).map(vlan).collect()
    });
    let mixed = |most| vec(any_port(ports), 1..=most);
    let drawn = prop_oneof![5 => whole, 3 => vlans, 2 => mixed(12), 1 => mixed(MANY)];
    drawn.prop_map(|mut logical_ports: Vec<LogicalPort>| {
        let count = logical_ports.len();
        for logical_port in &mut logical_ports {
            logical_port.flood &= u64::MAX >> (64 - count);
        }
        logical_ports
    })
}

/// What does not tell which frames it holds.
#[derive(Clone, Debug)]
struct Settings {
    domain: u16,
    server: bool,
    announce: bool,
    flood: u64,
}

impl Settings {
    fn logical_port(self) -> LogicalPort {
        LogicalPort {
            domain: self.domain,
            server: self.server,
            announce: self.announce,
            flood: self.flood,
            ..LogicalPort::default()
        }
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    // Few domains, so that what one port has learned others know; the frames' own VLANs among them.
    let domain = prop_oneof![3 => Just(0u16), 2 => Just(5), 1 => Just(4095)];
    let flood = prop_oneof![2 => Just(u64::MAX), 1 => any::<u64>()];
    (domain, any::<bool>(), any::<bool>(), flood).prop_map(|(domain, server, announce, flood)| {
        Settings {
            domain,
            server,
            announce,
            flood,
        }
    })
}

/// VLANs that frames have come first, so that tagged logical ports meet frames that were not made for them.
fn vlan_of(number: u16) -> u16 {
    match number {
        0 => VLANS[1],
        1 => VLANS[2],
        other => 10 + other,
    }
}

/// Of any kind, wherever: ranges overlap, and some hold nothing that comes.
fn any_port(ports: u8) -> impl Strategy<Value = LogicalPort> {
    let tagged = (0u16..16).prop_map(|number| {
        let vlan = vlan_of(number);
        (true, false, Some((vlan, vlan)))
    });
    let ranges = [(1, 4094), (5, 5), (6, 99), (100, 4094), (1, 11)];
    let range = prop::option::weighted(0.8, select(ranges.to_vec()));
    let transparent = (any::<bool>(), range).prop_map(|(untagged, vlans)| (false, untagged, vlans));
    let holds = prop_oneof![1 => tagged, 1 => transparent];
    (0..ports, holds, settings()).prop_map(|(port, (tagged, untagged, vlans), settings)| {
        LogicalPort {
            port,
            tagged,
            untagged,
            vlans,
            ..settings.logical_port()
        }
    })
}
