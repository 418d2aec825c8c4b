//! Table entries come back from their words as they went in.

use std::net::IpAddr;

use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, LogicalPort, MOST_FLOW_TICKS, MacAddress, Member, Pool,
    Service,
};
use flowswitch_driver::tables::{
    Address, AddressKind, Entry, FlowRemoval, MemberEntry, ServerVips, Station, StationKind,
    VipEntry, VipPorts, Writable, decode_bucket, encode_bucket,
};
use proptest::prelude::*;

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
        flags: [bool; 4],
        cluster in 0u8..64,
        virtual_mac in 0u8..64,
        buckets in range(),
    ) -> Service {
        let [client_persistence, no_service_to_host, least_load, source_virtual] = flags;
        Service {
            address, protocol, ports, vlan, client_persistence, no_service_to_host, least_load,
            cluster, virtual_mac, source_virtual, buckets,
        }
    }
}

prop_compose! {
    fn members()(
        mac in mac(),
        port in 0u8..16,
        logical_port in 0u8..64,
        flags: [bool; 4],
        weight: u8,
    ) -> MemberEntry {
        let [up, draining, up_on_link, tagged] = flags;
        let member = Member { mac, logical_port, up, draining, up_on_link, weight };
        MemberEntry { member, port, tagged }
    }
}

prop_compose! {
    fn pools()(flows in range(), assignment in range(), drop_advertisements: bool) -> Pool {
        Pool { flows, assignment, drop_advertisements }
    }
}

prop_compose! {
    fn static_stations()(
        mac in mac(),
        kind in 0usize..4,
        port in 0u8..16,
        index in 0u16..2048,
        logical_port in 0u8..64,
        tagged: bool,
    ) -> Station {
        use StationKind::{Host, Router, Server, Virtual};
        let kind = [Server, Router, Virtual, Host][kind];
        Station { mac, kind, port, index, logical_port, tagged }
    }
}

prop_compose! {
    fn known_addresses()(
        address: IpAddr,
        kind in 0usize..4,
        index in 0u16..1024,
        persistent: bool,
        cluster in 0u8..64,
    ) -> Address {
        use AddressKind::{Host, Router, Server, Vip};
        let kind = [Router, Vip, Host, Server][kind];
        let index = if kind == Server { index } else { index % 64 };
        Address { address, kind, index, persistent, cluster }
    }
}

prop_compose! {
    fn ports_of_vlans()(
        port in 0u8..16,
        vlans in prop::option::of((0u16..4096, 0u16..4096)),
        domain in 0u16..4096,
        flags: [bool; 4],
        flood: u64,
    ) -> LogicalPort {
        let [untagged, tagged, server, announce] = flags;
        let vlans = vlans.map(|(a, b)| (a.min(b), a.max(b)));
        LogicalPort { port, untagged, vlans, tagged, domain, server, announce, flood }
    }
}

prop_compose! {
    fn vip_entries()(address: IpAddr, virtual_mac in mac()) -> VipEntry {
        VipEntry { address, virtual_mac }
    }
}

prop_compose! {
    fn cluster_setups()(ages in prop::array::uniform7(1u16..=MOST_FLOW_TICKS), flags: [bool; 2]) -> ClusterSetup {
        let [tcp, udp, ipsec, other, fin, rst, unconfirmed] = ages;
        let [bypass, keep] = flags;
        ClusterSetup { tcp, udp, ipsec, other, fin, rst, unconfirmed, bypass, keep }
    }
}

proptest! {
    #[test]
    fn every_entry_comes_back(
        cluster in prop::option::of(cluster_setups()),
        fingerprint in 0u64..1 << 40,
        service in prop::option::of(services()),
        member in prop::option::of(members()),
        pool in pools(),
        station in prop::option::of(static_stations()),
        address in prop::option::of(known_addresses()),
        logical_port in prop::option::of(ports_of_vlans()),
        vip in prop::option::of(vip_entries()),
        servers: u64,
        live: u64,
        first in prop::option::of(0u16..2048),
        second in prop::option::of(0u16..2048),
    ) {
        prop_assert_eq!(<Option<Service>>::decode(&service.encode()), service);
        prop_assert_eq!(<Option<MemberEntry>>::decode(&member.encode()), member);
        prop_assert_eq!(Pool::decode(&pool.encode()), pool);
        prop_assert_eq!(<Option<Station>>::decode(&station.encode()), station);
        prop_assert_eq!(<Option<Address>>::decode(&address.encode()), address);
        prop_assert_eq!(<Option<LogicalPort>>::decode(&logical_port.encode()), logical_port);
        prop_assert_eq!(<Option<VipEntry>>::decode(&vip.encode()), vip);
        prop_assert_eq!(<Option<ClusterSetup>>::decode(&cluster.encode()), cluster);
        let removal = FlowRemoval { fingerprint };
        prop_assert_eq!(FlowRemoval::decode(&removal.encode()), removal);
        let ports = VipPorts { servers, live };
        prop_assert_eq!(VipPorts::decode(&ports.encode()), ports);
        prop_assert_eq!(ServerVips::decode(&ServerVips(live).encode()), ServerVips(live));
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
        settles!(
            Option<Service>, Option<MemberEntry>, Pool, Option<Station>, Option<Address>,
            Option<LogicalPort>, Option<VipEntry>, VipPorts, ServerVips, Option<ClusterSetup>,
            FlowRemoval
        );
    }
}
