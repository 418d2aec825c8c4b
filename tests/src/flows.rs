//! Thousands of flows through the Verilated card: clients at port 0, servers at all others. Which server has a flow is
//! told by the frames that leave, never by counters.

use crate::fixture::{ROUTER_A, ROUTER_A_MAC, mac, member, service, vip, whole_port};
use crate::frame::FrameBuilder;
use crate::measure::{CLUSTER_MAC, run};
use flowswitch_driver::flow_key::{FlowKey, FlowSeed};
use flowswitch_driver::image::{
    Bucket, BucketRange, ClusterSetup, Image, MacAddress, Member, PortSetup, Service, Vip,
};
use flowswitch_driver::maglev::{Candidate, Permutation, populate};
use flowswitch_sim::card::{Arrival, Card, Departure};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Entries of the card's flow table.
pub const TABLE: u32 = 1 << 16;
/// Flags of a TCP segment that opens a connection.
pub const SYN: u8 = 0x02;
/// .. of the server's answer to it.
pub const SYN_ACK: u8 = 0x12;
/// .. of one in the middle.
pub const ACK: u8 = 0x10;
/// Network port of all clients.
pub const CLIENTS: u8 = 0;
/// A station that sends for all clients, at whatever port.
const CLIENT_MAC: [u8; 6] = [0x02, 0, 0, 0, 0x0a, 1];
/// The cluster's address.
const CLUSTER: Ipv4Addr = Ipv4Addr::new(192, 31, 65, 1);
/// Buckets of the cluster's service, and of one that may come before it.
const BUCKETS_LOG2: u8 = 8;
/// Ports of every connection.
const PORTS: (u16, u16) = (40_000, 443);
/// Place of TCP's flags in a frame without tags and options.
const FLAGS: usize = 47;
/// Numbers of flows: the low bits of the client's address.
const NUMBER: u32 = 0x00ff_ffff;
/// Clocks before the first frame of a burst.
const LEAD_CLOCKS: u64 = 8;

/// A cluster, and what its table looks like.
#[derive(Clone, Debug)]
pub struct Farm {
    /// Network ports of the card; servers are on all but the first.
    pub ports: u8,
    /// Servers.
    pub servers: u16,
    /// Weights of the first servers; the others have 1.
    pub weights: Vec<u8>,
    /// By how many places the buckets are turned against the servers: none keeps its member.
    pub turned: u16,
    /// A service with a table of its own before the cluster's.
    pub overtaken: bool,
    /// The less loaded of a bucket's two servers is preferred.
    pub least_load: bool,
    /// All connections of a client have one server.
    pub persistent: bool,
    /// Ages, and where replies go.
    pub cluster: ClusterSetup,
}

impl Farm {
    /// Twelve servers of the same weight.
    pub fn new(ports: u8) -> Self {
        Self {
            ports,
            servers: 12,
            weights: Vec::new(),
            turned: 0,
            overtaken: false,
            least_load: false,
            persistent: false,
            cluster: ClusterSetup::default(),
        }
    }

    /// The network port of a server.
    pub fn port(&self, server: u16) -> u8 {
        1 + (server % u16::from(self.ports - 1)) as u8
    }

    fn weight(&self, server: u16) -> u8 {
        let weight = self.weights.get(usize::from(server));
        weight.copied().unwrap_or(1)
    }

    /// The buckets, turned by so many places.
    fn buckets(&self, turned: u16) -> Vec<Bucket> {
        let candidates: Vec<Candidate> = (0..self.servers)
            .map(|server| Candidate {
                permutation: Permutation::of(&format!("server-{server}"), BUCKETS_LOG2),
                weight: self.weight(server),
                port: self.port(server),
            })
            .collect();
        let choices = populate(1 << BUCKETS_LOG2, &candidates).expect("a table of walks");
        let server =
            |place: Option<usize>| place.map(|place| (place as u16 + turned) % self.servers);
        let bucket = choices.iter().map(|choice| Bucket {
            first: server(choice.first),
            second: server(choice.second),
        });
        bucket.collect()
    }

    fn member(&self, server: u16) -> Member {
        Member {
            mac: MacAddress(server_mac(server)),
            weight: self.weight(server),
            ..member("020000000000", self.port(server))
        }
    }

