//! What the driver programs is what the real card's tables say, and a difference is found.

use flowswitch_driver::Device;
use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, Image, LogicalPort, MacAddress, Member, Pool, PortSetup,
    SERVERS, Service, Vip,
};
use flowswitch_driver::tables::Table;
use flowswitch_driver::verify::Difference;
use flowswitch_sim::card::Card;
use flowswitch_sim::rtl::{RtlCard, RtlOptions};

fn member(last: u8, logical_port: u8) -> Member {
    Member {
        mac: MacAddress([2, 0, 0, 0, 0, last]),
        logical_port,
        up: true,
        draining: false,
        up_on_link: false,
        weight: 1,
    }
}

/// Two servers, one of them on a VLAN, a router with a pool, one service and virtual address of each family; all 64
/// logical ports, virtual addresses and clusters, so that each bit of the masks is used.
fn image() -> Image {
    let service = |address: &str, base, client_persistence| Service {
        address: address.parse().expect("an address"),
        protocol: Some(6),
        ports: Some((80, 443)),
        vlan: None,
        client_persistence,
        no_service_to_host: true,
        least_load: true,
        cluster: 42,
        virtual_mac: 0,
        source_virtual: true,
        buckets: BucketRange { base, log2: 3 },
    };
    let bucket = |first, second| Bucket {
        first: Some(first),
        second: Some(second),
    };
    let port = PortSetup { bpdu_to_host: true };
    let logical_port = |n: u8| {
        let tagged = n != 0 && n != 63;
        let vlan = 4000 + u16::from(n);
        LogicalPort {
            port: n % 2,
            untagged: !tagged,
            vlans: (n != 63).then_some(if tagged { (vlan, vlan) } else { (1, 4000) }),
            tagged,
            domain: 0xfff - u16::from(n),
            server: n % 4 < 2,
            announce: n.is_multiple_of(3),
            flood: 0x9e37_79b9_7f4a_7c15u64.rotate_left(n.into()),
        }
    };
    let vip = |n: u8| Vip {
        address: match n {
            0 => "192.31.65.1".parse().expect("an address"),
            1 => "2001:db8:65::1".parse().expect("an address"),
            n => [10, 0, 0, n].into(),
        },
        virtual_mac: 0,
        servers: if n.is_multiple_of(3) {
            [0, 1].into()
        } else {
            [u16::from(n % 2)].into()
        },
        persistent: n % 2 == 1,
        cluster: 63 - n,
    };
    let cluster = |n: u16| ClusterSetup {
        tcp: 4095 - n,
        udp: 0x555 + n,
        ipsec: 0xaaa + n,
        other: 1 + n,
        fin: 64 * n + 63,
        rst: 2048 >> (n % 12),
        unconfirmed: 4095 - 32 * n,
        bypass: n.is_multiple_of(2),
        keep: n % 4 < 2,
    };
    let pool = Pool {
        flows: BucketRange { base: 16, log2: 1 },
        assignment: BucketRange { base: 12, log2: 2 },
        drop_advertisements: true,
    };
    Image {
        ports: vec![port; 2],
        drop_unknown: true,
        fdb_age: 280,
        announce: 0x7abc,
        logical_ports: (0..64).map(logical_port).collect(),
        vips: (0..64).map(vip).collect(),
        services: vec![
            service("192.31.65.1", 0, false),
            service("2001:db8:65::1", 8, true),
        ],
        clusters: (0..64).map(cluster).collect(),
        client_bits: (21, 93),
        members: [
            (0, member(1, 0)),
            (1, member(2, 61)),
            (SERVERS, member(3, 0)),
        ]
        .into(),
        pools: [(0, pool)].into(),
        router_addresses: vec![
            ([192, 31, 65, 2].into(), 0),
            ("fe80::2".parse().expect("an address"), 63),
        ],
        server_addresses: vec![
            ([192, 31, 65, 10].into(), 0),
            ("fe80::a".parse().expect("an address"), 1),
        ],
        host_addresses: vec![[192, 31, 65, 5].into()],
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
    let driver = card.driver_mut();
    assert_eq!(changed_members(driver, &image), [0, SERVERS]);

    // Neither asks for its link's return.
    card.set_link(0, true).expect("a link");
    assert_eq!(changed_members(card.driver_mut(), &image), [0, SERVERS]);
}

/// The members whose entries differ; nothing else may, logical ports of servers that were set up included.
fn changed_members(driver: &mut flowswitch_driver::Card<impl Device>, image: &Image) -> Vec<u16> {
    let differences = driver.verify(image).expect("a reading");
    let members = differences.iter().map(|difference| match difference {
        Difference::Entry {
            table: Table::Member,
            index,
            expected,
            found,
        } => {
            assert_eq!(expected[1] ^ found[1], 1 << 21, "the up bit alone");
            u16::try_from(*index).expect("a member number")
        }
        other => panic!("{other}"),
    });
    members.collect()
}
