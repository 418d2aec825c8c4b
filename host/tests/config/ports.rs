//! Logical ports: one-armed layouts, and what cannot work in them.

use flowswitch::image;

use crate::file::{ONE_ARMED, ONE_VLAN, errors_of, line_in, parse};

#[test]
fn one_armed_every_vlan_is_a_port() {
    let config = parse(ONE_ARMED);
    assert_eq!(config.notes, []);
    let plan = image::plan(&config).expect("it fits");
    let image = &plan.image;
    let vlans: Vec<_> = image.logical_ports[..4]
        .iter()
        .map(|port| port.vlans)
        .collect();
    assert_eq!(vlans, [100, 210, 220, 230].map(|vlan| Some((vlan, vlan))));
    assert!(
        image.logical_ports[..4]
            .iter()
            .all(|port| port.tagged && port.port == 0)
    );
    // Routers reach all servers, servers the routers only; nothing leads to the free port.
    let flood: Vec<u64> = image.logical_ports.iter().map(|port| port.flood).collect();
    assert_eq!(flood, [0b1110, 0b0001, 0b0001, 0b0001, 0]);
    let announce: Vec<bool> = image
        .logical_ports
        .iter()
        .map(|port| port.announce)
        .collect();
    assert_eq!(announce, [true, false, false, false, true]);
    let on = |member: u16| image.members[&member].logical_port;
    assert_eq!([0, 1, 2, 1024, 1025].map(on), [1, 2, 3, 0, 0]);
}

#[test]
fn one_armed_in_one_vlan() {
    let config = parse(ONE_VLAN);
    assert_eq!(config.notes, []);
    let plan = image::plan(&config).expect("it fits");
    assert!(
        plan.image
            .services
            .iter()
            .all(|service| service.source_virtual)
    );
    let lan = &plan.image.logical_ports[0];
    assert_eq!((lan.server, lan.announce, lan.tagged), (true, false, true));
    // With the routers' own source it cannot work.
    let errors = errors_of(ONE_VLAN, &[("\nsource_mac = \"virtual\"", "\n")]);
    assert_eq!(errors.len(), 2, "{errors:#?}");
    let line = line_in(ONE_VLAN, "port = \"lan\"");
    let expected = format!(
        "{line}: server \"s210\" of cluster \"web\" and router \"r260\" share VLAN 100 of port 0, and frames keep \
         their source / write `source_mac = \"virtual\"`"
    );
    assert!(errors[0].starts_with(&expected), "{}", errors[0]);
    // Nor where the routers are not named.
    let pool = ONE_VLAN.find("[[router_pool]]").expect("a pool");
    let unnamed = ONE_VLAN[..pool].replacen("vlan = 100", "vlan = 100\nrole = \"router\"", 1);
    let errors = errors_of(&unnamed, &[("\nsource_mac = \"virtual\"", "\n")]);
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(
        errors[0].contains("which leads to routers"),
        "{}",
        errors[0]
    );
}

#[test]
fn a_port_of_vlans_is_named() {
    let line = line_in(ONE_ARMED, "port = \"v210\"");
    let errors = errors_of(ONE_ARMED, &[("port = \"v210\"", "port = 0")]);
    assert_eq!(
        errors,
        [format!(
            "{line}: port 0 takes tagged frames only / name one of its VLANs: `\"outside\"`, `\"v210\"`, \
             `\"v220\"`, `\"v230\"`"
        )]
    );
}

#[test]
fn no_frame_gains_or_loses_a_tag() {
    // A server without VLAN among others, then all servers, then a router.
    let errors = errors_of(ONE_ARMED, &[("port = \"v220\"", "port = 1")]);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let line = line_in(ONE_ARMED, "port = \"v220\"");
    assert!(
        errors[0].starts_with(&format!(
            "{line}: servers \"s210\" and \"s220\" of cluster \"web\""
        )),
        "{}",
        errors[0]
    );
    let all = ["v210", "v220", "v230"].map(|name| format!("port = \"{name}\""));
    let all: Vec<(&str, &str)> = all.iter().map(|from| (from.as_str(), "port = 1")).collect();
    let errors = errors_of(ONE_ARMED, &all);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0].contains("no router reaches the servers"),
        "{}",
        errors[0]
    );
    let errors = errors_of(ONE_ARMED, &[("port = \"outside\"", "port = 1")]);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0].contains("routers \"r260\" and \"r270\" of pool"),
        "{}",
        errors[0]
    );
    assert!(
        errors[0].contains(" / no frame gains or loses a tag"),
        "{}",
        errors[0]
    );
}

#[test]
fn every_vlan_has_one_entry() {
    let port = |lines: &str| format!("[[port]]\nid = 0\n{lines}\n");
    let message = |text: String| errors_of(&text, &[]).join("; ");
    let twice = message(port("vlans = [10, \"5-20\"]"));
    assert!(
        twice.contains("port 0 lists a VLAN twice / list each VLAN once"),
        "{twice}"
    );
    let both = message(port("vlans = [\"5-20\"]") + &port("vlan = 10"));
    assert!(
        both.contains("VLAN 10 of port 0 has an entry of its own"),
        "{both}"
    );
    let native = message(port("vlan = 10\nnative = 10"));
    assert!(
        native.contains("a port of one VLAN has no `native`"),
        "{native}"
    );
    let range = message(port("vlans = [\"20-10\"]"));
    assert!(
        range.contains("\"20-10\" in `vlans` is no range of VLANs"),
        "{range}"
    );
    let same = message(port("vlan = 10") + &port("vlan = 10"));
    assert!(
        same.contains("VLAN 10 of port 0 is described twice"),
        "{same}"
    );
}

#[test]
fn logical_ports_and_addresses_are_limited() {
    let vlans = |last: u16| {
        let entries = (1..=last).map(|vlan| format!("[[port]]\nid = 0\nvlan = {vlan}\n"));
        format!("[switch]\nports = 2\n{}", entries.collect::<String>())
    };
    // With port 1 they are 64.
    let plan = image::plan(&parse(&vlans(63))).expect("it fits");
    assert_eq!(plan.image.logical_ports.len(), 64);
    let errors = errors_of(&vlans(64), &[]);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0].contains("65 logical ports, more than 64 / list fewer VLANs"),
        "{errors:#?}"
    );

    let cluster = |addresses: u8| {
        let addresses: Vec<_> = (0..addresses)
            .map(|n| format!("\"192.0.2.{}\"", n + 1))
            .collect();
        format!(
            "[[cluster]]\nname = \"c\"\naddresses = [{}]\nvirtual_mac = \"02:00:5e:00:00:01\"\n\
             services = [\"any\"]\n",
            addresses.join(", ")
        )
    };
    let plan = image::plan(&parse(&cluster(64))).expect("it fits");
    assert_eq!(plan.image.vips.len(), 64);
    let errors = errors_of(&cluster(65), &[]).join("; ");
    assert!(
        errors.contains("more than 64 addresses of clusters"),
        "{errors}"
    );
}
