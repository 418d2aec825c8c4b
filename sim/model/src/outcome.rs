//! What became of a frame.

use crate::mac::Mac;
use std::fmt;

/// Why a frame or a copy of it was dropped. The discriminants are the numbers of the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum DropReason {
    /// The MAC marked it as damaged.
    BadFrame = 1,
    /// Under 60 bytes.
    Runt = 2,
    /// Over 9,600 bytes.
    Giant = 3,
    /// A pause frame.
    Pause = 4,
    /// Its source address cannot be that of a station on its logical port.
    ForgedSource = 5,
    /// For a virtual MAC, but for no address that is switched.
    NotOurs = 6,
    /// For a cluster's address, but for none of its services.
    NoService = 7,
    /// The service has no server left in the flow's bucket.
    NoServer = 8,
    /// The pool has no router left in the flow's bucket.
    NoRouter = 9,
    /// Its destination is on the logical port it came from.
    Filtered = 10,
    /// There is no port it could leave by.
    NoPort = 11,
    /// Its destination was not learned, and unknown destinations are dropped.
    UnknownDestination = 12,
    /// The link of the port it should leave by is down.
    LinkDown = 13,
    /// The queue between its ports had no room.
    EgressFull = 14,
    /// The queue to the host had no room.
    HostFull = 15,
    /// The port's keys came faster than they could be looked up.
    LookupOverrun = 16,
    /// A server's claim of its own virtual address. It counts as consumed.
    Swallowed = 17,
    /// A virtual address was claimed by someone who does not carry it.
    AddressConflict = 18,
    /// No logical port takes it, or its way leads from tagged to untagged.
    VlanFiltered = 19,
    /// It must not reach servers, or others of the cluster.
    Isolated = 20,
    /// A later fragment of a TCP segment whose first one is not known.
    Fragment = 21,
    /// It hides neighbour discovery behind extension headers, or may do so.
    HiddenDiscovery = 22,
}

impl DropReason {
    /// The reason's number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The reason's name, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadFrame => "bad-frame",
            Self::Runt => "runt",
            Self::Giant => "giant",
            Self::Pause => "pause",
            Self::ForgedSource => "forged-source",
            Self::NotOurs => "not-ours",
            Self::NoService => "no-service",
            Self::NoServer => "no-server",
            Self::NoRouter => "no-router",
            Self::Filtered => "filtered",
            Self::NoPort => "no-port",
            Self::UnknownDestination => "unknown-destination",
            Self::LinkDown => "link-down",
            Self::EgressFull => "egress-full",
            Self::HostFull => "host-full",
            Self::LookupOverrun => "lookup-overrun",
            Self::Swallowed => "swallowed",
            Self::AddressConflict => "address-conflict",
            Self::VlanFiltered => "vlan-filtered",
            Self::Isolated => "isolated",
            Self::Fragment => "fragment",
            Self::HiddenDiscovery => "hidden-discovery",
        }
    }
}

/// Why the host gets a frame. The discriminants are the numbers that go with the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum HostReason {
    /// A link-local control protocol: LACP, LLDP, spanning tree.
    Control = 1,
    /// For a cluster's address, but for none of its services.
    NoService = 2,
    /// For the host's MAC.
    Addressed = 3,
    /// An error for a virtual address that quotes what cannot be read.
    Quote = 4,
}

impl HostReason {
    /// The reason's number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The reason's name, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::NoService => "no-service",
            Self::Addressed => "addressed",
            Self::Quote => "quote",
        }
    }
}

/// What became of a frame's flow. The discriminants are those of the card's monitor port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FlowEvent {
    /// It was not looked up, or neither found nor inserted.
    #[default]
    None = 0,
    /// It was known.
    Found = 1,
    /// It is known from now on.
    Inserted = 2,
    /// There was no room for it.
    Refused = 3,
    /// It begins anew.
    Restarted = 4,
    /// Its server could not take it: it has another one now.
    Reassigned = 5,
    /// Another server has it than the one that sent the frame.
    Conflict = 6,
    /// The frame follows another fragment of its datagram.
    FollowsFragment = 7,
    /// The frame is a fragment that came before the first one of its datagram.
    Orphan = 8,
}

impl FlowEvent {
    /// The event's number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The event of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        [
            Self::None,
            Self::Found,
            Self::Inserted,
            Self::Refused,
            Self::Restarted,
            Self::Reassigned,
            Self::Conflict,
            Self::FollowsFragment,
            Self::Orphan,
        ]
        .get(usize::from(number))
        .copied()
    }
}

