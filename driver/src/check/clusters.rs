//! What holds for flows.

use super::{ImageError, at_most, fits};
use crate::image::{CLUSTERS, ClusterSetup, Image, MOST_FLOW_TICKS};

pub(super) fn check_clusters(image: &Image) -> Result<(), ImageError> {
    fits("clusters", image.clusters.len(), usize::from(CLUSTERS))?;
    for (number, cluster) in image.clusters.iter().enumerate() {
        for (what, ticks) in ages(cluster) {
            if !(1..=MOST_FLOW_TICKS).contains(&ticks) {
                return Err(ImageError::FlowAge {
                    what,
                    cluster: number,
                    ticks,
                });
            }
        }
    }
    let (ipv4, ipv6) = image.client_bits;
    let of = |family: &'static str| move || format!("{family} clients' addresses");
    at_most("the number of bits", of("IPv4"), ipv4.into(), 32)?;
    at_most("the number of bits", of("IPv6"), ipv6.into(), 128)
}

fn ages(cluster: &ClusterSetup) -> [(&'static str, u16); 7] {
    [
        ("`tcp`", cluster.tcp),
        ("`udp`", cluster.udp),
        ("`ipsec`", cluster.ipsec),
        ("`other`", cluster.other),
        ("`fin`", cluster.fin),
        ("`rst`", cluster.rst),
        ("`unconfirmed`", cluster.unconfirmed),
    ]
}
