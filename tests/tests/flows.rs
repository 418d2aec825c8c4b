//! The flow table of the Verilated card under stress. Whether a flow has moved is told by the frames that leave.

use flowswitch_driver::flow_key::FlowSeed;
use flowswitch_driver::flows::FlowFilter;
use flowswitch_driver::tables::FlowState;
use flowswitch_sim::card::{Arrival, Card, Departure};
use flowswitch_tests::flows::{
    ACK, CLIENTS, Churn, Farm, Flood, Homes, SYN, SYN_ACK, Stage, TABLE, arrived, astray, failover,
    filling, flood, key, moved_on_table_change, reply, segment,
};
use flowswitch_tests::frame::FrameBuilder;
use flowswitch_tests::measure;
use std::collections::{BTreeMap, BTreeSet};

/// Flows of a test that are confirmed.
const FLOWS: u32 = 1_000;
/// Frames of a flood in hundredths of the table's entries: to the brim, and more.
const FLOOD: u32 = 125;
/// Greatest distance in clocks between two frames that come while their flow is inserted.
const FARTHEST: u64 = 20;

/// Frames of a flood. `FLOWSWITCH_FLOOD` says how many times the table's size: 10 in the long test.
fn flood_frames() -> u32 {
    let tables = std::env::var("FLOWSWITCH_FLOOD").ok();
    let tables = tables.map(|text| text.parse::<u32>().expect("a number of tables"));
    tables.map_or(TABLE / 100 * FLOOD, |tables| TABLE * tables)
}

#[test]
fn no_change_of_tables_moves_a_flow() {
    for (what, moved) in moved_on_table_change(FLOWS) {
        assert_eq!(moved, 0, "flows moved: {what}");
    }
}

#[test]
fn only_the_lost_servers_flows_move() {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..FLOWS);
    let (lost, others): (Homes, Homes) = homes.iter().partition(|&(_, &server)| server == 5);
    assert!(lost.len() > 20 && others.len() > 900);
    let member_up = |stage: &mut Stage, up| {
        stage.card.set_member_up(5, up).expect("the member changes");
    };
    member_up(&mut stage, false);
    let now = stage.reach(homes.keys().copied(), ACK);
    assert_eq!(changed(&others, &now), 0, "flows of other servers moved");
    assert_eq!(changed(&lost, &now), lost.len(), "flows of the lost server");
    // It comes back without what it has lost.
    member_up(&mut stage, true);
    assert_eq!(stage.moved(&now), 0, "flows moved on its return");
    assert_eq!(stage.counted().reassigned, lost.len() as u64);
}

/// How many of some flows have another server now.
fn changed(before: &Homes, now: &Homes) -> usize {
    let differ = |&(flow, server): &(&u32, &u16)| now[flow] != *server;
    before.iter().filter(differ).count()
}

#[test]
fn lost_link() {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..FLOWS);
    let farm = stage.farm.clone();
    let (lost, others): (Homes, Homes) = homes
        .iter()
        .partition(|&(_, &server)| farm.port(server) == 3);
    stage.card.set_link(3, false).expect("the link goes");
    let now = stage.reach(homes.keys().copied(), ACK);
    assert_eq!(changed(&others, &now), 0, "flows of other ports moved");
    assert_eq!(changed(&lost, &now), lost.len(), "flows of the lost port");
    assert!(now.values().all(|&server| farm.port(server) != 3));
    stage.card.set_link(3, true).expect("the link returns");
    assert_eq!(stage.moved(&now), 0, "flows moved on its return");
}

#[test]
fn lost_link_under_traffic() {
    let failover = failover();
    assert!(failover.last <= 16, "{failover:?}");
    assert!((1..=64).contains(&failover.first), "{failover:?}");
    assert!(failover.lost > 0, "nothing was queued: {failover:?}");
    assert_eq!(failover.moved, 0, "flows of other ports moved");
}

#[test]
fn filling_the_table_at_line_rate() {
    // One new flow a clock up to seven tenths, each of which is remembered.
    let filled = filling(70);
    assert_eq!((filled.lost, filled.refused), (0, 0.0), "{filled:?}");
    assert!(filled.per_clock > 0.999, "{filled:?}");
}

/// A flood neither pushes out nor misleads what is confirmed.
fn flooded(kind: Flood) -> (Stage, Homes) {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..FLOWS);
    stage.change(|farm| farm.turned = 1);
    let flooded = flood(&mut stage, &homes, kind, flood_frames());
    assert_eq!((flooded.astray, flooded.moved), (0, 0), "{flooded:?}");
    if kind != Flood::Fragments {
        assert!(flooded.refused > 0, "the table was never full");
    }
    (stage, homes)
}

