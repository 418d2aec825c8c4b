//! The bits of table entries: expected words written by hand from the tables page.

use std::net::IpAddr;

use flowswitch_driver::counters::{PortCounters, Totals, Traffic};
use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, LogicalPort, MacAddress, Member, Pool, Service,
};
use flowswitch_driver::tables::{
    Address, AddressKind, Direction, Entry, FlowCount, FlowEntry, FlowRemoval, FlowSearch,
    FlowState, Learned, MemberEntry, ServerFlows, ServerVips, Station, StationKind, Table,
    VipEntry, VipPorts, Writable, drop_counters_index, encode_bucket, member_counters_index,
};

fn service() -> Service {
    Service {
        address: "192.31.65.1".parse().unwrap(),
        protocol: Some(6),
        ports: Some((80, 443)),
        vlan: None,
        client_persistence: false,
        no_service_to_host: false,
        least_load: false,
        cluster: 5,
        virtual_mac: 3,
        source_virtual: false,
        buckets: BucketRange {
            base: 0x1_0400,
            log2: 10,
        },
    }
}

#[test]
fn an_ipv4_service() {
    // 192.31.65.1 = c0 1f 41 01; flags: valid, any VLAN; protocol 6; ports 80 = 0x50 to 443 = 0x1bb.
    let expected = [
        0xc01f_4101,
        0,
        0,
        0,
        0x0000_0611,
        0x01bb_0050,
        0x00a1_0400,
        0x0000_0305,
    ];
    assert_eq!(Some(service()).encode(), expected);
}

#[test]
fn an_ipv6_service_with_every_flag() {
    let service = Service {
        address: "2001:db8:65::a:1".parse().unwrap(),
        protocol: None,
        ports: None,
        vlan: Some(0xabc),
        client_persistence: true,
        no_service_to_host: true,
        least_load: true,
        cluster: 63,
        virtual_mac: 63,
        source_virtual: true,
        buckets: BucketRange { base: 0, log2: 17 },
    };
    // Flags: valid, IPv6, any protocol, any port, not any VLAN, client, host, least load: 0b1110_1111.
    let expected = [
        0x000a_0001,
        0,
        0x0065_0000,
        0x2001_0db8,
        0x0abc_00ef,
        0,
        0x0110_0000,
        0x0001_3f3f,
    ];
    assert_eq!(Some(service).encode(), expected);
}

#[test]
fn a_member() {
    let entry = MemberEntry {
        member: Member {
            mac: MacAddress([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]),
            logical_port: 0x2a,
            up: true,
            draining: false,
            up_on_link: true,
            weight: 200,
        },
        port: 7,
        tagged: true,
    };
    // Weight 0xc8; up on link, up, valid = 0b1011; port 7; MAC from the top; tagged, logical port.
    let expected = [0x2233_4455, 0xc8b7_0211, 0x0000_012a, 0, 0, 0, 0, 0];
    assert_eq!(Some(entry.clone()).encode(), expected);
    let transparent = MemberEntry {
        tagged: false,
        ..entry
    };
    assert_eq!(Some(transparent).encode()[2], 0x2a);
    assert_eq!(None::<MemberEntry>.encode(), [0; 8]);
}

#[test]
fn a_pool() {
    let pool = Pool {
        flows: BucketRange {
            base: 0x1_ff00,
            log2: 8,
        },
        assignment: BucketRange {
            base: 0x400,
            log2: 10,
        },
        drop_advertisements: true,
    };
    assert_eq!(pool.encode(), [0x1081_ff00, 0x00a0_0400, 0, 0, 0, 0, 0, 0]);
    let passed = Pool {
        drop_advertisements: false,
        ..pool
    };
    assert_eq!(passed.encode()[0], 0x0081_ff00);
}

#[test]
fn stations() {
    let station = |kind, port, index, logical_port, tagged| {
        Some(Station {
            mac: MacAddress([0x02, 0x00, 0x5e, 0x00, 0x65, 0x01]),
            kind,
            port,
            index,
            logical_port,
            tagged,
        })
        .encode()
    };
    let words = |high, index| [0x5e00_6501, high, index, 0, 0, 0, 0, 0];
    let server = station(StationKind::Server, 3, 1023, 63, true);
    assert_eq!(server, words(0x0031_0200, 0x013f_03ff));
    let router = station(StationKind::Router, 0, 63, 5, false);
    assert_eq!(router, words(0x0003_0200, 0x0005_003f));
    let own = station(StationKind::Virtual, 8, 2, 0, false);
    assert_eq!(own, words(0x0085_0200, 2));
    let host = station(StationKind::Host, 8, 0, 0, false);
    assert_eq!(host, words(0x0087_0200, 0));
}

