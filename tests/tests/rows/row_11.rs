//! Row 11: a flow stays with its server; row 12 where it begins or must move. The life of an entry.

use crate::talk::{
    ACK, CLIENT, CLIENT_2, CLIENT_6, FIN, OTHER_IP, PORTS, PORTS_BACK, RST, SYN, SYN_ACK, Talk,
    WEB_IP, WEB_IP_6, ipv4, ipv6, tcp, tcp_back, tcp_back_on, tcp_header, tcp_on, udp_header,
};
use flowswitch_driver::image::{BucketRange, Image, Service};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, WEB_MAC, image, service,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::layout::Layout;
use flowswitch_tests::{on_every_card, on_every_layout};

/// SCTP to port 80: common header, then a chunk of this type.
fn sctp(ports: &str, chunk: &str) -> String {
    let rest = [ports, "00000001 00000000", chunk, "000004"].concat();
    ipv4("84", CLIENT, WEB_IP, &rest)
}

fn esp(spi: &str) -> String {
    ipv4("32", CLIENT, WEB_IP, &[spi, "00000001 00000000"].concat())
}

fn gre() -> String {
    ipv4("2f", CLIENT, WEB_IP, "00000800 00000000")
}

/// The web cluster takes whatever comes to its addresses.
pub fn any_service() -> Image {
    let mut image = image();
    image.services = ["192.31.65.1", "2001:db8:65::1"]
        .map(|address| service(address, None, None))
        .to_vec();
    image
}

/// A bed on which a test of [`CardKind`]s runs.
pub fn plain(kind: CardKind) -> Bed {
    let layout = Layout::PortEach;
    Bed { kind, layout }
}

fn row_11_stays_when_its_bucket_changes(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    // Nobody has answered yet: the flow has its server all the same.
    talk.reaches(0, &tcp(SYN));
    talk.reaches(0, &tcp(ACK));
    talk.reaches(1, &tcp_on("9c410050", SYN));
    talk.replies(0, &tcp_back(SYN_ACK));
    talk.replies(1, &tcp_back_on("00509c41", SYN_ACK));
    talk.turn(0, 1);
    for flags in [ACK, "18", SYN, FIN, ACK] {
        talk.reaches(0, &tcp(flags));
        talk.reaches(1, &tcp_on("9c410050", flags));
    }
}

fn row_11_every_part_of_the_tuple_tells(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    // One bit of the client's address, of either port, another protocol, another address of the cluster.
    talk.reaches(1, &ipv4("06", CLIENT_2, WEB_IP, &tcp_header(PORTS, ACK)));
    talk.reaches(1, &tcp_on("9c410050", ACK));
    talk.reaches(1, &tcp_on("9c400051", ACK));
    talk.reaches(1, &ipv4("11", CLIENT, WEB_IP, &udp_header(PORTS)));
    talk.reaches(1, &ipv4("84", CLIENT, WEB_IP, &tcp_header(PORTS, ACK)));
    talk.reaches(1, &ipv6("06", CLIENT_6, WEB_IP_6, &tcp_header(PORTS, ACK)));
    // The ports the other way round; an IPv6 client with the same last 32 bits.
    talk.reaches(1, &tcp_on(PORTS_BACK, ACK));
    let mapped = "00000000000000000000 00000a000001";
    talk.reaches(1, &ipv6("06", mapped, WEB_IP_6, &tcp_header(PORTS, ACK)));
    talk.reaches(0, &tcp(ACK));
}

fn row_11_any_frame_but_a_reset_begins_a_flow(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    let kinds: Vec<String> = [ACK, SYN, SYN_ACK, FIN, "00"]
        .iter()
        .zip(["9c50", "9c51", "9c52", "9c53", "9c54"])
        .map(|(flags, port)| tcp_on(&[port, "0050"].concat(), flags))
        .chain([
            ipv4("11", CLIENT, WEB_IP, &udp_header(PORTS)),
            sctp("9c500050", "01"),
            sctp("9c510050", "00"),
            esp("00001234"),
            ipv4("33", CLIENT, WEB_IP, "06040000 00001234 00000001 00000000"),
            gre(),
            ipv6("11", CLIENT_6, WEB_IP_6, &udp_header(PORTS)),
        ])
        .collect();
    let resets = [
        tcp_on("9c600050", RST),
        tcp_on("9c610050", "14"),
        tcp_on("9c620050", "06"),
        sctp("9c600050", "06"),
    ];
    for packet in kinds.iter().chain(&resets) {
        talk.reaches(0, packet);
    }
    talk.turn(1, 0);
    for packet in &kinds {
        talk.reaches(0, packet);
    }
    for packet in &resets {
        talk.reaches(1, packet);
    }
}

