//! Section 1, IPv4: what is read, by which service matches. The services tell what the card has read.

use flowswitch_driver::image::{Image, Service};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    OTHER_BUCKET, ROUTER_A_MAC, SERVER_0_MAC, SERVER_2_MAC, WEB_MAC, image, one_bucket, service,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::Rig;

/// TCP port 80 goes to server 0, TCP without asking for the port to nobody, any protocol but TCP to server 2.
/// A frame whose ports are not readable matches the first service by its protocol alone.
pub fn probe_services(address: &str) -> Image {
    let mut image = image();
    let rest = Service {
        buckets: one_bucket(OTHER_BUCKET),
        ..service(address, None, None)
    };
    image.services = vec![service(address, Some(6), Some((80, 80))), rest];
    image
}

/// The frame matches TCP port 80: its ports were read as such, or were not readable.
#[track_caller]
fn as_web(rig: &mut Rig, packet: &[&str]) {
    let with = |destination: &str| hex60(&[&[destination, ROUTER_A_MAC][..], packet].concat());
    rig.sends(0, &with(WEB_MAC), 2, &with(SERVER_0_MAC));
}

/// The frame matches only the service of any protocol and port.
#[track_caller]
fn as_other(rig: &mut Rig, packet: &[&str]) {
    let with = |destination: &str| hex60(&[&[destination, ROUTER_A_MAC][..], packet].concat());
    rig.sends(0, &with(WEB_MAC), 3, &with(SERVER_2_MAC));
}

fn rig(kind: CardKind) -> Rig {
    Rig::new(kind, &probe_services("192.31.65.1"))
}

const ADDRESSES: &str = "0a000001 c01f4101";
const TO_80: &str = "9c400050 00000001 00000000 5002040000000000";
const TO_81: &str = "9c400051 00000001 00000000 5002040000000000";

fn plain_header(kind: CardKind) {
    let mut rig = rig(kind);
    as_web(
        &mut rig,
        &["0800 4500002800010000 40060000", ADDRESSES, TO_80],
    );
    as_other(
        &mut rig,
        &["0800 4500002800010000 40060000", ADDRESSES, TO_81],
    );
    as_other(
        &mut rig,
        &["0800 4500002800010000 40110000", ADDRESSES, TO_80],
    );
}

fn wrong_header_checksum_is_the_servers_affair(kind: CardKind) {
    let mut rig = rig(kind);
    as_web(
        &mut rig,
        &["0800 4500002800010000 4006dead", ADDRESSES, TO_80],
    );
    as_other(
        &mut rig,
        &["0800 4500002800010000 4006ffff", ADDRESSES, TO_81],
    );
}

fn options_shift_the_ports(kind: CardKind) {
    let mut rig = rig(kind);
    for (start, words) in [("46", 1), ("47", 2), ("4a", 5), ("4f", 10)] {
        let options = "01010101".repeat(words);
        let header = [start, "00005400010000 40060000"].concat();
        as_web(&mut rig, &["0800", &header, ADDRESSES, &options, TO_80]);
        as_other(&mut rig, &["0800", &header, ADDRESSES, &options, TO_81]);
    }
    // Options that look like ports.
    let fake = "9c400050";
    as_other(
        &mut rig,
        &["0800 4600002c00010000 40060000", ADDRESSES, fake, TO_81],
    );
}

fn header_length_below_5_leaves_addresses_alone(kind: CardKind) {
    let mut rig = rig(kind);
    for start in ["40", "41", "44"] {
        let header = [start, "00002800010000 40060000"].concat();
        as_web(&mut rig, &["0800", &header, ADDRESSES, TO_81]);
        let udp = [start, "00002800010000 40110000"].concat();
        as_other(&mut rig, &["0800", &udp, ADDRESSES, TO_80]);
    }
}

