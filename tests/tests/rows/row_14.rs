//! Row 14: a virtual MAC without a service for the frame.

use crate::frames::{ARP, CAUGHT, ECHO, PLAIN, STRANGER, WEB, WEB_8080};
use flowswitch_driver::image::Service;
use flowswitch_tests::cards::Bed;
use flowswitch_tests::fixture::{OTHER_MAC, ROUTER_A_MAC, STATION_MAC, WEB_MAC, image, service};
use flowswitch_tests::hex::{hex, hex60};
use flowswitch_tests::on_every_layout;
use flowswitch_tests::rig::HostReason;

fn row_14_no_service(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, WEB_8080]), "no-service");
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, ECHO]), "no-service");
    // The right port of the wrong protocol: UDP to 80.
    let udp = "0800 4500001c00010000 40116faf 0a000001 c01f4101 9c40 0050 0008 0000";
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, udp]), "no-service");
    // The right service of the wrong family: UDP 443 over IPv4.
    let udp = "0800 4500001c00010000 40116faf 0a000001 c01f4101 9c40 01bb 0008 0000";
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, udp]), "no-service");
}

fn row_14_no_service_to_host(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.to_host(
        0,
        &hex60(&[OTHER_MAC, ROUTER_A_MAC, CAUGHT]),
        HostReason::NoService,
    );
}

fn row_14_lowest_numbered_service_of_the_address_decides(bed: Bed) {
    let mut image = image();
    let to_host = Service {
        no_service_to_host: true,
        ..service("192.31.65.1", Some(132), None)
    };
    image.services.push(to_host.clone());
    let mut rig = bed.rig(&image);
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, ECHO]), "no-service");
    image.services.insert(0, to_host);
    rig.program(&image);
    rig.to_host(
        0,
        &hex60(&[WEB_MAC, ROUTER_A_MAC, ECHO]),
        HostReason::NoService,
    );
}

fn row_14_not_ours_address(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, STRANGER]), "not-ours");
    // 2001:db8:65::2 is no cluster's.
    let ipv6 = "86dd 60000000 0008 11 40 20010db8000000000000 00000000000a 20010db8006500000000
        000000000002 9c40 01bb 0008 0000";
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, ipv6]), "not-ours");
    // 192.31.65.1 in the last four bytes of an IPv6 address is another address.
    let mixed = "86dd 60000000 0008 11 40 20010db8000000000000 00000000000a 00000000000000000000
        0000c01f4101 9c40 0050 0008 0000";
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, mixed]), "not-ours");
}

fn row_14_not_ours_is_not_ip(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, ARP]), "not-ours");
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, PLAIN]), "not-ours");
    // IEEE 802.3 length instead of an ethertype.
    rig.drops(
        0,
        &hex60(&[WEB_MAC, ROUTER_A_MAC, "0026 424203"]),
        "not-ours",
    );
    // IPv4 with version 5; IPv6 with version 4.
    let version_5 = "0800 5500002800010000 40066fae 0a000001 c01f4101 9c400050";
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, version_5]), "not-ours");
    let version_4 = "86dd 40000000 0008 11 40 20010db8000000000000 00000000000a
        20010db8006500000000 000000000001 9c4001bb00080000";
    rig.drops(0, &hex60(&[WEB_MAC, ROUTER_A_MAC, version_4]), "not-ours");
    // Another tag's number, 0x9100, is none of ours.
    rig.drops(
        0,
        &hex60(&[WEB_MAC, ROUTER_A_MAC, "9100 0001", WEB]),
        "not-ours",
    );
}

fn row_14_source_is_learned(bed: Bed) {
    let mut rig = bed.rig(&image());
    rig.drops(0, &hex60(&[WEB_MAC, STATION_MAC, STRANGER]), "not-ours");
    let answer = hex(&[STATION_MAC, "020000000b01", PLAIN, &"00".repeat(38)]);
    rig.sends(1, &answer, 0, &answer);
}

on_every_layout!(
    row_14_no_service,
    row_14_no_service_to_host,
    row_14_lowest_numbered_service_of_the_address_decides,
    row_14_not_ours_address,
    row_14_not_ours_is_not_ip,
    row_14_source_is_learned,
);
