//! A case: an image, and batches of frames with events between them.

use super::frames::{self, FrameSpec, Likeness, Sizes};
use super::images::{self, Room};
use flowswitch_driver::image::{Image, Member};
use flowswitch_verilated::Corner;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt;

/// What happens between two batches, while the card is idle.
#[derive(Clone, Debug)]
pub enum Event {
    /// A link goes down or comes up. The port is taken modulo the number of ports.
    Link(u8, bool),
    /// A member is marked up or down. The position among the image's members is taken modulo their number.
    Member(u8, bool),
    /// Ticks pass.
    Ticks(u16),
    /// The card is programmed anew.
    Change(Change),
}

/// What is different when a card is programmed anew. Positions are taken modulo the number of members.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// A member drains, or does not.
    Draining(u8, bool),
    /// A member has another weight.
    Weight(u8, u8),
    /// Each bucket's second member becomes its first.
    Buckets,
    /// There are no services but the first ones.
    Services(u8),
}

/// How the frames of a batch follow each other.
#[derive(Clone, Debug)]
pub enum Pace {
    /// Back to back on every port, from one clock on.
    Full,
    /// Never faster than one engine can look them up, with clocks left out before beats: the share in 1/65536.
    Spaced {
        /// Share of clocks left out.
        gap: u16,
    },
}

/// Frames that are in the card together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What happens before.
    pub events: Vec<Event>,
    /// How the frames follow each other.
    pub pace: Pace,
    /// Share in 1/65536 of clocks in which each egress, the host last, refuses a beat.
    pub stalls: Vec<u16>,
    /// An egress (the number of ports is the host) that refuses everything for the first clocks.
    pub blocked: Option<u8>,
    /// What the frames have in common.
    pub likeness: Likeness,
    /// The frames, in groups so that shrinking is quick.
    pub bursts: Vec<Vec<FrameSpec>>,
    /// Frames that the host injects, each with its egress port.
    pub injections: Vec<(u8, FrameSpec)>,
}

/// Resets of a card that still holds what the case before left, under traffic.
#[derive(Clone, Debug)]
pub struct Reset {
    /// The core is reset.
    pub core: bool,
    /// The register port is.
    pub registers: bool,
    /// Core clocks that it lasts.
    pub clocks: u64,
    /// Clocks after the first frame.
    pub after: u64,
    /// Frames that enter before, meanwhile and after.
    pub frames: Vec<FrameSpec>,
}

/// A whole run.
#[derive(Clone, Debug)]
pub struct Case {
    /// What happens before.
    pub reset: Option<Reset>,
    /// What the card is programmed with.
    pub image: Image,
    /// One after the other.
    pub batches: Vec<Batch>,
}

/// Share of cases that begin with a reset: its clearing costs as many clocks as the card has buckets.
const RESET_SHARE: f64 = 0.15;
/// Frames of a batch, on the average.
const FRAMES_PER_BATCH: usize = 192;

impl Case {
    /// Cases for a card of `ports` network ports, of about `frames` frames.
    pub fn strategy(ports: u8, frames: usize) -> impl Strategy<Value = Case> {
        Self::in_room(ports, frames, Room::AMPLE)
    }

    /// The same for a card at the end of its parameters.
    pub fn in_corner(corner: &Corner, frames: usize) -> impl Strategy<Value = Case> {
        Self::in_room(corner.ports, frames, Room::of(corner))
    }

    fn in_room(ports: u8, frames: usize, room: Room) -> impl Strategy<Value = Case> {
        // Sizes begin at 1, so that a failure shrinks to one frame if that is enough.
        let most = (2 * frames / FRAMES_PER_BATCH).max(1);
        // What stands first is shrunk first, and the frames are what takes time.
        let parts = (
            vec(batch(ports), 1..=most),
            images::image(ports, room),
            prop::option::weighted(RESET_SHARE, reset()),
        );
        parts.prop_map(|(mut batches, image, reset)| {
            if image.services.iter().any(|service| service.least_load) {
                // Which of two servers was chosen shows by what it gets. It gets all if no queue fills.
                for batch in &mut batches {
                    batch.calm();
                }
            }
            Case {
                reset,
                image,
                batches,
            }
        })
    }

    /// Frames of all batches, injected ones included.
    pub fn frames(&self) -> usize {
        let count = |batch: &Batch| {
            batch.injections.len() + batch.bursts.iter().map(Vec::len).sum::<usize>()
        };
        self.batches.iter().map(count).sum()
    }
}

fn nth(image: &mut Image, position: u8) -> Option<&mut Member> {
    let count = image.members.len().max(1);
    image
        .members
        .values_mut()
        .nth(usize::from(position) % count)
}

impl Batch {
    /// Hardly any frame finds a queue full.
    fn calm(&mut self) {
        self.likeness.sizes = Sizes::Short;
        self.blocked = None;
        self.stalls.fill(0);
    }
}

