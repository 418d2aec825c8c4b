//! Row 15: what servers send from their clusters' addresses, and connections that they open.

use crate::frames::{PLAIN, TO_ROUTER_A};
use crate::row_11::{any_service, plain};
use crate::talk::{
    ACK, CLIENT, CLIENT_6, FIN, OTHER_IP, PORTS, PORTS_BACK, RST, SYN, SYN_ACK, Talk, WEB_IP,
    WEB_IP_6, ipv4, ipv6, tcp, tcp_back, tcp_back_on, tcp_header, tcp_on, udp_header,
};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{ROUTER_A_MAC, SERVER_0_MAC, STATION_MAC};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::{on_every_card, on_every_layout};

/// A name server outside, 8.8.8.8.
const RESOLVER: &str = "08080808";

fn query(port: &str) -> String {
    ipv4(
        "11",
        WEB_IP,
        RESOLVER,
        &udp_header(&[port, "0035"].concat()),
    )
}

fn response(port: &str) -> String {
    ipv4(
        "11",
        RESOLVER,
        WEB_IP,
        &udp_header(&["0035", port].concat()),
    )
}

fn answers_come_back_to_the_server_that_asked(bed: Bed) {
    let mut talk = Talk::new(bed);
    // There is no service for UDP: without a question there is no answer.
    talk.is_dropped("no-service", &response("3039"));
    talk.replies(1, &query("3039"));
    talk.replies(0, &query("303a"));
    for _ in 0..2 {
        talk.reaches(1, &response("3039"));
        talk.reaches(0, &response("303a"));
    }
    talk.is_dropped("no-service", &response("303b"));
}

fn servers_open_tcp(bed: Bed) {
    let mut talk = Talk::new(bed);
    // Active FTP: the data connection comes from port 20, which no service has.
    talk.replies(1, &tcp_back_on("00149c40", SYN));
    talk.reaches(1, &tcp_on("9c400014", SYN_ACK));
    talk.replies(1, &tcp_back_on("00149c40", ACK));
    talk.turn(0, 1);
    talk.tick(899);
    talk.reaches(1, &tcp_on("9c400014", ACK));
    talk.replies(1, &tcp_back_on("00149c40", FIN));
    talk.tick(1_018);
    talk.reaches(1, &tcp_on("9c400014", ACK));
    talk.tick(1_138);
    talk.is_dropped("no-service", &tcp_on("9c400014", ACK));
}

fn servers_open_over_ipv6(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    let ask = ipv6("11", WEB_IP_6, CLIENT_6, &udp_header("303900 35"));
    let answer = ipv6("11", CLIENT_6, WEB_IP_6, &udp_header("00353039"));
    talk.is_dropped("no-service", &answer);
    talk.replies(1, &ask);
    talk.reaches(1, &answer);
}

fn a_server_that_waits_for_an_answer(bed: Bed) {
    let mut talk = Talk::new(bed);
    for port in ["3039", "303a", "303b"] {
        talk.replies(1, &query(port));
    }
    talk.tick(30);
    talk.replies(1, &query("303b"));
    talk.tick(59);
    talk.reaches(1, &response("3039"));
    talk.tick(60);
    talk.is_dropped("no-service", &response("303a"));
    talk.tick(89);
    talk.reaches(1, &response("303b"));
    // Both have spoken.
    talk.tick(358);
    talk.reaches(1, &response("3039"));
    talk.tick(389);
    talk.is_dropped("no-service", &response("303b"));
}

fn refused_connections(kind: CardKind) {
    // A reset answers the server's opening: it gets it, and the entry stays as it was, with its age.
    let mut talk = Talk::new(plain(kind));
    talk.replies(1, &tcp_back_on("00149c40", SYN));
    talk.tick(10);
    talk.reaches(1, &tcp_on("9c400014", "14"));
    talk.replies(1, &tcp_back_on("00149c40", RST));
    talk.tick(59);
    talk.reaches(1, &tcp_on("9c400014", RST));
    talk.tick(60);
    talk.is_dropped("no-service", &tcp_on("9c400014", ACK));
}