#[test]
fn addresses() {
    let entry = |address: &str, kind, index| {
        let address = address.parse().unwrap();
        Some(Address {
            address,
            kind,
            index,
            persistent: false,
            cluster: 0,
        })
        .encode()
    };
    // Index in bits 13:8, kind in 3:2, IPv6, valid.
    assert_eq!(
        entry("192.31.65.2", AddressKind::Router, 63),
        [0xc01f_4102, 0, 0, 0, 0x3f01, 0, 0, 0]
    );
    assert_eq!(
        entry("fe80::1:2", AddressKind::Vip, 5),
        [0x0001_0002, 0, 0, 0xfe80_0000, 0x0507, 0, 0, 0]
    );
    assert_eq!(
        entry("192.31.65.5", AddressKind::Host, 0),
        [0xc01f_4105, 0, 0, 0, 0x0009, 0, 0, 0]
    );
    // Cluster in bits 21:16, persistence in bit 14.
    let vip = Address {
        address: "192.31.65.1".parse().unwrap(),
        kind: AddressKind::Vip,
        index: 1,
        persistent: true,
        cluster: 42,
    };
    assert_eq!(
        Some(vip).encode(),
        [0xc01f_4101, 0, 0, 0, 0x002a_4105, 0, 0, 0]
    );
    // A server's number in bits 31:22.
    assert_eq!(
        entry("192.31.65.10", AddressKind::Server, 1023),
        [0xc01f_410a, 0, 0, 0, 0xffc0_000d, 0, 0, 0]
    );
    assert_eq!(
        entry("fe80::a", AddressKind::Server, 1),
        [0xa, 0, 0, 0xfe80_0000, 0x0040_000f, 0, 0, 0]
    );
}

#[test]
fn a_learned_station() {
    let words = [0x2233_4455, 0x3abc_0211, 0xbeef_02a8, 0, 0, 0, 0, 0];
    let expected = Learned {
        mac: MacAddress([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]),
        domain: 0x1abc,
        port: 8,
        logical_port: 0x2a,
        stamp: 0xbeef,
    };
    assert_eq!(<Option<Learned>>::decode(&words), Some(expected));
    assert_eq!(
        <Option<Learned>>::decode(&[1, 0x1fff_0211, 0, 0, 0, 0, 0, 0]),
        None
    );
}

#[test]
fn logical_ports() {
    let transparent = LogicalPort {
        port: 7,
        untagged: true,
        vlans: Some((1, 4094)),
        tagged: false,
        domain: 0xabc,
        server: true,
        announce: false,
        flood: 0x8000_0000_0000_0001,
    };
    // Network port in bits 11:8; a server's, untagged, valid; VLANs 1 to 0xffe; the mask in words 4 and 5.
    assert_eq!(
        Some(transparent.clone()).encode(),
        [0x0713, 0x0ffe_0001, 0xabc, 0, 1, 0x8000_0000, 0, 0]
    );
    let tagged = LogicalPort {
        port: 2,
        untagged: false,
        vlans: Some((100, 100)),
        tagged: true,
        domain: 4095,
        server: false,
        announce: true,
        flood: 0,
    };
    assert_eq!(
        Some(tagged).encode(),
        [0x0225, 0x0064_0064, 0xfff, 0, 0, 0, 0, 0]
    );
    let no_vlan = LogicalPort {
        vlans: None,
        ..transparent
    };
    let range = Some(no_vlan).encode()[1];
    assert!(range & 0xfff > range >> 16, "{range:#x}");
    assert_eq!(None::<LogicalPort>.encode(), [0; 8]);
}

