//! What is refused and what is noted, with line and remedy.

use flowswitch::image;

use crate::file::{FIG2, line_of, one_error, parse, with_second_cluster};

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
