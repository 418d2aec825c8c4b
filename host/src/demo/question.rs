//! A station's question for another, and the answer that the card is to give.

use std::net::{Ipv4Addr, Ipv6Addr};

use flowswitch_driver::image::MacAddress;

use super::address_account::What;
use super::neighbour::{Arp, BROADCAST, Discovery, OVERRIDE, ROUTER, SOLICITED, group_mac, tagged};

/// A station and its addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour {
    pub(super) mac: MacAddress,
    pub(super) port: u8,
    pub(super) v4: Ipv4Addr,
    pub(super) v6: Ipv6Addr,
}

/// A request for a station's two addresses.
pub(super) struct Question {
    pub(super) asked: (Ipv4Addr, Ipv6Addr),
    /// The MAC that the answers are to tell.
    pub(super) told: MacAddress,
    /// Whose it is.
    pub(super) what: What,
    /// Ask this station alone, not all.
    pub(super) to: Option<MacAddress>,
    pub(super) vlan: Option<u16>,
}

/// Requests of both families, and their answers.
pub(super) fn exchange(by: Neighbour, question: &Question) -> [(Vec<u8>, Vec<u8>); 2] {
    let Question { told, to, .. } = *question;
    let (v4, v6) = question.asked;
    let arp = Arp::request((by.mac, by.v4), v4).frame(to.unwrap_or(BROADCAST), by.mac);
    let arp_answer = Arp::reply((told, v4), (by.mac, by.v4)).frame(by.mac, told);
    let mut asks = Discovery::solicitation(by.v6, v6, Some(by.mac));
    if to.is_some() {
        asks.destination = v6;
    }
    let discovery = asks.frame(to.unwrap_or(group_mac(asks.destination)), by.mac);
    let router = if question.what == What::RouterAnswer {
        ROUTER
    } else {
        0
    };
    let flags = router | SOLICITED | OVERRIDE;
    let discovery_answer = Discovery::advertisement(flags, (told, v6), by.v6).frame(by.mac, told);
    [(arp, arp_answer), (discovery, discovery_answer)].map(|(request, answer)| {
        match question.vlan {
            Some(vlan) => (tagged(request, vlan), tagged(answer, vlan)),
            None => (request, answer),
        }
    })
}

/// The IPv6 address that a station makes of its MAC (RFC 4291, appendix A).
pub(super) fn link_local(mac: MacAddress) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac.0;
    let pair = |high, low| u16::from_be_bytes([high, low]);
    Ipv6Addr::new(
        0xfe80,
        0,
        0,
        0,
        pair(a ^ 2, b),
        pair(c, 0xff),
        pair(0xfe, d),
        pair(e, f),
    )
}