fn row_11_echo_is_not_remembered(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    let echo = ipv4("01", CLIENT, WEB_IP, "08000000 00010001");
    let echo_6 = ipv6("3a", CLIENT_6, WEB_IP_6, "80000000 00010001");
    // TCP too short for its ports.
    let headless = ipv4("06", CLIENT, WEB_IP, "9c4000");
    for server in [0, 0, 1] {
        if server == 1 {
            talk.turn(1, 0);
        }
        talk.reaches(server, &echo);
        talk.reaches(server, &echo_6);
        talk.reaches(server, &headless);
    }
}

fn row_11_neither_vlan_nor_router_belongs_to_the_key(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    let packet = tcp(ACK);
    for (place, router, tag) in [
        (1, ROUTER_B_MAC, ""),
        (0, ROUTER_A_MAC, "8100 0064"),
        (1, ROUTER_B_MAC, "88a8 0005 8100 0006"),
    ] {
        let with = |mac| hex60(&[mac, router, tag, &packet]);
        talk.rig
            .sends(place, &with(WEB_MAC), 2, &with(SERVER_0_MAC));
    }
}

fn row_11_before_the_service_is_asked(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.establish();
    talk.change(|image| {
        image.services.remove(0);
    });
    talk.reaches(0, &tcp(ACK));
    talk.is_dropped("no-service", &tcp_on("9c410050", SYN));
    // Its server is gone, and no service matches: nobody takes it over, and the server's return finds it.
    talk.member(0, false);
    talk.is_dropped("no-service", &tcp(ACK));
    talk.member(0, true);
    talk.reaches(0, &tcp(ACK));
}

fn unconfirmed_ages(bed: Bed) {
    let mut talk = Talk::new(bed);
    let flows = ["9c410050", "9c420050", "9c430050"];
    for ports in flows {
        talk.reaches(0, &tcp_on(ports, SYN));
    }
    talk.turn(1, 0);
    // The client alone confirms nothing, but its frames count.
    talk.tick(30);
    talk.reaches(0, &tcp_on(flows[0], ACK));
    talk.tick(59);
    talk.reaches(0, &tcp_on(flows[1], ACK));
    talk.tick(60);
    talk.reaches(1, &tcp_on(flows[2], ACK));
    talk.tick(89);
    talk.reaches(0, &tcp_on(flows[0], ACK));
    talk.tick(119);
    talk.reaches(1, &tcp_on(flows[1], ACK));
    talk.reaches(0, &tcp_on(flows[0], ACK));
}

fn ages_are_counted_in_ticks(kind: CardKind) {
    // In ns; the frames enter in the last moments of their ticks.
    const LATE: u64 = (1 << 30) - 5_000;
    let mut talk = Talk::new(plain(kind));
    talk.rig.jump_to_tick(0, LATE);
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.reaches(0, &tcp_on("9c420050", SYN));
    talk.turn(1, 0);
    talk.rig.jump_to_tick(59, LATE);
    talk.reaches(0, &tcp_on("9c410050", ACK));
    // A moment later, and 59 ticks after its last frame.
    talk.tick(60);
    talk.reaches(1, &tcp_on("9c420050", ACK));
}

fn a_reply_confirms(bed: Bed) {
    let mut talk = Talk::new(bed);
    let flows = ["9c41", "9c42", "9c43"];
    for port in flows {
        talk.reaches(0, &tcp_on(&[port, "0050"].concat(), SYN));
    }
    talk.replies(0, &tcp_back_on("00509c41", SYN_ACK));
    talk.replies(0, &tcp_back_on("00509c42", SYN_ACK));
    // A server's reset is no word that counts.
    talk.replies(0, &tcp_back_on("00509c43", "14"));
    talk.turn(1, 0);
    talk.tick(60);
    talk.reaches(1, &tcp_on("9c430050", ACK));
    talk.tick(899);
    talk.reaches(0, &tcp_on("9c410050", ACK));
    talk.tick(900);
    talk.reaches(1, &tcp_on("9c420050", ACK));
    // The other was renewed a tick ago; the server's frames renew it too.
    talk.tick(1_000);
    talk.replies(0, &tcp_back_on("00509c41", ACK));
    talk.tick(1_899);
    talk.reaches(0, &tcp_on("9c410050", ACK));
}

