//! What the API counts of itself. Each counter begins with the daemon.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// Labels of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    /// The path as it is described, or `other`.
    pub(super) path: String,
    /// HTTP status.
    pub(super) status: u16,
}

/// The counters; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// Requests answered.
    pub(super) requests: Family<RequestLabels, Counter>,
    /// Connections open now.
    pub(super) connections: Gauge,
    /// Connections closed because there were too many.
    pub(super) refused: Counter,
    /// Connections closed because the client was too slow, or what it sent is no HTTP.
    pub(super) broken: Counter,
    /// Events that slow readers did not get.
    pub(super) events_lost: Counter,
}
