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
fn a_server_s_own_address_is_its_alone() {
    let with = |lines: &'static str| [("name = \"s220\"", lines)];
    let line = line_of("name = \"s220\"") + 1;
    for (text, message, remedy) in [
        (
            "name = \"s220\"\n  address = [\"192.31.65.2\"]",
            "192.31.65.2 belongs to server \"s220\" and to router \"r260\"",
            "of its own",
        ),
        (
            "name = \"s220\"\n  address = \"192.31.65.5\"",
            "192.31.65.5 belongs to the host and to server \"s220\"",
            "of its own",
        ),
        (
            "name = \"s220\"\n  address = [\"192.31.65.10\", \"2001:db8:65::1\"]",
            "2001:db8:65::1 belongs to cluster \"web\" and to server \"s220\"",
            "no other station",
        ),
        (
            "name = \"s220\"\n  address = [\"192.31.65.10\", \"192.31.65.10\"]",
            "192.31.65.10 belongs to server \"s220\" and to server \"s220\"",
            "of its own",
        ),
        (
            "name = \"s220\"\n  address = []",
            "`address` is empty",
            "at least one",
        ),
        (
            "name = \"s220\"\n  address = 7",
            "`address` is a whole number",
            "text in quotes, or a list",
        ),
        (
            "name = \"s220\"\n  address = [\"192.31.65.10\", 7]",
            "`address` holds a whole number",
            "in quotes",
        ),
        (
            "name = \"s220\"\n  address = [\"192.31.65.10/24\"]",
            "\"192.31.65.10/24\" in `address` is not an IP address",
            "without a prefix length",
        ),
        (
            "name = \"s220\"\n  address = \"ff02::1\"",
            "is a multicast address",
            "one station",
        ),
    ] {
        let place = match message {
            // The pair is told where the later one of the checks stands.
            _ if message.contains("r260") => line_of("192.31.65.2\"") + 1,
            _ if message.contains("cluster") => line_of("2001:db8:65::1"),
            _ => line,
        };
        one_error(&with(text), place, message, remedy);
    }
    let two = [
        (
            "name = \"s220\"",
            "name = \"s220\"\n  address = \"192.31.65.10\"",
        ),
        (
            "name = \"s230\"",
            "name = \"s230\"\n  address = [\"192.31.65.10\"]",
        ),
    ];
    one_error(
        &two,
        line_of("name = \"s230\"") + 2,
        "192.31.65.10 belongs to server \"s220\" and to server \"s230\"",
        "of its own",
    );
}

#[test]
fn servers_of_two_clusters_have_the_same_addresses() {
    let second = |address: &str| {
        let text = FIG2.replacen(
            "name = \"s220\"",
            "name = \"s220\"\n  address = [\"192.31.65.10\", \"2001:db8:65::a\"]",
            1,
        );
        let text = format!(
            "{text}\n[[cluster]]\nname = \"second\"\naddresses = [\"192.31.65.9\"]\n\
             virtual_mac = \"02:00:5e:00:65:09\"\nservices = [\"any\"]\n[[cluster.server]]\nname = \"s220\"\n\
             port = 4\nmac = \"02:00:00:00:02:20\"\n{address}\n"
        );
        flowswitch::config::Config::parse("test.toml", &text)
    };
    // In whatever order.
    let config = second("address = [\"2001:db8:65::a\", \"192.31.65.10\"]").expect("the same");
    let plan = image::plan(&config).expect("it fits");
    assert_eq!(plan.image.server_addresses.len(), 2);
    for other in ["", "address = \"192.31.65.10\""] {
        let error = second(other).expect_err("not the same");
        assert_eq!(
            error.problems[0].message(),
            "server \"s220\" is described in two ways"
        );
    }
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
    // Addresses of 1,300 servers' worth, at one server.
    let own: Vec<String> = (0..1_300)
        .map(|number| format!("\"10.0.{}.{}\"", number / 256, number % 256))
        .filter(|address| !address.contains("10.0.0.0"))
        .collect();
    let own = format!("name = \"s220\"\n  address = [{}]", own.join(", "));
    one_error(
        &[("name = \"s220\"", &own)],
        line_of("name = \"s220\"") + 1,
        "more than 1280 addresses of clusters, routers, servers and the host",
        "fewer addresses",
    );
}

#[test]
fn ages_of_flows_have_bounds() {
    let old = "tcp = \"900s\"";
    for (new, right) in [
        ("4396s", true),
        ("1s", true),
        ("4398s", false),
        ("999ms", false),
    ] {
        let text = FIG2.replacen(old, &format!("tcp = \"{new}\""), 1);
        let found = flowswitch::config::Config::parse("test.toml", &text);
        assert_eq!(found.is_ok(), right, "{new}");
    }
    one_error(
        &[(old, "tcp = \"2h\"")],
        line_of(old),
        "`tcp = \"2h\"` is out of range",
        "from 1 s to 4396.973 s",
    );
}

