//! What a file says, and what the card is to hold for it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use flowswitch::config::State;
use flowswitch::image;
use flowswitch_driver::image::{Bucket, ClusterSetup, MacAddress};

use crate::file::{FIG2, parse, with_second_cluster};

#[test]
fn fig2_says_what_it_says() {
    let config = parse(FIG2);
    assert_eq!(
        (config.switch.ports, config.switch.drop_unknown),
        (8, false)
    );
    // 300 s in ticks of 2^30 ns, rounded up.
    assert_eq!(config.switch.ageing_ticks, 280);
    assert_eq!(config.clusters[0].servers.len(), 5);
    assert_eq!(config.clusters[0].servers[0].state, State::Ready);
    assert_eq!(config.pools[0].routers[2].name.value, "r280");
    assert_eq!(
        (config.port("r260"), config.port("7"), config.port("8")),
        (Some(0), Some(7), None)
    );
    assert_eq!(config.notes, []);
    // 60 s in the same ticks.
    assert_eq!(config.switch.announce_ticks, 56);
}

#[test]
fn servers_own_addresses() {
    let own = |text: &str, name: &str, value: &str| {
        let name = format!("name = \"{name}\"");
        text.replacen(&name, &format!("{name}\n  address = {value}"), 1)
    };
    // One as a text, several as a list.
    let text = own(FIG2, "s220", "\"192.31.65.20\"");
    let text = own(&text, "s250", "[\"192.31.65.50\", \"2001:db8:65::50\"]");
    let plan = image::plan(&parse(&text)).expect("it fits");
    let expected = [
        ("192.31.65.20", 1),
        ("192.31.65.50", 4),
        ("2001:db8:65::50", 4),
    ];
    assert_eq!(
        plan.image.server_addresses,
        expected.map(|(text, server)| (text.parse().expect("an address"), server))
    );
    // Numbers are kept where a card has given them.
    let numbers = [(MacAddress([2, 0, 0, 0, 2, 0x20]), 77)].into();
    let plan = image::plan_keeping(&parse(&text), &numbers).expect("it fits");
    assert_eq!(plan.image.server_addresses[0].1, 77);
}

#[test]
fn a_file_of_nothing_is_a_switch() {
    let config = parse("");
    assert_eq!((config.switch.ports, config.clusters.len()), (8, 0));
    let plan = image::plan(&config).expect("an empty plan");
    assert_eq!(plan.image.logical_ports[2].flood, 0b1111_1011);
}

