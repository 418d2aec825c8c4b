//! Rows 11 to 15: what flows and fragments decide, and what a frame does to them. Sections 3 to 5 of the flows page.

use std::net::IpAddr;

use crate::balance::{Choice, Hint, choose, flow_hash, matching_service};
use crate::build::{readdressed, with_source};
use crate::flows::{Entry, FLOWS, FlowKey, Question, Way, cluster_of};
use crate::fragments::{FragmentEntry, FragmentKey};
use crate::outcome::{DropReason, FlowEvent, HostReason, Verdict, View};
use crate::parse::{Fragment, Ip, Quote};
use crate::setup::{Member, Service, Vip};
use crate::tables::{Owner, Station};
use crate::verdict::{Judge, Judgement};

/// Rows of frames for virtual addresses.
const KNOWN: u8 = 11;
const TRACKED: u8 = 12;
const STATELESS: u8 = 13;
const NO_SERVICE: u8 = 14;

/// With so many entries the two rows of a flow and the store of waiting insertions can all be taken. Fewer than a quarter
/// of the table fill two rows of 8 and their neighbours with a probability that nobody lives to see.
const FILLED: usize = FLOWS / 4;

/// What a frame writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub(crate) event: FlowEvent,
    pub(crate) flow: Option<(FlowKey, Entry)>,
    pub(crate) fragment: Option<(FragmentKey, FragmentEntry)>,
    /// Its server was chosen by loads that a card may not have heard of yet.
    pub(crate) doubtful_load: bool,
}

/// The service that a frame asks for, and its choice of a server.
struct Offer<'a> {
    service: Option<&'a Service>,
    server: Option<(u16, &'a Member)>,
    /// As [`Choice::doubtful`].
    doubtful: bool,
    why: String,
}

/// How a server is chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// The bucket's first.
    First,
    /// By load, if the service says so.
    Load,
}