#[test]
fn an_address_keeps_clients_together_or_not() {
    let shared = "addresses = [\"192.31.65.1\"]\nvirtual_mac = \"02:00:5e:00:65:01\"\n";
    let expected = "clusters \"web\" and \"second\" share 192.31.65.1 but differ in `persistence`";
    for lines in [
        "services = [\"tcp/25\"]\npersistence = \"client\"",
        "services = [\"ipsec\"]",
    ] {
        let text = format!("{FIG2}\n[[cluster]]\nname = \"second\"\n{shared}{lines}\n");
        let text = text.replacen("\"esp\", ", "", 1);
        let errors =
            flowswitch::config::Config::parse("test.toml", &text).expect_err("they differ");
        let messages: Vec<&str> = errors.problems.iter().map(|p| p.message()).collect();
        assert_eq!(messages, [expected], "{lines}");
        // The key that says so, or the service that demands it.
        let says = lines.lines().last().expect("a line");
        let file: Vec<&str> = text.lines().collect();
        let line = file.iter().rposition(|line| *line == says);
        assert_eq!(Some(errors.problems[0].line()), line.map(|line| line + 1));
    }
}

#[test]
fn the_card_has_one_prefix() {
    let persistent = "persistence = \"none\"";
    let second = |lines: &str| {
        let text = FIG2.replacen(
            persistent,
            "persistence = \"client\"\npersistence_prefix = 24",
            1,
        );
        let text = format!(
            "{text}\n[[cluster]]\nname = \"second\"\naddresses = [\"192.31.65.9\"]\n\
             virtual_mac = \"02:00:5e:00:65:09\"\nservices = [\"tcp/25\"]\n{lines}\n"
        );
        let config = flowswitch::config::Config::parse("test.toml", &text);
        config.map_err(|error| {
            let problems = error.problems.iter();
            problems
                .map(|p| format!("{} / {}", p.message(), p.remedy()))
                .collect::<Vec<_>>()
        })
    };
    let config = second("").expect("only one is persistent");
    assert_eq!(
        image::plan(&config).expect("it fits").image.client_bits,
        (24, 128)
    );
    let errors = second("persistence = \"client\"").expect_err("32 and 24");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with(
        "clusters \"web\" and \"second\" differ in `persistence_prefix`: 24 and 32 / the card has one"
    ));
    let same = "persistence = \"client\"\npersistence_prefix = 24\n";
    assert!(second(same).is_ok());
    let errors = second(&format!("{same}persistence_prefix_ipv6 = 64")).expect_err("128 and 64");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(second("persistence_prefix = 0").is_err());
    assert!(second("persistence_prefix = 33").is_err());
    let config = second("persistence_prefix = 16").expect("it is not asked");
    assert!(
        config
            .notes
            .iter()
            .any(|note| note.key == "cluster.second.persistence_prefix")
    );
}

#[test]
fn keys_of_later_are_noted_when_they_ask_for_more() {
    let text = FIG2
        .replacen("policy = \"hash\"", "policy = \"least-load\"", 1)
        .replacen("tcp = \"900s\"", "tcp = \"600s\"", 1)
        .replacen("mode = \"balance\"", "mode = \"availability\"", 1)
        .replacen("assign = \"round-robin\"", "assign = \"load\"", 1)
        // What is done now is noted no more.
        .replacen("all_down = \"keep\"", "all_down = \"drop\"", 1)
        .replacen("on_down = \"move\"", "on_down = \"keep\"", 1)
        .replacen("replies = \"through\"", "replies = \"bypass\"", 1)
        .replacen("echo = \"server\"", "echo = \"drop\"", 1)
        .replacen("announce = \"60s\"", "announce = \"10s\"", 1)
        .replacen("source_mac = \"keep\"", "source_mac = \"virtual\"", 1)
        .replacen("# vlans = [10, \"100-199\"]", "vlans = [10]", 1)
        .replacen("ra = \"pass\"", "ra = \"drop\"", 1);
    let notes = parse(&text).notes;
    let keys: Vec<&str> = notes.iter().map(|note| note.key.as_str()).collect();
    let expected = [
        "cluster.web.mode",
        "router_pool.edge.assign",
        "router_pool.edge.router.r260",
    ];
    assert_eq!(keys, expected);
    assert_eq!(notes[0].line, line_of("mode ="));
}

#[test]
fn what_a_word_means_besides_is_noted() {
    let keys = |from: &str, to: &str| {
        let text = FIG2
            .replacen("\"esp\"", to, 1)
            .replacen(from, "echo = \"drop\"", 1);
        let notes = parse(&text).notes.into_iter().map(|note| note.key);
        notes
            .filter(|key| key.starts_with("cluster.web."))
            .collect::<Vec<_>>()
    };
    let echo = "echo = \"server\"";
    assert_eq!(keys(echo, "\"any\""), ["cluster.web.echo"]);
    assert_eq!(keys(echo, "\"icmpv6\""), ["cluster.web.echo"]);
    assert_eq!(keys(echo, "\"ipsec\""), ["cluster.web.persistence"]);
    assert_eq!(keys(echo, "\"esp\""), Vec::<String>::new());
}
