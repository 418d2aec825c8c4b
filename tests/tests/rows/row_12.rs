//! Row 12: IP to a virtual MAC that a service matches goes to a member of its bucket.

use crate::frames::{ESP, OTHER, QUIC, WEB, WEB_8080_RESET, WEB_RESET};
use flowswitch_driver::image::{Bucket, Service};
use flowswitch_tests::cards::{Bed, CardKind};
use flowswitch_tests::fixture::{
    OTHER_BUCKET, OTHER_MAC, ROUTER_A, ROUTER_A_MAC, ROUTER_B_MAC, SERVER_0_MAC, SERVER_1_MAC,
    SERVER_2_MAC, STATION_MAC, WEB_MAC, image, one_bucket, service,
};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::rig::Rig;
use flowswitch_tests::{on_every_card, on_every_layout};

fn row_12_only_the_destination_mac_changes(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex(&["02005e006501 020000000260 0800
        4500002800010000 40066fae 0a000001 c01f4101
        9c40005000000001 00000000 50020400 00000000 a1a2a3a4a5a6"]);
    let expected = hex(&["020000000210 020000000260 0800
        4500002800010000 40066fae 0a000001 c01f4101
        9c40005000000001 00000000 50020400 00000000 a1a2a3a4a5a6"]);
    rig.sends(0, &frame, 2, &expected);
}

fn row_12_long_frame(bed: Bed) {
    let mut rig = bed.rig(&image());
    for length in [61, 63, 64, 65, 127, 128, 129, 1514, 9596] {
        let grown = |destination| {
            let mut frame = hex60(&[destination, ROUTER_A_MAC, WEB]);
            let from = frame.len();
            frame.resize(length, 0);
            for (byte, index) in frame[from..].iter_mut().zip(0u32..) {
                *byte = (index % 251) as u8;
            }
            frame
        };
        rig.sends(0, &grown(WEB_MAC), 2, &grown(SERVER_0_MAC));
    }
}

fn row_12_service_ipv6_udp(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex60(&[WEB_MAC, ROUTER_B_MAC, QUIC]);
    rig.sends(1, &frame, 2, &hex60(&[SERVER_0_MAC, ROUTER_B_MAC, QUIC]));
}

fn row_12_service_by_protocol_alone(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, ESP]);
    rig.sends(0, &frame, 2, &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, ESP]));
}

fn row_12_service_of_any_protocol(bed: Bed) {
    let mut rig = bed.rig(&image());
    let echo = "0800 4500001c00010000 40016fb7 0a000001 c01f4109 0800f7ff00000000";
    let frame = hex60(&[OTHER_MAC, ROUTER_A_MAC, echo]);
    rig.sends(0, &frame, 3, &hex60(&[SERVER_2_MAC, ROUTER_A_MAC, echo]));
    let frame = hex60(&[OTHER_MAC, ROUTER_A_MAC, OTHER]);
    rig.sends(0, &frame, 3, &hex60(&[SERVER_2_MAC, ROUTER_A_MAC, OTHER]));
}

fn row_12_tagged_frame_keeps_its_tags(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    for tags in ["8100 0005", "88a8 6064", "88a8 0064 8100 e005"] {
        let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, tags, WEB]);
        rig.sends(
            0,
            &frame,
            2,
            &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, tags, WEB]),
        );
    }
}

fn row_12_service_of_one_vlan(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let expected = |tag| hex60(&[SERVER_0_MAC, ROUTER_A_MAC, tag, WEB_8080_RESET]);
    for tag in ["8100 0064", "88a8 f064 8100 0007"] {
        rig.sends(
            0,
            &hex60(&[WEB_MAC, ROUTER_A_MAC, tag, WEB_8080_RESET]),
            2,
            &expected(tag),
        );
    }
    for tag in ["", "8100 0065", "8100 0000", "88a8 0007 8100 0064"] {
        rig.drops(
            0,
            &hex60(&[WEB_MAC, ROUTER_A_MAC, tag, WEB_8080_RESET]),
            "no-service",
        );
    }
}

fn row_12_vlan_0_is_not_untagged(kind: CardKind) {
    let mut image = image();
    image.services[0].vlan = Some(0);
    let mut rig = Rig::new(kind, &image);
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, "8100 e000", WEB_RESET]);
    rig.sends(
        0,
        &frame,
        2,
        &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, "8100 e000", WEB_RESET]),
    );
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]), "no-service");
}

fn row_12_port_range_ends_count(kind: CardKind) {
    let mut rig = Rig::new(kind, &image());
    let with_port = |destination, port| {
        hex60(&[
            destination,
            ROUTER_A_MAC,
            "8100 0064 0800 4500002800010000 40066fae 0a000001 c01f4101 9c40",
            port,
            "00000001 00000000 5002 0400 0000 0000",
        ])
    };
    for inside in ["1f40", "1f90", "1fa4"] {
        rig.sends(
            0,
            &with_port(WEB_MAC, inside),
            2,
            &with_port(SERVER_0_MAC, inside),
        );
    }
    for outside in ["1f3f", "1fa5", "0000", "ffff", "401f"] {
        rig.drops(0, &with_port(WEB_MAC, outside), "no-service");
    }
}

fn row_12_lowest_numbered_service_wins(bed: Bed) {
    let mut image = image();
    let any = Service {
        buckets: one_bucket(OTHER_BUCKET),
        ..service("192.31.65.1", None, None)
    };
    image.services.push(any.clone());
    let mut rig = bed.rig(&image);
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]);
    rig.sends(
        0,
        &frame,
        2,
        &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, WEB_RESET]),
    );
    image.services.insert(0, any);
    rig.program(&image);
    rig.sends(
        0,
        &frame,
        3,
        &hex60(&[SERVER_2_MAC, ROUTER_A_MAC, WEB_RESET]),
    );
}