    /// What the card is programmed with.
    ///
    /// # Panics
    /// Never: the walks fit the table.
    pub fn image(&self) -> Image {
        let range = |place: u32| BucketRange {
            base: place << BUCKETS_LOG2,
            log2: BUCKETS_LOG2,
        };
        let service = |place| Service {
            least_load: self.least_load,
            client_persistence: self.persistent,
            buckets: range(place),
            ..service("192.31.65.1", None, None)
        };
        let servers: Vec<u16> = (0..self.servers).collect();
        let mut members: BTreeMap<u16, Member> = servers
            .iter()
            .map(|&server| (server, self.member(server)))
            .collect();
        members.insert(ROUTER_A, member(ROUTER_A_MAC, CLIENTS));
        let all = (1u64 << self.ports) - 1;
        Image {
            ports: vec![PortSetup::default(); self.ports.into()],
            logical_ports: (0..self.ports).map(|port| whole_port(port, all)).collect(),
            fdb_age: 280,
            vips: vec![Vip {
                persistent: self.persistent,
                ..vip("192.31.65.1", 0, &servers)
            }],
            clusters: vec![self.cluster],
            services: if self.overtaken {
                vec![service(1), service(0)]
            } else {
                vec![service(0)]
            },
            members,
            virtual_macs: vec![MacAddress(CLUSTER_MAC)],
            host: Some(mac("020000000205")),
            buckets: [self.buckets(self.turned), self.buckets(self.turned + 1)].concat(),
            ..Image::default()
        }
    }
}

/// The MAC of a server.
fn server_mac(server: u16) -> [u8; 6] {
    let [high, low] = server.to_be_bytes();
    [2, 0, 0, 2, high, low]
}

fn router_mac() -> [u8; 6] {
    mac(ROUTER_A_MAC).0
}

fn client(flow: u32) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0000 | flow & NUMBER)
}

/// A TCP segment of 64 bytes of a flow's client.
pub fn segment(flow: u32, flags: u8) -> Vec<u8> {
    connection(flow, PORTS.0, flags)
}

/// A TCP segment of 64 bytes of a client that has more than one connection.
pub fn connection(flow: u32, port: u16, flags: u8) -> Vec<u8> {
    tcp(flow, port, flags, 1)
}

/// A TCP segment of so many beats of 64 bytes.
fn tcp(flow: u32, port: u16, flags: u8, beats: usize) -> Vec<u8> {
    let mut frame = FrameBuilder::ethernet(CLUSTER_MAC, CLIENT_MAC)
        .ipv4(client(flow), CLUSTER, 6, 0, 0)
        .tcp(port, PORTS.1)
        .fill_to(64 * beats, flow)
        .finish();
    frame[FLAGS] = flags;
    frame
}

/// A UDP datagram of 64 bytes of a flow's client.
pub fn datagram(flow: u32) -> Vec<u8> {
    FrameBuilder::ethernet(CLUSTER_MAC, CLIENT_MAC)
        .ipv4(client(flow), CLUSTER, 17, 0, 0)
        .udp(PORTS.0, PORTS.1)
        .fill_to(64, flow)
        .finish()
}

/// A fragment of 64 bytes of a UDP datagram of its own: the first, or a later one.
pub fn fragment(flow: u32, first: bool) -> Vec<u8> {
    let word = if first { 0x2000 } else { 0x0004 };
    let mut frame = FrameBuilder::ethernet(CLUSTER_MAC, CLIENT_MAC)
        .ipv4(client(flow), CLUSTER, 17, word, 0)
        .udp(PORTS.0, PORTS.1)
        .fill_to(64, flow)
        .finish();
    // The identification.
    frame[18..20].copy_from_slice(&(flow as u16).to_be_bytes());
    frame
}

/// A TCP segment of a flow's server to the client.
pub fn reply(server: u16, flow: u32, flags: u8) -> Vec<u8> {
    let mut frame = FrameBuilder::ethernet(router_mac(), server_mac(server))
        .ipv4(CLUSTER, client(flow), 6, 0, 0)
        .tcp(PORTS.1, PORTS.0)
        .fill_to(64, flow)
        .finish();
    frame[FLAGS] = flags;
    frame
}

/// Where a TCP flow's entry is found.
pub fn key(flow: u32) -> FlowKey {
    FlowKey::Flow {
        client: client(flow).into(),
        vip: CLUSTER.into(),
        protocol: 6,
        halves: Some(PORTS),
    }
}

