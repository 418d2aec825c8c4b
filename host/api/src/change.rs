//! Configurations and their changes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A configuration as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigurationText {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// What it is to be called in messages; of the running configuration, the daemon's own file.
    pub file: Option<String>,
    /// TOML, at most 1 MiB. The running configuration comes with its comments, administrative states as they are now.
    pub text: String,
}

/// Asks for a configuration to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// What it is to be called in messages.
    #[serde(default)]
    pub file: Option<String>,
    /// TOML, at most 1 MiB.
    pub text: String,
    /// Tell what would be written, and write nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// Take it back unless it is confirmed within so many ms, 1,000 to 3,600,000.
    #[serde(default)]
    pub confirm_timeout_ms: Option<u64>,
    /// Do it even if it removes all clusters, or takes a cluster its last server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yes: bool,
}

/// What became of an [`ApplyRequest`], a confirmation or an undoing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// Nothing was written, only planned.
    pub dry_run: bool,
    /// The card ran it already.
    pub unchanged: bool,
    /// What was written, or would be.
    pub written: Written,
    /// The card's generation afterwards.
    pub generation: u32,
    /// ms left to confirm it, if it must be.
    pub confirm_within_ms: Option<u64>,
    /// Notes about keys without effect.
    pub notes: Vec<Note>,
}

/// What was written to the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// Table entries.
    pub entries: u64,
    /// Buckets.
    pub buckets: u64,
    /// Settings in registers.
    pub settings: u64,
    /// Register writes, all together.
    pub writes: u64,
}

/// A remark about a key that has no effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// The key, as in `cluster.web.mode`.
    pub key: String,
    /// Its line in the file.
    pub line: u32,
    /// The remark.
    pub text: String,
}

/// A configuration was looked at and is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checked {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// Clusters in it.
    pub clusters: u32,
    /// Servers in it.
    pub servers: u32,
    /// Routers in it.
    pub routers: u32,
    /// Notes about keys without effect.
    pub notes: Vec<Note>,
}

/// In what a configuration differs from the running one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Differences {
    /// [`FORMAT`](crate::FORMAT).
    pub format: u32,
    /// There are none.
    pub same: bool,
    /// Them, in the order of the file.
    pub differences: Vec<Difference>,
    /// What applying it would write.
    pub would_write: Written,
}

/// One difference between two configurations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// What differs, as in `cluster.web.server.s210.weight`.
    pub key: String,
    /// In the running configuration; absent if it is added.
    pub from: Option<String>,
    /// In the other; absent if it is removed.
    pub to: Option<String>,
}
