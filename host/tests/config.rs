//! The configuration: every word of Fig. 2's file, every error with its line and remedy, and no text that makes the
//! reader fail otherwise.

use std::collections::BTreeSet;
use std::net::IpAddr;

use flowswitch::config::{Config, State};
use flowswitch::image;
use flowswitch_driver::image::{Bucket, MacAddress};
use proptest::prelude::*;

const FIG2: &str = include_str!("../examples/fig2.toml");

fn parse(text: &str) -> Config {
    Config::parse("test.toml", text).unwrap_or_else(|error| panic!("{:?}", error.problems))
}

/// Replaces a line of Fig. 2's file and gives the errors as `line: message / remedy`.
fn errors(replacements: &[(&str, &str)]) -> Vec<String> {
    let mut text = FIG2.to_owned();
    for (from, to) in replacements {
        assert!(text.contains(from), "{from} is not in the file");
        text = text.replacen(from, to, 1);
    }
    let error = Config::parse("test.toml", &text).expect_err("a wrong configuration");
    let line =
        |p: &flowswitch::config::Problem| format!("{}: {} / {}", p.line(), p.message(), p.remedy());
    error.problems.iter().map(line).collect()
}

/// Line of a text in Fig. 2's file.
fn line_of(text: &str) -> usize {
    1 + FIG2
        .lines()
        .position(|line| line.contains(text))
        .expect("a line of the file")
}

#[track_caller]
fn one_error(replacements: &[(&str, &str)], line: usize, message: &str, remedy: &str) {
    let errors = errors(replacements);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(
        errors[0].starts_with(&format!("{line}: ")),
        "line {line}: {}",
        errors[0]
    );
    let (found, advice) = errors[0].split_once(" / ").expect("message and remedy");
    assert!(found.contains(message), "{message}: {found}");
    assert!(advice.contains(remedy), "{remedy}: {advice}");
}

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
    let keys: Vec<&str> = config.notes.iter().map(|note| note.key.as_str()).collect();
    assert_eq!(keys, ["cluster.web.check"]);
    // 60 s in the same ticks.
    assert_eq!(config.switch.announce_ticks, 56);
}

#[test]
fn a_file_of_nothing_is_a_switch() {
    let config = parse("");
    assert_eq!((config.switch.ports, config.clusters.len()), (8, 0));
    let plan = image::plan(&config).expect("an empty plan");
    assert_eq!(plan.image.logical_ports[2].flood, 0b1111_1011);
}

#[test]
fn wrong_words_are_named_with_line_and_remedy() {
    one_error(
        &[("virtual_mac =", "virtual_mca =")],
        line_of("virtual_mac ="),
        "unknown key `virtual_mca` in [[cluster]]",
        "did you mean `virtual_mac`?",
    );
    one_error(
        &[("[switch]", "[swich]")],
        line_of("[switch]"),
        "unknown key `swich`",
        "`switch`",
    );
    one_error(
        &[("policy = \"hash\"", "policy = \"hsah\"")],
        line_of("policy ="),
        "`policy` cannot be \"hsah\"",
        "`hash`",
    );
    one_error(
        &[("ports = 8", "ports = 9")],
        line_of("ports = 8"),
        "out of range",
        "2 to 8",
    );
    one_error(
        &[("ports = 8", "ports = \"8\"")],
        line_of("ports = 8"),
        "`ports` is text",
        "a whole number",
    );
    one_error(
        &[("port = 7", "port = 8")],
        line_of("port = 7"),
        "`port = 8` is out of range",
        "0 to 7",
    );
    one_error(
        &[("port = 7", "port = \"r261\"")],
        line_of("port = 7"),
        "no port is called \"r261\"",
        "`r260`",
    );
    one_error(
        &[("weight = 1 ", "weight = 256 ")],
        line_of("weight = 1 "),
        "out of range",
        "0 to 255",
    );
    one_error(
        &[("announce = \"60s\"", "announce = \"60\"")],
        line_of("announce ="),
        "not a span of time",
        "\"60s\"",
    );
    one_error(
        &[("udp = \"300s\"", "udp = \"0s\"")],
        line_of("udp = \"300s\""),
        "out of range",
        "1 s",
    );
    one_error(
        &[("\"tcp/443\"", "\"tcp/443-442\"")],
        line_of("services ="),
        "ends before it begins",
        "FROM-TO",
    );
    one_error(
        &[("\"esp\"", "\"esp/1\"")],
        line_of("services ="),
        "has none",
        "PROTOCOL",
    );
    one_error(
        &[("name = \"s220\"", "nam = \"s220\"")],
        line_of("\"s220\""),
        "unknown key `nam`",
        "`name`",
    );
    one_error(
        &[("name = \"web\"", "# ")],
        line_of("[[cluster]]"),
        "[[cluster]] lacks `name`",
        "add a line",
    );
    one_error(
        &[("unknown = ", "unknown ")],
        line_of("unknown ="),
        "",
        "toml.io",
    );
}