/// Flow and server of a frame that left for a server.
pub fn arrived(departure: &Departure) -> Option<(u32, u16)> {
    let &[2, 0, 0, 2, high, low] = departure.data.first_chunk::<6>()? else {
        return None;
    };
    let address = departure.data.get(26..30)?;
    let flow = address
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
        & NUMBER;
    Some((flow, u16::from_be_bytes([high, low])))
}

/// Which server each of some flows has.
pub type Homes = BTreeMap<u32, u16>;

/// A card that serves a cluster.
pub struct Stage {
    /// The card.
    pub card: RtlCard,
    /// The cluster.
    pub farm: Farm,
    clock_ns: u64,
}

impl Stage {
    /// A card with a clock of 250 MHz: whole tests take less than a tick of 2^30 ns.
    ///
    /// # Panics
    /// If there is no such card.
    pub fn new(farm: Farm, engines: u8) -> Self {
        Self::with_clock(farm, engines, 250_000_000)
    }

    /// A card with a clock of so many hertz. With a few hundred a tick is as many clocks, so that flows age while
    /// they come and go at line rate.
    ///
    /// # Panics
    /// If there is no such card.
    pub fn with_clock(farm: Farm, engines: u8, clock_hz: u64) -> Self {
        let options = RtlOptions {
            clock_hz,
            csr_hz: clock_hz * 2 / 5,
            ..RtlOptions::default()
        };
        let mut card =
            RtlCard::new(farm.ports, engines, options).expect("a Verilated card of this shape");
        card.driver_mut()
            .set_flow_seed(FlowSeed::from_number(1))
            .expect("the card takes a seed");
        card.program(&farm.image())
            .expect("the card takes the image");
        Self {
            card,
            farm,
            clock_ns: 1_000_000_000 / clock_hz,
        }
    }

    /// Changes the cluster.
    ///
    /// # Panics
    /// If the card fails.
    pub fn change(&mut self, change: impl FnOnce(&mut Farm)) {
        change(&mut self.farm);
        self.program(&self.farm.image());
    }

    /// Changes what the card is programmed with, whether frames flow or not.
    ///
    /// # Panics
    /// If the card fails.
    pub fn program(&mut self, image: &Image) {
        let mut image = image.clone();
        let ports = usize::from(self.card.harness().ports());
        image.ports.resize(ports, PortSetup::default());
        let driver = self.card.driver_mut();
        driver.program(&image).expect("the card takes the image");
        self.card
            .harness_mut()
            .finish_writes()
            .expect("the writes end");
    }

    /// Frames of a port, each so many clocks after the one before; the first enters `delay` clocks from now.
    pub fn stream(
        &self,
        port: u8,
        delay: u64,
        spacing: u64,
        frames: impl IntoIterator<Item = Vec<u8>>,
    ) -> Vec<Arrival> {
        let at = |index: u64| delay + spacing * index;
        self.at_clocks(port, (0..).map(at).zip(frames))
    }

    /// Frames of a port, each in its clock, counted from a few clocks on.
    pub fn at_clocks(
        &self,
        port: u8,
        frames: impl IntoIterator<Item = (u64, Vec<u8>)>,
    ) -> Vec<Arrival> {
        let start = self.card.now_ns() + self.clock_ns * LEAD_CLOCKS;
        let arrival = |(clock, data)| Arrival {
            port,
            at_ns: start + self.clock_ns * clock,
            data,
            error: false,
        };
        frames.into_iter().map(arrival).collect()
    }

    /// Runs to the end and gives what left.
    ///
    /// # Panics
    /// If the card fails.
    pub fn run(&mut self, arrivals: Vec<Arrival>) -> Vec<Departure> {
        run(&mut self.card, arrivals)
    }

    /// Sends frames of clients back to back; gives what left.
    ///
    /// # Panics
    /// If the card fails.
    pub fn send(&mut self, frames: impl IntoIterator<Item = Vec<u8>>) -> Vec<Departure> {
        let arrivals = self.stream(CLIENTS, 0, 1, frames);
        self.run(arrivals)
    }

    /// Sends a segment of each flow, one for two clocks so that none waits for the keeper of the table, and gives the
    /// server that each reached.
    ///
    /// # Panics
    /// If the card fails or a frame is lost.
    pub fn reach(&mut self, flows: impl IntoIterator<Item = u32>, flags: u8) -> Homes {
        let flows: Vec<u32> = flows.into_iter().collect();
        let segments = flows.iter().map(|&flow| segment(flow, flags));
        let arrivals = self.stream(CLIENTS, 0, 2, segments);
        let homes: Homes = self.run(arrivals).iter().filter_map(arrived).collect();
        assert_eq!(
            homes.len(),
            flows.len(),
            "flows whose frames reached a server"
        );
        homes
    }

