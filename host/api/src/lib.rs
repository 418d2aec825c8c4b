//! What the daemon and its clients say to each other: JSON over HTTP on a Unix socket.
//!
//! Every document begins with a format version ([`FORMAT`]). Members may be added within a version; whoever reads ignores
//! those it does not know. Times are ms since 1970 (`..._unix_ms`); a duration says its unit in its name. Counters are 64 bits and
//! begin with the card, not with the daemon.
#![deny(missing_docs)]

mod change;
pub mod client;
mod error;
mod event;
mod flow;
pub mod latency;
pub mod server;
mod statistics;
mod status;
mod verdict;

pub use change::{
    Applied, ApplyRequest, Checked, ConfigurationText, Difference, Differences, Note, Written,
};
pub use error::{ApiError, ErrorBody, Problem};
pub use event::{Event, EventKind};
pub use flow::{Flow, FlowList, FlowQuery};
pub use statistics::{DropCount, MemberCounts, PortCounts, ProbeCounts, Statistics, Traffic};
pub use status::{
    Administrative, CheckStatus, ClusterStatus, ConfigurationStatus, DeviceState, DeviceStatus,
    LinkStatus, Operational, PoolStatus, RouterStatus, ServerStatus, SetAdministrative, Status,
    Unconfirmed,
};
pub use verdict::{Look, Trace, TraceRequest};

/// Version of all documents.
pub const FORMAT: u32 = 1;

/// Where the daemon listens if nobody says otherwise.
pub const DEFAULT_SOCKET: &str = "/run/flowswitch/api.sock";

/// Paths of the API.
pub mod path {
    /// [`Status`](crate::Status).
    pub const STATUS: &str = "/v1/status";
    /// [`Statistics`](crate::Statistics).
    pub const STATISTICS: &str = "/v1/statistics";
    /// The running configuration: [`ConfigurationText`](crate::ConfigurationText).
    pub const CONFIGURATION: &str = "/v1/configuration";
    /// [`Checked`](crate::Checked) of a configuration sent as [`ConfigurationText`](crate::ConfigurationText).
    pub const CHECK: &str = "/v1/configuration/check";
    /// [`Differences`](crate::Differences) between the running configuration and one sent.
    pub const DIFF: &str = "/v1/configuration/diff";
    /// [`Applied`](crate::Applied) for an [`ApplyRequest`](crate::ApplyRequest).
    pub const APPLY: &str = "/v1/configuration/apply";
    /// Keeps what was applied with a time-out.
    pub const CONFIRM: &str = "/v1/configuration/confirm";
    /// Takes it back at once.
    pub const UNDO: &str = "/v1/configuration/undo";
    /// Sets the administrative state of a server: `{name}` is its name.
    pub const SERVER_STATE: &str = "/v1/servers/{name}/state";
    /// The same for a router.
    pub const ROUTER_STATE: &str = "/v1/routers/{name}/state";
    /// [`FlowList`](crate::FlowList) for a [`FlowQuery`](crate::FlowQuery).
    pub const FLOWS: &str = "/v1/flows";
    /// [`Trace`](crate::Trace) for a [`TraceRequest`](crate::TraceRequest).
    pub const TRACE: &str = "/v1/trace";
    /// [`Event`](crate::Event)s as they happen, a JSON document a line.
    pub const EVENTS: &str = "/v1/events";
    /// The description of all this (OpenAPI 3.1).
    pub const OPENAPI: &str = "/v1/openapi.json";
}