fn ages_by_protocol(kind: CardKind) {
    let image = any_service();
    let udp = |ports| ipv4("11", CLIENT, WEB_IP, &udp_header(ports));
    let udp_back = |ports| ipv4("11", WEB_IP, CLIENT, &udp_header(ports));
    let gre_back = ipv4("2f", WEB_IP, CLIENT, "00000800 00000000");
    let sctp_back = ipv4("84", WEB_IP, CLIENT, "00509c40 00000001 00000000 02000004");
    // What the client sends, what the server answers, and for how long it is remembered.
    let cases = [
        (udp(PORTS), udp_back(PORTS_BACK), 300),
        (udp("01f401f4"), udp_back("01f401f4"), 1_800),
        (udp("9c4001f4"), udp_back("01f49c40"), 1_800),
        (udp("11949c40"), udp_back("9c401194"), 1_800),
        (udp("9c4001f5"), udp_back("01f59c40"), 300),
        (gre(), gre_back, 50),
        (sctp(PORTS, "01"), sctp_back, 900),
        (tcp(SYN), tcp_back(SYN_ACK), 900),
    ];
    for last in [true, false] {
        let mut talk = Talk::with(plain(kind), image.clone());
        for (ask, answer, _) in &cases {
            talk.reaches(0, ask);
            talk.replies(0, answer);
        }
        talk.turn(1, 0);
        let mut ages: Vec<u64> = cases.iter().map(|(.., age)| *age).collect();
        ages.sort_unstable();
        ages.dedup();
        for age in ages {
            talk.tick(if last { age - 1 } else { age });
            for (ask, ..) in cases.iter().filter(|case| case.2 == age) {
                talk.reaches(if last { 0 } else { 1 }, ask);
            }
        }
    }
}

fn esp_is_confirmed_by_its_second_packet(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.reaches(0, &esp("00001234"));
    talk.reaches(0, &esp("00001235"));
    talk.tick(1);
    talk.reaches(0, &esp("00001234"));
    talk.turn(1, 0);
    talk.tick(60);
    talk.reaches(1, &esp("00001235"));
    talk.tick(1_800);
    talk.reaches(0, &esp("00001234"));
}

fn bypassing_replies(bed: Bed) {
    let mut talk = Talk::with_cluster(bed, |cluster| cluster.bypass = true);
    let flows = ["9c410050", "9c420050", "9c430050"];
    for ports in flows {
        talk.reaches(0, &tcp_on(ports, SYN));
    }
    // Neither another start nor a reset confirms.
    talk.reaches(0, &tcp_on(flows[0], ACK));
    talk.reaches(0, &tcp_on(flows[1], SYN));
    talk.reaches(0, &tcp_on(flows[2], RST));
    talk.turn(1, 0);
    talk.tick(60);
    talk.reaches(1, &tcp_on(flows[1], ACK));
    talk.reaches(1, &tcp_on(flows[2], ACK));
    talk.tick(899);
    talk.reaches(0, &tcp_on(flows[0], ACK));
}

fn half_closed(bed: Bed) {
    // Who says it first does not matter; traffic keeps a half-closed connection.
    for by_client in [true, false] {
        let mut talk = Talk::new(bed);
        talk.establish();
        if by_client {
            talk.reaches(0, &tcp(FIN));
        } else {
            talk.replies(0, &tcp_back(FIN));
        }
        talk.tick(119);
        talk.reaches(0, &tcp(ACK));
        talk.tick(238);
        talk.replies(0, &tcp_back(ACK));
        talk.tick(357);
        talk.reaches(0, &tcp(FIN));
        talk.tick(477);
        talk.reaches(1, &tcp(ACK));
    }
}

fn fin_of_an_unconfirmed_flow(kind: CardKind) {
    // The client's closes nothing; the server's does.
    let mut talk = Talk::new(plain(kind));
    for ports in ["9c410050", "9c420050"] {
        talk.reaches(0, &tcp_on(ports, SYN));
    }
    talk.reaches(0, &tcp_on("9c410050", FIN));
    talk.replies(0, &tcp_back_on("00509c42", FIN));
    talk.turn(1, 0);
    talk.tick(60);
    talk.reaches(1, &tcp_on("9c410050", ACK));
    talk.tick(119);
    talk.reaches(0, &tcp_on("9c420050", ACK));
}

