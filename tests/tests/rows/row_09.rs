//! Row 9: what routers broadcast about themselves is kept from servers, whose routers are assigned to them.

use crate::asks::{
    ALL_NODES, ALL_NODES_MAC, ROUTER_A_IP, ROUTER_B_IP, STATION_IP, STATION_IP6, WEB_IP6,
    advertisement, frame, ip6, reply, request, solicits,
};
use crate::frames::{BROADCAST, PLAIN};
use flowswitch_driver::image::Image;
use flowswitch_tests::cards::Bed;
use flowswitch_tests::fixture::{
    OTHER_MAC, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC, STATION_2_MAC, STATION_MAC,
    WEB_MAC, image,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::neighbour::Discovery;
use flowswitch_tests::on_every_layout;

const ROUTER_A_LINK_LOCAL: &str = "fe80::2";

/// Router A's pool keeps router advertisements from servers; router B's lets them pass.
fn advertisements_kept() -> Image {
    let mut image = image();
    image.pools.get_mut(&0).expect("pool").drop_advertisements = true;
    image
}

fn router_advertisement(to: &str, from: &str) -> Vec<u8> {
    let [source, all] = [ROUTER_A_LINK_LOCAL, ALL_NODES].map(ip6);
    let message = Discovery::router_advertisement(source, all);
    frame(
        to,
        from,
        &message.with_option(1, 1, &[2, 0, 0, 0, 2, 0x60]).bytes(),
    )
}

fn redirect(to: &str, from: &str) -> Vec<u8> {
    let [source, target, better, far] =
        [ROUTER_A_LINK_LOCAL, WEB_IP6, "fe80::3", "2001:db8::a"].map(ip6);
    let message = Discovery::redirect(source, target, better, far);
    frame(to, from, &message.bytes())
}

fn row_09_arp_to_a_group(bed: Bed) {
    let mut rig = bed.rig(&image());
    for packet in [
        request(ROUTER_A_MAC, ROUTER_A_IP, STATION_IP),
        request(ROUTER_A_MAC, ROUTER_A_IP, ROUTER_A_IP),
        request(ROUTER_A_MAC, "0.0.0.0", ROUTER_A_IP),
        reply((ROUTER_A_MAC, ROUTER_A_IP), (BROADCAST, ROUTER_A_IP)),
    ] {
        for to in [BROADCAST, "01005e000001"] {
            rig.floods(0, &frame(to, ROUTER_A_MAC, &packet), &[1]);
        }
    }
    let gratuitous = request(ROUTER_B_MAC, ROUTER_B_IP, ROUTER_B_IP);
    rig.floods(1, &frame(BROADCAST, ROUTER_B_MAC, &gratuitous), &[0]);
}

fn row_09_advertisement_to_a_group(bed: Bed) {
    let mut rig = bed.rig(&image());
    let message = advertisement(ROUTER_A_MAC, "2001:db8:65::2", ALL_NODES);
    rig.floods(
        0,
        &frame(ALL_NODES_MAC, ROUTER_A_MAC, &message.bytes()),
        &[1],
    );
    // One that is longer than the window is no less of one.
    let long = message.with_option(14, 10, &[0x5a; 78]);
    rig.floods(0, &frame(ALL_NODES_MAC, ROUTER_A_MAC, &long.bytes()), &[1]);
}

fn row_09_not_by_unicast(bed: Bed) {
    let mut rig = bed.rig(&image());
    let answer = reply((ROUTER_A_MAC, ROUTER_A_IP), (SERVER_0_MAC, STATION_IP));
    rig.passes(0, &frame(SERVER_0_MAC, ROUTER_A_MAC, &answer), 2);
    let asked = request(ROUTER_A_MAC, ROUTER_A_IP, STATION_IP);
    rig.passes(0, &frame(SERVER_1_MAC, ROUTER_A_MAC, &asked), 3);
    let answer = advertisement(ROUTER_A_MAC, "2001:db8:65::2", "fe80::210");
    rig.passes(0, &frame(SERVER_0_MAC, ROUTER_A_MAC, &answer.bytes()), 2);
}

fn row_09_nothing_else_and_nobody_else(bed: Bed) {
    let mut rig = bed.rig(&image());
    // Other frames of a router, its solicitations among them.
    rig.floods(0, &hex60(&[BROADCAST, ROUTER_A_MAC, PLAIN]), &[1, 2, 3]);
    let asked = solicits(ROUTER_A_MAC, ROUTER_A_LINK_LOCAL, STATION_IP6);
    rig.floods(0, &asked, &[1, 2, 3]);
    // Stations are nobody's routers.
    let asked = request(STATION_MAC, STATION_IP, "192.31.65.78");
    rig.floods(0, &frame(BROADCAST, STATION_MAC, &asked), &[1, 2, 3]);
    let told = advertisement(STATION_MAC, STATION_IP6, ALL_NODES).bytes();
    rig.floods(0, &frame(ALL_NODES_MAC, STATION_MAC, &told), &[1, 2, 3]);
}

fn row_09_router_advertisement_passes(bed: Bed) {
    let mut rig = bed.rig(&image());
    let told = router_advertisement(ALL_NODES_MAC, ROUTER_A_MAC);
    rig.floods(0, &told, &[1, 2, 3]);
    rig.passes(0, &router_advertisement(SERVER_0_MAC, ROUTER_A_MAC), 2);
}

fn row_09_router_advertisement_kept_from_servers(bed: Bed) {
    let mut rig = bed.rig(&advertisements_kept());
    let told = router_advertisement(ALL_NODES_MAC, ROUTER_A_MAC);
    rig.floods(0, &told, &[1]);
    for to in [SERVER_0_MAC, SERVER_1_MAC] {
        rig.drops(0, &router_advertisement(to, ROUTER_A_MAC), "isolated");
    }
    // To anyone else it goes as ever; router B's pool has another policy, and a station has none.
    rig.passes(0, &router_advertisement(ROUTER_B_MAC, ROUTER_A_MAC), 1);
    let told = router_advertisement(ALL_NODES_MAC, ROUTER_B_MAC);
    rig.floods(1, &told, &[0, 2, 3]);
    rig.passes(1, &router_advertisement(SERVER_0_MAC, ROUTER_B_MAC), 2);
    let told = router_advertisement(ALL_NODES_MAC, STATION_MAC);
    rig.floods(0, &told, &[1, 2, 3]);
}

fn row_09_router_advertisement_that_is_none(bed: Bed) {
    let mut rig = bed.rig(&advertisements_kept());
    let [source, all] = [ROUTER_A_LINK_LOCAL, ALL_NODES].map(ip6);
    let good = Discovery::router_advertisement(source, all);
    for broken in [
        Discovery {
            hop_limit: 254,
            ..good.clone()
        },
        Discovery {
            code: 1,
            ..good.clone()
        },
        Discovery {
            checksum_damage: 1,
            ..good.clone()
        },
        Discovery {
            // Router solicitation.
            kind: 133,
            ..good
        },
    ] {
        let broken = frame(ALL_NODES_MAC, ROUTER_A_MAC, &broken.bytes());
        rig.floods(0, &broken, &[1, 2, 3]);
    }
}

fn row_09_redirect(bed: Bed) {
    for image in [image(), advertisements_kept()] {
        let mut rig = bed.rig(&image);
        for to in [SERVER_0_MAC, SERVER_1_MAC, WEB_MAC, OTHER_MAC] {
            // From anyone: a station's is as false as a router's.
            rig.drops(0, &redirect(to, ROUTER_A_MAC), "isolated");
            rig.drops(1, &redirect(to, STATION_MAC), "isolated");
        }
        rig.passes(0, &redirect(ROUTER_B_MAC, ROUTER_A_MAC), 1);
        let elsewhere = redirect(STATION_2_MAC, ROUTER_A_MAC);
        rig.floods(0, &elsewhere, &[1, 2, 3]);
    }
}

on_every_layout!(
    row_09_arp_to_a_group,
    row_09_advertisement_to_a_group,
    row_09_not_by_unicast,
    row_09_nothing_else_and_nobody_else,
    row_09_router_advertisement_passes,
    row_09_router_advertisement_kept_from_servers,
    row_09_router_advertisement_that_is_none,
    row_09_redirect,
);
