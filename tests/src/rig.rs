//! A programmed card with a judge: one frame in, and everything that comes out or is counted must be what was said.

use crate::cards::{AnyCard, CardKind};
use crate::hex::{difference, dump};
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card, Departure, Injection};
use flowswitch_sim::counters::{Counters, DROP_REASONS, Traffic};

/// Why the host gets a frame, by the contract's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum HostReason {
    /// A link-local control protocol.
    Control = 1,
    /// A cluster's address without a service for the frame.
    NoService = 2,
    /// The host's own MAC.
    Addressed = 3,
}

/// One card under test. It is handed on when the test has passed.
pub struct Rig {
    kind: CardKind,
    /// Taken away only when the rig is dropped.
    card: Option<AnyCard>,
    /// Counters as they should be now.
    wanted: Counters,
    /// Counters at the start.
    start: Counters,
    /// Tick of 2^30 ns in which the test's own time begins.
    first_tick: u64,
}

/// A test that has not failed ends with a last look at the counters.
impl Drop for Rig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.check_counters();
        if let Some(card) = self.card.take() {
            self.kind.hand_on(card);
        }
    }
}

impl Rig {
    /// A card of the given kind, programmed with `image`.
    ///
    /// # Panics
    /// As [`CardKind::open`].
    pub fn new(kind: CardKind, image: &Image) -> Self {
        let mut card = kind.open(image);
        let start = card.counters().expect("the counters are readable");
        let first_tick = (card.now_ns() >> 30) + 1;
        Self {
            kind,
            card: Some(card),
            wanted: start.clone(),
            start,
            first_tick,
        }
    }

    /// The card itself.
    ///
    /// # Panics
    /// Never: the card is there as long as the rig is.
    pub fn card(&mut self) -> &mut dyn Card {
        self.card.as_mut().expect("a rig has a card").as_mut()
    }

    /// The frame is dropped for the named reason, and nothing else happens.
    #[track_caller]
    pub fn drops(&mut self, port: u8, frame: &[u8], reason: &str) {
        self.offer(port, frame, false);
        self.judge(port, frame, &[], &[], Some(reason));
    }

    /// The frame, marked bad by the MAC, is dropped for the named reason, and nothing else happens.
    #[track_caller]
    pub fn drops_marked(&mut self, port: u8, frame: &[u8], reason: &str) {
        self.offer(port, frame, true);
        self.judge(port, frame, &[], &[], Some(reason));
    }

    /// Exactly the ports of `egress` send `expected`, once each.
    #[track_caller]
    pub fn sends(&mut self, port: u8, frame: &[u8], egress: &[u8], expected: &[u8]) {
        self.offer(port, frame, false);
        let copies: Vec<_> = egress.iter().map(|&egress| (egress, 0)).collect();
        self.judge(port, frame, &copies, expected, None);
    }

    /// The frame is sent to each of the ports of `egress` as it is.
    #[track_caller]
    pub fn floods(&mut self, port: u8, frame: &[u8], egress: &[u8]) {
        self.sends(port, frame, egress, frame);
    }

    /// The host, and only the host, gets the frame as it is.
    #[track_caller]
    pub fn to_host(&mut self, port: u8, frame: &[u8], reason: HostReason) {
        self.offer(port, frame, false);
        let host = self.card().ports();
        self.judge(port, frame, &[(host, reason as u8)], frame, None);
    }

    /// A frame that the host injects leaves by the port that it names, as it is.
    #[track_caller]
    pub fn injects(&mut self, egress: u8, frame: &[u8]) {
        self.inject(egress, frame);
        let host = self.card().ports();
        self.judge(host, frame, &[(egress, 0)], frame, None);
    }

    /// A frame that the host injects is dropped for the named reason.
    #[track_caller]
    pub fn drops_injected(&mut self, egress: u8, frame: &[u8], reason: &str) {
        self.inject(egress, frame);
        let host = self.card().ports();
        self.judge(host, frame, &[], &[], Some(reason));
    }

    /// Takes a link down or up.
    ///
    /// # Panics
    /// If the card fails.
    #[track_caller]
    pub fn link(&mut self, port: u8, up: bool) {
        self.card().set_link(port, up).expect("the link changes");
    }

    /// Marks a member up or down.
    ///
    /// # Panics
    /// If the card fails.
    #[track_caller]
    pub fn member(&mut self, member: u16, up: bool) {
        self.card()
            .set_member_up(member, up)
            .expect("the member changes");
    }

    /// Lets time pass until the given tick of 2^30 ns of the test, `offset_ns` into it.
    ///
    /// # Panics
    /// If the card fails.
    #[track_caller]
    pub fn jump_to_tick(&mut self, tick: u64, offset_ns: u64) {
        let at_ns = ((self.first_tick + tick) << 30) + offset_ns;
        self.card().jump_to(at_ns).expect("time passes");
    }

