//! Row 13, fragments: a datagram stays whole, whichever of its fragments comes first.

use crate::row_11::{any_service, plain};
use crate::talk::{
    ACK, CLIENT, CLIENT_2, CLIENT_6, OTHER_IP, PORTS, SYN, Talk, WEB_IP, WEB_IP_6, fragment4, ipv4,
    ipv6, tcp_header, udp_header,
};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::{on_every_card, on_every_layout};

/// Flags and offset: the first fragment, one in the middle, the last.
const FIRST: &str = "2000";
const MIDDLE: &str = "2003";
const LAST: &str = "0006";

/// A UDP datagram that is no fragment.
fn udp() -> String {
    ipv4("11", CLIENT, WEB_IP, &udp_header(PORTS))
}

/// A fragment of a UDP datagram: flags and offset, identification.
fn fragment(word: &str, id: &str) -> String {
    fragment4(word, id, "11", CLIENT, WEB_IP, &udp_header(PORTS))
}

fn tcp_fragment(word: &str, id: &str) -> String {
    fragment4(word, id, "06", CLIENT, WEB_IP, &tcp_header(PORTS, ACK))
}

/// A fragment by IPv6: next header, offset and flag, identification, what follows.
fn fragment6(next: &str, word: &str, id: &str, rest: &str) -> String {
    let rest = [next, "00", word, id, rest].concat();
    ipv6("2c", CLIENT_6, WEB_IP_6, &rest)
}

fn later_fragments_follow_the_first(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.turn(1, 0);
    // By addresses alone they would go elsewhere.
    for word in [MIDDLE, LAST, MIDDLE, "0001", "3fff"] {
        talk.reaches(0, &fragment(word, "0007"));
    }
    // The first was a frame of its flow, which the next datagram belongs to.
    talk.reaches(0, &udp());
    talk.reaches(0, &fragment(FIRST, "0008"));
    talk.reaches(0, &fragment(LAST, "0008"));
    talk.reaches(0, &fragment(LAST, "0007"));
}

fn later_fragments_of_a_flow_that_was_there_before(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.reaches(0, &udp());
    talk.turn(1, 0);
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.reaches(0, &fragment(LAST, "0007"));
}

fn a_later_fragment_that_comes_first(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.reaches(0, &udp());
    talk.turn(1, 0);
    // Nothing tells which flow it belongs to; the rest of the datagram goes the same way.
    talk.reaches(1, &fragment(LAST, "0007"));
    talk.reaches(1, &fragment(FIRST, "0007"));
    talk.turn(0, 1);
    talk.reaches(1, &fragment(MIDDLE, "0007"));
    // The flow itself is where it was.
    talk.reaches(0, &udp());
    talk.reaches(0, &fragment(FIRST, "0008"));
    talk.turn(1, 0);
    talk.reaches(0, &fragment(LAST, "0008"));
}

fn a_first_fragment_that_follows_does_nothing_to_its_flow(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.reaches(0, &fragment(LAST, "0007"));
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.turn(1, 0);
    talk.reaches(1, &udp());
}

fn what_tells_a_datagram_from_another(kind: CardKind) {
    let mut image = any_service();
    image.services.push(flowswitch_driver::image::Service {
        cluster: 1,
        ..flowswitch_tests::fixture::service("192.31.65.9", None, None)
    });
    let mut talk = Talk::with(plain(kind), image);
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.turn(1, 0);
    let rest = udp_header(PORTS);
    talk.reaches(1, &fragment(LAST, "0008"));
    talk.reaches(1, &fragment(LAST, "8007"));
    talk.reaches(1, &fragment4(LAST, "0007", "84", CLIENT, WEB_IP, &rest));
    talk.reaches(1, &fragment4(LAST, "0007", "11", CLIENT_2, WEB_IP, &rest));
    talk.reaches(1, &fragment4(LAST, "0007", "11", CLIENT, OTHER_IP, &rest));
    talk.reaches(0, &fragment(LAST, "0007"));
}