fn a_reset_ends_a_flow_soon(bed: Bed) {
    for by_client in [true, false] {
        let mut talk = Talk::new(bed);
        talk.establish();
        if by_client {
            talk.reaches(0, &tcp(RST));
        } else {
            talk.replies(0, &tcp_back(RST));
        }
        talk.tick(9);
        // A second reset does not add to it.
        talk.reaches(0, &tcp(RST));
        talk.tick(10);
        talk.reaches(1, &tcp(ACK));
    }
}

fn a_reset_is_undone(bed: Bed) {
    // A spoofed reset must not kill: who goes on to talk lives on.
    for by_client in [true, false] {
        let mut talk = Talk::new(bed);
        talk.establish();
        talk.reaches(0, &tcp(RST));
        talk.tick(9);
        if by_client {
            talk.reaches(0, &tcp(ACK));
        } else {
            talk.replies(0, &tcp_back(ACK));
        }
        talk.tick(908);
        talk.reaches(0, &tcp(ACK));
    }
}

fn from_reset_to_fin_and_back(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.establish();
    talk.reaches(0, &tcp(RST));
    talk.reaches(0, &tcp(FIN));
    talk.tick(119);
    talk.reaches(0, &tcp(RST));
    talk.tick(128);
    talk.reaches(0, &tcp(FIN));
    talk.tick(247);
    talk.reaches(0, &tcp(RST));
    talk.tick(257);
    talk.reaches(1, &tcp(ACK));
}

fn row_12_a_start_on_a_closing_flow_is_a_new_flow(bed: Bed) {
    for closing in [FIN, RST] {
        let mut talk = Talk::new(bed);
        talk.establish();
        // Established, server ready: the flow and its state stay.
        talk.reaches(0, &tcp(SYN));
        talk.reaches(0, &tcp(closing));
        // Only a start: what else comes still belongs to it.
        talk.reaches(0, &tcp(closing));
        talk.reaches(1, &tcp(SYN));
        talk.reaches(1, &tcp(ACK));
        // The new one is unconfirmed.
        talk.turn(0, 1);
        talk.tick(60);
        talk.reaches(0, &tcp(ACK));
    }
}

fn row_12_restarted_flows_may_keep_their_server(kind: CardKind) {
    // The bucket still says so: another flow all the same.
    let mut talk = Talk::new(plain(kind));
    talk.reaches(0, &tcp(SYN));
    talk.replies(0, &tcp_back(SYN_ACK));
    talk.reaches(0, &tcp(FIN));
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    talk.reaches(0, &tcp(ACK));
    talk.tick(60);
    talk.reaches(1, &tcp(ACK));
}

fn row_12_a_start_leaves_a_draining_server(bed: Bed) {
    for weight in [None, Some(0)] {
        let mut talk = Talk::new(bed);
        talk.establish();
        talk.change(|image| {
            let server = image.members.get_mut(&0).expect("server 0");
            match weight {
                Some(weight) => server.weight = weight,
                None => server.draining = true,
            }
        });
        talk.reaches(0, &tcp(ACK));
        talk.reaches(1, &tcp(SYN));
        talk.reaches(1, &tcp(ACK));
    }
}

fn draining_keeps_flows(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.reaches(0, &tcp(SYN));
    talk.replies(0, &tcp_back(SYN_ACK));
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.change(|image| image.members.get_mut(&0).expect("server 0").draining = true);
    talk.reaches(0, &tcp(ACK));
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.reaches(0, &tcp_on("9c410050", ACK));
    talk.reaches(1, &tcp_on("9c420050", SYN));
    talk.reaches(1, &tcp_on("9c430050", ACK));
    talk.tick(899);
    talk.reaches(0, &tcp(ACK));
}

fn row_12_the_lost_servers_flows_move(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.reaches(0, &tcp(SYN));
    talk.replies(0, &tcp_back(SYN_ACK));
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.member(0, false);
    talk.reaches(1, &tcp(ACK));
    talk.member(0, true);
    // Who moved does not return; who was silent has not moved.
    talk.reaches(1, &tcp(ACK));
    talk.reaches(0, &tcp_on("9c410050", ACK));
    talk.reaches(0, &tcp_on("9c420050", SYN));
    // It is as established as it was.
    talk.tick(899);
    talk.reaches(1, &tcp(ACK));
}