fn row_12_virtual_mac_of_another_cluster_will_do(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex60(&[OTHER_MAC, ROUTER_A_MAC, WEB]);
    rig.sends(0, &frame, 2, &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, WEB]));
}

fn row_12_second_takes_over(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]);
    let to_first = hex60(&[SERVER_0_MAC, ROUTER_A_MAC, WEB_RESET]);
    let to_second = hex60(&[SERVER_1_MAC, ROUTER_A_MAC, WEB_RESET]);
    rig.sends(0, &frame, 2, &to_first);
    rig.member(0, false);
    rig.sends(0, &frame, 3, &to_second);
    rig.member(0, true);
    rig.sends(0, &frame, 2, &to_first);
}

fn row_12_draining(bed: Bed) {
    let to = |mac| hex60(&[mac, ROUTER_A_MAC, WEB]);
    // First draining, second draining, second up: who gets the frame.
    let cases = [
        (false, false, true, 2, SERVER_0_MAC),
        (true, false, true, 3, SERVER_1_MAC),
        (true, true, true, 2, SERVER_0_MAC),
        (true, false, false, 2, SERVER_0_MAC),
        (false, true, true, 2, SERVER_0_MAC),
    ];
    for (first_draining, second_draining, second_up, port, mac) in cases {
        let mut image = image();
        image.members.get_mut(&0).expect("server 0").draining = first_draining;
        let second = image.members.get_mut(&1).expect("server 1");
        (second.draining, second.up) = (second_draining, second_up);
        let mut rig = bed.rig(&image);
        rig.sends(0, &to(WEB_MAC), port, &to(mac));
    }
}

fn row_12_draining_second_serves_when_first_is_down(bed: Bed) {
    let mut image = image();
    image.members.get_mut(&0).expect("server 0").up = false;
    image.members.get_mut(&1).expect("server 1").draining = true;
    let mut rig = bed.rig(&image);
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]);
    rig.sends(0, &frame, 3, &hex60(&[SERVER_1_MAC, ROUTER_A_MAC, WEB]));
}

fn row_12_no_server(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.member(0, false);
    rig.member(1, false);
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]), "no-server");
}

fn row_12_bucket_without_members(bed: Bed) {
    let mut image = image();
    image.buckets[0] = Bucket {
        first: None,
        second: None,
    };
    let mut rig = bed.rig(&image);
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]), "no-server");
    image.buckets[0] = Bucket {
        first: None,
        second: Some(1),
    };
    rig.program(&image);
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_RESET]);
    rig.sends(
        0,
        &frame,
        3,
        &hex60(&[SERVER_1_MAC, ROUTER_A_MAC, WEB_RESET]),
    );
    // A number that no member's entry stands behind.
    image.buckets[0] = Bucket {
        first: Some(700),
        second: Some(1),
    };
    rig.program(&image);
    rig.sends(
        0,
        &frame,
        3,
        &hex60(&[SERVER_1_MAC, ROUTER_A_MAC, WEB_RESET]),
    );
}

fn row_12_leaves_by_the_port_it_came_from(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex60(&[WEB_MAC, STATION_MAC, WEB]);
    rig.sends(2, &frame, 2, &hex60(&[SERVER_0_MAC, STATION_MAC, WEB]));
}

fn row_12_server_as_client_of_its_own_cluster(bed: Bed) {
    let mut rig = bed.rig(&image());
    let frame = hex60(&[WEB_MAC, SERVER_0_MAC, WEB]);
    rig.sends(2, &frame, 2, &hex60(&[SERVER_0_MAC, SERVER_0_MAC, WEB]));
}

fn row_12_source_becomes_the_virtual_mac(bed: Bed) {
    let mut image = image();
    image.services[0].source_virtual = true;
    let mut rig = bed.rig(&image);
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, WEB]);
    rig.sends(0, &frame, 2, &hex60(&[SERVER_0_MAC, WEB_MAC, WEB]));
    // The virtual MAC that it came to, whosever it is.
    let frame = hex60(&[OTHER_MAC, STATION_MAC, "8100 0005", WEB]);
    let expected = hex60(&[SERVER_0_MAC, OTHER_MAC, "8100 0005", WEB]);
    rig.sends(1, &frame, 2, &expected);
    // Other services leave the source as it is.
    let frame = hex60(&[WEB_MAC, ROUTER_A_MAC, ESP]);
    rig.sends(0, &frame, 2, &hex60(&[SERVER_0_MAC, ROUTER_A_MAC, ESP]));
    assert_eq!(rig.load(0)[0], 3, "frames to server 0");
    assert_eq!(rig.load(ROUTER_A)[1], 2, "frames of router A");
}

on_every_card!(
    row_12_tagged_frame_keeps_its_tags,
    row_12_service_of_one_vlan,
    row_12_vlan_0_is_not_untagged,
    row_12_port_range_ends_count,
);

on_every_layout!(
    row_12_source_becomes_the_virtual_mac,
    row_12_only_the_destination_mac_changes,
    row_12_long_frame,
    row_12_service_ipv6_udp,
    row_12_service_by_protocol_alone,
    row_12_service_of_any_protocol,
    row_12_lowest_numbered_service_wins,
    row_12_virtual_mac_of_another_cluster_will_do,
    row_12_second_takes_over,
    row_12_draining,
    row_12_draining_second_serves_when_first_is_down,
    row_12_no_server,
    row_12_bucket_without_members,
    row_12_leaves_by_the_port_it_came_from,
    row_12_server_as_client_of_its_own_cluster,
);
