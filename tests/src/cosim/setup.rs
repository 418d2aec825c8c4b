//! An image in the model's terms, spelled out once more, so that a slip in the card's own conversion shows.

use flowswitch_driver::image::{self, Image};
use flowswitch_model::{Bucket, BucketRange, Mac, Member, PortSetup, Service, Setup};

/// The setup that an image asks for.
pub fn setup(image: &Image) -> Setup {
    let mac = |mac: image::MacAddress| Mac(mac.0);
    let range = |range: image::BucketRange| BucketRange {
        base: range.base,
        log2: range.log2,
    };
    let service = |service: &image::Service| Service {
        address: service.address,
        protocol: service.protocol,
        ports: service.ports,
        vlan: service.vlan,
        client_persistence: service.client_persistence,
        no_service_to_host: service.no_service_to_host,
        buckets: range(service.buckets),
    };
    let member = |member: &image::Member| Member {
        mac: mac(member.mac),
        port: member.port,
        up: member.up,
        draining: member.draining,
        up_on_link: member.up_on_link,
    };
    let port = |port: &image::PortSetup| PortSetup {
        bpdu_to_host: port.bpdu_to_host,
        flood_mask: port.flood_mask,
    };
    let bucket = |bucket: &image::Bucket| Bucket {
        first: bucket.first,
        second: bucket.second,
    };
    Setup {
        ports: image.ports.iter().map(port).collect(),
        drop_unknown: image.drop_unknown,
        fdb_age: image.fdb_age,
        services: image.services.iter().map(service).collect(),
        members: image
            .members
            .iter()
            .map(|(number, entry)| (*number, member(entry)))
            .collect(),
        pools: image
            .pools
            .iter()
            .map(|(router, pool)| (*router, range(*pool)))
            .collect(),
        router_addresses: image.router_addresses.iter().copied().collect(),
        virtual_macs: image.virtual_macs.iter().copied().map(mac).collect(),
        host: image.host.map(mac),
        buckets: image.buckets.iter().map(bucket).collect(),
    }
}