impl Judge<'_> {
    /// Rows 11 to 14, for a virtual MAC.
    pub(crate) fn virtual_mac(&self) -> Judgement {
        let Some(ip) = &self.fields.ip else {
            return Judgement::drop(
                NO_SERVICE,
                DropReason::NotOurs,
                "not IP, for a virtual MAC".into(),
            );
        };
        match self.tables.owner(ip.destination) {
            Some(Owner::Vip(number)) if !self.fields.is_discovery() => {
                match self.tables.vip(number) {
                    Some(vip) => self.to_vip(ip, vip),
                    None => self.by_service(STATELESS, ip),
                }
            }
            _ => self.by_service(STATELESS, ip),
        }
    }

    /// A frame that is *forward*.
    fn to_vip(&self, ip: &Ip, vip: &Vip) -> Judgement {
        if ip.quote == Quote::Lost {
            let why = format!("an error for {}, with a quote that is lost", ip.destination);
            return Judgement::new(STATELESS, Verdict::Host(HostReason::Quote), why);
        }
        let parts = ip
            .fragment
            .filter(|_| !vip.persistent && ip.quote == Quote::None);
        let Some(fragment) = parts else {
            return self.by_flow(ip, vip);
        };
        self.by_fragment(ip, vip, fragment)
    }

    /// Section 5.
    fn by_fragment(&self, ip: &Ip, vip: &Vip, fragment: Fragment) -> Judgement {
        let port = self.fragments_by_port.then_some(self.origin.port);
        let key = FragmentKey::new(port, ip, fragment.identification);
        let entry = self.fragments.live(&key, self.tick);
        let followed = entry.filter(|entry| fragment.later || entry.orphan);
        let followed = followed.and_then(|entry| {
            let member = self.tables.live_member(entry.server, self.is_tagged())?;
            Some((entry.server, member))
        });
        if let Some((server, member)) = followed {
            let why = "follows a fragment of its datagram".to_owned();
            let offer = self.offer(ip, Policy::First);
            return self
                .send(STATELESS, server, member, offer.service, why)
                .with_event(FlowEvent::FollowsFragment);
        }
        let mut judgement = if fragment.later {
            self.orphan(ip, fragment)
        } else {
            self.by_flow(ip, vip)
        };
        if let Some(server) = judgement.member {
            let orphan = fragment.later;
            let written = FragmentEntry { server, orphan };
            judgement.effects.fragment = Some((key, written));
        }
        judgement
    }

    /// A later fragment of a datagram that is not known.
    fn orphan(&self, ip: &Ip, fragment: Fragment) -> Judgement {
        if fragment.tcp {
            let why = "a part of TCP without its first one".to_owned();
            return Judgement::drop(STATELESS, DropReason::Fragment, why);
        }
        let judgement = self.by_service(STATELESS, ip);
        match judgement.member {
            Some(_) => judgement.with_event(FlowEvent::Orphan),
            None => judgement,
        }
    }

    /// Section 3, forward.
    fn by_flow(&self, ip: &Ip, vip: &Vip) -> Judgement {
        let client_bits = self.client_bits(ip);
        let Some(question) = Question::new(ip, Way::Forward, vip.persistent, client_bits) else {
            return self.by_service(STATELESS, ip);
        };
        let cluster = matching_service(self.tables, self.fields, ip).map(|(_, s)| s.cluster);
        match self.entry(&question, cluster.unwrap_or_default()) {
            None => self.new_flow(ip, &question),
            Some(entry) => self.known_flow(ip, &question, entry),
        }
    }

    fn new_flow(&self, ip: &Ip, question: &Question) -> Judgement {
        let row = if question.tracked { TRACKED } else { STATELESS };
        if !question.tracked || question.resets() {
            return self.by_service(row, ip);
        }
        let room = self.has_room(&question.key);
        let policy = if room && question.may_choose() {
            Policy::Load
        } else {
            Policy::First
        };
        let offer = self.offer(ip, policy);
        let inserted = offer.new_entry(question, self.tick);
        let judgement = self.take(row, ip, offer);
        match inserted {
            Some(entry) if room => judgement
                .with_event(FlowEvent::Inserted)
                .writing(question.key, entry),
            Some(_) => judgement.with_event(FlowEvent::Refused),
            None => judgement,
        }
    }

    fn known_flow(&self, ip: &Ip, question: &Question, entry: Entry) -> Judgement {
        let Entry { server, state, .. } = entry;
        let cluster = cluster_of(&self.tables.setup.clusters, entry.cluster);
        if question.starts() && (entry.is_closing() || self.gives_up(&entry)) {
            let policy = if question.may_choose() {
                Policy::Load
            } else {
                Policy::First
            };
            let offer = self.offer(ip, policy);
            if let Some(new) = offer.new_entry(question, self.tick) {
                return self
                    .take(TRACKED, ip, offer)
                    .with_event(FlowEvent::Restarted)
                    .writing(question.key, new);
            }
        }
        let tagged = self.is_tagged();
        let changed = question.after(entry, &cluster, self.tick);
        let can_take = match self.tables.live_member(server, tagged) {
            Some(member) => Some(member),
            None if cluster.keep => self.tables.usable_member(server, tagged),
            None => None,
        };
        let offer = self.offer(ip, Policy::First);
        if let Some(member) = can_take {
            let why = format!("a flow of server {server}, {state:?}");
            let row = if question.tracked { KNOWN } else { STATELESS };
            let judgement = self.send(row, server, member, offer.service, why);
            return if question.tracked {
                judgement
                    .with_event(FlowEvent::Found)
                    .writing(question.key, changed)
            } else {
                judgement.with_event(FlowEvent::Found)
            };
        }
        let row = if question.tracked { TRACKED } else { STATELESS };
        let other = offer.server.map(|(server, _)| server);
        let judgement = self.take(row, ip, offer);
        match other.filter(|_| question.tracked) {
            Some(server) => judgement
                .with_event(FlowEvent::Reassigned)
                .writing(question.key, changed.of(server)),
            None => judgement.with_event(FlowEvent::Found),
        }
    }

    /// Row 15: what a frame of a server does to a flow, if it is *reverse*.
    pub(crate) fn server_sends(&self) -> Effects {
        self.reverse().unwrap_or_default()
    }

    fn reverse(&self) -> Option<Effects> {
        let ip = self.fields.ip.as_ref()?;
        let Some(Station::Server { member, .. }) = self.tables.station(self.fields.source) else {
            return None;
        };
        let Some(Owner::Vip(number)) = self.tables.owner(ip.source) else {
            return None;
        };
        let vip = self.tables.vip(number)?;
        let to_router = matches!(self.tables.owner(ip.destination), Some(Owner::Router(_)));
        if to_router || self.fields.is_discovery() || !vip.servers.contains(&member) {
            return None;
        }
        let client_bits = self.client_bits(ip);
        let question = Question::new(ip, Way::Reverse, vip.persistent, client_bits)?;
        let opened = question.new_entry(member, vip.cluster, self.tick);
        let effects = |event, entry: Option<Entry>| {
            let flow = entry.map(|entry| (question.key, entry));
            Some(Effects {
                event,
                flow: flow.filter(|_| self.observed.view.is_none()),
                ..Effects::default()
            })
        };
        let Some(entry) = self.entry(&question, vip.cluster) else {
            return if question.resets() {
                None
            } else if self.has_room(&question.key) {
                effects(FlowEvent::Inserted, Some(opened))
            } else {
                effects(FlowEvent::Refused, None)
            };
        };
        if question.starts() && entry.is_closing() {
            return effects(FlowEvent::Restarted, Some(opened));
        }
        if entry.server != member {
            return effects(FlowEvent::Conflict, None);
        }
        let cluster = cluster_of(&self.tables.setup.clusters, entry.cluster);
        let changed = question.after(entry, &cluster, self.tick);
        effects(FlowEvent::Found, Some(changed))
    }

    /// The flow that a frame belongs to, if it has an entry or would get one.
    pub(crate) fn flow_key(&self) -> Option<FlowKey> {
        if self.fields.is_discovery() {
            return None;
        }
        let ip = self.fields.ip.as_ref()?;
        let to_virtual = matches!(
            self.tables.station(self.fields.destination),
            Some(Station::Virtual)
        );
        let (way, address) = if to_virtual {
            (Way::Forward, ip.destination)
        } else {
            (Way::Reverse, ip.source)
        };
        let Some(Owner::Vip(number)) = self.tables.owner(address) else {
            return None;
        };
        let vip = self.tables.vip(number)?;
        Question::new(ip, way, vip.persistent, self.client_bits(ip)).map(|question| question.key)
    }

    /// The entry of a flow, or what the caller says that the card saw of it.
    fn entry(&self, question: &Question, cluster: u8) -> Option<Entry> {
        let found = self
            .flows
            .live(&question.key, &self.tables.setup.clusters, self.tick);
        match self.observed.view {
            None => found,
            Some(View::Absent) => None,
            Some(View::Of(server) | View::OpenedBy(server)) => {
                let opened = matches!(self.observed.view, Some(View::OpenedBy(_)));
                let own = self.cluster_of_vip(question.key.cluster).filter(|_| opened);
                let made_for = own.unwrap_or(cluster);
                let cluster = found
                    .filter(|_| !opened)
                    .map_or(made_for, |entry| entry.cluster);
                // What begins anew is as if it were absent.
                Some(Entry::unconfirmed(server, cluster, self.tick))
            }
        }
    }

    /// The cluster that flows which servers open with this address are counted to.
    fn cluster_of_vip(&self, address: IpAddr) -> Option<u8> {
        let Some(Owner::Vip(number)) = self.tables.owner(address) else {
            return None;
        };
        self.tables.vip(number).map(|vip| vip.cluster)
    }

    /// Whether a flow can have an entry; not if the card is seen to have refused it, and may have.
    fn has_room(&self, key: &FlowKey) -> bool {
        let refused = self.observed.flow == Some(FlowEvent::Refused);
        self.flows.has_room(key) && !(refused && self.flows.holds(FILLED))
    }

    /// Section 3: whether an established flow that begins anew is one that its server would rather lose. An entry of
    /// zeros, that of no server, has the weight 0.
    fn gives_up(&self, entry: &Entry) -> bool {
        let member = self.tables.setup.members.get(&entry.server);
        let unwanted = member.is_none_or(|member| member.draining || member.weight == 0);
        entry.is_established() && unwanted
    }

    fn client_bits(&self, ip: &Ip) -> u8 {
        let bits = self.tables.setup.client_bits;
        if ip.destination.is_ipv6() {
            bits.ipv6
        } else {
            bits.ipv4
        }
    }

    /// The service alone, as without a flow.
    fn by_service(&self, row: u8, ip: &Ip) -> Judgement {
        self.take(row, ip, self.offer(ip, Policy::First))
    }

    fn offer(&self, ip: &Ip, policy: Policy) -> Offer<'_> {
        let Some((number, service)) = matching_service(self.tables, self.fields, ip) else {
            return Offer {
                service: None,
                server: None,
                doubtful: false,
                why: String::new(),
            };
        };
        let client_bits = self.client_bits(ip);
        let persistent = service.client_persistence.then_some(client_bits);
        let hash = flow_hash(self.hashes, ip, persistent);
        let hint = Hint {
            flows: self.flows,
            server: self.observed.server,
        };
        let load = (policy == Policy::Load && service.least_load).then_some(hint);
        let Choice {
            bucket,
            member,
            doubtful,
        } = choose(self.tables, service.buckets, hash, self.is_tagged(), load);
        Offer {
            service: Some(service),
            server: member,
            doubtful,
            why: format!("service {number}, flow hash {hash:#010x}, bucket {bucket}"),
        }
    }

    /// What comes of an offer: a server, row 14 without a service, or nobody.
    fn take(&self, row: u8, ip: &Ip, offer: Offer<'_>) -> Judgement {
        match offer {
            Offer { service: None, .. } => self.no_service(ip),
            Offer {
                server: None, why, ..
            } => Judgement::drop(row, DropReason::NoServer, format!("{why}: no member up")),
            Offer {
                service,
                server: Some((number, member)),
                doubtful,
                why,
            } => {
                let mut judgement = self.send(row, number, member, service, why);
                judgement.effects.doubtful_load = doubtful;
                judgement
            }
        }
    }

    /// Row 14, for IP.
    fn no_service(&self, ip: &Ip) -> Judgement {
        let address = ip.destination;
        let mut services = self.tables.setup.services.iter();
        let Some(service) = services.find(|service| service.address == address) else {
            let why = format!("{address} is the address of no service");
            return Judgement::drop(NO_SERVICE, DropReason::NotOurs, why);
        };
        let verdict = if service.no_service_to_host {
            Verdict::Host(HostReason::NoService)
        } else {
            Verdict::Drop(DropReason::NoService)
        };
        let why = format!("{address} has services, but not this one");
        Judgement::new(NO_SERVICE, verdict, why)
    }

    /// To a server, by its logical port even if the frame came from there.
    fn send(
        &self,
        row: u8,
        number: u16,
        member: &Member,
        service: Option<&Service>,
        why: String,
    ) -> Judgement {
        let mut frame = readdressed(self.frame, member.mac);
        if service.is_some_and(|service| service.source_virtual) {
            frame = with_source(frame, self.fields.destination);
        }
        let why = format!("{why}: member {number}");
        Judgement::new(row, Verdict::Ports(vec![member.logical_port]), why)
            .sending(frame)
            .for_member(number)
    }
}

impl Offer<'_> {
    /// The entry of a flow that begins with the frame, if there is a server for it.
    fn new_entry(&self, question: &Question, tick: u64) -> Option<Entry> {
        let (service, (server, _)) = self.service.zip(self.server)?;
        Some(question.new_entry(server, service.cluster, tick))
    }
}