fn fragments_are_forgotten_after_two_ticks(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.reaches(0, &fragment(FIRST, "0008"));
    talk.turn(1, 0);
    talk.tick(1);
    talk.reaches(0, &fragment(LAST, "0007"));
    talk.tick(2);
    // A look renews nothing.
    talk.reaches(1, &fragment(LAST, "0007"));
    // The flow is still there, and what follows this first fragment is too.
    talk.reaches(0, &fragment(FIRST, "0008"));
    talk.tick(3);
    talk.reaches(0, &fragment(LAST, "0008"));
}

fn tcp_is_dropped_rather_than_torn(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.is_dropped("fragment", &tcp_fragment(LAST, "0007"));
    talk.reaches(0, &tcp_fragment(FIRST, "0007"));
    talk.turn(1, 0);
    talk.reaches(0, &tcp_fragment(LAST, "0007"));
    talk.is_dropped("fragment", &tcp_fragment(MIDDLE, "0008"));
    // Over IPv6 as well; what the fragment header names counts.
    talk.is_dropped(
        "fragment",
        &fragment6("06", "0008", "00000007", &udp_header(PORTS)),
    );
    talk.reaches(1, &fragment6("11", "0008", "00000008", &udp_header(PORTS)));
}

fn tiny_fragments(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    // The first holds two bytes of the ports: it is as good as a later one.
    let tiny = |protocol, id| fragment4(FIRST, id, protocol, CLIENT, WEB_IP, "9c40");
    talk.is_dropped("fragment", &tiny("06", "0007"));
    talk.is_dropped("fragment", &tcp_fragment("2001", "0007"));
    talk.reaches(0, &tiny("11", "0007"));
    talk.turn(1, 0);
    talk.reaches(0, &fragment(LAST, "0007"));
    talk.reaches(1, &tiny("11", "0008"));
    talk.turn(0, 1);
    talk.reaches(1, &fragment(LAST, "0008"));
    talk.reaches(0, &udp());
}

fn overlapping_fragments_go_one_way(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.turn(1, 0);
    // The ports once more, other ones, the same place again.
    talk.reaches(0, &fragment("2001", "0007"));
    talk.reaches(0, &fragment("2001", "0007"));
    let other = fragment4(FIRST, "0007", "11", CLIENT, WEB_IP, &udp_header("9c410051"));
    // It is the first of its own flow, as far as anyone can tell, and its datagram goes with it from here on.
    talk.reaches(1, &other);
    talk.reaches(1, &fragment(LAST, "0007"));
}

fn a_server_that_goes_between_fragments(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.member(0, false);
    // As if it came first: the other server has the rest.
    talk.reaches(1, &fragment(LAST, "0007"));
    talk.member(0, true);
    talk.reaches(1, &fragment(LAST, "0007"));
    talk.is_dropped("fragment", &tcp_fragment(LAST, "0008"));
    talk.member(0, false);
    talk.member(1, false);
    talk.is_dropped("no-server", &fragment(LAST, "0009"));
}

fn fragments_without_a_service(bed: Bed) {
    let mut talk = Talk::new(bed);
    // A later fragment's ports are not asked, its protocol is.
    talk.is_dropped("no-service", &fragment(LAST, "0007"));
    talk.is_dropped("no-service", &fragment(FIRST, "0007"));
    talk.is_dropped("fragment", &tcp_fragment(LAST, "0007"));
    // By IPv6 nobody knows what it is: the lowest service of the address has it.
    talk.reaches(0, &fragment6("11", "0008", "00000007", &udp_header(PORTS)));
}

fn protocols_told_by_addresses(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    let gre = |word, id| fragment4(word, id, "2f", CLIENT, WEB_IP, "00000800 00000000");
    // All fragments belong to the flow, whichever comes first.
    talk.reaches(0, &gre(LAST, "0007"));
    talk.turn(1, 0);
    talk.reaches(0, &gre(FIRST, "0007"));
    talk.reaches(0, &gre(MIDDLE, "0008"));
    talk.tick(40);
    talk.reaches(0, &gre(LAST, "0009"));
}