#[test]
fn wrong_addresses_are_named_with_line_and_remedy() {
    let mac = |text: &'static str| [("02:00:00:00:02:20", text)];
    let line = line_of("02:00:00:00:02:20");
    one_error(
        &mac("03:00:00:00:02:20"),
        line,
        "group address",
        "first octet even",
    );
    one_error(&mac("00:00:00:00:00:00"), line, "all zero", "one station");
    one_error(
        &mac("02:00:00:00:02"),
        line,
        "not an Ethernet address",
        "one station",
    );
    one_error(
        &mac("02:00:00:00:02:10"),
        line,
        "belongs to server \"s210\" and to server \"s220\"",
        "of its own",
    );
    one_error(
        &mac("02:00:5e:00:65:01"),
        line,
        "belongs to a virtual MAC and to server \"s220\"",
        "of its own",
    );
    one_error(
        &[("name = \"s220\"", "name = \"s210\"")],
        line_of("\"s220\""),
        "two servers of a cluster are called",
        "of its own",
    );
    let address = "\"192.31.65.1\"";
    one_error(
        &[(address, "\"192.31.65.2\"")],
        line_of("2001:db8:65::1"),
        "belongs to cluster \"web\" and to router \"r260\"",
        "no other station",
    );
    one_error(
        &[(address, "\"224.0.0.1\"")],
        line_of("2001:db8:65::1"),
        "multicast",
        "one station",
    );
    one_error(
        &[("\"192.31.65.3\"", "\"192.31.65.2\"")],
        line_of("192.31.65.3"),
        "router \"r260\" and to router \"r270\"",
        "of its own",
    );
    one_error(
        &[("192.31.65.5/24", "192.31.65.5/33")],
        line_of("192.31.65.5/24"),
        "not a prefix length",
        "0 to 32",
    );
}

/// A second cluster behind Fig. 2's file.
fn with_second_cluster(lines: &str) -> Result<Config, Vec<String>> {
    let text = format!("{FIG2}\n[[cluster]]\nname = \"second\"\n{lines}\n");
    let messages = |error: flowswitch::config::ConfigError| {
        error
            .problems
            .iter()
            .map(|problem| problem.message().to_owned())
            .collect()
    };
    Config::parse("test.toml", &text).map_err(messages)
}

#[test]
fn clusters_may_share_an_address_but_no_service() {
    let shared = "addresses = [\"192.31.65.1\"]\nvirtual_mac = \"02:00:5e:00:65:01\"\n";
    assert!(with_second_cluster(&format!("{shared}services = [\"tcp/25\"]")).is_ok());
    let errors =
        with_second_cluster(&format!("{shared}services = [\"tcp/400-500\"]")).expect_err("overlap");
    assert_eq!(
        errors,
        [
            "services tcp/443 and tcp/400-500 of clusters \"web\" and \"second\" overlap at 192.31.65.1"
        ]
    );
    let other = shared.replace("65:01", "65:02");
    let errors =
        with_second_cluster(&format!("{other}services = [\"tcp/25\"]")).expect_err("two MACs");
    assert_eq!(
        errors,
        ["clusters \"web\" and \"second\" share 192.31.65.1 but not its virtual MAC"]
    );
}

