//! What must find the server of a flow though no frame of a client tells it plainly: fragments, errors that routers far
//! away report, and the answers to what servers ask for from the cluster's address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::err::packet::BuildWriteError;
use etherparse::icmpv4::DestUnreachableHeader;
use etherparse::{
    Icmpv4Type, Icmpv6Type, IpFragOffset, IpHeaders, IpNumber, Ipv6FragmentHeader, PacketBuilder,
};
use fastrand::Rng;
use flowswitch_driver::image::MacAddress;
use flowswitch_sim::card::{Arrival, Departure};
use serde::Serialize;

use super::flow::{Ends, Flow, ip_header};
use super::script::{LOST_SERVER, ROUND_NS, SERVER_BACK, SERVER_LOST, Station, arrival, server_of};

/// Rounds in which servers ask, and how much later they are answered: a change of the tables comes between.
const ASKED: [u32; 4] = [4, 9, 24, 40];
const ANSWERED_AFTER: u32 = 2;
/// Rounds in which datagrams come in fragments and errors are reported.
const BROKEN: [u32; 4] = [7, 14, 30, 44];
/// Of these in a round, how many of each address family.
const DATAGRAMS: usize = 8;
const DISORDERED: usize = 4;
const ERRORS: usize = 8;
/// Bytes of a datagram in fragments, and of each fragment but the last; a multiple of 8.
const DATAGRAM: usize = 4_000;
const FRAGMENT: usize = 1_448;
/// From one fragment to the next.
const FRAGMENT_NS: u64 = 300;
/// What a router quotes of a packet: its IP header and so much.
const QUOTED: usize = 16;
const MTU: u16 = 1_400;
/// A resolver and a web server outside, in documentation addresses, and a router on the way to the clients.
const OUTSIDE: (Ipv4Addr, Ipv6Addr) = (
    Ipv4Addr::new(198, 51, 100, 53),
    Ipv6Addr::new(0x2001, 0xdb8, 0x53, 0, 0, 0, 0, 0x53),
);
const FAR_ROUTER: (Ipv4Addr, Ipv6Addr) = (
    Ipv4Addr::new(203, 0, 113, 1),
    Ipv6Addr::new(0x2001, 0xdb8, 0xfa, 0, 0, 0, 0, 1),
);
const DNS: u16 = 53;
const HTTP: u16 = 80;
/// First local port of servers' own connections.
const LOCAL_PORTS: u16 = 40_000;

/// What became of all that, by the captures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Following {
    /// Queries and connections that servers began.
    pub opened: u64,
    /// Of these, those whose answer came back to the server that had asked.
    pub opened_answered: u64,
    /// Fragments of clients' datagrams, in order.
    pub fragments: u64,
    /// Of these, those that reached the server of the datagram's flow.
    pub fragments_followed: u64,
    /// Datagrams whose first fragment came last.
    pub disordered: u64,
    /// Of these, those whose fragments all reached one server.
    pub disordered_whole: u64,
    /// ICMP errors that quoted a server's packet.
    pub errors: u64,
    /// Of these, those that reached the server of the flow they quoted.
    pub errors_followed: u64,
}

impl Following {
    /// What did not find its way, in words. Empty if all did.
    pub fn misfits(&self) -> Vec<String> {
        let all = [
            (
                "connections that servers opened were answered",
                self.opened,
                self.opened_answered,
            ),
            (
                "fragments followed their flow",
                self.fragments,
                self.fragments_followed,
            ),
            (
                "datagrams in disorder stayed whole",
                self.disordered,
                self.disordered_whole,
            ),
            (
                "ICMP errors followed their flow",
                self.errors,
                self.errors_followed,
            ),
        ];
        let missed = all.iter().filter(|(_, sent, met)| sent != met);
        missed
            .map(|(what, sent, met)| format!("{met} of {sent} {what}"))
            .collect()
    }
}

/// A frame that must leave, known by all that follows the destination MAC.
#[derive(Clone, Debug)]
enum Wanted {
    /// A server's packet, which leaves untouched by this port; then it is answered.
    Query {
        destination: MacAddress,
        port: u8,
        answer: Vec<u8>,
        by: usize,
    },
    /// For the server that had asked.
    Answer { by: usize },
    /// For the flow's server.
    Fragment { by: usize },
    /// For the flow's server.
    Error { by: usize },
    /// For whichever server has the rest of the datagram.
    Part { datagram: u32 },
}

