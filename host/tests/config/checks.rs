//! Health checks in the file: what they say, what they ask, and what is refused.

use std::time::Duration;

use flowswitch::config::{AllDown, Config};
use flowswitch::image;
use flowswitch_health::{Check, DnsCheck, ExecCheck, Kind, Tls, Verify};

use crate::file::{FIG2, line_in, parse};

const KIND: &str = "  kind = \"http\"  ";

/// Fig. 2's file with other lines in its check.
fn with_check(lines: &str) -> String {
    let from = FIG2.find(KIND).expect("a check");
    let to = from + FIG2[from..].find("\n\n").expect("its end");
    format!("{}{lines}{}", &FIG2[..from], &FIG2[to..])
}

fn check_of(lines: &str) -> Check {
    let config = parse(&with_check(lines));
    let checks = &config.clusters[0].servers[0].checks;
    assert_eq!(checks.len(), 1);
    checks[0].value.clone()
}

/// The file's only error: on a line that holds a text, with message and remedy.
#[track_caller]
fn one_error(text: &str, line: &str, message: &str, remedy: &str) {
    let error = Config::parse("test.toml", text).expect_err("a wrong configuration");
    let problems: Vec<_> = error.problems.iter().map(|p| p.message()).collect();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = &error.problems[0];
    assert_eq!(problem.line(), line_in(text, line), "{problems:?}");
    assert!(problem.message().contains(message), "{}", problem.message());
    assert!(problem.remedy().contains(remedy), "{}", problem.remedy());
}

#[test]
fn fig2_is_checked_as_it_says() {
    let config = parse(FIG2);
    let cluster = &config.clusters[0];
    assert_eq!(
        (cluster.all_down, cluster.slow_start),
        (AllDown::Keep, Duration::ZERO)
    );
    for server in &cluster.servers {
        let check = &server.checks[0].value;
        let Kind::Http(http) = &check.kind else {
            panic!("{check:?}");
        };
        assert_eq!(
            (http.port, http.method.as_str(), http.path.as_str()),
            (80, "GET", "/")
        );
        assert_eq!((&http.status, &http.host), (&vec![(200, 399)], &None));
        assert_eq!(check.address, "192.31.65.1".parse().ok());
        assert_eq!(check.interval, Duration::from_secs(1));
        assert_eq!(check.fast_interval, Duration::from_secs(1));
        assert_eq!(check.timeout, Duration::from_millis(500));
        assert_eq!((check.jitter_percent, check.rise, check.fall), (10, 2, 3));
    }
}

#[test]
fn every_kind_and_its_defaults() {
    let check = check_of("kind = \"arp\"");
    assert_eq!(check.kind, Kind::Arp);
    assert_eq!(check.interval, Duration::from_secs(2));
    assert_eq!(check.timeout, Duration::from_secs(1));
    assert_eq!(check_of("kind = \"icmp\"").kind, Kind::Icmp);
    assert_eq!(
        check_of("kind = \"tcp\"\nport = 25").kind,
        Kind::Tcp { port: 25 }
    );
    let Kind::Https(http, tls) = check_of("kind = \"https\"").kind else {
        panic!("not https");
    };
    assert_eq!((http.port, http.path.as_str()), (443, "/"));
    let expected = Tls {
        server_name: None,
        verify: Verify::None,
    };
    assert_eq!(tls, expected);
    let expected = DnsCheck {
        port: 53,
        name: "example.com".to_owned(),
        record: "A".to_owned(),
        expect: None,
    };
    let dns = check_of("kind = \"dns\"\nname = \"example.com\"").kind;
    assert_eq!(dns, Kind::Dns(expected));
    let expected = ExecCheck {
        program: "/bin/true".into(),
        arguments: Vec::new(),
    };
    let exec = check_of("kind = \"exec\"\nprogram = \"/bin/true\"");
    assert_eq!(exec.kind, Kind::Exec(expected));
    let agent = check_of("kind = \"agent\"\nport = 9777").kind;
    let expected = Kind::Agent {
        port: 9777,
        send: String::new(),
    };
    assert_eq!(agent, expected);
    let passive = check_of("kind = \"passive\"");
    assert_eq!((passive.kind, passive.address), (Kind::Passive, None));
}

