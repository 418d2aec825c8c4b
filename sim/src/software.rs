//! The card in software: the golden model with its clocks, behind the interface of every card (Fig. 5A).

use crate::card::{Arrival, Card, CardError, Departure, Injection, Pause};
use crate::counters::{Counters, FlowCounters, MemberCounters, PortCounters, Traffic};
use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::image;
use flowswitch_model as model;
use std::collections::BTreeSet;

/// Core clock when none is named, in hertz: that of a 100G Ethernet core.
const CLOCK_HZ: u64 = 322_265_625;

/// A card that has no hardware at all.
#[derive(Clone, Debug)]
pub struct SoftwareCard {
    card: model::TimedCard,
    /// Members of the image in use.
    members: BTreeSet<u16>,
    /// The first offered frame that named a port the card does not have.
    refused: Option<model::ModelError>,
    leeways: model::Leeways,
}

/// What a card in software is to be like.
#[derive(Clone, Debug)]
pub struct SoftwareOptions {
    /// Core clock in hertz.
    pub clock_hz: u64,
    /// Seed of the flow table's hash, as [`RtlOptions::seed`](crate::rtl::RtlOptions::seed).
    pub seed: u64,
    /// Look-up engines of the card that it stands for; it has one itself.
    pub engines: u8,
}

impl Default for SoftwareOptions {
    /// The clock of a 100G card, one engine.
    fn default() -> Self {
        Self {
            clock_hz: CLOCK_HZ,
            seed: 1,
            engines: 1,
        }
    }
}

impl SoftwareCard {
    /// A card as after a reset, all links up, with a core clock of 322.265625 MHz. A number of network ports outside
    /// 1 to 15 counts as the nearest in it.
    pub fn new(ports: u8) -> Self {
        Self::with_options(ports, &SoftwareOptions::default())
    }

    /// As [`SoftwareCard::new`], with the options.
    pub fn with_options(ports: u8, options: &SoftwareOptions) -> Self {
        let mut model = model::Model::unprogrammed(ports);
        model.set_flow_seed(FlowSeed::from_number(options.seed).words());
        let mut leeways = model::Leeways::default();
        if options.engines > 1 {
            leeways.note(model::Leeway::Engines, 0);
        }
        Self {
            card: model::TimedCard::new(model, options.clock_hz),
            members: BTreeSet::new(),
            refused: None,
            leeways,
        }
    }
}

impl SoftwareCard {
    /// The model.
    pub fn model(&self) -> &model::Model {
        self.card.model()
    }

    /// Forgets all flows and fragments, as a card does that gets a new seed.
    pub fn set_flow_seed(&mut self, seed: FlowSeed) {
        self.card.model_mut().set_flow_seed(seed.words());
    }

    /// The flows that have not expired, in ascending order.
    pub fn flows(&self) -> Vec<model::Flow> {
        self.card.model().flows()
    }
}

impl Card for SoftwareCard {
    fn ports(&self) -> u8 {
        self.card.model().ports()
    }

    fn clock(&self) -> u64 {
        self.card.clock()
    }

    fn clock_hz(&self) -> u64 {
        self.card.clock_hz()
    }

    fn now_ns(&self) -> u64 {
        self.card.now_ns()
    }

    fn program(&mut self, image: &image::Image) -> Result<(), CardError> {
        let wanted = setup(image);
        let told = |setup: &model::Setup| {
            (
                setup.logical_ports.clone(),
                setup.vips.clone(),
                setup.virtual_macs.clone(),
            )
        };
        let model = self.card.model_mut();
        // As the driver does it: announcements stop while what they tell changes, and begin anew.
        if told(model.setup()) != told(&wanted) {
            let silent = model::Setup {
                announce: 0,
                ..wanted.clone()
            };
            model.program(silent).map_err(failure)?;
        }
        model.program(wanted).map_err(failure)?;
        self.members = image.members.keys().copied().collect();
        self.card.announce_all().map_err(failure)
    }