    /// Establishes flows: their clients' first segments, and their servers' answers.
    ///
    /// # Panics
    /// If the card fails or a frame is lost.
    pub fn establish(&mut self, flows: impl IntoIterator<Item = u32>) -> Homes {
        let homes = self.reach(flows, SYN);
        let mut arrivals = Vec::new();
        let all = 1..self.farm.ports;
        let spacing = u64::from(self.farm.ports - 1);
        for port in all {
            let of_port = homes
                .iter()
                .filter(|&(_, &server)| self.farm.port(server) == port);
            let answers = of_port.map(|(&flow, &server)| reply(server, flow, SYN_ACK));
            arrivals.extend(self.stream(port, u64::from(port), spacing, answers));
        }
        let answered = self.run(arrivals);
        assert_eq!(
            answered.len(),
            homes.len(),
            "answers that reached the clients"
        );
        homes
    }

    /// How many flows do not reach the server that they had.
    ///
    /// # Panics
    /// If the card fails or a frame is lost.
    pub fn moved(&mut self, homes: &Homes) -> usize {
        let now = self.reach(homes.keys().copied(), ACK);
        homes
            .iter()
            .filter(|&(flow, home)| now[flow] != *home)
            .count()
    }

    /// The card's counters of flows.
    ///
    /// # Panics
    /// If the card fails.
    pub fn counted(&mut self) -> flowswitch_driver::counters::FlowCounters {
        self.card
            .driver_mut()
            .flow_counters()
            .expect("the counters are readable")
    }
}

/// How many frames of known flows left for another server than theirs.
pub fn astray(homes: &Homes, departures: &[Departure]) -> usize {
    let wrong = |departure: &&Departure| {
        arrived(departure)
            .is_some_and(|(flow, server)| homes.get(&flow).is_some_and(|home| *home != server))
    };
    departures.iter().filter(wrong).count()
}

/// How many flows move when tables, weights and members change, for each change.
///
/// # Panics
/// If the card fails.
pub fn moved_on_table_change(flows: u32) -> Vec<(&'static str, usize)> {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..flows);
    let mut moved = Vec::new();
    let mut see = |what, stage: &mut Stage| moved.push((what, stage.moved(&homes)));
    stage.change(|farm| farm.turned = 1);
    see("every bucket has another server", &mut stage);
    stage.change(|farm| farm.turned = 5);
    see("every bucket has another server again", &mut stage);
    stage.change(|farm| farm.weights = vec![255, 1, 7, 0, 30, 0, 2]);
    see("other weights, two of them 0", &mut stage);
    stage.change(|farm| farm.servers = 40);
    see("28 servers more", &mut stage);
    stage.change(|farm| farm.overtaken = true);
    see("another service comes first", &mut stage);
    stage.change(|farm| farm.least_load = true);
    see("another policy", &mut stage);
    let mut image = stage.farm.image();
    for server in 0..12 {
        image.members.get_mut(&server).expect("a server").draining = true;
    }
    stage.program(&image);
    see("all twelve servers drain", &mut stage);
    image.services.clear();
    stage.program(&image);
    see("no service is left", &mut stage);
    moved
}

/// What a flood is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// Segments that open connections.
    Starts,
    /// Segments from the middle of none.
    Middles,
    /// Datagrams of invented sources.
    Datagrams,
    /// First and later fragments of datagrams of invented sources.
    Fragments,
}

impl Flood {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Starts,
        Self::Middles,
        Self::Datagrams,
        Self::Fragments,
    ];

    fn frame(self, number: u32) -> Vec<u8> {
        match self {
            Self::Starts => segment(number, SYN),
            Self::Middles => segment(number, ACK),
            Self::Datagrams => datagram(number),
            Self::Fragments => fragment(number, number.is_multiple_of(2)),
        }
    }
}

/// What a flood did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flooded {
    /// Frames of confirmed flows that went astray while it lasted.
    pub astray: usize,
    /// Confirmed flows that had moved in the end.
    pub moved: usize,
    /// Insertions for which there was no room.
    pub refused: u64,
}