fn row_12_nobody_to_take_over(bed: Bed) {
    let mut talk = Talk::new(bed);
    talk.establish();
    talk.member(0, false);
    talk.member(1, false);
    talk.is_dropped("no-server", &tcp(ACK));
    talk.is_dropped("no-server", &tcp_on("9c410050", SYN));
    // The entry stayed as it was; of the other nothing was kept.
    talk.member(0, true);
    talk.member(1, true);
    talk.reaches(0, &tcp(ACK));
    talk.reaches(1, &tcp_on("9c410050", ACK));
}

fn on_down_keep(bed: Bed) {
    let mut talk = Talk::with_cluster(bed, |cluster| cluster.keep = true);
    talk.establish();
    talk.turn(0, 1);
    talk.member(0, false);
    talk.reaches(0, &tcp(ACK));
    talk.reaches(1, &tcp_on("9c410050", SYN));
    // A start on a closing flow is a new one.
    talk.reaches(0, &tcp(FIN));
    talk.reaches(0, &tcp(ACK));
    talk.reaches(1, &tcp(SYN));
}

fn link_loss_moves_always(kind: CardKind) {
    for keep in [false, true] {
        let mut talk = Talk::with_cluster(plain(kind), |cluster| cluster.keep = keep);
        talk.reaches(0, &tcp(SYN));
        talk.replies(0, &tcp_back(SYN_ACK));
        talk.reaches(0, &tcp_on("9c410050", SYN));
        talk.rig.link(2, false);
        talk.reaches(1, &tcp(ACK));
        talk.rig.link(2, true);
        talk.reaches(1, &tcp(ACK));
        talk.reaches(0, &tcp_on("9c410050", ACK));
        talk.reaches(0, &tcp_on("9c420050", SYN));
    }
}

fn ages_of_the_flows_own_cluster(kind: CardKind) {
    let mut image = image();
    image.clusters[1].unconfirmed = 20;
    image.clusters[1].tcp = 100;
    let mut talk = Talk::with(plain(kind), image);
    let other = |ports| ipv4("06", CLIENT, OTHER_IP, &tcp_header(ports, ACK));
    let other_back = ipv4("06", OTHER_IP, CLIENT, &tcp_header(PORTS_BACK, ACK));
    talk.reaches(2, &other(PORTS));
    talk.reaches(2, &other("9c410050"));
    talk.replies(2, &other_back);
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    talk.change(|image| image.buckets[1].first = Some(1));
    talk.tick(20);
    talk.reaches(1, &other("9c410050"));
    talk.reaches(0, &tcp(SYN));
    talk.tick(99);
    talk.reaches(2, &other(PORTS));
    talk.tick(199);
    talk.reaches(1, &other(PORTS));
}

fn changed_ages_act_from_the_next_frame_on(kind: CardKind) {
    let mut talk = Talk::new(plain(kind));
    talk.establish();
    talk.reaches(1, &tcp_on("9c410050", SYN));
    talk.turn(0, 1);
    talk.change(|image| (image.clusters[0].tcp, image.clusters[0].unconfirmed) = (40, 20));
    // An unconfirmed flow is as old as it is; an established one keeps its term, and a shorter one does not cut it.
    talk.tick(20);
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.reaches(0, &tcp(ACK));
    talk.tick(899);
    talk.reaches(0, &tcp(ACK));
    talk.tick(939);
    talk.turn(1, 0);
    talk.reaches(1, &tcp(ACK));
}

/// The cluster's clients have one server each, whatever they use of it.
fn persistent(bits: (u8, u8)) -> Image {
    let mut image = any_service();
    for vip in &mut image.vips[..2] {
        vip.persistent = true;
    }
    for service in &mut image.services {
        service.client_persistence = true;
    }
    image.client_bits = bits;
    image
}

