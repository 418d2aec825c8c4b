//! Every bounded table of the card filled past its brim, beside the model without hints.

use super::unhinted::{Difference, Left, Pair};
use crate::drops::reason_number;
use crate::fixture::{mac, member, vip};
use crate::frame::FrameBuilder;
use crate::measure::{CLUSTER_MAC, asks, image, server_mac, to_server};
use flowswitch_driver::image::{Bucket, BucketRange, Image, MacAddress};
use flowswitch_model::{FLOWS, FlowCounters, Leeway, h3};
use flowswitch_sim::card::{Arrival, Card, Departure};
use flowswitch_sim::counters::Counters;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Buckets of the cluster.
const BUCKETS_LOG2: u8 = 4;
/// Time in ns for a frame of 64 bytes, and for one of two beats, at a pace that an engine can keep.
const BEAT_NS: u64 = 4;
const TWO_BEATS_NS: u64 = 10;
/// The station that sends.
const STATION: [u8; 6] = [2, 0, 0, 0, 0x0a, 1];
/// Addresses that a forwarding database holds.
const ADDRESSES: u32 = 8_192;
/// Datagrams that a fragment table holds.
const DATAGRAMS: u32 = 2_048;

/// Ports that a card has at least that can be filled: a queue overflows if two other ports send to it.
pub const PORTS_TO_FILL: u8 = 3;

/// A way to fill a table past its brim.
pub type Fill = fn(&mut Pair) -> Result<(), Difference>;

/// All of them, with their names.
pub const FILLS: [(&str, Fill); 7] = [
    ("fragments", fragments),
    ("addresses", addresses),
    ("queues", queues),
    ("keys", keys),
    ("stations", stations),
    ("announcements", announcements),
    ("flows", flows),
];

/// A server on every port; all share the cluster.
fn cluster(ports: u8) -> Image {
    let mut image = image(ports);
    image.services[0].buckets = BucketRange {
        base: 0,
        log2: BUCKETS_LOG2,
    };
    image.buckets = buckets(ports, 0);
    image
}

/// Buckets whose first members are servers in turn, from one on.
fn buckets(ports: u8, first: u16) -> Vec<Bucket> {
    let server = |number: u16| Some(number % u16::from(ports));
    (0..1 << BUCKETS_LOG2)
        .map(|number| Bucket {
            first: server(number + first),
            second: server(number + first + 1),
        })
        .collect()
}

