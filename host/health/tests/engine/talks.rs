//! Checks that talk, through the whole stack.

use flowswitch_health::{AgentWish, DnsCheck, HttpCheck, Kind, Result};
use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, PacketFlag, ResourceRecord};

use crate::network::{Network, SECOND, check, target};

fn http(port: u16, body: Option<&str>) -> Kind {
    Kind::Http(HttpCheck {
        port,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        host: None,
        status: vec![(200, 299)],
        body: body.map(|pattern| regex::bytes::Regex::new(pattern).unwrap()),
    })
}

#[test]
fn a_page_longer_than_the_buffers_is_read_to_its_end() {
    let mut network = Network::new();
    let mut page = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n".to_vec();
    page.resize(page.len() + 60_000 - 4, b'.');
    page.extend(b"last");
    network.server(10, 3, None).answer(8080, page);
    let other = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    network.server(20, 4, None).answer(8080, other.to_vec());
    network.configure(vec![
        target(10, 3, vec![check(http(8080, Some("last$")))]),
        target(20, 4, vec![check(http(8080, None))]),
    ]);
    network.run(4 * SECOND);
    let (good, bad) = (network.report(10), network.report(20));
    assert_eq!(good.result, Result::Up, "{good:?}");
    assert_eq!(bad.result, Result::Down, "{bad:?}");
    assert!(bad.why.contains("503"), "{bad:?}");
    for server in &network.servers {
        assert_eq!(server.half_open(), 0);
    }
}

#[test]
fn an_agents_weight_and_wish_are_told() {
    let mut network = Network::new();
    network
        .server(10, 3, None)
        .answer(9707, b"up 60%\n".to_vec());
    let agent = Kind::Agent {
        port: 9707,
        send: "how\n".to_owned(),
    };
    let mut slow = target(10, 3, vec![check(agent)]);
    slow.slow_start = std::time::Duration::from_secs(900);
    network.configure(vec![slow]);
    network.run(3 * SECOND);
    assert_eq!(network.report(10).result, Result::Up);
    assert_eq!(network.report(10).weight_percent, 60);
    network.changes.clear();
    network.servers[0].answer(9707, b"drain 50%\n".to_vec());
    network.run(3 * SECOND);
    let [change] = &network.changes[..] else {
        panic!("{:?}", network.changes)
    };
    assert_eq!(change.agent.wish, Some(AgentWish::Drain));
    assert_eq!(change.result, Result::Up);
    assert_eq!(network.report(10).weight_percent, 50);
    // Back from down, both count: 10 % of 50 %.
    network.prober.link(3, false, network.now);
    network.prober.link(3, true, network.now);
    network.run(2 * SECOND);
    assert_eq!(network.report(10).weight_percent, 5);
}

#[test]
fn what_an_agent_said_holds_until_it_says_otherwise() {
    let mut network = Network::new();
    network.server(10, 3, None);
    let agent = Kind::Agent {
        port: 9707,
        send: "how\n".to_owned(),
    };
    network.configure(vec![target(10, 3, vec![check(agent)])]);
    let mut after = |text: &str| {
        network.servers[0].answer(9707, text.as_bytes().to_vec());
        network.run(4 * SECOND);
        let report = network.report(10);
        let last = network.changes.last().unwrap();
        (report.result, report.weight_percent, last.agent.wish)
    };
    let maintenance = Some(AgentWish::Maintenance);
    assert_eq!(after("up 50% maint\n"), (Result::Up, 50, maintenance));
    assert_eq!(after("up\n"), (Result::Up, 50, maintenance));
    assert_eq!(after("200%\n"), (Result::Up, 200, maintenance));
    let drain = Some(AgentWish::Drain);
    assert_eq!(after("drain\n"), (Result::Up, 200, drain));
    assert_eq!(after("ready 100%\n"), (Result::Up, 100, None));
    assert_eq!(after("down # disk is full\n").0, Result::Down);
    let why = network.report(10).why;
    assert_eq!(why, "agent check failed: down: disk is full");
}

#[test]
fn a_name_server_is_asked_by_datagrams() {
    let mut network = Network::new();
    for (number, port) in [(10, 3), (20, 4)] {
        network.server(number, port, None).datagrams(
            53,
            Box::new(move |question| {
                let question = Packet::parse(question).unwrap();
                let mut answer = question.clone().into_reply();
                answer.set_flags(PacketFlag::RECURSION_AVAILABLE);
                let data = RData::A(A::from(std::net::Ipv4Addr::new(10, 0, 0, number)));
                let name = question.questions[0].qname.clone();
                let record = ResourceRecord::new(name, CLASS::IN, 60, data);
                answer.answers.push(record);
                answer.build_bytes_vec().unwrap()
            }),
        );
    }
    let dns = Kind::Dns(DnsCheck {
        port: 53,
        name: "www.example.net".to_owned(),
        record: "A".to_owned(),
        expect: Some("10.0.0.10".parse().unwrap()),
    });
    network.configure(vec![
        target(10, 3, vec![check(dns.clone())]),
        target(20, 4, vec![check(dns)]),
    ]);
    network.run(4 * SECOND);
    let (good, bad) = (network.report(10), network.report(20));
    assert_eq!(good.result, Result::Up, "{good:?}");
    assert_eq!(bad.result, Result::Down, "{bad:?}");
    assert!(!bad.why.contains("in time"), "{bad:?}");
}
