//! Rows 4 to 10, ARP and neighbour discovery: section 3 of the verdicts page.

use crate::balance::choose;
use crate::build::{ALL_NODES_MAC, BROADCAST, answer, readdressed, request_of};
use crate::discovery::{Discovery, DiscoveryKind};
use crate::mac::Mac;
use crate::outcome::{DropReason, Verdict};
use crate::setup::{FIRST_ROUTER, Vip};
use crate::tables::{Owner, Station};
use crate::verdict::{Judge, Judgement};

impl Judge<'_> {
    /// The first of the rows that matches, in the order of the page: 4, 6, 5, 7, 8, 9, 10.
    pub(crate) fn discovery(&self) -> Option<Judgement> {
        let discovery = self.fields.discovery.as_ref()?;
        self.claim(discovery)
            .or_else(|| self.question(discovery))
            .or_else(|| self.of_router(discovery))
            .or_else(|| self.for_server(discovery))
            .or_else(|| self.for_cluster(discovery))
    }

    /// Rows 4 and 6.
    fn claim(&self, discovery: &Discovery) -> Option<Judgement> {
        let (asked, claimed) = (discovery.asked, discovery.claimed);
        let swallowed = |why| Some(Judgement::drop(4, DropReason::Swallowed, why));
        if discovery.is_request()
            && claimed.is_unspecified()
            && let Some(Owner::Vip(number)) = self.tables.owner(asked)
            && self.is_own(number)
        {
            return swallowed(format!("a server asks whether {asked} is taken"));
        }
        let owner = self.tables.owner(claimed)?;
        if !self.may_claim(owner) {
            let why = format!("{claimed} is claimed by one who does not carry it");
            return Some(Judgement::drop(6, DropReason::AddressConflict, why));
        }
        if !matches!(owner, Owner::Vip(_)) {
            return None;
        }
        let claims = match discovery.kind {
            DiscoveryKind::RouterSolicitation => true,
            _ if discovery.is_request() => asked == claimed || !discovery.checked,
            _ => discovery.is_reply() && !self.replies_to_host(discovery),
        };
        if claims {
            return swallowed(format!("a server claims {claimed}"));
        }
        None
    }

    /// Whether it answers a question of the host, to nobody but the host.
    fn replies_to_host(&self, discovery: &Discovery) -> bool {
        discovery.checked
            && matches!(self.tables.owner(discovery.asked), Some(Owner::Host))
            && matches!(
                self.tables.station(self.fields.destination),
                Some(Station::Host)
            )
    }

    /// Whether the source is the station that has the address. The host's own frames are never looked up.
    fn may_claim(&self, owner: Owner) -> bool {
        let source = self.tables.station(self.fields.source);
        match owner {
            Owner::Vip(number) => self.is_own(number),
            Owner::Router(router) => matches!(
                source,
                Some(Station::Router { member, .. }) if member == FIRST_ROUTER + router
            ),
            Owner::Server(server) => matches!(
                source,
                Some(Station::Server { member, .. }) if member == server
            ),
            Owner::Host => false,
        }
    }

    /// Whether the source is a server that carries the virtual address.
    fn is_own(&self, vip: u8) -> bool {
        match (
            self.tables.station(self.fields.source),
            self.tables.vip(vip),
        ) {
            (Some(Station::Server { member, .. }), Some(vip)) => vip.servers.contains(&member),
            _ => false,
        }
    }

    /// Rows 5, 7 and 8.
    fn question(&self, discovery: &Discovery) -> Option<Judgement> {
        if !discovery.is_request() || !discovery.checked {
            return None;
        }
        let asked = discovery.asked;
        match (
            self.tables.owner(asked)?,
            self.tables.station(self.fields.source),
        ) {
            (Owner::Vip(number), _) => {
                let mac = self.tables.virtual_mac(self.tables.vip(number)?);
                Some(self.answered(5, discovery, mac, format!("asks for VIP {number}")))
            }
            (Owner::Router(router), Some(Station::Server { member, .. })) => {
                Some(self.assigned_router(discovery, router, member))
            }
            (Owner::Router(_), _) => None,
            (Owner::Server(server), _) => self.server_address(discovery, server),
            (Owner::Host, _) => {
                let mac = self.tables.setup.host?;
                Some(self.answered(8, discovery, mac, format!("asks for the host's {asked}")))
            }
        }
    }

    /// Row 8 for a server's own address: not where it hears the request itself, nor if no frame would come to it.
    fn server_address(&self, request: &Discovery, server: u16) -> Option<Judgement> {
        let (origin, _) = self.origin.logical_port?;
        let member = self.tables.usable_member(server, self.is_tagged())?;
        if member.logical_port == origin {
            return None;
        }
        let why = format!("asks for server {server}'s own {}", request.asked);
        Some(self.answered(8, request, member.mac, why))
    }

    /// Row 7.
    fn assigned_router(&self, request: &Discovery, router: u16, server: u16) -> Judgement {
        let range = self.tables.pool(router).assignment;
        let choice = choose(
            self.tables,
            range,
            u32::from(server),
            self.is_tagged(),
            None,
        );
        let why = format!(
            "server {server} asks for router {router}, bucket {}",
            choice.bucket
        );
        match choice.member {
            Some((number, member)) => {
                self.answered(7, request, member.mac, format!("{why}: member {number}"))
            }
            // That no one is up shows too late to keep the answer from being built.
            None => Judgement {
                built: true,
                ..Judgement::drop(7, DropReason::NoRouter, format!("{why}: no member up"))
            },
        }
    }

    fn answered(&self, row: u8, request: &Discovery, told: Mac, why: String) -> Judgement {
        let Some((origin, _)) = self.origin.logical_port else {
            return Judgement::drop(row, DropReason::NoPort, why);
        };
        let frame = answer(self.fields, request, told, row == 7);
        Judgement {
            built: true,
            ..Judgement::new(row, Verdict::Answer(origin), why).sending(frame)
        }
    }

    /// Row 9.
    fn of_router(&self, discovery: &Discovery) -> Option<Judgement> {
        let to_group = self.fields.destination.is_group();
        let destination = self.tables.station(self.fields.destination);
        let to_server = matches!(destination, Some(Station::Server { .. }));
        let to_virtual = destination == Some(Station::Virtual);
        if discovery.kind == DiscoveryKind::Redirect {
            let why = "a redirect to a server".to_owned();
            return (to_server || to_virtual)
                .then(|| Judgement::drop(9, DropReason::Isolated, why));
        }
        let Some(Station::Router { member, .. }) = self.tables.station(self.fields.source) else {
            return None;
        };
        let kept = self
            .tables
            .pool(member.saturating_sub(FIRST_ROUTER))
            .drop_advertisements;
        let (flooded, isolated) = match discovery.kind {
            DiscoveryKind::Request { .. } | DiscoveryKind::Reply | DiscoveryKind::Advertisement => {
                (to_group, false)
            }
            DiscoveryKind::Solicitation
            | DiscoveryKind::RouterSolicitation
            | DiscoveryKind::Redirect => (false, false),
            DiscoveryKind::RouterAdvertisement => (to_group && kept, to_server && kept),
        };
        let why = format!(
            "{} of router member {member}, kept from servers",
            discovery.kind.name()
        );
        if isolated {
            return Some(Judgement::drop(9, DropReason::Isolated, why));
        }
        let all = self.tables.logical_ports(u64::MAX);
        let others = all
            .filter(|(_, logical_port)| !logical_port.server)
            .fold(0, |set, (number, _)| set | 1 << number);
        flooded.then(|| self.flood(9, others, why))
    }

    /// Row 10 for a request that a server sends with an address of its own.
    fn for_server(&self, discovery: &Discovery) -> Option<Judgement> {
        let to_card = matches!(
            self.tables.station(self.fields.destination),
            Some(Station::Virtual | Station::Host)
        );
        if !discovery.is_request() || !discovery.checked || to_card {
            return None;
        }
        let (number, vip) = self.vip_of(discovery.claimed)?;
        if !self.is_own(number) {
            return None;
        }
        let judgement = self.forward(self.tables.logical_ports_of(vip, false));
        let why = format!("sent for VIP {number}; {}", judgement.explanation);
        let frame = request_of(self.fields, discovery, self.tables.virtual_mac(vip));
        Some(Judgement {
            row: 10,
            built: true,
            explanation: why,
            ..judgement.sending(frame)
        })
    }

    /// Row 10 for the answer to such a request.
    fn for_cluster(&self, discovery: &Discovery) -> Option<Judgement> {
        let destination = self.tables.station(self.fields.destination);
        if !discovery.is_reply() || !discovery.checked || destination != Some(Station::Virtual) {
            return None;
        }
        let (number, vip) = self.vip_of(discovery.asked)?;
        let everybody = match discovery.kind {
            DiscoveryKind::Reply => BROADCAST,
            _ => ALL_NODES_MAC,
        };
        let to = self.admitting(self.tables.logical_ports_of(vip, true));
        let why = format!("for the servers of VIP {number}");
        let judgement = self.to_all(10, to, DropReason::NoServer, why);
        Some(judgement.sending(readdressed(self.frame, everybody)))
    }

    fn vip_of(&self, address: std::net::IpAddr) -> Option<(u8, &Vip)> {
        match self.tables.owner(address)? {
            Owner::Vip(number) => Some((number, self.tables.vip(number)?)),
            _ => None,
        }
    }
}
