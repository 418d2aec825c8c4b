//! What happens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::status::{Administrative, DeviceState, Operational};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// Numbers from 1 since the daemon began; a gap means that the reader was too slow.
    pub sequence: u64,
    /// When.
    pub unix_ms: u64,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// The card came or went.
    Device {
        /// Its state now.
        state: DeviceState,
        /// Why.
        why: String,
    },
    /// A network port's link came or went.
    Link {
        /// Number of the network port.
        port: u8,
        /// Whether it is up now.
        up: bool,
    },
    /// A server's operational state changed.
    Server {
        /// Its cluster.
        cluster: String,
        /// Its name.
        server: String,
        /// Its state now.
        operational: Operational,
        /// Why.
        why: String,
    },
    /// A router's operational state changed.
    Router {
        /// Its name.
        router: String,
        /// Its state now.
        operational: Operational,
        /// Why.
        why: String,
    },
    /// The operator set the state of a server or router.
    Administrative {
        /// Its name.
        name: String,
        /// Its state now.
        state: Administrative,
    },
    /// All servers of a cluster are down, or one is back.
    Cluster {
        /// Its name.
        cluster: String,
        /// Whether all are down.
        all_down: bool,
        /// What `all_down` does.
        action: String,
    },
    /// Buckets whose members were both down were given others.
    Rebuilt {
        /// The cluster or router pool.
        name: String,
        /// Buckets written.
        buckets: u64,
        /// From the event to the last write, in us.
        took_us: u64,
    },
    /// A configuration was applied, confirmed or taken back.
    Configuration {
        /// `applied`, `confirmed`, `undone`, `finished` (a change that was cut off) or `saved`.
        action: String,
        /// What was written.
        writes: u64,
        /// The card's generation.
        generation: u32,
    },
    /// The card reported an event that has no kind of its own here.
    Card {
        /// Its name, as in `forged-source`.
        name: String,
    },
    /// Frames for the host that nobody wanted, or a limit that was met; at most one a second of each kind.
    Refused {
        /// What was refused.
        what: String,
        /// How many since the last such event.
        count: u64,
    },
}

impl EventKind {
    /// Its name, as in the member `event`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Device { .. } => "device",
            Self::Link { .. } => "link",
            Self::Server { .. } => "server",
            Self::Router { .. } => "router",
            Self::Administrative { .. } => "administrative",
            Self::Cluster { .. } => "cluster",
            Self::Rebuilt { .. } => "rebuilt",
            Self::Configuration { .. } => "configuration",
            Self::Card { .. } => "card",
            Self::Refused { .. } => "refused",
        }
    }
}
