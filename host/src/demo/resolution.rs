//! How the stations of the demo find each other: what they ask and claim, and what must leave for it, byte for byte.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;
use flowswitch_driver::image::MacAddress;
use flowswitch_sim::card::{Arrival, Departure};

use super::address_account::{AddressAccount, Expected, Storm, What};
use super::neighbour::{
    ALL_NODES, Arp, BROADCAST, Discovery, OVERRIDE, ROUTER, SOLICITED, group_mac, is_one,
};
use super::question::{Neighbour, Question, exchange, link_local};
use super::script::{
    LOST_ROUTER, LOST_SERVER, ROUND_NS, ROUTER_LOST, SERVER_BACK, SERVER_LOST, Station, arrival,
    both_families,
};
use crate::config::Config;
use crate::image::Plan;

/// Rounds in which a server looks for a host that is no router; it answers in the next.
const STRANGER_ASKED: [u32; 2] = [2, 26];
/// Rounds in which an outsider claims the cluster's addresses.
const CLAIMED: [u32; 2] = [8, 40];
/// The round in which a router tells the whole network of itself.
const ROUTER_TELLS: u32 = 12;
/// The round of the storm, and the time from one request to the next at each port.
const STORM: u32 = 16;
const STORM_EVERY_NS: u64 = 50;
/// Routers ask for the cluster afresh every so many rounds, by unicast.
const REFRESH: u32 = 5;
/// The round in which servers ask for a router that is lost.
const ASK_FOR_LOST: u32 = 50;
/// VLAN of one router's requests.
const VLAN: u16 = 100;

/// What the stations ask and claim.
pub(super) struct Resolution {
    servers: Vec<Neighbour>,
    routers: Vec<Neighbour>,
    /// The cluster's virtual MAC and addresses; its port means nothing.
    cluster: Neighbour,
    host: (MacAddress, Ipv4Addr),
    /// A host that is no router.
    stranger: Neighbour,
    outsider: Neighbour,
    /// The router that each server is told, and the one told when that is lost.
    assigned: Vec<[MacAddress; 2]>,
    ports: u8,
    random: Rng,
    expected: Expected,
    account: AddressAccount,
}

impl Resolution {
    pub(super) fn new(
        config: &Config,
        plan: &Plan,
        (servers, routers): (&[Station], &[Station]),
        (v4, v6): (Ipv4Addr, Ipv6Addr),
        seed: u64,
    ) -> Option<Self> {
        let cluster = Neighbour {
            mac: *plan.image.virtual_macs.first()?,
            port: 0,
            v4,
            v6,
        };
        // Servers have no IPv4 address but the cluster's; every station has an IPv6 address of its own on the link.
        let server = |server: &Station| Neighbour {
            mac: server.mac,
            port: server.port,
            v4,
            v6: link_local(server.mac),
        };
        let router = |router: &Station| {
            let configured = config.pools.iter().flat_map(|pool| &pool.routers);
            let configured = configured
                .filter(|other| other.name.value == router.name)
                .flat_map(|router| &router.addresses);
            let (v4, v6) = both_families(configured.map(|address| address.value))?;
            Some(Neighbour {
                mac: router.mac,
                port: router.port,
                v4,
                v6,
            })
        };
        let host = config.host.as_ref()?;
        let host_address = host
            .addresses
            .iter()
            .find_map(|address| match address.value {
                std::net::IpAddr::V4(v4) => Some(v4),
                std::net::IpAddr::V6(_) => None,
            })?;
        let neighbour = |last: u8, port: u8| {
            let mac = MacAddress([2, 0, 0, 0, 0x77, last]);
            let [a, b, c, _] = v4.octets();
            Neighbour {
                mac,
                port,
                v4: Ipv4Addr::new(a, b, c, last),
                v6: link_local(mac),
            }
        };
        let assigned = servers.iter().map(|server| assigned(plan, server.member));
        Some(Self {
            servers: servers.iter().map(server).collect(),
            routers: routers.iter().map(router).collect::<Option<_>>()?,
            cluster,
            host: (host.mac.value, host_address),
            stranger: neighbour(77, routers.get(1)?.port),
            outsider: neighbour(66, routers.last()?.port),
            assigned: assigned.collect::<Option<_>>()?,
            ports: config.switch.ports,
            random: Rng::with_seed(seed),
            expected: Expected::default(),
            account: AddressAccount::default(),
        })
    }