/// Sends all that, and judges where it goes.
pub(super) struct Follower {
    servers: Vec<Station>,
    routers: Vec<Station>,
    /// The cluster's virtual MAC and addresses.
    mac: MacAddress,
    cluster: (Ipv4Addr, Ipv6Addr),
    random: Rng,
    wanted: BTreeMap<Vec<u8>, Wanted>,
    /// Answers under way outside, by the round in which they come back.
    answers: Vec<(u32, u8, Vec<u8>)>,
    /// Fragments that each disordered datagram still lacks, and the server that has the others.
    parts: BTreeMap<u32, (usize, Option<usize>)>,
    next_identification: u16,
    account: Following,
}

impl Follower {
    pub(super) fn new(
        (servers, routers): (&[Station], &[Station]),
        mac: MacAddress,
        cluster: (Ipv4Addr, Ipv6Addr),
        seed: u64,
    ) -> Self {
        Self {
            servers: servers.to_vec(),
            routers: routers.to_vec(),
            mac,
            cluster,
            random: Rng::with_seed(seed),
            wanted: BTreeMap::new(),
            answers: Vec::new(),
            parts: BTreeMap::new(),
            next_identification: 1,
            account: Following::default(),
        }
    }

    /// What enters in a round; `known` are the servers of the flows seen so far.
    pub(super) fn enter(
        &mut self,
        round: u32,
        flows: &[Flow],
        known: &BTreeMap<u32, usize>,
    ) -> Result<Vec<Arrival>, BuildWriteError> {
        let mut arrivals = Vec::new();
        if ASKED.contains(&round) {
            for server in 0..self.servers.len() {
                if is_up(server, round) {
                    self.ask(server, round, &mut arrivals)?;
                }
            }
        }
        let (due, later) = std::mem::take(&mut self.answers)
            .into_iter()
            .partition(|(back, _, _)| *back == round);
        self.answers = later;
        for (_, port, answer) in due {
            arrivals.push(arrival(port, round, answer, &mut self.random));
        }
        if BROKEN.contains(&round) {
            for v4 in [true, false] {
                let wants = |udp_only: bool| {
                    flows
                        .iter()
                        .filter_map(|flow| {
                            let ends = flow.ends()?;
                            let by = *known.get(&flow.number)?;
                            let fits = ends.client.is_ipv4() == v4 && !(udp_only && ends.tcp);
                            (fits && is_up(by, round)).then_some((flow.number, ends, by))
                        })
                        .collect::<Vec<_>>()
                };
                let (datagrams, all) = (wants(true), wants(false));
                let chosen = self
                    .random
                    .choose_multiple(datagrams, DATAGRAMS + DISORDERED);
                for (place, flow) in chosen.into_iter().enumerate() {
                    self.fragment(round, flow, place >= DATAGRAMS, &mut arrivals)?;
                }
                for flow in self.random.choose_multiple(all, ERRORS) {
                    self.report(round, flow, &mut arrivals)?;
                }
            }
        }
        Ok(arrivals)
    }