#[test]
fn every_key_is_taken() {
    let check = check_of(
        "kind = \"https\"\nport = 8443\nmethod = \"GET\"\npath = \"/health?full=1\"\nhost = \"www.example.com:8443\"\n\
         status = [\"200-299\", \"304\"]\nbody = \"status: (ok|up)\"\nserver_name = \"www.example.com\"\n\
         verify = \"/etc/ca.pem\"\naddress = \"192.31.65.1\"\ninterval = \"5s\"\nfast_interval = \"200ms\"\n\
         timeout = \"3s\"\njitter = \"25%\"\nrise = 1\nfall = 255",
    );
    let Kind::Https(http, tls) = &check.kind else {
        panic!("{check:?}");
    };
    assert_eq!((http.port, http.path.as_str()), (8443, "/health?full=1"));
    assert_eq!(http.host.as_deref(), Some("www.example.com:8443"));
    assert_eq!(http.status, [(200, 299), (304, 304)]);
    assert!(
        http.body
            .as_ref()
            .is_some_and(|body| body.is_match(b"{status: up}"))
    );
    assert_eq!(tls.server_name.as_deref(), Some("www.example.com"));
    assert_eq!(tls.verify, Verify::File("/etc/ca.pem".into()));
    let times = [check.interval, check.fast_interval, check.timeout];
    assert_eq!(times, [5000, 200, 3000].map(Duration::from_millis));
    assert_eq!((check.jitter_percent, check.rise, check.fall), (25, 1, 255));
    let dns = check_of(
        "kind = \"dns\"\nport = 5353\nname = \"_a.example.com.\"\nrecord = \"AAAA\"\nexpect = \"2001:db8::9\"\njitter = 0",
    );
    let expected = DnsCheck {
        port: 5353,
        name: "_a.example.com.".to_owned(),
        record: "AAAA".to_owned(),
        expect: "2001:db8::9".parse().ok(),
    };
    assert_eq!((dns.kind, dns.jitter_percent), (Kind::Dns(expected), 0));
    let exec = check_of("kind = \"exec\"\nprogram = \"/bin/a\"\narguments = [\"-v\", \"x y\"]");
    let expected = ExecCheck {
        program: "/bin/a".into(),
        arguments: vec!["-v".to_owned(), "x y".to_owned()],
    };
    assert_eq!(exec.kind, Kind::Exec(expected));
    let agent = check_of("kind = \"agent\"\nport = 9777\nsend = \"web\\n\"").kind;
    let expected = Kind::Agent {
        port: 9777,
        send: "web\n".to_owned(),
    };
    assert_eq!(agent, expected);
    // What is not written follows what is.
    let short = check_of("kind = \"icmp\"\ninterval = \"100ms\"");
    assert_eq!(short.timeout, short.interval);
}