    /// The frames about addresses that enter in a round.
    pub(super) fn enter(&mut self, round: u32) -> Vec<Arrival> {
        let mut frames = Vec::new();
        let up =
            |server: usize| server != LOST_SERVER || !(SERVER_LOST..SERVER_BACK).contains(&round);
        match round {
            0 => {
                for server in 0..self.servers.len() {
                    self.introduce(server, &mut frames);
                    self.ask_for_router(server, false, &mut frames);
                    self.ask_for_host(server, &mut frames);
                }
                self.ask_for_cluster(round, &mut frames);
            }
            SERVER_BACK => self.introduce(LOST_SERVER, &mut frames),
            ROUTER_TELLS => self.router_tells(&mut frames),
            ASK_FOR_LOST => {
                for server in 0..self.servers.len() {
                    self.ask_for_router(server, true, &mut frames);
                }
            }
            _ => {}
        }
        if round > 0 && round.is_multiple_of(REFRESH) {
            self.ask_for_cluster(round, &mut frames);
        }
        if STRANGER_ASKED.contains(&round) {
            self.ask_for_stranger(&mut frames);
        }
        if STRANGER_ASKED.iter().any(|asked| asked + 1 == round) {
            let live = (0..self.servers.len())
                .filter(|server| up(*server))
                .collect();
            self.stranger_answers(live, &mut frames);
        }
        if CLAIMED.contains(&round) {
            self.claim(&mut frames);
        }
        let mut arrivals: Vec<Arrival> = frames
            .into_iter()
            .map(|(port, data)| arrival(port, round, data, &mut self.random))
            .collect();
        if round == STORM {
            arrivals.extend(self.storm());
        }
        arrivals
    }

    /// Takes the frames about addresses from what left in a round, and judges them.
    pub(super) fn left(
        &mut self,
        round: u32,
        flows_entered: usize,
        departures: Vec<Departure>,
    ) -> Vec<Departure> {
        let (about, flows): (Vec<_>, Vec<_>) = departures
            .into_iter()
            .partition(|departure| is_one(&departure.data));
        let (announced, others): (Vec<_>, Vec<_>) = about
            .iter()
            .partition(|departure| departure.source == self.ports);
        let sound = self.announcements();
        for departure in announced {
            let leads_to_router = self.routers.iter().any(|r| r.port == departure.port);
            if leads_to_router && sound.contains(&departure.data) {
                self.account.announcements += 1;
            } else {
                self.account.unexpected += 1;
            }
        }
        let met = std::mem::take(&mut self.expected).judge(&others, &mut self.account);
        if round == STORM {
            self.account.storm.answered = met;
            self.account.storm.flow_frames = flows_entered as u64;
            self.account.storm.flow_frames_lost =
                (flows_entered as u64).saturating_sub(flows.len() as u64);
        }
        flows
    }

    pub(super) fn account(self) -> AddressAccount {
        self.account
    }

    /// Both addresses, each as the card may announce it.
    fn announcements(&self) -> [Vec<u8>; 2] {
        let Neighbour { mac, v4, v6, .. } = self.cluster;
        [
            Arp::request((mac, v4), v4).frame(BROADCAST, mac),
            Discovery::advertisement(OVERRIDE, (mac, v6), ALL_NODES)
                .frame(group_mac(ALL_NODES), mac),
        ]
    }

    /// A server comes up: it probes for others with its addresses, and tells everyone that they are its own.
    fn introduce(&mut self, server: usize, frames: &mut Vec<(u8, Vec<u8>)>) {
        let Neighbour { mac, port, .. } = self.servers[server];
        let Neighbour { v4, v6, .. } = self.cluster;
        let probe = Arp::request((mac, Ipv4Addr::UNSPECIFIED), v4);
        let gratuitous = Arp::request((mac, v4), v4);
        let reply = Arp::reply((mac, v4), (BROADCAST, v4));
        let detection = Discovery::solicitation(Ipv6Addr::UNSPECIFIED, v6, None);
        let unsolicited = Discovery::advertisement(OVERRIDE, (mac, v6), ALL_NODES);
        let claims = [
            probe.frame(BROADCAST, mac),
            gratuitous.frame(BROADCAST, mac),
            reply.frame(BROADCAST, mac),
            detection.frame(group_mac(detection.destination), mac),
            unsolicited.frame(group_mac(ALL_NODES), mac),
        ];
        self.account.swallowed += claims.len() as u64;
        frames.extend(claims.map(|claim| (port, claim)));
    }