/// What a card is seen to have done with a frame, where the place of an entry or the clock decides. The model follows
/// what is legal, and decides itself where it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// What became of its flow.
    pub flow: Option<FlowEvent>,
    /// The server to which it went.
    pub server: Option<u16>,
    /// What the look-up saw of the flow's entry, if that may have been an older one than the model has. Then nothing is
    /// written or counted of flows.
    pub view: Option<View>,
}

/// What a look-up saw of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// There was none, or one that begins anew.
    Absent,
    /// A server's, made for a client.
    Of(u16),
    /// A server's, which it opened.
    OpenedBy(u16),
}

/// The verdict on a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Dropped.
    Drop(DropReason),
    /// To the host.
    Host(HostReason),
    /// One copy by each of these logical ports, ascending; never empty.
    Ports(Vec<u8>),
    /// Answered, by the logical port it came from.
    Answer(u8),
    /// By this network port, as it is: injected by the host, or announced.
    Injected(u8),
}

impl Verdict {
    /// The drop or host reason's number; 0 for a frame that goes to network ports.
    pub fn reason(&self) -> u8 {
        match self {
            Self::Drop(reason) => reason.number(),
            Self::Host(reason) => reason.number(),
            Self::Ports(_) | Self::Answer(_) | Self::Injected(_) => 0,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop(reason) => write!(f, "drop {}", reason.name()),
            Self::Host(reason) => write!(f, "to the host ({})", reason.name()),
            Self::Ports(ports) if ports.len() == 1 => write!(f, "to logical port {}", ports[0]),
            Self::Ports(ports) => write!(f, "to logical ports {ports:?}"),
            Self::Answer(port) => write!(f, "answered by logical port {port}"),
            Self::Injected(port) => write!(f, "to network port {port}"),
        }
    }
}

/// One copy of a frame on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameCopy {
    /// Network port, or the number of ports for the host.
    pub egress: u8,
    /// The logical port it leaves by; `None` to the host and of what the host sends or the card announces.
    pub logical_port: Option<u8>,
    /// Why the host gets it; `None` on a network port.
    pub host_reason: Option<HostReason>,
    /// The bytes sent, without FCS: copies may differ by their VLAN.
    pub frame: Vec<u8>,
}

/// A source address to be learned on the frame's logical port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearningRequest {
    /// The logical port.
    pub logical_port: u8,
    /// The domain, 13 bits.
    pub domain: u16,
    /// The source address.
    pub mac: Mac,
}

/// What a look-up would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The row that matches.
    pub row: u8,
    /// The drop or host reason's number.
    pub reason: u8,
    /// The egresses of the copies, a bit each, the host's highest.
    pub egress_mask: u16,
    /// The member to whose MAC the frame goes.
    pub member: Option<u16>,
    /// What becomes of its flow.
    pub flow: FlowEvent,
}

/// How the copies that a verdict asked for by one egress did not leave after all, or not all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The queue from its ingress to its egress had no room: `egress-full`, to the host `host-full`.
    QueueFull,
    /// The egress's link was down or went down before the last copy's first beat left: `link-down`.
    LinkDown {
        /// Copies that had left by this egress before.
        left: usize,
    },
}

/// Everything that is to be known of one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The network port it came from; the number of ports for the host.
    pub ingress: u8,
    /// The row of the verdict table that matched; 0 for an injected frame, which is not looked up, unless row 1
    /// caught it.
    pub row: u8,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in words, for the reports of failed comparisons.
    pub explanation: String,
    /// The copies that leave, in ascending order of egress, then of logical port. Those of one egress take one place
    /// in its queue and leave one after the other.
    pub copies: Vec<FrameCopy>,
    /// The card built a frame in its place, an answer or a request, even if that does not leave.
    pub built: bool,
    /// Length of the frame as it came, in bytes without FCS.
    pub received_bytes: usize,
    /// The member to whose MAC a unicast verdict sends it.
    pub member_in: Option<u16>,
    /// The member that sent it; known only of a frame past rows 1 to 3.
    pub member_out: Option<u16>,
    /// What became of its flow.
    pub flow: FlowEvent,
    /// What the frame teaches the forwarding database, in either [`crate::LearningMode`].
    pub learning: Option<LearningRequest>,
}

impl Outcome {
    /// The drop or host reason's number; 0 for a frame that goes to network ports.
    pub fn reason(&self) -> u8 {
        self.verdict.reason()
    }

    /// The copies that leave by `egress`, in their order.
    pub fn copies_to(&self, egress: u8) -> impl Iterator<Item = &FrameCopy> {
        self.copies.iter().filter(move |copy| copy.egress == egress)
    }

    /// The egresses of the copies, a bit each, the host's highest.
    pub fn egress_mask(&self) -> u16 {
        self.copies
            .iter()
            .fold(0, |mask, copy| mask | 1 << copy.egress)
    }
}