fn header_that_ends_behind_the_frame(kind: CardKind) {
    // 60 bytes: with tags and a header of 60 bytes the ports lie outside; not readable, so the port is not asked.
    let mut rig = rig(kind);
    as_web(
        &mut rig,
        &[
            "0800 4f00005000010000 40060000",
            ADDRESSES,
            "0101010101010101",
        ],
    );
    as_web(
        &mut rig,
        &[
            "8100 0001 8100 0002 0800 4b00005000010000 40060000",
            ADDRESSES,
        ],
    );
}

fn total_length_ends_before_the_ports(kind: CardKind) {
    let mut rig = rig(kind);
    // 0, 20, 23 bytes: the four bytes of the ports are not all within. 24: they are.
    for total in ["0000", "0014", "0017"] {
        let header = ["4500", total, "00010000 40060000"].concat();
        as_web(&mut rig, &["0800", &header, ADDRESSES, TO_81]);
    }
    as_other(
        &mut rig,
        &["0800 4500001800010000 40060000", ADDRESSES, TO_81],
    );
    // Longer than the frame: the ports are there all the same.
    as_other(
        &mut rig,
        &["0800 4500ffff00010000 40060000", ADDRESSES, TO_81],
    );
}

fn later_fragments_have_no_ports(kind: CardKind) {
    let mut image = probe_services("192.31.65.1");
    image.services[0].protocol = Some(17);
    let mut rig = Rig::new(kind, &image);
    // Offsets 1, 0x1fff; more fragments too.
    for fragment in ["0001", "1fff", "3fff", "2001"] {
        let header = ["450000280001", fragment, "40110000"].concat();
        as_web(&mut rig, &["0800", &header, ADDRESSES, TO_81]);
    }
    // The first fragment has them. Don't-fragment and the reserved bit make no fragment.
    for (id, fragment) in ["2000", "4000", "8000", "c000", "a000"].iter().enumerate() {
        let header = format!("4500002810{id:02x}{fragment}40110000");
        as_other(&mut rig, &["0800", &header, ADDRESSES, TO_81]);
    }
}

fn tags_shift_everything(kind: CardKind) {
    let mut rig = rig(kind);
    for tags in [
        "",
        "8100 0001",
        "88a8 0ffe",
        "88a8 0001 8100 0002",
        "8100 0001 88a8 0002",
    ] {
        as_web(
            &mut rig,
            &[tags, "0800 4500002800010000 40060000", ADDRESSES, TO_80],
        );
        as_other(
            &mut rig,
            &[tags, "0800 4500002800010000 40060000", ADDRESSES, TO_81],
        );
    }
}

fn other_protocols_have_no_ports(kind: CardKind) {
    // A service of any protocol with a port range: UDP-Lite, DCCP and ICMP have no ports that are read.
    let mut image = image();
    let rest = Service {
        buckets: one_bucket(OTHER_BUCKET),
        ..service("192.31.65.1", None, None)
    };
    image.services = vec![service("192.31.65.1", None, Some((80, 80))), rest];
    let mut rig = Rig::new(kind, &image);
    for protocol in ["01", "04", "21", "2f", "32", "33", "88", "ff", "00"] {
        let header = ["4500002800010000 40", protocol, "0000"].concat();
        as_web(&mut rig, &["0800", &header, ADDRESSES, TO_81]);
    }
    for protocol in ["06", "11", "84"] {
        let header = ["4500002800010000 40", protocol, "0000"].concat();
        as_web(&mut rig, &["0800", &header, ADDRESSES, TO_80]);
        as_other(&mut rig, &["0800", &header, ADDRESSES, TO_81]);
    }
}

on_every_card!(
    plain_header,
    wrong_header_checksum_is_the_servers_affair,
    options_shift_the_ports,
    header_length_below_5_leaves_addresses_alone,
    header_that_ends_behind_the_frame,
    total_length_ends_before_the_ports,
    later_fragments_have_no_ports,
    tags_shift_everything,
    other_protocols_have_no_ports,
);