    fn offer(&mut self, arrivals: Vec<Arrival>) {
        for Arrival {
            port,
            at_ns,
            data,
            error,
        } in arrivals
        {
            if let Err(error) = self.card.offer(port, at_ns, data, error) {
                self.refused.get_or_insert(error);
            }
        }
    }

    fn inject(&mut self, injections: Vec<Injection>) {
        for Injection {
            egress,
            at_ns,
            data,
        } in injections
        {
            self.card.inject(egress, at_ns, data);
        }
    }

    fn run_while_fed(&mut self, open: u16, clocks: u64) -> Result<Pause, CardError> {
        let stop = self.card.run_while_fed(open, clocks).map_err(failure)?;
        if let Some(error) = self.refused.take() {
            return Err(failure(error));
        }
        Ok(match stop {
            model::Stop::Idle => Pause::Idle,
            model::Stop::Short => Pause::Short,
            model::Stop::Clocks => Pause::Clocks,
        })
    }

    fn reserve(&self) -> u64 {
        1
    }

    fn queued_beats(&self, port: u8) -> u64 {
        self.card.queued_beats(port)
    }

    fn withdraw(&mut self) {
        self.card.withdraw();
    }

    fn jump_to(&mut self, ns: u64) -> Result<(), CardError> {
        self.card.jump_to(ns).map_err(failure)
    }

    fn take_departures(&mut self) -> Vec<Departure> {
        self.card
            .take_departures()
            .into_iter()
            .map(departure)
            .collect()
    }

    fn set_link(&mut self, port: u8, up: bool) -> Result<(), CardError> {
        self.card.model_mut().set_link(port, up).map_err(failure)?;
        self.card.announce_all().map_err(failure)
    }

    fn set_member_up(&mut self, member: u16, up: bool) -> Result<(), CardError> {
        self.card
            .model_mut()
            .set_member_up(member, up)
            .map_err(failure)
    }

    fn take_leeways(&mut self) -> model::Leeways {
        let mut leeways = std::mem::take(&mut self.leeways);
        leeways.extend(&self.card.take_leeways());
        leeways
    }

    fn flush_server(&mut self, server: u16) -> Result<u64, CardError> {
        Ok(self.card.model_mut().flush_flows(server) as u64)
    }

    fn counters(&mut self) -> Result<Counters, CardError> {
        let counted = self.card.model().counters();
        let members = counted
            .members
            .iter()
            .filter(|(number, _)| self.members.contains(number))
            .map(|(&number, member)| {
                let (input, output) = (traffic(member.input), traffic(member.output));
                (number, MemberCounters { input, output })
            });
        Ok(Counters {
            ports: counted.ports.iter().map(port_counters).collect(),
            members: members.collect(),
            drops: counted.drops(),
            copies: counted.copies(),
            generated: counted.generated(),
            consumed: counted.consumed(),
            flows: flow_counters(self.card.model().flow_counters()),
            server_flows: self
                .members
                .range(..image::SERVERS)
                .map(|&server| {
                    let (inserted, removed) = self.card.model().flows_of_server(server);
                    (server, inserted - removed)
                })
                .collect(),
            ..Counters::default()
        })
    }
}

fn failure(error: model::ModelError) -> CardError {
    CardError::Simulation(error.to_string())
}

fn departure(departure: model::Departure) -> Departure {
    Departure {
        port: departure.egress,
        source: departure.ingress,
        arrival_clock: departure.arrival_clock,
        clock: departure.clock,
        at_ns: departure.at_ns,
        reason: departure.host_reason.map_or(0, model::HostReason::number),
        data: departure.frame,
    }
}

fn traffic(traffic: model::Traffic) -> Traffic {
    Traffic {
        frames: traffic.frames,
        bytes: traffic.bytes,
    }
}

fn flow_counters(counted: &model::FlowCounters) -> FlowCounters {
    FlowCounters {
        inserted: counted.inserted,
        removed: counted.removed,
        refused: counted.refused,
        reassigned: counted.reassigned,
        restarted: counted.restarted,
        conflicts: counted.conflicts,
        orphan_fragments: counted.orphans,
        fragments_overwritten: counted.fragments_overwritten,
    }
}

