//! Virtual addresses, and whose an address is.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{ImageError, at_most, fits, known_cluster};
use crate::capabilities::Capabilities;
use crate::image::{Image, SERVERS};

pub(super) fn check_vips(image: &Image, card: &Capabilities) -> Result<(), ImageError> {
    fits(
        "virtual addresses",
        image.vips.len(),
        usize::from(card.vips),
    )?;
    for (number, vip) in image.vips.iter().enumerate() {
        at_most(
            "the virtual MAC",
            || format!("virtual address {number}"),
            u32::from(vip.virtual_mac),
            (image.virtual_macs.len() as u32).saturating_sub(1),
        )?;
        known_cluster(image, vip.cluster, || format!("virtual address {number}"))?;
        let services = image.services.iter().zip(0..);
        let mut services = services.filter(|(service, _)| service.address == vip.address);
        if let Some((_, service)) =
            services.find(|(service, _)| service.client_persistence != vip.persistent)
        {
            return Err(ImageError::Persistence {
                vip: number,
                service,
            });
        }
        let stranger = (vip.servers.iter())
            .find(|server| **server >= SERVERS || !image.members.contains_key(server));
        if let Some(member) = stranger {
            return Err(ImageError::NotAServer {
                vip: number,
                member: *member,
            });
        }
    }
    Ok(())
}

/// Each address that is answered for must have one owner.
pub(super) fn check_owners(image: &Image, card: &Capabilities) -> Result<(), ImageError> {
    if image.host.is_none() && !image.host_addresses.is_empty() {
        return Err(ImageError::NoHost);
    }
    if let Some((_, router)) = (image.router_addresses.iter()).find(|(_, n)| *n >= card.routers) {
        return Err(ImageError::NoSuchMember(router.saturating_add(SERVERS)));
    }
    let stranger = (image.server_addresses.iter())
        .find(|(_, n)| *n >= SERVERS || !image.members.contains_key(n));
    if let Some((address, member)) = stranger {
        return Err(ImageError::NoServerForAddress {
            address: *address,
            member: *member,
        });
    }
    let vips = image.vips.iter().enumerate();
    let vips = vips.map(|(n, vip)| (vip.address, format!("virtual address {n}")));
    let routers = image.router_addresses.iter();
    let routers = routers.map(|(address, n)| (*address, format!("router {n}")));
    let servers = image.server_addresses.iter();
    let servers = servers.map(|(address, n)| (*address, format!("server {n}")));
    let host = image.host_addresses.iter();
    let host = host.map(|address| (*address, "the host".to_owned()));
    let mut seen: BTreeMap<IpAddr, String> = BTreeMap::new();
    for (address, of) in vips.chain(routers).chain(servers).chain(host) {
        let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
        if address.is_unspecified() || address.is_multicast() || broadcast {
            return Err(ImageError::NotAStationAddress { address, of });
        }
        if let Some(first) = seen.insert(address, of.clone()) {
            return Err(ImageError::SharedAddress {
                address,
                first,
                second: of,
            });
        }
    }
    Ok(())
}
