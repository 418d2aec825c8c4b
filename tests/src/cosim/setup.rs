//! An image in the model's terms, spelled out once more, so that a slip in the card's own conversion shows.

use flowswitch_driver::image::{self, Image};
use flowswitch_model::{
    Bucket, BucketRange, ClientBits, Cluster, LogicalPort, Mac, Member, Pool, PortSetup, Service,
    Setup, Vip,
};

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
        source_virtual: service.source_virtual,
        least_load: service.least_load,
        cluster: service.cluster,
        buckets: range(service.buckets),
    };
    let member = |member: &image::Member| Member {
        mac: mac(member.mac),
        logical_port: member.logical_port,
        up: member.up,
        // A server of weight 0 gets nothing new.
        draining: member.draining || member.weight == 0,
        up_on_link: member.up_on_link,
        weight: member.weight,
    };
    let port = |port: &image::PortSetup| PortSetup {
        bpdu_to_host: port.bpdu_to_host,
    };
    let logical_port = |port: &image::LogicalPort| LogicalPort {
        port: port.port,
        untagged: port.untagged,
        vlans: port.vlans,
        tagged: port.tagged,
        domain: port.domain,
        server: port.server,
        announce: port.announce,
        flood: port.flood,
    };
    let vip = |vip: &image::Vip| Vip {
        address: vip.address,
        virtual_mac: vip.virtual_mac,
        servers: vip.servers.clone(),
        persistent: vip.persistent,
        cluster: vip.cluster,
    };
    let cluster = |cluster: &image::ClusterSetup| Cluster {
        tcp: cluster.tcp,
        udp: cluster.udp,
        ipsec: cluster.ipsec,
        other: cluster.other,
        fin: cluster.fin,
        rst: cluster.rst,
        unconfirmed: cluster.unconfirmed,
        bypass: cluster.bypass,
        keep: cluster.keep,
    };
    let pool = |pool: &image::Pool| Pool {
        flows: range(pool.flows),
        assignment: range(pool.assignment),
        drop_advertisements: pool.drop_advertisements,
    };
    let bucket = |bucket: &image::Bucket| Bucket {
        first: bucket.first,
        second: bucket.second,
    };
    Setup {
        ports: image.ports.iter().map(port).collect(),
        drop_unknown: image.drop_unknown,
        fdb_age: image.fdb_age,
        announce: image.announce,
        logical_ports: image.logical_ports.iter().map(logical_port).collect(),
        vips: image.vips.iter().map(vip).collect(),
        services: image.services.iter().map(service).collect(),
        members: image
            .members
            .iter()
            .map(|(number, entry)| (*number, member(entry)))
            .collect(),
        pools: image
            .pools
            .iter()
            .map(|(router, entry)| (*router, pool(entry)))
            .collect(),
        router_addresses: image.router_addresses.clone(),
        server_addresses: image.server_addresses.clone(),
        host_addresses: image.host_addresses.clone(),
        virtual_macs: image.virtual_macs.iter().copied().map(mac).collect(),
        host: image.host.map(mac),
        clusters: image.clusters.iter().map(cluster).collect(),
        client_bits: ClientBits {
            ipv4: image.client_bits.0,
            ipv6: image.client_bits.1,
        },
        buckets: image.buckets.iter().map(bucket).collect(),
    }
}
