//! What the card tells those on its wires about who has an address.

use super::ledger::Ledger;
use super::stations::{Cluster, PORTS, SERVERS};
use super::watch::family;
use flowswitch_sim::card::Departure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An Ethernet address.
pub type Mac = [u8; 6];

/// "This address is at this MAC", as a stack would take it from an ARP frame or from neighbour discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The address.
    pub address: IpAddr,
    /// The MAC named inside the frame; of neighbour discovery without a link-layer option, its Ethernet source.
    pub mac: Mac,
    /// The frame's Ethernet source.
    pub source: Mac,
    /// A request about oneself, or an advertisement to everyone: nobody had asked.
    pub announced: bool,
}

const ETHERNET: usize = 14;
const ARP: [u8; 2] = [0x08, 0x06];
const IPV6: [u8; 2] = [0x86, 0xdd];
const ICMPV6: u8 = 58;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
const SOURCE_OPTION: u8 = 1;
const TARGET_OPTION: u8 = 2;

/// What an untagged frame claims, if it does.
pub fn claim(frame: &[u8]) -> Option<Claim> {
    let source = array(frame, 6)?;
    match array(frame, 12)? {
        ARP => arp(frame.get(ETHERNET..)?, source),
        IPV6 => neighbour(frame.get(ETHERNET..)?, source),
        _ => None,
    }
}

fn arp(body: &[u8], source: Mac) -> Option<Claim> {
    let sender = Ipv4Addr::from(array::<4>(body, 14)?);
    let target = Ipv4Addr::from(array::<4>(body, 24)?);
    // A probe claims nothing.
    (!sender.is_unspecified()).then_some(Claim {
        address: sender.into(),
        mac: array(body, 8)?,
        source,
        announced: sender == target,
    })
}

fn neighbour(packet: &[u8], source: Mac) -> Option<Claim> {
    if *packet.get(6)? != ICMPV6 {
        return None;
    }
    let message = packet.get(40..)?;
    let (address, kind) = match *message.first()? {
        SOLICITATION => (Ipv6Addr::from(array::<16>(packet, 8)?), SOURCE_OPTION),
        ADVERTISEMENT => (Ipv6Addr::from(array::<16>(message, 8)?), TARGET_OPTION),
        _ => return None,
    };
    let options = message.get(24..).unwrap_or_default();
    let option = options
        .chunks_exact(8)
        .find(|option| option[..2] == [kind, 1]);
    if address.is_unspecified() {
        return None;
    }
    Some(Claim {
        address: address.into(),
        mac: option.and_then(|option| array(option, 2)).unwrap_or(source),
        source,
        announced: kind == TARGET_OPTION && *packet.get(24)? == 0xff,
    })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// Judges what leaves the card: the cluster's addresses are at its MAC, inside and outside, and the servers hear of
/// nobody who has them.
pub fn judge(departure: &Departure, cluster: &Cluster, ledger: &Ledger) {
    let Some(port) = PORTS.get(usize::from(departure.port)) else {
        ledger.count("frames for the host", 1);
        return;
    };
    let Some(claim) = claim(&departure.data) else {
        return;
    };
    if !cluster.addresses.contains(&claim.address) {
        return;
    }
    let address = claim.address;
    if SERVERS.contains(port) {
        ledger.fault(format!("{port} is told who has {address}"));
    } else if [claim.mac, claim.source] != [cluster.mac.0; 2] {
        ledger.fault(format!("{port} is told that a server has {address}"));
    } else if claim.announced {
        let family = family(&address);
        ledger.count(format!("announcements of {family} to {port}"), 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, claim};
    use crate::hex::hex;

    const SERVER: [u8; 6] = [0x02, 0, 0, 0, 0x02, 0x10];

    #[test]
    fn a_gratuitous_request_claims() {
        let frame = hex(&[
            "ffffffffffff 020000000210 0806 0001 0800 06 04 0001",
            "020000000210 c01f4101 000000000000 c01f4101",
        ]);
        let wanted = Claim {
            address: "192.31.65.1".parse().expect("an address"),
            mac: SERVER,
            source: SERVER,
            announced: true,
        };
        assert_eq!(claim(&frame), Some(wanted));
    }

    #[test]
    fn a_probe_claims_nothing() {
        let frame = hex(&[
            "ffffffffffff 020000000210 0806 0001 0800 06 04 0001",
            "020000000210 00000000 000000000000 c01f4101",
        ]);
        assert_eq!(claim(&frame), None);
    }

    #[test]
    fn an_advertisement_claims_its_target_for_its_option() {
        let frame = hex(&[
            "333300000001 020000000210 86dd 60000000 0020 3a ff",
            "fe80000000000000 000000fffe000210 ff02000000000000 0000000000000001",
            "88 00 0000 20000000 20010db800650000 0000000000000001 0201 020000000220",
        ]);
        let wanted = Claim {
            address: "2001:db8:65::1".parse().expect("an address"),
            mac: [0x02, 0, 0, 0, 0x02, 0x20],
            source: SERVER,
            announced: true,
        };
        assert_eq!(claim(&frame), Some(wanted));
    }
}