#[test]
fn virtual_addresses() {
    let vip = |address: &str| {
        Some(VipEntry {
            address: address.parse().unwrap(),
            virtual_mac: MacAddress([0x02, 0x00, 0x5e, 0x00, 0x65, 0x01]),
        })
        .encode()
    };
    assert_eq!(
        vip("192.31.65.1"),
        [0xc01f_4101, 0, 0, 0, 1, 0x5e00_6501, 0x0200, 0]
    );
    assert_eq!(
        vip("2001:db8:65::1"),
        [1, 0, 0x0065_0000, 0x2001_0db8, 3, 0x5e00_6501, 0x0200, 0]
    );
    let ports = VipPorts {
        servers: 0x1234_5678_9abc_def0,
        live: 0x0000_0001_8000_0000,
    };
    assert_eq!(
        ports.encode(),
        [0x9abc_def0, 0x1234_5678, 0x8000_0000, 1, 0, 0, 0, 0]
    );
    let carried = ServerVips(1 << 63 | 1 << 4);
    assert_eq!(carried.encode(), [0x10, 0x8000_0000, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn clusters() {
    let setup = ClusterSetup {
        tcp: 0x123,
        udp: 0xfff,
        ipsec: 0x456,
        other: 0x789,
        fin: 0xabc,
        rst: 1,
        unconfirmed: 0xdef,
        bypass: true,
        keep: false,
    };
    let words = [
        0x0fff_0123,
        0x0789_0456,
        0x0001_0abc,
        0x4000_0def,
        0,
        0,
        0,
        0,
    ];
    assert_eq!(Some(setup).encode(), words);
    let keep = ClusterSetup {
        bypass: false,
        keep: true,
        ..setup
    };
    assert_eq!(Some(keep).encode()[3], 0x8000_0def);
    assert_eq!(None::<ClusterSetup>.encode(), [0; 8]);
    assert_eq!(<Option<ClusterSetup>>::decode(&[0; 8]), None);
}

#[test]
fn a_search_of_the_flow_table() {
    // Stamp 0x1abc = 1 1010 1011 1100: its low 5 bits in word 1, the others in word 2; cluster 0x2a, state 5,
    // server 0x3ff, fingerprint 0xfe_1234_5678.
    let found = [0x1234_5678, 0xe557_fffe, 0xd5, 0x80ab_cdef, 0, 0, 0, 0];
    let entry = FlowEntry {
        fingerprint: 0xfe_1234_5678,
        server: 0x3ff,
        state: FlowState::Opened,
        cluster: 0x2a,
        stamp: 0x1abc,
    };
    let expected = FlowSearch {
        found: Some(entry),
        index: 0xab_cdef,
        end: false,
    };
    assert_eq!(FlowSearch::decode(&found), expected);
    let nothing = |word: u32| {
        let mut words = found;
        words[3] = word;
        let search = FlowSearch::decode(&words);
        (search.found, search.index, search.end)
    };
    assert_eq!(nothing(0x0000_0400), (None, 0x400, false));
    assert_eq!(nothing(0x4000_0000), (None, 0, true));
    let removal = FlowRemoval {
        fingerprint: 0xfe_1234_5678,
    };
    assert_eq!(removal.encode(), [0x1234_5678, 0xfe, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn flow_counts_wrap() {
    let flows = ServerFlows::decode(&[3, u32::MAX - 1, 9, 9, 9, 9, 9, 9]);
    assert_eq!(
        (flows.inserted, flows.removed, flows.live()),
        (3, u32::MAX - 1, 5)
    );
    assert_eq!(FlowCount::decode(&[1, 2, 9, 9, 9, 9, 9, 9]).0, 2 << 32 | 1);
}

#[test]
fn counters_have_their_low_word_first() {
    let words = [1, 2, 3, 4, 5, 6, 7, 8];
    let at = |low: u64, high: u64| high << 32 | low;
    let first = Traffic {
        frames: at(1, 2),
        bytes: at(3, 4),
    };
    assert_eq!(Traffic::decode(&words), first);
    assert_eq!(u64::decode(&words), at(1, 2));
    let transmitted = Traffic {
        frames: at(5, 6),
        bytes: at(7, 8),
    };
    assert_eq!(
        PortCounters::decode(&words),
        PortCounters {
            received: first,
            transmitted
        }
    );
    let totals = Totals {
        copies: at(1, 2),
        in_flight: at(3, 4),
        learning_skipped: at(5, 6),
        generated: at(7, 8),
    };
    assert_eq!(Totals::decode(&words), totals);
}

#[test]
fn counter_indices() {
    assert_eq!(
        member_counters_index(3, Direction::Input, 1024),
        3 << 12 | 1024
    );
    assert_eq!(
        member_counters_index(7, Direction::Output, 5),
        7 << 12 | 1 << 11 | 5
    );
    assert_eq!(drop_counters_index(8, 14), 8 << 5 | 14);
}

#[test]
fn buckets() {
    let bucket = |first, second| encode_bucket(Bucket { first, second });
    assert_eq!(bucket(None, None), 0);
    assert_eq!(bucket(Some(0), None), 0x0000_8000);
    assert_eq!(bucket(Some(1024), Some(1087)), 0x843f_8400);
    assert_eq!(bucket(None, Some(1)), 0x8001_0000);
}

#[test]
fn words_of_a_table_hold_all_bits() {
    // Whatever is set in an entry lies in the words that are carried to the card.
    let all = |words: [u32; 8], table: Table| {
        assert_eq!(
            words[table.words()..],
            vec![0; 8 - table.words()],
            "{table:?}"
        );
        assert_ne!(words[table.words() - 1], 0, "{table:?}");
    };
    let mac = MacAddress([0xfe; 6]);
    let address = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let address: IpAddr = address.parse().unwrap();
    let station = Station {
        mac,
        kind: StationKind::Host,
        port: 8,
        index: 0x7ff,
        logical_port: 63,
        tagged: true,
    };
    all(Some(station).encode(), Table::Station);
    let entry = Address {
        address,
        kind: AddressKind::Host,
        index: 63,
        persistent: true,
        cluster: 63,
    };
    all(Some(entry).encode(), Table::Address);
    let vip = VipEntry {
        address,
        virtual_mac: mac,
    };
    all(Some(vip).encode(), Table::Vip);
    let ports = VipPorts {
        servers: u64::MAX,
        live: u64::MAX,
    };
    all(ports.encode(), Table::VipPorts);
    all(ServerVips(u64::MAX).encode(), Table::ServerVips);
    let port = LogicalPort {
        flood: u64::MAX,
        ..LogicalPort::default()
    };
    all(Some(port).encode(), Table::LogicalPort);
}