/// First number of flows of a flood.
const FLOOD: u32 = 0x10_0000;
/// Every so manieth frame of a flood is one of a confirmed flow.
const BETWEEN: u32 = 8;
/// Frames of a flood that are handed over at once.
const PART: u32 = 1 << 16;

/// Floods a card with so many frames, with frames of established flows in between.
///
/// # Panics
/// If the card fails.
pub fn flood(stage: &mut Stage, homes: &Homes, kind: Flood, frames: u32) -> Flooded {
    let confirmed: Vec<u32> = homes.keys().copied().collect();
    let before = stage.counted().refused;
    let (mut wrong, mut sent) = (0, 0);
    while sent < frames {
        let part = PART.min(frames - sent);
        let mixed = (sent..sent + part).flat_map(|number| {
            let poll = (number / BETWEEN) as usize % confirmed.len();
            let between = number
                .is_multiple_of(BETWEEN)
                .then(|| segment(confirmed[poll], ACK));
            [Some(kind.frame(FLOOD + number)), between]
        });
        let departures = stage.send(mixed.flatten());
        wrong += astray(homes, &departures);
        sent += part;
    }
    let refused = stage.counted().refused - before;
    Flooded {
        astray: wrong,
        moved: stage.moved(homes),
        refused,
    }
}

/// Insertions at a level of the table, as many as entries expire.
#[derive(Clone, Copy, Debug)]
pub struct Churn {
    /// Share of the table's entries that are alive, in percent.
    pub percent: u32,
    /// Clocks from one insertion to the next, 2 or more: each flow's second segment, which confirms it, comes in between.
    pub every: u64,
    /// Insertions after the table was filled.
    pub insertions: u32,
}

/// What became of a churn.
#[derive(Clone, Copy, Debug)]
pub struct Churned {
    /// Insertions that found room, for each clock.
    pub per_clock: f64,
    /// Insertions for which there was no room, in percent of tries.
    pub refused: f64,
    /// Frames that were dropped, or left for another server than their flow's.
    pub lost: usize,
}

/// Flows that are polled throughout a churn, after every so manieth insertion.
const POLLED: u32 = 500;
/// First number of flows of a churn.
const CHURN: u32 = 0x10_0000;
/// A flow's second segment comes so many insertions later.
const LAG: u32 = 8;
/// Ticks that a confirmed flow of a churn lives.
const LIFE: u16 = 100;

impl Churn {
    /// Runs it. Replies bypass the card, so that two segments of the client's establish a flow.
    ///
    /// # Panics
    /// If the card fails.
    pub fn run(self) -> Churned {
        let polled = if self.every > 2 { POLLED } else { 0 };
        let filling = u64::from(TABLE * self.percent / 100 - polled);
        // A tick is so many clocks that entries live as long as it takes to fill the table.
        let tick_clocks = filling * self.every / u64::from(LIFE);
        let clock_hz = (tick_clocks * 1_000_000_000) >> 30;
        let mut farm = Farm::new(4);
        farm.cluster.bypass = true;
        farm.cluster.tcp = LIFE;
        farm.cluster.unconfirmed = 3;
        let mut stage = Stage::with_clock(farm, 1, clock_hz);
        let mut homes = Homes::new();
        for flags in [SYN, ACK] {
            homes.extend(stage.reach(0..polled, flags));
        }
        stage.change(|farm| farm.turned = 1);
        let filling = filling as u32;
        let filled = self.part(&mut stage, &homes, 0, filling);
        let churned = self.part(&mut stage, &homes, filling, self.insertions);
        Churned {
            lost: filled.lost + churned.lost,
            ..churned
        }
    }

    fn part(self, stage: &mut Stage, homes: &Homes, from: u32, count: u32) -> Churned {
        let frames = (from..from + count).flat_map(|number| {
            let clock = u64::from(number - from) * self.every;
            let start = (clock, segment(CHURN + number, SYN));
            let second = number
                .checked_sub(LAG)
                .map(|number| (clock + 1, segment(CHURN + number, ACK)));
            // Where there is time for it.
            let poll = (self.every > 2).then(|| (clock + 2, segment(number % POLLED, ACK)));
            [Some(start), second, poll]
        });
        let frames: Vec<(u64, Vec<u8>)> = frames.flatten().collect();
        let sent = frames.len();
        let before = stage.counted();
        let arrivals = stage.at_clocks(CLIENTS, frames);
        let departures = stage.run(arrivals);
        let after = stage.counted();
        let span = clocks_of(&departures);
        let refused = after.refused - before.refused;
        Churned {
            per_clock: (f64::from(count) - refused as f64) / span as f64,
            refused: refused as f64 * 100.0 / f64::from(count),
            lost: sent - departures.len() + torn(homes, &departures),
        }
    }
}

