//! Traffic whose every clock is known, for line rate and latency: one clock is 4 ns, so that an entry time names a
//! clock.

use crate::fixture::{AGES, mac, member, service, vip, whole_port};
use crate::frame::FrameBuilder;
use crate::neighbour::{Arp, Discovery, group_mac, solicited_node};
use flowswitch_driver::image::{Bucket, Image, PortSetup};
use flowswitch_sim::card::{Arrival, Card, Departure};
use flowswitch_sim::rtl::{RtlCard, RtlOptions};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Length of a clock in ns.
pub const CLOCK_NS: u64 = 4;
/// Longest legal frame in beats of 64 bytes.
pub const LONGEST_BEATS: usize = 150;
/// The cluster's virtual MAC.
pub const CLUSTER_MAC: [u8; 6] = [0x02, 0x00, 0x5e, 0x00, 0x65, 0x01];

/// The cluster's addresses.
const CLUSTER: Ipv4Addr = Ipv4Addr::new(192, 31, 65, 1);
/// See [`CLUSTER`].
const CLUSTER_6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x65, 0, 0, 0, 0, 1);
/// The station that sends, whatever the port.
const STATION_MAC: [u8; 6] = [0x02, 0, 0, 0, 0x0a, 1];

/// The MAC of the server on a port.
pub fn server_mac(port: u8) -> [u8; 6] {
    [2, 0, 0, 1, 0, port]
}

/// A server with the number of its port on every port; the cluster 192.31.65.1 and 2001:db8:65::1, any service of the
/// former, falls to the server of the last port.
pub fn image(ports: u8) -> Image {
    let all = (1u64 << ports) - 1;
    Image {
        ports: vec![PortSetup::default(); ports.into()],
        logical_ports: (0..ports).map(|port| whole_port(port, all)).collect(),
        vips: vec![
            vip("192.31.65.1", 0, &[u16::from(ports - 1)]),
            vip("2001:db8:65::1", 0, &[u16::from(ports - 1)]),
        ],
        fdb_age: 280,
        clusters: vec![AGES],
        services: vec![service("192.31.65.1", None, None)],
        members: (0..ports)
            .map(|port| {
                (
                    u16::from(port),
                    member(&format!("0200000100{port:02x}"), port),
                )
            })
            .collect(),
        virtual_macs: vec![mac("02005e006501")],
        host: Some(mac("020000000205")),
        buckets: vec![Bucket {
            first: Some(u16::from(ports - 1)),
            second: None,
        }],
        ..Image::default()
    }
}

/// A Verilated card with records of its look-ups, holding [`image`], its clock 4 ns long.
///
/// # Panics
/// If there is no such card.
pub fn open(ports: u8, engines: u8) -> RtlCard {
    let options = RtlOptions {
        clock_hz: 1_000_000_000 / CLOCK_NS,
        monitoring: true,
        ..RtlOptions::default()
    };
    let mut card = RtlCard::new(ports, engines, options).expect("a Verilated card of this shape");
    card.program(&image(ports))
        .expect("the card takes the image");
    card
}

/// A UDP frame to the server of a port, `beats` beats long, marked with a number.
pub fn to_server(port: u8, beats: usize, number: u32) -> Vec<u8> {
    udp(server_mac(port), beats, number)
}

/// A UDP frame to the cluster, `beats` beats long, marked with a number.
pub fn to_cluster(beats: usize, number: u32) -> Vec<u8> {
    udp(CLUSTER_MAC, beats, number)
}

/// A request for the cluster's address of 64 bytes, of a station whose address is marked with a number.
pub fn asks(number: u32) -> Vec<u8> {
    let claimed = Ipv4Addr::from(0x0a00_0000 | number & 0x00ff_ffff);
    let request = Arp::request(STATION_MAC, claimed, CLUSTER);
    FrameBuilder::ethernet([0xff; 6], STATION_MAC)
        .bytes(&request.bytes())
        .fill_to(64, number)
        .finish()
}

/// The number of the request or solicitation that a frame answers; `None` if it is no right answer.
pub fn answered(frame: &[u8]) -> Option<u32> {
    let number = match (frame.get(12..22)?, frame.get(54)?) {
        ([8, 6, 0, 1, 8, 0, 6, 4, 0, 2], _) => frame.get(39..42)?,
        ([0x86, 0xdd, ..], 136) => frame.get(51..54)?,
        _ => return None,
    };
    let told = frame[..6] == STATION_MAC && frame[6..12] == CLUSTER_MAC;
    told.then(|| {
        number
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
    })
}

/// A solicitation of the cluster's address, of a station whose address is marked with a number: two beats, as is the
/// answer.
pub fn solicits(number: u32) -> Vec<u8> {
    let [_, a, b, c] = number.to_be_bytes().map(u16::from);
    let source = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, a, b << 8 | c);
    let message = Discovery::solicitation(source, solicited_node(CLUSTER_6), CLUSTER_6);
    FrameBuilder::ethernet(group_mac(solicited_node(CLUSTER_6)), STATION_MAC)
        .bytes(&message.with_mac(1, STATION_MAC).bytes())
        .finish()
}

fn udp(destination: [u8; 6], beats: usize, number: u32) -> Vec<u8> {
    let [a, b, c, d] = number.to_be_bytes();
    FrameBuilder::ethernet(destination, STATION_MAC)
        .ipv4([10, 0, 0, 1].into(), CLUSTER, 17, 0, 0)
        .udp(u16::from_be_bytes([c, d]), 443)
        .bytes(&[a, b, c, d])
        .fill_to(64 * beats, number)
        .finish()
}

/// Frames of one port, each `spacing` clocks after the one before; the first enters `delay` clocks from now.
pub fn stream(
    card: &RtlCard,
    port: u8,
    delay: u64,
    spacing: u64,
    frames: impl IntoIterator<Item = Vec<u8>>,
) -> Vec<Arrival> {
    let start = card.now_ns() + CLOCK_NS * (LEAD_CLOCKS + delay);
    let at = |index: u64| start + CLOCK_NS * spacing * index;
    (0..)
        .zip(frames)
        .map(|(index, data)| Arrival {
            port,
            at_ns: at(index),
            data,
            error: false,
        })
        .collect()
}

/// Clocks before the first frame of a [`stream`], so that all streams offered together begin together.
const LEAD_CLOCKS: u64 = 8;

/// Runs to the end and gives what left.
///
/// # Panics
/// If the card fails.
pub fn run(card: &mut RtlCard, arrivals: Vec<Arrival>) -> Vec<Departure> {
    card.offer(arrivals);
    card.run_until_idle().expect("the card becomes idle");
    card.take_departures()
}

/// Clocks from the first beat of a 64-byte frame in to its first beat out, if it meets nobody.
pub const LATENCY: u64 = 27;

/// Latency in clocks, first beat in to first beat out.
pub fn latency(departure: &Departure) -> u64 {
    departure.clock - departure.arrival_clock
}

/// Drops of a card by reason number, and by all reasons together.
///
/// # Panics
/// If the counters cannot be read.
pub fn drops(card: &mut RtlCard) -> ([u64; 32], u64) {
    let drops = card.counters().expect("the counters are readable").drops;
    (drops, drops.iter().sum())
}
