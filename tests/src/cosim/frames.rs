//! Random frames: valid ones of all protocols, broken ones, hostile ones.

use super::asks::{Ask, ask};
use super::cast::{self, Cast, L4_PORTS, VLANS};
use super::talks::{Said, Talk, talk};
use crate::frame::{Extension, FrameBuilder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A frame as it was drawn; [`FrameSpec::build`] makes its bytes.
#[derive(Clone, Debug)]
pub struct FrameSpec {
    /// Ingress port, modulo the number of ports.
    pub port: u8,
    /// Kind and number of the destination, see [`Cast::destination`].
    destination: (u8, u8),
    /// Kind and number of the source, see [`Cast::source`].
    source: (u8, u8),
    /// How it comes in, see [`Cast::way`]; `None`: with its own tags alone, whatever holds it.
    way: Option<u8>,
    /// Kind of the tag that the way asks for, and its priority and drop eligibility.
    way_tag: (bool, u8),
    tags: Vec<(bool, u8)>,
    content: Content,
    length: u16,
    damage: Damage,
    /// Marked bad on the last beat.
    pub error: bool,
}

/// What the frames of a batch have in common.
#[derive(Clone, Debug)]
pub struct Likeness {
    /// How long they are.
    pub sizes: Sizes,
    /// A destination that half of them have.
    pub focus: Option<(u8, u8)>,
}

impl Likeness {
    /// Nothing in common.
    pub fn of_all_kinds() -> Self {
        Self {
            sizes: Sizes::Mixed,
            focus: None,
        }
    }

    /// Long frames, half of them for the host.
    pub fn to_host() -> Self {
        Self {
            sizes: Sizes::Long,
            focus: Some((cast::HOST_KIND, 0)),
        }
    }
}

/// Lengths of frames.
#[derive(Clone, Copy, Debug)]
pub enum Sizes {
    /// All kinds.
    Mixed,
    /// One beat: keys come faster than one engine takes them.
    Short,
    /// Dozens of beats: queues fill.
    Long,
}

impl Sizes {
    fn of(self, length: u16) -> usize {
        match self {
            Self::Mixed => length.into(),
            Self::Short => length.min(64).into(),
            Self::Long => 3_000 + 61 * usize::from(length % 108),
        }
    }
}

/// Likenesses; most frames have nothing in common.
pub fn likeness() -> impl Strategy<Value = Likeness> {
    let sizes = prop_oneof![
        5 => Just(Sizes::Mixed),
        2 => Just(Sizes::Short),
        1 => Just(Sizes::Long),
    ];
    (
        sizes,
        prop::option::weighted(0.4, (any::<u8>(), any::<u8>())),
    )
        .prop_map(|(sizes, focus)| Likeness { sizes, focus })
}

#[derive(Clone, Debug)]
enum Content {
    Plain {
        ethertype: u16,
    },
    Ipv4 {
        source: u8,
        destination: u8,
        fragment: u16,
        options: u8,
        payload: Payload,
    },
    Ipv6 {
        source: u8,
        destination: u8,
        chain: Vec<Extension>,
        hop_limit: u8,
        payload: Payload,
    },
    Ask(Ask),
    Talk(Talk),
}

#[derive(Clone, Debug)]
struct Payload {
    protocol: u8,
    source: u8,
    destination: u8,
}

#[derive(Clone, Debug)]
enum Damage {
    None,
    /// Cut off at a length, which makes runts too.
    Truncated(u16),
    /// Two bytes among the first 128 overwritten: versions, lengths, types, anything.
    Overwritten(u8, u16),
    /// All bytes the same.
    Uniform(u8),
    /// The bytes behind the addresses are noise.
    Noise(u32),
}

/// Frames of any kind.
pub fn frame() -> impl Strategy<Value = FrameSpec> {
    let addresses = (
        any::<u8>(),
        (any::<u8>(), any::<u8>()),
        (any::<u8>(), any::<u8>()),
    );
    let tags = prop_oneof![
        4 => Just(Vec::new()),
        2 => vec((any::<bool>(), any::<u8>()), 1..=3),
    ];
    let way = (
        prop::option::weighted(0.95, any::<u8>()),
        (prop::bool::weighted(0.2), any::<u8>()),
    );
    let error = prop::bool::weighted(0.02);
    let inner = (way, tags);
    (addresses, inner, content(), length(), damage(), error).prop_map(
        |((port, destination, source), ((way, way_tag), tags), content, length, damage, error)| {
            FrameSpec {
                port,
                destination,
                source,
                way,
                way_tag,
                tags,
                content,
                length,
                damage,
                error,
            }
        },
    )
}

fn length() -> impl Strategy<Value = u16> {
    prop_oneof![
        40 => 60u16..=64,
        20 => 65u16..=200,
        8 => 200u16..=1514,
        2 => 1515u16..=9600,
        1 => prop_oneof![Just(9600u16), Just(9601), 9602u16..12_000],
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        30 => Just(Damage::None),
        1 => (1u16..130).prop_map(Damage::Truncated),
        4 => (0u8..128, any::<u16>()).prop_map(|(at, value)| Damage::Overwritten(at, value)),
        // Behind the addresses, where the lengths and types are.
        4 => (12u8..60, 0u16..300).prop_map(|(at, value)| Damage::Overwritten(at, value)),
        1 => select(vec![0x00u8, 0xff]).prop_map(Damage::Uniform),
        1 => any::<u32>().prop_map(Damage::Noise),
    ]
}

fn payload() -> impl Strategy<Value = Payload> {
    let protocol = prop_oneof![
        6 => select(vec![6u8, 17]),
        3 => select(vec![132u8, 50, 51]),
        2 => select(vec![1u8, 4, 41, 47, 58, 59]),
        1 => any::<u8>(),
    ];
    (protocol, any::<u8>(), any::<u8>()).prop_map(|(protocol, source, destination)| Payload {
        protocol,
        source,
        destination,
    })
}

/// Extension headers of any kind and length.
pub(super) fn extension() -> impl Strategy<Value = Extension> {
    let kind = prop_oneof![6 => select(vec![0u8, 43, 60, 135, 139, 140]), 2 => Just(44u8)];
    let length = prop_oneof![6 => Just(0u8), 2 => 1u8..4, 1 => any::<u8>()];
    let word = prop_oneof![3 => Just(0u16), 1 => Just(1), 1 => any::<u16>()];
    // A fragment header's second byte is reserved: anything may stand there.
    (kind, length, word).prop_map(|(kind, length, word)| Extension { kind, length, word })
}

fn content() -> impl Strategy<Value = Content> {
    let fragment =
        prop_oneof![6 => Just(0u16), 1 => Just(0x4000), 1 => Just(0x2000), 1 => any::<u16>()];
    let options = prop_oneof![5 => Just(0u8), 1 => 1u8..=10];
    let chain = prop_oneof![4 => Just(Vec::new()), 3 => vec(extension(), 1..4), 1 => vec(extension(), 4..14)];
    // With 255 a frame comes from this link, and what its chain hides may be neighbour discovery.
    let hop_limit = prop_oneof![3 => Just(64u8), 1 => Just(255)];
    prop_oneof![
        5 => (any::<u8>(), any::<u8>(), fragment, options, payload()).prop_map(
            |(source, destination, fragment, options, payload)| Content::Ipv4 {
                source, destination, fragment, options, payload
            }
        ),
        4 => (any::<u8>(), any::<u8>(), chain, hop_limit, payload()).prop_map(
            |(source, destination, chain, hop_limit, payload)| Content::Ipv6 {
                source, destination, chain, hop_limit, payload
            }
        ),
        8 => ask().prop_map(Content::Ask),
        18 => talk().prop_map(Content::Talk),
        1 => select(vec![0x0806u16, 0x88cc, 0x0026, 0x9100, 0x0800, 0x86dd])
            .prop_map(|ethertype| Content::Plain { ethertype }),
    ]
}

impl FrameSpec {
    /// The frame's bytes: `port` is where it comes in, `number` makes its payload unlike any other's.
    pub fn build(&self, cast: &Cast, port: u8, number: u32, likeness: &Likeness) -> Vec<u8> {
        let own = self.destination;
        let (kind, nth) = likeness
            .focus
            .filter(|_| own.1.is_multiple_of(2))
            .unwrap_or(own);
        let way = self.way.and_then(|number| cast.way(port, number));
        let logical_port = way.map(|way| way.logical_port);
        let source = cast.source(logical_port, self.source.0, self.source.1);
        let general = cast.destination(kind, nth);
        let asked = match &self.content {
            Content::Ask(ask) => Some(ask.build(cast, source)),
            _ => None,
        };
        let destination = asked
            .as_ref()
            .and_then(|asked| asked.destination)
            .unwrap_or(general);
        let begin = |said: &Said| {
            let destination = said.destination.unwrap_or(destination);
            let mut builder = FrameBuilder::ethernet(destination, said.source.unwrap_or(source));
            if let Some(vlan) = way.and_then(|way| way.vlan) {
                let (service_tag, control) = self.way_tag;
                let kind = if service_tag { 0x88a8 } else { 0x8100 };
                builder = builder.tag(kind, u16::from(control) << 8 & 0xf000 | vlan);
            }
            for (service_tag, control) in &self.tags {
                let vlan = VLANS[usize::from(*control) % VLANS.len()];
                let kind = if *service_tag { 0x88a8 } else { 0x8100 };
                builder = builder.tag(kind, u16::from(*control) << 8 & 0xf000 | vlan);
            }
            builder
        };
        let mut length = likeness.sizes.of(self.length);
        if let Content::Talk(talk) = &self.content {
            if talk.ends_early() {
                length = 0;
            }
            let builder = talk.build(cast, logical_port, begin);
            return self.finish(builder, length, number);
        }
        let builder = begin(&Said {
            destination: None,
            source: None,
        });
        let builder = match &self.content {
            Content::Talk(_) => builder,
            Content::Ask(_) => builder.bytes(&asked.map(|asked| asked.packet).unwrap_or_default()),
            Content::Plain { ethertype } => builder.ethertype(*ethertype),
            Content::Ipv4 {
                source,
                destination,
                fragment,
                options,
                payload,
            } => {
                let (source, destination) =
                    (cast::ipv4(*source), cast::destination_ipv4(*destination));
                let builder =
                    builder.ipv4(source, destination, payload.protocol, *fragment, *options);
                payload.write(builder)
            }
            Content::Ipv6 {
                source,
                destination,
                chain,
                hop_limit,
                payload,
            } => {
                let (source, destination) =
                    (cast::ipv6(*source), cast::destination_ipv6(*destination));
                let builder = builder.ipv6(source, destination, chain, payload.protocol);
                payload.write(builder.hop_limit(*hop_limit))
            }
        };
        self.finish(builder, length, number)
    }

    /// The frame, filled to a length and damaged.
    fn finish(&self, builder: FrameBuilder, length: usize, number: u32) -> Vec<u8> {
        let noise = number.wrapping_mul(0x9e37_79b9);
        let mut frame = builder.fill_to(length, noise).finish();
        // The longest chains make the frame longer than was asked for.
        frame.truncate(12_000);
        self.damage.apply(&mut frame);
        frame
    }
}

impl Payload {
    fn write(&self, builder: FrameBuilder) -> FrameBuilder {
        let port = |number: u8| L4_PORTS[usize::from(number) % L4_PORTS.len()];
        let (source, destination) = (40_000 + u16::from(self.source), port(self.destination));
        match self.protocol {
            6 => builder.tcp(source, destination),
            17 => builder.udp(source, destination),
            132 => builder.sctp(source, destination),
            50 => builder.esp(u32::from(self.source) << 20 | u32::from(self.destination)),
            51 => builder.ah(u32::from(self.source), 6),
            _ => builder.bytes(&[0, self.source, 0, self.destination]),
        }
    }
}

impl Damage {
    fn apply(&self, frame: &mut Vec<u8>) {
        match *self {
            Self::None => {}
            Self::Truncated(length) => frame.truncate(length.into()),
            Self::Overwritten(at, value) => {
                for (byte, new) in frame.iter_mut().skip(at.into()).zip(value.to_be_bytes()) {
                    *byte = new;
                }
            }
            Self::Uniform(value) => frame.fill(value),
            Self::Noise(seed) => {
                let mut state = seed | 1;
                for byte in frame.iter_mut().skip(12) {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *byte = (state >> 24) as u8;
                }
            }
        }
    }
}
