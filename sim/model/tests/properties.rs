//! Whatever comes in, the model gives a verdict, loses nothing and does not panic.

mod support;

use flowswitch_model::{Cluster, Loss, Model, TimedCard, Verdict, describe};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use support::*;

/// ARP and neighbour discovery among those who have addresses, and nobody.
fn discovery() -> impl Strategy<Value = Vec<u8>> {
    let of_4 = || {
        select(vec![
            [0; 4],
            CLUSTER,
            CLUSTER_TO_HOST,
            ROUTER0_ADDRESS,
            HOST_ADDRESS,
            CLIENT,
        ])
    };
    let of_6 = || select(vec![[0; 16], CLUSTER6, ROUTER6, HOST6, CLIENT6]);
    let options = vec(select(vec![1_u8, 2, 14]), 0..9);
    prop_oneof![
        (1..3_u8, of_4(), of_4()).prop_map(|(operation, claimed, asked)| {
            arp(operation, (STRANGER, claimed), ([0; 6], asked))
        }),
        (134..138_u8, of_6(), of_6(), of_6(), options).prop_map(
            |(kind, source, destination, target, options)| {
                let options: Vec<u8> = options
                    .iter()
                    .flat_map(|&kind| [kind, 1, 0, 0, 0, 0, 0, 0])
                    .collect();
                let start = [kind, 0, 0, 0, 0, 0, 0, 0];
                icmpv6(
                    source,
                    destination,
                    &[&start[..], &target, &options].concat(),
                )
            }
        ),
    ]
}

/// Frames with headers of interest, damaged in a few places and cut or stretched.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let mac = || {
        select(vec![
            VIRTUAL,
            SERVER0,
            SERVER1,
            ROUTER0,
            ROUTER1,
            HOST,
            STRANGER,
            OTHER,
            [0; 6],
            [0xff; 6],
            [0x01, 0x80, 0xc2, 0, 0, 0],
            [0x01, 0x80, 0xc2, 0, 0, 1],
            [0x01, 0x80, 0xc2, 0, 0, 2],
        ])
    };
    let tags = select(vec![
        vec![],
        vec![0x81, 0, 0, 7],
        vec![0x88, 0xa8, 0, 7, 0x81, 0, 0, 8],
    ]);
    let header = prop_oneof![
        Just(ipv4(6, CLIENT, CLUSTER, 40)),
        Just(ipv4(17, CLIENT, CLUSTER_TO_HOST, 40)),
        Just(ipv4(6, CLUSTER, CLIENT, 40)),
        Just(ipv6(0, 64)),
        Just(ipv6(44, 64)),
        Just(ipv6(6, 64)),
        discovery(),
        vec(any::<u8>(), 2..40),
    ];
    let rest = vec(
        prop_oneof![Just(0_u8), Just(60), Just(6), Just(80), any::<u8>()],
        0..120,
    );
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let length = prop_oneof![
        8 => Just(None),
        1 => (0..200_usize).prop_map(Some),
        1 => (9_590..9_610_usize).prop_map(Some),
    ];
    (mac(), mac(), tags, header, rest, damage, length).prop_map(
        |(destination, source, tags, header, rest, damage, length)| {
            let mut frame = ethernet(destination, source, &[&tags, &header, &rest]);
            for (index, byte) in damage {
                let index = index.index(frame.len());
                frame[index] = byte;
            }
            let length = length.unwrap_or(frame.len());
            frame.resize(length, 0xff);
            frame
        },
    )
}

/// The usual card with three VLANs more on port 1, which are a broadcast domain and have server 1 among them.
fn mixed() -> Model {
    card(|setup| {
        let all = u64::MAX;
        let vlans = [7, 8, 9].map(|number| vlan(1, number, number == 9, all));
        setup.logical_ports.splice(0..0, vlans);
        for member in setup.members.values_mut() {
            member.logical_port += 3;
        }
        if let Some(server) = setup.members.get_mut(&1) {
            server.logical_port = 2;
        }
        for logical_port in &mut setup.logical_ports[3..] {
            logical_port.flood <<= 3;
        }
        setup.announce = 3;
        setup.clusters = vec![Cluster {
            tcp: 4,
            udp: 3,
            ipsec: 3,
            other: 3,
            fin: 2,
            rst: 1,
            unconfirmed: 2,
            ..Cluster::default()
        }];
    })
}

