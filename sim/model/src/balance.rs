//! Choosing a member: section 5 of the verdicts page.

use crate::flows::{Flows, first_bits};
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

/// The flow hash. With client persistence it is that of the first `client_bits` of the source, whatever the packet is.
pub(crate) fn flow_hash(hashes: &Hashes, ip: &Ip, client_bits: Option<u8>) -> u32 {
    if let Some(bits) = client_bits {
        return hashes.address(first_bits(ip.source, bits), ip.destination);
    }
    let address = hashes.address(ip.source, ip.destination);
    match (ip.protocol, ip.layer4) {
        (Some(protocol), Some(word)) if has_ports(protocol) || has_spi(protocol) => {
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
    /// It hangs on loads that a card may not have heard of yet.
    pub(crate) doubtful: bool,
}

/// What a choice by load goes by.
pub(crate) struct Hint<'a> {
    pub(crate) flows: &'a Flows,
    /// The server that the card is seen to have chosen: its counts are some clocks old.
    pub(crate) server: Option<u16>,
}

/// First and second member in this order: one that is up and not draining, else one that is up. By load, of two that are
/// up and not draining, the one with fewer flows for its weight. `tagged` is the kind of the logical port that the frame
/// came from.
pub(crate) fn choose<'a>(
    tables: &'a Tables,
    range: BucketRange,
    hash: u32,
    tagged: bool,
    load: Option<Hint<'_>>,
) -> Choice<'a> {
    let (number, bucket) = tables.bucket(range, hash);
    let live: Vec<(u16, &Member)> = [bucket.first, bucket.second]
        .into_iter()
        .flatten()
        .filter_map(|number| Some((number, tables.live_member(number, tagged)?)))
        .collect();
    let by_load = match (load, live.as_slice()) {
        (Some(hint), [first, second]) if !first.1.draining && !second.1.draining => Some((
            hint.lighter(*first, *second),
            hint.is_doubtful(*first, *second),
        )),
        _ => None,
    };
    let member = by_load.map(|(lighter, _)| lighter).or_else(|| {
        let taking = live.iter().find(|(_, member)| !member.draining);
        taking.or(live.first()).copied()
    });
    Choice {
        bucket: number,
        member,
        doubtful: by_load.is_some_and(|(_, doubtful)| doubtful),
    }
}

impl Hint<'_> {
    fn lighter<'a>(
        &self,
        first: (u16, &'a Member),
        second: (u16, &'a Member),
    ) -> (u16, &'a Member) {
        if let Some(seen) = [first, second]
            .into_iter()
            .find(|(number, _)| self.server == Some(*number))
        {
            return seen;
        }
        let load_of = |(number, member)| load(self.flows.servers().live(number), member);
        if load_of(second) < load_of(first) {
            second
        } else {
            first
        }
    }

    /// Whether the counts that a card may still go by, or go by already, can lead to either.
    fn is_doubtful(&self, first: (u16, &Member), second: (u16, &Member)) -> bool {
        let one = self.flows.servers().lately(first.0);
        let other = self.flows.servers().lately(second.0);
        let takes_second = |one, other| load(other, second.1) < load(one, first.1);
        takes_second(*one.end(), *other.start()) != takes_second(*one.start(), *other.end())
    }
}

/// The load of so many live flows: the share of one, 2^20 by the weight, is rounded down.
fn load(live: u64, member: &Member) -> u64 {
    let share = (1 << 20) / u64::from(member.weight).max(1);
    live * share
}
