//! The bits of table entries: expected words written by hand from the tables page, and round trips.

use std::net::IpAddr;

use flowswitch_driver::counters::{PortCounters, Totals, Traffic};
use flowswitch_driver::image::{Bucket, BucketRange, MacAddress, Member, Service};
use flowswitch_driver::tables::{
    Direction, Entry, Learned, Station, StationKind, Table, Writable, decode_bucket,
    drop_counters_index, encode_bucket, member_counters_index,
};
use proptest::prelude::*;

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
        0x0000_3f3f,
    ];
    assert_eq!(Some(service).encode(), expected);
}

#[test]
fn a_member() {
    let member = Member {
        mac: MacAddress([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]),
        port: 7,
        up: true,
        draining: false,
        up_on_link: true,
        weight: 200,
    };
    // Weight 0xc8; up on link, up, valid = 0b1011; port 7; MAC from the top.
    assert_eq!(
        Some(member).encode(),
        [0x2233_4455, 0xc8b7_0211, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(None::<Member>.encode(), [0; 8]);
}

#[test]
fn a_pool() {
    let range = BucketRange {
        base: 0x1_ff00,
        log2: 8,
    };
    assert_eq!(range.encode(), [0x0081_ff00, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn stations() {
    let mac = MacAddress([0x02, 0x00, 0x5e, 0x00, 0x65, 0x01]);
    let station = |kind, port, index| {
        Some(Station {
            mac,
            kind,
            port,
            index,
        })
        .encode()
    };
    let words = |high, index| [0x5e00_6501, high, index, 0, 0, 0, 0, 0];
    assert_eq!(
        station(StationKind::Server, 3, 1023),
        words(0x0031_0200, 1023)
    );
    assert_eq!(station(StationKind::Router, 0, 63), words(0x0003_0200, 63));
    assert_eq!(station(StationKind::Virtual, 0, 2), words(0x0005_0200, 2));
    assert_eq!(station(StationKind::Host, 8, 0), words(0x0087_0200, 0));
}

#[test]
fn router_addresses() {
    let v4: IpAddr = "192.31.65.2".parse().unwrap();
    assert_eq!(Some(v4).encode(), [0xc01f_4102, 0, 0, 0, 1, 0, 0, 0]);
    let v6: IpAddr = "fe80::1:2".parse().unwrap();
    assert_eq!(
        Some(v6).encode(),
        [0x0001_0002, 0, 0, 0xfe80_0000, 3, 0, 0, 0]
    );
}

#[test]
fn a_learned_station() {
    let words = [0x2233_4455, 0x1fff_0211, 0xbeef_0008, 0, 0, 0, 0, 0];
    let expected = Learned {
        mac: MacAddress([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]),
        vlan: 0xfff,
        port: 8,
        stamp: 0xbeef,
    };
    assert_eq!(<Option<Learned>>::decode(&words), Some(expected));
    assert_eq!(
        <Option<Learned>>::decode(&[1, 0x0fff_0211, 0, 0, 0, 0, 0, 0]),
        None
    );
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
    let mac = MacAddress([0xfe; 6]);
    let station = Station {
        mac,
        kind: StationKind::Host,
        port: 8,
        index: 0x7ff,
    };
    assert_eq!(Some(station).encode()[Table::Station.words()..], [0; 5]);
    let address: IpAddr = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap();
    assert_eq!(
        Some(address).encode()[Table::RouterAddress.words()..],
        [0; 3]
    );
}

fn range() -> impl Strategy<Value = BucketRange> {
    (0u32..1 << 17, 0u8..=17).prop_map(|(base, log2)| BucketRange { base, log2 })
}

fn mac() -> impl Strategy<Value = MacAddress> {
    any::<[u8; 6]>().prop_map(MacAddress)
}

prop_compose! {
    fn services()(
        address: IpAddr,
        protocol: Option<u8>,
        ports: Option<(u16, u16)>,
        vlan in prop::option::of(0u16..4096),
        flags: [bool; 3],
        cluster in 0u8..64,
        virtual_mac in 0u8..64,
        buckets in range(),
    ) -> Service {
        let [client_persistence, no_service_to_host, least_load] = flags;
        Service {
            address, protocol, ports, vlan, client_persistence, no_service_to_host, least_load,
            cluster, virtual_mac, buckets,
        }
    }
}

prop_compose! {
    fn members()(mac in mac(), port in 0u8..16, flags: [bool; 3], weight: u8) -> Member {
        let [up, draining, up_on_link] = flags;
        Member { mac, port, up, draining, up_on_link, weight }
    }
}

prop_compose! {
    fn static_stations()(mac in mac(), kind in 0usize..4, port in 0u8..16, index in 0u16..2048)
        -> Station
    {
        use StationKind::{Host, Router, Server, Virtual};
        Station { mac, kind: [Server, Router, Virtual, Host][kind], port, index }
    }
}

proptest! {
    #[test]
    fn every_entry_comes_back(
        service in prop::option::of(services()),
        member in prop::option::of(members()),
        pool in range(),
        station in prop::option::of(static_stations()),
        address: Option<IpAddr>,
        first in prop::option::of(0u16..2048),
        second in prop::option::of(0u16..2048),
    ) {
        prop_assert_eq!(<Option<Service>>::decode(&service.encode()), service);
        prop_assert_eq!(<Option<Member>>::decode(&member.encode()), member);
        prop_assert_eq!(BucketRange::decode(&pool.encode()), pool);
        prop_assert_eq!(<Option<Station>>::decode(&station.encode()), station);
        prop_assert_eq!(<Option<IpAddr>>::decode(&address.encode()), address);
        let bucket = Bucket { first, second };
        prop_assert_eq!(decode_bucket(encode_bucket(bucket)), bucket);
    }

    #[test]
    fn any_words_can_be_decoded(words: [u32; 8]) {
        // What was decoded is what its own encoding means: bits without a name are ignored.
        macro_rules! settles {
            ($($entry:ty),*) => {$({
                let entry = <$entry>::decode(&words);
                prop_assert_eq!(&<$entry>::decode(&entry.encode()), &entry);
            })*};
        }
        settles!(Option<Service>, Option<Member>, BucketRange, Option<Station>, Option<IpAddr>);
    }
}