fn persistent_clients(bed: Bed) {
    let mut talk = Talk::with(bed, persistent((32, 128)));
    talk.reaches(0, &tcp(SYN));
    talk.turn(1, 0);
    for packet in [
        tcp_on("9c4101bb", SYN),
        ipv4("11", CLIENT, WEB_IP, &udp_header("01f401f4")),
        esp("00001234"),
        gre(),
        ipv4("01", CLIENT, WEB_IP, "08000000 00010001"),
        tcp(RST),
        tcp(SYN),
    ] {
        talk.reaches(0, &packet);
    }
    talk.reaches(1, &ipv4("06", CLIENT_2, WEB_IP, &tcp_header(PORTS, SYN)));
    // Any word of the server's confirms; neither an end nor a reset of one connection is the client's.
    talk.replies(0, &ipv4("11", WEB_IP, CLIENT, &udp_header("01f401f4")));
    talk.reaches(0, &tcp(FIN));
    talk.reaches(0, &tcp(RST));
    talk.reaches(0, &tcp(SYN));
    // Of the terms that its frames gave it the longest holds: that of UDP port 500, then that of ESP.
    talk.tick(240);
    talk.reaches(0, &esp("00001235"));
    talk.tick(2_039);
    talk.reaches(0, &tcp(SYN));
    talk.tick(3_839);
    talk.reaches(1, &tcp(SYN));
}

fn persistent_prefixes(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), persistent((24, 56)));
    let from = |client| ipv4("06", client, WEB_IP, &tcp_header(PORTS, SYN));
    let from_6 = |client| ipv6("11", client, WEB_IP_6, &udp_header(PORTS));
    talk.reaches(0, &from("0a000001"));
    talk.reaches(0, &from_6("20010db800aa00010000 000000000001"));
    talk.turn(1, 0);
    talk.reaches(0, &from("0a0000ff"));
    talk.reaches(1, &from("0a000101"));
    talk.reaches(0, &from_6("20010db800aa00ff0000 00000000ffff"));
    talk.reaches(1, &from_6("20010db800aa01010000 000000000001"));
}

fn persistence_of_one_address_alone(kind: CardKind) {
    let mut image = persistent((32, 128));
    image.services.push(Service {
        cluster: 1,
        ..service("192.31.65.9", None, None)
    });
    let mut talk = Talk::with(plain(kind), image);
    let other = |ports| ipv4("06", CLIENT, OTHER_IP, &tcp_header(ports, SYN));
    talk.reaches(0, &other(PORTS));
    talk.turn(1, 0);
    talk.reaches(0, &other(PORTS));
    talk.reaches(1, &other("9c410050"));
    talk.reaches(1, &tcp(SYN));
}

fn persistent_clients_of_a_draining_server(bed: Bed) {
    let mut talk = Talk::with(bed, persistent((32, 128)));
    talk.reaches(0, &tcp(SYN));
    talk.replies(0, &tcp_back(SYN_ACK));
    talk.change(|image| image.members.get_mut(&0).expect("server 0").draining = true);
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.reaches(1, &ipv4("06", CLIENT_2, WEB_IP, &tcp_header(PORTS, SYN)));
    talk.member(0, false);
    talk.reaches(1, &tcp_on("9c410050", ACK));
    talk.reaches(1, &tcp(ACK));
}

/// The web service prefers the less loaded.
fn least_load(weights: [u8; 2]) -> Image {
    let mut image = any_service();
    for service in &mut image.services {
        service.least_load = true;
    }
    for (server, weight) in (0..).zip(weights) {
        image.members.get_mut(&server).expect("a server").weight = weight;
    }
    image
}

fn row_12_least_load(bed: Bed) {
    let mut talk = Talk::with(bed, least_load([1, 1]));
    let ports = |number: u16| format!("{:04x}0050", 0x9c40 + number);
    for (number, server) in (0..).zip([0, 1, 0, 1, 0]) {
        talk.reaches(server, &tcp_on(&ports(number), SYN));
    }
    // Flows that are not at their start go where their addresses say, so that forgotten ones find their server.
    for number in 5..8 {
        talk.reaches(0, &tcp_on(&ports(number), ACK));
    }
    // Six to two: the second makes up for it, with datagrams too.
    for number in 8..12 {
        talk.reaches(1, &ipv4("11", CLIENT, WEB_IP, &udp_header(&ports(number))));
    }
    talk.reaches(0, &tcp_on(&ports(12), SYN));
    for (number, server) in (0..).zip([0, 1, 0, 1, 0, 0, 0, 0]) {
        talk.reaches(server, &tcp_on(&ports(number), ACK));
    }
}

fn row_12_least_load_by_weight(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), least_load([2, 1]));
    // 0:0, 1:0, 1:1, 2:1, 3:1, 3:2 and so on: what has more for its weight passes.
    for (number, server) in (0..).zip([0u16, 1, 0, 0, 1, 0, 0, 1]) {
        let ports = format!("{:04x}0050", 0x9c40 + number);
        talk.reaches(server, &tcp_on(&ports, SYN));
    }
}

