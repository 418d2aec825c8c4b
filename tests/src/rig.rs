//! A programmed card with a judge: one frame in, and everything that comes out or is counted must be what was said.
//! Tests name places; where these are, and what stands on the wire there, is the layout's.

use crate::cards::{AnyCard, Bed, CardKind};
use crate::drops::{named_drops, reason_number};
use crate::layout::Layout;
pub use crate::leaving::{HostReason, Leaving};
use crate::leaving::{compare_departures, padded};
use flowswitch_driver::image::Image;
use flowswitch_sim::card::{Arrival, Card, Injection};
use flowswitch_sim::counters::{Counters, MemberCounters, Traffic};
use std::collections::BTreeMap;

/// What becomes of a frame besides what leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate<'a> {
    /// It is what leaves, once or more.
    Forwarded,
    /// It is gone, and what leaves was built in its place.
    Answered,
    /// It is gone, for the named reason.
    Dropped(&'a str),
}

/// One card under test. It is handed on when the test has passed.
pub struct Rig {
    bed: Bed,
    /// Taken away only when the rig is dropped.
    card: Option<AnyCard>,
    /// What it is programmed with.
    image: Image,
    /// Counters as they should be now.
    wanted: Counters,
    /// Counters at the start; in the end those of the members as they are then.
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
        let counters = self.check_counters();
        self.note_members(counters.members.clone());
        if self.image.announce != 0 {
            self.image.announce = 0;
            let image = self.image.clone();
            self.card()
                .program(&image)
                .expect("the card takes the image");
        }
        if let Some(card) = self.card.take() {
            let members = std::mem::take(&mut self.start.members);
            let counters = Counters {
                members,
                ..counters
            };
            self.bed.kind.hand_on(card, counters);
        }
    }
}

impl Rig {
    /// A card of the given kind, programmed with `image`, each place a port.
    ///
    /// # Panics
    /// As [`CardKind::open`].
    pub fn new(kind: CardKind, image: &Image) -> Self {
        let layout = Layout::PortEach;
        Self::cabled(Bed { kind, layout }, image)
    }