fn reset() -> impl Strategy<Value = Reset> {
    let sides = prop_oneof![
        2 => Just((true, false)),
        1 => Just((false, true)),
        1 => Just((true, true)),
    ];
    let frames = vec(frames::frame(), 1..=160);
    (sides, 1u64..40, 0u64..600, frames).prop_map(|((core, registers), clocks, after, frames)| {
        Reset {
            core,
            registers,
            clocks,
            after,
            frames,
        }
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(port, up)| Event::Link(port, up)),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(member, up)| Event::Member(member, up)),
        2 => (1u16..6).prop_map(Event::Ticks),
        2 => change().prop_map(Event::Change),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => (any::<u8>(), any::<bool>())
            .prop_map(|(member, draining)| Change::Draining(member, draining)),
        1 => (any::<u8>(), prop_oneof![Just(0u8), any::<u8>()])
            .prop_map(|(member, weight)| Change::Weight(member, weight)),
        2 => Just(Change::Buckets),
        1 => any::<u8>().prop_map(Change::Services),
    ]
}

impl Change {
    /// The image after the change.
    pub fn apply(self, image: &mut Image) {
        match self {
            Self::Draining(position, draining) => {
                if let Some(member) = nth(image, position) {
                    member.draining = draining;
                }
            }
            Self::Weight(position, weight) => {
                if let Some(member) = nth(image, position) {
                    member.weight = weight;
                }
            }
            Self::Buckets => {
                for bucket in &mut image.buckets {
                    (bucket.first, bucket.second) = (bucket.second, bucket.first);
                }
            }
            Self::Services(kept) => {
                let kept = usize::from(kept) % image.services.len().max(1);
                image.services.truncate(kept.max(1));
            }
        }
    }
}

fn pace() -> impl Strategy<Value = Pace> {
    prop_oneof![
        2 => Just(Pace::Full),
        1 => prop_oneof![Just(0u16), 0u16..20_000].prop_map(|gap| Pace::Spaced { gap }),
    ]
}

fn stall() -> impl Strategy<Value = u16> {
    // Free, sometimes busy, or as good as blocked.
    prop_oneof![6 => Just(0u16), 2 => 0u16..40_000, 1 => 60_000u16..64_500]
}

fn batch(ports: u8) -> impl Strategy<Value = Batch> {
    (
        vec(vec(frames::frame(), 1..=31), 1..=23),
        vec(event(), 0..3),
        pace(),
        vec(stall(), usize::from(ports) + 1),
        prop::option::weighted(0.4, prop_oneof![1 => Just(ports), 2 => 0..ports]),
        frames::likeness(),
        vec((any::<u8>(), frames::frame()), 0..4),
    )
        .prop_map(
            move |(bursts, events, pace, stalls, blocked, likeness, injections)| Batch {
                events,
                pace,
                stalls,
                blocked,
                // Little goes to the host by itself.
                likeness: if blocked == Some(ports) {
                    Likeness::to_host()
                } else {
                    likeness
                },
                bursts,
                injections,
            },
        )
}

impl fmt::Display for Case {
    /// The case, a thing a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Image {
            logical_ports,
            vips,
            services,
            members,
            buckets,
            ..
        } = &self.image;
        let rest = Image {
            logical_ports: Vec::new(),
            vips: Vec::new(),
            services: Vec::new(),
            members: BTreeMap::new(),
            buckets: Vec::new(),
            ..self.image.clone()
        };
        if let Some(Reset {
            core,
            registers,
            clocks,
            after,
            frames,
        }) = &self.reset
        {
            writeln!(
                f,
                "reset: core {core} registers {registers} for {clocks} clocks, {after} after the first of"
            )?;
            for frame in frames {
                writeln!(f, "  {frame:?}")?;
            }
        }
        writeln!(f, "{rest:?}")?;
        for (number, port) in logical_ports.iter().enumerate() {
            writeln!(f, "logical port {number}: {port:?}")?;
        }
        for (number, vip) in vips.iter().enumerate() {
            writeln!(f, "virtual address {number}: {vip:?}")?;
        }
        for (number, service) in services.iter().enumerate() {
            writeln!(f, "service {number}: {service:?}")?;
        }
        for (number, member) in members {
            writeln!(f, "member {number}: {member:?}")?;
        }
        let pairs: Vec<_> = buckets
            .iter()
            .map(|bucket| (bucket.first, bucket.second))
            .collect();
        writeln!(f, "buckets: {pairs:?}")?;
        for Batch {
            events,
            pace,
            stalls,
            blocked,
            likeness,
            bursts,
            injections,
        } in &self.batches
        {
            writeln!(
                f,
                "batch: {events:?} {pace:?} stalls {stalls:?} blocked {blocked:?} {likeness:?}"
            )?;
            for frame in bursts.iter().flatten() {
                writeln!(f, "  {frame:?}")?;
            }
            for (egress, frame) in injections {
                writeln!(f, "  to {egress}: {frame:?}")?;
            }
        }
        Ok(())
    }
}