#[test]
fn flood_of_starts() {
    let (mut stage, homes) = flooded(Flood::Starts);
    let status = stage.card.driver_mut().flow_status();
    assert!(status.expect("the status is readable").pressure);
    // The table is full of flows that nobody has answered: three ticks later there is room.
    let in_ticks = |stage: &mut Stage, ticks: u64| {
        let then = ((stage.card.now_ns() >> 30) + ticks) << 30;
        stage.card.jump_to(then).expect("time passes");
    };
    let refused = |stage: &mut Stage, from: u32| {
        let before = stage.counted().refused;
        stage.reach(from..from + 500, SYN);
        stage.counted().refused - before
    };
    in_ticks(&mut stage, 2);
    assert!(refused(&mut stage, 20_000) > 400, "too early");
    in_ticks(&mut stage, 1);
    assert_eq!(refused(&mut stage, 30_000), 0, "three ticks under pressure");
    assert_eq!(stage.moved(&homes), 0, "confirmed flows moved");
}

#[test]
fn flood_of_middles() {
    flooded(Flood::Middles);
}

#[test]
fn flood_of_datagrams() {
    flooded(Flood::Datagrams);
}

#[test]
fn flood_of_fragments() {
    flooded(Flood::Fragments);
}

#[test]
fn a_new_seed_forgets_all_flows() {
    let mut stage = Stage::new(Farm::new(4), 1);
    stage.establish(0..FLOWS);
    for turned in 1..4 {
        stage.change(|farm| farm.turned = turned);
        // The same seed again: nothing is found because nothing is there.
        let seed = FlowSeed::from_number(1);
        let driver = stage.card.driver_mut();
        driver.set_flow_seed(seed).expect("the card takes a seed");
        assert_eq!(driver.flows(FlowFilter::default()).count(), 0, "entries");
        assert_eq!(stage.counted().live(), 0, "entries by the counters");
        let now = stage.reach(0..FLOWS, SYN);
        let mut fresh = Stage::new(stage.farm.clone(), 1);
        assert_eq!(now, fresh.reach(0..FLOWS, SYN), "servers of a fresh card");
    }
}

/// The servers that the frames of each flow reached.
fn servers(departures: &[Departure]) -> BTreeMap<u32, BTreeSet<u16>> {
    let mut servers: BTreeMap<u32, BTreeSet<u16>> = BTreeMap::new();
    for (flow, server) in departures.iter().filter_map(arrived) {
        servers.entry(flow).or_default().insert(server);
    }
    servers
}

/// The flows are so many, each with one entry and one server.
#[track_caller]
fn one_entry_and_one_server(stage: &mut Stage, departures: &[Departure], flows: u32) {
    let servers = servers(departures);
    assert_eq!(servers.len(), flows as usize, "flows");
    for (flow, servers) in servers {
        assert_eq!(servers.len(), 1, "servers of flow {flow}: {servers:?}");
    }
    assert_eq!(stage.counted().inserted, u64::from(flows), "entries");
}

/// Pairs of frames of a flow at every distance, while the insertion is under way.
fn frames_close_behind(least_load: bool, second: u8) {
    let farm = Farm {
        least_load,
        ..Farm::new(4)
    };
    let mut stage = Stage::new(farm, 1);
    let mut flow = 0;
    let mut frames = Vec::new();
    let mut clock = 0;
    for distance in 1..=FARTHEST {
        for _ in 0..8 {
            frames.push((clock, segment(flow, SYN)));
            frames.push((clock + distance, segment(flow, second)));
            flow += 1;
            clock += FARTHEST + 3;
        }
    }
    // Back to back, then two, three and more flows in turn.
    for flows in 1..=FARTHEST as u32 {
        for round in 0..6 {
            for number in 0..flows {
                let flags = if round == 0 { SYN } else { second };
                frames.push((clock, segment(flow + number, flags)));
                clock += 1;
            }
        }
        flow += flows;
    }
    let sent = frames.len();
    let arrivals = stage.at_clocks(CLIENTS, frames);
    let departures = stage.run(arrivals);
    assert_eq!(departures.len(), sent);
    one_entry_and_one_server(&mut stage, &departures, flow);
}

#[test]
fn frames_close_behind_the_first() {
    frames_close_behind(false, ACK);
}

#[test]
fn frames_close_behind_the_first_by_least_load() {
    frames_close_behind(true, ACK);
    frames_close_behind(true, SYN);
}

#[test]
fn a_flow_that_comes_by_all_ports_at_once() {
    // One engine takes them one after the other.
    let farm = Farm {
        least_load: true,
        ..Farm::new(4)
    };
    let mut stage = Stage::new(farm, 1);
    let arrivals: Vec<Arrival> = (0..4u8)
        .flat_map(|port| {
            stage.stream(
                port,
                u64::from(port % 2),
                4,
                (0..500).map(|n| segment(n, SYN)),
            )
        })
        .collect();
    let departures = stage.run(arrivals);
    assert_eq!(departures.len(), 2_000);
    one_entry_and_one_server(&mut stage, &departures, 500);
}

