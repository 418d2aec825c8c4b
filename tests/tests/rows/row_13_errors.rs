//! Row 13, errors: they go where the packet that they quote belongs, and echoes go by addresses.

use crate::row_11::{any_service, plain};
use crate::talk::{
    ACK, CLIENT, CLIENT_6, OTHER_IP, PORTS, PORTS_BACK, RST, SYN, SYN_ACK, Talk, WEB_IP, WEB_IP_6,
    fragment4, ipv4, ipv6, tcp, tcp_back, tcp_back_on, tcp_header, tcp_on, udp_header,
};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{ROUTER_A_MAC, SERVER_0_MAC, SERVER_1_MAC, WEB_MAC};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::rig::HostReason;
use flowswitch_tests::{on_every_card, on_every_layout};

/// A router on the way, 203.0.113.1 and 2001:db8:ff::1.
const ON_THE_WAY: &str = "cb007101";
const ON_THE_WAY_6: &str = "20010db800ff00000000 000000000001";

/// The packet without its ethertype.
fn quote(packet: &str) -> &str {
    &packet[4..]
}

/// An error about a packet of the web cluster: type and code, packet.
fn error(kind: &str, packet: &str) -> String {
    let rest = [kind, "0000 00000578", quote(packet)].concat();
    ipv4("01", ON_THE_WAY, WEB_IP, &rest)
}

fn error_6(kind: &str, packet: &str) -> String {
    let rest = [kind, "0000 00000578", quote(packet)].concat();
    ipv6("3a", ON_THE_WAY_6, WEB_IP_6, &rest)
}

/// What the cluster sends to the client by IPv4.
fn sent(protocol: &str, rest: &str) -> String {
    ipv4(protocol, WEB_IP, CLIENT, rest)
}

fn too_big_reaches_the_flows_server(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.establish();
    talk.reaches(0, &error("0304", &tcp_back(ACK)));
    talk.reaches(1, &error("0304", &tcp_back_on("00509c41", ACK)));
    // No service has that port.
    talk.is_dropped("no-service", &error("0304", &tcp_back_on("00519c40", ACK)));
    // The other flow has none of this: an error begins nothing.
    talk.turn(0, 1);
    talk.reaches(0, &tcp_on("9c410050", SYN));
}

fn every_kind_of_error(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.establish();
    for kind in [
        "0300", "0301", "0303", "030d", "0400", "0b00", "0b01", "0c00",
    ] {
        talk.reaches(0, &error(kind, &tcp_back(ACK)));
    }
    // Echo, timestamp, redirect and what is unknown: ICMP like any other, which no service has.
    for kind in [
        "0000", "0800", "0500", "0501", "0d00", "0900", "2b00", "0204",
    ] {
        talk.is_dropped("no-service", &error(kind, &tcp_back(ACK)));
    }
}

fn every_protocol(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    let ah = "06040000 00001234 00000001 00000000";
    // What the client sends, and what of the server's is quoted.
    let flows = [
        (tcp(SYN), sent("06", &tcp_header(PORTS_BACK, ACK))),
        (
            ipv4("11", CLIENT, WEB_IP, &udp_header(PORTS)),
            sent("11", &udp_header(PORTS_BACK)),
        ),
        (
            ipv4(
                "84",
                CLIENT,
                WEB_IP,
                &[PORTS, "00000001 00000000 01000004"].concat(),
            ),
            sent("84", &[PORTS_BACK, "00000001"].concat()),
        ),
        // The index of the packet that was lost is not that of the client's: it is taken as it is.
        (
            ipv4("32", CLIENT, WEB_IP, "00001234 00000001"),
            sent("32", "00001234 00000007"),
        ),
        (ipv4("33", CLIENT, WEB_IP, ah), sent("33", ah)),
        (
            ipv4("2f", CLIENT, WEB_IP, "00000800 00000000"),
            sent("2f", "00000800 00000000"),
        ),
    ];
    for (ask, _) in &flows {
        talk.reaches(0, ask);
    }
    talk.turn(1, 0);
    for (_, packet) in &flows {
        talk.reaches(0, &error("0304", packet));
    }
    // An echo of the server's has no flow.
    talk.reaches(1, &error("0b00", &sent("01", "08000000 00010001")));
}