fn the_client_ends_what_a_server_opened(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.replies(1, &tcp_back_on("00149c40", SYN));
    talk.reaches(1, &tcp_on("9c400014", FIN));
    talk.tick(119);
    talk.reaches(1, &tcp_on("9c400014", ACK));
    talk.tick(239);
    talk.is_dropped("no-service", &tcp_on("9c400014", ACK));
}

fn a_reset_opens_nothing(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    for (ports, back, flags) in [
        ("00149c40", "9c400014", RST),
        ("00149c41", "9c410014", "14"),
        ("00149c42", "9c420014", "06"),
    ] {
        talk.replies(1, &tcp_back_on(ports, flags));
        talk.is_dropped("no-service", &tcp_on(back, ACK));
    }
}

fn a_forgotten_flow_is_known_again_by_its_servers_word(bed: Bed) {
    let mut talk = Talk::new(bed);
    // The bucket says server 0; server 1 has it.
    talk.replies(1, &tcp_back(ACK));
    talk.reaches(1, &tcp(ACK));
    // And so it is after it was forgotten.
    talk.tick(900);
    talk.replies(1, &tcp_back(ACK));
    talk.reaches(1, &tcp(ACK));
}

fn the_first_of_two_servers_keeps_the_flow(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.replies(1, &query("3039"));
    talk.replies(0, &query("3039"));
    talk.reaches(1, &response("3039"));
    talk.replies(0, &query("3039"));
    talk.reaches(1, &response("3039"));
    // A client's flow too, whatever the other server says.
    talk.reaches(0, &tcp(SYN));
    for flags in [SYN_ACK, RST, FIN, SYN] {
        talk.replies(1, &tcp_back(flags));
    }
    talk.turn(1, 0);
    talk.tick(59);
    talk.reaches(0, &tcp(ACK));
    talk.tick(119);
    talk.reaches(1, &tcp(ACK));
}

fn a_server_starts_anew_on_a_closing_flow(bed: Bed) {
    for closing in [FIN, RST] {
        let mut talk = Talk::new(bed);
        talk.replies(1, &tcp_back_on("00149c40", SYN));
        talk.reaches(1, &tcp_on("9c400014", SYN_ACK));
        // Not closing: the other server is too late.
        talk.replies(0, &tcp_back_on("00149c40", SYN));
        talk.reaches(1, &tcp_on("9c400014", closing));
        // Another frame than a start takes nothing away.
        talk.replies(0, &tcp_back_on("00149c40", ACK));
        talk.reaches(1, &tcp_on("9c400014", closing));
        talk.replies(0, &tcp_back_on("00149c40", SYN));
        talk.reaches(0, &tcp_on("9c400014", SYN_ACK));
    }
}

fn a_server_starts_anew_itself(kind: CardKind) {
    // Opened again, not established: it is forgotten as soon as one that nobody answers.
    let mut talk = Talk::new(plain(kind));
    talk.replies(1, &tcp_back_on("00149c40", SYN));
    talk.reaches(1, &tcp_on("9c400014", SYN_ACK));
    talk.reaches(1, &tcp_on("9c400014", FIN));
    talk.replies(1, &tcp_back_on("00149c40", SYN));
    talk.tick(60);
    talk.is_dropped("no-service", &tcp_on("9c400014", ACK));
}

fn what_servers_send_is_not_always_a_flow(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    // ESP and AH name only the receiver: what comes back has another index.
    talk.replies(1, &ipv4("32", WEB_IP, CLIENT, "00001234 00000001 00000000"));
    talk.reaches(0, &ipv4("32", CLIENT, WEB_IP, "00001234 00000001 00000000"));
    talk.replies(
        1,
        &ipv4("33", WEB_IP, CLIENT, "06040000 00001234 00000001 00000000"),
    );
    talk.reaches(
        0,
        &ipv4("33", CLIENT, WEB_IP, "06040000 00001234 00000001 00000000"),
    );
    // Neither do echoes.
    talk.replies(1, &ipv4("01", WEB_IP, CLIENT, "00000000 00010001"));
    talk.reaches(0, &ipv4("01", CLIENT, WEB_IP, "00000000 00010001"));
    // From an address that is not its own: the other cluster's server in the web cluster's name.
    talk.replies(2, &tcp_back(ACK));
    talk.reaches(0, &tcp(ACK));
    talk.replies(
        1,
        &ipv4("06", OTHER_IP, CLIENT, &tcp_header(PORTS_BACK, ACK)),
    );
}