/// How many frames left for another server than the frames of the same flow before.
fn torn(homes: &Homes, departures: &[Departure]) -> usize {
    let mut homes = homes.clone();
    let another = departures
        .iter()
        .filter_map(arrived)
        .filter(|&(flow, server)| *homes.entry(flow).or_insert(server) != server);
    another.count()
}

/// What the loss of a link does, in clocks from its loss.
#[derive(Clone, Copy, Debug)]
pub struct Failover {
    /// First beat of the last frame that still left by the dead port.
    pub last: u64,
    /// First beat of the first frame that left by another port, of a flow that had a server on the dead one.
    pub first: u64,
    /// Frames that were lost, all of them as `link-down`.
    pub lost: usize,
    /// Flows that had no server on the dead port and moved.
    pub moved: usize,
}

/// Flows and frames of a measurement of a failover.
const FAILING: u32 = 240;
const FAILING_FRAMES: u32 = 1_500;
/// Clocks of traffic before the link goes: the queues of its port are half full by then.
const BEFORE_LOSS: u64 = 800;

/// Two ports send what one egress cannot take, all of it for servers on one port, whose link goes; a third sends to
/// others.
///
/// # Panics
/// If the card fails, or a frame is lost for another reason.
pub fn failover() -> Failover {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..FAILING);
    let farm = stage.farm.clone();
    let (dying, others): (Homes, Homes) = homes
        .iter()
        .partition(|&(_, &server)| farm.port(server) == 3);
    let in_turn = |homes: &Homes| -> Vec<u32> {
        let flows = homes.keys().copied().cycle();
        flows.take(FAILING_FRAMES as usize).collect()
    };
    let mut arrivals = Vec::new();
    for (port, delay, flows) in [(0, 0, &dying), (1, 1, &dying), (2, 2, &others)] {
        let frames = in_turn(flows)
            .into_iter()
            .map(|flow| tcp(flow, PORTS.0, ACK, 2));
        arrivals.extend(stage.stream(port, delay, 3, frames));
    }
    let sent = arrivals.len();
    stage.card.offer(arrivals);
    stage.card.run(BEFORE_LOSS).expect("the card runs");
    let loss = stage.card.clock();
    stage.card.set_link_pin(3, false).expect("port 3 exists");
    stage.card.run_until_idle().expect("the card becomes idle");
    let departures = stage.card.take_departures();
    let (by_reason, all) = crate::measure::drops(&mut stage.card);
    let link_down = by_reason[crate::drops::reason_number("link-down")];
    assert_eq!(link_down, all, "drops for another reason");
    assert_eq!(departures.len() as u64 + all, sent as u64);
    let dying = &dying;
    let clocks = |dead: bool| {
        let of_dying = departures.iter().filter(move |departure| {
            (departure.port == 3) == dead
                && arrived(departure).is_some_and(|(flow, _)| dying.contains_key(&flow))
        });
        of_dying.map(|departure| departure.clock)
    };
    Failover {
        last: clocks(true).max().unwrap_or(loss).saturating_sub(loss),
        first: clocks(false).min().unwrap_or(loss).saturating_sub(loss),
        lost: all as usize,
        moved: astray(&others, &departures),
    }
}

/// Insertions for each clock while an empty table is filled to so many percent with 64-byte frames back to back, each
/// the first of a flow, and how many were refused.
///
/// # Panics
/// If the card fails.
pub fn filling(percent: u32) -> Churned {
    let mut stage = Stage::new(Farm::new(4), 1);
    let count = TABLE / 100 * percent;
    let departures = stage.send((0..count).map(|flow| segment(flow, SYN)));
    let counted = stage.counted();
    let span = clocks_of(&departures);
    Churned {
        per_clock: (counted.inserted as f64 - counted.refused as f64) / span as f64,
        refused: counted.refused as f64 * 100.0 / f64::from(count),
        lost: count as usize - departures.len(),
    }
}

/// Clocks from the first frame that left to the last.
fn clocks_of(departures: &[Departure]) -> u64 {
    let clocks = departures.iter().map(|departure| departure.clock);
    clocks.clone().max().unwrap_or(0) - clocks.min().unwrap_or(0) + 1
}