fn errors_over_ipv6(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    let back = |next, rest: &str| ipv6(next, WEB_IP_6, CLIENT_6, rest);
    let flows = [
        (udp_header(PORTS), "11", udp_header(PORTS_BACK)),
        (tcp_header(PORTS, SYN), "06", tcp_header(PORTS_BACK, ACK)),
        ("00001234 00000001".into(), "32", "00001234 00000002".into()),
    ];
    for (ask, next, _) in &flows {
        talk.reaches(0, &ipv6(next, CLIENT_6, WEB_IP_6, ask));
    }
    talk.turn(1, 0);
    for (_, next, packet) in &flows {
        for kind in ["0100", "0104", "0200", "0300", "0402"] {
            talk.reaches(0, &error_6(kind, &back(next, packet)));
        }
    }
    // Not known, of another flow, no error.
    talk.reaches(1, &error_6("0200", &back("11", &udp_header("00509c41"))));
    talk.reaches(1, &error_6("8000", &back("11", &udp_header(PORTS_BACK))));
    talk.reaches(1, &error_6("0500", &back("11", &udp_header(PORTS_BACK))));
}

fn tagged_errors(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.reaches(0, &tcp(SYN));
    let ask = ipv6("06", CLIENT_6, WEB_IP_6, &tcp_header(PORTS, SYN));
    talk.reaches(0, &ask);
    talk.turn(1, 0);
    let back = ipv6("06", WEB_IP_6, CLIENT_6, &tcp_header(PORTS_BACK, ACK));
    for packet in [error("0304", &tcp_back(ACK)), error_6("0200", &back)] {
        for tags in ["8100 0001", "88a8 0001 8100 0002"] {
            let with = |mac| hex60(&[mac, ROUTER_A_MAC, tags, &packet]);
            talk.rig.sends(0, &with(WEB_MAC), 2, &with(SERVER_0_MAC));
        }
    }
}

fn an_error_changes_nothing(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    talk.tick(59);
    // It neither renews nor confirms.
    talk.reaches(0, &error("0303", &tcp_back(ACK)));
    talk.reaches(0, &error("0303", &tcp_back(RST)));
    talk.tick(60);
    talk.reaches(1, &error("0303", &tcp_back(ACK)));
    talk.turn(0, 1);
    talk.reaches(0, &tcp(ACK));
}

fn an_error_to_a_server_that_is_down(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.establish();
    talk.member(0, false);
    talk.reaches(1, &error("0304", &tcp_back(ACK)));
    // The flow itself has not moved.
    talk.member(0, true);
    talk.reaches(0, &error("0304", &tcp_back(ACK)));
    talk.reaches(0, &tcp(ACK));
}

fn an_error_to_a_server_that_keeps_its_flows(kind: CardKind) {
    let mut talk = Talk::with_cluster(plain(kind), |cluster| cluster.keep = true);
    talk.establish();
    talk.member(0, false);
    talk.reaches(0, &error("0304", &tcp_back(ACK)));
}

fn quotes_that_cannot_be_read(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.reaches(0, &tcp(SYN));
    let packet = tcp_back(ACK);
    let with = |from: &str, to: &str| error("0304", &packet.replacen(from, to, 1));
    // Version 5, header of 24 bytes, of 16.
    for header in ["5500", "4600", "4400"] {
        talk.is_the_hosts(HostReason::Quote, &with("4500", header));
    }
    let later = fragment4(
        "0001",
        "0001",
        "06",
        WEB_IP,
        CLIENT,
        &tcp_header(PORTS_BACK, ACK),
    );
    talk.is_the_hosts(HostReason::Quote, &error("0304", &later));
    // A first fragment can be read, and a packet that may not be one.
    for word in ["2000", "4000"] {
        let first = fragment4(
            word,
            "0001",
            "06",
            WEB_IP,
            CLIENT,
            &tcp_header(PORTS_BACK, ACK),
        );
        talk.reaches(0, &error("0304", &first));
    }
    // The next header is an extension.
    for next in ["00", "2b", "2c", "3c", "87", "8b", "8c"] {
        let rest = ["11 00 0000 00000000", &udp_header(PORTS_BACK)].concat();
        let packet = ipv6(next, WEB_IP_6, CLIENT_6, &rest);
        talk.is_the_hosts(HostReason::Quote, &error_6("0200", &packet));
    }
}

fn quotes_that_end_too_soon(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    // The quoted ports end at byte 14 + 20 + 8 + 20 + 4 = 66 of the frame.
    let packet = error("0304", &tcp_back(ACK));
    for length in [60, 65, 66, 67] {
        let with = |mac| {
            let mut frame = hex(&[mac, ROUTER_A_MAC, &packet]);
            frame.truncate(length);
            frame
        };
        if length < 66 {
            let frame = with(WEB_MAC);
            talk.rig.to_host(0, &frame, HostReason::Quote);
        } else {
            talk.rig.sends(0, &with(WEB_MAC), 2, &with(SERVER_0_MAC));
        }
    }
    // The lengths of the headers are not asked.
    assert!(packet.contains("45000044"), "68 bytes in all");
    talk.reaches(0, &packet.replacen("45000044", "4500001c", 1));
    // Of a protocol without ports the header is enough.
    let rest = ["0304 0000 00000578", quote(&sent("2f", ""))].concat();
    let with = |mac| {
        let mut frame = hex(&[mac, ROUTER_A_MAC, &ipv4("01", ON_THE_WAY, WEB_IP, &rest)]);
        assert_eq!(frame.len(), 62, "the quoted header and nothing more");
        frame.resize(62, 0);
        frame
    };
    talk.rig.sends(0, &with(WEB_MAC), 3, &with(SERVER_1_MAC));
}