    /// Routers resolve the cluster: all of them at first, later by unicast to refresh what they know; one in a VLAN.
    fn ask_for_cluster(&mut self, round: u32, frames: &mut Vec<(u8, Vec<u8>)>) {
        for router in 0..self.routers.len() {
            if router == LOST_ROUTER && round >= ROUTER_LOST {
                continue;
            }
            let question = Question {
                asked: (self.cluster.v4, self.cluster.v6),
                told: self.cluster.mac,
                what: What::ClusterAnswer,
                to: (round > 0).then_some(self.cluster.mac),
                vlan: (router + 1 == self.routers.len()).then_some(VLAN),
            };
            self.ask(self.routers[router], &question, frames);
        }
    }

    /// A server asks for its default router; the one assigned to it answers, or another when that is lost.
    fn ask_for_router(&mut self, server: usize, lost: bool, frames: &mut Vec<(u8, Vec<u8>)>) {
        let asked = if lost {
            LOST_ROUTER
        } else {
            server % self.routers.len()
        };
        let [first, second] = self.assigned[server];
        let gone = lost && first == self.routers[LOST_ROUTER].mac;
        let question = Question {
            asked: (self.routers[asked].v4, self.routers[asked].v6),
            told: if gone { second } else { first },
            what: What::RouterAnswer,
            to: None,
            vlan: None,
        };
        self.ask(self.servers[server], &question, frames);
    }

    fn ask_for_host(&mut self, server: usize, frames: &mut Vec<(u8, Vec<u8>)>) {
        let Neighbour { mac, port, v4, .. } = self.servers[server];
        let (told, asked) = self.host;
        let request = Arp::request((mac, v4), asked).frame(BROADCAST, mac);
        let answer = Arp::reply((told, asked), (mac, v4)).frame(mac, told);
        self.expected.add(What::HostAnswer, port, answer);
        frames.push((port, request));
    }

    /// Requests for both addresses of a station, and the answers that are to come.
    fn ask(&mut self, by: Neighbour, question: &Question, frames: &mut Vec<(u8, Vec<u8>)>) {
        for (request, answer) in exchange(by, question) {
            self.expected.add(question.what, by.port, answer);
            frames.push((by.port, request));
        }
    }

    /// A server looks for a host in its network: the cluster asks, and no other server hears of it.
    fn ask_for_stranger(&mut self, frames: &mut Vec<(u8, Vec<u8>)>) {
        let Neighbour { mac, port, .. } = self.servers[0];
        let (cluster, stranger) = (self.cluster, self.stranger);
        let arp =
            |from: MacAddress| Arp::request((from, cluster.v4), stranger.v4).frame(BROADCAST, from);
        let discovery = |from: MacAddress| {
            let asks = Discovery::solicitation(cluster.v6, stranger.v6, Some(from));
            asks.frame(group_mac(asks.destination), from)
        };
        for router in &self.routers {
            for frame in [arp(cluster.mac), discovery(cluster.mac)] {
                self.expected.add(What::Forwarded, router.port, frame);
            }
        }
        frames.extend([arp(mac), discovery(mac)].map(|frame| (port, frame)));
    }

    /// The host answers the cluster, and every live server hears it.
    fn stranger_answers(&mut self, live: Vec<usize>, frames: &mut Vec<(u8, Vec<u8>)>) {
        let (cluster, stranger) = (self.cluster, self.stranger);
        let arp = Arp::reply((stranger.mac, stranger.v4), (cluster.mac, cluster.v4));
        let own = (stranger.mac, stranger.v6);
        let discovery = Discovery::advertisement(SOLICITED | OVERRIDE, own, cluster.v6);
        for server in live {
            let port = self.servers[server].port;
            let heard = [
                arp.frame(BROADCAST, stranger.mac),
                discovery.frame(group_mac(ALL_NODES), stranger.mac),
            ];
            for frame in heard {
                self.expected.add(What::Forwarded, port, frame);
            }
        }
        let sent = [
            arp.frame(cluster.mac, stranger.mac),
            discovery.frame(cluster.mac, stranger.mac),
        ];
        frames.extend(sent.map(|frame| (stranger.port, frame)));
    }

