//! Choosing a member: section 5 of the verdicts page.

use crate::hash::Hashes;
use crate::parse::{Fields, Ip, has_ports, has_spi};
use crate::setup::{BucketRange, Member, Service};
use crate::tables::Tables;

/// The lowest-numbered service that the packet asks for.
pub(crate) fn matching_service<'a>(
    tables: &'a Tables,
    fields: &Fields,
    ip: &Ip,
) -> Option<(usize, &'a Service)> {
    tables
        .setup
        .services
        .iter()
        .enumerate()
        .find(|(_, service)| matches(service, fields, ip))
}

fn matches(service: &Service, fields: &Fields, ip: &Ip) -> bool {
    // A protocol or port that cannot be read is no reason to refuse: the flow goes by its addresses.
    let protocol = match (service.protocol, ip.protocol) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    };
    let port = match (service.ports, ip.destination_port()) {
        (Some((low, high)), Some(port)) => (low..=high).contains(&port),
        _ => true,
    };
    let vlan = service.vlan.is_none_or(|vlan| fields.tag() == Some(vlan));
    service.address == ip.destination && protocol && port && vlan
}

/// The flow hash.
pub(crate) fn flow_hash(hashes: &Hashes, ip: &Ip, client_persistence: bool) -> u32 {
    let address = hashes.address(ip.source, ip.destination);
    match (ip.protocol, ip.layer4) {
        (Some(protocol), Some(word))
            if !client_persistence && (has_ports(protocol) || has_spi(protocol)) =>
        {
            address ^ hashes.layer4(protocol, word)
        }
        _ => address,
    }
}

/// The choice made in a bucket.
pub(crate) struct Choice<'a> {
    /// The bucket's number.
    pub(crate) bucket: u32,
    /// The member with its number, if one is up.
    pub(crate) member: Option<(u16, &'a Member)>,
}

/// First and second member in this order: one that is up and not draining, else one that is up. `tagged` is the kind
/// of the logical port that the frame came from.
pub(crate) fn choose(tables: &Tables, range: BucketRange, hash: u32, tagged: bool) -> Choice<'_> {
    let (number, bucket) = tables.bucket(range, hash);
    let live: Vec<(u16, &Member)> = [bucket.first, bucket.second]
        .into_iter()
        .flatten()
        .filter_map(|number| Some((number, tables.live_member(number, tagged)?)))
        .collect();
    let member = live
        .iter()
        .find(|(_, member)| !member.draining)
        .or(live.first())
        .copied();
    Choice {
        bucket: number,
        member,
    }
}
