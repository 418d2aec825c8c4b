//! Rows 11, 12 and 15: what the flow table says.

use flowswitch_driver::flow_key::{FlowKey, mask};
use flowswitch_driver::image::{ClusterSetup, Service};
use flowswitch_driver::tables::{Address, AddressKind, FlowEntry, FlowState, ServerFlows, Table};
use flowswitch_driver::{Device, Error};

use super::Judge;
use super::outcome::Outcome;
use super::parse::{Packet, Quote, Segment, Tuple, protocol};
use super::service::Matched;

/// Base-2 logarithm of a tick in ns, and how many ticks the stamps of flows count.
const TICK_LOG2: u32 = 30;
const STAMPS: u64 = 1 << 13;
/// Age of an unconfirmed flow in a table that fills, in ticks.
const PRESSED_AGE: u16 = 3;
/// What a load counts in.
const LOAD_UNIT: u64 = 1 << 20;

impl<D: Device> Judge<'_, '_, '_, D> {
    /// Whether the flow table remembers the frame's flow.
    pub(super) fn is_tracked(&self, packet: &Packet, persistent: bool, reverse: bool) -> bool {
        if packet.is_quoted_error() || packet.is_later() {
            return false;
        }
        let Tuple { protocol, word, .. } = packet.tuple;
        let by_addresses = |protocol: u8| {
            !protocol::has_word(protocol) && !matches!(protocol, protocol::ICMP | protocol::ICMPV6)
        };
        persistent
            || word.is_some() && !(reverse && protocol.is_some_and(protocol::is_ipsec))
            || protocol.is_some_and(by_addresses)
    }

    /// Whether an error about a packet of the flow follows its entry.
    pub(super) fn is_looked_up(&self, packet: &Packet, persistent: bool) -> bool {
        match packet.quote {
            Quote::Of(quoted) => persistent || quoted.word.is_some(),
            _ => false,
        }
    }

    /// A frame for a VIP whose flow is looked up; `only`: it changes nothing.
    pub(super) fn forward(
        &mut self,
        packet: &Packet,
        vip: &Address,
        matched: &Matched,
        only: bool,
    ) -> Result<Outcome, Error> {
        let tuple = packet.effective();
        let key = self.key(&tuple, vip.persistent, false)?;
        let entry = self.entry(&key)?;
        let row = if only { 13 } else { 12 };
        let tagged = self.ingress.entry.tagged;
        let says = |segment| !only && !vip.persistent && packet.segment == segment;
        let Found { entry, ready } = entry;
        let Some(entry) = entry else {
            let Some(service) = &matched.service else {
                return Ok(self.no_service(matched));
            };
            if only || says(Segment::Reset) || !ready {
                return self.stateless(row, matched, &tuple);
            }
            let chosen = self.new_choice(service, packet, &tuple)?;
            return Ok(self.give_server(row, chosen, matched));
        };
        let server = self.probe.ability(entry.server, tagged)?;
        let closing = matches!(entry.state, FlowState::Fin | FlowState::Rst);
        let leaves = entry.state == FlowState::Established && server.drains;
        if says(Segment::Start)
            && (closing || leaves)
            && let Some(service) = &matched.service
            && let Some(chosen) = self.new_choice(service, packet, &tuple)?
        {
            return Ok(self.give_server(row, Some(chosen), matched));
        }
        let kept = !server.up && server.usable && self.keeps(entry.cluster)?;
        if server.up || kept {
            let row = if only { 13 } else { 11 };
            return Ok(self.give_server(row, Some(entry.server), matched));
        }
        self.stateless(row, matched, &tuple)
    }

    /// Row 15: a frame of a server's from a VIP. It goes on as the rows from 16 on say; what is found is told.
    pub(super) fn reverse_row(&mut self) -> Result<(), Error> {
        let (Some(server), Some(packet)) = (self.server(), &self.frame.packet) else {
            return Ok(());
        };
        if self.discovery.is_neighbour_discovery() {
            return Ok(());
        }
        let tuple = packet.tuple;
        let source = self.probe.address("source", tuple.source)?;
        let Some(vip) = source.filter(|source| source.kind == AddressKind::Vip) else {
            return Ok(());
        };
        if !self.is_tracked(packet, vip.persistent, true)
            || self.own_vips(server)? >> (vip.index & 0x3f) & 1 == 0
        {
            return Ok(());
        }
        let client = self.probe.address("destination", tuple.destination)?;
        if client.is_none_or(|client| client.kind != AddressKind::Router) {
            let key = self.key(&tuple, vip.persistent, true)?;
            self.entry(&key)?;
        }
        Ok(())
    }

    fn key(&mut self, tuple: &Tuple, persistent: bool, reverse: bool) -> Result<FlowKey, Error> {
        let (client, vip) = if reverse {
            (tuple.destination, tuple.source)
        } else {
            (tuple.source, tuple.destination)
        };
        if persistent {
            let client = mask(client, self.probe.card.persistence()?);
            return Ok(FlowKey::Client { client, vip });
        }
        let halves = tuple.word.map(|[a, b, c, d]| {
            let (first, second) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let ports = tuple.protocol.is_some_and(protocol::has_ports);
            if reverse && ports {
                (second, first)
            } else {
                (first, second)
            }
        });
        Ok(FlowKey::Flow {
            client,
            vip,
            protocol: tuple.protocol.unwrap_or_default(),
            halves,
        })
    }

    /// The flow's entry, if it has one that has not expired.
    fn entry(&mut self, key: &FlowKey) -> Result<Found, Error> {
        let table = Table::Flow.name();
        let status = self.probe.card.flow_status()?;
        let mut found = Found {
            entry: None,
            ready: status.ready,
        };
        if !status.ready {
            self.probe
                .note(table, None, "the card has no seed: it remembers no flow");
            return Ok(found);
        }
        let flow = match self.probe.card.find_flow(key) {
            Ok(Some(flow)) => flow,
            Ok(None) => {
                self.probe
                    .note(table, None, "no entry, unless one waits for its slot");
                return Ok(found);
            }
            Err(Error::SeedUnknown) => {
                let text = "cannot be asked: another program gave the seed. A flow that has an entry stays with its \
                            server (row 11); the verdict here is that of a flow without one";
                self.probe.note(table, None, text);
                return Ok(found);
            }
            Err(error) => return Err(error),
        };
        let tick = (self.probe.card.time_ns()? >> TICK_LOG2) % STAMPS;
        let since = (tick + STAMPS - u64::from(flow.entry.stamp)) % STAMPS;
        let (state, expired) = match flow.entry.state {
            FlowState::Unconfirmed | FlowState::Opened => {
                let setup = self.cluster(flow.entry.cluster)?;
                let age = if status.pressure {
                    setup.unconfirmed.min(PRESSED_AGE)
                } else {
                    setup.unconfirmed
                };
                let state = match flow.entry.state {
                    FlowState::Opened => "opened by the server",
                    _ => "unconfirmed",
                };
                (state, since >= u64::from(age))
            }
            FlowState::Established => ("established", since < STAMPS / 2),
            FlowState::Fin => ("closing (FIN)", since < STAMPS / 2),
            FlowState::Rst => ("closing (RST)", since < STAMPS / 2),
        };
        let name = self.probe.names.member(flow.entry.server);
        let cluster = flow.entry.cluster;
        let expired_text = if expired { ", expired" } else { "" };
        let text = format!("{name}, {state}, cluster {cluster}{expired_text}");
        self.probe.note(table, Some(flow.index), text);
        found.entry = Some(flow.entry).filter(|_| !expired);
        Ok(found)
    }

    fn cluster(&mut self, cluster: u8) -> Result<ClusterSetup, Error> {
        let setup = self
            .probe
            .read::<Option<ClusterSetup>>(cluster.into())?
            .flatten();
        let found = match &setup {
            None => "never written".to_owned(),
            Some(setup) => format!(
                "unconfirmed flows live {} ticks, those of a server that is down {}",
                setup.unconfirmed,
                if setup.keep { "are kept" } else { "move" },
            ),
        };
        self.probe
            .note(Table::Cluster.name(), Some(cluster.into()), found);
        // What was never written is zero.
        Ok(setup.unwrap_or(ClusterSetup {
            tcp: 0,
            udp: 0,
            ipsec: 0,
            other: 0,
            fin: 0,
            rst: 0,
            unconfirmed: 0,
            bypass: false,
            keep: false,
        }))
    }

    fn keeps(&mut self, cluster: u8) -> Result<bool, Error> {
        Ok(self.cluster(cluster)?.keep)
    }

    /// The server of a new flow.
    fn new_choice(
        &mut self,
        service: &Service,
        packet: &Packet,
        tuple: &Tuple,
    ) -> Result<Option<u16>, Error> {
        let bucket = self.service_bucket(service, tuple)?;
        let tagged = self.ingress.entry.tagged;
        let begins = matches!(packet.segment, Segment::Start | Segment::Datagram);
        if service.least_load
            && begins
            && let (Some(first), Some(second)) = (bucket.first, bucket.second)
            && self.probe.ability(first, tagged)?.fresh()
            && self.probe.ability(second, tagged)?.fresh()
        {
            let loads = (self.load(first)?, self.load(second)?);
            return Ok(Some(if loads.1 < loads.0 { second } else { first }));
        }
        self.probe.choose(bucket, tagged)
    }

    /// A server's load, which other flows may change at any time.
    fn load(&mut self, server: u16) -> Result<u64, Error> {
        let flows = self
            .probe
            .read::<ServerFlows>(server.into())?
            .unwrap_or_default();
        let weight = self.probe.weight(server);
        let unit = LOAD_UNIT.checked_div(weight.into()).unwrap_or_default();
        let load = u64::from(flows.live()) * unit;
        let name = self.probe.names.member(server);
        let found = format!(
            "{name}: {} live flows, weight {weight}, as of now",
            flows.live()
        );
        self.probe
            .note(Table::ServerFlows.name(), Some(server.into()), found);
        Ok(load)
    }
}

/// What a look into the flow table gave.
struct Found {
    /// An entry that has not expired.
    entry: Option<FlowEntry>,
    /// The table looks up and inserts.
    ready: bool,
}
