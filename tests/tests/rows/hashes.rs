//! Sections 2 and 5: which bucket a flow falls into. The buckets were computed by a program written from section 2
//! alone, with no code of the card, the driver or the model.

use crate::frames::REPLY;
use flowswitch_driver::image::{Bucket, BucketRange, Image, Pool, SERVERS, Service};
use flowswitch_tests::cards::CardKind;
use flowswitch_tests::fixture::{
    ROUTER_A, ROUTER_A_MAC, SERVER_0_MAC, WEB_MAC, image, member, pool, service,
};
use flowswitch_tests::hex::hex60;
use flowswitch_tests::on_every_card;
use flowswitch_tests::rig::Rig;

/// First member that stands for a bucket.
const FIRST: u16 = 100;

/// MAC of the member of bucket `bucket`.
fn bucket_mac(bucket: usize) -> String {
    format!("0200000001{bucket:02x}")
}

/// Both families' services in buckets 8 to 15, a member for each bucket, all on port 3.
fn eight_buckets() -> Image {
    let mut image = image();
    let buckets = BucketRange { base: 8, log2: 3 };
    image.services = ["192.31.65.1", "2001:db8:65::1"]
        .map(|address| Service {
            buckets,
            ..service(address, None, None)
        })
        .to_vec();
    image.buckets.resize(8, Bucket::default());
    for (bucket, number) in (FIRST..FIRST + 8).enumerate() {
        image.members.insert(number, member(&bucket_mac(bucket), 3));
        image.buckets.push(Bucket {
            first: Some(number),
            second: None,
        });
    }
    image
}

/// Sends an IP packet to the cluster and says by which bucket's member it must leave.
#[track_caller]
fn falls_into(rig: &mut Rig, packet: &[&str], bucket: usize) {
    let with = |destination: &str| hex60(&[&[destination, ROUTER_A_MAC][..], packet].concat());
    rig.sends(0, &with(WEB_MAC), 3, &with(&bucket_mac(bucket)));
}

const TCP_HEADER: &str = "0800 4500002800010000 4006 6fae 0a000001 c01f4101";
const REST: &str = "00000001 00000000 5002 0400 0000 0000";

fn source_port_chooses(kind: CardKind) {
    let mut rig = Rig::new(kind, &eight_buckets());
    // From TCP port 40000 on.
    let buckets = [2, 6, 1, 5, 7, 3, 4, 0, 6, 2, 5, 1, 3, 7, 0, 4];
    for (port, bucket) in (40_000u16..).zip(buckets) {
        falls_into(
            &mut rig,
            &[TCP_HEADER, &format!("{port:04x}"), "0050", REST],
            bucket,
        );
    }
}

fn source_address_chooses(kind: CardKind) {
    let mut rig = Rig::new(kind, &eight_buckets());
    // From 10.0.0.1 on.
    let buckets = [2, 7, 2, 6, 3, 6, 3, 7, 2, 7, 2, 6];
    for (last, bucket) in (1u8..).zip(buckets) {
        let header = "0800 4500002800010000 4006 0000 0a0000";
        let packet = [header, &format!("{last:02x}"), "c01f4101 9c40 0050", REST];
        falls_into(&mut rig, &packet, bucket);
    }
}

fn protocol_chooses(kind: CardKind) {
    let mut rig = Rig::new(kind, &eight_buckets());
    // UDP, SCTP.
    falls_into(
        &mut rig,
        &["0800 4500001c00010000 4011 6faf 0a000001 c01f4101 9c400050 00080000"],
        7,
    );
    falls_into(
        &mut rig,
        &[
            "0800 4500002000010000 4084 6f38 0a000001 c01f4101 9c400050",
            REST,
        ],
        0,
    );
    // ESP by SPI; AH by SPI.
    for (spi, bucket) in [
        ("00001234", 7),
        ("00001235", 4),
        ("00001236", 1),
        ("00001237", 2),
    ] {
        let header = "0800 4500002c00010000 4032 6f7e 0a000001 c01f4101";
        falls_into(&mut rig, &[header, spi, "00000001"], bucket);
    }
    let ah = "0800 4500002c00010000 4033 6f7d 0a000001 c01f4101 06040000 00001234 00000001";
    falls_into(&mut rig, &[ah], 7);
}

