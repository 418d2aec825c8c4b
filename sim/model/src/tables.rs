//! A setup in use: stations by address, links, members' up bits.

use crate::mac::Mac;
use crate::setup::{
    Bucket, BucketRange, FIRST_ROUTER, MOST_PORTS, Member, PortSetup, Setup, SetupError,
};
use std::collections::HashMap;

/// Who a static address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Station {
    /// A server, by member number, on a port.
    Server { member: u16, port: u8 },
    /// A router, by member number, on a port.
    Router { member: u16, port: u8 },
    /// A virtual MAC.
    Virtual,
    /// The host.
    Host,
}

/// What verdicts are looked up in, the forwarding database apart.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub(crate) setup: Setup,
    stations: HashMap<Mac, Station>,
    links: Vec<bool>,
}

impl Tables {
    /// All links are up.
    pub(crate) fn new(ports: u8, setup: Setup) -> Result<Self, SetupError> {
        setup.check(ports)?;
        let stations = stations(&setup);
        Ok(Self {
            setup,
            stations,
            links: vec![true; usize::from(ports)],
        })
    }

    /// A card after reset; `ports` is taken to lie in 1 to 15.
    pub(crate) fn unprogrammed(ports: u8) -> Self {
        let ports = usize::from(ports.clamp(1, MOST_PORTS));
        let setup = Setup {
            ports: vec![PortSetup::default(); ports],
            ..Setup::default()
        };
        Self {
            setup,
            stations: HashMap::new(),
            links: vec![true; ports],
        }
    }

    /// Another setup; links stay as they are.
    pub(crate) fn program(&mut self, setup: Setup) -> Result<(), SetupError> {
        setup.check(self.ports())?;
        self.stations = stations(&setup);
        self.setup = setup;
        Ok(())
    }

    /// Number of network ports, which is also the number of the host's.
    pub(crate) fn ports(&self) -> u8 {
        self.setup.ports.len() as u8
    }

    pub(crate) fn station(&self, mac: Mac) -> Option<Station> {
        self.stations.get(&mac).copied()
    }

    /// False for a port that does not exist.
    pub(crate) fn link_is_up(&self, port: u8) -> bool {
        self.links.get(usize::from(port)).copied().unwrap_or(false)
    }

    /// Section 7: a link that goes clears its members' up bits, one that comes sets those of the members with the
    /// flag. Nothing happens without a change.
    pub(crate) fn set_link(&mut self, port: u8, up: bool) {
        let Some(link) = self.links.get_mut(usize::from(port)) else {
            return;
        };
        if *link == up {
            return;
        }
        *link = up;
        for member in self
            .setup
            .members
            .values_mut()
            .filter(|member| member.port == port)
        {
            member.up = if up {
                member.up || member.up_on_link
            } else {
                false
            };
        }
    }

    pub(crate) fn set_member_up(&mut self, member: u16, up: bool) -> bool {
        let Some(member) = self.setup.members.get_mut(&member) else {
            return false;
        };
        member.up = up;
        true
    }

    /// The member, if it is up and so is its link.
    pub(crate) fn live_member(&self, member: u16) -> Option<&Member> {
        self.setup
            .members
            .get(&member)
            .filter(|member| member.up && self.link_is_up(member.port))
    }

    /// The bucket of `range` that a flow hash selects, with its number.
    pub(crate) fn bucket(&self, range: BucketRange, hash: u32) -> (u32, Bucket) {
        let number = range.base | (hash & ((1 << range.log2) - 1));
        let bucket = self
            .setup
            .buckets
            .get(number as usize)
            .copied()
            .unwrap_or_default();
        (number, bucket)
    }

    /// The buckets that stand in for a router.
    pub(crate) fn pool(&self, router: u16) -> BucketRange {
        let number = router.saturating_sub(FIRST_ROUTER);
        self.setup.pools.get(&number).copied().unwrap_or_default()
    }
}

fn stations(setup: &Setup) -> HashMap<Mac, Station> {
    let members = setup
        .members
        .iter()
        .map(|(&member, &Member { mac, port, .. })| {
            let station = if member < FIRST_ROUTER {
                Station::Server { member, port }
            } else {
                Station::Router { member, port }
            };
            (mac, station)
        });
    let virtual_macs = setup
        .virtual_macs
        .iter()
        .map(|&mac| (mac, Station::Virtual));
    let host = setup.host.map(|mac| (mac, Station::Host));
    members.chain(virtual_macs).chain(host).collect()
}
