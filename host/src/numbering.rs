//! Which numbers servers have on a card that is in service.
//!
//! A flow's entry names its server by number, so a server keeps its number as long as it is configured, wherever it stands in
//! the file; and a number whose old server still has flows is not given away.

use std::collections::{BTreeMap, BTreeSet};

use flowswitch_driver::image::MacAddress;
use flowswitch_driver::tables::MemberEntry;
use flowswitch_driver::{Card, Device, Error};

use crate::config::Config;

/// Numbers of servers, by MAC.
pub type Numbers = BTreeMap<MacAddress, u16>;

/// The number of every server of a configuration on this card. Servers that find none are left out.
///
/// # Errors
/// What the card reports.
pub fn of_card<D: Device>(card: &mut Card<D>, config: &Config) -> Result<Numbers, Error> {
    let mut numbers = Numbers::new();
    if card.generation()? == 0 {
        return Ok(numbers);
    }
    let servers = card.capabilities().servers;
    let wanted = config.clusters.iter().flat_map(|cluster| &cluster.servers);
    let wanted: Vec<MacAddress> = wanted.map(|server| server.mac.value).collect();
    let macs: BTreeSet<MacAddress> = wanted.iter().copied().collect();
    for number in 0..servers {
        let entry = card.read_entry::<Option<MemberEntry>>(number.into())?;
        if let Some(entry) = entry.filter(|entry| macs.contains(&entry.member.mac)) {
            numbers.entry(entry.member.mac).or_insert(number);
        }
    }
    complete(card, wanted, numbers)
}

/// The number of every server of a configuration on a card on which `known` have theirs: the card is asked for new ones alone.
///
/// # Errors
/// What the card reports.
pub fn extended<D: Device>(
    card: &mut Card<D>,
    config: &Config,
    known: &Numbers,
) -> Result<Numbers, Error> {
    let wanted = config.clusters.iter().flat_map(|cluster| &cluster.servers);
    let wanted: Vec<MacAddress> = wanted.map(|server| server.mac.value).collect();
    let mut numbers = known.clone();
    numbers.retain(|mac, _| wanted.contains(mac));
    complete(card, wanted, numbers)
}

/// Gives servers without a number those that no flow has.
fn complete<D: Device>(
    card: &mut Card<D>,
    wanted: Vec<MacAddress>,
    mut numbers: Numbers,
) -> Result<Numbers, Error> {
    let servers = card.capabilities().servers;
    let taken: BTreeSet<u16> = numbers.values().copied().collect();
    let mut free = (0..servers).filter(|number| !taken.contains(number));
    for mac in wanted {
        if numbers.contains_key(&mac) {
            continue;
        }
        for number in free.by_ref() {
            if card.server_flows(number)?.live() == 0 {
                numbers.insert(mac, number);
                break;
            }
        }
    }
    Ok(numbers)
}