fn port_counters(port: &model::PortCounters) -> PortCounters {
    PortCounters {
        received: traffic(port.received),
        transmitted: traffic(port.transmitted),
    }
}

/// An image in the model's own terms.
fn setup(image: &image::Image) -> model::Setup {
    model::Setup {
        ports: image
            .ports
            .iter()
            .map(|port| model::PortSetup {
                bpdu_to_host: port.bpdu_to_host,
            })
            .collect(),
        drop_unknown: image.drop_unknown,
        fdb_age: image.fdb_age,
        announce: image.announce,
        logical_ports: image.logical_ports.iter().map(logical_port).collect(),
        vips: image.vips.iter().map(vip).collect(),
        services: image.services.iter().map(service).collect(),
        members: image
            .members
            .iter()
            .map(|(&number, entry)| (number, member(entry)))
            .collect(),
        pools: image
            .pools
            .iter()
            .map(|(&router, entry)| (router, pool(entry)))
            .collect(),
        router_addresses: image.router_addresses.clone(),
        server_addresses: image.server_addresses.clone(),
        host_addresses: image.host_addresses.clone(),
        clusters: image.clusters.iter().map(cluster).collect(),
        client_bits: model::ClientBits {
            ipv4: image.client_bits.0,
            ipv6: image.client_bits.1,
        },
        virtual_macs: image.virtual_macs.iter().copied().map(mac).collect(),
        host: image.host.map(mac),
        buckets: image
            .buckets
            .iter()
            .map(|bucket| model::Bucket {
                first: bucket.first,
                second: bucket.second,
            })
            .collect(),
    }
}

fn logical_port(logical_port: &image::LogicalPort) -> model::LogicalPort {
    model::LogicalPort {
        port: logical_port.port,
        untagged: logical_port.untagged,
        vlans: logical_port.vlans,
        tagged: logical_port.tagged,
        domain: logical_port.domain,
        server: logical_port.server,
        announce: logical_port.announce,
        flood: logical_port.flood,
    }
}

fn vip(vip: &image::Vip) -> model::Vip {
    model::Vip {
        address: vip.address,
        virtual_mac: vip.virtual_mac,
        servers: vip.servers.clone(),
        persistent: vip.persistent,
        cluster: vip.cluster,
    }
}

fn cluster(cluster: &image::ClusterSetup) -> model::Cluster {
    model::Cluster {
        tcp: cluster.tcp,
        udp: cluster.udp,
        ipsec: cluster.ipsec,
        other: cluster.other,
        fin: cluster.fin,
        rst: cluster.rst,
        unconfirmed: cluster.unconfirmed,
        bypass: cluster.bypass,
        keep: cluster.keep,
    }
}

fn pool(pool: &image::Pool) -> model::Pool {
    model::Pool {
        flows: range(pool.flows),
        assignment: range(pool.assignment),
        drop_advertisements: pool.drop_advertisements,
    }
}

fn service(service: &image::Service) -> model::Service {
    model::Service {
        address: service.address,
        protocol: service.protocol,
        ports: service.ports,
        vlan: service.vlan,
        client_persistence: service.client_persistence,
        no_service_to_host: service.no_service_to_host,
        source_virtual: service.source_virtual,
        least_load: service.least_load,
        cluster: service.cluster,
        buckets: range(service.buckets),
    }
}

fn member(member: &image::Member) -> model::Member {
    model::Member {
        mac: mac(member.mac),
        logical_port: member.logical_port,
        up: member.up,
        draining: member.drains(),
        weight: member.weight,
        up_on_link: member.up_on_link,
    }
}

fn range(range: image::BucketRange) -> model::BucketRange {
    model::BucketRange {
        base: range.base,
        log2: range.log2,
    }
}

fn mac(mac: image::MacAddress) -> model::Mac {
    model::Mac(mac.0)
}
