//! Rows 16 and 17: to a router, and past a router that is down.

use crate::frames::{ARP, PLAIN, REPLY, TO_ROUTER_A};
use flowswitch_driver::image::Pool;
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    ROUTER_A, ROUTER_A_MAC, ROUTER_B, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC, SPARE_BUCKET,
    STATION_MAC, WEB_BUCKET, image, member, one_bucket, pool,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::rig::Rig;
use flowswitch_tests::{on_every_card, on_every_layout};

fn row_16_router_up(bed: Bed) {
    let mut rig = bed.rig(&image());
    for (port, frame) in [
        (2, hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY])),
        (3, hex60(&[ROUTER_A_MAC, SERVER_1_MAC, "8100 0064", REPLY])),
        (1, hex60(&[ROUTER_A_MAC, STATION_MAC, REPLY])),
        (1, hex60(&[ROUTER_A_MAC, ROUTER_B_MAC, ARP])),
    ] {
        rig.sends(port, &frame, 0, &frame);
    }
}

fn row_16_draining_router_is_up(bed: Bed) {
    let mut image = image();
    image.members.get_mut(&ROUTER_A).expect("router A").draining = true;
    let mut rig = bed.rig(&image);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]);
    rig.sends(2, &frame, 0, &frame);
}

fn row_16_router_on_the_port_it_came_from(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(0, &hex60(&[ROUTER_A_MAC, STATION_MAC, REPLY]), "filtered");
}

fn row_17_other_router_of_the_pool(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, "8100 0064", REPLY]);
    rig.sends(
        2,
        &frame,
        1,
        &hex60(&[ROUTER_B_MAC, SERVER_0_MAC, "8100 0064", REPLY]),
    );
}

fn row_17_router_lost_its_link(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    rig.link(0, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]);
    rig.sends(2, &frame, 1, &hex60(&[ROUTER_B_MAC, SERVER_0_MAC, REPLY]));
}

fn row_17_pool_of_that_router(bed: Bed) {
    // Router C stands behind router A alone; router B's pool stays as it is.
    let mut image = image();
    image
        .members
        .insert(ROUTER_B + 1, member("020000000280", 1));
    image.buckets[SPARE_BUCKET as usize].first = Some(ROUTER_B + 1);
    image.pools.insert(
        0,
        Pool {
            flows: one_bucket(SPARE_BUCKET),
            ..pool()
        },
    );
    let mut rig = bed.rig(&image);
    rig.member(ROUTER_A, false);
    rig.member(ROUTER_B, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]);
    rig.sends(2, &frame, 1, &hex60(&["020000000280", SERVER_0_MAC, REPLY]));
    rig.drops(2, &hex60(&[ROUTER_B_MAC, SERVER_0_MAC, REPLY]), "no-router");
}

fn row_17_back_out_of_the_port_it_came_from(bed: Bed) {
    // A server and router B share port 1: the re-addressed frame goes back there.
    let mut image = image();
    image.members.insert(5, member("020000000255", 1));
    let mut rig = bed.rig(&image);
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, "020000000255", REPLY]);
    rig.sends(1, &frame, 1, &hex60(&[ROUTER_B_MAC, "020000000255", REPLY]));
}

fn row_17_no_router(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    rig.member(ROUTER_B, false);
    rig.drops(2, &hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]), "no-router");
}

fn row_17_source_is_no_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, STATION_MAC, REPLY]);
    rig.sends(2, &frame, 0, &frame);
    let frame = hex60(&[ROUTER_A_MAC, ROUTER_B_MAC, REPLY]);
    rig.sends(1, &frame, 0, &frame);
}

fn row_17_not_ip(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, PLAIN]);
    rig.sends(2, &frame, 0, &frame);
}

fn row_17_to_a_routers_own_address(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, TO_ROUTER_A]);
    rig.sends(2, &frame, 0, &frame);
    // Any router's: the table does not say whose an address is.
    let to_b = "0800 4500002800010000 4006788c c01f4101 c01f4103 00509c40";
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, to_b]);
    rig.sends(2, &frame, 0, &frame);
    // 2001:db8:65::2, and an address one bit away from it.
    let own = "86dd 60000000 0008 11 40 20010db8006500000000 000000000001 20010db8006500000000
        000000000002 01bb 9c40 0008 0000";
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, own]);
    rig.sends(2, &frame, 0, &frame);
    let next = "86dd 60000000 0008 11 40 20010db8006500000000 000000000001 20010db8006500000000
        000000000003 01bb 9c40 0008 0000";
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, next]);
    rig.sends(2, &frame, 1, &hex60(&[ROUTER_B_MAC, SERVER_0_MAC, next]));
}

fn row_17_pool_may_name_any_member(bed: Bed) {
    // A bucket names members, not kinds of members.
    let mut image = image();
    image.pools.insert(
        0,
        Pool {
            flows: one_bucket(WEB_BUCKET),
            ..pool()
        },
    );
    let mut rig = bed.rig(&image);
    rig.member(ROUTER_A, false);
    let frame = hex60(&[ROUTER_A_MAC, SERVER_1_MAC, REPLY]);
    rig.sends(3, &frame, 2, &hex60(&[SERVER_0_MAC, SERVER_1_MAC, REPLY]));
}

on_every_card!(row_17_router_lost_its_link,);

on_every_layout!(
    row_16_router_up,
    row_16_draining_router_is_up,
    row_16_router_on_the_port_it_came_from,
    row_17_other_router_of_the_pool,
    row_17_pool_of_that_router,
    row_17_back_out_of_the_port_it_came_from,
    row_17_no_router,
    row_17_source_is_no_server,
    row_17_not_ip,
    row_17_to_a_routers_own_address,
    row_17_pool_may_name_any_member,
);