fn to_a_routers_own_address(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.replies(1, TO_ROUTER_A);
    let back = ipv4("06", "c01f4102", WEB_IP, &tcp_header(PORTS, ACK));
    talk.reaches(0, &back);
}

fn whatever_becomes_of_the_frame(kind: CardKind) {
    // The router is not up, nor any other: the frame is dropped, but the server has spoken.
    let mut talk = Talk::new(plain(kind));
    talk.rig.link(0, false);
    talk.rig.link(1, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, &query("3039")]);
    talk.rig.drops(2, &frame, "no-router");
    talk.rig.link(0, true);
    talk.reaches(0, &response("3039"));
    // To a station instead of a router.
    let known = hex60(&["ffffffffffff", STATION_MAC, PLAIN]);
    talk.rig.floods(0, &known, &[2, 3]);
    let frame = hex60(&[STATION_MAC, SERVER_0_MAC, &query("303a")]);
    talk.rig.passes(2, &frame, 0);
    talk.reaches(0, &response("303a"));
}

fn a_station_in_a_servers_name_opens_nothing(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    let frame = hex60(&[ROUTER_A_MAC, STATION_MAC, &query("3039")]);
    talk.rig.passes(1, &frame, 0);
    talk.is_dropped("no-service", &response("3039"));
}

fn ages_of_the_addresss_cluster(kind: CardKind) {
    let mut image = any_service();
    image.clusters[1].unconfirmed = 7;
    let mut talk = Talk::with(plain(kind), image);
    let ask = ipv4("11", OTHER_IP, RESOLVER, &udp_header("30390035"));
    let answer = ipv4("11", RESOLVER, OTHER_IP, &udp_header("00353039"));
    talk.replies(2, &ask);
    talk.tick(7);
    talk.is_dropped("not-ours", &answer);
    talk.replies(2, &ask);
    talk.tick(13);
    talk.reaches(2, &answer);
}

fn a_persistent_client_that_a_server_speaks_to_first(kind: CardKind) {
    let mut image = any_service();
    for vip in &mut image.vips[..2] {
        vip.persistent = true;
    }
    for service in &mut image.services {
        service.client_persistence = true;
    }
    let mut talk = Talk::with(plain(kind), image);
    // Every protocol and port belongs to it, ESP and echoes included; a reset too begins an entry.
    talk.replies(1, &tcp_back(RST));
    talk.reaches(1, &tcp_on("9c4101bb", SYN));
    talk.reaches(1, &ipv4("01", CLIENT, WEB_IP, "08000000 00010001"));
    talk.reaches(1, &ipv4("11", CLIENT, WEB_IP, &udp_header(PORTS)));
    let esp = ipv4("32", WEB_IP, RESOLVER, "00001234 00000001 00000000");
    talk.replies(1, &esp);
    talk.reaches(1, &response("3039"));
}

on_every_layout!(
    answers_come_back_to_the_server_that_asked,
    servers_open_tcp,
    a_server_that_waits_for_an_answer,
    a_forgotten_flow_is_known_again_by_its_servers_word,
    the_first_of_two_servers_keeps_the_flow,
    a_server_starts_anew_on_a_closing_flow,
    what_servers_send_is_not_always_a_flow,
    to_a_routers_own_address,
);

on_every_card!(
    servers_open_over_ipv6,
    refused_connections,
    the_client_ends_what_a_server_opened,
    a_reset_opens_nothing,
    a_server_starts_anew_itself,
    whatever_becomes_of_the_frame,
    a_station_in_a_servers_name_opens_nothing,
    ages_of_the_addresss_cluster,
    a_persistent_client_that_a_server_speaks_to_first,
);