#[test]
fn engine_per_port_every_engine_knows_every_flow() {
    let mut stage = Stage::new(Farm::new(4), 4);
    let mut homes = Homes::new();
    // Each port's clients begin flows of their own.
    let arrivals: Vec<Arrival> = (0..4u8)
        .flat_map(|port| {
            let flows = (0..250).map(move |number| segment(250 * u32::from(port) + number, SYN));
            stage.stream(port, u64::from(port), 4, flows)
        })
        .collect();
    homes.extend(stage.run(arrivals).iter().filter_map(arrived));
    assert_eq!(homes.len(), 1_000);
    stage.change(|farm| farm.turned = 1);
    for port in 0..4 {
        let arrivals = stage.stream(port, 0, 1, homes.keys().map(|&flow| segment(flow, ACK)));
        let departures = stage.run(arrivals);
        assert_eq!(departures.len(), homes.len());
        assert_eq!(astray(&homes, &departures), 0, "flows moved at port {port}");
    }
    assert_eq!(stage.counted().inserted, 1_000, "entries");
}

/// Clocks within which two engines may choose differently for a flow that comes by both at once.
const WINDOW: u64 = 512;

#[test]
fn engine_per_port_the_first_wins() {
    // The same flows by all ports at the same clocks: each engine chooses by a load of its own time. Whoever was first
    // has it for all, as soon as everybody knows.
    let farm = Farm {
        least_load: true,
        ..Farm::new(4)
    };
    let mut stage = Stage::new(farm, 4);
    let flows = 400u32;
    let starts: Vec<Arrival> = (0..4u8)
        .flat_map(|port| stage.stream(port, 0, 4, (0..flows).map(|number| segment(number, SYN))))
        .collect();
    stage.run(starts);
    assert_eq!(stage.counted().inserted, u64::from(flows), "entries");
    stage.card.run(WINDOW).expect("the card runs");
    let arrivals: Vec<Arrival> = (0..4u8)
        .flat_map(|port| stage.stream(port, 0, 1, (0..flows).map(|number| segment(number, ACK))))
        .collect();
    let departures = stage.run(arrivals);
    assert_eq!(departures.len(), 4 * flows as usize);
    for (flow, servers) in servers(&departures) {
        assert_eq!(
            servers.len(),
            1,
            "servers of flow {flow} after the window: {servers:?}"
        );
    }
}

#[test]
fn a_table_nine_tenths_full_is_found_at_every_clock() {
    // Entries come, go and are moved aside, while flows that are older than the tables are polled in between.
    let churned = Churn {
        percent: 90,
        every: 4,
        insertions: 20_000,
    }
    .run();
    assert_eq!(churned.lost, 0, "{churned:?}");
    assert!(churned.refused < 0.1, "{churned:?}");
}

/// Frames of the flows that pass while the host is busy with the table, two clocks apart.
fn passing(stage: &mut Stage, flows: u32, rounds: u32) {
    let frames = (0..rounds * flows).map(|number| segment(number % flows, ACK));
    let arrivals = stage.stream(CLIENTS, 0, 2, frames);
    stage.card.offer(arrivals);
    stage.card.run(200).expect("the card runs");
}

