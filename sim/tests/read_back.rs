//! What the driver programs is what the real card's tables say, and a difference is found.

use flowswitch_driver::image::{
    Bucket, BucketRange, Image, MacAddress, Member, PortSetup, SERVERS, Service,
};
use flowswitch_driver::verify::Difference;
use flowswitch_sim::card::Card;
use flowswitch_sim::rtl::{RtlCard, RtlOptions};

fn member(last: u8, port: u8) -> Member {
    Member {
        mac: MacAddress([2, 0, 0, 0, 0, last]),
        port,
        up: true,
        draining: false,
        up_on_link: false,
        weight: 1,
    }
}

/// Two servers, a router with a pool, one service of each family.
fn image() -> Image {
    let service = |address: &str, base| Service {
        address: address.parse().expect("an address"),
        protocol: Some(6),
        ports: Some((80, 443)),
        vlan: None,
        client_persistence: false,
        no_service_to_host: true,
        least_load: false,
        cluster: 1,
        virtual_mac: 0,
        buckets: BucketRange { base, log2: 3 },
    };
    let bucket = |first, second| Bucket {
        first: Some(first),
        second: Some(second),
    };
    let port = PortSetup {
        bpdu_to_host: true,
        flood_mask: 3,
    };
    Image {
        ports: vec![port; 2],
        drop_unknown: true,
        fdb_age: 280,
        services: vec![service("192.31.65.1", 0), service("2001:db8:65::1", 8)],
        members: [
            (0, member(1, 0)),
            (1, member(2, 1)),
            (SERVERS, member(3, 0)),
        ]
        .into(),
        pools: [(0, BucketRange { base: 16, log2: 1 })].into(),
        router_addresses: vec!["192.31.65.2".parse().expect("an address")],
        virtual_macs: vec![MacAddress([2, 0, 0x5e, 0, 0x65, 1])],
        host: Some(MacAddress([2, 0, 0, 0, 0, 9])),
        buckets: [bucket(0, 1); 16]
            .into_iter()
            .chain([bucket(SERVERS, SERVERS); 2])
            .collect(),
    }
}

#[test]
fn every_table_reads_back_as_programmed() {
    let image = image();
    let mut card = RtlCard::new(2, 1, RtlOptions::default()).expect("a Verilated card");
    card.program(&image).expect("the card takes the image");
    let driver = card.driver_mut();
    assert_eq!(driver.verify(&image).expect("a reading"), []);

    let changed = Bucket {
        first: Some(1),
        second: None,
    };
    driver.write_bucket(5, changed).expect("a write");
    assert_eq!(driver.read_bucket(5).expect("a reading"), changed);
    let differences = driver.verify(&image).expect("a reading");
    assert!(
        matches!(differences[..], [Difference::Bucket { index: 5, .. }]),
        "{differences:?}"
    );
}

#[test]
fn a_lost_link_clears_the_up_bits_of_its_members_and_no_others() {
    let image = image();
    let mut card = RtlCard::new(2, 1, RtlOptions::default()).expect("a Verilated card");
    card.program(&image).expect("the card takes the image");
    card.set_link(0, false).expect("a link");
    let mut expected = image.clone();
    for member in expected.members.values_mut() {
        member.up = member.port != 0;
    }
    let driver = card.driver_mut();
    assert_eq!(driver.verify(&expected).expect("a reading"), []);
    assert_eq!(driver.verify(&image).expect("a reading").len(), 2);

    // Neither asks for its link's return.
    card.set_link(0, true).expect("a link");
    assert_eq!(card.driver_mut().verify(&expected).expect("a reading"), []);
}
