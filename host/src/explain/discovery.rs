//! Rows 4 to 10: address resolution.

use flowswitch_driver::image::{MacAddress, Pool, VIPS};
use flowswitch_driver::tables::{
    Address, AddressKind, ServerVips, StationKind, Table, VipEntry, VipPorts,
};
use flowswitch_driver::{Device, Error};

use super::Judge;
use super::message::{Discovery, Kind, Message};
use super::outcome::{Outcome, Verdict};
use super::switching;

const BROADCAST: MacAddress = MacAddress([0xff; 6]);
const ALL_NODES: MacAddress = MacAddress([0x33, 0x33, 0, 0, 0, 1]);

impl<D: Device> Judge<'_, '_, '_, D> {
    /// What rows 4 to 10 say of the frame, if one of them matches.
    pub(super) fn discovery_rows(&mut self) -> Result<Option<Outcome>, Error> {
        let Discovery::Message(message) = self.discovery else {
            return Ok(None);
        };
        let claimed = self.probe.address("claimed", message.claimed)?;
        let asked = self.probe.address("asked", message.asked)?;
        let vip = |address: &Option<Address>| {
            let address = address.filter(|address| address.kind == AddressKind::Vip);
            address.map(|address| address.index.to_le_bytes()[0])
        };
        let (claimed_vip, asked_vip) = (vip(&claimed), vip(&asked));
        let own = match self.server() {
            Some(server) if claimed_vip.or(asked_vip).is_some() => self.own_vips(server)?,
            _ => 0,
        };
        let is_own = |vip: Option<u8>| vip.is_some_and(|vip| own >> vip & 1 == 1);
        let asks = message.kind.asks();

        if asks && message.claimed.is_unspecified() && is_own(asked_vip) {
            return Ok(Some(Outcome::drop(4, "swallowed")));
        }
        let to_host = message.checked
            && message.kind.tells()
            && self.to() == Some(StationKind::Host)
            && asked.is_some_and(|asked| asked.kind == AddressKind::Host);
        let keeps = match message.kind {
            Kind::ArpReply | Kind::Advertisement | Kind::RouterSolicitation => true,
            Kind::ArpRequest | Kind::Solicitation => {
                message.asked == message.claimed || !message.checked
            }
            Kind::RouterAdvertisement | Kind::Redirect => false,
        };
        if is_own(claimed_vip) && keeps && !to_host {
            return Ok(Some(Outcome::drop(4, "swallowed")));
        }
        let may_claim = match claimed.map(|claimed| (claimed.kind, claimed.index)) {
            None => true,
            Some((AddressKind::Vip, _)) => is_own(claimed_vip),
            Some((AddressKind::Router, router)) => self.router() == Some(router),
            Some((AddressKind::Server, server)) => self.server() == Some(server),
            Some((AddressKind::Host, _)) => false,
        };
        if !may_claim {
            return Ok(Some(Outcome::drop(6, "address-conflict")));
        }
        if asks
            && message.checked
            && let Some(asked) = asked
            && let Some(outcome) = self.answered(&message, &asked)?
        {
            return Ok(Some(outcome));
        }
        if let Some(outcome) = self.of_routers(&message)? {
            return Ok(Some(outcome));
        }
        if let Some(number) = claimed_vip.filter(|_| asks && message.checked)
            && is_own(claimed_vip)
            && !matches!(self.to(), Some(StationKind::Virtual | StationKind::Host))
        {
            return self.rewritten(number).map(Some);
        }
        match asked_vip {
            Some(number)
                if message.kind.tells()
                    && message.checked
                    && self.to() == Some(StationKind::Virtual) =>
            {
                self.reply_to_vip(number, &message).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The VIPs of a server, a bit each.
    pub(super) fn own_vips(&mut self, server: u16) -> Result<u64, Error> {
        let own = self
            .probe
            .read::<ServerVips>(server.into())?
            .unwrap_or_default();
        let found = format!(
            "{} carries {}",
            self.probe.names.member(server),
            vip_list(own.0)
        );
        self.probe
            .note(Table::ServerVips.name(), Some(server.into()), found);
        Ok(own.0)
    }

    fn vip(&mut self, number: u8) -> Result<Option<VipEntry>, Error> {
        let entry = self
            .probe
            .read::<Option<VipEntry>>(number.into())?
            .flatten();
        let found = match &entry {
            Some(entry) => format!("{}, virtual MAC {}", entry.address, entry.virtual_mac),
            None => "no valid entry".to_owned(),
        };
        self.probe
            .note(Table::Vip.name(), Some(number.into()), found);
        Ok(entry)
    }

    fn vip_ports(&mut self, number: u8) -> Result<VipPorts, Error> {
        let ports = self
            .probe
            .read::<VipPorts>(number.into())?
            .unwrap_or_default();
        let names = |ports: u64| {
            let ports = (0..64).filter(|port| ports >> port & 1 == 1);
            let names: Vec<String> = ports
                .map(|port| self.probe.names.logical_port(port))
                .collect();
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        let found = format!(
            "its servers' logical ports: {}; with one that is up: {}",
            names(ports.servers),
            names(ports.live)
        );
        self.probe
            .note(Table::VipPorts.name(), Some(number.into()), found);
        Ok(ports)
    }

    /// Rows 5, 7 and 8: requests that the card answers.
    fn answered(&mut self, message: &Message, asked: &Address) -> Result<Option<Outcome>, Error> {
        let (row, mac) = match asked.kind {
            AddressKind::Vip => {
                let vip = self.vip(asked.index.to_le_bytes()[0])?;
                (5, vip.map(|vip| vip.virtual_mac))
            }
            AddressKind::Router => {
                let Some(server) = self.server() else {
                    return Ok(None);
                };
                let pool = self.pool(asked.index)?;
                let bucket = self.probe.bucket(pool.assignment, server.into())?;
                let router = self.probe.choose(bucket, self.ingress.entry.tagged)?;
                let Some((mac, _)) = router.and_then(|router| self.probe.place(router)) else {
                    return Ok(Some(Outcome::drop(7, "no-router")));
                };
                (7, Some(mac))
            }
            AddressKind::Host => (8, self.host_mac()?),
            AddressKind::Server => {
                let usable = self
                    .probe
                    .ability(asked.index, self.ingress.entry.tagged)?
                    .usable;
                match self.probe.place(asked.index) {
                    Some((mac, port)) if usable && port != self.ingress.number => (8, Some(mac)),
                    _ => return Ok(None),
                }
            }
        };
        let nobody = message.claimed.is_unspecified() && !message.kind.is_arp();
        Ok(Some(Outcome {
            destination: Some(if nobody { ALL_NODES } else { self.frame.source }),
            source: mac,
            ..Outcome::new(row, Verdict::Answer(self.ingress.number))
        }))
    }

    /// The host's MAC; tables are found by it, not it by a table.
    fn host_mac(&mut self) -> Result<Option<MacAddress>, Error> {
        match self.probe.names.host {
            Some(mac) => {
                let station = self
                    .probe
                    .station("the host's MAC by the configuration,", mac)?;
                Ok(station
                    .filter(|station| station.kind == StationKind::Host)
                    .map(|_| mac))
            }
            None => {
                let found = "the host's MAC: no table gives it, only a configuration does";
                self.probe.note(Table::Station.name(), None, found);
                Ok(None)
            }
        }
    }

    pub(super) fn pool(&mut self, router: u16) -> Result<Pool, Error> {
        let pool = self.probe.read::<Pool>(router.into())?.unwrap_or_default();
        let found = format!(
            "flows: {} buckets from {}; assignment: {} from {}; router advertisements {}",
            1u64 << pool.flows.log2,
            pool.flows.base,
            1u64 << pool.assignment.log2,
            pool.assignment.base,
            if pool.drop_advertisements {
                "kept from servers"
            } else {
                "pass"
            },
        );
        self.probe
            .note(Table::Pool.name(), Some(router.into()), found);
        Ok(pool)
    }

    /// Row 9: what routers tell, and redirects.
    fn of_routers(&mut self, message: &Message) -> Result<Option<Outcome>, Error> {
        let group = self.frame.destination.0[0] & 1 == 1;
        let advertisement = message.kind == Kind::RouterAdvertisement;
        let mut kept = false;
        if let Some(router) = self.router() {
            let to_server = self.to() == Some(StationKind::Server);
            if advertisement && (group || to_server) {
                kept = self.pool(router)?.drop_advertisements;
            }
            let spoken = message.kind.is_arp() || message.kind == Kind::Advertisement;
            if group && (spoken || kept) {
                let servers = self.server_ports()?;
                let flood = switching::flood(self.probe, self.frame, &self.ingress, servers, 9)?;
                return Ok(Some(flood));
            }
            if kept && to_server {
                return Ok(Some(Outcome::drop(9, "isolated")));
            }
        }
        let redirected = matches!(self.to(), Some(StationKind::Server | StationKind::Virtual));
        if message.kind == Kind::Redirect && redirected {
            return Ok(Some(Outcome::drop(9, "isolated")));
        }
        Ok(None)
    }

    /// Logical ports of servers among those that a flood may leave by.
    fn server_ports(&mut self) -> Result<u64, Error> {
        let mut servers = 0;
        for port in (0..64).filter(|port| self.ingress.entry.flood >> port & 1 == 1) {
            if self
                .probe
                .logical_port(port)?
                .is_some_and(|entry| entry.server)
            {
                servers |= 1 << port;
            }
        }
        Ok(servers)
    }

    /// Row 10: a server's request goes on with the virtual MAC in the place of its own.
    fn rewritten(&mut self, vip: u8) -> Result<Outcome, Error> {
        let entry = self.vip(vip)?;
        let servers = self.vip_ports(vip)?.servers;
        let outcome = self.switched(10, servers)?;
        Ok(Outcome {
            source: entry.map(|entry| entry.virtual_mac),
            ..outcome
        })
    }

    /// Row 10: a reply to the VIP goes to all of its servers.
    fn reply_to_vip(&mut self, vip: u8, message: &Message) -> Result<Outcome, Error> {
        let live = self.vip_ports(vip)?.live;
        let mut egress = Vec::new();
        for port in (0..64).filter(|port| live >> port & 1 == 1) {
            if port != self.ingress.number
                && switching::admitted(self.probe, self.frame, &self.ingress, port)?
            {
                egress.push(port);
            }
        }
        if egress.is_empty() {
            return Ok(Outcome::drop(10, "no-server"));
        }
        let everyone = if message.kind.is_arp() {
            BROADCAST
        } else {
            ALL_NODES
        };
        Ok(Outcome {
            destination: Some(everyone),
            ..Outcome::new(10, Verdict::Flood(egress))
        })
    }
}

fn vip_list(vips: u64) -> String {
    let numbers = (0..VIPS).filter(|vip| vips >> vip & 1 == 1);
    let numbers: Vec<String> = numbers.map(|vip| vip.to_string()).collect();
    match numbers.len() {
        0 => "no VIP".to_owned(),
        1 => format!("VIP {}", numbers[0]),
        _ => format!("VIPs {}", numbers.join(", ")),
    }
}