#[test]
fn the_plan_of_fig2() {
    let plan = image::plan(&parse(FIG2)).expect("it fits");
    let image = &plan.image;
    // Six services and echo at two addresses; ports before whole protocols.
    assert_eq!(image.services.len(), 14);
    assert!(
        image.services[..6]
            .iter()
            .all(|service| service.ports.is_some())
    );
    assert_eq!(image.virtual_macs, [MacAddress([2, 0, 0x5e, 0, 0x65, 1])]);
    assert_eq!(
        (
            plan.server("s230"),
            plan.router("r270"),
            plan.server("r270")
        ),
        (Some(2), Some(1025), None)
    );
    assert_eq!(image.members[&1025].logical_port, 1);
    let address = |text: &str| text.parse::<IpAddr>().expect("an address");
    let expected = [
        ("192.31.65.2", 0),
        ("fe80::ff:fe00:260", 0),
        ("192.31.65.3", 1),
        ("fe80::ff:fe00:270", 1),
        ("192.31.65.4", 2),
        ("fe80::ff:fe00:280", 2),
    ];
    assert_eq!(
        image.router_addresses,
        expected.map(|(text, router)| (address(text), router))
    );
    assert_eq!(image.server_addresses, []);
    assert_eq!(image.host_addresses, [address("192.31.65.5")]);
    let vips: Vec<_> = image
        .vips
        .iter()
        .map(|vip| (vip.address, vip.virtual_mac))
        .collect();
    assert_eq!(
        vips,
        [(address("192.31.65.1"), 0), (address("2001:db8:65::1"), 0)]
    );
    let servers = BTreeSet::from_iter(0..5);
    assert!(image.vips.iter().all(|vip| vip.servers == servers));
    // Routers reach all, servers the routers only.
    let logical = &image.logical_ports;
    assert_eq!((logical.len(), image.announce), (8, 56));
    assert_eq!(logical[0].flood, 0b1111_1110);
    assert_eq!(logical[5].flood, 0b0000_0111);
    assert_eq!((logical[0].server, logical[0].announce), (false, true));
    assert_eq!((logical[5].server, logical[5].announce), (true, false));
    // 128 buckets for each of five servers, rounded up; the same for three routers.
    assert_eq!(image.services[0].buckets.log2, 10);
    let pool = image.pools[&2];
    assert_eq!((pool.flows.log2, pool.assignment.log2), (9, 3));
    assert!(!pool.drop_advertisements && !image.services[0].source_virtual);
    assert_eq!(image.buckets.len(), 1024 + 512 + 8);
    // Servers are told the routers in turn.
    let assigned = &image.buckets[pool.assignment.base as usize..][..5];
    let first: Vec<_> = assigned.iter().map(|bucket| bucket.first).collect();
    assert_eq!(first, [1024, 1025, 1026, 1024, 1025].map(Some));
    for server in 0..5 {
        let share = image.buckets[..1024]
            .iter()
            .filter(|bucket| bucket.first == Some(server))
            .count();
        assert!((180..=230).contains(&share), "{share} of 1024 buckets");
    }
    let apart = |bucket: &Bucket| bucket.second.is_some() && bucket.first != bucket.second;
    assert!(image.buckets.iter().all(apart));
}

#[test]
fn states_weights_and_roles_in_the_plan() {
    let text = FIG2
        .replacen("state = \"ready\"", "state = \"maintenance\"", 1)
        .replacen("name = \"s220\"", "name = \"s220\"\n  state = \"drain\"", 1)
        .replacen("name = \"s230\"", "name = \"s230\"\n  weight = 0", 1)
        .replacen("\"esp\"", "\"ipsec\", \"any\"", 1)
        .replacen("role = \"router\"", "role = \"server\"", 1);
    let plan = image::plan(&parse(&text)).expect("it fits");
    let state = |number: u16| {
        let member = &plan.image.members[&number];
        (member.up, member.draining, member.up_on_link)
    };
    assert_eq!(state(0), (false, false, false));
    assert_eq!(state(1), (true, true, true));
    assert_eq!(state(2), (true, true, true));
    assert_eq!(state(3), (true, false, true));
    let first = |number| {
        plan.image.buckets[..1024]
            .iter()
            .filter(|b| b.first == Some(number))
            .count()
    };
    assert_eq!((first(2), first(1) > 0), (0, true));
    // A port said to carry servers is kept apart from those of all servers.
    assert_eq!(plan.image.logical_ports[0].flood, 0b0000_0110);
    assert!(plan.image.logical_ports[0].server);
    let services = &plan.image.services;
    // "ipsec" keeps clients together, and so does an address for all its services.
    assert!(services.iter().all(|service| service.client_persistence));
    assert!(plan.image.vips.iter().all(|vip| vip.persistent));
    assert!(
        services[services.len() - 2..]
            .iter()
            .all(|service| service.protocol.is_none())
    );
}

