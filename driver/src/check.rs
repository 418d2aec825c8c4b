//! What an image must keep to before it is written to a card.

mod addresses;
mod clusters;
mod error;
mod logical_ports;

use std::collections::BTreeMap;

use crate::capabilities::Capabilities;
use crate::image::{BucketRange, Image, SERVERS};
use crate::tables::BUCKETS;
use addresses::{check_owners, check_vips};
use clusters::check_clusters;
pub use error::ImageError;
use logical_ports::check_logical_ports;

/// Checks `image` against what the card can hold.
///
/// # Errors
/// The first thing that does not fit.
pub fn check(image: &Image, card: &Capabilities) -> Result<(), ImageError> {
    fits("ports", image.ports.len(), usize::from(card.ports))?;
    fits("services", image.services.len(), usize::from(card.services))?;
    fits("virtual MACs", image.virtual_macs.len(), 64)?;
    fits(
        "buckets",
        image.buckets.len(),
        (1 << card.buckets_log2).min(BUCKETS as usize),
    )?;
    if image.fdb_age == 0 {
        return Err(ImageError::NoAge);
    }
    at_most(
        "the age",
        || "learned addresses".into(),
        u32::from(image.fdb_age),
        0x7fff,
    )?;
    at_most(
        "the interval",
        || "announcements".into(),
        u32::from(image.announce),
        0x7fff,
    )?;
    check_clusters(image)?;
    check_logical_ports(image, card)?;
    check_members(image, card)?;
    check_services(image, card)?;
    check_vips(image, card)?;
    check_owners(image, card)?;
    for bucket in &image.buckets {
        for member in [bucket.first, bucket.second].into_iter().flatten() {
            known_member(member, card)?;
        }
    }
    check_stations(image)
}

fn check_members(image: &Image, card: &Capabilities) -> Result<(), ImageError> {
    for number in image.members.keys() {
        known_member(*number, card)?;
    }
    for (router, pool) in &image.pools {
        if *router >= card.routers {
            return Err(ImageError::NoSuchMember(router.saturating_add(SERVERS)));
        }
        in_pool(pool.flows, card, || format!("the pool of router {router}"))?;
        in_pool(pool.assignment, card, || {
            format!("the assignment of router {router}")
        })?;
    }
    Ok(())
}

fn check_services(image: &Image, card: &Capabilities) -> Result<(), ImageError> {
    for (number, service) in image.services.iter().enumerate() {
        let of = || format!("service {number}");
        known_cluster(image, service.cluster, of)?;
        let most = (image.virtual_macs.len() as u32).saturating_sub(1);
        at_most("the virtual MAC", of, u32::from(service.virtual_mac), most)?;
        at_most("the VLAN", of, u32::from(service.vlan.unwrap_or(0)), 4095)?;
        if let Some((low, high)) = service.ports {
            at_most("the lowest port", of, u32::from(low), u32::from(high))?;
        }
        in_pool(service.buckets, card, of)?;
    }
    Ok(())
}

fn check_stations(image: &Image) -> Result<(), ImageError> {
    let members = image
        .members
        .iter()
        .map(|(n, member)| (member.mac, format!("member {n}")));
    let virtual_macs = image.virtual_macs.iter().enumerate();
    let virtual_macs = virtual_macs.map(|(n, mac)| (*mac, format!("virtual MAC {n}")));
    let host = image.host.iter().map(|mac| (*mac, "the host".to_owned()));
    let mut seen = BTreeMap::new();
    for (mac, of) in members.chain(virtual_macs).chain(host) {
        if mac.0[0] & 1 == 1 || mac.0 == [0; 6] {
            return Err(ImageError::NotAStation { mac, of });
        }
        if let Some(first) = seen.insert(mac, of.clone()) {
            return Err(ImageError::SharedMac {
                mac,
                first,
                second: of,
            });
        }
    }
    Ok(())
}

fn fits(what: &'static str, count: usize, most: usize) -> Result<(), ImageError> {
    if count > most {
        Err(ImageError::TooMany { what, count, most })
    } else {
        Ok(())
    }
}

fn at_most(
    what: &'static str,
    of: impl Fn() -> String,
    value: u32,
    most: u32,
) -> Result<(), ImageError> {
    if value > most {
        Err(ImageError::OutOfRange {
            what,
            of: of(),
            value,
            most,
        })
    } else {
        Ok(())
    }
}

fn known_member(member: u16, card: &Capabilities) -> Result<(), ImageError> {
    let known = if member < SERVERS {
        member < card.servers
    } else {
        member - SERVERS < card.routers
    };
    if known {
        Ok(())
    } else {
        Err(ImageError::NoSuchMember(member))
    }
}

fn known_cluster(image: &Image, cluster: u8, of: impl Fn() -> String) -> Result<(), ImageError> {
    if usize::from(cluster) < image.clusters.len() {
        Ok(())
    } else {
        Err(ImageError::NoSuchCluster { of: of(), cluster })
    }
}

fn in_pool(
    range: BucketRange,
    card: &Capabilities,
    of: impl Fn() -> String,
) -> Result<(), ImageError> {
    let BucketRange { base, log2 } = range;
    let fits =
        log2 <= card.buckets_log2 && base < 1 << card.buckets_log2 && base & ((1 << log2) - 1) == 0;
    if fits {
        Ok(())
    } else {
        Err(ImageError::BucketRange {
            of: of(),
            base,
            log2,
        })
    }
}