    /// A card programmed with an image whose logical ports are places.
    ///
    /// # Panics
    /// As [`CardKind::open`].
    pub fn cabled(bed: Bed, image: &Image) -> Self {
        let image = bed.layout.image(image);
        let (card, start) = bed.kind.open(&image);
        let first_tick = (card.now_ns() >> 30) + 1;
        Self {
            bed,
            card: Some(card),
            image,
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
    pub fn drops(&mut self, place: u8, frame: &[u8], reason: &str) {
        self.judge(place, frame, &[], Fate::Dropped(reason));
    }

    /// The frame, marked bad by the MAC, is dropped for the named reason, and nothing else happens.
    #[track_caller]
    pub fn drops_marked(&mut self, place: u8, frame: &[u8], reason: &str) {
        let (port, frame) = self.entering(place, frame);
        self.offer(port, &frame, true);
        self.look(port, &frame, &[], Fate::Dropped(reason));
    }

    /// The frame is taken in silence.
    #[track_caller]
    pub fn swallows(&mut self, place: u8, frame: &[u8]) {
        self.drops(place, frame, "swallowed");
    }

    /// Exactly one place is sent `expected`. Where it is no other logical port than the frame came from, a frame that
    /// is not changed is filtered instead.
    #[track_caller]
    pub fn sends(&mut self, place: u8, frame: &[u8], to: u8, expected: &[u8]) {
        if !self.bed.layout.apart(place, to) && place != to && frame == expected {
            self.drops(place, frame, "filtered");
        } else {
            self.copies(place, frame, &[to], expected);
        }
    }

    /// One place is sent the frame as it is.
    #[track_caller]
    pub fn passes(&mut self, place: u8, frame: &[u8], to: u8) {
        self.sends(place, frame, to, frame);
    }

    /// The frame is sent to each of the places as it is, by each logical port once and not back.
    #[track_caller]
    pub fn floods(&mut self, place: u8, frame: &[u8], to: &[u8]) {
        self.floods_as(place, frame, to, frame);
    }

    /// `expected` is sent to each of the places, by each logical port once and not back.
    #[track_caller]
    pub fn floods_as(&mut self, place: u8, frame: &[u8], to: &[u8], expected: &[u8]) {
        let to = self.bed.layout.others(place, to);
        if to.is_empty() {
            self.drops(place, frame, "no-port");
        } else {
            self.copies(place, frame, &to, expected);
        }
    }

    /// Each of the places is sent `expected`.
    #[track_caller]
    pub fn copies(&mut self, place: u8, frame: &[u8], to: &[u8], expected: &[u8]) {
        let layout = self.bed.layout;
        let leaving: Vec<Leaving> = to
            .iter()
            .map(|&to| Leaving::by(layout.network_port(to), &layout.on_wire(to, expected)))
            .collect();
        self.judge(place, frame, &leaving, Fate::Forwarded);
    }

    /// The frame is gone and its sender gets an answer, padded as the card pads what it builds.
    #[track_caller]
    pub fn answers(&mut self, place: u8, frame: &[u8], answer: &[u8]) {
        let layout = self.bed.layout;
        let answer = padded(layout.on_wire(place, answer));
        let leaving = Leaving::by(layout.network_port(place), &answer);
        self.judge(place, frame, &[leaving], Fate::Answered);
    }

    /// The host, and only the host, gets the frame as it is.
    #[track_caller]
    pub fn to_host(&mut self, place: u8, frame: &[u8], reason: HostReason) {
        let host = self.card().ports();
        let frame_there = self.bed.layout.on_wire(place, frame);
        let leaving = Leaving::to_host(host, &frame_there, reason);
        self.judge(place, frame, &[leaving], Fate::Forwarded);
    }

    /// What enters by a network port, whatever the layout, leaves as said: the copies for one network port in order.
    #[track_caller]
    pub fn leaves(&mut self, port: u8, frame: &[u8], leaving: &[Leaving]) {
        self.offer(port, frame, false);
        self.look(port, frame, leaving, Fate::Forwarded);
    }

    /// What enters by a network port, whatever the layout, is dropped for the named reason.
    #[track_caller]
    pub fn lost(&mut self, port: u8, frame: &[u8], reason: &str) {
        self.offer(port, frame, false);
        self.look(port, frame, &[], Fate::Dropped(reason));
    }

    /// A frame that the host injects leaves by the network port that it names, as it is.
    #[track_caller]
    pub fn injects(&mut self, egress: u8, frame: &[u8]) {
        self.inject(egress, frame);
        let host = self.card().ports();
        self.look(host, frame, &[Leaving::by(egress, frame)], Fate::Forwarded);
    }

    /// A frame that the host injects is dropped for the named reason.
    #[track_caller]
    pub fn drops_injected(&mut self, egress: u8, frame: &[u8], reason: &str) {
        self.inject(egress, frame);
        let host = self.card().ports();
        self.look(host, frame, &[], Fate::Dropped(reason));
    }

    /// The card has sent exactly these announcements, those of each network port in this order.
    #[track_caller]
    pub fn announced(&mut self, leaving: &[Leaving]) {
        let host = self.card().ports();
        // The card announces at its leisure; clocks pass while its counters are read.
        self.card().counters().expect("the counters are readable");
        self.card().run_until_idle().expect("the card becomes idle");
        let departures = self.card().take_departures();
        compare_departures(host, &[], &departures, leaving);
        for leaving in leaving {
            self.count_out(leaving);
        }
        self.wanted.generated += leaving.len() as u64;
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
        let image = self.bed.layout.image(image);
        let gone = |member: &u16| !image.members.contains_key(member);
        if self.image.members.keys().any(gone) {
            // They are not read in the end.
            let mut counters = self.card().counters().expect("the counters are readable");
            counters.members.retain(|member, _| gone(member));
            self.note_members(counters.members);
        }
        self.image = image.clone();
        self.card()
            .program(&image)
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

    /// Network port and bytes of a frame of a place.
    fn entering(&self, place: u8, frame: &[u8]) -> (u8, Vec<u8>) {
        let layout = self.bed.layout;
        (layout.network_port(place), layout.on_wire(place, frame))
    }

    #[track_caller]
    fn judge(&mut self, place: u8, frame: &[u8], leaving: &[Leaving], fate: Fate) {
        let (port, frame) = self.entering(place, frame);
        self.offer(port, &frame, false);
        self.look(port, &frame, leaving, fate);
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
    fn look(&mut self, source: u8, frame: &[u8], leaving: &[Leaving], fate: Fate) {
        self.card().run_until_idle().expect("the card becomes idle");
        let departures = self.card().take_departures();
        compare_departures(source, frame, &departures, leaving);

        for leaving in leaving {
            self.count_out(leaving);
        }
        let wanted = &mut self.wanted;
        add(&mut wanted.ports[usize::from(source)].received, frame.len());
        wanted.copies += leaving.len().saturating_sub(1) as u64;
        if fate == Fate::Answered {
            wanted.generated += 1;
            wanted.consumed += 1;
        }
        if let Fate::Dropped(reason) = fate {
            wanted.drops[reason_number(reason)] += 1;
            wanted.consumed += u64::from(reason == "swallowed");
            // Only the counters tell why. To read them from registers takes far longer than the frame.
            if self.bed.kind == CardKind::Model {
                self.check_counters();
            }
        }
    }

    fn count_out(&mut self, leaving: &Leaving) {
        let port = &mut self.wanted.ports[usize::from(leaving.port)];
        add(&mut port.transmitted, leaving.frame.len());
    }

    #[track_caller]
    fn check_counters(&mut self) -> Counters {
        let counters = self.card().counters().expect("the counters are readable");
        let wanted = &self.wanted;
        assert_eq!(
            named_drops(&counters),
            named_drops(wanted),
            "drops by reason"
        );
        assert_eq!(counters.ports, wanted.ports, "port counters");
        assert_eq!(counters.copies, wanted.copies, "extra copies");
        assert_eq!(counters.generated, wanted.generated, "frames generated");
        assert_eq!(counters.consumed, wanted.consumed, "frames consumed");
        assert_eq!(counters.in_flight, 0, "frames in flight on an idle card");
        let (into, out) = counters.conservation();
        assert_eq!(
            into, out,
            "conservation: frames in against frames accounted for"
        );
        counters
    }

    fn note_members(&mut self, members: BTreeMap<u16, MemberCounters>) {
        self.start.members.extend(members);
    }
}

fn add(traffic: &mut Traffic, bytes: usize) {
    traffic.frames += 1;
    traffic.bytes += bytes as u64;
}