    /// Programs another image.
    ///
    /// # Panics
    /// If the card fails.
    #[track_caller]
    pub fn program(&mut self, image: &Image) {
        self.card()
            .program(image)
            .expect("the card takes the image");
    }

    /// The load vector of a member since the rig was made: frames in, frames out, bytes in, bytes out.
    ///
    /// # Panics
    /// If the counters cannot be read or the image does not name the member.
    #[track_caller]
    pub fn load(&mut self, member: u16) -> [u64; 4] {
        let counters = self.card().counters().expect("the counters are readable");
        let load = counters.members[&member];
        let before = self.start.members.get(&member).copied().unwrap_or_default();
        [
            load.input.frames - before.input.frames,
            load.output.frames - before.output.frames,
            load.input.bytes - before.input.bytes,
            load.output.bytes - before.output.bytes,
        ]
    }

    fn offer(&mut self, port: u8, frame: &[u8], error: bool) {
        let at_ns = self.card().now_ns();
        self.card().offer(vec![Arrival {
            port,
            at_ns,
            data: frame.to_vec(),
            error,
        }]);
    }

    fn inject(&mut self, egress: u8, frame: &[u8]) {
        let at_ns = self.card().now_ns();
        self.card().inject(vec![Injection {
            egress,
            at_ns,
            data: frame.to_vec(),
        }]);
    }

    /// Runs the card and compares departures and every port's, drop and conservation counter with what was said.
    #[track_caller]
    fn judge(
        &mut self,
        source: u8,
        frame: &[u8],
        copies: &[(u8, u8)],
        expected: &[u8],
        drop: Option<&str>,
    ) {
        self.card().run_until_idle().expect("the card becomes idle");
        let departures = self.card().take_departures();
        compare_departures(source, frame, &departures, copies, expected);

        let wanted = &mut self.wanted;
        add(&mut wanted.ports[usize::from(source)].received, frame.len());
        for &(egress, _) in copies {
            add(
                &mut wanted.ports[usize::from(egress)].transmitted,
                expected.len(),
            );
        }
        wanted.copies += copies.len().saturating_sub(1) as u64;
        if let Some(reason) = drop {
            wanted.drops[reason_number(reason)] += 1;
            // Only the counters tell why; to read them takes far longer than the frame, so the rest is left for
            // the end.
            self.check_counters();
        }
    }

    #[track_caller]
    fn check_counters(&mut self) {
        let counters = self.card().counters().expect("the counters are readable");
        let wanted = &self.wanted;
        assert_eq!(
            named_drops(&counters),
            named_drops(wanted),
            "drops by reason"
        );
        assert_eq!(counters.ports, wanted.ports, "port counters");
        assert_eq!(counters.copies, wanted.copies, "extra copies");
        assert_eq!(counters.in_flight, 0, "frames in flight on an idle card");
        let (into, out) = counters.conservation();
        assert_eq!(
            into, out,
            "conservation: frames in against frames accounted for"
        );
    }
}

/// The number of a drop reason.
///
/// # Panics
/// If there is none of that name.
pub fn reason_number(name: &str) -> usize {
    1 + DROP_REASONS
        .iter()
        .position(|reason| *reason == name)
        .expect("the name of a drop reason")
}

/// Drops by reason name, those that are not zero.
pub fn named_drops(counters: &Counters) -> Vec<(String, u64)> {
    let name = |number: usize| match number
        .checked_sub(1)
        .and_then(|index| DROP_REASONS.get(index))
    {
        Some(name) => (*name).to_owned(),
        None => format!("reason {number}"),
    };
    let drops = counters
        .drops
        .iter()
        .enumerate()
        .filter(|(_, count)| **count != 0);
    drops
        .map(|(number, count)| (name(number), *count))
        .collect()
}

fn add(traffic: &mut Traffic, bytes: usize) {
    traffic.frames += 1;
    traffic.bytes += bytes as u64;
}

#[track_caller]
fn compare_departures(
    source: u8,
    frame: &[u8],
    departures: &[Departure],
    copies: &[(u8, u8)],
    expected: &[u8],
) {
    let mut left: Vec<(u8, u8)> = departures.iter().map(|d| (d.port, d.reason)).collect();
    let mut wanted = copies.to_vec();
    left.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(
        left,
        wanted,
        "(port, host reason) of what left, against what should; sent\n{}",
        dump(frame)
    );
    for departure in departures {
        assert_eq!(
            departure.source, source,
            "the port that the frame came from"
        );
        if let Some(text) = difference(&departure.data, expected) {
            panic!(
                "what left port {} is not what should: {text}",
                departure.port
            );
        }
    }
}