#[test]
fn the_host_reads_and_removes_while_frames_flow() {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..300);
    stage.change(|farm| farm.turned = 1);
    passing(&mut stage, 300, 200);
    let driver = stage.card.driver_mut();
    // Every entry, once: nothing is moved in a table as empty as this.
    let entries: Result<Vec<_>, _> = driver.flows(FlowFilter::default()).collect();
    let entries = entries.expect("the table is readable");
    assert_eq!(entries.len(), homes.len());
    let mut of_server: BTreeMap<u16, u32> = BTreeMap::new();
    for flow in &entries {
        assert_eq!(flow.entry.state, FlowState::Established);
        *of_server.entry(flow.entry.server).or_default() += 1;
    }
    let mut wanted: BTreeMap<u16, u32> = BTreeMap::new();
    for server in homes.values() {
        *wanted.entry(*server).or_default() += 1;
    }
    assert_eq!(of_server, wanted, "flows by server");
    for (server, flows) in wanted {
        let counted = driver.server_flows(server).expect("the server's counters");
        assert_eq!(counted.live(), flows, "live flows of server {server}");
    }
    let filter = FlowFilter {
        server: Some(homes[&7]),
        state: Some(FlowState::Established),
    };
    assert_eq!(driver.flows(filter).count() as u32, of_server[&homes[&7]]);
    stage.card.run_until_idle().expect("the card becomes idle");
    let departures = stage.card.take_departures();
    assert_eq!(departures.len(), 60_000, "no frame is lost");
    assert_eq!(astray(&homes, &departures), 0, "flows moved");
    // One is found by its addresses and removed, while frames of all flow.
    passing(&mut stage, 300, 40);
    let driver = stage.card.driver_mut();
    let found = driver.find_flow(&key(7)).expect("the table is readable");
    assert_eq!(found.map(|flow| flow.entry.server), Some(homes[&7]));
    assert!(driver.delete_flow(&key(7)).expect("the entry goes"));
    stage.card.run_until_idle().expect("the card becomes idle");
    let departures = stage.card.take_departures();
    assert_eq!(departures.len(), 12_000, "no frame is lost");
    // Only that flow went to where new ones go, and it stays there.
    let wrong = |departure: &&Departure| {
        arrived(departure).is_some_and(|(flow, server)| homes[&flow] != server)
    };
    let strays: BTreeSet<_> = departures
        .iter()
        .filter(wrong)
        .filter_map(arrived)
        .collect();
    assert_eq!(strays.len(), 1, "{strays:?}");
    assert!(strays.iter().all(|&(flow, _)| flow == 7));
}

#[test]
fn a_server_is_flushed_while_frames_flow() {
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.establish(0..300);
    let gone = homes[&0];
    let mut image = stage.farm.image();
    image.members.get_mut(&gone).expect("a server").draining = true;
    stage.program(&image);
    passing(&mut stage, 300, 200);
    let driver = stage.card.driver_mut();
    let met = driver.flush_server(gone).expect("the server is flushed");
    let of_server = homes.values().filter(|&&server| server == gone).count();
    assert_eq!(met, of_server as u64, "entries removed");
    let live = driver.server_flows(gone).expect("the counters").live();
    assert_eq!(live, 0, "entries of the flushed server");
    stage.card.run_until_idle().expect("the card becomes idle");
    stage.card.take_departures();
    let now = stage.reach(homes.keys().copied(), ACK);
    for (flow, home) in &homes {
        if *home == gone {
            assert_ne!(now[flow], gone, "flow {flow} stayed");
        } else {
            assert_eq!(now[flow], *home, "flow {flow} moved");
        }
    }
}

#[test]
fn a_servers_word_comes_at_once() {
    // The server answers in the very clocks in which its flow is inserted and moved about.
    let mut stage = Stage::new(Farm::new(4), 1);
    let homes = stage.reach(0..FLOWS, SYN);
    let mut arrivals = stage.stream(CLIENTS, 0, 4, homes.keys().map(|&flow| segment(flow, ACK)));
    for port in 1..4 {
        let of_port = homes
            .iter()
            .filter(|&(_, &server)| stage.farm.port(server) == port);
        let answers = of_port.map(|(&flow, &server)| {
            (
                4 * u64::from(flow) + u64::from(flow % 4),
                reply(server, flow, SYN_ACK),
            )
        });
        arrivals.extend(stage.at_clocks(port, answers.collect::<Vec<_>>()));
    }
    stage.run(arrivals);
    let entries = stage.card.driver_mut().flows(FlowFilter::default());
    let states: Result<Vec<_>, _> = entries
        .map(|flow| flow.map(|flow| flow.entry.state))
        .collect();
    let states = states.expect("the table is readable");
    assert_eq!(states.len(), FLOWS as usize);
    assert!(states.iter().all(|&state| state == FlowState::Established));
}

#[test]
fn orphans_of_all_engines_in_one_clock_are_counted() {
    const PORTS: u8 = 4;
    let mut card = measure::open(PORTS, PORTS);
    let arrivals = (0..PORTS)
        .flat_map(|port| {
            let fragment = FrameBuilder::ethernet(measure::CLUSTER_MAC, [2, 0, 0, 0, 0x0a, 1])
                .ipv4([10, 0, 0, 1].into(), [192, 31, 65, 1].into(), 17, 1, 0)
                .identified(port.into())
                .fill_to(64, port.into())
                .finish();
            measure::stream(&card, port, 0, 1, [fragment])
        })
        .collect();
    let departures = measure::run(&mut card, arrivals);
    assert_eq!(departures.len(), usize::from(PORTS));
    let clocks: BTreeSet<u64> = card
        .take_verdicts()
        .iter()
        .map(|verdict| verdict.clock)
        .collect();
    assert_eq!(clocks.len(), 1, "clocks in which they were judged");
    let counters = card.counters().expect("the counters are readable");
    assert_eq!(counters.flows.orphan_fragments, u64::from(PORTS));
}