#[test]
fn wrong_values_are_named_with_line_and_remedy() {
    let cases = [
        (
            "kind = \"htpp\"",
            "`kind` cannot be \"htpp\"",
            "did you mean `http`?",
        ),
        ("port = 80", "[[cluster.check]] lacks `kind`", "add a line"),
        (
            "kind = \"tcp\"",
            "[[cluster.check]] lacks `port`",
            "add a line",
        ),
        ("kind = \"agent\"", "lacks `port`", "add a line"),
        ("kind = \"dns\"", "lacks `name`", "add a line"),
        ("kind = \"exec\"", "lacks `program`", "add a line"),
        (
            "kind = \"tcp\"\nport = 1\npaht = \"/\"",
            "unknown key `paht`",
            "did you mean `path`?",
        ),
        (
            "kind = \"tcp\"\nport = 1\npath = \"/\"",
            "`path` means nothing to a check of kind \"tcp\"",
            "takes port, address",
        ),
        (
            "kind = \"passive\"\nrise = 1",
            "kind \"passive\"",
            "takes no other key",
        ),
        (
            "kind = \"exec\"\nprogram = \"true\"",
            "whole path",
            "from the root on",
        ),
        (
            "kind = \"http\"\npath = \"health\"",
            "is not a path",
            "a slash first",
        ),
        ("kind = \"http\"\npath = \"/a b\"", "is not a path", "%20"),
        (
            "kind = \"http\"\nhost = \"a\\r\\nX: y\"",
            "`Host` header",
            "a name",
        ),
        (
            "kind = \"http\"\nmethod = \"POST\"",
            "cannot be \"POST\"",
            "GET, HEAD",
        ),
        (
            "kind = \"http\"\nstatus = []",
            "no answer would be good",
            "100 to 599",
        ),
        (
            "kind = \"http\"\nstatus = [\"299-200\"]",
            "no status code",
            "\"200-299\"",
        ),
        (
            "kind = \"http\"\nstatus = [\"600\"]",
            "no status code",
            "100 to 599",
        ),
        (
            "kind = \"http\"\nstatus = [200]",
            "`status` holds a whole number",
            "in quotes",
        ),
        (
            "kind = \"http\"\nbody = \"a(b\"",
            "unclosed group",
            "backslash",
        ),
        (
            "kind = \"http\"\nmethod = \"HEAD\"\nbody = \"ok\"",
            "an answer to HEAD has none",
            "GET",
        ),
        (
            "kind = \"https\"\nverify = \"yes\"",
            "`verify` cannot be \"yes\"",
            "\"system\"",
        ),
        (
            "kind = \"https\"\nserver_name = \"a b\"",
            "not the name of a host",
            "certificate",
        ),
        (
            "kind = \"dns\"\nname = \"a..b\"",
            "not a domain name",
            "example.com",
        ),
        (
            "kind = \"dns\"\nname = \"a\"\nrecord = \"MX\"",
            "cannot be \"MX\"",
            "SOA",
        ),
        (
            "kind = \"dns\"\nname = \"a\"\nexpect = \"2001:db8::1\"",
            "kind A never holds",
            "AAAA",
        ),
        (
            "kind = \"icmp\"\ninterval = \"500us\"",
            "out of range",
            "from 1 ms",
        ),
        (
            "kind = \"icmp\"\ninterval = \"1s\"\ntimeout = \"2s\"",
            "`timeout` is longer than `interval`",
            "before the next",
        ),
        (
            "kind = \"icmp\"\ntimeout = \"3s\"",
            "which is 2 s",
            "before the next",
        ),
        (
            "kind = \"icmp\"\ninterval = \"1s\"\nfast_interval = \"2s\"",
            "longer than `interval`",
            "the shorter one",
        ),
        (
            "kind = \"icmp\"\njitter = \"51%\"",
            "`jitter`",
            "to \"50%\"",
        ),
        ("kind = \"icmp\"\njitter = \"x\"", "`jitter`", "to \"50%\""),
        ("kind = \"icmp\"\njitter = -1", "`jitter`", "to \"50%\""),
        ("kind = \"icmp\"\nrise = 0", "out of range", "from 1 to 255"),
        (
            "kind = \"icmp\"\nfall = 256",
            "out of range",
            "from 1 to 255",
        ),
        (
            "kind = \"icmp\"\naddress = \"theirs\"",
            "not an IP address",
            "\"own\"",
        ),
        (
            "kind = \"icmp\"\naddress = \"224.0.0.1\"",
            "multicast",
            "one station",
        ),
        (
            "kind = \"icmp\"\naddress = \"2001:db8:65::1\"",
            "[host] with an IPv6 address",
            "`addresses` of [host]",
        ),
    ];
    for (lines, message, remedy) in cases {
        let missing = message.contains("lacks");
        let line = if missing {
            "[[cluster.check]]"
        } else {
            lines.lines().last().expect("a line")
        };
        one_error(&with_check(lines), line, message, remedy);
    }
}

