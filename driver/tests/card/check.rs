//! Images that a card cannot hold: refused before anything is written.

use std::net::IpAddr;

use flowswitch_driver::Error;
use flowswitch_driver::check::ImageError;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::image::{BucketRange, ClusterSetup, Image, LogicalPort, MacAddress, Vip};

use crate::fig2::{fig2, open, whole_port};

/// Why Fig. 2 with a change is refused.
fn refused(change: impl Fn(&mut Image)) -> ImageError {
    let mut card = open(FakeDevice::new(8));
    let mut image = fig2();
    change(&mut image);
    let Err(Error::Image(error)) = card.program(&image) else {
        panic!("accepted")
    };
    assert!(matches!(card.verify(&image), Err(Error::Image(_))));
    assert_eq!(card.device().commits, []);
    error
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn sizes_and_ranges() {
    let too_many = refused(|image| image.services = vec![image.services[0].clone(); 65]);
    assert_eq!(
        too_many,
        ImageError::TooMany {
            what: "services",
            count: 65,
            most: 64
        }
    );
    let unaligned = |error: ImageError, name: &str| {
        let ImageError::BucketRange {
            of,
            base: 8,
            log2: 4,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(of, name);
    };
    let buckets = BucketRange { base: 8, log2: 4 };
    unaligned(refused(|i| i.services[0].buckets = buckets), "service 0");
    let of_router = |change: fn(&mut flowswitch_driver::image::Pool, BucketRange)| {
        refused(|image| change(image.pools.get_mut(&1).unwrap(), buckets))
    };
    unaligned(of_router(|p, b| p.flows = b), "the pool of router 1");
    unaligned(
        of_router(|p, b| p.assignment = b),
        "the assignment of router 1",
    );
    assert_eq!(refused(|image| image.fdb_age = 0), ImageError::NoAge);
    let interval = refused(|image| image.announce = 0x8000);
    assert_eq!(
        interval.to_string(),
        "the interval of announcements is 32768, but must be at most 32767"
    );
}

#[test]
fn members_and_their_macs() {
    let router = fig2().members[&1024].clone();
    let stranger = refused(|image| image.members.extend([(1024 + 64, router.clone())]));
    assert_eq!(stranger, ImageError::NoSuchMember(1088));
    let shared = refused(|image| image.host = Some(image.members[&0].mac));
    assert!(matches!(shared, ImageError::SharedMac { .. }), "{shared}");
    let group = refused(|image| image.host = Some(MacAddress([1, 0, 0, 0, 0, 9])));
    assert_eq!(
        group.to_string(),
        "01:00:00:00:00:09 of the host is no station's address"
    );
    let nowhere = refused(|image| image.members.get_mut(&0).unwrap().logical_port = 8);
    assert_eq!(
        nowhere.to_string(),
        "member 0 names logical port 8, which does not exist"
    );
}

#[test]
fn logical_ports() {
    let wrong = |change: fn(&mut LogicalPort)| {
        refused(|image| change(&mut image.logical_ports[2])).to_string()
    };
    assert_eq!(
        wrong(|port| port.port = 8),
        "the network port of logical port 2 is 8, but must be at most 7"
    );
    assert_eq!(
        wrong(|port| port.domain = 4096),
        "the domain of logical port 2 is 4096, but must be at most 4095"
    );
    for vlans in [(0, 5), (5, 4095), (4095, 5)] {
        let error = refused(|image| image.logical_ports[2].vlans = Some(vlans));
        assert_eq!(
            error.to_string(),
            "logical port 2: VLAN numbers must be 1 to 4094"
        );
    }
    assert_eq!(
        wrong(|port| port.vlans = Some((6, 5))),
        "logical port 2: its first VLAN is above its last"
    );
    let tagged = |untagged, vlans| {
        refused(|image| {
            let port = &mut image.logical_ports[2];
            (port.tagged, port.untagged, port.vlans) = (true, untagged, vlans);
        })
        .to_string()
    };
    assert_eq!(
        tagged(false, Some((5, 6))),
        "logical port 2: a tagged port has one VLAN, not several"
    );
    assert_eq!(
        tagged(false, None),
        "logical port 2: a tagged port has one VLAN, not none"
    );
    assert_eq!(
        tagged(true, Some((5, 5))),
        "logical port 2: a tagged port takes no untagged frames"
    );
    assert_eq!(
        wrong(|port| port.flood = 1 << 8),
        "the flood mask of logical port 2 names logical port 8, which does not exist"
    );
    let many = refused(|image| image.logical_ports = vec![whole_port(0, 0); 65]);
    assert_eq!(many.to_string(), "65 logical ports, but the card holds 64");
}

#[test]
fn virtual_addresses() {
    let vip = |n: u8| Vip {
        address: IpAddr::from([10, 0, 0, n]),
        virtual_mac: 0,
        servers: [0].into(),
        persistent: false,
        cluster: 0,
    };
    let many = refused(|image| image.vips = (0..65).map(vip).collect());
    assert_eq!(
        many.to_string(),
        "65 virtual addresses, but the card holds 64"
    );
    let mac = refused(|image| image.vips[1].virtual_mac = 1);
    assert_eq!(
        mac.to_string(),
        "the virtual MAC of virtual address 1 is 1, but must be at most 0"
    );
    for member in [5, 1024] {
        let error = refused(|image| image.vips[1].servers.extend([member]));
        assert_eq!(error, ImageError::NotAServer { vip: 1, member });
    }
}

#[test]
fn flows() {
    let cluster =
        |change: fn(&mut ClusterSetup)| refused(|image| change(&mut image.clusters[0])).to_string();
    assert_eq!(
        cluster(|ages| ages.rst = 0),
        "`rst` of cluster 0 is 0 ticks, but must be 1 to 4095"
    );
    assert_eq!(
        cluster(|ages| ages.ipsec = 4096),
        "`ipsec` of cluster 0 is 4096 ticks, but must be 1 to 4095"
    );
    let many = refused(|image| image.clusters = vec![ClusterSetup::default(); 65]);
    assert_eq!(many.to_string(), "65 clusters, but the card holds 64");
    let unknown = |of: &str| ImageError::NoSuchCluster {
        of: of.into(),
        cluster: 1,
    };
    assert_eq!(
        refused(|image| image.services[2].cluster = 1),
        unknown("service 2")
    );
    assert_eq!(
        refused(|image| image.vips[1].cluster = 1),
        unknown("virtual address 1")
    );
    assert_eq!(
        refused(|image| image.vips[1].persistent = true),
        ImageError::Persistence { vip: 1, service: 3 }
    );
    assert_eq!(
        refused(|image| image.services[1].client_persistence = true),
        ImageError::Persistence { vip: 0, service: 1 }
    );
    assert_eq!(
        refused(|image| image.client_bits.0 = 33).to_string(),
        "the number of bits of IPv4 clients' addresses is 33, but must be at most 32"
    );
    assert_eq!(
        refused(|image| image.client_bits.1 = 129).to_string(),
        "the number of bits of IPv6 clients' addresses is 129, but must be at most 128"
    );
}

#[test]
fn every_address_has_one_owner() {
    let shared = |change: fn(&mut Image)| {
        let error = refused(change);
        let ImageError::SharedAddress { first, second, .. } = error else {
            panic!("{error}")
        };
        (first, second)
    };
    let owners = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        shared(|image| image.vips[1].address = image.vips[0].address),
        owners("virtual address 0", "virtual address 1")
    );
    assert_eq!(
        shared(|image| image.vips[0].address = address("192.31.65.4")),
        owners("virtual address 0", "router 2")
    );
    assert_eq!(
        shared(|image| image.host_addresses.push(address("fe80::2"))),
        owners("router 0", "the host")
    );
    assert_eq!(
        shared(|image| image.router_addresses[1].0 = address("192.31.65.2")),
        owners("router 0", "router 1")
    );
    assert_eq!(
        shared(|image| image.server_addresses.push((address("192.31.65.4"), 1))),
        owners("router 2", "server 1")
    );
    assert_eq!(
        shared(|image| image.server_addresses = vec![(address("192.31.65.10"), 3); 2]),
        owners("server 3", "server 3")
    );
    // One that is not in use, and a router.
    for member in [999, 1024] {
        let own = address("192.31.65.10");
        assert_eq!(
            refused(|image| image.server_addresses.push((own, member))),
            ImageError::NoServerForAddress {
                address: own,
                member
            }
        );
    }
    for group in ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1"] {
        let error = refused(|image| image.host_addresses.push(address(group)));
        assert_eq!(
            error.to_string(),
            format!("{group} of the host is no station's address")
        );
    }
    assert_eq!(
        refused(|image| image.router_addresses[0].1 = 64),
        ImageError::NoSuchMember(1088)
    );
    assert_eq!(refused(|image| image.host = None), ImageError::NoHost);
}