/// Frames of one port from a time on, as far apart as told.
fn stream(
    port: u8,
    at_ns: u64,
    step_ns: u64,
    frames: impl IntoIterator<Item = Vec<u8>>,
) -> Vec<Arrival> {
    let arrival = |(number, data)| Arrival {
        port,
        at_ns: at_ns + step_ns * number,
        data,
        error: false,
    };
    (0..).zip(frames).map(arrival).collect()
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Difference> {
    if holds {
        Ok(())
    } else {
        Err(Difference::Found(what()))
    }
}

/// Nothing was left open, so that everything was compared.
fn exactly(pair: &Pair) -> Result<(), Difference> {
    ensure(pair.is_exact(), || {
        format!("something was left open: {:?}", pair.leeways())
    })
}

fn counted(pair: &Pair) -> &FlowCounters {
    pair.model().model().flow_counters()
}

fn drops(pair: &mut Pair, reason: &str) -> Result<u64, Difference> {
    let counters: Counters = pair.rtl().counters()?;
    Ok(counters.drops[reason_number(reason)])
}

/// Twice as many datagrams as the fragment table holds, each in three fragments, the first one first in every other.
fn fragments(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    pair.begin(&cluster(ports), 11)?;
    let before = counted(pair).fragments_overwritten;
    let fragment = |number: u32, word: u16| {
        let client = Ipv4Addr::from(0x0a00_0000 | (number % 97));
        let frame = FrameBuilder::ethernet(CLUSTER_MAC, STATION)
            .ipv4(client, Ipv4Addr::new(192, 31, 65, 1), 17, word, 0)
            .identified(number as u16);
        let frame = if word & 0x1fff == 0 {
            frame.udp(1_000 + (number % 61) as u16, 443)
        } else {
            frame
        };
        frame.fill_to(100, number).finish()
    };
    let (first, later, last) = (0x2000, 0x2005, 0x000a);
    let of = |number: u32, turn: usize| {
        let order = if number.is_multiple_of(2) {
            [first, later, last]
        } else {
            [later, first, last]
        };
        fragment(number, order[turn])
    };
    let frames = (0..3).flat_map(|turn| (0..2 * DATAGRAMS).map(move |number| (turn, number)));
    let now = pair.meet()?;
    let frames = frames.map(|(turn, number)| of(number, turn));
    pair.run(stream(ports - 1, now, TWO_BEATS_NS, frames), Vec::new())?;
    pair.compare_counters()?;
    exactly(pair)?;
    let overwritten = counted(pair).fragments_overwritten - before;
    ensure(overwritten > u64::from(DATAGRAMS) / 2, || {
        format!("no more than {overwritten} entries of fragments were overwritten")
    })
}

/// A fifth more addresses than the forwarding database holds; then frames to all of them.
fn addresses(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    let image = Image {
        drop_unknown: true,
        ..cluster(ports)
    };
    pair.begin(&image, 12)?;
    let before = drops(pair, "unknown-destination")?;
    let count = ADDRESSES + ADDRESSES / 5;
    let station = |number: u32| {
        let [_, a, b, c] = (number * 7_919).to_be_bytes();
        [2, 0x5a, 0, a, b, c]
    };
    let plain = |destination, source, number| {
        FrameBuilder::ethernet(destination, source)
            .ethertype(0x88b5)
            .fill_to(64, number)
            .finish()
    };
    let now = pair.meet()?;
    let learned = (0..count).map(|number| plain([2, 0x5b, 0, 0, 0, 1], station(number), number));
    pair.run(stream(0, now, BEAT_NS, learned), Vec::new())?;
    let now = pair.meet()?;
    let asked = (0..count).map(|number| plain(station(number), STATION, number));
    pair.run(stream(1, now, BEAT_NS, asked), Vec::new())?;
    pair.compare_counters()?;
    exactly(pair)?;
    let lost = drops(pair, "unknown-destination")? - before - u64::from(count);
    ensure(lost >= u64::from(count - ADDRESSES), || {
        format!("no more than {lost} addresses were lost")
    })
}

/// More beats than a queue holds from every port to one, and to the host.
fn queues(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    pair.begin(&cluster(ports), 13)?;
    let reasons = ["egress-full", "host-full"];
    let mut before = Vec::new();
    for reason in reasons {
        before.push(drops(pair, reason)?);
    }
    let host = |number| {
        let mut frame = to_server(0, 100, number);
        frame[..6].copy_from_slice(&[2, 0, 0, 0, 2, 5]);
        frame
    };
    // Sizes differ, so that frames of few beats find room where long ones do not.
    let of = |number: u32| {
        if number % 80 < 40 {
            to_server(0, [100, 1, 37, 150][number as usize % 4], number)
        } else {
            host(number)
        }
    };
    let now = pair.meet()?;
    let arrivals = (0..ports).flat_map(|port| stream(port, now, 0, (0..240).map(of)));
    pair.run(arrivals.collect(), Vec::new())?;
    pair.compare_counters()?;
    exactly(pair)?;
    for (reason, before) in reasons.into_iter().zip(before) {
        let dropped = drops(pair, reason)? - before;
        ensure(dropped > 10, || {
            format!("no more than {dropped} frames were dropped as {reason}")
        })?;
    }
    Ok(())
}

/// Keys twice as fast as an engine looks them up, with answers that the card builds among them.
fn keys(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    pair.begin(&cluster(ports), 14)?;
    let before = drops(pair, "lookup-overrun")?;
    let now = pair.meet()?;
    let of = |port: u8| {
        move |number: u32| {
            if number.is_multiple_of(5) {
                asks(number)
            } else {
                to_server((port + 1) % ports, 1, number)
            }
        }
    };
    let arrivals = (0..ports).flat_map(|port| stream(port, now, 0, (0..2_000).map(of(port))));
    pair.run(arrivals.collect(), Vec::new())?;
    pair.compare_counters()?;
    exactly(pair)?;
    let dropped = drops(pair, "lookup-overrun")? - before;
    ensure(dropped > 1_000, || {
        format!("no more than {dropped} keys were refused")
    })
}

/// Members whose MACs share few sets of the stations' table, one more at a time, until the card refuses: so must the model.
fn stations(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    let mut image = cluster(ports);
    pair.begin(&image, 15)?;
    // Two sets of each half hold eight keys.
    let shares = |mac: &MacAddress| {
        let set = |seed| h3(seed, &mac.0) & 1_023;
        set(0xc2b2_ae35) < 2 && set(0x27d4_eb2f) < 2
    };
    let macs = (0u32..).map(|number| {
        let [a, b, c, d] = number.to_be_bytes();
        MacAddress([2, 0x77, a, b, c, d])
    });
    let mut fitted = 0;
    for (number, mac) in (100..).zip(macs.filter(shares).take(9)) {
        let text: String = mac.0.iter().map(|byte| format!("{byte:02x}")).collect();
        image.members.insert(number, member(&text, 0));
        let before = pair.rtl().now_ns();
        let verdicts = pair.program_or_refuse(&image)?;
        ensure(verdicts.0 == verdicts.1, || {
            format!("{fitted} stations more fit; of one more card and model say {verdicts:?}")
        })?;
        if !verdicts.0 {
            break;
        }
        fitted += 1;
        ensure(pair.rtl().now_ns() >= before, || {
            "time went back".to_owned()
        })?;
    }
    ensure((1..9).contains(&fitted), || {
        format!("{fitted} stations in places for 8")
    })?;
    // What was refused has changed nothing.
    let now = pair.meet()?;
    let frames = (0..100).map(|number| to_server(0, 1, number));
    pair.run(stream(ports - 1, now, BEAT_NS, frames), Vec::new())?;
    exactly(pair)
}

/// Addresses announced while frames leave by the same ports, at their tick and when a link comes up.
fn announcements(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    let mut image = cluster(ports);
    image.announce = 1;
    image.virtual_macs.push(mac("02005e006509"));
    for number in 2..40 {
        let address = format!("192.31.65.{}", 10 + number);
        image.vips.push(vip(&address, number % 2, &[0]));
    }
    for number in [0, usize::from(ports) - 1] {
        image.logical_ports[number].announce = true;
    }
    pair.begin(&image, 16)?;
    let before = pair.model().model().counters().generated();
    pair.rtl_and_model(|card| card.set_link(0, false))?;
    pair.rtl_and_model(|card| card.set_link(0, true))?;
    let now = pair.meet()?;
    let edge = ((now >> 30) + 1) << 30;
    // Some frames while it ends, none within clocks of its end; then the ports are busy.
    let seldom = (0..60).map(|number| to_server(0, 2, number));
    let mut arrivals = stream(1, edge - 30_300, 1_000, seldom);
    for port in 0..2 {
        let busy = (0..6_000).map(|number| to_server(port, 3, number));
        arrivals.extend(stream(port ^ 1, edge + 31_000, 11, busy));
    }
    pair.run(arrivals, Vec::new())?;
    // Time that is skipped.
    pair.pass_ticks(9)?;
    pair.meet()?;
    pair.compare_counters()?;
    exactly(pair)?;
    let generated = pair.model().model().counters().generated() - before;
    ensure(generated > 300, || {
        format!("no more than {generated} announcements")
    })
}

/// More flows than the table holds. Then the buckets turn: a flow that is remembered stays, any other goes with its bucket.
fn flows(pair: &mut Pair) -> Result<(), Difference> {
    let ports = pair.rtl().ports();
    let mut image = cluster(ports);
    pair.begin(&image, 17)?;
    let refused_before = (pair.rtl().counters()?.flows.refused, counted(pair).refused);
    let count = FLOWS as u32 + 2_500;
    let flow = |number: u32| {
        let [a, b, c, d] = number.to_be_bytes();
        FrameBuilder::ethernet(CLUSTER_MAC, STATION)
            .ipv4([10, 1, a, b].into(), [192, 31, 65, 1].into(), 17, 0, 0)
            .udp(u16::from_be_bytes([c, d]), 443)
            .bytes(&[a, b, c, d])
            .fill_to(100, number)
            .finish()
    };
    let pass = |pair: &mut Pair| -> Result<Left, Difference> {
        let now = pair.meet()?;
        pair.run(
            stream(0, now, TWO_BEATS_NS, (0..count).map(flow)),
            Vec::new(),
        )
    };
    // Whether a flow is remembered does not show yet: all leave alike, and at the same times.
    let left = pass(pair)?;
    let told = |departure: &Departure| (departure.at_ns, departure.port, departure.data.clone());
    let alike = left.rtl.iter().map(told).eq(left.model.iter().map(told));
    ensure(alike && left.rtl.len() == count as usize, || {
        "flows of a full table left otherwise than the model's".to_owned()
    })?;
    let old = servers(&left.rtl);
    image.buckets = buckets(ports, 1);
    pair.program(&image)?;
    let refused = (
        pair.rtl().counters()?.flows.refused - refused_before.0,
        counted(pair).refused - refused_before.1,
    );
    let left = pass(pair)?;
    let (rtl, model) = (servers(&left.rtl), servers(&left.model));
    let (mut stayed, mut differ) = (0, 0);
    for (flow, server) in &rtl {
        let next = (old[flow] + 1) % ports;
        ensure(*server == old[flow] || *server == next, || {
            format!("flow {flow:02x?} of server {} went to {server}", old[flow])
        })?;
        stayed += u64::from(*server == old[flow]);
        differ += u64::from(model.get(flow) != Some(server));
    }
    ensure(
        rtl.len() == count as usize && model.len() == rtl.len(),
        || {
            format!(
                "{} flows of {count} left the card, {} the model",
                rtl.len(),
                model.len()
            )
        },
    )?;
    // One that is refused may be so in one of the two alone.
    ensure(differ <= refused.0 + refused.1, || {
        format!("{differ} flows differ, but {refused:?} were refused")
    })?;
    ensure(
        refused.0 >= refused.1 && refused.1 == u64::from(count) - FLOWS as u64,
        || format!("{refused:?} flows were refused"),
    )?;
    ensure(
        stayed <= FLOWS as u64 && stayed > FLOWS as u64 / 10 * 9,
        || format!("{stayed} flows stayed"),
    )?;
    let noted = pair
        .leeways()
        .iter()
        .any(|(leeway, _)| leeway == Leeway::FlowRoom);
    ensure(noted, || "a full table was not noted as one".to_owned())?;
    pair.compare_counters()
}

/// The server that got each flow, by its mark.
fn servers(departures: &[Departure]) -> BTreeMap<Vec<u8>, u8> {
    let server = |departure: &Departure| {
        let mark = departure.data.get(42..46)?.to_vec();
        let mac = departure.data.first_chunk::<6>()?;
        (*mac == server_mac(mac[5])).then_some((mark, mac[5]))
    };
    departures.iter().filter_map(server).collect()
}