#[test]
fn what_holds_for_flows_in_the_plan() {
    let text = FIG2
        .replacen("persistence = \"none\"", "persistence = \"client\"", 1)
        .replacen(
            "# persistence_prefix = 32",
            "persistence_prefix_ipv6 = 56",
            1,
        )
        .replacen("on_down = \"move\"", "on_down = \"keep\"", 1)
        .replacen("policy = \"hash\"", "policy = \"least-load\"", 1)
        .replacen("tcp = \"900s\"", "tcp = \"1s\"", 1)
        .replacen("udp = \"300s\"", "udp = \"4396s\"", 1);
    let image = image::plan(&parse(&text)).expect("it fits").image;
    assert_eq!(image.client_bits, (32, 56));
    let expected = ClusterSetup {
        tcp: 1,
        udp: 4095,
        ipsec: 3353,
        other: 56,
        fin: 112,
        rst: 10,
        unconfirmed: 56,
        bypass: false,
        keep: true,
    };
    assert_eq!(image.clusters, [expected]);
    assert!(
        image
            .vips
            .iter()
            .all(|vip| vip.persistent && vip.cluster == 0)
    );
    let services = image.services.iter();
    assert!(
        services
            .into_iter()
            .all(|service| service.client_persistence && service.least_load)
    );
    let bypass = FIG2.replacen("replies = \"through\"", "replies = \"bypass\"", 1);
    let image = image::plan(&parse(&bypass)).expect("it fits").image;
    assert!(image.clusters[0].bypass && !image.clusters[0].keep);
    assert_eq!(image.clusters[0].tcp, ClusterSetup::default().tcp);
}

#[test]
fn echo_goes_to_the_servers_of_the_first_cluster_that_wants_it() {
    let echo = |text: &str| {
        let image = image::plan(&parse(text)).expect("it fits").image;
        let services = image.services.into_iter();
        let echo = services.filter(|service| matches!(service.protocol, Some(1 | 58)));
        echo.map(|service| {
            (
                service.address.to_string(),
                service.protocol,
                service.cluster,
            )
        })
        .collect::<Vec<_>>()
    };
    let (v4, v6) = ("192.31.65.1".to_owned(), "2001:db8:65::1".to_owned());
    assert_eq!(
        echo(FIG2),
        [(v4.clone(), Some(1), 0), (v6.clone(), Some(58), 0)]
    );
    let drop = FIG2.replacen("echo = \"server\"", "echo = \"drop\"", 1);
    assert_eq!(echo(&drop), []);
    assert_eq!(echo(&FIG2.replacen("\"esp\"", "\"any\"", 1)), []);
    let own = echo(&FIG2.replacen("\"esp\"", "\"icmp\"", 1));
    assert_eq!(
        own.len(),
        3,
        "icmp at both addresses, icmpv6 where it is asked for"
    );
    let second = "[[cluster]]\nname = \"second\"\naddresses = [\"192.31.65.1\"]\n\
        virtual_mac = \"02:00:5e:00:65:01\"\nservices = [\"tcp/25\"]";
    assert_eq!(echo(&format!("{drop}\n{second}\n")), [(v4, Some(1), 1)]);
}

#[test]
fn a_server_of_two_clusters_has_its_greatest_weight() {
    let config = with_second_cluster(
        "addresses = [\"192.31.65.9\"]\nvirtual_mac = \"02:00:5e:00:65:09\"\nservices = [\"any\"]\n\
         [[cluster.server]]\nname = \"s220\"\nport = 4\nweight = 7\nmac = \"02:00:00:00:02:20\"",
    );
    let plan = image::plan(&config.expect("the same server")).expect("it fits");
    assert_eq!(plan.image.members[&1].weight, 7);
    let vips: Vec<u8> = plan.image.vips.iter().map(|vip| vip.cluster).collect();
    assert_eq!(vips, [0, 0, 1]);
}

#[test]
fn clusters_that_share_an_address_are_one_vip() {
    let config = with_second_cluster(
        "addresses = [\"192.31.65.1\"]\nvirtual_mac = \"02:00:5e:00:65:01\"\nservices = [\"tcp/25\"]\n\
         [[cluster.server]]\nname = \"mail\"\nmac = \"02:00:00:00:03:10\"\nport = 7",
    );
    let plan = image::plan(&config.expect("services apart")).expect("it fits");
    let servers: Vec<_> = plan
        .image
        .vips
        .iter()
        .map(|vip| vip.servers.len())
        .collect();
    assert_eq!(servers, [6, 5]);
}