fn the_error_itself_must_be_plain(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.establish();
    let message = ["0304 0000 00000578", quote(&tcp_back(ACK))].concat();
    // A fragment, a header with options, an extension header: ICMP like any other.
    for word in ["2000", "0001"] {
        let packet = fragment4(word, "0001", "01", ON_THE_WAY, WEB_IP, &message);
        talk.is_dropped("no-service", &packet);
    }
    let options = ipv4("01", ON_THE_WAY, WEB_IP, &["01010101", &message].concat());
    talk.is_dropped("no-service", &options.replacen("4500", "4600", 1));
    let rest = [
        "3a 00 0104 00000000 0200 0000 00000578",
        quote(&tcp_back(ACK)),
    ]
    .concat();
    talk.is_dropped("no-service", &ipv6("3c", ON_THE_WAY_6, WEB_IP_6, &rest));
}

fn a_quote_of_somebody_elses_packet(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.establish();
    // Not from the address that the error goes to: another cluster's, or the client's own packet.
    for packet in [
        ipv4("06", OTHER_IP, CLIENT, &tcp_header(PORTS_BACK, ACK)),
        tcp(ACK),
    ] {
        talk.is_dropped("no-service", &error("0304", &packet));
    }
    // To an address that is nobody's, with a quote that cannot be read.
    let rest = [
        "0304 0000 00000578",
        &quote(&tcp_back(ACK)).replacen("4500", "4600", 1),
    ]
    .concat();
    talk.is_dropped("not-ours", &ipv4("01", ON_THE_WAY, "c01f414d", &rest));
}

fn what_servers_send_of_errors(bed: Bed) {
    // A server's own error about the client's packet passes and is no word of the flow.
    let mut talk = Talk::new(bed);
    talk.reaches(0, &tcp(SYN));
    let message = ["0303 0000 00000000", quote(&tcp(SYN))].concat();
    talk.replies(0, &ipv4("01", WEB_IP, CLIENT, &message));
    talk.turn(1, 0);
    talk.tick(60);
    talk.reaches(1, &tcp(SYN));
}

fn an_error_about_what_a_server_opened(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    let query = ipv4("11", WEB_IP, "08080808", &udp_header("30390035"));
    talk.replies(1, &query);
    // There is no service for it.
    talk.reaches(1, &error("0303", &query));
    talk.is_dropped(
        "no-service",
        &error(
            "0303",
            &ipv4("11", WEB_IP, "08080808", &udp_header("303a0035")),
        ),
    );
}

fn persistent_clients_errors(kind: CardKind) {
    let mut image = any_service();
    for vip in &mut image.vips[..2] {
        vip.persistent = true;
    }
    for service in &mut image.services {
        service.client_persistence = true;
    }
    let mut talk = Talk::with(plain(kind), image);
    talk.reaches(0, &tcp(SYN));
    talk.replies(0, &tcp_back(SYN_ACK));
    talk.turn(1, 0);
    // The client is the one that the quoted packet went to, whatever it was.
    talk.reaches(0, &error("0304", &sent("11", &udp_header("01f401f4"))));
    talk.reaches(
        1,
        &error(
            "0304",
            &ipv4("06", WEB_IP, "0a000002", &tcp_header(PORTS, ACK)),
        ),
    );
}

fn echo_by_addresses(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    // Identifier and sequence number have no part in it.
    for word in ["00010001", "00010002", "12340001"] {
        talk.reaches(0, &ipv4("01", CLIENT, WEB_IP, &["08000000", word].concat()));
        talk.reaches(
            0,
            &ipv6("3a", CLIENT_6, WEB_IP_6, &["80000000", word].concat()),
        );
    }
}

on_every_layout!(
    too_big_reaches_the_flows_server,
    errors_over_ipv6,
    an_error_changes_nothing,
    an_error_to_a_server_that_is_down,
    quotes_that_cannot_be_read,
    a_quote_of_somebody_elses_packet,
    what_servers_send_of_errors,
    echo_by_addresses,
);

on_every_card!(
    every_kind_of_error,
    every_protocol,
    tagged_errors,
    an_error_to_a_server_that_keeps_its_flows,
    quotes_that_end_too_soon,
    the_error_itself_must_be_plain,
    an_error_about_what_a_server_opened,
    persistent_clients_errors,
);