    /// A server asks a resolver and opens a connection, by both families. All servers have the same address and ask the
    /// same outsider.
    fn ask(
        &mut self,
        server: usize,
        round: u32,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<(), BuildWriteError> {
        let router = &self.routers[server % self.routers.len()];
        let (router_mac, router_port) = (router.mac, router.port);
        let Station { mac, port, .. } = self.servers[server];
        let pairs: [(IpAddr, IpAddr); 2] = [
            (self.cluster.0.into(), OUTSIDE.0.into()),
            (self.cluster.1.into(), OUTSIDE.1.into()),
        ];
        for ((inside, outside), tcp) in pairs.into_iter().flat_map(|p| [(p, false), (p, true)]) {
            let local = LOCAL_PORTS + 100 * server as u16 + round as u16;
            let service = if tcp { HTTP } else { DNS };
            let query = packet(
                (mac, router_mac),
                (inside, outside),
                (local, service),
                tcp.then_some(false),
            )?;
            let answer = packet(
                (router_mac, self.mac),
                (outside, inside),
                (service, local),
                tcp.then_some(true),
            )?;
            self.account.opened += 1;
            self.wanted.insert(
                query[6..].to_vec(),
                Wanted::Query {
                    destination: router_mac,
                    port: router_port,
                    answer,
                    by: server,
                },
            );
            arrivals.push(arrival(port, round, query, &mut self.random));
        }
        Ok(())
    }

    /// A client's datagram in fragments; in disorder if only its wholeness counts.
    fn fragment(
        &mut self,
        round: u32,
        (number, ends, by): (u32, Ends, usize),
        disordered: bool,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<(), BuildWriteError> {
        let router = &self.routers[number as usize % self.routers.len()];
        let (mac, port) = (router.mac, router.port);
        let identification = self.next_identification;
        self.next_identification += 1;
        let mut datagram = Vec::new();
        let payload = vec![identification as u8; DATAGRAM];
        PacketBuilder::ip(ip_header(ends.client, ends.cluster))
            .udp(ends.client_port, ends.service)
            .write(&mut datagram, &payload)?;
        let ip = if ends.client.is_ipv4() { 20 } else { 40 };
        let mut frames = Vec::new();
        let pieces: Vec<&[u8]> = datagram[ip..].chunks(FRAGMENT).collect();
        for (place, piece) in pieces.iter().enumerate() {
            let units = (place * FRAGMENT / 8) as u16;
            let more = place + 1 < pieces.len();
            let mut frame = Vec::new();
            PacketBuilder::ethernet2(mac.0, self.mac.0)
                .ip(fragment_header(&ends, identification, units, more))
                .write(&mut frame, IpNumber::UDP, piece)?;
            frames.push(frame);
        }
        let datagram = u32::from(identification);
        if disordered {
            frames.reverse();
            self.account.disordered += 1;
            self.parts.insert(datagram, (frames.len(), None));
        } else {
            self.account.fragments += frames.len() as u64;
        }
        let length = FRAGMENT_NS * frames.len() as u64;
        let first = u64::from(round) * ROUND_NS + self.random.u64(0..ROUND_NS - length);
        for (place, data) in (0..).zip(frames) {
            let wanted = if disordered {
                Wanted::Part { datagram }
            } else {
                Wanted::Fragment { by }
            };
            self.wanted.insert(data[6..].to_vec(), wanted);
            arrivals.push(Arrival {
                port,
                at_ns: first + place * FRAGMENT_NS,
                data,
                error: false,
            });
        }
        Ok(())
    }

    /// A router on the way to a client finds a server's packet too big.
    fn report(
        &mut self,
        round: u32,
        (number, ends, by): (u32, Ends, usize),
        arrivals: &mut Vec<Arrival>,
    ) -> Result<(), BuildWriteError> {
        let router = &self.routers[number as usize % self.routers.len()];
        let (mac, port) = (router.mac, router.port);
        let mut sent = Vec::new();
        let builder = PacketBuilder::ip(ip_header(ends.cluster, ends.client));
        let payload = [round as u8; 64];
        if ends.tcp {
            let segment = builder.tcp(ends.service, ends.client_port, number, 65_535);
            segment.ack(round).write(&mut sent, &payload)?;
        } else {
            let datagram = builder.udp(ends.service, ends.client_port);
            datagram.write(&mut sent, &payload)?;
        }
        let ethernet = PacketBuilder::ethernet2(mac.0, self.mac.0);
        let mut frame = Vec::new();
        if ends.client.is_ipv4() {
            sent.truncate(20 + QUOTED);
            let too_big = DestUnreachableHeader::FragmentationNeeded { next_hop_mtu: MTU };
            ethernet
                .ip(ip_header(FAR_ROUTER.0.into(), ends.cluster))
                .icmpv4(Icmpv4Type::DestinationUnreachable(too_big))
                .write(&mut frame, &sent)?;
        } else {
            sent.truncate(40 + QUOTED);
            let too_big = Icmpv6Type::PacketTooBig { mtu: MTU.into() };
            ethernet
                .ip(ip_header(FAR_ROUTER.1.into(), ends.cluster))
                .icmpv6(too_big)
                .write(&mut frame, &sent)?;
        }
        self.account.errors += 1;
        self.wanted
            .insert(frame[6..].to_vec(), Wanted::Error { by });
        arrivals.push(arrival(port, round, frame, &mut self.random));
        Ok(())
    }

    /// Takes these frames from what left in a round, and judges them.
    pub(super) fn left(&mut self, round: u32, departures: Vec<Departure>) -> Vec<Departure> {
        let mut others = Vec::new();
        for departure in departures {
            let wanted = departure
                .data
                .get(6..)
                .and_then(|key| self.wanted.remove(key));
            match wanted {
                Some(wanted) => self.judge(round, &departure, wanted),
                None => others.push(departure),
            }
        }
        others
    }

    fn judge(&mut self, round: u32, departure: &Departure, wanted: Wanted) {
        let server = server_of(departure, &self.servers);
        match wanted {
            Wanted::Query {
                destination,
                port,
                answer,
                by,
            } => {
                if departure.port == port && departure.data.starts_with(&destination.0) {
                    self.wanted
                        .insert(answer[6..].to_vec(), Wanted::Answer { by });
                    self.answers.push((round + ANSWERED_AFTER, port, answer));
                }
            }
            Wanted::Answer { by } => self.account.opened_answered += u64::from(server == Some(by)),
            Wanted::Fragment { by } => {
                self.account.fragments_followed += u64::from(server == Some(by));
            }
            Wanted::Error { by } => self.account.errors_followed += u64::from(server == Some(by)),
            Wanted::Part { datagram } => {
                let (Some(server), Some((missing, others))) =
                    (server, self.parts.get_mut(&datagram))
                else {
                    return;
                };
                if *others.get_or_insert(server) == server {
                    *missing -= 1;
                    self.account.disordered_whole += u64::from(*missing == 0);
                }
            }
        }
    }

    pub(super) fn account(&self) -> Following {
        self.account
    }
}

/// Whether a server's link is up in a round.
fn is_up(server: usize, round: u32) -> bool {
    server != LOST_SERVER || !(SERVER_LOST..SERVER_BACK).contains(&round)
}

/// A datagram, or a TCP segment: a SYN, or the answer to one.
fn packet(
    (from, to): (MacAddress, MacAddress),
    (source, destination): (IpAddr, IpAddr),
    (source_port, destination_port): (u16, u16),
    tcp_answer: Option<bool>,
) -> Result<Vec<u8>, BuildWriteError> {
    let builder = PacketBuilder::ethernet2(from.0, to.0).ip(ip_header(source, destination));
    let mut frame = Vec::new();
    match tcp_answer {
        Some(answer) => {
            let mut segment = builder.tcp(source_port, destination_port, 1, 65_535).syn();
            if answer {
                segment = segment.ack(2);
            }
            segment.write(&mut frame, &[])?;
        }
        None => builder
            .udp(source_port, destination_port)
            .write(&mut frame, b"example.net, where is it?")?,
    }
    // As a MAC would; what follows the packet tells nothing.
    frame.resize(frame.len().max(60), 0);
    Ok(frame)
}

/// The IP header of one fragment of a client's datagram.
fn fragment_header(ends: &Ends, identification: u16, units: u16, more: bool) -> IpHeaders {
    let offset = IpFragOffset::try_new(units).unwrap_or(IpFragOffset::ZERO);
    match ip_header(ends.client, ends.cluster) {
        IpHeaders::Ipv4(mut header, extensions) => {
            header.dont_fragment = false;
            header.identification = identification;
            header.more_fragments = more;
            header.fragment_offset = offset;
            IpHeaders::Ipv4(header, extensions)
        }
        IpHeaders::Ipv6(header, mut extensions) => {
            let next = IpNumber::UDP;
            let fragment = Ipv6FragmentHeader::new(next, offset, more, identification.into());
            extensions.fragment = Some(fragment);
            IpHeaders::Ipv6(header, extensions)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_astray_is_named() {
        let mut account = Following {
            opened: 3,
            opened_answered: 3,
            errors: 2,
            errors_followed: 2,
            ..Following::default()
        };
        assert_eq!(account.misfits(), Vec::<String>::new());
        account.errors_followed = 1;
        assert_eq!(
            account.misfits(),
            ["1 of 2 ICMP errors followed their flow"]
        );
    }

    #[test]
    fn a_datagram_is_whole_at_one_server_only() {
        let station = |port: u8| Station {
            name: String::new(),
            mac: MacAddress([2, 0, 0, 0, 0, port]),
            port,
            member: port.into(),
        };
        let servers = [station(1), station(2)];
        let cluster = (Ipv4Addr::new(192, 0, 2, 1), Ipv6Addr::LOCALHOST);
        let mut follower = Follower::new((&servers, &[]), MacAddress([4; 6]), cluster, 1);
        let departure = |server: u8| Departure {
            port: server,
            source: 0,
            arrival_clock: 0,
            clock: 0,
            at_ns: 0,
            reason: 0,
            data: vec![2, 0, 0, 0, 0, server, 7],
        };
        for (datagram, reached) in [(1, [1, 1]), (2, [1, 2])] {
            follower.parts.insert(datagram, (2, None));
            for server in reached {
                follower.wanted.insert(vec![7], Wanted::Part { datagram });
                follower.left(0, vec![departure(server)]);
            }
        }
        assert_eq!(follower.account().disordered_whole, 1);
    }
}