fn fragments_by_ipv6(bed: Bed) {
    let mut talk = Talk::with(bed, any_service());
    let rest = udp_header(PORTS);
    talk.reaches(0, &fragment6("11", "0001", "00010007", &rest));
    talk.turn(1, 0);
    for word in ["0008", "0009", "fff8"] {
        talk.reaches(0, &fragment6("11", word, "00010007", &rest));
    }
    // The protocol is no part of it, the whole identification is.
    talk.reaches(0, &fragment6("3c", "0008", "00010007", &rest));
    talk.reaches(1, &fragment6("11", "0008", "00020007", &rest));
    // Later first.
    talk.reaches(1, &fragment6("11", "0008", "00010008", &rest));
    talk.reaches(1, &fragment6("11", "0001", "00010008", &rest));
    // One that is none: the flow's own server.
    talk.reaches(0, &fragment6("11", "0000", "00010008", &rest));
    // Of other protocols too: a first one tells by its addresses, later ones follow it.
    let echo = "80000000 00010001";
    talk.reaches(1, &fragment6("3a", "0001", "00010009", echo));
    talk.turn(0, 1);
    talk.reaches(1, &fragment6("3a", "0008", "00010009", echo));
}

fn tiny_fragments_by_ipv6(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.is_dropped("fragment", &fragment6("06", "0001", "00000007", "9c40"));
    talk.reaches(0, &fragment6("11", "0001", "00000008", "9c40"));
    talk.turn(1, 0);
    talk.reaches(0, &fragment6("11", "0008", "00000008", "00000000"));
}

fn fragments_of_persistent_clients(bed: Bed) {
    let mut image = any_service();
    for vip in &mut image.vips[..2] {
        vip.persistent = true;
    }
    for service in &mut image.services {
        service.client_persistence = true;
    }
    let mut talk = Talk::with(bed, image);
    talk.reaches(0, &udp());
    talk.turn(1, 0);
    // Whatever they are of, in whatever order.
    talk.reaches(0, &fragment(LAST, "0007"));
    talk.reaches(0, &tcp_fragment(MIDDLE, "0008"));
    talk.reaches(0, &tcp_fragment(FIRST, "0008"));
    talk.reaches(0, &fragment4(FIRST, "0009", "06", CLIENT, WEB_IP, "9c40"));
    // Nor do they begin anything.
    let other = fragment4(LAST, "0007", "11", CLIENT_2, WEB_IP, &udp_header(PORTS));
    talk.reaches(1, &other);
    talk.turn(0, 1);
    talk.reaches(0, &other);
}

fn fragments_of_draining_servers_flows(kind: CardKind) {
    let mut talk = Talk::with(plain(kind), any_service());
    talk.reaches(0, &udp());
    talk.change(|image| image.members.get_mut(&0).expect("server 0").draining = true);
    talk.reaches(0, &fragment(FIRST, "0007"));
    talk.reaches(0, &fragment(LAST, "0007"));
    talk.reaches(1, &fragment(LAST, "0008"));
}

fn first_fragments_are_frames_of_their_flow(kind: CardKind) {
    // Their ports are asked by services too.
    let mut talk = Talk::new(plain(kind));
    talk.reaches(
        0,
        &fragment4(FIRST, "0007", "06", CLIENT, WEB_IP, &tcp_header(PORTS, SYN)),
    );
    let other = tcp_header("9c400051", SYN);
    talk.is_dropped(
        "no-service",
        &fragment4(FIRST, "0008", "06", CLIENT, WEB_IP, &other),
    );
    talk.turn(1, 0);
    talk.reaches(0, &ipv4("06", CLIENT, WEB_IP, &tcp_header(PORTS, ACK)));
    talk.reaches(0, &tcp_fragment(LAST, "0007"));
    talk.is_dropped("fragment", &tcp_fragment(LAST, "0008"));
}

on_every_layout!(
    later_fragments_follow_the_first,
    later_fragments_of_a_flow_that_was_there_before,
    a_later_fragment_that_comes_first,
    fragments_are_forgotten_after_two_ticks,
    tcp_is_dropped_rather_than_torn,
    tiny_fragments,
    a_server_that_goes_between_fragments,
    fragments_without_a_service,
    protocols_told_by_addresses,
    fragments_by_ipv6,
    fragments_of_persistent_clients,
);

on_every_card!(
    a_first_fragment_that_follows_does_nothing_to_its_flow,
    what_tells_a_datagram_from_another,
    overlapping_fragments_go_one_way,
    tiny_fragments_by_ipv6,
    fragments_of_draining_servers_flows,
    first_fragments_are_frames_of_their_flow,
);