#[test]
fn a_check_asks_the_shared_address_or_another() {
    let own = |check: &str| {
        let text = with_check(check).replacen(
            "name = \"s220\"",
            "name = \"s220\"\n  address = \"192.31.65.220\"",
            1,
        );
        text.replacen("192.31.65.5/24", "192.31.65.5/24\", \"2001:db8:65::5/64", 1)
    };
    let asked = |check: &str| {
        let config = parse(&own(check));
        let servers = &config.clusters[0].servers;
        servers[1].checks[0]
            .value
            .address
            .map(|address| address.to_string())
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(asked("kind = \"icmp\""), text("192.31.65.1"));
    assert_eq!(
        asked("kind = \"icmp\"\naddress = \"shared\""),
        text("192.31.65.1")
    );
    assert_eq!(
        asked("kind = \"icmp\"\naddress = \"2001:db8:65::1\""),
        text("2001:db8:65::1")
    );
    // A host with IPv6 alone asks the cluster's IPv6 address.
    let ipv6 = FIG2.replacen("192.31.65.5/24", "2001:db8:65::5/64", 1);
    let address = parse(&ipv6).clusters[0].servers[0].checks[0].value.address;
    assert_eq!(address, "2001:db8:65::1".parse().ok());
    // Each server has an address of its own, or the check cannot ask for it.
    let servers = ["s210", "s230", "s240", "s250"];
    let error = Config::parse("test.toml", &own("kind = \"icmp\"\naddress = \"own\""));
    let error = error.expect_err("four have none");
    let messages: Vec<_> = error
        .problems
        .iter()
        .map(|p| p.message().to_owned())
        .collect();
    let expected = servers.map(|name| {
        format!("server \"{name}\" has no `address` of its own that a check could ask")
    });
    assert_eq!(messages, expected);
    let all = servers.iter().zip(10..).fold(
        own("kind = \"icmp\"\naddress = \"own\""),
        |text, (name, last)| {
            let name = format!("name = \"{name}\"");
            text.replacen(
                &name,
                &format!("{name}\n  address = \"192.31.65.{last}\""),
                1,
            )
        },
    );
    let config = parse(&all);
    let addresses = config.clusters[0].servers.iter();
    let addresses: Vec<String> = addresses
        .filter_map(|server| server.checks[0].value.address)
        .map(|address| address.to_string())
        .collect();
    assert_eq!(
        addresses,
        [
            "192.31.65.10",
            "192.31.65.220",
            "192.31.65.11",
            "192.31.65.12",
            "192.31.65.13"
        ]
    );
    // Of several the first of a family that the host has.
    let several = "[\"2001:db8:65::dc\", \"192.31.65.220\"]";
    let several = all.replacen("\"192.31.65.220\"", several, 1);
    let asks = |text: &str| parse(text).clusters[0].servers[1].checks[0].value.address;
    assert_eq!(asks(&several), "2001:db8:65::dc".parse().ok());
    let ipv4_host = several.replacen("\", \"2001:db8:65::5/64", "", 1);
    assert_eq!(asks(&ipv4_host), "192.31.65.220".parse().ok());
    one_error(
        &all.replacen("192.31.65.11", "192.31.65.2", 1),
        "addresses = [\"192.31.65.2\"",
        "belongs to server \"s230\" and to router \"r260\"",
        "of its own",
    );
}

#[test]
fn only_programs_and_links_need_no_host() {
    let no_host = |lines: &str| {
        let text = with_check(lines);
        let from = text.find("[host]").expect("a host");
        let to = from + text[from..].find("\n\n").expect("its end");
        format!("{}{}", &text[..from], &text[to..])
    };
    let address = |lines: &str| {
        parse(&no_host(lines)).clusters[0].servers[0].checks[0]
            .value
            .address
    };
    assert_eq!(address("kind = \"passive\""), None);
    // A program is told whom it is about.
    let exec = "kind = \"exec\"\nprogram = \"/bin/true\"";
    assert_eq!(address(exec), "192.31.65.1".parse().ok());
    for lines in [
        "kind = \"arp\"",
        "kind = \"icmp\"",
        "kind = \"tcp\"\nport = 1",
        "kind = \"http\"",
        "kind = \"https\"",
        "kind = \"dns\"\nname = \"a\"",
        "kind = \"agent\"\nport = 1",
    ] {
        let kind = lines.lines().next().expect("a line");
        let message = "needs [host] with an IPv4 address to ask 192.31.65.1";
        one_error(&no_host(lines), kind, message, "192.0.2.5/24");
    }
    // A host that is written wrongly is one error.
    let wrong = FIG2.replacen("mac = \"02:00:00:00:02:05\"", "mac = \"02\"", 1);
    one_error(
        &wrong,
        "mac = \"02\"",
        "not an Ethernet address",
        "one station",
    );
}

#[test]
fn routers_are_checked_too() {
    let pool = |check: &str| {
        FIG2.replacen(
            "  [[router_pool.router]]",
            &format!("  [[router_pool.check]]\n{check}\n\n  [[router_pool.router]]"),
            1,
        )
    };
    let config = parse(&pool("kind = \"arp\"\ninterval = \"500ms\""));
    for router in &config.pools[0].routers {
        let check = &router.checks[0].value;
        assert_eq!(check.kind, Kind::Arp);
        assert_eq!(check.address, Some(router.addresses[0].value));
        assert_eq!(check.interval, Duration::from_millis(500));
    }
    assert!(parse(FIG2).pools[0].routers[0].checks.is_empty());
    let text = pool("kind = \"tcp\"");
    one_error(&text, "kind = \"tcp\"", "cannot be \"tcp\"", "arp, icmp");
    let text = pool("kind = \"icmp\"\naddress = \"own\"");
    one_error(
        &text,
        "address = \"own\"",
        "means nothing to a check of kind \"icmp\"",
        "remove it",
    );
    let text = pool("kind = \"icmp\"").replacen("\"192.31.65.3\", \"fe80", "\"fe80", 1);
    assert!(text.contains("addresses = [\"fe80"));
    one_error(
        &text,
        "kind = \"icmp\"",
        "IPv6 address to ask fe80::ff:fe00:270",
        "2001:db8::5/64",
    );
}

#[test]
fn sorry_servers_serve_when_no_other_does() {
    let sorry = |all_down: &str, servers: &[&str]| {
        let text = FIG2.replacen("all_down = \"keep\"", all_down, 1);
        servers.iter().fold(text, |text, name| {
            let name = format!("name = \"{name}\"");
            text.replacen(&name, &format!("{name}\n  sorry = true"), 1)
        })
    };
    let config = parse(&sorry(
        "all_down = \"sorry\"\nslow_start = \"30s\"",
        &["s250"],
    ));
    let cluster = &config.clusters[0];
    assert_eq!(cluster.all_down, AllDown::Sorry);
    assert_eq!(cluster.slow_start, Duration::from_secs(30));
    assert!(cluster.servers[4].sorry && !cluster.servers[0].sorry);
    assert_eq!(config.notes, []);
    // It has no share, but it is a server: checked, and kept from the others.
    assert_eq!(cluster.servers[4].checks.len(), 1);
    let plan = image::plan(&config).expect("it fits");
    let number = plan.server("s250").expect("a number");
    let buckets = &plan.image.buckets[..1024];
    let holds = |number| {
        let number = Some(number);
        buckets
            .iter()
            .any(|bucket| bucket.first == number || bucket.second == number)
    };
    assert!(!holds(number) && holds(0) && holds(3));
    assert!(plan.image.vips[0].servers.contains(&number));
    let text = sorry("all_down = \"sorry\"", &[]);
    one_error(
        &text,
        "all_down = ",
        "no server of cluster \"web\" is one",
        "`sorry = true`",
    );
    let all = ["s210", "s220", "s230", "s240", "s250"];
    let text = sorry("all_down = \"sorry\"", &all);
    one_error(
        &text,
        "\"s210\"",
        "all servers of cluster \"web\" are sorry",
        "leave `sorry` out",
    );
    let notes = parse(&sorry("all_down = \"drop\"", &["s230"])).notes;
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].key, "cluster.web.server.s230.sorry");
    assert!(notes[0].note.contains("never serves"));
    let text = sorry("all_down = \"keep\"\nslow_start = \"25h\"", &[]);
    one_error(&text, "slow_start", "out of range", "86400 s");
}
