//! Whatever comes in, the model gives a verdict, loses nothing and does not panic.

mod support;

use flowswitch_model::{Loss, Model, TimedCard, Verdict, describe};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use support::*;

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

/// What is done to a card.
#[derive(Clone, Debug)]
enum Step {
    Receive(u8, Vec<u8>, bool),
    Overrun(u8, Vec<u8>),
    Inject(u8, Vec<u8>),
    Link(u8, bool),
    Member(u16, bool),
    Time(u64),
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
        Step::Time(ns) => {
            model.set_time_ns(ns);
            None
        }
    }
}

proptest! {
    #[test]
    fn every_frame_has_a_verdict_and_none_is_lost(steps in steps(), losses in any::<u64>()) {
        let mut model = card(|_| ());
        for (number, entry) in steps.into_iter().enumerate() {
            let Some(outcome) = step(&mut model, entry) else { continue };
            prop_assert!([0, 1, 2, 3, 12, 14, 16, 17, 18, 19].contains(&outcome.row));
            match &outcome.verdict {
                Verdict::Drop(_) => prop_assert!(outcome.copies.is_empty()),
                Verdict::Host(_) => prop_assert_eq!(outcome.egress_mask(), 1 << 5),
                Verdict::Ports(ports) => {
                    prop_assert!(!ports.is_empty());
                    prop_assert_eq!(outcome.egress_mask(), ports.iter().fold(0, |mask, port| mask | 1 << port));
                    prop_assert!(outcome.egress_mask() < 1 << 5);
                }
            }
            if losses >> (number % 64) & 1 == 1 && let Some(copy) = outcome.copies.first() {
                model.lose_copy(&outcome, copy.egress, Loss::QueueFull)?;
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
        let mut model = card(|_| ());
        let mut timed = TimedCard::new(model.clone(), 250_000_000);
        let mut expected = vec![Vec::new(); 6];
        for frame in frames {
            let outcome = model.receive(2, &frame, false)?;
            for copy in &outcome.copies {
                expected[usize::from(copy.egress)].push(outcome.frame.clone());
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