fn row_12_least_load_and_who_cannot_take_more(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), least_load([1, 1]));
    talk.reaches(0, &tcp_on("9c400050", SYN));
    talk.change(|image| image.members.get_mut(&1).expect("server 1").draining = true);
    talk.reaches(0, &tcp_on("9c410050", SYN));
    talk.change(|image| image.members.get_mut(&1).expect("server 1").draining = false);
    talk.member(1, false);
    talk.reaches(0, &tcp_on("9c420050", SYN));
    talk.member(1, true);
    talk.reaches(1, &tcp_on("9c430050", SYN));
    talk.member(0, false);
    talk.reaches(1, &tcp_on("9c440050", SYN));
}

fn row_12_two_of_five_servers_lost(kind: CardKind) {
    // Five servers, a bucket for each, the next one behind it; the ports fall into these of eight buckets (computed
    // from the contract, as in the tests of the hash).
    const BUCKETS: [usize; 8] = [2, 6, 1, 5, 7, 3, 4, 0];
    let mut image = image();
    let servers = 10u16..15;
    for server in servers.clone() {
        let mac = format!("0200000004{server:02x}");
        image
            .members
            .insert(server, flowswitch_tests::fixture::member(&mac, 3));
    }
    image.services = vec![Service {
        buckets: BucketRange { base: 8, log2: 3 },
        ..service("192.31.65.1", None, None)
    }];
    image.buckets.resize(8, Default::default());
    for bucket in 0..8u16 {
        image.buckets.push(flowswitch_driver::image::Bucket {
            first: Some(10 + bucket % 5),
            second: Some(10 + (bucket + 1) % 5),
        });
    }
    let mut talk = Talk::with(plain(kind), image);
    let judge = |talk: &mut Talk, port: usize, server: Option<u16>| {
        let packet = tcp_on(&format!("{:04x}0050", 40_000 + port), ACK);
        match server {
            Some(server) => {
                let with = |mac: &str| hex60(&[mac, ROUTER_A_MAC, &packet]);
                let mac = format!("0200000004{server:02x}");
                talk.rig.sends(0, &with(WEB_MAC), 3, &with(&mac));
            }
            None => talk.is_dropped("no-server", &packet),
        }
    };
    let first = |bucket: usize| 10 + (bucket % 5) as u16;
    for (port, bucket) in BUCKETS.into_iter().enumerate() {
        judge(&mut talk, port, Some(first(bucket)));
    }
    talk.member(11, false);
    talk.member(12, false);
    for (port, bucket) in BUCKETS.into_iter().enumerate() {
        // Bucket 1 of each five has both lost; bucket 2 its first.
        let server = match bucket % 5 {
            1 => None,
            2 => Some(13),
            _ => Some(first(bucket)),
        };
        judge(&mut talk, port, server);
    }
}

on_every_layout!(
    row_11_stays_when_its_bucket_changes,
    row_11_before_the_service_is_asked,
    unconfirmed_ages,
    a_reply_confirms,
    bypassing_replies,
    half_closed,
    a_reset_ends_a_flow_soon,
    a_reset_is_undone,
    row_12_a_start_on_a_closing_flow_is_a_new_flow,
    row_12_a_start_leaves_a_draining_server,
    draining_keeps_flows,
    row_12_the_lost_servers_flows_move,
    row_12_nobody_to_take_over,
    on_down_keep,
    persistent_clients,
    persistent_clients_of_a_draining_server,
    row_12_least_load,
);

on_every_card!(
    row_11_every_part_of_the_tuple_tells,
    row_11_any_frame_but_a_reset_begins_a_flow,
    row_11_echo_is_not_remembered,
    row_11_neither_vlan_nor_router_belongs_to_the_key,
    ages_are_counted_in_ticks,
    ages_by_protocol,
    esp_is_confirmed_by_its_second_packet,
    fin_of_an_unconfirmed_flow,
    from_reset_to_fin_and_back,
    row_12_restarted_flows_may_keep_their_server,
    link_loss_moves_always,
    ages_of_the_flows_own_cluster,
    changed_ages_act_from_the_next_frame_on,
    persistent_prefixes,
    persistence_of_one_address_alone,
    row_12_least_load_by_weight,
    row_12_least_load_and_who_cannot_take_more,
    row_12_two_of_five_servers_lost,
);