/// What is done to a card.
#[derive(Clone, Debug)]
enum Step {
    Receive(u8, Vec<u8>, bool),
    Overrun(u8, Vec<u8>),
    Inject(u8, Vec<u8>),
    Link(u8, bool),
    Member(u16, bool),
    Time(u64),
    Announce,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let member = select(vec![0, 1, 1024, 1025, 7]);
    let receive = (0..7_u8, frames(), prop::bool::weighted(0.05));
    let step = prop_oneof![
        20 => receive.prop_map(|(port, frame, error)| Step::Receive(port, frame, error)),
        1 => (0..7_u8, frames()).prop_map(|(port, frame)| Step::Overrun(port, frame)),
        2 => (0..7_u8, frames()).prop_map(|(port, frame)| Step::Inject(port, frame)),
        2 => (0..7_u8, any::<bool>()).prop_map(|(port, up)| Step::Link(port, up)),
        1 => (member, any::<bool>()).prop_map(|(member, up)| Step::Member(member, up)),
        1 => any::<u64>().prop_map(Step::Time),
        1 => Just(Step::Announce),
    ];
    vec(step, 1..60)
}

/// Does a step; the frame's outcome, if the step has one.
fn step(model: &mut Model, step: Step) -> Option<flowswitch_model::Outcome> {
    match step {
        Step::Receive(port, frame, error) => model.receive(port, &frame, error).ok(),
        Step::Overrun(port, frame) => model.lookup_overrun(port, &frame).ok(),
        Step::Inject(port, frame) => Some(model.inject(port, &frame, false)),
        Step::Link(port, up) => model.set_link(port, up).err().and(None),
        Step::Member(member, up) => model.set_member_up(member, up).err().and(None),
        Step::Announce => model.announce(),
        Step::Time(ns) => {
            model.set_time_ns(ns);
            None
        }
    }
}

proptest! {
    #[test]
    fn every_frame_has_a_verdict_and_none_is_lost(steps in steps(), losses in any::<u64>()) {
        let mut model = mixed();
        for (number, entry) in steps.into_iter().enumerate() {
            let Some(outcome) = step(&mut model, entry) else { continue };
            prop_assert!(outcome.row <= 19 && outcome.row != 15);
            match &outcome.verdict {
                Verdict::Drop(_) => prop_assert!(outcome.copies.is_empty()),
                Verdict::Host(_) => prop_assert_eq!(outcome.egress_mask(), 1 << 5),
                Verdict::Ports(ports) => {
                    prop_assert!(!ports.is_empty());
                    prop_assert_eq!(outcome.copies.len(), ports.len());
                    prop_assert!(outcome.egress_mask() < 1 << 5);
                }
                Verdict::Answer(_) | Verdict::Injected(_) => prop_assert_eq!(outcome.copies.len(), 1),
            }
            if losses >> (number % 64) & 1 == 1 && let Some(copy) = outcome.copies.first() {
                let left = outcome.copies_to(copy.egress).count() - 1;
                let loss = [Loss::QueueFull, Loss::LinkDown { left: 0 }, Loss::LinkDown { left }];
                model.lose_copies(&outcome, copy.egress, loss[number % 3])?;
            }
            let (into, out) = model.counters().conservation();
            prop_assert_eq!(into, out);
        }
    }

    #[test]
    fn any_bytes_can_be_described(frame in vec(any::<u8>(), 0..300)) {
        let length = format!("{} bytes", frame.len());
        prop_assert!(describe(&frame).starts_with(&length));
    }

    #[test]
    fn clocks_change_neither_verdicts_nor_bytes_of_one_port(frames in vec(frames(), 1..20)) {
        let mut model = mixed();
        while model.announce().is_some() {}
        let mut timed = TimedCard::new(model.clone(), 250_000_000);
        let mut expected = vec![Vec::new(); 6];
        for frame in frames {
            let outcome = model.receive(2, &frame, false)?;
            for copy in &outcome.copies {
                expected[usize::from(copy.egress)].push(copy.frame.clone());
            }
            timed.offer(2, 0, frame, false)?;
        }
        timed.run_until_idle()?;
        let mut found = vec![Vec::new(); 6];
        for departure in timed.take_departures() {
            found[usize::from(departure.egress)].push(departure.frame);
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(timed.model().counters(), model.counters());
    }
}