    /// A router tells of itself; servers are not to hear it, since it would replace the router assigned to them.
    fn router_tells(&mut self, frames: &mut Vec<(u8, Vec<u8>)>) {
        let Neighbour { mac, port, v4, v6 } = self.routers[1];
        let told = [
            Arp::request((mac, v4), v4).frame(BROADCAST, mac),
            Discovery::advertisement(ROUTER | OVERRIDE, (mac, v6), ALL_NODES)
                .frame(group_mac(ALL_NODES), mac),
        ];
        for other in self.routers.iter().filter(|router| router.port != port) {
            for frame in &told {
                self.expected
                    .add(What::Forwarded, other.port, frame.clone());
            }
        }
        frames.extend(told.map(|frame| (port, frame)));
    }

    /// Someone else says that the cluster's addresses are its own.
    fn claim(&mut self, frames: &mut Vec<(u8, Vec<u8>)>) {
        let Neighbour { mac, port, .. } = self.outsider;
        let Neighbour { v4, v6, .. } = self.cluster;
        let router = self.routers[0];
        let claims = [
            Arp::request((mac, v4), v4).frame(BROADCAST, mac),
            Arp::reply((mac, v4), (router.mac, router.v4)).frame(router.mac, mac),
            Discovery::advertisement(OVERRIDE, (mac, v6), ALL_NODES)
                .frame(group_mac(ALL_NODES), mac),
        ];
        self.account.conflicts += claims.len() as u64;
        frames.extend(claims.map(|claim| (port, claim)));
    }

    /// Every router asks for the cluster and every server for its router, over and over.
    fn storm(&mut self) -> Vec<Arrival> {
        let begin = u64::from(STORM) * ROUND_NS;
        let cluster = |_: usize| Question {
            asked: (self.cluster.v4, self.cluster.v6),
            told: self.cluster.mac,
            what: What::ClusterAnswer,
            to: None,
            vlan: None,
        };
        let router = |server: usize| {
            let router = self.routers[server % self.routers.len()];
            Question {
                asked: (router.v4, router.v6),
                told: self.assigned[server][0],
                what: What::RouterAnswer,
                to: None,
                vlan: None,
            }
        };
        let routers = self.routers.iter().enumerate();
        let servers = self.servers.iter().enumerate();
        let parts: Vec<(Neighbour, Question)> = routers
            .map(|(number, by)| (*by, cluster(number)))
            .chain(servers.map(|(number, by)| (*by, router(number))))
            .collect();
        let mut arrivals = Vec::new();
        for (number, (by, question)) in (0..).zip(&parts) {
            // Not all in the same clock.
            let first_ns = begin + number * STORM_EVERY_NS / parts.len() as u64;
            let times = (first_ns..begin + ROUND_NS).step_by(STORM_EVERY_NS as usize);
            let exchanges = exchange(*by, question);
            for (at_ns, (request, answer)) in times.zip(exchanges.iter().cycle()) {
                self.expected.add(question.what, by.port, answer.clone());
                arrivals.push(Arrival {
                    port: by.port,
                    at_ns,
                    data: request.clone(),
                    error: false,
                });
            }
        }
        self.account.storm = Storm {
            at_ns: begin,
            length_ns: ROUND_NS,
            requests: arrivals.len() as u64,
            ..Storm::default()
        };
        arrivals
    }
}

/// The MAC addresses of the routers that a server is told, by the card's tables.
fn assigned(plan: &Plan, server: u16) -> Option<[MacAddress; 2]> {
    let range = plan.image.pools.get(&0)?.assignment;
    let bucket = range.base | (u32::from(server) & ((1 << range.log2) - 1));
    let bucket = plan.image.buckets.get(bucket as usize)?;
    let mac = |router: Option<u16>| Some(plan.image.members.get(&router?)?.mac);
    Some([mac(bucket.first)?, mac(bucket.second)?])
}