fn ipv6_flows(kind: CardKind) {
    let mut rig = Rig::new(kind, &eight_buckets());
    // From UDP port 40000 on.
    let buckets = [5, 1, 6, 2, 0, 4];
    for (port, bucket) in (40_000u16..).zip(buckets) {
        let header = "86dd 60000000 0008 11 40 20010db8000000000000 00000000000a
            20010db8006500000000 000000000001";
        falls_into(
            &mut rig,
            &[header, &format!("{port:04x}"), "01bb 0008 0000"],
            bucket,
        );
    }
}

fn without_layer_4_by_addresses_alone(kind: CardKind) {
    let mut rig = Rig::new(kind, &eight_buckets());
    let rest = "9c400050 00000001 00000000 5002040000000000";
    // ICMP, GRE, IP in IP.
    for protocol in ["01", "2f", "04"] {
        let header = [
            "0800 4500002800010000 40",
            protocol,
            "0000 0a000001 c01f4101",
        ];
        falls_into(&mut rig, &[header.concat().as_str(), rest], 7);
    }
    // TCP: header length 4, total length of the header alone.
    for start in ["4400002800010000", "4500001400010000"] {
        falls_into(
            &mut rig,
            &["0800", start, "40060000 0a000001 c01f4101", rest],
            7,
        );
    }
    // UDP: a later fragment.
    falls_into(
        &mut rig,
        &["0800 45000028000100b9 40110000 0a000001 c01f4101", rest],
        7,
    );
    // IPv6, no next header.
    let ipv6 = "86dd 60000000 0008 3b 40 20010db8000000000000 00000000000a 20010db8006500000000
        000000000001 9c4001bb 00080000";
    falls_into(&mut rig, &[ipv6], 5);
}

fn client_persistence_is_by_addresses_alone(kind: CardKind) {
    let mut image = eight_buckets();
    for vip in &mut image.vips {
        vip.persistent = true;
    }
    for service in &mut image.services {
        service.client_persistence = true;
    }
    let mut rig = Rig::new(kind, &image);
    for port in ["9c40", "9c41", "0001", "ffff"] {
        falls_into(&mut rig, &[TCP_HEADER, port, "0050", REST], 7);
    }
    for (last, bucket) in [("02", 2), ("04", 3), ("05", 6)] {
        let header = [
            "0800 4500002800010000 40060000 0a0000",
            last,
            "c01f4101 9c400050",
        ]
        .concat();
        falls_into(&mut rig, &[&header, REST], bucket);
    }
}

fn seventeen_bits_of_the_hash(kind: CardKind) {
    // The whole pool is one range; the flow falls into bucket 0x2f12 of it.
    const BUCKET: usize = 0x0_2f12;
    let mut image = eight_buckets();
    image.services.truncate(1);
    image.services[0].buckets = BucketRange { base: 0, log2: 17 };
    image.buckets = vec![
        Bucket {
            first: Some(FIRST),
            second: None
        };
        BUCKET + 2
    ];
    image.buckets[BUCKET].first = Some(FIRST + 5);
    let mut rig = Rig::new(kind, &image);
    falls_into(&mut rig, &[TCP_HEADER, "9c40 0050", REST], 5);
}

fn router_pools_are_hashed_too(kind: CardKind) {
    let mut image = eight_buckets();
    for (number, bucket) in (2u16..10).zip(8..) {
        let router = SERVERS + number;
        image
            .members
            .insert(router, member(&format!("0200000003{number:02x}"), 1));
        image.buckets[bucket].first = Some(router);
    }
    image.pools.insert(
        0,
        Pool {
            flows: BucketRange { base: 8, log2: 3 },
            ..pool()
        },
    );
    let mut rig = Rig::new(kind, &image);
    rig.member(ROUTER_A, false);
    // The reply, 192.31.65.1 port 80 to 10.0.0.1 port 40000, falls into bucket 5: router 7.
    let frame = hex60(&[ROUTER_A_MAC, SERVER_0_MAC, REPLY]);
    rig.sends(2, &frame, 1, &hex60(&["020000000307", SERVER_0_MAC, REPLY]));
}

on_every_card!(
    source_port_chooses,
    source_address_chooses,
    protocol_chooses,
    ipv6_flows,
    without_layer_4_by_addresses_alone,
    client_persistence_is_by_addresses_alone,
    seventeen_bits_of_the_hash,
    router_pools_are_hashed_too,
);