#[test]
fn a_server_of_two_clusters_is_one_server() {
    let rest = "addresses = [\"192.31.65.9\"]\nvirtual_mac = \"02:00:5e:00:65:09\"\nservices = [\"any\"]\n\
        [[cluster.server]]\nname = \"s220\"\nport = 4\n";
    let config = with_second_cluster(&format!("{rest}mac = \"02:00:00:00:02:20\""))
        .expect("the same server");
    let plan = image::plan(&config).expect("it fits");
    assert_eq!((plan.servers.len(), plan.server("s220")), (5, Some(1)));
    let errors = with_second_cluster(&format!("{rest}mac = \"02:00:00:00:02:21\""))
        .expect_err("another MAC");
    assert_eq!(errors, ["server \"s220\" is described in two ways"]);
}

#[test]
fn what_does_not_fit_into_the_card_is_refused() {
    let services: Vec<String> = (0..33)
        .map(|port| format!("\"tcp/{}\"", port + 1))
        .collect();
    let services = format!("services = [{}]", services.join(", "));
    let old = FIG2
        .lines()
        .find(|line| line.starts_with("services ="))
        .expect("a line");
    // 33 services at two addresses.
    one_error(
        &[(old, &services)],
        line_of("services ="),
        "more than 64 services",
        "ranges of ports",
    );
}

#[test]
fn keys_of_later_are_noted_when_they_ask_for_more() {
    let text = FIG2
        .replacen("policy = \"hash\"", "policy = \"least-load\"", 1)
        .replacen("tcp = \"900s\"", "tcp = \"600s\"", 1)
        .replacen("assign = \"round-robin\"", "assign = \"load\"", 1)
        // What the card does now is noted no more.
        .replacen("announce = \"60s\"", "announce = \"10s\"", 1)
        .replacen("source_mac = \"keep\"", "source_mac = \"virtual\"", 1)
        .replacen("# vlans = [10, \"100-199\"]", "vlans = [10]", 1)
        .replacen("ra = \"pass\"", "ra = \"drop\"", 1);
    let notes = parse(&text).notes;
    let keys: Vec<&str> = notes.iter().map(|note| note.key.as_str()).collect();
    let expected = [
        "cluster.web.policy",
        "cluster.web.timeouts.tcp",
        "cluster.web.check",
        "router_pool.edge.assign",
        "router_pool.edge.router.r260",
    ];
    assert_eq!(keys, expected);
    assert_eq!(notes[0].line, line_of("policy ="));
}

#[test]
fn the_plan_of_fig2() {
    let plan = image::plan(&parse(FIG2)).expect("it fits");
    let image = &plan.image;
    // Six services at two addresses; ports before whole protocols.
    assert_eq!(image.services.len(), 12);
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
    let persistent: Vec<_> = services
        .iter()
        .filter(|s| s.client_persistence)
        .map(|s| s.protocol)
        .collect();
    assert_eq!(
        persistent,
        [
            Some(17),
            Some(17),
            Some(17),
            Some(17),
            Some(50),
            Some(51),
            Some(50),
            Some(51)
        ]
    );
    assert!(
        services[services.len() - 2..]
            .iter()
            .all(|service| service.protocol.is_none())
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..40, prop::sample::select(vec![
                "", "\"", "[", "]", "[[", "=", "\n", "é", "-1", "99999999999999999999", "{", "}", "1.5", "true",
                "[[cluster]]\n", "port = \"é\"\n", "name = \"\"\n", "\u{0}", "a.b = 1\n", "[[[[[[[[", "1979-05-27",
            ])),
            0..6,
        )
    ) {
        let mut text = FIG2.to_owned();
        for (place, cut, insert) in edits {
            let place = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.floor_char_boundary((place + cut).min(text.len()));
            text.replace_range(place..end.max(place), insert);
        }
        match Config::parse("test.toml", &text) {
            Ok(config) => prop_assert!(image::plan(&config).is_ok()),
            Err(error) => for problem in error.problems {
                prop_assert!(problem.line() <= text.lines().count() + 1);
                let shown = format!("{:?}", miette::Report::new(problem));
                prop_assert!(shown.contains("help"));
            }
        }
    }

    #[test]
    fn no_random_text_makes_the_reader_panic(text in any::<String>()) {
        if let Ok(config) = Config::parse("test.toml", &text) {
            prop_assert!(config.clusters.is_empty());
        }
    }
}
